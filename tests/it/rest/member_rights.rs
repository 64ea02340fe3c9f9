//! Who may do what to whom: every caller, every action, every role, and 404 told from 403.

use serde_json::json;

use super::administration::{Neighbours, program, signed_in};
use crate::support::TestApp;
use crate::support::actors::{Answer, Http, Installation};

/// A caller, and what the rules say of it.
struct Caller {
    name: &'static str,
    http: Http,
    /// Whether it may know of members other than itself.
    sees: bool,
    /// Roles of members on whom it may act.
    above: &'static [&'static str],
    program: bool,
}

const LOW: &[&str] = &["member", "auditor", "department_admin"];
const ALL: &[&str] = &["member", "auditor", "department_admin", "admin"];

fn callers(home: &Installation) -> Vec<Caller> {
    let neighbours = Neighbours::of(home);
    let (ours, theirs) = (Some(home.organization_id.as_str()), Some(neighbours.id.as_str()));
    let mut owner = home.owner.clone();
    owner.sign_in();
    let person = |name, role| signed_in(home, name, role).http;
    let key = |role, organization| program(home, role, organization);
    let row = |name, http, sees, above, program| Caller { name, http, sees, above, program };
    vec![
        row("owner", owner.http, true, ALL, false),
        row("admin", person("admin", "admin"), true, LOW, false),
        row("department admin", person("head", "department_admin"), false, &[], false),
        row("auditor", person("auditor", "auditor"), true, &[], false),
        row("member", person("joe", "member"), false, &[], false),
        row("operator", home.operator.clone(), true, ALL, true),
        row("operator of it", key("operator", ours), true, ALL, true),
        row("directory", key("directory", None), true, LOW, true),
        row("directory of it", key("directory", ours), true, LOW, true),
        row("auditor key", key("auditor", ours), true, &[], true),
        row("neighbours' owner", neighbours.owner.http.clone(), false, &[], false),
        row("neighbours' operator", key("operator", theirs), false, &[], true),
        row("neighbours' directory", key("directory", theirs), false, &[], true),
    ]
}

/// Something done to a member, by somebody who has the ETag.
type Action = (&'static str, fn(&Http, &str) -> Answer);

const READS: &[Action] = &[
    ("read", |http, member| http.get(member)),
    ("read factors of", |http, member| http.get(&format!("{member}/second-factors"))),
    ("read secure login of", |http, member| http.get(&format!("{member}/secure-login"))),
    ("read passwords of", |http, member| http.get(&format!("{member}/client-passwords"))),
];

/// What those above do.
const DEEDS: &[Action] = &[
    ("rename", |http, member| http.send("PATCH", member, Some(&json!({"display_name": "Renamed"})))),
    ("make department_admin of", |http, member| {
        http.send("PATCH", member, Some(&json!({"role": "department_admin"})))
    }),
    ("make member of", |http, member| http.send("PATCH", member, Some(&json!({"role": "member"})))),
    ("suspend", |http, member| http.send("PATCH", member, Some(&json!({"state": "suspended"})))),
    ("re-activate", |http, member| http.send("PATCH", member, Some(&json!({"state": "active"})))),
    ("turn secure login off for", |http, member| {
        http.put(&format!("{member}/secure-login"), &json!({"enabled": false}))
    }),
    ("remove the factors of", |http, member| http.delete(&format!("{member}/second-factors"))),
    ("end the passwords of", |http, member| http.delete(&format!("{member}/client-passwords"))),
    ("remove", |http, member| http.delete(member)),
];

/// What programs do above.
const PROGRAMS_DEEDS: &[Action] = &[
    ("turn secure login on for", |http, member| {
        http.put(&format!("{member}/secure-login"), &json!({"enabled": true}))
    }),
    ("set the password of", |http, member| {
        http.put(&format!("{member}/password"), &json!({"password": "another password"}))
    }),
];

/// What nobody does for another.
const OWN_DEEDS: &[Action] = &[
    ("issue for", |http, member| {
        http.post(&format!("{member}/client-passwords"), &json!({"label": "Phone"}))
    }),
    ("enrol for", |http, member| http.post(&format!("{member}/second-factors"), &json!({"type": "totp"}))),
];

/// Members are numbered, so that each gets a login of its own.
fn target(home: &Installation, role: &str, number: &mut u32) -> String {
    *number += 1;
    let body = json!({"login": format!("m{number}@example.org"), "display_name": "Target", "role": role});
    format!("/v1/members/{}", home.operator.post(&home.path("/members"), &body).expect(201).text_of("id"))
}

fn check(home: &Installation, actions: &[Action], may: impl Fn(&Caller, &str) -> bool) {
    let (callers, mut number) = (callers(home), 0);
    for role in ALL {
        // What is so already is no change, and so nothing to refuse.
        for (what, action) in actions.iter().filter(|(what, _)| *what != format!("make {role} of")) {
            for caller in &callers {
                let member = target(home, role, &mut number);
                let before = home.operator.get(&member).expect(200).text;
                let answer = action(&caller.http.with("If-Match", "*"), &member);
                let said =
                    format!("{} wants to {what} {role}: {} {}", caller.name, answer.status, answer.text);
                if may(caller, role) {
                    assert!((200..300).contains(&answer.status), "{said}");
                } else {
                    assert_eq!(answer.status, if caller.sees { 403 } else { 404 }, "{said}");
                    assert_eq!(home.operator.get(&member).expect(200).text, before, "{said}");
                }
            }
        }
    }
}

#[test]
fn those_who_read_all_read_members_and_nobody_else_sees_them() {
    let (_app, home) = TestApp::installed();
    check(&home, READS, |caller, _| caller.sees);
}

#[test]
fn nobody_acts_on_an_equal_or_higher_role_but_owner_and_operator() {
    let (_app, home) = TestApp::installed();
    check(&home, DEEDS, |caller, role| caller.above.contains(&role));
}

#[test]
fn only_programs_set_passwords_and_turn_secure_login_on_for_others() {
    let (_app, home) = TestApp::installed();
    check(&home, PROGRAMS_DEEDS, |caller, role| caller.program && caller.above.contains(&role));
}

#[test]
fn nobody_makes_a_secret_for_another() {
    let (_app, home) = TestApp::installed();
    check(&home, OWN_DEEDS, |_, _| false);
}

#[test]
fn nobody_raises_anybody_to_their_own_role_but_the_owner_and_operators() {
    let (_app, home) = TestApp::installed();
    let mut number = 0;
    for caller in callers(&home) {
        let member = target(&home, "member", &mut number);
        let answer =
            caller.http.with("If-Match", "*").send("PATCH", &member, Some(&json!({"role": "admin"})));
        let allowed = caller.above.contains(&"admin");
        let status = if allowed {
            200
        } else if caller.sees {
            403
        } else {
            404
        };
        assert_eq!(answer.status, status, "{}: {}", caller.name, answer.text);
    }
}

#[test]
fn the_owner_is_above_everybody_in_the_organization() {
    let (_app, home) = TestApp::installed();
    let owner = format!("/v1/members/{}", home.owner.id);
    for caller in callers(&home) {
        let operator = caller.program && caller.above.contains(&"admin");
        if operator || caller.name == "owner" {
            continue;
        }
        for (what, action) in DEEDS.iter().chain(PROGRAMS_DEEDS).chain(OWN_DEEDS) {
            let answer = action(&caller.http.with("If-Match", "*"), &owner);
            let status = if caller.sees { 403 } else { 404 };
            let said = format!("{} wants to {what} the owner: {}", caller.name, answer.text);
            // That the owner stays one is told to whoever may know of the owner.
            assert!(answer.status == status || (caller.sees && answer.status == 409), "{said}");
        }
    }
    home.operator.put(&format!("{owner}/password"), &json!({"password": "a new password"})).expect(200);
}

#[test]
fn a_mail_server_reads_and_changes_no_member() {
    let (_app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    for (what, action) in READS.iter().chain(DEEDS).chain(PROGRAMS_DEEDS).chain(OWN_DEEDS) {
        let answer = action(&home.mail_server.with("If-Match", "*"), &alice.path(""));
        assert_eq!(answer.status, 403, "{what}: {}", answer.text);
    }
}

#[test]
fn lists_of_the_organization_are_for_those_who_read_all() {
    let (_app, home) = TestApp::installed();
    let mut callers = callers(&home);
    callers.retain(|caller| !caller.name.starts_with("neighbours"));
    for below in ["/domains", "/members", "/client-passwords", "/revocations"] {
        for caller in &callers {
            let answer = caller.http.get(&home.path(below));
            // A department administrator sees members, those within reach: here nobody.
            let reaches = caller.name == "department admin" && below == "/members";
            let status = if caller.sees || reaches { 200 } else { 403 };
            assert_eq!(answer.status, status, "{} {below}", caller.name);
            assert!(!reaches || answer.items().is_empty(), "{}", answer.text);
        }
        assert_eq!(home.mail_server.get(&home.path(below)).status, 403, "{below}");
    }
}
