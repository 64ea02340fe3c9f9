//! The OAuth2 password grant: what a passdb says about it, or, of Dovecot 2.3, the file that it names.

use super::text::Section;
use crate::doctor::Findings;

/// Whether clientpass says by itself which refusal is final, because the request names its scope.
pub(super) fn knows_what_is_final(settings: &Section) -> bool {
    settings.has("scope", "clientpass")
}

/// Judges the settings; `None` where they stand in a file that was not looked at.
pub(super) fn judge(settings: Option<&Section>, found: &mut Findings) {
    let Some(settings) = settings else {
        found.note(
            "dovecot_grant_not_looked_at",
            (
                "the file that passdb oauth2 names was not looked at",
                "without `scope = clientpass` in it a refusal goes on to the next passdb, which lets the account \
                 password in although secure login is on",
                "clientpass doctor --dovecot FILE --dovecot-grant /etc/dovecot/clientpass-oauth2.conf.ext",
            ),
        );
        return;
    };

    if !(settings.has("active_attribute", "active") && settings.has("active_value", "true")) {
        found.error(
            "dovecot_grant_lets_everybody_in",
            (
                "passdb oauth2 does not look whether the answer says active",
                "every password is let in, also for logins that nobody has",
                "active_attribute = active     # and: active_value = true",
            ),
        );
    }

    if !settings.has("send_auth_headers", "yes") {
        found.warning(
            "dovecot_grant_without_headers",
            (
                "passdb oauth2 does not tell clientpass what the mail client speaks",
                "everybody is told to try again later",
                "send_auth_headers = yes",
            ),
        );
    }

    if !settings.has_key("timeout_msecs") && !settings.has_key("request_timeout") {
        found.warning(
            "dovecot_timeout",
            (
                "passdb oauth2 has no time limit",
                "while clientpass hangs every login waits for a minute, and mail clients give up before",
                "timeout_msecs = 6000     # 2.4: http_client_request_timeout = 6s",
            ),
        );
    }
}
