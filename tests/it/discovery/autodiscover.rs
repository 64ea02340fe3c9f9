//! Autodiscover: settings in XML, and where they are, in JSON.

use super::start;
use crate::support::{Answer, TestApp};

const PATH: &str = "/autodiscover/autodiscover.xml";

fn request(address: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover \
         xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\"><Request>\
         <EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>\
         http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\
         </AcceptableResponseSchema></Request></Autodiscover>"
    )
}

fn posted(app: &TestApp, path: &str, body: &str) -> Answer {
    app.http().send_raw("POST", path, Some(("text/xml", body.as_bytes())))
}

fn asked(app: &TestApp, address: &str) -> String {
    let answer = posted(app, PATH, &request(address)).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
    answer.text
}

#[test]
fn only_the_domain_matters_and_the_address_comes_back_as_the_login() {
    let (mut app, home) = TestApp::installed_with(super::options(super::MAIL));
    let owner = asked(&app, &home.owner.login);
    assert!(owner.contains("<Action>settings</Action>"), "{owner}");
    assert_eq!(owner.matches("<LoginName>owner@example.org</LoginName>").count(), 3);
    assert_eq!(asked(&app, "nobody@example.org").replace("nobody@", "owner@"), owner);
    assert_eq!(asked(&app, "x@example.com").replace("x@example.com", "owner@example.org"), owner);

    let net = asked(&app, "x@example.net");
    assert!(
        net.contains("<Server>imap.example.net</Server>") && net.contains("<Encryption>TLS</Encryption>"),
        "{net}"
    );

    for path in ["/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml"] {
        assert_eq!(posted(&app, path, &request("owner@example.org")).expect(200).text, owner, "{path}");
    }
    app.faults.set_all(true);
    assert_eq!(asked(&app, "owner@example.org"), owner);
    app.faults.set_all(false);
    app.stop();
}

#[test]
fn what_is_injected_comes_back_as_text() {
    let app = start();
    let said = asked(&app, "a&lt;/LoginName&gt;&quot;&amp;@example.org");
    assert!(said.contains("<LoginName>a&#60;/LoginName&#62;&#34;&#38;@example.org</LoginName>"), "{said}");
    assert_eq!(said.matches("</LoginName>").count(), 3);
}

#[test]
fn what_cannot_be_read_is_refused_as_outlook_knows_it() {
    let app = start();
    let asks = request("owner@example.org");
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    let file = "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
    let entity = request("&f;@example.org");
    let prompted: Vec<String> = [
        "",
        "{\"EMailAddress\": \"owner@example.org\"}",
        "<Autodiscover><Request><EMailAddress>owner@example.org</EMailAddress>",
        "<Autodiscover></Request>",
        &format!("{bomb}{asks}"),
        &format!("{file}{entity}"),
        &entity,
        &request("owner"),
        &request("owner@exa mple.org"),
        &format!("<!--{}-->{asks}", " ".repeat(20_000)),
        &"<a>".repeat(1_000),
    ]
    .map(|body| posted(&app, PATH, body).expect(200).text)
    .to_vec();

    for said in &prompted {
        assert!(said.contains("<ErrorCode>600</ErrorCode>") && !said.contains("owner"), "{said}");
        assert_eq!(said, &prompted[0]);
    }

    let huge = format!("<!--{}-->", " ".repeat(70_000));
    posted(&app, PATH, &huge).expect_problem(413, "body_too_large");
}

#[test]
fn the_json_says_where_the_xml_is() {
    let app = start();
    let json = |path: &str, query: &str| {
        app.http().with("Host", "autodiscover.example.org").get(&format!("{path}{query}"))
    };
    let path = "/autodiscover/autodiscover.json";

    for query in ["?Protocol=AutodiscoverV1", "?Email=a@example.org&Protocol=autodiscoverv1&RedirectCount=1"]
    {
        let answer = json(path, query).expect(200);
        assert_eq!(answer.text_of("Protocol"), "AutodiscoverV1");
        // Whoever says nothing of a public address has one on this machine.
        let ours = format!("http://localhost:{}/autodiscover/autodiscover.xml", app.address.port());
        assert_eq!(answer.text_of("Url"), ours);
    }
    json("/Autodiscover/Autodiscover.json", "?Protocol=AutodiscoverV1").expect(200);

    for (query, code) in [
        ("?Protocol=ActiveSync", "InvalidProtocol"),
        ("?Protocol=%22%3E", "InvalidProtocol"),
        ("?Email=a@example.org", "MandatoryParameterMissing"),
    ] {
        let answer = json(path, query).expect(400);
        assert_eq!(answer.text_of("ErrorCode"), code);
        assert!(answer.body["ErrorMessage"].is_string());
    }
}
