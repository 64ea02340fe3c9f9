//! On what may be seen.

use super::super::{Finding, Harm, Severity};
use super::{
    Between, Database, Durability, Facts, File, Listening, Product, Refused, SecretFile, Serving, Socket,
    User, unreadable,
};

fn file(path: &str, mode: u32, uid: u32) -> File {
    File { path: path.into(), mode, uid, gid: uid }
}

/// What is found, beside which engine it is.
fn judge(seen: &Facts) -> Vec<Finding> {
    super::judge(seen).into_iter().filter(|finding| finding.code != "engine").collect()
}

fn sound() -> Facts {
    let database = Durability {
        product: Product::PostgreSql,
        between: Between::Nothing,
        version: "15.5".into(),
        fsync: "on".into(),
        full_page_writes: "on".into(),
        synchronous_commit: "on".into(),
        synchronous_standbys: "ANY 1 (*)".into(),
        following: 2,
    };

    Facts {
        folder: Some(file("/d", 0o700, 5)),
        files: vec![file("/d/clientpass.sqlite", 0o600, 5), file("/etc/keyring.json", 0o600, 5)],
        owner: Some(User { name: "clientpass".into(), uid: 5, gids: vec![5] }),
        secrets: vec![SecretFile {
            is: "which on_end api_key_file names".into(),
            way: vec![
                file("/", 0o755, 0),
                file("/etc", 0o755, 0),
                File { gid: 5, ..file("/etc/key", 0o640, 0) },
            ],
            path: "/etc/key".into(),
            is_key: false,
        }],
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
fn a_secret_that_others_may_use_or_the_service_may_not_is_found() {
    let mode = |mode| move |seen: &mut Facts| seen.secrets[0].way[2].mode = mode;
    for open in [0o644, 0o642] {
        one(mode(open), "secret_exposed", Severity::Error, "chmod o= /etc/key");
    }

    // Nobody gets there, and what is not there is for the start to say.
    let mut closed = sound();
    mode(0o644)(&mut closed);
    closed.secrets[0].way[1] = File { gid: 5, ..file("/etc", 0o750, 0) };
    assert_eq!(judge(&closed), []);
    closed.secrets[0].way.truncate(2);
    assert_eq!(judge(&closed), []);

    for mode in [0o755, 0o700] {
        let mut missing = sound();
        missing.secrets[0].way.truncate(2);
        missing.secrets[0].way[1].mode = mode;
        assert_eq!(judge(&missing), [], "{mode:o}");
    }

    // Of a key the start says it.
    let mut key = sound();
    mode(0o644)(&mut key);
    key.secrets[0].is_key = true;
    assert_eq!(judge(&key), []);

    let unreadable = |at: usize, mode| move |seen: &mut Facts| seen.secrets[0].way[at].mode = mode;
    one(unreadable(2, 0o600), "secret_unreadable", Severity::Error, "chgrp clientpass /etc/key");
    one(unreadable(1, 0o700), "secret_unreadable", Severity::Error, "folders on the way");
    let mut of_systemd = sound();
    let secret = &mut of_systemd.secrets[0];
    secret.path = "/run/credentials/clientpass.service/key".into();
    secret.way = vec![file("/", 0o755, 0), file("/run/credentials/clientpass.service/key", 0o440, 0)];
    assert_eq!(judge(&of_systemd), [], "systemd lets the service in");
}

#[test]
fn what_a_start_would_refuse_is_found() {
    let refused = |why: &str, change: &str| Refused { why: why.into(), change: change.into() };
    let two = |seen: &mut Facts| {
        seen.refused = vec![refused("[doors.oauth2] x", "require_key"), refused("on_end: y", "whsec_")];
    };
    let mut seen = sound();
    two(&mut seen);
    let said: Vec<_> = judge(&seen).into_iter().map(|of| (of.code, of.harm, of.what, of.change)).collect();
    let expected = [("[doors.oauth2] x", "require_key"), ("on_end: y", "whsec_")]
        .map(|(what, change)| ("start_refused", Harm::KeepsOut, what.to_owned(), change.to_owned()));
    assert_eq!(said, expected);

    let broken = unreadable("the configuration /x cannot be used: line 1");
    assert_eq!((broken.len(), broken[0].code), (1, "configuration_unreadable"));
    assert_eq!(
        (broken[0].severity, &*broken[0].what),
        (Severity::Error, "the configuration /x cannot be used: line 1")
    );
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
    database(|of| of.synchronous_commit = "remote_write".into())(&mut alone);
    assert_eq!(judge(&alone), [], "nor one that writes later");

    let silent = |seen: &mut Facts| seen.database = Some(Database::Silent("refused".into()));
    one(silent, "database_silent", Severity::Error, "storage.database_url");
}

#[test]
fn which_engine_it_is_and_what_it_guarantees_is_said() {
    let engine = |change: &dyn Fn(&mut Facts)| {
        let mut seen = sound();
        change(&mut seen);
        let said: Vec<_> = super::judge(&seen).into_iter().filter(|of| of.code == "engine").collect();
        assert_eq!((said.len(), said[0].harm), (1, Harm::Know), "{said:#?}");
        said.into_iter().next().map(|of| (of.what, of.why)).unwrap()
    };
    let of_database = |change: fn(&mut Durability)| engine(&|seen| database(change)(seen));

    let (what, why) = of_database(|_| {});
    assert!(what.contains("PostgreSQL 15.5: fsync = on") && why.contains("two servers"), "{what} {why}");
    let (what, why) = of_database(|of| of.synchronous_standbys.clear());
    assert!(what.contains("standbys that follow: 2") && why.contains("one server"), "{what} {why}");
    let (what, why) = of_database(|of| of.fsync = "off".into());
    assert!(what.contains("fsync = off") && why.contains("gone after a crash"), "{what} {why}");

    let (what, why) = engine(&|seen| {
        (seen.database, seen.sqlite) = (None, Some("/d/clientpass.sqlite".into()));
    });
    assert!(what.ends_with("SQLite, in /d/clientpass.sqlite") && why.contains("last backup"), "{what} {why}");

    let mut nothing = sound();
    nothing.database = None;
    assert_eq!(super::judge(&nothing), []);
}

#[test]
fn another_engine_that_speaks_the_protocol_is_told_apart_and_not_judged_by_settings_that_it_does_not_have() {
    let versions = [
        (
            "PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc",
            Product::PostgreSql,
        ),
        ("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu, built 2024/05/15 21:28:29)", Product::CockroachDb),
        ("PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang", Product::YugabyteDb),
        ("PostgreSQL 15.2 (YugabyteDB 2.25.0.0) on x86_64-pc-linux-gnu", Product::YugabyteDb),
        ("PostgreSQL 9.4.24 (Greenplum Database 6.8.1) on x86_64-pc-linux-gnu", other("PostgreSQL 9.4.24")),
        (
            "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.38551",
            other("PostgreSQL 8.0.2 on i686-pc-linux-gnu"),
        ),
        ("Strange 1.0 (of its own)", other("Strange 1.0")),
    ];
    for (version, product) in versions {
        assert_eq!(Product::of(version), product, "{version}");
        let mut seen = sound();
        // Whatever it says under these names says nothing.
        let change = |of: &mut Durability| (of.product, of.fsync) = (product.clone(), "off".into());
        database(change)(&mut seen);
        let found = super::judge(&seen);
        if product == Product::PostgreSql {
            assert!(found.iter().any(|one| one.code == "database_not_durable"), "{found:#?}");
        } else {
            assert_eq!(found.len(), 1, "{found:#?}");
            assert_eq!((found[0].code, found[0].harm), ("engine", Harm::Know));
            assert!(found[0].why.contains("nobody has tried") || found[0].what.contains("calls itself"));
        }
    }
}

fn other(name: &str) -> Product {
    Product::Other(name.into())
}

#[test]
fn a_pooler_in_between_is_named_and_one_that_shares_sessions_is_an_error() {
    let between = |between| database(move |of| of.between = between);
    one(between(Between::Sessions), "pooler", Severity::Note, "default_pool_size");
    let shares = between(Between::Transactions);
    one(shares, "pooler_shares_sessions", Severity::Error, "pool_mode = session");

    one(between(Between::Pgpool), "pgpool", Severity::Note, "load_balance_mode");
    let elsewhere = between(Between::PgpoolThatReadsElsewhere);
    one(elsewhere, "pgpool_reads_elsewhere", Severity::Error, "load_balance_mode = off");
}

#[test]
fn a_door_that_others_reach_is_found() {
    one(|seen| seen.open_doors.push("doors.ldap".into()), "door_open", Severity::Warning, "doors.ldap");
    let keyless = |seen: &mut Facts| seen.keyless_doors.push("doors.ldap".into());
    one(keyless, "door_without_key", Severity::Warning, "doors.ldap: require_key = true");
}

#[test]
fn a_socket_that_anybody_may_use_is_found() {
    let mode = |mode| move |seen: &mut Facts| seen.sockets[0].way[2].mode = mode;
    one(mode(0o666), "socket_open", Severity::Warning, "mode = \"0660\"");
    one(mode(0o662), "socket_open", Severity::Warning, "mode = \"0660\"");

    // Nobody else gets into its folder.
    let mut closed = sound();
    mode(0o666)(&mut closed);
    closed.sockets[0].way[1] = File { gid: 7, ..file("/run", 0o750, 0) };
    assert_eq!(judge(&closed), []);
}

#[test]
fn proxies_that_are_everybody_are_found() {
    let everybody = |seen: &mut Facts| seen.trusted_strangers = Some("0.0.0.0/0".into());
    one(everybody, "trusted_strangers", Severity::Error, "server.trusted_proxies = ");
    let mut seen = sound();
    everybody(&mut seen);
    assert_eq!(judge(&seen)[0].harm, Harm::LetsIn);
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
