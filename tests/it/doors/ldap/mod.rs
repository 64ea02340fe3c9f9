//! LDAP simple bind, from the outside.

use clientpass::config::doors;
use ldap3_proto::proto::LdapResultCode;

use crate::support::ldap::Ldap;
use crate::support::{Installation, Options, Person, TestApp};

mod binding;
mod odd_bytes;
mod outages;
mod parallel;
mod refusing;
mod searching;
mod securing;
mod wire;

const SUCCESS: LdapResultCode = LdapResultCode::Success;
const WRONG: LdapResultCode = LdapResultCode::InvalidCredentials;
const UNAVAILABLE: LdapResultCode = LdapResultCode::Unavailable;
const UNWILLING: LdapResultCode = LdapResultCode::UnwillingToPerform;
const NO_RIGHT: LdapResultCode = LdapResultCode::InsufficentAccessRights;

/// Every form of names at once, for mail servers that escape logins.
const NAMES: &str = "names_are_escaped = true\nnames = [\"uid={login},service={protocol},ip={ip},dc=clientpass\", \
                     \"uid={login},service={protocol},dc=clientpass\", \"uid={login},dc=clientpass\", \"{login}\"]\n";

/// A section that listens on a free port of loopback, and says this besides.
fn section(more: &str) -> doors::Ldap {
    let names = if more.contains("names") { "" } else { NAMES };
    toml::from_str(&format!("listen = \"127.0.0.1:0\"\n{names}{more}\n")).unwrap()
}

fn options(more: &str) -> Options {
    let mut options = Options::default();
    options.config.doors.ldap = Some(section(more));
    options
}

/// A service with the door, and what is in it.
struct Scene {
    app: TestApp,
    home: Installation,
}

impl Scene {
    fn set() -> Self {
        Self::with(options(""))
    }

    fn with(options: Options) -> Self {
        let (app, home) = TestApp::installed_with(options);
        Self { app, home }
    }

    fn secured(&self, name: &str) -> Person {
        self.home.member(name).secured(self.app.time.wall())
    }

    fn connect(&self) -> Ldap {
        Ldap::to(&self.app.door("ldap").replace("0.0.0.0", "127.0.0.1"))
    }

    /// A connection that is bound with the key of the mail server.
    #[track_caller]
    fn keyed(&self) -> Ldap {
        let mut ldap = self.connect();
        assert_eq!(ldap.bind("cn=service-key", self.home.mail_server.token()), SUCCESS);
        ldap
    }
}

/// The name that a mail server makes of a login.
fn name(login: &str, service: &str) -> String {
    format!("uid={login},service={service},ip=192.0.2.7,dc=clientpass")
}
