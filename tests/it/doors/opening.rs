//! Where doors may listen, and what refuses the start.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use super::doors;
use super::dovecot::server::MailServer;
use crate::support::TestApp;

/// Why the service does not start with these sections.
#[track_caller]
fn refused(sections: &str) -> String {
    TestApp::refuses(doors(sections))
}

#[test]
fn a_door_that_other_machines_reach_is_refused_and_told_what_to_do() {
    let why = refused("[dovecot]\nlisten = \"0.0.0.0:0\"\n");
    assert!(why.starts_with("[doors.dovecot] 0.0.0.0:0 can be reached"), "{why}");
    assert!(why.contains("allow_remote = true") && !why.contains("require_key"), "{why}");
    for door in ["oauth2", "nginx_mail", "forward_auth", "ldap"] {
        let why = refused(&format!("[{door}]\nlisten = \"[::]:0\"\n"));
        assert!(why.starts_with(&format!("[doors.{door}] [::]:0 can be reached")), "{why}");
        assert!(why.contains("require_key = true"), "{why}");
    }
    let app = TestApp::start_with(doors("[dovecot]\nlisten = \"0.0.0.0:0\"\nallow_remote = true\n"));
    assert!(app.door("dovecot").starts_with("0.0.0.0:"));
}

#[test]
fn a_unix_socket_has_its_mode_and_goes_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.sock");
    let section = format!("[dovecot]\nlisten = \"unix:{}\"\n", path.display());
    for (key, expected) in [("", 0o660), ("mode = \"0600\"\n", 0o600), ("mode = \"0666\"\n", 0o666)] {
        let mut app = TestApp::start_with(doors(&format!("{section}{key}")));
        assert_eq!(app.door("dovecot"), format!("unix:{}", path.display()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, expected);
        MailServer::greeted(&app);
        app.restart();
        MailServer::greeted(&app);
        app.stop();
        assert!(!path.exists());
    }
}

#[test]
fn a_socket_that_a_dead_process_left_is_replaced_and_a_living_one_refuses_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.sock");
    let section = format!("[dovecot]\nlisten = \"unix:{}\"\n", path.display());
    let living = UnixListener::bind(&path).unwrap();
    let why = refused(&section);
    assert!(why.contains("in use by another process"), "{why}");
    drop(living);
    assert!(path.exists());
    MailServer::greeted(&TestApp::start_with(doors(&section)));
}

#[test]
fn what_cannot_be_opened_names_its_section() {
    let folder = tempfile::tempdir().unwrap();
    let socket = |more: &str| format!("[dovecot]\nlisten = \"unix:{}/s\"\n{more}", folder.path().display());
    assert!(refused(&socket("owner = \"nobody here\"\n")).contains("[doors.dovecot] nobody here"));
    assert!(refused(&socket("group = \"nobody here\"\n")).contains("[doors.dovecot] nobody here"));
    let nowhere = refused("[dovecot]\nlisten = \"unix:/no such folder/s\"\n");
    assert!(nowhere.starts_with("[doors.dovecot] unix:/no such folder/s: "), "{nowhere}");
    let first = TestApp::start_with(doors("[dovecot]\nlisten = \"127.0.0.1:0\"\n"));
    let taken = refused(&format!("[dovecot]\nlisten = \"{}\"\n", first.door("dovecot")));
    assert!(taken.contains("in use by another process"), "{taken}");
}

#[test]
fn the_metrics_count_connections_and_answers_by_door() {
    let (app, home) = TestApp::installed_with(doors("[dovecot]\nlisten = \"127.0.0.1:0\"\n"));
    let bob = home.member("bob");
    let mut server = MailServer::greeted(&app);
    server.plain(1, &bob.login, &bob.password);
    assert!(server.hears().starts_with("OK"));
    server.plain(2, &bob.login, "a wrong one");
    assert!(server.hears().starts_with("FAIL"));
    let metrics = app.metrics();
    for line in [
        "clientpass_door_connections_total{door=\"dovecot\"} 1",
        "clientpass_door_answers_total{door=\"dovecot\",result=\"accept\"} 1",
        "clientpass_door_answers_total{door=\"dovecot\",result=\"reject\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}
