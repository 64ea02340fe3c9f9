//! What was seen of clientpass: its files, its service, its database, its sockets.

/// What was seen. What could not be looked at is absent.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The data directory; absent if there is none yet.
    pub folder: Option<File>,
    /// What is in it, and the keyring.
    pub files: Vec<File>,
    /// Whether the keyring lies in the folder of the database.
    pub keyring_beside_database: bool,
    /// Files that the configuration names for a secret, and itself where it holds some.
    pub secrets: Vec<SecretFile>,
    /// The user whom the data directory belongs to, as whom the service runs.
    pub owner: Option<User>,
    /// Why the service would not start with the configuration, beside its address and its certificate.
    pub refused: Vec<Refused>,
    /// How the REST API is reached.
    pub listening: Listening,
    /// A block of `trusted_proxies` in which there are strangers.
    pub trusted_strangers: Option<String>,
    /// Why the certificate and its key cannot be used.
    pub tls_fault: Option<String>,
    /// The process that serves, if one does.
    pub serving: Option<Serving>,
    /// Why nobody answers at the configured address; absent if somebody does.
    pub unreachable: Option<String>,
    /// The file of a SQLite database, if it is there.
    pub sqlite: Option<String>,
    /// What is known of a PostgreSQL database.
    pub database: Option<Database>,
    /// Doors that other machines reach without TLS, by their section.
    pub open_doors: Vec<String>,
    /// Doors that other machines reach without a key, by their section.
    pub keyless_doors: Vec<String>,
    /// The unix sockets of doors that are open.
    pub sockets: Vec<Socket>,
    /// Whether the system's clock is kept right by others.
    pub clock_synchronized: Option<bool>,
}

/// A file, and who may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path, as findings print it.
    pub path: String,
    /// The permission bits, without the kind of file.
    pub mode: u32,
    /// The number of the user who owns it.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
}

/// A file with a secret.
#[derive(Clone, Debug)]
pub struct SecretFile {
    /// What it is, as a finding says it.
    pub is: String,
    /// Where it should be.
    pub path: String,
    /// The folders on the way, from the root, and the file at the end; as far as they are there.
    pub way: Vec<File>,
    /// Whether it is the key of a certificate. The service refuses to start where others may use one.
    pub is_key: bool,
}

/// Why the service would not start.
#[derive(Clone, Debug)]
pub struct Refused {
    /// In the words in which the service says it.
    pub why: String,
    /// The settings that it is about.
    pub change: String,
}

/// How the REST API is reached.
#[derive(Clone, Debug, Default)]
pub struct Listening {
    /// Address and port, as the configuration has them.
    pub address: String,
    /// Whether other machines reach it.
    pub remote: bool,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether `allow_remote_without_tls` is set.
    pub allowed_without_tls: bool,
}

/// The process that serves.
#[derive(Clone, Debug, Default)]
pub struct Serving {
    /// Whether it may leave its memory in a core dump.
    pub dumps_core: Option<bool>,
    /// By how much the time it goes by is ahead of the system's clock, in seconds.
    pub ahead_seconds: u64,
    /// Through which doors and keys account passwords are tried without the address of the client.
    pub without_address: Vec<String>,
    /// Peers that name clients in `X-Forwarded-For` and are not trusted.
    pub untrusted_proxies: Vec<String>,
}

/// What PostgreSQL says of itself, or why it does not.
#[derive(Clone, Debug)]
pub enum Database {
    /// There is no answer, for this reason.
    Silent(String),
    /// It has answered, with the parameters that decide what survives a crash.
    Answers(Durability),
}

/// Which engine it is that speaks the protocol of PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Product {
    /// PostgreSQL itself.
    #[default]
    PostgreSql,
    /// CockroachDB.
    CockroachDb,
    /// YugabyteDB.
    YugabyteDb,
    /// Another one, by what it calls itself.
    Other(String),
}

impl Product {
    /// By what its `version()` says.
    pub fn of(version: &str) -> Self {
        let has = |name: &str| version.contains(name);
        if has("CockroachDB") {
            Self::CockroachDb
        } else if has("-YB-") || has("YugabyteDB") {
            Self::YugabyteDb
        } else if version.starts_with("PostgreSQL ") && !has("Redshift") && !has("Greenplum") {
            Self::PostgreSql
        } else {
            let name = version.split([',', '(']).next().unwrap_or_default();
            Self::Other(name.trim().chars().take(60).collect())
        }
    }
}

/// What lies between clientpass and the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    #[default]
    Nothing,
    /// A pooler that keeps one session for each connection.
    Sessions,
    /// A pooler that gives each transaction another session.
    Transactions,
    /// Pgpool-II, which leaves all reads to the primary.
    Pgpool,
    /// Pgpool-II, which answers reads from standbys or from memory.
    PgpoolThatReadsElsewhere,
}

/// How PostgreSQL keeps what it has acknowledged.
#[derive(Clone, Debug, Default)]
pub struct Durability {
    /// Whether it is PostgreSQL, or what else.
    pub product: Product,
    /// What lies on the way to it.
    pub between: Between,
    /// The version that it gives itself.
    pub version: String,
    /// The parameter `fsync`; `off` loses commits when the machine crashes.
    pub fsync: String,
    /// The parameter `full_page_writes`; `off` leaves torn pages after a crash.
    pub full_page_writes: String,
    /// `synchronous_commit`, of our role in our database.
    pub synchronous_commit: String,
    /// The parameter `synchronous_standby_names`; empty where no standby is waited for.
    pub synchronous_standbys: String,
    /// Standbys that follow it, if we may know.
    pub following: i64,
}

/// A socket of a door in the file system.
#[derive(Clone, Debug)]
pub struct Socket {
    /// The folders on the way, from the root, and the socket at the end; as far as they are there.
    pub way: Vec<File>,
    /// Where it should be.
    pub path: String,
    /// Users of the system who have to reach it, if they are here.
    pub users: Vec<User>,
}

/// A user of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name that the user database has for it.
    pub name: String,
    /// The number that files carry as their owner.
    pub uid: u32,
    /// The numbers of all groups.
    pub gids: Vec<u32>,
}

/// Bits of a mode: what reads a file, what writes it or connects to a socket, what passes a folder.
pub(in crate::doctor) const READ: u32 = 0o4;
pub(in crate::doctor) const WRITE: u32 = 0o2;
pub(in crate::doctor) const PASS: u32 = 0o1;

impl User {
    /// Whether the system lets this user do what these of the three bits of a mode stand for.
    pub(in crate::doctor) fn may(&self, file: &File, wanted: u32) -> bool {
        let bits = if self.uid == file.uid {
            file.mode >> 6
        } else if self.gids.contains(&file.gid) {
            file.mode >> 3
        } else {
            file.mode
        };
        self.uid == 0 || bits & wanted != 0
    }
}

/// Whether everybody on the machine may do this to what is at the end of a way, and get there.
pub(in crate::doctor) fn open_to_all(way: &[File], wanted: u32) -> bool {
    way.split_last().is_some_and(|(last, folders)| {
        last.mode & wanted != 0 && folders.iter().all(|folder| folder.mode & PASS != 0)
    })
}
