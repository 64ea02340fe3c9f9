//! `auth_request` in front of web pages: judged.

use super::locations::answering;
use super::question::Question;
use super::text::{Around, Directive, in_force, named};
use super::{bypass, handed, kinds};
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
                judge_question(around, uri, ours, found);
            });
        }
        handed::judge(http, ours, found);
        bypass::judge(http, ours, found);
    }

    asked
}

/// Every server and location in which an `auth_request` stands, with the path that it names. One outside of all servers
/// stands in each.
fn walk<'a>(around: &Around<'a>, visit: &mut dyn FnMut(&Around<'a>, &'a str)) {
    let Some(innermost) = around.last() else { return };

    let standing = match around {
        [_, _] => in_force(around, "auth_request"),
        _ => named(&innermost.inside, "auth_request").collect(),
    };
    for asking in standing.into_iter().filter(|asking| asking.argument() != "off") {
        visit(around, asking.argument());
    }

    for location in named(&innermost.inside, "location") {
        let mut around = around.to_vec();
        around.push(location);
        walk(&around, visit);
    }
}

/// The location that `auth_request` names.
fn judge_question<'a>(around: &Around<'a>, uri: &'a str, ours: &[String], found: &mut Findings) {
    match Question::of(around, uri) {
        Some(question) => question.judge(ours, found),
        None => found.find(
            &kinds::QUESTION_NOT_LOOKED_AT,
            &format!("auth_request names {uri}, and no location of that path was found"),
            &format!("location = {uri} {{ … }}     # as in clientpass-server.conf"),
        ),
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
        found.find(
            &kinds::CLEARTEXT_OF_PAGES,
            "a web server that asks for passwords can be reached without TLS",
            "listen 443 ssl;     # and no listen without it",
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
            let page = words.last().and_then(|target| answering(server, target).pop());
            page.is_some_and(|page| named(&page.inside, "return").any(|answer| answer.argument() == "503"))
        };
        says("500") && (says("=503") || says("=") && answers_503())
    };

    if !pages.into_iter().any(temporary) {
        found.find(
            &kinds::FAULTS_ARE_500,
            "auth_request without an error_page for 500",
            "error_page 500 502 504 = @auth_down;     # location @auth_down { add_header Retry-After 30 always; return \
             503; }",
        );
    }
}
