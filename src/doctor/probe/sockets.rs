//! The doors: where they listen, and who has to reach them.

use std::ffi::CString;
use std::path::Path;

use nix::unistd::{self, getgrouplist};

use super::files::file;
use crate::config::Config;
use crate::config::doors::{Listen, Socket as Settings};
use crate::doctor::clientpass::{Socket, User};

/// Users as whom mail servers run. Of those that are on this machine one is meant.
const MAIL: &[&str] = &["postfix", "Debian-exim", "exim", "prosody"];
const DOVECOT: &[&str] = &["dovecot"];
const WEB: &[&str] = &["www-data", "nginx", "http"];

/// Every door that is open, with the users who connect to it.
fn doors(config: &Config) -> Vec<(&'static str, &Settings, &'static [&'static str])> {
    let doors = &config.doors;
    let all = [
        ("dovecot", doors.dovecot.as_ref().map(|door| &door.socket), MAIL),
        ("oauth2", doors.oauth2.as_ref().map(|door| &door.socket), DOVECOT),
        ("nginx_mail", doors.nginx_mail.as_ref().map(|door| &door.socket), WEB),
        ("forward_auth", doors.forward_auth.as_ref().map(|door| &door.socket), WEB),
        ("ldap", doors.ldap.as_ref().map(|door| &door.socket), &[]),
    ];

    all.into_iter().filter_map(|(name, settings, users)| Some((name, settings?, users))).collect()
}

/// Where a door listens, as it is written in the configuration.
pub fn listens(config: &Config, name: &str) -> Option<String> {
    doors(config).into_iter().find(|(known, ..)| *known == name).map(|(_, of, _)| of.listen.to_string())
}

/// Doors that other machines reach without TLS, by their section. LDAP has it.
pub fn open(config: &Config) -> Vec<String> {
    let open = doors(config).into_iter().filter(|(name, of, _)| !of.listen.is_local() && *name != "ldap");
    open.map(|(name, ..)| format!("doors.{name}")).collect()
}

/// The unix sockets.
pub fn sockets(config: &Config) -> Vec<Socket> {
    let unix = doors(config).into_iter().filter_map(|(_, settings, users)| match &settings.listen {
        Listen::Unix(path) => Some(socket(path, users)),
        Listen::Tcp(_) => None,
    });
    unix.collect()
}

fn socket(path: &Path, names: &[&str]) -> Socket {
    let mut way: Vec<&Path> = path.ancestors().collect();
    way.reverse();
    Socket {
        way: way.into_iter().map_while(file).collect(),
        path: path.display().to_string(),
        users: names.iter().filter_map(|name| user(name)).collect(),
    }
}

/// A user of this machine.
fn user(name: &str) -> Option<User> {
    let known = unistd::User::from_name(name).ok()??;
    let groups = getgrouplist(&CString::new(name).ok()?, known.gid).ok()?;
    Some(User {
        name: name.into(),
        uid: known.uid.as_raw(),
        gids: groups.iter().map(|gid| gid.as_raw()).collect(),
    })
}
