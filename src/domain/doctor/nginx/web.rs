//! `auth_request` in front of web pages: judged.

use super::text::{Directive, named};
use super::{authority, seconds};
use crate::domain::doctor::{Findings, is_local};

/// The blocks around a directive, outermost first.
type Around<'a> = [&'a Directive];

/// Judges every `auth_request`; whether there is one.
pub(super) fn judge(whole: &[Directive], found: &mut Findings) -> bool {
    let mut asked = false;
    for http in named(whole, "http") {
        for server in named(&http.inside, "server") {
            walk(&[http, server], &mut |around, uri| {
                asked = true;
                judge_tls(server, found);
                judge_faults(around, server, found);
                if let Some(verifier) = location(server, uri) {
                    judge_verifier(verifier, found);
                }
            });
        }
    }
    asked
}

/// Every block in which an `auth_request` stands, with what it asks.
fn walk(around: &Around<'_>, visit: &mut dyn FnMut(&Around<'_>, &str)) {
    let Some(innermost) = around.last() else { return };
    for asking in named(&innermost.inside, "auth_request").filter(|asking| asking.argument() != "off") {
        visit(around, asking.argument());
    }
    for location in named(&innermost.inside, "location") {
        let mut around = around.to_vec();
        around.push(location);
        walk(&around, visit);
    }
}

/// The location of a name or a path, in a server.
fn location<'a>(server: &'a Directive, path: &str) -> Option<&'a Directive> {
    let fits = |location: &&Directive| location.arguments().last().is_some_and(|last| last == path);
    named(&server.inside, "location").find(fits)
}

/// Basic credentials come with every request.
fn judge_tls(server: &Directive, found: &mut Findings) {
    let mut listens = named(&server.inside, "listen").peekable();
    let anywhere = listens.peek().is_none();
    let open = |listen: &Directive| {
        let wrapped = listen.arguments().iter().any(|word| word == "ssl" || word == "quic");
        !wrapped && !is_local(listen.argument())
    };
    if anywhere || listens.any(open) {
        found.error(
            "nginx_cleartext",
            (
                "a web server that asks for passwords can be reached without TLS",
                "whoever is on the way reads them, and they come with every request",
                "listen 443 ssl;     # and no listen without it",
            ),
        );
    }
}

/// What the verifier's "cannot answer" becomes.
fn judge_faults(around: &Around<'_>, server: &Directive, found: &mut Findings) {
    // The innermost block that has any error_page has all that count.
    let pages = around.iter().rev().map(|block| named(&block.inside, "error_page").collect::<Vec<_>>());
    let pages = pages.into_iter().find(|pages| !pages.is_empty()).unwrap_or_default();
    let temporary = |page: &Directive| {
        let words = page.arguments();
        let says = |word: &str| words.iter().any(|given| given == word);
        let answers_503 = || {
            let page = words.last().and_then(|target| location(server, target));
            page.is_some_and(|page| named(&page.inside, "return").any(|answer| answer.argument() == "503"))
        };
        says("500") && (says("=503") || says("=") && answers_503())
    };
    if !pages.into_iter().any(temporary) {
        found.warning("nginx_faults_are_500", (
            "auth_request without an error_page for 500",
            "when clientpass cannot answer nginx says 500; calendar and file clients take that for a broken server, and \
             some for a lost resource",
            "error_page 500 502 504 = @auth_down;     # location @auth_down { add_header Retry-After 30 always; return \
             503; }",
        ));
    }
}

fn judge_verifier(verifier: &Directive, found: &mut Findings) {
    let get = |name| named(&verifier.inside, name).last().map(Directive::argument);
    let Some(address) = get("proxy_pass") else { return };
    if address.starts_with("http:")
        && !is_local(authority(address))
        && authority(address).contains(['.', ':'])
    {
        found.error(
            "nginx_remote_verifier",
            (
                "auth_request asks another machine without TLS",
                "passwords cross the network readable, and who answers in its place lets everybody in",
                "proxy_pass https://…;     # with proxy_ssl_verify on, or a clientpass on this machine",
            ),
        );
    }
    if get("proxy_pass_request_body") != Some("off") {
        found.warning(
            "nginx_body",
            (
                "the question to clientpass carries the body of the request",
                "uploads wait for it, or fail",
                "proxy_pass_request_body off; proxy_set_header Content-Length \"\";",
            ),
        );
    }
    let timeout = get("proxy_read_timeout");
    if timeout.is_none_or(|timeout| seconds(timeout).is_none_or(|seconds| seconds > 10)) {
        found.warning(
            "nginx_timeout",
            (
                &format!(
                    "proxy_read_timeout of the question to clientpass is {}",
                    timeout.unwrap_or("60s, its default")
                ),
                "while clientpass does not answer every request hangs so long",
                "proxy_read_timeout 5s;",
            ),
        );
    }
}
