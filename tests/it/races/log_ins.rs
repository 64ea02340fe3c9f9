//! Log-ins that are being written when their member leaves, on PostgreSQL: none stays behind. SQLite has one writer, and
//! nothing is ever under way there.

use tokio_postgres::NoTls;

use super::secured;
use super::under_way::{Kept, waiting};
use crate::support::TestApp;
use crate::support::time::until;

/// Whatever is added to the history waits where it is committed.
const EVERY_COMMIT: &str = "\
    CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END'; \
    CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON log_ins DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION waits(); \
    COMMIT; BEGIN; SELECT pg_advisory_xact_lock(1)";

fn kept_log_ins(url: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.query_one("SELECT count(*) FROM log_ins", &[]).await.unwrap().get(0)
    })
}

#[test]
fn whoever_leaves_takes_log_ins_along_that_are_just_being_written() {
    let (app, home) = TestApp::installed();
    let Some(url) = app.database_url().map(str::to_owned) else { return };
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let (phone, other) = (alice.issue("Phone"), bob.issue("Phone"));
    let kept = Kept::keeping(&url, EVERY_COMMIT);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&bob.login, &other.secret), "accept");

    std::thread::scope(|scope| {
        // What waits in memory is written before it is read.
        let writing = scope.spawn(|| home.operator.get(&bob.path("/log-ins")));
        until("the writing under way", || waiting(&url) > 0);
        let leaving = scope.spawn(|| home.operator.delete(&alice.path("")));
        until("the leaving", || leaving.is_finished() || waiting(&url) > 1);
        assert!(!leaving.is_finished(), "left while log-ins were being written");
        kept.let_go();
        leaving.join().unwrap().expect(204);
        assert_eq!(writing.join().unwrap().expect(200).items().len(), 1);
    });
    assert_eq!(kept_log_ins(&url), 1, "only those of whoever is still there");
}
