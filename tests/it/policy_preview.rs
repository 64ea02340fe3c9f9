//! What another policy would take from a member: the preview that a dry run of PUT shows.

use clientpass::clock::Timestamp;
use clientpass::domain::department_tree::DepartmentTree;
use clientpass::domain::policy::{
    Counted, CutOff, LivePassword, PasswordCutOff, PolicyForm, PolicyPreview, PreviewedMember, Rules,
    Setting, cut_off,
};
use clientpass::domain::protocol::{Protocol, ProtocolSet};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(86_400);
const NOW: Timestamp = Timestamp::from_micros(1_795_335_300_000_000);
const MEMBER: Uuid = Uuid::from_u128(7);

fn rules(policy: Value) -> Rules {
    let form: PolicyForm = serde_json::from_value(policy).unwrap();
    Rules::new(form.parse().unwrap(), DepartmentTree::default())
}

fn set(protocols: &[Protocol]) -> ProtocolSet {
    protocols.iter().fold(ProtocolSet::EMPTY, |set, protocol| set.with(*protocol))
}

/// Made 100 days ago, used 40 days ago.
fn password() -> LivePassword {
    LivePassword {
        created_at: NOW.minus(DAY * 100),
        expires_at: None,
        last_use: Some(NOW.minus(DAY * 40)),
        protocols: set(&[Protocol::Imap, Protocol::Smtp]),
    }
}

fn member(secure_login: bool, live: &[LivePassword]) -> PreviewedMember {
    PreviewedMember {
        id: MEMBER.into(),
        login: "alice@example.org".into(),
        display_name: "Alice".into(),
        secure_login,
        secure_login_required: false,
        departments: Vec::new(),
        live: live.to_vec(),
    }
}

fn preview(old: Value, new: Value, secure_login: bool, live: &[LivePassword]) -> CutOff {
    cut_off(&rules(old), &rules(new), &member(secure_login, live), NOW)
}

fn one(old: Value, new: Value) -> (Vec<Setting>, PasswordCutOff) {
    let mut cut = preview(old, new, true, &[password()]);
    (cut.by, cut.client_passwords.pop().unwrap())
}

#[test]
fn the_same_policy_takes_nothing() {
    let policy =
        json!({"idle_days": 30, "max_lifetime_days": 200, "protocols": {"default": {"pop3": false}}});
    let cut = preview(policy.clone(), policy, true, &[password(), password()]);
    let nothing = PasswordCutOff::default();
    assert_eq!(cut, CutOff { client_passwords: vec![nothing.clone(), nothing], ..CutOff::default() });
}

#[test]
fn each_setting_that_cuts_off_is_named() {
    let nobody = json!({"availability": {}});
    assert_eq!(one(json!({}), nobody.clone()).0, [Setting::Availability]);
    assert_eq!(one(json!({}), nobody.clone()).1.by, [Setting::Availability]);
    for (new, by) in [
        (json!({"max_lifetime_days": 101}), vec![]),
        (json!({"max_lifetime_days": 100}), vec![Setting::MaxLifetimeDays]),
        (json!({"idle_days": 41}), vec![]),
        (json!({"idle_days": 40}), vec![Setting::IdleDays]),
        (json!({"idle_days": 1, "max_lifetime_days": 1}), vec![Setting::MaxLifetimeDays, Setting::IdleDays]),
        (json!({"protocols": {"default": {"imap": false, "smtp": false}}}), vec![Setting::Protocols]),
    ] {
        let (member, password) = one(json!({}), new.clone());
        assert_eq!((member, password.by), (vec![], by), "{new}");
    }
    // What is cut off already is not cut off by it.
    assert_eq!(one(nobody.clone(), nobody), (vec![], PasswordCutOff::default()));
    assert_eq!(one(json!({"idle_days": 30}), json!({"idle_days": 20})).1.by, []);
}

#[test]
fn a_password_that_loses_some_protocols_is_narrowed_and_not_cut_off() {
    let new = json!({"protocols": {"default": {"imap": false, "xmpp": false}}});
    let cut = preview(json!({}), new, true, &[password()]);
    assert_eq!((cut.by, cut.protocols), (vec![], set(&[Protocol::Imap, Protocol::Xmpp])));
    let narrowed = PasswordCutOff { by: vec![], protocols: set(&[Protocol::Imap]) };
    assert_eq!(cut.client_passwords, [narrowed]);
}

#[test]
fn whoever_has_no_secure_login_is_cut_off_once_it_is_required() {
    let required = json!({"secure_login": {"mode": "required"}});
    let later = json!({"secure_login": {"mode": "required", "required_from": NOW.plus(DAY).to_string()}});
    let excepted = json!({"secure_login": {"mode": "required", "except_members": [MEMBER]}});
    assert_eq!(preview(json!({}), required.clone(), false, &[]).by, [Setting::SecureLogin]);
    assert_eq!(preview(json!({}), required.clone(), true, &[]).by, []);
    assert_eq!(preview(required.clone(), required, false, &[]).by, []);
    assert_eq!(preview(json!({}), excepted, false, &[]).by, []);
    // A demand that is announced counts as on its day; but not one that was announced for as early a day before.
    assert_eq!(preview(json!({}), later.clone(), false, &[]).by, [Setting::SecureLogin]);
    assert_eq!(preview(later.clone(), later, false, &[]).by, []);
}

#[test]
fn whoever_gets_no_mail_already_loses_nothing() {
    let required = json!({"secure_login": {"mode": "required"}});
    let mut no_imap = required.clone();
    no_imap["protocols"] = json!({"default": {"imap": false}});
    assert_eq!(preview(required.clone(), no_imap.clone(), false, &[]), CutOff::default());
    let shut_out = PreviewedMember { secure_login_required: true, ..member(false, &[]) };
    assert_eq!(cut_off(&rules(json!({})), &rules(no_imap), &shut_out, NOW), CutOff::default());

    let nobody = json!({"availability": {}});
    let mut no_imap = nobody.clone();
    no_imap["protocols"] = json!({"default": {"imap": false}});
    assert_eq!(preview(nobody, no_imap, true, &[]), CutOff::default());
}

#[test]
fn what_is_lost_is_counted_by_member_by_client_password_and_by_setting() {
    let old = rules(json!({}));
    let new =
        rules(json!({"max_lifetime_days": 100, "idle_days": 40, "protocols": {"default": {"imap": false}}}));
    let lately = LivePassword { created_at: NOW, last_use: None, ..password() };
    let elsewhere = LivePassword { protocols: set(&[Protocol::Xmpp]), ..lately };
    let mut found = PolicyPreview::default();
    for number in 0..201_u128 {
        let one = PreviewedMember {
            id: Uuid::from_u128(number).into(),
            ..member(true, &[password(), lately, elsewhere])
        };
        let cut = cut_off(&old, &new, &one, NOW);
        found.add(one, &cut);
    }
    found.add(member(true, &[]), &CutOff::default());

    assert_eq!((found.members, found.client_passwords), (201, 402));
    let counted = |client_passwords| Counted { members: 201, client_passwords };
    let by_setting = [
        (Setting::Protocols, counted(402)),
        (Setting::MaxLifetimeDays, counted(201)),
        (Setting::IdleDays, counted(201)),
    ];
    assert_eq!(found.by_setting.into_iter().collect::<Vec<_>>(), by_setting);
    assert_eq!(found.first.len(), 200);
    let first = &found.first[0];
    assert_eq!((first.login.as_str(), first.client_passwords), ("alice@example.org", 2));
    assert_eq!(first.by, [Setting::Protocols, Setting::MaxLifetimeDays, Setting::IdleDays]);
}
