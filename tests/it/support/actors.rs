//! Actors: whoever makes requests, with the credentials that they have.

use std::net::SocketAddr;
use std::time::Duration;

use clientpass::clock::Timestamp;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};
use ureq::Agent;
use ureq::http::{Request, Response};

/// An answer of the service, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    /// Fails unless the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Fails unless it is a problem of this status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self
    }

    /// Fails unless it is a 400 that names this field with this code.
    #[track_caller]
    pub fn expect_field(self, field: &str, code: &str) -> Self {
        let answer = self.expect_problem(400, "invalid_request");
        let errors = answer.body["errors"].as_array().unwrap();
        let named = errors.iter().any(|error| error["field"] == field && error["code"] == code);
        assert!(named, "{}", answer.text);
        answer
    }

    /// The value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The ETag, with its quotes.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").expect("no ETag").to_owned()
    }

    /// A text field of the body.
    #[track_caller]
    pub fn text_of(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.text)).to_owned()
    }

    /// The items of a list.
    #[track_caller]
    pub fn items(&self) -> &Vec<Value> {
        self.body["items"].as_array().unwrap_or_else(|| panic!("no items in {}", self.text))
    }
}

/// Makes requests, with a bearer token or without.
#[derive(Clone)]
pub struct Http {
    address: SocketAddr,
    agent: Agent,
    bearer: Option<String>,
    headers: Vec<(String, String)>,
}

impl Http {
    /// Makes requests to this address, without credentials.
    pub fn to(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(30)));
        Self { address, agent: config.build().into(), bearer: None, headers: Vec::new() }
    }

    /// The same with this bearer token.
    pub fn bearing(&self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self.clone() }
    }

    /// With this header on every request.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// The bearer token; empty if there is none.
    pub fn token(&self) -> &str {
        self.bearer.as_deref().unwrap_or("")
    }

    /// A request with a JSON body, or with none.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let text = body.map(Value::to_string);
        self.send_raw(method, path, text.as_deref().map(|text| ("application/json", text.as_bytes())))
    }

    /// A request with any body, and its content type.
    #[track_caller]
    pub fn send_raw(&self, method: &str, path: &str, body: Option<(&str, &[u8])>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(token) = &self.bearer {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }

        let answer = match body {
            None => self.agent.run(request.body(()).unwrap()),
            Some((kind, bytes)) => self.agent.run(request.header("Content-Type", kind).body(bytes).unwrap()),
        };
        let answer = read(answer.unwrap());

        let sent = body.and_then(|(_, bytes)| serde_json::from_slice(bytes).ok());
        super::contract::check(method, path, &answer, sent.as_ref());
        answer
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// PATCH with the ETag that a GET of the same path gives.
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        let etag = self.get(path).expect(200).etag();
        self.with("If-Match", &etag).send("PATCH", path, Some(body))
    }

    /// Redeems the setup link.
    pub fn set_up(&self, token: &str) -> Installation {
        let password = "owner's password";
        let made = self
            .post(
                "/v1/setup",
                &json!({
                    "token": token, "organization": "Example", "domain": "example.org",
                    "owner": "owner@example.org", "password": password,
                }),
            )
            .expect(201);

        let http = self.clone();
        Installation {
            organization_id: made.text_of("organization_id"),
            operator: http.bearing(&made.text_of("operator_key")),
            mail_server: http.bearing(&made.text_of("mail_server_key")),
            owner: Person::new(http, &made.text_of("owner_id"), "owner@example.org", password),
        }
    }

    /// Has a password checked, as a mail server does; gives the whole answer.
    pub fn check(&self, login: &str, password: &str, protocol: &str) -> Answer {
        self.post(
            "/v1/verify",
            &json!({"login": login, "password": password, "protocol": protocol, "client_ip": "192.0.2.7"}),
        )
    }

    /// Has a password checked over IMAP; gives `accept`, `defer`, or the reason of a reject.
    #[track_caller]
    pub fn verdict(&self, login: &str, password: &str) -> String {
        self.verdict_over(login, password, "imap")
    }

    /// The same over another protocol.
    #[track_caller]
    pub fn verdict_over(&self, login: &str, password: &str, protocol: &str) -> String {
        let answer = self.check(login, password, protocol).expect(200);
        let result = answer.text_of("result");
        if result == "reject" { answer.text_of("reason") } else { result }
    }
}

fn read(mut answer: Response<ureq::Body>) -> Answer {
    let text = answer.body_mut().read_to_string().unwrap();
    let headers = answer.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));

    Answer {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
        text,
    }
}

/// What a fresh installation has.
pub struct Installation {
    /// The id of the organization.
    pub organization_id: String,
    /// A program with the operator's key.
    pub operator: Http,
    /// A program with the mail server's key.
    pub mail_server: Http,
    /// The owner, not signed in yet.
    pub owner: Person,
}

impl Installation {
    /// A path below the organization.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/organizations/{}{below}", self.organization_id)
    }

    /// Makes a member who signs in here, not signed in yet.
    #[track_caller]
    pub fn member(&self, name: &str) -> Person {
        self.member_with(name, "member")
    }

    /// The same with a role.
    #[track_caller]
    pub fn member_with(&self, name: &str, role: &str) -> Person {
        let (login, password) = (format!("{name}@example.org"), format!("{name}'s password"));
        let body = json!({"login": login, "display_name": name, "role": role, "password": password});
        let made = self.operator.post(&self.path("/members"), &body).expect(201);
        Person::new(self.owner.http.clone(), &made.text_of("id"), &login, &password)
    }

    /// Makes a member who signs in elsewhere; secure login can be turned on by the operator.
    #[track_caller]
    pub fn external_member(&self, name: &str) -> Person {
        let login = format!("{name}@example.org");
        let body = json!({"login": login, "display_name": name});
        let made = self.operator.post(&self.path("/members"), &body).expect(201);
        Person::new(self.owner.http.clone(), &made.text_of("id"), &login, "")
    }
}

/// A member, with all that the member knows.
#[derive(Clone)]
pub struct Person {
    /// Requests; with the session, once signed in.
    pub http: Http,
    /// The id of the member.
    pub id: String,
    /// The login, a mail address.
    pub login: String,
    /// The account password; empty for who signs in elsewhere.
    pub password: String,
    /// TOTP seed in base32, once enrolled.
    pub seed: Option<String>,
    /// Recovery codes, once enrolled.
    pub recovery_codes: Vec<String>,
}

impl Person {
    fn new(http: Http, id: &str, login: &str, password: &str) -> Self {
        let (id, login, password) = (id.to_owned(), login.to_owned(), password.to_owned());
        Self { http, id, login, password, seed: None, recovery_codes: Vec::new() }
    }

    /// A path below the member.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/members/{}{below}", self.id)
    }

    /// Signs in with the password alone.
    #[track_caller]
    pub fn sign_in(&mut self) -> &mut Self {
        let body = json!({"login": self.login, "password": self.password});
        let token = self.http.post("/v1/sessions", &body).expect(201).text_of("token");
        self.http = self.http.bearing(&token);
        self
    }

    /// Signs in with the password and the code of `now`.
    #[track_caller]
    pub fn sign_in_with_code(&mut self, now: Timestamp) -> &mut Self {
        let body = json!({"login": self.login, "password": self.password, "code": self.code(now)});
        let token = self.http.post("/v1/sessions", &body).expect(201).text_of("token");
        self.http = self.http.bearing(&token);
        self
    }

    /// The TOTP code of `now`.
    pub fn code(&self, now: Timestamp) -> String {
        totp(self.seed.as_ref().expect("not enrolled"), now)
    }

    /// Enrols TOTP and confirms it; needs a session.
    #[track_caller]
    pub fn enrol(&mut self, now: Timestamp) -> &mut Self {
        let begun = self.http.post(&self.path("/second-factors"), &json!({"type": "totp"})).expect(201);
        self.seed = Some(begun.text_of("secret"));

        let path = self.path(&format!("/second-factors/{}/confirm", begun.text_of("id")));
        let confirmed = self.http.post(&path, &json!({"code": self.code(now)})).expect(200);
        let codes = confirmed.body["recovery_codes"].as_array();
        let codes = codes.into_iter().flatten().map(|code| code.as_str().unwrap().to_owned());
        self.recovery_codes = codes.collect();
        self
    }

    /// Tries wrong codes until no more are compared: somebody who knows the password, from here. Time passes by `pass`.
    pub fn block_codes(&self, http: &Http, now: impl Fn() -> Timestamp, pass: impl Fn(Duration)) {
        let mut wrong = 0;
        while wrong < 50 {
            let near = [0, 30, 60]
                .map(|ago| self.code(now().plus(Duration::from_secs(30)).minus(Duration::from_secs(ago))));
            let code = (0..4).map(|n| format!("00000{n}")).find(|code| !near.contains(code)).unwrap();
            let body = json!({"login": self.login, "password": self.password, "code": code});
            wrong += usize::from(http.post("/v1/sessions", &body).status == 401);
            pass(Duration::from_secs(60));
        }
    }

    /// Switches secure login; needs a session.
    #[track_caller]
    pub fn secure_login(&self, enabled: bool) -> Answer {
        self.http.put(&self.path("/secure-login"), &json!({"enabled": enabled})).expect(200)
    }

    /// Signs in, enrols, turns secure login on.
    #[track_caller]
    pub fn secured(mut self, now: Timestamp) -> Self {
        self.sign_in().enrol(now).secure_login(true);
        self
    }

    /// Issues a client password.
    #[track_caller]
    pub fn issue(&self, label: &str) -> ClientPassword {
        self.issue_with(&json!({"label": label}))
    }

    /// Issues a client password with this body.
    #[track_caller]
    pub fn issue_with(&self, body: &Value) -> ClientPassword {
        ClientPassword::of(&self.http.post(&self.path("/client-passwords"), body).expect(201))
    }
}

/// What an authenticator with this key, in base 32, shows now.
pub fn totp(key: &str, now: Timestamp) -> String {
    let seed = Secret::try_from_base32(key).unwrap();
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(seed).build_noncompliant();
    totp.generate(u64::try_from(now.seconds()).unwrap()).to_string()
}

/// A client password with its secret.
#[derive(Clone, Debug)]
pub struct ClientPassword {
    /// The id, by which its path is made.
    pub id: String,
    /// The secret as it was shown.
    pub secret: String,
}

impl ClientPassword {
    /// From the answer that issued or rotated it.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        Self { id: answer.text_of("id"), secret: answer.text_of("secret") }
    }

    /// A path below it.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/client-passwords/{}{below}", self.id)
    }
}
