//! `clientpass doctor`: says what is misconfigured, ours and the mail server's side. What it looks at and judges by is
//! in `doctor`; here are its arguments, and how its findings are shown.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::terminal::{print_json, say};
use crate::config::{Config, Unknown};
use crate::doctor::opened::{Door, Opened};
use crate::doctor::probe::programs::{Printed, program};
use crate::doctor::{About, Finding, Severity, clientpass, dovecot, nginx, page, postfix, probe, saslauthd};
use crate::domain::protocol::Protocol;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass doctor                            this machine: clientpass, and the mail servers that are installed
  doveconf -n > dovecot.txt                    on another machine; then here, as if it were that one:
  clientpass doctor --dovecot dovecot.txt
  clientpass doctor --postfix <(postconf -n) --postfix-master <(postconf -M) --nginx <(nginx -T) --json

Run it as root, or as the user that clientpass runs as. It changes nothing. Exit code 0 where nothing is wrong
(warnings and notes do not count), 1 where something is, 2 for wrong arguments. What it looks for, what comes of it and
what to change is listed in docs/doctor.md, which --kinds prints.";

/// What is wanted.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What `doveconf -n` printed
    #[arg(long, value_name = "FILE", value_parser = read)]
    dovecot: Option<Text>,
    /// The file that passdb oauth2 of Dovecot 2.3 names
    #[arg(long, value_name = "FILE", value_parser = read, requires = "dovecot")]
    dovecot_grant: Option<Text>,
    /// Another file that a passdb of Dovecot 2.3 names, under the name that it has there; may be given more than once
    #[arg(long, value_name = "FILE", value_parser = read_named, requires = "dovecot")]
    dovecot_ext: Vec<Named>,
    /// What `postconf -n` printed
    #[arg(long, value_name = "FILE", value_parser = read)]
    postfix: Option<Text>,
    /// What `postconf -M` printed
    #[arg(long, value_name = "FILE", value_parser = read, requires = "postfix")]
    postfix_master: Option<Text>,
    /// What `nginx -T` printed
    #[arg(long, value_name = "FILE", value_parser = read)]
    nginx: Option<Text>,
    /// The file saslauthd.conf of Cyrus saslauthd
    #[arg(long, value_name = "FILE", value_parser = read)]
    saslauthd: Option<Text>,
    /// The file /etc/default/saslauthd, which says how it is started; may be given more than once
    #[arg(long, value_name = "FILE", value_parser = read, requires = "saslauthd")]
    saslauthd_start: Vec<Text>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    /// Print every kind of finding, as Markdown, and look at nothing
    #[arg(long, conflicts_with_all = ["json", "dovecot", "postfix", "nginx", "saslauthd"])]
    kinds: bool,
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

/// A text, and the name of its file.
#[derive(Clone, Debug)]
struct Named(PathBuf, Text);

fn read_named(path: &str) -> Result<Named, String> {
    Ok(Named(path.into(), read(path)?))
}

/// Looks, and says what was found; an error where something is wrong. `written` is the file that the configuration comes
/// from; where it cannot be read there is a reason for that instead.
pub fn run(config: Result<&Config, &str>, written: Option<&Path>, options: &Options) -> Result<(), String> {
    if options.kinds {
        say(page::markdown().trim_end());
        return Ok(());
    }

    let mut outcome = Outcome::default();
    match config {
        Ok(config) => {
            let seen = actix_web::rt::System::new().block_on(probe::look(config, written));
            outcome.add(About::Clientpass, clientpass::judge(&seen));
            mail_servers(config, options, &mut outcome);
        }
        Err(why) => outcome.add(About::Clientpass, clientpass::unreadable(why)),
    }

    // What lets somebody in comes first; of each harm as they came.
    outcome.findings.sort_by_key(|finding| finding.harm);
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

    /// Judges what was printed of one program, if it was.
    fn judged(&mut self, about: About, printed: Printed, judge: impl FnOnce(&str) -> Vec<Finding>) {
        match printed {
            Printed::Text(text) => self.add(about, judge(&text)),
            Printed::Failed(findings) => self.findings.extend(findings(about)),
            Printed::NotInstalled => {}
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Those that are named, as they were captured; if none is, those that are installed here.
fn mail_servers(config: &Config, options: &Options, outcome: &mut Outcome) {
    let named = [&options.dovecot, &options.postfix, &options.nginx, &options.saslauthd];
    let here = named.iter().all(|captured| captured.is_none());

    let get = |captured: Option<&Text>, name, arguments| match captured {
        Some(text) => Printed::Text(text.0.clone()),
        None if here => program(name, arguments),
        None => Printed::NotInstalled,
    };

    let opened = probe::sockets::opened(config, here);
    outcome.judged(About::Dovecot, get(options.dovecot.as_ref(), "doveconf", &["-n"]), |text| {
        let files = if here { probe::dovecot::look(text) } else { captured(text, options) };
        let printed = dovecot::Printed {
            whole: text,
            files: &files,
            defers_unknown: config.verify.unknown_login == Unknown::Defer,
        };
        let ours = listens(&opened, &[Door::Api, Door::OAuth2, Door::Ldap]);
        [dovecot::judge(printed, &ours), dovecot::doors::judge(printed, &opened)].concat()
    });

    let master = match get(options.postfix_master.as_ref(), "postconf", &["-M"]) {
        Printed::Text(text) => Some(text),
        _ => None,
    };
    outcome.judged(About::Postfix, get(options.postfix.as_ref(), "postconf", &["-n"]), |main| {
        let printed = postfix::Printed { main, master: master.as_deref() };
        let ours = listens(&opened, &[Door::Dovecot]);
        [postfix::judge(&printed, &ours), postfix::doors::judge(&printed, &opened)].concat()
    });

    outcome.judged(About::Nginx, get(options.nginx.as_ref(), "nginx", &["-T"]), |text| {
        let front = nginx::front::judge(text, &opened, &config.server.trusted_proxies);
        let proxy = listens(&opened, &[Door::NginxMail]);
        let next = nginx::next_source::judge(text, &proxy, leaves_smtp(config));
        let ours = listens(&opened, &[Door::ForwardAuth]);
        [nginx::judge(text, &ours), nginx::doors::judge(text, &opened), front, next].concat()
    });

    saslauthd(options, here, &opened, outcome);
}

/// Cyrus saslauthd, which prints nothing: its files say how it asks.
fn saslauthd(options: &Options, here: bool, opened: &Opened, outcome: &mut Outcome) {
    let settings = match &options.saslauthd {
        Some(text) => Printed::Text(text.0.clone()),
        None if here => probe::saslauthd::settings(),
        None => Printed::NotInstalled,
    };
    outcome.judged(About::Saslauthd, settings, |settings| {
        let given = options.saslauthd_start.iter().map(|text| text.0.clone()).collect();
        let (start, mode) =
            if here { (probe::saslauthd::start(), probe::saslauthd::mode()) } else { (given, None) };
        saslauthd::judge(&saslauthd::Printed { settings, start: &start, mode }, opened)
    });
}

/// The files that another machine's Dovecot names, as far as they were given.
fn captured(printed: &str, options: &Options) -> Vec<dovecot::files::Named> {
    let ext = |path: &str| {
        let name = Path::new(path).file_name();
        let Named(_, text) = options.dovecot_ext.iter().find(|Named(file, _)| file.file_name() == name)?;
        Some(text.clone())
    };
    let files = dovecot::files::wanted(printed).into_iter().filter(|wanted| wanted.purpose.is_settings());
    let files = files.filter_map(|wanted| {
        let grant =
            options.dovecot_grant.clone().filter(|_| wanted.purpose == dovecot::files::Purpose::Grant);
        let text = grant.or_else(|| ext(&wanted.path))?;
        Some(dovecot::files::Named { path: wanted.path, text: Some(text.0), way: None, reader: None })
    });
    files.collect()
}

/// Whether whom clientpass defers goes on to a mail server behind nginx, over SMTP.
fn leaves_smtp(config: &Config) -> bool {
    let mut routes = config.doors.nginx_mail.iter().flat_map(|door| &door.routes);
    routes.any(|route| route.protocol == Protocol::Smtp && route.checks_passwords)
}

/// Where those of these doors listen that are open.
fn listens(opened: &Opened, doors: &[Door]) -> Vec<String> {
    doors.iter().filter_map(|door| opened.place(*door)).map(str::to_owned).collect()
}

fn tell(outcome: &Outcome) {
    for Finding { severity, about, what, why, change, code, .. } in &outcome.findings {
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
        About::Saslauthd => "saslauthd",
    }
}
