//! What an application behind `auth_request` is handed: who it is, and no password; judged wherever nginx hands
//! requests on.

use super::question::Question;
use super::text::{Around, Directive, authority, in_force, named};
use crate::doctor::Findings;

/// How requests are handed on, and what sets what goes along.
const PASSES: [(&str, &str); 5] = [
    ("proxy_pass", "proxy_set_header"),
    ("grpc_pass", "grpc_set_header"),
    ("fastcgi_pass", "fastcgi_param"),
    ("uwsgi_pass", "uwsgi_param"),
    ("scgi_pass", "scgi_param"),
];

/// Judges every place at which requests are handed on behind clientpass, or to the same application past it.
pub(super) fn judge(http: &Directive, ours: &[String], found: &mut Findings) {
    let mut places = Vec::new();
    for server in named(&http.inside, "server") {
        collect(&[http, server], &mut places);
    }

    let variables = login_variables(http);
    let (guarded, others): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.asks(ours));

    for place in &guarded {
        place.judge_satisfy(found);
        place.judge_login(&variables, found);
        place.judge_password(found);
    }

    // The application's own server, which only guarded requests reach, and where that hands on to.
    let mut targets: Vec<&str> = guarded.iter().map(Place::target).collect();
    let (inner, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|place| place.is_behind(&targets));
    targets.extend(inner.iter().map(Place::target));

    let believed: Vec<&str> = guarded.iter().flat_map(|place| place.tells(&variables)).collect();
    for place in others.iter().filter(|place| targets.contains(&place.target())) {
        place.judge_way_past(&believed, found);
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

    for block in innermost.inside.iter().filter(|of| ["location", "if", "limit_except"].contains(&of.name()))
    {
        collect(&[around, &[block]].concat(), into);
    }
}

/// Variables that contain the login that clientpass gave.
fn login_variables(of: &Directive) -> Vec<&str> {
    let given =
        |set: &&Directive| set.arguments().get(1).is_some_and(|from| from.contains("x_clientpass_login"));
    let own = named(&of.inside, "auth_request_set").filter(given).map(Directive::argument);
    own.chain(of.inside.iter().flat_map(login_variables)).collect()
}

impl<'a> Place<'a> {
    /// Whether requests are checked with clientpass first.
    fn asks(&self, ours: &[String]) -> bool {
        let [http, server, ..] = self.around.as_slice() else { return false };
        let uri = in_force(&self.around, "auth_request").last().map_or("off", |asked| asked.argument());
        uri != "off" && Question::of(http, server, uri).is_some_and(|question| question.is_ours(ours))
    }

    /// Where requests go from here: an address, a socket, or the name of an upstream.
    fn target(&self) -> &'a str {
        target(self.pass.argument())
    }

    /// Whether its server listens to nobody but guarded locations, which hand on to these.
    fn is_behind(&self, targets: &[&str]) -> bool {
        let server = self.around.get(1).map_or(&[][..], |server| &server.inside);
        let mut listens = named(server, "listen").peekable();
        listens.peek().is_some() && listens.all(|listen| targets.contains(&target(listen.argument())))
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

    /// How it is called in a finding.
    fn name(&self) -> String {
        let path = self.around.iter().rev().find(|block| block.name() == "location");
        path.map_or_else(|| "a server".into(), |location| location.words.join(" "))
    }

    fn judge_satisfy(&self, found: &mut Findings) {
        if in_force(&self.around, "satisfy").last().is_some_and(|satisfy| satisfy.argument() == "any") {
            found.error(
                "nginx_satisfy_any",
                (
                    &format!("satisfy any holds for {}", self.name()),
                    "an address or another source of passwords lets in whom clientpass has refused",
                    "satisfy all;",
                ),
            );
        }
    }

    fn judge_login(&self, variables: &[&str], found: &mut Findings) {
        if self.tells(variables).is_empty() && !variables.is_empty() {
            found.error("nginx_login_lost", (
                &format!("{} hands requests on without the login that clientpass gave", self.name()),
                "what sets headers outside holds only where a location sets none itself: whoever is signed in as one \
                 member names another in the header that the application believes",
                "include clientpass-location.conf;     # and the application in a server of its own: see \
                 mail-servers/nginx-auth-request",
            ));
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
            found.warning(
                "nginx_password_handed_on",
                (
                    &format!("{} hands the password on to the application", self.name()),
                    "the application, and its log, has what opens mail",
                    "proxy_set_header Authorization \"\";",
                ),
            );
        }
    }

    /// `believed` is what the application takes the login from.
    fn judge_way_past(&self, believed: &[&str], found: &mut Findings) {
        let overwritten = |believed: &&str| self.set().any(|(name, _)| name.eq_ignore_ascii_case(believed));

        if !believed.is_empty() && !believed.iter().any(overwritten) {
            found.error(
                "nginx_way_past_clientpass",
                (
                    &format!("{} reaches the application too, and asks nobody", self.name()),
                    "whoever comes there says who they are, without a password",
                    "return 403;     # or the guard",
                ),
            );
        }
    }
}

/// `127.0.0.1:80` of `http://127.0.0.1:80/path`, `unix:/path` of `http://unix:/path:/uri`.
fn target(url: &str) -> &str {
    let rest = authority(url);
    match rest.strip_prefix("unix:").and_then(|path| path.find(':')) {
        Some(end) => rest.get(..end + "unix:".len()).unwrap_or(rest),
        None => rest,
    }
}
