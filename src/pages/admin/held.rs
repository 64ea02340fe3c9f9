//! The client passwords of a member, as administrators see them: without anything that opens mail.

use super::office::Office;
use super::shown::{Tag, protocol, protocols};
use crate::clock::Timestamp;
use crate::domain::client_password::{ClientPassword, State};
use crate::domain::ids::MemberId;
use crate::pages::frame::When;
use crate::pages::passwords;
use crate::pages::texts::Words;
use crate::service::Error;

/// Of those that ended, the last ones of each kind.
const LAST_ENDED: u32 = 10;

/// When, how and from where a client came.
pub struct Use {
    /// When.
    pub at: When,
    /// Over which protocol.
    pub protocol: &'static str,
    /// From which address; empty if the mail server gave none.
    pub ip: String,
    /// What it called itself; empty if it did not.
    pub client: String,
    /// How often, where that is counted.
    pub count: i64,
}

/// A client password in a list.
pub struct Held {
    /// Names it in addresses.
    pub id: String,
    /// What the member calls it.
    pub label: String,
    /// How it stands.
    pub state: Tag,
    /// The protocols that it opens.
    pub protocols: String,
    /// When it was made.
    pub made: When,
    /// When it ends by itself.
    pub expires: Option<When>,
    /// When it ended.
    pub ended: Option<When>,
    /// Its last use.
    pub used: Option<Use>,
    /// The last try after its end.
    pub tried: Option<Use>,
}

impl Held {
    /// This client password at this moment.
    pub fn of(words: &Words, one: &ClientPassword, now: Timestamp) -> Self {
        let state = one.validity.at(now);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();

        let used = one.last_used.as_ref().map(|used| Use {
            at: When(used.at),
            protocol: protocol(used.protocol),
            ip: text(&used.ip),
            client: text(&used.client),
            count: 0,
        });
        let tried = one.stale_use.as_ref().map(|used| Use {
            at: When(used.at),
            protocol: protocol(used.protocol),
            ip: text(&used.ip),
            client: String::new(),
            count: used.count,
        });

        Self {
            id: one.id.to_string(),

            label: one.label.clone(),
            state: tag(words, state),
            protocols: protocols(words, one.protocols),
            made: When(one.created_at),
            expires: one.validity.expires_at.map(When),
            ended: state.end().map(|end| When(end.at)),
            used,
            tried,
        }
    }
}

fn tag(words: &Words, state: State) -> Tag {
    let (message, look) = match state {
        State::Active => ("admin-live".to_owned(), "good"),
        State::Superseded => ("admin-superseded".to_owned(), "warn"),
        State::Expired(end) | State::Revoked(end) => {
            (format!("admin-ended-{}", end.reason.name().replace('_', "-")), "")
        }
    };
    Tag { text: words.say(&message), look }
}

/// Those of a member that ended last, the latest first.
pub async fn ended(office: &Office, member: MemberId) -> Result<Vec<ClientPassword>, Error> {
    let mut found = passwords::ended(office, member, LAST_ENDED).await?;
    let end = |one: &ClientPassword| one.validity.at(office.now).end().map(|end| end.at);
    found.sort_by_key(|one| std::cmp::Reverse(end(one)));
    Ok(found)
}
