//! `clientpass scan`: looks for our secrets in files, folders, archives and histories, for people and for CI.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use self::contents::{Budget, look_at_file};
use self::findings::{Findings, Place, printable};
use super::admin::leaks;
use super::terminal::{note, print_json, say};
use crate::app::{Environment, LeakReporter};
use crate::clock::{Clock, SystemTimeSource};
use crate::config::Config;
use crate::domain::leak::MAX_STRINGS;
use crate::domain::secret::Secret;

mod contents;
mod findings;
mod history;
mod sarif;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass scan /srv/www backup.tar.gz                     folders and archives (zip, tar, gzip), and what is in them
  clientpass scan --git .                                    the whole history of a repository
  git diff --cached -U0 | clientpass scan -                  what is about to be committed
  clientpass scan --sarif found.sarif .                      for code hosts and editors
  clientpass scan /srv/www --report                          and ends what was found, where clientpass is on this machine
  clientpass scan . --report https://clientpass.example.org --key-file key

It looks for client passwords (six groups of five letters, or thirty small letters) and tokens (cpk_, cps_, cpt_, cpi_, cpl_)
whose check letters are right, in bytes of any kind, UTF-8 and UTF-16. It prints a line for each: file, line, column, and
the beginning of the secret, never all of it. It needs no data directory, and sends nothing unless --report is given.

Exit code 0: nothing was found. 1: something was found. 2: something could not be looked at or reported.";

/// The environment variable with the key to report with.
const KEY: &str = "CLIENTPASS_REPORT_KEY";

/// Where to look, and what to do with what is found.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Files and folders; - reads standard input, such as what git log -p prints
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<OsString>,
    /// The paths are repositories: look through all of their history
    #[arg(long)]
    git: bool,
    /// Leave out files and folders of this name; may be given again
    #[arg(long, value_name = "NAME")]
    exclude: Vec<OsString>,
    /// Unpack no more than this of one archive, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 8192)]
    max_unpacked: u32,
    /// Print one line of JSON instead
    #[arg(long)]
    json: bool,
    /// Write a report in SARIF 2.1.0
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Report what was found, so that it ends: to this service, or to the one whose data directory is here
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    report: Option<String>,
    /// File with the service key or session to report with; without it, what `CLIENTPASS_REPORT_KEY` holds
    #[arg(long, value_name = "FILE", requires = "report")]
    key_file: Option<PathBuf>,
}

/// Looks, and says what it has found.
pub fn run(config: &Config, options: &Options) -> ExitCode {
    let clock = Clock::new(Arc::new(SystemTimeSource::new()));
    let mut findings = Findings::new(clock, !options.json);
    for path in &options.paths {
        look(path, options, &mut findings);
    }

    let told = tell(options, &findings).and_then(|()| report(config, options, &findings));
    if let Err(why) = &told {
        note(&format!("clientpass: {why}"));
    }
    if told.is_err() {
        return ExitCode::from(2);
    }
    if !findings.found.is_empty() {
        return ExitCode::from(1);
    }
    if findings.unread.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn look(path: &OsStr, options: &Options, into: &mut Findings) {
    let at = Path::new(path);
    let named = Place::file(printable(&path.to_string_lossy()));
    let looked = if options.git {
        history::look_through_repository(at, into)
    } else if path == "-" {
        history::look_through(&mut io::BufReader::with_capacity(1 << 16, io::stdin()), into)
    } else {
        fs::symlink_metadata(at).and_then(|_| fs::metadata(at)).map(|found| {
            if found.is_dir() { look_into(at, options, into) } else { look_at(at, options, into) }
        })
    };
    if let Err(why) = looked {
        into.could_not(&named, &why.to_string());
    }
}

/// Looks at all that is in a folder, by name. Links are not followed: what they lead to is looked at where it is.
fn look_into(folder: &Path, options: &Options, into: &mut Findings) {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(why) => {
                into.could_not(&Place::file(printable(&folder.to_string_lossy())), &why.to_string());
                continue;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);

        let mut below = Vec::new();
        for entry in entries {
            if options.exclude.contains(&entry.file_name()) {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => below.push(entry.path()),
                Ok(kind) if kind.is_file() => look_at(&entry.path(), options, into),
                // A link, or something that has no contents.
                _ => {}
            }
        }
        folders.extend(below.into_iter().rev());
    }
}

fn look_at(file: &Path, options: &Options, into: &mut Findings) {
    let place = Place::file(printable(&file.to_string_lossy()));
    let budget = Budget::new(u64::from(options.max_unpacked) << 20);
    let looked = fs::File::open(file).and_then(|open| look_at_file(&place, open, &budget, into));
    if let Err(why) = looked {
        into.could_not(&place, &why.to_string());
    }
}

/// Says what was found, to programs.
fn tell(options: &Options, findings: &Findings) -> Result<(), String> {
    if let Some(file) = &options.sarif {
        let text = serde_json::to_string_pretty(&sarif::report(findings)).map_err(|why| why.to_string())?;
        fs::write(file, text).map_err(|why| format!("{}: {why}", file.display()))?;
    }
    if options.json {
        print_json(&findings.json())?;
    }
    note(&findings.summary("looked at"));
    Ok(())
}

/// Reports what was found, if that was asked for.
fn report(config: &Config, options: &Options, findings: &Findings) -> Result<(), String> {
    let strings = &findings.strings();
    let Some(url) = options.report.as_deref().filter(|_| !strings.is_empty()) else { return Ok(()) };
    if url.is_empty() {
        leaks::report(config, strings)?;
    } else {
        let reporter = LeakReporter::new(config, &Environment::system(), url, &key(options)?)?;
        let system = actix_web::rt::System::new();
        for (at, some) in strings.chunks(MAX_STRINGS).enumerate() {
            note(&format!("reporting {} of {}", at * MAX_STRINGS + some.len(), strings.len()));
            system.block_on(reporter.report(some))?;
        }
    }
    let text = "reported; whatever of it was one of ours has ended";
    if options.json {
        note(text);
    } else {
        say(text);
    }
    match findings.more {
        0 => Ok(()),
        more => Err(format!("{more} more were found and not reported: look through it in parts")),
    }
}

fn key(options: &Options) -> Result<Secret, String> {
    let text = match &options.key_file {
        Some(file) => fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?,
        None => std::env::var(KEY)
            .map_err(|_| format!("it takes a key to report elsewhere: --key-file, or {KEY}"))?,
    };
    let text = Secret::new(text);
    Ok(Secret::new(text.expose().trim().to_owned()))
}
