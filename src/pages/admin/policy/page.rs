//! The page of the policy: read by an auditor, changed by an administrator, who sees first what a change would cut off.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::meant::Meant;
use super::preview::{self, Preview};
use super::said::{Difference, Part as Said, People, differences, lines, parts};
use super::typed::{Row, Say, Typed};
use super::what_if::{self, Past};
use crate::domain::access::OrganizationPermission;
use crate::domain::ids::DepartmentId;
use crate::domain::policy::{Policy, PolicyForm};
use crate::pages::admin::office::{Office, Order, Part, Tab, demand};
use crate::pages::admin::shown::Choice;
use crate::pages::admin::tree::{Departments, Tick};
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::problem::{Faults, advice, title};
use crate::pages::texts::Words;
use crate::service::{Error, Refusal};

const PAGE: &str = "/admin/policy";

/// What holds, and what its ids stand for.
struct Holds {
    /// As it was put; nothing if none was.
    policy: Policy,
    version: i64,
    departments: Departments,
}

impl Holds {
    /// What holds now, with the departments that a form names besides.
    async fn now(office: &Office, besides: &[DepartmentId]) -> Result<Self, Error> {
        let (policy, version) = office.services.policies.get(&office.call, office.home).await?;
        // What was never put is shown as the default.
        let policy = if version == 0 { Policy::default() } else { policy };
        let named = policy.named_departments().into_iter().map(|(_, id)| id);
        let besides: Vec<_> = named.chain(besides.iter().copied()).collect();
        Ok(Self { departments: Departments::of(office, &besides).await?, policy, version })
    }

    /// What another policy says otherwise.
    async fn differences(&self, office: &Office, other: &Policy) -> Result<Vec<Difference>, Error> {
        let people = People::of(office, &self.departments, &[&self.policy, other]).await?;
        let lines = |policy| lines(&office.words, policy, &people);
        Ok(differences(&office.words, &lines(&self.policy), &lines(other)))
    }
}

#[derive(Template)]
#[template(path = "pages/admin/policy/policy.html")]
struct PolicyPage {
    frame: Frame,
    tabs: Vec<Tab>,
    parts: Vec<Said>,
}

fn may_change(office: &Office) -> bool {
    office.may(OrganizationPermission::PutPolicy)
}

/// `GET /admin/policy`.
pub async fn show(office: Office) -> Result<HttpResponse, PageError> {
    demand(office.may(OrganizationPermission::ReadPolicy))?;
    let holds = Holds::now(&office, &[]).await?;
    let people = People::of(&office, &holds.departments, &[&holds.policy]).await?;
    if may_change(&office) {
        let typed = Typed::of(&holds.policy, holds.version, &people);
        return form(&office, &holds, typed, Told::default()).await;
    }

    office.show(&PolicyPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Policy),
        parts: parts(&office.words, lines(&office.words, &holds.policy, &people)),
    })
}

/// A row of the form: protocols of a department, or of members.
struct RowView {
    field: String,
    whose: String,
    /// What a department is called that is not chosen any more.
    name: Option<String>,
    choices: Vec<Choice>,
    says: Vec<Say>,
    wrong: String,
}

/// What a form is told beside what was typed.
#[derive(Default)]
struct Told {
    faults: Faults,
    /// What happened, and what to do.
    alert: Option<(String, String)>,
    /// What holds now, where it is something else than was typed.
    differences: Vec<Difference>,
}

#[derive(Template)]
#[template(path = "pages/admin/policy/form.html")]
struct FormPage {
    frame: Frame,
    tabs: Vec<Tab>,
    told: Told,
    typed: Typed,
    sources: HashMap<String, String>,
    availabilities: Vec<Choice>,
    available: Vec<Tick>,
    protocols: Vec<(Choice, String)>,
    departments: Vec<RowView>,
    any_department: bool,
    members: Vec<RowView>,
    demands: Vec<Choice>,
    demanded_of: Vec<Choice>,
    secured: Vec<Tick>,
    units: Vec<Choice>,
    left_out: String,
}

impl FormPage {
    /// Where the value of a setting comes from.
    fn source(&self, setting: &str) -> &str {
        self.sources.get(setting).map_or("", String::as_str)
    }

    fn fault(&self, field: &str) -> &str {
        self.told.faults.at(field)
    }
}

/// A row of the form. Of a department that is still to be chosen, whatever can be.
fn row(field: String, row: &Row, holds: &Holds, words: &Words, faults: &Faults) -> RowView {
    let departments = &holds.departments;
    let choices = || {
        let none = Choice::new("", words.say("policy-choose-department"), &row.whose);
        std::iter::once(none).chain(departments.choices(&row.whose, None)).collect()
    };
    let known = departments.nodes.iter().find(|node| row.known && node.id.to_string() == row.whose);
    RowView {
        wrong: faults.at(&field).to_owned(),
        whose: row.whose.clone(),
        name: known.map(|node| node.name.clone()),
        choices: if known.is_none() { choices() } else { Vec::new() },
        says: row.choices(),
        field,
    }
}

async fn form(office: &Office, holds: &Holds, typed: Typed, told: Told) -> Result<HttpResponse, PageError> {
    let (words, departments) = (&office.words, &holds.departments);
    let status = match (&told.alert, told.faults.is_empty()) {
        (Some(_), _) => StatusCode::CONFLICT,
        (None, false) => StatusCode::BAD_REQUEST,
        (None, true) => StatusCode::OK,
    };
    let people = People::of(office, departments, &[&holds.policy]).await?;
    let sources: HashMap<String, String> = lines(words, &holds.policy, &people)
        .into_iter()
        .filter_map(|line| Some((line.key, line.source?)))
        .collect();
    let source = |one: &Choice| sources.get(&format!("protocol.{}", one.value)).cloned().unwrap_or_default();

    let rows = |name: &str, all: &[Row]| {
        let numbered = all.iter().enumerate();
        numbered.map(|(at, one)| row(format!("{name}-{at}"), one, holds, words, &told.faults)).collect()
    };
    let page = FormPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Policy),
        availabilities: typed.availabilities(words),
        available: typed.available.ticks(departments),
        protocols: typed
            .protocols()
            .into_iter()
            .map(|one| {
                let from = source(&one);
                (one, from)
            })
            .collect(),
        departments: rows("department", &typed.departments),
        any_department: !departments.nodes.is_empty(),
        members: rows("member", &typed.members),
        demands: typed.demands(words),
        demanded_of: typed.demanded_of(words),
        secured: typed.secured.ticks(departments),
        units: typed.units(words),
        left_out: departments.left_out(words),
        sources,
        typed,
        told,
    };
    office.answer(status, &page)
}

/// `POST /admin/policy`: what would change, or one more row of the form, or the policy itself.
pub async fn act(order: Order) -> Result<HttpResponse, PageError> {
    demand(may_change(&order))?;
    let mut typed = Typed::sent(&order.submitted.form);
    let holds = Holds::now(&order, &typed.named_departments()).await?;
    match order.submitted.form.text("do") {
        "edit" => form(&order, &holds, typed, Told::default()).await,
        "add-department" => {
            typed.add_department();
            form(&order, &holds, typed, Told::default()).await
        }
        "add-members" => {
            typed.add_members();
            form(&order, &holds, typed, Told::default()).await
        }
        "save" => save(&order, &holds, typed).await,
        _ => look(&order, &holds, typed).await,
    }
}

/// The form again, because what holds is not what was looked at; it says what holds now.
async fn changed(order: &Order, mut typed: Typed, meant: &Policy) -> Result<HttpResponse, PageError> {
    let holds = Holds::now(order, &typed.named_departments()).await?;
    let differences = holds.differences(order, meant).await?;
    typed.version = holds.version.to_string();
    let words = &order.words;
    let alert = Some((words.say("policy-changed-meanwhile"), words.say("policy-changed-meanwhile-advice")));
    form(order, &holds, typed, Told { alert, differences, ..Told::default() }).await
}

#[derive(Template)]
#[template(path = "pages/admin/policy/preview.html")]
struct PreviewPage {
    frame: Frame,
    tabs: Vec<Tab>,
    differences: Vec<Difference>,
    /// None where there are too many to count.
    preview: Option<Preview>,
    /// None where there are too many to judge.
    past: Option<Past>,
    carried: Vec<(String, String)>,
}

/// What would change, and who would be cut off.
async fn look(order: &Order, holds: &Holds, typed: Typed) -> Result<HttpResponse, PageError> {
    let Meant { policy, faults } = Meant::of(order, &typed, &holds.policy).await?;
    if !faults.is_empty() {
        return form(order, holds, typed, Told { faults, ..Told::default() }).await;
    }
    if typed.version != holds.version.to_string() {
        return changed(order, typed, &policy).await;
    }
    let put = PolicyForm::from(&policy);
    let policies = &order.services.policies;
    let (preview, past) = match policies.try_out(&order.call, order.home, &put, &order.version()).await {
        Ok((preview, past)) => (
            preview.map(|found| preview::shown(&order.words, found)),
            past.map(|found| what_if::shown(&order.words, found)),
        ),
        Err(error) => return refused(order, holds, typed, &policy, error).await,
    };

    let own = |(name, _): &(String, String)| !matches!(name.as_str(), "do" | "for");
    order.show(&PreviewPage {
        frame: order.frame(),
        tabs: order.tabs(Part::Policy),
        differences: holds.differences(order, &policy).await?,
        preview,
        past,
        carried: order.submitted.form.carried().into_iter().filter(own).collect(),
    })
}

async fn save(order: &Order, holds: &Holds, typed: Typed) -> Result<HttpResponse, PageError> {
    let Meant { policy, faults } = Meant::of(order, &typed, &holds.policy).await?;
    if !faults.is_empty() {
        return form(order, holds, typed, Told { faults, ..Told::default() }).await;
    }
    let (policies, put) = (&order.services.policies, PolicyForm::from(&policy));
    match policies.put(&order.call, order.home, &put, &order.version()).await {
        Ok(_) => order.go_to(&format!("{PAGE}?done=policy-saved")),
        // Sent twice, it was saved by the first.
        Err(Error::Refused(Refusal::VersionMismatch)) if policy == holds.policy => {
            order.go_to(&format!("{PAGE}?done=policy-saved"))
        }
        Err(error) => refused(order, holds, typed, &policy, error).await,
    }
}

/// The form again with why it was refused, if that is no matter of who asks. Nothing that was typed is lost.
async fn refused(
    order: &Order,
    holds: &Holds,
    typed: Typed,
    meant: &Policy,
    error: Error,
) -> Result<HttpResponse, PageError> {
    match error {
        Error::Refused(Refusal::VersionMismatch) => changed(order, typed, meant).await,
        Error::Invalid(errors) => {
            let faults = order.fault(errors);
            form(order, holds, typed, Told { faults, ..Told::default() }).await
        }
        error => match PageError::from(error) {
            PageError::Problem(problem) if problem.code().starts_with("policy_") => {
                let alert = Some((title(&order.words, &problem), advice(&order.words, &problem)));
                form(order, holds, typed, Told { alert, ..Told::default() }).await
            }
            other => Err(other),
        },
    }
}
