//! The list of an organization's client passwords, narrowed in the address by whatever the command line narrows it by.

use serde_json::json;

use super::Browser;
use crate::rest::administration::secured;
use crate::rest::departments::department;
use crate::support::TestApp;

const PAGE: &str = "/admin/client-passwords";

#[test]
fn it_is_narrowed_by_department_secure_login_networks_and_why_they_ended() {
    let (app, home) = TestApp::installed();
    let sales = department(&home, "Sales", None);
    let north = department(&home, "North", Some(&sales));
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| secured(&app, &home, name));
    home.operator.patch(&alice.path(""), &json!({"department_ids": [north]})).expect(200);
    alice.issue("Of Alice");
    bob.issue_with(&json!({"label": "Tied of Bob", "networks": ["192.0.2.0/25"]}));
    let lost = bob.issue("Lost of Bob");
    bob.http.delete(&lost.path("")).expect(204);
    carol.issue("Gone of Carol");
    carol.secure_login(false);

    let owner = Browser::of(&app, &home.owner);
    let cases: [(&str, &[&str]); 8] = [
        ("", &["Of Alice", "Tied of Bob", "Lost of Bob", "Gone of Carol"]),
        (&format!("?department_id={sales}"), &["Of Alice"]),
        ("?secure_login=off", &["Gone of Carol"]),
        ("?secure_login=on", &["Of Alice", "Tied of Bob", "Lost of Bob"]),
        ("?networks=192.0.2.0/24", &["Tied of Bob"]),
        ("?ended_reason=revoked_by_member", &["Lost of Bob"]),
        ("?ended_reason=secure_login_off", &["Gone of Carol"]),
        ("?secure_login=on&ended_reason=secure_login_off", &[]),
    ];
    for (query, expected) in cases {
        let page = owner.get(&format!("{PAGE}{query}")).expect(200);
        for label in ["Of Alice", "Tied of Bob", "Lost of Bob", "Gone of Carol"] {
            assert_eq!(page.text.contains(label), expected.contains(&label), "{query}: {label}");
        }
        // What was chosen is still chosen, and the way back is shown.
        assert_eq!(page.text.contains("Show all"), !query.is_empty(), "{query}");
        let chosen = query.split(['?', '&']).filter_map(|pair| pair.split_once('='));
        for (_, value) in chosen {
            let selected = page.has(&format!("value=\"{value}\" selected"));
            assert!(selected || page.has(&format!("value=\"{value}\"")) && value.contains('.'), "{query}");
        }
    }
}

#[test]
fn what_is_no_department_no_network_and_no_reason_is_said_beside_the_field_and_lists_nothing() {
    let (app, home) = TestApp::installed();
    secured(&app, &home, "alice").issue("Of Alice");
    let owner = Browser::of(&app, &home.owner);
    for (field, wrong) in [("department_id", "sales"), ("networks", "everywhere"), ("ended_reason", "bored")]
    {
        let page = owner.get(&format!("{PAGE}?{field}={wrong}")).expect(200);
        assert!(page.has(&format!("id=\"{field}-fault\"")), "{field}: {}", page.text);
        assert!(!page.has("Of Alice"), "{field}");
    }
}
