//! What `postconf -n` and `postconf -M` print: settings, and the services with settings of their own.

use std::collections::BTreeMap;

/// Settings by name.
pub(super) type Settings = BTreeMap<String, String>;

/// A line of `master.cf`.
#[derive(Debug)]
pub(super) struct Service {
    /// `submission` or `587`, maybe with an address before it.
    pub(super) name: String,
    /// The program of Postfix that runs, such as `smtpd`.
    pub(super) command: String,
    /// Its column: `y`, `n` or `-`.
    pub(super) chroot: String,
    /// What `-o` sets.
    pub(super) overrides: Settings,
}

/// Reads `postconf -n`, or a `main.cf`.
pub(super) fn settings(printed: &str) -> Settings {
    let pairs = logical_lines(printed).into_iter().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    });
    pairs.collect()
}

/// Reads `postconf -M`, or a `master.cf`.
pub(super) fn services(printed: &str) -> Vec<Service> {
    logical_lines(printed).iter().filter_map(|line| service(line)).collect()
}

/// A time as Postfix writes it: a number, of seconds unless a letter says of what.
pub(super) fn seconds(time: &str) -> Option<u64> {
    let digits = time.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match time.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// A line that begins with white space goes on with the one before it.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();

    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.trim().to_owned()),
        }
    }

    lines
}

fn service(line: &str) -> Option<Service> {
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let mut columns = words.by_ref().skip(3);
    let (chroot, command) = (columns.next()?.to_owned(), columns.nth(2)?.to_owned());
    let rest: Vec<&str> = words.collect();
    Some(Service { name, command, chroot, overrides: overrides(&rest.join(" ")) })
}

/// `-o key=value`, or `-o { key = value with spaces }`.
fn overrides(arguments: &str) -> Settings {
    let mut found = Settings::new();

    for argument in format!(" {arguments}").split(" -o").skip(1) {
        let argument = argument.trim();
        let inside =
            argument.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(inside, _)| inside);
        let text = inside.or_else(|| argument.split_whitespace().next()).unwrap_or("");

        if let Some((key, value)) = text.split_once('=') {
            found.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }

    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_read_with_what_they_override() {
        let read = services(
            "# comment\nsubmission inet n       -       y       -       -       smtpd\n  -o syslog_name=postfix/x\n\
             \t-o smtpd_tls_security_level=encrypt\n  -o { smtpd_banner = $myhostname ESMTP }\n\
             pickup     unix  n       -       -       60      1       pickup\nbroken line\n",
        );

        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].name.as_str(), read[0].command.as_str(), read[0].chroot.as_str()),
            ("submission", "smtpd", "y")
        );

        assert_eq!(read[0].overrides["smtpd_tls_security_level"], "encrypt");
        assert_eq!(read[0].overrides["smtpd_banner"], "$myhostname ESMTP");
        assert_eq!((read[1].command.as_str(), read[1].overrides.len()), ("pickup", 0));
    }

    #[test]
    fn a_setting_goes_on_in_the_next_line() {
        let read = settings("a = b,\n   c\n# a = d\nempty =\n");
        assert_eq!((read["a"].as_str(), read["empty"].as_str()), ("b, c", ""));
    }
}
