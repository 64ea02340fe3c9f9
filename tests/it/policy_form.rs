//! How a policy is read and written: what PUT takes, what it refuses and under which name, what GET gives.

use clientpass::domain::field::{Fault, FieldError};
use clientpass::domain::policy::{Limits, MemberPolicy, Policy, PolicyForm, Rules};
use clientpass::http::body::field_error;
use serde_json::{Value, json};
use uuid::Uuid;

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// As the reader of bodies does it.
fn read(text: &str) -> Result<Policy, FieldError> {
    let form: PolicyForm = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))
        .map_err(|error| field_error(&error.path().to_string(), &error.inner().to_string()))?;
    form.parse()
}

fn written(policy: &Policy) -> Value {
    serde_json::to_value(PolicyForm::from(policy)).unwrap()
}

fn full() -> Value {
    json!({
        "availability": {"departments": [id(2), id(1)], "members": [id(11)], "except_members": [id(12)]},
        "protocols": {
            "default": {"imap": true, "pop3": false},
            "departments": {(id(1)): {"pop3": true}, (id(2)): {}},
            "members": {(id(11)): {"xmpp": false}},
        },
        "secure_login": {
            "mode": "required",
            "required_from": "2027-01-01T00:00:00Z",
            "departments": [id(1)],
            "members": [],
            "except_members": [id(13)],
        },
        "max_active_per_member": 5,
        "max_lifetime_days": 365,
        "default_lifetime_days": 90,
        "idle_days": 60,
        "max_overlap_seconds": 0,
        "allowed_networks": ["192.0.2.0/24", "2001:db8::/48"],
        "end_on_account_password_change": false,
        "tombstone_days": 30,
        "history_days": 0,
        "counts_as_secure_login": true,
    })
}

#[test]
fn what_was_put_is_what_is_given() {
    for put in [json!({}), full(), json!({"availability": "all"}), json!({"idle_days": 7})] {
        let policy = read(&put.to_string()).unwrap();
        assert_eq!(written(&policy), put);
        assert_eq!(serde_json::to_string(&PolicyForm::from(&policy)).unwrap(), {
            let again = read(&written(&policy).to_string()).unwrap();
            serde_json::to_string(&PolicyForm::from(&again)).unwrap()
        });
    }
}

#[test]
fn the_form_is_one_whatever_the_spelling() {
    let upper = id(0xabc).to_uppercase();
    let put = json!({
        "availability": {"members": [upper]},
        "secure_login": {"mode": "optional", "required_from": "2027-01-01T01:00:00+01:00"},
        "allowed_networks": ["192.0.2.7/24"],
        "idle_days": 7.0,
    });
    let given = json!({
        "availability": {"departments": [], "members": [id(0xabc)], "except_members": []},
        "secure_login": {
            "mode": "optional",
            "required_from": "2027-01-01T00:00:00Z",
            "departments": [],
            "members": [],
            "except_members": [],
        },
        "allowed_networks": ["192.0.2.0/24"],
        "idle_days": 7,
    });
    assert_eq!(written(&read(&put.to_string()).unwrap()), given);
}

#[test]
fn an_absent_setting_has_the_default_and_in_full_it_says_so() {
    let default = read("{}").unwrap();
    assert_eq!(default, Policy::default());
    assert_eq!(Limits::from(&default), Limits::default());
    let now = clientpass::clock::Timestamp::from_micros(0);
    let policy = Rules::default().for_member(Uuid::from_u128(1).into(), &[], now);
    assert_eq!(policy, MemberPolicy::default());

    let full = default.in_full();
    assert_eq!(Limits::from(&full), Limits::default());
    assert_eq!(
        written(&full),
        json!({
            "availability": "all",
            "protocols": {
                "default": {
                    "imap": true, "pop3": true, "smtp": true, "sieve": true, "jmap": true,
                    "caldav": true, "carddav": true, "webdav": true, "xmpp": true,
                },
                "departments": {},
                "members": {},
            },
            "secure_login": {"mode": "optional", "departments": [], "members": [], "except_members": []},
            "max_active_per_member": 25,
            "max_overlap_seconds": 604_800,
            "allowed_networks": [],
            "end_on_account_password_change": true,
            "tombstone_days": 180,
            "history_days": 30,
            "counts_as_secure_login": false,
        })
    );
    assert_eq!(read(&written(&full).to_string()), Ok(full));
}

fn refused(text: &str) -> (String, Fault) {
    let error = read(text).expect_err(text);
    (error.field, error.fault)
}

#[test]
fn a_fault_names_its_field() {
    use Fault::{Duplicate, Malformed, Missing, NotAllowed, OutOfRange, Unknown};

    let (one, other) = (id(1), id(2));
    for (text, field, fault) in [
        (r#"{"idle": 1}"#.to_owned(), "idle", Unknown),
        (r#"{"idle_days": null}"#.into(), "idle_days", Malformed),
        (r#"{"idle_days": 1, "idle_days": 2}"#.into(), "idle_days", Duplicate),
        (r#"{"idle_days": 0}"#.into(), "idle_days", OutOfRange),
        (r#"{"idle_days": 3651}"#.into(), "idle_days", OutOfRange),
        (r#"{"idle_days": 18446744073709551615}"#.into(), "idle_days", OutOfRange),
        (r#"{"idle_days": -1}"#.into(), "idle_days", Malformed),
        (r#"{"idle_days": "7"}"#.into(), "idle_days", Malformed),
        (r#"{"max_active_per_member": 0}"#.into(), "max_active_per_member", OutOfRange),
        (r#"{"max_active_per_member": 1001}"#.into(), "max_active_per_member", OutOfRange),
        (r#"{"max_overlap_seconds": 7776001}"#.into(), "max_overlap_seconds", OutOfRange),
        (r#"{"tombstone_days": 0}"#.into(), "tombstone_days", OutOfRange),
        (r#"{"allowed_networks": ["here"]}"#.into(), "allowed_networks", Malformed),
        (r#"{"counts_as_secure_login": 1}"#.into(), "counts_as_secure_login", Malformed),
        (r#"{"availability": "some"}"#.into(), "availability", Malformed),
        (r#"{"availability": []}"#.into(), "availability", Malformed),
        (r#"{"availability": null}"#.into(), "availability", Malformed),
        (r#"{"availability": {"people": []}}"#.into(), "availability.people", Unknown),
        (r#"{"availability": {"members": null}}"#.into(), "availability.members", Malformed),
        (r#"{"availability": {"members": [7]}}"#.into(), "availability.members[0]", Malformed),
        (
            format!(r#"{{"availability": {{"departments": ["{one}", "{other}", "3"]}}}}"#),
            "availability.departments[2]",
            Malformed,
        ),
        (
            format!(r#"{{"availability": {{"members": ["{one}", "{other}", "{one}"]}}}}"#),
            "availability.members[2]",
            Duplicate,
        ),
        (
            format!(r#"{{"availability": {{"members": ["{one}"], "except_members": ["{other}", "{one}"]}}}}"#),
            "availability.except_members[1]",
            NotAllowed,
        ),
        (r#"{"secure_login": {}}"#.into(), "secure_login.mode", Missing),
        (r#"{"secure_login": []}"#.into(), "secure_login", Malformed),
        (r#"{"secure_login": {"mode": "on"}}"#.into(), "secure_login.mode", Malformed),
        (
            r#"{"secure_login": {"mode": "required", "required_from": null}}"#.into(),
            "secure_login.required_from",
            Malformed,
        ),
        (
            r#"{"secure_login": {"mode": "required", "required_from": "soon"}}"#.into(),
            "secure_login.required_from",
            Malformed,
        ),
        (
            format!(
                r#"{{"secure_login": {{"mode": "required", "members": ["{one}"], "except_members": ["{one}"]}}}}"#
            ),
            "secure_login.except_members[0]",
            NotAllowed,
        ),
        (r#"{"protocols": []}"#.into(), "protocols", Malformed),
        (r#"{"protocols": {"default": {"gopher": true}}}"#.into(), "protocols.default.gopher", Unknown),
        (r#"{"protocols": {"default": {"imap": 1}}}"#.into(), "protocols.default.imap", Malformed),
        (r#"{"protocols": {"default": null}}"#.into(), "protocols.default", Malformed),
        (
            r#"{"protocols": {"default": {"imap": true, "imap": true}}}"#.into(),
            "protocols.default.imap",
            Duplicate,
        ),
        (r#"{"protocols": {"departments": {"sales": {}}}}"#.into(), "protocols.departments", Malformed),
        (
            r#"{"protocols": {"members": {"00000000-0000-0000-0000-000000000001": {"pop3": null}}}}"#.into(),
            "protocols.members.00000000-0000-0000-0000-000000000001.pop3",
            Malformed,
        ),
        (
            r#"{"protocols": {"members": {"00000000-0000-0000-0000-00000000000a": {}, "00000000-0000-0000-0000-00000000000A": {}}}}"#.into(),
            "protocols.members.00000000-0000-0000-0000-00000000000a",
            Duplicate,
        ),
    ] {
        assert_eq!(refused(&text), (field.to_owned(), fault), "{text}");
    }
}

#[test]
fn a_list_takes_a_thousand_ids_and_no_more() {
    let ids = |count: u128| (1..=count).map(id).collect::<Vec<_>>();
    let lists = |count| json!({"availability": {"departments": ids(count)}}).to_string();
    assert!(read(&lists(1_000)).is_ok());
    assert_eq!(refused(&lists(1_001)), ("availability.departments".to_owned(), Fault::TooLong));

    let map = |count| {
        let entries = ids(count).into_iter().map(|id| (id, json!({"pop3": false})));
        json!({"protocols": {"members": entries.collect::<serde_json::Map<_, _>>()}}).to_string()
    };
    assert!(read(&map(1_000)).is_ok());
    assert_eq!(refused(&map(1_001)), ("protocols.members".to_owned(), Fault::TooLong));
}

#[test]
fn a_policy_knows_whom_it_names_and_where() {
    let policy = read(&full().to_string()).unwrap();
    let named: Vec<_> =
        policy.named_departments().into_iter().map(|(path, id)| (path, id.to_string())).collect();
    assert_eq!(
        named,
        [
            ("availability.departments[0]".to_owned(), id(2)),
            ("availability.departments[1]".into(), id(1)),
            ("secure_login.departments[0]".into(), id(1)),
            (format!("protocols.departments.{}", id(1)), id(1)),
            (format!("protocols.departments.{}", id(2)), id(2)),
        ]
    );
    let named: Vec<_> = policy.named_members().into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        named,
        [
            "availability.members[0]".to_owned(),
            "availability.except_members[0]".into(),
            "secure_login.except_members[0]".into(),
            format!("protocols.members.{}", id(11)),
        ]
    );
}
