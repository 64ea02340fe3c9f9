//! The doors: where they listen, and who has to reach them.

use std::ffi::CString;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use nix::unistd::{self, Uid, getgrouplist};

use super::files::way;
use crate::config::Config;
use crate::config::doors::{Doors, Listen, Socket as Settings};
use crate::doctor::clientpass::{Socket, User};
use crate::doctor::opened::{Door, Opened};

/// Users as whom mail servers run. Of those that are on this machine one is meant.
const MAIL: &[&str] = &["postfix", "Debian-exim", "exim", "prosody"];
const DOVECOT: &[&str] = &["dovecot"];
const WEB: &[&str] = &["www-data", "nginx", "http"];

/// Whoever does not answer by then does not answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A door that the configuration opens.
struct Open<'a> {
    door: Door,
    socket: &'a Settings,
    /// Whether it asks for a key; absent where its protocol has no place for one.
    require_key: Option<bool>,
    /// The users who connect to it.
    users: &'static [&'static str],
}

/// Every door that is open.
fn doors(config: &Config) -> Vec<Open<'_>> {
    let Doors { dovecot, oauth2, nginx_mail, forward_auth, ldap } = &config.doors;
    let key = |socket, require_key| Some((socket, Some(require_key)));
    let all = [
        (Door::Dovecot, dovecot.as_ref().map(|door| (&door.socket, None)), MAIL),
        (Door::OAuth2, oauth2.as_ref().and_then(|door| key(&door.socket, door.require_key)), DOVECOT),
        (Door::NginxMail, nginx_mail.as_ref().and_then(|door| key(&door.socket, door.require_key)), WEB),
        (Door::ForwardAuth, forward_auth.as_ref().and_then(|door| key(&door.socket, door.require_key)), WEB),
        (Door::Ldap, ldap.as_ref().and_then(|door| key(&door.socket, door.require_key)), &[]),
    ];

    let open = all.into_iter().filter_map(|(door, settings, users)| {
        let (socket, require_key) = settings?;
        Some(Open { door, socket, require_key, users })
    });
    open.collect()
}

/// What the configuration opens. `here` are mail servers of this machine judged, so that it can be seen who answers.
pub fn opened(config: &Config, here: bool) -> Opened {
    let doors = doors(config).into_iter().map(|open| (open.door, open.socket.listen.to_string()));
    let api = (Door::Api, config.server.listen.to_string());
    Opened {
        doors: [api].into_iter().chain(doors).collect(),
        answers: here.then_some(answers as fn(&str) -> bool),
    }
}

/// Whether somebody takes a connection at `host:port` or `unix:/path`.
fn answers(at: &str) -> bool {
    match at.strip_prefix("unix:") {
        Some(path) => UnixStream::connect(path).is_ok(),
        None => at.to_socket_addrs().is_ok_and(|mut addresses| {
            addresses.any(|address| TcpStream::connect_timeout(&address, CONNECT_TIMEOUT).is_ok())
        }),
    }
}

/// Doors that other machines reach without TLS, by their section.
pub fn open(config: &Config) -> Vec<String> {
    let server = &config.server;
    let ldap = config.doors.ldap.as_ref().and_then(|ldap| ldap.tls_key.as_ref());
    let ldap_has_tls = ldap.or(server.tls_key.as_ref()).is_some();

    let open = remote(config).filter(|open| !(open.door == Door::Ldap && ldap_has_tls));
    open.map(|open| open.door.section().to_owned()).collect()
}

/// Doors that other machines reach, and that could ask for a key and do not, by their section.
pub fn keyless(config: &Config) -> Vec<String> {
    let keyless = remote(config).filter(|open| open.require_key == Some(false));
    keyless.map(|open| open.door.section().to_owned()).collect()
}

fn remote(config: &Config) -> impl Iterator<Item = Open<'_>> {
    doors(config).into_iter().filter(|open| !open.socket.listen.is_local())
}

/// The unix sockets.
pub fn sockets(config: &Config) -> Vec<Socket> {
    let unix = doors(config).into_iter().filter_map(|open| match &open.socket.listen {
        Listen::Unix(path) => Some(socket(path, open.users)),
        Listen::Tcp(_) => None,
    });
    unix.collect()
}

fn socket(path: &Path, names: &[&str]) -> Socket {
    Socket {
        way: way(path),
        path: path.display().to_string(),
        users: names.iter().filter_map(|name| user(name)).collect(),
    }
}

/// A user of this machine.
fn user(name: &str) -> Option<User> {
    with_groups(unistd::User::from_name(name).ok()??)
}

/// The user with this number.
pub(super) fn user_by_number(uid: u32) -> Option<User> {
    with_groups(unistd::User::from_uid(Uid::from_raw(uid)).ok()??)
}

fn with_groups(known: unistd::User) -> Option<User> {
    let groups = getgrouplist(&CString::new(known.name.as_str()).ok()?, known.gid).ok()?;
    Some(User {
        name: known.name,
        uid: known.uid.as_raw(),
        gids: groups.iter().map(|gid| gid.as_raw()).collect(),
    })
}
