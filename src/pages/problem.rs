//! What went wrong, in the words of the visitor. A problem's own text is for programs and is never shown.

use actix_web::HttpResponse;
use actix_web::ResponseError as _;
use actix_web::http::header::{ALLOW, HeaderValue, RETRY_AFTER};
use askama::Template;

use super::error::PageError;
use super::form::Form;
use super::frame::{Frame, Me, Room};
use super::texts::Words;
use super::visit::{Signed, Visit};
use crate::domain::field::{Fault, FieldError};
use crate::http::problem::Problem;

/// What happened, in a line.
pub fn title(words: &Words, problem: &Problem) -> String {
    words.first(&[&format!("problem-{}", dashed(problem.code())), "problem-other"])
}

/// What to do about it.
pub fn advice(words: &Words, problem: &Problem) -> String {
    let message = format!("problem-{}-advice", dashed(problem.code()));
    match problem.retry_after() {
        Some(wait) if words.has(&message) => {
            words.with(&message, "minutes", wait.as_secs().div_ceil(60).cast_signed())
        }
        _ => words.first(&[&message, "problem-other-advice"]),
    }
}

/// What is wrong with a field.
pub fn fault(words: &Words, error: &FieldError) -> String {
    let field = error.field.split('[').next().unwrap_or("");
    let (field, code) = (dashed(field), dashed(error.fault.code()));
    words.first(&[&format!("fault-{field}-{code}"), &format!("fault-{code}")])
}

fn dashed(name: &str) -> String {
    name.replace(['_', '.'], "-").to_lowercase()
}

/// What is wrong with the fields of a form, to be shown beside them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<(String, String)>);

impl Faults {
    /// These errors, in the words of the visitor.
    pub fn of(words: &Words, errors: &[FieldError]) -> Self {
        Self(errors.iter().map(|error| (error.field.clone(), fault(words, error))).collect())
    }

    /// One fault, which a page found itself.
    pub fn one(field: &str, text: String) -> Self {
        Self(vec![(field.to_owned(), text)])
    }

    /// These, and one more that a page found itself.
    #[must_use]
    pub fn and(mut self, field: &str, text: String) -> Self {
        self.0.push((field.to_owned(), text));
        self
    }

    /// Those of these fields that were left empty.
    pub fn missing(words: &Words, form: &Form, fields: &[&str]) -> Self {
        let missing = fields.iter().filter(|field| form.text(field).is_empty());
        let missing = missing.map(|field| FieldError::new(*field, Fault::Missing, "is missing"));
        Self::of(words, &missing.collect::<Vec<_>>())
    }

    /// What is wrong with this field or what is in it; empty if nothing is.
    pub fn at(&self, field: &str) -> &str {
        let within = |name: &str| name.split(['[', '.']).next() == Some(field);
        self.0.iter().find(|(name, _)| within(name)).map_or("", |(_, text)| text)
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage {
    frame: Frame,
    title: String,
    advice: String,
    request: String,
}

/// The page that says what went wrong.
pub async fn page(visit: &Visit, error: &PageError, request: String) -> Result<HttpResponse, PageError> {
    let words = &visit.words;
    let (title, advice) = match error {
        PageError::Problem(problem) => (title(words, problem), advice(words, problem)),
        PageError::OtherMember => (words.say("other-member"), words.say("other-member-advice")),
        PageError::Off => (words.say("pages-off"), words.say("pages-off-advice")),
        PageError::Foreign | PageError::Asks(..) => (words.say("foreign"), words.say("foreign-advice")),
    };

    // Whoever is signed in keeps the way back; whether that is known must not spoil the page.
    let me = match visit.session().await {
        Ok(Some(call)) => Signed::by(visit.clone(), call).await.ok().map(|signed| Me::of(&signed.member)),
        _ => None,
    };

    let page = ProblemPage { frame: visit.frame_of(Room::Outside, me), title, advice, request };
    let mut answer = visit.answer(error.status_code(), &page)?;
    if let PageError::Problem(problem) = error {
        let headers = answer.headers_mut();
        if let Some(wait) = problem.retry_after() {
            headers.insert(RETRY_AFTER, wait.as_secs().max(1).into());
        }
        if let Some(Ok(allow)) = problem.allow().map(HeaderValue::from_str) {
            headers.insert(ALLOW, allow);
        }
    }
    Ok(answer)
}
