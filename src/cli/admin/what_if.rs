//! `clientpass admin policy what-if`: which log-ins of the last days a policy would refuse.

use crate::cli::terminal::{print_json, say};
use crate::domain::what_if_form::{ClientForm, ConcernedForm, ReasonForm, TallyForm, WhatIfForm};

/// Shows which log-ins a policy would refuse.
pub fn show(of: &WhatIfForm, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    if of.history_days == 0 {
        say("no log-ins are kept, so nothing can be said: history_days of the policy in force is 0");
        return Ok(());
    }

    say(&format!("of {} in the last {} days", tally(&of.judged), of.history_days));
    say(&format!("  would be refused           {}", tally(&of.refused)));
    if of.maybe.log_ins > 0 {
        say(&format!("  may be refused             {}; they are kept by network only", tally(&of.maybe)));
    }
    if of.unknown.log_ins > 0 {
        say(&format!(
            "  would not be passed on     {}; whether they got in is not known",
            tally(&of.unknown)
        ));
    }
    if of.no_longer.log_ins > 0 {
        say(&format!("  are refused already        {}", tally(&of.no_longer)));
    }

    show_groups(of);
    for ConcernedForm { login, reasons, refused, maybe, unknown, .. } in &of.first {
        let counts = counts(*refused, *maybe, *unknown);
        say(&format!("  {login:<31}  {}  {counts}", reasons.join(" ")));
    }
    Ok(())
}

fn show_groups(of: &WhatIfForm) {
    let counted = |refused: &TallyForm, maybe: &TallyForm, unknown: &TallyForm| {
        counts(refused.log_ins, maybe.log_ins, unknown.log_ins)
    };
    if !of.by_reason.is_empty() {
        say("by reason:");
    }
    for ReasonForm { reason, refused, maybe, unknown } in &of.by_reason {
        say(&format!("  {reason:<31}  {}", counted(refused, maybe, unknown)));
    }
    if !of.by_client.is_empty() {
        say("by mail client:");
    }
    for ClientForm { client, refused, maybe, unknown } in &of.by_client {
        let client = client.as_deref().unwrap_or("(does not say what it is)");
        say(&format!("  {client:<31}  {}", counted(refused, maybe, unknown)));
    }
    if !of.first.is_empty() {
        say("members, the first 200:");
    }
}

fn tally(of: &TallyForm) -> String {
    format!("{} of {}", counted(of.log_ins, "log-in"), counted(of.members, "member"))
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// What is more than none of these.
fn counts(refused: u64, maybe: u64, unknown: u64) -> String {
    let all = [(refused, "refused"), (maybe, "maybe"), (unknown, "not known")];
    let some = all.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
    some.collect::<Vec<_>>().join(", ")
}
