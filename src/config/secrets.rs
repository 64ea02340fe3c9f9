//! Which settings hold a secret, and which name a file that holds one.

use std::path::Path;

use super::doors::{Doors, Ldap, NginxMail, Route};
use super::net::Net;
use super::on_end::{Doveadm, OnEnd, Webhook};
use super::{Config, Storage};

/// A secret of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfiguredSecret<'a> {
    /// The setting that holds it or names its file.
    pub setting: &'static str,
    /// The file; absent where the configuration itself holds the secret.
    pub file: Option<&'a Path>,
    /// Whether it is the key of a certificate; a start refuses one that others may read.
    pub is_key: bool,
}

impl Config {
    /// All secrets that are set.
    pub fn secrets(&self) -> Vec<ConfiguredSecret<'_>> {
        let Self { server, storage, doors, mail, net, on_end, .. } = self;
        let mut found = Found(Vec::new());
        found.key("server.tls_key", server.tls_key.as_deref());
        found.storage(storage);
        found.doors(doors);
        found.key("mail.profile_key", mail.profile_key.as_deref());

        let Net { proxy, proxy_file, no_proxy: _ } = net;
        let names_somebody = proxy.as_ref().is_some_and(|url| url.expose().contains('@'));
        found.secret(("net.proxy", names_somebody), ("net.proxy_file", proxy_file.as_deref()));

        for one in on_end {
            found.on_end(one);
        }
        found.0
    }
}

struct Found<'a>(Vec<ConfiguredSecret<'a>>);

impl<'a> Found<'a> {
    fn key(&mut self, setting: &'static str, file: Option<&'a Path>) {
        self.0.extend(file.map(|file| ConfiguredSecret { setting, file: Some(file), is_key: true }));
    }

    /// A setting and whether it is set, and the one that names a file instead.
    fn secret(&mut self, own: (&'static str, bool), in_file: (&'static str, Option<&'a Path>)) {
        let secret = |setting, file| ConfiguredSecret { setting, file, is_key: false };
        match (own, in_file) {
            (_, (setting, Some(file))) => self.0.push(secret(setting, Some(file))),
            ((setting, true), _) => self.0.push(secret(setting, None)),
            _ => {}
        }
    }

    fn storage(&mut self, storage: &'a Storage) {
        let Storage { database_url, database_url_file, database_password_file, .. } = storage;
        let has_password = database_url.as_ref().is_some_and(|url| url_has_password(&url.0));
        self.secret(
            ("storage.database_url", has_password),
            ("storage.database_url_file", database_url_file.as_deref()),
        );
        let password = ("storage.database_password_file", database_password_file.as_deref());
        self.secret(("", false), password);
    }

    /// Every door is named, so that one with a secret is not forgotten.
    fn doors(&mut self, doors: &'a Doors) {
        let Doors { dovecot: _, oauth2: _, nginx_mail, forward_auth: _, ldap } = doors;
        if let Some(Ldap { tls_key, .. }) = ldap {
            self.key("doors.ldap.tls_key", tls_key.as_deref());
        }

        for route in nginx_mail.iter().flat_map(|NginxMail { routes, .. }| routes) {
            let Route { backend_password, backend_password_file, .. } = route;
            self.secret(
                ("doors.nginx_mail.routes backend_password", backend_password.is_some()),
                ("doors.nginx_mail.routes backend_password_file", backend_password_file.as_deref()),
            );
        }
    }

    fn on_end(&mut self, one: &'a OnEnd) {
        match one {
            OnEnd::Doveadm(Doveadm { api_key, api_key_file, password, password_file, .. }) => {
                let own = ("on_end api_key", api_key.is_some());
                self.secret(own, ("on_end api_key_file", api_key_file.as_deref()));
                let own = ("on_end password", password.is_some());
                self.secret(own, ("on_end password_file", password_file.as_deref()));
            }
            OnEnd::Webhook(Webhook { secret, secret_file, .. }) => {
                let own = ("on_end secret", secret.is_some());
                self.secret(own, ("on_end secret_file", secret_file.as_deref()));
            }
        }
    }
}

/// `postgres://user:password@host/…`, or `…?password=…`.
fn url_has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let user = rest.split(['/', '?']).next().and_then(|authority| authority.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':')) || rest.contains("password=")
}

#[cfg(test)]
mod tests {
    use super::super::settings::settings;
    use super::*;

    fn secrets(text: &str) -> Vec<(&'static str, Option<String>)> {
        let config: Config = toml::from_str(text).unwrap();
        let shown = |secret: &ConfiguredSecret<'_>| {
            (secret.setting, secret.file.map(|file| file.display().to_string()))
        };
        config.secrets().iter().map(shown).collect()
    }

    /// A configuration in which every secret is in a file of its own.
    const IN_FILES: &str = "\
[server]\ntls_key = \"/a\"\n[storage]\ndatabase_url_file = \"/b\"\ndatabase_password_file = \"/c\"\n\
[mail]\nprofile_key = \"/d\"\n[net]\nproxy_file = \"/e\"\n[doors.ldap]\nlisten = \"127.0.0.1:1\"\ntls_key = \"/f\"\n\
[doors.nginx_mail]\nlisten = \"127.0.0.1:1\"\n[[doors.nginx_mail.routes]]\nprotocol = \"imap\"\n\
server = \"127.0.0.1\"\nport = 143\nbackend_password_file = \"/g\"\n\
[[on_end]]\ntype = \"doveadm\"\nurl = \"http://localhost/\"\napi_key_file = \"/h\"\npassword_file = \"/i\"\n\
[[on_end]]\ntype = \"webhook\"\nurl = \"http://localhost/\"\nsecret_file = \"/j\"\n";

    #[test]
    fn every_file_with_a_secret_is_named() {
        let mut files: Vec<String> = secrets(IN_FILES).into_iter().filter_map(|(_, file)| file).collect();
        files.sort();
        assert_eq!(files.concat(), "/a/b/c/d/e/f/g/h/i/j");

        // Whatever is called so is one of them; those of tables in lists have no name of their own there.
        let named: Vec<&str> = secrets(IN_FILES).into_iter().map(|(setting, _)| setting).collect();
        for setting in settings::<Config>() {
            let path = setting.path.join(".");
            let secret = ["_file", "tls_key", "profile_key"].iter().any(|ending| path.ends_with(ending));
            assert!(!secret || named.contains(&path.as_str()), "{path}");
        }
    }

    #[test]
    fn what_stands_in_the_configuration_itself_is_named_too() {
        let route = "[doors.nginx_mail]\nlisten = \"127.0.0.1:1\"\n[[doors.nginx_mail.routes]]\n\
                     protocol = \"imap\"\nserver = \"127.0.0.1\"\nport = 143\nbackend_password = \"p\"\n";
        assert_eq!(secrets(route), [("doors.nginx_mail.routes backend_password", None)]);

        let webhook = "[[on_end]]\ntype = \"webhook\"\nurl = \"http://localhost/\"\nsecret = \"whsec_\"\n";
        assert_eq!(secrets(webhook), [("on_end secret", None)]);

        let url = |url: &str| secrets(&format!("[storage]\ndatabase_url = \"{url}\"\n")).len();
        assert_eq!(url("postgres://clientpass:p@db.example.org/mail"), 1);
        assert_eq!(url("postgres:///mail?user=clientpass&password=p"), 1);
        assert_eq!(url("postgres://clientpass@db.example.org:5432/mail"), 0);

        let proxy = |url: &str| secrets(&format!("[net]\nproxy = \"{url}\"\n")).len();
        assert_eq!((proxy("http://u:p@proxy.example.org:1"), proxy("http://proxy.example.org:1")), (1, 0));
        assert_eq!(secrets(""), []);
    }
}
