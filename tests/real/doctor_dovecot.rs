//! `clientpass doctor` on what real Dovecots print, and real Dovecots that let in whom it said they would.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, thread};

use tempfile::TempDir;

use crate::doctor::{capture, doors, found, needs, shipped};
use crate::support::actors::{Installation, Person};
use crate::support::clientpass::{Clientpass, Ran};
use crate::support::dovecot::{self, CAROLS, Dovecot, NEXT_SOURCE};
use crate::support::mail_client::{self, CurlImap, MailClient, Told};
use crate::support::{find_program, free_port, runnable};

const NEXT: &str = "passdb {\n  driver = passwd-file\n  args = /etc/dovecot/users\n}\n";

/// What is told of a configuration, with files beside it as arguments.
struct Doctor {
    clientpass: Clientpass,
    folder: TempDir,
}

impl Doctor {
    fn new() -> Self {
        Self { clientpass: Clientpass::installed().0, folder: TempDir::with_prefix("doctor-").unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Of what `doveconf -n` prints of this text, by 2.3.
    #[track_caller]
    fn finds(&self, text: &str, arguments: &[&str]) -> (Vec<String>, Option<i32>) {
        let file = self.at("dovecot.conf");
        fs::write(&file, text).unwrap();
        let printed = capture("doveconf", &["-n", "-c", file.to_str().unwrap()], &self.at("printed"));
        self.finds_in(&printed, arguments)
    }

    /// Of what was printed into a file.
    #[track_caller]
    fn finds_in(&self, printed: &str, arguments: &[&str]) -> (Vec<String>, Option<i32>) {
        let (listen, doors) = (self.clientpass.address().to_string(), doors(&self.clientpass));
        let asked = ["--config", &doors, "doctor", "--json", "--listen", &listen, "--dovecot", printed];
        found(&self.clientpass.run(&[&asked[..], arguments].concat()), "dovecot")
    }

    /// The shipped file for the script, asking where it is.
    fn script(&self, name: &str) -> String {
        shipped(name).replace("127.0.0.1:8600", &self.clientpass.address().to_string())
    }
}

fn code(code: &str) -> (Vec<String>, Option<i32>) {
    (vec![code.to_owned()], Some(i32::from(code.starts_with("error"))))
}

#[test]
fn it_finds_in_what_dovecot_prints_who_is_let_in_past_clientpass() {
    if !needs(&["doveconf"]) {
        return;
    }
    let doctor = Doctor::new();
    let whole = format!("ssl = required\n{}{NEXT}", doctor.script("dovecot/dovecot-2.3.conf"));
    assert_eq!(doctor.finds(&whole, &[]), (vec![], Some(0)));

    let master = "ssl = required\npassdb {\n  driver = passwd-file\n  args = /etc/dovecot/masters\n  master = yes\n}\n";
    let ours = "  driver = lua\n";
    for (from, to, expected) in [
        ("ssl = required\n", master, "error dovecot_master_user"),
        (ours, "  driver = lua\n  master = yes\n", "error dovecot_asked_for_masters"),
        (ours, "  driver = lua\n  deny = yes\n", "error dovecot_denies_everybody"),
        (ours, "  driver = lua\n  skip = unauthenticated\n", "error dovecot_skipped"),
        (ours, "  driver = lua\n  username_filter = *@example.org\n", "note dovecot_filter"),
        (ours, "  driver = lua\n  username_filter = !boss@example.org\n", "error dovecot_filter_leaves_out"),
        (ours, "  driver = lua\n  result_success = continue\n", "error dovecot_accept_is_not_final"),
        (
            NEXT,
            "passdb {\n  driver = static\n  args = nopassword=y\n}\n",
            "error dovecot_next_lets_everybody_in",
        ),
        (
            NEXT,
            "passdb {\n  driver = static\n  args = password=x\n}\n",
            "error dovecot_next_lets_everybody_in",
        ),
        (
            "ssl = required\n",
            "ssl = required\nauth_mechanisms = plain anonymous\n",
            "error dovecot_anonymous",
        ),
    ] {
        assert!(whole.contains(from), "{from}");
        assert_eq!(doctor.finds(&whole.replacen(from, to, 1), &[]), code(expected), "{from} -> {to}");
    }
}

#[test]
fn it_finds_in_what_dovecot_prints_what_logins_and_passwords_meet() {
    if !needs(&["doveconf"]) {
        return;
    }
    let doctor = Doctor::new();
    let whole = format!("ssl = required\n{}{NEXT}", doctor.script("dovecot/dovecot-2.3.conf"));
    for (line, expected) in [
        ("auth_username_format = %n", "error dovecot_login_changed"),
        ("auth_username_chars = abc@.", "warning dovecot_plus_logins"),
        ("auth_debug_passwords = yes", "error dovecot_passwords_logged"),
        ("auth_verbose_passwords = plain", "error dovecot_passwords_logged"),
        ("auth_verbose_passwords = sha1", "warning dovecot_passwords_logged"),
        ("auth_debug = yes", "note dovecot_debug"),
        ("auth_worker_max_count = 1", "warning dovecot_few_workers"),
        ("service auth-worker {\n  process_limit = 1\n}", "warning dovecot_few_workers"),
        ("service imap-login {\n  executable = imap-login -R /tmp/raw\n}", "error dovecot_rawlog"),
        ("service auth {\n  inet_listener {\n    port = 12345\n  }\n}", "error dovecot_auth_listener"),
        ("userdb {\n  driver = prefetch\n}", "error dovecot_only_prefetch"),
    ] {
        assert_eq!(doctor.finds(&format!("{whole}{line}\n"), &[]), code(expected), "{line}");
    }

    let url = format!("http://{}", doctor.clientpass.address());
    let clear = whole.replace(&url, "http://192.0.2.7:8600");
    assert_eq!(doctor.finds(&clear, &[]), code("error dovecot_in_the_clear"));
    let tls = whole.replace(&url, "https://192.0.2.7:8600");
    assert_eq!(doctor.finds(&tls, &[]), code("error dovecot_no_authority"));
    let any = format!("{tls}ssl_client_ca_dir = /etc/ssl/certs\nssl_client_require_valid_cert = no\n");
    assert_eq!(doctor.finds(&any, &[]), code("error dovecot_certificate_not_checked"));

    // Asked in workers by itself, unless it is told otherwise.
    assert_eq!(doctor.finds(&whole.replace(" blocking=yes", ""), &[]), (vec![], Some(0)));
}

#[test]
fn it_finds_what_is_wrong_with_the_files_that_passdbs_name() {
    if !needs(&["doveconf"]) {
        return;
    }
    let doctor = Doctor::new();
    let finds = |conf: &str, option: &str, name: &str, text: &str| {
        let file = doctor.at(name);
        fs::write(&file, text).unwrap();
        let conf = format!("ssl = required\n{}{NEXT}", shipped(conf));
        doctor.finds(&conf, &[option, file.to_str().unwrap()])
    };

    let grant = shipped("dovecot/oauth2-grant-2.3.conf.ext");
    let of_grant = |text: &str| finds("dovecot/oauth2-grant-2.3.conf", "--dovecot-grant", "grant", text);
    assert_eq!(of_grant(&grant), (vec![], Some(0)));
    for (from, to, expected) in [
        ("active_value = true\n", "active_value = yes\n", "error dovecot_grant_answer"),
        ("username_attribute = username\n", "", "error dovecot_grant_answer"),
        ("use_grant_password = yes\n", "", "error dovecot_grant_not_used"),
        ("send_auth_headers = yes\n", "", "error dovecot_grant_without_headers"),
        ("max_parallel_connections = 100\n", "", "warning dovecot_grant_connections"),
        ("pass_attrs = user=%{oauth2:login}\n", "", "warning dovecot_grant_sessions"),
        (
            "client_id = ",
            "introspection_url = https://idp.example.org/\nclient_id = ",
            "error dovecot_grant_asks_again",
        ),
        ("client_id = ", "rawlog_dir = /tmp/raw\nclient_id = ", "error dovecot_rawlog"),
        ("active_attribute = active\n", "active_attribute = enabled\n", "error dovecot_grant_never_defers"),
    ] {
        assert!(grant.contains(from), "{from}");
        assert_eq!(of_grant(&grant.replacen(from, to, 1)), code(expected), "{from} -> {to}");
    }

    let ldap = shipped("ldap/clientpass-ldap.conf.ext");
    let of_ldap = |text: &str| {
        let (mut codes, _) =
            finds("ldap/dovecot-2.3.conf", "--dovecot-ext", "clientpass-ldap.conf.ext", text);
        codes.retain(|code| code != "note dovecot_ldap_waits");
        codes
    };
    assert_eq!(of_ldap(&ldap), [] as [&str; 0]);
    for (from, to, expected) in [
        (",ip=%r", "", "error dovecot_ldap_address"),
        ("service=%s,", "", "error dovecot_ldap_protocol"),
        ("auth_bind = yes\n", "", "error dovecot_ldap_bind"),
        ("blocking = yes\n", "", "warning dovecot_one_at_a_time"),
    ] {
        assert!(ldap.contains(from), "{from}");
        assert_eq!(of_ldap(&ldap.replacen(from, to, 1)), [expected], "{from} -> {to}");
    }
    let other = finds("ldap/dovecot-2.3.conf", "--dovecot-ext", "another.conf.ext", &ldap).0;
    assert!(other.contains(&"note dovecot_ldap_not_looked_at".to_owned()), "{other:?}");
}

/// A Dovecot 2.4 lies where the tests of it are run; elsewhere there is none.
#[test]
fn it_reads_what_a_dovecot_2_4_prints_of_the_shipped_files() {
    let Some(root) = env::var_os("CLIENTPASS_DOVECOT_ROOT").map(PathBuf::from) else { return };
    let doctor = Doctor::new();
    let inside = TempDir::with_prefix_in("doctor-", root.join("tmp")).unwrap();
    let finds = |ours: &str, changes: &[(&str, &str)]| {
        let text = changes.iter().fold(ours.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let first = "dovecot_config_version = 2.4.1\ndovecot_storage_version = 2.4.1\nssl = required\n";
        let next = "passdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n";
        fs::write(inside.path().join("dovecot.conf"), format!("{first}{text}{next}")).unwrap();

        let seen = Path::new("/").join(inside.path().strip_prefix(&root).unwrap()).join("dovecot.conf");
        let output =
            Command::new("chroot").arg(&root).args(["doveconf", "-n", "-c"]).arg(seen).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::write(doctor.at("printed"), output.stdout).unwrap();
        let (mut codes, _) = doctor.finds_in(doctor.at("printed").to_str().unwrap(), &[]);
        codes.retain(|code| code != "note dovecot_ldap_waits");
        codes
    };

    let lua = doctor.script("dovecot/dovecot-2.4.conf");
    let grant = shipped("dovecot/oauth2-grant-2.4.conf");
    let ldap = shipped("ldap/dovecot-2.4.conf");
    for whole in [&lua, &grant, &ldap] {
        assert_eq!(finds(whole, &[]), [] as [&str; 0]);
    }

    let lists = "auth_mechanisms {\n  plain = yes\n  cram-md5 = yes\n}\npassdb lua";
    for (whole, from, to, expected) in [
        (&lua, "passdb lua", "auth_debug_passwords = yes\npassdb lua", "error dovecot_passwords_logged"),
        (&lua, "passdb lua", "log_debug = category=auth\npassdb lua", "note dovecot_debug"),
        (&lua, "passdb lua", lists, "warning dovecot_mechanisms"),
        (&lua, "url = http://127.0.0.1", "url = http://192.0.2.7", "error dovecot_in_the_clear"),
        (&lua, "  use_worker = yes\n", "  use_worker = no\n", "warning dovecot_one_at_a_time"),
        (
            &grant,
            "    scope = clientpass\n",
            "    scope {\n      mail = yes\n    }\n",
            "error dovecot_goes_on_after_refusal",
        ),
        (&grant, "    active_value = true\n", "", "error dovecot_grant_never_defers"),
        (&grant, "    username_attribute = username\n", "", "error dovecot_grant_answer"),
        (&ldap, ",ip=%{remote_ip}", "", "error dovecot_ldap_address"),
        (&ldap, "  use_worker = yes\n", "", "warning dovecot_one_at_a_time"),
    ] {
        assert_eq!(finds(whole, &[(from, to)]), [expected], "{from} -> {to}");
    }
}

/// `doveconf` as the doctor finds it, which reads this configuration in place of the machine's.
fn stands_in(folder: &Path, conf: &Path) -> PathBuf {
    let (bin, real) = (folder.join("bin"), find_program("doveconf").unwrap());
    fs::create_dir_all(&bin).unwrap();
    let program = bin.join("doveconf");
    fs::write(&program, format!("#!/bin/sh\nexec {} -c {} \"$@\"\n", real.display(), conf.display()))
        .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    bin
}

#[test]
fn it_looks_at_the_files_of_this_machine_and_who_may_read_them() {
    let by_root = nix::unistd::Uid::effective().is_root();
    if !needs(&["doveconf"]) || !runnable((!by_root).then(|| "files are given to others by root only".into()))
    {
        return;
    }
    let doctor = Doctor::new();
    let dovecot = nix::unistd::User::from_name("dovecot").unwrap().unwrap();
    fs::set_permissions(doctor.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (conf, script, key) =
        (doctor.at("dovecot.conf"), doctor.at("clientpass.lua"), doctor.at("clientpass.key"));
    let ours = doctor.script("dovecot/dovecot-2.3.conf");
    let ours = ours.replace("/etc/dovecot/clientpass.lua", script.to_str().unwrap());
    let ours = ours.replace("/etc/dovecot/clientpass.key", key.to_str().unwrap());
    fs::write(&conf, format!("ssl = required\n{ours}{NEXT}")).unwrap();

    let bin = stands_in(doctor.folder.path(), &conf);
    let path =
        env::join_paths([bin].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap()))).unwrap();
    let finds = || {
        let listen = doctor.clientpass.address().to_string();
        let mut command = doctor.clientpass.command(&["doctor", "--json", "--listen", &listen]);
        found(&Ran::of(command.env("PATH", &path)), "dovecot").0
    };
    let put = |file: &Path, mode, gid| {
        fs::write(file, "x").unwrap();
        chown(file, Some(0), Some(gid)).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    };

    let group = dovecot.gid.as_raw();
    let missing = "error dovecot_file_missing".to_owned();
    assert_eq!(finds(), [missing.clone(), missing.clone()]);
    put(&script, 0o644, 0);
    assert_eq!(finds(), [missing]);
    put(&key, 0o640, group);
    assert_eq!(finds(), [] as [&str; 0]);

    for (file, mode, gid, expected) in [
        (&key, 0o644, group, "error dovecot_secret_exposed"),
        (&key, 0o640, 0, "error dovecot_file_closed"),
        (&key, 0o600, group, "error dovecot_file_closed"),
        (&script, 0o600, 0, "error dovecot_file_closed"),
        (&script, 0o666, 0, "error dovecot_file_writable"),
    ] {
        put(file, mode, gid);
        assert_eq!(finds(), [expected], "{} {mode:o} {gid}", file.display());
        put(&script, 0o644, 0);
        put(&key, 0o640, group);
    }

    // Whatever the system says of the user's groups, the process has those of its configuration.
    fs::write(
        &conf,
        format!("ssl = required\n{ours}{NEXT}service auth-worker {{\n  extra_groups = mail\n}}\n"),
    )
    .unwrap();
    let mail = nix::unistd::Group::from_name("mail").unwrap().unwrap();
    put(&key, 0o640, mail.gid.as_raw());
    assert_eq!(finds(), [] as [&str; 0]);
}

#[test]
fn a_mail_server_that_does_not_print_its_configuration_is_told() {
    if !needs(&["doveconf"]) {
        return;
    }
    let doctor = Doctor::new();
    let conf = doctor.at("dovecot.conf");
    let bin = stands_in(doctor.folder.path(), &conf);
    let path = env::join_paths([bin].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())));
    let path = path.unwrap();
    let finds = |text: &str| {
        fs::write(&conf, text).unwrap();
        let mut command = doctor.clientpass.command(&["doctor", "--json"]);
        found(&Ran::of(command.env("PATH", &path)), "dovecot").0
    };

    assert_eq!(finds("passdb {\n"), ["warning not_looked_at"]);
    assert!(!finds("ssl = required\n").contains(&"warning not_looked_at".to_owned()));
}

/// A mail server in front of clientpass, put up anew for each way past it.
struct Scene {
    clientpass: Clientpass,
    at: Installation,
    door: u16,
    alice: Person,
}

impl Scene {
    /// Nothing where a mail server or a mail client is not installed, or where the tests run another Dovecot.
    fn set() -> Option<Self> {
        let other = env::var_os("CLIENTPASS_DOVECOT_ROOT").is_some();
        if other || !runnable(dovecot::missing().or_else(mail_client::missing)) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let door = free_port();
        clientpass.restart_with(&format!("[doors.oauth2]\nlisten = \"127.0.0.1:{door}\"\n"));
        let alice = at.member("alice").secured(Clientpass::now());
        at.external_member("carol");
        Some(Self { clientpass, at, door, alice })
    }

    /// By the script, with what a file has more, and clientpass's own passdb changed so.
    fn by_script(&self, (from, to): (&str, &str), first: &str, last: &str) -> Dovecot {
        let key = self.at.mail_server.token();
        let (url, script) = (self.clientpass.url(), shipped("dovecot/clientpass.lua"));
        let conf = shipped("dovecot/dovecot-2.3.conf").replace("http://127.0.0.1:8600", &url);
        let conf = conf.replace("/etc/dovecot/clientpass.", "DIR/clientpass.");
        assert!(conf.contains(from), "{from}");
        let conf = format!("{first}{}auth_username_chars =\n{last}", conf.replacen(from, to, 1));
        let files = [
            ("clientpass.conf", conf),
            ("clientpass.key", format!("{key}\n")),
            ("clientpass.lua", script),
            ("masters", "boss:{PLAIN}boss's password\n".to_owned()),
            ("short", format!("alice:{{PLAIN}}{}\n", self.alice.password)),
        ];
        Dovecot::start_with(&files, &NEXT_SOURCE)
    }

    /// By the grant, with the file changed so.
    fn by_grant(&self, changes: &[(&str, &str)]) -> Dovecot {
        let conf = shipped("dovecot/oauth2-grant-2.3.conf");
        let conf = conf.replace("/etc/dovecot/clientpass-oauth2", "DIR/clientpass-oauth2");
        let ext = shipped("dovecot/oauth2-grant-2.3.conf.ext");
        let ext = ext.replace("127.0.0.1:8602", &format!("127.0.0.1:{}", self.door));
        let ext = changes.iter().fold(ext, |ext, (from, to)| {
            assert!(ext.contains(from), "{from}");
            ext.replacen(from, to, 1)
        });
        let files = [("clientpass.conf", conf), ("clientpass-oauth2.conf.ext", ext)];
        Dovecot::start_with(&files, &NEXT_SOURCE)
    }
}

const CLIENT: MailClient = CurlImap;
const SOUND: (&str, &str) = ("", "");

#[test]
fn a_dovecot_that_is_as_it_is_shipped_lets_in_none_of_those_whom_the_others_let_in() {
    let Some(scene) = Scene::set() else { return };
    let (alice, dovecot) = (&scene.alice, scene.by_script(SOUND, "", ""));
    assert_eq!(CLIENT.logs_in(&dovecot, &alice.login, &alice.issue("phone").secret), Told::In);
    for (login, password) in [
        (alice.login.as_str(), alice.password.as_str()),
        ("ALICE@EXAMPLE.ORG", &alice.password),
        ("alice@example.org*boss", "boss's password"),
        ("carol@example.org", "made up"),
        ("nobody@example.org", "made up"),
    ] {
        assert_eq!(CLIENT.logs_in(&dovecot, login, password), Told::WrongPassword, "{login} {password}");
    }
}

#[test]
fn ways_past_clientpass_that_the_doctor_finds_let_somebody_in() {
    let Some(scene) = Scene::set() else { return };
    let alice = &scene.alice;
    let ours = "  driver = lua\n";
    let master = "auth_master_user_separator = *\npassdb {\n  driver = passwd-file\n  args = DIR/masters\n  master = yes\n}\n";
    let any_case = "auth_username_format = %u\npassdb {\n  driver = passwd-file\n  args = username_format=%Lu DIR/users\n}\n";
    let account = alice.password.as_str();

    for (what, change, first, last, login, password) in [
        ("master", SOUND, master, "", "alice@example.org*boss", "boss's password"),
        ("skip", (ours, "  driver = lua\n  skip = unauthenticated\n"), "", "", "alice@example.org", account),
        ("masters only", (ours, "  driver = lua\n  master = yes\n"), "", "", "alice@example.org", account),
        (
            "static",
            SOUND,
            "",
            "passdb {\n  driver = static\n  args = nopassword=y\n}\n",
            "carol@example.org",
            "made up",
        ),
        (
            "fields",
            SOUND,
            "",
            "passdb {\n  driver = passwd-file\n  args = DIR/users\n  default_fields = nopassword=y\n}\n",
            "carol@example.org",
            "made up",
        ),
        (
            "by case",
            (ours, "  driver = lua\n  username_filter = *@example.org\n"),
            "",
            any_case,
            "ALICE@EXAMPLE.ORG",
            account,
        ),
        (
            "an earlier yes",
            ("  result_failure = return-fail\n", "  result_failure = return\n"),
            "passdb {\n  driver = passwd-file\n  args = DIR/users\n  result_success = continue-ok\n}\n",
            "",
            "alice@example.org",
            account,
        ),
    ] {
        let dovecot = scene.by_script(change, first, last);
        assert_eq!(CLIENT.logs_in(&dovecot, login, password), Told::In, "{what}");
    }
}

#[test]
fn a_login_without_its_domain_that_is_left_to_the_next_source_lets_the_account_password_in() {
    let Some(mut scene) = Scene::set() else { return };
    scene.clientpass.restart_with("[verify]\nunknown_login = \"defer\"\n");
    let short = "passdb {\n  driver = passwd-file\n  args = username_format=%n DIR/short\n}\n";
    let past = scene.by_script(SOUND, "", short);
    assert_eq!(CLIENT.logs_in(&past, "alice", &scene.alice.password), Told::In);
    assert_eq!(CLIENT.logs_in(&past, &scene.alice.login, &scene.alice.password), Told::WrongPassword);
    drop(past);
    let whole = scene.by_script(SOUND, "auth_default_realm = example.org\n", short);
    assert_eq!(CLIENT.logs_in(&whole, "alice", &scene.alice.password), Told::WrongPassword);

    if !needs(&["doveconf"]) {
        return;
    }
    let doctor = Doctor::new();
    let config = doctor.at("defer.toml");
    fs::write(&config, "[verify]\nunknown_login = \"defer\"\n").unwrap();
    let next = "passdb {\n  driver = pam\n}\n";
    fs::write(
        doctor.at("dovecot.conf"),
        format!("ssl = required\n{}{next}", doctor.script("dovecot/dovecot-2.3.conf")),
    )
    .unwrap();
    let conf = doctor.at("dovecot.conf").display().to_string();
    let printed = capture("doveconf", &["-n", "-c", &conf], &doctor.at("printed"));
    let listen = doctor.clientpass.address().to_string();
    let asked = [
        "--config",
        config.to_str().unwrap(),
        "doctor",
        "--json",
        "--listen",
        &listen,
        "--dovecot",
        &printed,
    ];
    assert_eq!(found(&doctor.clientpass.run(&asked), "dovecot"), code("error dovecot_short_logins"));
}

/// Somebody who knows no token.
fn identity_provider() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut asked = [0; 4096];
                while stream.read(&mut asked).is_ok_and(|length| length > 0) {
                    let body = "{\"active\":\"false\"}";
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json";
                    let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn grants_that_the_doctor_finds_let_somebody_in() {
    let Some(scene) = Scene::set() else { return };
    let alice = &scene.alice;
    let sound = scene.by_grant(&[]);
    assert_eq!(CLIENT.logs_in(&sound, &alice.login, &alice.issue("phone").secret), Told::In);
    assert_eq!(CLIENT.logs_in(&sound, &alice.login, &alice.password), Told::WrongPassword);
    assert_eq!(CLIENT.logs_in(&sound, "stranger@example.org", "made up"), Told::WrongPassword);
    drop(sound);

    // Neither what says active nor the scope is looked at.
    let open = scene.by_grant(&[
        ("active_attribute = active\n", "active_attribute =\n"),
        ("active_value = true\n", "active_value =\n"),
        ("scope = clientpass\n", ""),
        ("pass_attrs = user=%{oauth2:login}\n", ""),
    ]);
    assert_eq!(CLIENT.logs_in(&open, &alice.login, "made up"), Told::In);
    assert_eq!(CLIENT.logs_in(&open, "stranger@example.org", "made up"), Told::In);
    drop(open);

    // By itself 2.3 looks: whom clientpass leaves to the next source is left to it.
    let silent = scene.by_grant(&[("active_attribute = active\n", ""), ("active_value = true\n", "")]);
    assert_eq!(CLIENT.logs_in(&silent, "carol@example.org", CAROLS), Told::In);
    assert_eq!(CLIENT.logs_in(&silent, &alice.login, "made up"), Told::WrongPassword);
    drop(silent);

    let never = [("active_attribute = active\n", "active_attribute = enabled\n")];
    let never = scene.by_grant(&never);
    assert_eq!(CLIENT.logs_in(&never, "carol@example.org", CAROLS), Told::WrongPassword);
    drop(never);

    let again = format!("introspection_url = http://127.0.0.1:{}/\nclient_id = ", identity_provider());
    let again = scene.by_grant(&[("client_id = ", &again)]);
    assert_eq!(CLIENT.logs_in(&again, &alice.login, &alice.password), Told::In, "{}", again.log());
}
