//! How long a bulk revocation of everything takes, and what others notice of it: how long a change waits that is made all
//! the time, and how much slower checks are than before.
//!
//! ```text
//! cargo bench --bench bulk                        a million client passwords of 200,000 members; a few minutes
//! cargo bench --bench bulk -- --quick             100,000 of 20,000
//! cargo bench --bench bulk -- --rows              of each member one stays, so that they end one by one
//! cargo bench --bench bulk -- --dry-run           only counted
//! cargo bench --bench bulk -- --preview           counted, and then exactly that is ended
//! cargo bench --bench bulk -- --at-once           as many of so many as are ended in one transaction, one by one
//! cargo bench --bench bulk -- --postgres 'host=/run/postgresql user=postgres dbname=bench'
//! ```
//!
//! It fails if everything takes a minute or longer, a change waits for more than 100 ms, or the 99th percentile of checks
//! is more than twice what it was before.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a program run by hand, that measures time"
)]

#[path = "../verify"]
mod verify {
    //! What is the same as in the benchmark of `/v1/verify`.
    #![allow(dead_code, reason = "not all of it is needed here")]
    pub mod data;
    pub mod server;
}

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use verify::data::Data;
use verify::server::{self, Server};

const PER_MEMBER: usize = 5;
/// A filter looks at no more than so many client passwords at once, and ends no more than a quarter of them.
const AT_ONCE: usize = 19_990;
/// Checks begin so far apart, and changes so long after the one before.
const CHECK_EVERY: Duration = Duration::from_millis(2);
const CHANGE_AFTER: Duration = Duration::from_millis(3);
/// So long is measured before anything is ended.
const IDLE: Duration = Duration::from_secs(10);

/// One connection of a caller.
struct Http {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Http {
    fn to(address: SocketAddr, token: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), token: token.to_owned() }
    }

    fn ask(&mut self, method: &str, path: &str, more: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{more}\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();

        let (mut line, mut length) = (String::new(), 0);
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut text = vec![0; length];
        self.stream.read_exact(&mut text).unwrap();
        (status, serde_json::from_slice(&text).unwrap_or_default())
    }
}

/// What is measured at the moment.
const BEFORE: u8 = 0;
const MEANWHILE: u8 = 1;
const OVER: u8 = 2;

/// How long things took, before and meanwhile.
#[derive(Default)]
struct Times([Mutex<Vec<Duration>>; 2]);

impl Times {
    fn add(&self, phase: u8, took: Duration) {
        if let Some(times) = self.0.get(usize::from(phase)) {
            times.lock().unwrap().push(took);
        }
    }

    fn percentile(&self, phase: u8, percent: usize) -> Duration {
        let mut times = self.0[usize::from(phase)].lock().unwrap().clone();
        times.sort();
        times
            .get((times.len() * percent / 100).min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

fn check_all_the_time(server: &Server, data: &Data, phase: &AtomicU8, times: &Times) {
    let mut http = Http::to(server.address, &data.mail_server_key);
    let secrets = std::fs::read_to_string(&data.spread).unwrap();
    let secrets: Vec<(&str, &str)> = secrets.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut at = 0;
    while phase.load(Ordering::Relaxed) != OVER {
        at = (at + 7_919) % secrets.len();
        let (login, password) = secrets[at];
        let body =
            json!({"login": login, "password": password, "protocol": "imap", "client_ip": "192.0.2.7"});
        let begun = Instant::now();
        let (status, answer) = http.ask("POST", "/v1/verify", "", &body);
        times.add(phase.load(Ordering::Relaxed), begun.elapsed());
        assert_eq!(status, 200, "{answer}");
        std::thread::sleep(CHECK_EVERY.saturating_sub(begun.elapsed()));
    }
}

fn change_all_the_time(server: &Server, data: &Data, phase: &AtomicU8, times: &Times) {
    let mut http = Http::to(server.address, &data.operator_key);
    let path = format!("/v1/organizations/{}", data.organization);
    for turn in 0.. {
        let now = phase.load(Ordering::Relaxed);
        if now == OVER {
            return;
        }
        let begun = Instant::now();
        let name = json!({"name": format!("Bench {}", turn % 2)});
        let (status, answer) = http.ask("PATCH", &path, "If-Match: *\r\n", &name);
        times.add(now, begun.elapsed());
        assert_eq!(status, 200, "{answer}");
        std::thread::sleep(CHANGE_AFTER);
    }
}

/// Gives those another label whose number is so, so that a filter by label leaves them.
fn keep(data: &Data, number_is: &str) {
    data.execute(&format!(
        "UPDATE client_passwords SET label = 'Kept' WHERE id IN (SELECT id FROM \
         (SELECT id, row_number() OVER (ORDER BY id) AS number FROM client_passwords) numbered WHERE {number_is})"
    ));
}

/// Carries it out; gives what came of it and how long it took.
fn revoke(server: &Server, data: &Data, wish: &Value) -> (Value, Duration) {
    let mut http = Http::to(server.address, &data.operator_key);
    let path = format!("/v1/organizations/{}/revocations", data.organization);
    let begun = Instant::now();
    let (status, mut answer) = http.ask("POST", &path, "", wish);
    assert!((200..=202).contains(&status), "{answer}");
    println!("answered {status} after {} ms", begun.elapsed().as_millis());
    let path = format!("{path}/{}", answer["id"].as_str().unwrap());
    while answer["state"] == "running" {
        std::thread::sleep(Duration::from_millis(100));
        answer = http.ask("GET", &path, "", &Value::Null).1;
    }
    (answer, begun.elapsed())
}

fn main() {
    if let Ok(role) = std::env::var(server::ROLE) {
        return server::run(&role);
    }
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let postgres = arguments.iter().position(|argument| argument == "--postgres");
    let postgres = postgres.and_then(|at| arguments.get(at + 1));
    let rows = match () {
        () if has("--at-once") => AT_ONCE,
        () if has("--quick") => 100_000,
        () => 1_000_000,
    };

    let folder = tempfile::tempdir().unwrap();
    let data = match postgres {
        Some(url) => Data::postgres(folder.path(), url, rows, PER_MEMBER),
        None => Data::sqlite(folder.path(), rows, PER_MEMBER),
    };
    // As where the service has been running: what is new is looked at once, for warnings.
    data.execute(&format!("UPDATE client_passwords SET watch_at = {}", i64::MAX));
    let filter = match () {
        () if has("--at-once") => {
            keep(&data, "number % 4 <> 0");
            json!({"label": "Phone"})
        }
        () if has("--rows") => {
            keep(&data, &format!("number % {PER_MEMBER} = 0"));
            json!({"label": "Phone"})
        }
        () => json!({"all": true}),
    };
    let server = Server::with_cores(&data, "warn", "0,1");
    let is_right = if has("--preview") {
        let counted = measured(&server, &data, &wish(&filter, true));
        let preview = json!({"preview_id": counted.answer["id"], "reason": "a measurement"});
        counted.show() & measured(&server, &data, &preview).show()
    } else {
        measured(&server, &data, &wish(&filter, has("--dry-run"))).show()
    };
    // It would outlive us.
    drop(server);
    std::process::exit(i32::from(!is_right));
}

fn wish(filter: &Value, dry_run: bool) -> Value {
    json!({"filter": filter, "reason": "a measurement", "dry_run": dry_run})
}

/// What came of one, and what others noticed of it.
struct Measured {
    answer: Value,
    took: Duration,
    checks: Times,
    changes: Times,
}

/// Carries it out while checks and changes come all the time.
fn measured(server: &Server, data: &Data, wish: &Value) -> Measured {
    let (phase, checks, changes) = (AtomicU8::new(BEFORE), Times::default(), Times::default());

    let (answer, took) = std::thread::scope(|scope| {
        scope.spawn(|| check_all_the_time(server, data, &phase, &checks));
        scope.spawn(|| change_all_the_time(server, data, &phase, &changes));
        std::thread::sleep(IDLE);
        phase.store(MEANWHILE, Ordering::Relaxed);
        let done = revoke(server, data, wish);
        phase.store(OVER, Ordering::Relaxed);
        done
    });
    Measured { answer, took, checks, changes }
}

impl Measured {
    /// Prints it; whether it is as it should be.
    fn show(&self) -> bool {
        let Self { answer, took, checks, changes } = self;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (before, meanwhile) = (checks.percentile(BEFORE, 99), checks.percentile(MEANWHILE, 99));
        let ratio = meanwhile.as_secs_f64() / before.as_secs_f64();
        let longest = changes.percentile(MEANWHILE, 100);
        println!(
            "{} after {:.1} s: found {}, ended {}",
            answer["state"],
            took.as_secs_f64(),
            answer["matched"],
            answer["ended"]
        );
        for (name, times) in [("check", checks), ("change", changes)] {
            for (when, phase) in [("before", BEFORE), ("meanwhile", MEANWHILE)] {
                let [p50, p99, most] = [50, 99, 100].map(|percent| ms(times.percentile(phase, percent)));
                println!("{name:<8} {when:<10} p50 {p50:8.2} ms   p99 {p99:8.2} ms   longest {most:8.2} ms");
            }
        }
        println!("checks' p99 is {ratio:.2} of before; the longest change waited {:.1} ms", ms(longest));
        answer["state"] == "done" && *took < Duration::from_secs(60) && ms(longest) <= 100.0 && ratio <= 2.0
    }
}
