//! Whole lists as files, in pieces. The caller is recognised anew for each piece: a session that has ended, or a role that
//! was taken away, gets no more of it.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::audit::AuditEvents;
use super::authority::Authorizer;
use super::client_passwords::ClientPasswords;
use super::departments::Departments;
use super::members::Members;
use super::parts::Parts;
use super::{Call, Error, Paging};
use crate::clock::Clock;
use crate::domain::audit::AuditFilter;
use crate::domain::audit_form::AuditEventForm;
use crate::domain::client_password::ClientPassword;
use crate::domain::client_password_form::ClientPasswordForm;
use crate::domain::export::{AUDIT_EVENTS, CLIENT_PASSWORDS, Column, Format, MEMBERS, head, item};
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::{Member, MemberFilter};
use crate::domain::member_form::MemberForm;
use crate::domain::revocation::ListFilter;

/// Items of a piece at the most.
const PIECE: u32 = 500;

/// Which list, and what of it.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Client passwords of an organization.
    ClientPasswords(ListFilter),
    /// Members of an organization.
    Members(MemberFilter),
    /// Audit events of an organization.
    AuditEvents(AuditFilter),
}

impl Selection {
    /// The name of the list.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ClientPasswords(_) => "client-passwords",
            Self::Members(_) => "members",
            Self::AuditEvents(_) => "audit-events",
        }
    }

    const fn columns(&self) -> &'static [Column] {
        match self {
            Self::ClientPasswords(_) => CLIENT_PASSWORDS,
            Self::Members(_) => MEMBERS,
            Self::AuditEvents(_) => AUDIT_EVENTS,
        }
    }
}

/// A file: what is in it, and in which form.
#[derive(Clone, Debug)]
pub struct Export {
    /// What is in it.
    pub selection: Selection,
    /// The form of it.
    pub format: Format,
}

impl Export {
    /// What stands before the first item.
    pub fn head(&self) -> String {
        head(self.format, self.selection.columns())
    }
}

/// A piece of a file.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its lines.
    pub text: String,
    /// How many items they are.
    pub count: usize,
    /// Where the next piece begins; none after the last.
    pub next: Option<Uuid>,
}

/// Gives whole lists, piece by piece.
#[derive(Clone)]
pub struct Exports {
    audit_events: AuditEvents,
    authorizer: Authorizer,
    client_passwords: ClientPasswords,
    clock: Clock,
    departments: Departments,
    members: Members,
}

impl Exports {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit_events: AuditEvents::new(parts),
            authorizer: Authorizer::new(parts),
            client_passwords: ClientPasswords::new(parts),
            clock: parts.clock.clone(),
            departments: Departments::new(parts),
            members: Members::new(parts),
        }
    }

    /// The items before `before`, newest first: some of them, or none where none was found in a while, and where to go on.
    pub async fn piece(
        &self,
        call: &Call,
        organization: OrganizationId,
        export: &Export,
        before: Option<Uuid>,
    ) -> Result<Piece, Error> {
        self.piece_of(call, organization, export, Paging { before, limit: PIECE }).await
    }

    /// The same of at most so many items.
    pub async fn piece_of(
        &self,
        call: &Call,
        organization: OrganizationId,
        export: &Export,
        paging: Paging,
    ) -> Result<Piece, Error> {
        let call = &self.authorizer.again(call).await?;
        let (items, next) = match &export.selection {
            Selection::ClientPasswords(filter) => {
                let listed =
                    self.client_passwords.list_of_organization(call, organization, filter, paging).await?;
                (self.client_passwords(call, listed.items).await?, listed.next)
            }
            Selection::Members(filter) => {
                let listed = self.members.list(call, organization, filter, paging).await?;
                (self.members(listed.items).await?, listed.next)
            }
            Selection::AuditEvents(filter) => {
                let listed = self.audit_events.list(call, organization, filter, paging).await?;
                (listed.items.into_iter().map(AuditEventForm::from).map(value).collect(), listed.next)
            }
        };

        let columns = export.selection.columns();
        let text = items.iter().map(|one| item(export.format, columns, one)).collect();
        Ok(Piece { text, count: items.len(), next })
    }

    /// Client passwords, each with the login of its member, by whom people know it.
    async fn client_passwords(&self, call: &Call, items: Vec<ClientPassword>) -> Result<Vec<Value>, Error> {
        let (logins, now) = (self.logins(call, &items).await?, self.clock.now());

        let all = items.into_iter().map(|one| {
            let login = logins.get(&one.member_id);
            let mut shown = value(ClientPasswordForm::at(one, now));
            if let (Some(shown), Some(login)) = (shown.as_object_mut(), login) {
                shown.insert("login".into(), login.as_str().into());
            }
            shown
        });
        Ok(all.collect())
    }

    async fn logins(
        &self,
        call: &Call,
        items: &[ClientPassword],
    ) -> Result<HashMap<MemberId, String>, Error> {
        let mut ids: Vec<MemberId> = items.iter().map(|one| one.member_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let members = self.members.get_many(call, &ids).await?;
        Ok(members.into_iter().flatten().map(|member| (member.id, member.login)).collect())
    }

    async fn members(&self, items: Vec<Member>) -> Result<Vec<Value>, Error> {
        let all = self.departments.with_members(items).await?;
        Ok(all
            .into_iter()
            .map(|(member, departments)| value(MemberForm::new(member, &departments)))
            .collect())
    }
}

/// What is shown of something, as JSON.
fn value(shown: impl Serialize) -> Value {
    serde_json::to_value(shown).unwrap_or_default()
}
