//! The main job: from an empty directory to a mail client let in and shut out.

use crate::support::{Person, TestApp};

#[test]
fn a_client_password_opens_mail_until_secure_login_goes_off_and_never_again() {
    let (app, home) = TestApp::installed();
    let now = app.time.wall();
    let alice: Person = home.member("alice").secured(now);
    let phone = alice.issue("Phone");

    let accepted = home.mail_server.check(&alice.login, &phone.secret, "imap").expect(200);
    assert_eq!(accepted.text_of("result"), "accept");
    assert_eq!(accepted.text_of("client_password_id"), phone.id);
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");

    let off = alice.secure_login(false);
    assert_eq!(off.body["ended_client_passwords"], 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "secure_login_off");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "accept");

    alice.secure_login(true);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");
}
