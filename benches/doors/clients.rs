//! Loads that wrk cannot be: Dovecot's auth-client protocol with many requests in flight on one connection, and
//! LDAP simple binds on several connections. Each is a process of its own, on core 1, that speaks like wrk's script.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::verify::data::Seeded;

/// What this process is to be, if it is not the one that measures.
pub const ROLE: &str = "CLIENTPASS_BENCH_LOAD";
const TARGET: &str = "CLIENTPASS_BENCH_TARGET";
const SECRETS: &str = "CLIENTPASS_BENCH_SECRETS";
const AT_ONCE: &str = "CLIENTPASS_BENCH_AT_ONCE";
const SEED: &str = "CLIENTPASS_BENCH_SEED";
const SECONDS: &str = "CLIENTPASS_BENCH_SECONDS";

/// A load.
pub struct Client<'a> {
    /// `dovecot` or `ldap`.
    pub role: &'a str,
    /// The unix socket, or the address.
    pub target: String,
    /// Logins with their secrets.
    pub secrets: String,
    /// Requests in flight, or connections.
    pub at_once: usize,
}

impl Client<'_> {
    pub fn command(&self, seconds: u64, seed: usize) -> Command {
        let mut command = Command::new("taskset");
        command
            .args(["-c", "1"])
            .arg(std::env::current_exe().unwrap())
            .envs([(ROLE, self.role), (TARGET, &self.target), (SECRETS, &self.secrets)])
            .env(AT_ONCE, self.at_once.to_string())
            .env(SEED, seed.to_string())
            .env(SECONDS, seconds.to_string());
        command
    }
}

fn told(name: &str) -> String {
    std::env::var(name).unwrap()
}

/// Logins with their secrets.
type People = Arc<Vec<(String, String)>>;

fn people() -> People {
    let text = std::fs::read_to_string(told(SECRETS)).unwrap();
    let halves = text.lines().map(|line| line.split_once('\t').unwrap());
    Arc::new(halves.map(|(login, secret)| (login.to_owned(), secret.to_owned())).collect())
}

/// Which of them is asked about next.
struct Sample {
    people: People,
    random: Seeded,
}

impl Sample {
    fn new(people: People, number: usize) -> Self {
        let seed = told(SEED).parse::<u64>().unwrap() * 1_000 + number as u64 + 1;
        Self { people, random: Seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)) }
    }

    fn pick(&mut self) -> &(String, String) {
        let at = self.random.next() % self.people.len() as u64;
        &self.people[at as usize]
    }
}

/// What has been answered.
#[derive(Default)]
struct Seen {
    micros: Vec<f64>,
    failed: usize,
}

impl Seen {
    fn answer(&mut self, asked: Instant, right: bool) {
        self.micros.push(asked.elapsed().as_secs_f64() * 1e6);
        self.failed += usize::from(!right);
    }
}

/// Asks until the time is over, and prints what was seen.
pub fn run(role: &str) {
    let seconds = Duration::from_secs(told(SECONDS).parse().unwrap());
    let at_once = told(AT_ONCE).parse().unwrap();
    let people = people();
    let begun = Instant::now();
    let mut seen = match role {
        "dovecot" => dovecot(people, at_once, begun + seconds),
        "ldap" => ldap(&people, at_once, begun + seconds),
        other => panic!("{other} is no load"),
    };
    let micros = begun.elapsed().as_micros();
    seen.micros.sort_by(f64::total_cmp);
    let at = |share: usize| seen.micros[seen.micros.len() * share / 100];
    println!("BENCH {} {micros} {} {} {}", seen.micros.len(), seen.failed, at(50), at(99));
}

/// So many ids in flight on one connection, answers in whatever order they come.
fn dovecot(people: People, at_once: usize, end: Instant) -> Seen {
    let mut sample = Sample::new(people, 0);
    let stream = UnixStream::connect(told(TARGET)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answers = BufReader::with_capacity(65_536, stream.try_clone().unwrap());
    let mut line = String::new();
    while line != "DONE\n" {
        line.clear();
        assert!(answers.read_line(&mut line).unwrap() > 0, "closed in its greeting");
    }
    let mut requests = format!("VERSION\t1\t2\nCPID\t{}\n", std::process::id()).into_bytes();
    let (mut asked, mut seen) = (Vec::new(), Seen::default());
    (0..at_once).for_each(|_| ask(&mut requests, &mut asked, &mut sample));
    while seen.micros.len() < asked.len() {
        // What has come with one read is answered with one write.
        if answers.buffer().iter().all(|byte| *byte != b'\n') && !requests.is_empty() {
            (&stream).write_all(&requests).unwrap();
            requests.clear();
        }
        line.clear();
        assert!(answers.read_line(&mut line).unwrap() > 0, "closed");
        let mut words = line.trim_end().split('\t');
        let (verdict, id) = (words.next().unwrap(), words.next().unwrap());
        seen.answer(asked[id.parse::<usize>().unwrap() - 1], verdict == "OK");
        if Instant::now() < end {
            ask(&mut requests, &mut asked, &mut sample);
        }
    }
    seen
}

/// One more request as Postfix writes it.
fn ask(requests: &mut Vec<u8>, asked: &mut Vec<Instant>, sample: &mut Sample) {
    let ip = sample.random.next().to_le_bytes();
    let (login, secret) = sample.pick();
    let message = STANDARD.encode(format!("\0{login}\0{secret}"));
    asked.push(Instant::now());
    let (id, first) = (asked.len(), ip[0] % 200 + 1);
    writeln!(
        requests,
        "AUTH\t{id}\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip={first}.{}.{}.7\tsecured\tresp={message}",
        ip[1], ip[2]
    )
    .unwrap();
}

/// So many connections with one bind in flight each.
fn ldap(people: &People, connections: usize, end: Instant) -> Seen {
    let threads: Vec<_> = (0..connections)
        .map(|number| {
            let sample = Sample::new(people.clone(), number);
            std::thread::spawn(move || bind_on(sample, end))
        })
        .collect();
    let mut all = Seen::default();
    for seen in threads.into_iter().map(|thread| thread.join().unwrap()) {
        all.micros.extend(seen.micros);
        all.failed += seen.failed;
    }
    all
}

fn bind_on(mut sample: Sample, end: Instant) -> Seen {
    let mut stream = TcpStream::connect(told(TARGET)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut seen = Seen::default();
    for id in (1..=127).cycle() {
        let (login, secret) = sample.pick();
        let request = bind(id, login, secret);
        let asked = Instant::now();
        if asked >= end {
            break;
        }
        stream.write_all(&request).unwrap();
        seen.answer(asked, bound(&mut stream, id));
    }
    seen
}

/// A bind request (RFC 4511, section 4.2) whose parts are all short.
fn bind(id: u8, login: &str, secret: &str) -> Vec<u8> {
    let name = format!("uid={login},dc=clientpass");
    let request = [value(0x02, &[3]), value(0x04, name.as_bytes()), value(0x80, secret.as_bytes())].concat();
    value(0x30, &[value(0x02, &[id]), value(0x60, &request)].concat())
}

fn value(tag: u8, bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len() < 128, "longer than one byte can say");
    [&[tag, bytes.len() as u8][..], bytes].concat()
}

/// Whether the answer lets in: result code 0.
fn bound(stream: &mut TcpStream, id: u8) -> bool {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut body = vec![0; usize::from(head[1])];
    stream.read_exact(&mut body).unwrap();
    assert_eq!((head[0], &body[..4]), (0x30, &[0x02, 1, id, 0x61][..]), "no answer to this bind");
    body[5..8] == [0x0a, 1, 0]
}
