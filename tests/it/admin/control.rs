//! The control socket: for the owner of the data directory, one line in and one line out.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;

use clientpass::service::admin::{AdminCommand, AdminReply};
use serde_json::{Value, json};

use crate::support::TestApp;

fn says(app: &TestApp, line: &[u8]) -> String {
    let mut socket = UnixStream::connect(app.data_dir().join("control.sock")).unwrap();
    // The other side may have seen enough before all is sent.
    drop(socket.write_all(line));
    let mut answer = String::new();
    match socket.read_to_string(&mut answer) {
        // Whoever says too much may be hung up on.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => "{\"refused\":\"reset\"}".into(),
        read => read.map(|_| answer).unwrap(),
    }
}

#[test]
fn nobody_else_can_reach_the_socket_and_it_goes_with_the_process() {
    let mut app = TestApp::start();
    let socket = app.data_dir().join("control.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(app.data_dir()).unwrap().permissions().mode() & 0o777, 0o700);
    app.stop();
    assert!(!socket.exists());
}

#[test]
fn a_socket_that_a_crash_left_behind_is_replaced() {
    let mut app = TestApp::start();
    app.stop();
    fs::write(app.data_dir().join("control.sock"), "").unwrap();
    app.restart();
    assert!(app.order(&json!({"order": "keys"})).is_ok());
}

#[test]
fn what_is_no_order_is_refused_in_one_line() {
    let app = TestApp::start();
    let long = [&b"{\"order\":\""[..], &vec![b'x'; 5 << 20][..], &b"\"}\n"[..]].concat();
    let unknown = b"{\"order\":\"retire_pepper\",\"id\":1,\"end\":true,\"more\":1}\n";
    let lines: [&[u8]; 6] = [b"\n", b"keys\n", b"{\"order\":\"reboot\"}\n", unknown, b"\xff\xff\n", &long];
    for line in lines {
        let answer = says(&app, line);
        let parsed: Value = serde_json::from_str(&answer).unwrap_or_default();
        assert!(parsed["refused"].is_string(), "{answer}");
        assert_eq!(answer.lines().count(), 1);
    }
    assert!(app.order(&json!({"order": "keys"})).is_ok());
}

/// Or one that hangs would keep all others waiting.
#[test]
fn orders_are_taken_beside_one_that_does_not_come() {
    let app = TestApp::start();
    let _silent = UnixStream::connect(app.data_dir().join("control.sock")).unwrap();
    assert!(app.order(&json!({"order": "keys"})).is_ok());
}

#[test]
fn a_command_does_by_itself_what_nobody_serves() {
    let mut app = TestApp::start();
    let at_rest = app.order_at_rest(&AdminCommand::Keys).unwrap();
    let AdminReply::Keys(keys) = at_rest else { panic!("{at_rest:?}") };
    let serving = app.order(&json!({"order": "keys"})).unwrap();
    assert_eq!(serde_json::to_value(keys).unwrap(), serving["keys"]);
}

#[test]
fn a_command_makes_no_data_where_there_are_none() {
    let mut app = TestApp::start();
    app.stop();
    let mut config = app.config();
    config.storage.data_dir = app.data_dir().join("elsewhere");
    config.storage.keyring = None;
    let outside = clientpass::app::Environment::system();
    let done = actix_web::rt::System::new().block_on(clientpass::app::execute(
        &config,
        &outside,
        &AdminCommand::Keys,
    ));
    assert!(done.unwrap_err().contains("--data-dir"));
    assert!(!config.storage.data_dir.exists());
}
