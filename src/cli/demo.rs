//! `clientpass demo`: a throw-away service that plays the main job through and keeps serving.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use totp_rs::{Algorithm, Builder};

use super::serve;
use super::terminal::say;
use crate::app::{self, Environment, Running};
use crate::clock::Clock;
use crate::config::Config;
use crate::config::doors::Doors;
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::Role;
use crate::domain::network::ClientAddress;
use crate::domain::place::{Place, Requester};
use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;
use crate::service::client_passwords::IssueClientPassword;
use crate::service::credential_checks::{CheckOutcome, CredentialCheck};
use crate::service::members::CreateMember;
use crate::service::setup::{NewInstallation, SetupRequest};
use crate::service::sign_ins::{SignIn, SignInOrigin};
use crate::service::{Call, Error, IfMatch, Services};

/// What the demo can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Stop when the story is told, instead of serving on
    #[arg(long)]
    stop: bool,
}

/// Plays the story, then serves until it is stopped; the data are removed.
pub fn run(config: &Config, options: &Options, listen: Option<SocketAddr>) -> Result<(), String> {
    let folder = Folder::make()?;
    let mut config = config.clone();
    config.storage.data_dir.clone_from(&folder.0);
    config.storage.keyring = None;
    (config.server.tls_certificate, config.server.tls_key) = (None, None);
    config.server.public_url = None;
    config.doors = Doors::default();
    config.server.listen = listen.unwrap_or_else(|| free_address(config.server.listen));

    actix_web::rt::System::new().block_on(async {
        let outside = Environment::system();
        let running = app::start(&config, &outside).await.map_err(|error| error.to_string())?;
        say(&format!("A throw-away clientpass on {}\n", running.url()));
        let story = Story { services: &running.services, clock: Clock::new(outside.time) };
        let told = story.tell().await.map_err(|error| format!("the demo could not go on: {error}"))?;
        if options.stop {
            running.handle().stop();
            return running.run().await.map_err(|error| error.to_string());
        }

        invite(&running, &told);
        serve::serve(running).await
    })
}

/// The usual address, or any if that is taken.
fn free_address(preferred: SocketAddr) -> SocketAddr {
    if TcpListener::bind(preferred).is_ok() { preferred } else { SocketAddr::new(preferred.ip(), 0) }
}

/// A folder that goes away with the demo.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("clientpass-demo-{}", std::process::id()));
        std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// What somebody who wants to try it needs.
struct Told {
    mail_server_key: Secret,
    client_password: Secret,
}

fn invite(running: &Running, told: &Told) {
    let (url, key, password) = (running.url(), told.mail_server_key.expose(), told.client_password.expose());
    say(&format!(
        "\nIt keeps serving until Ctrl-C. Be the mail server:\n\n  \
         curl -s {url}/v1/verify -H 'Authorization: Bearer {key}' \\\n       \
         -H 'Content-Type: application/json' \\\n       \
         -d '{{\"login\":\"bob@example.org\",\"password\":\"{password}\",\"protocol\":\"imap\"}}'\n\n\
         Then change a letter of the password. Everything else: {url}/openapi.yaml"
    ));
}

struct Story<'a> {
    services: &'a Services,
    clock: Clock,
}

const LOGIN: &str = "bob@example.org";
const REQUESTER: Requester = Requester::Door("demo");

impl Story<'_> {
    async fn tell(&self) -> Result<Told, Error> {
        let (home, owner) = self.begin().await?;
        let bob = self.hire(&home, &owner).await?;
        let password = Secret::new("bob's account password".into());
        let call = self.sign_in(LOGIN, &password).await?;
        self.enrol(&call, bob).await?;

        self.services.secure_login.switch(&call, bob, true, false, &IfMatch::Absent).await?;
        say("4. Bob turns secure login on.");
        let phone = self.issue(&call, bob, "Phone").await?;
        say(&format!("5. Bob makes a client password for his phone: {}", phone.expose()));

        self.check("6. The phone asks for mail over IMAP", &phone).await?;
        self.check("7. Somebody tries Bob's account password", &password).await?;
        self.services.secure_login.switch(&call, bob, false, false, &IfMatch::Absent).await?;
        say("8. Bob turns secure login off: every client password is dead, in one write.");

        self.check("9. The phone asks for mail again", &phone).await?;
        self.services.secure_login.switch(&call, bob, true, false, &IfMatch::Absent).await?;
        say("10. Bob turns secure login on again. Nothing comes back:");
        self.check("11. The phone asks once more", &phone).await?;

        let laptop = self.issue(&call, bob, "Laptop").await?;
        say(&format!("12. Bob makes one for his laptop: {}", laptop.expose()));
        self.check("13. The laptop asks for mail", &laptop).await?;
        Ok(Told { mail_server_key: home.mail_server_key, client_password: laptop })
    }

    async fn begin(&self) -> Result<(NewInstallation, Call), Error> {
        let password = self.services.setup.draw_password()?;
        let new = SetupRequest {
            organization: "Example",
            domain: "example.org",
            owner: "alice@example.org",
            password: &password,
        };

        let home = self.services.setup.initialize(&new).await?;
        say("1. Alice sets clientpass up for example.org; the mail server gets a key.");

        let call = self.sign_in("alice@example.org", &password).await?;
        Ok((home, call))
    }

    async fn hire(&self, home: &NewInstallation, owner: &Call) -> Result<MemberId, Error> {
        let password = Secret::new("bob's account password".into());
        let new =
            CreateMember { login: LOGIN, display_name: "Bob", role: Role::Member, password: Some(&password) };
        let organization: OrganizationId = home.organization_id;
        let bob = self.services.members.create(owner, organization, &new).await?;
        say("2. Alice adds Bob, bob@example.org.");
        Ok(bob.id)
    }

    async fn sign_in(&self, login: &str, password: &Secret) -> Result<Call, Error> {
        let request_id = self.services.ids.next()?;
        let ip = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let place = Place::of(ip, REQUESTER);
        let origin = SignInOrigin { ip, place, device: None, user_agent: None, request_id };
        let asked = SignIn { login, password, code: None, origin: &origin };
        let session = self.services.sign_ins.sign_in(&asked).await?;
        let caller = self.services.callers.recognise(session.token.expose()).await?;
        Ok(Call::new(caller, request_id))
    }

    async fn enrol(&self, call: &Call, member: MemberId) -> Result<(), Error> {
        let begun = self.services.second_factors.add(call, member, Some("Authenticator")).await?;

        let seed = totp_rs::Secret::try_from_base32(begun.secret.expose());
        let seed = seed.map_err(|error| Error::Unavailable(error.to_string()))?;
        let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(seed).build_noncompliant();

        let seconds = u64::try_from(self.clock.now().seconds()).unwrap_or(0);
        let code = Secret::new(totp.generate(seconds).to_string());
        self.services.second_factors.confirm(call, member, begun.id, &code).await?;

        say("3. Bob signs in and enrols an authenticator (TOTP).");
        Ok(())
    }

    async fn issue(&self, call: &Call, member: MemberId, label: &str) -> Result<Secret, Error> {
        let new = IssueClientPassword { label, protocols: None, networks: None, expires_at: None };
        Ok(self.services.client_passwords.issue(call, member, &new).await?.secret)
    }

    async fn check(&self, what: &str, password: &Secret) -> Result<(), Error> {
        let check = CredentialCheck {
            login: LOGIN.as_bytes(),
            password: password.expose().as_bytes(),
            protocol: Protocol::Imap,
            client_address: ClientAddress::Known(IpAddr::from([192, 0, 2, 7])),
            client: None,
            within: None,
            next_source: true,
        };

        let id = self.services.ids.next()?;
        let (result, reason) = match self.services.credential_checks.check(&check, REQUESTER, id).await {
            CheckOutcome::Accept(_) => ("ACCEPT", String::new()),
            CheckOutcome::Reject(reason) => ("REJECT", format!(" ({})", reason.name())),
            CheckOutcome::Defer => ("DEFER", String::new()),
            CheckOutcome::Unavailable => {
                return Err(Error::Unavailable("the check could not be answered".into()));
            }
        };

        say(&format!("{what}: {result}{reason}"));
        Ok(())
    }
}
