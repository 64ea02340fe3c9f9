//! What the doctor finds of nginx's mail proxy, beside TLS and time limits.

use crate::doctor::kind::{Harm, Kind};

pub(super) static EVERYBODY_IS_A_PROXY: Kind = Kind {
    code: "nginx_everybody_is_a_proxy",
    harm: Harm::LetsIn,
    found: "`set_real_ip_from` of the mail proxy names every address",
    why: "whoever connects says from where: a client password that is bound to networks is let in from everywhere",
    change: "name the proxies in front, and nothing else",
};

pub(super) static NEXT_SOURCE_NOT_ASKED: Kind = Kind {
    code: "nginx_smtp_next_source_not_asked",
    harm: Harm::LetsIn,
    found: "a route for SMTP has `checks_passwords = true`, and a mail server of nginx that asks clientpass speaks SMTP \
            without `proxy_smtp_auth`",
    why: "clientpass leaves whom it defers to the mail server behind, which hears no password, by XCLIENT or at all: \
          they are let in with any",
    change: "`proxy_smtp_auth on;`, or that route without `checks_passwords`",
};

pub(super) static KEY_LOST: Kind = Kind {
    code: "nginx_key_lost",
    harm: Harm::KeepsOut,
    found: "a mail server of nginx has an `auth_http_header` of its own, and the key stands outside of it",
    why: "nginx forgets there what is set outside: where the door needs a key everybody is told to try again later",
    change: "the header with the key in that server too",
};

pub(super) static NO_PASSWORDS_OFFERED: Kind = Kind {
    code: "nginx_methods",
    harm: Harm::KeepsOut,
    found: "the mail proxy offers neither `plain` nor `login`",
    why: "mail clients are offered nothing that sends the password, which clientpass has to see",
    change: "`plain` and `login`",
};

pub(super) static ASKS_SOMEBODY_ELSE: Kind = Kind {
    code: "nginx_mail_asks_somebody_else",
    harm: Harm::WillHurt,
    found: "one mail server of nginx asks clientpass, and another one somebody else",
    why: "whatever members and administrators end here, nginx goes on letting in there",
    change: "`auth_http` in the mail block, for all servers",
};

pub(super) static KEY_ELSEWHERE: Kind = Kind {
    code: "nginx_key_in_another_header",
    harm: Harm::WillHurt,
    found: "`auth_http_header` sets a key in another header than `X-Clientpass-Key`",
    why: "clientpass does not read it: where the door needs a key everybody is told to try again later",
    change: "`auth_http_header X-Clientpass-Key`",
};

pub(super) static METHODS_WITHOUT_PASSWORD: Kind = Kind {
    code: "nginx_methods",
    harm: Harm::WillHurt,
    found: "the mail proxy offers `external` or `none`",
    why: "they send no password, and whoever chooses them is refused",
    change: "`plain` and `login` alone",
};

pub(super) static SMTP_NOT_SIGNED_IN: Kind = Kind {
    code: "nginx_smtp_not_signed_in",
    harm: Harm::WillHurt,
    found: "a mail server of nginx speaks SMTP with neither `proxy_smtp_auth` nor `xclient`",
    why: "the mail server behind hears of nobody who is signed in: it refuses to relay, or relays whatever comes \
          from nginx",
    change: "`proxy_smtp_auth on;`",
};

pub(super) static BACKEND_ERRORS_HIDDEN: Kind = Kind {
    code: "nginx_backend_errors_hidden",
    harm: Harm::WillHurt,
    found: "`proxy_pass_error_message` is off, which is its default",
    why: "what the mail server behind refuses is an internal error to mail clients, and the connection ends: neither \
          a wrong password nor an outage there is told as such",
    change: "`proxy_pass_error_message on;`",
};
