//! Keys of programs: which there are, making one, ending one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::{Deserialize, Serialize};

use super::office::{Office, Order, Part, Tab, demand};
use super::shown::Choice;
use crate::domain::access::OrganizationPermission;
use crate::domain::field::Fault;
use crate::domain::ids::ServiceKeyId;
use crate::domain::service_key::{KeyRole, ServiceKey};
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, When};
use crate::pages::once::once;
use crate::pages::problem::Faults;
use crate::pages::texts::Words;
use crate::service::Paging;
use crate::service::idempotency::Creation;

/// A key in the list.
struct Row {
    id: String,
    label: String,
    role: String,
    made: When,
    used: Option<When>,
    /// Whether it was found somewhere and has to be replaced.
    leaked: bool,
    can_end: bool,
}

fn role_name(words: &Words, role: KeyRole) -> String {
    words.say(&format!("admin-key-{}", role.name().replace('_', "-")))
}

impl Row {
    fn of(office: &Office, key: &ServiceKey) -> Self {
        Self {
            id: key.id.to_string(),
            label: key.label.clone(),
            role: role_name(&office.words, key.role),
            made: When(key.created_at),
            used: key.last_used_at.map(When),
            leaked: key.leak_reported_at.is_some(),
            can_end: office.may(OrganizationPermission::EndServiceKey(key.role)),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/admin/keys.html")]
struct KeysPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    next: Option<String>,
    can_make: bool,
}

/// `GET /admin/keys`.
pub async fn list(office: Office) -> Result<HttpResponse, PageError> {
    let listed = office.services.service_keys.list(&office.call, office.paging()?).await?;
    office.show(&KeysPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Keys),
        rows: listed.items.iter().map(|key| Row::of(&office, key)).collect(),
        next: office.next(&listed),
        can_make: !office.key_roles().is_empty(),
    })
}

#[derive(Template)]
#[template(path = "pages/admin/new_key.html")]
struct NewKeyPage {
    frame: Frame,
    tabs: Vec<Tab>,
    typed: String,
    roles: Vec<Choice>,
    faults: Faults,
}

fn new_page(office: &Office, label: &str, role: KeyRole, faults: Faults) -> Result<HttpResponse, PageError> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let choice = |one: KeyRole| {
        let hint = office.words.say(&format!("admin-key-{}-means", one.name().replace('_', "-")));
        Choice { hint, ..Choice::new(one.name(), role_name(&office.words, one), role.name()) }
    };
    let page = NewKeyPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Keys),
        typed: label.to_owned(),
        roles: office.key_roles().into_iter().map(choice).collect(),
        faults,
    };
    office.answer(status, &page)
}

/// `GET /admin/keys/new`.
pub async fn new(office: Office) -> Result<HttpResponse, PageError> {
    demand(!office.key_roles().is_empty())?;
    new_page(&office, "", KeyRole::MailServer, Faults::default())
}

/// What a form that makes a key keeps for the case that it is sent twice.
#[derive(Serialize, Deserialize)]
struct Made {
    label: String,
    token: String,
}

#[derive(Template)]
#[template(path = "pages/admin/made_key.html")]
struct MadeKeyPage {
    frame: Frame,
    tabs: Vec<Tab>,
    label: String,
    role: String,
    token: String,
}

/// `POST /admin/keys/new`: the answer is the only one that has the key.
pub async fn create(order: Order) -> Result<HttpResponse, PageError> {
    let malformed = || Problem::field("role", Fault::Malformed, "is none");
    let role = KeyRole::parse(order.submitted.form.text("role")).ok_or_else(malformed)?;
    let label = order.submitted.form.text("label");

    let made = once(&order.submitted, Creation::ServiceKey, async |call| {
        let keys = &order.services.service_keys;
        let (key, token) = keys.create(call, role, Some(order.home), label).await?;
        Ok(Made { label: key.label, token: token.expose().to_owned() })
    });
    match made.await {
        Ok(Made { label, token }) => order.answer(
            StatusCode::CREATED,
            &MadeKeyPage {
                frame: order.frame(),
                tabs: order.tabs(Part::Keys),
                label,
                role: role_name(&order.words, role),
                token,
            },
        ),
        Err(error) => new_page(&order, label, role, order.faults(error)?),
    }
}

#[derive(Template)]
#[template(path = "pages/admin/end_key.html")]
struct EndKeyPage {
    frame: Frame,
    tabs: Vec<Tab>,
    row: Row,
    /// What stops with it.
    means: String,
}

/// The key of the address, among those that the member sees.
async fn named(office: &Office) -> Result<ServiceKey, PageError> {
    let id: ServiceKeyId = path_id(&office.request)?;
    let mut before = None;
    loop {
        let paging = Paging { before, limit: 200 };
        let listed = office.services.service_keys.list(&office.call, paging).await?;
        if let Some(found) = listed.items.into_iter().find(|key| key.id == id) {
            return Ok(found);
        }
        before = listed.next;
        if before.is_none() {
            return Err(Problem::not_found().into());
        }
    }
}

/// `GET /admin/keys/{service_key_id}/end`.
pub async fn ask(office: Office) -> Result<HttpResponse, PageError> {
    let key = named(&office).await?;
    let row = Row::of(&office, &key);
    demand(row.can_end)?;

    let means = format!("admin-key-{}-end", key.role.name().replace('_', "-"));
    office.show(&EndKeyPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Keys),
        row,
        means: office.words.say(&means),
    })
}

/// `POST /admin/keys/{service_key_id}/end`.
pub async fn end(order: Order) -> Result<HttpResponse, PageError> {
    order.services.service_keys.end(&order.call, path_id(&order.request)?).await?;
    order.go_to("/admin/keys?done=key-ended")
}
