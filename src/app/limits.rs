//! How many connections there may be: what the system allows, shared out. REST has half, the doors the other half, each
//! no more than its section says.

use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::api::rest::AtStart;
use crate::config::doors::Socket;
use crate::config::{self, Config};
use crate::domain::throttle::Quota;
use crate::net::connections::Room;
use crate::service::ChangeQuotas;

/// Files for all but connections: the log, the keyring, sockets that listen, threads.
const OTHER_FILES: u64 = 64;
/// Files of one connection to SQLite: the database, its log, its index.
const SQLITE_FILES: u64 = 3;
/// Where the system sets no limit.
const ENOUGH: u64 = 1 << 20;

/// Threads that answer over HTTP, by server.
pub(super) fn workers(config: &Config) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    config.server.workers.unwrap_or_else(cores)
}

/// What one caller may change.
pub(super) fn change_quotas(limits: &config::Limits) -> ChangeQuotas {
    let quota = |burst: u32, per_second: u32| Quota {
        burst: burst.max(1),
        interval: Duration::from_secs(1) / per_second.max(1),
    };

    ChangeQuotas {
        session: quota(limits.session_changes, limits.session_changes_per_second),
        key: quota(limits.key_changes, limits.key_changes_per_second),
    }
}

/// What was derived when the process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files that may be open.
    pub open_files: u64,
    /// Connections of the API.
    pub rest: Room,
    /// The most that a door has.
    pub door: Room,
}

/// Raises the limit of open files to what the system lets this process have; gives what it is then.
pub(super) fn raise_open_files() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;

    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(event = "open_files_not_raised", %error);
        return before.unwrap_or(ENOUGH);
    }
    limit.current.unwrap_or(ENOUGH)
}

/// Shares so many files out.
pub(super) fn derive(config: &Config, open_files: u64) -> Limits {
    let workers = workers(config);
    let database = match config.storage.database_url {
        Some(_) => config.storage.database_connections + workers,
        None => workers + 8,
    };
    let database = u64::try_from(database).unwrap_or(ENOUGH).saturating_mul(SQLITE_FILES);

    // One in eight stays free: who has to go holds a file until it has gone.
    let open_files = open_files.min(ENOUGH);
    let free = open_files.saturating_sub(OTHER_FILES + database) / 8 * 7;
    let free = usize::try_from(free).unwrap_or(usize::MAX);

    let doors = sockets(config).count();
    let rest = if doors == 0 { free } else { free / 2 };
    let door = (free - rest).checked_div(doors).unwrap_or(0);

    let most = config.server.max_connections.saturating_mul(workers.max(1));
    Limits { open_files, rest: Room::of(rest.min(most)), door: Room::of(door) }
}

impl Limits {
    /// Who may be connected to a door.
    pub(super) fn of_door(&self, socket: &Socket) -> Room {
        Room::of(socket.max_connections.min(self.door.connections))
    }

    /// What is said of it at `/readyz?verbose`.
    pub(super) const fn at_start(&self, config: &Config) -> AtStart {
        AtStart {
            engine: config.storage.engine_name(),
            open_files: self.open_files,
            rest_connections: self.rest,
            door_connections: self.door,
        }
    }

    pub(super) fn log(&self) {
        tracing::info!(
            event = "limits",
            open_files = self.open_files,
            rest_connections = self.rest.connections,
            rest_per_address = self.rest.per_address,
            door_connections = self.door.connections,
            door_per_address = self.door.per_address,
        );
    }
}

/// Where something listens beside the API.
fn sockets(config: &Config) -> impl Iterator<Item = &Socket> {
    let doors = &config.doors;

    let sockets = [
        doors.dovecot.as_ref().map(|of| &of.socket),
        doors.oauth2.as_ref().map(|of| &of.socket),
        doors.nginx_mail.as_ref().map(|of| &of.socket),
        doors.forward_auth.as_ref().map(|of| &of.socket),
        doors.ldap.as_ref().map(|of| &of.socket),
        config.metrics.as_ref().map(|of| &of.socket),
    ];
    sockets.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(doors: &str) -> Config {
        toml::from_str(&format!("[server]\nworkers = 2\n{doors}")).unwrap()
    }

    #[test]
    fn everybody_gets_a_share_and_all_of_them_less_than_there_are() {
        let none = derive(&config(""), 1_024);
        assert_eq!((none.rest.connections, none.rest.per_address, none.rest.kept_for_known), (812, 406, 203));
        let two = config("[doors.ldap]\nlisten = \"127.0.0.1:1\"\n[metrics]\nlisten = \"127.0.0.1:2\"\n");

        let shared = derive(&two, 1_024);
        assert_eq!((shared.rest.connections, shared.door.connections), (406, 203));

        let plenty = derive(&two, u64::MAX);
        assert_eq!(plenty.rest.connections, 20_000);
        assert_eq!(
            plenty.of_door(&two.metrics.unwrap().socket).connections,
            1_000,
            "no more than its section says"
        );

        // Too few for anybody is still one.
        assert_eq!(derive(&config(""), 10).rest.connections, 1);
    }
}
