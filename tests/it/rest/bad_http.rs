//! HTTP that no polite client sends: headers and bodies without measure, two readings of one request, a body that
//! does not come.

use std::io::Write as _;
use std::time::Duration;

use super::raw::{connect, exchange, post, rest, status};
use crate::support::TestApp;

#[test]
fn headers_have_bounds() {
    let (app, home) = TestApp::installed();
    let get = |headers: &str| {
        let token = home.operator.token();
        let request = format!(
            "GET /v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{headers}Connection: close\r\n\r\n"
        );
        exchange(app.address, request.as_bytes())
    };
    assert_eq!(status(&get(&format!("X-Fill: {}\r\n", "x".repeat(8_000)))), 200);
    let much = get(&format!("X-Fill: {}\r\n", "x".repeat(17_000)));
    assert!(status(&much) == 431 && much.contains("\"headers_too_large\""), "{much}");
    // What HTTP itself refuses has no body. Three lines are there already.
    assert_eq!(status(&get(&"X: y\r\n".repeat(93))), 200);
    let too_many = get(&"X: y\r\n".repeat(94));
    assert!(status(&too_many) == 431 && too_many.ends_with("\r\n\r\n"), "{too_many}");
    let malformed = exchange(app.address, b"GET / HTTP/1.1\r\nno header\r\n\r\n");
    assert!(status(&malformed) == 400 && malformed.ends_with("\r\n\r\n"), "{malformed}");
    let in_many = get(&"X-Fill: 0123456789012345678901234567890123456789\r\n".repeat(90).repeat(4));
    for refused in
        [in_many, get(&format!("X-Fill: {}\r\n", "x".repeat(400_000))), get(&"X: y\r\n".repeat(5_000))]
    {
        assert!(matches!(status(&refused), 0 | 400 | 431), "{}", &refused[..refused.len().min(300)]);
    }
    app.http().get("/healthz").expect(200);
}

#[test]
fn a_request_that_can_be_read_in_two_ways_is_refused() {
    let (app, home) = TestApp::installed();
    let request = post("/v1/verify", home.mail_server.token(), "{}");
    for twice in ["Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: +2\r\n"] {
        let odd = request.replacen("Content-Length", &format!("{twice}Content-Length"), 1);
        let answer = exchange(app.address, odd.as_bytes());
        assert!(matches!(status(&answer), 0 | 400), "{twice}: {answer}");
    }
    app.http().get("/healthz").expect(200);
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let (app, home) = TestApp::installed();
    let request = post("/v1/verify", home.mail_server.token(), "{\"login\": \"a\", \"password\": \"b\"}");
    let patience = Duration::from_secs(10);
    // Nobody else sleeps for so long and no longer.
    let waits = || app.time.waits().iter().any(|wait| (patience * 9 / 10..=patience).contains(wait));
    let mut stream = connect(app.address);
    stream.write_all(&request.as_bytes()[..request.len() - 5]).unwrap();
    while !waits() {
        std::thread::yield_now();
    }
    app.advance(patience);
    let answer = rest(stream);
    assert_eq!(status(&answer), 408, "{answer}");
}

#[test]
fn a_body_without_a_length_has_bounds_too() {
    let (app, home) = TestApp::installed();
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        home.mail_server.token()
    );
    let chunks = format!("8000\r\n{}\r\n", "x".repeat(0x8000)).repeat(3);
    let answer = exchange(app.address, format!("{head}{chunks}0\r\n\r\n").as_bytes());
    assert_eq!(status(&answer), 413, "{answer}");
    app.http().get("/healthz").expect(200);
}
