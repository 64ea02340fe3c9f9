//! How people and mail clients write a client password: whatever they do to it, it is understood.

use std::time::Duration;

use super::secured;
use crate::support::TestApp;
use crate::support::actors::ClientPassword;

/// A client password with an `o` and an `l` in it, which people take for digits.
fn with_o_and_l(alice: &crate::support::Person) -> ClientPassword {
    let has_both = |one: &ClientPassword| one.secret.contains('o') && one.secret.contains('l');
    (0..25).map(|n| alice.issue(&n.to_string())).find(has_both).expect("none of 25 has both letters")
}

fn full_width(text: &str) -> String {
    text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect()
}

#[test]
fn case_spaces_dashes_width_and_look_alikes_do_not_matter() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = with_o_and_l(&alice);
    let (shown, plain) = (&phone.secret, phone.secret.replace('-', ""));
    for typed in [
        plain.clone(),
        shown.to_uppercase(),
        shown.replace('-', " "),
        shown.replace('-', "\u{a0}\t"),
        shown.replace('-', "\u{2014}"),
        shown.replace('-', "\u{2011}"),
        shown.replace('-', "\u{200b}"),
        format!("  {shown}\r\n"),
        format!("\u{feff}{plain}"),
        full_width(&plain),
        full_width(&plain.to_uppercase()),
        plain.replace('o', "0").replace('l', "1"),
        plain.to_uppercase().replace('O', "0").replace('L', "1"),
        full_width(&plain.replace('o', "0").replace('l', "1")),
        plain.split("").collect::<Vec<_>>().join(" "),
    ] {
        assert_eq!(home.mail_server.verdict(&alice.login, &typed), "accept", "{typed:?}");
    }
}

#[test]
fn anything_else_is_not_it() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    let plain = phone.secret.replace('-', "");
    let next = |c: char| char::from((c as u8 - b'a' + 1) % 26 + b'a');
    let first = plain.chars().next().unwrap();
    for typed in [
        plain[1..].to_owned(),
        plain[..29].to_owned(),
        format!("{plain}a"),
        format!("{plain}{plain}"),
        format!("{}{}", next(first), &plain[1..]),
        plain.chars().rev().collect(),
        plain.replace(first, "é"),
        format!("{plain}!"),
        plain.replace(first, "2"),
        String::new(),
        "-".repeat(30),
        "a".repeat(1024),
    ] {
        // Each of these is a guess to the throttle.
        app.advance(Duration::from_secs(60));
        assert_eq!(home.mail_server.verdict(&alice.login, &typed), "invalid_credentials", "{typed:?}");
    }
}

#[test]
fn login_and_password_of_a_check_are_never_malformed_only_too_long() {
    let (app, home) = TestApp::installed();
    for login in ["", " ", "no address", "a@b@c", "\u{0}", "'; DROP TABLE members; --", "ä@example.org"] {
        // Several of these are the same nobody to the throttle.
        app.advance(Duration::from_secs(600));
        for password in ["", "\u{0}\u{1}", "\u{202e}", "💥"] {
            assert_eq!(home.mail_server.verdict(login, password), "invalid_credentials");
        }
    }
    let check = |login: &str, password: &str| home.mail_server.check(login, password, "imap");
    check(&"l".repeat(320), &"p".repeat(1024)).expect(200);
    check(&"l".repeat(321), "p").expect_field("login", "too_long");
    check("l", &"p".repeat(1025)).expect_field("password", "too_long");
}
