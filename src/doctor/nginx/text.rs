//! What `nginx -T` prints, as a tree of directives; files that are included stand where they are included.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// A directive, with those in its block.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    /// Its name and what stands behind it.
    pub(super) words: Vec<String>,
    /// What is between its braces.
    pub(super) inside: Vec<Directive>,
}

impl Directive {
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// What stands behind its name.
    pub(super) fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or(&[])
    }

    /// The first word behind its name.
    pub(super) fn argument(&self) -> &str {
        self.arguments().first().map_or("", String::as_str)
    }

    /// Those of a name in it, however deep.
    pub(super) fn all(&self, name: &str) -> Vec<&Self> {
        let deeper = self.inside.iter().flat_map(|inner| inner.all(name));
        self.inside.iter().filter(|inner| inner.name() == name).chain(deeper).collect()
    }

    /// The blocks in it that a request to a server may go on in.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &Self> {
        self.inside.iter().filter(|inner| ["location", "if", "limit_except"].contains(&inner.name()))
    }

    /// Whether a word of it, or of what is in it, is such.
    pub(super) fn any_word(&self, such: &dyn Fn(&str) -> bool) -> bool {
        self.words.iter().any(|word| such(word)) || self.inside.iter().any(|inner| inner.any_word(such))
    }
}

/// The blocks around a directive, outermost first.
pub(super) type Around<'a> = [&'a Directive];

/// What holds of a directive that a block inherits only where it has none of its own: all of the innermost that has any.
pub(super) fn in_force<'a>(around: &Around<'a>, name: &'a str) -> Vec<&'a Directive> {
    let levels = around.iter().rev().map(|block| named(&block.inside, name).collect::<Vec<_>>());
    levels.into_iter().find(|level| !level.is_empty()).unwrap_or_default()
}

/// Those of a name.
pub(super) fn named<'a>(among: &'a [Directive], name: &'a str) -> impl Iterator<Item = &'a Directive> {
    among.iter().filter(move |directive| directive.name() == name)
}

const HEAD: &str = "# configuration file ";
/// Files include files, but not without end.
const DEPTH: usize = 8;

/// Reads it; also a file by itself.
pub(super) fn read(printed: &str) -> Vec<Directive> {
    let mut files: Vec<(String, String)> = vec![(String::new(), String::new())];

    for line in printed.lines() {
        match line.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix(':')) {
            Some(path) => files.push((path.to_owned(), String::new())),
            None => {
                if let Some((_, text)) = files.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }

    // Before the first head there are only remarks of nginx about its test.
    let Some((first, text)) = files.get(1).or(files.first()) else { return Vec::new() };
    let folder = first.rsplit_once('/').map_or("", |(folder, _)| folder);
    let parsed = files.iter().map(|(path, text)| (path.clone(), directives(text))).collect();
    expand(&directives(text), folder, &parsed, DEPTH)
}

/// Puts the files that are included in the place of their `include`.
fn expand(
    of: &[Directive],
    folder: &str,
    files: &BTreeMap<String, Vec<Directive>>,
    depth: usize,
) -> Vec<Directive> {
    let mut expanded = Vec::new();

    for directive in of {
        let inside = expand(&directive.inside, folder, files, depth);
        if directive.name() == "include" && depth > 0 {
            let pattern = directive.argument();
            let pattern =
                if pattern.starts_with('/') { pattern.into() } else { format!("{folder}/{pattern}") };
            for (_, text) in files.iter().filter(|(path, _)| matches(&pattern, path)) {
                expanded.extend(expand(text, folder, files, depth - 1));
            }
        } else {
            expanded.push(Directive { words: directive.words.clone(), inside });
        }
    }

    expanded
}

/// Whether a path fits a pattern in which `*` stands for anything but a slash.
fn matches(pattern: &str, path: &str) -> bool {
    let (patterns, parts) = (pattern.split('/'), path.split('/'));
    patterns.clone().count() == parts.clone().count()
        && patterns.zip(parts).all(|(pattern, part)| fits(pattern, part))
}

fn fits(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
}

fn directives(text: &str) -> Vec<Directive> {
    let mut open: Vec<Directive> = vec![Directive { words: Vec::new(), inside: Vec::new() }];
    let mut words = Vec::new();

    for token in tokens(text) {
        match token {
            Token::Word(word) => words.push(word),
            Token::Mark('{') => {
                open.push(Directive { words: std::mem::take(&mut words), inside: Vec::new() });
            }
            Token::Mark('}') if open.len() > 1 => {
                let done = open.pop();
                if let (Some(done), Some(around)) = (done, open.last_mut()) {
                    around.inside.push(done);
                }
            }
            Token::Mark(_) => {
                let directive = Directive { words: std::mem::take(&mut words), inside: Vec::new() };
                if let (Some(around), false) = (open.last_mut(), directive.words.is_empty()) {
                    around.inside.push(directive);
                }
            }
        }
    }

    open.into_iter().next().map_or_else(Vec::new, |whole| whole.inside)
}

enum Token {
    Word(String),
    Mark(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();

    while let Some(first) = rest.next() {
        match first {
            '{' | '}' | ';' => found.push(Token::Mark(first)),
            '#' => while rest.next_if(|c| *c != '\n').is_some() {},
            '"' | '\'' => found.push(Token::Word(quoted(&mut rest, first))),
            c if c.is_whitespace() => {}
            c => found.push(Token::Word(word(&mut rest, c))),
        }
    }

    found
}

fn word(rest: &mut Peekable<Chars<'_>>, first: char) -> String {
    let mut word = String::from(first);
    loop {
        if word.ends_with('$') && rest.next_if_eq(&'{').is_some() {
            // `${name}`: braces inside a word.
            word.push('{');
        } else if let Some(c) = rest
            .next_if(|c| !c.is_whitespace() && *c != ';' && *c != '{' && (*c != '}' || word.contains("${")))
        {
            word.push(c);
        } else {
            return word;
        }
    }
}

fn quoted(rest: &mut Peekable<Chars<'_>>, quote: char) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\\' => text.extend(rest.next()),
            c if c == quote => break,
            c => text.push(c),
        }
    }

    text
}

/// `127.0.0.1:80` of `http://127.0.0.1:80/path` and of `127.0.0.1:80/path`; `unix:…` as it is.
pub fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    if rest.starts_with("unix:") { rest } else { rest.split('/').next().unwrap_or(rest) }
}

/// A time as nginx writes it: `5s`, `500ms`, `1m`, `60`.
pub fn seconds(time: &str) -> Option<u64> {
    let digits = time.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;

    match time.get(digits.len()..)? {
        "ms" => Some(number / 1000),
        "" | "s" => Some(number),
        "m" => Some(number * 60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_files_stand_where_they_are_included() {
        let read = read(
            "nginx: the configuration file is ok\n# configuration file /etc/nginx/nginx.conf:\nhttp { # {\n \
             include sites/*.conf;\n}\ninclude \"/opt/mail.conf\";\n\n# configuration file /etc/nginx/sites/a.conf:\n\
             server { listen 80; return 200 'a;b'; }\n# configuration file /etc/nginx/sites/a.conf.old:\nserver {}\n\
             # configuration file /opt/mail.conf:\nmail { auth_http http://${a}b; }\n",
        );

        let http = named(&read, "http").next().unwrap();
        assert_eq!(http.inside.len(), 1);
        assert_eq!(http.inside[0].inside[1].words, ["return", "200", "a;b"]);
        assert_eq!(named(&read, "mail").count(), 1);
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn a_file_by_itself_is_read_and_a_broken_one_survived() {
        assert_eq!(read("mail { server { listen 143; } }")[0].inside[0].inside[0].argument(), "143");
        assert_eq!(read("}}}; a b; c {").len(), 1);
        assert_eq!(read("").len(), 0);
        // One that includes itself.
        let own = read("# configuration file /a/b:\ninclude b; x;\n");
        assert!(own.iter().all(|directive| ["x", "include"].contains(&directive.name())));
    }

    #[test]
    fn a_star_is_anything_but_a_slash() {
        for (pattern, path) in
            [("/e/*.conf", "/e/a.conf"), ("/e/*", "/e/a"), ("/*/a*c", "/x/abc"), ("/e/a", "/e/a")]
        {
            assert!(matches(pattern, path), "{pattern} {path}");
        }

        for (pattern, path) in
            [("/e/*.conf", "/e/a/b.conf"), ("/e/*.conf", "/e/a.conf.old"), ("/e/a", "/e/b")]
        {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
