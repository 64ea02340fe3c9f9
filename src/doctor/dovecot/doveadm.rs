//! The doveadm service of Dovecot, through which clientpass has sessions closed: who reaches it, and with which key.
//!
//! Its unix sockets are not judged: where somebody else may write to one, Dovecot demands the password there too.

use super::kinds_of_doveadm as kinds;
use super::text::Section;
use crate::doctor::{Findings, is_local};

const KEYS: [&str; 2] = ["doveadm_api_key", "doveadm_password"];
/// What `doveconf -n` prints in the place of a key.
const HIDDEN: &str = "# hidden";
/// A word of so many letters is not guessed, if there is no order in it.
const LONG: usize = 16;
/// A word of fewer different letters is no random one.
const DIFFERENT: usize = 8;

/// Judges whatever of it listens on a port.
pub(super) fn judge(whole: &Section, found: &mut Findings) {
    let services = whole.find("service", "doveadm").flat_map(|service| &service.sections);
    let listeners: Vec<&Section> =
        services.filter(|listener| listener.kind == "inet_listener" && has_port(listener)).collect();

    for listener in &listeners {
        judge_way(whole, listener, found);
        judge_key(whole, listener, found);
    }

    for key in KEYS.into_iter().filter(|key| !listeners.is_empty() && whole.get(key).is_some_and(is_weak)) {
        found.find(
            &kinds::KEY_WEAK,
            &format!("{key} is easily guessed"),
            &format!("{key} = …     # a new one: openssl rand -base64 33"),
        );
    }
}

fn has_port(listener: &Section) -> bool {
    listener.get("port").is_some_and(|port| !["", "0"].contains(&port))
}

fn judge_way(whole: &Section, listener: &Section, found: &mut Findings) {
    // The first is of 2.3, the second of 2.4.
    let own = listener.get("address").or_else(|| listener.get("listen")).filter(|own| !own.is_empty());
    let listen = own.or_else(|| whole.get("listen")).unwrap_or("*, ::");
    let local = listen.split([',', ' ']).filter(|address| !address.is_empty()).all(is_local);

    if !local && !listener.is("ssl", "yes") {
        let port = listener.get("port").unwrap_or("");
        found.find(
            &kinds::CLEARTEXT,
            &format!("service doveadm listens on port {port} of {listen} without TLS"),
            "address = 127.0.0.1     # in 2.4: listen; or ssl = yes",
        );
    }
}

/// The HTTP API takes either; the protocol of its own the password.
fn judge_key(whole: &Section, listener: &Section, found: &mut Findings) {
    let http = listener.name == "http";
    let set = |key: &str| whole.get(key).is_some_and(|value| !value.is_empty());
    let known = if http { KEYS.into_iter().any(set) } else { set("doveadm_password") };

    if !known {
        let (key, port) = (if http { "doveadm_api_key" } else { "doveadm_password" }, listener.get("port"));
        found.find(
            &kinds::NO_KEY,
            &format!("service doveadm listens on port {}, and there is no {key}", port.unwrap_or("")),
            &format!("{key} = …     # a long random word: openssl rand -base64 33"),
        );
    }
}

/// Whether a key can be guessed. One that was not printed is not known.
fn is_weak(value: &str) -> bool {
    let word = value.trim_matches('"');
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters.dedup();

    let seen = !word.is_empty() && !word.starts_with(HIDDEN) && !word.starts_with('<');
    seen && (word.chars().count() < LONG || letters.len() < DIFFERENT)
}

#[cfg(test)]
mod tests {
    use super::super::{Printed, judge};
    use crate::doctor::Harm;

    /// The shipped file beside the script, by `doveconf -n` of 2.3.19.1.
    const SOUND: &str = "\
doveadm_api_key = # hidden, use -P to show it
passdb {
  args = file=/etc/dovecot/clientpass.lua blocking=yes
  driver = lua
  result_failure = return-fail
  result_internalfail = return-fail
}
passdb {
  driver = passwd-file
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 00
  }
}
service auth-worker {
  user = $default_internal_user
}
service doveadm {
  inet_listener http {
    address = 127.0.0.1
    port = 8080
  }
}
ssl = required
";

    /// What is found in the text, changed so, of this service.
    #[track_caller]
    fn found(from: &str, to: &str) -> Vec<(&'static str, Harm)> {
        assert!(SOUND.contains(from), "{from}");
        let all = judge(Printed::of(&SOUND.replacen(from, to, 1)), &[]);
        let own = all.iter().filter(|one| one.code.starts_with("dovecot_doveadm"));
        own.map(|one| (one.code, one.harm)).collect()
    }

    #[test]
    fn one_that_only_this_machine_reaches_with_a_key_is_sound() {
        assert_eq!(found("", ""), []);
        assert_eq!(found("address = 127.0.0.1", "listen = ::1"), []);
        assert_eq!(found("    address = 127.0.0.1\n", "    ssl = yes\n"), []);
        let alone = "    address = 127.0.0.1\n    port = 8080\n  }\n}\n";
        let without = alone.replace("    address = 127.0.0.1\n", "");
        assert_eq!(found(alone, &format!("{without}listen = 127.0.0.1, ::1\n")), []);
        // Its own protocol takes the password only.
        let own = "service doveadm {\n  inet_listener {\n    address = 127.0.0.1\n    port = 2425\n  }\n";
        let whole = SOUND.replacen("service doveadm {\n", own, 1);
        let codes = |text: &str| {
            let all = judge(Printed::of(text), &[]);
            all.iter()
                .map(|one| one.code)
                .filter(|code| code.starts_with("dovecot_doveadm"))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(&whole), ["dovecot_doveadm_no_key"]);
        assert_eq!(codes(&whole.replacen("doveadm_api_key", "doveadm_password", 1)), [""; 0]);
        // Nothing listens.
        assert_eq!(found("port = 8080", "port = 0"), []);
    }

    #[test]
    fn one_that_others_reach_without_tls_is_found() {
        let cleartext = [("dovecot_doveadm_cleartext", Harm::Discloses)];
        let all = "    address = 127.0.0.1\n    port = 8080\n  }\n}\n";
        let listens =
            all.replace("    address = 127.0.0.1\n", "").replace("}\n}", "}\n}\nlisten = 127.0.0.1, *");
        assert_eq!(found(all, &listens), cleartext);
        for to in ["", "    address = *\n", "    listen = 192.0.2.7\n", "    address =\n", "    ssl = no\n"] {
            assert_eq!(found("    address = 127.0.0.1\n", to), cleartext, "{to}");
        }

        // Its own protocol, beside.
        let beside = "  inet_listener {\n    port = 2425\n  }\n}\nssl";
        let both = [cleartext[0], ("dovecot_doveadm_no_key", Harm::WillHurt)];
        assert_eq!(found("}\nssl", beside), both);
    }

    #[test]
    fn one_without_a_key_or_with_one_that_is_guessed_is_found() {
        let none = [("dovecot_doveadm_no_key", Harm::WillHurt)];
        let key = "doveadm_api_key = # hidden, use -P to show it\n";
        assert_eq!(found(key, ""), none);
        assert_eq!(found(key, "doveadm_api_key =\n"), none);
        assert_eq!(found(key, "doveadm_password = # hidden, use -P to show it\n"), []);

        let weak = [("dovecot_doveadm_key_weak", Harm::LetsIn)];
        for word in ["CHANGE-ME", "\"secret\"", "aaaaaaaaaaaaaaaaaaaaaaaa", "123123123123123123"] {
            assert_eq!(found(key, &format!("doveadm_api_key = {word}\n")), weak, "{word}");
        }
        assert_eq!(found(key, "doveadm_password = short\n"), weak);
        assert_eq!(found(key, "doveadm_api_key = Jc3vXyqS0pV1n5mE7rT9\n"), []);
        // Sixteen letters are enough, and eight that differ.
        for (enough, less) in
            [("abcdefghijklmnop", "abcdefghijklmno"), ("abcdefghabcdefgh", "abcdefgabcdefgabcd")]
        {
            assert_eq!(found(key, &format!("doveadm_api_key = {enough}\n")), [], "{enough}");
            assert_eq!(found(key, &format!("doveadm_api_key = {less}\n")), weak, "{less}");
        }
        // It stands in a file, which is not looked at.
        assert_eq!(found(key, "doveadm_api_key = </etc/dovecot/doveadm.key\n"), []);
    }

    #[test]
    fn the_key_is_not_repeated() {
        let text = SOUND.replacen("# hidden, use -P to show it", "hunter2", 1);
        let said = format!("{:?}", judge(Printed::of(&text), &[]));
        assert!(said.contains("key_weak") && !said.contains("hunter2"), "{said}");
    }
}
