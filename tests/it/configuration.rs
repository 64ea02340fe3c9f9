//! The configuration: the file, over it variables of the environment, over them the command line; and what is said of
//! what is wrong.

use std::fs;

use clientpass::config::Config;
use clientpass::config::load::{ConfigError, Overlay, load};
use tempfile::TempDir;

/// A configuration file, and what is said beside it.
struct Scene {
    folder: TempDir,
    overlay: Overlay,
}

impl Scene {
    fn set(toml: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("clientpass.toml"), toml).unwrap();
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { folder, overlay: Overlay { variables, ..Overlay::default() } }
    }

    fn argument(mut self, setting: &'static str, value: &str) -> Self {
        self.overlay.arguments.push((setting, value.into()));
        self
    }

    fn load(&self) -> Result<Config, ConfigError> {
        load(Some(&self.folder.path().join("clientpass.toml")), self.overlay.clone())
    }

    #[track_caller]
    fn refused(&self) -> String {
        self.load().expect_err("it was taken").to_string()
    }
}

#[test]
fn without_anything_said_it_is_the_default() {
    assert_eq!(load(None, Overlay::default()).unwrap(), Config::default());
    assert_eq!(Scene::set("", &[]).load().unwrap(), Config::default());
}

#[test]
fn a_variable_is_stronger_than_the_file_and_an_argument_than_both() {
    let toml = "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 1\nmax_connections = 1\n";
    let variables = [("CLIENTPASS_SERVER_LISTEN", "127.0.0.1:2"), ("CLIENTPASS_SERVER_WORKERS", "2")];
    let server = Scene::set(toml, &variables).argument("server.listen", "127.0.0.1:3").load().unwrap().server;
    assert_eq!((server.listen.port(), server.workers, server.max_connections), (3, Some(2), 1));
}

#[test]
fn the_public_url_is_an_origin_with_tls() {
    let variable = |url: &str| Scene::set("", &[("CLIENTPASS_SERVER_PUBLIC_URL", url)]);
    let url = |url: &str| variable(url).load().unwrap().server.public_url.unwrap().as_str().to_owned();
    assert_eq!(url("https://mail.example.org/"), "https://mail.example.org");
    assert_eq!(url("http://localhost:8600"), "http://localhost:8600");
    let says = variable("http://mail.example.org").refused();
    assert!(says.contains("CLIENTPASS_SERVER_PUBLIC_URL") && says.contains("https://"), "{says}");
    let toml = "[server]\npublic_url = \"https://mail.example.org/mail\"\n";
    let says = Scene::set(toml, &[]).refused();
    assert!(says.contains("server.public_url") && says.contains("nothing else"), "{says}");
}

#[test]
fn a_variable_opens_a_door() {
    let variables = [
        ("CLIENTPASS_DOORS_LDAP_LISTEN", "unix:/run/ldap"),
        ("CLIENTPASS_DOORS_LDAP_NAMES", "[\"uid={login},dc=a\", \"uid={login},dc=b\"]"),
        ("CLIENTPASS_METRICS_LISTEN", "127.0.0.1:8605"),
    ];
    let config = Scene::set("[doors.ldap]\nrequire_key = true", &variables).load().unwrap();
    let ldap = config.doors.ldap.unwrap();
    assert_eq!((ldap.socket.listen.to_string().as_str(), ldap.require_key), ("unix:/run/ldap", true));
    assert_eq!(ldap.names, ["uid={login},dc=a", "uid={login},dc=b"]);
    assert!(config.metrics.is_some() && config.doors.dovecot.is_none());
}

#[test]
fn the_stronger_source_of_a_secret_takes_the_place_of_the_weaker_whether_value_or_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    fs::write(&file, "postgres://strong/\n").unwrap();
    let file = file.to_str().unwrap();
    let strong = |config: Config| config.storage.database_url.unwrap().0 == "postgres://strong/";
    let weak = "[storage]\ndatabase_url = \"postgres://weak/\"";
    assert!(strong(Scene::set(weak, &[]).argument("storage.database_url_file", file).load().unwrap()));
    assert!(strong(Scene::set(weak, &[("CLIENTPASS_STORAGE_DATABASE_URL_FILE", file)]).load().unwrap()));
    let weak = "[storage]\ndatabase_url_file = \"/nowhere\"";
    let variable = [("CLIENTPASS_STORAGE_DATABASE_URL", "postgres://strong/")];
    assert!(strong(Scene::set(weak, &variable).load().unwrap()));
    let both = format!("{weak}\ndatabase_url = \"postgres://hidden/\"");
    let why = Scene::set(&both, &[]).refused();
    assert!(
        why.ends_with("[storage] takes database_url or database_url_file, not both: remove one"),
        "{why}"
    );
}

#[test]
fn what_a_variable_says_wrong_names_the_variable() {
    for (name, value, says) in [
        ("CLIENTPASS_SERVER_WORKERS", "many", "CLIENTPASS_SERVER_WORKERS must be a whole number such as 10"),
        ("CLIENTPASS_SERVER_WORKERS", "-1", "CLIENTPASS_SERVER_WORKERS cannot be used: invalid value"),
        ("CLIENTPASS_VERIFY_UNKNOWN_LOGIN", "ask", "expected `reject` or `defer`"),
        ("CLIENTPASS_SERVER_LISTEN", "here", "CLIENTPASS_SERVER_LISTEN cannot be used: it is no address"),
        ("CLIENTPASS_SERVER_TRUSTED_PROXIES", "here", "is no CIDR block such as 192.0.2.0/24"),
        ("CLIENTPASS_DOORS_LDAP_MODE", "rw", "CLIENTPASS_DOORS_LDAP_MODE cannot be used: \"rw\" is no mode"),
        ("CLIENTPASS_SERVER_LISTN", "x", "CLIENTPASS_SERVER_LISTEN is: correct the name, or unset it"),
    ] {
        let why = Scene::set("[doors.ldap]\nlisten = \"unix:/x\"", &[(name, value)]).refused();
        assert!(why.starts_with(&format!("the environment variable {name} ")) && why.contains(says), "{why}");
    }
}

#[test]
fn a_section_that_lacks_a_key_names_all_who_spoke() {
    let why = Scene::set("", &[("CLIENTPASS_DOORS_LDAP_REQUIRE_KEY", "true")]).refused();
    assert!(why.contains("[doors.ldap] missing field `listen`"), "{why}");
    assert!(why.contains("clientpass.toml") && why.contains("CLIENTPASS_DOORS_LDAP_…"), "{why}");
}

#[test]
fn what_the_file_says_wrong_names_the_file_and_the_place() {
    for (toml, says) in [
        ("[server]\n\nlisten 1", "line 3: "),
        ("[verify]\nunknown_logins = \"defer\"", "verify"),
        ("[verfy]", "verfy"),
        ("[doors.ldap]\nlisten = 5", "doors.ldap.listen: "),
        ("[limits]\nlist_rows = -1", "limits.list_rows: "),
        ("server = 5", "server: "),
    ] {
        let variables = [("CLIENTPASS_VERIFY_MAX_PARKED", "5"), ("CLIENTPASS_SERVER_WORKERS", "2")];
        for variables in [&[][..], &variables[..1]] {
            let why = Scene::set(toml, variables).refused();
            assert!(why.contains("clientpass.toml") && why.contains(says), "{why}");
        }
    }
}
