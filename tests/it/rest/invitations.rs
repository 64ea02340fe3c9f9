//! `/v1/members/{member_id}/invitations` and `/v1/invitations/redeem`: a link by which a member chooses the account
//! password, who may make one, and what ends it.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, each, one_record, program, signed_in};
use super::sessions::{attempt, is_signed_in};
use crate::support::actors::Installation;
use crate::support::database::on_postgres;
use crate::support::{Answer, Http, Person, TestApp};

mod ending;

const NEW: &str = "a password that the member chose";
const WEEK: Duration = Duration::from_secs(604_800);
const MICROSECOND: Duration = Duration::from_micros(1);

fn invite(by: &Http, member: &Person) -> Answer {
    by.send("POST", &member.path("/invitations"), None)
}

/// What stands behind the `#` of the link.
#[track_caller]
fn token(invitation: &Answer) -> String {
    let link = invitation.text_of("link");
    link.split_once('#').expect("no # in the link").1.to_owned()
}

/// The token of a new invitation.
#[track_caller]
fn invited(by: &Http, member: &Person) -> String {
    token(&invite(by, member).expect(201))
}

fn redeem_as(http: &Http, token: &str, password: &str) -> Answer {
    http.post("/v1/invitations/redeem", &json!({"token": token, "password": password}))
}

fn redeem(app: &TestApp, token: &str) -> Answer {
    redeem_as(&app.http(), token, NEW)
}

/// The audit events of this action, newest first.
fn events(home: &Installation, action: &str) -> Vec<Value> {
    home.operator.get(&home.path(&format!("/audit-events?action={action}"))).expect(200).items().clone()
}

#[test]
fn a_new_member_chooses_a_password_by_the_link_and_signs_in() {
    let (app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let made = invite(&home.operator, &alice).expect(201);

    let begin = format!("http://localhost:{}/invitation#cpi_", app.address.port());
    assert!(made.text_of("link").starts_with(&begin), "{}", made.text);
    assert_eq!(made.text_of("expires_at"), app.time.wall().plus(WEEK).to_string());
    assert_eq!(made.header("cache-control"), Some("no-store"));
    attempt(&app.http(), &alice.login, NEW, None).expect_problem(401, "invalid_credentials");

    let redeemed = redeem(&app, &token(&made)).expect(200);
    assert_eq!(redeemed.body, json!({"member_id": alice.id, "login": alice.login}));
    let session = attempt(&app.http(), &alice.login, NEW, None).expect(201);
    assert_eq!(session.body["member"]["sign_in"], "local");
    // There was no password to lose, so there is nothing to tell.
    assert_eq!(session.body["notices"], json!([]));
}

#[test]
fn both_are_recorded_and_name_who_did_it() {
    let (app, home) = TestApp::installed();
    let (mut owner, alice) = (home.owner.clone(), home.external_member("alice"));
    owner.sign_in();

    let mut link = String::new();
    let created = one_record(&home, || link = invited(&owner.http, &alice));
    assert_eq!(
        (&created["action"], &created["actor"]["id"]),
        (&json!("invitation.created"), &json!(owner.id))
    );
    assert_eq!(
        (&created["member_id"], &created["details"]),
        (&json!(alice.id), &json!({"sign_in": "external"}))
    );

    let redeemed = one_record(&home, || drop(redeem(&app, &link).expect(200)));
    assert_eq!(redeemed["action"], "invitation.redeemed");
    assert_eq!(redeemed["actor"], json!({"kind": "member", "id": alice.id}));
    assert_eq!((&redeemed["member_id"], &redeemed["targets"]), (&json!(alice.id), &created["targets"]));
    assert_eq!(created["targets"][0]["kind"], "invitation");
    let details = json!({"sign_in_before": "external", "sign_in": "local", "ended_client_passwords": 0});
    assert_eq!(redeemed["details"], details);
}

#[test]
fn a_link_works_once() {
    let (app, home) = TestApp::installed();
    let link = invited(&home.operator, &home.external_member("alice"));
    redeem(&app, &link).expect(200);
    redeem_as(&app.http(), &link, "a password of somebody else").expect_problem(403, "invalid_invitation");
    attempt(&app.http(), "alice@example.org", NEW, None).expect(201);
}

#[test]
fn of_many_who_redeem_a_link_at_the_same_moment_one_does() {
    let (app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let link = invited(&home.operator, &alice);
    let racers: Vec<_> = (0..4)
        .map(|n| {
            let (http, link) = (app.http(), link.clone());
            std::thread::spawn(move || redeem_as(&http, &link, &format!("the password of racer {n}")).status)
        })
        .collect();
    let statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();

    let first = statuses.iter().position(|status| *status == 200).unwrap();
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 3, "{statuses:?}");
    attempt(&app.http(), &alice.login, &format!("the password of racer {first}"), None).expect(201);
    assert_eq!(events(&home, "invitation.redeemed").len(), 1);
}

#[test]
fn a_link_is_good_for_less_than_seven_days() {
    for (after, good) in [(WEEK.checked_sub(MICROSECOND).unwrap(), true), (WEEK, false)] {
        let (app, home) = TestApp::installed();
        let link = invited(&home.operator, &home.external_member("alice"));
        app.advance(after);
        let answer = redeem(&app, &link);
        if good {
            answer.expect(200)
        } else {
            answer.expect_problem(403, "invalid_invitation")
        };
    }
}

#[test]
fn who_may_invite_whom() {
    let (_app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let [mut owner, neighbour] = [home.owner.clone(), Neighbours::of(&home).owner];
    owner.sign_in();
    let [admin, other_admin] = ["admin", "other"].map(|name| signed_in(&home, name, "admin"));
    let [auditor, member] = ["auditor", "member"].map(|role| signed_in(&home, role, role));
    let key = |role: &str| program(&home, role, Some(&home.organization_id));
    let (directory, reader) = (key("directory"), key("auditor"));

    for by in [&owner.http, &admin.http, &home.operator, &directory] {
        invite(by, &alice).expect(201);
    }
    for by in [&owner.http, &home.operator] {
        invite(by, &other_admin).expect(201);
    }
    invite(&home.operator, &owner).expect(201);

    // Nobody invites an equal, somebody above, or themselves.
    for (by, whom) in
        [(&admin.http, &other_admin), (&admin.http, &owner), (&admin.http, &admin), (&owner.http, &owner)]
    {
        invite(by, whom).expect_problem(403, "forbidden");
    }
    for by in [&auditor.http, &home.mail_server, &reader] {
        invite(by, &alice).expect_problem(403, "forbidden");
    }
    invite(&directory, &admin).expect_problem(403, "forbidden");
    invite(&member.http, &member).expect_problem(403, "forbidden");
    for by in [&member.http, &neighbour.http] {
        invite(by, &alice).expect_problem(404, "not_found");
    }
}

#[test]
fn inviting_needs_a_fresh_sign_in() {
    let (app, home) = TestApp::installed();
    let (mut owner, alice) = (home.owner.clone(), home.external_member("alice"));
    owner.sign_in();
    app.advance(Duration::from_secs(301));
    invite(&owner.http, &alice).expect_problem(401, "step_up_required");
    // Programs have no sign-in.
    invite(&home.operator, &alice).expect(201);
}

#[test]
fn only_an_active_member_is_invited() {
    let (_app, home) = TestApp::installed();
    let (bob, carol) = (home.external_member("bob"), home.external_member("carol"));
    home.operator.patch(&bob.path(""), &json!({"state": "suspended"})).expect(200);
    home.operator.delete(&carol.path("")).expect(204);
    for whom in [&bob, &carol] {
        invite(&home.operator, whom).expect_problem(409, "not_active");
    }
    assert_eq!(events(&home, "invitation.created"), Vec::<Value>::new());
}

/// The member had a password, a factor, client passwords and sessions: whoever holds the link gets none of them.
#[test]
fn as_a_reset_it_ends_client_passwords_sessions_and_kept_answers_and_leaves_the_factors() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    let once = alice.http.with("Idempotency-Key", "0123456789abcdef");
    once.post(&alice.path("/client-passwords"), &json!({"label": "Tablet"})).expect(201);
    redeem(&app, &invited(&home.operator, &alice)).expect(200);

    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert!(!is_signed_in(&alice));
    let ended = &events(&home, "invitation.redeemed")[0]["details"]["ended_client_passwords"];
    assert_eq!(*ended, 2);
    let listed = home.operator.get(&alice.path("/client-passwords")).expect(200);
    assert_eq!(each(listed.items(), "ended_reason"), ["account_password_changed"; 2]);

    attempt(&app.http(), &alice.login, &alice.password, None).expect_problem(401, "invalid_credentials");
    attempt(&app.http(), &alice.login, NEW, None).expect_problem(401, "second_factor_required");
    app.advance(Duration::from_secs(30));
    NEW.clone_into(&mut alice.password);
    alice.sign_in_with_code(app.time.wall());
    assert_eq!(home.operator.get(&alice.path("/secure-login")).expect(200).body["enabled"], true);
    let again = alice.http.with("Idempotency-Key", "0123456789abcdef");
    let again = again.post(&alice.path("/client-passwords"), &json!({"label": "Tablet"}));
    again.expect_problem(409, "not_active");
}

/// Whoever made the link and redeemed it has signed in with no factor that is older.
#[test]
fn who_has_a_password_to_lose_is_told_until_a_session_with_an_older_factor_acknowledges_it() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice").secured(app.time.wall());
    app.advance(Duration::from_secs(30));
    redeem(&app, &invited(&home.operator, &alice)).expect(200);
    app.advance(Duration::from_secs(30));

    let code = alice.code(app.time.wall());
    let shown = attempt(&app.http(), &alice.login, NEW, Some(&code)).expect(201);
    let notices = shown.body["notices"].as_array().unwrap();
    assert_eq!(each(notices, "action"), ["invitation.created"]);
    assert_eq!(notices[0]["actor"]["kind"], "service_key");
    alice.http = app.http().bearing(&shown.text_of("token"));
    let path = alice.path(&format!("/notices/{}/acknowledge", notices[0]["id"].as_str().unwrap()));
    alice.http.send("POST", &path, None).expect(204);
    assert_eq!(*alice.http.get(&alice.path("/notices")).expect(200).items(), Vec::<Value>::new());

    // Bob has no factor; so whoever redeemed the link cannot take the notice away.
    let mut bob = home.member("bob");
    redeem(&app, &invited(&home.operator, &bob)).expect(200);
    NEW.clone_into(&mut bob.password);
    bob.sign_in();
    let open = bob.http.get(&bob.path("/notices")).expect(200);
    assert_eq!(each(open.items(), "action"), ["invitation.created"]);
    let path = bob.path(&format!("/notices/{}/acknowledge", open.items()[0]["id"].as_str().unwrap()));
    bob.http.send("POST", &path, None).expect_problem(403, "older_factor_required");
}

#[test]
fn what_is_no_invitation_is_refused_alike_and_one_opens_nothing_else() {
    let (app, home) = TestApp::installed();
    let mut owner = home.owner.clone();
    owner.sign_in();
    let right = invited(&home.operator, &home.external_member("alice"));
    let mistyped = format!("{}{}", &right[..right.len() - 1], if right.ends_with('x') { 'y' } else { 'x' });
    let foreign = "cpi_ExampleExampleExampleExampleExample0";
    for wrong in
        ["", "cpi_nonsense", foreign, &mistyped, &right[1..], owner.http.token(), home.operator.token()]
    {
        redeem(&app, wrong).expect_problem(403, "invalid_invitation");
    }
    app.http().bearing(&right).get("/v1/me").expect_problem(401, "unauthenticated");
    redeem(&app, &right).expect(200);
}

#[test]
fn a_password_that_is_not_allowed_leaves_the_link_good() {
    let (app, home) = TestApp::installed();
    let link = invited(&home.operator, &home.external_member("alice"));
    let long = "x".repeat(1025);
    for (password, code) in [
        ("4 short", "too_short"),
        (&long, "too_long"),
        ("aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab", "not_allowed"),
    ] {
        let answer = redeem_as(&app.http(), &link, password).expect_field("password", code);
        assert!(!answer.text.contains(&link) && !answer.text.contains(password));
        // Nobody learns about passwords without a link.
        redeem_as(&app.http(), "cpi_nonsense", password).expect_problem(403, "invalid_invitation");
    }
    redeem(&app, &link).expect(200);
}

#[test]
fn a_database_that_cannot_be_written_leaves_the_link_good() {
    let (app, home) = TestApp::installed();
    let link = invited(&home.operator, &home.external_member("alice"));
    for statement in ["invitations/take", "members/set_password_and_end", "audit/record_ending"] {
        *app.faults.statement.lock().unwrap() = Some(statement);
        redeem(&app, &link).expect_problem(503, "unavailable");
    }
    *app.faults.statement.lock().unwrap() = None;
    redeem(&app, &link).expect(200);
}

#[test]
fn the_link_begins_with_the_public_url() {
    let (mut app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    app.reconfigure(|config| {
        config.server.public_url = Some("https://mail.example.org/".to_owned().try_into().unwrap());
    });
    let made = invite(&app.http().bearing(home.operator.token()), &alice).expect(201);
    assert!(made.text_of("link").starts_with("https://mail.example.org/invitation#cpi_"), "{}", made.text);
}

#[test]
fn where_nobody_has_said_the_public_url_nothing_is_made() {
    let (mut app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let link = invited(&home.operator, &alice);
    // `localhost` is another address of this machine.
    app.reconfigure(|config| config.server.listen = "127.0.0.2:8600".parse().unwrap());
    let operator = app.http().bearing(home.operator.token());
    let refused = invite(&operator, &alice).expect_problem(409, "public_url_missing");
    assert!(refused.text_of("detail").contains("server.public_url"), "{}", refused.text);
    redeem(&app, &link).expect(200);
}

/// The token is under no pepper, so nobody has to wait with retiring one; a key that made one may end with it.
#[test]
fn a_link_outlives_a_pepper_and_not_the_key_that_made_it() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let mut owner = home.owner.clone();
    let (by_owner, by_key) = (
        invited(&owner.sign_in().http, &home.external_member("alice")),
        invited(&home.operator, &home.external_member("bob")),
    );
    app.order(&json!({"order": "add_pepper"})).unwrap();
    app.order(&json!({"order": "retire_pepper", "id": 1, "end": true, "force": true})).unwrap();
    redeem(&app, &by_key).expect_problem(403, "invalid_invitation");
    redeem(&app, &by_owner).expect(200);
}

#[test]
fn what_nobody_has_redeemed_is_forgotten() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    invited(&home.operator, &home.external_member("alice"));
    app.advance(WEEK.checked_sub(MICROSECOND).unwrap());
    invited(&home.operator, &home.external_member("bob"));
    let kept = || {
        app.sweep(async |expiry, lease| expiry.sweep_invitations(lease).await);
        app.number("SELECT count(*) FROM invitations")
    };
    assert_eq!(kept(), 2);
    app.advance(MICROSECOND);
    assert_eq!(kept(), 1);
}

#[test]
fn one_that_is_open_is_listed_without_its_link_and_ended_without_step_up() {
    let (app, home) = TestApp::installed();
    let (admin, auditor) = (signed_in(&home, "admin", "admin"), signed_in(&home, "auditor", "auditor"));
    let alice = home.external_member("alice");
    let path = alice.path("/invitations");
    assert_eq!(home.operator.get(&path).expect(200).body, json!({"items": [], "next_cursor": null}));
    assert_eq!(home.operator.delete(&path).expect(200).body, json!({"ended_invitations": 0}));

    let link = invited(&admin.http, &alice);
    let (now, until) = (app.time.wall().to_string(), app.time.wall().plus(WEEK).to_string());
    let listed = home.operator.get(&path).expect(200);
    let by = json!({"kind": "member", "id": admin.id});
    let open = &listed.body["items"][0];
    assert_eq!((&open["created_by"], &open["created_at"]), (&by, &json!(now)));
    assert_eq!(open["expires_at"], json!(until));
    assert!(!listed.text.contains(&link), "{}", listed.text);

    // Whoever may not make one neither sees nor ends one.
    for other in [&auditor.http, &home.mail_server] {
        other.get(&path).expect_problem(403, "forbidden");
        other.delete(&path).expect_problem(403, "forbidden");
    }

    app.advance(Duration::from_secs(600));
    let ended = one_record(&home, || {
        assert_eq!(admin.http.delete(&path).expect(200).body, json!({"ended_invitations": 1}));
    });
    assert_eq!((&ended["action"], &ended["targets"][0]["id"]), (&json!("invitation.ended"), &open["id"]));
    redeem(&app, &link).expect_problem(403, "invalid_invitation");
    assert_eq!(home.operator.get(&path).expect(200).body["items"], json!([]));

    // One of a program, and one that is over by itself.
    invited(&home.operator, &alice);
    assert_eq!(home.operator.get(&path).expect(200).body["items"][0]["created_by"]["kind"], "service_key");
    app.advance(WEEK);
    assert_eq!(home.operator.get(&path).expect(200).body["items"], json!([]));
    assert_eq!(home.operator.delete(&path).expect(200).body, json!({"ended_invitations": 0}));
}
