//! What an application behind `auth_request` is handed: who it is, and no password; judged wherever nginx hands
//! requests on.

use super::addresses::{one, reached};
use super::guard::{asks, called, is_closed, is_reached, refused_to, says_off};
use super::kinds;
use super::locations::{Way, way};
use super::text::{Around, Directive, in_force, named};
use crate::doctor::Findings;

/// How requests are handed on, and what sets what goes along.
const PASSES: [(&str, &str); 5] = [
    ("proxy_pass", "proxy_set_header"),
    ("grpc_pass", "grpc_set_header"),
    ("fastcgi_pass", "fastcgi_param"),
    ("uwsgi_pass", "uwsgi_param"),
    ("scgi_pass", "scgi_param"),
];

/// What in a key keeps the pages of one member from another.
const PERSONAL: [&str; 4] = ["remote_user", "authorization", "cookie", "login"];

/// Judges every place at which requests are handed on behind clientpass, or to the same application past it.
pub(super) fn judge(http: &Directive, ours: &[String], found: &mut Findings) {
    let mut places = Vec::new();
    for server in named(&http.inside, "server") {
        collect(&[http, server], &mut places);
    }

    let variables = login_variables(http);
    let (guarded, others): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| asks(&place.around, ours));

    for place in &guarded {
        place.judge_login(&variables, found);
        place.judge_password(found);
    }

    // The application's own server, which only guarded requests reach, and where that hands on to.
    let mut targets: Vec<String> = guarded.iter().flat_map(Place::targets).collect();
    let (inner, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|place| place.is_behind(&targets));
    targets.extend(inner.iter().flat_map(Place::targets));

    for place in guarded.iter().chain(&inner) {
        place.judge_cache(found);
    }

    let believed: Vec<&str> = guarded.iter().flat_map(|place| place.tells(&variables)).collect();
    let past: Vec<Place> = others.into_iter().filter(|place| place.goes_to(&targets)).collect();
    for place in &past {
        place.judge_way_past(&believed, ours, found);
    }
    for place in &guarded {
        place.judge_refusals(&past, &believed, ours, found);
    }
}

/// Where requests are handed on.
struct Place<'a> {
    around: Vec<&'a Directive>,
    pass: &'a Directive,
    /// The name of the directive that sets what goes along.
    setter: &'static str,
}

/// All in a block and in those in it.
fn collect<'a>(around: &Around<'a>, into: &mut Vec<Place<'a>>) {
    let Some(innermost) = around.last() else { return };

    for (pass, setter) in PASSES {
        for pass in named(&innermost.inside, pass) {
            into.push(Place { around: around.to_vec(), pass, setter });
        }
    }

    for block in innermost.blocks() {
        collect(&[around, &[block]].concat(), into);
    }
}

/// Variables that contain the login that clientpass gave.
fn login_variables(of: &Directive) -> Vec<&str> {
    let own = named(&of.inside, "auth_request_set").filter(|set| gives_login(set)).map(Directive::argument);
    own.chain(of.inside.iter().flat_map(login_variables)).collect()
}

fn gives_login(set: &Directive) -> bool {
    set.arguments().get(1).is_some_and(|from| from.contains("x_clientpass_login"))
}

impl<'a> Place<'a> {
    /// Where requests go from here: addresses and sockets.
    fn targets(&self) -> Vec<String> {
        self.around.first().map_or_else(Vec::new, |http| reached(http, self.pass.argument()))
    }

    fn goes_to(&self, targets: &[String]) -> bool {
        self.targets().iter().any(|target| targets.contains(target))
    }

    /// Server and locations around it, without conditions.
    fn place(&self) -> &Around<'a> {
        let within = |block: &&Directive| ["server", "location"].contains(&block.name());
        let last = self.around.iter().rposition(within).map_or(0, |at| at + 1);
        self.around.get(..last).unwrap_or(&[])
    }

    /// Whether its server listens to nobody but guarded locations, which hand on to these.
    fn is_behind(&self, targets: &[String]) -> bool {
        let server = self.around.get(1).map_or(&[][..], |server| &server.inside);
        let mut listens = named(server, "listen").peekable();
        listens.peek().is_some() && listens.all(|listen| targets.contains(&one(listen.argument())))
    }

    /// What is set of what goes along: names and values.
    fn set(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let set = in_force(&self.around, self.setter).into_iter();
        set.map(|set| (set.argument(), set.arguments().get(1).map_or("", String::as_str)))
    }

    /// Headers or parameters that pass the login to the application.
    fn tells(&self, variables: &[&str]) -> Vec<&'a str> {
        self.set().filter(|(_, value)| variables.contains(value)).map(|(name, _)| name).collect()
    }

    fn judge_login(&self, variables: &[&str], found: &mut Findings) {
        if variables.is_empty() {
            return;
        }

        let set = in_force(&self.around, "auth_request_set");
        let told = self.tells(variables);

        if told.is_empty() {
            found.find(
                &kinds::LOGIN_LOST,
                &format!("{} hands requests on without the login that clientpass gave", called(&self.around)),
                "include clientpass-location.conf;     # and the application in a server of its own: see \
                 mail-servers/nginx-auth-request",
            );
        } else if !set.into_iter().any(gives_login) {
            found.find(
                &kinds::LOGIN_NOT_SET,
                &format!("{} has an auth_request_set of its own, without the login", called(&self.around)),
                "auth_request_set $clientpass_login $upstream_http_x_clientpass_login;     # beside the others",
            );
        }
    }

    fn judge_password(&self, found: &mut Findings) {
        let dropped = |(name, value): (&str, &str)| {
            let header = ["authorization", "http_authorization"].contains(&name.to_lowercase().as_str());
            header && value.is_empty()
        };

        let none = in_force(&self.around, "proxy_pass_request_headers")
            .last()
            .is_some_and(|on| on.argument() == "off");

        if !none && !self.set().any(dropped) {
            found.find(
                &kinds::PASSWORD_HANDED_ON,
                &format!("{} hands the password on to the application", called(&self.around)),
                "proxy_set_header Authorization \"\";",
            );
        }
    }

    /// Whether pages are kept, and for whom.
    fn judge_cache(&self, found: &mut Findings) {
        let kind = self.pass.name().trim_end_matches("_pass");
        let set = |what: &str| {
            let name = format!("{kind}_{what}");
            let words = |set: &Directive| set.arguments().join(" ");
            self.around.iter().rev().find_map(|block| named(&block.inside, &name).last().map(words))
        };
        let personal = |words: String| PERSONAL.iter().any(|of| words.to_lowercase().contains(of));

        let keeps = set("cache").is_some_and(|zone| zone != "off") && set("cache_valid").is_some();
        let buffers = set("buffering").is_none_or(|on| on != "off");
        let apart = set("cache_key").is_some_and(personal) || set("no_cache").is_some_and(personal);

        if keeps && buffers && !apart {
            found.find(
                &kinds::PAGES_CACHED,
                &format!("{kind}_cache holds for {}", called(&self.around)),
                &format!("{kind}_cache off;     # or the login in {kind}_cache_key"),
            );
        }
    }

    /// Whether it sets one of these headers itself.
    fn overwrites(&self, believed: &[&str]) -> bool {
        believed.iter().any(|believed| self.set().any(|(name, _)| name.eq_ignore_ascii_case(believed)))
    }

    /// Whether it says to the application that nobody is signed in.
    fn blanks(&self, believed: &[&str]) -> bool {
        self.set()
            .any(|(name, value)| value.is_empty() && believed.iter().any(|of| name.eq_ignore_ascii_case(of)))
    }

    /// `believed` is what the application takes the login from.
    fn judge_way_past(&self, believed: &[&str], ours: &[String], found: &mut Findings) {
        if believed.is_empty() {
            self.judge_unguarded(ours, found);
        } else if !self.overwrites(believed) {
            found.find(
                &kinds::WAY_PAST_CLIENTPASS,
                &format!("{} reaches the application too, and asks nobody", called(&self.around)),
                "return 403;     # or the guard",
            );
        } else if says_off(self.place()) && !self.blanks(believed) {
            self.judge_unguarded(ours, found);
        }
    }

    /// A way to an application that goes by the guard alone.
    fn judge_unguarded(&self, ours: &[String], found: &mut Findings) {
        let place = self.place();
        if is_closed(place, ours) || !is_reached(place, ours) {
            return;
        }

        // One who writes that, or names a single page, has thought of it.
        let single =
            place.get(2..).and_then(<[_]>::last).is_some_and(|location| way(location).0 == Way::Exact);
        if says_off(place) || single {
            found.find(
                &kinds::OPEN_WITHIN_GUARDED,
                &format!("{} reaches the guarded application for everybody", called(place)),
                "include clientpass-location.conf;     # unless everybody is meant",
            );
        } else {
            found.find(
                &kinds::UNGUARDED,
                &format!("{} reaches the guarded application, and asks nobody", called(place)),
                "include clientpass-location.conf;     # or, where everybody is meant: auth_request off;",
            );
        }
    }

    /// Where those go who are refused. `past` are the ways to the application that ask nobody.
    fn judge_refusals(&self, past: &[Place<'_>], believed: &[&str], ours: &[String], found: &mut Findings) {
        let targets = self.targets();

        for target in refused_to(self.place()) {
            let here = |place: &&Place<'_>| match (place.place().last(), target.last()) {
                (Some(one), Some(other)) => std::ptr::eq(*one, *other),
                _ => false,
            };
            let mut ways = past.iter().filter(here).filter(|way| way.goes_to(&targets));

            if !is_closed(&target, ours) && ways.any(|way| !way.overwrites(believed)) {
                found.find(
                    &kinds::REFUSAL_LEADS_PAST,
                    &format!("an error_page of {} leads to {}", called(self.place()), called(&target)),
                    "error_page 500 502 504 = @clientpass_unavailable;     # which answers 503, and leads nowhere",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{APPLICATION, WEB, judge, with};

    fn codes(text: &str) -> Vec<&'static str> {
        judge(text).iter().map(|one| one.code).collect()
    }

    /// What is found where the application takes no login from nginx, with this beside the guarded location.
    #[track_caller]
    fn beside(added: &str) -> Vec<&'static str> {
        let set = "auth_request_set $login $upstream_http_x_clientpass_login;";
        let text = WEB.replacen(set, "", 1).replacen("proxy_set_header X-Remote-User $login;", "", 1);
        codes(&text.replacen("location = /c", &format!("{added} location = /c"), 1))
    }

    #[test]
    fn a_way_to_an_application_that_goes_by_the_guard_alone_is_found() {
        assert_eq!(beside(""), [""; 0]);

        let unguarded = ["nginx_unguarded"];
        for open in [
            "location /up/ { client_max_body_size 1g; proxy_pass http://127.0.0.1:5232; }",
            "location ~ \\.ics$ { proxy_pass http://localhost:5232; }",
            "location /up/ { limit_except GET { proxy_pass http://127.0.0.1:5232; } }",
            "location /tried/ { try_files $uri @app; } location @app { proxy_pass http://127.0.0.1:5232; }",
            "location /gone/ { error_page 404 = @app; } location @app { proxy_pass http://127.0.0.1:5232; }",
        ] {
            assert_eq!(beside(open), unguarded, "{open}");
        }

        // Those let somebody in whom nobody has asked about.
        for open in [
            "location /half/ { allow 192.0.2.1; proxy_pass http://127.0.0.1:5232; }",
            "location /off/ { auth_basic off; proxy_pass http://127.0.0.1:5232; }",
        ] {
            assert_eq!(beside(open), unguarded, "{open}");
        }

        let said = ["nginx_open_within_guarded"];
        let off = "location /open/ { auth_request off; proxy_pass http://127.0.0.1:5232; }";
        assert_eq!(beside(off), said);
        assert_eq!(beside("location = /health { proxy_pass http://127.0.0.1:5232; }"), said);

        for closed in [
            "location /no/ { return 403; proxy_pass http://127.0.0.1:5232; }",
            "location /office/ { allow 192.0.2.1; deny all; proxy_pass http://127.0.0.1:5232; }",
            "location /sent/ { internal; proxy_pass http://127.0.0.1:5232; }",
            "location @tried { proxy_pass http://127.0.0.1:5232; }",
            "location /other/ { auth_basic a; proxy_pass http://127.0.0.1:5232; }",
            "location /other/ { auth_jwt a; proxy_pass http://127.0.0.1:5232; }",
            "location /sso/ { auth_request /sso; error_page 500 =503 /x; proxy_pass http://127.0.0.1:5232; } \
             location = /sso { proxy_pass http://127.0.0.1:9; proxy_pass_request_body off; proxy_read_timeout 5s; }",
            "location /else/ { proxy_pass http://127.0.0.1:5233; }",
        ] {
            assert_eq!(beside(closed), [""; 0], "{closed}");
        }
    }

    #[test]
    fn another_server_is_a_way_unless_it_is_closed_as_a_whole() {
        let server = |of_server: &str, of_location: &str| {
            let set = "auth_request_set $login $upstream_http_x_clientpass_login;";
            let text = WEB.replacen(set, "", 1).replacen("proxy_set_header X-Remote-User $login;", "", 1);
            let other = format!(
                "server {{ {of_server} location /x/ {{ {of_location} proxy_pass http://127.0.0.1:5232; }} }} server {{"
            );
            codes(&text.replacen("server {", &other, 1))
        };
        let unguarded = ["nginx_unguarded"];
        assert_eq!(server("listen 443 ssl;", ""), unguarded);
        // It listens on port 80, for everybody.
        assert_eq!(server("", ""), unguarded);
        assert_eq!(server("listen 443 ssl; ssl_verify_client optional;", ""), unguarded);
        // What a location says of addresses stands in the place of what its server says.
        assert_eq!(server("listen 443 ssl; deny all;", "allow 192.0.2.1;"), unguarded);

        for closed in ["deny all;", "ssl_verify_client on;", "return 301 https://mail.example.org/;"] {
            assert_eq!(server(&format!("listen 443 ssl; {closed}"), ""), [""; 0], "{closed}");
        }
    }

    #[test]
    fn what_is_open_within_the_guard_is_found_unless_the_application_is_told() {
        let off = "location /open/ { auth_request off; proxy_pass http://127.0.0.1:5232; }";
        assert_eq!(with(APPLICATION, off), ["nginx_open_within_guarded"]);
        let told = off.replacen("off;", "off; proxy_set_header X-Remote-User \"\";", 1);
        assert_eq!(with(APPLICATION, &told), [""; 0]);
        // It says itself who is there.
        let guest =
            "location /guest/ { proxy_set_header X-Remote-User guest; proxy_pass http://127.0.0.1:5232; }";
        assert_eq!(with("location = /c", guest), [""; 0]);
    }

    #[test]
    fn a_password_is_dropped_by_an_empty_header_of_its_name_or_with_all_headers() {
        let instead = |set: &str| codes(&WEB.replacen("proxy_set_header Authorization \"\";", set, 1));
        let handed_on = ["nginx_password_handed_on"];
        assert_eq!(instead("proxy_set_header X-Other \"\";"), handed_on);
        assert_eq!(instead("proxy_set_header Authorization $http_authorization;"), handed_on);
        assert_eq!(instead("proxy_pass_request_headers on;"), handed_on);
        assert_eq!(instead("proxy_pass_request_headers off;"), [""; 0]);
    }

    #[test]
    fn an_application_is_known_behind_the_name_of_an_upstream() {
        let text = WEB.replacen("server {", "upstream app { server 127.0.0.1:5232; } server {", 1);
        let text =
            text.replacen("location = /c", "location /up/ { proxy_pass http://app; } location = /c", 1);
        assert_eq!(codes(&text), ["nginx_way_past_clientpass"]);
    }

    #[test]
    fn a_refusal_that_leads_to_the_application_is_found() {
        const DOWN: &str = "error_page 500 502 504 = @auth_down;";
        let refused = |page: &str, open: &str| {
            let open = format!("location @open {{ {open} proxy_pass http://127.0.0.1:5232; }} location = /c");
            let text = WEB.replacen("error_page 500 502 504 = @auth_down;", &format!("{page} {DOWN}"), 1);
            codes(&text.replacen("location = /c", &open, 1))
        };
        let past = ["nginx_way_past_clientpass", "nginx_refusal_leads_past"];

        for code in ["401", "403", "413", "429", "495", "496", "497", "500", "503"] {
            assert_eq!(refused(&format!("error_page {code} = @open;"), ""), past, "{code}");
        }
        // Those come of the application, which has been reached by then.
        assert_eq!(refused("error_page 404 = @open;", ""), past[..1]);
        // Nobody is signed in there, and the application knows.
        assert_eq!(refused("error_page 401 = @open;", "proxy_set_header X-Remote-User \"\";"), [""; 0]);
        let other = "auth_basic a; proxy_set_header X-Remote-User $remote_user;";
        assert_eq!(refused("error_page 403 = @open;", other), [""; 0]);
        // Somebody else is asked there, and the login may still be made up.
        assert_eq!(refused("error_page 403 = @open;", "auth_basic a;"), past[..1]);
    }

    #[test]
    fn a_refusal_is_found_where_the_application_takes_no_login() {
        let open = "location @open { proxy_pass http://127.0.0.1:5232; }";
        assert_eq!(beside(open), [""; 0]);
        let set = "auth_request_set $login $upstream_http_x_clientpass_login;";
        let text = WEB.replacen(set, "error_page 401 = @open;", 1);
        let text = text.replacen("proxy_set_header X-Remote-User $login;", "", 1);
        let text = text.replacen("location = /c", &format!("{open} location = /c"), 1);
        assert_eq!(codes(&text), ["nginx_refusal_leads_past"]);
    }

    #[test]
    fn a_login_that_is_not_set_any_more_is_found() {
        let inside = "location /a/ { auth_request_set $id $upstream_http_x_clientpass_member_id; \
                      proxy_pass http://127.0.0.1:5232; }";
        assert_eq!(with(APPLICATION, inside), ["nginx_login_not_set"]);
        let both = inside.replacen(
            "auth_request_set",
            "auth_request_set $login $upstream_http_x_clientpass_login; \
             auth_request_set",
            1,
        );
        assert_eq!(with(APPLICATION, &both), [""; 0]);
    }

    #[test]
    fn pages_that_are_kept_for_everybody_are_found() {
        let kept = "proxy_cache pages; proxy_cache_valid any 1m;";
        assert_eq!(with(APPLICATION, kept), ["nginx_pages_cached"]);
        // What the application itself says may be kept is its own matter.
        assert_eq!(with(APPLICATION, "proxy_cache pages;"), [""; 0]);
        assert_eq!(with(APPLICATION, "proxy_cache_valid any 1m;"), [""; 0]);
        assert_eq!(with(APPLICATION, "proxy_cache off; proxy_cache_valid any 1m;"), [""; 0]);
        assert_eq!(with(APPLICATION, &format!("{kept} proxy_buffering on;")), ["nginx_pages_cached"]);

        for apart in [
            "proxy_cache_key $login$request_uri;",
            "proxy_cache_key $http_authorization$request_uri;",
            "proxy_cache_key $remote_user$request_uri;",
            "proxy_cache_key $http_cookie$request_uri;",
            "proxy_no_cache $http_authorization;",
            "proxy_buffering off;",
        ] {
            assert_eq!(with(APPLICATION, &format!("{kept} {apart}")), [""; 0], "{apart}");
        }

        let own = format!(
            "server {{ listen unix:/run/app.sock; {kept} location / {{ proxy_pass http://127.0.0.1:1; }} }}"
        );
        let text = WEB.replacen("http://127.0.0.1:5232", "http://unix:/run/app.sock", 1);
        assert_eq!(codes(&text.replacen("server {", &format!("{own} server {{"), 1)), ["nginx_pages_cached"]);
    }
}
