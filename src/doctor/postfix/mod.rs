//! Postfix: what `postconf -n` and `postconf -M` print, judged.

use super::{About, Finding, Findings};
use smtpd::Smtpd;
use text::{Service, Settings};

pub mod doors;
pub(super) mod kinds;
mod restrictions;
mod smtpd;
mod text;
mod trust;

/// Seconds without submission that nobody notices.
const LONGEST_PAUSE: u64 = 10;

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
    let all: Vec<Smtpd> = smtpd.map(|service| Smtpd::of(service, &main)).collect();
    let asking: Vec<&Smtpd> = all.iter().filter(|smtpd| smtpd.is("smtpd_sasl_auth_enable", "yes")).collect();

    if asking.is_empty() {
        found.find(
            &kinds::ASKS_NOBODY,
            "no smtpd of Postfix asks for passwords",
            "smtpd_sasl_auth_enable = yes     # of submission, as in mail-servers/postfix",
        );
    }

    if asking.iter().any(|smtpd| smtpd.is("smtpd_sasl_type", "dovecot")) {
        judge_pause(&main, &mut found);
    }

    for smtpd in &all {
        restrictions::judge_strangers(smtpd, &mut found);
        trust::judge_strangers(smtpd, &mut found);
    }

    for smtpd in asking {
        smtpd.judge_source(ours, &mut found);
        smtpd.judge_tls(&mut found);
        smtpd.judge_port_25(&mut found);
        smtpd.judge_protocol(&mut found);
        restrictions::judge_members(smtpd, &mut found);
        trust::judge_members(smtpd, &mut found);
    }

    found.all()
}

/// How long Postfix starts no smtpd after one that has found clientpass away.
fn judge_pause(main: &Settings, found: &mut Findings) {
    let pause = main.get("service_throttle_time").map_or("60s", String::as_str);
    if text::seconds(pause).is_some_and(|seconds| seconds > LONGEST_PAUSE) {
        found.find(
            &kinds::LONG_PAUSE,
            &format!("after an outage Postfix starts no smtpd for up to {pause}"),
            "service_throttle_time = 1s",
        );
    }
}

/// The smtpd of which only `main.cf` is known.
fn unknown() -> Service {
    Service { name: String::new(), command: "smtpd".into(), chroot: "n".into(), overrides: Settings::new() }
}

impl Smtpd<'_> {
    fn is_chrooted(&self) -> bool {
        match self.service.chroot.as_str() {
            "y" => true,
            "-" => self.is_of_postfix_2(),
            _ => false,
        }
    }

    fn judge_source(&self, ours: &[String], found: &mut Findings) {
        if !self.is("smtpd_sasl_type", "dovecot") {
            let kind = match self.get("smtpd_sasl_type") {
                "" => "cyrus",
                kind => kind,
            };
            found.find(
                &kinds::ASKS_SOMEBODY_ELSE,
                &format!("{} has smtpd_sasl_type = {kind}", self.place()),
                "smtpd_sasl_type = dovecot",
            );
            return;
        }

        let path = self.get("smtpd_sasl_path");
        if !asks_us(path, ours) {
            found.find(
                &kinds::ASKS_DOVECOT,
                &format!("{} asks at {}", self.place(), if path.is_empty() { "smtpd" } else { path }),
                &format!("smtpd_sasl_path = {}", ours.first().map_or("private/clientpass", String::as_str)),
            );
        }

        if self.is_chrooted() && path.strip_prefix("unix:").unwrap_or(path).starts_with('/') {
            found.find(
                &kinds::CHROOT,
                &format!("{} runs in a chroot and asks at {path}", self.place()),
                "smtpd_sasl_path = private/clientpass     # and clientpass listens on unix:/var/spool/postfix/private/clientpass",
            );
        }

        self.judge_mechanisms(found);
    }

    fn judge_mechanisms(&self, found: &mut Findings) {
        let key = match self.get("smtpd_sasl_tls_security_options") {
            "" => "smtpd_sasl_security_options",
            _ => "smtpd_sasl_tls_security_options",
        };

        // PLAIN and LOGIN are plain text, and neither proves who the server is nor keeps old sessions secret.
        let options = self.words(key);
        let leaves_none = |option: &&str| options.iter().any(|set| set == option);
        let excluding = ["noplaintext", "mutual_auth", "forward_secrecy"].into_iter().find(leaves_none);
        if let Some(option) = excluding {
            found.find(
                &kinds::NO_PLAINTEXT,
                &format!("{} has {option} in {key}", self.place()),
                &format!("{key} = noanonymous"),
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
            found.find(
                &kinds::CLEARTEXT,
                &format!("{} takes passwords without TLS", self.place()),
                "smtpd_tls_auth_only = yes",
            );
        } else if !possible {
            found.find(
                &kinds::NO_TLS,
                &format!("{} wants TLS for passwords and has none", self.place()),
                "smtpd_tls_security_level = may     # with smtpd_tls_cert_file and smtpd_tls_key_file",
            );
        }
    }

    fn judge_port_25(&self, found: &mut Findings) {
        let port = self.service.name.rsplit(':').next().unwrap_or("");

        // Behind postscreen it is the service `smtpd`.
        if ["smtp", "25", "smtpd"].contains(&port) {
            found.find(
                &kinds::PORT_25,
                "smtpd on port 25 asks for passwords",
                "smtpd_sasl_auth_enable = no     # in main.cf; -o smtpd_sasl_auth_enable=yes for submission in master.cf",
            );
        }
    }

    fn judge_protocol(&self, found: &mut Findings) {
        let service = self.get("smtpd_sasl_service");

        if !["", "smtp", "submission"].contains(&service) {
            found.find(
                &kinds::PROTOCOL,
                &format!("{} has smtpd_sasl_service = {service}", self.place()),
                "smtpd_sasl_service = smtp",
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
