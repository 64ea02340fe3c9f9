//! Members: the list, with its filters in the address, and the form that makes one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::office::{Office, Onward, Order, Part, Tab, demand};
use super::shown::{Choice, Row, role, roles, state};
use super::totals::{self, TotalsView};
use super::tree::{Departments, Tick, named};
use crate::domain::access::OrganizationPermission;
use crate::domain::export::Format;
use crate::domain::field::Fault;
use crate::domain::ids::DepartmentId;
use crate::domain::login::{Login, MAX_LOGIN};
use crate::domain::member::{Member, MemberFilter, MemberState, Role, Within};
use crate::http::problem::Problem;
use crate::http::query::filter;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::once::once;
use crate::pages::problem::Faults;
use crate::service::exports::Selection;
use crate::service::idempotency::Creation;
use crate::service::members::CreateMember;
use crate::service::{Error, Refusal};

#[derive(Template)]
#[template(path = "pages/admin/members.html")]
struct MembersPage {
    frame: Frame,
    tabs: Vec<Tab>,
    can_create: bool,
    can_see_warnings: bool,
    login: String,
    states: Vec<Choice>,
    secure_logins: Vec<Choice>,
    roles: Vec<Choice>,
    /// Empty if there are none.
    departments: Vec<Choice>,
    /// Whether some may be left out.
    filtered: bool,
    totals: TotalsView,
    csv: String,
    ndjson: String,
    rows: Vec<(Row, String)>,
    /// The department whose members are listed, if its members may be changed.
    of: Option<DepartmentId>,
    next: Option<Onward>,
}

/// Where the list is as a file.
const EXPORT: &str = "/admin/members/export";

/// What the address asks for.
struct Asked {
    login: String,
    state: String,
    secure_login: String,
    role: String,
    department: String,
}

impl Asked {
    fn of(office: &Office) -> Self {
        let text = |name| office.query(name).unwrap_or_default();
        Self {
            login: text("login").trim().to_owned(),
            state: text("state"),
            secure_login: text("secure_login"),
            role: text("role"),
            department: text("department_id"),
        }
    }

    fn department(&self) -> Result<Option<DepartmentId>, Problem> {
        let id = Some(&self.department).filter(|text| !text.is_empty());
        let malformed = || Problem::field("department_id", Fault::Malformed, "is none");
        id.map(|id| DepartmentId::parse(id).ok_or_else(malformed)).transpose()
    }

    fn filter(&self) -> Result<MemberFilter, Problem> {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let malformed = |field: &'static str| move || Problem::field(field, Fault::Malformed, "is none");

        let login = filter("login", given(&self.login).as_deref(), MAX_LOGIN)?;
        let state = given(&self.state).map(|name| MemberState::parse(&name).ok_or_else(malformed("state")));
        let role = given(&self.role).map(|name| Role::parse(&name).ok_or_else(malformed("role")));
        let secure_login =
            given(&self.secure_login).map(|text| text.parse().map_err(|_| malformed("secure_login")()));

        Ok(MemberFilter {
            login: login.map(|login| Login::presented(&login)),
            state: state.transpose()?,
            secure_login: secure_login.transpose()?,
            role: role.transpose()?,
            within: self.department()?.map(Within::Department),
        })
    }

    fn is_narrow(&self) -> bool {
        let all = [&self.login, &self.state, &self.secure_login, &self.role, &self.department];
        all.iter().any(|text| !text.is_empty())
    }
}

/// `GET /admin/members`.
pub async fn list(office: Office) -> Result<HttpResponse, PageError> {
    let asked = Asked::of(&office);
    let filter = asked.filter()?;
    let members = &office.services.members;
    let listed =
        office.look(async |paging| members.list(&office.call, office.home, &filter, paging).await).await?;

    let tree = Departments::of(&office, asked.department()?.as_slice()).await?;

    let part = asked.department()?.map_or(totals::Part::Organization, totals::Part::Department);
    let totals = TotalsView::of(&office, &tree, part).await?;
    let of = asked.department()?.filter(|_| office.may_move());
    let rows = with_departments(&office, &tree, listed.items.clone()).await?;
    let words = &office.words;
    let any = |chosen: &str| Choice::new("", words.say("admin-any"), chosen);
    let states = [MemberState::Active, MemberState::Suspended, MemberState::Left];
    let states = states.map(|one| Choice::new(one.name(), state(words, one).text, &asked.state));
    let secure = [("true", "admin-secure-on"), ("false", "admin-secure-off")];
    let secure = secure.map(|(value, text)| Choice::new(value, words.say(text), &asked.secure_login));
    let roles = Role::ALL.map(|one| Choice::new(one.name(), role(words, one), &asked.role));

    let departments = tree.choices(&asked.department, None);
    let every = (!departments.is_empty()).then(|| any(&asked.department));
    let departments = every.into_iter().chain(departments).collect();

    office.show(&MembersPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        can_create: may_create(&office, Role::Member),
        can_see_warnings: office.may(OrganizationPermission::ReadClientPasswords),
        states: std::iter::once(any(&asked.state)).chain(states).collect(),
        secure_logins: std::iter::once(any(&asked.secure_login)).chain(secure).collect(),
        roles: std::iter::once(any(&asked.role)).chain(roles).collect(),
        departments,
        filtered: asked.is_narrow(),
        login: asked.login,
        next: office.onward(&listed),
        totals,
        csv: office.download(EXPORT, Format::Csv),
        ndjson: office.download(EXPORT, Format::Ndjson),
        rows,
        of,
    })
}

/// `GET /admin/members/export`: the same as a file.
pub async fn export(office: Office) -> Result<HttpResponse, PageError> {
    office.export(Selection::Members(Asked::of(&office).filter()?)).await
}

/// Members in a list, each with the departments that whoever looks sees.
async fn with_departments(
    office: &Office,
    tree: &Departments,
    members: Vec<Member>,
) -> Result<Vec<(Row, String)>, Error> {
    let words = &office.words;
    let found = office.services.departments.with_members(members).await?;
    let rows = found.iter().map(|(member, of_member)| {
        let mut names: Vec<String> = tree.names(&of_member.department_ids);
        let hidden = of_member.department_ids.len() - names.len();
        if hidden > 0 {
            names.push(words.with("admin-and-more", "count", hidden));
        }
        (Row::of(words, member), names.join(&words.say("list-separator")))
    });
    Ok(rows.collect())
}

#[derive(Template)]
#[template(path = "pages/admin/new_member.html")]
struct NewMemberPage {
    frame: Frame,
    tabs: Vec<Tab>,
    login: String,
    display_name: String,
    roles: Vec<Choice>,
    /// Empty if there are none.
    departments: Vec<Tick>,
    left_out: String,
    faults: Faults,
}

fn may_create(office: &Office, role: Role) -> bool {
    office.may(OrganizationPermission::CreateMember { role, with_password: false })
}

async fn new_page(
    office: &Office,
    typed: &CreateMember<'_>,
    faults: Faults,
) -> Result<HttpResponse, PageError> {
    let departments = Departments::of(office, typed.department_ids).await?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = NewMemberPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        login: typed.login.to_owned(),
        display_name: typed.display_name.to_owned(),
        roles: roles(&office.words, typed.role.name(), |role| may_create(office, role)),
        left_out: departments.left_out(&office.words),
        departments: departments.ticks(typed.department_ids),
        faults,
    };
    office.answer(status, &page)
}

fn typed<'a>(
    (login, display_name): (&'a str, &'a str),
    role: Role,
    department_ids: &'a [DepartmentId],
) -> CreateMember<'a> {
    CreateMember { login, display_name, role, password: None, department_ids, admin_department_ids: None }
}

/// `GET /admin/members/new`.
pub async fn new(office: Office) -> Result<HttpResponse, PageError> {
    demand(may_create(&office, Role::Member))?;
    let below: Vec<_> =
        office.query("department_id").and_then(|id| DepartmentId::parse(&id)).into_iter().collect();
    let nothing = typed(("", ""), Role::Member, &below);
    new_page(&office, &nothing, Faults::default()).await
}

/// `POST /admin/members/new`: an account password is not typed here, the member chooses it.
pub async fn create(order: Order) -> Result<HttpResponse, PageError> {
    let malformed = || Problem::field("role", Fault::Malformed, "is none");
    let role = Role::parse(order.submitted.form.text("role")).ok_or_else(malformed)?;
    let form = &order.submitted.form;
    let department_ids = named("department_ids", form)?;
    let typed = typed((form.text("login"), form.text("display_name")), role, &department_ids);

    let made = once(&order.submitted, Creation::Member(order.home), async |call| {
        let member = order.services.members.create(call, order.home, &typed).await?;
        Ok(member.id.to_string())
    });
    match made.await {
        Ok(id) => order.go_to(&format!("/admin/members/{id}/invite?done=member-made")),
        Err(Error::Refused(Refusal::LoginTaken)) => {
            let taken = order.words.say("admin-login-taken");
            new_page(&order, &typed, Faults::one("login", taken)).await
        }
        Err(error) => {
            let faults = order.faults(error)?;
            new_page(&order, &typed, faults).await
        }
    }
}
