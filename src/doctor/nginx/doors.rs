//! Whether nginx asks where clientpass listens for it: the mail proxy and `auth_request`.

use std::collections::BTreeSet;

use super::addresses::{one, reached};
use super::kinds;
use super::locations::answering;
use super::text::{self, Directive, in_force, named};
use crate::doctor::opened::{Asks, Door, Opened};
use crate::doctor::{About, Finding, Findings, Kind};

/// Judges where nginx asks.
pub fn judge(printed: &str, opened: &Opened) -> Vec<Finding> {
    let whole = text::read(printed);
    let mut found = Findings::about(About::Nginx);

    let mut servers = Vec::new();
    for mail in named(&whole, "mail") {
        servers.extend(named(&mail.inside, "server").map(|server| [mail, server]));
    }
    judge_mail(&servers, opened, &mut found);

    for http in named(&whole, "http") {
        for server in named(&http.inside, "server") {
            let mut paths: BTreeSet<&str> = asked_by(http).collect();
            questions(server, &mut paths);
            for question in paths.into_iter().filter_map(|path| answering(server, path).pop()) {
                judge_question(http, question, opened, &mut found);
            }
        }
    }

    found.all()
}

const KINDS: (&Kind, &Kind) = (&kinds::DOOR_NOT_OPEN, &kinds::DOOR_ELSEWHERE);

/// `servers` are those of the mail proxy, each with the block around it.
fn judge_mail(servers: &[[&Directive; 2]], opened: &Opened, found: &mut Findings) {
    let asked: Vec<String> = servers.iter().filter_map(asked_of).map(|of| one(of.argument())).collect();
    let is_left = opened.is_left(Door::NginxMail, &asked);

    for around in servers {
        let Some(asking) = asked_of(around) else { continue };
        let named = in_force(around, "auth_http_header").into_iter().chain([asking]).any(names_us);
        let at = one(asking.argument());
        let asks = Asks { door: Door::NginxMail, at: &at, wants_us: named || is_left };
        opened.judge(asks, KINDS, "auth_http", |listen| format!("auth_http {};", url(listen)), found);
    }
}

/// The `auth_http` that holds for a server.
fn asked_of<'a>(around: &[&'a Directive; 2]) -> Option<&'a Directive> {
    let [mail, server] = around;
    let own = named(&server.inside, "auth_http").last();
    own.or_else(|| named(&mail.inside, "auth_http").last())
}

/// `question` is the location that `auth_request` names.
fn judge_question(http: &Directive, question: &Directive, opened: &Opened, found: &mut Findings) {
    let Some(pass) = named(&question.inside, "proxy_pass").last() else { return };

    for at in reached(http, pass.argument()) {
        let asks = Asks { door: Door::ForwardAuth, at: &at, wants_us: names_us(question) };
        opened.judge(asks, KINDS, "auth_request", |listen| format!("proxy_pass {};", url(listen)), found);
    }
}

fn names_us(directive: &Directive) -> bool {
    directive.any_word(&|word| word.to_lowercase().contains("clientpass"))
}

fn asked_by(block: &Directive) -> impl Iterator<Item = &str> {
    named(&block.inside, "auth_request").map(Directive::argument).filter(|path| *path != "off")
}

/// The paths that `auth_request` names in a block and in those in it.
fn questions<'a>(block: &'a Directive, into: &mut BTreeSet<&'a str>) {
    into.extend(asked_by(block));
    for inner in block.blocks() {
        questions(inner, into);
    }
}

/// An address of ours, as nginx writes it.
fn url(listen: &str) -> String {
    if listen.starts_with("unix:") { format!("http://{listen}:/") } else { format!("http://{listen}/") }
}

#[cfg(test)]
mod tests {
    use super::super::super::Harm;
    use super::*;

    fn opened(doors: &[(Door, &str)]) -> Opened {
        Opened { doors: doors.iter().map(|(door, at)| (*door, (*at).to_owned())).collect(), answers: None }
    }

    #[track_caller]
    fn one(printed: &str, opened: &Opened, what: &str, change: &str) {
        let found = judge(printed, opened);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].code, found[0].harm), ("nginx_door_not_open", Harm::KeepsOut), "{found:#?}");
        assert!(found[0].what.contains(what) && found[0].change.starts_with(change), "{found:#?}");
    }

    fn mail(address: &str) -> String {
        format!("mail {{ auth_http {address}; server {{ listen 993 ssl; }} server {{ listen 995 ssl; }} }}")
    }

    fn web(address: &str) -> String {
        format!(
            "http {{ upstream checks {{ server 127.0.0.1:8604; server 127.0.0.1:8614 backup; }}
             server {{ location /dav/ {{ location /dav/in/ {{ auth_request /ask; }} }}
             location = /ask {{ proxy_pass {address}; proxy_set_header X-Clientpass-Key \"\"; }} }} }}"
        )
    }

    #[test]
    fn the_door_of_the_mail_proxy_is_open_or_found_shut() {
        let open = opened(&[(Door::NginxMail, "127.0.0.1:8603"), (Door::Api, "127.0.0.1:8600")]);
        assert_eq!(judge(&mail("127.0.0.1:8603/"), &open), []);
        assert_eq!(judge(&mail("http://localhost:8603/auth"), &open), []);
        let line = "auth_http http://127.0.0.1:8603/;";
        one(&mail("127.0.0.1:8613/"), &open, "[doors.nginx_mail] listens on 127.0.0.1:8603", line);
        one(&mail("127.0.0.1:8600/"), &open, "where [server] listens", line);

        let shut = opened(&[(Door::Api, "127.0.0.1:8600")]);
        let section = "[doors.nginx_mail] listen = \"127.0.0.1:8603\"";
        one(&mail("127.0.0.1:8603/"), &shut, "there is no [doors.nginx_mail]", section);
        // One asks there, and the other somebody else.
        let two = "mail { server { auth_http 127.0.0.1:8603/; } server { auth_http 127.0.0.1:9000/; } }";
        assert_eq!(judge(two, &open), []);
        // It is somebody else's, for all we know, until it says whom it asks.
        assert_eq!(judge(&mail("127.0.0.1:9000/"), &shut), []);
        let named = mail("127.0.0.1:9000/; auth_http_header X-Clientpass-Key k");
        one(&named, &shut, "there is no [doors.nginx_mail]", "[doors.nginx_mail]");

        let socket = opened(&[(Door::NginxMail, "unix:/run/clientpass/mail.sock")]);
        assert_eq!(judge(&mail("http://unix:/run/clientpass/mail.sock:/"), &socket), []);
        let line = "auth_http http://unix:/run/clientpass/mail.sock:/;";
        one(&mail("http://unix:/run/clientpass/nginx.sock:/"), &socket, "listens on", line);
    }

    #[test]
    fn the_door_of_auth_request_is_open_or_found_shut() {
        let open = opened(&[(Door::ForwardAuth, "127.0.0.1:8604"), (Door::NginxMail, "127.0.0.1:8603")]);
        assert_eq!(judge(&web("http://127.0.0.1:8604/"), &open), []);
        let line = "proxy_pass http://127.0.0.1:8604/;";
        one(&web("http://127.0.0.1:8605/"), &open, "[doors.forward_auth] listens on", line);
        one(&web("http://127.0.0.1:8603/"), &open, "where [doors.nginx_mail] listens", line);
        // Of an upstream each server is asked.
        one(&web("http://checks"), &open, "127.0.0.1:8614", line);

        let shut = opened(&[]);
        one(
            &web("http://127.0.0.1:9999/"),
            &shut,
            "there is no [doors.forward_auth]",
            "[doors.forward_auth]",
        );
        let other = web("http://127.0.0.1:9091/").replace("X-Clientpass-Key", "X-Key");
        assert_eq!(judge(&other, &shut), []);
        let unasked = web("http://127.0.0.1:9999/").replace("auth_request /ask", "auth_request off");
        assert_eq!(judge(&unasked, &shut), []);
    }

    #[test]
    fn somebody_who_answers_there_is_a_warning() {
        for (door, printed) in
            [(Door::NginxMail, mail("127.0.0.1:8613/")), (Door::ForwardAuth, web("http://127.0.0.1:8613/"))]
        {
            let mut here = opened(&[(door, "127.0.0.1:8600")]);
            here.answers = Some(|at| at == "127.0.0.1:8613");
            let found = judge(&printed, &here);
            let codes: Vec<_> = found.iter().map(|one| (one.code, one.harm)).collect();
            assert_eq!(codes, [("nginx_door_elsewhere", Harm::WillHurt)], "{found:#?}");
        }
    }
}
