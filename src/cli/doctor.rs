//! `clientpass doctor`: says what is misconfigured, ours and the mail server's side. What it looks at and judges by is
//! in `doctor`; here are its arguments, and how its findings are shown.

use std::path::PathBuf;

use serde_json::json;

use super::terminal::{print_json, say};
use crate::config::Config;
use crate::doctor::probe::programs::{Printed, program};
use crate::doctor::{About, Finding, Severity, clientpass, dovecot, nginx, postfix};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass doctor                            this machine: clientpass, and the mail servers that are installed
  doveconf -n > dovecot.txt                    on another machine; then here, as if it were that one:
  clientpass doctor --dovecot dovecot.txt
  clientpass doctor --postfix <(postconf -n) --postfix-master <(postconf -M) --nginx <(nginx -T) --json

Run it as root, or as the user that clientpass runs as. It changes nothing. Exit code 0 where nothing is wrong
(warnings and notes do not count), 1 where something is, 2 for wrong arguments.";

/// What is wanted.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What `doveconf -n` printed
    #[arg(long, value_name = "FILE", value_parser = read)]
    dovecot: Option<Text>,
    /// The file that passdb oauth2 of Dovecot 2.3 names
    #[arg(long, value_name = "FILE", value_parser = read, requires = "dovecot")]
    dovecot_grant: Option<Text>,
    /// What `postconf -n` printed
    #[arg(long, value_name = "FILE", value_parser = read)]
    postfix: Option<Text>,
    /// What `postconf -M` printed
    #[arg(long, value_name = "FILE", value_parser = read, requires = "postfix")]
    postfix_master: Option<Text>,
    /// What `nginx -T` printed
    #[arg(long, value_name = "FILE", value_parser = read)]
    nginx: Option<Text>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What a program has printed, in a file.
#[derive(Clone)]
struct Text(String);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text")
    }
}

fn read(path: &str) -> Result<Text, String> {
    let bytes = std::fs::read(PathBuf::from(path)).map_err(|why| why.to_string())?;
    Ok(Text(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Looks, and says what was found; an error where something is wrong.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    let mut outcome = Outcome::default();
    let seen = actix_web::rt::System::new().block_on(crate::doctor::probe::look(config));
    outcome.add(About::Clientpass, clientpass::judge(&seen));
    mail_servers(config, options, &mut outcome);
    // The worst first; of each kind as they came.

    outcome.findings.sort_by_key(|finding| finding.severity);
    let errors = outcome.count(Severity::Error);

    if options.json {
        print_json(&json!({"looked_at": outcome.looked_at, "findings": outcome.findings}))?;
    } else {
        tell(&outcome);
    }

    if errors == 0 { Ok(()) } else { Err(format!("{errors} of the findings must be put right")) }
}

/// What was looked at, and what was found.
#[derive(Default)]
struct Outcome {
    looked_at: Vec<About>,
    findings: Vec<Finding>,
}

impl Outcome {
    fn add(&mut self, what: About, found: Vec<Finding>) {
        self.looked_at.push(what);
        self.findings.extend(found);
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Those that are named, as they were captured; if none is, those that are installed here.
fn mail_servers(config: &Config, options: &Options, outcome: &mut Outcome) {
    let here = options.dovecot.is_none() && options.postfix.is_none() && options.nginx.is_none();

    let get = |captured: Option<&Text>, name, arguments| match captured {
        Some(text) => Printed::Text(text.0.clone()),
        None if here => program(name, arguments),
        None => Printed::NotInstalled,
    };
    let mut judged = |about, printed: Printed, judge: &dyn Fn(&str) -> Vec<Finding>| match printed {
        Printed::Text(text) => outcome.add(about, judge(&text)),
        Printed::Failed(finding) => outcome.findings.push(finding(about)),
        Printed::NotInstalled => {}
    };

    let listens = |doors: &[&str]| {
        doors
            .iter()
            .filter_map(|name| crate::doctor::probe::sockets::listens(config, name))
            .collect::<Vec<_>>()
    };

    let asked = [vec![config.server.listen.to_string()], listens(&["oauth2", "ldap"])].concat();
    let sockets = listens(&["dovecot"]);
    judged(About::Dovecot, get(options.dovecot.as_ref(), "doveconf", &["-n"]), &|text| {
        let beside = || std::fs::read_to_string(dovecot::grant_file(text)?).ok().map(Text);
        let grant = options.dovecot_grant.clone().or_else(|| here.then(beside).flatten());
        let grant = grant.as_ref().map(|file| file.0.as_str());
        dovecot::judge(dovecot::Printed { whole: text, grant }, &asked)
    });

    let master = match get(options.postfix_master.as_ref(), "postconf", &["-M"]) {
        Printed::Text(text) => Some(text),
        _ => None,
    };
    judged(About::Postfix, get(options.postfix.as_ref(), "postconf", &["-n"]), &|main| {
        postfix::judge(&postfix::Printed { main, master: master.as_deref() }, &sockets)
    });

    judged(About::Nginx, get(options.nginx.as_ref(), "nginx", &["-T"]), &|text| {
        nginx::judge(text, &listens(&["forward_auth"]))
    });
}

fn tell(outcome: &Outcome) {
    for Finding { severity, about, what, why, change, code } in &outcome.findings {
        let severity = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        say(&format!("{severity:<8} {}: {what}  [{code}]", name(*about)));
        say(&format!("         {why}"));
        say(&format!("         change: {change}\n"));
    }

    let looked_at: Vec<&str> = outcome.looked_at.iter().copied().map(name).collect();
    say(&format!(
        "looked at {}: {} errors, {} warnings, {} notes",
        looked_at.join(", "),
        outcome.count(Severity::Error),
        outcome.count(Severity::Warning),
        outcome.count(Severity::Note)
    ));
}

fn name(about: About) -> &'static str {
    match about {
        About::Clientpass => "clientpass",
        About::Dovecot => "Dovecot",
        About::Postfix => "Postfix",
        About::Nginx => "nginx",
    }
}
