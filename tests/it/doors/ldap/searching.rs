//! Search, then bind: one entry of a login that is named, for a mail server, and nothing else.

use ldap3_proto::proto::{LdapSearchResultEntry, LdapSearchScope};
use serde_json::json;

use super::{NO_RIGHT, SUCCESS, Scene, UNAVAILABLE, UNWILLING, options};
use crate::support::ldap::search;

/// An entry as text: its name, and its attributes with their values.
fn shown(entry: &LdapSearchResultEntry) -> (String, Vec<(String, String)>) {
    let text = |value: &Vec<u8>| String::from_utf8(value.clone()).unwrap();
    let values = entry.attributes.iter();
    let values = values.map(|of| (of.atype.clone(), of.vals.iter().map(text).collect::<Vec<_>>().join("|")));
    (entry.dn.clone(), values.collect())
}

#[test]
fn a_login_is_found_by_mail_uid_and_cn_and_its_name_binds() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    for filter in [
        "(mail=alice@example.org)",
        "(uid=Alice@Example.ORG)",
        "(cn=alice@example.org)",
        "(&(objectClass=inetOrgPerson)(|(uid=alice@example.org)(mail=alice@example.org)))",
    ] {
        let mut ldap = scene.keyed();
        let (entries, code) = ldap.search(search("dc=clientpass", filter));
        assert_eq!((entries.len(), code), (1, SUCCESS), "{filter}");
        let (name, values) = shown(&entries[0]);
        let expected = ["mail", "uid", "cn"].map(|naming| (naming.to_owned(), alice.login.clone()));
        assert_eq!(values, expected);
        assert_eq!(name, "uid=alice@example.org,dc=clientpass");
        assert_eq!(ldap.bind(&name, &phone.secret), SUCCESS);
        assert_eq!(ldap.who_am_i(), "u:alice@example.org");
    }
}

#[test]
fn the_name_keeps_what_the_base_says() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let smtp = alice.issue_with(&json!({"label": "smtp", "protocols": ["smtp"]}));
    for (base, code) in [
        ("service=smtp,dc=clientpass", SUCCESS),
        ("service=smtp,ip=192.0.2.7,dc=clientpass", SUCCESS),
        ("dc=clientpass", super::WRONG),
        ("", super::WRONG),
    ] {
        let mut ldap = scene.keyed();
        let (entries, _) = ldap.search(search(base, "(mail=alice@example.org)"));
        assert_eq!(ldap.bind(&entries[0].dn, &smtp.secret), code, "{base}");
    }
}

#[test]
fn an_entry_is_looked_at_by_its_name_and_has_no_more_than_that() {
    let scene = Scene::set();
    let alice = scene.home.member("alice");
    let mut look = search("uid=alice@example.org,dc=clientpass", "(objectClass=*)");
    look.scope = LdapSearchScope::Base;
    let mut ldap = scene.keyed();
    let all = ldap.search(look.clone()).0;
    assert_eq!(shown(&all[0]).1.len(), 3);
    look.attrs = vec!["mail".into(), "userPassword".into(), "displayName".into()];
    let asked = ldap.search(look).0;
    assert_eq!(shown(&asked[0]).1, [("mail".to_owned(), alice.login)]);
}

#[test]
fn nobody_is_no_entry_and_comes_no_sooner_than_a_refusal() {
    let mut options = options("");
    options.config.verify.refusal_floor_ms = 50;
    let scene = Scene::with(options);
    let mut ldap = scene.keyed();
    for login in ["nobody@example.org", "nonsense", "*", "", "own*@example.org"] {
        let mut unknown = search("dc=clientpass", "(uid=x)");
        unknown.filter = ldap3_proto::proto::LdapFilter::Equality("uid".into(), login.into());
        ldap.send(ldap3_proto::proto::LdapOp::SearchRequest(unknown));
        let floor = std::time::Duration::from_millis(50);
        scene.wait_until_parked(floor, 1);
        scene.app.advance(floor);
        assert_eq!(crate::support::ldap::result(&ldap.read()).code, SUCCESS, "{login}");
    }
    assert_eq!(ldap.search(search("", "(uid=owner@example.org)")).0.len(), 1);
}

#[test]
fn who_has_left_is_nobody_and_who_sleeps_is_not() {
    let scene = Scene::set();
    let (asleep, gone) = (scene.home.member("asleep"), scene.home.member("gone"));
    scene.home.operator.patch(&asleep.path(""), &json!({"state": "suspended"})).expect(200);
    scene.home.operator.delete(&gone.path("")).expect(204);
    let mut ldap = scene.keyed();
    let mut found = |login: &str| ldap.search(search("", &format!("(uid={login})"))).0.len();
    // A bind refuses them, as it refuses a wrong password.
    assert_eq!((found(&asleep.login), found(&gone.login)), (1, 0));
}

#[test]
fn nobody_can_list() {
    let scene = Scene::set();
    let mut ldap = scene.keyed();
    for filter in [
        "(objectClass=*)",
        "(uid=*)",
        "(uid=own*)",
        "(!(uid=nobody@example.org))",
        "(|(uid=owner@example.org)(uid=nobody@example.org))",
        "(|(uid=owner@example.org)(objectClass=*))",
        "(uid>=a)",
        "(sn=owner)",
    ] {
        assert_eq!(ldap.search(search("dc=clientpass", filter)), (Vec::new(), UNWILLING), "{filter}");
    }
    for base in ["dc=org", "ou=people,dc=clientpass", "cn=config", "cn=subschema", "nonsense"] {
        let asked = search(base, "(uid=owner@example.org)");
        assert_eq!(ldap.search(asked), (Vec::new(), UNWILLING), "{base}");
    }
}

#[test]
fn nothing_is_found_without_the_key_of_a_mail_server() {
    let scene = Scene::set();
    let mut ldap = scene.connect();
    assert_eq!(ldap.search(search("", "(uid=owner@example.org)")), (Vec::new(), NO_RIGHT));
    assert_eq!(ldap.bind("", ""), SUCCESS);
    assert_eq!(ldap.search(search("", "(uid=owner@example.org)")), (Vec::new(), NO_RIGHT));
}

#[test]
fn a_key_that_is_taken_away_finds_nothing_any_more() {
    let scene = Scene::set();
    let mut ldap = scene.keyed();
    let asked = || search("", "(uid=owner@example.org)");
    assert_eq!(ldap.search(asked()).0.len(), 1);
    let keys = scene.home.operator.get("/v1/service-keys").expect(200);
    let key = keys.items().iter().find(|key| key["role"] == "mail_server").unwrap();
    scene.home.operator.delete(&format!("/v1/service-keys/{}", key["id"].as_str().unwrap())).expect(204);
    assert_eq!(ldap.search(asked()), (Vec::new(), UNWILLING));
    assert_eq!(ldap.bind("owner@example.org", "owner's password"), UNWILLING);
}

#[test]
fn a_search_that_cannot_be_answered_is_not_nobody() {
    let scene = Scene::set();
    let mut ldap = scene.keyed();
    scene.app.faults.set_all(true);
    assert_eq!(ldap.search(search("", "(uid=owner@example.org)")), (Vec::new(), UNAVAILABLE));
    scene.app.faults.set_all(false);
    assert_eq!(ldap.search(search("", "(uid=owner@example.org)")).0.len(), 1);
}

#[test]
fn the_root_says_what_is_spoken_to_everybody() {
    let scene = Scene::set();
    let mut root = search("", "(objectClass=*)");
    root.scope = LdapSearchScope::Base;
    let (entries, code) = scene.connect().search(root);
    assert_eq!(code, SUCCESS);
    // No StartTLS without a certificate.
    let expected = [("supportedLDAPVersion", "3"), ("supportedExtension", "1.3.6.1.4.1.4203.1.11.3")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(shown(&entries[0]), (String::new(), expected.to_vec()));
}
