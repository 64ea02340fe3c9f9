//! `auth_request` in front of web pages: judged.

use super::handed;
use super::question::Question;
use super::text::{Around, Directive, in_force, location, named};
use crate::doctor::{Findings, is_local};

/// Judges every `auth_request`; whether there is one. `ours` are addresses at which clientpass listens.
pub(super) fn judge(whole: &[Directive], ours: &[String], found: &mut Findings) -> bool {
    let mut asked = false;
    for http in named(whole, "http") {
        for server in named(&http.inside, "server") {
            walk(&[http, server], &mut |around, uri| {
                asked = true;
                judge_tls(server, found);
                judge_faults(around, server, found);
                if let Some(question) = Question::of(http, server, uri) {
                    question.judge(ours, found);
                }
            });
        }
        handed::judge(http, ours, found);
    }

    asked
}

/// Every block in which an `auth_request` stands, with the path that it names.
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
    let pages = in_force(around, "error_page");

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
