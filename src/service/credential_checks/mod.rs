//! The check: a mail server sends a login and a password.
//!
//! ```text
//!   secret --> client password? --> by verifier --> domain::verdict --> accept
//!     |             no                                   |
//!     +--> by login --> domain::verdict --> compare with the account password (throttled, Argon2id)
//!                                                        |
//!                                 refusals wait here until their time has come
//! ```

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::ids::{OrganizationId, RequestId};
use crate::domain::login::Login;
use crate::domain::network::ClientAddress;
use crate::domain::place::Requester;
use crate::keyring::Keyring;
use crate::service::audit_trail::AuditTrail;
pub use crate::service::deadline::ANSWER_TIMEOUT;
use crate::service::deadline::{Deadline, in_time};
use crate::service::log_in_log::LogInLog;
use crate::service::login_throttle::LoginThrottle;
use crate::service::parts::Parts;
use crate::service::refusals::RefusalTimer;
use crate::service::rules::PolicyRules;
use crate::service::usage::UsageLog;
use crate::service::{Error, UnknownLogin};
use crate::store::{CheckStore, ClientPasswordStore};
use crate::telemetry::Metrics;

mod check;
mod history;
mod judge;

pub use check::{Accepted, CheckOutcome, CredentialCheck, MAX_CLIENT, MAX_PASSWORD};
use check::{Answer, ParsedCheck};

/// Result and reason of a check that could not be answered.
const UNAVAILABLE: (&str, &str) = ("unavailable", "");

/// Answers mail servers: may this login have mail with this password, and is there such a login? Makes no change at
/// anybody's request.
#[derive(Clone)]
pub struct CredentialChecks {
    audit: AuditTrail,
    checks: CheckStore,
    client_passwords: ClientPasswordStore,
    clock: Clock,
    keyring: Arc<Keyring>,
    metrics: Arc<Metrics>,
    rules: PolicyRules,
    refusals: RefusalTimer,
    throttle: LoginThrottle,
    unknown_login: UnknownLogin,
    usage: UsageLog,
    log_ins: LogInLog,
}

impl CredentialChecks {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            checks: parts.store.checks(),
            client_passwords: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            keyring: Arc::clone(&parts.keyring),
            metrics: Arc::clone(&parts.metrics),
            rules: parts.rules.clone(),
            refusals: RefusalTimer::new(parts),
            throttle: LoginThrottle::new(parts),
            unknown_login: parts.settings.unknown_login,
            usage: parts.usage.clone(),
            log_ins: parts.log_ins.clone(),
        }
    }

    /// Answers a check, in less than five seconds and whatever happens below. A refusal leaves on a step after it came
    /// in, whatever its reason.
    pub async fn check(
        &self,
        check: &CredentialCheck<'_>,
        requester: Requester,
        request_id: RequestId,
    ) -> CheckOutcome {
        if check.client_address == ClientAddress::Unreadable {
            tracing::warn!(event = "client_address_unreadable", %requester, %request_id);
        }
        let presented = ParsedCheck::read(check, requester, request_id);
        let answered = in_time(&self.clock, requester, request_id, self.answer(&presented)).await;
        answered.map_or(CheckOutcome::Unavailable, CheckOutcome::from)
    }

    async fn answer(&self, check: &ParsedCheck<'_>) -> Result<Answer, Error> {
        let leaving = self.refusals.came_in();
        let judged = self.judge(check, Deadline::after(leaving.came_in())).await;
        let spent = self.clock.monotonic().saturating_sub(leaving.came_in());
        Self::log_check(check, judged.as_ref(), spent);

        let answer = match judged {
            Ok(Answer::Reject(_)) => self.refusals.leave_on_step(leaving).await.and(judged),
            // At a known place it was looked at first: that must not be seen by the time that it takes.
            Err(Error::TooManyAttempts(_)) => {
                self.metrics.throttled();
                let later = Error::Unavailable("too many tries of this account password".into());
                self.refusals.leave_on_step(leaving).await.and(Err(later))
            }
            judged => judged,
        };

        let (result, reason) = answer.as_ref().map_or(UNAVAILABLE, Answer::names);
        let waited = self.clock.monotonic().saturating_sub(leaving.came_in());
        self.metrics.check(result, reason, check.sent.protocol.name(), waited);
        answer
    }

    /// The login as its row has it, if a member who has not left has it: for mail servers that look it up beforehand.
    pub async fn find_login(
        &self,
        login: &str,
        within: Option<OrganizationId>,
        requester: Requester,
        request_id: RequestId,
    ) -> Result<Option<String>, Error> {
        in_time(&self.clock, requester, request_id, self.look_up_login(login, within, request_id)).await
    }

    /// "Nobody" leaves when a refusal does, or who waits for both would learn which logins there are.
    async fn look_up_login(
        &self,
        login: &str,
        within: Option<OrganizationId>,
        request_id: RequestId,
    ) -> Result<Option<String>, Error> {
        let leaving = self.refusals.came_in();
        let found = self.checks.by_login(&Login::presented(login)).await?;
        let member = found.as_deref().map(|(member, _)| member);
        let member = member.filter(|member| within.is_none_or(|home| home == member.organization_id));
        let found = member.is_some();

        tracing::info!(event = "look_up", found, login = %Login::loggable(login), %request_id);
        if member.is_none() {
            self.refusals.leave_on_step(leaving).await?;
        }
        Ok(member.map(|member| member.login.clone()))
    }

    /// The canonical line of a check.
    fn log_check(check: &ParsedCheck<'_>, judged: Result<&Answer, &Error>, spent: Duration) {
        let (result, reason) = judged.map_or(UNAVAILABLE, Answer::names);
        let accepted = match judged {
            Ok(Answer::Accept(accepted)) => Some(accepted),
            _ => None,
        };
        let used = accepted.and_then(|accepted| accepted.client_password.as_ref());
        let login =
            accepted.map_or_else(|| Login::loggable(&check.login), |known| known.login.as_str().into());
        let login = login.as_ref();

        tracing::info!(
            event = "check",
            result,
            reason,
            protocol = check.sent.protocol.name(),
            login,
            client_ip = check.sent.client_address.ip().map(tracing::field::display),
            member_id = accepted.map(|accepted| tracing::field::display(accepted.member_id)),
            client_password_id = used.map(|(id, _)| tracing::field::display(*id)),
            error = judged.err().map(tracing::field::debug),
            micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX),
            request_id = %check.request_id,
        );
    }
}
