//! A PgBouncer between clientpass and PostgreSQL: one that pools sessions is as good as none; one that pools
//! transactions or statements is refused at the start, and never believed where it is put in later.

use std::process::Command;
use std::time::Duration;

use clientpass::clock::{SystemTimeSource, TimeSource as _};
use serde_json::json;

use crate::doctor::findings;
use crate::support::actors::{ClientPassword, Http, Person};
use crate::support::clientpass::{Clientpass, Ran};
use crate::support::pgbouncer::{self, PgBouncer};
use crate::support::postgres::{self, Server};
use crate::support::{poll, runnable};

const SESSIONS: &str = "pool_mode = session";
const TRANSACTIONS: &str = "pool_mode = transaction";

/// A lease is taken over, or sessions are mixed up, by then.
const PATIENCE: Duration = Duration::from_secs(40);

/// A PostgreSQL with an empty database, if what is needed is here.
fn server() -> Option<Server> {
    if !runnable(postgres::missing()) || !runnable(pgbouncer::missing()) {
        return None;
    }
    let server = Server::start("");
    server.sql("postgres", "CREATE DATABASE clientpass TEMPLATE template0 ENCODING 'UTF8'");
    Some(server)
}

/// Makes an installation there, or does not.
fn init(url: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
    command.env_clear().arg("--data-dir").arg(folder.path().join("data")).args(["--database-url", url]);
    command.args(["init", "--organization", "Example", "--domain", "example.org"]);
    Ran::of(command.args(["--owner", "owner@example.org"]))
}

/// Whether the doctor finds this.
fn finds(node: &Clientpass, code: &str) -> bool {
    findings(&node.run(&["doctor", "--json"])).iter().any(|one| one["code"] == code)
}

/// The result of a check at a node; `None` where it cannot answer now.
fn asked(at: &Http, of: &Person, password: &ClientPassword) -> Option<String> {
    let answer = at.check(&of.login, &password.secret, "imap");
    match answer.status {
        503 => None,
        _ => Some(answer.expect(200).text_of("result")),
    }
}

#[test]
fn behind_one_that_pools_sessions_everything_is_as_without() {
    let Some(server) = server() else { return };
    // It refuses our start parameters, or drops them without a word.
    for (round, more) in ["", "\nignore_startup_parameters = options"].into_iter().enumerate() {
        let database = format!("behind_{round}");
        server.sql("postgres", &format!("CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'"));
        let pooler = PgBouncer::before(&server, &format!("{SESSIONS}{more}"));
        let (mut first, home) = Clientpass::installed_on(&pooler.url(&database));
        assert!(poll(PATIENCE, || first.log().contains("event=lease_taken term=1")));
        let mut second = first.another_node();
        second.start();
        let elsewhere = Http::to(second.address()).bearing(home.mail_server.token());

        let alice = home.member("alice").secured(Clientpass::now());
        let (phone, lost) = (alice.issue("phone"), alice.issue("lost phone"));
        assert_eq!(home.mail_server.verdict(&alice.login, &lost.secret), "accept");
        assert_eq!(elsewhere.verdict(&alice.login, &lost.secret), "accept");
        alice.http.delete(&lost.path("")).expect(204);
        assert_eq!(elsewhere.verdict(&alice.login, &lost.secret), "revoked");
        let turned = phone.path("/rotate");
        let next = ClientPassword::of(&alice.http.post(&turned, &json!({"overlap_seconds": 0})).expect(201));
        assert_eq!(elsewhere.verdict(&alice.login, &phone.secret), "superseded");
        assert_eq!(elsewhere.verdict(&alice.login, &next.secret), "accept");
        assert_eq!(home.mail_server.verdict(&alice.login, "wrong"), "invalid_credentials");
        home.operator.get(&home.path("/client-passwords")).expect(200);

        assert!(finds(&first, "pooler"));

        // It takes ten seconds until a lease is lost: once is enough.
        if round > 0 {
            continue;
        }
        first.kill();
        assert!(poll(PATIENCE, || second.log().contains("event=lease_taken term=2")), "{}", second.log());
        assert_eq!(elsewhere.verdict(&alice.login, &next.secret), "accept");
        second.stop();
    }
}

#[test]
fn one_that_pools_transactions_or_statements_is_refused_with_what_to_change() {
    let Some(server) = server() else { return };
    for mode in [
        TRANSACTIONS,
        "pool_mode = transaction\nignore_startup_parameters = options",
        "pool_mode = transaction\nserver_round_robin = 1",
        "pool_mode = statement",
    ] {
        let pooler = PgBouncer::before(&server, mode);
        // Others may have used its sessions before.
        for _ in 0..2 {
            let ran = init(&pooler.url("clientpass"));
            println!("{mode}");
            ran.refused(&["pool_mode = session"]);
        }
        let left = "SELECT count(*) FROM pg_class WHERE relname = 'members'";
        assert_eq!(server.sql("clientpass", left), "0\n", "{mode}: something was made");
    }
}

#[test]
fn what_a_pooler_does_not_pass_on_is_refused_where_it_was_wanted() {
    let Some(server) = server() else { return };
    let pooler = PgBouncer::before(&server, SESSIONS);
    let url = format!("{} options='-c search_path=other'", pooler.url("clientpass"));
    init(&url).refused(&["ALTER ROLE"]);
    pooler.set("pool_mode = session\nignore_startup_parameters = options");
    init(&url).refused(&["ALTER ROLE"]);
}

/// A role that does not wait for the disk is overruled in each session, as without a pooler.
#[test]
fn what_is_acknowledged_behind_a_pooler_is_on_disk() {
    let Some(server) = server() else { return };
    server.sql("postgres", "ALTER ROLE postgres SET synchronous_commit = off");
    let watched = "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ \
        BEGIN IF current_setting('synchronous_commit') <> 'on' THEN RAISE 'not on disk'; END IF; RETURN NEW; END $$; \
        CREATE TRIGGER watch BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION watch()";
    let pooler = PgBouncer::before(&server, SESSIONS);
    let (_first, home) = Clientpass::installed_on(&pooler.url("clientpass"));
    server.sql("clientpass", watched);
    home.member("alice").secured(Clientpass::now()).issue("phone");
}

/// Somebody changes the pooler while clientpass serves. Sessions are mixed up then, and no answer is ever wrong.
#[test]
fn one_that_begins_to_pool_transactions_later_is_not_believed() {
    let Some(server) = server() else { return };
    let pooler = PgBouncer::before(&server, SESSIONS);
    let (first, home) = Clientpass::installed_on(&pooler.url("clientpass"));
    let mut second = first.another_node();
    second.start();
    let elsewhere = Http::to(second.address()).bearing(home.mail_server.token());
    let alice = home.member("alice").secured(Clientpass::now());
    let (phone, lost) = (alice.issue("phone"), alice.issue("lost phone"));
    alice.http.delete(&lost.path("")).expect(204);

    pooler.set(TRANSACTIONS);
    assert!(finds(&first, "pooler_shares_sessions"));
    let watch = SystemTimeSource::new();
    let mixed_up = || [&first, &second].iter().any(|node| node.log().contains("pool_mode = session"));
    let ask = || {
        let mut asked_now = 0;
        while watch.monotonic() < PATIENCE && !mixed_up() || asked_now < 40 {
            asked_now += 1;
            for at in [&home.mail_server, &elsewhere] {
                assert!(asked(at, &alice, &phone).is_none_or(|result| result == "accept"));
                assert!(asked(at, &alice, &lost).is_none_or(|result| result == "reject"));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(ask);
        }
    });
    assert!(mixed_up(), "nobody noticed:\n{}", first.log());

    pooler.set(SESSIONS);
    first.recovers();
    let is_right = || {
        let answers = [&home.mail_server, &elsewhere].map(|at| asked(at, &alice, &phone));
        answers.iter().all(|answer| answer.as_deref() == Some("accept"))
    };
    assert!(poll(PATIENCE, is_right), "{}", second.log());
    assert_eq!(elsewhere.verdict(&alice.login, &lost.secret), "revoked");
    alice.http.delete(&phone.path("")).expect(204);
    assert_eq!(elsewhere.verdict(&alice.login, &phone.secret), "revoked");
}
