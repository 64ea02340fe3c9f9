//! Where a client password works: protocols, networks, and its own member only.

use serde_json::{Value, json};

use super::{secured, shown};
use crate::support::{Http, TestApp};

/// A check from an address, or from none.
fn from(server: &Http, login: &str, password: &str, ip: Option<&str>) -> String {
    let mut body = json!({"login": login, "password": password, "protocol": "imap"});
    if let Some(ip) = ip {
        body["client_ip"] = json!(ip);
    }
    let answer = server.post("/v1/verify", &body).expect(200);
    answer.body["reason"].as_str().map_or_else(|| answer.text_of("result"), str::to_owned)
}

#[test]
fn it_opens_only_its_protocols() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let printer = alice.issue_with(&json!({"label": "Printer", "protocols": ["smtp", "caldav"]}));
    for protocol in ["imap", "pop3", "smtp", "sieve", "jmap", "caldav", "carddav", "webdav", "xmpp"] {
        let allowed = ["smtp", "caldav"].contains(&protocol);
        let expected = if allowed { "accept" } else { "protocol_not_allowed" };
        assert_eq!(home.mail_server.verdict_over(&alice.login, &printer.secret, protocol), expected);
    }
    assert_eq!(shown(&alice, &printer)["protocols"], json!(["smtp", "caldav"]));
}

#[test]
fn mail_servers_may_call_protocols_by_their_own_names() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    for (protocol, name) in [("smtp", "submission"), ("sieve", "managesieve"), ("pop3", "pop")] {
        let one = alice.issue_with(&json!({"label": name, "protocols": [protocol]}));
        assert_eq!(home.mail_server.verdict_over(&alice.login, &one.secret, name), "accept");
        assert_eq!(shown(&alice, &one)["last_used"]["protocol"], protocol);
    }
    let unknown = home.mail_server.check(&alice.login, "x", "gopher");
    unknown.expect_field("protocol", "malformed");
}

#[test]
fn it_opens_only_from_its_networks_and_from_an_unknown_address_not_at_all() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let networks = ["192.0.2.0/24", "2001:db8::/32"];
    let printer = alice.issue_with(&json!({"label": "Printer", "networks": networks}));
    for (ip, expected) in [
        (Some("192.0.2.0"), "accept"),
        (Some("192.0.2.255"), "accept"),
        (Some("::ffff:192.0.2.7"), "accept"),
        (Some("192.0.3.0"), "network_not_allowed"),
        (Some("::ffff:192.0.3.0"), "network_not_allowed"),
        (Some("2001:db8:ffff::1"), "accept"),
        (Some("2001:db9::1"), "network_not_allowed"),
        (Some("127.0.0.1"), "network_not_allowed"),
        (None, "network_not_allowed"),
    ] {
        assert_eq!(from(&home.mail_server, &alice.login, &printer.secret, ip), expected, "{ip:?}");
    }
    // Where no networks are set, an address is not asked for.
    let phone = alice.issue("Phone");
    assert_eq!(from(&home.mail_server, &alice.login, &phone.secret, None), "accept");
    let odd = json!({"login": "a", "password": "b", "protocol": "imap", "client_ip": "192.0.2.7:993"});
    home.mail_server.post("/v1/verify", &odd).expect_field("client_ip", "malformed");
}

#[test]
fn networks_are_shown_as_networks_each_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let one = alice.issue_with(&json!({"label": "a", "networks": ["192.0.2.77/24", "2001:DB8:0::/32"]}));
    assert_eq!(shown(&alice, &one)["networks"], json!(["192.0.2.0/24", "2001:db8::/32"]));

    // `openapi.yaml` says that the items are unique: a second one is refused, or is the first.
    for networks in [["192.0.2.0/24", "192.0.2.0/24"], ["192.0.2.1/24", "192.0.2.2/24"]] {
        let body = json!({"label": "a", "networks": networks});
        let made = alice.http.post(&alice.path("/client-passwords"), &body);
        if made.status == 201 {
            assert_eq!(made.body["networks"], json!(["192.0.2.0/24"]));
        } else {
            made.expect_field("networks", "duplicate");
        }
    }
}

#[test]
fn an_attempt_out_of_scope_is_neither_a_use_nor_a_stale_one() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let body = json!({"label": "Printer", "protocols": ["smtp"], "networks": ["203.0.113.0/24"]});
    let printer = alice.issue_with(&body);
    assert_eq!(home.mail_server.verdict(&alice.login, &printer.secret), "protocol_not_allowed");
    let over_smtp = home.mail_server.verdict_over(&alice.login, &printer.secret, "smtp");
    assert_eq!(over_smtp, "network_not_allowed");
    let now = shown(&alice, &printer);
    assert_eq!((&now["last_used"], &now["stale_use"]), (&Value::Null, &Value::Null));
}

#[test]
fn how_it_ended_goes_before_where_it_worked() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let printer = alice.issue_with(&json!({"label": "Printer", "protocols": ["smtp"]}));
    alice.http.delete(&printer.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &printer.secret), "revoked");
}

#[test]
fn with_another_login_it_is_worth_nothing_and_leaves_no_trace() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let bob = home.member("bob");
    let carol = secured(&app, home.member("carol"));
    let eve = home.external_member("eve");
    let (phone, lost) = (alice.issue("Phone"), alice.issue("Lost"));
    alice.http.delete(&lost.path("")).expect(204);
    // Not even where the mail server's next source would be asked about other strings.
    assert_eq!(home.mail_server.verdict(&eve.login, "anything"), "defer");
    for login in [&bob.login, &carol.login, &eve.login, "nobody@example.org", "alice", ""] {
        for one in [&phone, &lost] {
            assert_eq!(home.mail_server.verdict(login, &one.secret), "invalid_credentials", "{login}");
        }
    }
    assert_eq!(shown(&alice, &phone)["last_used"], Value::Null);
    assert_eq!(shown(&alice, &lost)["stale_use"], Value::Null);
}
