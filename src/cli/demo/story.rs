//! The story of the demo: Alice begins, Bob turns secure login on, off, and on again.

use std::net::{IpAddr, Ipv4Addr};

use totp_rs::{Algorithm, Builder};

use super::mail_clients::{Device, MailClients, REQUESTER, outcome};
use crate::cli::terminal::say;
use crate::clock::Clock;
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::Role;
use crate::domain::place::Place;
use crate::domain::secret::Secret;
use crate::service::client_passwords::IssueClientPassword;
use crate::service::credential_checks::CheckOutcome;
use crate::service::members::CreateMember;
use crate::service::setup::{NewInstallation, SetupRequest};
use crate::service::sign_ins::{SignIn, SignInOrigin};
use crate::service::{Call, Error, IfMatch, Services};

/// Somebody in the story, whom whoever watches may be.
pub struct Person {
    /// The mail address.
    pub login: &'static str,
    /// The account password: nothing here is worth one that nobody can guess.
    pub password: &'static str,
}

/// The owner.
pub const ALICE: Person = Person { login: "alice@example.org", password: "alice's account password" };
/// A member.
pub const BOB: Person = Person { login: "bob@example.org", password: "bob's account password" };

/// Bob's phone.
pub const PHONE: Device = Device { login: BOB.login, client: "iPhone Mail 23A341", ip: [192, 0, 2, 7] };
/// Bob's laptop.
pub const LAPTOP: Device = Device { login: BOB.login, client: "Thunderbird 153.8", ip: [192, 0, 2, 8] };

/// What somebody who wants to go on needs.
pub struct Told {
    /// The key of the mail server.
    pub mail_server_key: Secret,
    /// The client password of the phone, which is dead.
    pub phone: Secret,
    /// The client password of the laptop, which lives.
    pub laptop: Secret,
    /// Bob's recovery codes.
    pub codes: Vec<Secret>,
    /// What Bob's authenticator makes its codes of.
    pub seed: Secret,
}

/// What the story is told with.
pub struct Story<'a> {
    /// The use cases.
    pub services: &'a Services,
    /// The mail clients in it.
    pub clients: &'a MailClients,
    /// The time.
    pub clock: Clock,
}

impl Story<'_> {
    /// Tells it.
    pub async fn tell(&self) -> Result<Told, Error> {
        let (home, owner) = self.begin().await?;
        let bob = self.hire(&home, &owner).await?;
        let call = self.sign_in(&BOB).await?;
        let (seed, codes) = self.enrol(&call, bob).await?;

        self.services.secure_login.switch(&call, bob, true, false, &IfMatch::Absent).await?;
        say("4. Bob turns secure login on.");
        let phone = self.issue(&call, bob, "Phone").await?;
        say(&format!("5. Bob makes a client password for his phone: {}", phone.expose()));

        self.check("6. The phone asks for mail over IMAP", PHONE, &phone).await?;
        let password = Secret::new(BOB.password.into());
        self.check("7. Somebody tries Bob's account password", PHONE, &password).await?;
        self.services.secure_login.switch(&call, bob, false, false, &IfMatch::Absent).await?;
        say("8. Bob turns secure login off: every client password is dead, in one write.");

        self.check("9. The phone asks for mail again", PHONE, &phone).await?;
        self.services.secure_login.switch(&call, bob, true, false, &IfMatch::Absent).await?;
        say("10. Bob turns secure login on again. Nothing comes back:");
        self.check("11. The phone asks once more", PHONE, &phone).await?;

        let laptop = self.issue(&call, bob, "Laptop").await?;
        say(&format!("12. Bob makes one for his laptop: {}", laptop.expose()));
        self.check("13. The laptop asks for mail", LAPTOP, &laptop).await?;
        Ok(Told { mail_server_key: home.mail_server_key, phone, laptop, codes, seed })
    }

    async fn begin(&self) -> Result<(NewInstallation, Call), Error> {
        let new = SetupRequest {
            organization: "Example",
            domain: "example.org",
            owner: ALICE.login,
            password: &Secret::new(ALICE.password.into()),
        };

        let home = self.services.setup.initialize(&new).await?;
        say("1. Alice sets clientpass up for example.org; the mail server gets a key.");

        let call = self.sign_in(&ALICE).await?;
        Ok((home, call))
    }

    async fn hire(&self, home: &NewInstallation, owner: &Call) -> Result<MemberId, Error> {
        let password = Secret::new(BOB.password.into());
        let new = CreateMember {
            login: BOB.login,
            display_name: "Bob",
            role: Role::Member,
            password: Some(&password),
            department_ids: &[],
            admin_department_ids: None,
        };
        let organization: OrganizationId = home.organization_id;
        let bob = self.services.members.create(owner, organization, &new).await?;
        say("2. Alice adds Bob, bob@example.org.");
        Ok(bob.id)
    }

    async fn sign_in(&self, person: &Person) -> Result<Call, Error> {
        let request_id = self.services.ids.next()?;
        let ip = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let place = Place::of(ip, REQUESTER);
        let origin = SignInOrigin { ip, place, device: None, user_agent: None, request_id };
        let password = Secret::new(person.password.into());
        let asked = SignIn { login: person.login, password: &password, code: None, origin: &origin };
        let session = self.services.sign_ins.sign_in(&asked).await?;
        let caller = self.services.callers.recognise(session.token.expose()).await?;
        Ok(Call::new(caller, request_id))
    }

    /// Gives what the authenticator keeps, and the recovery codes.
    async fn enrol(&self, call: &Call, member: MemberId) -> Result<(Secret, Vec<Secret>), Error> {
        let begun = self.services.second_factors.add(call, member, Some("Authenticator")).await?;

        let seed = totp_rs::Secret::try_from_base32(begun.secret.expose());
        let seed = seed.map_err(|error| Error::Unavailable(error.to_string()))?;
        let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(seed).build_noncompliant();

        let seconds = u64::try_from(self.clock.now().seconds()).unwrap_or(0);
        let code = Secret::new(totp.generate(seconds).to_string());
        let (_, codes) = self.services.second_factors.confirm(call, member, begun.id, &code).await?;

        say("3. Bob signs in and enrols an authenticator (TOTP).");
        Ok((begun.secret, codes.unwrap_or_default()))
    }

    async fn issue(&self, call: &Call, member: MemberId, label: &str) -> Result<Secret, Error> {
        let new = IssueClientPassword { label, protocols: None, networks: None, expires_at: None };
        Ok(self.services.client_passwords.issue(call, member, &new).await?.secret)
    }

    async fn check(&self, what: &str, device: Device<'_>, password: &Secret) -> Result<(), Error> {
        let found = self.clients.check(device, password).await?;
        if found == CheckOutcome::Unavailable {
            return Err(Error::Unavailable("the check could not be answered".into()));
        }
        say(&format!("{what}: {}", outcome(&found)));
        Ok(())
    }
}
