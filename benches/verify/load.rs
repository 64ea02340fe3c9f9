//! The load: wrk on core 1, slices of both servers in turn.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::data::Data;
use super::server::{self, Server};

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Right,

    Wrong,
    Dead,
}

impl Asked {
    const fn result(self) -> &'static str {
        match self {
            Self::Right => "accept",
            Self::Wrong | Self::Dead => "reject",
        }
    }
}

/// Ratios to the bare handler: medians over neighbouring slices.
pub struct Pair {
    pub rate: f64,
    pub cpu: f64,
    pub per_second: f64,
    pub cpu_micros: f64,
    pub p50: f64,
    pub p99: f64,
    pub count: usize,
    pub lowest: f64,
    pub highest: f64,
}

const CONNECTIONS: &str = "32";

const SCRIPT: &str = r#"
local logins, secrets, n = {}, {}, 0
for line in io.lines(os.getenv("BENCH_SECRETS")) do
  local login, secret = line:match("([^\t]+)\t(.+)")
  n = n + 1; logins[n] = login; secrets[n] = secret
end
math.randomseed(tonumber(os.getenv("BENCH_SEED")))
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
local random, format = math.random, string.format
-- A member's mail clients are in one network, one check of ten in another, as with a telephone on its way.
local function network(login)
  local hash = random(10) == 1 and 7 or 0
  for at = 1, #login do hash = (hash * 31 + login:byte(at)) % 14548992 end
  return 1 + math.floor(hash / 65536), math.floor(hash / 256) % 256, hash % 256
end
local each, last = os.getenv("BENCH_EACH"), 0
request = function()
  local i = random(n)
  if each then last = last % n + 1; i = last end
  local one, two, three = network(logins[i])
  return wrk.format(nil, "/v1/verify", nil, format(
    '{"login":"%s","password":"%s","protocol":"imap","client_ip":"%d.%d.%d.7"}',
    logins[i], secrets[i], one, two, three))
end
done = function(summary, latency)
  print(format("BENCH %d %d %d %f %f %d", summary.requests, summary.duration, summary.errors.status +
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), 0))
end
"#;

/// What a load has seen of a server in a second or so.
#[derive(Clone, Copy)]
pub struct Slice {
    rate: f64,
    cpu_micros: f64,
    p50: f64,
    p99: f64,
}

/// wrk on core 1, one thread.
pub fn wrk(script: &Path, address: SocketAddr, seconds: u64) -> Command {
    let mut wrk = Command::new("taskset");
    wrk.args(["-c", "1", "wrk", "-t1", "-c", CONNECTIONS, "-d", &format!("{seconds}s"), "-s"])
        .arg(script)
        .arg(format!("http://{address}"));
    wrk
}

/// Runs a load to its end. It prints `BENCH` with requests, microseconds, failures and the 50th and 99th percentile
/// of the answers' times in microseconds; `cpu` tells the CPU time of the server, in seconds.
pub fn timed(load: &mut Command, cpu: impl Fn() -> f64) -> Slice {
    let before = cpu();
    let output = load.output().unwrap();
    let spent = cpu() - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("BENCH "));
    let line =
        line.unwrap_or_else(|| panic!("the load said {text}{}", String::from_utf8_lossy(&output.stderr)));
    let numbers: Vec<f64> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    // Of thousands of wrong guesses a second at few members some find the throttle full.
    assert!(
        numbers[2] <= numbers[0] / 100.0,
        "{} requests were not answered as expected: {text}",
        numbers[2]
    );
    let (requests, micros) = (numbers[0], numbers[1]);
    Slice {
        rate: requests / (micros / 1e6),
        cpu_micros: spent * 1e6 / requests,
        p50: numbers[3],
        p99: numbers[4],
    }
}

/// Asks for so long about secrets that are chosen by chance.
pub fn slice(server: &Server, data: &Data, secrets: &Path, seconds: u64, seed: usize) -> Slice {
    timed(&mut asking(server, data, secrets, seconds, seed), || server.cpu_seconds())
}

/// Asks for so long about one after the other.
pub fn slice_of_each(server: &Server, data: &Data, secrets: &Path, seconds: u64) -> Slice {
    let mut wrk = asking(server, data, secrets, seconds, 0);
    timed(wrk.env("BENCH_EACH", "1"), || server.cpu_seconds())
}

/// A slice and the writing of what it has left to write: whoever lists the keys waits for that.
pub fn with_writing(server: &Server, data: &Data, seconds: u64, slice: impl FnOnce() -> Slice) -> Slice {
    let before = server.cpu_seconds();
    let slice = slice();
    let begun = Instant::now();
    let head = format!("GET /v1/service-keys HTTP/1.1\r\nAuthorization: Bearer {}", data.operator_key);
    let answer = exchange(server.address, &head, "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let requests = slice.rate * seconds as f64;
    let cpu_micros = (server.cpu_seconds() - before) * 1e6 / requests;
    Slice { rate: requests / (seconds as f64 + begun.elapsed().as_secs_f64()), cpu_micros, ..slice }
}

fn asking(server: &Server, data: &Data, secrets: &Path, seconds: u64, seed: usize) -> Command {
    let script = data.config.storage.data_dir.join("load.lua");
    fs::write(&script, SCRIPT).unwrap();
    let mut wrk = wrk(&script, server.address, seconds);
    wrk.env("BENCH_SECRETS", secrets)
        .env("BENCH_SEED", seed.to_string())
        .env("BENCH_KEY", &data.mail_server_key);
    wrk
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Pair {
    /// Of slices of the bare handler and of what is measured, taken in turn.
    pub fn of(slices: &[(Slice, Slice)]) -> Self {
        let all = |value: fn(&(Slice, Slice)) -> f64| slices.iter().map(value).collect::<Vec<f64>>();
        let rates = all(|(bare, ours)| ours.rate / bare.rate);
        Self {
            lowest: rates.iter().copied().fold(f64::INFINITY, f64::min),
            highest: rates.iter().copied().fold(0.0, f64::max),
            rate: median(rates),
            cpu: median(all(|(bare, ours)| ours.cpu_micros / bare.cpu_micros)),
            per_second: median(all(|(_, ours)| ours.rate)),
            cpu_micros: median(all(|(_, ours)| ours.cpu_micros)),
            p50: median(all(|(_, ours)| ours.p50)),
            p99: median(all(|(_, ours)| ours.p99)),
            count: slices.len(),
        }
    }
}

/// One request, for what is not measured.
pub fn exchange(address: SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request =
        format!("{head}\r\nHost: bench\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// How many checks ended so, says the server itself.
pub fn counted(server: &Server, result: &str) -> f64 {
    let head = format!("GET /metrics HTTP/1.1\r\nAuthorization: Bearer {}", server.operator_key);
    let metrics = exchange(server.address, &head, "");
    let wanted = format!("result=\"{result}\"");
    let lines = metrics.lines().filter(|line| line.contains("checks_total{") && line.contains(&wanted));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// What is committed beside the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits {
    None,
    /// Service keys made.
    Keys,
    /// Client passwords revoked that nobody asks about.
    Revocations,
}

const COMMITS_PER_SECOND: u32 = 200;

/// Commits changes until told to stop, each over a connection of its own.
fn commit(server: &Server, data: &Data, commits: Commits, over: &AtomicBool) {
    let authorized = format!("Authorization: Bearer {}", data.operator_key);
    let made = format!("POST /v1/service-keys HTTP/1.1\r\n{authorized}\r\nContent-Type: application/json");
    let revoked = |id: Uuid| format!("DELETE /v1/client-passwords/{id} HTTP/1.1\r\n{authorized}");
    let step = Duration::from_secs(1) / COMMITS_PER_SECOND;
    let (mut next, mut spare) = (Instant::now(), data.spare.iter());
    while !over.load(Ordering::Relaxed) {
        let (head, body, expected) = match commits {
            Commits::None => return,
            Commits::Keys => (made.clone(), r#"{"role":"mail_server","label":"bench"}"#, "201"),
            Commits::Revocations => (revoked(*spare.next().expect("enough of them")), "", "204"),
        };
        let answer = exchange(server.address, &head, body);
        assert!(answer.split(' ').nth(1) == Some(expected), "{answer}");
        next += step;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// Measures in turn; gives the medians of the ratios.
pub fn pairs(
    count: usize,
    seconds: u64,
    bare: &Server,
    server: &Server,
    data: &Data,
    asked: Asked,
    commits: Commits,
) -> Pair {
    let secrets = match asked {
        Asked::Right => &data.right,
        Asked::Wrong => &data.wrong,
        Asked::Dead => &data.dead,
    };
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| commit(server, data, commits, &over));
        // One to warm up.
        slice(server, data, secrets, seconds, 0);
        server::pin_backends();
        let before = (counted(server, asked.result()), counted(server, ""));
        let mut slices = Vec::new();
        for seed in 1..=count {
            slices.push((
                slice(bare, data, secrets, seconds, seed),
                slice(server, data, secrets, seconds, seed),
            ));
        }
        let after = counted(server, asked.result());
        over.store(true, Ordering::Relaxed);
        let expected: f64 = slices.iter().map(|(_, ours)| ours.rate * seconds as f64).sum();
        assert!(after - before.0 > expected * 0.9, "not every check was a {}", asked.result());
        Pair::of(&slices)
    })
}
