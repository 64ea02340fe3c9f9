//! The pages, as a browser without scripts sees them.

mod admin;
mod admin_acts;
mod admin_many;
mod authenticator;
mod client_passwords;
mod departments;
mod guard;
mod invitation;
mod leaks;
mod log_ins;
mod member;
mod ownership;
mod passkeys;
mod policy;
mod proofs;
pub mod set_up;
mod texts;
mod warnings;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use crate::support::{Person, TestApp};

/// A page, read to its end.
pub struct Page {
    /// The status, after redirects.
    pub status: u16,
    /// Where it was found, after redirects.
    pub path: String,
    /// Its markup.
    pub text: String,
}

impl Page {
    /// Fails unless the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.path, self.text);
        self
    }

    /// Fails unless it says this, as text that a browser would show.
    #[track_caller]
    pub fn saying(self, text: &str) -> Self {
        assert!(unescaped(&self.text).contains(text), "{} does not say {text}\n{}", self.path, self.text);
        self
    }

    /// Whether its markup has this.
    pub fn has(&self, markup: &str) -> bool {
        self.text.contains(markup)
    }

    /// The hidden fields of the form that goes there.
    #[track_caller]
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let start = self.text.find(&format!("method=\"post\" action=\"{action}\""));
        let start = start.unwrap_or_else(|| panic!("no form to {action} in\n{}", self.text));
        let form = self.text[start..].split("</form>").next().unwrap();
        let inputs = form.split("<input ").skip(1).map(|input| input.split('>').next().unwrap());
        let hidden = inputs.filter(|input| input.contains("type=\"hidden\""));
        hidden.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?))).collect()
    }

    /// Everything that a browser would send of the form that goes there, but for its buttons.
    #[track_caller]
    pub fn fields(&self, action: &str) -> Vec<(String, String)> {
        let start = self.text.find(&format!("method=\"post\" action=\"{action}\""));
        let start = start.unwrap_or_else(|| panic!("no form to {action} in\n{}", self.text));
        let form = self.text[start..].split("</form>").next().unwrap();
        let mut fields = Vec::new();
        for tag in form.split('<').skip(1) {
            let (head, after) = tag.split_once('>').unwrap();
            let Some(name) = attribute(head, "name") else { continue };
            let value = attribute(head, "value").unwrap_or_default();
            let ticked = head.contains("type=\"checkbox\"") || head.contains("type=\"radio\"");
            if head.starts_with("textarea") {
                fields.push((name, unescaped(after.trim_start_matches('\n'))));
            } else if head.starts_with("select") {
                let options = self.text[start..].split(&format!("<{tag}")).nth(1).unwrap();
                let options = options.split("</select>").next().unwrap();
                let chosen = options.split("<option ").find(|option| option.contains(" selected>"));
                fields.push((name, chosen.and_then(|option| attribute(option, "value")).unwrap_or_default()));
            } else if head.starts_with("input") && (!ticked || head.contains(" checked")) {
                fields.push((name, value));
            }
        }
        fields
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    Some(unescaped(tag[start..].split('"').next()?))
}

/// The text behind its references to characters, without the marks that keep what people typed apart.
pub fn unescaped(markup: &str) -> String {
    let markup = markup.replace(['\u{2068}', '\u{2069}'], "");
    let named = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    named.iter().fold(markup, |text, (from, to)| text.replace(from, to))
}

/// A browser with its cookies, in one language.
pub struct Browser {
    address: SocketAddr,
    agent: Agent,
    language: &'static str,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Browser {
    /// A fresh one.
    pub fn at(app: &TestApp) -> Self {
        Self::speaking(app, "en")
    }

    /// The same, for somebody who reads this language.
    pub fn speaking(app: &TestApp, language: &'static str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(30)));
        let (agent, cookies) = (config.build().into(), RefCell::default());
        Self { address: app.address, agent, language, cookies }
    }

    /// One in which this person has signed in with the password alone.
    #[track_caller]
    pub fn of(app: &TestApp, person: &Person) -> Self {
        let browser = Self::at(app);
        browser.sign_in(person);
        browser
    }

    /// Signs in with the password alone.
    #[track_caller]
    pub fn sign_in(&self, person: &Person) {
        let fields = [("proof_login", person.login.as_str()), ("proof_password", &person.password)];
        let page = self.post("/sign-in", &fields);
        assert!(page.path.starts_with("/overview"), "{}\n{}", page.path, page.text);
    }

    /// A page, and the one that it leads to.
    #[track_caller]
    pub fn get(&self, path: &str) -> Page {
        self.request("GET", path, None)
    }

    /// Sends a form of these fields.
    #[track_caller]
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.request("POST", path, Some(body.finish()))
    }

    /// Fills in the form of a page that goes there, with what is hidden in it, and sends it.
    #[track_caller]
    pub fn submit(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        let hidden = page.hidden(action);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.post(action, &hidden.chain(typed.iter().copied()).collect::<Vec<_>>())
    }

    /// Opens a page and sends the form on it that goes to the same address.
    #[track_caller]
    pub fn act(&self, path: &str, typed: &[(&str, &str)]) -> Page {
        let page = self.get(path).expect(200);
        self.submit(&page, path, typed)
    }

    #[track_caller]
    fn request(&self, method: &str, path: &str, body: Option<String>) -> Page {
        let (mut method, mut path, mut body) = (method.to_owned(), path.to_owned(), body);
        for _ in 0..8 {
            let (page, onward) = self.one(&method, &path, body.take());
            match onward {
                Some(next) => (method, path) = ("GET".into(), next),
                None => return page,
            }
        }
        panic!("it never ends: {path}");
    }

    /// What a cookie holds.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Holds a cookie, or forgets it.
    pub fn hold(&self, name: &str, value: Option<&str>) {
        let mut cookies = self.cookies.borrow_mut();
        match value {
            Some(value) => drop(cookies.insert(name.into(), value.into())),
            None => drop(cookies.remove(name)),
        }
    }

    #[track_caller]
    fn one(&self, method: &str, path: &str, body: Option<String>) -> (Page, Option<String>) {
        let answer = self.send(method, path, &[("Sec-Fetch-Site", "same-origin")], body.unwrap_or_default());
        let onward = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        (read(answer, path), onward)
    }

    /// Sends a request with these headers and keeps the cookies of the answer.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Response<Body> {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("Cookie", cookies.join("; "))
            .header("Accept-Language", self.language)
            .header("Content-Type", "application/x-www-form-urlencoded");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));

        let answer = self.agent.run(request.body(body).unwrap()).unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// Reads a page to its end.
pub fn read(mut answer: Response<Body>, path: &str) -> Page {
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().unwrap();
    Page { status, path: path.to_owned(), text }
}
