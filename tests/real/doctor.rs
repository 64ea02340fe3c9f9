//! `clientpass doctor` on what Dovecot, Postfix and nginx print of the configurations that are shipped, whole and broken.
//! What it finds of clientpass itself is in `doctor_itself`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::clientpass::{Clientpass, Ran};
use crate::support::{find_program, runnable};

/// Runs a program that prints a configuration, into a file.
#[track_caller]
pub fn capture(program: &str, arguments: &[&str], into: &Path) -> String {
    let output = Command::new(find_program(program).unwrap()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    fs::write(into, output.stdout).unwrap();
    into.display().to_string()
}

/// Every finding that was said.
#[track_caller]
pub fn findings(ran: &Ran) -> Vec<Value> {
    let said: Value = serde_json::from_str(&ran.printed).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    said["findings"].as_array().unwrap().clone()
}

/// What the doctor finds, as `severity code` about one program, and its exit code. Which engine it is is always said.
#[track_caller]
pub fn found(ran: &Ran, about: &str) -> (Vec<String>, Option<i32>) {
    let findings = findings(ran);
    let findings = findings.iter().filter(|one| one["about"] == about && one["code"] != "engine");
    let shown = |one: &Value| {
        for field in ["what", "why", "change"] {
            assert!(!one[field].as_str().unwrap().is_empty(), "{one}");
        }
        format!("{} {}", one["severity"].as_str().unwrap(), one["code"].as_str().unwrap())
    };
    (findings.map(shown).collect(), ran.code)
}

pub fn needs(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|name| find_program(name).is_none());
    runnable(missing.map(|name| format!("{name} is not installed")))
}

/// A member of the shipped configurations.
pub fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("mail-servers").join(name)).unwrap()
}

/// A configuration in which the doors are open where the files of `mail-servers/` ask; nobody serves it.
pub fn doors(clientpass: &Clientpass) -> String {
    let file = clientpass.beside("doors.toml");
    let doors = [("oauth2", 8602), ("nginx_mail", 8603), ("forward_auth", 8604), ("ldap", 8389)];
    let sections = doors.map(|(name, port)| format!("[doors.{name}]\nlisten = \"127.0.0.1:{port}\"\n"));
    fs::write(&file, sections.concat()).unwrap();
    file.display().to_string()
}

#[test]
fn it_finds_what_is_wrong_with_dovecot() {
    if !needs(&["doveconf"]) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let listen = clientpass.address().to_string();
    let doors = doors(&clientpass);
    let ours = shipped("dovecot/dovecot-2.3.conf").replace("127.0.0.1:8600", &listen);
    let next = "passdb {\n  driver = passwd-file\n  args = /etc/dovecot/users\n}\n";
    let doctor = |text: &str| {
        let (file, printed) = (folder.path().join("dovecot.conf"), folder.path().join("printed"));
        fs::write(&file, text).unwrap();
        let printed = capture("doveconf", &["-n", "-c", file.to_str().unwrap()], &printed);
        let asked = ["--config", &doors, "doctor", "--json", "--listen", &listen, "--dovecot", &printed];
        found(&clientpass.run(&asked), "dovecot")
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
        ("blocking=yes\n", "blocking=no\n", "warning dovecot_one_at_a_time"),
        ("    mode = 0\n", "    mode = 0600\n", "warning dovecot_penalty"),
        ("  user = $default_internal_user\n", "", "warning dovecot_worker_root"),
        ("ssl = required\n", "ssl = yes\ndisable_plaintext_auth = no\n", "error dovecot_cleartext"),
        (
            "ssl = required\n",
            "ssl = required\nauth_mechanisms = plain cram-md5\n",
            "warning dovecot_mechanisms",
        ),
        (next, "", "note dovecot_no_next_passdb"),
        (listen.as_str(), "127.0.0.1:1", "error dovecot_door_not_open"),
        ("/etc/dovecot/clientpass.lua", "/etc/dovecot/other.lua", "warning dovecot_asks_somebody_else"),
    ] {
        assert!(whole.contains(from), "{from}");
        assert_eq!(doctor(&whole.replacen(from, to, 1)), code(expected), "{from} -> {to}");
    }
}

const MAIN: &str = "\
compatibility_level = 3.6
smtpd_sasl_type = dovecot
smtpd_sasl_path = clientpass/auth
service_throttle_time = 1s
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
    let (mut clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let listen = clientpass.address().to_string();
    // The queue directory of this Postfix, which has to get there.
    let queue = clientpass.beside("queue");
    fs::create_dir_all(queue.join("clientpass")).unwrap();
    fs::set_permissions(clientpass.beside(""), fs::Permissions::from_mode(0o755)).unwrap();
    let door = format!("unix:{}/clientpass/auth", queue.display());
    clientpass.restart_with(&format!("[doors.dovecot]\nlisten = \"{door}\"\nmode = \"0666\"\n"));
    let (opens, none) = (clientpass.beside("clientpass.toml"), clientpass.beside("none.toml"));
    fs::write(&none, "").unwrap();
    let asked = |config: &Path, main: &str, master: &str| {
        let main = format!("queue_directory = {}\n{main}", queue.display());
        for (name, text) in [("main.cf", main.as_str()), ("master.cf", master)] {
            fs::write(at(name), text).unwrap();
            // Postfix waits until a file that was just written has rested.
            let file = fs::File::options().write(true).open(at(name)).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        let from = ["-c", folder.path().to_str().unwrap()];
        let main = capture("postconf", &[&from[..], &["-n"]].concat(), &at("main"));
        let master = capture("postconf", &[&from[..], &["-M"]].concat(), &at("master"));
        let captured = ["--postfix", &main, "--postfix-master", &master];
        let doctor = ["--config", config.to_str().unwrap(), "doctor", "--json", "--listen", &listen];
        found(&clientpass.run(&[&doctor[..], &captured[..]].concat()), "postfix")
    };
    let doctor = |main: &str, master: &str| asked(&opens, main, master);
    let code = |code: &str| (vec![code.to_owned()], Some(i32::from(code.starts_with("error"))));
    assert_eq!(doctor(MAIN, MASTER), (vec![], Some(0)));
    let main = format!("compatibility_level = 3.6\n{}", shipped("postfix/main.cf"));
    assert_eq!(doctor(&main, &shipped("postfix/master.cf")), (vec![], Some(0)));
    for (from, to, expected) in [
        ("smtpd_tls_auth_only = yes\n", "", "error postfix_cleartext"),
        ("clientpass/auth", "private/auth", "warning postfix_asks_dovecot"),
        ("clientpass/auth", "clientpass/other", "error postfix_door_not_open"),
        ("smtpd_sasl_type = dovecot\n", "", "warning postfix_asks_somebody_else"),
        ("service_throttle_time = 1s\n", "", "warning postfix_long_pause"),
        ("may\n", "may\nsmtpd_sasl_auth_enable = yes\n", "warning postfix_port_25"),
        ("may\n", "may\nsmtpd_sasl_security_options = noplaintext\n", "error postfix_no_plaintext"),
    ] {
        assert_eq!(doctor(&MAIN.replacen(from, to, 1), MASTER), code(expected), "{from} -> {to}");
    }
    let far = MAIN.replacen("clientpass/auth", &door, 1);
    assert_eq!(doctor(&far, MASTER), code("error postfix_chroot"));
    assert_eq!(asked(&none, MAIN, MASTER), code("error postfix_door_not_open"));
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
  proxy_pass_error_message on;
  ssl_certificate DIR/certificate.pem;
  ssl_certificate_key DIR/key.pem;
  server {
    listen 10993 ssl;
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
    let doors = doors(&clientpass);
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
        let asked = ["--config", &doors, "doctor", "--json", "--listen", &listen, "--nginx", &printed];
        found(&clientpass.run(&asked), "nginx")
    };
    let code = |code: &str| (vec![code.to_owned()], Some(i32::from(code.starts_with("error"))));
    assert_eq!(doctor(MAIL), (vec![], Some(0)));
    for (from, to, expected) in [
        ("10993 ssl", "10143", "error nginx_cleartext"),
        ("listen 10993 ssl", "starttls on; listen 10143", "warning nginx_cleartext"),
        ("  auth_http_timeout 5s;\n", "", "warning nginx_timeout"),
        ("127.0.0.1:8603", "192.0.2.7:8603", "error nginx_remote_verifier"),
        ("127.0.0.1:8603", "127.0.0.1:8613", "error nginx_door_not_open"),
        ("127.0.0.1:8603", "127.0.0.1:8604", "error nginx_door_not_open"),
    ] {
        assert_eq!(doctor(&MAIL.replacen(from, to, 1)), code(expected), "{from} -> {to}");
    }
    fs::write(&doors, "").unwrap();
    assert_eq!(doctor(MAIL), code("error nginx_door_not_open"));
}

#[test]
fn it_finds_what_is_wrong_with_the_grant_of_dovecot() {
    if !needs(&["doveconf"]) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let doors = doors(&clientpass);
    let listen = clientpass.address().to_string();
    let next = "passdb {\n  driver = passwd-file\n  args = /etc/dovecot/users\n}\n";
    let ours = shipped("dovecot/oauth2-grant-2.3.conf");
    fs::write(at("dovecot.conf"), format!("ssl = required\n{ours}{next}")).unwrap();
    let printed = capture("doveconf", &["-n", "-c", at("dovecot.conf").to_str().unwrap()], &at("printed"));
    let doctor = |grant: Option<&str>| {
        let mut asked =
            vec!["--config", &doors, "doctor", "--json", "--listen", &listen, "--dovecot", &printed];
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
    let moved = doctor(Some(&whole.replace("127.0.0.1:8602", "127.0.0.1:8612")));
    assert_eq!(moved, (vec!["error dovecot_door_not_open".into()], Some(1)));
    for (line, expected) in [
        ("scope = clientpass\n", "error dovecot_goes_on_after_refusal"),
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
    listen 127.0.0.1:10080;
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
    let doors = doors(&clientpass);
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
        let asked = ["--config", &doors, "doctor", "--json", "--listen", &listen, "--nginx", &printed];
        found(&clientpass.run(&asked), "nginx")
    };
    assert_eq!(doctor(WEB, "", "", ""), (vec![], Some(0)));
    let moved = doctor(WEB, "server", "127.0.0.1:8604", "127.0.0.1:8614");
    assert_eq!(moved, (vec!["error nginx_door_not_open".into()], Some(1)));
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
