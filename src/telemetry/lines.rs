//! A log line for people: time, level, fields. A value that could be taken for something else stands in quotes.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes `2026-11-26T08:15:00.250000Z  INFO event=check result=accept …`.
#[derive(Debug)]
pub(super) struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        SystemTime.format_time(&mut to)?;
        write!(to, " {:>5}", event.metadata().level().as_str())?;
        let mut fields = Fields { to, value: String::with_capacity(40), written: Ok(()) };
        event.record(&mut fields);
        fields.written?;
        fields.to.write_char('\n')
    }
}

struct Fields<'a> {
    to: Writer<'a>,
    value: String,
    written: fmt::Result,
}

impl Fields<'_> {
    fn field(&mut self, name: &str, value: &str) {
        self.written = self.written.and_then(|()| put(&mut self.to, name, value));
    }
}

/// What is not part of a line of its own, or would end a value.
fn is_plain(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, b'"' | b'=' | b'\\' | 0x7f)
}

fn put(to: &mut Writer<'_>, name: &str, value: &str) -> fmt::Result {
    to.write_char(' ')?;
    to.write_str(name)?;
    to.write_char('=')?;

    if !value.is_empty() && value.bytes().all(is_plain) {
        to.write_str(value)
    } else {
        write!(to, "{value:?}")
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = std::mem::take(&mut self.value);
        text.clear();
        self.written = self.written.and_then(|()| write!(text, "{value:?}"));
        self.field(field.name(), &text);
        self.value = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: &str) -> String {
        let mut text = String::new();
        put(&mut Writer::new(&mut text), "login", value).unwrap();
        text
    }

    #[test]
    fn a_value_cannot_pass_for_another_field_or_line() {
        assert_eq!(line("alice@example.org"), " login=alice@example.org");
        assert_eq!(line("ä@example.org"), " login=ä@example.org");
        assert_eq!(line(""), " login=\"\"");
        assert_eq!(line("a result=accept"), " login=\"a result=accept\"");
        assert_eq!(line("a\nb"), " login=\"a\\nb\"");
        assert_eq!(line("say \"x\""), " login=\"say \\\"x\\\"\"");
    }
}
