//! The two keys that an installation begins with: shown this once, to an owner who is signed in by then.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::domain::secret::Secret;
use crate::http::caller::Seen;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Me, Room};
use crate::pages::submitted::Sent;
use crate::pages::visit::Signed;
use crate::service::setup::NewInstallation;
use crate::service::sign_ins::FirstStep;

/// What was made, as it is kept for whoever sends the same form again.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Keys {
    organization: String,
    owner: String,
    operator: String,
    mail_server: String,
}

impl Keys {
    /// Those of a new installation, whose organization has this name.
    pub fn of(made: &NewInstallation, organization: &str) -> Self {
        Self {
            organization: organization.to_owned(),
            owner: made.owner_login.clone(),
            operator: made.operator_key.expose().to_owned(),
            mail_server: made.mail_server_key.expose().to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/setup/keys.html")]
struct KeysPage<'a> {
    frame: Frame,
    made: &'a Keys,
}

/// The page with the keys. It is shown whatever becomes of the sign-in: nothing else shows them.
pub async fn page(sent: &Sent, made: &Keys, password: &Secret) -> Result<HttpResponse, PageError> {
    let signed = match signed_in(sent, made, password).await {
        Ok(signed) => signed,
        Err(why) => {
            tracing::warn!(event = "owner_not_signed_in", %why);
            None
        }
    };

    let me = signed.map(|signed| Me::of(&signed.member));
    let page = KeysPage { frame: sent.frame_of(Room::Overview, me), made };
    sent.answer(StatusCode::CREATED, &page)
}

/// The owner, who has just given login and password. The second of two forms finds the session of the first, or begins
/// another; nobody if there is a second step by now.
async fn signed_in(sent: &Sent, made: &Keys, password: &Secret) -> Result<Option<Signed>, PageError> {
    let earlier = sent.session().await?;
    let call = match earlier {
        Some(call) => Some(call),
        None => match sent.services.sign_ins.begin(&made.owner, password, &sent.origin()?).await? {
            FirstStep::SignedIn(session) => {
                sent.keep_session(&session);
                sent.call(&session.token, Seen::Noted).await?
            }
            FirstStep::Pending(_) => None,
        },
    };

    match call {
        Some(call) => Signed::by(sent.visit.clone(), call).await.map(Some),
        None => Ok(None),
    }
}
