//! A link by which a member chooses the account password: for the first time, or anew.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::office::{Office, Order, Part, Tab, demand};
use super::shown::Person;
use crate::domain::member::SignIn;
use crate::domain::permission::MemberPermission;
use crate::http::problem::Problem;
use crate::http::public_url::PublicUrl;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, When};
use crate::pages::passwords;

#[derive(Template)]
#[template(path = "pages/admin/invite.html")]
struct InvitePage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    id: String,
    /// Whether the member has an account password already, which the link replaces.
    again: bool,
    /// The client passwords that end then.
    labels: Vec<String>,
}

/// `GET /admin/members/{member_id}/invite`: what the link is for, and what it ends.
pub async fn ask(office: Office) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    demand(office.may_to(MemberPermission::Invite, &member))?;
    let labels = passwords::stops(&office, member.id).await?;

    office.show(&InvitePage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        who: Person::of(&member),
        id: member.id.to_string(),
        again: member.sign_in == SignIn::Local,
        labels,
    })
}

#[derive(Template)]
#[template(path = "pages/admin/invited.html")]
struct InvitedPage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    id: String,
    link: String,
    expires: When,
}

/// `POST /admin/members/{member_id}/end-invitation`: its link is no longer good.
pub async fn end(order: Order) -> Result<HttpResponse, PageError> {
    let member = order.subject().await?;
    order.services.invitations.end(&order.call, member.id).await?;
    order.go_to(&format!("/admin/members/{}?done=invitation-ended", member.id))
}

/// `POST /admin/members/{member_id}/invite`: the answer is the only one that has the link. Sent twice, the second link
/// takes the place of the first.
pub async fn act(order: Order) -> Result<HttpResponse, PageError> {
    let member = order.subject().await?;
    let public_url = order.request.app_data::<Data<PublicUrl>>();
    let link = public_url.and_then(|url| url.link("/invitation")).ok_or_else(Problem::public_url_missing)?;
    let invitation = order.services.invitations.create(&order.call, member.id).await?;

    order.answer(
        StatusCode::CREATED,
        &InvitedPage {
            frame: order.frame(),
            tabs: order.tabs(Part::Members),
            who: Person::of(&member),
            id: member.id.to_string(),
            link: format!("{link}#{}", invitation.token.expose()),
            expires: When(invitation.expires_at),
        },
    )
}
