//! Delivery of notices: mail servers and programs learn that client passwords have ended, and programs that they will. The service says what is
//! pending, this delivers it, over connections that it makes.
//!
//! ```text
//!   change written --> signal --> service::end_notices --> a page of notices --> doveadm or webhook
//!                                         ^                                          |
//!                                         +----- delivered | not now | not this -----+
//! ```
//!
//! Each target has a task of its own, so one that is down holds up nobody else. A target that does not answer is left
//! alone for a while, longer each time; everything that waits for it is delivered once it answers.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::backoff::pause;
use crate::domain::ends::Notice;
use crate::net::http_client::HttpClient;
use crate::service::Error;
use crate::service::end_notices::{EndNotices, Manner, Page};

pub mod doveadm;
mod failure;
pub mod webhook;

use failure::Failure;

/// Other nodes put ends into the outbox too; this often it is looked into without a signal.
const POLL: Duration = Duration::from_secs(1);

/// The way in which a target is notified.
pub enum Kind {
    /// A Dovecot, whose sessions are closed.
    Doveadm(doveadm::Doveadm),
    /// A program, which gets each notice by POST.
    Webhook(webhook::Webhook),
}

impl Kind {
    /// As metrics name it.
    const fn name(&self) -> &'static str {
        match self {
            Self::Doveadm(_) => "doveadm",
            Self::Webhook(_) => "webhook",
        }
    }
}

/// A target that is notified, and the way there.
pub struct Notifier {
    name: String,
    kind: Kind,
    http: HttpClient,
}

/// The result of a round of deliveries.
enum Round {
    /// Nothing is left.
    Done,
    /// The target does not answer.
    Down,
    /// The database does not answer.
    Blind,
}

impl Notifier {
    /// One of this name that is reached by this client.
    pub const fn new(name: String, kind: Kind, http: HttpClient) -> Self {
        Self { name, kind, http }
    }

    fn manner(&self) -> Manner {
        match self.kind {
            Kind::Doveadm(_) => Manner::Members,
            Kind::Webhook(_) => Manner::Single,
        }
    }

    async fn deliver(&self, notices: &[Notice], clock: &Clock) -> Result<(), Failure> {
        match &self.kind {
            Kind::Doveadm(doveadm) => {
                // A session is closed when there is an end, and not before.
                let ended = |notice: &Notice| match notice {
                    Notice::Ended(end) => Some(end.clone()),
                    Notice::Expiring(_) => None,
                };
                let ended: Vec<_> = notices.iter().filter_map(ended).collect();
                doveadm.deliver(&self.http, &ended).await
            }
            Kind::Webhook(webhook) => webhook.deliver(&self.http, notices, clock.now()).await,
        }
    }

    /// Tells everything that is due.
    async fn round(&self, ends: &EndNotices, clock: &Clock, failures: &mut u32) -> Round {
        loop {
            let page = match ends.next_page(&self.name, self.manner()).await {
                Ok(Some(page)) => page,
                Ok(None) => return Round::Done,
                Err(error) => return self.blind(&error),
            };

            let outcome = self.deliver(&page.notices, clock).await;
            let down = matches!(outcome, Err(Failure::Down(_) | Failure::Cut(_)));
            if let Err(error) = self.settle(ends, &page, outcome).await {
                return self.blind(&error);
            }

            if down {
                return Round::Down;
            }
            *failures = 0;
        }
    }

    async fn settle(
        &self,
        ends: &EndNotices,
        page: &Page,
        outcome: Result<(), Failure>,
    ) -> Result<(), Error> {
        match outcome {
            Ok(()) => ends.delivered(&self.name, page).await,
            Err(Failure::Down(why) | Failure::Cut(why)) => ends.failed(&self.name, page, &why).await,
            Err(Failure::Refused(why)) => ends.refused(&self.name, page, &why).await,
            Err(Failure::Gone(why)) => ends.give_up(&self.name, page, &why).await,
        }
    }

    fn blind(&self, error: &Error) -> Round {
        tracing::warn!(event = "outbox_unreadable", to = self.name, %error);
        Round::Blind
    }
}

/// Tells until it is aborted.
pub async fn run(notifier: Notifier, ends: Arc<EndNotices>, clock: Clock) {
    let mut failures = 0;
    if let Err(error) = ends.begin(&notifier.name).await {
        notifier.blind(&error);
    }

    loop {
        // Made before looking, so that what is written meanwhile is not missed.
        let change = ends.next_change();
        let round = notifier.round(&ends, &clock, &mut failures).await;
        if let Err(error) = ends.count_pending(notifier.kind.name(), &notifier.name).await {
            notifier.blind(&error);
        }

        match round {
            Round::Done => tokio::select! { () = change => {} () = clock.sleep(POLL) => {} },
            Round::Blind => clock.sleep(POLL).await,
            Round::Down => {
                failures += 1;
                clock.sleep(pause(failures)).await;
            }
        }
    }
}
