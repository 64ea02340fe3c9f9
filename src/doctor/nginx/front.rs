//! nginx in front of the API and the pages of clientpass: whether clientpass learns who is behind it.

use super::addresses::reached;
use super::kinds;
use super::text::{self, Around, Directive, in_force, named};
use crate::doctor::opened::Opened;
use crate::doctor::{About, Finding, Findings};
use crate::domain::network::TrustedProxies;

/// Judges every place at which nginx hands requests on to the API or the pages.
pub fn judge(printed: &str, opened: &Opened, trusted: &TrustedProxies) -> Vec<Finding> {
    let whole = text::read(printed);
    let mut found = Findings::about(About::Nginx);
    for http in named(&whole, "http") {
        for server in named(&http.inside, "server") {
            walk(&[http, server], &mut |around, pass| {
                for at in reached(http, pass.argument()) {
                    if let Some(peer) = opened.peer_of_api(&at) {
                        judge_place(around, &peer.to_string(), trusted.trust(peer), &mut found);
                    }
                }
            });
        }
    }

    found.all()
}

/// Every `proxy_pass`, with the blocks around it.
fn walk(around: &Around<'_>, visit: &mut dyn FnMut(&Around<'_>, &Directive)) {
    let Some(innermost) = around.last() else { return };

    for pass in named(&innermost.inside, "proxy_pass") {
        visit(around, pass);
    }
    for block in innermost.blocks() {
        walk(&[around, &[block]].concat(), visit);
    }
}

/// Judges what clientpass learns of a client when nginx comes from the address `peer`.
fn judge_place(around: &Around<'_>, peer: &str, is_trusted: bool, found: &mut Findings) {
    let place = around.last().filter(|block| block.name() == "location");
    let place = place.map_or_else(|| "a server of nginx".into(), |location| location.words.join(" "));
    let line = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";

    if !is_trusted {
        found.find(
            &kinds::PROXY_NOT_TRUSTED,
            &format!("{place} hands requests on to clientpass from {peer}, which is not trusted"),
            &format!("server.trusted_proxies = [\"{peer}\"]     # in clientpass.toml; and in nginx: {line}"),
        );
        return;
    }

    let headers = in_force(around, "proxy_set_header");
    let is_it = |set: &&&Directive| set.argument().eq_ignore_ascii_case("X-Forwarded-For");
    let set = headers.iter().rev().find(is_it);
    let value = set.map(|set| set.arguments().get(1).map_or("", String::as_str));
    let all_dropped =
        in_force(around, "proxy_pass_request_headers").last().is_some_and(|on| on.argument() == "off");

    match value {
        Some("") => found.find(&kinds::FORWARDED_FOR_LOST, &format!("{place} drops X-Forwarded-For"), line),
        None if all_dropped => {
            found.find(&kinds::FORWARDED_FOR_LOST, &format!("{place} drops all headers"), line);
        }
        None => {
            let what = format!("{place} leaves X-Forwarded-For as it came from the client");
            found.find(&kinds::FORWARDED_FOR_FROM_CLIENT, &what, line);
        }
        // What stands last counts, and nginx adds its own behind what the client has said.
        Some(value) if value.contains("$http_") && !value.ends_with("$remote_addr") => {
            let what = format!("{place} takes X-Forwarded-For from the client");
            found.find(&kinds::FORWARDED_FOR_FROM_CLIENT, &what, line);
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Harm;
    use super::*;
    use crate::doctor::opened::Door;

    /// nginx in front of the pages, as it should be.
    const FRONT: &str = "\
http { server { listen 443 ssl; location / {
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_pass http://127.0.0.1:8600;
} } }
";

    fn found(printed: &str, trusted: &[&str]) -> Vec<(&'static str, Harm, String)> {
        let opened = Opened { doors: vec![(Door::Api, "127.0.0.1:8600".into())], answers: None };
        let trusted = trusted.iter().map(|block| (*block).to_owned()).collect::<Vec<_>>();
        let found = judge(printed, &opened, &TrustedProxies::try_from(trusted).unwrap());
        found.into_iter().map(|of| (of.code, of.harm, of.change)).collect()
    }

    #[track_caller]
    fn one(printed: &str, trusted: &[&str], code: &str, harm: Harm, change: &str) {
        let found = found(printed, trusted);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].0, found[0].1), (code, harm));
        assert!(found[0].2.starts_with(change), "{found:#?}");
    }

    #[test]
    fn a_proxy_that_is_trusted_and_says_who_is_behind_it_is_right() {
        assert_eq!(found(FRONT, &["127.0.0.1"]), []);
        assert_eq!(found(&FRONT.replace("$proxy_add_x_forwarded_for", "$remote_addr"), &["127.0.0.0/8"]), []);
        let own = "\"$http_x_forwarded_for, $remote_addr\"";
        assert_eq!(found(&FRONT.replace("$proxy_add_x_forwarded_for", own), &["127.0.0.1"]), []);
        // It goes somewhere else.
        assert_eq!(found(&FRONT.replace(":8600", ":5232"), &[]), []);
    }

    #[test]
    fn a_proxy_that_is_not_trusted_is_found() {
        let line = "server.trusted_proxies = [\"127.0.0.1\"]";
        one(FRONT, &[], "nginx_proxy_not_trusted", Harm::WillHurt, line);
        one(FRONT, &["192.0.2.10/32"], "nginx_proxy_not_trusted", Harm::WillHurt, line);
        one(&FRONT.replace("127.0.0.1", "localhost"), &[], "nginx_proxy_not_trusted", Harm::WillHurt, line);

        let upstream = FRONT.replace("http { ", "http { upstream pages { server 127.0.0.1:8600; } ");
        let upstream = upstream.replace("http://127.0.0.1:8600", "http://pages");
        one(&upstream, &[], "nginx_proxy_not_trusted", Harm::WillHurt, line);
    }

    #[test]
    fn an_address_that_the_client_says_itself_or_that_is_lost_is_found() {
        let line = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
        let set = "  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n";
        let spoofed = |text: &str| {
            one(text, &["127.0.0.1"], "nginx_forwarded_for_from_client", Harm::LetsIn, line);
        };
        spoofed(&FRONT.replace(set, ""));
        spoofed(&FRONT.replace(set, "  proxy_pass_request_headers on;\n"));
        spoofed(&FRONT.replace("$proxy_add_x_forwarded_for", "$http_x_forwarded_for"));
        // Set outside, and lost where the location sets a header of its own.
        spoofed(&FRONT.replace(set, "").replace("listen 443 ssl;", &format!("listen 443 ssl;{set}")));

        let lost = |text: &str| one(text, &["127.0.0.1"], "nginx_forwarded_for_lost", Harm::WillHurt, line);
        lost(&FRONT.replace("$proxy_add_x_forwarded_for", "\"\""));
        lost(&FRONT.replace(set, "  proxy_pass_request_headers off;\n"));
    }
}
