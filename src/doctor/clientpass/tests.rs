//! On what may be seen.

use super::super::Severity;
use super::{Database, Durability, Facts, File, Listening, Serving, Socket, User, judge};

fn file(path: &str, mode: u32, uid: u32) -> File {
    File { path: path.into(), mode, uid, gid: uid }
}

fn sound() -> Facts {
    let database = Durability {
        fsync: "on".into(),
        full_page_writes: "on".into(),
        synchronous_commit: "on".into(),
        synchronous_standbys: "ANY 1 (*)".into(),
        following: 2,
    };

    Facts {
        folder: Some(file("/d", 0o700, 5)),
        files: vec![file("/d/clientpass.sqlite", 0o600, 5), file("/etc/keyring.json", 0o600, 5)],
        listening: Listening { address: "127.0.0.1:8600".into(), ..Listening::default() },
        serving: Some(Serving { dumps_core: Some(false), ..Serving::default() }),
        database: Some(Database::Answers(database)),
        sockets: vec![Socket {
            way: vec![file("/", 0o755, 0), file("/run", 0o755, 0), file("/run/s", 0o660, 7)],
            path: "/run/s".into(),
            users: vec![User { name: "postfix".into(), uid: 9, gids: vec![9, 7] }],
        }],
        clock_synchronized: Some(true),
        ..Facts::default()
    }
}

/// Fails unless exactly this is found, with a change that says this.
#[track_caller]
fn one(change: impl FnOnce(&mut Facts), code: &str, severity: Severity, says: &str) {
    let mut seen = sound();
    change(&mut seen);
    let found = judge(&seen);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].code, found[0].severity), (code, severity), "{found:#?}");
    assert!(found[0].change.contains(says), "{found:#?}");
}

fn database(change: impl FnOnce(&mut Durability)) -> impl FnOnce(&mut Facts) {
    move |seen| {
        if let Some(Database::Answers(database)) = &mut seen.database {
            change(database);
        }
    }
}

#[test]
fn nothing_is_wrong_where_nothing_is() {
    assert_eq!(judge(&sound()), []);
}

#[test]
fn what_others_may_read_is_found() {
    one(|seen| seen.folder = Some(file("/d", 0o750, 5)), "data_exposed", Severity::Error, "chmod 0700 /d");
    one(|seen| seen.files[1].mode = 0o640, "data_exposed", Severity::Error, "chmod 0600 /etc/keyring.json");
    one(
        |seen| seen.files[0].uid = 0,
        "data_owner",
        Severity::Warning,
        "chown --reference=/d /d/clientpass.sqlite",
    );
    one(
        |seen| seen.keyring_beside_database = true,
        "keyring_beside_database",
        Severity::Warning,
        "storage.keyring",
    );
    one(|seen| seen.folder = None, "no_data", Severity::Note, "--data-dir");
}

#[test]
fn an_address_that_is_open_or_dead_is_found() {
    let open = |allowed| {
        move |seen: &mut Facts| {
            seen.listening.remote = true;
            seen.listening.allowed_without_tls = allowed;
        }
    };

    one(open(false), "no_tls", Severity::Error, "server.tls_certificate");
    one(open(true), "no_tls", Severity::Warning, "server.tls_certificate");

    let secured = |seen: &mut Facts| {
        seen.listening.remote = true;
        seen.listening.tls = true;
        seen.tls_fault = Some("no key".into());
    };

    one(secured, "tls_unusable", Severity::Error, "server.tls_key");
    one(|seen| seen.unreachable = Some("refused".into()), "unreachable", Severity::Error, "server.listen");
    one(|seen| seen.serving = None, "not_serving", Severity::Error, "systemctl start");
}

#[test]
fn a_process_that_dumps_core_and_a_clock_that_is_wrong_are_found() {
    let serving = |dumps_core, ahead_seconds| {
        move |seen: &mut Facts| {
            seen.serving = Some(Serving { dumps_core, ahead_seconds, ..Serving::default() });
        }
    };

    one(serving(Some(true), 0), "core_dumps", Severity::Warning, "LimitCORE=0");
    for ahead in [61, 3_600] {
        one(serving(None, ahead), "clock_ahead", Severity::Error, "clock");
    }

    let mut seen = sound();
    serving(None, 60)(&mut seen);
    assert_eq!(judge(&seen), [], "a minute is borne");

    one(|seen| seen.clock_synchronized = Some(false), "clock_alone", Severity::Warning, "timesyncd");
}

#[test]
fn a_database_that_forgets_is_found() {
    one(database(|of| of.fsync = "off".into()), "database_not_durable", Severity::Error, "fsync = on");

    let torn = database(|of| of.full_page_writes = "off".into());
    one(torn, "database_not_durable", Severity::Error, "full_page_writes = on");

    let memory = database(|of| of.synchronous_commit = "remote_write".into());
    one(memory, "database_not_durable", Severity::Warning, "synchronous_commit = on");

    let loose = database(|of| of.synchronous_standbys.clear());
    one(loose, "database_standby_asynchronous", Severity::Warning, "synchronous_standby_names");

    let mut alone = sound();
    database(|of| (of.synchronous_standbys, of.following) = (String::new(), 0))(&mut alone);
    assert_eq!(judge(&alone), [], "without standbys there is none that lags");

    let silent = |seen: &mut Facts| seen.database = Some(Database::Silent("refused".into()));
    one(silent, "database_silent", Severity::Error, "storage.database_url");
}

#[test]
fn a_door_that_others_reach_is_found() {
    one(|seen| seen.open_doors.push("doors.ldap".into()), "door_open", Severity::Warning, "doors.ldap");
}

#[test]
fn a_socket_that_the_mail_server_cannot_reach_is_found() {
    one(|seen| seen.sockets[0].way[2].gid = 8, "socket_closed", Severity::Error, "group");
    one(|seen| seen.sockets[0].way[2].mode = 0o600, "socket_closed", Severity::Error, "group");
    one(|seen| seen.sockets[0].way[1].mode = 0o750, "socket_closed", Severity::Error, "folder");
    one(|seen| drop(seen.sockets[0].way.pop()), "socket_missing", Severity::Error, "listen");

    let mut seen = sound();
    // Its own, or root's: the bits of others do not count.
    seen.sockets[0].way[2] = file("/run/s", 0o600, 9);
    assert_eq!(judge(&seen), []);

    // Somebody else is there who may not, and need not.
    seen.sockets[0].users.push(User { name: "prosody".into(), uid: 11, gids: vec![11] });
    assert_eq!(judge(&seen), []);

    seen.sockets[0].users.truncate(1);
    seen.sockets[0].users[0].uid = 0;
    seen.sockets[0].way[2] = file("/run/s", 0o000, 7);
    assert_eq!(judge(&seen), []);
}

#[test]
fn a_missing_address_and_a_proxy_that_is_not_trusted_are_found() {
    let serving = |change: fn(&mut Serving)| move |seen: &mut Facts| seen.serving.iter_mut().for_each(change);
    one(
        serving(|serving| serving.without_address = vec!["door ldap".into()]),
        "no_client_address",
        Severity::Warning,
        "ip=",
    );
    one(
        serving(|serving| serving.untrusted_proxies = vec!["192.0.2.80".into()]),
        "proxy_not_trusted",
        Severity::Warning,
        "trusted_proxies = [\"192.0.2.80\"]",
    );
}
