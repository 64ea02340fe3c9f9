//! `POST /v1/verify`: what a mail server is told. That refusals look alike and take their time is next door.

use serde_json::{Value, json};

use super::administration::{Neighbours, program, secured, signed_in};
use crate::support::actors::Installation;
use crate::support::{Http, Options, TestApp};

#[test]
fn only_mail_servers_may_ask() {
    let (app, home) = TestApp::installed();
    let phone = secured(&app, &home, "alice").issue("Phone");
    let mut owner = home.owner.clone();
    owner.sign_in();
    let callers = [
        ("owner", owner.http),
        ("member", signed_in(&home, "bob", "member").http),
        ("operator", home.operator.clone()),
        ("directory", program(&home, "directory", None)),
        ("auditor", program(&home, "auditor", None)),
    ];
    for (who, http) in callers {
        let answer = http.check("alice@example.org", &phone.secret, "imap");
        assert_eq!((answer.status, answer.text.contains("accept")), (403, false), "{who}: {}", answer.text);
    }
    app.http().check("alice@example.org", &phone.secret, "imap").expect_problem(401, "unauthenticated");
}

#[test]
fn an_answer_has_exactly_the_fields_of_its_kind() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let guest = home.external_member("guest");
    let phone = alice.issue("Phone");
    let asked =
        |login: &str, password: &str| home.mail_server.check(login, password, "imap").expect(200).body;
    let by_client_password = json!({
        "result": "accept", "via": "client_password", "login": alice.login, "member_id": alice.id,
        "organization_id": home.organization_id, "client_password_id": phone.id, "label": "Phone",
    });
    assert_eq!(asked(&alice.login, &phone.secret), by_client_password);
    let by_account_password = json!({
        "result": "accept", "via": "account_password", "login": bob.login, "member_id": bob.id,
        "organization_id": home.organization_id, "client_password_id": null, "label": null,
    });
    assert_eq!(asked(&bob.login, &bob.password), by_account_password);
    assert_eq!(asked(&bob.login, "wrong"), json!({"result": "reject", "reason": "invalid_credentials"}));
    alice.http.delete(&phone.path("")).expect(204);
    assert_eq!(asked(&alice.login, &phone.secret), json!({"result": "reject", "reason": "revoked"}));
    assert_eq!(asked(&guest.login, "anything"), json!({"result": "defer"}));
}

fn deferring() -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.verify.unknown_login = clientpass::config::Unknown::Defer;
    TestApp::installed_with(options)
}

#[test]
fn an_unknown_login_is_rejected_or_deferred_as_configured() {
    let unknown = ["nobody@example.org", "alice@elsewhere.example.test", "no address", "", "@", "alice"];
    let (_app, home) = TestApp::installed();
    for login in unknown {
        assert_eq!(home.mail_server.verdict(login, "anything"), "invalid_credentials", "{login}");
    }
    let (app, home) = deferring();
    for login in unknown {
        assert_eq!(home.mail_server.verdict(login, "anything"), "defer", "{login}");
    }
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    assert_eq!(home.mail_server.verdict(&alice.login, "wrong"), "invalid_credentials");
    assert_eq!(home.mail_server.verdict(&bob.login, "wrong"), "invalid_credentials");
    // A client password of ours is never left to somebody else to judge.
    assert_eq!(home.mail_server.verdict("nobody@example.org", &phone.secret), "invalid_credentials");
    alice.http.delete(&phone.path("")).expect(204);
    assert_eq!(home.mail_server.verdict("nobody@example.org", &phone.secret), "invalid_credentials");
}

#[test]
fn an_external_member_is_deferred_only_while_nothing_speaks_against_it() {
    let (app, home) = TestApp::installed();
    let (guest, alice) = (home.external_member("guest"), secured(&app, &home, "alice"));
    let (live, dead) = (alice.issue("Phone"), alice.issue("Tablet"));
    alice.http.delete(&dead.path("")).expect(204);
    let asked = |password: &str| home.mail_server.verdict(&guest.login, password);
    let state = |state: &str| home.operator.patch(&guest.path(""), &json!({"state": state})).expect(200);
    let secure_login = |enabled: bool| {
        home.operator.put(&guest.path("/secure-login"), &json!({"enabled": enabled})).expect(200)
    };
    assert_eq!(asked("anything"), "defer");
    // It has the form of ours and is not: the other source may know it.
    assert_eq!(asked("aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab"), "defer");
    assert_eq!(asked(&live.secret), "invalid_credentials");
    assert_eq!(asked(&dead.secret), "invalid_credentials", "nor is a dead one left to another source");
    state("suspended");
    assert_eq!(asked("anything"), "invalid_credentials");
    state("active");
    assert_eq!(asked("anything"), "defer");
    secure_login(true);
    assert_eq!(asked("anything"), "invalid_credentials");
    secure_login(false);
    assert_eq!(asked("anything"), "defer");
    home.operator.put(&guest.path("/password"), &json!({"password": "a local one"})).expect(200);
    assert_eq!(asked("anything"), "invalid_credentials", "from now on the member signs in here");
    assert_eq!(asked("a local one"), "accept");
    home.operator.delete(&guest.path("")).expect(204);
    assert_eq!(asked("a local one"), "invalid_credentials");
}

#[test]
fn who_lost_the_factors_gets_no_mail_until_secure_login_is_waived() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    home.operator.delete(&alice.path("/second-factors")).expect(204);
    let asked = |password: &str| home.mail_server.verdict(&alice.login, password);
    assert_eq!(asked(&alice.password), "secure_login_required");
    assert_eq!(asked(&phone.secret), "secure_login_required");
    assert_eq!(asked("wrong"), "invalid_credentials");
    home.operator.put(&alice.path("/secure-login"), &json!({"enabled": false})).expect(200);
    assert_eq!(asked(&alice.password), "accept");
    assert_eq!(asked(&phone.secret), "secure_login_off");
}

#[test]
fn a_client_password_opens_only_the_mailbox_of_its_member() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let off = home.member("carol");
    let phone = alice.issue("Phone");
    for login in [&bob.login, &off.login, &home.owner.login] {
        assert_eq!(home.mail_server.verdict(login, &phone.secret), "invalid_credentials", "{login}");
    }
    alice.http.delete(&phone.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&bob.login, &phone.secret), "invalid_credentials");
    let shown = alice.http.get(&phone.path("")).expect(200);
    assert_eq!(shown.body["stale_use"], Value::Null, "what a stranger's login did is not told to the member");
}

#[test]
fn to_a_bound_key_the_logins_of_other_organizations_are_unknown() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let nora = neighbours.member(&home, "nora").secured(app.time.wall());
    let phone = nora.issue("Phone");
    let nick = neighbours.member(&home, "nick");
    let guest = json!({"login": "guest@example.test", "display_name": "Guest"});
    home.operator.post(&neighbours.path("/members"), &guest).expect(201);
    let ours = program(&home, "mail_server", Some(&home.organization_id));
    let theirs = program(&home, "mail_server", Some(&neighbours.id));
    let asked = |by: &Http| {
        [(&*nora.login, &*phone.secret), (&nick.login, &nick.password), ("guest@example.test", "anything")]
            .map(|(login, password)| by.verdict(login, password))
    };
    assert_eq!(asked(&ours), ["invalid_credentials"; 3]);
    assert_eq!(asked(&theirs), ["accept", "accept", "defer"]);
    assert_eq!(asked(&home.mail_server), ["accept", "accept", "defer"]);
    nora.http.delete(&phone.path("")).expect(204);
    assert_eq!(asked(&ours)[0], "invalid_credentials", "not even how it ended");
    assert_eq!(asked(&theirs)[0], "revoked");
}

#[test]
fn mail_servers_may_use_their_own_names_of_protocols() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for (protocol, names, others) in [
        ("smtp", ["smtp", "submission"], ["imap", "sieve"]),
        ("sieve", ["sieve", "managesieve"], ["smtp", "pop3"]),
        ("pop3", ["pop3", "pop"], ["imap", "jmap"]),
    ] {
        let one = alice.issue_with(&json!({"label": protocol, "protocols": [protocol]}));
        for name in names {
            assert_eq!(home.mail_server.verdict_over(&alice.login, &one.secret, name), "accept", "{name}");
        }
        for name in others {
            let verdict = home.mail_server.verdict_over(&alice.login, &one.secret, name);
            assert_eq!(verdict, "protocol_not_allowed", "{name}");
        }
    }
    for wrong in ["ftp", "", "IMAP", "imap ", "smtps"] {
        home.mail_server.check(&alice.login, "anything", wrong).expect_field("protocol", "malformed");
    }
}

#[test]
fn a_login_is_known_whatever_its_case() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    for login in ["alice@example.org", "ALICE@EXAMPLE.ORG", "Alice@Example.Org", " alice@example.org "] {
        let answer = home.mail_server.check(login, &phone.secret, "imap").expect(200);
        assert_eq!(
            (answer.text_of("result"), answer.text_of("login")),
            ("accept".into(), alice.login.clone())
        );
    }
    for login in ["BOB@example.org", "bob@EXAMPLE.org"] {
        assert_eq!(home.mail_server.verdict(login, &bob.password), "accept");
    }
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password.to_uppercase()), "invalid_credentials");
}
