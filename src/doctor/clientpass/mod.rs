//! clientpass itself: what was seen of its files, its service, its database and its sockets, judged.

use super::{About, Finding, Findings};

mod facts;

pub use facts::{Database, Durability, Facts, File, Listening, Serving, Socket, User};

/// Judges what was seen.
pub fn judge(seen: &Facts) -> Vec<Finding> {
    let mut found = Findings::about(About::Clientpass);
    files(seen, &mut found);
    listening(seen, &mut found);
    serving(seen, &mut found);

    match &seen.database {
        Some(Database::Silent(why)) => found.error(
            "database_silent",
            (
                &format!("the database does not answer: {why}"),
                "mail clients hear \"temporarily unavailable\" until it does",
                "storage.database_url, or the database itself",
            ),
        ),
        Some(Database::Answers(durability)) => durable(durability, &mut found),
        None => {}
    }

    for door in &seen.open_doors {
        found.warning(
            "door_open",
            (
                &format!("{door} can be reached from other machines"),
                "it has no TLS of its own: passwords cross the network readable, and whoever reaches it can try some",
                &format!("{door}: listen on a unix socket or on 127.0.0.1, beside the mail server that asks"),
            ),
        );
    }

    for socket in &seen.sockets {
        reach(socket, &mut found);
    }

    found.all()
}

fn files(seen: &Facts, found: &mut Findings) {
    if seen.folder.is_none() {
        found.note(
            "no_data",
            (
                "there is no data directory yet",
                "the first start makes it, with keyring and database",
                "clientpass --data-dir /var/lib/clientpass",
            ),
        );
    }

    for file in seen.folder.iter().chain(&seen.files).filter(|file| file.mode & 0o077 != 0) {
        let right = if seen.folder.as_ref() == Some(file) { "0700" } else { "0600" };
        found.error(
            "data_exposed",
            (
                &format!("{} has mode {:04o}", file.path, file.mode),
                "others on this machine read or change what only clientpass may",
                &format!("chmod {right} {}", file.path),
            ),
        );
    }

    let owner = seen.folder.as_ref().map(|folder| folder.uid);
    for file in seen.files.iter().filter(|file| owner.is_some_and(|owner| owner != file.uid)) {
        found.warning(
            "data_owner",
            (
                &format!("{} belongs to another user than the data directory", file.path),
                "the service cannot open it, or somebody else can change it",
                &format!(
                    "chown --reference={} {}",
                    seen.folder.as_ref().map_or("", |of| &of.path),
                    file.path
                ),
            ),
        );
    }

    if seen.keyring_beside_database {
        found.warning("keyring_beside_database", (
            "the keyring lies in the folder of the database",
            "a backup or a snapshot of that folder holds both: whoever has it can try passwords against it",
            "storage.keyring = \"/etc/clientpass/keyring.json\"     # and move it there while the service is stopped",
        ));
    }
}

fn listening(seen: &Facts, found: &mut Findings) {
    let Listening { address, remote, tls, allowed_without_tls } = &seen.listening;
    if *remote && !tls {
        let what = format!("{address} can be reached from other machines and there is no TLS");
        let change =
            "server.tls_certificate and server.tls_key, or server.listen = \"127.0.0.1:8600\" behind a proxy";
        if *allowed_without_tls {
            let why = "passwords and keys cross the network readable, unless everything on the way is yours";
            found.warning("no_tls", (&what, why, change));
        } else {
            found.error("no_tls", (&what, "clientpass does not start so", change));
        }
    }

    if let Some(why) = &seen.tls_fault {
        found.error(
            "tls_unusable",
            (
                why,
                "clientpass does not start, or goes on with the certificate that it had",
                "server.tls_certificate, server.tls_key",
            ),
        );
    }
}

fn serving(seen: &Facts, found: &mut Findings) {
    let Some(serving) = &seen.serving else {
        found.error(
            "not_serving",
            (
                "no clientpass serves this data directory, or none that answers this user",
                "mail servers that ask get no answer, and mail clients hear \"temporarily unavailable\"",
                "systemctl start clientpass     # or name another with --data-dir or --config",
            ),
        );
        return clock(seen, 0, found);
    };

    if let Some(why) = &seen.unreachable {
        found.error(
            "unreachable",
            (
                &format!("it serves, and nobody can answer at {}: {why}", seen.listening.address),
                "mail servers that ask there hear nothing",
                "server.listen, or the configuration that this command was given",
            ),
        );
    }

    if serving.dumps_core == Some(true) {
        found.warning(
            "core_dumps",
            (
                "the process that serves may leave its memory in a core dump",
                "keys and passwords that are just being checked would be in it",
                "LimitCORE=0     # of the systemd unit",
            ),
        );
    }

    addresses(serving, found);
    clock(seen, serving.ahead_seconds, found);
}

/// Whoever has no address shares a place with all who have none.
fn addresses(serving: &Serving, found: &mut Findings) {
    let why =
        "guesses are slowed for all of them together: whoever guesses there delays everybody else there";

    if let Some(requester) = serving.without_address.first() {
        found.warning(
            "no_client_address",
            (
                &format!("account passwords are tried through {requester}, and the client's address is not passed"),
                why,
                "client_ip of /v1/verify, ip= in the LDAP bind name, X-Real-IP: have the mail server pass the address; saslauthd cannot",
            ),
        );
    }

    for peer in &serving.untrusted_proxies {
        found.warning(
            "proxy_not_trusted",
            (
                &format!(
                    "{peer} sends X-Forwarded-For and is not trusted, so nobody behind it has an address"
                ),
                why,
                &format!("server.trusted_proxies = [\"{peer}\"]     # if it is your proxy"),
            ),
        );
    }
}

fn clock(seen: &Facts, ahead: u64, found: &mut Findings) {
    if ahead > 60 {
        found.error("clock_ahead", (
            &format!("the system's clock is {ahead} s behind what it has been"),
            "time does not go back here: until the clock has caught up nothing expires and one-time codes are refused",
            "set the system's clock right; if it is right now, wait",
        ));
    }

    if seen.clock_synchronized == Some(false) {
        found.warning("clock_alone", (
            "nothing keeps the system's clock right",
            "one-time codes are refused and passwords expire early or late once it is off by half a minute",
            "apt-get install systemd-timesyncd     # or chrony",
        ));
    }
}

fn durable(database: &Durability, found: &mut Findings) {
    let lost = "a revocation that was acknowledged is gone after a crash, and the password works again";

    for (name, value) in [("fsync", &database.fsync), ("full_page_writes", &database.full_page_writes)] {
        if value == "off" {
            found.error(
                "database_not_durable",
                (&format!("PostgreSQL has {name} = off"), lost, &format!("{name} = on")),
            );
        }
    }

    let standbys = !database.synchronous_standbys.trim().is_empty();
    // Less than `on` a connection of ours never has, whatever the role is set to.
    if database.synchronous_commit == "remote_write" && standbys {
        found.warning(
            "database_not_durable",
            (
                "PostgreSQL has synchronous_commit = remote_write for this role",
                "the standby has a revocation in memory when it is acknowledged, not on disk",
                "ALTER ROLE clientpass SET synchronous_commit = on;",
            ),
        );
    }

    if !standbys && database.following > 0 {
        found.warning(
            "database_standby_asynchronous",
            (
                "PostgreSQL has standbys, and none is synchronous",
                "a failover loses revocations that were acknowledged",
                "synchronous_standby_names = 'ANY 1 (*)'",
            ),
        );
    }
}

fn reach(socket: &Socket, found: &mut Findings) {
    if socket.way.last().is_none_or(|last| last.path != socket.path) {
        found.error(
            "socket_missing",
            (
                &format!("there is no socket {}", socket.path),
                "the mail server that asks there gets no answer",
                "the door's listen; its folder has to be there before the service starts",
            ),
        );
        return;
    }

    let blocked = |user: &User| socket.way.iter().find(|file| !user.may(file, file.path == socket.path));
    let blocked: Vec<(&User, &File)> =
        socket.users.iter().filter_map(|user| blocked(user).map(|file| (user, file))).collect();

    // Of those that are on this machine, one is meant.
    if let (Some((user, file)), true) = (blocked.first(), blocked.len() == socket.users.len()) {
        found.error(
            "socket_closed",
            (
                &format!(
                    "{} cannot reach the socket {}: {} is closed to it",
                    user.name, socket.path, file.path
                ),
                "the mail server gets no answer and refuses everybody for now",
                "owner, group and mode of the door, or of the folder",
            ),
        );
    }
}

#[cfg(test)]
mod tests;
