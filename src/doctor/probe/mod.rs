//! What is seen of clientpass itself, from the outside and without changing anything.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::clientpass::{Facts, File, Listening, Serving};
use crate::config::{Config, Storage};

mod files;
pub mod programs;
mod service;
pub mod sockets;

use files::file;

/// Whoever does not answer by then does not answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// Looks at everything.
pub async fn look(config: &Config) -> Facts {
    let storage = &config.storage;
    let asked = timeout(ANSWER_TIMEOUT, service::serving(config)).await.ok().and_then(Result::ok);

    let (serving, unready) = asked.map_or((None, None), |examined| {
        let dumps_core = dumps_core(examined.pid);
        (
            Some(Serving {
                dumps_core,
                ahead_seconds: examined.ahead_seconds,
                without_address: examined.without_address,
                untrusted_proxies: examined.untrusted_proxies,
            }),
            examined.not_ready,
        )
    });

    Facts {
        folder: file(&storage.data_dir),
        files: files(storage),
        keyring_beside_database: storage.database_url.is_none() && keyring_is_in_data_dir(storage),
        listening: listening(config),
        tls_fault: service::check_tls(config).err().map(|error| error.to_string()),
        unreachable: if serving.is_some() { unready.or(unreachable(config).await) } else { None },
        serving,
        database: service::database(config).await,
        sockets: sockets::sockets(config),
        open_doors: sockets::open(config),
        clock_synchronized: clock_synchronized(),
    }
}

/// What is in the data directory, and the keyring.
fn files(storage: &Storage) -> Vec<File> {
    let inside = fs::read_dir(&storage.data_dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = inside.chain([storage.keyring_path()]).collect();
    paths.sort();
    paths.dedup();
    paths.iter().filter_map(|path| file(path)).collect()
}

fn keyring_is_in_data_dir(storage: &Storage) -> bool {
    let keyring = fs::canonicalize(storage.keyring_path());
    let folder = fs::canonicalize(&storage.data_dir);
    keyring.is_ok_and(|keyring| folder.is_ok_and(|folder| keyring.starts_with(folder)))
}

fn listening(config: &Config) -> Listening {
    let server = &config.server;
    Listening {
        address: server.listen.to_string(),
        remote: !server.listen.ip().is_loopback(),
        tls: server.tls_certificate.is_some() && server.tls_key.is_some(),
        allowed_without_tls: server.allow_remote_without_tls,
    }
}

/// Whether a process may leave a core dump, if that can be seen.
fn dumps_core(pid: u32) -> Option<bool> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size"))?;
    Some(limit.split_whitespace().next()? != "0")
}

/// Why nobody is there at the configured address. With TLS only the connection is tried.
async fn unreachable(config: &Config) -> Option<String> {
    let address = nearby(config.server.listen);
    let ask = async {
        let mut stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;

        if config.server.tls_certificate.is_some() {
            return Ok(());
        }

        let question = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await.map_err(|error| error.to_string())?;

        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.map_err(|error| error.to_string())?;
        if &answer == b"HTTP/1.1 200" { Ok(()) } else { Err("somebody else answers there".into()) }
    };

    timeout(ANSWER_TIMEOUT, ask).await.unwrap_or_else(|_| Err("no answer within 3 s".into())).err()
}

/// Where this machine reaches an address that is all of its own.
fn nearby(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    listen
}

/// What systemd says, where there is one.
fn clock_synchronized() -> Option<bool> {
    let output =
        Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output().ok()?;
    match String::from_utf8_lossy(&output.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
