//! A client password, as pages show one.

use std::time::Duration;

use super::clients;
use crate::clock::Timestamp;
use crate::domain::client_password::{ClientPassword, EndReason, State};
use crate::domain::protocol::{Protocol, ProtocolSet};
use crate::pages::frame::When;
use crate::pages::icons::Icon;
use crate::pages::texts::Words;

const DAY: Duration = Duration::from_secs(86_400);
/// What ends so soon is worth a word.
const SOON: Duration = DAY.saturating_mul(14);
/// What nobody has used for so long may be forgotten.
const LONG: Duration = DAY.saturating_mul(90);

/// When, how and from where a client came.
pub struct Use {
    /// When.
    pub at: When,
    /// What it wanted, in words.
    pub protocol: String,
    /// Its address, where the mail server gave one.
    pub ip: Option<String>,
    /// How often, where that is counted.
    pub count: i64,
}

/// A client password, as pages show one.
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides something of its own")]
pub struct PasswordView {
    /// Names it in addresses.
    pub id: String,
    /// What the member calls it.
    pub label: String,
    /// A picture of the client.
    pub icon: Icon,
    /// How people call the client, or what it calls itself.
    pub client: Option<String>,
    /// What it may do, in words.
    pub scope: String,
    /// The networks that it may come from; empty if any.
    pub networks: Vec<String>,
    /// How it stands, in a word.
    pub state: String,
    /// The look of that word.
    pub tone: &'static str,
    /// Whether it opens mail.
    pub live: bool,
    /// Whether it may be changed and rotated.
    pub active: bool,
    /// When it was made.
    pub created: When,
    /// When it ends by itself.
    pub expires: Option<When>,
    /// Until when it overlaps with its successor.
    pub overlap: Option<When>,
    /// When and why it ended.
    pub ended: Option<(When, String)>,
    /// Its last use.
    pub used: Option<Use>,
    /// The last try after its end.
    pub stale: Option<Use>,
    /// When it ends by itself, if nothing is done; nothing of one that was rotated.
    pub ends: Option<When>,
    /// Whether it ends then because nobody uses it.
    pub idles: bool,
    /// When it ends if nobody uses it.
    pub idle: Option<When>,
    /// Whether it ends by itself soon.
    pub ends_soon: bool,
    /// Whether nobody has used it for long.
    pub forgotten: bool,
    /// The one that came from it by rotating.
    pub replaced_by: Option<String>,
    /// Where its successor has been used already, in words; none if it has no successor.
    pub moved: Option<String>,
    /// What a change demands.
    pub version: i64,
}

impl PasswordView {
    /// This client password at this moment.
    pub fn of(words: &Words, one: &ClientPassword, now: Timestamp) -> Self {
        let state = one.validity.at(now);
        let client = one.last_used.as_ref().and_then(|used| used.client.as_deref());
        let known = client.and_then(clients::known);
        let expires = one.validity.expires_at;
        let coming = one.coming_end(now).filter(|_| state == State::Active);
        let seen = one.last_used.as_ref().map_or(one.created_at, |used| used.at);

        let used = one.last_used.as_ref().map(|used| {
            let protocol = protocol(words, used.protocol);
            Use { at: When(used.at), protocol, ip: used.ip.clone(), count: 0 }
        });
        let tried = one.stale_use.as_ref().map(|used| {
            let protocol = protocol(words, used.protocol);
            Use { at: When(used.at), protocol, ip: used.ip.clone(), count: used.count }
        });

        Self {
            id: one.id.to_string(),
            label: one.label.clone(),
            icon: known.map_or_else(|| clients::by_protocols(one.protocols), |(_, icon)| icon),
            client: known.map(|(name, _)| name.to_owned()).or_else(|| client.map(str::to_owned)),
            scope: scope(words, one.protocols),
            networks: one.networks.blocks(),
            state: words.say(&format!("state-{}", state.name())),
            tone: tone(state),
            live: state.is_live(),
            active: state == State::Active,
            created: When(one.created_at),
            expires: expires.map(When),
            overlap: one.validity.overlap_until.map(When),
            ended: state.end().map(|end| (When(end.at), reason(words, end.reason.name()))),
            used,
            stale: tried,
            ends: coming.map(|end| When(end.at)),
            idles: coming.is_some_and(|end| end.reason == EndReason::Idle),
            idle: one.idle_at.filter(|_| state == State::Active).map(When),
            ends_soon: coming.is_some_and(|end| end.at.since(now) < SOON),
            forgotten: state.is_live() && now.since(seen) > LONG,
            replaced_by: one.replaced_by.map(|id| id.to_string()),
            moved: (state == State::Superseded).then(|| moved(words, one)),
            version: one.version,
        }
    }
}

const fn tone(state: State) -> &'static str {
    match state {
        State::Active => "good",
        State::Superseded => "warn",
        State::Expired(_) | State::Revoked(_) => "",
    }
}

/// On which protocols the client has come with the new one.
fn moved(words: &Words, one: &ClientPassword) -> String {
    if one.moved == ProtocolSet::EMPTY { words.say("moved-none") } else { scope(words, one.moved) }
}

/// Why something ended, in words.
pub fn reason(words: &Words, name: &str) -> String {
    words.say(&format!("ended-{}", name.replace('_', "-")))
}

/// What a client does over a protocol, in words.
pub fn protocol(words: &Words, protocol: Protocol) -> String {
    words.say(&format!("protocol-{}", protocol.name()))
}

/// What a client password may do, in words.
pub fn scope(words: &Words, protocols: ProtocolSet) -> String {
    if protocols == ProtocolSet::ALL {
        return words.say("scope-all");
    }
    let all = Protocol::ALL.into_iter().filter(|one| protocols.contains(*one));
    all.map(|one| protocol(words, one)).collect::<Vec<_>>().join(&words.say("list-separator"))
}
