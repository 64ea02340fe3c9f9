//! The files that a configuration names.

use super::super::super::clientpass::{File, User};
use super::super::files::{Runs, reader};
use super::*;

const SCRIPT: &str = "/etc/dovecot/clientpass.lua";
const KEY: &str = "/x";

/// Files with their modes, all of root and the group of Dovecot, and the folders on the way.
fn seen(files: &[(&str, u32)]) -> Vec<Named> {
    let file = |path: &str, mode, gid| File { path: path.into(), mode, uid: 0, gid };
    let named = |(path, mode): &(&str, u32)| {
        let way = [file("/", 0o755, 0), file("/etc", 0o755, 0), file(path, *mode, 100)];
        Named {
            path: (*path).into(),
            text: None,
            way: Some(if *mode == 0 { Vec::new() } else { way.into() }),
            reader: None,
        }
    };
    files.iter().map(named).collect()
}

fn dovecot() -> User {
    User { name: "dovecot".into(), uid: 100, gids: vec![100] }
}

fn judged(files: &[Named], user: &User) -> Vec<Finding> {
    let read = |named: &Named| Named { reader: Some(user.clone()), ..named.clone() };
    let files: Vec<Named> = files.iter().map(read).collect();
    judge(Printed { files: &files, ..Printed::of(SOUND) }, &[])
}

#[track_caller]
fn only(all: &[Finding], code: &str, harm: Harm, change: &str) {
    assert_eq!(codes(all), [code], "{all:#?}");
    assert!(all[0].harm == harm && all[0].change.contains(change), "{all:#?}");
}

#[test]
fn files_that_are_as_they_should_be_are_not_found() {
    assert_eq!(judged(&seen(&[(SCRIPT, 0o644), (KEY, 0o640)]), &dovecot()), []);
    // Nothing is said of what was not looked at.
    assert_eq!(judged(&[], &dovecot()), []);
}

#[test]
fn a_script_or_a_key_that_is_not_there_is_found() {
    let code = "dovecot_file_missing";
    only(&judged(&seen(&[(SCRIPT, 0), (KEY, 0o640)]), &dovecot()), code, Harm::KeepsOut, "clientpass.lua");
    only(&judged(&seen(&[(SCRIPT, 0o644), (KEY, 0)]), &dovecot()), code, Harm::KeepsOut, "install -m 0640");
}

#[test]
fn what_the_worker_may_not_read_is_found() {
    let code = "dovecot_file_closed";
    only(&judged(&seen(&[(SCRIPT, 0o600), (KEY, 0o640)]), &dovecot()), code, Harm::KeepsOut, SCRIPT);
    only(
        &judged(&seen(&[(SCRIPT, 0o644), (KEY, 0o600)]), &dovecot()),
        code,
        Harm::KeepsOut,
        "chgrp dovecot /x",
    );

    let mut closed = seen(&[(SCRIPT, 0o644)]);
    closed[0].way.as_mut().unwrap()[1].mode = 0o700;
    only(&judged(&closed, &dovecot()), code, Harm::KeepsOut, SCRIPT);

    let root = User { name: "root".into(), uid: 0, gids: vec![0] };
    assert_eq!(judged(&seen(&[(SCRIPT, 0o600), (KEY, 0o600)]), &root), []);
}

#[test]
fn what_everybody_may_read_or_write_is_found() {
    let exposed = judged(&seen(&[(SCRIPT, 0o644), (KEY, 0o644)]), &dovecot());
    only(&exposed, "dovecot_secret_exposed", Harm::Discloses, "chmod 0640 /x");

    let written = judged(&seen(&[(SCRIPT, 0o646)]), &dovecot());
    only(&written, "dovecot_file_writable", Harm::LetsIn, "chmod o-w /etc/dovecot/clientpass.lua");

    let mut folder = seen(&[(SCRIPT, 0o644)]);
    folder[0].way.as_mut().unwrap()[1].mode = 0o777;
    only(&judged(&folder, &dovecot()), "dovecot_file_writable", Harm::LetsIn, "chmod o-w /etc");
    folder[0].way.as_mut().unwrap()[1].mode = 0o1777;
    assert_eq!(judged(&folder, &dovecot()), []);
}

#[test]
fn settings_with_a_key_in_them_are_a_secret_and_others_are_not() {
    let path = "/etc/dovecot/clientpass-oauth2.conf.ext";
    let lua = "args = file=/etc/dovecot/clientpass.lua blocking=yes\n  driver = lua";
    let whole = SOUND.replace(lua, &format!("args = {path}\n  driver = oauth2"));
    let shipped =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/dovecot/oauth2-grant-2.3.conf.ext"));
    let looked = |text: &str, mode| {
        let mut files = seen(&[(path, mode)]);
        files[0].text = Some(text.into());
        judge(Printed { files: &files, ..Printed::of(&whole) }, &[])
    };

    let with_key = shipped.replace("#client_secret = cpk_...", "client_secret = cpk_x");
    assert_eq!(looked(shipped, 0o644), []);
    // It is read before the process gives up being root.
    assert_eq!(looked(&with_key, 0o600), []);
    only(&looked(&with_key, 0o644), "dovecot_secret_exposed", Harm::Discloses, path);
    only(&looked(&with_key, 0), "dovecot_file_missing", Harm::KeepsOut, "oauth2-grant-2.3.conf.ext");

    let ldap =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/ldap/clientpass-ldap.conf.ext"));
    let whole = whole.replace("driver = oauth2", "driver = ldap");
    let looked = |text: &str, mode| {
        let mut files = seen(&[(path, mode)]);
        files[0].text = Some(text.into());
        let mut all = judge(Printed { files: &files, ..Printed::of(&whole) }, &["127.0.0.1:8389".into()]);
        all.retain(|of| of.code.starts_with("dovecot_secret") || of.code.starts_with("dovecot_file"));
        all
    };
    assert_eq!(looked(ldap, 0o644), []);
    let with_key = format!("{ldap}dnpass = cpk_x\n");
    only(&looked(&with_key, 0o644), "dovecot_secret_exposed", Harm::Discloses, path);
    assert_eq!(looked(&format!("{ldap}dnpass =\n"), 0o644), []);
    only(&looked(ldap, 0), "dovecot_file_missing", Harm::KeepsOut, "ldap/clientpass-ldap.conf.ext");
}

#[test]
fn what_is_named_is_known_with_what_it_is_for() {
    let of = |text: &str| wanted(text).into_iter().map(|of| (of.path, of.purpose)).collect::<Vec<_>>();
    assert_eq!(of(SOUND), [(SCRIPT.into(), Purpose::Script), ("/x".into(), Purpose::Key)]);
    let newer = [(SCRIPT.into(), Purpose::Script), ("/etc/dovecot/clientpass.key".into(), Purpose::Key)];
    assert_eq!(of(SOUND_2_4), newer);
    assert_eq!(of(&SOUND.replace("CLIENTPASS_KEY_FILE=/x", "")), newer);

    let sql = of("passdb {\n  driver = sql\n  args = /etc/dovecot/sql.ext\n}\n");
    assert_eq!(sql, [("/etc/dovecot/sql.ext".into(), Purpose::Settings)]);
}

#[test]
fn it_is_known_as_whom_each_file_is_read() {
    let runs = |user: &str| Some(Runs { user: user.into(), group: None, extra_groups: Vec::new() });
    let (script, key) = (Purpose::Script, Purpose::Key);
    for text in [SOUND, SOUND_2_4] {
        assert_eq!((reader(text, script), reader(text, key)), (runs("dovecot"), runs("dovecot")));
    }
    // Before the auth process gives up being root.
    assert_eq!((reader(SOUND, Purpose::Grant), reader(SOUND, Purpose::Settings)), (None, None));

    let root = SOUND.replace("  user = $default_internal_user\n", "");
    assert_eq!((reader(&root, script), reader(&root, key)), (runs("dovecot"), runs("root")));
    let itself = root.replace("blocking=yes", "blocking=no");
    assert_eq!(reader(&itself, key), runs("dovecot"));
    let itself = SOUND_2_4.replace("use_worker = yes", "use_worker = no");
    let itself = itself.replace("  user = $SET:default_internal_user\n", "");
    assert_eq!(reader(&itself, key), runs("dovecot"));
    let mailer = SOUND.replace("ssl =", "default_internal_user = mailer\nssl =");
    assert_eq!((reader(&mailer, script), reader(&mailer, key)), (runs("mailer"), runs("mailer")));
    // An empty setting is none.
    let empty = SOUND.replace("  user = $default_internal_user\n", "  user =\n  group =\n");
    assert_eq!(reader(&empty, key), runs("root"));
    let named =
        root.replace("ssl =", "default_internal_user = mailer\nservice auth {\n  user = authy\n}\nssl =");
    assert_eq!((reader(&named, script), reader(&named, key)), (runs("authy"), runs("root")));

    let groups = "  user = mailauth\n  group = mail\n  extra_groups = a b\n";
    let all = reader(&SOUND.replace("  user = $default_internal_user\n", groups), key).unwrap();
    assert_eq!((all.user.as_str(), all.group.as_deref()), ("mailauth", Some("mail")));
    assert_eq!(all.extra_groups, ["a", "b"]);
}
