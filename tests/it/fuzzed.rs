//! What `fuzz/` searches with libFuzzer, tried on every run: the corpus, inputs made of it, and inputs of chance.
//!
//! `CLIENTPASS_FUZZ_INPUTS` says how many for each target. They are the same every time, unless
//! `CLIENTPASS_FUZZ_SEED` says otherwise.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::thread;

#[allow(dead_code, reason = "libFuzzer asks for one by its name")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use targets::{TARGETS, Target};

/// How many inputs for each target, unless told.
const INPUTS: u64 = 20_000;
/// Longest input that is made.
const LONGEST: usize = 4096;
/// What readers of text stumble over.
const AWKWARD: [&[u8]; 24] = [
    b"\0",
    b"\t",
    b"\n",
    b"\r\n",
    b" ",
    b"\"",
    b"\\",
    b"%",
    b"%00",
    b"%zz",
    b"+",
    b"=",
    b"&",
    b":",
    b"@",
    b",",
    b"{",
    b"[",
    b"\x01",
    b"\x80",
    b"\xff",
    b"\xc3\xa4",
    b"\xe2\x80\x8b",
    b"\xf0\x9f\x98\x80",
];

/// Numbers of chance (xorshift64*), the same from the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// Below `bound`; 0 if that is 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap() % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn of<'a>(&mut self, corpus: &'a [Vec<u8>]) -> &'a [u8] {
        &corpus[self.below(corpus.len())]
    }
}

/// An input: one of the corpus with some changes, or bytes of chance.
fn make(corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    if chance.below(16) == 0 {
        return (0..chance.below(64)).map(|_| chance.byte()).collect();
    }
    let mut input = chance.of(corpus).to_vec();
    for _ in 0..=chance.below(4) {
        change(&mut input, corpus, chance);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], chance: &mut Chance) {
    let (at, to) = (chance.below(input.len() + 1), chance.below(input.len() + 1));
    let (from, until) = (at.min(to), at.max(to));
    match chance.below(8) {
        0 if at < input.len() => input[at] = chance.byte(),
        1 if at < input.len() => input[at] ^= 1 << chance.below(8),
        2 => drop(input.drain(from..until)),
        3 => drop(input.splice(from..until, AWKWARD[chance.below(AWKWARD.len())].iter().copied())),
        4 => drop(input.splice(at..at, AWKWARD[chance.below(AWKWARD.len())].iter().copied())),
        5 => {
            let again = input[from..until].to_vec();
            drop(input.splice(until..until, again));
        }
        6 => {
            let other = chance.of(corpus);
            let half = other[chance.below(other.len() + 1)..].to_vec();
            drop(input.splice(at.., half));
        }
        _ => drop(input.splice(at..at, [chance.byte()])),
    }
}

/// The folder of the crate.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = root().join("fuzz/corpus").join(name);
    let Ok(files) = fs::read_dir(&folder) else { panic!("{} is missing", folder.display()) };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn holds(target: &Target, input: &[u8]) -> Result<(), String> {
    let (name, run) = *target;
    catch_unwind(|| run(input)).map_err(|_| format!("{name} does not hold for b\"{}\"", input.escape_ascii()))
}

fn try_all(target: &Target) -> Result<(), String> {
    let corpus = corpus(target.0);
    corpus.iter().try_for_each(|input| holds(target, input))?;
    let mut chance = Chance(number("CLIENTPASS_FUZZ_SEED", 0x0c11_e977) | 1);
    let mut inputs = (0..number("CLIENTPASS_FUZZ_INPUTS", INPUTS)).map(|_| make(&corpus, &mut chance));
    inputs.try_for_each(|input| holds(target, &input))
}

#[test]
fn what_must_hold_holds_for_the_corpus_and_what_is_made_of_it() {
    let failed: Vec<String> = thread::scope(|scope| {
        let started: Vec<_> = TARGETS.iter().map(|target| scope.spawn(move || try_all(target))).collect();
        started.into_iter().filter_map(|tried| tried.join().unwrap().err()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn names(folder: &str) -> BTreeSet<String> {
    let inside = fs::read_dir(root().join("fuzz").join(folder)).unwrap();
    inside.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_target_is_in_the_list_has_its_program_and_a_corpus() {
    let listed: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), listed, "fuzz/fuzz_targets");
    assert_eq!(names("corpus"), listed, "fuzz/corpus");
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let programs = manifest["bin"].as_array().unwrap().iter();
    let programs: BTreeSet<String> = programs.map(|bin| bin["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(programs, listed, "fuzz/Cargo.toml");
    for name in &listed {
        let program = fs::read_to_string(root().join(format!("fuzz/fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("run(\"{name}\", input)")), "fuzz/fuzz_targets/{name}.rs");
        let corpus = corpus(name);
        assert!(corpus.len() >= 3, "{name} has {} inputs", corpus.len());
        assert!(corpus.iter().all(|input| input.len() <= LONGEST), "{name} has a long one");
    }
}

#[test]
fn chance_makes_many_inputs_and_the_same_ones_again() {
    let corpus = corpus("login");
    let made = |seed| {
        let mut chance = Chance(seed);
        (0..1_000).map(|_| make(&corpus, &mut chance)).collect::<Vec<_>>()
    };
    assert_eq!(made(1), made(1));
    let distinct: BTreeSet<_> = made(1).into_iter().chain(made(3)).collect();
    assert!(distinct.len() > 1_800, "{}", distinct.len());
}
