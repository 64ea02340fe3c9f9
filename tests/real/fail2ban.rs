//! fail2ban's filter on a log that the binary wrote: it finds the wrong guesses at sign-in, and nothing else.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::actors::{Answer, Http, Person};
use crate::support::clientpass::{Clientpass, Ran};
use crate::support::{find_program, runnable};

const FILTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/fail2ban/filter.d/clientpass.conf");
const JAIL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/fail2ban/jail.d/clientpass.conf");

/// Addresses that the filter finds in this log, in order.
fn found(log: &Path) -> Vec<String> {
    let mut command = std::process::Command::new(find_program("fail2ban-regex").unwrap());
    let ran = Ran::of(command.args(["-o", "ip"]).arg(log).arg(FILTER));
    assert!(ran.complained.is_empty(), "{ran:?}");
    ran.printed.lines().map(str::to_owned).collect()
}

fn missing() -> Option<String> {
    find_program("fail2ban-regex").is_none().then(|| "fail2ban is not installed".into())
}

/// Somebody who comes from this address, through a proxy.
struct From<'a>(&'a Http, &'static str);

impl From<'_> {
    fn tries(&self, body: &Value) -> Answer {
        self.0.with("X-Forwarded-For", self.1).post("/v1/sessions", body)
    }
}

fn body(of: &Person, password: &str, code: Option<&str>) -> Value {
    let mut body = json!({"login": of.login, "password": password});
    if let Some(code) = code {
        body["code"] = code.into();
    }
    body
}

/// Every way in which a sign-in fails, each from an address of its own; gives those of the true guesses.
fn attack(http: &Http, bob: &Person) -> Vec<&'static str> {
    let from = |address| From(http, address);
    let right = bob.password.as_str();
    from("203.0.113.1").tries(&body(bob, "wrong", None)).expect_problem(401, "invalid_credentials");
    let nobody = json!({"login": "nobody@example.org", "password": "wrong"});
    from("2001:db8::2").tries(&nobody).expect_problem(401, "invalid_credentials");
    // What looks like a line of another address is part of a login.
    let sly = json!({"login": "x reason=invalid_credentials client_ip=192.0.2.1", "password": "wrong"});
    from("203.0.113.3").tries(&sly).expect_problem(401, "invalid_credentials");
    let sly = json!({"login": "x\n2026-01-01T00:00:00Z  WARN event=sign_in_failed client_ip=192.0.2.1", "password": "x"});
    from("203.0.113.4").tries(&sly).expect_problem(401, "invalid_credentials");
    from("203.0.113.5").tries(&body(bob, right, Some("000000"))).expect_problem(401, "invalid_code");
    // No guesses.
    from("198.51.100.1").tries(&body(bob, right, None)).expect_problem(401, "second_factor_required");
    from("198.51.100.2").tries(&json!({"login": bob.login})).expect(400);
    let code = bob.recovery_codes.last().map(String::as_str);
    from("198.51.100.3").tries(&body(bob, right, code)).expect(201);
    vec!["203.0.113.1", "2001:db8::2", "203.0.113.3", "203.0.113.4", "203.0.113.5"]
}

#[test]
fn the_filter_finds_true_guesses_and_nothing_else() {
    if runnable(missing()) {
        for format in ["text", "json"] {
            let (mut clientpass, at) = Clientpass::installed();
            let bob = at.member("bob").secured(Clientpass::now());
            clientpass.restart_with(&format!(
                "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[log]\nformat = \"{format}\"\n"
            ));
            let http = Http::to(clientpass.address());
            let mut expected = attack(&http, &bob);
            // Somebody goes on until they are put off; that is counted no more.
            let other = at.member("carol");
            let stubborn = From(&http, "203.0.113.9");
            let put_off = (0..200).position(|n| {
                let answer = stubborn.tries(&body(&other, &format!("wrong {n}"), None));
                answer.status == 429
            });
            expected.extend(std::iter::repeat_n("203.0.113.9", put_off.expect("nobody was put off")));
            clientpass.says("too_many_attempts", 1);
            clientpass.stop();
            let log = clientpass.beside("log");
            assert_eq!(found(&log), expected, "{format}");
            // As it stands in the journal, where a time of its own is before it.
            let journal = clientpass.beside("journal");
            let prefixed = |line: &str| format!("2026-11-28T20:46:01+00:00 mail clientpass[12]: {line}\n");
            fs::write(&journal, clientpass.log().lines().map(prefixed).collect::<String>()).unwrap();
            assert_eq!(found(&journal), expected, "{format} in the journal");
        }
    }
}

/// A time in which nothing can be answered is nobody's guess.
#[test]
fn what_could_not_be_answered_is_no_guess() {
    if runnable(missing()) {
        let (mut clientpass, at) = Clientpass::installed();
        let bob = at.member("bob");
        From(&at.owner.http, "203.0.113.1").tries(&body(&bob, "wrong", None)).expect(401);
        clientpass.stop();
        let log = clientpass.beside("log");
        assert_eq!(found(&log), ["127.0.0.1"], "the proxy is not trusted");
        let text = clientpass.log();
        for reason in ["unavailable", "overtaken", "second_factor_required", "refused"] {
            fs::write(&log, text.replace("reason=invalid_credentials", &format!("reason={reason}"))).unwrap();
            assert_eq!(found(&log), [""; 0], "{reason}");
        }
    }
}

#[test]
fn the_jail_names_the_filter() {
    let jail = fs::read_to_string(JAIL).unwrap();
    assert!(jail.lines().any(|line| line == "filter = clientpass"));
    assert!(fs::read_to_string(FILTER).unwrap().contains("journalmatch = _SYSTEMD_UNIT=clientpass.service"));
}
