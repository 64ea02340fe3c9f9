//! The organization: its name, its domains, and who administers it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::office::{Office, Order, Part, Tab, demand};
use super::ownership::{self, Owned};
use super::shown::{Row, role};
use super::totals::{self, TotalsView};
use super::tree::Departments;
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::member::{Member, MemberFilter, MemberState, Role};
use crate::domain::organization::{BoundDomain, Organization};
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, When};
use crate::pages::problem::Faults;
use crate::pages::texts::Words;
use crate::service::{Error, Paging};

/// As many domains as one look shows.
const DOMAINS: u32 = 200;
/// Pages of members that are looked through for one role.
const PAGES: usize = 20;

/// A domain in the list.
struct Domain {
    name: String,
    since: When,
}

impl Domain {
    fn of(bound: BoundDomain) -> Self {
        Self { name: bound.name, since: When(bound.created_at) }
    }
}

/// Somebody whose role is above that of a member.
struct Manager {
    row: Row,
    can_change: bool,
}

/// How many have a role above that of a member.
struct RoleCount {
    role: String,
    count: String,
}

#[derive(Template)]
#[template(path = "pages/admin/organization.html")]
struct OrganizationPage {
    frame: Frame,
    tabs: Vec<Tab>,
    id: String,
    name: String,
    typed: String,
    version: String,
    can_rename: bool,
    made: When,
    domains: Vec<Domain>,
    more_domains: bool,
    counts: Vec<RoleCount>,
    managers: Vec<Manager>,
    owned: Owned,
    /// The address of whom it is to be offered to.
    member: String,
    totals: TotalsView,
    faults: Faults,
}

/// What was typed into the forms of the page.
struct Typed<'a> {
    name: &'a str,
    version: &'a str,
    member: &'a str,
}

async fn show(
    office: &Office,
    organization: &Organization,
    typed: Typed<'_>,
    faults: Faults,
) -> Result<HttpResponse, PageError> {
    let (domains, more_domains) =
        office.services.organizations.domains(&office.call, office.home, "", DOMAINS).await?;
    let manager = |member: &Member| Manager {
        row: Row::of(&office.words, member),
        can_change: Role::ALL
            .into_iter()
            .filter(|role| *role != Role::Owner && *role != member.role)
            .any(|role| office.may_to(MemberPermission::ChangeRole(role), member)),
    };

    let found = managers(office).await?;
    let tree = Departments::of(office, &[]).await?;
    let totals = TotalsView::of(office, &tree, totals::Part::Everything).await?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = OrganizationPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Organization),
        id: organization.id.to_string(),
        name: organization.name.clone(),
        typed: typed.name.to_owned(),
        version: typed.version.to_owned(),
        can_rename: office.may(OrganizationPermission::Rename),
        made: When(organization.created_at),
        domains: domains.into_iter().map(Domain::of).collect(),
        more_domains,
        counts: found.iter().map(|one| one.count(&office.words)).collect(),
        managers: found.iter().flat_map(|one| &one.members).map(manager).collect(),
        owned: Owned::of(office).await?,
        member: typed.member.to_owned(),
        totals,
        faults,
    };
    office.answer(status, &page)
}

/// Those of a role.
struct OfRole {
    role: Role,
    members: Vec<Member>,
    /// Whether there may be more.
    more: bool,
}

impl OfRole {
    fn count(&self, words: &Words) -> RoleCount {
        let count = self.members.len();
        let at_least = || words.with("admin-at-least", "count", count);
        RoleCount {
            role: role(words, self.role),
            count: if self.more { at_least() } else { count.to_string() },
        }
    }
}

/// Everybody whose role is above that of a member, the highest role first; roles that nobody has are left out.
async fn managers(office: &Office) -> Result<Vec<OfRole>, Error> {
    let mut found = Vec::new();
    for role in Role::ALL.into_iter().rev().filter(|role| *role != Role::Member) {
        let filter = MemberFilter { role: Some(role), ..MemberFilter::default() };
        let (mut members, mut before) = (Vec::new(), None);
        for _ in 0..PAGES {
            let paging = Paging { before, limit: 200 };
            let listed = office.services.members.list(&office.call, office.home, &filter, paging).await?;
            members.extend(listed.items.into_iter().filter(|member| member.state != MemberState::Left));
            before = listed.next;
            if before.is_none() {
                break;
            }
        }
        found.push(OfRole { role, members, more: before.is_some() });
    }
    found.retain(|one| one.more || !one.members.is_empty());
    Ok(found)
}

/// `GET /admin/organization`.
pub async fn page(office: Office) -> Result<HttpResponse, PageError> {
    let organization = office.services.organizations.get(&office.call, office.home).await?;
    let version = organization.version.to_string();
    let typed = Typed { name: &organization.name, version: &version, member: "" };
    show(&office, &organization, typed, Faults::default()).await
}

/// `POST /admin/organization`: another name.
pub async fn rename(order: Order) -> Result<HttpResponse, PageError> {
    let typed = order.submitted.form.text("name");
    let organizations = &order.services.organizations;

    match organizations.rename(&order.call, order.home, Some(typed), &order.version()).await {
        Ok(_) => order.go_to("/admin/organization?done=organization-renamed"),
        Err(error) => {
            let faults = order.faults(error)?;
            let organization = organizations.get(&order.call, order.home).await?;
            let typed = Typed { name: typed, version: order.submitted.form.text("version"), member: "" };
            show(&order, &organization, typed, faults).await
        }
    }
}

/// `POST /admin/organization/offer`: to a member, who may take it on.
pub async fn offer(order: Order) -> Result<HttpResponse, PageError> {
    demand(order.may(OrganizationPermission::HandOver))?;
    let member = order.submitted.form.text("member_id");

    match ownership::offer(&order, member).await {
        Ok(()) => order.go_to("/admin/organization?done=offer-made"),
        Err(error) => {
            let faults = order.faults(error)?;
            let organization = order.services.organizations.get(&order.call, order.home).await?;
            let version = organization.version.to_string();
            let typed = Typed { name: &organization.name, version: &version, member };
            show(&order, &organization, typed, faults).await
        }
    }
}
