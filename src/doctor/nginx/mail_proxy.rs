//! What a server of the mail proxy asks, believes and says: judged, beside TLS and time limits.

use super::addresses::{is_one_of, one, port};
use super::kinds;
use super::kinds_of_mail as own;
use super::text::{Directive, named};
use crate::doctor::Findings;
use crate::doctor::networks::is_wide;

/// Where `[doors.nginx_mail]` listens in all that is shipped.
const USUAL_PORT: &str = "8603";
const KEY: &str = "X-Clientpass-Key";

/// A server of the mail proxy.
pub(super) struct Mail<'a> {
    pub(super) mail: &'a Directive,
    pub(super) server: &'a Directive,
}

impl Mail<'_> {
    /// What holds for the server: its own directive, or that of the block around it.
    pub(super) fn get(&self, name: &'static str) -> Option<&Directive> {
        let own = named(&self.server.inside, name).last();
        own.or_else(|| named(&self.mail.inside, name).last())
    }

    /// How the server is called in a finding: by where it listens.
    pub(super) fn place(&self) -> String {
        let listen = named(&self.server.inside, "listen").next().map_or("", Directive::argument);
        format!("the mail server that listens on {listen}")
    }

    pub(super) fn is(&self, name: &'static str, value: &str) -> bool {
        self.get(name).is_some_and(|set| set.argument() == value)
    }

    /// Whether it asks clientpass, as far as that can be told: where it asks, or with which key.
    pub(super) fn asks_us(&self, ours: &[String]) -> bool {
        let asked = self.get("auth_http").map_or("", Directive::argument);
        let address = one(asked);
        let own_key = named(&self.server.inside, "auth_http_header").any(is_key);
        own_key || asked.contains("clientpass") || port(&address) == USUAL_PORT || is_one_of(&address, ours)
    }

    pub(super) fn judge_rest(&self, found: &mut Findings) {
        self.judge_key(found);
        self.judge_mechanisms(found);
        self.judge_addresses(found);
        self.judge_behind(found);
    }

    /// nginx takes headers from outside only where a server sets none itself.
    fn judge_key(&self, found: &mut Findings) {
        let headers = |of: &Directive| named(&of.inside, "auth_http_header").cloned().collect::<Vec<_>>();
        let (own, outside) = (headers(self.server), headers(self.mail));
        let has_key = |headers: &[Directive]| headers.iter().any(is_key);

        if !own.is_empty() && !has_key(&own) && has_key(&outside) {
            found.find(
                &own::KEY_LOST,
                &format!("{} has an auth_http_header of its own, without the key", self.place()),
                "auth_http_header X-Clientpass-Key cpk_...;     # in that server too",
            );
        }

        let in_force = if own.is_empty() { outside } else { own };
        let other = in_force.iter().find(|header| header.argument().to_lowercase().contains("key"));
        if let Some(other) = other.filter(|_| !has_key(&in_force)) {
            found.find(
                &own::KEY_ELSEWHERE,
                &format!("{} sends a key in {}", self.place(), other.argument()),
                "auth_http_header X-Clientpass-Key cpk_...;",
            );
        }
    }

    fn judge_mechanisms(&self, found: &mut Findings) {
        for name in ["imap_auth", "pop3_auth", "smtp_auth"] {
            let Some(methods) = self.get(name).map(Directive::arguments) else { continue };
            let such = |wanted: &[&str]| methods.iter().find(|method| wanted.contains(&method.as_str()));
            let change = format!("{name} plain{};", if name == "pop3_auth" { "" } else { " login" });

            if such(&["plain", "login"]).is_none() {
                let what = format!("{name} offers {} alone", methods.join(" "));
                found.find(&own::NO_PASSWORDS_OFFERED, &what, &change);
            } else if let Some(without) = such(&["external", "none"]) {
                let what = format!("{name} offers {without}");
                found.find(&own::METHODS_WITHOUT_PASSWORD, &what, &change);
            }
        }
    }

    /// Who says from where a mail client comes.
    fn judge_addresses(&self, found: &mut Findings) {
        let told = |listen: &Directive| listen.arguments().iter().any(|word| word == "proxy_protocol");
        if !named(&self.server.inside, "listen").any(told) {
            return;
        }

        let believed = |of: &Directive| {
            named(&of.inside, "set_real_ip_from").map(|from| from.argument().to_owned()).collect::<Vec<_>>()
        };
        let own = believed(self.server);
        let believed = if own.is_empty() { believed(self.mail) } else { own };

        if believed.is_empty() {
            found.find(
                &kinds::BALANCER_ADDRESS,
                &format!("{} has proxy_protocol and no set_real_ip_from", self.place()),
                "set_real_ip_from 192.0.2.1;     # the balancer",
            );
        } else if believed.iter().any(|network| is_wide(network)) {
            found.find(
                &own::EVERYBODY_IS_A_PROXY,
                &format!("{} believes every address about from where mail clients come", self.place()),
                "set_real_ip_from 192.0.2.1;     # the balancer, and nothing else",
            );
        }
    }

    /// As it says, or else as the port says on which it listens.
    pub(super) fn speaks_smtp(&self) -> bool {
        let listens_for_smtp = || {
            let mut listens = named(&self.server.inside, "listen");
            listens.any(|listen| ["25", "587", "465"].contains(&last_part(listen.argument())))
        };
        self.get("protocol").map_or_else(listens_for_smtp, |protocol| protocol.argument() == "smtp")
    }

    /// What the mail server behind hears, and what mail clients hear of it.
    fn judge_behind(&self, found: &mut Findings) {
        if self.speaks_smtp() && !self.is("proxy_smtp_auth", "on") && self.is("xclient", "off") {
            found.find(
                &own::SMTP_NOT_SIGNED_IN,
                &format!("{} has xclient off, and no proxy_smtp_auth", self.place()),
                "proxy_smtp_auth on;",
            );
        }

        if !self.is("proxy_pass_error_message", "on") {
            found.find(
                &own::BACKEND_ERRORS_HIDDEN,
                &format!("{} says of no error of the mail server behind what it is", self.place()),
                "proxy_pass_error_message on;",
            );
        }
    }
}

/// Judges what its servers have in common: whom they ask. Where none asks clientpass there is no telling who should.
pub(super) fn judge_together(mail: &Directive, ours: &[String], found: &mut Findings) {
    let servers = named(&mail.inside, "server").map(|server| Mail { mail, server });
    let asking = servers.filter(|server| server.get("auth_http").is_some());
    let (us, others): (Vec<_>, Vec<_>) = asking.partition(|server| server.asks_us(ours));

    for other in others.iter().filter(|_| !us.is_empty()) {
        found.find(
            &own::ASKS_SOMEBODY_ELSE,
            &format!("{} asks somebody else than clientpass", other.place()),
            "auth_http 127.0.0.1:8603/;     # in the mail block, and in no server",
        );
    }
}

fn is_key(header: &Directive) -> bool {
    header.argument().eq_ignore_ascii_case(KEY)
}

/// `25` of `127.0.0.1:25` and of `25`.
fn last_part(listen: &str) -> &str {
    listen.rsplit(':').next().unwrap_or(listen)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAIL, judge, one};
    use crate::doctor::Severity::{Error, Warning};

    fn codes(text: &str) -> Vec<&'static str> {
        judge(text).iter().map(|one| one.code).collect()
    }

    #[test]
    fn a_key_that_is_lost_or_that_nobody_reads_is_found() {
        let key = "auth_http_header X-Clientpass-Key cpk_x;";
        let with_key = MAIL.replacen("auth_http_timeout", &format!("{key} auth_http_timeout"), 1);
        assert_eq!(judge(&with_key), []);

        let own = "protocol imap; auth_http_header X-Where here;";
        one(&with_key, "protocol imap;", own, "nginx_key_lost", Error, "X-Clientpass-Key");
        assert_eq!(codes(&with_key.replacen("protocol imap;", &format!("{own} {key}"), 1)), [""; 0]);

        // There is none to be lost.
        assert_eq!(codes(&MAIL.replacen("protocol imap;", own, 1)), [""; 0]);

        let other = "auth_http_header X-Auth-Key secret; auth_http_timeout";
        let found = judge(&MAIL.replacen("auth_http_timeout", other, 1));
        assert!(found.iter().all(|one| one.code == "nginx_key_in_another_header"), "{found:#?}");
        assert!(found.len() == 2 && !format!("{found:?}").contains("secret"), "{found:#?}");
    }

    #[test]
    fn mechanisms_that_send_no_password_are_found() {
        let smtp = "smtp_auth plain login";
        one(MAIL, smtp, "smtp_auth plain login none", "nginx_methods", Warning, "smtp_auth plain login;");
        one(MAIL, smtp, "smtp_auth login external", "nginx_methods", Warning, "smtp_auth plain login;");
        one(MAIL, smtp, "smtp_auth none", "nginx_methods", Error, "smtp_auth plain login;");
        one(
            MAIL,
            "protocol imap",
            "protocol imap; imap_auth external",
            "nginx_methods",
            Error,
            "imap_auth plain",
        );
        for enough in ["smtp_auth login", "smtp_auth plain"] {
            assert_eq!(codes(&MAIL.replacen(smtp, enough, 1)), [""; 0]);
        }
        let pop3 = "protocol pop3; pop3_auth external";
        one(MAIL, "protocol imap", pop3, "nginx_methods", Error, "pop3_auth plain;");
        for odd in ["imap_auth plain cram-md5", "pop3_auth plain apop", "pop3_auth plain cram-md5"] {
            let set = format!("protocol imap; {odd}");
            let line = format!("{} plain", odd.split(' ').next().unwrap());
            one(MAIL, "protocol imap", &set, "nginx_methods", Warning, &line);
        }
    }

    #[test]
    fn who_says_where_mail_clients_are_is_judged() {
        let told = MAIL.replacen("listen 993 ssl", "listen 993 ssl proxy_protocol", 1);
        let from = |network: &str| format!("set_real_ip_from {network};");
        one(&told, "protocol imap", "protocol imap", "nginx_balancer_address", Warning, "set_real_ip_from");

        let believes = |network: &str| told.replacen("mail {", &format!("mail {{ {}", from(network)), 1);
        assert_eq!(codes(&believes("192.0.2.1")), [""; 0]);
        let everybody = believes("0.0.0.0/0");
        one(&everybody, "protocol imap", "protocol imap", "nginx_everybody_is_a_proxy", Error, "192.0.2.1");
        let own = format!("protocol imap; {}", from("192.0.2.1"));
        assert_eq!(codes(&everybody.replacen("protocol imap;", &own, 1)), [""; 0]);
        // Who is not told by a proxy believes none.
        assert_eq!(codes(&MAIL.replacen("mail {", "mail { set_real_ip_from 0.0.0.0/0;", 1)), [""; 0]);
    }

    #[test]
    fn what_the_server_behind_hears_and_says_is_judged() {
        let hidden = MAIL.replacen("    proxy_pass_error_message on;\n", "", 1);
        assert_eq!(codes(&hidden), ["nginx_backend_errors_hidden"; 2]);
        assert_eq!(codes(&MAIL.replacen("message on", "message off", 1)), ["nginx_backend_errors_hidden"; 2]);

        one(
            MAIL,
            "starttls only",
            "xclient off; starttls only",
            "nginx_smtp_not_signed_in",
            Warning,
            "smtp_auth on",
        );
        let by_port = MAIL.replacen("protocol smtp", "xclient off", 1);
        one(&by_port, "protocol imap", "protocol imap", "nginx_smtp_not_signed_in", Warning, "smtp_auth on");
        for port in ["25", "465"] {
            let text = by_port.replacen("listen 587", &format!("listen {port}"), 1);
            assert_eq!(codes(&text), ["nginx_smtp_not_signed_in"], "{port}");
        }
        let port_of_imap = MAIL.replacen("protocol imap", "xclient off", 1);
        assert_eq!(codes(&port_of_imap), [""; 0]);
        let imap_elsewhere = MAIL.replacen("protocol smtp", "protocol imap; xclient off", 1);
        assert_eq!(codes(&imap_elsewhere), [""; 0]);

        let signed = "xclient off; proxy_smtp_auth on; starttls only";
        assert_eq!(codes(&MAIL.replacen("starttls only", signed, 1)), [""; 0]);
        // IMAP always signs in.
        assert_eq!(codes(&MAIL.replacen("protocol imap", "protocol imap; xclient off", 1)), [""; 0]);
    }

    #[test]
    fn a_server_that_asks_somebody_else_is_found() {
        let other = "protocol imap; auth_http 127.0.0.1:9000/auth;";
        one(MAIL, "protocol imap;", other, "nginx_mail_asks_somebody_else", Warning, "in the mail block");

        let named = "protocol imap; auth_http http://unix:/run/clientpass/nginx.sock:/;";
        assert_eq!(codes(&MAIL.replacen("protocol imap;", named, 1)), [""; 0]);
        // It listens there, or is sent its key.
        let ours = "protocol imap; auth_http 127.0.0.1:8604/;";
        assert_eq!(codes(&MAIL.replacen("protocol imap;", ours, 1)), [""; 0]);
        let key = format!("{other} auth_http_header X-Clientpass-Key cpk_x;");
        assert_eq!(codes(&MAIL.replacen("protocol imap;", &key, 1)), [""; 0]);
        // One that asks nobody asks nobody else.
        let alone = MAIL.replacen("    auth_http 127.0.0.1:8603/;\n", "", 1);
        let alone = alone.replacen("protocol imap;", "protocol imap; auth_http 127.0.0.1:8603/;", 1);
        assert_eq!(codes(&alone), ["nginx_no_auth_http"]);
        // Where none is known to be ours, none is known not to be.
        assert_eq!(codes(&MAIL.replacen("127.0.0.1:8603", "127.0.0.1:9000", 1)), [""; 0]);
    }
}
