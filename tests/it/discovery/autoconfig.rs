//! `config-v1.1.xml`, at both of its places.

use super::start;
use crate::support::TestApp;

const PATH: &str = "/mail/config-v1.1.xml";

fn asked(app: &TestApp, query: &str) -> String {
    let answer = app.http().get(&format!("{PATH}{query}")).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
    answer.text
}

#[test]
fn every_address_of_a_domain_gets_the_same_bytes_whether_it_exists_or_not() {
    let (mut app, home) = TestApp::installed_with(super::options(super::MAIL));
    let owner = asked(&app, &format!("?emailaddress={}", home.owner.login));
    for other in [
        "nobody@example.org",
        "OWNER@EXAMPLE.ORG",
        "a%2Bb@example.org",
        "%22%3E%3Cx/%3E@example.org",
        "@example.org",
    ] {
        assert_eq!(asked(&app, &format!("?emailaddress={other}")), owner, "{other}");
    }
    let elsewhere = app.http().get(&format!("/.well-known/autoconfig{PATH}?emailaddress=x@example.org"));
    assert_eq!(elsewhere.expect(200).text, owner);

    // A domain that no organization has differs by its name and nothing else.
    let foreign = asked(&app, "?emailaddress=x@example.com");
    assert_eq!(foreign.replace("example.com", "example.org"), owner);

    // The database is not asked at all.
    app.faults.set_all(true);
    assert_eq!(asked(&app, "?emailaddress=owner@example.org"), owner);
    app.faults.set_all(false);
    app.stop();
}

#[test]
fn a_domain_has_its_own_servers_and_the_general_ones_beside_them() {
    let app = start();
    let net = asked(&app, "?emailaddress=x@Example.NET");
    for part in [
        "<emailProvider id=\"example.net\">",
        "<hostname>imap.example.net</hostname>\n      <port>143</port>\n      <socketType>STARTTLS</socketType>",
        "<hostname>smtp.example.org</hostname>",
        "<displayName>Net</displayName>",
    ] {
        assert!(net.contains(part), "{part}\n{net}");
    }

    let by_host = app.http().with("Host", "autoconfig.example.net:8443").get(PATH).expect(200).text;
    assert_eq!(by_host, net);
    let by_address = app.http().with("Host", "autoconfig.example.net");
    let by_address = by_address.get(&format!("{PATH}?emailaddress=x@example.org")).expect(200).text;
    assert_eq!(by_address, asked(&app, "?emailaddress=x@example.org"));
}

#[test]
fn nothing_that_is_no_domain_gets_into_the_answer() {
    let app = start();
    let general = asked(&app, "");
    assert!(general.contains("<domain>%EMAILDOMAIN%</domain>"), "{general}");
    assert!(general.contains("<displayName>Example &#38; &#60;Co&#62;</displayName>"), "{general}");
    for query in [
        "?emailaddress=",
        "?emailaddress=nobody",
        "?emailaddress=a@%22%3E%3Cscript%3E",
        "?emailaddress=a@%3C!DOCTYPE%20x%3E.org",
        "?emailaddress=a@exa%26mple.org",
        "?emailaddress=a@example.org%00",
        "?emailaddress=%ff@%ff.org",
        "?emailaddress=a@]]%3E.org",
        "?other=a@example.net&again",
    ] {
        assert_eq!(asked(&app, query), general, "{query}");
    }
}
