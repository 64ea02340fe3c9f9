//! Which client passwords will soon end by themselves, so that their members can be reminded.

use actix_web::HttpResponse;
use askama::Template;

use super::names::{Name, Names};
use super::office::{Office, Part, Tab, demand};
use crate::domain::access::OrganizationPermission;
use crate::domain::client_password::EndReason;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, When};

/// A client password that has been warned of.
struct Row {
    who: Name,
    label: String,
    ends: When,
    why: String,
    warned: When,
}

#[derive(Template)]
#[template(path = "pages/admin/warnings.html")]
struct WarningsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /admin/warnings`.
pub async fn page(office: Office) -> Result<HttpResponse, PageError> {
    demand(office.may(OrganizationPermission::ReadClientPasswords))?;
    let listed = office.services.warnings.list(&office.call, office.home, office.paging()?).await?;

    let (mut names, mut rows) = (Names::new(&office), Vec::new());
    for one in &listed.items {
        let why = if one.reason == EndReason::Idle { "admin-warned-idle" } else { "admin-warned-date" };
        rows.push(Row {
            who: names.member_name(one.member_id).await?,
            label: one.label.clone(),
            ends: When(one.ends_at),
            why: office.words.say(why),
            warned: When(one.warned_at),
        });
    }

    office.show(&WarningsPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        next: office.next(&listed),
        rows,
    })
}
