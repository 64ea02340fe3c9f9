//! The files that Dovecot's configuration names: which there are, and who may read and write them.

use super::passdbs::{Passdbs, driver_of, file_of, sections};
use super::text::Section;
use super::{kinds_of_asking as asking, script};
use crate::doctor::Findings;
use crate::doctor::clientpass::{File, PASS, READ, User, WRITE, open_to_all};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Settings of passdb oauth2 of Dovecot 2.3.
    Grant,
    /// Settings of another passdb of Dovecot 2.3.
    Settings,
    /// A script.
    Script,
    /// The service key of the script.
    Key,
}

impl Purpose {
    /// Whether there are settings in it.
    pub fn is_settings(self) -> bool {
        matches!(self, Self::Grant | Self::Settings)
    }
}

/// A file that a configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where it should be.
    pub path: String,
    /// What it is for.
    pub purpose: Purpose,
}

/// A file that was looked at.
#[derive(Clone, Debug)]
pub struct Named {
    /// Where it should be, as the configuration has it.
    pub path: String,
    /// What is in it, where it has settings and could be read.
    pub text: Option<String>,
    /// The folders on the way, from the root, and the file at the end; empty where it is not there, absent where it was
    /// not looked for.
    pub way: Option<Vec<File>>,
    /// The user who has to read it, if it is known.
    pub reader: Option<User>,
}

/// As whom a process of Dovecot runs, by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    /// The user.
    pub user: String,
    /// The group, where it is not the user's own.
    pub group: Option<String>,
    /// Groups beside it. Those that the system's files add do not count.
    pub extra_groups: Vec<String>,
}

/// The files that a configuration names, each once.
pub fn wanted(printed: &str) -> Vec<Wanted> {
    let whole = Section::read(printed);
    let mut all: Vec<Wanted> = Vec::new();
    for wanted in sections(&whole).into_iter().flat_map(|passdb| wanted_by(passdb, &whole)) {
        if !all.contains(&wanted) {
            all.push(wanted);
        }
    }
    all
}

fn wanted_by(passdb: &Section, whole: &Section) -> Vec<Wanted> {
    let script = driver_of(passdb) == "lua";
    let settings = if driver_of(passdb) == "oauth2" { Purpose::Grant } else { Purpose::Settings };
    let named = [
        (file_of(passdb), settings),
        (script::file(passdb).filter(|_| script), Purpose::Script),
        (Some(script::key_file(passdb, whole)).filter(|_| script), Purpose::Key),
    ];
    named.into_iter().filter_map(|(path, purpose)| Some(Wanted { path: path?.to_owned(), purpose })).collect()
}

/// As whom Dovecot reads a file of this purpose; nothing where it is still root then.
pub fn reader(printed: &str, purpose: Purpose) -> Option<Runs> {
    let whole = Section::read(printed);
    match purpose {
        Purpose::Grant | Purpose::Settings => None,
        // The auth process looks at the script before any worker does.
        Purpose::Script => Some(runs(&whole, "auth")),
        Purpose::Key if asks_itself(&whole) => Some(runs(&whole, "auth")),
        Purpose::Key => Some(runs(&whole, "auth-worker")),
    }
}

/// Whether the auth process runs the script itself, and no worker.
fn asks_itself(whole: &Section) -> bool {
    sections(whole).into_iter().filter(|passdb| driver_of(passdb) == "lua").any(|passdb| {
        let arguments = passdb.get("args").unwrap_or("");
        arguments.contains("blocking=no") || passdb.setting("use_worker") == Some("no")
    })
}

fn runs(whole: &Section, service: &str) -> Runs {
    let internal = whole.get("default_internal_user").unwrap_or("dovecot");
    let set =
        |name: &str| whole.find("service", service).filter_map(|of| of.get(name)).last().map(str::to_owned);
    let resolved =
        |value: String| if value.contains("default_internal_") { internal.to_owned() } else { value };
    let given = |name: &str| set(name).filter(|value| !value.is_empty()).map(resolved);

    let default = if service == "auth" { internal } else { "root" };
    let groups = whole.find("service", service).filter_map(|of| of.own_list("extra_groups")).last();
    Runs {
        user: given("user").unwrap_or_else(|| default.to_owned()),
        group: given("group"),
        extra_groups: groups.unwrap_or_default().into_iter().map(resolved).collect(),
    }
}

/// Judges the files by which clientpass is asked.
pub(super) fn judge(whole: &Section, passdbs: &Passdbs<'_>, seen: &[Named], found: &mut Findings) {
    for Wanted { path, purpose } in passdbs.ours().flat_map(|passdb| wanted_by(passdb.section, whole)) {
        let Some(named) = seen.iter().find(|named| named.path == path) else { continue };
        let Some(way) = named.way.as_deref() else { continue };

        if way.is_empty() {
            found.find(&asking::FILE_MISSING, &format!("there is no {path}"), &line(&path, purpose));
            continue;
        }
        judge_open(&path, way, purpose == Purpose::Key || has_secret(named), found);
        if let Some(user) = &named.reader {
            judge_closed(&path, way, user, found);
        }
    }
}

/// Whether the settings have a key or a password in them.
fn has_secret(named: &Named) -> bool {
    let settings = Section::read(named.text.as_deref().unwrap_or(""));
    ["client_secret", "dnpass"].into_iter().any(|key| settings.get(key).is_some_and(|set| !set.is_empty()))
}

fn judge_open(path: &str, way: &[File], secret: bool, found: &mut Findings) {
    let Some((file, folders)) = way.split_last() else { return };
    // In a folder with the sticky bit nobody replaces what is somebody else's.
    let replaceable = |folder: &&File| folder.mode & WRITE != 0 && folder.mode & 0o1000 == 0;
    let written =
        Some(file).filter(|file| file.mode & WRITE != 0).or_else(|| folders.iter().find(replaceable));

    if let Some(open) = written {
        found.find(
            &asking::FILE_WRITABLE,
            &format!("everybody on this machine may write {}", open.path),
            &format!("chmod o-w {}", open.path),
        );
    }

    if secret && open_to_all(way, READ) {
        found.find(
            &asking::SECRET_EXPOSED,
            &format!("everybody on this machine may read {path}, which has a key in it"),
            &format!("chown root:dovecot {path}; chmod 0640 {path}     # and a new key"),
        );
    }
}

fn judge_closed(path: &str, way: &[File], user: &User, found: &mut Findings) {
    let last = way.len().saturating_sub(1);
    let closed =
        way.iter().enumerate().find(|(at, file)| !user.may(file, if *at == last { READ } else { PASS }));
    if let Some((_, file)) = closed {
        found.find(
            &asking::FILE_CLOSED,
            &format!("{} has to read {path} and may not: {} is closed to it", user.name, file.path),
            &format!("chgrp dovecot {path}; chmod 0640 {path}"),
        );
    }
}

/// What puts a file there.
fn line(path: &str, purpose: Purpose) -> String {
    let file = match purpose {
        Purpose::Script => "dovecot/clientpass.lua",
        Purpose::Grant => "dovecot/oauth2-grant-2.3.conf.ext",
        Purpose::Settings => "ldap/clientpass-ldap.conf.ext",
        Purpose::Key => {
            return format!(
                "install -m 0640 -g dovecot /dev/null {path}     # and the service key cpk_… into it"
            );
        }
    };
    format!("cp mail-servers/{file} {path}")
}
