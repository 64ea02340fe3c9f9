//! On policies, rows and members.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::client_password::Validity;
use crate::domain::department_tree::DepartmentTree;
use crate::domain::idleness::WhenUsed;
use crate::domain::log_in::{LogInKey, Seen};
use crate::domain::policy::PolicyForm;
use crate::domain::protocol::{Protocol, ProtocolSet};

const DAY: Duration = Duration::from_secs(86_400);
const NOW: Timestamp = Timestamp::from_micros(1_795_335_300_000_000);

fn rules(policy: Value) -> Rules {
    let form: PolicyForm = serde_json::from_value(policy).unwrap();
    Rules::new(form.parse().unwrap(), DepartmentTree::default())
}

fn id(number: u128) -> ClientPasswordId {
    Uuid::from_u128(number).into()
}

/// Made 100 days ago, used 2 days ago, for every protocol.
fn candidate(networks: &[&str]) -> Candidate {
    Candidate {
        epoch: 0,
        organization_epoch: 0,
        created_at: NOW.minus(DAY * 100),
        last_used: WhenUsed::At(NOW.minus(DAY * 2)),
        validity: Validity { expires_at: None, overlap_until: None, individual_end: None, epoch_end: None },
        moved: ProtocolSet::EMPTY,
        protocols: ProtocolSet::ALL,
        networks: Networks::parse("networks", networks).unwrap(),
    }
}

fn member(log_ins: Vec<LogIn>) -> PastMember {
    PastMember {
        id: Uuid::from_u128(7).into(),
        login: "alice@example.org".into(),
        display_name: "Alice".into(),
        sign_in: SignIn::Local,
        secure_login: true,
        secure_login_required: false,
        departments: Vec::new(),
        live: vec![(id(1), candidate(&[])), (id(2), candidate(&["192.0.2.0/25"]))],
        log_ins,
    }
}

fn row(by: LogInBy, from: &str) -> LogIn {
    let key = LogInKey {
        member: Uuid::from_u128(7).into(),
        by,
        protocol: Protocol::Imap,
        from: FromWhere::from_text(from).unwrap(),
        client: Some("Phone".into()),
        level: 0,
    };
    LogIn { key, seen: Seen { first: NOW.minus(DAY * 9), last: NOW.minus(DAY * 2), count: 3 } }
}

fn foreseen(old: Value, new: Value, member: &PastMember, row: &LogIn) -> Foreseen {
    Policies::of(&rules(old), &rules(new), member, NOW).foresee(member, row)
}

fn allowed(networks: &[&str]) -> Value {
    json!({"allowed_networks": networks})
}

#[test]
fn every_reason_of_a_policy_is_foreseen() {
    use Foreseen::{Passes, Refused};
    let (member, used) = (member(vec![]), row(LogInBy::ClientPassword(id(1)), "192.0.2.7"));
    for (new, expected) in [
        (json!({}), Passes),
        (json!({"protocols": {"default": {"pop3": false}}}), Passes),
        (json!({"protocols": {"default": {"imap": false}}}), Refused(Reason::ProtocolNotAllowed)),
        (json!({"availability": {}}), Refused(Reason::NotAvailableToMember)),
        (allowed(&["192.0.2.0/24"]), Passes),
        (allowed(&["198.51.100.0/24"]), Refused(Reason::NetworkNotAllowed)),
        (json!({"max_lifetime_days": 101}), Passes),
        (json!({"max_lifetime_days": 100}), Refused(Reason::Expired)),
        (json!({"idle_days": 3}), Passes),
        (json!({"idle_days": 2}), Refused(Reason::Expired)),
        (json!({"secure_login": {"mode": "required"}}), Passes),
    ] {
        assert_eq!(foreseen(json!({}), new.clone(), &member, &used), expected, "{new}");
    }

    let off = PastMember { secure_login: false, live: vec![], ..member };
    let typed = row(LogInBy::AccountPassword, "192.0.2.7");
    let day = NOW.plus(DAY * 9).to_string();
    for required in [
        json!({"secure_login": {"mode": "required"}}),
        json!({"secure_login": {"mode": "required", "required_from": day}}),
    ] {
        let refused = Refused(Reason::SecureLoginRequired);
        assert_eq!(foreseen(json!({}), required.clone(), &off, &typed), refused, "{required}");
    }
    // Availability is about client passwords only.
    assert_eq!(foreseen(json!({}), json!({"availability": {}}), &off, &typed), Passes);
}

#[test]
fn what_is_refused_already_is_no_news() {
    let (of, nobody) = (member(vec![]), json!({"availability": {}}));
    let used = row(LogInBy::ClientPassword(id(1)), "192.0.2.7");
    assert_eq!(foreseen(nobody.clone(), nobody.clone(), &of, &used), Foreseen::NoLonger);
    // It has ended, or secure login was turned on.
    for gone in [LogInBy::ClientPassword(id(9)), LogInBy::AccountPassword, LogInBy::Deferred] {
        assert_eq!(foreseen(json!({}), nobody.clone(), &of, &row(gone, "")), Foreseen::NoLonger, "{gone:?}");
    }
}

#[test]
fn a_folded_row_may_be_refused_where_a_network_cuts_through_it() {
    use Foreseen::{Maybe, NoLonger, Passes, Refused};
    let (member, reason) = (member(vec![]), Reason::NetworkNotAllowed);
    let [wide, narrow] = [id(1), id(2)].map(LogInBy::ClientPassword);
    for (by, from, new, expected) in [
        (wide, "192.0.2.0/24", allowed(&["192.0.0.0/16"]), Passes),
        (wide, "192.0.2.0/24", allowed(&["198.51.100.0/24"]), Refused(reason)),
        (wide, "192.0.2.0/24", allowed(&["192.0.2.0/25"]), Maybe(reason)),
        (wide, "192.0.2.0/24", allowed(&["192.0.2.128/25"]), Maybe(reason)),
        (wide, "192.0.2.0/24", allowed(&["192.0.2.0/25", "192.0.2.128/25"]), Passes),
        (wide, "2001:db8::/56", allowed(&["2001:db8::/64"]), Maybe(reason)),
        (wide, "*", allowed(&["192.0.2.0/24"]), Maybe(reason)),
        (wide, "*", allowed(&[]), Passes),
        (wide, "", allowed(&["192.0.2.0/24"]), Refused(reason)),
        // What its own networks leave is all that counts.
        (narrow, "192.0.2.0/24", allowed(&["192.0.2.0/25"]), Passes),
        (narrow, "192.0.2.0/24", allowed(&["192.0.2.128/25"]), Refused(reason)),
        (narrow, "*", allowed(&["192.0.2.0/24"]), Passes),
        (narrow, "198.51.100.0/24", json!({}), NoLonger),
        // Which of the two it was is not known.
        (LogInBy::SomeClientPassword, "192.0.2.0/24", allowed(&["192.0.2.0/25"]), Maybe(reason)),
        (
            LogInBy::SomeClientPassword,
            "*",
            json!({"protocols": {"default": {"imap": false}}}),
            Refused(Reason::ProtocolNotAllowed),
        ),
    ] {
        let found = foreseen(json!({}), new.clone(), &member, &row(by, from));
        assert_eq!(found, expected, "{by:?} {from} {new}");
    }
}

#[test]
fn counts_go_by_member_reason_and_client() {
    let old = rules(json!({}));
    let new = rules(allowed(&["192.0.2.0/25"]));
    let rows = vec![
        row(LogInBy::ClientPassword(id(1)), "198.51.100.7"),
        row(LogInBy::ClientPassword(id(1)), "192.0.2.0/24"),
        row(LogInBy::ClientPassword(id(1)), "192.0.2.7"),
        row(LogInBy::ClientPassword(id(9)), "192.0.2.7"),
    ];
    let off = PastMember {
        id: Uuid::from_u128(8).into(),
        secure_login: false,
        sign_in: SignIn::External,
        ..member(vec![row(LogInBy::Deferred, "198.51.100.7")])
    };

    let mut found = WhatIf::default();
    found.add(&old, &new, member(rows), NOW);
    found.add(&old, &new, off, NOW);
    let tally = |members, log_ins| Tally { members, log_ins };
    assert_eq!(found.judged, tally(2, 15));
    assert_eq!(found.no_longer, tally(1, 3));
    let total = Outcomes { refused: tally(1, 3), maybe: tally(1, 3), unknown: tally(1, 3) };
    assert_eq!(found.total, total);
    assert_eq!(found.by_reason, BTreeMap::from([("network_not_allowed", total)]));
    assert_eq!(found.by_client, HashMap::from([(Some("Phone".to_owned()), total)]));
    let first: Vec<_> = found.first.iter().map(|one| (one.refused, one.maybe, one.unknown)).collect();
    assert_eq!(first, [(3, 3, 0), (0, 0, 3)]);
}

#[test]
fn clients_that_are_called_this_and_that_take_no_memory() {
    let (old, new) = (rules(json!({})), rules(json!({"protocols": {"default": {"imap": false}}})));
    let mut found = WhatIf::default();
    for number in 0..2_000 {
        let mut used = row(LogInBy::ClientPassword(id(1)), "192.0.2.7");
        used.key.client = Some(format!("client {number}"));
        found.add(&old, &new, member(vec![used]), NOW);
    }
    assert_eq!(found.by_client.len(), CLIENTS + 1);
    assert_eq!(found.by_client[&None].refused, Tally { members: 1_000, log_ins: 3_000 });
    assert_eq!((found.total.refused.members, found.first.len()), (2_000, NAMED));
}
