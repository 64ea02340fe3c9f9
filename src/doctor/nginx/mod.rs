//! Nginx: what `nginx -T` prints, judged, where it has passwords checked: the mail proxy and `auth_request`.

use super::{About, Finding, Findings, is_local};
use text::{Directive, authority, named, seconds};

mod handed;
mod question;
mod text;
mod web;

/// Judges what `nginx -T` printed, or a configuration file. `ours` are addresses at which clientpass listens; a
/// question that goes to one of them, or names clientpass, is ours.
pub fn judge(printed: &str, ours: &[String]) -> Vec<Finding> {
    let whole = text::read(printed);
    let mut found = Findings::about(About::Nginx);

    let mail: Vec<&Directive> = named(&whole, "mail").collect();
    for mail in &mail {
        for server in named(&mail.inside, "server") {
            Mail { mail, server }.judge(&mut found);
        }
    }

    let asked = web::judge(&whole, ours, &mut found);
    if mail.is_empty() && !asked {
        found.note(
            "nginx_asks_nobody",
            (
                "nginx asks nobody about passwords",
                "it has neither a mail block nor an auth_request",
                "see mail-servers/nginx-auth-request and mail-servers/nginx-mail",
            ),
        );
    }

    found.all()
}

/// A server of the mail proxy.
struct Mail<'a> {
    mail: &'a Directive,
    server: &'a Directive,
}

impl Mail<'_> {
    /// What holds for the server: its own directive, or that of the block around it.
    fn get(&self, name: &'static str) -> Option<&Directive> {
        let own = named(&self.server.inside, name).last();
        own.or_else(|| named(&self.mail.inside, name).last())
    }

    /// How the server is called in a finding: by where it listens.
    fn place(&self) -> String {
        let listen = named(&self.server.inside, "listen").next().map_or("", Directive::argument);
        format!("the mail server that listens on {listen}")
    }

    fn judge(&self, found: &mut Findings) {
        self.judge_tls(found);
        self.judge_verifier(found);
        self.judge_methods(found);
    }

    fn judge_tls(&self, found: &mut Findings) {
        let wrapped = |listen: &Directive| listen.arguments().iter().any(|word| word == "ssl");
        let open = |listen: &Directive| !wrapped(listen) && !is_local(listen.argument());
        let all_wrapped = self.get("ssl").is_some_and(|ssl| ssl.argument() == "on");

        if all_wrapped || !named(&self.server.inside, "listen").any(open) {
            return;
        }

        let why =
            "whoever is on the way reads the passwords, and a client password works until somebody notices";

        match self.get("starttls").map_or("off", Directive::argument) {
            "only" => {}
            "on" => found.warning(
                "nginx_cleartext",
                (&format!("{} takes passwords before STARTTLS too", self.place()), why, "starttls only;"),
            ),
            _ => found.error(
                "nginx_cleartext",
                (&format!("{} has no TLS", self.place()), why, "listen 993 ssl;     # or: starttls only;"),
            ),
        }
    }

    fn judge_verifier(&self, found: &mut Findings) {
        let Some(address) = self.get("auth_http").map(Directive::argument) else {
            found.error(
                "nginx_no_auth_http",
                (
                    &format!("{} has no auth_http", self.place()),
                    "nobody can log in",
                    "auth_http http://127.0.0.1:8603/;     # where [doors.nginx_mail] listens",
                ),
            );
            return;
        };

        if !is_local(authority(address)) {
            found.error("nginx_remote_verifier", (
                "auth_http asks another machine",
                "nginx speaks no TLS here: passwords and the service key cross the network readable, and who answers \
                 in its place lets everybody in",
                "auth_http http://127.0.0.1:8603/;     # a clientpass or a TLS tunnel on this machine",
            ));
        }

        let timeout = self.get("auth_http_timeout").map(Directive::argument);
        if timeout.is_none_or(|timeout| seconds(timeout).is_none_or(|seconds| seconds > 10)) {
            found.warning("nginx_timeout", (
                &format!("auth_http_timeout is {}", timeout.unwrap_or("60s, its default")),
                "while clientpass does not answer every login hangs so long, and mail clients give up before",
                "auth_http_timeout 5s;",
            ));
        }
    }

    fn judge_methods(&self, found: &mut Findings) {
        for name in ["imap_auth", "pop3_auth", "smtp_auth"] {
            let Some(methods) = self.get(name).map(Directive::arguments) else { continue };
            let odd = methods.iter().find(|method| ["apop", "cram-md5"].contains(&method.as_str()));
            if let Some(odd) = odd {
                found.warning("nginx_methods", (
                    &format!("{name} offers {odd}"),
                    "mail clients prefer it, and it needs a password that can be read back, which clientpass has none \
                     of: they are refused",
                    &format!("{name} plain{};", if name == "pop3_auth" { "" } else { " login" }),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
