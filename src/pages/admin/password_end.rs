//! Ending one client password of a member.

use actix_web::HttpResponse;
use askama::Template;

use super::held::Held;
use super::office::{Office, Order, Part, Tab, demand};
use super::shown::Person;
use crate::domain::access::MemberPermission;
use crate::domain::client_password::ClientPassword;
use crate::domain::member::Member;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;

#[derive(Template)]
#[template(path = "pages/admin/password_end.html")]
struct EndPage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    one: Held,
    live: bool,
    action: String,
    back: String,
}

/// The member and the client password of the address, which has to be that member's.
async fn named(office: &Office) -> Result<(Member, ClientPassword), PageError> {
    let member = office.subject().await?;
    let id = path_id(&office.request)?;
    let one = office.services.client_passwords.get(&office.call, id).await?;
    if one.member_id == member.id { Ok((member, one)) } else { Err(Problem::not_found().into()) }
}

/// `GET /admin/members/{member_id}/client-passwords/{client_password_id}/end`.
pub async fn ask(office: Office) -> Result<HttpResponse, PageError> {
    let (member, one) = named(&office).await?;
    demand(office.may_to(MemberPermission::Revoke, &member))?;

    office.show(&EndPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        who: Person::of(&member),
        live: one.validity.at(office.now).is_live(),
        one: Held::of(&office.words, &one, office.now),
        action: office.request.path().to_owned(),
        back: format!("/admin/members/{}", member.id),
    })
}

/// `POST /admin/members/{member_id}/client-passwords/{client_password_id}/end`.
pub async fn act(order: Order) -> Result<HttpResponse, PageError> {
    let (member, one) = named(&order).await?;
    order.services.client_passwords.revoke(&order.call, one.id).await?;
    order.go_to(&format!("/admin/members/{}?done=ended-one", member.id))
}
