//! A backup that was taken while a job ended many: what is going on goes on, and what was stopped stays so.

use clientpass::app::Restore;
use serde_json::{Value, json};

use super::backup::back_up;
use crate::rest::revocation_jobs::{break_statement, by_jobs, halfway, over};
use crate::support::database::on_postgres;
use crate::support::{ClientPassword, Installation, Person, TestApp};

struct Scene {
    app: TestApp,
    home: Installation,
    people: [Person; 3],
    phones: [ClientPassword; 3],
    job: String,
}

/// A job that has passed two of three, backed up; meanwhile somebody does something; then the backup is put back.
fn restored(meanwhile: impl FnOnce(&TestApp, &Installation, &str)) -> Option<Scene> {
    if on_postgres() {
        return None;
    }
    let (mut app, mut home) = by_jobs();
    let (people, phones, job) = halfway(&app, &home);
    let file = back_up(&app);
    meanwhile(&app, &home, &job);
    break_statement(&app, None);
    app.restore_at_rest(&Restore { file: Some(&file), end_all: false, accept_revival: false }).unwrap();
    home.operator = app.http().bearing(home.operator.token());
    home.mail_server = app.http().bearing(home.mail_server.token());
    Some(Scene { app, home, people, phones, job })
}

impl Scene {
    fn verdicts(&self) -> [String; 3] {
        [0, 1, 2].map(|n| self.home.mail_server.verdict(&self.people[n].login, &self.phones[n].secret))
    }

    fn over(&self) -> Value {
        over(&self.home, &self.job)
    }
}

#[test]
fn what_was_running_goes_on_from_where_it_is() {
    let Some(scene) = restored(|_, _, _| {}) else { return };
    let seen = scene.over();
    assert_eq!(
        (&seen["state"], &seen["ended"]),
        (&json!("done"), &json!({"members": 3, "client_passwords": 3}))
    );
    assert_eq!(scene.verdicts(), ["revoked", "revoked", "revoked"]);
    drop(scene.app);
}

#[test]
fn what_was_stopped_since_stays_stopped() {
    let stop = |app: &TestApp, home: &Installation, job: &str| {
        home.operator.send("POST", &home.path(&format!("/revocations/{job}/stop")), None).expect(200);
        drop(app.metrics());
    };
    let Some(scene) = restored(stop) else { return };
    let seen = scene.over();
    assert_eq!(
        (&seen["state"], &seen["ended"]),
        (&json!("stopped"), &json!({"members": 2, "client_passwords": 2}))
    );
    assert_eq!(scene.verdicts(), ["revoked", "revoked", "accept"]);
}
