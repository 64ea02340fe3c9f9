//! Exim with the dovecot driver, asked over STARTTLS.

use tempfile::TempDir;

use crate::support::actors::Installation;
use crate::support::clientpass::Clientpass;
use crate::support::exim::{self, Daemon, Exim};
use crate::support::server::Server;
use crate::support::{plain, runnable, swaks};

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

/// An Exim that asks clientpass, and the folder of the socket: its own folder is for nobody but its user.
fn scene() -> Option<(Exim, Clientpass, Installation, TempDir)> {
    if !runnable(Daemon::Heavy.missing().or_else(swaks::missing)) {
        return None;
    }
    let (mut clientpass, at) = Clientpass::installed();
    let folder = TempDir::with_prefix("clientpass-socket-").unwrap();
    let socket = folder.path().join("auth");
    open_to_all(folder.path());
    clientpass.restart_with(&door(&socket));
    let exim = Exim::start(&socket);
    Some((exim, clientpass, at, folder))
}

#[test]
fn exim_tells_right_from_wrong_and_from_later() {
    let Some((exim, mut clientpass, at, _folder)) = scene() else { return };
    let log_in = |_: &str, login: &str, password: &[u8]| {
        plain::log_in_over_tls(&exim.certificate, exim.port, login, password)
    };
    // For an answer Exim has no limit; clientpass has one.
    let server = Server::new("Exim heavy, dovecot", &["smtp"], &log_in).waits();
    server.holds(&mut clientpass, &at, 200);
}

#[test]
fn login_is_told_what_plain_is_told() {
    let Some((exim, mut clientpass, at, _folder)) = scene() else { return };
    let alice = at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let told = |mechanism, password: &str| swaks::auth(exim.port, mechanism, &alice.login, password);
    for mechanism in ["PLAIN", "LOGIN"] {
        assert_eq!(told(mechanism, &phone.secret), IN, "{mechanism}");
        assert_eq!(told(mechanism, "made up"), WRONG, "{mechanism}");
    }
    clientpass.kill();
    for mechanism in ["PLAIN", "LOGIN"] {
        assert_eq!(told(mechanism, &phone.secret), LATER, "{mechanism}");
    }
    clientpass.start();
    assert_eq!(told("LOGIN", &phone.secret), IN);
}

fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
