//! `clientpass admin departments`: the tree of an organization, and who is in it.

use serde_json::json;

use crate::cli::terminal::{print_json, read, say};
use crate::service::administration::{DepartmentListing, MembersChangedListing, Task};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin departments list
  clientpass admin departments create Sales
  clientpass admin departments create North --below Sales
  clientpass admin departments move Sales/North --to-top
  clientpass admin departments add North alice@example.org bob@example.org
  clientpass admin departments remove North - < logins.txt

A department is named by its way from the top, such as Sales/North, or by its id.";

/// What is asked about departments.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the departments, each with its way from the top
    #[command(after_help = "Example:\n  clientpass admin departments list --json")]
    List,
    /// Make a department
    #[command(after_help = "Example:\n  clientpass admin departments create North --below Sales")]
    Create {
        /// What it is called
        name: String,
        /// The department that it comes below [default: none, so the top]
        #[arg(long, value_name = "DEPARTMENT")]
        below: Option<String>,
    },
    /// Give a department another name
    #[command(after_help = "Example:\n  clientpass admin departments rename Sales/North \"North and East\"")]
    Rename {
        /// The department, by its way from the top or its id
        department: String,
        /// What it is called from now on
        name: String,
    },
    /// Put a department, with what is below it, elsewhere in the tree
    #[command(
        after_help = "Examples:\n  clientpass admin departments move North --below Sales\n  clientpass admin departments move Sales/North --to-top"
    )]
    Move {
        /// The department, by its way from the top or its id
        department: String,
        /// The department that it comes below
        #[arg(
            long,
            value_name = "DEPARTMENT",
            required_unless_present = "to_top",
            conflicts_with = "to_top"
        )]
        below: Option<String>,
        /// Below none
        #[arg(long)]
        to_top: bool,
    },
    /// Delete a department that nobody is in or administers, with nothing below and in no policy
    #[command(after_help = "Example:\n  clientpass admin departments delete Sales/North")]
    Delete {
        /// The department, by its way from the top or its id
        department: String,
    },
    /// Add members to a department: all that are named, or none
    #[command(
        after_help = "Examples:\n  clientpass admin departments add Sales alice@example.org\n  clientpass admin departments add Sales - < logins.txt"
    )]
    Add(Whom),
    /// Remove members from a department: all that are named, or none
    #[command(
        after_help = "Examples:\n  clientpass admin departments remove Sales alice@example.org\n  clientpass admin departments remove Sales - < logins.txt"
    )]
    Remove(Whom),
}

/// Members of a department.
#[derive(Debug, clap::Args)]
pub struct Whom {
    /// The department, by its way from the top or its id
    department: String,
    /// Logins, at most 10000; - reads them from standard input, one in a line
    #[arg(required = true, value_name = "LOGIN")]
    logins: Vec<String>,
}

impl Whom {
    fn logins(&self) -> Result<Vec<String>, String> {
        if self.logins != ["-"] {
            return Ok(self.logins.clone());
        }
        let lines = read("-")?;
        let logins: Vec<_> =
            lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        if logins.is_empty() {
            return Err("standard input names nobody: give it logins, one in a line".into());
        }
        Ok(logins)
    }
}

impl Command {
    /// What is to be done.
    pub fn task(self) -> Result<Task, String> {
        Ok(match self {
            Self::List => Task::Departments,
            Self::Create { name, below } => Task::CreateDepartment { name, below },
            Self::Rename { department, name } => Task::RenameDepartment { department, name },
            Self::Move { department, below, to_top: _ } => Task::MoveDepartment { department, below },
            Self::Delete { department } => Task::DeleteDepartment { department },
            Self::Add(whom) => {
                let add = whom.logins()?;
                Task::ChangeDepartmentMembers { department: whom.department, add, remove: Vec::new() }
            }
            Self::Remove(whom) => {
                let remove = whom.logins()?;
                Task::ChangeDepartmentMembers { department: whom.department, add: Vec::new(), remove }
            }
        })
    }
}

/// Shows all departments.
pub fn show_all(all: &[DepartmentListing], json: bool) -> Result<(), String> {
    if json {
        return print_json(&json!({"departments": all}));
    }
    say("id                                    department");
    for one in all {
        say(&format!("{:<36}  {}", one.id, one.path));
    }
    Ok(())
}

/// Shows a department as it is now.
pub fn show(one: &DepartmentListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(one);
    }
    say(&format!("department {} is {}", one.id, one.path));
    Ok(())
}

/// Shows a department that is no more.
pub fn show_deleted(one: &DepartmentListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(one);
    }
    say(&format!("department {} is deleted", one.path));
    Ok(())
}

/// Shows how many came in or went out.
pub fn show_moved(changed: &MembersChangedListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(changed);
    }
    let MembersChangedListing { department, added, removed } = changed;
    say(&format!("{}: {added} came in, {removed} went out; the others were so already", department.path));
    Ok(())
}
