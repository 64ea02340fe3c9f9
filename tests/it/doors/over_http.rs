//! What holds for each door that is asked over HTTP: verdicts, faults, refusals that look alike, keys, odd bytes.

use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use super::http::{Ask, EVERY_WAY, Heard, SECTIONS, exchange, heard, installed, told};
use super::{doors, wait_for_sleepers, wait_until_hanging};
use crate::rest::administration::{Neighbours, program, secured};
use crate::rest::verify_alike::Refused;
use crate::support::TestApp;

const FLOOR: Duration = Duration::from_millis(50);
const REQUIRED: &str = "\
[oauth2]
listen = \"127.0.0.1:0\"
require_key = true
[nginx_mail]
listen = \"127.0.0.1:0\"
require_key = true
[[nginx_mail.routes]]
protocol = \"imap\"
server = \"127.0.0.1\"
port = 10143
[forward_auth]
listen = \"127.0.0.1:0\"
require_key = true
";

#[test]
fn a_client_password_is_in_wherever_it_may_and_nothing_else_is() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let phone =
        alice.issue_with(&json!({"label": "Phone", "protocols": ["imap"], "networks": ["192.0.2.0/24"]}));
    let lost = alice.issue("Tablet");
    alice.http.delete(&lost.path("")).expect(204);
    let right = Ask::new(&alice.login, &phone.secret);
    for way in EVERY_WAY {
        assert_eq!(told(&app, way, &right), Heard::In, "{}", way.0);
        assert_eq!(told(&app, way, &Ask { login: b"ALICE@Example.org", ..right }), Heard::In, "{}", way.0);
        for (what, wrong) in [
            ("another protocol", Ask { protocol: "pop3", ..right }),
            ("another network", Ask { ip: "198.51.100.7", ..right }),
            ("another network", Ask { ip: "2001:db8::7", ..right }),
            ("revoked", Ask::new(&alice.login, &lost.secret)),
            ("the account password", Ask::new(&alice.login, &alice.password)),
            ("nobody", Ask::new("nobody@example.org", "anything")),
        ] {
            assert_eq!(told(&app, way, &wrong), Heard::Wrong, "{}: {what}", way.0);
        }
    }
}

#[test]
fn a_fault_is_never_a_wrong_password() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.faults.set_all(true);
    for way in EVERY_WAY {
        for password in ["anything", &phone.secret] {
            assert_eq!(told(&app, way, &Ask::new(&alice.login, password)), Heard::Later, "{}", way.0);
        }
    }
    app.faults.set_all(false);
    for way in EVERY_WAY {
        for odd in [
            Ask { protocol: "gopher", ..Ask::new(&alice.login, &phone.secret) },
            Ask { protocol: "", ..Ask::new(&alice.login, &phone.secret) },
        ] {
            assert_eq!(told(&app, way, &odd), Heard::Later, "{}: {odd:?}", way.0);
        }
        assert_eq!(told(&app, way, &Ask::new(&alice.login, &phone.secret)), Heard::In, "{}", way.0);
    }
}

/// As on a full disk: what can be read is told, and what was used is written down once there is room again.
#[test]
fn a_store_that_is_full_goes_on_telling_right_from_wrong() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let (phone, lost) = (alice.issue("Phone"), alice.issue("Tablet"));
    alice.http.delete(&lost.path("")).expect(204);
    app.faults.writes.store(true, Ordering::SeqCst);
    for way in EVERY_WAY {
        assert_eq!(told(&app, way, &Ask::new(&alice.login, &phone.secret)), Heard::In, "{}", way.0);
        for wrong in [&lost.secret, &alice.password, "anything"] {
            assert_eq!(told(&app, way, &Ask::new(&alice.login, wrong)), Heard::Wrong, "{}", way.0);
        }
    }
    app.faults.writes.store(false, Ordering::SeqCst);
    let used = alice.http.get(&phone.path("")).expect(200);
    assert_eq!(used.body["last_used"]["at"], json!(app.time.wall().to_string()));
}

/// The most impatient mail servers give up after ten seconds.
#[test]
fn a_store_that_does_not_answer_is_a_temporary_failure_within_five_seconds() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.faults.stall(true);
    std::thread::scope(|scope| {
        let asked = EVERY_WAY.map(|way| {
            let (app, ask) = (&app, Ask::new(&alice.login, &phone.secret));
            scope.spawn(move || (way.0, told(app, way, &ask)))
        });
        wait_until_hanging(&app, EVERY_WAY.len());
        app.advance(Duration::from_secs(5));
        for (door, heard) in asked.map(|asked| asked.join().unwrap()) {
            assert_eq!(heard, Heard::Later, "{door}");
        }
    });
    app.faults.stall(false);
    for way in EVERY_WAY {
        assert_eq!(told(&app, way, &Ask::new(&alice.login, &phone.secret)), Heard::In, "{}", way.0);
    }
}

#[test]
fn every_refusal_has_the_same_bytes_whatever_its_cause() {
    let (app, home) = installed(SECTIONS);
    let neighbours = Neighbours::of(&home);
    let bound = program(&home, "mail_server", Some(&neighbours.id));
    let refused = Refused::of(&app, &home, &neighbours);
    let external = home.external_member("elsewhere");
    for (door, written) in EVERY_WAY {
        let bytes = |login: &str, password: &str, key| {
            let reply = exchange(&app, door, &written(&Ask { key, ..Ask::new(login, password) }));
            assert_eq!(heard(door, &reply), Heard::Wrong, "{door}");
            // The grant gives the login back as it was asked about.
            reply.bytes().replace(&json!(login).to_string(), "\"LOGIN\"").replace("content-length", "length")
        };
        let cut =
            |bytes: String| bytes.lines().filter(|line| !line.starts_with("length")).collect::<String>();
        let expected = cut(bytes("nobody@example.org", "anything", None));
        let mut cases = refused.cases().to_vec();
        // Nobody else can be asked: what is left to the next source is refused, and looks like it.
        cases.push(("left to a next source that is not there", &external.login, "anything"));
        for (what, login, password) in cases {
            app.advance(Duration::from_secs(3_600));
            assert_eq!(cut(bytes(login, password, None)), expected, "{door}: {what}");
            assert_eq!(cut(bytes(login, password, Some(bound.token()))), expected, "{door}: {what}, bound");
        }
    }
}

#[test]
fn a_key_is_needed_where_it_is_asked_for_and_a_wrong_one_is_nobodys_wrong_password() {
    let (open, home) = installed(SECTIONS);
    let alice = secured(&open, &home, "alice");
    let phone = alice.issue("Phone");
    let ask = Ask::new(&alice.login, &phone.secret);
    let forged = home.mail_server.token().replace("cpk_", "cpk_x");
    let wrong = [home.operator.token(), forged.as_str(), "not a key", alice.http.token()];
    for way in EVERY_WAY {
        assert_eq!(told(&open, way, &ask), Heard::In, "{}", way.0);
        let key = Some(home.mail_server.token());
        assert_eq!(told(&open, way, &Ask { key, ..ask }), Heard::In, "{}", way.0);
        for key in wrong {
            assert_eq!(told(&open, way, &Ask { key: Some(key), ..ask }), Heard::Later, "{}: {key}", way.0);
        }
    }
    let (shut, home) = installed(REQUIRED);
    let alice = secured(&shut, &home, "alice");
    let phone = alice.issue("Phone");
    let ask = Ask::new(&alice.login, &phone.secret);
    for way in EVERY_WAY {
        assert_eq!(told(&shut, way, &ask), Heard::Later, "{}", way.0);
        let key = Some(home.mail_server.token());
        assert_eq!(told(&shut, way, &Ask { key, ..ask }), Heard::In, "{}", way.0);
        let wrong = Ask { key, ..Ask::new(&alice.login, "anything") };
        assert_eq!(told(&shut, way, &wrong), Heard::Wrong, "{}", way.0);
    }
}

#[test]
fn a_key_of_one_organization_lets_nobody_of_another_in() {
    let (app, home) = installed(SECTIONS);
    let neighbours = Neighbours::of(&home);
    let bound = program(&home, "mail_server", Some(&neighbours.id));
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let ask = Ask { key: Some(bound.token()), ..Ask::new(&alice.login, &phone.secret) };
    for way in EVERY_WAY {
        assert_eq!(told(&app, way, &ask), Heard::Wrong, "{}", way.0);
    }
}

/// Through every door each byte that its protocol can carry arrives as it was typed.
#[test]
fn odd_passwords_arrive_exactly_or_are_refused() {
    let (app, home) = installed(SECTIONS);
    let bob = home.member("bob");
    let odd = "100%41 +\t\"quote\" back\\slash ä€\u{1}%20%%&=/,;:'";
    home.operator.put(&bob.path("/password"), &json!({"password": odd})).expect(200);
    for way in EVERY_WAY {
        assert_eq!(told(&app, way, &Ask::new(&bob.login, odd)), Heard::In, "{}", way.0);
        for other in
            [odd.replace('+', " "), odd.replace("%41", "A"), odd.replace('ä', "a"), format!("{odd} ")]
        {
            app.advance(Duration::from_secs(60));
            assert_eq!(told(&app, way, &Ask::new(&bob.login, &other)), Heard::Wrong, "{}: {other}", way.0);
        }
        let latin: Vec<u8> = odd.bytes().filter(u8::is_ascii).chain([0xe4, 0xff]).collect();
        let bytes = Ask { password: &latin, ..Ask::new(&bob.login, "") };
        assert_eq!(told(&app, way, &bytes), Heard::Wrong, "{}", way.0);
        let long = "x".repeat(5_000);
        assert_eq!(told(&app, way, &Ask::new(&bob.login, &long)), Heard::Wrong, "{}", way.0);
        assert_eq!(told(&app, way, &Ask::new(&"a".repeat(2_000), "x")), Heard::Wrong, "{}", way.0);
        assert_eq!(told(&app, way, &Ask::new("", "")), Heard::Wrong, "{}", way.0);
    }
}

#[test]
fn refusals_wait_for_their_time_and_those_who_are_in_do_not() {
    let mut options = doors(SECTIONS);
    options.config.verify.refusal_floor_ms = 50;
    let (app, home) = TestApp::installed_with(options);
    let (alice, external) = (secured(&app, &home, "alice"), home.external_member("elsewhere"));
    let phone = alice.issue("Phone");
    for way in EVERY_WAY {
        assert_eq!(told(&app, way, &Ask::new(&alice.login, &phone.secret)), Heard::In, "{}", way.0);
    }
    std::thread::scope(|scope| {
        let asked: Vec<_> = EVERY_WAY
            .iter()
            .flat_map(|way| {
                let logins = ["nobody@example.org", &alice.login, &external.login];
                logins.map(|login| (*way, Ask::new(login, "anything")))
            })
            .map(|(way, ask)| {
                let app = &app;
                scope.spawn(move || told(app, way, &ask))
            })
            .collect();
        wait_for_sleepers(&app, FLOOR, asked.len());
        app.advance(FLOOR);
        for heard in asked {
            assert_eq!(heard.join().unwrap(), Heard::Wrong);
        }
    });
}

#[test]
fn what_was_asked_is_answered_before_the_doors_close() {
    let mut options = doors(SECTIONS);
    options.config.verify.refusal_floor_ms = 50;
    let (mut app, _) = TestApp::installed_with(options);
    let open = app.doors.clone();
    let ask = Ask::new("nobody@example.org", "anything");
    let (tell, told) = std::sync::mpsc::channel();
    for (door, written) in EVERY_WAY {
        let (tell, request) = (tell.clone(), written(&ask));
        let address = open.iter().find(|(name, _)| *name == door).unwrap().1.clone();
        std::thread::spawn(move || tell.send((door, super::http::send(&address, &request))).unwrap());
    }
    wait_for_sleepers(&app, FLOOR, EVERY_WAY.len());
    let time = app.time.clone();
    let stopping = std::thread::spawn(move || app.stop());
    for (_, address) in open {
        assert!((0..1_000_000).any(|_| TcpStream::connect(&address).is_err()), "it takes new connections");
    }
    time.advance(FLOOR);
    for _ in EVERY_WAY {
        let (door, reply) = told.recv_timeout(Duration::from_secs(20)).expect("no answer");
        assert_eq!(heard(door, &reply), Heard::Wrong, "{door}");
    }
    stopping.join().unwrap();
}

/// Each is asked by all at the same time, half of them wrongly.
#[test]
fn a_thousand_questions_on_fifty_connections_have_no_wrong_answer() {
    let (app, home) = installed(SECTIONS);
    let people: Vec<_> = (0..10).map(|n| secured(&app, &home, &format!("member{n}"))).collect();
    let phones: Vec<_> = people.iter().map(|person| person.issue("Phone").secret).collect();
    // What is revoked counts for no throttle.
    let revoked: Vec<_> = people.iter().map(|person| person.issue("Lost")).collect();
    for (person, lost) in people.iter().zip(&revoked) {
        person.http.delete(&lost.path("")).expect(204);
    }
    for way in EVERY_WAY {
        std::thread::scope(|scope| {
            for thread in 0..50 {
                let (app, people, phones, revoked) = (&app, &people, &phones, &revoked);
                scope.spawn(move || {
                    for n in 0..20 {
                        let (who, right) = ((thread + n) % 10, (thread + n) % 2 == 0);
                        let secret = if right { &phones[who] } else { &revoked[who].secret };
                        let ask = Ask::new(&people[who].login, secret);
                        let expected = if right { Heard::In } else { Heard::Wrong };
                        assert_eq!(told(app, way, &ask), expected, "{}", way.0);
                    }
                });
            }
        });
    }
}
