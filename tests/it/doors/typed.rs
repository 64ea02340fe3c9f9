//! What people and programs really send, through every door: logins in all their writings, addresses with zones and
//! ports and none at all, passwords with marks around them.

use clientpass::doors::ldap::dn::escape;
use ldap3_proto::proto::LdapResultCode;
use serde_json::json;

use super::dovecot::server::{MailServer, plain};
use super::http::{Ask, EVERY_WAY, Heard, SECTIONS, exchange, installed, told};
use crate::rest::administration::secured;
use crate::support::ldap::Ldap;
use crate::support::{Installation, TestApp};

const IDN: &str = "alice@xn--mnchen-3ya.example";

fn all_doors() -> (TestApp, Installation) {
    installed(&format!("[dovecot]\nlisten = \"127.0.0.1:0\"\n[ldap]\nlisten = \"127.0.0.1:0\"\n{SECTIONS}"))
}

fn over_rest(home: &Installation, login: &str, password: &str, ip: &str) -> Heard {
    let body = json!({"login": login, "password": password, "protocol": "imap", "client_ip": ip});
    let answer = home.mail_server.post("/v1/verify", &body);
    match answer.body["result"].as_str() {
        Some("accept") => Heard::In,
        Some("reject") => Heard::Wrong,
        // Who asks over REST is told what is wrong with the question.
        _ => {
            answer.expect_field("client_ip", "malformed");
            Heard::Later
        }
    }
}

fn over_dovecot(app: &TestApp, login: &str, password: &str, ip: &str) -> Heard {
    let mut server = MailServer::of_minor(app, 2);
    let message = plain(login, password);
    server.says(format!("AUTH\t1\tPLAIN\tservice=imap\trip={ip}\tresp={message}\n"));
    let line = server.hears();
    match line.split('\t').next() {
        Some("OK") => Heard::In,
        _ if line.contains("code=temp_fail") => Heard::Later,
        _ => Heard::Wrong,
    }
}

fn over_ldap(app: &TestApp, login: &str, password: &str, ip: &str) -> Heard {
    let name = format!("uid={},service=imap,ip={},dc=clientpass", escape(login), escape(ip));
    match Ldap::to(app.door("ldap")).bind(&name, password) {
        LdapResultCode::Success => Heard::In,
        LdapResultCode::InvalidCredentials => Heard::Wrong,
        _ => Heard::Later,
    }
}

/// What each door says.
fn everywhere(
    app: &TestApp,
    home: &Installation,
    login: &str,
    password: &str,
    ip: &str,
) -> Vec<(&'static str, Heard)> {
    let ask = Ask { ip, ..Ask::new(login, password) };
    let mut heard = vec![
        ("rest", over_rest(home, login, password, ip)),
        ("dovecot", over_dovecot(app, login, password, ip)),
        ("ldap", over_ldap(app, login, password, ip)),
    ];
    heard.extend(EVERY_WAY.map(|way| (way.0, told(app, way, &ask))));
    heard
}

#[track_caller]
fn all_hear(heard: &[(&str, Heard)], expected: Heard, what: &str) {
    for (door, heard) in heard {
        assert_eq!(*heard, expected, "{door}: {what:?}");
    }
}

/// Alice, whose domain has letters that are not ASCII, with secure login on.
fn idn_member(app: &TestApp, home: &Installation) -> crate::support::Person {
    home.operator.post(&home.path("/domains"), &json!({"name": "M\u{dc}NCHEN.example"})).expect(201);
    let body = json!({"login": "Alice@mu\u{308}nchen.example", "display_name": "Alice", "password": "alice's password"});
    let made = home.operator.post(&home.path("/members"), &body).expect(201);
    assert_eq!(made.text_of("login"), IDN);
    let mut alice = home.owner.clone();
    (alice.id, alice.login, alice.password) = (made.text_of("id"), IDN.into(), "alice's password".into());
    alice.secured(app.time.wall())
}

#[test]
fn a_login_is_the_same_however_it_is_written() {
    let (app, home) = all_doors();
    let alice = idn_member(&app, &home);
    let phone = alice.issue("Phone");
    for login in [
        IDN,
        "alice@m\u{fc}nchen.example",
        "ALICE@M\u{dc}NCHEN.EXAMPLE",
        "alice@mu\u{308}nchen.example",
        "alice@m\u{fc}nchen\u{3002}example",
        "alice%40xn--mnchen-3ya.example",
        "alice%40m%C3%BCnchen.example",
        " alice@m\u{fc}nchen.example ",
        "\u{202a}alice@m\u{fc}nchen.example\u{202c}",
        "\u{a0}alice@xn--mnchen-3ya.example\u{200b}",
    ] {
        all_hear(&everywhere(&app, &home, login, &phone.secret, "192.0.2.7"), Heard::In, login);
        let signed_in = app.http().post("/v1/sessions", &json!({"login": login, "password": alice.password}));
        signed_in.expect_problem(401, "second_factor_required");
        let found = home.operator.send("GET", &home.path(&format!("/members?login={}", query(login))), None);
        assert_eq!(found.expect(200).items().len(), 1, "{login:?}");
    }
    for other in ["alice@munchen.example", "alice@xn--a.example", "al\u{a0}ice@xn--mnchen-3ya.example"] {
        all_hear(&everywhere(&app, &home, other, &phone.secret, "192.0.2.7"), Heard::Wrong, other);
    }
}

fn query(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Or somebody who is guessed at has as many budgets as there are ways to write a login.
#[test]
fn all_writings_of_a_login_share_its_budget() {
    let (app, home) = all_doors();
    let alice = idn_member(&app, &home);
    let writings =
        ["alice@m\u{fc}nchen.example", "ALICE%40XN--MNCHEN-3YA.EXAMPLE", " alice@mu\u{308}nchen.example"];
    let guess = |login: &str, nth: usize| {
        let body = json!({"login": login, "password": format!("guess number {nth}")});
        app.http().post("/v1/sessions", &body).status
    };
    let tries = writings.iter().cycle().take(24).enumerate();
    let statuses: Vec<u16> = tries.map(|(nth, login)| guess(login, nth)).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(guess(&alice.login, 24), 429);
}

/// Over the wire of `oauth2` Dovecot goes on with what it asked, and with `login` as the shipped files tell it.
#[test]
fn who_is_let_in_is_named_in_the_one_form() {
    let (app, home) = all_doors();
    let alice = idn_member(&app, &home);
    let phone = alice.issue("Phone");
    let ask = Ask::new("Alice@m\u{fc}nchen.example", &phone.secret);
    let reply = exchange(&app, "oauth2", &ask.grant(None));
    let token: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(token["username"], "Alice@m\u{fc}nchen.example");
    assert_eq!(token["login"], IDN);
    assert_eq!(exchange(&app, "nginx_mail", &ask.auth_http(1)).header("Auth-User"), Some(IDN));
    assert_eq!(exchange(&app, "forward_auth", &ask.forwarded()).header("x-clientpass-login"), Some(IDN));
    let mut server = MailServer::of_minor(&app, 2);
    server.plain_over(1, "imap", "Alice@m\u{fc}nchen.example", &phone.secret);
    assert_eq!(server.hears(), format!("OK\t1\tuser={IDN}"));
}

#[test]
fn an_address_counts_without_its_zone() {
    let (app, home) = all_doors();
    let alice = secured(&app, &home, "alice");
    let near = alice.issue_with(&json!({"label": "Near", "networks": ["fe80::/10", "192.0.2.0/24"]}));
    for ip in ["fe80::1%eth0", "fe80::1%25eth0", "::ffff:192.0.2.7", "fe80::1"] {
        all_hear(&everywhere(&app, &home, &alice.login, &near.secret, ip), Heard::In, ip);
    }
    all_hear(
        &everywhere(&app, &home, &alice.login, &near.secret, "2001:db8::1%eth0"),
        Heard::Wrong,
        "elsewhere",
    );
}

/// What is no address counts as none. Where that would refuse, the mail server is at fault, and nobody's password wrong.
#[test]
fn what_is_no_address_is_none_and_no_wrong_password() {
    let (app, home) = all_doors();
    let alice = secured(&app, &home, "alice");
    let (near, any) =
        (alice.issue_with(&json!({"label": "Near", "networks": ["192.0.2.0/24"]})), alice.issue("Anywhere"));
    for ip in ["unknown", "mail.example.org", "%r"] {
        let through_doors = |password: &str| {
            let mut heard = everywhere(&app, &home, &alice.login, password, ip);
            assert_eq!(heard.remove(0), ("rest", Heard::Later));
            heard
        };
        all_hear(&through_doors(&any.secret), Heard::In, ip);
        all_hear(&through_doors(&near.secret), Heard::Later, ip);
    }
    let wrong = everywhere(&app, &home, &alice.login, "wrong", "unknown");
    all_hear(&wrong[1..], Heard::Wrong, "a wrong password");
    // Nothing said is not something odd said.
    assert_eq!(over_ldap(&app, &alice.login, &near.secret, ""), Heard::Wrong);
    assert_eq!(over_dovecot(&app, &alice.login, &near.secret, ""), Heard::Wrong);
    let silent =
        json!({"login": alice.login, "password": near.secret, "protocol": "imap", "client_ip": null});
    let answer = home.mail_server.post("/v1/verify", &silent).expect(200);
    assert_eq!(answer.body["reason"], "network_not_allowed");
}

#[test]
fn marks_around_and_inside_a_client_password_are_ignored() {
    let (app, home) = all_doors();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let (head, tail) = phone.secret.split_at(11);
    for typed in [
        format!("\u{200e}{}\u{200f}", phone.secret),
        format!("\u{202a}{head}\u{fe0f}{tail}\u{202c}"),
        format!("\u{2066}{head}\u{34f}\u{180e}{tail}\u{2069}\u{feff}"),
        format!("{head}\u{ad}\u{e0100}{tail}").to_uppercase(),
    ] {
        all_hear(&everywhere(&app, &home, &alice.login, &typed, "192.0.2.7"), Heard::In, &typed);
    }
}

/// Some directories let in whoever binds without a password.
#[test]
fn nobody_is_sent_on_to_another_directory_without_a_password() {
    let mut options = super::doors("");
    options.config.verify.unknown_login = clientpass::config::Unknown::Defer;
    let (_app, home) = TestApp::installed_with(options);
    let guest = home.external_member("guest");
    for login in [guest.login.as_str(), "nobody@example.org", "nobody"] {
        for nothing in ["", "\u{0}", "\u{0}secret"] {
            assert_eq!(
                home.mail_server.verdict(login, nothing),
                "invalid_credentials",
                "{login} {nothing:?}"
            );
        }
        for something in [" ", "x"] {
            assert_eq!(home.mail_server.verdict(login, something), "defer", "{login}");
        }
    }
}

/// A login that says more than a login, where a mail server does not escape it, chooses neither network nor protocol.
#[test]
fn nobody_types_an_address_or_a_protocol_into_a_name() {
    let (app, home) = all_doors();
    let alice = secured(&app, &home, "alice");
    let near =
        alice.issue_with(&json!({"label": "Near", "networks": ["192.0.2.0/24"], "protocols": ["imap"]}));
    let typed = format!("{},service=imap,ip=192.0.2.5", alice.login);
    for name in [
        format!("uid={typed},service=imap,ip=198.51.100.7,dc=clientpass"),
        format!("uid={typed},service=smtp,dc=clientpass"),
        format!("uid={}+ip=192.0.2.5,service=imap,ip=198.51.100.7,dc=clientpass", alice.login),
        format!("uid={}+service=imap,service=smtp,ip=192.0.2.5,dc=clientpass", alice.login),
        format!("uid={},service=imap,service=smtp,dc=clientpass", alice.login),
        typed.clone(),
    ] {
        let code = Ldap::to(app.door("ldap")).bind(&name, &near.secret);
        assert_ne!(code, LdapResultCode::Success, "{name}");
    }
    let section = |names: &str| {
        let section = toml::from_str(&format!("listen = \"127.0.0.1:0\"\nnames = [{names}]\n")).unwrap();
        clientpass::doors::ldap::Rules::of(&section, false).map(drop).map_err(|why| why.to_string())
    };
    let whole = "\"uid={login},service={protocol},ip={ip},dc=clientpass\"";
    for other in ["\"uid={login},dc=clientpass\"", "\"{login}\""] {
        assert!(section(&format!("{whole}, {other}")).unwrap_err().contains("cannot have both"), "{other}");
    }
    assert_eq!(section("\"uid={login},dc=clientpass\", \"{login}\""), Ok(()));
    let trusted = format!("{whole}, \"{{login}}\"]\nnames_are_escaped = true\n#");
    assert_eq!(section(&trusted), Ok(()));
}
