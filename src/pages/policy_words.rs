//! Values of a policy in words, wherever pages show some.

use crate::clock::Timestamp;
use crate::domain::policy::{Setting, Switches};
use crate::pages::admin::shown::protocol;
use crate::pages::texts::{Plain, Words};

/// Settings that are kept and change nothing yet: no page shows them.
pub const WITHOUT_EFFECT: [Setting; 1] = [Setting::CountsAsSecureLogin];

/// Spans of time that are written as one number, the longest first: seconds, and the message of a number of them.
pub const UNITS: [(u32, &str); 4] =
    [(86_400, "policy-days"), (3_600, "policy-hours"), (60, "policy-minutes"), (1, "policy-seconds")];

/// A span of time as a number, and the seconds that one of them has.
pub fn in_units(seconds: u32) -> (u32, u32) {
    let fits = UNITS.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    fits.map_or((seconds, 1), |(unit, _)| (seconds / unit, *unit))
}

/// A span of time, in words.
pub fn span(words: &Words, seconds: u32) -> String {
    let (number, unit) = in_units(seconds);
    let message = UNITS.iter().find(|(one, _)| *one == unit).map_or("policy-seconds", |(_, message)| message);
    words.with(message, "count", i64::from(number))
}

/// The day and the minute of a moment.
pub fn day_and_minute(at: Timestamp) -> (String, String) {
    let exact = at.to_string();
    let (day, rest) = exact.split_once('T').unwrap_or((&exact, ""));
    (day.to_owned(), rest.get(..5).unwrap_or("").to_owned())
}

/// A moment as it stands within a sentence.
pub fn moment(at: Timestamp) -> String {
    let (day, minute) = day_and_minute(at);
    format!("{day} {minute} UTC")
}

/// Whether something is on.
pub fn switch(words: &Words, on: bool) -> String {
    words.say(if on { "on" } else { "off" })
}

/// What is switched on and off.
pub fn switched(words: &Words, switches: Switches) -> String {
    let of = |wanted: bool| {
        let names: Vec<&str> =
            switches.iter().filter(|(_, on)| *on == wanted).map(|(one, _)| protocol(one)).collect();
        let message = if wanted { "policy-switched-on" } else { "policy-switched-off" };
        let names = names.join(&words.say("list-separator"));
        (!names.is_empty()).then(|| words.with(message, "protocols", Plain(&names)))
    };
    let all: Vec<String> = [of(true), of(false)].into_iter().flatten().collect();
    all.join(&words.say("semicolon"))
}

/// The message that names a setting.
pub const fn message(setting: Setting) -> &'static str {
    match setting {
        Setting::Availability => "policy-availability",
        Setting::Protocols => "policy-protocols",
        Setting::SecureLogin => "policy-secure-login",
        Setting::MaxActivePerMember => "policy-max-active",
        Setting::MaxLifetimeDays => "policy-max-lifetime",
        Setting::DefaultLifetimeDays => "policy-default-lifetime",
        Setting::IdleDays => "policy-idle",
        Setting::MaxOverlapSeconds => "policy-max-overlap",
        Setting::AllowedNetworks => "policy-allowed-networks",
        Setting::EndOnAccountPasswordChange => "policy-end-on-password",
        Setting::TombstoneDays => "policy-tombstone",
        Setting::HistoryDays => "policy-history",
        Setting::CountsAsSecureLogin => "policy-counts",
    }
}
