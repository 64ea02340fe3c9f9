//! How fast a check is through each door, beside Dovecot that reads a passwd-file and slapd, in one run.
//!
//! All servers run on core 0, their load on core 1. Each line is measured in turn with a bare actix-web handler
//! that parses the body of `/v1/verify` and answers a constant; the ratios printed are medians of neighbouring
//! slices, so that a machine shared with others does not matter. Everybody is asked about the same logins with
//! their right passwords; clientpass holds 100,000, the others only those that are asked about.
//!
//! ```text
//! cargo bench --bench doors                       some three minutes; wrk and taskset are needed, as root
//! cargo bench --bench doors -- --quick            half of it, less sure
//! ```
//!
//! A peer that is not installed is left out. The picture is written to `target/doors.svg`.

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

mod clients;
mod http;
mod peers;
#[path = "../verify"]
mod verify {
    //! What is the same as in the benchmark of `/v1/verify`.
    #![allow(dead_code, reason = "not all of it is needed here")]
    pub mod data;
    pub mod load;
    pub mod picture;
    pub mod server;
}

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clients::Client;
use http::Door;
use peers::Scheme;
use verify::data::{self, Data};
use verify::load::{self, Pair, Slice};
use verify::picture::{self, Bar};
use verify::server::{self, Server};

/// Client passwords that clientpass holds.
const ROWS: usize = 100_000;
const SECONDS: u64 = 1;
/// Users of a slow hash: Dovecot forgets nothing of them in a slice.
const FEW: usize = 200;
const DEEP: usize = 32;
const DEEP_SLOW: usize = 8;
const LDAP_CONNECTIONS: usize = 8;

/// What the lines have in common, and what they have said.
struct Bench {
    folder: PathBuf,
    script: PathBuf,
    rest: PathBuf,
    pairs: usize,
    bare: Server,
    bars: Vec<Bar>,
}

fn main() {
    if let Ok(role) = std::env::var(server::ROLE) {
        return server::run(&role);
    }
    if let Ok(role) = std::env::var(clients::ROLE) {
        return clients::run(&role);
    }
    for program in ["wrk", "taskset"] {
        assert!(data::has(program), "{program} is needed: apt-get install wrk util-linux");
    }
    let folder = tempfile::tempdir().unwrap();
    // Dovecot's own users pass through here.
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let data = Data::sqlite(&folder.path().join("clientpass"), ROWS, 1);
    let mut bench = Bench {
        script: http::script(folder.path()),
        rest: Door::Rest.write(folder.path(), &data.right, &data.mail_server_key),
        pairs: if std::env::args().any(|argument| argument == "--quick") { 3 } else { 7 },
        bare: Server::bare(folder.path()),
        folder: folder.path().to_path_buf(),
        bars: Vec::new(),
    };
    println!(
        "{:<44} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "", "checks/s", "us CPU", "rate", "CPU", "p50 us", "p99 us"
    );
    println!("{:<44} {:>9} {:>9} {:>8} {:>8}", "", "", "", "of bare", "of bare");
    bench.doors(&data);
    bench.dovecot(&data.right);
    bench.slapd(&data.right);
    let picture = Path::new("target/doors.svg");
    fs::create_dir_all("target").unwrap();
    fs::write(picture, picture::draw("checks per second, of a bare handler", &bench.bars)).unwrap();
    println!("\npicture: {}", picture.display());
}

impl Bench {
    /// All doors of one clientpass.
    fn doors(&mut self, data: &Data) {
        let socket = self.folder.join("dovecot");
        let [forward_auth, nginx_mail, oauth2, ldap] = [(); 4].map(|()| peers::free_address());
        let doors = format!(
            "[doors.forward_auth]\nlisten = \"{forward_auth}\"\n[doors.oauth2]\nlisten = \"{oauth2}\"\n\
             [doors.ldap]\nlisten = \"{ldap}\"\n[doors.dovecot]\nlisten = \"unix:{}\"\n\
             [doors.nginx_mail]\nlisten = \"{nginx_mail}\"\n\
             [[doors.nginx_mail.routes]]\nprotocol = \"imap\"\nserver = \"127.0.0.1\"\nport = 143\n",
            socket.display()
        );
        let server = Server::with_doors(data, "info,actix_server=warn", &doors);
        for (name, door, address) in [
            ("REST /v1/verify", Door::Rest, server.address),
            ("forward_auth", Door::ForwardAuth, forward_auth),
            ("nginx_mail", Door::NginxMail, nginx_mail),
            ("oauth2", Door::OAuth2, oauth2),
        ] {
            let requests = door.write(&self.folder, &data.right, &data.mail_server_key);
            let script = self.script.clone();
            self.door(name, &server, |seed| replay(&script, &requests, address, seed));
        }
        let secrets = data.right.display().to_string();
        let dovecot =
            Client { role: "dovecot", target: socket.display().to_string(), secrets, at_once: DEEP };
        self.door("dovecot, 32 deep", &server, |seed| dovecot.command(SECONDS, seed));
        let ldap = Client { role: "ldap", target: ldap.to_string(), at_once: LDAP_CONNECTIONS, ..dovecot };
        self.door("ldap, 8 connections", &server, |seed| ldap.command(SECONDS, seed));
    }

    fn dovecot(&mut self, sample: &Path) {
        if !data::has("dovecot") {
            return println!("Dovecot is not installed (Debian: dovecot-core)");
        }
        let few = self.folder.join("few.txt");
        let text = fs::read_to_string(sample).unwrap();
        fs::write(&few, text.split_inclusive('\n').take(FEW).collect::<String>()).unwrap();
        for (name, scheme, cache) in [
            ("Dovecot, SHA256, no cache, 32 deep", Scheme::Sha256, "0"),
            ("Dovecot, SHA256, cache, 32 deep", Scheme::Sha256, "10M"),
            ("Dovecot, SHA512-CRYPT, no cache, 8 deep", Scheme::Sha512Crypt, "0"),
            ("Dovecot, SHA512-CRYPT, cache, 8 deep", Scheme::Sha512Crypt, "10M"),
        ] {
            let (sample, at_once) = match scheme {
                Scheme::Sha256 => (sample, DEEP),
                Scheme::Sha512Crypt => (few.as_path(), DEEP_SLOW),
            };
            let folder = self.folder.join(format!("{scheme:?}-{cache}"));
            match peers::dovecot(&folder, sample, scheme, cache) {
                Ok((peer, socket)) => {
                    let (target, secrets) = (socket.display().to_string(), sample.display().to_string());
                    let client = Client { role: "dovecot", target, secrets, at_once };
                    self.line(name, || peer.cpu_seconds(), |seed| client.command(SECONDS, seed));
                }
                Err(why) => println!("{name}: left out. {why}"),
            }
        }
    }

    fn slapd(&mut self, sample: &Path) {
        let name = "slapd, mdb, SSHA, 8 connections";
        if !data::has("slapd") {
            return println!("slapd is not installed (Debian: slapd)");
        }
        match peers::slapd(&self.folder.join("slapd"), sample) {
            Ok((peer, address)) => {
                let (target, secrets) = (address.to_string(), sample.display().to_string());
                let client = Client { role: "ldap", target, secrets, at_once: LDAP_CONNECTIONS };
                self.line(name, || peer.cpu_seconds(), |seed| client.command(SECONDS, seed));
            }
            Err(why) => println!("{name}: left out. {why}"),
        }
    }

    /// A line about clientpass, which must itself have counted that it let in whoever was asked about.
    fn door(&mut self, name: &str, server: &Server, load: impl Fn(usize) -> Command) {
        let before = load::counted(server, "accept");
        let pair = self.line(&format!("clientpass, {name}"), || server.cpu_seconds(), load);
        let counted = load::counted(server, "accept") - before;
        let expected = pair.per_second * (SECONDS as usize * pair.count) as f64;
        assert!(counted > expected * 0.8, "{name}: {counted} were let in, not {expected}");
    }

    /// Measures in turn and prints.
    fn line(&mut self, name: &str, cpu: impl Fn() -> f64, load: impl Fn(usize) -> Command) -> Pair {
        // One to warm up.
        load::timed(&mut load(0), &cpu);
        let bare = |seed| {
            let mut wrk = replay(&self.script, &self.rest, self.bare.address, seed);
            load::timed(&mut wrk, || self.bare.cpu_seconds())
        };
        let slices: Vec<(Slice, Slice)> =
            (1..=self.pairs).map(|seed| (bare(seed), load::timed(&mut load(seed), &cpu))).collect();
        let pair = Pair::of(&slices);
        println!(
            "{name:<44} {:>9.0} {:>9.1} {:>8.3} {:>8.2} {:>8.0} {:>8.0}   ({} pairs, rates {:.3}..{:.3})",
            pair.per_second,
            pair.cpu_micros,
            pair.rate,
            pair.cpu,
            pair.p50,
            pair.p99,
            pair.count,
            pair.lowest,
            pair.highest
        );
        self.bars.push(Bar { name: name.to_owned(), value: pair.rate });
        pair
    }
}

/// wrk with these requests.
fn replay(script: &Path, requests: &Path, address: std::net::SocketAddr, seed: usize) -> Command {
    let mut wrk = load::wrk(script, address, SECONDS);
    wrk.env("BENCH_REQUESTS", requests).env("BENCH_SEED", seed.to_string());
    wrk
}
