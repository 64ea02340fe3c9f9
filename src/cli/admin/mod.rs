//! `clientpass admin`: departments, roles, ownership and the policy of an organization, for whoever owns the data directory.

mod departments;
mod members;
mod ownership;
mod policy;

use super::order::order;
use crate::config::Config;
use crate::service::admin::{AdminCommand, AdminReply};
use crate::service::administration::Outcome;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin departments create North --below Sales
  clientpass admin departments add Sales/North - < logins.txt
  clientpass admin members role bob@example.org department_admin --department Sales
  clientpass admin ownership hand-over bob@example.org
  clientpass admin policy show > policy.json

Whether clientpass serves or not, and without any key: whoever owns the data directory is an operator. The audit log says
of each change that it was made at the command line.";

/// What is to be done, and where.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
    /// Id or name of the organization [default: the only one]
    #[arg(long, global = true, value_name = "ORGANIZATION")]
    organization: Option<String>,
    /// Print one line of JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List, make, rename, move and delete departments; say who is in them
    #[command(subcommand, after_help = departments::EXAMPLES)]
    Departments(departments::Command),
    /// Give a member another role
    #[command(subcommand, after_help = members::EXAMPLES)]
    Members(members::Command),
    /// Say who owns the organization, and hand it over
    #[command(subcommand, after_help = ownership::EXAMPLES)]
    Ownership(ownership::Command),
    /// Show the policy, put one, say whom it would cut off, explain it for a member
    #[command(subcommand, after_help = policy::EXAMPLES)]
    Policy(policy::Command),
}

/// Has the command executed, and shows the outcome.
pub fn run(config: &Config, options: Options) -> Result<(), String> {
    let task = match options.command {
        Command::Departments(command) => command.task()?,
        Command::Members(command) => command.task(),
        Command::Ownership(command) => command.task(),
        Command::Policy(command) => command.task()?,
    };

    match order(config, &AdminCommand::Administer { organization: options.organization, task })? {
        AdminReply::Administered(outcome) => show(&outcome, options.json),
        _ => Err(
            "clientpass is of another version, and has answered something else; look what has become of it"
                .into(),
        ),
    }
}

fn show(outcome: &Outcome, json: bool) -> Result<(), String> {
    match outcome {
        Outcome::Departments(all) => departments::show_all(all, json),
        Outcome::Department(one) => departments::show(one, json),
        Outcome::DepartmentDeleted(one) => departments::show_deleted(one, json),
        Outcome::MembersChanged(changed) => departments::show_moved(changed, json),
        Outcome::Role(role) => members::show(role, json),
        Outcome::Ownership(ownership) => ownership::show(ownership, json),
        Outcome::Policy(policy) => policy::show(policy, json),
        Outcome::Previewed(preview) => policy::show_preview(preview, json),
        Outcome::Explained(explained) => policy::show_explained(explained, json),
    }
}
