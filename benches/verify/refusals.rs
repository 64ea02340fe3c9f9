//! Whether a stranger can tell refusals apart by their time: 10,000 of each of five causes over a socket, in
//! random order; then how well one cause can be told from another, as the area under the curve (0.5: not at all).

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rusqlite::Connection;
use uuid::Uuid;

use super::data::{Data, Seeded};
use super::server::Server;

const CAUSES: [&str; 5] = [
    "unknown login",
    "wrong client password",
    "wrong string, secure login on",
    "wrong account password",
    "suspended member",
];
const MEMBERS: u64 = 1_000;
const CONNECTIONS: u64 = 8;
/// No cause can be told from another better than this.
const BOUND: f64 = 0.02;

/// Asks so often about each cause; prints what the times say. `false` if they say too much.
pub fn measure(folder: &Path, samples: usize) -> bool {
    let data = Data::sqlite(&folder.join("refusals"), 25_000, 25);
    add_members(&data);
    let server = Server::refusing(&data, 50);
    let asked = Arc::new(AtomicUsize::new(0));
    let all = samples * CAUSES.len();
    let threads: Vec<_> = (1..=CONNECTIONS)
        .map(|seed| {
            let (address, key, asked) = (server.address, data.mail_server_key.clone(), Arc::clone(&asked));
            let count = all / usize::try_from(CONNECTIONS).unwrap();
            std::thread::spawn(move || {
                ask(address, &key, seed, count, || {
                    let done = asked.fetch_add(1, Ordering::Relaxed) + 1;
                    if done % (all / 20) == 0 {
                        println!("{done} of {all} asked");
                    }
                })
            })
        })
        .collect();
    let mut times: [Vec<f64>; 5] = Default::default();
    for thread in threads {
        for (cause, micros) in thread.join().unwrap() {
            times[cause].push(micros);
        }
    }
    println!("\nTime of a refusal, ms:");
    for (name, times) in CAUSES.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[(times.len() as f64 * share) as usize] / 1e3;
        println!(
            "  {name:<32} n {:>6}   p1 {:>7.2}   p50 {:>7.2}   p99 {:>7.2}",
            times.len(),
            at(0.01),
            at(0.5),
            at(0.99)
        );
    }
    let mut worst: f64 = 0.0;
    for a in 0..CAUSES.len() {
        for b in 0..a {
            let area = area_under_curve(&times[b], &times[a]);
            worst = worst.max((area - 0.5).abs());
            println!("  {:<32} from {:<32} {area:.4}", CAUSES[a], CAUSES[b]);
        }
    }
    println!("  farthest from 0.5: {worst:.4} (bound {BOUND})");
    worst <= BOUND
}

/// How probable it is that one of `b` took longer than one of `a`. Both are sorted.
fn area_under_curve(a: &[f64], b: &[f64]) -> f64 {
    let (mut below, mut sum) = (0usize, 0.0);
    for value in b {
        while below < a.len() && a[below] < *value {
            below += 1;
        }
        let equal = a[below..].iter().take_while(|other| *other == value).count();
        sum += below as f64 + equal as f64 / 2.0;
    }
    sum / (a.len() as f64 * b.len() as f64)
}

/// Members with an account password, and suspended ones, beside those with secure login on.
fn add_members(data: &Data) {
    let connection = Connection::open(data.config.storage.database_path()).unwrap();
    let add = "INSERT INTO members (id, organization_id, login, domain, display_name, role, state, password_hash, created_at) \
               SELECT ?1, organization_id, ?2, domain, ?2, 0, ?3, password_hash, created_at FROM members \
               WHERE login = 'owner@example.org'";
    connection.execute_batch("BEGIN").unwrap();
    for (kind, (name, state)) in [("local", "active"), ("asleep", "suspended")].into_iter().enumerate() {
        for number in 0..MEMBERS {
            let id = Uuid::from_u128((u128::from(kind as u64 + 5) << 120) + u128::from(number));
            let login = format!("{name}{number}@example.org");
            connection.execute(add, rusqlite::params![id.as_bytes().as_slice(), login, state]).unwrap();
        }
    }
    connection.execute_batch("COMMIT").unwrap();
}

fn ask(address: SocketAddr, key: &str, seed: u64, count: usize, told: impl Fn()) -> Vec<(usize, f64)> {
    let mut random = Seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let cause = usize::try_from(random.next() % 5).unwrap();
        let number = random.next() % MEMBERS;
        let (login, password) = match cause {
            0 => (format!("nobody{number}@example.org"), "not the password".to_owned()),
            1 => (format!("m{number}@example.org"), random.secret().grouped().expose().to_owned()),
            2 => (format!("m{number}@example.org"), "not the password".to_owned()),
            3 => (format!("local{number}@example.org"), "not the password".to_owned()),
            _ => (format!("asleep{number}@example.org"), "not the password".to_owned()),
        };
        let ip = random.next().to_le_bytes();
        let body = format!(
            "{{\"login\":\"{login}\",\"password\":\"{password}\",\"protocol\":\"imap\",\"client_ip\":\"{}.{}.{}.7\"}}",
            ip[0] % 200 + 1,
            ip[1],
            ip[2]
        );
        let request = format!(
            "POST /v1/verify HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: \
             application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let begun = Instant::now();
        (&stream).write_all(request.as_bytes()).unwrap();
        let answer = read_answer(&mut reader);
        times.push((cause, begun.elapsed().as_secs_f64() * 1e6));
        told();
        assert!(answer.ends_with("\"invalid_credentials\"}"), "{answer}");
    }
    times
}

fn read_answer(reader: &mut impl std::io::BufRead) -> String {
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let before = head.len();
        assert!(reader.read_line(&mut head).unwrap() > 0, "the server has closed");
        if let Some(value) = head[before..].to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}
