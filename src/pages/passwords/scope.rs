//! What a client password may do, as a form asks for it: protocols to tick, networks to write, an end to choose.

use std::time::Duration;

use super::view::protocol;
use crate::clock::Timestamp;
use crate::domain::protocol::{Protocol, ProtocolSet};
use crate::pages::form::Form;
use crate::pages::texts::Words;

/// The days after which one may end by itself, as they are offered.
const DAYS: [u64; 4] = [7, 30, 90, 365];

/// A box to tick.
pub struct Tick {
    /// What is sent.
    pub name: &'static str,
    /// What it says.
    pub text: String,
    /// Whether it is ticked.
    pub on: bool,
}

/// A line to choose.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What it says.
    pub text: String,
    /// Whether it is chosen.
    pub on: bool,
}

/// Boxes for all protocols, of which these are ticked.
pub fn ticks(words: &Words, on: impl Fn(Protocol) -> bool) -> Vec<Tick> {
    let tick = |one: Protocol| Tick { name: one.name(), text: protocol(words, one), on: on(one) };
    Protocol::ALL.into_iter().map(tick).collect()
}

/// The protocols that are ticked in a form, by name.
pub fn ticked(form: &Form) -> Vec<String> {
    form.all("protocols").map(str::to_owned).collect()
}

/// Whether a protocol is ticked in a form.
pub fn is_ticked(form: &Form, protocol: Protocol) -> bool {
    form.all("protocols").any(|name| name == protocol.name())
}

/// Whether a set has it.
pub fn has(set: ProtocolSet) -> impl Fn(Protocol) -> bool {
    move |protocol| set.contains(protocol)
}

/// The networks that are written in a form; none if it is any.
pub fn networks(form: &Form) -> Vec<String> {
    let lines = form.get("networks").unwrap_or("").split(|c: char| c == ',' || c.is_whitespace());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The ends to choose from, after these.
pub fn ends(words: &Words, first: &[&str], chosen: &str) -> Vec<Choice> {
    let named = first.iter().map(|name| Choice {
        value: (*name).to_owned(),
        text: words.say(&format!("ends-{name}")),
        on: *name == chosen,
    });
    let after = DAYS.iter().map(|days| Choice {
        value: days.to_string(),
        text: words.with("ends-after", "days", days.cast_signed()),
        on: days.to_string() == chosen,
    });
    named.chain(after).collect()
}

/// The end that was chosen as a number of days.
pub fn end(form: &Form, now: Timestamp) -> Option<Timestamp> {
    let days: u64 = form.text("ends").parse().ok()?;
    DAYS.contains(&days).then(|| now.plus(Duration::from_secs(days * 86_400)))
}
