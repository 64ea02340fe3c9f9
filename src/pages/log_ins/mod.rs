//! Where and with what a member's mail was opened: a table that several pages show.

use std::collections::HashMap;

use actix_web::HttpResponse;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room, When};
use super::passwords::clients;
use super::passwords::view::protocol;
use super::texts::Words;
use super::visit::Signed;
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::domain::log_in::{FromWhere, LogIn, LogInBy, LogInFilter};
use crate::service::{Error, Paging};

/// More rows than a member has.
const ALL: u32 = 200;
/// Rows on a page that shows other things as well.
pub const FEW: u32 = 5;

/// A row of the history.
pub struct Row {
    /// The last of these log-ins.
    pub last: When,
    /// The first of them, if there were several.
    pub first: Option<When>,
    /// How many there were.
    pub count: i64,
    /// What the client wanted, in words.
    pub protocol: String,
    /// The address or the network; empty if it is not known.
    pub from: String,
    /// How people call the client, or what it calls itself; empty if that is not known.
    pub client: String,
    /// What mail was opened with, in words.
    pub with: String,
}

/// Log-ins of a member.
pub struct History {
    /// For how many days they are kept.
    pub days: i64,
    /// The rows, those first that were used last.
    pub rows: Vec<Row>,
    /// Whether there are more.
    pub more: bool,
}

impl Row {
    fn of(words: &Words, LogIn { key, seen }: LogIn, labels: &HashMap<ClientPasswordId, String>) -> Self {
        let client = key.client.unwrap_or_default();
        let known = clients::known(&client).map(|(name, _)| name.to_owned());
        Self {
            last: When(seen.last),
            first: (seen.count > 1).then_some(When(seen.first)),
            count: seen.count,
            protocol: protocol(words, key.protocol),
            from: match key.from {
                FromWhere::NotSaid => String::new(),
                FromWhere::Anywhere => words.say("log-ins-anywhere"),
                from => from.to_text(),
            },
            client: known.unwrap_or(client),
            with: match key.by {
                LogInBy::ClientPassword(id) => {
                    labels.get(&id).cloned().unwrap_or_else(|| words.say("log-ins-forgotten"))
                }
                LogInBy::SomeClientPassword => words.say("log-ins-several"),
                LogInBy::AccountPassword => words.say("log-ins-account-password"),
                LogInBy::Deferred => words.say("log-ins-passed-on"),
            },
        }
    }
}

/// The log-ins of a member that the filter finds, no more than `limit`.
pub async fn history(
    signed: &Signed,
    member: MemberId,
    wanted: &LogInFilter,
    limit: u32,
) -> Result<History, Error> {
    let (log_ins, call) = (&signed.services.log_ins, &signed.call);
    let days = i64::try_from(log_ins.days(call, member).await?).unwrap_or(i64::MAX);
    let found = log_ins.list(call, member, wanted, Paging { before: None, limit }).await?;
    let labels = log_ins.labels(call, member, &found.items).await?;

    let row = |one| Row::of(&signed.words, one, &labels);
    Ok(History { days, more: found.next.is_some(), rows: found.items.into_iter().map(row).collect() })
}

/// All log-ins of a member.
pub async fn all(signed: &Signed, member: MemberId) -> Result<History, Error> {
    history(signed, member, &LogInFilter::default(), ALL).await
}

/// The log-ins with one client password.
pub async fn with(signed: &Signed, member: MemberId, used: ClientPasswordId) -> Result<History, Error> {
    let wanted = LogInFilter { client_password: Some(used), ..LogInFilter::default() };
    history(signed, member, &wanted, ALL).await
}

#[derive(Template)]
#[template(path = "pages/log_ins/log_ins.html")]
struct LogInsPage {
    frame: Frame,
    history: History,
}

/// `GET /log-ins`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let history = all(&signed, signed.member.id).await?;
    signed.show(&LogInsPage { frame: signed.frame(Room::Activity), history })
}
