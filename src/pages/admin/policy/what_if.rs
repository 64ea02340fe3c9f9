//! Which log-ins of the last days a policy would refuse, as it is shown before it is saved.

use crate::domain::what_if::WhatIf;
use crate::domain::what_if_form::{TallyForm, WhatIfForm};
use crate::pages::passwords::clients;
use crate::pages::texts::Words;

/// So many mail clients are shown.
const CLIENTS: usize = 10;
/// So many members are named.
const NAMED: usize = 50;

/// A reason or a mail client, and what it is about.
pub struct Group {
    /// What it is called.
    pub name: String,
    /// How many log-ins of how many members, in words.
    pub counts: String,
}

/// A member of whom something would be refused, or may be.
pub struct Member {
    /// Names the member in addresses.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The mail address.
    pub login: String,
    /// Why, in words.
    pub reasons: String,
    /// How many log-ins, in words.
    pub counts: String,
}

/// What a policy would have made of the log-ins.
pub struct Past {
    /// For how many days log-ins are kept.
    pub days: i64,
    /// Whether nothing would be refused, for sure.
    pub is_harmless: bool,
    /// How many were judged, in words.
    pub judged: String,
    /// How many would be refused, of how many members, in words.
    pub refused: String,
    /// How many may be.
    pub maybe: i64,
    /// How many were passed on, and would be no more.
    pub unknown: i64,
    /// How many are refused already.
    pub no_longer: i64,
    /// By reason.
    pub reasons: Vec<Group>,
    /// By mail client.
    pub clients: Vec<Group>,
    /// The first members concerned.
    pub first: Vec<Member>,
}

/// As it is shown.
pub fn shown(words: &Words, found: WhatIf) -> Past {
    let found = WhatIfForm::from(found);
    let reason = |name: &str| words.say(&format!("what-if-{}", name.replace('_', "-")));
    let groups = |refused: TallyForm, maybe: TallyForm, unknown: TallyForm| {
        counts(words, refused.log_ins, maybe.log_ins, unknown.log_ins)
    };

    let reasons = found.by_reason.iter();
    let reasons = reasons
        .map(|one| Group { name: reason(&one.reason), counts: groups(one.refused, one.maybe, one.unknown) });
    let clients = found.by_client.iter().take(CLIENTS).map(|one| {
        let name = one.client.as_deref().map(|client| {
            clients::known(client).map_or_else(|| client.to_owned(), |(name, _)| name.to_owned())
        });
        let name = name.unwrap_or_else(|| words.say("log-ins-not-said"));
        Group { name, counts: groups(one.refused, one.maybe, one.unknown) }
    });
    let first = found.first.iter().take(NAMED).map(|one| {
        let reasons: Vec<String> = one.reasons.iter().map(|name| reason(name)).collect();
        Member {
            id: one.id.clone(),
            name: one.display_name.clone(),
            login: one.login.clone(),
            reasons: reasons.join(&words.say("semicolon")),
            counts: counts(words, one.refused, one.maybe, one.unknown),
        }
    });

    let days = i64::from(found.history_days);
    let number = |number: u64| number.cast_signed();
    let TallyForm { members, log_ins } = found.refused;
    let refused = ("count", number(log_ins));
    let judged = ("count", number(found.judged.log_ins));
    Past {
        is_harmless: reasons.len() == 0,
        days,
        judged: words.with_two("what-if-judged", judged, ("days", days)),
        refused: words.with_two("what-if-refused", refused, ("members", number(members))),
        maybe: number(found.maybe.log_ins),
        unknown: number(found.unknown.log_ins),
        no_longer: number(found.no_longer.log_ins),
        reasons: reasons.collect(),
        clients: clients.collect(),
        first: first.collect(),
    }
}

/// What is more than none of these, in words.
fn counts(words: &Words, refused: u64, maybe: u64, unknown: u64) -> String {
    let each = [
        ("what-if-count-refused", refused),
        ("what-if-count-maybe", maybe),
        ("what-if-count-unknown", unknown),
    ];
    let some = each.into_iter().filter(|(_, count)| *count > 0);
    let some = some.map(|(message, count)| words.with(message, "count", count.cast_signed()));
    some.collect::<Vec<_>>().join(&words.say("semicolon"))
}
