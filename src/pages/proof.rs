//! Prove, then act: a form that needs a sign-in, a code, or a step-up asks for it in place, and goes on with what was
//! being done.
//!
//! ```text
//!   form --no session--> sign-in, with the form in it --right--> code, with the form in it --right--> the form acts
//!   form --session too old for this--> step-up, with the form in it --right--> the form acts
//! ```
//!
//! A passkey that knew the person is a sign-in or a step-up alone; any is a second step in the place of a code.
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
use super::passkey::{Purpose, shown};
use super::problem::{advice, title};
use super::visit::{Signed, Visit};
use crate::domain::access::Caller;
use crate::domain::secret::Secret;
use crate::http::caller::Seen;
use crate::http::problem::Problem;
use crate::service::sign_ins::{FirstStep, Presented, SecondStep, SecondSteps, Session};
use crate::service::{Call, Error, Refusal};

/// The member who sends a form: by the session, or by what the form proves.
pub async fn signed_in(visit: Visit, form: &Form) -> Result<Signed, PageError> {
    let session = visit.session().await?;
    let (login, password) = (form.get("proof_login"), form.secret("proof_password"));
    let (code, passkey) = (form.secret("proof_code"), form.get("proof_passkey"));

    let begun = match (&session, login, password, code) {
        // A passkey may come with a login that the browser has typed.
        (Some(call), login, password, _)
            if (login.is_none() || passkey.is_some())
                && has_proven(&visit, call, form, password.is_some() || passkey.is_some())? =>
        {
            None
        }
        (earlier, _, password, _) if let Some(field) = passkey => {
            Some(by_passkey(&visit, earlier.as_ref(), field, password.as_ref()).await?)
        }
        (earlier, Some(login), Some(password), _) => {
            Some(sign_in(&visit, earlier.as_ref(), login, &password).await?)
        }
        (Some(call), None, Some(password), code) => {
            let step = code.as_ref().map(SecondStep::Code);
            Some(step_up(&visit, call, Some(&password), step).await?)
        }
        // Also of somebody else than whoever is still signed in here.
        (earlier, None, None, Some(code)) => {
            Some(complete(&visit, earlier.as_ref(), SecondStep::Code(&code)).await?)
        }
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

/// By a passkey, for what it was asked for. Whoever has typed a password beside it has done no harm.
async fn by_passkey(
    visit: &Visit,
    earlier: Option<&Call>,
    field: &str,
    password: Option<&Secret>,
) -> Result<Session, PageError> {
    let (purpose, assertion) =
        shown(field).ok_or_else(|| asks(Ask::SignIn, Refusal::InvalidPasskey.into()))?;
    let presented = Presented { assertion: &assertion, of: visit.relying_party()? };

    match (purpose, earlier) {
        (Purpose::SignIn, earlier) => {
            let begun = visit.services.sign_ins.sign_in_by_passkey(&presented, &visit.origin()?).await;
            let session = begun.map_err(|error| asks(Ask::SignIn, error))?;
            end(visit, earlier).await?;
            Ok(session)
        }
        (Purpose::Code, earlier) => complete(visit, earlier, SecondStep::Passkey(presented)).await,
        (Purpose::StepUp, Some(call)) => {
            step_up(visit, call, password, Some(SecondStep::Passkey(presented))).await
        }
        (Purpose::StepUp, None) => Err(PageError::sign_in()),
    }
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

async fn complete(visit: &Visit, earlier: Option<&Call>, step: SecondStep<'_>) -> Result<Session, PageError> {
    let pending = Kept::Pending.of(&visit.site, &visit.request).map(Secret::new);
    let pending = pending.ok_or(Error::from(Refusal::SignInExpired));

    let done = match pending {
        Ok(pending) => visit.services.sign_ins.complete(&pending, step, &visit.origin()?).await,
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
    password: Option<&Secret>,
    step: Option<SecondStep<'_>>,
) -> Result<Session, PageError> {
    let done = visit.services.sign_ins.step_up(call, password, step, &visit.origin()?).await;
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
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides something of its own")]
struct AskPage {
    frame: Frame,
    title: String,
    ask: &'static str,
    /// Where the form goes.
    action: String,
    /// What it carries.
    carried: Vec<(String, String)>,
    /// Whether something was being done.
    acting: bool,
    /// The login that was typed.
    login: String,
    /// Whether a code is asked for, and whether an authenticator shows such: else it is a recovery code.
    code: bool,
    /// See `code`.
    authenticator: bool,
    code_label: String,
    /// Whether a passkey will do.
    passkey: bool,
    /// Whether it comes first, because there is nothing else but recovery codes.
    passkey_first: bool,
    passkey_says: String,
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
    let steps = steps(visit, ask, signed.as_ref()).await?;

    let words = &visit.words;
    let name = match ask {
        Ask::SignIn => "sign-in",
        Ask::Code => "code",
        Ask::StepUp => "step-up",
    };
    let passkey_first = ask == Ask::Code && steps.passkey && !steps.authenticator;
    let page = AskPage {
        title: words.say(if passkey_first { "code-passkey" } else { name }),
        passkey_first,
        frame: signed
            .as_ref()
            .map_or_else(|| visit.frame(Room::Outside), |signed| signed.frame(Room::Outside)),
        ask: name,
        action: visit.here(),
        carried: form.carried(),
        acting: visit.request.path() != SIGN_IN,
        login: form.text("proof_login").to_owned(),
        code: steps.any,
        authenticator: steps.authenticator,
        code_label: words.say(if steps.authenticator { "code-label" } else { "recovery-code-label" }),
        passkey_says: words.say(if ask == Ask::SignIn { "passkey-sign-in" } else { "passkey-use" }),
        passkey: match ask {
            Ask::SignIn => visit.site.relying_party.is_some(),
            Ask::Code | Ask::StepUp => steps.passkey,
        },
        fault: problem.map(|problem| (title(words, problem), advice(words, problem))),
    };
    let status = problem.map_or(StatusCode::UNAUTHORIZED, actix_web::ResponseError::status_code);
    visit.answer(status, &page)
}

/// What the second step can be taken with, by whoever is known already.
async fn steps(visit: &Visit, ask: Ask, signed: Option<&Signed>) -> Result<SecondSteps, PageError> {
    let (sign_ins, of) = (&visit.services.sign_ins, visit.site.relying_party.as_ref());
    Ok(match (ask, signed, visit.pending()) {
        (Ask::StepUp, Some(signed), _) => sign_ins.steps_of_session(&signed.call, of).await?,
        (Ask::Code, _, Some(pending)) => sign_ins.steps_of_pending(&pending, of).await?,
        _ => SecondSteps::default(),
    })
}
