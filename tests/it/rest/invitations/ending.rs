//! What ends an open invitation, before it is redeemed and while it is: the member's password, state or role is another,
//! or whoever made it may act no more.

use clientpass::domain::secret::Secret;
use clientpass::service::{Error, Refusal};
use serde_json::json;

use super::{NEW, WEEK, invite, invited, redeem, redeem_as, token};
use crate::rest::administration::{program, signed_in};
use crate::rest::sessions::attempt;
use crate::support::actors::Installation;
use crate::support::{Http, Person, TestApp};

/// An organization in which an administrator has invited Alice.
struct Scene {
    app: TestApp,
    home: Installation,
    admin: Person,
    alice: Person,
    link: String,
}

impl Scene {
    fn set() -> Self {
        let (app, home) = TestApp::installed();
        let (admin, alice) = (signed_in(&home, "admin", "admin"), home.member("alice"));
        let link = invited(&admin.http, &alice);
        Self { app, home, admin, alice, link }
    }

    /// Redeems the link; something happens between the look for it and the write. Not in a thread of the server, which
    /// has to answer whoever does that.
    fn redeem_while(&self, happens: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        *self.app.faults.meanwhile.lock().unwrap() = Some(("invitations/find", Box::new(happens)));
        let services = self.app.services();
        let (token, password) = (Secret::new(self.link.clone()), Secret::new(NEW.into()));
        let redeemed = actix_web::rt::System::new().block_on(async {
            let request_id = services.ids.next().unwrap();
            services.invitations.redeem(&token, &password, request_id).await
        });
        assert!(self.app.faults.meanwhile.lock().unwrap().is_none(), "it was not looked up");
        redeemed.map(drop)
    }

    /// What somebody does, with all that it takes.
    fn doing(&self, act: Act) -> impl FnOnce() + Send + 'static {
        let Installation { organization_id, operator, mail_server, owner } = &self.home;
        let home = Installation {
            organization_id: organization_id.clone(),
            operator: operator.clone(),
            mail_server: mail_server.clone(),
            owner: owner.clone(),
        };
        let (admin, alice) = (self.admin.clone(), self.alice.clone());
        move || act(&home, &admin, &alice)
    }
}

type Act = fn(&Installation, &Person, &Person);

fn patch(by: &Http, whom: &Person, body: &serde_json::Value) {
    by.patch(&whom.path(""), body).expect(200);
}

const ENDS: [(&str, Act); 12] = [
    ("another invitation", |home, _, alice| drop(invite(&home.operator, alice).expect(201))),
    ("the password set by a key", |home, _, alice| {
        home.operator.put(&alice.path("/password"), &json!({"password": "set by a key"})).expect(200);
    }),
    ("the password changed by the member", |_, _, alice| {
        let mut alice = alice.clone();
        alice.sign_in();
        let change = json!({"password": "changed by Alice", "current_password": alice.password});
        alice.http.put(&alice.path("/password"), &change).expect(200);
    }),
    ("suspended", |home, _, alice| patch(&home.operator, alice, &json!({"state": "suspended"}))),
    ("suspended and re-activated", |home, _, alice| {
        patch(&home.operator, alice, &json!({"state": "suspended"}));
        patch(&home.operator, alice, &json!({"state": "active"}));
    }),
    ("left", |home, _, alice| drop(home.operator.delete(&alice.path("")).expect(204))),
    ("dissolved", |home, _, _| drop(home.operator.delete(&home.path("")).expect(204))),
    ("a higher role", |home, _, alice| patch(&home.operator, alice, &json!({"role": "admin"}))),
    ("a higher role for a moment", |home, _, alice| {
        patch(&home.operator, alice, &json!({"role": "admin"}));
        patch(&home.operator, alice, &json!({"role": "member"}));
    }),
    ("who made it is suspended", |home, admin, _| {
        patch(&home.operator, admin, &json!({"state": "suspended"}));
    }),
    ("who made it has left", |home, admin, _| drop(home.operator.delete(&admin.path("")).expect(204))),
    ("who made it has lost the role", |home, admin, _| {
        patch(&home.operator, admin, &json!({"role": "auditor"}));
    }),
];

#[test]
fn what_ends_an_invitation() {
    for (name, act) in ENDS {
        let scene = Scene::set();
        scene.doing(act)();
        let refused = redeem(&scene.app, &scene.link);
        assert_eq!(
            (refused.status, refused.body["code"].as_str()),
            (403, Some("invalid_invitation")),
            "{name}"
        );
        attempt(&scene.app.http(), &scene.alice.login, NEW, None).expect_problem(401, "invalid_credentials");
    }
}

/// It was open when it was looked up; the write decides.
#[test]
fn what_ends_an_invitation_that_is_being_redeemed() {
    for (name, act) in ENDS {
        let scene = Scene::set();
        let redeemed = scene.redeem_while(scene.doing(act));
        assert_eq!(redeemed, Err(Error::Refused(Refusal::InvalidInvitation)), "{name}");
        attempt(&scene.app.http(), &scene.alice.login, NEW, None).expect_problem(401, "invalid_credentials");
    }
}

#[test]
fn its_time_may_come_while_it_is_redeemed() {
    let scene = Scene::set();
    let time = scene.app.time.clone();
    let redeemed = scene.redeem_while(move || time.advance(WEEK));
    assert_eq!(redeemed, Err(Error::Refused(Refusal::InvalidInvitation)));
    assert_eq!(Scene::set().redeem_while(|| {}), Ok(()));
}

#[test]
fn an_invitation_ends_with_the_key_that_made_it() {
    let (app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let directory = program(&home, "directory", Some(&home.organization_id));
    let link = invited(&directory, &alice);
    let id = directory.get("/v1/me").expect(200).body["service_key"]["id"].clone();
    home.operator.delete(&format!("/v1/service-keys/{}", id.as_str().unwrap())).expect(204);
    redeem(&app, &link).expect_problem(403, "invalid_invitation");
}

#[test]
fn what_changes_nothing_of_that_leaves_it_open() {
    let leaves: [(&str, Act); 5] = [
        ("another name", |home, _, alice| patch(&home.operator, alice, &json!({"display_name": "Alice"}))),
        ("the member signs in", |_, _, alice| {
            alice.clone().sign_in();
        }),
        ("factors removed", |home, _, alice| {
            home.operator.delete(&alice.path("/second-factors")).expect(204);
        }),
        ("who made it signs out", |_, admin, _| drop(admin.http.delete("/v1/sessions/current").expect(204))),
        ("another member is invited", |home, admin, _| {
            invite(&admin.http, &home.external_member("bob")).expect(201);
        }),
    ];
    for (name, act) in leaves {
        let scene = Scene::set();
        scene.doing(act)();
        assert_eq!(redeem(&scene.app, &scene.link).status, 200, "{name}");
    }
}

/// A lost phone: the administrator removes the factors and resets the password, in either order.
#[test]
fn a_reset_goes_with_a_removal_of_the_factors() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let link = invited(&home.operator, &alice);
    home.operator.delete(&alice.path("/second-factors")).expect(204);
    redeem(&app, &link).expect(200);
    attempt(&app.http(), &alice.login, NEW, None).expect(201);
}

#[test]
fn sent_again_it_is_the_same_link_as_long_as_that_is_open() {
    let (app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let once = |key: &str| invite(&home.operator.with("Idempotency-Key", key), &alice);
    let first = once("0123456789abcdef").expect(201);
    assert_eq!(once("0123456789abcdef").expect(201).text, first.text);

    let second = once("another-key-of-a-test").expect(201);
    once("0123456789abcdef").expect_problem(409, "not_active");
    redeem_as(&app.http(), &token(&second), NEW).expect(200);
    once("another-key-of-a-test").expect_problem(409, "not_active");
    invite(&home.operator.with("Idempotency-Key", "short"), &alice)
        .expect_field("Idempotency-Key", "too_short");
}
