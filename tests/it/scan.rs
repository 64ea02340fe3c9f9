//! `clientpass scan`, as it is typed: files, folders, archives, what is printed and written, exit codes, reports.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use clientpass::domain::scan::PATTERNS;
use clientpass::domain::secret::{CanonicalSecret, Token, TokenKind};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::rest::administration::secured;
use crate::support::TestApp;

mod reporting;

/// Bytes of chance, the same from the same seed.
fn seeded(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), ()> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |dest| {
        for byte in dest {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state.to_le_bytes()[3];
        }
        Ok(())
    }
}

/// A client password in groups, made up.
fn password(seed: u64) -> String {
    CanonicalSecret::generate(&mut seeded(seed)).unwrap().grouped().expose().to_owned()
}

/// A service key, made up.
fn key(seed: u64) -> String {
    Token::generate(TokenKind::ServiceKey, &mut seeded(seed)).unwrap().text().expose().to_owned()
}

/// Scans with these words in a folder, with this on standard input.
fn scan(folder: &Path, words: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
    command.env_clear().current_dir(folder).arg("scan").args(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

/// What is printed; fails unless it ends with this code.
#[track_caller]
fn printed(done: &Output, code: i32) -> String {
    let complained = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(code), "{complained}{}", String::from_utf8_lossy(&done.stdout));
    String::from_utf8(done.stdout.clone()).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

#[test]
fn files_and_folders_are_looked_through_and_no_secret_is_printed_whole() {
    let (one, two, three) = (password(1), password(2).replace('-', ""), key(3));
    let config = format!("# a comment\n  password = \"{one}\"\n");
    let wide: Vec<u8> = format!("x\r\n{two}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let binary = [b"\x00\xff\xfe", three.as_bytes(), b"\x80\x00"].concat();
    let here = folder(&[
        ("config/app.toml", config.as_bytes()),
        ("left-out/app.toml", config.as_bytes()),
        ("notes.txt", &wide),
        ("z/program", &binary),
        ("clean.txt", b"nothing of interest"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(here.path(), here.path().join("round")).unwrap();

    let done = scan(here.path(), &[".", "--exclude", "left-out"], b"");
    let text = printed(&done, 1);
    let expected = format!(
        "./notes.txt:2:1: client password {}-…\n./config/app.toml:2:15: client password {}-…\n\
         ./z/program:1:3: service key {}…\n",
        &two[..5],
        &one[..5],
        &three[..8]
    );
    assert_eq!(text, expected);
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(complained.contains("looked at: 4 files") && complained.contains("3 found"), "{complained}");

    for found in [&one, &two, &three] {
        assert!(!text.contains(found.as_str()) && !complained.contains(found.as_str()));
    }
    assert_eq!(printed(&scan(here.path(), &["clean.txt"], b""), 0), "");
    assert_eq!(printed(&scan(here.path(), &["-"], config.as_bytes()), 1).lines().count(), 1);
    let missing = scan(here.path(), &["clean.txt", "not-there"], b"");
    assert_eq!(printed(&missing, 2), "");
    assert!(String::from_utf8_lossy(&missing.stderr).contains("not-there: "));
    assert_eq!(scan(here.path(), &[], b"").status.code(), Some(2));
}

#[test]
fn archives_are_unpacked_one_within_another() {
    let (one, two) = (password(4), password(5));
    let inner = zip(&[("a/b.txt", one.as_bytes())]);
    let outer = gzip(&tar(&[("inner.zip", &inner), ("plain.txt", two.as_bytes())]));
    let here = folder(&[
        ("backup.tar.gz", &outer),
        ("page.zip", &zip(&[("log.gz", &gzip(format!("\n\n{two}").as_bytes()))])),
        ("broken.gz", &gzip(&vec![b'x'; 100_000])[..200]),
        ("fake.zip", format!("PK\x03\x04 {one}").as_bytes()),
    ]);
    let done = scan(here.path(), &["."], b"");
    let text = printed(&done, 1);
    let mut lines: Vec<_> = text.lines().map(|line| line.split(": ").next().unwrap()).collect();
    lines.sort_unstable();
    let expected = [
        "./backup.tar.gz!inner.zip!a/b.txt:1:1",
        "./backup.tar.gz!plain.txt:1:1",
        "./fake.zip:1:6",
        "./page.zip!log.gz:3:1",
    ];
    assert_eq!(lines, expected);
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(complained.contains("./broken.gz: cannot be unpacked"), "{complained}");
}

#[test]
fn what_swells_without_end_is_unpacked_so_far_and_no_further() {
    let zeros = vec![b'a'; 8 << 20];
    let mut nested = b"nothing".to_vec();
    for _ in 0..6 {
        nested = gzip(&nested);
    }
    let here = folder(&[
        ("bomb.gz", &gzip(&zeros)),
        ("bomb.zip", &zip(&[("one", &zeros), ("two", &zeros)])),
        ("deep.gz", &nested),
    ]);
    for (name, says) in
        [("bomb.gz", "--max-unpacked"), ("bomb.zip", "--max-unpacked"), ("deep.gz", "too deep")]
    {
        let done = scan(here.path(), &["--max-unpacked", "1", name], b"");
        assert_eq!(printed(&done, 2), "");
        let complained = String::from_utf8_lossy(&done.stderr);
        assert!(complained.contains(says), "{name}: {complained}");
    }
    assert_eq!(printed(&scan(here.path(), &["bomb.gz", "bomb.zip"], b""), 0), "");
}

#[test]
fn programs_read_what_was_found_as_json_and_sarif() {
    let (one, two) = (password(6), key(7));
    let here = folder(&[
        ("a b.txt", format!("\n{one}\n").as_bytes()),
        ("c.tar", &tar(&[("d.txt", two.as_bytes())])),
    ]);
    let done = scan(here.path(), &["--json", "--sarif", "found.sarif", "a b.txt", "c.tar", "not-there"], b"");
    let report: Value = serde_json::from_str(&printed(&done, 1)).unwrap();
    let first = json!({
        "file": "a b.txt", "within": [], "commit": null, "line": 2, "column": 1, "kind": "client-password",
        "masked": format!("{}-…", &one[..5]),
    });
    assert_eq!((&report["findings"][0], &report["files"]), (&first, &json!(2)));
    assert_eq!(report["findings"][1]["within"], json!(["d.txt"]));
    assert_eq!(report["not_looked_at"].as_array().unwrap().len(), 1);

    let text = fs::read_to_string(here.path().join("found.sarif")).unwrap();
    assert!(!text.contains(&one) && !text.contains(&one.replace('-', "")) && !text.contains(&two));
    let sarif: Value = serde_json::from_str(&text).unwrap();
    check_sarif(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let place = |at: usize| &results[at]["locations"][0]["physicalLocation"];
    assert_eq!(place(0)["artifactLocation"]["uri"], "a%20b.txt");
    assert_eq!((&place(0)["region"]["startLine"], &place(1)["region"]), (&json!(2), &Value::Null));
    assert_eq!(results[1]["ruleId"], "service-key");
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

/// Other scanners are given the patterns by hand.
#[test]
fn what_other_scanners_are_told_is_what_this_one_looks_for() {
    for file in ["README.md", "docs/leaks.md", "packaging/gitleaks.toml"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        for pattern in PATTERNS {
            assert!(text.contains(pattern), "{file} has not {pattern}");
        }
    }
    let rules =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/gitleaks.toml")).unwrap();
    let rules: toml::Table = rules.parse().unwrap();
    assert_eq!(rules["rules"].as_array().unwrap().len(), PATTERNS.len());
}

/// What SARIF 2.1.0 requires of a log, a run, a rule, a result and a place (sections 3.13, 3.14, 3.18, 3.19, 3.27, 3.49).
#[track_caller]
fn check_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].is_string());
    for run in log["runs"].as_array().unwrap() {
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string());
        let rules = driver["rules"].as_array().unwrap();
        let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert!(rules.iter().all(|rule| rule["shortDescription"]["text"].is_string()));
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], ids[index]);
            assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
            assert!(result["message"]["text"].is_string());
            for location in result["locations"].as_array().unwrap() {
                let place = &location["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                assert!(uri.is_ascii() && !uri.contains(' '), "{uri}");
                assert!(place["region"].is_null() || place["region"]["startLine"].as_u64().unwrap() >= 1);
            }
        }
        for invocation in run["invocations"].as_array().unwrap() {
            assert!(invocation["executionSuccessful"].is_boolean());
        }
    }
}
