//! What the tests of administration share: a second organization, callers of every kind, the audit log.

use serde_json::{Value, json};

use crate::support::actors::Installation;
use crate::support::{Answer, Http, Person, TestApp};

/// Another organization of the same installation, of `example.test`.
pub struct Neighbours {
    /// The organization.
    pub id: String,
    /// Its owner, signed in.
    pub owner: Person,
}

impl Neighbours {
    /// Makes it.
    pub fn of(home: &Installation) -> Self {
        let body = json!({"name": "Neighbours", "domains": ["example.test"], "owner": "owner@example.test"});
        let made = home.operator.post("/v1/organizations", &body).expect(201);
        let mut owner =
            person(home, &made.text_of("owner_id"), "owner@example.test", "the neighbours' password");
        let password = json!({"password": owner.password});
        home.operator.put(&owner.path("/password"), &password).expect(200);
        owner.sign_in();
        Self { id: made.text_of("id"), owner }
    }

    /// A path below the organization.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/organizations/{}{below}", self.id)
    }

    /// Makes a member who signs in here.
    pub fn member(&self, home: &Installation, name: &str) -> Person {
        let (login, password) = (format!("{name}@example.test"), format!("{name}'s password"));
        let body = json!({"login": login, "display_name": name, "password": password});
        let made = home.operator.post(&self.path("/members"), &body).expect(201);
        person(home, &made.text_of("id"), &login, &password)
    }
}

fn person(home: &Installation, id: &str, login: &str, password: &str) -> Person {
    Person {
        http: home.owner.http.clone(),
        id: id.to_owned(),
        login: login.to_owned(),
        password: password.to_owned(),
        seed: None,
        recovery_codes: Vec::new(),
    }
}

/// Makes a service key; gives its answer.
#[track_caller]
pub fn make_key(by: &Http, role: &str, organization: Option<&str>) -> Answer {
    let mut body = json!({"role": role, "label": role});
    if let Some(organization) = organization {
        body["organization_id"] = json!(organization);
    }
    by.post("/v1/service-keys", &body)
}

/// A program with a fresh key.
#[track_caller]
pub fn program(home: &Installation, role: &str, organization: Option<&str>) -> Http {
    let made = make_key(&home.operator, role, organization).expect(201);
    home.operator.bearing(&made.text_of("key"))
}

/// A member of this role who signed in.
#[track_caller]
pub fn signed_in(home: &Installation, name: &str, role: &str) -> Person {
    let mut person = home.member_with(name, role);
    person.sign_in();
    person
}

/// A signed-in person of the organization for whom secure login is on.
#[track_caller]
pub fn secured(app: &TestApp, home: &Installation, name: &str) -> Person {
    home.member(name).secured(app.time.wall())
}

/// Everything on a list, page by page.
#[track_caller]
pub fn all_pages(http: &Http, path: &str, limit: usize) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{path}{join}limit={limit}{cursor}")).expect(200);
        assert!(page.items().len() <= limit, "{}", page.text);
        items.extend(page.items().iter().cloned());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// One text field of each item.
pub fn each(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().unwrap_or("null").to_owned()).collect()
}

/// The audit events that happened while something was done, oldest first.
#[track_caller]
pub fn recorded<T>(home: &Installation, act: impl FnOnce() -> T) -> (Vec<Value>, T) {
    let log = || all_pages(&home.operator, &home.path("/audit-events"), 200);
    let before = log().len();
    let done = act();
    let mut events = log();
    events.reverse();
    (events.split_off(before), done)
}

/// The one event that happened while something was done.
#[track_caller]
pub fn one_record<T>(home: &Installation, act: impl FnOnce() -> T) -> Value {
    let (mut events, _) = recorded(home, act);
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

/// What an administrator could see of the organization, to tell whether anything has changed.
#[track_caller]
pub fn everything(home: &Installation) -> String {
    ["", "/domains", "/members", "/client-passwords", "/revocations", "/audit-events"]
        .iter()
        .map(|below| {
            let path = home.path(below);
            if below.is_empty() {
                home.operator.get(&path).expect(200).text
            } else {
                json!(all_pages(&home.operator, &path, 200)).to_string()
            }
        })
        .collect()
}
