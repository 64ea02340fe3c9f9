//! Who sends a form: anybody, or a member, who is signed in by then.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use super::error::PageError;
use super::form::Form;
use super::proof;
use super::visit::{Signed, Visit};
use crate::http::raw_body;

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, PageError>>>>;

/// Anybody sends a form.
pub struct Sent {
    /// The visit.
    pub visit: Visit,
    /// What was sent.
    pub form: Form,
}

impl Deref for Sent {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequest for Sent {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let visit = Visit::of(&request)?;
            let form = Form::read(&request, payload, longest(&visit).await?).await?;
            request.extensions_mut().insert(form.clone());
            Ok(Self { visit, form })
        })
    }
}

/// Forms that name thousands of members, or take a whole log.
const LARGE: [&str; 4] =
    ["/admin/policy", "/admin/departments/{department_id}/members", "/admin/leaks", "/security/leaks"];

/// Longest form, in bytes. Strangers send none that is large.
async fn longest(visit: &Visit) -> Result<usize, PageError> {
    let pattern = visit.request.match_pattern();
    let is_large = pattern.is_some_and(|pattern| LARGE.contains(&pattern.as_str()));
    let is_known = is_large && visit.session_unnoted().await?.is_some();
    Ok(if is_known { raw_body::MAX_LARGE_BODY } else { raw_body::MAX_BODY })
}

/// A member sends a form, and is signed in by now: with the session, or by what the form proves.
pub struct Submitted {
    /// The member.
    pub signed: Signed,
    /// What was sent.
    pub form: Form,
}

impl Deref for Submitted {
    type Target = Signed;

    fn deref(&self) -> &Signed {
        &self.signed
    }
}

impl FromRequest for Submitted {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let sent = Sent::from_request(request, payload);
        Box::pin(async move {
            let Sent { visit, form } = sent.await?;
            let signed = proof::signed_in(visit, &form).await?;

            // A form that was filled in by another member is not sent on behalf of this one.
            match form.get("for") {
                Some(whose) if whose != signed.member.id.to_string() => Err(PageError::OtherMember),
                _ => Ok(Self { signed, form }),
            }
        })
    }
}
