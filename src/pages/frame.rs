//! What is around every page: the name of the service, where the member is, the languages, what has just been done.

use std::fmt;

use askama::filters::HtmlSafe;

use super::language::Language;
use super::texts::Words;
use crate::clock::Timestamp;
use crate::domain::member::{Member, Role};

/// The part of the pages that one belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Pages for whoever is not signed in, and those that say what went wrong.
    Outside,
    /// How things stand.
    Overview,
    /// Client passwords.
    Passwords,
    /// Sign-in, factors, secure login, sessions.
    Security,
    /// What has been done.
    Activity,
    /// Why mail does not work.
    Help,
    /// Administration.
    Admin,
}

/// The member who is signed in.
#[derive(Clone, Debug)]
pub struct Me {
    /// Marks the forms of this member.
    pub id: String,
    /// The mail address.
    pub login: String,
    /// Whether there is something to administer, or to read of others.
    pub administers: bool,
}

impl Me {
    /// The member, as pages show them.
    pub fn of(member: &Member) -> Self {
        Self {
            id: member.id.to_string(),
            login: member.login.clone(),
            administers: matches!(
                member.role,
                Role::Owner | Role::Admin | Role::DepartmentAdmin | Role::Auditor
            ),
        }
    }
}

/// What is around a page.
pub struct Frame {
    /// What pages say.
    pub t: Words,
    /// What the service is called.
    pub name: String,
    /// Addresses of the style sheet, the script and the logo.
    pub style: String,
    /// See `style`.
    pub script: String,
    /// See `style`.
    pub logo: String,
    /// The path of the page, where the language can be changed in place.
    pub here: String,
    /// The part that it belongs to.
    pub room: Room,
    /// Whoever is signed in.
    pub me: Option<Me>,
    /// Sets a form that makes something apart from all others: sent twice, it makes it once.
    pub once: String,
    /// The languages that can be chosen.
    pub languages: [Language; 2],
    /// What has just been done, in the words of the visitor.
    pub done: Option<String>,
}

impl Frame {
    /// Whether the page is in this part, by its name in the address.
    pub fn is_in(&self, room: &str) -> bool {
        let name = match self.room {
            Room::Outside => "",
            Room::Overview => "overview",
            Room::Passwords => "passwords",
            Room::Security => "security",
            Room::Activity => "activity",
            Room::Help => "help",
            Room::Admin => "admin",
        };
        name == room
    }
}

/// A moment, in UTC; the script shows it in the time of the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When(pub Timestamp);

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.0.to_string();
        let (date, rest) = exact.split_once('T').unwrap_or((&exact, ""));
        let minute = rest.get(..5).unwrap_or("");
        write!(f, "<time datetime=\"{exact}\">{date} {minute} UTC</time>")
    }
}

// It writes a time and nothing that anybody typed.
impl HtmlSafe for When {}
