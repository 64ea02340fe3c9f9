//! Prove, then act: a form that needs a sign-in, a code, or a step-up asks for it in place, and goes on with what was
//! being done.
//!
//! ```text
//!   form --no session--> sign-in, with the form in it --right--> code, with the form in it --right--> the form acts
//!   form --session too old for this--> step-up, with the form in it --right--> the form acts
//! ```
//!
//! Fields of the form come along, secrets never. What was proven is never in a field: a pending sign-in and the session
//! are cookies.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage as _, HttpResponse};
use askama::Template;

use super::cookies::Kept;
use super::error::{Ask, PageError};
use super::form::Form;
use super::frame::{Frame, Room};
use super::onward::{SIGN_IN, percent};
use super::problem::{advice, title};
use super::visit::{Signed, Visit};
use crate::domain::access::Caller;
use crate::domain::secret::Secret;
use crate::http::caller::Seen;
use crate::http::problem::Problem;
use crate::service::sign_ins::{FirstStep, Session};
use crate::service::{Call, Error, Refusal};

/// The member who sends a form: by the session, or by what the form proves.
pub async fn signed_in(visit: Visit, form: &Form) -> Result<Signed, PageError> {
    let session = visit.session().await?;
    let (login, password) = (form.get("proof_login"), form.secret("proof_password"));
    let code = form.secret("proof_code");

    let begun = match (&session, login, password, code) {
        (Some(call), None, password, _) if has_proven(&visit, call, form, password.is_some())? => None,
        (earlier, Some(login), Some(password), _) => {
            Some(sign_in(&visit, earlier.as_ref(), login, &password).await?)
        }
        (Some(call), None, Some(password), code) => {
            Some(step_up(&visit, call, &password, code.as_ref()).await?)
        }
        // Also of somebody else than whoever is still signed in here.
        (earlier, None, None, Some(code)) => Some(complete(&visit, earlier.as_ref(), &code).await?),
        _ => None,
    };

    let call = match begun {
        Some(begun) => {
            visit.keep_session(&begun);
            visit.call(&begun.token, Seen::Noted).await?
        }
        None => session,
    };
    Signed::by(visit, call.ok_or(PageError::sign_in())?).await
}

/// Whether the member who is here has proven already what the form brings along. A form that is sent again, as by a
/// reload, brings a code that is used up, and must show the same answer all the same.
fn has_proven(visit: &Visit, call: &Call, form: &Form, again: bool) -> Result<bool, PageError> {
    let Caller::Member(me) = call.caller else { return Ok(false) };
    let is_own = form.get("for") == Some(me.member_id.to_string().as_str());
    let is_pending = Kept::Pending.of(&visit.site, &visit.request).is_some();
    Ok(is_own && !is_pending && (!again || me.is_fresh(visit.now()?)))
}

async fn sign_in(
    visit: &Visit,
    earlier: Option<&Call>,
    login: &str,
    password: &Secret,
) -> Result<Session, PageError> {
    let begun = visit.services.sign_ins.begin(login, password, &visit.origin()?).await;
    match begun.map_err(|error| asks(Ask::SignIn, error))? {
        FirstStep::SignedIn(session) => {
            end(visit, earlier).await?;
            Ok(*session)
        }
        FirstStep::Pending(pending) => {
            visit.keep(Kept::Pending.with(&visit.site, pending.expose()));
            Err(PageError::Asks(Ask::Code, None))
        }
    }
}

/// Whoever was signed in here before is so no more.
async fn end(visit: &Visit, earlier: Option<&Call>) -> Result<(), PageError> {
    if let Some(earlier) = earlier {
        visit.services.sessions.sign_out(earlier).await?;
    }
    Ok(())
}

async fn complete(visit: &Visit, earlier: Option<&Call>, code: &Secret) -> Result<Session, PageError> {
    let pending = Kept::Pending.of(&visit.site, &visit.request).map(Secret::new);
    let pending = pending.ok_or(Error::from(Refusal::SignInExpired));

    let done = match pending {
        Ok(pending) => visit.services.sign_ins.complete(&pending, code, &visit.origin()?).await,
        Err(error) => Err(error),
    };

    match done {
        Ok(session) => {
            visit.keep(Kept::Pending.gone(&visit.site));
            end(visit, earlier).await?;
            Ok(session)
        }
        Err(error @ Error::Refused(Refusal::SignInExpired)) => Err(asks(Ask::SignIn, error)),
        Err(error) => Err(asks(Ask::Code, error)),
    }
}

async fn step_up(
    visit: &Visit,
    call: &Call,
    password: &Secret,
    code: Option<&Secret>,
) -> Result<Session, PageError> {
    let done = visit.services.sign_ins.step_up(call, password, code, &visit.origin()?).await;
    done.map_err(|error| match error {
        Error::Refused(Refusal::InvalidToken) => PageError::sign_in(),
        other => asks(Ask::StepUp, other),
    })
}

fn asks(ask: Ask, error: Error) -> PageError {
    PageError::Asks(ask, Some(error.into()))
}

/// A page that asks for a proof, with the form that it is for.
#[derive(Template)]
#[template(path = "pages/proof.html")]
struct AskPage {
    frame: Frame,
    ask: &'static str,
    /// Where the form goes.
    action: String,
    /// What it carries.
    carried: Vec<(String, String)>,
    /// Whether something was being done.
    acting: bool,
    /// The login that was typed.
    login: String,
    /// Whether the member has a factor, if the member is known.
    code: bool,
    fault: Option<(String, String)>,
}

/// The page that asks. Who only wants to read is sent to the sign-in, and back from there.
pub async fn page(visit: &Visit, ask: Ask, problem: Option<&Problem>) -> Result<HttpResponse, PageError> {
    if *visit.request.method() == Method::GET {
        return visit.go_to(&format!("{SIGN_IN}?next={}", percent(&visit.here())));
    }

    let form = visit.request.extensions().get::<Form>().cloned().unwrap_or_default();
    let signed = match ask {
        Ask::StepUp => match visit.session().await? {
            Some(call) => Some(Signed::by(visit.clone(), call).await?),
            None => None,
        },
        Ask::SignIn | Ask::Code => None,
    };
    let code = match &signed {
        Some(signed) => has_factor(signed).await?,
        None => false,
    };

    let page = AskPage {
        frame: signed
            .as_ref()
            .map_or_else(|| visit.frame(Room::Outside), |signed| signed.frame(Room::Outside)),
        ask: match ask {
            Ask::SignIn => "sign-in",
            Ask::Code => "code",
            Ask::StepUp => "step-up",
        },
        action: visit.here(),
        carried: form.carried(),
        acting: visit.request.path() != SIGN_IN,
        login: form.text("proof_login").to_owned(),
        code,
        fault: problem.map(|problem| (title(&visit.words, problem), advice(&visit.words, problem))),
    };
    let status = problem.map_or(StatusCode::UNAUTHORIZED, actix_web::ResponseError::status_code);
    visit.answer(status, &page)
}

async fn has_factor(signed: &Signed) -> Result<bool, PageError> {
    let found = signed.services.second_factors.list(&signed.call, signed.member.id).await?;
    Ok(found.any_confirmed())
}
