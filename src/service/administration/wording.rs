//! What the command line says of what was not done: why, and what to do.

use crate::service::{Error, Refusal};

/// Says why something was not done, and what to do.
pub fn explain(error: &Error) -> String {
    match error {
        Error::Invalid(errors) => {
            let lines = errors.iter().map(|error| format!("{}: {}", option(&error.field), error.detail));
            lines.collect::<Vec<_>>().join("\n")
        }
        Error::Refused(refusal) => refused(*refusal),
        Error::OutcomeUnknown(why) => {
            format!("{why}; whether it was done is not known: look what is there, then repeat it if need be")
        }
        other => other.to_string(),
    }
}

/// A field as the command line names it; those of a policy have the names that they have in its file.
fn option(field: &str) -> &str {
    let whole = field.split('[').next().unwrap_or_default();
    match whole {
        "admin_department_ids" => "--department",
        "parent_id" => "--below",
        "name" => "NAME",
        "preview_id" => "--preview",
        "reason" => "--reason",
        "filter.member_ids" => "--member",
        "filter.department_ids" => "--department",
        "filter.label" => "--label",
        "filter.protocols" => "--protocol",
        "filter.networks" => "--network",
        "filter.created_before" => "--created-before",
        "filter.last_used_before" => "--last-used-before",
        "filter" => "--all, or another option that says which",
        "add" | "remove" | "member_id" | "explain" => "LOGIN",
        _ => field,
    }
}

fn refused(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotActive => {
            "it is not active: the organization is dissolved, the member has left, or the revocation is over; nothing was \
             changed"
        }
        Refusal::NotFound => {
            "it is not there any more; see what there is: clientpass admin departments list"
        }
        Refusal::LimitReached => {
            "there are as many departments as one organization may have, 10000: delete one that is no longer needed"
        }
        Refusal::NoRoomBelow => {
            "a department cannot come below itself, nor so that the tree is more than 16 deep: choose another with --below"
        }
        Refusal::DepartmentInUse => {
            "members are in it or administer it, departments are below it, or the policy names it: take these out first, \
             with clientpass admin departments remove or move, clientpass admin members role, clientpass admin policy put"
        }
        Refusal::OwnerRequired => {
            "an organization keeps its owner, and a role does not make one: hand it over, with clientpass admin ownership \
             hand-over LOGIN"
        }
        Refusal::VersionMismatch => {
            "somebody has changed it since: look at it as it is now (clientpass admin policy show says the version), then \
             repeat"
        }
        Refusal::PolicySettling => {
            "the longest life that was put before is still being written down: wait a moment, then repeat"
        }
        Refusal::PreviewUsed => "this preview was carried out already: make another, with clientpass admin revocations preview",
        Refusal::PreviewRunning => {
            "this preview is still counting: wait until clientpass admin revocations show says that it is done, then repeat"
        }
        Refusal::PreviewTooLong => {
            "counting took longer than 30 seconds and was given up; nothing was changed: repeat it when less goes on, or put \
             the policy without --dry-run"
        }
        Refusal::Conflict => "somebody else changed it at the same moment: look what is there, then repeat",
        other => return format!("it was refused ({other:?}); nothing was changed"),
    }
    .to_owned()
}
