//! The files that Dovecot's configuration names, and who has to read them.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use nix::unistd::{self, Group};

use super::files::way;
use crate::doctor::clientpass::{File, User};
use crate::doctor::dovecot::files::{Named, Runs, reader, wanted};

/// Looks at the files that a configuration names.
pub fn look(printed: &str) -> Vec<Named> {
    let files = wanted(printed).into_iter().map(|wanted| {
        let read = || fs::read(&wanted.path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Named {
            text: if wanted.purpose.is_settings() { read() } else { None },
            way: seen(Path::new(&wanted.path)),
            reader: reader(printed, wanted.purpose).as_ref().and_then(user),
            path: wanted.path,
        }
    });
    files.collect()
}

/// Where links lead to is what somebody has to reach.
fn seen(path: &Path) -> Option<Vec<File>> {
    match fs::canonicalize(path) {
        Ok(path) => Some(way(&path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(Vec::new()),
        Err(_) => None,
    }
}

/// A process of Dovecot has the groups that its configuration gives it, and no others.
fn user(runs: &Runs) -> Option<User> {
    let known = unistd::User::from_name(&runs.user).ok()??;
    let number = |name: &String| Some(Group::from_name(name).ok()??.gid.as_raw());
    let own = runs.group.as_ref().map_or(Some(known.gid.as_raw()), number);
    let gids = own.into_iter().chain(runs.extra_groups.iter().filter_map(number)).collect();
    Some(User { name: known.name, uid: known.uid.as_raw(), gids })
}
