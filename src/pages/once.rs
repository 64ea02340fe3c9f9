//! Forms that make something: sent twice, by a double click or a reload, they make it once and show the same answer for
//! half a minute. After that a secret has been shown.

use std::time::Duration;

use actix_web::web::Data;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::submitted::Submitted;
use crate::clock::Clock;
use crate::service::idempotency::{Attempt, Creation};
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
    let Some(key) = submitted.form.get("once").filter(|key| key.len() >= SHORTEST) else {
        return make(call).await;
    };

    let (path, body) = (submitted.request.path(), submitted.form.fingerprint());
    let idempotency = &submitted.services.idempotency;
    let attempt = idempotency.attempt(key, Some(call), creation, path, &body)?.kept_for(SHOWN);
    if let Some(earlier) = earlier(submitted, &attempt).await? {
        return Ok(earlier);
    }

    match make(&call.claiming(Some(&attempt))).await {
        Ok(answer) => {
            if let Ok(kept) = serde_json::to_vec(&answer).map(Zeroizing::new) {
                idempotency.keep_answer(&attempt, &kept).await;
            }
            Ok(answer)
        }
        // The other of two was first at the same moment.
        Err(refused) => match earlier(submitted, &attempt).await {
            Ok(Some(earlier)) => Ok(earlier),
            Ok(None) | Err(Error::Unavailable(_)) => Err(refused),
            Err(other) => Err(other),
        },
    }
}

/// What the form has made; waits while it is being made.
async fn earlier<T: DeserializeOwned>(submitted: &Submitted, attempt: &Attempt) -> Result<Option<T>, Error> {
    let clock = clock(submitted)?;
    for _ in 0..LOOKS {
        match submitted.services.idempotency.earlier_answer(attempt).await {
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

fn clock(submitted: &Submitted) -> Result<&Clock, Error> {
    let clock = submitted.request.app_data::<Data<Clock>>();
    clock.map(Data::get_ref).ok_or_else(|| Error::Unavailable("no clock".into()))
}

/// Whether a form's answer has been shown, so that nobody sees it again.
pub const fn was_shown(error: &Error) -> bool {
    matches!(error, Error::Refused(Refusal::IdempotencyAnswerGone))
}
