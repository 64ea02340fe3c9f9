//! `clientpass admin client-passwords`, `members list` and `export`, `audit`: lists of any length, shown or written to files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;

use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::filter::FilterOptions;
use crate::cli::order::order;
use crate::cli::terminal::{note, print_json, say};
use crate::config::Config;
use crate::service::admin::{AdminCommand, AdminReply};
use crate::service::administration::{ListQuery, Outcome, PieceListing, Task};

/// Items that are asked for at a time where a file is written.
const PIECE: u32 = 5_000;

/// What `--help` shows of client passwords.
pub const PASSWORD_EXAMPLES: &str = "\
Examples:
  clientpass admin client-passwords list --member alice@example.org
  clientpass admin client-passwords list --never-used --created-before 2026-01-01
  clientpass admin client-passwords export --output client-passwords.csv
  clientpass admin client-passwords export --state active --format ndjson --output - | gzip > live.ndjson.gz";

/// What `--help` shows of the audit log.
pub const AUDIT_EXAMPLES: &str = "\
Examples:
  clientpass admin audit list --login alice@example.org
  clientpass admin audit export --since 2026-01-01 --output audit.csv";

/// What is asked about client passwords.
#[derive(Debug, clap::Subcommand)]
pub enum Passwords {
    /// Show client passwords, newest first
    #[command(after_help = "Example:\n  clientpass admin client-passwords list --label Phone --state active")]
    List {
        #[command(flatten)]
        which: WhichPasswords,
        #[command(flatten)]
        shown: Shown,
    },
    /// Write all that match to a file
    #[command(
        after_help = "Example:\n  clientpass admin client-passwords export --output client-passwords.csv"
    )]
    Export {
        #[command(flatten)]
        which: WhichPasswords,
        #[command(flatten)]
        written: Written,
    },
}

/// What is asked about the audit log.
#[derive(Debug, clap::Subcommand)]
pub enum Audit {
    /// Show audit events, newest first
    #[command(after_help = "Example:\n  clientpass admin audit list --action bulk_revocation")]
    List {
        #[command(flatten)]
        which: WhichEvents,
        #[command(flatten)]
        shown: Shown,
    },
    /// Write all that match to a file
    #[command(after_help = "Example:\n  clientpass admin audit export --format ndjson --output audit.ndjson")]
    Export {
        #[command(flatten)]
        which: WhichEvents,
        #[command(flatten)]
        written: Written,
    },
}

/// Which client passwords; several conditions narrow each other.
#[derive(Debug, clap::Args)]
pub struct WhichPasswords {
    #[command(flatten)]
    filter: FilterOptions,
    /// In this state
    #[arg(long, value_parser = PossibleValuesParser::new(["active", "superseded", "expired", "revoked"]))]
    state: Option<String>,
    /// That ended for this reason
    #[arg(long, value_name = "REASON")]
    ended_reason: Option<String>,
}

/// Which members; several conditions narrow each other.
#[derive(Debug, clap::Args)]
pub struct WhichMembers {
    /// With this login, now or before they left
    #[arg(long)]
    login: Option<String>,
    /// In this state
    #[arg(long, value_parser = PossibleValuesParser::new(["active", "suspended", "left"]))]
    state: Option<String>,
    /// With this role
    #[arg(long, value_parser = PossibleValuesParser::new(["member", "auditor", "department_admin", "admin", "owner"]))]
    role: Option<String>,
    /// With secure login on or off
    #[arg(long, value_parser = PossibleValuesParser::new(["on", "off"]))]
    secure_login: Option<String>,
    /// In this department or below it, by its way from the top or its id
    #[arg(long)]
    department: Option<String>,
}

/// Which audit events; several conditions narrow each other.
#[derive(Debug, clap::Args)]
pub struct WhichEvents {
    /// About the member with this login
    #[arg(long)]
    login: Option<String>,
    /// With this action
    #[arg(long)]
    action: Option<String>,
    /// At or after this day or time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this day or time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// How much is shown.
#[derive(Debug, clap::Args)]
pub struct Shown {
    /// How many at the most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=5000))]
    limit: u32,
}

/// Where a file is written, and in which form.
#[derive(Debug, clap::Args)]
pub struct Written {
    /// csv for spreadsheets, ndjson for programs
    #[arg(long, default_value = "csv", value_parser = PossibleValuesParser::new(["csv", "ndjson"]))]
    format: String,
    /// The file, which must not be there yet; - for standard output
    #[arg(long, value_name = "FILE")]
    output: String,
}

/// A list, and what is done with it.
pub struct Listing {
    query: ListQuery,
    act: Act,
}

enum Act {
    Show(u32),
    Write(Written),
}

impl Passwords {
    /// The list, and what is done with it.
    pub fn listing(self) -> Listing {
        let (which, act) = match self {
            Self::List { which, shown } => (which, Act::Show(shown.limit)),
            Self::Export { which, written } => (which, Act::Write(written)),
        };
        let query = ListQuery::ClientPasswords {
            filter: Box::new(which.filter.named(false)),
            state: which.state,
            ended_reason: which.ended_reason,
        };
        Listing { query, act }
    }
}

impl Audit {
    /// The list, and what is done with it.
    pub fn listing(self) -> Listing {
        let (which, act) = match self {
            Self::List { which, shown } => (which, Act::Show(shown.limit)),
            Self::Export { which, written } => (which, Act::Write(written)),
        };
        let WhichEvents { login, action, since, until } = which;
        Listing { query: ListQuery::AuditEvents { login, action, since, until }, act }
    }
}

impl WhichMembers {
    fn query(self) -> ListQuery {
        let Self { login, state, role, secure_login, department } = self;
        let secure_login = secure_login.map(|word| word == "on");
        ListQuery::Members { login, state, role, secure_login, department }
    }

    /// The list of these members, to be shown.
    pub fn shown(self, shown: &Shown) -> Listing {
        Listing { query: self.query(), act: Act::Show(shown.limit) }
    }

    /// The list of these members, to be written.
    pub fn written(self, written: Written) -> Listing {
        Listing { query: self.query(), act: Act::Write(written) }
    }
}

/// Where a list is asked.
pub struct Source<'a> {
    /// The configuration of whoever serves.
    pub config: &'a Config,
    /// Id or name of the organization; none for the only one.
    pub organization: Option<String>,
}

impl Source<'_> {
    fn piece(
        &self,
        query: &ListQuery,
        format: &str,
        before: Option<String>,
        limit: u32,
    ) -> Result<PieceListing, String> {
        let task = Task::List { query: query.clone(), format: format.to_owned(), before, limit };
        let organization = self.organization.clone();
        match order(self.config, &AdminCommand::Administer { organization, task })? {
            AdminReply::Administered(Outcome::Listed(piece)) => Ok(piece),
            _ => Err("clientpass is of another version, and has answered something else".into()),
        }
    }
}

/// Shows a list, or writes it to a file.
pub fn run(source: &Source<'_>, listing: Listing, json: bool) -> Result<(), String> {
    match listing.act {
        Act::Show(limit) => show(source, &listing.query, limit, json),
        Act::Write(written) if written.output == "-" => {
            let mut output = io::stdout().lock();
            copy(source, &listing.query, &written, &mut output).map(drop)
        }
        Act::Write(written) => write(source, &listing.query, &written, json),
    }
}

fn show(source: &Source<'_>, query: &ListQuery, limit: u32, json: bool) -> Result<(), String> {
    let (mut items, mut before, most) = (Vec::new(), None, usize::try_from(limit).unwrap_or(usize::MAX));
    let more = loop {
        let left = u32::try_from(most.saturating_sub(items.len())).unwrap_or(limit);
        if left == 0 {
            break true;
        }
        let piece = source.piece(query, "ndjson", before, left)?;
        items.extend(piece.text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()));
        match piece.next {
            Some(next) => before = Some(next),
            None => break false,
        }
    };

    if json {
        return print_json(&json!({"items": items, "more": more}));
    }
    let columns = columns(query);
    let line = |cells: Vec<String>| {
        let padded = columns.iter().zip(cells).map(|((_, _, width), cell)| format!("{cell:<width$}"));
        say(padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(columns.iter().map(|(name, ..)| (*name).to_owned()).collect());
    for item in &items {
        line(columns.iter().map(|(_, place, _)| cell(item.pointer(place))).collect());
    }
    if more {
        note("there may be more: --limit shows up to 5000, export writes all");
    }
    Ok(())
}

type Columns = &'static [(&'static str, &'static str, usize)];

fn columns(query: &ListQuery) -> Columns {
    match query {
        ListQuery::ClientPasswords { .. } => &[
            ("id", "/id", 36),
            ("state", "/state", 10),
            ("last used", "/last_used/at", 20),
            ("login", "/login", 28),
            ("label", "/label", 0),
        ],
        ListQuery::Members { .. } => &[
            ("id", "/id", 36),
            ("state", "/state", 9),
            ("secure login", "/secure_login/enabled", 12),
            ("role", "/role", 16),
            ("login", "/login", 28),
            ("name", "/display_name", 0),
        ],
        ListQuery::AuditEvents { .. } => &[
            ("at", "/at", 27),
            ("action", "/action", 32),
            ("actor", "/actor/kind", 11),
            ("member", "/member_id", 36),
            ("reason", "/reason", 0),
        ],
    }
}

/// A value as it is shown; what a stranger typed moves no terminal.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(is_on)) => (if *is_on { "on" } else { "off" }).to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    text.chars().map(|one| if one.is_control() { '\u{fffd}' } else { one }).collect()
}

/// Writes a file beside its place and puts it there once it is whole: what is left of one that failed never has its name.
fn write(source: &Source<'_>, query: &ListQuery, written: &Written, json: bool) -> Result<(), String> {
    let (output, partial) = (&written.output, format!("{}.partial", written.output));
    let failed = |error: io::Error| format!("{output}: {error}");
    if fs::exists(output).map_err(failed)? {
        return Err(format!("{output} is there already; name another file"));
    }

    let mut file = private(&partial).map_err(|error| format!("{partial}: {error}"))?;
    let count = copy(source, query, written, &mut file)
        .map_err(|why| format!("{why}\nwhat has been written so far is in {partial} and is not all"))?;
    file.sync_all().and_then(|()| fs::rename(&partial, output)).map_err(failed)?;

    if json {
        return print_json(&json!({"file": output, "items": count}));
    }
    note(&format!("{count} written to {output}"));
    Ok(())
}

/// A file that nobody else reads.
fn private(path: &str) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Copies all that there is, and says how much that was.
fn copy(
    source: &Source<'_>,
    query: &ListQuery,
    written: &Written,
    output: &mut impl Write,
) -> Result<usize, String> {
    let failed = |error: io::Error| format!("{}: {error}", written.output);
    let shows_progress = io::stderr().is_terminal() && written.output != "-";
    let (mut count, mut before) = (0, None);

    loop {
        let begins = before.is_none();
        let piece = source.piece(query, &written.format, before, PIECE)?;
        let head = if begins { piece.head.as_str() } else { "" };
        output
            .write_all(head.as_bytes())
            .and_then(|()| output.write_all(piece.text.as_bytes()))
            .map_err(failed)?;

        count += piece.count;
        if shows_progress {
            drop(write!(io::stderr(), "\r{count} written "));
        }
        match piece.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }

    output.flush().map_err(failed)?;
    if shows_progress {
        drop(writeln!(io::stderr()));
    }
    Ok(count)
}
