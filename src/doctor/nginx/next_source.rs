//! The mail server behind the mail proxy as the next source: whether it hears the password that it is to check.

use super::kinds_of_mail as kinds;
use super::mail_proxy::Mail;
use super::text::{self, named};
use crate::doctor::{About, Finding, Findings};

/// Judges every mail server of nginx that speaks SMTP and asks clientpass, where clientpass leaves logins to what is behind
/// it: `checks_passwords` of a route for SMTP. `ours` are addresses at which the door of the mail proxy listens.
pub fn judge(printed: &str, ours: &[String], leaves_smtp: bool) -> Vec<Finding> {
    let whole = text::read(printed);
    let mut found = Findings::about(About::Nginx);

    for mail in named(&whole, "mail").filter(|_| leaves_smtp) {
        let servers = named(&mail.inside, "server").map(|server| Mail { mail, server });
        let ours = servers.filter(|server| server.asks_us(ours) && server.speaks_smtp());
        for server in ours.filter(|server| !server.is("proxy_smtp_auth", "on")) {
            found.find(
                &kinds::NEXT_SOURCE_NOT_ASKED,
                &format!(
                    "{} has no proxy_smtp_auth, and a route for SMTP has checks_passwords",
                    server.place()
                ),
                "proxy_smtp_auth on;     # or, in clientpass.toml, that route without checks_passwords",
            );
        }
    }

    found.all()
}

#[cfg(test)]
mod tests {
    use super::super::tests::MAIL;
    use crate::doctor::Harm;

    /// The codes of what is found where a route for SMTP has `checks_passwords`, or has it not.
    fn codes(text: &str, leaves_smtp: bool) -> Vec<(&'static str, Harm)> {
        let found = super::judge(text, &["127.0.0.1:8613".into()], leaves_smtp);
        found.iter().map(|one| (one.code, one.harm)).collect()
    }

    #[test]
    fn a_next_source_that_never_hears_the_password_is_found() {
        let nobody = [];
        let everybody = [("nginx_smtp_next_source_not_asked", Harm::LetsIn)];
        assert_eq!(codes(MAIL, true), everybody);
        assert_eq!(codes(MAIL, false), nobody);

        let with = |set: &str| MAIL.replacen("starttls only;", &format!("{set}; starttls only;"), 1);
        assert_eq!(codes(&with("proxy_smtp_auth on"), true), nobody);
        assert_eq!(codes(&with("proxy_smtp_auth off"), true), everybody);
        // XCLIENT says who it is, and no password.
        assert_eq!(codes(&with("xclient on"), true), everybody);
        assert_eq!(codes(&with("xclient off"), true), everybody);
        let outside = MAIL.replacen("mail {", "mail { proxy_smtp_auth on;", 1);
        assert_eq!(codes(&outside, true), nobody);

        // At IMAP and POP3 nginx always signs in.
        assert_eq!(codes(&MAIL.replacen("protocol smtp;", "protocol pop3;", 1), true), nobody);
        assert_eq!(codes(&MAIL.replacen("protocol smtp;", "", 1), true), everybody, "known by its port");

        // Where it asks somebody else, clientpass leaves nothing to anybody.
        let asks = |at: &str| MAIL.replacen("127.0.0.1:8603", at, 1);
        assert_eq!(codes(&asks("127.0.0.1:9000"), true), nobody);
        assert_eq!(codes(&asks("127.0.0.1:8613"), true), everybody);
    }
}
