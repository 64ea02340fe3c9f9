//! Two organizations with somebody of every kind, and what each target has.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::rows::Row;
use crate::rest::administration::{Neighbours, program};
use crate::rest::departments::department;
use crate::support::{Http, Installation, Person, TestApp};

/// Somebody who asks.
pub struct Caller {
    /// The letter in the rules.
    pub letter: char,
    pub http: Http,
    /// Who it is, if it is a member.
    pub member_id: Option<String>,
}

/// A member who is asked about, and what belongs to that one.
pub struct Target {
    pub name: &'static str,
    pub member_id: String,
    pub role: &'static str,
    /// Of the first organization.
    pub is_ours: bool,
    /// In the department that `d` administers.
    pub is_in_sales: bool,
    /// What stands for each placeholder.
    values: BTreeMap<&'static str, String>,
}

pub struct Scene {
    pub app: TestApp,
    pub callers: Vec<Caller>,
    pub targets: Vec<Target>,
    /// What stands for each placeholder, whoever is asked about.
    values: BTreeMap<&'static str, String>,
}

/// Members who are asked about: name, role, whether in Sales. The first five also ask.
const PEOPLE: [(&str, &str, bool); 10] = [
    ("admin", "admin", false),
    ("head", "department_admin", false),
    ("auditor", "auditor", false),
    ("member", "member", false),
    ("reached", "member", true),
    ("reached-auditor", "auditor", true),
    ("reached-head", "department_admin", true),
    ("other-admin", "admin", false),
    ("other-auditor", "auditor", false),
    ("unreached", "member", false),
];

impl Scene {
    pub fn new() -> Self {
        let (app, home) = TestApp::installed();
        let neighbours = Neighbours::of(&home);
        let mut values = things(&home);
        let now = app.time.wall();
        let theirs = neighbours.member(&home, "stranger");

        let mut people = vec![("owner", "owner", false, home.owner.clone().secured(now))];
        for (name, role, is_in_sales) in PEOPLE {
            people.push((name, role, is_in_sales, home.member_with(name, role).secured(now)));
        }
        join(&home, &values, &people);
        let reached = people.iter().find(|(name, ..)| *name == "reached").unwrap();
        values.insert("reached", reached.3.id.clone());
        let mut targets: Vec<_> = people
            .iter()
            .map(|(name, role, is_in_sales, person)| target(&home, name, role, *is_in_sales, person))
            .collect();
        let stranger = theirs.secured(now);
        targets.push(Target { is_ours: false, ..target(&home, "stranger", "member", false, &stranger) });

        // A code works once.
        app.advance(Duration::from_secs(30));
        let letters = ['o', 'a', 'd', 'u', 'm'].into_iter().zip(&mut people);
        let members = letters.map(|(letter, (.., person))| Caller {
            letter,
            http: person.sign_in_with_code(app.time.wall()).http.clone(),
            member_id: Some(person.id.clone()),
        });
        let mut callers: Vec<_> = members.collect();
        callers.extend(programs(&app, &home, &neighbours));
        offer(&callers, &home);
        Self { app, callers, targets, values }
    }

    /// With what stands for each placeholder.
    pub fn fill(&self, text: &str, target: &Target) -> String {
        let all = self.values.iter().chain(&target.values);
        all.fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    pub fn body(&self, row: &Row, target: &Target) -> Option<Value> {
        let text = Some(row.body).filter(|body| !body.is_empty())?;
        Some(serde_json::from_str(&self.fill(text, target)).unwrap())
    }
}

/// What there is in the organizations.
fn things(home: &Installation) -> BTreeMap<&'static str, String> {
    home.operator.post(&home.path("/domains"), &json!({"name": "unused.example"})).expect(201);
    let count = json!({"filter": {"all": true}, "reason": "to see", "dry_run": true});
    let counted = home.operator.post(&home.path("/revocations"), &count).expect(200).text_of("id");
    let key = json!({"role": "mail_server", "label": "x", "organization_id": home.organization_id});
    let key = home.operator.post("/v1/service-keys", &key).expect(201).text_of("id");
    BTreeMap::from([
        ("name", "unused.example".to_owned()),
        ("revocation_id", counted),
        ("service_key_id", key),
        ("sales", department(home, "Sales", None)),
        ("press", department(home, "Press", None)),
        ("ours", home.organization_id.clone()),
    ])
}

type Known = (&'static str, &'static str, bool, Person);

/// Some come into Sales, and one administers it.
fn join(home: &Installation, values: &BTreeMap<&'static str, String>, people: &[Known]) {
    let sales = &values["sales"];
    for (name, _, is_in_sales, person) in people {
        let change = match *name {
            "head" => json!({"admin_department_ids": [sales]}),
            _ if *is_in_sales => json!({"department_ids": [sales]}),
            _ => continue,
        };
        home.operator.with("If-Match", "*").send("PATCH", &person.path(""), Some(&change)).expect(200);
    }
}

fn target(
    home: &Installation,
    name: &'static str,
    role: &'static str,
    is_in_sales: bool,
    person: &Person,
) -> Target {
    let first = |path: &str| person.http.get(&person.path(path)).expect(200).items()[0]["id"].clone();
    let text = |id: Value| id.as_str().unwrap().to_owned();
    let phone = person.issue("Phone").id;
    // It leaves a notice.
    home.operator.send("POST", &person.path("/invitations"), None).expect(201);
    let member = home.operator.get(&person.path("")).expect(200);
    let values = BTreeMap::from([
        ("member_id", person.id.clone()),
        ("organization_id", member.text_of("organization_id")),
        ("client_password_id", phone),
        ("second_factor_id", text(first("/second-factors"))),
        ("session_id", text(first("/sessions"))),
        ("notice_id", text(first("/notices"))),
    ]);
    Target { name, member_id: person.id.clone(), role, is_ours: true, is_in_sales, values }
}

fn programs(app: &TestApp, home: &Installation, neighbours: &Neighbours) -> Vec<Caller> {
    let (ours, theirs) = (Some(home.organization_id.as_str()), Some(neighbours.id.as_str()));
    let key = |letter, role, organization| Caller {
        letter,
        http: program(home, role, organization),
        member_id: None,
    };
    vec![
        key('O', "operator", None),
        key('P', "operator", ours),
        key('D', "directory", ours),
        key('U', "auditor", None),
        key('V', "auditor", ours),
        key('S', "mail_server", None),
        key('N', "operator", theirs),
        Caller { letter: '-', http: app.http(), member_id: None },
    ]
}

/// The owner offers the organization to the member who asks.
fn offer(callers: &[Caller], home: &Installation) {
    let who = |letter| callers.iter().find(|caller| caller.letter == letter).unwrap();
    let to = json!({"member_id": who('m').member_id});
    who('o').http.post(&home.path("/ownership"), &to).expect(200);
}
