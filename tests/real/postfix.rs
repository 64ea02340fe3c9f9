//! Postfix, which asks clientpass itself, with the shipped configuration: no Dovecot runs. Asked by swaks over
//! STARTTLS, with PLAIN and LOGIN.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::postfix::{self, Postfix};
use crate::support::postgres::{self, Server as Database};
use crate::support::server::Server;
use crate::support::{plain, poll, runnable, swaks};

const IN: u16 = 235;
const WRONG: u16 = 535;
const LATER: u16 = 454;
const MECHANISMS: [&str; 2] = ["PLAIN", "LOGIN"];

/// A mail server in front of clientpass.
struct Scene {
    postfix: Postfix,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    /// Nothing where a program is not installed.
    fn set() -> Option<Self> {
        runnable(postfix::missing().or_else(swaks::missing)).then(|| Self::on(Clientpass::installed()))
    }

    fn on((mut clientpass, at): (Clientpass, Installation)) -> Self {
        let mut postfix = Postfix::prepared();
        clientpass.restart_with(&format!("{}[verify]\nrefusal_floor_ms = 0\n", postfix.door()));
        postfix.start();
        Self { postfix, clientpass, at }
    }

    fn secured(&self, name: &str) -> Person {
        self.at.member(name).secured(Clientpass::now())
    }

    fn told(&self, mechanism: &str, login: &str, password: &str) -> u16 {
        swaks::auth(self.postfix.port, mechanism, login, password)
    }

    #[track_caller]
    fn all_told(&self, login: &str, password: &str, expected: u16) {
        for mechanism in MECHANISMS {
            assert_eq!(self.told(mechanism, login, password), expected, "{mechanism} {login} {password:?}");
        }
    }
}

#[test]
fn a_client_password_is_in_and_what_is_wrong_revoked_or_out_of_scope_is_out() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    let (phone, dead) = (alice.issue("phone"), alice.issue("dead"));
    let imap = alice.issue_with(&json!({"label": "imap", "protocols": ["imap"]}));
    alice.http.delete(&dead.path("")).expect(204);
    scene.all_told(&alice.login, &phone.secret, IN);
    scene.all_told("ALICE@Example.Org", &phone.secret.to_uppercase(), IN);
    for wrong in ["made up", &dead.secret, &imap.secret, &alice.password] {
        scene.all_told(&alice.login, wrong, WRONG);
    }
    // There is no next source: what would be deferred is refused.
    let guest = scene.at.external_member("guest");
    scene.all_told(&guest.login, "anything", WRONG);
    let seen = alice.http.get(&phone.path("")).expect(200);
    assert_eq!(seen.body["last_used"]["ip"], "127.0.0.1", "{}", seen.text);
    assert!(scene.postfix.log().contains("authentication failed"), "{}", scene.postfix.log());
}

#[test]
fn postfix_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let (port, certificate) = (scene.postfix.port, &scene.postfix.certificate);
    let log_in =
        |_: &str, login: &str, password: &[u8]| plain::log_in_over_tls(certificate, port, login, password);
    let server =
        Server::new("Postfix, dovecot", &["smtp"], &log_in).asks_again_within(Duration::from_secs(15));
    server.holds(&mut scene.clientpass, &scene.at, 200);
}

#[test]
fn a_clientpass_that_is_gone_and_back_is_a_temporary_failure_and_nothing_to_do_for_postfix() {
    let Some(mut scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    let phone = alice.issue("phone");
    scene.all_told(&alice.login, &phone.secret, IN);
    for mechanism in MECHANISMS {
        scene.clientpass.kill();
        // Once: an smtpd that begins where nobody greets hangs up, which is no code.
        assert_eq!(scene.told(mechanism, &alice.login, &phone.secret), LATER, "{mechanism}");
        scene.clientpass.start();
        scene.all_told(&alice.login, &phone.secret, IN);
    }
    scene.all_told(&alice.login, "made up", WRONG);
    scene.clientpass.stop();
    scene.clientpass.start();
    scene.all_told(&alice.login, &phone.secret, IN);
}

/// A transaction that keeps everybody from reading, until it is dropped.
struct Lock(Child);

impl Lock {
    fn on(server: &Database) -> Self {
        let sql = "BEGIN; LOCK TABLE members, client_passwords IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)";
        let psql = Command::new("psql")
            .args(["-h", &server.path(""), "-U", "postgres", "-d", "clientpass", "-qc", sql])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let held = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted";
        assert!(poll(Duration::from_secs(10), || server.sql("clientpass", held).trim() >= "2"));
        Self(psql)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_database_that_is_locked_or_down_is_a_temporary_failure_until_it_is_back() {
    if !runnable(postfix::missing().or_else(swaks::missing).or_else(postgres::missing)) {
        return;
    }
    let server = Database::start("");
    server.sql("postgres", "CREATE DATABASE clientpass TEMPLATE template0 ENCODING 'UTF8'");
    let scene = Scene::on(Clientpass::installed_on(&server.url("clientpass")));
    let alice = scene.secured("alice");
    let phone = alice.issue("phone");
    scene.all_told(&alice.login, &phone.secret, IN);
    let lock = Lock::on(&server);
    scene.all_told(&alice.login, &phone.secret, LATER);
    assert!(postfix::greets(scene.postfix.port), "whoever comes is greeted");
    drop(lock);
    server.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()");
    scene.all_told(&alice.login, &phone.secret, IN);
    server.crash();
    scene.all_told(&alice.login, &phone.secret, LATER);
    scene.all_told(&alice.login, "made up", LATER);
    server.up();
    scene.clientpass.recovers();
    scene.all_told(&alice.login, &phone.secret, IN);
    scene.all_told(&alice.login, "made up", WRONG);
}

#[test]
fn passwords_and_logins_of_any_bytes_arrive_exactly_or_are_refused_cleanly() {
    let Some(scene) = Scene::set() else { return };
    for (number, password) in
        [" two words ", "100%25+1%", "\"quotes\" 'and' \\ {}", "grün 密码 🔑", "tab\tand\u{1}one", "a=b&c=,d"]
            .into_iter()
            .enumerate()
    {
        let mut member = scene.at.member(&format!("m{number}"));
        member.sign_in();
        let body = json!({"password": password, "current_password": member.password});
        member.http.put(&member.path("/password"), &body).expect(200);
        scene.all_told(&member.login, password, IN);
        scene.all_told(&member.login, &format!("{password}."), WRONG);
    }
    let plus = scene.at.member("with+plus");
    scene.all_told(&plus.login, &plus.password, IN);
    for login in ["grün@example.org", "m0@example.org\u{1}", "m0@example.org\t", "a b%20c\"@example.org", "x"]
    {
        scene.all_told(login, "anything", WRONG);
    }
}

/// One login on the door's socket, as Postfix does it; whether it was let in.
fn ask(socket: &mut BufReader<UnixStream>, id: usize, login: &str, password: &str) -> bool {
    let message = BASE64_STANDARD.encode(format!("\0{login}\0{password}"));
    let line = format!("AUTH\t{id}\tPLAIN\tservice=smtp\tnologin\trip=192.0.2.7\tsecured\tresp={message}\n");
    socket.get_mut().write_all(line.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_line(&mut answer).unwrap();
    match answer.split('\t').next() {
        Some("OK") => true,
        Some("FAIL") => false,
        _ => panic!("{answer:?}"),
    }
}

fn connect(path: &Path) -> BufReader<UnixStream> {
    let mut socket = BufReader::new(UnixStream::connect(path).unwrap());
    let mut line = String::new();
    while line != "DONE\n" {
        line.clear();
        socket.read_line(&mut line).unwrap();
    }
    socket.get_mut().write_all(b"VERSION\t1\t0\nCPID\t1\n").unwrap();
    socket
}

#[test]
fn a_thousand_logins_on_fifty_connections_get_no_wrong_verdict() {
    let Some(scene) = Scene::set() else { return };
    let people: Vec<Person> = (0..10).map(|number| scene.secured(&format!("p{number}"))).collect();
    let phones: Vec<String> = people.iter().map(|person| person.issue("phone").secret).collect();
    let socket = scene.postfix.socket();
    thread::scope(|scope| {
        for connection in 0..50 {
            let (people, phones, socket) = (&people, &phones, &socket);
            scope.spawn(move || {
                let mut server = connect(socket);
                for round in 0..20 {
                    let (who, whose) = (connection % 10, (connection + round) % 10);
                    let right = ask(&mut server, round, &people[who].login, &phones[who]);
                    assert!(right, "{connection} {round}");
                    // The client password of somebody else is a guess: each network has ten of them.
                    if who != whose && connection < 10 && round < 8 {
                        assert!(!ask(&mut server, 100 + round, &people[who].login, &phones[whose]));
                    }
                }
            });
        }
    });
    // And the whole way, as many at once as there are people.
    thread::scope(|scope| {
        for (person, phone) in people.iter().zip(&phones) {
            let scene = &scene;
            scope.spawn(move || scene.all_told(&person.login, phone, IN));
        }
    });
}
