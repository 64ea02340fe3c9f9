//! `clientpass doctor` on itself, and on what Dovecot, Postfix and nginx print of the configurations that are shipped,
//! whole and broken.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::clientpass::{Clientpass, Ran};
use crate::support::{find_program, postgres, runnable};

/// Runs a program that prints a configuration, into a file.
#[track_caller]
fn capture(program: &str, arguments: &[&str], into: &Path) -> String {
    let output = Command::new(find_program(program).unwrap()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    fs::write(into, output.stdout).unwrap();
    into.display().to_string()
}

/// What the doctor finds, as `severity code` about one program, and its exit code.
#[track_caller]
fn found(ran: &Ran, about: &str) -> (Vec<String>, Option<i32>) {
    let said: Value = serde_json::from_str(&ran.printed).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let findings = said["findings"].as_array().unwrap().iter().filter(|one| one["about"] == about);
    let shown = |one: &Value| {
        for field in ["what", "why", "change"] {
            assert!(!one[field].as_str().unwrap().is_empty(), "{one}");
        }
        format!("{} {}", one["severity"].as_str().unwrap(), one["code"].as_str().unwrap())
    };
    (findings.map(shown).collect(), ran.code)
}

fn needs(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|name| find_program(name).is_none());
    runnable(missing.map(|name| format!("{name} is not installed")))
}

/// A member of the shipped configurations.
fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("mail-servers").join(name)).unwrap()
}

#[test]
fn it_finds_what_is_wrong_with_clientpass_itself() {
    let (mut clientpass, _) = Clientpass::installed();
    let listen = clientpass.address().to_string();
    let nothing = clientpass.beside("nothing");
    fs::write(&nothing, "").unwrap();
    // Captured: so that what is installed on this machine is not looked at.
    let doctor = |clientpass: &Clientpass, listen: &str| {
        let ran =
            clientpass.run(&["doctor", "--json", "--listen", listen, "--nginx", nothing.to_str().unwrap()]);
        let (codes, code) = found(&ran, "clientpass");
        (codes.into_iter().filter(|code| !code.ends_with("clock_alone")).collect::<Vec<_>>(), code)
    };
    let beside = "warning keyring_beside_database".to_owned();
    assert_eq!(doctor(&clientpass, &listen), (vec![beside.clone()], Some(0)));
    let dead = format!("127.0.0.1:{}", crate::support::free_port());
    assert_eq!(doctor(&clientpass, &dead), (vec!["error unreachable".into(), beside.clone()], Some(1)));
    fs::set_permissions(clientpass.data("keyring.json"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(doctor(&clientpass, &listen), (vec!["error data_exposed".into(), beside.clone()], Some(1)));
    clientpass.stop();
    fs::set_permissions(clientpass.data("keyring.json"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(doctor(&clientpass, &listen), (vec!["error not_serving".into(), beside], Some(1)));
    // It has made nothing.
    let elsewhere = clientpass.beside("elsewhere");
    let ran = clientpass.run(&["doctor", "--json", "--data-dir", elsewhere.to_str().unwrap()]);
    assert!(found(&ran, "clientpass").0.contains(&"note no_data".to_owned()), "{ran:?}");
    assert!(!elsewhere.exists());
}

#[test]
fn it_says_so_to_a_person_and_takes_no_file_that_is_not_there() {
    let (clientpass, _) = Clientpass::installed();
    let listen = clientpass.address().to_string();
    let told = clientpass.run(&["doctor", "--listen", &listen]);
    assert!(told.printed.contains("warning  clientpass: the keyring lies in the folder"), "{told:?}");
    assert!(
        told.printed.contains("change: storage.keyring = ") && told.printed.contains("looked at clientpass")
    );
    let help = clientpass.run(&["doctor", "--help"]);
    assert!(help.code == Some(0) && help.printed.contains("Examples"), "{help:?}");
    assert_eq!(clientpass.run(&["doctor", "--dovecot", "/nowhere"]).code, Some(2));
    assert_eq!(clientpass.run(&["doctor", "--postfix-master", "/dev/null"]).code, Some(2));
}

#[test]
fn it_finds_a_socket_that_the_mail_server_cannot_reach() {
    let known = fs::read_to_string("/etc/passwd").unwrap().contains("\npostfix:");
    if !runnable((!known).then(|| "Postfix is not installed".into())) {
        return;
    }
    let (mut clientpass, _) = Clientpass::installed();
    let (file, socket, nothing) =
        (clientpass.beside("doors.toml"), clientpass.beside("auth"), clientpass.beside("nothing"));
    fs::write(&nothing, "").unwrap();
    let doors = format!("[doors.dovecot]\nlisten = \"unix:{}\"\nmode = \"0666\"\n", socket.display());
    fs::write(&file, doors).unwrap();
    let options = ["--config", file.to_str().unwrap()];
    let doctor = |clientpass: &Clientpass| {
        let listen = clientpass.address().to_string();
        let asked = ["doctor", "--json", "--listen", &listen, "--nginx", nothing.to_str().unwrap()];
        let (codes, code) = found(&clientpass.run(&[&options[..], &asked].concat()), "clientpass");
        (codes.into_iter().find(|code| code.contains("socket")), code)
    };
    assert_eq!(doctor(&clientpass), (Some("error socket_missing".into()), Some(1)));
    clientpass.with_options(&options);
    clientpass.stop();
    clientpass.start();
    fs::set_permissions(clientpass.beside(""), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(doctor(&clientpass), (Some("error socket_closed".into()), Some(1)));
    fs::set_permissions(clientpass.beside(""), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(doctor(&clientpass), (None, Some(0)));
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(doctor(&clientpass), (Some("error socket_closed".into()), Some(1)));
}

#[test]
fn it_finds_a_postgresql_that_forgets() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = postgres::Server::start("fsync = off");
    server.sql("postgres", "CREATE DATABASE mail");
    let (clientpass, _) = Clientpass::installed_on(&server.url("mail"));
    let listen = clientpass.address().to_string();
    let (codes, code) = found(&clientpass.run(&["doctor", "--json", "--listen", &listen]), "clientpass");
    assert!(codes.contains(&"error database_not_durable".to_owned()) && code == Some(1), "{codes:?}");
    // The keyring is in the data directory, and the database is not.
    assert!(!codes.iter().any(|code| code.contains("keyring_beside")), "{codes:?}");
}

#[test]
fn it_finds_what_is_wrong_with_dovecot() {
    if !needs(&["doveconf"]) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let listen = clientpass.address().to_string();
    let ours = shipped("dovecot/dovecot-2.3.conf");
    let next = "passdb {\n  driver = passwd-file\n  args = /etc/dovecot/users\n}\n";
    let doctor = |text: &str| {
        let (file, printed) = (folder.path().join("dovecot.conf"), folder.path().join("printed"));
        fs::write(&file, text).unwrap();
        let printed = capture("doveconf", &["-n", "-c", file.to_str().unwrap()], &printed);
        found(&clientpass.run(&["doctor", "--json", "--listen", &listen, "--dovecot", &printed]), "dovecot")
    };
    let whole = format!("ssl = required\n{ours}{next}");
    assert_eq!(doctor(&whole), (vec![], Some(0)));
    let code = |code: &str| (vec![code.to_owned()], Some(i32::from(code.starts_with("error"))));
    for (from, to, expected) in [
        ("auth_cache_size = 0", "auth_cache_size = 10M", "error dovecot_auth_cache"),
        ("ssl = required\n", "ssl = required\npassdb {\n  driver = pam\n}\n", "error dovecot_order"),
        ("  result_failure = return-fail\n", "", "error dovecot_goes_on_after_refusal"),
        ("  result_internalfail = return-fail\n", "", "error dovecot_goes_on_after_fault"),
        ("blocking=yes\n", "blocking=yes cache_key=\n", "error dovecot_cache_key"),
        ("blocking=yes\n", "\n", "warning dovecot_one_at_a_time"),
        ("    mode = 0\n", "    mode = 0600\n", "warning dovecot_penalty"),
        ("  user = $default_internal_user\n", "", "warning dovecot_worker_root"),
        ("ssl = required\n", "ssl = yes\ndisable_plaintext_auth = no\n", "error dovecot_cleartext"),
        (
            "ssl = required\n",
            "ssl = required\nauth_mechanisms = plain cram-md5\n",
            "warning dovecot_mechanisms",
        ),
        (next, "", "note dovecot_no_next_passdb"),
        ("/etc/dovecot/clientpass.lua", "/etc/dovecot/other.lua", "warning dovecot_asks_somebody_else"),
    ] {
        assert!(whole.contains(from), "{from}");
        assert_eq!(doctor(&whole.replacen(from, to, 1)), code(expected), "{from} -> {to}");
    }
}

const MAIN: &str = "\
compatibility_level = 3.6
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/clientpass
smtpd_tls_auth_only = yes
smtpd_tls_security_level = may
";
const MASTER: &str = "\
smtp      inet  n       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
";

#[test]
fn it_finds_what_is_wrong_with_postfix() {
    if !needs(&["postconf"]) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let listen = clientpass.address().to_string();
    let doctor = |main: &str, master: &str| {
        for (name, text) in [("main.cf", main), ("master.cf", master)] {
            fs::write(at(name), text).unwrap();
            // Postfix waits until a file that was just written has rested.
            let file = fs::File::options().write(true).open(at(name)).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        let from = ["-c", folder.path().to_str().unwrap()];
        let main = capture("postconf", &[&from[..], &["-n"]].concat(), &at("main"));
        let master = capture("postconf", &[&from[..], &["-M"]].concat(), &at("master"));
        let captured = ["--postfix", &main, "--postfix-master", &master];
        found(
            &clientpass.run(&[&["doctor", "--json", "--listen", &listen], &captured[..]].concat()),
            "postfix",
        )
    };
    let code = |code: &str| (vec![code.to_owned()], Some(i32::from(code.starts_with("error"))));
    assert_eq!(doctor(MAIN, MASTER), (vec![], Some(0)));
    let main = format!("compatibility_level = 3.6\n{}", shipped("postfix/main.cf"));
    assert_eq!(doctor(&main, &shipped("postfix/master.cf")), (vec![], Some(0)));
    for (from, to, expected) in [
        ("smtpd_tls_auth_only = yes\n", "", "error postfix_cleartext"),
        ("private/clientpass", "unix:/run/clientpass/dovecot.sock", "error postfix_chroot"),
        ("private/clientpass", "private/auth", "warning postfix_asks_dovecot"),
        ("smtpd_sasl_type = dovecot\n", "", "warning postfix_asks_somebody_else"),
        ("may\n", "may\nsmtpd_sasl_auth_enable = yes\n", "warning postfix_port_25"),
        ("may\n", "may\nsmtpd_sasl_security_options = noplaintext\n", "error postfix_no_plaintext"),
    ] {
        assert_eq!(doctor(&MAIN.replacen(from, to, 1), MASTER), code(expected), "{from} -> {to}");
    }
    let quiet = MASTER.replace("-o smtpd_sasl_auth_enable=yes", "");
    assert_eq!(doctor(MAIN, &quiet), code("note postfix_asks_nobody"));
}

/// All that nginx is asked to do here; `SSL` and `WEB` are filled in.
const NGINX: &str = "\
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
pid DIR/pid;
error_log DIR/error.log;
events {}
include DIR/mail.d/*.conf;
";
const MAIL: &str = "\
mail {
  auth_http 127.0.0.1:8603/;
  auth_http_timeout 5s;
  ssl_certificate DIR/certificate.pem;
  ssl_certificate_key DIR/key.pem;
  server {
    listen 20993 ssl;
    protocol imap;
  }
}
";

#[test]
fn it_finds_what_is_wrong_with_nginx() {
    let module = Path::new("/usr/lib/nginx/modules/ngx_mail_module.so");
    let missing = !module.exists();
    if !needs(&["nginx"]) || !runnable(missing.then(|| "the mail module of nginx is not installed".into())) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let listen = clientpass.address().to_string();
    let own = rcgen::generate_simple_self_signed(["mail.example.org".to_owned()]).unwrap();
    fs::write(at("certificate.pem"), own.cert.pem()).unwrap();
    fs::write(at("key.pem"), own.signing_key.serialize_pem()).unwrap();
    fs::create_dir(at("mail.d")).unwrap();
    let here = |text: &str| text.replace("DIR", folder.path().to_str().unwrap());
    fs::write(at("nginx.conf"), here(NGINX)).unwrap();
    let doctor = |mail: &str| {
        fs::write(at("mail.d/mail.conf"), here(mail)).unwrap();
        let printed = capture("nginx", &["-T", "-c", at("nginx.conf").to_str().unwrap()], &at("printed"));
        found(&clientpass.run(&["doctor", "--json", "--listen", &listen, "--nginx", &printed]), "nginx")
    };
    let code = |code: &str| (vec![code.to_owned()], Some(i32::from(code.starts_with("error"))));
    assert_eq!(doctor(MAIL), (vec![], Some(0)));
    for (from, to, expected) in [
        ("20993 ssl", "20143", "error nginx_cleartext"),
        ("listen 20993 ssl", "starttls on; listen 20143", "warning nginx_cleartext"),
        ("  auth_http_timeout 5s;\n", "", "warning nginx_timeout"),
        ("127.0.0.1:8603", "192.0.2.7:8603", "error nginx_remote_verifier"),
    ] {
        assert_eq!(doctor(&MAIL.replacen(from, to, 1)), code(expected), "{from} -> {to}");
    }
}

#[test]
fn it_finds_what_is_wrong_with_the_grant_of_dovecot() {
    if !needs(&["doveconf"]) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let listen = clientpass.address().to_string();
    let next = "passdb {\n  driver = passwd-file\n  args = /etc/dovecot/users\n}\n";
    let ours = shipped("dovecot/oauth2-grant-2.3.conf");
    fs::write(at("dovecot.conf"), format!("ssl = required\n{ours}{next}")).unwrap();
    let printed = capture("doveconf", &["-n", "-c", at("dovecot.conf").to_str().unwrap()], &at("printed"));
    let doctor = |grant: Option<&str>| {
        let mut asked = vec!["doctor", "--json", "--listen", &listen, "--dovecot", &printed];
        let file = at("grant").display().to_string();
        if let Some(grant) = grant {
            fs::write(&file, grant).unwrap();
            asked.extend(["--dovecot-grant", &file]);
        }
        found(&clientpass.run(&asked), "dovecot")
    };
    let whole = shipped("dovecot/oauth2-grant-2.3.conf.ext");
    assert_eq!(doctor(Some(&whole)), (vec![], Some(0)));
    assert_eq!(doctor(None), (vec!["note dovecot_grant_not_looked_at".into()], Some(0)));
    for (line, expected) in [
        ("scope = clientpass\n", "error dovecot_goes_on_after_refusal"),
        ("active_value = true\n", "error dovecot_grant_lets_everybody_in"),
        ("timeout_msecs = 6000\n", "warning dovecot_timeout"),
    ] {
        assert!(whole.contains(line), "{line}");
        assert_eq!(doctor(Some(&whole.replacen(line, "", 1))).0, [expected], "{line}");
    }
}

/// A web server with the shipped files, beside others.
const WEB: &str = "\
pid DIR/pid;
error_log DIR/error.log;
events {}
http {
  client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
  server {
    listen 127.0.0.1:20080;
    # outside
    include clientpass-server.conf;
    location / {
      set $clientpass_protocol webdav;
      include clientpass-location.conf;
      # inside
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
fn it_finds_what_is_wrong_with_auth_request() {
    if !needs(&["nginx"]) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let listen = clientpass.address().to_string();
    let doctor = |web: &str, file: &str, from: &str, to: &str| {
        for name in ["server", "location", "pass", "application"] {
            let text = shipped(&format!("nginx-auth-request/clientpass-{name}.conf"));
            assert!(file != name || text.contains(from), "{from}");
            let text = if file == name { text.replacen(from, to, 1) } else { text };
            let socket = at("socket").display().to_string();
            fs::write(
                at(&format!("clientpass-{name}.conf")),
                text.replace("/run/nginx-clientpass.sock", &socket),
            )
            .unwrap();
        }
        fs::write(at("nginx.conf"), web.replace("DIR", folder.path().to_str().unwrap())).unwrap();
        let printed = capture("nginx", &["-T", "-c", at("nginx.conf").to_str().unwrap()], &at("printed"));
        found(&clientpass.run(&["doctor", "--json", "--listen", &listen, "--nginx", &printed]), "nginx")
    };
    assert_eq!(doctor(WEB, "", "", ""), (vec![], Some(0)));
    let lost = "proxy_set_header X-Remote-User $clientpass_login;";
    assert_eq!(doctor(WEB, "pass", lost, "").0, ["error nginx_login_lost"]);
    let address = "proxy_set_header X-Real-IP $remote_addr;";
    assert_eq!(doctor(WEB, "server", address, "").0, ["error nginx_spoofed_address"]);
    assert_eq!(doctor(WEB, "location", "satisfy all;", "satisfy any;").0, ["error nginx_satisfy_any"]);
    let page = "    error_page 500 502 504 = @clientpass_unavailable;\n";
    let web = WEB.replace("# outside", "error_page 502 =200 /sorry;");
    assert_eq!(doctor(&web, "server", page, "").0, ["error nginx_error_page_lets_in"]);
    let inside = "location /up/ { proxy_set_header X-A b; proxy_pass http://127.0.0.1:5232; }";
    let (codes, code) = doctor(&WEB.replace("# inside", inside), "", "", "");
    assert_eq!(codes, ["error nginx_login_lost", "warning nginx_password_handed_on"]);
    assert_eq!(code, Some(1));
    let past = "location /open/ { auth_request off; proxy_pass http://127.0.0.1:5232; }";
    assert_eq!(doctor(&WEB.replace("# outside", past), "", "", "").0, ["error nginx_way_past_clientpass"]);
}
