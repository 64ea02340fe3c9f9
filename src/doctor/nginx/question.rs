//! The check before a page is shown: the location that `auth_request` names, judged.

use super::addresses::{host, is_one_of, port, reached};
use super::kinds;
use super::locations::{Way, answering, way};
use super::text::{Around, Directive, in_force, named, seconds};
use super::variables::said_by_client;
use crate::doctor::networks::is_wide;
use crate::doctor::{Findings, is_local};

/// Where `[doors.forward_auth]` listens in all that is shipped.
const USUAL_PORT: &str = "8604";

/// The location that sends the check, and from where it is asked.
pub(super) struct Question<'a> {
    /// The blocks in which `auth_request` holds.
    from: Vec<&'a Directive>,
    uri: &'a str,
    http: &'a Directive,
    server: &'a Directive,
    /// The location that answers, behind the blocks around it.
    around: Vec<&'a Directive>,
    asks: &'a Directive,
}

impl<'a> Question<'a> {
    /// That of a path, asked from these blocks, if it is there.
    pub(super) fn of(from: &Around<'a>, uri: &'a str) -> Option<Self> {
        let [http, server, ..] = from else { return None };
        let chain = answering(server, uri);
        let asks = chain.last()?;
        let around = [&[*http, *server][..], &chain].concat();
        Some(Self { from: from.to_vec(), uri, http, server, around, asks })
    }

    /// Whether the check goes to clientpass: it is named, its headers are, or its address is.
    pub(super) fn is_ours(&self, ours: &[String]) -> bool {
        let names_it = |word: &str| word.to_lowercase().replace('_', "-").contains("clientpass");
        let headers = in_force(&self.around, "proxy_set_header").into_iter();
        let read = in_force(&self.from, "auth_request_set").into_iter();
        let named = self.asks.any_word(&names_it) || headers.chain(read).any(|set| set.any_word(&names_it));

        let at = |asked: &String| is_one_of(asked, ours) || ours.is_empty() && port(asked) == USUAL_PORT;
        named || self.addresses().iter().any(at)
    }

    /// Whether it is this place that answers.
    pub(super) fn is_answered_by(&self, place: &Around<'_>) -> bool {
        place.last().is_some_and(|block| std::ptr::eq(*block, self.asks))
    }

    /// Where the check goes.
    fn addresses(&self) -> Vec<String> {
        self.get("proxy_pass").map_or_else(Vec::new, |url| reached(self.http, url))
    }

    /// Whether a location of pages answers, for want of one of that name: it is itself behind the question.
    fn goes_to_pages(&self) -> bool {
        let (way, path) = way(self.asks);
        let locations = self.around.get(2..).unwrap_or(&[]);
        let asks_itself =
            in_force(locations, "auth_request").last().is_some_and(|of| of.argument() == self.uri);
        way == Way::Prefix && path != self.uri && (path == "/" || asks_itself)
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
        if self.goes_to_pages() {
            found.find(
                &kinds::QUESTION_GOES_TO_PAGES,
                &format!("auth_request asks {}, and location {} answers that", self.uri, way(self.asks).1),
                "include clientpass-server.conf;     # it has the location that auth_request names",
            );
            return;
        }

        self.judge_way(found);
        if self.is_ours(ours) {
            self.judge_address(found);
            self.judge_proxies(found);
            self.judge_words(found);
            self.judge_answers(found);
            self.judge_reach(found);
        }
    }

    fn judge_way(&self, found: &mut Findings) {
        let Some(address) = self.get("proxy_pass") else { return };

        let far = |address: &String| !is_local(address) && host(address).contains(['.', ':']);
        if address.starts_with("http:") && self.addresses().iter().any(far) {
            found.find(
                &kinds::REMOTE_VERIFIER,
                "auth_request asks another machine without TLS",
                "proxy_pass https://…;     # with proxy_ssl_verify on, or a clientpass on this machine",
            );
        }

        if self.get("proxy_pass_request_body") != Some("off") {
            found.find(
                &kinds::BODY,
                "the question to clientpass carries the body of the request",
                "proxy_pass_request_body off; proxy_set_header Content-Length \"\";",
            );
        }

        let timeout = self.get("proxy_read_timeout");
        if timeout.is_none_or(|timeout| seconds(timeout).is_none_or(|seconds| seconds > 10)) {
            found.find(
                &kinds::TIMEOUT_OF_PAGES,
                &format!(
                    "proxy_read_timeout of the question to clientpass is {}",
                    timeout.unwrap_or("60s, its default")
                ),
                "proxy_read_timeout 5s;",
            );
        }
    }

    /// Whether nobody but nginx says where the client is.
    fn judge_address(&self, found: &mut Findings) {
        let forwarded = self.header("X-Forwarded-For").is_some_and(|value| {
            value.ends_with("$remote_addr") || value.ends_with("$proxy_add_x_forwarded_for")
        });

        let spoofed = match self.header("X-Real-IP") {
            None => true,
            Some("") => !forwarded,
            // Without that protocol there is no such address, and the header is left out.
            Some(value) if value.contains("$proxy_protocol_addr") && !self.is_told_by_balancer() => {
                !forwarded
            }
            Some(value) => said_by_client(self.http, value),
        };

        if spoofed {
            found.find(
                &kinds::SPOOFED_ADDRESS,
                "a client says itself to clientpass which address it has",
                "proxy_set_header X-Real-IP $remote_addr;",
            );
        }
    }

    /// Who is believed about the client's address.
    fn judge_proxies(&self, found: &mut Findings) {
        if in_force(&self.around, "set_real_ip_from").iter().any(|from| is_wide(from.argument())) {
            found.find(
                &kinds::EVERYBODY_IS_A_PROXY,
                "set_real_ip_from names every address",
                "set_real_ip_from 192.0.2.1;     # the proxies in front, and nothing else",
            );
        }

        let read = self.get("real_ip_header") == Some("proxy_protocol");
        if self.is_told_by_balancer() && !read && self.header("X-Real-IP") == Some("$remote_addr") {
            found.find(
                &kinds::BALANCER_ADDRESS,
                "a server listens with proxy_protocol, and clientpass hears the address of what stands in front",
                "set_real_ip_from 192.0.2.1; real_ip_header proxy_protocol;     # the balancer's address",
            );
        }
    }

    /// Whether what stands in front says the client's address before the request.
    fn is_told_by_balancer(&self) -> bool {
        let told = |listen: &Directive| listen.arguments().iter().any(|word| word == "proxy_protocol");
        named(&self.server.inside, "listen").any(told)
    }

    /// Whether nobody but nginx sets what the check is about, and with which key.
    fn judge_words(&self, found: &mut Findings) {
        let said = |value| said_by_client(self.http, value);
        if self.header("X-Clientpass-Protocol").is_none_or(said) {
            found.find(
                &kinds::SPOOFED_PROTOCOL,
                "a client says itself to clientpass what it speaks",
                "proxy_set_header X-Clientpass-Protocol $clientpass_protocol;     # set in each location",
            );
        }

        if self.header("X-Clientpass-Key").is_none_or(said) {
            found.find(
                &kinds::KEY_FROM_CLIENT,
                "a client may send clientpass a key of its own",
                "proxy_set_header X-Clientpass-Key \"\";     # or the key",
            );
        }
    }

    /// Whether "no" stays "no", and no answer comes from a cache.
    fn judge_answers(&self, found: &mut Findings) {
        let pages = in_force(&self.around, "error_page");
        if pages.into_iter().any(|page| self.makes_yes(page)) {
            found.find(
                &kinds::ERROR_PAGE_LETS_IN,
                "an error_page holds for the question to clientpass that makes a success of an error",
                "error_page 500 502 504 = @auth_down;     # in the location that asks: then no other holds there",
            );
        }

        if self.get("proxy_cache").is_some_and(|zone| zone != "off") {
            found.find(
                &kinds::VERDICT_CACHED,
                "proxy_cache holds for the question to clientpass",
                "proxy_cache off;     # in the location that asks",
            );
        }
    }

    /// Whether anybody but nginx asks.
    fn judge_reach(&self, found: &mut Findings) {
        let closed = in_force(&self.around, "deny").iter().any(|deny| deny.argument() == "all");

        if self.get("internal").is_none() && !closed {
            found.find(
                &kinds::QUESTION_NOT_INTERNAL,
                &format!("location {} asks clientpass for whoever comes there", way(self.asks).1),
                "internal;     # in the location that asks",
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
            let target = words.last().and_then(|target| answering(self.server, target).pop());
            let code = target.and_then(|target| named(&target.inside, "return").next());
            code.is_some_and(|code| code.argument().starts_with(['4', '5']))
        };

        let yes = words.iter().any(|word| word.starts_with("=2") || word == "=" && !refuses());
        yes && codes.filter(handed_on).count() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::super::tests::{QUESTION, WEB, one, with};
    use crate::doctor::Severity;

    /// The pages with a question that names clientpass nowhere, judged with clientpass at these addresses.
    #[track_caller]
    fn unnamed(ours: &[&str], from: &str, to: &str) -> Vec<&'static str> {
        let text = WEB.replace("/clientpass", "/_ask").replace("x_clientpass", "x_other");
        let text = text.replace("proxy_set_header X-Clientpass-Protocol webdav;", "");
        let text = text.replace("proxy_set_header X-Clientpass-Key \"\";", "");
        assert!(text.contains(from), "{from}");
        let ours: Vec<String> = ours.iter().map(|at| (*at).to_owned()).collect();
        judge(&text.replacen(from, to, 1), &ours).iter().map(|one| one.code).collect()
    }

    #[test]
    fn a_question_is_ours_by_where_it_goes() {
        let asked = "http://127.0.0.1:8604";
        let both = ["nginx_spoofed_protocol", "nginx_key_from_client"];

        assert_eq!(unnamed(&["127.0.0.1:8604"], asked, asked), both);
        assert_eq!(unnamed(&["0.0.0.0:8604"], asked, asked), both);
        assert_eq!(unnamed(&["127.0.0.1:8604"], asked, "http://localhost:8604"), both);
        assert_eq!(unnamed(&["unix:/run/cp/door"], asked, "http://unix:/run/cp/door:/"), both);
        // Nobody has said where we listen: it is the usual place.
        assert_eq!(unnamed(&[], asked, asked), both);

        let upstream = "upstream ask { server 127.0.0.1:8604 max_fails=0; } server {";
        let text = WEB
            .replace("/clientpass", "/_ask")
            .replace("-Clientpass", "-Other")
            .replace("x_clientpass", "x_o");
        let text = text.replacen("server {", upstream, 1).replacen(asked, "http://ask/", 1);
        let codes: Vec<_> = judge(&text, &["127.0.0.1:8604".into()]).iter().map(|one| one.code).collect();
        assert_eq!(codes, both);

        // Somebody else's.
        assert_eq!(unnamed(&["127.0.0.1:8605"], asked, asked), [""; 0]);
        assert_eq!(unnamed(&[], asked, "http://127.0.0.1:9000"), [""; 0]);
    }

    #[test]
    fn a_question_is_ours_by_what_is_said_and_read() {
        let elsewhere = "proxy_pass http://127.0.0.1:9000; proxy_set_header X-Clientpass-Protocol webdav";
        let asked = "proxy_pass http://127.0.0.1:8604";
        assert_eq!(unnamed(&["127.0.0.1:1"], asked, elsewhere), ["nginx_key_from_client"]);

        let reads = "auth_request_set $id $upstream_http_x_clientpass_member_id; auth_request_set";
        let both = ["nginx_spoofed_protocol", "nginx_key_from_client"];
        assert_eq!(unnamed(&["127.0.0.1:1"], "auth_request_set", reads), both);
        let socket = "proxy_pass http://unix:/run/clientpass/door.sock:/";
        assert_eq!(unnamed(&["127.0.0.1:1"], asked, socket), both);
    }

    #[test]
    fn a_verifier_on_another_machine_is_found_behind_a_name() {
        let named = "upstream clientpass { server 192.0.2.7:8604; } server {";
        let text = WEB.replacen("http://127.0.0.1:8604", "http://clientpass", 1);
        one(&text, "server {", named, "nginx_remote_verifier", Severity::Error, "https://");
    }

    #[test]
    fn what_a_client_says_through_a_variable_is_found() {
        let address = "proxy_set_header X-Real-IP $remote_addr;";
        let (spoofed, by_map) = ("nginx_spoofed_address", "proxy_set_header X-Real-IP $client;");
        let text =
            WEB.replacen("server {", "map $http_x_real_ip $client { default $http_x_real_ip; } server {", 1);
        one(&text, address, by_map, spoofed, Severity::Error, address);

        let set = "set $client $http_x_forwarded_for; proxy_set_header X-Real-IP $client;";
        one(WEB, address, set, spoofed, Severity::Error, address);
        one(
            WEB,
            address,
            "proxy_set_header X-Real-IP $proxy_protocol_addr;",
            spoofed,
            Severity::Error,
            address,
        );

        let protocol = "proxy_set_header X-Clientpass-Protocol webdav;";
        let said = "proxy_set_header X-Clientpass-Protocol $http_x_p;";
        one(WEB, protocol, said, "nginx_spoofed_protocol", Severity::Error, "X-Clientpass-Protocol");
        let key = "proxy_set_header X-Clientpass-Key \"\";";
        let said = "proxy_set_header X-Clientpass-Key $http_x_k;";
        one(WEB, key, said, "nginx_key_from_client", Severity::Warning, key);
    }

    #[test]
    fn addresses_behind_a_balancer_are_judged() {
        let listens = WEB.replacen("listen 443 ssl", "listen 443 ssl proxy_protocol", 1);
        let text = listens.replacen("X-Real-IP $remote_addr", "X-Real-IP $proxy_protocol_addr", 1);
        assert_eq!(judge(&text, &[]), []);

        let read = "set_real_ip_from 192.0.2.1; real_ip_header proxy_protocol;";
        assert_eq!(judge(&listens.replacen("listen", &format!("{read} listen"), 1), &[]), []);
        one(&listens, "X-R", "X-R", "nginx_balancer_address", Severity::Warning, read);

        for wide in ["128.0.0.0/1", "2000::/3"] {
            assert_eq!(
                with("listen 443", &format!("set_real_ip_from {wide};")),
                ["nginx_everybody_is_a_proxy"]
            );
        }
    }

    #[test]
    fn a_question_that_pages_answer_or_that_anybody_may_ask_is_found() {
        let pages = ["nginx_question_goes_to_pages"];
        assert_eq!(with("location / {", "").len(), 0);
        let codes = |text: &str| judge(text, &[]).iter().map(|one| one.code).collect::<Vec<_>>();
        let misspelt = WEB.replacen("auth_request /clientpass", "auth_request /clientpas", 1);
        assert_eq!(codes(&misspelt), pages);
        let within = misspelt.replacen("location / {", "location /c {", 1);
        assert_eq!(codes(&within), pages);

        let open = "location / { proxy_pass http://127.0.0.1:1; } location /app/ {";
        assert_eq!(codes(&misspelt.replacen("location / {", open, 1)), pages);

        // Its own location may be longer than what is asked, and inherit the question.
        let longer = WEB.replacen("location = /clientpass", "location /client", 1);
        assert_eq!(codes(&longer), [""; 0]);
        let outside = longer.replacen("auth_request /clientpass;", "", 1);
        assert_eq!(
            codes(&outside.replacen("listen", "auth_request /clientpass; listen", 1)).len(),
            1,
            "of error_page"
        );

        let nowhere = misspelt.replacen("location / {", "location /a/ {", 1);
        assert_eq!(codes(&nowhere), ["nginx_question_not_looked_at"]);

        one(WEB, "internal;", "", "nginx_question_not_internal", Severity::Warning, "internal;");
        assert_eq!(codes(&WEB.replacen("internal;", "deny all;", 1)), [""; 0]);
        let some = "deny 192.0.2.1;";
        one(WEB, "internal;", some, "nginx_question_not_internal", Severity::Warning, "internal;");
        assert_eq!(with(QUESTION, "internal;"), [""; 0]);
    }

    #[test]
    fn a_question_that_stands_outside_of_all_servers_is_judged() {
        let asked = "auth_request /clientpass;";
        let pages = "error_page 500 502 504 = @auth_down;";
        let text = WEB.replacen(asked, "", 1).replacen("server {", &format!("{asked} {pages} server {{"), 1);
        assert_eq!(judge(&text, &[]), []);
        one(
            &text,
            "proxy_set_header X-Real-IP $remote_addr;",
            "",
            "nginx_spoofed_address",
            Severity::Error,
            "X-Real",
        );
    }
}
