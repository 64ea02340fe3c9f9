//! `clientpass admin revocations`: many client passwords are ended at once, after seeing which.

use super::filter::FilterOptions;
use crate::cli::terminal::{note, print_json, say};
use crate::service::administration::{NamedFilter, RevocationListing, Task};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin revocations preview --department Sales --protocol pop3
  clientpass admin revocations create --preview 019bbf00-0000-7000-8000-000000000050 --reason \"POP is over\"
  clientpass admin revocations create --all --reason \"A mail server was broken into\"
  clientpass admin revocations list
  clientpass admin revocations stop 019bbf00-0000-7000-8000-000000000051

What is large is ended by a job: the command waits for it and says how far it has come, unless it is told not to wait.";

/// Which client passwords; several options narrow each other.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// All of the organization
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: FilterOptions,
}

/// What is asked about bulk revocations.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say which client passwords would end, and end none
    #[command(
        after_help = "Example:\n  clientpass admin revocations preview --label Phone --created-before 2026-01-01T00:00:00Z"
    )]
    Preview {
        #[command(flatten)]
        which: Which,
        /// Do not wait for a job
        #[arg(long)]
        no_wait: bool,
    },
    /// End the client passwords that the options name, or exactly those that a preview has found
    #[command(
        after_help = "Examples:\n  clientpass admin revocations create --member bob@example.org --reason \"Lost laptop\"\n  clientpass admin revocations create --preview ID --reason \"As seen\" --no-wait"
    )]
    Create {
        #[command(flatten)]
        which: Which,
        /// Exactly those that this preview has found
        #[arg(long, value_name = "ID", conflicts_with_all = ["all", "members", "departments", "secure_login", "label", "protocols", "networks", "created_before", "last_used_before", "never_used", "used"])]
        preview: Option<String>,
        /// Why, for the audit log
        #[arg(long)]
        reason: String,
        /// Do not wait for a job
        #[arg(long)]
        no_wait: bool,
    },
    /// List what was ended and previewed, newest first
    #[command(after_help = "Example:\n  clientpass admin revocations list --json")]
    List,
    /// Say how one stands
    #[command(
        after_help = "Example:\n  clientpass admin revocations show 019bbf00-0000-7000-8000-000000000051"
    )]
    Show {
        /// The id of the revocation or preview
        id: String,
    },
    /// Stop one that is running; what has ended stays ended
    #[command(
        after_help = "Example:\n  clientpass admin revocations stop 019bbf00-0000-7000-8000-000000000051"
    )]
    Stop {
        /// The id of the revocation or preview
        id: String,
    },
}

impl Which {
    fn named(self) -> Box<NamedFilter> {
        Box::new(self.filter.named(self.all))
    }
}

impl Command {
    /// What is to be done.
    pub fn task(self) -> Task {
        match self {
            Self::Preview { which, no_wait: _ } => Task::PreviewRevocation { filter: which.named() },
            Self::Create { which: _, preview: Some(preview), reason, no_wait: _ } => {
                Task::CarryOutPreview { preview, reason }
            }
            Self::Create { which, preview: None, reason, no_wait: _ } => {
                Task::CreateRevocation { filter: which.named(), reason }
            }
            Self::List => Task::Revocations,
            Self::Show { id } => Task::Revocation { id },
            Self::Stop { id } => Task::StopRevocation { id },
        }
    }

    /// Whether the command waits until what it has begun is over.
    pub const fn waits(&self) -> bool {
        matches!(self, Self::Preview { no_wait: false, .. } | Self::Create { no_wait: false, .. })
    }
}

/// Says how far a job has come, beside what a program may read.
pub fn note_progress(of: &RevocationListing) {
    let counts = if of.dry_run { of.matched } else { of.ended };
    let what = if of.dry_run { "found" } else { "ended" };
    let progress = of.progress.map_or((0, 0), |progress| (progress.passed_members, progress.members));
    note(&format!(
        "{} of {} members passed, {} client passwords {what}",
        progress.0, progress.1, counts.client_passwords
    ));
}

/// Shows one.
pub fn show(of: &RevocationListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    let kind = if of.dry_run { "preview" } else { "revocation" };
    say(&format!("{kind} {}: {}", of.id, of.state));
    if let Some(progress) = of.progress {
        say(&format!("  members passed    {} of {}", progress.passed_members, progress.members));
    }
    let counts = |counts: crate::service::administration::RevocationCounts| {
        format!("{} client passwords of {} members", counts.client_passwords, counts.members)
    };
    say(&format!("  found             {}", counts(of.matched)));
    if of.dry_run && of.state == "done" {
        say(&format!(
            "nothing has ended; to end exactly these: clientpass admin revocations create --preview {} --reason WHY",
            of.id
        ));
    } else if !of.dry_run {
        say(&format!("  ended             {}", counts(of.ended)));
        say(&format!("  reason            {}", of.reason));
    }
    if of.state == "running" {
        say(&format!(
            "a service that runs carries it out; look again: clientpass admin revocations show {}",
            of.id
        ));
    }
    Ok(())
}

/// Shows all, the newest first.
pub fn show_all(all: &[RevocationListing], json: bool) -> Result<(), String> {
    if json {
        return print_json(&serde_json::json!({"revocations": all}));
    }
    say("id                                    state    began                 client passwords");
    for one in all {
        let (count, what) = if one.dry_run { (one.matched, "found") } else { (one.ended, "ended") };
        say(&format!(
            "{:<36}  {:<7}  {:<20}  {} {what}  {}",
            one.id,
            one.state,
            one.created_at,
            count.client_passwords,
            if one.dry_run { "(preview)" } else { &one.reason }
        ));
    }
    Ok(())
}
