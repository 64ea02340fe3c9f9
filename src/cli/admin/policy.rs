//! `clientpass admin policy`: shown as it may be put, put, tried before, and explained for a member.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli::terminal::{note, print_json, read, say};
use crate::domain::policy::{CountedForm, CutOffForm, ExplainedForm, PolicyForm, PreviewForm, SourceForm};
use crate::service::administration::{ExplainedListing, PolicyListing, Task};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin policy show > policy.json          the version goes to standard error
  clientpass admin policy put policy.json --if-match 3 --dry-run
  clientpass admin policy what-if policy.json
  clientpass admin policy put policy.json --if-match 3
  clientpass admin policy explain alice@example.org";

/// What is asked about the policy.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print the policy exactly as it may be put, and its version to standard error
    #[command(after_help = "Example:\n  clientpass admin policy show > policy.json")]
    Show,
    /// Put a policy; it holds from the next check on
    #[command(
        after_help = "Examples:\n  clientpass admin policy put policy.json --if-match 3\n  clientpass admin policy put - --force < policy.json\n\nWhat the file leaves out has its default."
    )]
    Put {
        /// File with the policy as JSON; - reads it from standard input
        file: String,
        /// The version that it takes the place of, as `clientpass admin policy show` says it
        #[arg(long, value_name = "VERSION", required_unless_present = "force", conflicts_with = "force")]
        if_match: Option<i64>,
        /// In the place of whatever there is
        #[arg(long)]
        force: bool,
        /// Only say whom it would cut off, by which settings
        #[arg(long)]
        dry_run: bool,
    },
    /// Say which log-ins of the last days a policy would refuse; nothing is put
    #[command(
        after_help = "Example:\n  clientpass admin policy what-if policy.json\n\nThe log-ins of all active members are judged as if the policy were put now and the same mail clients came again.\nBeside it `put --dry-run` counts who may do less, whether they did it lately or not."
    )]
    WhatIf {
        /// File with the policy as JSON; - reads it from standard input
        file: String,
    },
    /// Say which value of each setting holds for a member, and where it comes from
    #[command(after_help = "Example:\n  clientpass admin policy explain alice@example.org")]
    Explain {
        /// Login of the member
        login: String,
    },
}

impl Command {
    /// What is to be done.
    pub fn task(self) -> Result<Task, String> {
        Ok(match self {
            Self::Show => Task::Policy,
            Self::Put { file, if_match: version, force: _, dry_run } => {
                let policy = policy_in(&file)?;
                if dry_run {
                    Task::PreviewPolicy { policy, version }
                } else {
                    Task::PutPolicy { policy, version }
                }
            }
            Self::WhatIf { file } => Task::WhatIfPolicy { policy: policy_in(&file)? },
            Self::Explain { login } => Task::ExplainPolicy { login },
        })
    }
}

/// The policy that stands in a file.
fn policy_in(file: &str) -> Result<Box<PolicyForm>, String> {
    let text = read(file)?;
    let policy = serde_json::from_str(&text);
    policy.map(Box::new).map_err(|error| format!("{}: this is no policy: {error}", named(file)))
}

fn named(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

/// Shows the policy as it may be put.
pub fn show(of: &PolicyListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    say(&serde_json::to_string_pretty(&of.policy).map_err(|error| error.to_string())?);
    note(&format!("version {0}; another takes its place with --if-match {0}", of.version));
    Ok(())
}

/// Shows whom a policy would cut off.
pub fn show_preview(of: &PreviewForm, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    if of.members == 0 {
        say(
            "nobody would lose anything; networks are not counted, because nobody knows where clients will come from",
        );
        return Ok(());
    }
    say(&format!(
        "{} and {} would lose something; networks are not counted",
        counted(of.members, "member"),
        counted(of.client_passwords, "client password")
    ));
    for CountedForm { setting, members, client_passwords } in &of.by_setting {
        let (members, passwords) =
            (counted(*members, "member"), counted(*client_passwords, "client password"));
        say(&format!("  {setting:<31}  {members}, {passwords}"));
    }
    for CutOffForm { login, by, client_passwords, .. } in &of.first {
        say(&format!("  {login:<31}  {}, {}", by.join(" "), counted(*client_passwords, "client password")));
    }
    if of.members > of.first.len() as u64 {
        say(&format!("  and {} more", of.members - of.first.len() as u64));
    }
    Ok(())
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Shows which value of each setting holds for a member, and what else was said.
pub fn show_explained(of: &ExplainedListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    say(&format!("what holds for {}:", of.login));
    for setting in &of.explanation.settings {
        let value = value(&setting.value);
        say(&format!("  {:<31}  {value:<12}  {}", name(setting), source(&setting.source, &of.departments)));
        for other in &setting.others {
            let from = source(&other.source, &of.departments);
            let why_not = why_not(&other.why_not);
            say(&format!("  {:<31}  not {}, {from}: {why_not}", "", self::value(&other.value)));
        }
    }
    Ok(())
}

fn name(of: &ExplainedForm) -> String {
    match &of.protocol {
        Some(protocol) => format!("{} {protocol}", of.setting),
        None => of.setting.clone(),
    }
}

fn value(of: &Value) -> String {
    match of {
        Value::Null => "no limit".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Array(all) if all.is_empty() => "any".into(),
        Value::Array(all) => all.iter().map(value).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        // Of secure login: whether it is demanded, and from when on.
        Value::Object(demand) => match (demand.get("required"), demand.get("from")) {
            (Some(Value::Bool(true)), Some(Value::String(since))) => format!("required since {since}"),
            (Some(Value::Bool(true)), _) => "required".into(),
            (_, Some(Value::String(from))) => format!("required from {from}"),
            _ => "optional".into(),
        },
        Value::Number(number) => number.to_string(),
    }
}

fn source(of: &SourceForm, paths: &BTreeMap<String, String>) -> String {
    let path = |id: &String| paths.get(id).unwrap_or(id).clone();
    match (&of.department, of.kind.as_str()) {
        (Some(of), _) if of.department_id == of.of => format!("said for {}", path(&of.department_id)),
        (Some(of), _) => format!("said for {}, above {}", path(&of.department_id), path(&of.of)),
        (None, "default") => "by default".into(),
        (None, "organization") => "said for everyone".into(),
        (None, "member") => "said for the member".into(),
        (None, "exception") => "as an exception".into(),
        (None, other) => other.to_owned(),
    }
}

fn why_not(of: &str) -> &str {
    match of {
        "exception" => "an exception beats all",
        "member" => "the member's own goes before it",
        "department" => "what is said for a department goes before it",
        "nearer" => "a department nearer to the member goes before it",
        "deeper" => "a department deeper in the tree goes before it",
        "equally_deep_off" => "of equally deep departments off wins",
        "says_the_same" => "it says the same",
        other => other,
    }
}
