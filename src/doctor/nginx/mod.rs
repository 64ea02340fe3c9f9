//! Nginx: what `nginx -T` prints, judged, where it has passwords checked: the mail proxy and `auth_request`.

use super::{About, Finding, Findings, is_local};
use mail_proxy::Mail;
use text::{Directive, authority, named, seconds};

mod addresses;
mod bypass;
pub mod doors;
pub mod front;
mod guard;
mod handed;
pub(super) mod kinds;
mod kinds_of_mail;
mod locations;
mod mail_proxy;
pub mod next_source;
mod question;
mod text;
mod variables;
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
        mail_proxy::judge_together(mail, ours, &mut found);
    }

    let asked = web::judge(&whole, ours, &mut found);
    if mail.is_empty() && !asked {
        found.find(
            &kinds::ASKS_NOBODY,
            "nginx asks nobody about passwords",
            "see mail-servers/nginx-auth-request and mail-servers/nginx-mail",
        );
    }

    found.all()
}

impl Mail<'_> {
    fn judge(&self, found: &mut Findings) {
        self.judge_tls(found);
        self.judge_verifier(found);
        self.judge_methods(found);
        self.judge_rest(found);
    }

    fn judge_tls(&self, found: &mut Findings) {
        let wrapped = |listen: &Directive| listen.arguments().iter().any(|word| word == "ssl");
        let open = |listen: &Directive| !wrapped(listen) && !is_local(listen.argument());
        let all_wrapped = self.get("ssl").is_some_and(|ssl| ssl.argument() == "on");

        if all_wrapped || !named(&self.server.inside, "listen").any(open) {
            return;
        }

        match self.get("starttls").map_or("off", Directive::argument) {
            "only" => {}
            "on" => found.find(
                &kinds::CLEARTEXT_BEFORE_STARTTLS,
                &format!("{} takes passwords before STARTTLS too", self.place()),
                "starttls only;",
            ),
            _ => found.find(
                &kinds::CLEARTEXT,
                &format!("{} has no TLS", self.place()),
                "listen 993 ssl;     # or: starttls only;",
            ),
        }
    }

    fn judge_verifier(&self, found: &mut Findings) {
        let Some(address) = self.get("auth_http").map(Directive::argument) else {
            found.find(
                &kinds::NO_AUTH_HTTP,
                &format!("{} has no auth_http", self.place()),
                "auth_http http://127.0.0.1:8603/;     # where [doors.nginx_mail] listens",
            );
            return;
        };

        if !is_local(authority(address)) {
            found.find(
                &kinds::REMOTE_VERIFIER_OF_MAIL,
                "auth_http asks another machine",
                "auth_http http://127.0.0.1:8603/;     # a clientpass or a TLS tunnel on this machine",
            );
        }

        let timeout = self.get("auth_http_timeout").map(Directive::argument);
        if timeout.is_none_or(|timeout| seconds(timeout).is_none_or(|seconds| seconds > 10)) {
            found.find(
                &kinds::TIMEOUT,
                &format!("auth_http_timeout is {}", timeout.unwrap_or("60s, its default")),
                "auth_http_timeout 5s;",
            );
        }
    }

    fn judge_methods(&self, found: &mut Findings) {
        for name in ["imap_auth", "pop3_auth", "smtp_auth"] {
            let Some(methods) = self.get(name).map(Directive::arguments) else { continue };
            let odd = methods.iter().find(|method| ["apop", "cram-md5"].contains(&method.as_str()));
            if let Some(odd) = odd {
                found.find(
                    &kinds::METHODS,
                    &format!("{name} offers {odd}"),
                    &format!("{name} plain{};", if name == "pop3_auth" { "" } else { " login" }),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
