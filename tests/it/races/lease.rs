//! What is done once in an installation, where several nodes have the same database: one does it, and another once that
//! one is gone; a node that was stopped and wakes up writes nothing.

use std::time::Duration;

use clientpass::domain::lease::{BEAT_EVERY, Lease};
use clientpass::service::Error;
use serde_json::json;

use crate::support::database::execute;
use crate::support::time::{TestTime, until};
use crate::support::{Installation, TestApp};

/// A node and another that has its lease to gain; none on SQLite.
fn nodes() -> Option<(TestApp, TestApp, Installation)> {
    let (first, home) = TestApp::installed();
    let second = first.second_node()?;
    until("both knowing it", || first.time.beats() == [BEAT_EVERY; 2]);
    assert_eq!((is_holder(&first), is_holder(&second)), (true, false));
    Some((first, second, home))
}

fn is_holder(node: &TestApp) -> bool {
    node.metrics().contains("clientpass_lease_held 1\n")
}

fn lease(node: &TestApp) -> Result<Option<Lease>, Error> {
    actix_web::rt::System::new().block_on(node.services().leases.current())
}

/// Lets a beat's time pass, and waits until the lease of so many nodes has been beaten or looked at.
fn beat(time: &TestTime, nodes: usize) {
    time.advance(BEAT_EVERY);
    until("every node's next wait", || time.beats() == vec![BEAT_EVERY; nodes]);
}

/// Cuts a node off from its database, or lets it back.
fn cut_off(node: &TestApp, cut: bool) {
    node.faults.set_all(cut);
}

/// Ends a node as if it had been killed: it can say nothing any more.
fn kill(mut node: TestApp) {
    cut_off(&node, true);
    node.stop();
}

#[test]
fn another_node_takes_over_once_the_holder_has_not_been_heard_of_for_ten_seconds() {
    let Some((first, second, _home)) = nodes() else { return };
    let time = first.time.clone();
    for _ in 0..5 {
        beat(&time, 2);
        assert_eq!((is_holder(&first), is_holder(&second)), (true, false));
    }
    kill(first);
    let mut beats = 0;
    while !is_holder(&second) {
        assert!(beats < 5, "nobody takes over");
        beat(&time, 1);
        beats += 1;
    }
    // Its last beat was seen at once or at the next look.
    assert!((4..=5).contains(&beats), "after {beats} looks");
    assert_eq!(lease(&second), Ok(Some(Lease::Term(2))));
}

#[test]
fn a_holder_that_does_not_reach_the_database_for_ten_seconds_holds_no_longer() {
    let Some((first, second, _home)) = nodes() else { return };
    cut_off(&first, true);
    first.advance(Duration::from_secs(10));
    until("its stepping down", || !is_holder(&first));
    assert!(lease(&first).is_err(), "it cannot know");
    let taken = || matches!(lease(&second), Ok(Some(Lease::Term(2))));
    until("the other taking over", taken);
    cut_off(&first, false);
    assert_eq!(lease(&first), Ok(None));
}

#[test]
fn whoever_stops_in_order_gives_the_lease_back() {
    let Some((mut first, second, _home)) = nodes() else { return };
    first.stop();
    beat(&second.time, 1);
    assert!(is_holder(&second));
    first.serve();
    until("both knowing it", || first.time.beats() == [BEAT_EVERY; 2]);
    assert!(!is_holder(&first));
    beat(&first.time, 2);
    assert_eq!((is_holder(&first), is_holder(&second)), (false, true));
}

#[test]
fn a_node_that_was_stopped_for_a_minute_goes_on_only_if_nobody_took_over() {
    let Some((first, second, _home)) = nodes() else { return };
    // Both sleep through it; whichever wakes up first, one of them holds the lease afterwards.
    for round in 1..10 {
        first.advance(Duration::from_secs(60));
        let leases = [lease(&first).unwrap(), lease(&second).unwrap()];
        assert_eq!(leases.iter().flatten().count(), 1, "{leases:?} in round {round}");
        until("both going on", || first.time.beats().iter().all(|wait| !wait.is_zero()));
    }
}

#[test]
fn a_job_that_was_overtaken_by_the_next_holder_writes_nothing() {
    let Some((first, second, home)) = nodes() else { return };
    let body = json!({"label": "Reader", "role": "auditor", "organization_id": home.organization_id});
    home.operator
        .with("Idempotency-Key", "0123456789-overtaken-0123")
        .post("/v1/service-keys", &body)
        .expect(201);
    assert_eq!(lease(&second), Ok(None));
    let url = first.database_url().unwrap().to_owned();
    let taken = "UPDATE lease SET term = term + 1, beat = 0 WHERE id = 1";
    let meanwhile = ("idempotency/sweep_answers", Box::new(move || execute(&url, &[taken])) as _);
    first.time.jump_to(first.time.wall().plus(Duration::from_secs(86_400)));
    *first.faults.meanwhile.lock().unwrap() = Some(meanwhile);
    let services = first.services();
    let swept = actix_web::rt::System::new().block_on(async {
        let lease = services.leases.current().await.unwrap().unwrap();
        services.expiry.sweep_answers(lease).await
    });
    assert_eq!(swept, Err(Error::Unavailable("another node has taken the lease and does it".into())));
    assert!(first.faults.meanwhile.lock().unwrap().is_none(), "nobody came between");
    // Nothing is gone: the next holder finds it.
    let query = "DO $$ BEGIN ASSERT (SELECT count(*) FROM idempotency_keys) > 0; END $$";
    execute(first.database_url().unwrap(), &[query]);
}

/// What a job has begun to write is written before another may take the lease.
#[test]
fn whoever_takes_the_lease_waits_for_a_write_that_is_under_way() {
    let Some((first, second, _home)) = nodes() else { return };
    let url = first.database_url().unwrap().to_owned();
    let (begun, begins) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let writing = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            // As a job's transaction begins.
            let share =
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/query/lease/share.postgres.sql"));
            client.batch_execute("BEGIN").await.unwrap();
            assert_eq!(client.query(share, &[&1i64]).await.unwrap().len(), 1);
            begun.send(()).unwrap();
            ended.recv().unwrap();
            client.batch_execute("COMMIT").await.unwrap();
            drop(client);
            connection.await.unwrap().unwrap();
        });
    });
    begins.recv().unwrap();
    cut_off(&first, true);
    let waits = || second.time.beats();
    for _ in 0..4 {
        until("both waiting", || waits() == [BEAT_EVERY; 2]);
        first.advance(BEAT_EVERY);
    }

    // The one that was cut off waits for its next beat, the other for the row.
    until("the lease being asked for", || waits() == [BEAT_EVERY]);
    assert!(!is_holder(&second));
    end.send(()).unwrap();
    // Where that took longer than a write may wait, the next look takes it.
    until("the lease being taken", || {
        if waits() == [BEAT_EVERY; 2] {
            second.advance(BEAT_EVERY);
        }
        is_holder(&second)
    });
    writing.join().unwrap();
}
