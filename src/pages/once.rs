//! Forms that make something: sent twice, by a double click or a reload, they make it once and show the same answer for
//! half a minute. After that a secret has been shown.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::form::Form;
use super::submitted::{Sent, Submitted};
use super::visit::Visit;
use crate::service::idempotency::{Attempt, Creation, made_once};
use crate::service::{Call, Error, Refusal};

/// How long the same form shows the same answer.
const SHOWN: Duration = Duration::from_secs(30);
/// How long the second of two waits for the first, and how often it looks.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);
/// Shorter values are not of our pages.
const SHORTEST: usize = 16;

/// Makes something, unless this form has made it already.
pub async fn once<T: Serialize + DeserializeOwned>(
    submitted: &Submitted,
    creation: Creation,
    make: impl AsyncFnOnce(&Call) -> Result<T, Error>,
) -> Result<T, Error> {
    let call = &submitted.call;
    let attempt = attempt(submitted, &submitted.form, Some(call), creation)?;
    let attempt = attempt.map(|attempt| attempt.kept_for(SHOWN));
    made(submitted, attempt.as_ref(), async |attempt| make(&call.claiming(attempt)).await).await
}

/// The same for whoever is not known yet, and cannot have it made anew: the answer is given as long as over REST.
pub async fn once_by_anybody<T: Serialize + DeserializeOwned>(
    sent: &Sent,
    creation: Creation,
    make: impl AsyncFnOnce(Option<&Attempt>) -> Result<T, Error>,
) -> Result<T, Error> {
    let attempt = attempt(sent, &sent.form, None, creation)?;
    made(sent, attempt.as_ref(), make).await
}

/// The attempt that a form is; none if it does not set itself apart from others.
fn attempt(
    visit: &Visit,
    form: &Form,
    call: Option<&Call>,
    creation: Creation,
) -> Result<Option<Attempt>, Error> {
    let Some(key) = form.get("once").filter(|key| key.len() >= SHORTEST) else { return Ok(None) };
    let idempotency = &visit.services.idempotency;
    idempotency.attempt(key, call, creation, visit.request.path(), &form.fingerprint()).map(Some)
}

async fn made<T: Serialize + DeserializeOwned>(
    visit: &Visit,
    attempt: Option<&Attempt>,
    make: impl AsyncFnOnce(Option<&Attempt>) -> Result<T, Error>,
) -> Result<T, Error> {
    let Some(attempt) = attempt else { return make(None).await };
    made_once(
        async || earlier(visit, attempt).await,
        async || {
            let answer = make(Some(attempt)).await?;
            if let Ok(kept) = serde_json::to_vec(&answer).map(Zeroizing::new) {
                visit.services.idempotency.keep_answer(attempt, &kept).await;
            }
            Ok(answer)
        },
    )
    .await
}

/// What the form has made; waits while it is being made.
async fn earlier<T: DeserializeOwned>(visit: &Visit, attempt: &Attempt) -> Result<Option<T>, Error> {
    let clock = visit.clock()?;
    for _ in 0..LOOKS {
        match visit.services.idempotency.earlier_answer(attempt).await {
            Err(Error::Refused(Refusal::IdempotencyInProgress)) => clock.sleep(PAUSE).await,
            Ok(Some(kept)) => {
                let unreadable = |_| Error::Unavailable("a kept answer cannot be read".into());
                return serde_json::from_slice(&kept).map(Some).map_err(unreadable);
            }
            Ok(None) => return Ok(None),
            Err(other) => return Err(other),
        }
    }
    Err(Refusal::IdempotencyInProgress.into())
}

/// Whether a form's answer has been shown, so that nobody sees it again.
pub const fn was_shown(error: &Error) -> bool {
    matches!(error, Error::Refused(Refusal::IdempotencyAnswerGone))
}
