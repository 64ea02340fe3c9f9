//! PostgreSQL over TCP with TLS: its certificate is checked, and the password is bound to the channel.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::support::clientpass::Ran;
use crate::support::postgres::{self, Server};
use crate::support::{free_port, runnable};

/// A server that takes nothing but TLS and SCRAM, with a certificate for `localhost` from an authority of its own.
struct Guarded {
    server: Server,
    port: u16,
}

impl Guarded {
    fn start() -> Self {
        let port = free_port();
        let server = Server::start(&format!("port = {port}\npassword_encryption = 'scram-sha-256'"));
        let authority = {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
        };
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        fs::write(server.path("ca.pem"), authority.pem()).unwrap();
        fs::write(server.path("other.pem"), KeyPairPem::other()).unwrap();
        server.sql_on(port, "postgres", "CREATE ROLE mail LOGIN PASSWORD 'pg-secret' CREATEDB");
        server.sql_on(
            port,
            "postgres",
            "CREATE DATABASE clientpass OWNER mail TEMPLATE template0 ENCODING 'UTF8'",
        );
        let data = |name: &str| server.path(&format!("data/{name}"));
        fs::write(data("server.crt"), certificate.pem()).unwrap();
        fs::write(data("server.key"), key.serialize_pem()).unwrap();
        fs::set_permissions(data("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
        drop(Command::new("chown").args(["--reference", &data("PG_VERSION"), &data("server.key")]).status());
        fs::write(
            data("pg_hba.conf"),
            "local all postgres trust\nhostssl all mail 127.0.0.1/32 scram-sha-256\n",
        )
        .unwrap();
        let own = fs::read_to_string(data("postgresql.conf")).unwrap();
        fs::write(data("postgresql.conf"), own + "\nlisten_addresses = '127.0.0.1'\nssl = on\n").unwrap();
        server.again();
        Self { server, port }
    }

    fn url(&self, more: &str) -> String {
        format!("postgres://mail:pg-secret@localhost:{}/clientpass?{more}", self.port)
    }

    /// Makes an installation there, or does not.
    fn init(&self, url: &str, authority: &str) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        fs::write(&config, format!("[storage]\ndatabase_ca = {:?}\n", self.server.path(authority))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
        command.env_clear().arg("--config").arg(&config).arg("--data-dir").arg(folder.path().join("data"));
        command.env("CLIENTPASS_DATABASE_URL", url);
        command.args(["init", "--organization", "Example", "--domain", "example.org"]);
        Ran::of(command.args(["--owner", "owner@example.org"]))
    }
}

struct KeyPairPem;

impl KeyPairPem {
    /// An authority that has nothing to do with the server.
    fn other() -> String {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    }
}

#[test]
fn its_certificate_is_checked_and_the_password_is_bound_to_the_channel() {
    if !runnable(postgres::missing()) {
        return;
    }
    let guarded = Guarded::start();
    // Another authority, and another name than the certificate's.
    let strange = guarded.init(&guarded.url("sslmode=require"), "other.pem");
    strange.refused(&["certificate"]);
    let elsewhere = guarded.url("sslmode=require").replace("localhost", "127.0.0.1");
    guarded.init(&elsewhere, "ca.pem").refused(&["certificate"]);
    // Without TLS the server refuses; nothing falls back.
    guarded.init(&guarded.url("sslmode=disable"), "ca.pem").refused(&["pg_hba.conf"]);
    let wrong = guarded.url("sslmode=require").replace("pg-secret", "wrong");
    let wrong = guarded.init(&wrong, "ca.pem");
    wrong.refused(&["password authentication failed"]);
    for told in [&strange, &wrong] {
        assert!(!told.complained.contains("pg-secret") && !told.printed.contains("pg-secret"));
    }
    let made = guarded.init(&guarded.url("sslmode=verify-full&channel_binding=require"), "ca.pem").json();
    assert!(made["operator_key"].is_string());
    // There is an organization now; a second node with another keyring is turned away.
    let second = guarded.init(&guarded.url("sslmode=require"), "ca.pem");
    second.refused(&["keyring"]);
}

#[test]
fn a_database_that_only_reads_is_refused() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = Server::start("default_transaction_read_only = on");
    let (url, folder) = (server.url("postgres"), tempfile::tempdir().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
    command.env_clear().arg("--data-dir").arg(folder.path().join("data")).args(["--database-url", &url]);
    command.args(["init", "--organization", "Example", "--domain", "example.org"]);
    Ran::of(command.args(["--owner", "owner@example.org"])).refused(&["does not allow writes"]);
}
