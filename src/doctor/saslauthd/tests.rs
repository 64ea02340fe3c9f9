//! Each kind of finding about saslauthd: in the shipped file with one line changed.

use super::*;

const SHIPPED: &str = include_str!("../../../mail-servers/cyrus/saslauthd.conf");
const START: &str = "START=yes\nMECHANISMS=\"ldap\"\nOPTIONS=\"-r -m /var/run/saslauthd\"\n";

fn opened(doors: &[(Door, &str)]) -> Opened {
    let doors = doors.iter().map(|(door, listen)| (*door, (*listen).to_owned())).collect();
    Opened { doors, answers: None }
}

fn open() -> Opened {
    opened(&[(Door::Ldap, "127.0.0.1:8389")])
}

fn codes(found: &[Finding]) -> Vec<&'static str> {
    found.iter().map(|one| one.code).collect()
}

/// What is found of the shipped file with a line changed.
#[track_caller]
fn changed(from: &str, to: &str) -> Vec<&'static str> {
    assert!(SHIPPED.contains(from), "{from}");
    let settings = SHIPPED.replace(from, to);
    codes(&judge(&Printed { settings: &settings, start: &[START.to_owned()], mode: Some(0o600) }, &open()))
}

/// What is found of it started so.
fn started(start: &str) -> Vec<&'static str> {
    codes(&judge(&Printed { settings: SHIPPED, start: &[start.to_owned()], mode: None }, &open()))
}

#[test]
fn nothing_is_wrong_with_the_file_that_is_shipped() {
    assert_eq!(changed("ldap_servers", "ldap_servers"), [""; 0]);
    let unstarted = Printed { settings: SHIPPED, start: &[], mode: None };
    assert_eq!(judge(&unstarted, &open()), []);
}

#[test]
fn how_a_login_is_asked_about_is_judged() {
    let method = "ldap_auth_method: bind";
    assert_eq!(changed(method, "ldap_auth_method: FastBind"), ["saslauthd_fastbind"]);
    assert_eq!(changed(method, "ldap_auth_method: custom"), ["saslauthd_no_bind"]);
    assert_eq!(changed(method, ""), [""; 0], "it is what counts where nothing is set");
    assert_eq!(changed("service=%s,dc=clientpass", "dc=clientpass"), ["saslauthd_protocol"]);
    let by_filter = changed(
        "service=%s,dc=clientpass\nldap_filter: mail=%u",
        "dc=clientpass\nldap_filter: (&(mail=%u)(service=%s))",
    );
    assert_eq!(by_filter, [""; 0]);
    for name in ["ldap_timeout", "ldap_time_limit"] {
        assert_eq!(changed(&format!("{name}: 6"), &format!("{name}: 4")), ["saslauthd_timeout"]);
        assert_eq!(changed(&format!("{name}: 6"), &format!("{name}: 5")), [""; 0]);
    }
}

#[test]
fn who_can_read_what_is_asked_is_judged() {
    let here = "ldap_servers: ldap://127.0.0.1:8389";
    let there = |more: &str| changed(here, &format!("ldap_servers: {more}"));
    let tls = "\nldap_tls_check_peer: yes";
    assert_eq!(there("ldap://mail.example.org"), ["saslauthd_cleartext"]);
    assert_eq!(there(&format!("ldap://mail.example.org{tls}")), ["saslauthd_cleartext"]);
    assert_eq!(there("ldap://mail.example.org\nldap_start_tls: yes"), ["saslauthd_any_certificate"]);
    assert_eq!(there("ldaps://192.0.2.7"), ["saslauthd_any_certificate"]);
    assert_eq!(there(&format!("ldaps://192.0.2.7{tls}")), [""; 0]);
    assert_eq!(there(&format!("ldap://192.0.2.7:389/{tls}\nldap_start_tls: on")), [""; 0]);

    let mode =
        |settings: &str, mode| codes(&judge(&Printed { settings, start: &[], mode: Some(mode) }, &open()));
    assert_eq!(mode(SHIPPED, 0o644), ["saslauthd_key_readable"]);
    assert_eq!(mode(SHIPPED, 0o640), [""; 0]);
    assert_eq!(mode(&SHIPPED.replace("ldap_bind_pw", "#"), 0o644), [""; 0], "there is no key in it");
}

#[test]
fn how_it_is_started_is_judged() {
    // As Debian's file has it.
    assert_eq!(
        started("MECHANISMS=\"pam\"\nOPTIONS=\"-c -m /var/run/saslauthd\"\n"),
        ["saslauthd_asks_somebody_else", "saslauthd_cache", "saslauthd_no_realm"]
    );
    assert_eq!(started("MECHANISMS=\"ldap\"\nOPTIONS=\"-cr\"\n"), ["saslauthd_cache"]);
    assert_eq!(started("MECHANISMS=\"ldap\"\nOPTIONS=\"-m /run\"\n"), ["saslauthd_no_realm"]);
    // Its start script does the same then.
    for options in ["", "OPTIONS=\"\"\n"] {
        let found = started(&format!("MECHANISMS=\"ldap\"\n{options}"));
        assert_eq!(found, ["saslauthd_cache", "saslauthd_no_realm"], "{options}");
    }
    assert_eq!(started("MECHANISMS=\"ldap pam\"\nOPTIONS=\"-r\"\n"), ["saslauthd_asks_somebody_else"]);
    assert_eq!(started(START), [""; 0]);
    assert_eq!(started("START=no\nMECHANISMS=\"pam\"\nOPTIONS=\"-c\"\n"), [""; 0], "it is not started");
    // A second one, for a Postfix in its chroot.
    let both = [START.to_owned(), "MECHANISMS=ldap\nOPTIONS=\"-c -r\"\n".to_owned()];
    let printed = Printed { settings: SHIPPED, start: &both, mode: None };
    assert_eq!(codes(&judge(&printed, &open())), ["saslauthd_cache"]);
}

#[test]
fn where_it_asks_is_judged() {
    let found = |doors: &[(Door, &str)], settings: &str| {
        judge(&Printed { settings, start: &[], mode: None }, &opened(doors))
    };
    let closed = found(&[], SHIPPED);
    assert_eq!(codes(&closed), ["saslauthd_door_not_open"]);
    assert!(closed[0].change.starts_with("[doors.ldap] listen = \"127.0.0.1:8389\""), "{closed:#?}");
    let moved = found(&[(Door::Ldap, "127.0.0.1:8390")], SHIPPED);
    assert_eq!(codes(&moved), ["saslauthd_door_not_open"]);
    assert_eq!(moved[0].change, "ldap_servers: ldap://127.0.0.1:8390");
    let answers = Opened { doors: open().doors, answers: Some(|_| true) };
    let other = SHIPPED.replace("8389", "8399");
    let somebody = judge(&Printed { settings: &other, start: &[], mode: None }, &answers);
    assert_eq!(codes(&somebody), ["saslauthd_door_elsewhere"]);

    let two = SHIPPED.replace("ldap://127.0.0.1:8389", "ldap://127.0.0.1:8389 ldap://127.0.0.1:3890");
    assert_eq!(codes(&found(&[(Door::Ldap, "127.0.0.1:8389")], &two)), ["saslauthd_several_servers"]);
}

#[test]
fn one_that_asks_another_directory_is_none_of_ours() {
    let other = "ldap_servers: ldap://ldap.example.org\nldap_auth_method: fastbind\nldap_filter: uid=%u\n";
    let start = ["OPTIONS=-c\n".to_owned()];
    let printed = Printed { settings: other, start: &start, mode: Some(0o644) };
    assert_eq!(judge(&printed, &open()), []);
    // Where it asks shows it as well.
    let by_address =
        "ldap_servers: ldap://127.0.0.1:8389\nldap_auth_method: fastbind\nldap_filter: service=%s\n";
    let printed = Printed { settings: by_address, ..printed };
    assert_eq!(
        codes(&judge(&printed, &open())),
        ["saslauthd_fastbind", "saslauthd_cache", "saslauthd_no_realm"]
    );
}

#[test]
fn the_address_of_a_server_has_a_port() {
    for (uri, at, tls) in [
        ("ldap://127.0.0.1:8389", "127.0.0.1:8389", false),
        ("ldap://mail.example.org/", "mail.example.org:389", false),
        ("ldaps://[::1]", "[::1]:636", true),
        ("ldaps://[::1]:8636/", "[::1]:8636", true),
        ("mail.example.org", "mail.example.org:389", false),
        ("ldapi://%2Frun%2Fx", "unix:%2Frun%2Fx", false),
    ] {
        let server = Server::of(uri);
        assert_eq!((server.at.as_str(), server.tls), (at, tls), "{uri}");
    }
}
