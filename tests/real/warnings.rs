//! Killed while warnings are written and told: each client password is warned of, and under one id only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::actors::Installation;
use crate::support::clientpass::Clientpass;
use crate::support::postgres::{self, Server};
use crate::support::receiver::{Receiver, Reply};
use crate::support::{poll, runnable};

/// As many client passwords come to a threshold at once: several transactions are needed for them.
const COUNT: usize = 450;
/// What is signed with.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PATIENCE: Duration = Duration::from_secs(60);

fn warned_of_once(clientpass: &mut Clientpass, home: &Installation) {
    let hook = Receiver::start(Reply::Status(200));
    let key = clientpass.beside("webhook.key");
    fs::write(&key, SECRET).unwrap();
    clientpass.restart_with(&format!(
        "[limits]\nsession_changes = 1000000\n[[on_end]]\ntype = \"webhook\"\nname = \"hook\"\nurl = \"{}\"\n\
         secret_file = \"{}\"\nevents = [\"expiring\"]\n",
        hook.url("/hook"),
        key.display()
    ));
    let policy = json!({"max_active_per_member": 1000});
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(&policy)).expect(200);

    let alice = home.member("alice").secured(Clientpass::now());
    // Some seconds from now they will be due, a day before their date: four times what issuing them takes, as measured by
    // a few without a date.
    let begun = Clientpass::now();
    (0..COUNT / 30).for_each(|_| drop(alice.issue("Tablet")));
    let soon = Clientpass::now().since(begun) * 4 * 30;
    let at = Clientpass::now().plus(Duration::from_secs(86_400) + soon.max(Duration::from_secs(15)));
    let body = json!({"label": "Phone", "expires_at": at.to_string()});
    let issued: BTreeSet<String> = (0..COUNT).map(|_| alice.issue_with(&body).id).collect();
    assert!(Clientpass::now().plus(Duration::from_secs(86_400)) < at, "it took too long to issue them");

    for kill in [1, 40, 120, 230, 350] {
        assert!(poll(PATIENCE, || hook.count() >= kill), "{} of {kill} were told", hook.count());
        clientpass.kill();
        clientpass.start();
    }
    let told = || -> BTreeSet<String> {
        let heard = hook.heard(0);
        heard.iter().map(|one| one.body["data"]["client_password_id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(poll(PATIENCE, || told() == issued), "{} of {COUNT} were told", told().len());

    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in hook.heard(COUNT) {
        let data = &one.body["data"];
        assert_eq!((&data["days"], &data["ends_at"]), (&json!(1), &json!(at.to_string())));
        let id = data["client_password_id"].as_str().unwrap().to_owned();
        ids.entry(id).or_default().insert(one.header("webhook-id").to_owned());
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "warned of twice: {ids:?}");
}

#[test]
fn killed_on_sqlite_everybody_is_warned_once() {
    let (mut clientpass, home) = Clientpass::installed();
    warned_of_once(&mut clientpass, &home);
}

#[test]
fn killed_on_postgresql_everybody_is_warned_once() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = Server::start("");
    server.sql("postgres", "CREATE DATABASE clientpass TEMPLATE template0 ENCODING 'UTF8'");
    let (mut clientpass, home) = Clientpass::installed_on(&server.url("clientpass"));
    warned_of_once(&mut clientpass, &home);
}
