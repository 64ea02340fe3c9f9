//! A disk that fails: strace makes the writes and flushes of the database's log fail, one by one or all of them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::support::actors::{ClientPassword, Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::{find_program, poll, runnable, signal};

const PATIENCE: Duration = Duration::from_secs(20);

fn missing() -> Option<String> {
    find_program("strace").is_none().then(|| "strace is not installed".into())
}

/// A fault on the log of the database, until this is dropped.
struct Fault(Child);

impl Fault {
    /// E.g. `pwrite64:error=ENOSPC`.
    fn inject(clientpass: &Clientpass, what: &str) -> Self {
        let log = clientpass.data("clientpass.sqlite-wal");
        let calls = what.split(':').next().unwrap();
        let tracer = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-P"])
            .arg(log)
            .args(["-e", &format!("trace={calls}"), "-e", &format!("inject={what}")])
            .args(["-p", &clientpass.pid().to_string()])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let tracer = Self(tracer);
        assert!(poll(PATIENCE, || is_traced(clientpass.pid())), "strace does not attach");
        tracer
    }
}

fn is_traced(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    let mut threads = threads.filter_map(Result::ok).map(|thread| thread.path().join("status"));
    threads.all(|status| fs::read_to_string(status).is_ok_and(|text| !text.contains("TracerPid:\t0\n")))
}

impl Drop for Fault {
    fn drop(&mut self) {
        // On SIGTERM it lets go of the process before it ends.
        signal(self.0.id(), "TERM");
        drop(self.0.wait());
    }
}

struct Case {
    clientpass: Clientpass,
    home: Installation,
    alice: Person,
    phone: ClientPassword,
}

impl Case {
    fn new() -> Self {
        let (mut clientpass, home) = Clientpass::installed();
        clientpass.restart_without_floor();
        let alice = home.member("alice").secured(Clientpass::now());
        let phone = alice.issue("Phone");
        Self { clientpass, home, alice, phone }
    }

    fn issue(&self) -> Option<String> {
        let answer = self.alice.http.post(&self.alice.path("/client-passwords"), &json!({"label": "Laptop"}));
        assert!(answer.status == 201 || answer.status == 503, "{}", answer.text);
        (answer.status == 201).then(|| answer.text_of("secret"))
    }

    fn phone_gets_in(&self) -> bool {
        self.home.mail_server.verdict(&self.alice.login, &self.phone.secret) == "accept"
    }
}

#[test]
fn on_a_full_disk_nothing_is_acknowledged_mail_goes_on_and_it_recovers_by_itself() {
    if !runnable(missing()) {
        return;
    }
    let case = Case::new();
    for error in ["ENOSPC", "EIO"] {
        let full = Fault::inject(&case.clientpass, &format!("pwrite64:error={error}"));
        for _ in 0..5 {
            assert_eq!(case.issue(), None, "{error}");
            assert!(case.phone_gets_in(), "{error}");
        }
        drop(full);
        let secret = case.issue().expect("there is space again");
        assert_eq!(case.home.mail_server.verdict(&case.alice.login, &secret), "accept");
    }
}

#[test]
fn whichever_write_fails_what_was_acknowledged_is_there_and_nothing_else() {
    if !runnable(missing()) {
        return;
    }
    let mut case = Case::new();
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for nth in 1..=12 {
        let fault = Fault::inject(&case.clientpass, &format!("pwrite64:error=EIO:when={nth}"));
        for _ in 0..2 {
            match case.issue() {
                Some(secret) => acknowledged.push(secret),
                None => refused += 1,
            }
        }
        drop(fault);
        // Room for the next ones; what is revoked stays revoked.
        if acknowledged.len() > 15 {
            break;
        }
    }
    assert!(refused >= 3, "only {refused} writes failed");
    case.clientpass.kill();
    case.clientpass.start();
    for secret in &acknowledged {
        assert_eq!(case.home.mail_server.verdict(&case.alice.login, secret), "accept");
    }
    let listed = case.home.operator.get(&case.alice.path("/client-passwords?limit=200"));
    assert_eq!(listed.items().len(), acknowledged.len() + 1);
}

#[test]
fn a_flush_that_fails_ends_the_process_and_nothing_was_acknowledged() {
    if !runnable(missing()) {
        return;
    }
    let mut case = Case::new();
    let fault = Fault::inject(&case.clientpass, "fdatasync,fsync:error=EIO");
    let body = json!({"label": "Laptop"}).to_string();
    let path = format!("{}{}", case.clientpass.url(), case.alice.path("/client-passwords"));
    let asked = ureq::post(&path)
        .header("Authorization", format!("Bearer {}", case.alice.http.token()))
        .header("Content-Type", "application/json")
        .send(body);
    assert!(asked.is_err(), "it was acknowledged");
    assert_eq!(case.clientpass.ended(), Some(74));
    drop(fault);
    case.clientpass.says("the disk did not take a commit", 1);
    case.clientpass.start();
    assert!(case.phone_gets_in());
    assert!(case.issue().is_some());
}

/// What a command flushes and renames, call by call.
fn flushes(clientpass: &Clientpass, arguments: &[&str]) -> Vec<String> {
    let (command, calls) = (clientpass.command(arguments), clientpass.beside("calls"));
    let traced = Command::new("strace")
        .args(["-f", "-y", "-qq", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2", "-o"])
        .arg(&calls)
        .arg(command.get_program())
        .args(command.get_args())
        .stdout(Stdio::null())
        .status();
    assert!(traced.unwrap().success(), "{arguments:?}");
    fs::read_to_string(calls).unwrap().lines().map(str::to_owned).collect()
}

fn is_flushed(path: &Path, calls: &[String]) -> bool {
    let of = format!("<{}>", path.display());
    calls.iter().any(|call| call.contains("sync(") && call.contains(&of))
}

#[test]
fn a_backup_is_on_disk_before_that_is_said_and_what_is_put_back_before_it_takes_its_place() {
    if !runnable(missing()) {
        return;
    }
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();
    let (file, live) = (clientpass.beside("backup.sqlite"), clientpass.data("clientpass.sqlite"));
    let calls = flushes(&clientpass, &["backup", file.to_str().unwrap()]);
    assert!(is_flushed(&file, &calls) && is_flushed(file.parent().unwrap(), &calls), "{calls:#?}");
    let calls = flushes(&clientpass, &["restore", file.to_str().unwrap()]);
    let renames =
        |call: &String| call.contains("rename") && call.contains(&format!("\"{}\"", live.display()));
    let at = calls.iter().position(renames).unwrap_or_else(|| panic!("{calls:#?}"));
    let candidate = Path::new(calls[at].split('"').nth(1).unwrap());
    assert!(is_flushed(candidate, &calls[..at]), "{calls:#?}");
    assert!(is_flushed(live.parent().unwrap(), &calls[at..]), "{calls:#?}");
}
