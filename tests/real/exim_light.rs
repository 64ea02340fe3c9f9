//! Exim without the dovecot driver, which asks with `${readsocket}`.

use crate::support::clientpass::Clientpass;
use crate::support::exim::{Daemon, Exim};
use crate::support::mail_client::Told;
use crate::support::server::Server;
use crate::support::{free_port, plain, runnable, swaks};

/// An Exim that asks clientpass on a port, or on a unix socket.
fn scene(
    socket: bool,
) -> Option<(Exim, Clientpass, crate::support::actors::Installation, tempfile::TempDir)> {
    if !runnable(Daemon::Light.missing().or_else(swaks::missing)) {
        return None;
    }
    let (mut clientpass, at) = Clientpass::installed();
    let folder = tempfile::TempDir::with_prefix("clientpass-socket-").unwrap();
    open_to_all(folder.path());
    let path = folder.path().join("door").display().to_string();
    let port = free_port();
    let (listen, address) = if socket {
        (format!("unix:{path}"), path)
    } else {
        (format!("127.0.0.1:{port}"), format!("inet:127.0.0.1:{port}"))
    };
    clientpass.restart_with(&format!(
        "[verify]\nrefusal_floor_ms = 0\n[doors.forward_auth]\nlisten = \"{listen}\"\nmode = \"0666\"\n"
    ));
    let exim = Exim::start_light(&format!("CLIENTPASS_ADDRESS = {address}"));
    Some((exim, clientpass, at, folder))
}

fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn exim_tells_right_from_wrong_and_from_later() {
    let Some((exim, mut clientpass, at, _folder)) = scene(false) else { return };
    let port = exim.port;
    let log_in =
        move |protocol: &str, login: &str, password: &[u8]| plain::log_in(protocol, port, login, password);
    let server = Server::new("Exim light, forward_auth", &["smtp"], &log_in);
    // Exim starts a process for each.
    server.holds(&mut clientpass, &at, 400);
    server.odd_passwords(&at, &[], 1_100);
}

#[test]
fn plain_and_login_are_taken_over_tls_and_through_a_unix_socket() {
    let Some((exim, mut clientpass, at, _folder)) = scene(true) else { return };
    let alice = at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let awkward = r#"quote" back\slash 100%u {ä} €+&=/,'$auth1"#;
    let bob = at.member("bob");
    at.operator.put(&bob.path("/password"), &serde_json::json!({"password": awkward})).expect(200);
    for mechanism in ["PLAIN", "LOGIN"] {
        let code = |login: &str, password: &str| swaks::auth(exim.port, mechanism, login, password);
        assert_eq!(code("Alice@example.org", &phone.secret), 235, "{mechanism}");
        assert_eq!(code(&alice.login, &alice.password), 535, "{mechanism}");
        assert_eq!(code(&bob.login, awkward), 235, "{mechanism}");
    }
    clientpass.kill();
    for mechanism in ["PLAIN", "LOGIN"] {
        assert_eq!(swaks::auth(exim.port, mechanism, &alice.login, &phone.secret), 435, "{mechanism}");
    }
    let log = exim.log();
    assert!(!log.contains(&phone.secret) && !log.contains(awkward), "{log}");
}

#[test]
fn nobody_acts_for_somebody_else() {
    let Some((exim, _clientpass, at, _folder)) = scene(false) else { return };
    let alice = at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let told =
        |other: &str| plain::log_in_for(other, "smtp", exim.port, &alice.login, phone.secret.as_bytes());
    assert_eq!(["", "Alice@example.org"].map(told), [Told::In; 2]);
    assert_eq!(["bob@example.org", "alice"].map(told), [Told::WrongPassword; 2]);
}
