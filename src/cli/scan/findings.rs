//! What was found, where, and what could not be looked at.

use serde_json::{Value, json};

use crate::cli::terminal::{note, say};
use crate::clock::Clock;
use crate::domain::leak::LeakedString;
use crate::domain::scan::{Finding, rule};
use std::io::IsTerminal as _;
use std::time::Duration;

/// How often progress is said, where somebody watches and where nobody does.
const OFTEN: Duration = Duration::from_millis(500);
const SELDOM: Duration = Duration::from_secs(10);

/// Findings that are kept for reports; all are counted, and printed if they are said aloud.
const MOST_KEPT: usize = 100_000;

/// Where the bytes come from that are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named or found; `-` for standard input.
    pub file: String,
    /// Within an archive: its member, and so on inwards.
    pub within: Vec<String>,
    /// In a history: the commit.
    pub commit: Option<String>,
}

impl Place {
    /// A file that is in no archive and no history.
    pub fn file(file: String) -> Self {
        Self { file, ..Self::default() }
    }

    /// A member of an archive that is here.
    pub fn member(&self, name: &str) -> Self {
        let mut within = self.within.clone();
        within.push(printable(name));
        Self { within, ..self.clone() }
    }

    /// As people read it.
    pub fn shown(&self) -> String {
        let path = std::iter::once(&self.file).chain(&self.within).cloned().collect::<Vec<_>>().join("!");
        match &self.commit {
            Some(commit) => format!("commit {}:{path}", commit.get(..12).unwrap_or(commit)),
            None => path,
        }
    }
}

/// A name without what a terminal would obey.
pub fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A string that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub place: Place,
    /// The line; 0 where none is known.
    pub line: u64,
    /// Where it begins in that line.
    pub column: u64,
    /// What it is. Only its beginning is ever shown.
    pub string: LeakedString,
}

impl Found {
    fn json(&self) -> Value {
        let place = &self.place;
        json!({
            "file": place.file, "within": place.within, "commit": place.commit, "line": self.line,
            "column": self.column, "kind": rule(self.string.token_kind()), "masked": self.string.masked(),
        })
    }
}

/// Collects what is found, and says how far it is.
pub struct Findings {
    /// What was found, in the order in which it was.
    pub found: Vec<Found>,
    /// How many more were found than are kept.
    pub more: u64,
    /// What could not be looked at, and why.
    pub unread: Vec<String>,
    /// Files that were looked at, members of archives included.
    pub files: u64,
    bytes: u64,
    clock: Clock,
    every: Duration,
    said: Duration,
    aloud: bool,
}

impl Findings {
    /// Nothing yet. Each finding is printed as it is found if it is said aloud.
    pub fn new(clock: Clock, aloud: bool) -> Self {
        let every = if std::io::stderr().is_terminal() { OFTEN } else { SELDOM };
        let said = clock.monotonic();
        Self { found: Vec::new(), more: 0, unread: Vec::new(), files: 0, bytes: 0, clock, every, said, aloud }
    }

    /// Something was found in this line of a place.
    pub fn add(&mut self, place: &Place, line: u64, finding: Finding) {
        let found = Found { place: place.clone(), line, column: finding.column, string: finding.string };
        if self.aloud {
            let (place, string) = (found.place.shown(), &found.string);
            say(&format!("{place}:{line}:{}: {} {}", found.column, string.name(), string.masked()));
        }
        if self.found.len() < MOST_KEPT {
            self.found.push(found);
        } else {
            self.more += 1;
        }
    }

    /// Something could not be looked at.
    pub fn could_not(&mut self, place: &Place, why: &str) {
        let text = format!("{}: {why}", place.shown());
        note(&text);
        self.unread.push(text);
    }

    /// So many bytes more were looked at.
    pub fn looked(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        let now = self.clock.monotonic();
        if now.saturating_sub(self.said) >= self.every {
            self.said = now;
            note(&self.summary("so far"));
        }
    }

    /// What came of it, in a line.
    pub fn summary(&self, when: &str) -> String {
        let (files, unread) = (self.files, self.unread.len());
        let found = self.found.len() as u64 + self.more;
        let left_out = if unread > 0 { format!(", {unread} not looked at") } else { String::new() };
        format!("{when}: {files} files, {} MiB, {found} found{left_out}", self.bytes >> 20)
    }

    /// What came of it, for a program.
    pub fn json(&self) -> Value {
        let findings: Vec<_> = self.found.iter().map(Found::json).collect();
        json!({
            "files": self.files, "bytes": self.bytes, "findings": findings, "more_findings": self.more,
            "not_looked_at": self.unread,
        })
    }

    /// The strings that were found, each once.
    pub fn strings(&self) -> Vec<LeakedString> {
        let mut strings: Vec<_> = self.found.iter().map(|found| found.string.clone()).collect();
        strings.sort_by(|one, other| one.text().cmp(other.text()));
        strings.dedup();
        strings
    }
}
