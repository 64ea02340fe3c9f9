//! The built binary, configured by its environment.

use crate::support::clientpass::Clientpass;

#[test]
fn a_variable_opens_a_door_and_an_option_is_stronger_than_a_variable() {
    let (mut clientpass, _) = Clientpass::installed();
    let socket = clientpass.beside("dovecot.sock").display().to_string();
    clientpass.with_environment(&[
        ("CLIENTPASS_DOORS_DOVECOT_LISTEN", &format!("unix:{socket}")),
        // It is started with --listen.
        ("CLIENTPASS_SERVER_LISTEN", "192.0.2.1:1"),
        ("CLIENTPASS_MODEL_STEPS", "no setting"),
    ]);
    clientpass.stop();
    clientpass.start();
    clientpass.says(&format!("mail servers: dovecot on unix:{socket}"), 1);
}

#[test]
fn a_variable_of_an_option_is_stronger_than_that_of_its_setting() {
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();
    clientpass.with_environment(&[("CLIENTPASS_LOG", "no=such=filter"), ("CLIENTPASS_LOG_LEVEL", "info")]);
    let ran = clientpass.run(&["keys", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.complained.contains("the log filter is no filter"), "{ran:?}");
}

#[test]
fn a_variable_that_cannot_be_used_is_refused_with_its_name() {
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();
    for (name, value, says) in [
        ("CLIENTPASS_DOORS_DOVECOT_LISTN", "x", "CLIENTPASS_DOORS_DOVECOT_LISTEN is"),
        ("CLIENTPASS_DATA_DIRS", "x", "CLIENTPASS_DATA_DIR is"),
        ("CLIENTPASS_SERVER_WORKERS", "many", "must be a whole number"),
    ] {
        clientpass.with_environment(&[(name, value)]);
        let ran = clientpass.run(&["keys", "list"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(
            ran.complained.starts_with(&format!("clientpass: the environment variable {name} ")),
            "{ran:?}"
        );
        assert!(ran.complained.contains(says), "{ran:?}");
    }
}
