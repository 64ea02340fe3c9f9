//! Which client passwords are meant, as it is typed: the same options for lists and for ends.

use crate::domain::field::typed_time;
use crate::domain::revocation::FilterForm;
use crate::service::administration::NamedFilter;

/// Which client passwords; several options narrow each other.
#[derive(Debug, clap::Args)]
pub struct FilterOptions {
    /// Of this member, by login; may be given several times
    #[arg(long = "member", value_name = "LOGIN")]
    members: Vec<String>,
    /// Of members in this department or below, by its way from the top or its id; may be given several times
    #[arg(long = "department", value_name = "DEPARTMENT")]
    departments: Vec<String>,
    /// Of members whose secure login is on, or off
    #[arg(long, value_name = "STATE", value_parser = ["on", "off"])]
    secure_login: Option<String>,
    /// With exactly this label
    #[arg(long)]
    label: Option<String>,
    /// That open this protocol; may be given several times
    #[arg(long = "protocol", value_name = "PROTOCOL")]
    protocols: Vec<String>,
    /// Restricted to this network or to one inside it; may be given several times
    #[arg(long = "network", value_name = "CIDR")]
    networks: Vec<String>,
    /// Made before this day or time
    #[arg(long, value_name = "TIME", value_parser = time)]
    created_before: Option<String>,
    /// Used at least once, and not since this day or time
    #[arg(long, value_name = "TIME", value_parser = time)]
    last_used_before: Option<String>,
    /// Never used
    #[arg(long, conflicts_with = "used")]
    never_used: bool,
    /// Used at least once
    #[arg(long)]
    used: bool,
}

impl FilterOptions {
    /// The filter that is meant; `all` says that it may be of everything.
    pub fn named(self, all: bool) -> NamedFilter {
        let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
        let never_used = if self.never_used { Some(true) } else { self.used.then_some(false) };
        NamedFilter {
            members: self.members,
            departments: self.departments,
            filter: FilterForm {
                all: all.then_some(true),
                member_ids: None,
                department_ids: None,
                secure_login: self.secure_login.map(|state| state == "on"),
                label: self.label,
                protocols: some(self.protocols),
                networks: some(self.networks),
                created_before: self.created_before,
                last_used_before: self.last_used_before,
                never_used,
            },
        }
    }
}

/// A time as it is typed, as RFC 3339 writes it.
fn time(typed: &str) -> Result<String, &'static str> {
    let found = typed_time(typed).map(|at| at.to_string());
    found.ok_or("write it as 2026-11-22 or 2026-11-22T08:00:00Z")
}
