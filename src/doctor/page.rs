//! The doctor's page, `docs/doctor.md`: every kind of finding, from the tables that findings are made of.

use std::fmt::Write as _;

use super::kind::{ANY_MAIL_SERVER, Harm, Kind};
use super::{clientpass, dovecot, nginx, postfix, saslauthd};

const HEAD: &str = "\
# What `clientpass doctor` finds

<!-- Made by `clientpass doctor --kinds > docs/doctor.md`; a test fails where the two differ. -->

`clientpass doctor` looks at clientpass and at the mail servers of this machine, or at what they print (`doveconf -n`,
`postconf -n`, `postconf -M`, `nginx -T`, the files of saslauthd) on another one. It changes nothing. Each finding says what was found, what comes of
it, and the line to change; with `--json` it has the code and the harm that stand here. Exit code 0 where nothing must be put
right, 1 where something must, 2 for wrong arguments.

What lets somebody in comes first:

";

const HARMS: [Harm; 5] = [Harm::LetsIn, Harm::Discloses, Harm::KeepsOut, Harm::WillHurt, Harm::Know];

/// A program, and the kinds of findings about it.
fn programs() -> [(&'static str, &'static [&'static Kind]); 6] {
    [
        ("clientpass", clientpass::kinds::ALL),
        ("Dovecot", dovecot::kinds::ALL),
        ("Postfix", postfix::kinds::ALL),
        ("nginx", nginx::kinds::ALL),
        ("saslauthd", saslauthd::kinds::ALL),
        ("Any of these mail servers", ANY_MAIL_SERVER),
    ]
}

/// The page, as Markdown.
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    page.push_str("| harm | | |\n|---|---|---|\n");
    for harm in HARMS {
        let (code, name, severity) = (code(harm), name(harm), severity(harm));
        // Writing into a String does not fail.
        let _ = writeln!(page, "| `{code}` | {name} | {severity} |");
    }

    for (program, kinds) in programs() {
        let _ = writeln!(page, "\n## {program}");
        let mut kinds = kinds.to_vec();
        kinds.sort_by_key(|kind| kind.harm);
        for kind in kinds {
            entry(kind, &mut page);
        }
    }
    page
}

fn entry(kind: &Kind, page: &mut String) {
    let Kind { code: name, harm, found, why, change } = kind;
    let _ = writeln!(page, "\n### `{name}`: {}\n", code(*harm));
    let _ = writeln!(page, "- **Found when** {}", sentence(found));
    let _ = writeln!(page, "- **What comes of it:** {}", sentence(why));
    let _ = writeln!(page, "- **What to change:** {}", sentence(change));
}

/// With the full stop that a finding does not need.
fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.into() } else { format!("{text}.") }
}

/// The harm as `--json` has it.
const fn code(harm: Harm) -> &'static str {
    match harm {
        Harm::LetsIn => "lets_in",
        Harm::Discloses => "discloses",
        Harm::KeepsOut => "keeps_out",
        Harm::WillHurt => "will_hurt",
        Harm::Know => "know",
    }
}

const fn name(harm: Harm) -> &'static str {
    match harm {
        Harm::LetsIn => "Somebody gets in who should not, or whoever was cut off gets in again.",
        Harm::Discloses => "Somebody reads passwords, keys or data that are not theirs.",
        Harm::KeepsOut => {
            "Mail clients with the right password do not get in, or the service does not start."
        }
        Harm::WillHurt => "It works today, and will hurt.",
        Harm::Know => "Nothing is wrong; it is good to know.",
    }
}

const fn severity(harm: Harm) -> &'static str {
    match harm.severity() {
        super::Severity::Error => "error",
        super::Severity::Warning => "warning",
        super::Severity::Note => "note",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn folder(program: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/doctor").join(program)
    }

    /// The sources of a program: those of its judge, and those of its table, which may be in parts.
    fn sources_of(program: &str) -> (String, Vec<(PathBuf, String)>) {
        let files = fs::read_dir(folder(program)).unwrap().map(|entry| entry.unwrap().path());
        let read = |path: PathBuf| (path.clone(), fs::read_to_string(path).unwrap());
        let name = |path: &PathBuf| path.file_stem().and_then(|name| name.to_str()).unwrap().to_owned();

        let sources = files.filter(|path| path.is_file() && name(path) != "tests").map(read);
        let (table, judge): (Vec<_>, Vec<_>) = sources.partition(|(path, _)| name(path).starts_with("kinds"));
        (judge.into_iter().map(|(_, text)| text).collect(), table)
    }

    #[test]
    fn every_kind_of_a_table_is_on_the_page_and_is_found_by_a_judge() {
        for (program, kinds) in programs().into_iter().take(5) {
            let program = program.to_lowercase();
            let (judge, table) = sources_of(&program);
            let all = fs::read_to_string(folder(&program).join("kinds.rs")).unwrap();

            let lines = table.iter().flat_map(|(_, text)| text.lines());
            let named = lines.filter_map(|line| line.strip_prefix("pub(super) static "));
            let named: Vec<&str> = named.map(|line| line.split(':').next().unwrap()).collect();

            assert_eq!(named.len(), kinds.len(), "{program}: a kind is not in ALL, or is there twice");
            for name in named {
                let listed = [format!("    &{name},\n"), format!("::{name},\n")];
                assert!(listed.iter().any(|line| all.contains(line)), "{program}: {name} is not in ALL");
                let found = [",", ")", " ", "\n"].iter().any(|end| judge.contains(&format!("::{name}{end}")));
                assert!(found, "{program}: nothing finds {name}");
            }
        }
    }

    #[test]
    fn a_code_belongs_to_one_program_and_every_text_says_something() {
        let mut seen = BTreeSet::new();
        for (program, kinds) in programs() {
            let codes: BTreeSet<&str> = kinds.iter().map(|kind| kind.code).collect();
            assert!(codes.iter().all(|code| seen.insert(*code)), "{program} has a code of another program");

            let whens: BTreeSet<&str> = kinds.iter().map(|kind| kind.found).collect();
            assert_eq!(whens.len(), kinds.len(), "{program}: two kinds are found for the same reason");
            for kind in kinds {
                assert!([kind.found, kind.why, kind.change].iter().all(|text| text.len() > 5), "{kind:?}");
            }
        }
    }

    #[test]
    fn the_page_says_the_harms_as_findings_do() {
        for harm in HARMS {
            assert_eq!(serde_json::to_value(harm).unwrap(), code(harm));
            assert_eq!(serde_json::to_value(harm.severity()).unwrap(), severity(harm));
        }
        assert!(HARMS.is_sorted());

        let page = markdown();
        let (first, last) = (page.find("`dovecot_order`: lets_in"), page.find("`dovecot_order`: will_hurt"));
        assert!(first.is_some() && first < last, "{page}");
    }
}
