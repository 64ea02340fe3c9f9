//! What a Dovecot is told: caches first, then sessions, member after member.

use super::{
    OnEnd, Receiver, Reply, SECOND, Value, all_told, at_rest, dovecot, json, metric, secured, telling, until,
};

/// The logins of all kicks.
fn kicked(heard: &[crate::support::receiver::Heard]) -> Vec<String> {
    let commands = heard.iter().flat_map(|one| one.body.as_array().unwrap());
    let kicks = commands.filter(|command| command[0] == "kick");
    kicks.map(|kick| kick[1]["mask"][0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_login_is_flushed_from_the_cache_and_kicked() {
    let server = Receiver::start(Reply::Done);
    let (app, home) = telling(vec![dovecot("mail", &server)]);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("phone");
    alice.http.delete(&phone.path("")).expect(204);
    let heard = server.heard(1);
    let expected = json!([
        ["authCacheFlush", {"user": ["alice@example.org"]}, "0"],
        ["kick", {"mask": ["alice@example.org"]}, "1"],
    ]);
    assert_eq!(heard[0].body, expected);
    assert_eq!(heard[0].header("authorization"), "X-Dovecot-API c2VzYW1l");
    all_told(&app, "mail", 1);
}

#[test]
fn everybody_in_an_organization_that_is_dissolved_is_kicked_page_by_page() {
    let server = Receiver::start(Reply::Done);
    let (app, home) = telling(vec![dovecot("mail", &server)]);
    let mut logins: Vec<String> = (0..120).map(|n| home.external_member(&format!("m{n:03}")).login).collect();
    home.operator.delete(&home.path("")).expect(204);
    // 120 and the owner, 50 at a time.
    let heard = server.heard(3);
    all_told(&app, "mail", 3);
    let pages: Vec<usize> = heard.iter().map(|one| kicked(std::slice::from_ref(one)).len()).collect();
    assert_eq!(pages, [50, 50, 21]);
    logins.push("owner@example.org".into());
    let mut kicked = kicked(&heard);
    kicked.sort();
    logins.sort();
    assert_eq!(kicked, logins);
}

#[test]
fn a_page_that_was_told_is_not_told_again_when_the_next_one_fails() {
    let server = Receiver::start(Reply::Silence);
    let (app, home) = telling(vec![dovecot("mail", &server)]);
    for n in 0..60 {
        home.external_member(&format!("m{n:03}"));
    }
    home.operator.delete(&home.path("")).expect(204);
    server.heard(1);
    server.replies(Reply::Done);
    // The first try is over without an answer.
    at_rest(&app, 3, SECOND * 10);
    app.advance(SECOND * 10);
    at_rest(&app, 3, SECOND);
    app.advance(SECOND);
    let heard = server.heard(3);
    all_told(&app, "mail", 2);
    assert_eq!(heard[0].body, heard[1].body);
    assert_eq!(kicked(&heard[1..]).len(), 61);
}

#[test]
fn one_that_answers_something_else_has_not_been_told() {
    let server = Receiver::start(Reply::Status(401));
    let (app, home) = telling(vec![dovecot("mail", &server)]);
    let alice = secured(&app, &home, "alice");
    at_rest(&app, 3, SECOND);
    alice.secure_login(false);
    let mut requests = 1;
    // What breaks off is asked for without the cache, too.
    for (reply, asked) in [(Reply::Status(200), 1), (Reply::Nothing, 2), (Reply::Done, 1)] {
        server.heard(requests);
        at_rest(&app, 3, SECOND * 4);
        server.replies(reply);
        app.advance(SECOND * 4);
        requests += asked;
    }
    server.heard(requests);
    all_told(&app, "mail", 1);
}

#[test]
fn one_that_dies_of_a_flush_still_closes_sessions() {
    let server = Receiver::start(Reply::DoneWithoutFlush);
    let (app, home) = telling(vec![dovecot("mail", &server)]);
    let alice = secured(&app, &home, "alice");
    at_rest(&app, 3, SECOND);
    alice.secure_login(false);
    let heard = server.heard(2);
    assert_eq!(heard[0].body[0][0], "authCacheFlush");
    assert_eq!(heard[1].body, json!([["kick", {"mask": ["alice@example.org"]}, "0"]]));
    // It is tried again, so that the operator is told.
    let failed = r#"clientpass_end_notices_total{target="mail",result="failed"}"#;
    until("a failure", || metric(&app, failed) == 1);
    at_rest(&app, 3, SECOND);
    server.replies(Reply::Done);
    app.advance(SECOND);
    all_told(&app, "mail", 1);
}

#[test]
fn where_sessions_can_be_told_apart_the_others_go_on() {
    let server = Receiver::start(Reply::Done);
    let OnEnd::Doveadm(mut request) = dovecot("mail", &server) else { panic!() };
    request.client_password_field = Some("user_client_password".into());
    let (app, home) = telling(vec![OnEnd::Doveadm(request)]);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("phone");
    alice.http.delete(&phone.path("")).expect(204);
    let expected = json!([["kick", {"passdbField": "user_client_password", "mask": [phone.id]}, "0"]]);
    assert_eq!(server.heard(1)[0].body, expected);
    alice.secure_login(false);
    let body: Value = server.heard(2)[1].body.clone();
    assert_eq!(body, json!([["kick", {"mask": ["alice@example.org"]}, "0"]]));
}
