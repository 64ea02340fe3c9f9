//! `clientpass admin`: departments, roles, ownership, the policy, bulk revocations, lists, totals and what ends soon of an
//! organization, for whoever owns the data directory.

mod departments;
mod expiring;
mod filter;
pub mod leaks;
mod lists;
mod members;
mod ownership;
mod policy;
mod revocations;
mod totals;
mod what_if;

use super::order::order;
use crate::config::Config;
use crate::service::admin::{AdminCommand, AdminReply};
use crate::service::administration::{Outcome, Task};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin departments create North --below Sales
  clientpass admin departments add Sales/North - < logins.txt
  clientpass admin members role bob@example.org department_admin --department Sales
  clientpass admin ownership hand-over bob@example.org
  clientpass admin policy show > policy.json
  clientpass admin revocations create --department Sales --reason \"A lost server\"
  clientpass admin client-passwords export --output client-passwords.csv
  clientpass admin leaks report found.log
  clientpass admin expiring

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
    /// List the client passwords that will soon end by themselves
    #[command(after_help = expiring::EXAMPLES)]
    Expiring,
    /// End what was found somewhere: passwords, keys, sessions, links
    #[command(subcommand, after_help = leaks::EXAMPLES)]
    Leaks(leaks::Command),
    /// List members, write them to a file, give one another role, say where a member's mail was opened
    #[command(subcommand, after_help = members::EXAMPLES)]
    Members(members::Command),
    /// List client passwords, write them to a file
    #[command(subcommand, after_help = lists::PASSWORD_EXAMPLES)]
    ClientPasswords(lists::Passwords),
    /// List what was done, write it to a file
    #[command(subcommand, after_help = lists::AUDIT_EXAMPLES)]
    Audit(lists::Audit),
    /// Count members and client passwords
    #[command(after_help = totals::EXAMPLES)]
    Totals,
    /// Say who owns the organization, and hand it over
    #[command(subcommand, after_help = ownership::EXAMPLES)]
    Ownership(ownership::Command),
    /// Show the policy, put one, say whom it would cut off and what it would have refused, explain it for a member
    #[command(subcommand, after_help = policy::EXAMPLES)]
    Policy(policy::Command),
    /// End many client passwords at once, after seeing which
    #[command(subcommand, after_help = revocations::EXAMPLES)]
    Revocations(revocations::Command),
}

/// Has the command executed, and shows the outcome.
pub fn run(config: &Config, options: Options) -> Result<(), String> {
    let waits = matches!(&options.command, Command::Revocations(command) if command.waits());
    let task = match options.command {
        Command::ClientPasswords(command) => {
            return list(config, options.organization, command.listing(), options.json);
        }
        Command::Audit(command) => {
            return list(config, options.organization, command.listing(), options.json);
        }
        Command::Members(command) => match command.errand() {
            members::Errand::Task(task) => task,
            members::Errand::Listing(listing) => {
                return list(config, options.organization, listing, options.json);
            }
        },
        Command::Totals => Task::Totals,
        Command::Departments(command) => command.task()?,
        Command::Expiring => Task::Warnings,
        Command::Leaks(command) => return leaks::run(config, &command, options.json),
        Command::Ownership(command) => command.task(),
        Command::Policy(command) => command.task()?,
        Command::Revocations(command) => command.task(),
    };

    let mut outcome = administer(config, options.organization.as_deref(), task)?;
    while let Outcome::Revocation(one) = &outcome
        && waits
        && one.state == "running"
    {
        revocations::note_progress(one);
        let follow = Task::FollowRevocation { id: one.id.clone() };
        outcome = administer(config, options.organization.as_deref(), follow)?;
    }
    show(&outcome, options.json)
}

fn administer(config: &Config, organization: Option<&str>, task: Task) -> Result<Outcome, String> {
    let organization = organization.map(str::to_owned);
    match order(config, &AdminCommand::Administer { organization, task })? {
        AdminReply::Administered(outcome) => Ok(outcome),
        _ => Err(
            "clientpass is of another version, and has answered something else; look what has become of it"
                .into(),
        ),
    }
}

fn list(
    config: &Config,
    organization: Option<String>,
    listing: lists::Listing,
    json: bool,
) -> Result<(), String> {
    lists::run(&lists::Source { config, organization }, listing, json)
}

fn show(outcome: &Outcome, json: bool) -> Result<(), String> {
    match outcome {
        Outcome::Departments(all) => departments::show_all(all, json),
        Outcome::Department(one) => departments::show(one, json),
        Outcome::DepartmentDeleted(one) => departments::show_deleted(one, json),
        Outcome::MembersChanged(changed) => departments::show_moved(changed, json),
        Outcome::Role(role) => members::show(role, json),
        Outcome::LogIns(log_ins) => members::show_log_ins(log_ins, json),
        Outcome::Ownership(ownership) => ownership::show(ownership, json),
        Outcome::Policy(policy) => policy::show(policy, json),
        Outcome::Totals(listing) => totals::show(listing, json),
        Outcome::Listed(_) => Err("a list was given that nobody asked for".into()),
        Outcome::Previewed(preview) => policy::show_preview(preview, json),
        Outcome::WhatIf(answer) => what_if::show(answer, json),
        Outcome::Explained(explained) => policy::show_explained(explained, json),
        Outcome::Revocations(all) => revocations::show_all(all, json),
        Outcome::Revocation(one) => revocations::show(one, json),
        Outcome::Warnings(all) => expiring::show(all, json),
    }
}
