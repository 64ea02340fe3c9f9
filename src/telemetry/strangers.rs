//! What strangers send is no error of ours: the HTTP server calls every request that it cannot read an error, so that
//! anybody could fill the log with them. Whoever sent it has the answer.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Whose event that is, and how its message begins.
const UNREADABLE: (&str, &str) = ("actix_http::h1::dispatcher", "stream error: ");

/// Lets everything pass but that.
#[derive(Debug)]
pub(super) struct Strangers;

impl<S: Subscriber> Layer<S> for Strangers {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let (target, begin) = UNREADABLE;
        let metadata = event.metadata();
        if *metadata.level() != Level::ERROR || metadata.target() != target {
            return true;
        }

        let mut message = Message(String::new());
        event.record(&mut message);
        !message.0.starts_with(begin)
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
