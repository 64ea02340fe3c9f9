//! The two servers, each a process of its own on core 0.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use clientpass::app::{self, Environment};
use clientpass::config::Config;
use clientpass::telemetry;
use serde::Deserialize;

use super::data::Data;

/// What this process is to be, if it is not the one that measures.
pub const ROLE: &str = "CLIENTPASS_BENCH_ROLE";
const CONFIG: &str = "CLIENTPASS_BENCH_CONFIG";
const ADDRESS: &str = "CLIENTPASS_BENCH_ADDRESS";

/// A server that answers.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    /// Reads its metrics.
    pub operator_key: String,
}

impl Server {
    /// Parses the body of a check and answers a constant.
    pub fn bare(folder: &Path) -> Self {
        Self::start(&this_program(), "bare", "", &folder.join("bare-address"), "0")
    }

    /// The service with everything on, its refusals held back for so long; on both cores.
    pub fn refusing(data: &Data, floor: u64) -> Self {
        Self::serving(&this_program(), data, "info,actix_server=warn", floor, "0,1", "")
    }

    /// The service with everything on, refusals at once.
    pub fn clientpass(data: &Data, log: &str) -> Self {
        Self::with_doors(data, log, "")
    }

    /// The same with doors, as the sections of a configuration.
    pub fn with_doors(data: &Data, log: &str, doors: &str) -> Self {
        Self::serving(&this_program(), data, log, 0, "0", doors)
    }

    /// The service with everything on, on these cores.
    #[allow(dead_code, reason = "only some benchmarks choose")]
    pub fn with_cores(data: &Data, log: &str, cores: &str) -> Self {
        Self::serving(&this_program(), data, log, 0, cores, "")
    }

    /// The service as another build of this bench has it.
    pub fn of_program(program: &Path, data: &Data, settings_of_storage: &str) -> Self {
        Self::serving(program, data, "info,actix_server=warn", 0, "0", settings_of_storage)
    }

    fn serving(program: &Path, data: &Data, log: &str, floor: u64, cores: &str, doors: &str) -> Self {
        let storage = &data.config.storage;
        let url = storage.database_url.as_ref().map(|url| format!("database_url = {:?}\n", url.0));
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\nworkers = 1\n[limits]\nkey_changes = 1000000000\n[verify]\nrefusal_floor_ms = {floor}\n\
             [log]\nlevel = {log:?}\n[storage]\ndata_dir = {:?}\n{}{doors}",
            storage.data_dir.display().to_string(),
            url.unwrap_or_default()
        );
        let mut server =
            Self::start(program, "clientpass", &config, &storage.data_dir.join("address"), cores);
        server.operator_key.clone_from(&data.operator_key);
        server
    }

    fn start(program: &Path, role: &str, config: &str, address: &Path, cores: &str) -> Self {
        drop(fs::remove_file(address));
        let process = Command::new("taskset")
            .args(["-c", cores])
            .arg(program)
            .envs([(ROLE, role), (CONFIG, config), (ADDRESS, address.to_str().unwrap())])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = (0..300).find_map(|_| {
            std::thread::sleep(Duration::from_millis(100));
            fs::read_to_string(address).ok()?.parse().ok()
        });
        let address = address.expect("the server did not start");
        Self { process, address, operator_key: String::new() }
    }

    /// CPU time of all its threads, in seconds; with those of the database's, if it has one beside it.
    pub fn cpu_seconds(&self) -> f64 {
        let backends = backends();
        std::iter::once(self.process.id()).chain(backends).map(cpu_of).sum()
    }

    /// Anonymous memory.
    pub fn anonymous_kilobytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// CPU time of all threads of a process, in seconds.
pub fn cpu_of(process: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return 0.0 };
    let nanos = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e9
}

/// Backends of PostgreSQL that work for clientpass: their command lines say idle or busy, and of which database.
fn backends() -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let found = processes.filter_map(|entry| {
        let path: PathBuf = entry.ok()?.path();
        let line = fs::read_to_string(path.join("cmdline")).ok()?;
        let ours = line.starts_with("postgres: ") && line.contains(" bench ");
        ours.then(|| path.file_name()?.to_str()?.parse().ok())?
    });
    found.collect()
}

/// Puts the backends of the database on the core of the servers.
pub fn pin_backends() {
    for backend in backends() {
        let pinned = Command::new("taskset").args(["-a", "-p", "-c", "0", &backend.to_string()]).output();
        drop(pinned);
    }
}

#[derive(Deserialize)]
struct Body {
    login: String,
    password: String,
    protocol: String,
    client_ip: Option<String>,
}

async fn constant(body: web::Json<Body>) -> HttpResponse {
    let Body { login, password, protocol, client_ip } = body.into_inner();
    std::hint::black_box((login, password, protocol, client_ip));
    HttpResponse::Ok().content_type("application/json").body(
        r#"{"result":"accept","via":"client_password","login":"m1@example.org","organization_id":"01a20244-e800-7000-bf71-0ac088db3336","member_id":"01a20244-e800-7000-bf71-0ac088db3336","client_password_id":"01a20244-e800-7000-bf71-0ac088db3336","label":"Phone"}"#,
    )
}

/// Serves until it is killed.
pub fn run(role: &str) {
    let told = |address: SocketAddr| {
        let path = std::env::var(ADDRESS).unwrap();
        let unfinished = format!("{path}.new");
        fs::write(&unfinished, address.to_string()).unwrap();
        fs::rename(unfinished, path).unwrap();
    };
    actix_web::rt::System::new().block_on(async {
        if role == "bare" {
            let server = HttpServer::new(|| App::new().route("/v1/verify", web::post().to(constant)))
                .workers(1)
                .bind("127.0.0.1:0")
                .unwrap();
            told(server.addrs()[0]);
            return server.run().await.unwrap();
        }
        let config: Config = toml::from_str(&std::env::var(CONFIG).unwrap()).unwrap();
        telemetry::start_logging(config.log.format, &config.log.level).unwrap();
        let running = app::start(&config, &Environment::system()).await.unwrap();
        told(running.address);
        running.run().await.unwrap();
    });
}
