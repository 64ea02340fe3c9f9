//! Exim with the dovecot driver, asked by swaks over STARTTLS.

use std::path::PathBuf;

use serde_json::json;

use crate::support::clientpass::Clientpass;
use crate::support::exim::{self, Daemon, Exim};
use crate::support::{runnable, swaks};

const IN: u16 = 235;
const WRONG: u16 = 535;
const LATER: u16 = 435;

/// The shipped section; the socket is for Exim's user.
fn door(socket: &std::path::Path) -> String {
    format!(
        "[doors.dovecot]\nlisten = \"unix:{}\"\ngroup = \"{}\"\nmode = \"0660\"\n[verify]\nrefusal_floor_ms = 0\n",
        socket.display(),
        exim::USER
    )
}

#[test]
fn exim_tells_a_wrong_password_from_a_temporary_failure() {
    if !runnable(Daemon::Heavy.missing().or_else(swaks::missing)) {
        return;
    }
    let (mut clientpass, at) = Clientpass::installed();
    // Its own folder is for nobody but its user.
    let folder = tempfile::TempDir::with_prefix("clientpass-socket-").unwrap();
    let socket: PathBuf = folder.path().join("auth");
    open_to_all(folder.path());
    clientpass.restart_with(&door(&socket));
    let exim = Exim::start(&socket);
    let alice = at.member("alice").secured(Clientpass::now());
    let (phone, dead) = (alice.issue("phone"), alice.issue("dead"));
    let imap = alice.issue_with(&json!({"label": "imap", "protocols": ["imap"]}));
    alice.http.delete(&dead.path("")).expect(204);
    let told = |mechanism, password: &str| swaks::auth(exim.port, mechanism, &alice.login, password);
    for mechanism in ["PLAIN", "LOGIN"] {
        assert_eq!(told(mechanism, &phone.secret), IN, "{mechanism}");
        for wrong in ["made up", &dead.secret, &imap.secret, &alice.password] {
            assert_eq!(told(mechanism, wrong), WRONG, "{mechanism} {wrong}");
        }
    }
    clientpass.kill();
    for mechanism in ["PLAIN", "LOGIN"] {
        assert_eq!(told(mechanism, &phone.secret), LATER, "{mechanism}");
    }
    clientpass.start();
    assert_eq!(told("PLAIN", &phone.secret), IN);
    assert_eq!(told("LOGIN", "made up"), WRONG);
}

fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
