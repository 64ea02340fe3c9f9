//! Checks of which each is of another secret, as in a large installation: what is asked about is not in memory yet,
//! and every use has to be written. A slice takes ten seconds, because uses may wait so long, and then until they are
//! written. Another build of this bench can be measured beside, by turns.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::data::Data;
use super::load::{Pair, Slice, slice, slice_with_writing};
use super::print_line;
use super::server::{ROLE, Server};

/// The role of a process that makes an installation for another.
pub const FILL: &str = "fill";
const FOLDER: &str = "CLIENTPASS_BENCH_FOLDER";
const MADE: &str = "made.json";

const ROWS: usize = 1_000_000;
const SECONDS: u64 = 10;
const TURNS: usize = 3;

/// Makes an installation.
pub fn fill() {
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let data = Data::sqlite(&folder, ROWS, 25);
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

/// Of a server over an installation.
pub fn pairs(bare: &Server, server: &Server, data: &Data) -> Pair {
    let slices: Vec<_> = (1..=TURNS).map(|seed| turn(bare, server, data, seed)).collect();
    Pair::of(&slices)
}

fn turn(bare: &Server, server: &Server, data: &Data, seed: usize) -> (Slice, Slice) {
    (
        slice(bare, data, &data.spread, 3, seed),
        slice_with_writing(server, data, &data.spread, (SECONDS, seed)),
    )
}

/// This build alone, or beside another.
pub fn measure(folder: &Path, bare: &Server, against: Option<&Path>) {
    let this = std::env::current_exe().unwrap();
    let programs = [("before", against), ("now", Some(this.as_path()))];
    let programs = programs.into_iter().filter_map(|(name, program)| Some((name, program?)));
    let mut all: Vec<_> = programs
        .map(|(name, program)| {
            let data = filled_by(program, &folder.join(name));
            (name, Server::of_program(program, &data), data, Vec::new())
        })
        .collect();
    for seed in 1..=TURNS {
        for (_, server, data, slices) in &mut all {
            slices.push(turn(bare, server, data, seed));
        }
    }
    for (name, server, _, slices) in &all {
        print_line(&format!("{ROWS} rows, accept, spread: {name}"), &Pair::of(slices));
        println!("{:<46} {:>8} kB anonymous", "", server.anonymous_kilobytes());
    }
}
