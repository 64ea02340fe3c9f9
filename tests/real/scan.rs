//! `clientpass scan` on the history of a real repository, and as a hook of git.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use clientpass::domain::secret::CanonicalSecret;

use crate::support::clientpass::Ran;

fn password(seed: u8) -> String {
    let mut state = u32::from(seed) + 1;
    let mut random = |dest: &mut [u8]| -> Result<(), ()> {
        for byte in dest {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = state.to_be_bytes()[0];
        }
        Ok(())
    };
    CanonicalSecret::generate(&mut random).unwrap().grouped().expose().to_owned()
}

fn git_in(folder: &Path, words: &[&str]) -> Output {
    let mut git = Command::new("git");
    git.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let who = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"];
    git.args(who).args(words).output().unwrap()
}

#[track_caller]
fn git(folder: &Path, words: &[&str]) -> String {
    let done = git_in(folder, words);
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// Writes a file and commits it.
#[track_caller]
fn commit(folder: &Path, file: &str, text: &str, message: &str) -> String {
    fs::write(folder.join(file), text).unwrap();
    git(folder, &["add", "."]);
    git(folder, &["commit", "-q", "-m", message]);
    git(folder, &["rev-parse", "HEAD"])
}

fn scan(folder: &Path, words: &[&str]) -> Ran {
    Ran::of(Command::new(env!("CARGO_BIN_EXE_clientpass")).current_dir(folder).arg("scan").args(words))
}

#[test]
fn what_was_ever_committed_is_found_with_commit_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    git(here, &["init", "-q", "-b", "main"]);
    let [gone, said, merged, kept] = [1, 2, 3, 4].map(password);
    let added = commit(here, "app.toml", &format!("a\nb\npassword = \"{gone}\"\n"), "Add a configuration");
    let removed = commit(here, "app.toml", "a\nb\n", &format!("Take {said} out"));
    git(here, &["checkout", "-q", "-b", "side"]);
    commit(here, "side.bin", &format!("\0\u{1}{kept}\0"), "Add something binary");
    git(here, &["checkout", "-q", "main"]);
    commit(here, "other", "x\n", "Go on");
    git(here, &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    // What only the merge brings.
    fs::write(here.join("other"), format!("x\n{merged}\n")).unwrap();
    git(here, &["add", "."]);
    git(here, &["commit", "-q", "-m", "Merge"]);

    assert_eq!(scan(here, &["app.toml"]).code, Some(0));
    let all = scan(here, &["--git", "."]);
    assert_eq!(all.code, Some(1), "{all:?}");
    for line in [
        format!("commit {}:app.toml:3:13: client password {}-…", &added[..12], &gone[..5]),
        format!("commit {}:app.toml:3:13: client password {}-…", &removed[..12], &gone[..5]),
        format!("commit {}:(message):0:10: client password {}-…", &removed[..12], &said[..5]),
    ] {
        assert!(all.printed.lines().any(|printed| printed == line), "{line}\n{}", all.printed);
    }
    for start in [&merged, &kept] {
        assert!(all.printed.contains(&format!("client password {}-…", &start[..5])), "{}", all.printed);
    }

    // Another way to the same.
    let log = git_in(here, &["log", "-p", "--text", "--color=always"]);
    fs::write(here.join("log"), log.stdout).unwrap();
    let binary = env!("CARGO_BIN_EXE_clientpass");
    let piped = Ran::of(Command::new("sh").current_dir(here).args(["-c", "\"$0\" scan - < log", binary]));
    assert_eq!(piped.code, Some(1), "{piped:?}");
    assert!(piped.printed.contains(&gone[..5]), "{}", piped.printed);

    let none = tempfile::tempdir().unwrap();
    assert_eq!(scan(none.path(), &["--git", "."]).code, Some(2));
}

#[test]
fn the_hook_refuses_a_commit_with_a_secret_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    git(here, &["init", "-q", "-b", "main"]);
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/git/pre-commit");
    fs::create_dir_all(here.join(".git/hooks")).unwrap();
    fs::copy(hook, here.join(".git/hooks/pre-commit")).unwrap();
    let path = format!(
        "{}:{}",
        Path::new(env!("CARGO_BIN_EXE_clientpass")).parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let commit = |text: &str| {
        fs::write(here.join("file"), text).unwrap();
        git(here, &["add", "."]);
        let mut git = Command::new("git");
        git.current_dir(here).env("PATH", &path).env("GIT_CONFIG_GLOBAL", "/dev/null");
        git.args([
            "-c",
            "user.name=Tester",
            "-c",
            "user.email=tester@example.org",
            "commit",
            "-q",
            "-m",
            "x",
        ]);
        git.output().unwrap()
    };
    let refused = commit(&format!("first\npassword {}\n", password(5)));
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("take these out of the commit") && !said.contains(&password(5)), "{said}");
    assert!(commit("first\nno password\n").status.success());
}
