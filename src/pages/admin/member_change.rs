//! The pages that say what a step ends before it is done, and do it.

use actix_web::HttpResponse;
use askama::Template;

use super::change::{Meaning, Step};
use super::office::{Office, Order, Part, Tab, demand};
use super::shown::Person;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;

#[derive(Template)]
#[template(path = "pages/admin/confirm.html")]
struct ConfirmPage {
    frame: Frame,
    tabs: Vec<Tab>,
    /// The name of the step in messages.
    step: String,
    who: Person,
    lines: Vec<String>,
    labels: Vec<String>,
    danger: bool,
    version: Option<i64>,
    action: String,
    back: String,
}

async fn ask(office: Office, step: Step) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    demand(office.may_to(step.permission(), &member))?;
    let Meaning { lines, labels } = step.means(&office, &member).await?;

    office.show(&ConfirmPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        step: format!("admin-{}", step.path()),
        who: Person::of(&member),
        lines,
        labels,
        danger: step.ends(),
        version: step.needs_version().then_some(member.version),
        action: office.request.path().to_owned(),
        back: format!("/admin/members/{}", member.id),
    })
}

async fn act(order: Order, step: Step) -> Result<HttpResponse, PageError> {
    let member = order.subject().await?;
    step.act(&order, &member, &order.version()).await?;
    order.go_to(&format!("/admin/members/{}?done=member-{}", member.id, step.path()))
}

macro_rules! steps {
    ($($(#[$doc:meta])* $module:ident = $step:ident;)*) => {$(
        $(#[$doc])*
        pub mod $module {
            use super::{HttpResponse, Office, Order, PageError, Step};

            /// The page that says what it ends.
            pub async fn ask(office: Office) -> Result<HttpResponse, PageError> {
                super::ask(office, Step::$step).await
            }

            /// Does it.
            pub async fn act(order: Order) -> Result<HttpResponse, PageError> {
                super::act(order, Step::$step).await
            }
        }
    )*};
}

steps! {
    /// `/admin/members/{member_id}/end-all`.
    end_all = EndAll;
    /// `/admin/members/{member_id}/suspend`.
    suspend = Suspend;
    /// `/admin/members/{member_id}/reactivate`.
    reactivate = Reactivate;
    /// `/admin/members/{member_id}/remove-factors`.
    remove_factors = RemoveFactors;
    /// `/admin/members/{member_id}/secure-login-off`.
    secure_login_off = SecureLoginOff;
    /// `/admin/members/{member_id}/lift-block`.
    lift_block = LiftBlock;
    /// `/admin/members/{member_id}/leave`.
    leave = Leave;
}
