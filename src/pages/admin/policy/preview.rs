//! Whom a policy would cut off, as it is shown before it is saved.

use crate::domain::policy::{Counted, PolicyPreview, Setting};
use crate::pages::policy_words::message;
use crate::pages::texts::Words;

/// How many would be cut off.
pub struct Count {
    /// By which setting; empty for all of them.
    pub name: String,
    /// Members.
    pub members: i64,
    /// Client passwords.
    pub client_passwords: i64,
}

impl Count {
    const fn of(name: String, count: Counted) -> Self {
        let (members, client_passwords) = (count.members.cast_signed(), count.client_passwords.cast_signed());
        Self { name, members, client_passwords }
    }
}

/// A member who would be cut off.
pub struct Member {
    /// Names the member in addresses.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The mail address.
    pub login: String,
    /// By which settings.
    pub by: String,
    /// How many client passwords of the member.
    pub client_passwords: i64,
}

/// Whom a policy would cut off.
pub struct Preview {
    /// How many in all.
    pub count: Count,
    /// Whether some would be cut off by a demand of secure login, which may lie ahead.
    pub demands: bool,
    /// How many by each setting.
    pub by_setting: Vec<Count>,
    /// The first of them.
    pub first: Vec<Member>,
    /// How many others there are.
    pub others: i64,
}

/// As it is shown.
pub fn shown(words: &Words, found: PolicyPreview) -> Preview {
    let (members, client_passwords) = (found.members, found.client_passwords);
    let demands = found.by_setting.contains_key(&Setting::SecureLogin);
    let by_setting = found.by_setting.into_iter();
    let by_setting = by_setting.map(|(one, count)| Count::of(name(words, one), count));
    let others = members.saturating_sub(u64::try_from(found.first.len()).unwrap_or(0));
    let first = found.first.into_iter().map(|member| {
        let by: Vec<String> = member.by.iter().map(|one| name(words, *one)).collect();
        Member {
            id: member.id.to_string(),
            name: member.display_name,
            login: member.login,
            by: by.join(&words.say("semicolon")),
            client_passwords: member.client_passwords.cast_signed(),
        }
    });
    Preview {
        count: Count::of(String::new(), Counted { members, client_passwords }),
        demands,
        by_setting: by_setting.collect(),
        first: first.collect(),
        others: others.cast_signed(),
    }
}

fn name(words: &Words, setting: Setting) -> String {
    words.say(message(setting))
}
