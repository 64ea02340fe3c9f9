//! The files of `mail-servers/`, judged: with none of them anything is wrong.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::opened::{Door, Opened};
use super::{Finding, dovecot, nginx, postfix};

fn codes(found: &[Finding]) -> Vec<&'static str> {
    found.iter().map(|one| one.code).collect()
}

const NEXT_2_3: &str = "passdb {\n  driver = passwd-file\n  args = /etc/dovecot/users\n}\n";
const NEXT_2_4: &str = "passdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n";
/// By what each is whole: what stands beside it, and the file that its passdb names.
const FILES: [(&str, &str, &str); 8] = [
    ("dovecot/dovecot-2.3.conf", "", ""),
    ("dovecot/dovecot-2.4.conf", "", ""),
    ("dovecot/oauth2-grant-2.3.conf", "", "dovecot/oauth2-grant-2.3.conf.ext"),
    ("dovecot/oauth2-grant-2.4.conf", "", ""),
    ("dovecot/doveadm-2.3.conf", "dovecot/dovecot-2.3.conf", ""),
    ("dovecot/doveadm-2.4.conf", "dovecot/dovecot-2.4.conf", ""),
    ("ldap/dovecot-2.3.conf", "", "ldap/clientpass-ldap.conf.ext"),
    ("ldap/dovecot-2.4.conf", "", ""),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mail-servers")
}

fn shipped(name: &str) -> String {
    if name.is_empty() { String::new() } else { fs::read_to_string(folder().join(name)).unwrap() }
}

/// Files with one of these endings.
fn of_kind(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let such = |path: &PathBuf| path.extension().is_some_and(|of| endings.iter().any(|ending| of == *ending));
    files.filter(such).collect()
}

/// What is found of it, with a next source behind it, and with the doors open where it asks.
fn judged(name: &str, beside: &str, ext: &str) -> Vec<&'static str> {
    let (first, next) = if name.contains("2.4") {
        ("dovecot_config_version = 2.4.1\nssl = required\n", NEXT_2_4)
    } else {
        ("ssl = required\n", NEXT_2_3)
    };
    // Which key is strong is not ours to ship.
    let text = shipped(name).replace("CHANGE-ME", "u9Xo2Vd7Kq4Zs1Lm8Pw5");
    let whole = format!("{first}{}{text}{next}", shipped(beside));

    let file = dovecot::files::wanted(&whole)
        .into_iter()
        .find(|of| of.purpose.is_settings())
        .filter(|_| !ext.is_empty());
    let files = file.map(|of| dovecot::files::Named {
        path: of.path,
        text: Some(shipped(ext)),
        way: None,
        reader: None,
    });
    assert_eq!(files.is_some(), !ext.is_empty(), "{name}");
    let printed = dovecot::Printed { whole: &whole, files: files.as_slice(), defers_unknown: false };

    let doors = [(Door::Api, 8600), (Door::OAuth2, 8602), (Door::Ldap, 8389)];
    let doors = doors.map(|(door, port)| (door, format!("127.0.0.1:{port}")));
    let ours: Vec<String> = doors.iter().map(|(_, at)| at.clone()).collect();
    let opened = Opened { doors: doors.to_vec(), answers: None };
    codes(&[dovecot::judge(printed, &ours), dovecot::doors::judge(printed, &opened)].concat())
}

#[test]
fn nothing_is_wrong_with_the_files_for_dovecot() {
    for (name, beside, ext) in FILES {
        // Said of every LDAP.
        let expected: &[&str] = if name.starts_with("ldap/") { &["dovecot_ldap_waits"] } else { &[] };
        assert_eq!(judged(name, beside, ext), expected, "{name}");
    }
}

#[test]
fn none_of_the_files_for_dovecot_is_left_out() {
    let mut there = BTreeSet::new();
    for of in ["dovecot", "ldap"] {
        for file in of_kind(&folder().join(of), &["conf", "ext"]) {
            there.insert(format!("{of}/{}", file.file_name().unwrap().to_str().unwrap()));
        }
    }
    let tried = FILES.iter().flat_map(|(name, _, ext)| [*name, *ext]).filter(|name| !name.is_empty());
    assert_eq!(there, tried.map(str::to_owned).collect());
}

/// What includes them, as their README says.
const AROUND: &str = "\
# configuration file /etc/nginx/nginx.conf:
mail {
    include clientpass-mail.conf;
    server { listen 993 ssl; protocol imap; }
    server { listen 995 ssl; protocol pop3; }
    server { listen 465 ssl; protocol smtp; }
}
http {
    server {
        listen 443 ssl;
        include clientpass-server.conf;
        location / {
            set $clientpass_protocol webdav;
            include clientpass-location.conf;
        }
    }
    server {
        include clientpass-application.conf;
        location / {
            proxy_set_header X-Script-Name /;
            proxy_pass http://127.0.0.1:5232;
        }
    }
}
";

#[test]
fn nothing_is_wrong_with_the_files_for_nginx() {
    let mut printed = AROUND.to_owned();
    let mut used = 0;
    for folder in ["nginx-mail", "nginx-auth-request"] {
        for file in of_kind(&self::folder().join(folder), &["conf"]) {
            let (name, text) =
                (file.file_name().unwrap().to_str().unwrap(), fs::read_to_string(&file).unwrap());
            writeln!(printed, "# configuration file /etc/nginx/{name}:\n{text}").unwrap();
            used += 1;
        }
    }
    assert_eq!(printed.matches("include clientpass-").count(), used, "a file is left out");

    let doors = [(Door::NginxMail, 8603), (Door::ForwardAuth, 8604)];
    let doors = doors.map(|(door, port)| (door, format!("127.0.0.1:{port}"))).to_vec();
    let ours: Vec<String> = doors.iter().map(|(_, at)| at.clone()).collect();
    let opened = Opened { doors, answers: None };
    assert_eq!(nginx::judge(&printed, &ours[1..]), []);
    assert_eq!(nginx::doors::judge(&printed, &opened), []);
    assert_eq!(nginx::next_source::judge(&printed, &ours[..1], true), []);

    // All of them are read.
    let changed = |from: &str, to: &str| {
        assert!(printed.contains(from), "{from}");
        codes(&nginx::judge(&printed.replace(from, to), &ours[1..]))
    };
    for (from, to, expected) in [
        ("auth_http_timeout 6s;", "", "nginx_timeout"),
        ("proxy_set_header X-Real-IP $remote_addr;", "", "nginx_spoofed_address"),
        ("satisfy all;", "satisfy any;", "nginx_satisfy_any"),
        ("proxy_set_header X-Remote-User $clientpass_login;", "", "nginx_login_lost"),
    ] {
        assert!(changed(from, to).contains(&expected), "{from}");
    }
}

#[test]
fn nothing_is_wrong_with_the_files_for_postfix() {
    let folder = folder().join("postfix");
    assert_eq!(of_kind(&folder, &["cf"]).len(), 2);

    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (main, master) = (format!("compatibility_level = 3.6\n{}", read("main.cf")), read("master.cf"));
    let toml = read("clientpass.toml");
    let listen = toml.lines().find_map(|line| line.strip_prefix("listen = \"")?.split('"').next()).unwrap();

    let opened = Opened { doors: vec![(Door::Dovecot, listen.into())], answers: None };
    let found = |main: &str, master: &str| {
        let printed = postfix::Printed { main, master: Some(master) };
        codes(
            &[postfix::judge(&printed, &[listen.into()]), postfix::doors::judge(&printed, &opened)].concat(),
        )
    };
    assert_eq!(found(&main, &master), [""; 0]);

    // Both of them are read.
    assert!(main.contains("smtpd_sasl_type = dovecot"));
    assert_ne!(found(&main.replace("smtpd_sasl_type = dovecot", ""), &master), [""; 0]);
    assert_eq!(found(&main, ""), ["postfix_asks_nobody"]);
}
