//! What is in a file: bytes, or an archive of files, and so on inwards. Archives are unpacked in memory of a constant size,
//! so deep at the most, and so much for one file: some are made to swell without end.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

use flate2::read::MultiGzDecoder;
use tar::Archive;
use zip::ZipArchive;

use super::findings::{Findings, Place};
use crate::domain::scan::Scanner;

/// Bytes that are read at a time.
const PIECE: usize = 65_536;
/// Archives within archives that are unpacked.
const DEEPEST: usize = 4;
/// An archive whose list is at its end is held in memory where it lies within another.
const MOST_HELD: u64 = 256 << 20;
/// Bytes at the beginning by which an archive is known.
const HEAD: usize = 512;

/// How much may still be unpacked of one file.
pub struct Budget(Cell<u64>);

impl Budget {
    /// So many bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(Cell::new(bytes))
    }
}

/// What is unpacked, as long as it may be.
struct Unpacked<'a, R> {
    inner: R,
    budget: &'a Budget,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let left = self.budget.0.get().checked_sub(read as u64);
        self.budget.0.set(left.unwrap_or(0));
        left.map(|_| read).ok_or_else(|| {
            io::Error::other("more comes out of it than --max-unpacked allows; the rest was not looked at")
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Bytes,
    Gzip,
    Tar,
    Zip,
}

fn form_of(head: &[u8]) -> Form {
    match head {
        [0x1f, 0x8b, 8, ..] => Form::Gzip,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Form::Zip,
        _ if head.get(257..262) == Some(b"ustar") => Form::Tar,
        _ => Form::Bytes,
    }
}

/// Looks at a file.
pub fn look_at_file(place: &Place, mut file: File, budget: &Budget, into: &mut Findings) -> io::Result<()> {
    let mut head = Vec::with_capacity(HEAD);
    (&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    let form = form_of(&head);
    if form == Form::Bytes {
        return look_at_bytes(place, &mut file, into);
    }

    let unpacked = match form {
        Form::Zip => look_at_zip(place, &file, DEEPEST, budget, into),
        _ => look_at(place, &mut file, DEEPEST, budget, into),
    };
    let Err(why) = unpacked else { return Ok(()) };
    // It may be no archive at all; what it is as bytes is looked at in any case.
    into.could_not(place, &format!("cannot be unpacked: {why}"));
    file.rewind()?;
    look_at_bytes(place, &mut file, into)
}

/// Looks at what can be read once.
pub fn look_at(
    place: &Place,
    from: &mut dyn Read,
    deep: usize,
    budget: &Budget,
    into: &mut Findings,
) -> io::Result<()> {
    let mut head = Vec::with_capacity(HEAD);
    from.take(HEAD as u64).read_to_end(&mut head)?;
    let form = form_of(&head);
    let mut whole = Cursor::new(head).chain(from);
    if form != Form::Bytes && deep == 0 {
        into.could_not(place, "lies too deep in archives to be unpacked");
        return look_at_bytes(place, &mut whole, into);
    }

    match form {
        Form::Bytes => look_at_bytes(place, &mut whole, into),
        Form::Gzip => {
            let mut unpacked = Unpacked { inner: MultiGzDecoder::new(whole), budget };
            look_at(place, &mut unpacked, deep - 1, budget, into)
        }
        Form::Tar => look_at_tar(place, &mut whole, deep - 1, budget, into),
        Form::Zip => {
            let mut copy = Vec::new();
            whole.take(MOST_HELD + 1).read_to_end(&mut copy)?;
            if copy.len() as u64 > MOST_HELD {
                return Err(io::Error::other("it is too large an archive within another"));
            }
            look_at_zip(place, Cursor::new(copy), deep - 1, budget, into)
        }
    }
}

fn look_at_tar(
    place: &Place,
    from: &mut dyn Read,
    deep: usize,
    budget: &Budget,
    into: &mut Findings,
) -> io::Result<()> {
    let mut archive = Archive::new(from);
    for entry in archive.entries()? {
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let member = place.member(&String::from_utf8_lossy(&entry.path_bytes()));
        // One that is sparse is larger than what lies in the archive.
        let mut unpacked = Unpacked { inner: entry, budget };
        look_at_member(&member, &mut unpacked, deep, budget, into)?;
    }
    Ok(())
}

fn look_at_zip(
    place: &Place,
    from: impl Read + Seek,
    deep: usize,
    budget: &Budget,
    into: &mut Findings,
) -> io::Result<()> {
    let mut archive = ZipArchive::new(from)?;
    for index in 0..archive.len() {
        let entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(why) => {
                into.could_not(place, &format!("member {index} cannot be unpacked: {why}"));
                continue;
            }
        };
        if entry.is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let member = place.member(&name);
        look_at_member(&member, &mut Unpacked { inner: entry, budget }, deep, budget, into)?;
    }
    Ok(())
}

/// Looks at a member of an archive. One that is damaged is no reason to leave out the others, unless nothing more may be
/// unpacked.
fn look_at_member(
    member: &Place,
    from: &mut dyn Read,
    deep: usize,
    budget: &Budget,
    into: &mut Findings,
) -> io::Result<()> {
    match look_at(member, from, deep, budget, into) {
        Err(why) if budget.0.get() > 0 => {
            into.could_not(member, &format!("cannot be read to its end: {why}"));
            Ok(())
        }
        done => done,
    }
}

/// Looks at bytes, as they are.
fn look_at_bytes(place: &Place, from: &mut dyn Read, into: &mut Findings) -> io::Result<()> {
    into.files += 1;
    let mut scanner = Scanner::default();
    let mut piece = vec![0; PIECE];
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            Err(why) => {
                scanner.finish(&mut |finding| into.add(place, finding.line, finding));
                return Err(why);
            }
        };
        let piece = piece.get(..read).unwrap_or_default();
        scanner.push(piece, &mut |finding| into.add(place, finding.line, finding));
        into.looked(read);
    }
    scanner.finish(&mut |finding| into.add(place, finding.line, finding));
    Ok(())
}
