//! Ways past the question that nginx itself opens: another source that suffices, a path that is changed before anybody is
//! asked, files that another location shows.

use super::guard::{asks, called, is_closed, is_reached, says_off};
use super::kinds;
use super::locations::{Way, answering, places, way};
use super::text::{Around, Directive, in_force, named};
use crate::doctor::Findings;

/// Paths that are open everywhere, and are meant to be.
const PUBLIC: [&str; 3] = ["/.well-known/", "/favicon.ico", "/robots.txt"];

/// Judges every place behind clientpass, and what lies beside and in it.
pub(super) fn judge(http: &Directive, ours: &[String], found: &mut Findings) {
    let all = places(http);
    let (guarded, others): (Vec<_>, Vec<_>) = all.iter().partition(|place| asks(place, ours));

    for place in &guarded {
        judge_satisfy(place, ours, found);
        judge_rewrites(place, ours, found);
    }

    let files: Vec<_> = guarded.into_iter().filter(|place| shows_files(place)).collect();
    for open in others.into_iter().filter(|place| shows_files(place)) {
        if files.iter().any(|guarded| shows_the_same(guarded, open)) {
            judge_open_files(open, ours, found);
        }
    }
}

fn judge_satisfy(place: &Around<'_>, ours: &[String], found: &mut Findings) {
    let any = |of: &Around<'_>| in_force(of, "satisfy").last().is_some_and(|of| of.argument() == "any");
    let outside = place.split_last().map_or(&[][..], |(_, outside)| outside);

    // Said once, of the outermost.
    if any(place) && !(any(outside) && asks(outside, ours)) {
        found.find(
            &kinds::SATISFY_ANY,
            &format!("satisfy any holds for {}", called(place)),
            "satisfy all;     # in the location that asks",
        );
    }
}

/// A path is changed before anybody is asked; then what holds is what the other location says.
fn judge_rewrites(place: &Around<'_>, ours: &[String], found: &mut Findings) {
    let [http, server, .., location] = place else { return };
    let conditions = named(&location.inside, "if").flat_map(|condition| named(&condition.inside, "rewrite"));

    for rewrite in named(&location.inside, "rewrite").chain(conditions) {
        let [_, to, flag @ ..] = rewrite.arguments() else { continue };
        let stays = flag.first().is_some_and(|flag| flag != "last");
        let path = to.split('$').next().unwrap_or("");
        let chain = if stays || !path.starts_with('/') { Vec::new() } else { answering(server, path) };
        let target = [&[*http, *server][..], &chain].concat();
        let empty = shows_files(&target) && !shows_files(place);

        if !chain.is_empty() && !empty && !asks(&target, ours) && !is_closed(&target, ours) {
            found.find(
                &kinds::REWRITE_LEADS_PAST,
                &format!("a rewrite in {} leads to {}, which asks nobody", called(place), called(&target)),
                "rewrite … break;     # or the guard in the location that it leads to",
            );
        }
    }
}

/// Whether a location shows files of a folder.
fn shows_files(place: &Around<'_>) -> bool {
    let Some(location) = place.last().filter(|last| last.name() == "location") else { return false };
    let other = |of: &Directive| of.name().ends_with("_pass") || of.name() == "return";
    !location.inside.iter().any(other)
}

/// Whether another location of the server shows files that a guarded one keeps.
fn shows_the_same(guarded: &Around<'_>, open: &Around<'_>) -> bool {
    let folder = |of: &Around<'_>| {
        let set = |name| in_force(of, name).last().map(|set| set.argument().trim_end_matches('/').to_owned());
        (set("alias"), set("root"))
    };
    let server = |of: &Around<'_>| of.get(1).copied().map(std::ptr::from_ref);
    let (Some(guarding), Some(opening)) = (guarded.last(), open.last()) else { return false };

    let inside = open.iter().any(|block| std::ptr::eq(*block, *guarding));
    let ((_, kept), (opens, path)) = (way(guarding), way(opening));
    let before = opens == Way::Pattern || path.starts_with(kept) && path != kept;

    server(guarded) == server(open) && folder(guarded) == folder(open) && (inside || before)
}

fn judge_open_files(open: &Around<'_>, ours: &[String], found: &mut Findings) {
    let Some((opens, path)) = open.last().map(|location| way(location)) else { return };
    if is_closed(open, ours)
        || !is_reached(open, ours)
        || PUBLIC.iter().any(|public| path.starts_with(public))
    {
        return;
    }

    if opens == Way::Pattern && !says_off(open) {
        found.find(
            &kinds::UNGUARDED,
            &format!("{} goes before the path of a guarded location, and asks nobody", called(open)),
            "location ^~ /path/ { … }     # the guarded one; or the guard here too",
        );
    } else {
        found.find(
            &kinds::OPEN_WITHIN_GUARDED,
            &format!("{} shows files of a guarded folder to everybody", called(open)),
            "include clientpass-location.conf;     # unless everybody is meant",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{APPLICATION, WEB, judge, with};

    /// Files behind the guard, and what lies beside and in them.
    const FILES: &str = "root /srv/files; proxy_max_temp_file_size 0;";

    fn codes(text: &str) -> Vec<&'static str> {
        judge(text).iter().map(|one| one.code).collect()
    }

    /// What is found where the guarded location shows files, with this beside it and this in it.
    #[track_caller]
    fn files(beside: &str, within: &str) -> Vec<&'static str> {
        let headers =
            "proxy_set_header X-Remote-User $login;\n            proxy_set_header Authorization \"\";";
        assert!(WEB.contains(headers));
        let text = WEB.replacen(headers, within, 1).replacen(APPLICATION, FILES, 1);
        codes(&text.replacen("listen 443 ssl;", &format!("listen 443 ssl; root /srv/files; {beside}"), 1))
    }

    #[test]
    fn satisfy_any_is_found_for_files_too_and_once() {
        assert_eq!(files("", ""), [""; 0]);
        assert_eq!(files("satisfy any;", ""), ["nginx_satisfy_any"]);
        assert_eq!(files("", "satisfy any; location /in/ { } location /too/ { }"), ["nginx_satisfy_any"]);
        assert_eq!(
            files("satisfy any;", "satisfy all; location /in/ { satisfy any; }"),
            ["nginx_satisfy_any"]
        );
        let outside = WEB.replacen("server {", "satisfy any; server {", 1);
        assert_eq!(codes(&outside), ["nginx_satisfy_any"]);
    }

    #[test]
    fn files_that_another_location_shows_are_found() {
        let unguarded = ["nginx_unguarded"];
        assert_eq!(files("location ~* \\.(jpg|png)$ { expires 30d; }", ""), unguarded);
        assert_eq!(files("location ~ \\.pdf$ { try_files $uri =404; }", ""), unguarded);

        let open = ["nginx_open_within_guarded"];
        assert_eq!(files("location /public/ { }", ""), open);
        assert_eq!(files("", "location /public/ { auth_request off; }"), open);
        assert_eq!(files("location ~ \\.pdf$ { auth_request off; }", ""), open);

        for harmless in [
            "location ~ ^/\\.ht { deny all; }",
            "location ~ \\.bak$ { return 404; }",
            "location ~* \\.jpg$ { root /srv/pictures; }",
            "location /.well-known/acme-challenge/ { }",
            "location = /robots.txt { }",
            "location = /favicon.ico { }",
            "location /other/ { auth_basic other; auth_basic_user_file users; }",
            "location /office/ { allow 192.0.2.0/24; deny all; }",
            "location /sent/ { internal; }",
            "location /sent/ { internal; } location @tried { try_files $uri /sent/; }",
            "location /sent/ { internal; } location = /robots.txt { try_files $uri =404; }",
            "location @tried { }",
            "location /pictures/ { alias /srv/pictures; }",
            "location /app/ { proxy_pass http://127.0.0.1:9; }",
        ] {
            assert_eq!(files(harmless, ""), [""; 0], "{harmless}");
        }
        assert_eq!(files("", "location /up/ { client_max_body_size 1g; }"), [""; 0]);

        // One that only requests reach which have been let in is none; from an open place it is.
        assert_eq!(files("location /sent/ { internal; }", "try_files $uri /sent/;"), [""; 0]);
        let from_open = "location /sent/ { internal; } location = /robots.txt { try_files $uri /sent/; }";
        assert_eq!(files(from_open, ""), open);
    }

    #[test]
    fn files_are_kept_below_the_guarded_path_and_in_the_guarded_block() {
        let files = |guarded: &str, beside: &str, within: &str| {
            let text = WEB.replacen("location / {", &format!("{beside} location {guarded} {{ {within}"), 1);
            let text = text.replacen("proxy_set_header X-Remote-User $login;", FILES, 1);
            let text =
                text.replacen("proxy_set_header Authorization \"\";", "", 1).replacen(APPLICATION, "", 1);
            codes(&text.replacen("listen 443 ssl;", "listen 443 ssl; root /srv/files;", 1))
        };
        let open = ["nginx_open_within_guarded"];
        assert_eq!(files("/f/", "location /f/public/ { }", ""), open);
        assert_eq!(files("/f/", "location /g/ { }", ""), [""; 0]);
        assert_eq!(files("~ ^/f", "", "location ~ ^/f/public { auth_request off; }"), open);
    }

    #[test]
    fn a_rewrite_leads_past_from_an_application_to_another_and_from_files_to_files() {
        let handed = "proxy_set_header X-Remote-User $login; proxy_set_header Authorization \"\"; \
                      proxy_pass http://127.0.0.1:7;";
        let rewritten = |target: &str| {
            let guarded = format!(
                "location /r/ {{ auth_request /clientpass; error_page 500 = @auth_down; \
                 auth_request_set $login $upstream_http_x_clientpass_login; \
                 rewrite ^/r/(.*)$ /app/$1 last; {handed} }}"
            );
            with("location = /c", &format!("{guarded} location /app/ {{ internal; {target} }}"))
        };
        assert_eq!(rewritten("proxy_pass http://127.0.0.1:1;"), ["nginx_rewrite_leads_past"]);
        // Somebody is asked there, or there is nothing of the application.
        assert_eq!(rewritten("auth_basic other; proxy_pass http://127.0.0.1:1;"), [""; 0]);
        assert_eq!(rewritten("root /srv/pictures;"), [""; 0]);

        let both = ["nginx_rewrite_leads_past", "nginx_open_within_guarded"];
        assert_eq!(files("location /up/ { }", "rewrite ^/r/(.*)$ /up/$1 last;"), both);
    }

    #[test]
    fn a_rewrite_that_goes_before_the_question_is_found() {
        let past = ["nginx_rewrite_leads_past"];
        let app = "location /app/ { internal; proxy_pass http://127.0.0.1:1; }";
        let rewritten = |rewrite: &str| {
            with(
                "location = /c",
                &format!(
                    "location /r/ {{ auth_request /clientpass; \
             error_page 500 = @auth_down; {rewrite} }} {app}"
                ),
            )
        };

        assert_eq!(rewritten("rewrite ^/r/(.*)$ /app/$1 last;"), past);
        assert_eq!(rewritten("rewrite ^/r/(.*)$ /app/$1;"), past);
        assert_eq!(rewritten("if ($args) { rewrite ^ /app/ last; }"), past);

        for stays in [
            "rewrite ^/r/(.*)$ /app/$1 break;",
            "rewrite ^ https://elsewhere.example/ permanent;",
            "rewrite ^/r/(.*)$ /guarded/$1 last;",
        ] {
            assert_eq!(rewritten(stays), [""; 0], "{stays}");
        }
    }
}
