//! An installation with as many client passwords as are wished for, and a sample of their secrets.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clientpass::app::{self, Environment};
use clientpass::config::{Config, DatabaseUrl};
use clientpass::domain::secret::{CanonicalSecret, Secret};
use clientpass::keyring::Keyring;
use clientpass::service::setup::SetupRequest;
use futures_util::SinkExt as _;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Secrets that are asked about.
const SAMPLE: usize = 20_000;
/// The same where next to none is asked about twice.
const SPREAD: usize = 500_000;
/// One in so many client passwords is dead.
const DEAD: usize = 50;

/// An installation.
#[derive(Serialize, Deserialize)]
pub struct Data {
    #[serde(skip)]
    pub config: Config,
    pub mail_server_key: String,
    pub operator_key: String,
    /// Logins with their live secrets, with well-formed wrong ones, and with dead ones.
    pub right: PathBuf,
    pub wrong: PathBuf,
    pub dead: PathBuf,
    /// As many live ones as there are, up to half a million: hardly one is asked about twice.
    pub spread: PathBuf,
    /// Live ones of which no secret is asked about.
    pub spare: Vec<Uuid>,
    /// Of its one organization. A build from before it was needed does not tell it.
    #[serde(default)]
    pub organization: Uuid,
}

/// Whether a program is installed.
pub fn has(program: &str) -> bool {
    std::process::Command::new("which").arg(program).output().is_ok_and(|found| found.status.success())
}

/// Xorshift: the same secrets in every run.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn secret(&mut self) -> CanonicalSecret {
        let mut fill = |bytes: &mut [u8]| {
            for byte in bytes {
                *byte = self.next().to_le_bytes()[3];
            }
            Ok::<(), Infallible>(())
        };
        CanonicalSecret::generate(&mut fill).unwrap()
    }
}

/// The member of this number.
pub fn member_id(number: usize) -> Uuid {
    Uuid::from_u128((1 << 120) + number as u128)
}

/// A client password on its way into the database.
struct Row {
    verifier: [u8; 32],
    pepper: i64,
    id: Uuid,
    member: Uuid,
    dead: bool,
}

struct Filled {
    organization: Uuid,
    members: Vec<(Uuid, String)>,
    rows: Vec<Row>,
}

impl Data {
    /// On SQLite in `folder`.
    pub fn sqlite(folder: &Path, rows: usize, per_member: usize) -> Self {
        let mut config = Config::default();
        config.storage.data_dir = folder.to_path_buf();
        let mut data = Self::installed(config);
        let filled = data.fill(rows, per_member);
        insert(&Connection::open(folder.join("clientpass.sqlite")).unwrap(), &filled);
        data
    }

    /// On an empty PostgreSQL database.
    pub fn postgres(folder: &Path, url: &str, rows: usize, per_member: usize) -> Self {
        let mut config = Config::default();
        config.storage.data_dir = folder.to_path_buf();
        config.storage.database_url = Some(DatabaseUrl(url.to_owned()));
        let mut data = Self::installed(config);
        let filled = data.fill(rows, per_member);
        actix_web::rt::System::new().block_on(copy(url, &filled));
        data
    }

    fn installed(mut config: Config) -> Self {
        config.server.workers = Some(1);
        config.verify.refusal_floor_ms = 0;
        let made = actix_web::rt::System::new().block_on(async {
            let opened = app::open(&config, &Environment::system()).await.unwrap();
            let password = Secret::new("correct horse battery staple".into());
            let request = SetupRequest {
                organization: "Bench",
                domain: "example.org",
                owner: "owner@example.org",
                password: &password,
            };
            opened.services.setup.initialize(&request).await.unwrap()
        });
        let file = |name: &str| config.storage.data_dir.join(name);
        Self {
            mail_server_key: made.mail_server_key.expose().to_owned(),
            operator_key: made.operator_key.expose().to_owned(),
            right: file("right.txt"),
            wrong: file("wrong.txt"),
            dead: file("dead.txt"),
            spread: file("spread.txt"),
            spare: Vec::new(),
            organization: Uuid::nil(),
            config,
        }
    }

    fn fill(&mut self, rows: usize, per_member: usize) -> Filled {
        let keyring = Keyring::load(&self.config.storage.keyring_path()).unwrap();
        let mut random = Seeded(0x9e37_79b9_7f4a_7c15);
        let mut members: Vec<(Uuid, String)> = Vec::new();
        let (mut right, mut wrong, mut dead) = (Vec::new(), Vec::new(), Vec::new());
        let mut all: Vec<Row> = Vec::with_capacity(rows);
        for at in 0..rows {
            if at % per_member == 0 {
                let id = member_id(members.len());
                members.push((id, format!("m{}@example.org", members.len())));
            }
            let secret = random.secret();
            let (pepper, verifier) = keyring.verifier(secret.letters());
            let (member, login) = members.last().unwrap();
            let is_dead = at % DEAD == 7;
            let line = |secret: &CanonicalSecret| format!("{login}\t{}\n", secret.grouped().expose());
            if is_dead {
                dead.push(line(&secret));
            } else {
                right.push(line(&secret));
                wrong.push(line(&random.secret()));
            }
            let id = Uuid::from_u128((2 << 120) + at as u128);
            all.push(Row { verifier, pepper, id, member: *member, dead: is_dead });
        }
        let samples = [
            (&self.right, &right, SAMPLE),
            (&self.wrong, &wrong, SAMPLE),
            (&self.dead, &dead, SAMPLE),
            (&self.spread, &right, SPREAD),
        ];
        for (path, lines, size) in samples {
            let step = lines.len().div_ceil(size).max(1);
            let sample: String = lines.iter().step_by(step).map(String::as_str).collect();
            std::fs::write(path, sample).unwrap();
        }
        let step = right.len().div_ceil(SAMPLE).max(1);
        let living = all.iter().filter(|row| !row.dead).enumerate();
        self.spare = living.filter(|(at, _)| at % step == 1).map(|(_, row)| row.id).collect();
        self.organization = self.made_organization();
        Filled { organization: self.organization, members, rows: all }
    }

    /// Rows hang on the organization that `init` has made; the owner tells which.
    fn made_organization(&self) -> Uuid {
        let sql = "SELECT id FROM organizations";
        let bytes: Vec<u8> = match &self.config.storage.database_url {
            None => self.sqlite_database().query_row(sql, [], |row| row.get(0)).unwrap(),
            Some(url) => actix_web::rt::System::new()
                .block_on(async { connect(&url.0).await.query_one(sql, &[]).await.unwrap().get(0) }),
        };
        Uuid::from_slice(&bytes).unwrap()
    }

    /// Changes what has been filled in.
    #[allow(dead_code, reason = "only some benchmarks do")]
    pub fn execute(&self, sql: &str) {
        match &self.config.storage.database_url {
            None => self.sqlite_database().execute_batch(sql).unwrap(),
            Some(url) => actix_web::rt::System::new().block_on(async {
                let client = connect(&url.0).await;
                client.batch_execute(sql).await.unwrap();
                client.batch_execute("VACUUM ANALYZE").await.unwrap();
            }),
        }
    }

    fn sqlite_database(&self) -> Connection {
        Connection::open(self.config.storage.database_path()).unwrap()
    }
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    actix_web::rt::spawn(connection);
    client
}

/// When everything was made.
pub const NOW: i64 = 1_795_000_000_000_000;

fn insert(connection: &Connection, filled: &Filled) {
    connection.execute_batch("BEGIN").unwrap();
    let mut member = connection
        .prepare(
            "INSERT INTO members (id, organization_id, login, domain, display_name, role, state, secure_login, created_at) \
             VALUES (?1, ?2, ?3, 'example.org', ?3, 0, 'active', 1, ?4)",
        )
        .unwrap();
    for (id, login) in &filled.members {
        let (id, organization) = (id.as_bytes().as_slice(), filled.organization.as_bytes().as_slice());
        member.execute(rusqlite::params![id, organization, login, NOW]).unwrap();
    }
    let mut password = connection
        .prepare(
            "INSERT INTO client_passwords (verifier, pepper_id, id, member_id, organization_id, label, protocols, \
             networks, member_epoch, organization_epoch, created_at, lineage, ended_at, ended_reason) \
             VALUES (?1, ?2, ?3, ?4, ?5, 'Phone', 511, '', 0, 0, ?6, ?3, ?7, ?8)",
        )
        .unwrap();
    for row in &filled.rows {
        let (ended, reason) = (row.dead.then_some(NOW), row.dead.then_some("revoked_by_member"));
        let organization = filled.organization.as_bytes().as_slice();
        let (id, member) = (row.id.as_bytes().as_slice(), row.member.as_bytes().as_slice());
        let verifier = row.verifier.as_slice();
        let row = rusqlite::params![verifier, row.pepper, id, member, organization, NOW, ended, reason];
        password.execute(row).unwrap();
    }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// Bytes as COPY takes them in text.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("\\\\x".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn copy(url: &str, filled: &Filled) {
    let client = connect(url).await;
    let organization = hex(filled.organization.as_bytes());
    let members = filled.members.iter().map(|(id, login)| {
        format!(
            "{}\t{organization}\t{login}\texample.org\t{login}\t0\tactive\t1\t{NOW}\n",
            hex(id.as_bytes())
        )
    });
    let rows = filled.rows.iter().map(|row| {
        let (id, member) = (hex(row.id.as_bytes()), hex(row.member.as_bytes()));
        let (ended, reason) =
            if row.dead { (NOW.to_string(), "revoked_by_member") } else { ("\\N".into(), "\\N") };
        format!(
            "{}\t{}\t{id}\t{member}\t{organization}\tPhone\t511\t\t0\t0\t{NOW}\t{id}\t{ended}\t{reason}\n",
            hex(&row.verifier),
            row.pepper
        )
    });
    let into_members = "COPY members (id, organization_id, login, domain, display_name, role, state, \
                        secure_login, created_at) FROM STDIN";
    let into_passwords = "COPY client_passwords (verifier, pepper_id, id, member_id, organization_id, label, \
                          protocols, networks, member_epoch, organization_epoch, created_at, lineage, ended_at, \
                          ended_reason) FROM STDIN";
    send(&client, into_members, members).await;
    send(&client, into_passwords, rows).await;
    client.batch_execute("ANALYZE").await.unwrap();
}

async fn send(client: &tokio_postgres::Client, copy: &str, lines: impl Iterator<Item = String>) {
    let sink = client.copy_in::<_, bytes::Bytes>(copy).await.unwrap();
    futures_util::pin_mut!(sink);
    for line in lines {
        sink.feed(bytes::Bytes::from(line)).await.unwrap();
    }
    sink.close().await.unwrap();
}
