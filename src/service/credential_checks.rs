//! The check: a mail server asks about a login and a password.
//!
//! ```text
//!   secret --> client password? --> by verifier --> domain::verdict --> accept
//!     |             no                                   |
//!     +--> by login --> domain::verdict --> compare with the account password (throttled, Argon2id)
//!                                                        |
//!                                 refusals wait here until their time has come
//! ```

use std::net::IpAddr;
use std::time::Duration;

use super::deadline::Deadline;
use super::login_throttle::{Guess, Tried, Use};
use super::{Error, Service, UnknownLogin};
use crate::clock::Timestamp;
use crate::domain::audit::Action;
use crate::domain::client_password::{LastUse, StaleUse};
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId, RequestId};
use crate::domain::login::Login;
use crate::domain::place::{Asker, Place};
use crate::domain::protocol::Protocol;
use crate::domain::secret::{CanonicalSecret, Secret, looks_like_secret};
use crate::domain::verdict::{self, Circumstances, Comparison, Presented, Reason, Verdict};
use crate::store::check::{CheckedMember, CheckedPassword};
use crate::store::known_places::Purpose;
use crate::store::usage::Moved;

/// Longest password that is looked at, in bytes.
pub const MAX_PASSWORD: usize = 1024;
/// Longest name of a client, in bytes.
pub const MAX_CLIENT: usize = 256;

/// Result and reason of a check that could not be answered.
const UNAVAILABLE: (&str, &str) = ("unavailable", "");

/// What a mail server asks.
#[derive(Clone, Debug)]
pub struct Check<'a> {
    /// The login as it was typed.
    pub login: &'a str,
    /// The password as it was typed; `None` if that can be nobody's: no text, or too long.
    pub password: Option<&'a Secret>,
    /// What the mail client speaks.
    pub protocol: Protocol,
    /// Where it comes from.
    pub client_ip: Option<IpAddr>,
    /// Whether the mail server named as that something which is no address.
    pub unreadable_ip: bool,
    /// What it calls itself.
    pub client: Option<&'a str>,
    /// Who asks: where the client is, if it was not said.
    pub asker: Asker,
    /// The organization that the asking key is bound to.
    pub within: Option<OrganizationId>,
    /// Whether the mail server has another source to ask. Where it has none, what it would have been asked about is
    /// refused: nobody knows this password.
    pub next_source: bool,
    /// The request.
    pub request_id: RequestId,
}

/// Who was let in, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The login, in its own writing.
    pub login: String,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member.
    pub member_id: MemberId,
    /// The client password with its label; `None` if it was the account password.
    pub client_password: Option<(ClientPasswordId, String)>,
}

/// What a mail server is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Let in.
    Accept(Accepted),
    /// Keep out, and ask no other source.
    Reject(Reason),
    /// Ask the next source.
    Defer,
}

impl Answer {
    /// Result and reason, as they are logged.
    pub const fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Accept(_) => ("accept", ""),
            Self::Reject(reason) => ("reject", reason.name()),
            Self::Defer => ("defer", ""),
        }
    }
}

impl Service {
    /// Answers a check. A refusal leaves on a step after it came in, whatever its reason.
    pub async fn verify(&self, check: &Check<'_>) -> Result<Answer, Error> {
        let leaving = self.came_in();
        let judged = self.judge(check, Deadline::after(leaving.came_in())).await;
        let spent = self.clock.monotonic().saturating_sub(leaving.came_in());
        Self::log_check(check, judged.as_ref(), spent);
        let answer = match judged {
            Ok(Answer::Reject(_)) => self.leave_on_step(leaving).await.and(judged),
            // At a known place it was looked at first: that must not be seen by the time that it takes.
            Err(Error::TooManyAttempts(_)) => {
                self.metrics.throttled();
                let later = Error::Unavailable("too many tries of this account password".into());
                self.leave_on_step(leaving).await.and(Err(later))
            }
            judged => judged,
        };
        let (result, reason) = answer.as_ref().map_or(UNAVAILABLE, Answer::names);
        let waited = self.clock.monotonic().saturating_sub(leaving.came_in());
        self.metrics.check(result, reason, check.protocol.name(), waited);
        answer
    }

    /// The login in its own writing, if a member who has not left has it: for mail servers that look before they ask.
    /// "Nobody" leaves when a refusal does, or who waits for both would learn which logins there are.
    pub async fn find_login(
        &self,
        login: &str,
        within: Option<OrganizationId>,
        request_id: RequestId,
    ) -> Result<Option<String>, Error> {
        let leaving = self.came_in();
        let found = self.store.check_by_login(&Login::presented(login)).await?;
        let member = found.as_deref().map(|(member, _)| member);
        let member = member.filter(|member| within.is_none_or(|home| home == member.organization_id));
        let found = member.is_some();
        tracing::info!(event = "look_up", found, login = %Login::loggable(login), %request_id);
        if member.is_none() {
            self.leave_on_step(leaving).await?;
        }
        Ok(member.map(|member| member.login.clone()))
    }

    async fn judge(&self, check: &Check<'_>, deadline: Deadline) -> Result<Answer, Error> {
        let login = Login::presented(check.login);
        match self.judge_as(check, &login, deadline).await? {
            Answer::Defer if !check.next_source => {
                tracing::info!(event = "nobody_to_defer_to", request_id = %check.request_id);
                self.refuse_stranger(check, &login).await
            }
            answer => Ok(answer),
        }
    }

    async fn judge_as(&self, check: &Check<'_>, login: &str, deadline: Deadline) -> Result<Answer, Error> {
        if check.password.is_some_and(is_no_password) {
            // Nobody's; and a directory may let in whoever binds without one (RFC 4513 section 5.1.2).
            return self.refuse_stranger(check, login).await;
        }
        let case = Circumstances {
            now: self.clock.now(),
            protocol: check.protocol,
            client_ip: check.client_ip,
            unreadable_ip: check.unreadable_ip,
        };
        if let Some(secret) = check.password.and_then(|typed| CanonicalSecret::recognise(typed.expose())) {
            let verifiers = self.keyring.verifiers(secret.letters());
            if let Some(password) = self.by(deadline, self.store.check_by_verifier(&verifiers)).await? {
                if let Some(newer) = self.keyring.newer_verifier(secret.letters(), password.pepper_id) {
                    self.usage.password_moves(password.id, Moved::new(password.pepper_id, newer));
                }
                return self.judge_client_password(check, login, &case, &password, deadline).await;
            }
        }
        let found = self.by(deadline, self.store.check_by_login(login)).await?;
        let found = found.as_deref();
        match found.filter(|(member, _)| check.within.is_none_or(|home| home == member.organization_id)) {
            Some((member, hash)) => self.judge_account_password(check, &case, member, hash.as_deref()).await,
            None if self.settings.unknown_login == UnknownLogin::Defer => Ok(Answer::Defer),
            None => self.refuse_stranger(check, login).await,
        }
    }

    async fn judge_client_password(
        &self,
        check: &Check<'_>,
        login: &str,
        case: &Circumstances,
        password: &CheckedPassword,
        deadline: Deadline,
    ) -> Result<Answer, Error> {
        let member = &password.member;
        let theirs = member.login == login && check.within.is_none_or(|home| home == member.organization_id);
        let mut found = password.found.clone();
        if theirs && verdict::depends_on_epoch_end(case, &member.subject, &found) {
            found.life.epoch_end = self.by(deadline, self.store.epoch_end(member, &found)).await?;
        }
        let stale = verdict::is_stale(case, &member.subject, &found);
        let presented = if theirs { Presented::ClientPassword(found) } else { Presented::Foreign };
        match verdict::decide(case, &member.subject, &self.policy, &presented) {
            Verdict::Accept(_) => {
                self.by(deadline, self.tell_predecessor(case, password)).await?;
                self.usage.used(password.id, member.id, last_use(check, case.now));
                let client_password = Some((password.id, password.label.clone()));
                Ok(Answer::Accept(accepted(member, client_password)))
            }
            Verdict::CannotTell => Err(unreadable_address()),
            Verdict::Reject(_) if !theirs => self.refuse_stranger(check, login).await,
            Verdict::Reject(reason) => {
                if stale {
                    self.usage.stale(password.id, stale_use(check, case.now));
                }
                Ok(Answer::Reject(reason))
            }
            // A known client password is never anybody else's to judge.
            Verdict::Defer | Verdict::Compare => self.refuse_stranger(check, login).await,
        }
    }

    /// The first use of a successor on a protocol ends its predecessor there, on disk, before the accept leaves.
    async fn tell_predecessor(&self, case: &Circumstances, password: &CheckedPassword) -> Result<(), Error> {
        let Some(old) = password.replaces.filter(|_| password.pending_moves.contains(case.protocol)) else {
            return Ok(());
        };
        // Which protocols the old one was used on lately is decided by what is written.
        self.write_usage().await?;
        let change = self.record_by_system(Action::ClientPasswordMoved)?;
        let change = change
            .in_organization(password.member.organization_id)
            .of_member(password.member.id)
            .targets(&[("client_password", old.to_string()), ("client_password", password.id.to_string())])
            .details(&serde_json::json!({"protocol": case.protocol.name()}));
        let (member, new) = (password.member.id, password.id);
        if self.store.move_protocol(member, old, new, case.protocol, &change.0).await? {
            self.changed(&change);
        }
        Ok(())
    }

    async fn judge_account_password(
        &self,
        check: &Check<'_>,
        case: &Circumstances,
        member: &CheckedMember,
        hash: Option<&str>,
    ) -> Result<Answer, Error> {
        let decide =
            |comparison| verdict::decide(case, &member.subject, &self.policy, &Presented::Other(comparison));
        let verdict = match (decide(Comparison::NotDone), hash) {
            (Verdict::Compare, Some(hash)) => decide(self.compare(check, member, hash).await?),
            (Verdict::Compare | Verdict::Reject(Reason::InvalidCredentials), _) => {
                return self.refuse_stranger(check, &member.login).await;
            }
            (verdict, _) => verdict,
        };
        Ok(match verdict {
            Verdict::Accept(_) => Answer::Accept(accepted(member, None)),
            Verdict::Reject(reason) => Answer::Reject(reason),
            Verdict::Defer => Answer::Defer,
            Verdict::Compare => Answer::Reject(Reason::InvalidCredentials),
            Verdict::CannotTell => return Err(unreadable_address()),
        })
    }

    /// Refuses where there is no account password to compare with, throttled as if there were: or the throttle would
    /// tell which logins have one.
    async fn refuse_stranger(&self, check: &Check<'_>, login: &str) -> Result<Answer, Error> {
        self.try_for_mail(check, login, None).await?;
        Ok(Answer::Reject(Reason::InvalidCredentials))
    }

    async fn compare(
        &self,
        check: &Check<'_>,
        member: &CheckedMember,
        hash: &str,
    ) -> Result<Comparison, Error> {
        if !self.try_for_mail(check, &member.login, Some(hash)).await? {
            return Ok(Comparison::Differs);
        }
        self.record_sign_in(member.id, &member.login, Purpose::Password, place(check));
        Ok(Comparison::Matches)
    }

    /// Whether the account password is the one of `hash`. Over its budget it waits, and ends as "cannot answer", never
    /// as a refusal.
    async fn try_for_mail(&self, check: &Check<'_>, login: &str, hash: Option<&str>) -> Result<bool, Error> {
        let guess =
            Guess { used: Use::MailCheck, place: place(check), login, password: check.password, hash };
        match self.try_account_password(&guess).await? {
            Tried::Right => Ok(true),
            Tried::Wrong => Ok(false),
            Tried::Later(wait) => Err(Error::TooManyAttempts(wait)),
        }
    }

    /// The canonical line of a check.
    fn log_check(check: &Check<'_>, judged: Result<&Answer, &Error>, spent: Duration) {
        let (result, reason) = judged.map_or(UNAVAILABLE, Answer::names);
        let accepted = match judged {
            Ok(Answer::Accept(accepted)) => Some(accepted),
            _ => None,
        };
        let used = accepted.and_then(|accepted| accepted.client_password.as_ref());
        let login =
            accepted.map_or_else(|| Login::loggable(check.login), |known| known.login.as_str().into());
        let login = login.as_ref();
        tracing::info!(
            event = "check",
            result,
            reason,
            protocol = check.protocol.name(),
            login,
            client_ip = check.client_ip.map(tracing::field::display),
            member_id = accepted.map(|accepted| tracing::field::display(accepted.member_id)),
            client_password_id = used.map(|(id, _)| tracing::field::display(*id)),
            error = judged.err().map(tracing::field::debug),
            micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX),
            request_id = %check.request_id,
        );
    }
}

/// Whether a password is empty. Programs in C take for that what begins with a NUL.
fn is_no_password(password: &Secret) -> bool {
    password.expose().split('\0').next().is_none_or(str::is_empty)
}

/// Networks are set, and the mail server named something else than an address.
fn unreadable_address() -> Error {
    Error::Unavailable("the mail server named a client address that is none, and networks are set".into())
}

fn place(check: &Check<'_>) -> Place {
    Place::of(check.client_ip, check.asker)
}

/// What a client calls itself, as it is kept: nothing that looks like a secret, nothing that could break a line.
fn printable(client: &str) -> String {
    if looks_like_secret(client) {
        return "[looks like a secret]".into();
    }
    client.chars().filter(|character| !character.is_control()).collect()
}

fn accepted(member: &CheckedMember, client_password: Option<(ClientPasswordId, String)>) -> Accepted {
    let (login, organization_id) = (member.login.clone(), member.organization_id);
    Accepted { login, organization_id, member_id: member.id, client_password }
}

fn last_use(check: &Check<'_>, at: Timestamp) -> LastUse {
    let (protocol, ip) = (check.protocol, check.client_ip.map(|ip| ip.to_string()));
    LastUse { at, protocol, ip, client: check.client.map(printable) }
}

fn stale_use(check: &Check<'_>, at: Timestamp) -> StaleUse {
    StaleUse { at, protocol: check.protocol, ip: check.client_ip.map(|ip| ip.to_string()), count: 1 }
}
