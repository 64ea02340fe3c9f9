//! What-if: which of the log-ins of the last days a policy would refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::administration::secured;
use super::departments::department;
use crate::support::actors::Installation;
use crate::support::{Answer, ClientPassword, Http, Person, TestApp};

const DAY: Duration = Duration::from_secs(86_400);

fn ask(http: &Http, home: &Installation, policy: &Value) -> Answer {
    http.post(&home.path("/policy/what-if"), policy)
}

fn put(home: &Installation, policy: &Value) {
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(policy)).expect(200);
}

fn sent(home: &Installation, check: &Value) -> String {
    let answer = home.mail_server.post("/v1/verify", check).expect(200);
    let result = answer.text_of("result");
    if result == "reject" { answer.text_of("reason") } else { result }
}

fn came(login: &str, password: &str, protocol: &str, ip: &str) -> Value {
    json!({"login": login, "password": password, "protocol": protocol, "client_ip": ip, "client": "Old Mail 3"})
}

#[test]
fn it_says_who_would_be_refused_why_and_by_which_client() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    for ip in ["192.0.2.7", "198.51.100.7"] {
        assert_eq!(sent(&home, &came(&alice.login, &phone.secret, "imap", ip)), "accept");
        assert_eq!(sent(&home, &came(&bob.login, &bob.password, "pop3", ip)), "accept");
    }

    let policy = json!({
        "protocols": {"default": {"pop3": false}}, "allowed_networks": ["192.0.2.0/24"],
    });
    let found = ask(&home.operator, &home, &policy).expect(200).body;
    let tally = |members: u64, log_ins: u64| json!({"members": members, "log_ins": log_ins});
    assert_eq!(found["history_days"], 30);
    assert_eq!((&found["judged"], &found["refused"]), (&tally(2, 4), &tally(2, 3)));
    let none = tally(0, 0);
    assert_eq!((&found["maybe"], &found["unknown"], &found["no_longer"]), (&none, &none, &none));
    let by_reason: BTreeMap<_, _> = found["by_reason"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["reason"].to_string(), one["refused"].clone()))
        .collect();
    let expected = [("\"network_not_allowed\"", tally(1, 1)), ("\"protocol_not_allowed\"", tally(1, 2))];
    assert_eq!(by_reason, expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!(
        found["by_client"],
        json!([{"client": "Old Mail 3", "refused": tally(2, 3), "maybe": none, "unknown": none}])
    );
    let mut first = [
        json!({"id": alice.id, "login": alice.login, "display_name": "alice", "reasons": ["network_not_allowed"], "refused": 1, "maybe": 0, "unknown": 0}),
        json!({"id": bob.id, "login": bob.login, "display_name": "bob", "reasons": ["protocol_not_allowed"], "refused": 2, "maybe": 0, "unknown": 0}),
    ];
    first.sort_by_key(|one| one["id"].to_string());
    assert_eq!(found["first"], json!(first));

    // Nothing was put, and nothing was recorded.
    assert_eq!(home.operator.get(&home.path("/policy")).expect(200).header("etag"), Some("\"0\""));
    assert!(home.operator.get(&home.path("/audit-events?action=policy.put")).expect(200).items().is_empty());
}

#[test]
fn folded_log_ins_are_maybe_and_those_that_were_passed_on_are_not_known() {
    let (app, home) = TestApp::installed();
    let (alice, eve) = (secured(&app, &home, "alice"), home.external_member("eve"));
    let phone = alice.issue("Phone");
    for number in 0..100 {
        let ip = format!("192.0.2.{number}");
        assert_eq!(sent(&home, &came(&alice.login, &phone.secret, "imap", &ip)), "accept");
        app.advance(Duration::from_secs(1));
    }
    assert_eq!(sent(&home, &came(&eve.login, "whatever", "imap", "198.51.100.7")), "defer");

    let found = ask(&home.operator, &home, &json!({"allowed_networks": ["192.0.2.0/26"]})).expect(200).body;
    let log_ins = |name: &str| found[name]["log_ins"].as_u64().unwrap();
    assert_eq!((log_ins("judged"), log_ins("unknown")), (101, 1), "{found}");
    // 36 came from elsewhere; those of them that are folded are so with others of their network.
    assert!(log_ins("refused") > 0 && log_ins("refused") <= 36 && log_ins("maybe") >= 33, "{found}");
    assert!(log_ins("refused") + log_ins("maybe") >= 36, "{found}");

    // What is sure for the whole network is no maybe.
    let found =
        ask(&home.operator, &home, &json!({"allowed_networks": ["198.51.100.0/24"]})).expect(200).body;
    assert_eq!((&found["refused"]["log_ins"], &found["maybe"]["log_ins"]), (&json!(100), &json!(0)));
    assert_eq!(found["unknown"]["log_ins"], 0);
}

#[test]
fn what_is_refused_already_and_what_is_not_kept_is_no_news() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    for one in [&phone, &tablet] {
        assert_eq!(sent(&home, &came(&alice.login, &one.secret, "imap", "192.0.2.7")), "accept");
    }
    alice.http.delete(&phone.path("")).expect(204);
    let nobody = json!({"availability": {}});
    let found = ask(&home.operator, &home, &nobody).expect(200).body;
    assert_eq!((&found["refused"]["log_ins"], &found["no_longer"]["log_ins"]), (&json!(1), &json!(1)));

    put(&home, &json!({"history_days": 0}));
    let found = ask(&home.operator, &home, &nobody).expect(200).body;
    assert_eq!((&found["history_days"], &found["judged"]["log_ins"]), (&json!(0), &json!(0)));
    ask(&home.operator, &home, &json!({"availability": {"members": ["x"]}})).expect(400);
}

/// Somebody who comes, with what, and from where.
#[derive(Clone, Debug)]
struct Coming {
    member: usize,
    with: usize,
    protocol: usize,
    from: usize,
    /// Hours that pass before.
    hours: u32,
}

const PROTOCOLS: [&str; 4] = ["imap", "pop3", "smtp", "jmap"];
const FROM: [Option<&str>; 5] =
    [Some("192.0.2.7"), Some("192.0.2.200"), Some("198.51.100.9"), Some("2001:db8::7"), None];
const MEMBERS: usize = 5;

fn coming() -> impl Strategy<Value = Coming> {
    (0..MEMBERS, 0..3usize, 0..PROTOCOLS.len(), 0..FROM.len(), 0..30u32)
        .prop_map(|(member, with, protocol, from, hours)| Coming { member, with, protocol, from, hours })
}

/// A policy as it is put, with `d` for the department and `m0`, `m1` … for members.
fn policy() -> impl Strategy<Value = Value> {
    let switches = || {
        prop::collection::btree_map(0..PROTOCOLS.len(), any::<bool>(), 0..3).prop_map(|switches| {
            let named = switches.into_iter().map(|(at, on)| (PROTOCOLS[at].to_owned(), json!(on)));
            Value::Object(named.collect())
        })
    };
    let roster = || {
        (any::<bool>(), prop::collection::btree_map(0..MEMBERS, any::<bool>(), 0..3)).prop_map(
            |(department, members)| {
                let of = |wanted: bool| -> Vec<String> {
                    members.iter().filter(|(_, is)| **is == wanted).map(|(at, _)| format!("m{at}")).collect()
                };
                json!({
                    "departments": if department { vec!["d"] } else { vec![] },
                    "members": of(true), "except_members": of(false),
                })
            },
        )
    };
    let demand = roster().prop_map(|mut roster| {
        roster["mode"] = json!("required");
        roster
    });
    let networks = prop::collection::vec(
        prop::sample::select(vec!["192.0.2.0/24", "192.0.2.0/25", "198.51.100.0/24", "2001:db8::/32"]),
        0..3,
    );
    (
        prop::option::weighted(0.4, roster()),
        prop::option::weighted(0.6, (switches(), switches(), switches())),
        prop::option::weighted(0.3, demand),
        prop::option::weighted(0.4, networks),
        prop::option::weighted(0.3, 1..40u32),
        prop::option::weighted(0.3, 1..20u32),
    )
        .prop_map(|(availability, protocols, demand, networks, life, idle)| {
            let mut policy = json!({});
            if let Some(roster) = availability {
                policy["availability"] = roster;
            }
            if let Some((default, department, member)) = protocols {
                let (departments, members) = (json!({"d": department}), json!({"m1": member}));
                policy["protocols"] =
                    json!({"default": default, "departments": departments, "members": members});
            }
            if let Some(demand) = demand {
                policy["secure_login"] = demand;
            }
            if let Some(networks) = networks {
                policy["allowed_networks"] = json!(networks);
            }
            for (name, days) in [("max_lifetime_days", life), ("idle_days", idle)] {
                if let Some(days) = days {
                    policy[name] = json!(days);
                }
            }
            policy
        })
}

/// Whoever comes in a case: two with client passwords, two with account passwords, one who signs in elsewhere.
struct Cast {
    people: Vec<(Person, Vec<ClientPassword>)>,
    department: String,
}

fn all_of(app: &TestApp, home: &Installation, case: u32) -> Cast {
    let department = department(home, &format!("Department {case}"), None);
    let mut people = Vec::new();
    for at in 0..MEMBERS {
        let name = format!("p{at}-{case}");
        let (person, issued) = match at {
            0 | 1 => {
                let person = secured(app, home, &name);
                let narrow =
                    json!({"label": "n", "networks": ["192.0.2.0/25"], "protocols": ["imap", "smtp"]});
                let issued = vec![person.issue("a"), person.issue("b"), person.issue_with(&narrow)];
                (person, issued)
            }
            4 => (home.external_member(&name), Vec::new()),
            _ => (home.member(&name), Vec::new()),
        };
        if at % 2 == 0 {
            home.operator.patch(&person.path(""), &json!({"department_ids": [department]})).expect(200);
        }
        people.push((person, issued));
    }
    Cast { people, department }
}

impl Cast {
    /// The check of somebody who comes.
    fn check(&self, of: &Coming) -> Value {
        let (person, issued) = &self.people[of.member];
        let password = match issued.get(of.with) {
            Some(one) => one.secret.clone(),
            None if person.password.is_empty() => "typed elsewhere".to_owned(),
            None => person.password.clone(),
        };
        let mut check = json!({
            "login": person.login, "password": password, "protocol": PROTOCOLS[of.protocol],
            "client": format!("client {}", of.member),
        });
        // Without an address account passwords are looked at now and then only.
        if let Some(ip) = FROM[of.from].or(issued.is_empty().then_some("192.0.2.7")) {
            check["client_ip"] = json!(ip);
        }
        check
    }

    /// A policy with the ids of this cast.
    fn named(&self, policy: &Value) -> Value {
        let mut text = policy.to_string().replace("\"d\"", &format!("\"{}\"", self.department));
        for (at, (person, _)) in self.people.iter().enumerate() {
            text = text.replace(&format!("\"m{at}\""), &format!("\"{}\"", person.id));
        }
        serde_json::from_str(&text).unwrap()
    }
}

/// Without folded rows: whoever is predicted to be refused is refused when the same come again under the policy, for the
/// reason that was predicted, and nobody else is.
#[test]
fn what_is_predicted_comes_true_when_the_same_come_again() {
    let (app, home) = TestApp::installed();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(24);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[14; 32]));
    let (number, seen) = (std::cell::Cell::new(0), std::cell::RefCell::new(BTreeSet::new()));

    let strategy = (prop::collection::vec(coming(), 1..25), policy());
    runner
        .run(&strategy, |(comings, wanted)| {
            number.set(number.get() + 1);
            put_back(&app, &home);
            let cast = all_of(&app, &home, number.get());
            let wanted = cast.named(&wanted);

            let mut got_in: BTreeMap<String, (Value, u64)> = BTreeMap::new();
            for coming in &comings {
                app.advance(Duration::from_secs(3_600) * coming.hours);
                let check = cast.check(coming);
                let verdict = sent(&home, &check);
                if verdict == "accept" || verdict == "defer" {
                    got_in.entry(check.to_string()).or_insert((check, 0)).1 += 1;
                }
            }

            let predicted = ask(&home.operator, &home, &wanted).expect(200).body;
            put(&home, &wanted);
            let (mut refused, mut unknown) = (BTreeMap::new(), 0);
            for (check, count) in got_in.values() {
                let member =
                    cast.people.iter().find(|(one, _)| check["login"] == one.login.as_str()).unwrap();
                match sent(&home, check).as_str() {
                    "accept" | "defer" => {}
                    _ if member.0.password.is_empty() => unknown += count,
                    reason => *refused.entry(reason.to_owned()).or_insert(0) += count,
                }
            }

            let of = |name: &str| predicted[name]["log_ins"].as_u64().unwrap();
            let by_reason = predicted["by_reason"].as_array().unwrap().iter();
            let by_reason = by_reason.map(|one| {
                (one["reason"].as_str().unwrap().to_owned(), one["refused"]["log_ins"].as_u64().unwrap())
            });
            let by_reason: BTreeMap<String, u64> = by_reason.filter(|(_, count)| *count > 0).collect();
            let context = format!("{wanted} {comings:?} {predicted}");
            prop_assert_eq!(&by_reason, &refused, "{}", &context);
            prop_assert_eq!((of("unknown"), of("maybe"), of("no_longer")), (unknown, 0, 0), "{}", &context);
            seen.borrow_mut().extend(refused.into_keys());
            Ok(())
        })
        .unwrap();

    let seen: Vec<String> = seen.into_inner().into_iter().collect();
    let all = [
        "expired",
        "network_not_allowed",
        "not_available_to_member",
        "protocol_not_allowed",
        "secure_login_required",
    ];
    assert_eq!(seen, all, "each reason came");
}

/// Ends the case before: its members leave, with their history, and everything is allowed.
fn put_back(app: &TestApp, home: &Installation) {
    crate::support::time::until("a settled policy", || {
        let any = home.operator.with("If-Match", "*");
        any.send("PUT", &home.path("/policy"), Some(&json!({}))).status == 200
    });
    for member in home.operator.get(&home.path("/members?state=active&limit=200")).expect(200).items() {
        if member["role"] == "member" {
            let id = member["id"].as_str().unwrap();
            home.operator.delete(&format!("/v1/members/{id}")).expect(204);
        }
    }
    app.advance(DAY);
}
