//! What a form sends: fields in the order of the page. What a page does not ask for is ignored.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use zeroize::Zeroizing;

use crate::domain::secret::Secret;
use crate::http::problem::Problem;
use crate::http::raw_body;

/// Fields that hold secrets: they never come back in a page.
const SECRETS: [&str; 6] = ["password", "new_password", "current_password", "code", "token", "pasted"];
/// Fields that say who signs in, and are about no other form.
const PROOF: &str = "proof_";

/// A form as it was sent.
#[derive(Clone, Default)]
pub struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// Reads the body of a request of at most `max` bytes as a form.
    pub async fn read(request: &HttpRequest, payload: Payload, max: usize) -> Result<Self, Problem> {
        let body = raw_body::read(request, payload, max).await?;
        let fields = form_urlencoded::parse(&body);
        Ok(Self(
            fields.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect(),
        ))
    }

    /// A field, as it was typed; nothing if it was left empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The same without the white space around it, and never absent.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("").trim()
    }

    /// All that were ticked or typed under this name.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let of_name = self.0.iter().filter(move |(field, _)| field == name);
        of_name.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A secret, exactly as it was typed.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(|value| Secret::new(value.to_owned()))
    }

    /// What a page may carry on: neither secrets nor who signs in.
    pub fn carried(&self) -> Vec<(String, String)> {
        let open =
            self.0.iter().filter(|(name, _)| !SECRETS.contains(&name.as_str()) && !name.starts_with(PROOF));
        open.map(|(name, value)| (name.clone(), value.to_string())).collect()
    }

    /// The same bytes for the same form, whoever proves what with it.
    pub fn fingerprint(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::new());
        for (name, value) in self.0.iter().filter(|(name, _)| !name.starts_with(PROOF)) {
            for part in [name.as_bytes(), b"\0", value.as_bytes(), b"\0"] {
                bytes.extend_from_slice(part);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Form {
        let fields = form_urlencoded::parse(body.as_bytes());
        Form(fields.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect())
    }

    #[test]
    fn what_is_carried_on_holds_no_secret() {
        let form = form(
            "label=My+phone&password=s3&pasted=x&proof_login=a&proof_code=1&protocol=imap&protocol=smtp&code=2",
        );
        let carried = form.carried();
        let names: Vec<&str> = carried.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["label", "protocol", "protocol"]);
        assert_eq!(form.all("protocol").collect::<Vec<_>>(), ["imap", "smtp"]);
        assert_eq!((form.text("label"), form.get("none")), ("My phone", None));
    }

    #[test]
    fn a_proof_makes_no_other_form_of_it() {
        let (bare, proven) = (form("label=a&once=1"), form("label=a&once=1&proof_password=x"));
        assert_eq!(*bare.fingerprint(), *proven.fingerprint());
        assert_ne!(*bare.fingerprint(), *form("label=ab&once=1").fingerprint());
    }
}
