//! Who administers: a member whose role reads what others do. Everybody else finds nothing here.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::access::{Authority, Denial, MemberPermission, OrganizationPermission, Subject};
use crate::domain::export::Format;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::OrganizationId;
use crate::domain::member::Member;
use crate::domain::service_key::KeyRole;
use crate::http::export;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{make_cursor, paging, split};
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room, When};
use crate::pages::problem::Faults;
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::exports::Selection;
use crate::service::{Error, IfMatch, Listed, Paging, Refusal};

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, PageError>>>>;

/// How many lines a list shows at once.
const PAGE: u32 = 50;
/// How long somebody waits for them.
const PATIENCE: Duration = Duration::from_secs(1);

/// A part of the administration, as the navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Who there is.
    Members,
    /// What they belong to.
    Departments,
    /// What opens their mail.
    Passwords,
    /// What they may.
    Policy,
    /// Many client passwords at once.
    Revocations,
    /// What was done.
    Audit,
    /// Programs.
    Keys,
    /// Name, domains, who administers.
    Organization,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::Members,
        Self::Departments,
        Self::Passwords,
        Self::Policy,
        Self::Revocations,
        Self::Audit,
        Self::Keys,
        Self::Organization,
    ];

    /// Its address, and the message that names it.
    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Members => ("/admin/members", "admin-nav-members"),
            Self::Departments => ("/admin/departments", "admin-nav-departments"),
            Self::Passwords => ("/admin/client-passwords", "admin-passwords"),
            Self::Policy => ("/admin/policy", "admin-nav-policy"),
            Self::Revocations => ("/admin/revocations", "admin-nav-revocations"),
            Self::Audit => ("/admin/audit", "admin-nav-audit"),
            Self::Keys => ("/admin/keys", "admin-nav-keys"),
            Self::Organization => ("/admin/organization", "admin-nav-organization"),
        }
    }

    /// What its page reads.
    const fn reads(self) -> OrganizationPermission {
        match self {
            Self::Members => OrganizationPermission::ReadMembers,
            Self::Departments => OrganizationPermission::ReadDepartments,
            Self::Passwords => OrganizationPermission::ReadClientPasswords,
            Self::Policy => OrganizationPermission::ReadPolicy,
            Self::Revocations => OrganizationPermission::ReadClientPasswords,
            Self::Audit => OrganizationPermission::ReadAudit,
            Self::Keys => OrganizationPermission::ReadServiceKeys,
            Self::Organization => OrganizationPermission::ReadDomains,
        }
    }
}

/// Where a list goes on.
pub struct Onward {
    /// The address of the next page.
    pub href: String,
    /// From when on it is looked through, where this page ended before it was full.
    pub from: Option<When>,
}

/// A place in the navigation.
pub struct Tab {
    /// Its address.
    pub href: &'static str,
    /// The message that names it.
    pub message: &'static str,
    /// Whether the page belongs to it.
    pub here: bool,
}

/// Somebody who administers, or reads what others do, asks for a page.
pub struct Office {
    signed: Signed,
    /// The organization.
    pub home: OrganizationId,
    /// The time of the request.
    pub now: Timestamp,
}

impl Office {
    fn of(signed: Signed) -> Result<Self, PageError> {
        let now = signed.now()?;
        let office = Self { home: signed.member.organization_id, signed, now };

        // Whoever may not look at others need not know that there are pages for it.
        if office.may(OrganizationPermission::ReadMembers) {
            Ok(office)
        } else {
            Err(Problem::not_found().into())
        }
    }

    /// Whether the role may do this, if need be after a proof.
    pub fn may(&self, permission: OrganizationPermission) -> bool {
        is_open(self.call.caller.may(permission, self.home, self.now))
    }

    /// Whether the role may do this to a member, if need be after a proof.
    pub fn may_to(&self, permission: MemberPermission, member: &Member) -> bool {
        // Whom the page shows is within reach.
        let (member_id, organization_id) = (member.id, member.organization_id);
        let subject = Subject { member_id, organization_id, role: member.role, is_within_reach: true };
        is_open(self.call.caller.may_to(permission, &subject, self.now))
    }

    /// Whether the role puts members into departments, within reach.
    pub fn may_move(&self) -> bool {
        self.may(OrganizationPermission::ChangeDepartments) || self.call.caller.department_admin().is_some()
    }

    /// The roles of keys that the member may make.
    pub fn key_roles(&self) -> Vec<KeyRole> {
        let all = [KeyRole::MailServer, KeyRole::Directory, KeyRole::Auditor].into_iter();
        all.filter(|role| self.may(OrganizationPermission::CreateServiceKey(*role))).collect()
    }

    /// The member that the address names.
    pub async fn subject(&self) -> Result<Member, PageError> {
        Ok(self.services.members.get(&self.call, path_id(&self.request)?).await?)
    }

    /// What is around a page of the administration.
    pub fn frame(&self) -> Frame {
        self.signed.frame(Room::Admin)
    }

    /// The navigation, with what the role may see.
    pub fn tabs(&self, at: Part) -> Vec<Tab> {
        let seen = Part::ALL.into_iter().filter(|part| self.may(part.reads()));
        let tab = |part: Part| {
            let (href, message) = part.place();
            Tab { href, message, here: part == at }
        };
        seen.map(tab).collect()
    }

    /// Which page of a list the address asks for.
    pub fn paging(&self) -> Result<Paging, Problem> {
        paging(&self.request, Some(PAGE), self.query("cursor").as_deref())
    }

    /// A page of a list, looked for until it is full, until all was read, or for as long as somebody waits.
    pub async fn look<T>(
        &self,
        list: impl AsyncFn(Paging) -> Result<Listed<T>, Error>,
    ) -> Result<Listed<T>, PageError> {
        let (clock, mut paging) = (self.clock()?, self.paging()?);
        let (begun, mut items) = (clock.monotonic(), Vec::new());
        loop {
            let listed = list(paging).await?;
            items.extend(listed.items);
            let left = PAGE.saturating_sub(u32::try_from(items.len()).unwrap_or(PAGE));
            let waited = clock.monotonic().saturating_sub(begun);
            match listed.next {
                Some(next) if left > 0 && waited < PATIENCE => {
                    paging = Paging { before: Some(next), limit: left };
                }
                next => return Ok(Listed { items, next }),
            }
        }
    }

    /// Where a list goes on that was looked for, and from when where the page is not full.
    pub fn onward<T>(&self, listed: &Listed<T>) -> Option<Onward> {
        let is_full = listed.items.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        let from = listed.next.filter(|_| !is_full).and_then(made_at).map(When);
        self.next(listed).map(|href| Onward { href, from })
    }

    /// Where the same list is as a file, with the same filters.
    pub fn download(&self, path: &str, format: Format) -> String {
        let (_, filters) = split(self.request.query_string(), &["cursor"]);
        let join = if filters.is_empty() { "" } else { "&" };
        format!("{path}?{filters}{join}format={}", format.name())
    }

    /// The form in which a file is asked for; a table, if nothing is said.
    fn format(&self) -> Result<Format, Problem> {
        let Some(name) = self.query("format") else { return Ok(Format::Csv) };
        Format::parse(&name).ok_or_else(|| Problem::field("format", Fault::Malformed, "is csv or ndjson"))
    }

    /// The list as a file.
    pub async fn export(&self, selection: Selection) -> Result<HttpResponse, PageError> {
        let whole = (selection, self.format()?);
        Ok(export::answer(&self.request, (self.call, self.home), whole, None).await?)
    }

    /// Where a list goes on, with the same filters.
    pub fn next<T>(&self, listed: &Listed<T>) -> Option<String> {
        let cursor = make_cursor(&self.request, listed.next?.as_bytes());
        let (_, filters) = split(self.request.query_string(), &["cursor"]);
        let join = if filters.is_empty() { "" } else { "&" };
        Some(format!("{}?{filters}{join}cursor={cursor}", self.request.path()))
    }

    /// What is wrong with fields, if that is why nothing was done.
    pub fn faults(&self, error: Error) -> Result<Faults, PageError> {
        match error {
            Error::Invalid(errors) => Ok(self.fault(errors)),
            other => Err(other.into()),
        }
    }

    /// What is wrong with fields; those of a filter have no name before theirs here.
    pub fn fault(&self, errors: Vec<FieldError>) -> Faults {
        let bare = |error: FieldError| {
            let field = error.field.strip_prefix("filter.").unwrap_or(&error.field).to_owned();
            FieldError { field, ..error }
        };
        Faults::of(&self.words, &errors.into_iter().map(bare).collect::<Vec<_>>())
    }
}

/// When the one of this id was made.
fn made_at(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(Timestamp::from_micros(micros.checked_add(i64::from(nanos) / 1_000)?))
}

/// Refuses the page of something that the role may not do.
pub fn demand(allowed: bool) -> Result<(), PageError> {
    if allowed { Ok(()) } else { Err(Refusal::Forbidden.into()) }
}

/// What is allowed, or will be once the member has proven who it is.
fn is_open(judged: Result<Authority, Denial>) -> bool {
    matches!(judged, Ok(_) | Err(Denial::StepUp))
}

impl Deref for Office {
    type Target = Signed;

    fn deref(&self) -> &Signed {
        &self.signed
    }
}

impl FromRequest for Office {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed = Signed::from_request(request, payload);
        Box::pin(async move { Self::of(signed.await?) })
    }
}

/// Somebody who administers sends a form.
pub struct Order {
    /// Who sends it.
    pub office: Office,
    /// What was sent.
    pub submitted: Submitted,
}

impl Order {
    /// The version that the page showed, so that nothing is changed that has changed since.
    pub fn version(&self) -> IfMatch {
        let typed = self.submitted.form.text("version");
        if typed.is_empty() {
            IfMatch::Absent
        } else {
            IfMatch::Versions(typed.parse().into_iter().collect())
        }
    }
}

impl Deref for Order {
    type Target = Office;

    fn deref(&self) -> &Office {
        &self.office
    }
}

impl FromRequest for Order {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let submitted = Submitted::from_request(request, payload);
        Box::pin(async move {
            let submitted = submitted.await?;
            Ok(Self { office: Office::of(submitted.signed.clone())?, submitted })
        })
    }
}
