//! A history as `git log -p` prints it: each line is looked at together with the commit and the file that it is of. Whatever
//! comes on standard input is read in this way; what is no history is looked at as it is.

use std::io::{self, BufRead};
use std::path::Path;
use std::process::{Command, Stdio};

use super::findings::{Findings, Place, printable};
use crate::domain::scan::{Finding, Scanner};

/// All commits of all branches, whole files where they are of bytes, and nothing that the repository could have run.
const LOG: [&str; 12] = [
    "--no-pager",
    "log",
    "--all",
    "--patch",
    "--diff-merges=combined",
    "--unified=0",
    "--text",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--format=commit %H%n%w(0,4,4)%B",
];

/// Looks through the whole history of a repository.
pub fn look_through_repository(repository: &Path, into: &mut Findings) -> io::Result<()> {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).args(LOG).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut git = command.spawn().map_err(|why| {
        io::Error::new(why.kind(), format!("git cannot be started, which tells its history: {why}"))
    })?;

    let printed = git.stdout.take().ok_or_else(|| io::Error::other("git prints nothing"))?;
    let looked = look_through(&mut io::BufReader::with_capacity(1 << 16, printed), into);
    let ended = git.wait()?;
    looked?;
    if ended.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("git could not tell its history ({ended})")))
    }
}

/// Looks through what is printed, line by line; of a long line piece by piece.
pub fn look_through(from: &mut impl BufRead, into: &mut Findings) -> io::Result<()> {
    into.files += 1;
    let (mut scanner, mut at, mut begins) = (Scanner::default(), At::default(), true);
    loop {
        let piece = match from.fill_buf() {
            Ok([]) => break,
            Ok(piece) => piece,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            Err(why) => return Err(why),
        };
        let end = piece.iter().position(|byte| *byte == b'\n').map_or(piece.len(), |at| at + 1);
        let line = piece.get(..end).unwrap_or_default();
        if begins {
            at.begin(line);
        }
        scanner.push(line, &mut |finding| at.found(finding, into));
        begins = line.ends_with(b"\n");
        from.consume(end);
        into.looked(end);
    }
    scanner.finish(&mut |finding| at.found(finding, into));
    Ok(())
}

/// Where in a history a line is.
#[derive(Default)]
struct At {
    commit: Option<String>,
    file: Option<String>,
    /// Lines of this part that are still to come, before and after the change.
    left: [u64; 2],
    /// The numbers of the next lines, before and after the change.
    next: [u64; 2],
    /// The number of this line in its file; none where it is of no file.
    line: Option<u64>,
}

impl At {
    /// A line begins.
    fn begin(&mut self, line: &[u8]) {
        self.line = None;
        if self.left != [0, 0] {
            match line.first() {
                Some(b'-') => self.line = self.step(0),
                Some(b'+') => self.line = self.step(1),
                Some(b'\\') => {}
                _ => {
                    self.step(0);
                    self.line = self.step(1);
                }
            }
            return;
        }

        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        if let Some(commit) = text.strip_prefix("commit ").and_then(|rest| rest.split(' ').next())
            && commit.len() >= 40
            && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            (self.commit, self.file) = (Some(commit.to_owned()), None);
        } else if self.commit.is_none() {
            // It is no history.
        } else if let Some(file) = text.strip_prefix("--- ").or_else(|| text.strip_prefix("+++ ")) {
            // Of a file that was deleted the old name stays.
            if file != "/dev/null" {
                let name = file.strip_prefix("a/").or_else(|| file.strip_prefix("b/")).unwrap_or(file);
                self.file = Some(printable(name));
            }
        } else if let Some((before, after)) = part(text) {
            (self.next, self.left) = ([before.0, after.0], [before.1, after.1]);
        }
    }

    fn step(&mut self, side: usize) -> Option<u64> {
        let (left, next) = (self.left.get_mut(side)?, self.next.get_mut(side)?);
        *left = left.saturating_sub(1);
        *next += 1;
        Some(*next - 1)
    }

    fn found(&self, finding: Finding, into: &mut Findings) {
        let Some(commit) = &self.commit else {
            return into.add(&Place::file("-".into()), finding.line, finding);
        };
        let file = self.file.clone().unwrap_or_else(|| "(message)".into());
        let place = Place { commit: Some(commit.clone()), ..Place::file(file) };
        // Before a line of a file stands what becomes of it.
        let column = finding.column - u64::from(self.line.is_some() && finding.column > 1);
        let finding = Finding { column, ..finding };
        into.add(&place, self.line.unwrap_or(0), finding);
    }
}

/// Of `@@ -3,2 +5 @@` the first lines and how many they are, before and after the change.
fn part(text: &str) -> Option<((u64, u64), (u64, u64))> {
    let mut words = text.strip_prefix("@@ ")?.split(' ');
    let lines = |word: &str, sign: char| {
        let (first, count) = word.strip_prefix(sign)?.split_once(',').unwrap_or((word.get(1..)?, "1"));
        Some((first.parse().ok()?, count.parse().ok()?))
    };
    let (before, after) = (lines(words.next()?, '-')?, lines(words.next()?, '+')?);
    (words.next() == Some("@@")).then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_history_has_its_number_in_the_file() {
        assert_eq!(part("@@ -3,2 +5 @@ fn x()"), Some(((3, 2), (5, 1))));
        assert_eq!(part("@@ -0,0 +1,9 @@"), Some(((0, 0), (1, 9))));
        for other in ["@@@ -1 -1 +1 @@@", "@@ x", "@@ -1 +x @@", "@@ -1 +2"] {
            assert_eq!(part(other), None, "{other}");
        }

        let mut at = At::default();
        let lines: Vec<_> = [
            "commit 0123456789012345678901234567890123456789",
            "    a message with a line like",
            "--- a/old",
            "+++ b/new",
            "@@ -3,2 +5,2 @@",
            "--- a/this was a line",
            "-and this",
            "+++ b/so is this",
            "+the last",
            "\\ No newline at end of file",
            "--- a/other",
            "+++ /dev/null",
        ]
        .iter()
        .map(|line| {
            at.begin(line.as_bytes());
            (at.file.clone().unwrap_or_default(), at.line)
        })
        .collect();
        assert_eq!(lines[5..9], [3, 4, 5, 6].map(|line| ("new".to_owned(), Some(line))));
        assert_eq!((lines[1].clone(), lines[11].clone()), ((String::new(), None), ("other".into(), None)));
    }
}
