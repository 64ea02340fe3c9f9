//! How members, their states and roles are shown, and what can be chosen.

use crate::domain::member::{Member, MemberState, Role};
use crate::domain::protocol::{Protocol, ProtocolSet};
use crate::pages::frame::When;
use crate::pages::texts::Words;

/// A word that is set apart, and its look.
pub struct Tag {
    /// What it says.
    pub text: String,
    /// Good, warn, bad, or nothing.
    pub look: &'static str,
}

/// Something that can be chosen in a form.
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What it says.
    pub text: String,
    /// What it means, where that has to be said.
    pub hint: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// A choice without a hint.
    pub fn new(value: impl Into<String>, text: String, chosen: &str) -> Self {
        let value = value.into();
        let chosen = value == chosen;
        Self { value, text, hint: String::new(), chosen }
    }
}

/// Who is meant, wherever a page is about one.
pub struct Person {
    /// Names the member in addresses.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The mail address.
    pub login: String,
}

impl Person {
    /// This member.
    pub fn of(member: &Member) -> Self {
        let (name, login) = (member.display_name.clone(), member.login.clone());
        Self { id: member.id.to_string(), name, login }
    }
}

/// A member in a list.
pub struct Row {
    /// Who.
    pub who: Person,
    /// The role, in words.
    pub role: String,
    /// How the member stands.
    pub state: Tag,
    /// How secure login stands.
    pub secure: Tag,
    /// When the member was made.
    pub made: When,
}

impl Row {
    /// This member.
    pub fn of(words: &Words, member: &Member) -> Self {
        Self {
            who: Person::of(member),
            role: role(words, member.role),
            state: state(words, member.state),
            secure: secure_login(words, member),
            made: When(member.created_at),
        }
    }
}

/// A role, in words.
pub fn role(words: &Words, role: Role) -> String {
    words.say(&format!("admin-role-{}", role.name().replace('_', "-")))
}

/// Every role that can be chosen by whoever may give it, with what it means.
pub fn roles(words: &Words, chosen: &str, may: impl Fn(Role) -> bool) -> Vec<Choice> {
    let all = [Role::Member, Role::Auditor, Role::DepartmentAdmin, Role::Admin].into_iter();
    let choice = |one: Role| {
        let hint = words.say(&format!("admin-role-{}-means", one.name().replace('_', "-")));
        Choice { hint, ..Choice::new(one.name(), role(words, one), chosen) }
    };
    all.filter(|role| may(*role)).map(choice).collect()
}

/// How a member stands.
pub fn state(words: &Words, state: MemberState) -> Tag {
    let look = match state {
        MemberState::Active => "good",
        MemberState::Suspended => "bad",
        MemberState::Left => "",
    };
    Tag { text: words.say(&format!("admin-state-{}", state.name())), look }
}

/// How a member's secure login stands.
pub fn secure_login(words: &Words, member: &Member) -> Tag {
    let now = &member.secure_login;
    let (message, look) = match (now.enabled, now.required) {
        (true, _) => ("admin-secure-on", "good"),
        (false, true) => ("admin-secure-required", "bad"),
        (false, false) => ("admin-secure-off", "warn"),
    };
    Tag { text: words.say(message), look }
}

/// A protocol, as its users write it.
pub const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Imap => "IMAP",
        Protocol::Pop3 => "POP3",
        Protocol::Smtp => "SMTP",
        Protocol::Sieve => "Sieve",
        Protocol::Jmap => "JMAP",
        Protocol::Caldav => "CalDAV",
        Protocol::Carddav => "CardDAV",
        Protocol::Webdav => "WebDAV",
        Protocol::Xmpp => "XMPP",
    }
}

/// Protocols, one after the other.
pub fn protocols(words: &Words, set: ProtocolSet) -> String {
    if set == ProtocolSet::ALL {
        return words.say("admin-opens-all");
    }
    set.iter().map(protocol).collect::<Vec<_>>().join(", ")
}
