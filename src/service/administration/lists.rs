//! Lists, piece by piece as the control socket carries them, and totals.

use super::named::Tree;
use super::wording::explain;
use super::{Administration, ListQuery, Outcome, PieceListing, Scene, TotalsListing};
use crate::clock::Timestamp;
use crate::domain::audit::AuditFilter;
use crate::domain::client_password::{EndReason, StateFilter};
use crate::domain::export::Format;
use crate::domain::field::typed_time;
use crate::domain::login::Login;
use crate::domain::member::{MemberFilter, MemberState, Role, Within};
use crate::domain::revocation::ListFilter;
use crate::domain::totals::{Totals, TotalsForm};
use crate::service::Paging;
use crate::service::exports::{Export, Selection};

/// Items of a piece that goes over the control socket.
const MOST: u32 = 5_000;
/// Members that one list of client passwords may name.
const MAX_MEMBERS: usize = 50;

impl Administration {
    pub(super) async fn show_totals(&self, scene: &Scene) -> Result<Outcome, String> {
        let found = self.totals.get(&scene.call, scene.organization.id).await;
        let found: Totals = found.map_err(|error| explain(&error))?;
        let tree = self.tree(scene).await?;
        let paths = found.departments.keys().map(|id| tree.path(*id)).collect();
        Ok(Outcome::Totals(TotalsListing { totals: TotalsForm::from(&found), paths }))
    }

    pub(super) async fn list(
        &self,
        scene: &Scene,
        query: &ListQuery,
        format: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Outcome, String> {
        let format = Format::parse(format).ok_or_else(|| format!("there is no form {format:?}"))?;
        let export = Export { selection: self.selection(scene, query).await?, format };
        let before = before.map(uuid::Uuid::try_parse).transpose();
        let before = before.map_err(|_| "the list does not go on there: begin it anew".to_owned())?;

        let (home, paging) = (scene.organization.id, Paging { before, limit: limit.clamp(1, MOST) });
        let piece = self.exports.piece_of(&scene.call, home, &export, paging).await;
        let piece = piece.map_err(|error| explain(&error))?;
        let next = piece.next.map(|id| id.to_string());
        Ok(Outcome::Listed(PieceListing { head: export.head(), text: piece.text, count: piece.count, next }))
    }

    async fn selection(&self, scene: &Scene, query: &ListQuery) -> Result<Selection, String> {
        Ok(match query {
            ListQuery::ClientPasswords { filter, state, ended_reason } => {
                if filter.members.len() > MAX_MEMBERS {
                    return Err(format!("--member may be given {MAX_MEMBERS} times at the most"));
                }
                let state = state.as_deref().map(|name| named("state", name, StateFilter::parse(name)));
                let reason = ended_reason.as_deref();
                let reason = reason.map(|name| named("reason of an end", name, EndReason::parse(name)));
                Selection::ClientPasswords(ListFilter {
                    filter: self.filter(scene, filter).await?,
                    state: state.transpose()?,
                    ended_reason: reason.transpose()?,
                })
            }
            ListQuery::Members { department, .. } => {
                let tree = match department {
                    Some(_) => Some(self.tree(scene).await?),
                    None => None,
                };
                Selection::Members(member_filter(query, tree.as_ref())?)
            }
            ListQuery::AuditEvents { login, action, since, until } => {
                let member_id = match login {
                    Some(login) => Some(self.member(scene, login).await?.id),
                    None => None,
                };
                let (since, until) = (time("since", since.as_deref())?, time("until", until.as_deref())?);
                let action = action.clone();
                Selection::AuditEvents(AuditFilter { member_id, actor_id: None, action, since, until })
            }
        })
    }
}

fn member_filter(query: &ListQuery, tree: Option<&Tree>) -> Result<MemberFilter, String> {
    let ListQuery::Members { login, state, role, secure_login, department } = query else {
        return Ok(MemberFilter::default());
    };
    let state = state.as_deref().map(|name| named("state", name, MemberState::parse(name)));
    let role = role.as_deref().map(|name| named("role", name, Role::parse(name)));
    let within = match (tree, department) {
        (Some(tree), Some(department)) => Some(Within::Department(tree.find(department)?.id)),
        _ => None,
    };
    Ok(MemberFilter {
        login: login.as_deref().map(Login::presented),
        state: state.transpose()?,
        secure_login: *secure_login,
        role: role.transpose()?,
        within,
    })
}

fn named<T>(what: &str, name: &str, found: Option<T>) -> Result<T, String> {
    found.ok_or_else(|| format!("there is no {what} {name:?}"))
}

/// A time as it was typed: RFC 3339, or a day, which begins at midnight UTC.
fn time(option: &str, typed: Option<&str>) -> Result<Option<Timestamp>, String> {
    let Some(typed) = typed else { return Ok(None) };
    let example = "write it as 2026-11-22 or 2026-11-22T08:00:00Z";
    typed_time(typed).map(Some).ok_or_else(|| format!("--{option}: {typed:?} is no time; {example}"))
}
