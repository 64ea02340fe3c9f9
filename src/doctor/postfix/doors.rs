//! Whether Postfix asks where clientpass listens for it.

use super::smtpd::Smtpd;
use super::text::{self, Settings};
use super::{Printed, kinds, unknown};
use crate::doctor::opened::{Asks, Door, Opened};
use crate::doctor::{About, Finding, Findings};

/// Judges where each smtpd asks that takes passwords.
pub fn judge(printed: &Printed<'_>, opened: &Opened) -> Vec<Finding> {
    let main = text::settings(printed.main);
    let services = printed.master.map_or_else(|| vec![unknown()], text::services);
    let mut found = Findings::about(About::Postfix);

    let smtpd = services.iter().filter(|service| service.command == "smtpd");
    let smtpd = smtpd.map(|service| Smtpd::of(service, &main));
    let asking = smtpd
        .filter(|smtpd| smtpd.is("smtpd_sasl_auth_enable", "yes") && smtpd.is("smtpd_sasl_type", "dovecot"));
    let at = |smtpd: &Smtpd<'_>| address(&smtpd.value("smtpd_sasl_path"), queue(&main));
    let asking: Vec<(String, Smtpd<'_>)> = asking.map(|smtpd| (at(&smtpd), smtpd)).collect();

    let asked: Vec<String> = asking.iter().map(|(at, _)| at.clone()).collect();
    let is_left = opened.is_left(Door::Dovecot, &asked);
    for (at, smtpd) in &asking {
        // A path by which Dovecot's own socket goes is not meant for clientpass; a port may be.
        let named = smtpd.value("smtpd_sasl_path").contains("clientpass");
        let asks = Asks { door: Door::Dovecot, at, wants_us: named || is_left && !at.starts_with("unix:") };
        let kinds = (&kinds::DOOR_NOT_OPEN, &kinds::DOOR_ELSEWHERE);
        opened.judge(asks, kinds, &smtpd.place(), |listen| line(listen, queue(&main)), &mut found);
    }

    found.all()
}

/// The folder that relative paths begin in, and a chroot is.
fn queue(main: &Settings) -> &str {
    main.get("queue_directory").map_or("/var/spool/postfix", String::as_str)
}

/// What `smtpd_sasl_path` names: `inet:host:port`, or a path, by itself or behind `unix:`.
fn address(path: &str, queue: &str) -> String {
    if let Some(port) = path.strip_prefix("inet:") {
        return port.into();
    }
    let path = path.strip_prefix("unix:").unwrap_or(path);
    if path.starts_with('/') { format!("unix:{path}") } else { format!("unix:{queue}/{path}") }
}

/// The line by which Postfix asks at an address.
fn line(listen: &str, queue: &str) -> String {
    let path = match listen.strip_prefix("unix:") {
        Some(path) => path.strip_prefix(queue).and_then(|path| path.strip_prefix('/')).unwrap_or(path).into(),
        None => format!("inet:{listen}"),
    };
    format!("smtpd_sasl_path = {path}")
}

#[cfg(test)]
mod tests {
    use super::super::super::{Finding, Harm};
    use super::*;

    const MAIN: &str = "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = ";

    fn found(path: &str, door: Option<&str>) -> Vec<Finding> {
        let doors = door.map(|listen| (Door::Dovecot, listen.to_owned()));
        let opened = Opened { doors: doors.into_iter().collect(), answers: None };
        judge(&Printed { main: &format!("{MAIN}{path}\n"), master: None }, &opened)
    }

    #[track_caller]
    fn one(path: &str, door: Option<&str>, change: &str) {
        let found = found(path, door);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].code, found[0].harm), ("postfix_door_not_open", Harm::KeepsOut), "{found:#?}");
        assert!(found[0].change.starts_with(change), "{found:#?}");
    }

    #[test]
    fn a_door_that_is_open_is_found_open() {
        for (path, door) in [
            ("clientpass/auth", "unix:/var/spool/postfix/clientpass/auth"),
            ("unix:/run/clientpass/auth", "unix:/run/clientpass/auth"),
            ("inet:127.0.0.1:8601", "127.0.0.1:8601"),
            // Whatever it is, it is not said to be clientpass.
            ("private/auth", "unix:/var/spool/postfix/clientpass/auth"),
        ] {
            assert_eq!(found(path, Some(door)), [], "{path}");
        }

        assert_eq!(found("private/auth", None), []);
        assert_eq!(found("inet:127.0.0.1:8601", None), []);
        let elsewhere = format!("queue_directory = /srv/queue\n{MAIN}clientpass/auth\n");
        let door = (Door::Dovecot, "unix:/srv/queue/clientpass/auth".to_owned());
        let opened = Opened { doors: vec![door], answers: None };
        assert_eq!(judge(&Printed { main: &elsewhere, master: None }, &opened), []);
    }

    #[test]
    fn a_door_that_is_not_open_or_elsewhere_is_found() {
        let open = "[doors.dovecot] listen = \"unix:/var/spool/postfix/clientpass/auth\"";
        one("clientpass/auth", None, open);
        let moved = "unix:/var/spool/postfix/private/clientpass";
        one("clientpass/auth", Some(moved), "smtpd_sasl_path = private/clientpass");
        one("inet:127.0.0.1:8699", Some("127.0.0.1:8601"), "smtpd_sasl_path = inet:127.0.0.1:8601");

        // A service of its own has a path of its own; one that asks nobody is not asked.
        let master = "submission inet n - n - - smtpd -o smtpd_sasl_path=clientpass/auth\n\
                      smtp inet n - n - - smtpd -o smtpd_sasl_auth_enable=no -o smtpd_sasl_path=clientpass/x\n";
        let main = format!("{MAIN}private/auth\n");
        let opened = Opened { doors: Vec::new(), answers: None };
        let found = judge(&Printed { main: &main, master: Some(master) }, &opened);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].what.starts_with("smtpd submission asks at unix:"), "{found:#?}");
    }

    #[test]
    fn somebody_who_answers_there_is_a_warning() {
        let opened =
            Opened { doors: vec![(Door::Dovecot, "127.0.0.1:8601".into())], answers: Some(|_| true) };
        let main = format!("{MAIN}inet:127.0.0.1:8699\n");
        let found = judge(&Printed { main: &main, master: None }, &opened);
        assert_eq!((found[0].code, found[0].harm), ("postfix_door_elsewhere", Harm::WillHurt), "{found:#?}");
    }
}
