//! `clientpass doctor` on clientpass itself: its files, its sockets, its configuration, what is in front of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use tempfile::TempDir;

use crate::doctor::{capture, findings, found, needs};
use crate::support::clientpass::{Clientpass, Ran};
use crate::support::{postgres, runnable};

/// Runs the doctor on this configuration, and on no mail server that may be installed here.
fn doctor(clientpass: &Clientpass, toml: &str) -> Ran {
    let (file, nothing) = (clientpass.beside("asked.toml"), clientpass.beside("nothing"));
    fs::write(&file, toml).unwrap();
    fs::write(&nothing, "").unwrap();
    let listen = clientpass.address().to_string();
    let (file, nothing) = (file.to_str().unwrap(), nothing.to_str().unwrap());
    clientpass.run(&["--config", file, "doctor", "--json", "--listen", &listen, "--nginx", nothing])
}

/// What is found of clientpass, but what every machine of a test has.
fn codes(ran: &Ran) -> Vec<String> {
    let usual =
        |code: &String| ["clock_alone", "keyring_beside_database"].iter().any(|of| code.ends_with(of));
    found(ran, "clientpass").0.into_iter().filter(|code| !usual(code)).collect()
}

/// The whole of the one finding with this code.
#[track_caller]
fn the(ran: &Ran, code: &str) -> Value {
    let found: Vec<Value> = findings(ran).into_iter().filter(|one| one["code"] == code).collect();
    assert_eq!(found.len(), 1, "{code}: {ran:?}");
    found[0].clone()
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
    assert!(help.printed.contains("docs/doctor.md"), "{help:?}");
    let kinds = clientpass.run(&["doctor", "--kinds"]);
    assert!(kinds.code == Some(0) && kinds.printed.contains("### `data_exposed`: discloses"), "{kinds:?}");
    assert_eq!(clientpass.run(&["doctor", "--kinds", "--json"]).code, Some(2));
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
    // Whoever may, everybody else may as well.
    assert_eq!(doctor(&clientpass), (Some("warning socket_open".into()), Some(0)));
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
    let ran = clientpass.run(&["doctor", "--json", "--listen", &listen]);
    let (codes, code) = found(&ran, "clientpass");
    assert!(codes.contains(&"error database_not_durable".to_owned()) && code == Some(1), "{codes:?}");
    let engine = the(&ran, "engine");
    let what = engine["what"].as_str().unwrap();
    assert!(what.starts_with("the data are in PostgreSQL 1") && what.contains("fsync = off"), "{engine}");
    assert_eq!(engine["harm"], "know");
    // The keyring is in the data directory, and the database is not.
    assert!(!codes.iter().any(|code| code.contains("keyring_beside")), "{codes:?}");
}

#[test]
fn it_says_where_the_data_are_and_what_that_guarantees() {
    let (clientpass, _) = Clientpass::installed();
    let engine = the(&doctor(&clientpass, ""), "engine");
    let file = clientpass.data("clientpass.sqlite").display().to_string();
    assert_eq!(engine["what"], format!("the data are in SQLite, in {file}"));
    assert!(engine["why"].as_str().unwrap().contains("last backup"), "{engine}");
    assert_eq!((&engine["severity"], &engine["harm"]), (&"note".into(), &"know".into()));
}

#[test]
fn it_finds_all_that_a_start_would_refuse_at_once() {
    let (clientpass, _) = Clientpass::installed();
    assert_eq!(codes(&doctor(&clientpass, "")), [""; 0]);
    let ran = doctor(
        &clientpass,
        "[[on_end]]\ntype = \"doveadm\"\nurl = \"http://127.0.0.1:8080/\"\napi_key_file = \"/nowhere/key\"\n\
         [[on_end]]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:8081/\"\nsecret = \"plain\"\n\
         [doors.oauth2]\nlisten = \"0.0.0.0:8602\"\n[doors.nginx_mail]\nlisten = \"127.0.0.1:8603\"\n\
         [[doors.nginx_mail.routes]]\nprotocol = \"imap\"\nserver = \"127.0.0.1\"\nport = 143\n\
         backend_password_file = \"/nowhere/password\"\n",
    );
    assert_eq!(ran.code, Some(1));
    let refused: Vec<Value> =
        findings(&ran).into_iter().filter(|one| one["code"] == "start_refused").collect();
    assert_eq!(refused.len(), 4, "{ran:?}");
    for says in ["/nowhere/key", "whsec_", "require_key = true", "/nowhere/password"] {
        let said = refused.iter().filter(|one| one["what"].as_str().unwrap().contains(says));
        assert_eq!(said.count(), 1, "{says}: {refused:#?}");
    }
    assert!(refused.iter().all(|one| one["harm"] == "keeps_out"), "{refused:#?}");
}

#[test]
fn it_finds_a_configuration_that_cannot_be_read() {
    let (clientpass, _) = Clientpass::installed();
    let ran = doctor(&clientpass, "[servr]\nlisten = \"127.0.0.1:8600\"\n");
    let found = the(&ran, "configuration_unreadable");
    assert!(found["what"].as_str().unwrap().contains("servr") && ran.code == Some(1), "{ran:?}");
    assert_eq!(findings(&ran).len(), 1, "{ran:?}");
    // Any other command refuses it as before.
    let file = clientpass.beside("asked.toml");
    assert_eq!(clientpass.run(&["--config", file.to_str().unwrap(), "health"]).code, Some(2));
}

#[test]
fn it_finds_a_door_that_strangers_reach() {
    let (clientpass, _) = Clientpass::installed();
    let ldap = "[doors.ldap]\nlisten = \"0.0.0.0:8389\"\n";
    let shut = doctor(&clientpass, ldap);
    let refused: Vec<String> =
        codes(&shut).into_iter().filter(|code| code == "error start_refused").collect();
    // Without a key, and without a certificate.
    assert_eq!((refused.len(), shut.code), (2, Some(1)), "{shut:?}");
    let open = doctor(&clientpass, &format!("{ldap}allow_remote = true\n"));
    assert_eq!(codes(&open), ["warning door_open", "warning door_without_key"]);
    let keyed = doctor(&clientpass, &format!("{ldap}allow_remote = true\nrequire_key = true\n"));
    assert_eq!(codes(&keyed), ["warning door_open"]);
}

#[test]
fn it_finds_a_secret_that_everybody_may_read() {
    let (clientpass, _) = Clientpass::installed();
    let key = clientpass.beside("key");
    fs::write(&key, "k").unwrap();
    let mode = |of: &str, mode| {
        fs::set_permissions(clientpass.beside(of), fs::Permissions::from_mode(mode)).unwrap();
    };
    // So that what lies in it is reached.
    mode("", 0o755);
    let on_end = "[[on_end]]\ntype = \"doveadm\"\nurl = \"http://127.0.0.1:8080/\"\n";
    let in_file = format!("{on_end}api_key_file = \"{}\"\n", key.display());
    mode("key", 0o644);
    let ran = doctor(&clientpass, &in_file);
    assert_eq!((codes(&ran), ran.code), (vec!["error secret_exposed".into()], Some(1)));
    assert_eq!(the(&ran, "secret_exposed")["harm"], "discloses");
    mode("key", 0o640);
    assert_eq!(codes(&doctor(&clientpass, &in_file)), [""; 0]);
    mode("key", 0o644);
    mode("", 0o700);
    assert_eq!(codes(&doctor(&clientpass, &in_file)), [""; 0]);

    // The configuration itself, where it holds one.
    mode("", 0o755);
    let inline = format!("{on_end}api_key = \"k\"\n");
    mode("asked.toml", 0o644);
    assert_eq!(codes(&doctor(&clientpass, &inline)), ["error secret_exposed"]);
    mode("asked.toml", 0o640);
    assert_eq!(codes(&doctor(&clientpass, &inline)), [""; 0]);
    mode("asked.toml", 0o644);
    assert_eq!(codes(&doctor(&clientpass, "[log]\nlevel = \"info\"\n")), [""; 0]);
}

#[test]
fn it_finds_proxies_that_are_everybody() {
    let (clientpass, _) = Clientpass::installed();
    let proxies = |list: &str| doctor(&clientpass, &format!("[server]\ntrusted_proxies = {list}\n"));
    for list in ["[\"0.0.0.0/0\"]", "[\"127.0.0.1\", \"::/0\"]", "[\"0.0.0.0/1\", \"128.0.0.0/1\"]"] {
        let ran = proxies(list);
        assert_eq!((codes(&ran), ran.code), (vec!["error trusted_strangers".into()], Some(1)), "{list}");
        assert_eq!(the(&ran, "trusted_strangers")["harm"], "lets_in");
    }
    assert_eq!(codes(&proxies("[\"10.0.0.0/8\", \"192.0.2.10/32\"]")), [""; 0]);
}

/// nginx in front of the pages; `LISTEN` is where they are.
const FRONT: &str = "\
pid DIR/pid;
error_log DIR/error.log;
events {}
http {
  client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
  server {
    listen 127.0.0.1:10080;
    location / {
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_pass http://LISTEN;
    }
  }
}
";

#[test]
fn it_finds_the_nginx_in_front_that_is_not_trusted() {
    if !needs(&["nginx"]) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let listen = clientpass.address().to_string();
    let here = |text: &str| text.replace("DIR", folder.path().to_str().unwrap()).replace("LISTEN", &listen);
    let doctor = |nginx: &str, trusted: &str| {
        fs::write(at("nginx.conf"), here(nginx)).unwrap();
        let printed = capture("nginx", &["-T", "-c", at("nginx.conf").to_str().unwrap()], &at("printed"));
        let file = clientpass.beside("asked.toml");
        fs::write(&file, format!("[server]\ntrusted_proxies = [{trusted}]\n")).unwrap();
        let config = ["--config", file.to_str().unwrap()];
        let asked = ["doctor", "--json", "--listen", &listen, "--nginx", &printed];
        let (codes, code) = found(&clientpass.run(&[&config[..], &asked].concat()), "nginx");
        // It asks nobody about passwords.
        (codes.into_iter().filter(|code| code != "note nginx_asks_nobody").collect::<Vec<_>>(), code)
    };
    assert_eq!(doctor(FRONT, "\"127.0.0.1\""), (vec![], Some(0)));
    let missed = vec!["warning nginx_proxy_not_trusted".to_owned()];
    assert_eq!(doctor(FRONT, "\"192.0.2.10\""), (missed, Some(0)));
    let silent = FRONT.replace("      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n", "");
    let spoofed = vec!["error nginx_forwarded_for_from_client".to_owned()];
    assert_eq!(doctor(&silent, "\"127.0.0.1\""), (spoofed, Some(1)));
}
