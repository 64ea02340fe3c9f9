//! Which Dovecot the tests run: the 2.3 that is installed, or a 2.4 that lies unpacked in a folder.
//!
//! Debian 12 has no Dovecot 2.4: `scripts/test --long` unpacks Debian 13's into `target/tools/dovecot-2.4`, and runs the
//! tests of Dovecot once more with `CLIENTPASS_DOVECOT_ROOT` naming that folder. It is run in there by `chroot`, so its
//! directory lies in there, too.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::find_program;

const PACKAGES: &str = "Debian 12: dovecot-core dovecot-imapd dovecot-pop3d dovecot-submissiond dovecot-managesieved dovecot-auth-lua";
const PARTS: [&str; 5] =
    ["imap-login", "pop3-login", "submission-login", "managesieve-login", "modules/auth/libauthdb_lua.so"];

/// What both have, in words of both.
const SERVICES: &str = "\
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/log
protocols = imap pop3 submission sieve
listen = 127.0.0.1
login_greeting = ready
managesieve_implementation_string = ready
ssl = no
auth_mechanisms = plain login
first_valid_uid = 1
service imap-login {
  inet_listener imap {
    port = IMAP_PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = POP3_PORT
  }
  inet_listener pop3s {
    port = 0
  }
}
service submission-login {
  inet_listener submission {
    port = SUBMISSION_PORT
  }
}
submission_relay_host = 127.0.0.1
submission_relay_port = RELAY_PORT
service managesieve-login {
  inet_listener sieve {
    port = SIEVE_PORT
  }
}
!include DIR/clientpass.conf
!include DIR/logins.conf
!include DIR/doveadm.conf
# Tests need not wait for a refusal.
auth_failure_delay = 0
";

/// A mail server with mailboxes of its own, and the next source of passwords.
const OWN_2_3: &str = "\
disable_plaintext_auth = no
mail_location = maildir:DIR/mail/%u
passdb {
  driver = passwd-file
  args = username_format=%u DIR/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=DIR/mail/%u
}
";
const FIRST_2_4: &str = "dovecot_config_version = 2.4.1\ndovecot_storage_version = 2.4.1\n";
const OWN_2_4: &str = "\
auth_allow_cleartext = yes
auth_internal_failure_delay = 0
mail_driver = maildir
mail_path = DIR/mail/%{user}
passdb passwd-file {
  passwd_file_path = DIR/users
}
userdb static {
  fields {
    uid = mail
    gid = mail
    home = DIR/mail/%{user}
  }
}
";

/// Where Dovecot 2.4 lies unpacked; `None` where the installed one is run.
fn root() -> Option<PathBuf> {
    env::var_os("CLIENTPASS_DOVECOT_ROOT").map(PathBuf::from)
}

/// Whether a Dovecot 2.4 is run.
pub fn is_2_4() -> bool {
    root().is_some()
}

/// The name of a shipped file of this generation, from the one for 2.3.
pub fn of_this_generation(name: &str) -> String {
    if is_2_4() { name.replace("2.3", "2.4") } else { name.to_owned() }
}

/// The configuration around the shipped files.
pub fn configuration() -> String {
    if is_2_4() { [FIRST_2_4, SERVICES, OWN_2_4].concat() } else { [SERVICES, OWN_2_3].concat() }
}

/// A new directory that it sees.
pub fn new_dir() -> std::io::Result<TempDir> {
    let prefix = "clientpass-dovecot-";
    root().map_or_else(
        || TempDir::with_prefix(prefix),
        |root| TempDir::with_prefix_in(prefix, root.join("tmp")),
    )
}

/// What it calls that directory.
pub fn seen(dir: &Path) -> PathBuf {
    let inside = root().and_then(|root| dir.strip_prefix(root).ok().map(|rest| Path::new("/").join(rest)));
    inside.unwrap_or_else(|| dir.to_owned())
}

/// The program, to be started.
pub fn program() -> Option<Command> {
    let Some(root) = root() else { return find_program("dovecot").map(Command::new) };
    let mut command = Command::new("chroot");
    command.arg(root).arg("/usr/sbin/dovecot");
    Some(command)
}

/// What keeps Dovecot from running here, or nothing.
pub fn missing() -> Option<String> {
    let Some(mut program) = program() else {
        return Some(format!("the program dovecot is not installed ({PACKAGES})"));
    };

    let version = program.arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    let expected = if is_2_4() { "2.4." } else { "2.3." };
    if !version.starts_with(expected) {
        return Some(format!("the tests configure Dovecot {expected}*, this is \"{version}\""));
    }

    if let Some(part) = PARTS.into_iter().find(|part| !has(part)) {
        return Some(format!("{part} of Dovecot is not installed ({PACKAGES})"));
    }

    let by_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    (!by_root).then(|| "Dovecot can be started by root only".to_owned())
}

/// What keeps it from asking by LDAP, or nothing.
pub fn missing_ldap() -> Option<String> {
    let there = has("modules/auth/libauthdb_ldap.so");
    (!there).then(|| "LDAP of Dovecot is not installed (Debian: dovecot-ldap)".to_owned())
}

/// Whether one of its parts is there.
fn has(part: &str) -> bool {
    let libraries = ["usr/lib/dovecot", "usr/lib64/dovecot", "usr/libexec/dovecot"];
    let root = root().unwrap_or_else(|| PathBuf::from("/"));
    libraries.iter().any(|library| root.join(library).join(part).exists())
}
