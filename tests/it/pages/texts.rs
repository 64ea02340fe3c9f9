//! The texts of the pages: whole in each language, none missing, none left over, and one for whatever can go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use clientpass::domain::audit::Action;
use clientpass::domain::client_password::EndReason;
use clientpass::domain::protocol::Protocol;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;

/// The messages of a language, each with the arguments that it uses.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn messages(language: &str) -> Messages {
    let mut found = Messages::new();
    for file in fs::read_dir(Path::new("src/pages/texts").join(language)).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let parsed = parse(text).unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in parsed.body {
            let Entry::Message(message) = entry else { continue };
            let mut arguments = BTreeSet::new();
            collect(message.value.as_ref().unwrap(), &mut arguments);
            let earlier = found.insert(message.id.name.clone(), arguments);
            assert!(earlier.is_none(), "{} is there twice", message.id.name);
        }
    }
    found
}

fn collect(pattern: &Pattern<String>, into: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => variable(inline, into),
            Expression::Select { selector, variants } => {
                variable(selector, into);
                for variant in variants {
                    collect(&variant.value, into);
                }
            }
        }
    }
}

fn variable(inline: &InlineExpression<String>, into: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => drop(into.insert(id.name.clone())),
        InlineExpression::Placeable { expression } => {
            if let Expression::Inline(inline) = &**expression {
                variable(inline, into);
            }
        }
        _ => {}
    }
}

/// The sources and templates of the pages.
fn sources() -> Vec<(String, String)> {
    fn within(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                within(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    within(Path::new("src/pages"), &mut found);
    found
}

/// What stands between quotation marks.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2).chain(text.split('"').step_by(2))
}

#[test]
fn both_languages_say_the_same_with_the_same_arguments() {
    let (english, chinese) = (messages("en"), messages("zh"));
    let names = |of: &Messages| of.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&english), names(&chinese));
    for (name, arguments) in &english {
        assert_eq!(arguments, &chinese[name], "{name}");
    }
    assert!(english.len() > 400);
}

#[test]
fn what_the_chinese_pages_say_is_chinese() {
    let english = fs::read_to_string("src/pages/texts/en/common.ftl").unwrap();
    for file in fs::read_dir("src/pages/texts/zh").unwrap() {
        let path = file.unwrap().path();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some((name, text)) = line.split_once(" = ").filter(|(name, _)| !name.starts_with(' ')) else {
                continue;
            };
            let plain = text.is_ascii();
            // Names of protocols and formats are the same everywhere.
            let short = text.len() < 16 || text.starts_with('{');
            assert!(!plain || short, "{}: {name} = {text}", path.display());
        }
    }
    assert!(english.contains("sign-in = "));
}

#[test]
fn every_message_is_used_and_none_is_missing() {
    let known = messages("en");
    let mut used = BTreeSet::new();
    let mut patterns = BTreeSet::new();
    for (_, text) in sources() {
        for literal in literals(&text) {
            used.insert(literal.to_owned());
            if literal.contains('{') && literal.contains('-') && !literal.contains(' ') {
                patterns.insert(literal.to_owned());
            }
        }
    }

    let fits = |name: &str, pattern: &str| {
        let (before, after) = (pattern.split('{').next().unwrap(), pattern.rsplit('}').next().unwrap());
        !before.is_empty() && name.starts_with(before) && name.ends_with(after)
    };
    let done = sources()
        .iter()
        .flat_map(|(_, text)| {
            text.split("done=")
                .skip(1)
                .map(|rest| {
                    rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect::<String>()
                })
                .collect::<Vec<_>>()
        })
        .collect::<BTreeSet<_>>();

    for name in known.keys() {
        let by_done = name
            .strip_prefix("done-")
            .is_some_and(|name| done.iter().any(|done| name.starts_with(done.as_str())));
        let is_used = used.contains(name) || by_done || patterns.iter().any(|pattern| fits(name, pattern));
        assert!(is_used, "{name} is used nowhere");
    }

    for (file, text) in sources() {
        for call in [".say(\"", ".with(\"", ".with_two(\"", ".with_three(\""] {
            for rest in text.split(call).skip(1) {
                let name = rest.split('"').next().unwrap();
                assert!(known.contains_key(name), "{file} says {name}, which no language knows");
            }
        }
    }
    for done in done.iter().filter(|done| !done.is_empty() && !done.ends_with('-')) {
        assert!(known.contains_key(&format!("done-{done}")), "done-{done}");
    }
}

#[test]
fn punctuation_beside_texts_is_a_text_itself() {
    // Beside a text or value of a template, and within its attributes.
    let wrong = |markup: &str| {
        markup.split("}}").skip(1).find_map(|rest| {
            let mut after = rest.chars();
            let (first, next) = (after.next()?, after.next());
            let ends = next.is_none_or(|next| next.is_whitespace() || matches!(next, '<' | '{' | '"'));
            (matches!(first, ',' | ';' | ':' | '.' | '!' | '?' | ')') && ends).then(|| rest.to_owned())
        })
    };
    let without = |text: &str, open: &str, close: &str| {
        let mut parts = text.split(open);
        let first = parts.next().unwrap_or("").to_owned();
        parts.fold(first, |done, part| done + part.split_once(close).map_or("", |(_, rest)| rest))
    };

    let is_template = |file: &str| Path::new(file).extension().is_some_and(|end| end == "html");
    for (file, text) in sources().iter().filter(|(file, _)| is_template(file)) {
        let bare = without(text, "{%", "%}");
        for markup in [bare.clone(), without(&bare, "<", ">")] {
            assert_eq!(wrong(&markup), None, "{file}");
        }
    }
    assert!(wrong("{{ a }}, {{ b }}").is_some() && wrong("{{ a }}/{{ b }}").is_none());
}

#[test]
fn english_is_plain() {
    for file in fs::read_dir("src/pages/texts/en").unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for odd in ["for ever", "econd factor", "odes are taken", "ake codes", "Let the member"] {
            assert!(!text.contains(odd), "{}: {odd}", path.display());
        }
    }
}

#[test]
fn whatever_can_go_wrong_has_a_text() {
    let known = messages("en");
    let spec = fs::read_to_string("openapi.yaml").unwrap();
    let list = spec.split("\n    ProblemCode:\n").nth(1).unwrap().lines().skip(2);
    let codes: Vec<&str> = list.map_while(|line| line.strip_prefix("        - ")).collect();
    assert!(codes.len() > 30, "{codes:?}");
    for code in codes {
        let name = format!("problem-{}", code.replace('_', "-"));
        assert!(known.contains_key(&name) && known.contains_key(&format!("{name}-advice")), "{name}");
    }

    for fault in [
        "unknown",
        "missing",
        "duplicate",
        "malformed",
        "too-long",
        "too-short",
        "out-of-range",
        "not-allowed",
        "not-found",
    ] {
        assert!(known.contains_key(&format!("fault-{fault}")), "{fault}");
    }
    for reason in EndReason::ALL {
        assert!(known.contains_key(&format!("ended-{}", reason.name().replace('_', "-"))), "{reason:?}");
    }
    for protocol in Protocol::ALL {
        assert!(known.contains_key(&format!("protocol-{}", protocol.name())), "{protocol:?}");
    }
    for action in Action::ALL {
        assert!(
            known.contains_key(&format!("action-{}", action.name().replace(['.', '_'], "-"))),
            "{action:?}"
        );
    }
}
