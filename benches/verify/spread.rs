//! Checks of as many secrets as a large installation has. First each is asked about for the first time since the start,
//! then, as mail clients come again and again, any; memory is set to hold all. Every use has to be written: a slice
//! takes ten seconds, because uses may wait so long, and then until they are written. Another build of this bench can
//! be measured beside, by turns.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::data::Data;
use super::load::{Pair, Slice, counted, slice, slice_of_each, with_writing};
use super::server::{ROLE, Server};
use super::{policy, print_line};

/// The role of a process that makes an installation for another.
pub const FILL: &str = "fill";
const FOLDER: &str = "CLIENTPASS_BENCH_FOLDER";
const MADE: &str = "made.json";

const ROWS: usize = 1_000_000;
const PER_MEMBER: usize = 25;
/// Enough for half a million checks.
const FIRST: u64 = 25;
const SECONDS: u64 = 10;
/// How often all are asked about again, usually and where it has to be quick.
pub const TURNS: usize = 9;
pub const QUICK_TURNS: usize = 3;
/// Of the bare handler.
const PAUSE: u64 = 3;
const BEFORE: &str = "before";
const NOW: &str = "now";
const NOW_WITH_POLICY: &str = "now, with a policy";
/// Holds all of them. A build from before this setting cannot be measured beside.
const SETTINGS: &str = "cache_mib = 512\n";

/// Makes an installation.
pub fn fill() {
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let data = Data::sqlite(&folder, ROWS, PER_MEMBER);
    fs::write(folder.join(MADE), serde_json::to_vec(&data).unwrap()).unwrap();
}

/// An installation that this build of the bench made: another may keep its data otherwise.
fn filled_by(program: &Path, folder: &Path) -> Data {
    let made = Command::new(program).envs([(ROLE, FILL)]).env(FOLDER, folder).status().unwrap();
    assert!(made.success());
    let mut data: Data = serde_json::from_slice(&fs::read(folder.join(MADE)).unwrap()).unwrap();
    data.config.storage.data_dir = folder.to_path_buf();
    data
}

/// A server over a large installation, with what has been seen of it.
struct Subject {
    name: &'static str,
    server: Server,
    data: Data,
    first: Vec<(Slice, Slice)>,
    again: Vec<(Slice, Slice)>,
}

impl Subject {
    fn new(name: &'static str, program: &Path, folder: &Path) -> Self {
        let data = filled_by(program, folder);
        let members = ROWS.div_ceil(PER_MEMBER);
        if name == NOW_WITH_POLICY {
            policy::make_departments(&data, members);
        }
        let server = Server::of_program(program, &data, SETTINGS);
        if name == NOW_WITH_POLICY {
            policy::put(&server, &data, members);
        }
        Self { name, server, data, first: Vec::new(), again: Vec::new() }
    }

    /// Asks about all of them once.
    fn ask_about_each(&mut self, bare: &Server) {
        let Self { server, data, .. } = self;
        let pause = slice(bare, data, &data.spread, PAUSE, 0);
        let each = || slice_of_each(server, data, &data.spread, FIRST);
        self.first.push((pause, with_writing(server, data, FIRST, each)));
    }

    fn ask_again(&mut self, bare: &Server, seed: usize) {
        let Self { server, data, .. } = self;
        let pause = slice(bare, data, &data.spread, PAUSE, seed);
        let any = || slice(server, data, &data.spread, SECONDS, seed);
        self.again.push((pause, with_writing(server, data, SECONDS, any)));
    }

    fn print(&self) {
        assert!(counted(&self.server, "accept") > 0.0 && counted(&self.server, "reject") == 0.0);
        for (what, slices) in [("first", &self.first), ("again", &self.again)] {
            print_line(&format!("{ROWS} rows, accept, spread, {what}: {}", self.name), &Pair::of(slices));
        }
        println!("{:<46} {:>8} kB anonymous", "", self.server.anonymous_kilobytes());
    }

    /// Beside the slices that were taken of another just before: what is said of a bare handler is said of that one.
    fn print_of(&self, other: &Self) {
        let beside = |mine: &[(Slice, Slice)], theirs: &[(Slice, Slice)]| -> Vec<_> {
            theirs.iter().zip(mine).map(|(theirs, mine)| (theirs.1, mine.1)).collect()
        };
        let all =
            [("first", beside(&self.first, &other.first)), ("again", beside(&self.again, &other.again))];
        for (what, slices) in all {
            print_line(&format!("{what}: {}, of {}", self.name, other.name), &Pair::of(&slices));
        }
    }
}

/// This build alone, or beside another, or beside itself under a policy.
pub fn measure(folder: &Path, bare: &Server, against: Option<&Path>, with_policy: bool, turns: usize) {
    let this = std::env::current_exe().unwrap();
    let this = Some(this.as_path());
    let programs = [(BEFORE, against), (NOW, this), (NOW_WITH_POLICY, this.filter(|_| with_policy))];
    let programs = programs.into_iter().filter_map(|(name, program)| Some((name, program?)));
    let mut all: Vec<Subject> =
        programs.map(|(name, program)| Subject::new(name, program, &folder.join(name))).collect();
    for subject in &mut all {
        subject.ask_about_each(bare);
    }
    for seed in 1..=turns {
        for subject in &mut all {
            subject.ask_again(bare, seed);
        }
    }
    all.iter().for_each(Subject::print);
    all.iter().zip(all.iter().skip(1)).for_each(|(other, subject)| subject.print_of(other));
}
