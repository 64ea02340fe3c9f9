//! Leak reports: strings that were found in the wild end what they open, in every organization.
//!
//! ```text
//!   report --counted--> look-ups, one for each string of our form --> one transaction: the record of the report,
//!   and of each that is live its end, its record and its notices --on disk--> answer, on a full second
//! ```
//!
//! The answer is the same whatever was found, and leaves on the same second: by nothing that comes back anybody learns
//! whether a string is a password of ours. A transaction is written in any case, because the report itself is recorded.

use std::sync::Arc;
use std::time::Duration;

use super::audit_trail::{AuditEntry, AuditTrail};
use super::authority::Authorizer;
use super::parts::Parts;
use super::refusals::RefusalTimer;
use super::{Call, Error};
use crate::clock::Clock;
use crate::domain::audit::Action;
use crate::domain::audit_details::Details;
use crate::domain::leak::{Leak, LeakedString, check, recognised};
use crate::domain::secret::{Secret, TokenKind};
use crate::keyring::Keyring;
use crate::store::leaks::LeakEnd;
use crate::store::record::Origin;
use crate::store::{LeakStore, Verifiers};

/// Answers leave on a multiple of this after the report came in: longer than a report of any size takes.
const STEP: Duration = Duration::from_secs(1);

/// Ends what was found somewhere.
#[derive(Clone)]
pub struct Leaks {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    keyring: Arc<Keyring>,
    on_step: bool,
    store: LeakStore,
    timer: RefusalTimer,
}

impl Leaks {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            keyring: Arc::clone(&parts.keyring),
            on_step: !parts.settings.refusal_floor.is_zero(),
            store: parts.store.leaks(),
            timer: RefusalTimer::new(parts),
        }
    }

    /// Ends all that these strings open, and says nothing of it. What is no string of ours, or has ended, changes nothing.
    pub async fn report(&self, call: &Call, strings: &[Secret]) -> Result<(), Error> {
        let came_in = self.clock.monotonic();
        call.caller.may_report_leaks()?;
        check(strings)?;
        let ours = recognised(strings);

        let ended = self.authorizer.judged(call, async |call| {
            let authority = call.caller.may_report_leaks()?;
            let report = self.audit.entry(call, authority, Action::LeaksReported)?;
            let mut report = report.details(Details::LeaksReported { strings: strings.len() });
            report.0.organization_id = call.caller.confined_to();
            let ends = self.found(call, &ours).await?;

            self.store.end(&report.0, &ends).await??;
            self.audit.committed(&report);
            for end in ends {
                Self::note(&end);
                self.audit.committed(&AuditEntry(end.record));
            }
            Ok(())
        });

        ended.await?;
        self.leave(came_in).await
    }

    /// What lives of the strings, in the order in which it is to end, each with the record of its end.
    async fn found(&self, call: &Call, strings: &[LeakedString]) -> Result<Vec<LeakEnd>, Error> {
        let mut found = Vec::new();
        for string in strings {
            let (kind, verifiers) = (string.token_kind(), self.verifiers(string));
            if let Some(leak) = self.store.find(kind, &verifiers, self.clock.now()).await? {
                found.push((leak, verifiers));
            }
        }
        found.sort_by_key(|(leak, _)| leak.order());

        let end = |(leak, verifiers)| {
            let record = self.entry(call, &leak)?.0;
            Ok(LeakEnd { leak, verifiers, record })
        };
        found.into_iter().map(end).collect()
    }

    fn verifiers(&self, string: &LeakedString) -> Verifiers {
        match string.token_kind() {
            Some(TokenKind::Invitation | TokenKind::ClientSetup) => {
                self.keyring.lasting_verifiers(string.text())
            }
            None | Some(TokenKind::ServiceKey | TokenKind::Session | TokenKind::Setup) => {
                self.keyring.verifiers(string.text())
            }
        }
    }

    /// The record of an end, in the organization in which it is; a reporter from elsewhere is not named there, nor by the
    /// request.
    fn entry(&self, call: &Call, leak: &Leak) -> Result<AuditEntry, Error> {
        let (actor, details) = (leak.actor(&call.caller), leak.details(&call.caller));
        let is_named = actor == call.caller.actor();
        let request_id = is_named.then_some(call.request_id);
        let mut entry = self.audit.entry_by(Origin::System, actor, request_id, leak.action())?;
        entry.0.organization_id = leak.organization_id();
        entry.0.member_id = leak.member_id();
        Ok(entry.targets(leak.target().into_iter().collect()).details(details))
    }

    /// Whoever operates the installation has to replace the key of a mail server, which goes on.
    fn note(end: &LeakEnd) {
        if let Leak::ServiceKey(key) = &end.leak
            && !end.leak.ends()
        {
            tracing::warn!(
                event = "mail_server_key_leaked",
                service_key_id = %key.id,
                "the key of a mail server was found somewhere and goes on, or mail would stand still: make another, give it to \
                 the mail server, end this one"
            );
        }
    }

    /// Lets the answer wait for its second.
    async fn leave(&self, came_in: Duration) -> Result<(), Error> {
        if !self.on_step {
            return Ok(());
        }
        let spent = self.clock.monotonic().saturating_sub(came_in);
        let steps = u32::try_from(spent.as_micros() / STEP.as_micros() + 1).unwrap_or(u32::MAX);
        self.timer.park((STEP * steps).saturating_sub(spent)).await
    }
}
