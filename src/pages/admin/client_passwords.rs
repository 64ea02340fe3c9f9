//! Client passwords of the whole organization, with filters in the address.

use actix_web::HttpResponse;
use askama::Template;

use super::filter::Typed;
use super::held::Held;
use super::names::{Name, Names, holder};
use super::office::{Office, Onward, Part, Tab, demand};
use super::shown::{Choice, protocol};
use super::tree::Departments;
use crate::domain::access::OrganizationPermission;
use crate::domain::client_password::{EndReason, StateFilter};
use crate::domain::export::Format;
use crate::domain::field::{Fault, FieldError, FieldErrors};
use crate::domain::ids::MemberId;
use crate::domain::protocol::Protocol;
use crate::domain::revocation::ListFilter;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::problem::Faults;
use crate::pages::texts::Words;
use crate::service::exports::Selection;
use crate::service::{Error, Listed};

/// Where the list is as a file.
const EXPORT: &str = "/admin/client-passwords/export";

#[derive(Template)]
#[template(path = "pages/admin/client_passwords.html")]
struct ClientPasswordsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    asked: Asked,
    states: Vec<Choice>,
    uses: Vec<Choice>,
    protocols: Vec<Choice>,
    departments: Vec<Choice>,
    left_out: String,
    secure: Vec<Choice>,
    reasons: Vec<Choice>,
    faults: Faults,
    rows: Vec<(Held, Name)>,
    next: Option<Onward>,
    csv: String,
    ndjson: String,
}

/// What the address asks for, as it was typed.
struct Asked {
    member: String,
    state: String,
    protocol: String,
    department: String,
    ended_reason: String,
    typed: Typed,
}

impl Asked {
    fn of(office: &Office) -> Self {
        let text = |name| office.query(name).unwrap_or_default().trim().to_owned();
        Self {
            member: text("member"),
            state: text("state"),
            protocol: text("protocol"),
            department: text("department_id"),
            ended_reason: text("ended_reason"),
            typed: Typed::of_address(office),
        }
    }

    /// Whether it asks for less than everything.
    fn is_narrow(&self) -> bool {
        let Self { member, state, protocol, department, ended_reason, typed } = self;
        let Typed { label, used, created_before, last_used_before, networks, .. } = typed;
        let own = [member, state, protocol, department, ended_reason];
        let all = own.into_iter().chain([label, used, created_before, last_used_before, networks]);
        typed.asks_for_secure_login() || all.into_iter().any(|text| !text.is_empty())
    }

    async fn filter(&self, office: &Office) -> Result<ListFilter, Error> {
        let mut wrong = FieldErrors::default();
        let members = wrong.take(self.members(office).await?);
        let ended_reason = wrong.take(self.ended_reason());
        let department = wrong.take(self.known_department());
        match (self.typed.filter(members.clone().flatten()), ended_reason) {
            (Ok(filter), Some(ended_reason)) if members.is_some() && department.is_some() => {
                Ok(ListFilter { filter, state: StateFilter::parse(&self.state), ended_reason })
            }
            (filter, _) => Err(wrong.and(filter.err().unwrap_or_default()).into()),
        }
    }

    fn ended_reason(&self) -> Result<Option<EndReason>, FieldError> {
        let malformed = || FieldError::new("ended_reason", Fault::Malformed, "is none");
        let name = Some(&self.ended_reason).filter(|name| !name.is_empty());
        name.map(|name| EndReason::parse(name).ok_or_else(malformed)).transpose()
    }

    /// Refuses what is no department: the list would be of all.
    fn known_department(&self) -> Result<(), FieldError> {
        if self.department.is_empty() || !self.typed.of_departments().is_empty() {
            return Ok(());
        }
        Err(FieldError::new("department_id", Fault::Malformed, "is none"))
    }

    /// Why they ended, to be chosen.
    fn reasons(&self, words: &Words) -> Vec<Choice> {
        let reason = |one: EndReason| {
            let message = format!("admin-ended-{}", one.name().replace('_', "-"));
            Choice::new(one.name(), words.say(&message), &self.ended_reason)
        };
        let any = Choice::new("", words.say("admin-any"), &self.ended_reason);
        std::iter::once(any).chain(EndReason::ALL.map(reason)).collect()
    }

    /// The member who is meant by a mail address; all, if nothing was typed.
    async fn members(&self, office: &Office) -> Result<Result<Option<Vec<MemberId>>, FieldError>, Error> {
        if self.member.is_empty() {
            return Ok(Ok(None));
        }
        let unknown = || FieldError::new("member", Fault::NotFound, "names nobody");
        let found = holder(office, &self.member).await?;
        Ok(found.map(|member| Some(vec![member.id])).ok_or_else(unknown))
    }
}

/// `GET /admin/client-passwords`.
pub async fn list(office: Office) -> Result<HttpResponse, PageError> {
    demand(office.may(OrganizationPermission::ReadClientPasswords))?;
    let asked = Asked::of(&office);
    let (listed, faults) = match asked.filter(&office).await {
        Ok(filter) => {
            let all = &office.services.client_passwords;
            let list =
                async |paging| all.list_of_organization(&office.call, office.home, &filter, paging).await;
            (office.look(list).await?, Faults::default())
        }
        Err(error) => (Listed { items: Vec::new(), next: None }, office.faults(error)?),
    };

    let (mut names, mut rows) = (Names::new(&office), Vec::new());
    for one in &listed.items {
        rows.push((Held::of(&office.words, one, office.now), names.member_name(one.member_id).await?));
    }
    let tree = Departments::of(&office, asked.typed.of_departments()).await?;
    let words = &office.words;
    let any = |chosen: &str| Choice::new("", words.say("admin-any"), chosen);
    let state = |(name, message): (&str, _)| Choice::new(name, words.say(message), &asked.state);
    let states = [
        ("active", "admin-live"),
        ("superseded", "admin-superseded"),
        ("expired", "admin-ended-expired"),
        ("revoked", "admin-ended-by-somebody"),
    ];
    let opens = |one: Protocol| Choice::new(one.name(), protocol(one).to_owned(), &asked.protocol);

    office.show(&ClientPasswordsPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Passwords),
        states: std::iter::once(any(&asked.state)).chain(states.map(state)).collect(),
        uses: asked.typed.uses(words),
        protocols: std::iter::once(any(&asked.protocol)).chain(Protocol::ALL.map(opens)).collect(),
        departments: std::iter::once(any(&asked.department))
            .chain(tree.choices(&asked.department, None))
            .collect(),
        left_out: tree.left_out(words),
        secure: asked.typed.secure(words),
        reasons: asked.reasons(words),
        faults,
        rows,
        next: office.onward(&listed),
        csv: office.download(EXPORT, Format::Csv),
        ndjson: office.download(EXPORT, Format::Ndjson),
        asked,
    })
}

/// `GET /admin/client-passwords/export`: the same as a file.
pub async fn export(office: Office) -> Result<HttpResponse, PageError> {
    demand(office.may(OrganizationPermission::ReadClientPasswords))?;
    let filter = Asked::of(&office).filter(&office).await?;
    office.export(Selection::ClientPasswords(filter)).await
}
