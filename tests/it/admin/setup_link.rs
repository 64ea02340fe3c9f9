//! A new setup token, for whoever did not see the one that was printed at the start.

use clientpass::domain::origin::Origin;
use clientpass::service::admin::AdminCommand;
use serde_json::{Value, json};

use crate::support::{Answer, Options, TestApp};

fn make(app: &TestApp) -> Result<Value, String> {
    app.order(&json!({"order": "make_setup_token"})).map(|mut done| done["setup_token_made"].take())
}

fn redeem(app: &TestApp, token: &str) -> Answer {
    let body = json!({
        "token": token, "organization": "Example", "domain": "example.org",
        "owner": "owner@example.org", "password": "owner's password",
    });
    app.http().post("/v1/setup", &body)
}

#[test]
fn a_new_token_is_good_and_the_one_before_it_no_more() {
    let app = TestApp::start();
    let made = make(&app).unwrap();
    assert_eq!(made["pages"], format!("http://localhost:{}", app.address.port()));
    redeem(&app, app.setup_token.as_deref().unwrap()).expect_problem(403, "invalid_setup_token");
    redeem(&app, made["token"].as_str().unwrap()).expect(201);
    assert!(make(&app).unwrap_err().contains("set up already"));
}

#[test]
fn the_link_leads_where_browsers_find_the_pages() {
    let mut options = Options::default();
    options.config.server.public_url =
        Some(Origin::try_from("https://clientpass.example.org".to_owned()).unwrap());
    let app = TestApp::start_with(options);
    assert_eq!(make(&app).unwrap()["pages"], "https://clientpass.example.org");
}

#[test]
fn where_nobody_could_open_it_no_token_is_made() {
    let mut options = Options::default();
    options.config.server.listen = "127.0.0.2:0".parse().unwrap();
    let mut app = TestApp::start_with(options);
    assert!(make(&app).unwrap_err().contains("server.public_url"));
    let refused = app.order_at_rest(&AdminCommand::MakeSetupToken).unwrap_err();
    assert!(refused.contains("start it"), "{refused}");
    redeem(&app, app.setup_token.as_deref().unwrap()).expect(201);
    let refused = app.order_at_rest(&AdminCommand::MakeSetupToken).unwrap_err();
    assert!(refused.contains("set up already"), "{refused}");
}
