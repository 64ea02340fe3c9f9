//! Submission, ManageSieve, and a program that fetches mail by itself: the same answers as for those who read mail.

use serde_json::json;

use super::{CAROLS, Scene};
use crate::support::actors::{ClientPassword, Person};
use crate::support::mail_client::{
    Attempt, CurlSubmission, Mbsync, OTHER_CLIENTS, PythonImap, PythonSieve, PythonSubmission, Told, python,
};

/// What each of [`OTHER_CLIENTS`] is told.
#[track_caller]
fn others_told(scene: &Scene, person: &Person, password: &str, expected: Told) {
    for client in OTHER_CLIENTS {
        assert_eq!(scene.told(client, person, password), expected, "{client:?}");
    }
}

#[test]
fn every_service_of_dovecot_says_yes_no_and_later() {
    let Some(mut scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let (phone, lost) = (bob.issue("phone"), bob.issue("lost"));
    bob.http.delete(&lost.path("")).expect(204);
    others_told(&scene, &bob, &phone.secret, Told::In);
    others_told(&scene, &bob, &lost.secret, Told::WrongPassword);
    others_told(&scene, &bob, &bob.password, Told::WrongPassword);
    scene.clientpass.stop();
    others_told(&scene, &bob, &phone.secret, Told::Later);
    others_told(&scene, &bob, "made up", Told::Later);
    scene.clientpass.start();
    others_told(&scene, &bob, &phone.secret, Told::In);
}

#[test]
fn submission_is_smtp_and_managesieve_is_sieve() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let only = |protocol: &str| bob.issue_with(&json!({"label": protocol, "protocols": [protocol]}));
    let (smtp, sieve, imap) = (only("smtp"), only("sieve"), only("imap"));
    for (password, opens) in
        [(&smtp, &[CurlSubmission, PythonSubmission][..]), (&sieve, &[PythonSieve]), (&imap, &[Mbsync])]
    {
        for client in OTHER_CLIENTS {
            let expected = if opens.contains(&client) { Told::In } else { Told::WrongPassword };
            assert_eq!(scene.told(client, &bob, &password.secret), expected, "{client:?} of {opens:?}");
        }
    }
    let used =
        |of: &ClientPassword| bob.http.get(&of.path("")).expect(200).body["last_used"]["protocol"].clone();
    assert_eq!([used(&smtp), used(&sieve), used(&imap)], [json!("smtp"), json!("sieve"), json!("imap")]);
}

#[test]
fn a_member_who_signs_in_elsewhere_is_left_to_the_next_source_by_every_service() {
    let Some(scene) = Scene::set() else { return };
    let carol = scene.at.external_member("carol");
    others_told(&scene, &carol, CAROLS, Told::In);
    others_told(&scene, &carol, "made up", Told::WrongPassword);
    scene.at.operator.put(&carol.path("/secure-login"), &json!({"enabled": true})).expect(200);
    others_told(&scene, &carol, CAROLS, Told::WrongPassword);
    assert_eq!(scene.told(PythonImap, &carol, CAROLS), Told::WrongPassword);
}

#[test]
fn an_id_that_is_no_name_is_shown_as_it_came() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let phone = bob.issue("phone");
    for (id, shown) in [
        (r#"("vendor" "Somebody")"#, json!("\"vendor\" \"Somebody\"")),
        (r#"("NAME" "Q\"uote" "version" "1")"#, json!("Q\"uote 1")),
        (r#"("name" "Only")"#, json!("Only")),
    ] {
        let one = Attempt { protocol: "imap", login: &bob.login, password: &phone.secret, id: Some(id) };
        assert_eq!(python(&scene.dovecot, 1, &[one]), [Told::In]);
        let used = bob.http.get(&phone.path("")).expect(200).body["last_used"]["client"].clone();
        assert_eq!(used, shown, "{id}");
    }
}
