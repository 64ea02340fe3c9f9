//! The check before a page is shown: the location that `auth_request` names, judged.

use super::text::{Directive, authority, in_force, location, named, seconds};
use crate::doctor::{Findings, is_local};

/// The location that sends the check, in the blocks around it.
pub(super) struct Question<'a> {
    around: [&'a Directive; 3],
    server: &'a Directive,
    asks: &'a Directive,
}

impl<'a> Question<'a> {
    /// That of a path in a server, if it is there.
    pub(super) fn of(http: &'a Directive, server: &'a Directive, uri: &str) -> Option<Self> {
        let asks = location(server, uri)?;
        Some(Self { around: [http, server, asks], server, asks })
    }

    /// Whether the check goes to clientpass: it is named, or its address is.
    pub(super) fn is_ours(&self, ours: &[String]) -> bool {
        self.asks
            .any_word(&|word| word.contains("clientpass") || ours.iter().any(|at| word.contains(at.as_str())))
    }

    /// What a setting is set to there.
    fn get(&self, name: &'a str) -> Option<&'a str> {
        in_force(&self.around, name).last().map(|set| set.argument())
    }

    /// What a header of the check is set to; empty where it is dropped.
    fn header(&self, name: &str) -> Option<&'a str> {
        let set = in_force(&self.around, "proxy_set_header");
        let of_name = set.into_iter().rev().find(|set| set.argument().eq_ignore_ascii_case(name))?;
        Some(of_name.arguments().get(1).map_or("", String::as_str))
    }

    pub(super) fn judge(&self, ours: &[String], found: &mut Findings) {
        self.judge_way(found);
        if self.is_ours(ours) {
            self.judge_address(found);
            self.judge_words(found);
            self.judge_answers(found);
        }
    }

    fn judge_way(&self, found: &mut Findings) {
        let Some(address) = self.get("proxy_pass") else { return };

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

        if self.get("proxy_pass_request_body") != Some("off") {
            found.warning(
                "nginx_body",
                (
                    "the question to clientpass carries the body of the request",
                    "uploads wait for it, or fail",
                    "proxy_pass_request_body off; proxy_set_header Content-Length \"\";",
                ),
            );
        }

        let timeout = self.get("proxy_read_timeout");
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

    /// Whether nobody but nginx says where the client is.
    fn judge_address(&self, found: &mut Findings) {
        let said_by_client =
            |value: &str| ["$http_", "$arg_", "$cookie_"].iter().any(|variable| value.contains(variable));

        let forwarded = self.header("X-Forwarded-For").is_some_and(|value| {
            value.ends_with("$remote_addr") || value.ends_with("$proxy_add_x_forwarded_for")
        });

        let spoofed = match self.header("X-Real-IP") {
            None => true,
            Some("") => !forwarded,
            Some(value) => said_by_client(value),
        };

        if spoofed {
            found.error("nginx_spoofed_address", (
                "a client says itself to clientpass which address it has",
                "a client password that is bound to networks is let in from everywhere, and guesses are counted for \
                 addresses that are none",
                "proxy_set_header X-Real-IP $remote_addr;",
            ));
        }

        let anybody = |from: &&Directive| ["0.0.0.0/0", "::/0"].contains(&from.argument());
        if in_force(&self.around, "set_real_ip_from").iter().any(anybody) {
            found.error("nginx_everybody_is_a_proxy", (
                "set_real_ip_from names every address",
                "whoever writes the header is where they say: a client password that is bound to networks is let in \
                 from everywhere",
                "set_real_ip_from 192.0.2.1;     # the proxies in front, and nothing else",
            ));
        }
    }

    /// Whether nobody but nginx sets what the check is about, and with which key.
    fn judge_words(&self, found: &mut Findings) {
        if self.header("X-Clientpass-Protocol").is_none_or(|value| value.contains("$http_")) {
            found.error(
                "nginx_spoofed_protocol",
                (
                    "a client says itself to clientpass what it speaks",
                    "a client password for calendars opens files, and the other way round",
                    "proxy_set_header X-Clientpass-Protocol $clientpass_protocol;     # set in each location",
                ),
            );
        }

        if self.header("X-Clientpass-Key").is_none() {
            found.warning(
                "nginx_key_from_client",
                (
                    "a client may send clientpass a key of its own",
                    "clientpass believes it, or says that it cannot answer",
                    "proxy_set_header X-Clientpass-Key \"\";     # or the key",
                ),
            );
        }
    }

    /// Whether "no" stays "no", and no answer comes from a cache.
    fn judge_answers(&self, found: &mut Findings) {
        let pages = in_force(&self.around, "error_page");
        if pages.into_iter().any(|page| self.makes_yes(page)) {
            found.error(
                "nginx_error_page_lets_in",
                (
                    "an error_page holds for the question to clientpass that makes a success of an error",
                    "auth_request lets everybody in whom clientpass refuses, or while it is down",
                    "error_page 500 502 504 = @auth_down;     # in the location that asks: then no other holds there",
                ),
            );
        }

        if self.get("proxy_cache").is_some_and(|zone| zone != "off") {
            found.error(
                "nginx_verdict_cached",
                (
                    "proxy_cache holds for the question to clientpass",
                    "one member's answer is given to the next, and a revoked password lives on",
                    "proxy_cache off;     # in the location that asks",
                ),
            );
        }
    }

    fn makes_yes(&self, page: &Directive) -> bool {
        let words = page.arguments();

        let handed_on = |code: &&String| {
            let own = !["401", "403"].contains(&code.as_str());
            own || self.get("proxy_intercept_errors") == Some("on")
        };

        let codes = words.iter().filter(|word| word.parse::<u16>().is_ok());
        let refuses = || {
            let target = words.last().and_then(|target| location(self.server, target));
            let code = target.and_then(|target| named(&target.inside, "return").next());
            code.is_some_and(|code| code.argument().starts_with(['4', '5']))
        };

        let yes = words.iter().any(|word| word.starts_with("=2") || word == "=" && !refuses());
        yes && codes.filter(handed_on).count() > 0
    }
}
