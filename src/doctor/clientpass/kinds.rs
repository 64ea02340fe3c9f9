//! What the doctor finds of clientpass itself.

use crate::doctor::kind::{Harm, Kind};

/// All of them, in the order of the doctor's page.
pub(crate) static ALL: &[&Kind] = &[
    &DATABASE_NOT_DURABLE,
    &DATA_EXPOSED,
    &TLS_UNUSABLE,
    &NO_TLS,
    &NOT_SERVING,
    &UNREACHABLE,
    &CLOCK_AHEAD,
    &DATABASE_SILENT,
    &SOCKET_MISSING,
    &SOCKET_CLOSED,
    &DATA_OWNER,
    &KEYRING_BESIDE_DATABASE,
    &NO_TLS_ALLOWED,
    &CORE_DUMPS,
    &NO_CLIENT_ADDRESS,
    &PROXY_NOT_TRUSTED,
    &CLOCK_ALONE,
    &DATABASE_IN_MEMORY,
    &DATABASE_STANDBY_ASYNCHRONOUS,
    &DOOR_OPEN,
    &NO_DATA,
    &TRUSTED_STRANGERS,
    &SECRET_EXPOSED,
    &CONFIGURATION_UNREADABLE,
    &START_REFUSED,
    &SECRET_UNREADABLE,
    &DOOR_WITHOUT_KEY,
    &SOCKET_OPEN,
    &ENGINE_FORGETS,
    &ENGINE_ALONE,
    &ENGINE_SYNCHRONOUS,
    &ENGINE_SQLITE,
    &ENGINE_COCKROACHDB,
    &ENGINE_YUGABYTEDB,
    &ENGINE_UNKNOWN,
    &POOLER,
    &POOLER_SHARES_SESSIONS,
    &PGPOOL,
    &PGPOOL_READS_ELSEWHERE,
];

pub(super) static DATABASE_NOT_DURABLE: Kind = Kind {
    code: "database_not_durable",
    harm: Harm::LetsIn,
    found: "PostgreSQL has `fsync` or `full_page_writes` off",
    why: "a revocation that was acknowledged is gone after a crash, and the password works again",
    change: "set both parameters to `on` in `postgresql.conf`",
};

pub(super) static DATA_EXPOSED: Kind = Kind {
    code: "data_exposed",
    harm: Harm::Discloses,
    found: "others than its owner may use the data directory, a file in it, or the keyring",
    why: "others on this machine read or change what only clientpass may",
    change: "`chmod 0700` the folder, `chmod 0600` the file",
};

pub(super) static TLS_UNUSABLE: Kind = Kind {
    code: "tls_unusable",
    harm: Harm::KeepsOut,
    found: "the certificate or the key that `[server]` names cannot be used",
    why: "clientpass does not start, or goes on with the certificate that it had",
    change: "`server.tls_certificate` and `server.tls_key`, or the files that they name",
};

pub(super) static NO_TLS: Kind = Kind {
    code: "no_tls",
    harm: Harm::KeepsOut,
    found: "the REST API listens where other machines reach it, has no TLS, and `server.allow_remote_without_tls` is \
          not set",
    why: "clientpass does not start so",
    change: "`server.tls_certificate` and `server.tls_key`, or a loopback address behind a proxy",
};

pub(super) static NOT_SERVING: Kind = Kind {
    code: "not_serving",
    harm: Harm::KeepsOut,
    found: "no process serves the data directory, or none that answers this user",
    why: "mail servers that ask get no answer, and mail clients hear \"temporarily unavailable\"",
    change: "start the service, or name its data directory",
};

pub(super) static UNREACHABLE: Kind = Kind {
    code: "unreachable",
    harm: Harm::KeepsOut,
    found: "a process serves the data directory, and nobody answers at `server.listen`, or it is not ready",
    why: "mail servers that ask there hear nothing",
    change: "`server.listen`, or the configuration that the doctor was given",
};

pub(super) static CLOCK_AHEAD: Kind = Kind {
    code: "clock_ahead",
    harm: Harm::KeepsOut,
    found: "the system's clock is more than a minute behind what it has been",
    why: "time does not go back here: until the clock has caught up nothing expires and one-time codes are refused",
    change: "set the system's clock right; if it is right now, wait",
};

pub(super) static DATABASE_SILENT: Kind = Kind {
    code: "database_silent",
    harm: Harm::KeepsOut,
    found: "the database does not answer",
    why: "mail clients hear \"temporarily unavailable\" until it does",
    change: "`storage.database_url`, or the database itself",
};

pub(super) static SOCKET_MISSING: Kind = Kind {
    code: "socket_missing",
    harm: Harm::KeepsOut,
    found: "the unix socket of a door is not there",
    why: "the mail server that asks there gets no answer",
    change: "the door's `listen`; its folder has to be there before the service starts",
};

pub(super) static SOCKET_CLOSED: Kind = Kind {
    code: "socket_closed",
    harm: Harm::KeepsOut,
    found: "the user whom the mail server runs as cannot reach the unix socket of its door",
    why: "the mail server gets no answer and refuses everybody for now",
    change: "`owner`, `group` and `mode` of the door, or of the folder",
};

pub(super) static DATA_OWNER: Kind = Kind {
    code: "data_owner",
    harm: Harm::WillHurt,
    found: "a file in the data directory belongs to another user than the directory",
    why: "the service cannot open it, or somebody else can change it",
    change: "`chown` it to the owner of the directory",
};

pub(super) static KEYRING_BESIDE_DATABASE: Kind = Kind {
    code: "keyring_beside_database",
    harm: Harm::WillHurt,
    found: "the keyring lies in the folder of the SQLite database",
    why: "a backup or a snapshot of that folder holds both: whoever has it can try passwords against it",
    change: "`storage.keyring` outside of the data directory",
};

pub(super) static NO_TLS_ALLOWED: Kind = Kind {
    code: "no_tls",
    harm: Harm::WillHurt,
    found: "the REST API listens where other machines reach it, and has no TLS because \
          `server.allow_remote_without_tls` is set",
    why: "passwords and keys cross the network readable, unless everything on the way is yours",
    change: "`server.tls_certificate` and `server.tls_key`, or a loopback address behind a proxy",
};

pub(super) static CORE_DUMPS: Kind = Kind {
    code: "core_dumps",
    harm: Harm::WillHurt,
    found: "the process that serves has a limit for core dumps other than 0",
    why: "keys and passwords that are just being checked would be in it",
    change: "`LimitCORE=0` in the systemd unit",
};

pub(super) static NO_CLIENT_ADDRESS: Kind = Kind {
    code: "no_client_address",
    harm: Harm::WillHurt,
    found: "account passwords are tried through a door or a key that does not pass the client's address",
    why: "guesses are slowed for all of them together: whoever guesses there delays everybody else there",
    change: "have the mail server pass the address",
};

pub(super) static PROXY_NOT_TRUSTED: Kind = Kind {
    code: "proxy_not_trusted",
    harm: Harm::WillHurt,
    found: "somebody has sent `X-Forwarded-For` who is not in `server.trusted_proxies`",
    why: "guesses are slowed for all of them together: whoever guesses there delays everybody else there",
    change: "`server.trusted_proxies`, if it is your proxy",
};

pub(super) static CLOCK_ALONE: Kind = Kind {
    code: "clock_alone",
    harm: Harm::WillHurt,
    found: "systemd says that nothing keeps the system's clock right",
    why: "one-time codes are refused and passwords expire early or late once it is off by half a minute",
    change: "install systemd-timesyncd or chrony",
};

pub(super) static DATABASE_IN_MEMORY: Kind = Kind {
    code: "database_not_durable",
    harm: Harm::WillHurt,
    found: "PostgreSQL has a synchronous standby and `synchronous_commit = remote_write` for the role of clientpass",
    why: "the standby has a revocation in memory when it is acknowledged, not on disk",
    change: "`ALTER ROLE … SET synchronous_commit = on`",
};

pub(super) static DATABASE_STANDBY_ASYNCHRONOUS: Kind = Kind {
    code: "database_standby_asynchronous",
    harm: Harm::WillHurt,
    found: "PostgreSQL has standbys, and none is synchronous",
    why: "a failover loses revocations that were acknowledged",
    change: "`synchronous_standby_names`",
};

pub(super) static DOOR_OPEN: Kind = Kind {
    code: "door_open",
    harm: Harm::WillHurt,
    found: "a door without TLS can be reached from other machines",
    why: "passwords cross the network readable, and whoever reaches it can try some",
    change: "let it listen on a unix socket or on 127.0.0.1, beside the mail server that asks",
};

pub(super) static NO_DATA: Kind = Kind {
    code: "no_data",
    harm: Harm::Know,
    found: "there is no data directory",
    why: "the first start makes it, with keyring and database",
    change: "nothing, or name another data directory",
};

pub(super) static TRUSTED_STRANGERS: Kind = Kind {
    code: "trusted_strangers",
    harm: Harm::LetsIn,
    found: "`server.trusted_proxies` has a block that is wider than any private network, such as 0.0.0.0/0",
    why: "whoever guesses at sign-in says another address each time, and is never slowed for it; members and the \
          audit log are shown addresses that are none",
    change: "name the proxies in front, and nothing else",
};

pub(super) static SECRET_EXPOSED: Kind = Kind {
    code: "secret_exposed",
    harm: Harm::Discloses,
    found: "everybody on the machine may use a file that the configuration names for a secret, or the configuration \
          itself where it holds one",
    why: "whoever has an account on this machine has the password or the key that is in it",
    change: "`chmod o=` the file, and give its group to clientpass",
};

pub(super) static CONFIGURATION_UNREADABLE: Kind = Kind {
    code: "configuration_unreadable",
    harm: Harm::KeepsOut,
    found: "the configuration cannot be read, or says what no configuration may say",
    why: "clientpass does not start so, and the doctor looks at nothing else",
    change: "what the finding names",
};

pub(super) static START_REFUSED: Kind = Kind {
    code: "start_refused",
    harm: Harm::KeepsOut,
    found: "`clientpass config check` refuses the configuration: a file that it names is missing, a secret has not \
          the form that it must have, a door is open to other machines without a key",
    why: "clientpass does not start so; one that runs does not start again",
    change: "what the finding names",
};

pub(super) static SECRET_UNREADABLE: Kind = Kind {
    code: "secret_unreadable",
    harm: Harm::KeepsOut,
    found: "the user whom the data directory belongs to may not read a file that the configuration names for a \
          secret or a key",
    why: "clientpass does not start as that user",
    change: "the owner, the group or the mode of the file, or of a folder on the way",
};

pub(super) static DOOR_WITHOUT_KEY: Kind = Kind {
    code: "door_without_key",
    harm: Harm::WillHurt,
    found: "a door can be reached from other machines, and takes questions without a key",
    why: "whoever reaches it can try passwords through it, and names the address that they are counted for",
    change: "`require_key = true` of the door, and a service key for the mail server",
};

pub(super) static SOCKET_OPEN: Kind = Kind {
    code: "socket_open",
    harm: Harm::WillHurt,
    found: "everybody on the machine may use the unix socket of a door",
    why: "whoever has an account on this machine can try passwords through it, and names the address that they are \
          counted for",
    change: "`mode = \"0660\"` of the door, and the group of the mail server",
};

pub(super) static ENGINE_FORGETS: Kind = Kind {
    code: "engine",
    harm: Harm::Know,
    found: "the data are in a PostgreSQL that does not write through to its disk",
    why: "what is acknowledged may be gone after a crash",
    change: "the parameters that the finding names",
};

pub(super) static ENGINE_ALONE: Kind = Kind {
    code: "engine",
    harm: Harm::Know,
    found: "the data are in a PostgreSQL without a synchronous standby",
    why: "what is acknowledged is on the disk of one server: a crash loses nothing; when that disk is lost, or a \
          standby takes over, the last changes may be gone",
    change: "`synchronous_standby_names`, where a failover must not lose anything",
};

pub(super) static ENGINE_SYNCHRONOUS: Kind = Kind {
    code: "engine",
    harm: Harm::Know,
    found: "the data are in a PostgreSQL with a synchronous standby",
    why: "what is acknowledged is on the disks of two servers: neither a crash nor a failover to that standby loses \
          anything",
    change: "nothing; fail over to a synchronous standby only",
};

pub(super) static ENGINE_SQLITE: Kind = Kind {
    code: "engine",
    harm: Harm::Know,
    found: "the data are in SQLite",
    why: "what is acknowledged is on the disk of this machine, and nowhere else: a crash loses nothing; when that \
          disk is lost, everything since the last backup is gone",
    change: "nothing; `clientpass backup` copies it, and `storage.database_url` is for several nodes",
};

pub(super) static ENGINE_COCKROACHDB: Kind = Kind {
    code: "engine",
    harm: Harm::Know,
    found: "the data are in CockroachDB, which speaks the protocol of PostgreSQL",
    why: "what is acknowledged is on the disks of most replicas, and nothing is read that is older; nobody has tried \
          clientpass on it: it may run transactions as SERIALIZABLE, of which those that it rolls back are tried again, \
          and its advisory locks keep nobody apart, so two nodes must not start a new version at the same time",
    change: "a PostgreSQL with a synchronous standby, or tests of your own",
};

pub(super) static ENGINE_YUGABYTEDB: Kind = Kind {
    code: "engine",
    harm: Harm::Know,
    found: "the data are in YugabyteDB, which speaks the protocol of PostgreSQL",
    why: "what is acknowledged is on the disks of most replicas; nobody has tried clientpass on it: unless \
          `yb_enable_read_committed_isolation` is on it reads all of a transaction from one moment, and what it rolls \
          back therefore is tried again; reads of followers (`yb_read_from_followers`) must stay off, for they are old",
    change: "a PostgreSQL with a synchronous standby, or tests of your own",
};

pub(super) static ENGINE_UNKNOWN: Kind = Kind {
    code: "engine",
    harm: Harm::Know,
    found: "the data are in an engine that speaks the protocol of PostgreSQL and is none that the doctor knows",
    why: "nothing is known of whether it keeps what it has acknowledged, or reads what was acknowledged before",
    change: "a PostgreSQL with a synchronous standby, or tests of your own",
};

pub(super) static POOLER: Kind = Kind {
    code: "pooler",
    harm: Harm::Know,
    found: "a pooler that keeps one session for each connection lies before PostgreSQL",
    why: "it saves nothing, for each connection of clientpass holds a session; each read takes a transaction, which makes \
          sure of its session; and where the pool is too small mail clients hear \"temporarily unavailable\"",
    change: "nothing, or the address of the server itself",
};

pub(super) static POOLER_SHARES_SESSIONS: Kind = Kind {
    code: "pooler_shares_sessions",
    harm: Harm::KeepsOut,
    found: "a pooler that gives each transaction another session lies before PostgreSQL",
    why: "clientpass does not start: in another session what it has prepared and set does not hold, and a read may be \
          that of a standby, which does not know yet what has ended",
    change: "`pool_mode = session` in PgBouncer, or the address of the server itself",
};

pub(super) static PGPOOL: Kind = Kind {
    code: "pgpool",
    harm: Harm::Know,
    found: "Pgpool-II lies before PostgreSQL, with `load_balance_mode` and `memory_cache_enabled` off",
    why: "it hands on what clientpass asks as if it were not there; nobody has tried clientpass on its failover, which may \
          go to a standby that has not what was acknowledged",
    change: "nothing, as long as both stay off and it fails over to a synchronous standby only",
};

pub(super) static PGPOOL_READS_ELSEWHERE: Kind = Kind {
    code: "pgpool_reads_elsewhere",
    harm: Harm::KeepsOut,
    found: "Pgpool-II lies before PostgreSQL, and `load_balance_mode` or `memory_cache_enabled` is not off, or it does not \
            say",
    why: "clientpass does not start: a check would be answered from a standby or from memory, which do not know yet what \
          has ended",
    change: "both off, or the address of the primary itself",
};
