//! How much memory the service takes while account passwords are compared: Argon2's blocks are taken once and used
//! again, however many threads compare.

use std::fs;
use std::thread;

use serde_json::json;

use crate::support::actors::{Http, Installation, Person};
use crate::support::clientpass::Clientpass;

const MIB: u64 = 1024 * 1024;
/// The service itself, its readers and buffers.
const RESTING: u64 = 64_000_000;
/// What a comparison takes, on each core.
const A_CORE: u64 = 27 * MIB;

const MEMBERS: usize = 10;
const CALLERS: u8 = 10;
const TRIES: usize = 15;

/// Memory of the process that belongs to no file, in bytes: now, and the most that all of its memory ever was.
fn anonymous(clientpass: &Clientpass) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{}/status", clientpass.pid())).unwrap();
    let kib = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
    };
    (kib("RssAnon") * 1024, kib("VmHWM") * 1024)
}

fn made_and_signed_in(home: &Installation) -> Vec<Person> {
    let members = (0..MEMBERS).map(|number| {
        let mut member = home.member(&format!("member{number}"));
        member.sign_in();
        member
    });
    members.collect()
}

/// Wrong account passwords from one address, for each member in turn.
fn guess(mail_server: &Http, logins: &[String], caller: u8) {
    for number in 0..TRIES {
        let login = &logins[number % logins.len()];
        let asked = json!({
            "login": login, "password": format!("guess {number} of {caller}"), "protocol": "imap",
            "client_ip": format!("192.0.{caller}.1"),
        });
        let answer = mail_server.post("/v1/verify", &asked);
        // On a machine that is busy with something else a comparison may come too late to refuse.
        if answer.status == 503 {
            answer.expect_problem(503, "unavailable");
        } else {
            assert_eq!(answer.expect(200).text_of("reason"), "invalid_credentials");
        }
    }
}

#[test]
fn comparing_account_passwords_takes_the_memory_of_one_comparison_a_core() {
    let (clientpass, home) = Clientpass::installed();
    let cores = u64::try_from(thread::available_parallelism().unwrap().get()).unwrap();
    let bound = RESTING + cores * A_CORE;
    let begun = anonymous(&clientpass).0;
    let members = made_and_signed_in(&home);
    let signed_in = anonymous(&clientpass).0;
    let logins: Vec<String> = members.iter().map(|member| member.login.clone()).collect();
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (mail_server, logins) = (home.mail_server.clone(), &logins);
            scope.spawn(move || guess(&mail_server, logins, caller));
        }
    });
    let (guessed, most) = anonymous(&clientpass);
    println!(
        "anonymous memory in MB: {} at the start, {} with ten signed in, {} after 150 guesses, of all at most {}; \
         bound {}",
        begun / 1_000_000,
        signed_in / 1_000_000,
        guessed / 1_000_000,
        most / 1_000_000,
        bound / 1_000_000
    );
    assert!(signed_in < bound, "{signed_in} of {bound}");
    assert!(guessed < bound, "{guessed} of {bound}");
    // The binary and what is mapped of files are part of this one.
    assert!(most < bound + 32 * MIB, "{most} of {bound}");
}
