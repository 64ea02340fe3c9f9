//! Postfix: what `postconf -n` and `postconf -M` print, judged.

use super::{About, Finding, Findings};
use text::{Service, Settings};

mod text;

/// The output of Postfix's own programs.
pub struct Printed<'a> {
    /// By `postconf -n`.
    pub main: &'a str,
    /// By `postconf -M`; nothing is said about services without it.
    pub master: Option<&'a str>,
}

/// Judges it. `ours` are the addresses of clientpass's Dovecot door, as `unix:/path` or `host:port`.
pub fn judge(printed: &Printed<'_>, ours: &[String]) -> Vec<Finding> {
    let main = text::settings(printed.main);
    let mut found = Findings::about(About::Postfix);

    let services = printed.master.map_or_else(|| vec![unknown()], text::services);

    let smtpd = services.iter().filter(|service| service.command == "smtpd");
    let asking: Vec<Smtpd> = smtpd
        .map(|service| Smtpd::of(service, &main))
        .filter(|smtpd| smtpd.is("smtpd_sasl_auth_enable", "yes"))
        .collect();

    if asking.is_empty() {
        found.note(
            "postfix_asks_nobody",
            (
                "no smtpd of Postfix asks for passwords",
                "nobody can send through it with a password",
                "smtpd_sasl_auth_enable = yes     # of submission, as in mail-servers/postfix",
            ),
        );
    }

    for smtpd in &asking {
        smtpd.judge_source(ours, &mut found);
        smtpd.judge_tls(&mut found);
        smtpd.judge_port_25(&mut found);
        smtpd.judge_protocol(&mut found);
    }

    found.all()
}

/// The smtpd of which only `main.cf` is known.
fn unknown() -> Service {
    Service { name: String::new(), command: "smtpd".into(), chroot: "n".into(), overrides: Settings::new() }
}

/// An smtpd, with the settings that it goes by.
struct Smtpd<'a> {
    service: &'a Service,
    main: &'a Settings,
}

impl<'a> Smtpd<'a> {
    fn of(service: &'a Service, main: &'a Settings) -> Self {
        Self { service, main }
    }

    fn get(&self, key: &str) -> &str {
        self.service.overrides.get(key).or_else(|| self.main.get(key)).map_or("", String::as_str)
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).eq_ignore_ascii_case(value)
    }

    /// Where a line that concerns it stands.
    fn place(&self) -> String {
        match self.service.name.as_str() {
            "" => "main.cf".into(),
            name => format!("smtpd {name}"),
        }
    }

    fn is_chrooted(&self) -> bool {
        match self.service.chroot.as_str() {
            "y" => true,
            // The default has changed with Postfix 3.0, for who says that he knows.
            "-" => self.main.get("compatibility_level").is_none_or(|level| level.starts_with('0')),
            _ => false,
        }
    }

    fn judge_source(&self, ours: &[String], found: &mut Findings) {
        if !self.is("smtpd_sasl_type", "dovecot") {
            let kind = match self.get("smtpd_sasl_type") {
                "" => "cyrus",
                kind => kind,
            };
            found.warning(
                "postfix_asks_somebody_else",
                (
                    &format!("{} has smtpd_sasl_type = {kind}", self.place()),
                    "clientpass is asked only if what stands behind it asks clientpass in turn",
                    "smtpd_sasl_type = dovecot",
                ),
            );
            return;
        }

        let path = self.get("smtpd_sasl_path");
        if !asks_us(path, ours) {
            found.warning("postfix_asks_dovecot", (
                &format!("{} asks at {}", self.place(), if path.is_empty() { "smtpd" } else { path }),
                "that is not clientpass. If it is a Dovecot that asks clientpass, every outage is 535, wrong password, \
                 to mail clients: Postfix reads no \"temporary failure\" of Dovecot's",
                &format!("smtpd_sasl_path = {}", ours.first().map_or("private/clientpass", String::as_str)),
            ));
        }

        if self.is_chrooted() && path.strip_prefix("unix:").unwrap_or(path).starts_with('/') {
            found.error("postfix_chroot", (
                &format!("{} runs in a chroot and asks at {path}", self.place()),
                "there it cannot see that path: smtpd ends with \"no SASL authentication mechanisms\" and closes every \
                 connection",
                "smtpd_sasl_path = private/clientpass     # and clientpass listens on unix:/var/spool/postfix/private/clientpass",
            ));
        }

        self.judge_mechanisms(found);
    }

    fn judge_mechanisms(&self, found: &mut Findings) {
        let key = match self.get("smtpd_sasl_tls_security_options") {
            "" => "smtpd_sasl_security_options",
            _ => "smtpd_sasl_tls_security_options",
        };

        if self.get(key).to_lowercase().contains("noplaintext") {
            found.error(
                "postfix_no_plaintext",
                (
                    &format!("{} has noplaintext in {key}", self.place()),
                    "no mechanism is left: smtpd ends with \"no SASL authentication mechanisms\"",
                    &format!("{key} = noanonymous"),
                ),
            );
        }
    }

    fn judge_tls(&self, found: &mut Findings) {
        let level = self.get("smtpd_tls_security_level").to_lowercase();
        let wrapped = self.is("smtpd_tls_wrappermode", "yes");
        let only = self.is("smtpd_tls_auth_only", "yes") || level == "encrypt" || wrapped;
        let possible =
            ["may", "encrypt"].contains(&level.as_str()) || wrapped || self.is("smtpd_use_tls", "yes");

        if !only {
            found.error(
                "postfix_cleartext",
                (
                    &format!("{} takes passwords without TLS", self.place()),
                    "whoever is on the way reads them, and a client password works until somebody notices",
                    "smtpd_tls_auth_only = yes",
                ),
            );
        } else if !possible {
            found.warning(
                "postfix_no_tls",
                (
                    &format!("{} wants TLS for passwords and has none", self.place()),
                    "AUTH is never offered, so nobody can send",
                    "smtpd_tls_security_level = may     # with smtpd_tls_cert_file and smtpd_tls_key_file",
                ),
            );
        }
    }

    fn judge_port_25(&self, found: &mut Findings) {
        let port = self.service.name.rsplit(':').next().unwrap_or("");

        if ["smtp", "25"].contains(&port) {
            found.warning("postfix_port_25", (
                "smtpd on port 25 asks for passwords",
                "mail from other servers stops with it whenever the socket behind smtpd_sasl_path is away",
                "smtpd_sasl_auth_enable = no     # in main.cf; -o smtpd_sasl_auth_enable=yes for submission in master.cf",
            ));
        }
    }

    fn judge_protocol(&self, found: &mut Findings) {
        let service = self.get("smtpd_sasl_service");

        if !["", "smtp", "submission"].contains(&service) {
            found.error(
                "postfix_protocol",
                (
                    &format!("{} has smtpd_sasl_service = {service}", self.place()),
                    "clientpass knows no protocol of that name, and answers nobody",
                    "smtpd_sasl_service = smtp",
                ),
            );
        }
    }
}

/// `inet:host:port`, `unix:/path`, `/path` or a path below `/var/spool/postfix`, against where we listen.
fn asks_us(path: &str, ours: &[String]) -> bool {
    let path = path.strip_prefix("inet:").or_else(|| path.strip_prefix("unix:")).unwrap_or(path);
    let at = |listen: &String| {
        let listen = listen.strip_prefix("unix:").unwrap_or(listen);
        listen == path || !path.starts_with('/') && listen.ends_with(&format!("/{path}"))
    };
    path.contains("clientpass") || !path.is_empty() && ours.iter().any(at)
}

#[cfg(test)]
mod tests;
