//! Where doors may listen, and what refuses the start.

use clientpass::config::doors::Doors;

use crate::support::{Options, TestApp};

/// Why the service does not start with these sections.
#[track_caller]
fn refused(sections: &str) -> String {
    TestApp::refuses(doors(sections))
}

/// Options with these sections below `[doors]`.
fn doors(sections: &str) -> Options {
    let mut options = Options::default();
    options.config.doors = toml::from_str::<Doors>(sections).unwrap();
    options
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
}
