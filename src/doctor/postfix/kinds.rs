//! What the doctor finds of Postfix.

use crate::doctor::kind::{Harm, Kind};
use crate::doctor::opened::{elsewhere, not_open};

/// All of them, in the order of the doctor's page.
pub(crate) static ALL: &[&Kind] = &[
    &OPEN_RELAY,
    &XCLIENT_OF_EVERYBODY,
    &PROXY_OF_EVERYBODY,
    &REMOTE_VERIFIER,
    &CLEARTEXT,
    &CHROOT,
    &NO_PLAINTEXT,
    &PROTOCOL,
    &REFUSES_MEMBERS,
    &TAKES_NO_MAIL,
    &LONG_PAUSE,
    &AUTH_NOT_OFFERED,
    &ASKS_SOMEBODY_ELSE,
    &ASKS_DOVECOT,
    &NO_TLS,
    &PORT_25,
    &ASKS_NOBODY,
    &DOOR_NOT_OPEN,
    &DOOR_ELSEWHERE,
    &LOGIN_IN_RECEIVED,
];

pub(super) static CLEARTEXT: Kind = Kind {
    code: "postfix_cleartext",
    harm: Harm::Discloses,
    found: "an smtpd takes passwords without TLS",
    why: "whoever is on the way reads them, and a client password works until somebody notices",
    change: "`smtpd_tls_auth_only = yes`",
};

pub(super) static CHROOT: Kind = Kind {
    code: "postfix_chroot",
    harm: Harm::KeepsOut,
    found: "an smtpd runs in a chroot, and `smtpd_sasl_path` is a path outside of it",
    why: "there it cannot see that path: smtpd ends with \"no SASL authentication mechanisms\" and closes every \
          connection",
    change: "`smtpd_sasl_path` below the queue directory, and the door's `listen` with it",
};

pub(super) static NO_PLAINTEXT: Kind = Kind {
    code: "postfix_no_plaintext",
    harm: Harm::KeepsOut,
    found: "the security options of an smtpd contain `noplaintext`, `mutual_auth` or `forward_secrecy`",
    why: "no mechanism is left: smtpd ends with \"no SASL authentication mechanisms\"",
    change: "`noanonymous` alone",
};

pub(super) static PROTOCOL: Kind = Kind {
    code: "postfix_protocol",
    harm: Harm::KeepsOut,
    found: "`smtpd_sasl_service` is neither `smtp` nor `submission`",
    why: "clientpass knows no protocol of that name, and answers nobody",
    change: "`smtpd_sasl_service = smtp`",
};

pub(super) static ASKS_SOMEBODY_ELSE: Kind = Kind {
    code: "postfix_asks_somebody_else",
    harm: Harm::WillHurt,
    found: "`smtpd_sasl_type` is not `dovecot`",
    why: "clientpass is asked only if what stands behind it asks clientpass in turn",
    change: "`smtpd_sasl_type = dovecot`",
};

pub(super) static ASKS_DOVECOT: Kind = Kind {
    code: "postfix_asks_dovecot",
    harm: Harm::WillHurt,
    found: "`smtpd_sasl_path` is not where clientpass listens",
    why: "that is not clientpass. If it is a Dovecot that asks clientpass, every outage is 535, wrong password, to \
          mail clients: Postfix reads no \"temporary failure\" of Dovecot's",
    change: "`smtpd_sasl_path`: where `[doors.dovecot]` listens",
};

pub(super) static NO_TLS: Kind = Kind {
    code: "postfix_no_tls",
    harm: Harm::WillHurt,
    found: "an smtpd wants TLS for passwords and has none",
    why: "AUTH is never offered, so nobody can send",
    change: "`smtpd_tls_security_level = may`, with certificate and key",
};

pub(super) static PORT_25: Kind = Kind {
    code: "postfix_port_25",
    harm: Harm::WillHurt,
    found: "smtpd on port 25 asks for passwords",
    why: "mail from other servers stops with it whenever the socket behind smtpd_sasl_path is away",
    change: "`smtpd_sasl_auth_enable` in `master.cf` for submission only",
};

pub(super) static ASKS_NOBODY: Kind = Kind {
    code: "postfix_asks_nobody",
    harm: Harm::Know,
    found: "no smtpd of Postfix asks for passwords",
    why: "nobody can send through it with a password",
    change: "`smtpd_sasl_auth_enable = yes` of submission, as in `mail-servers/postfix`",
};

pub(super) static DOOR_NOT_OPEN: Kind = not_open(
    "postfix_door_not_open",
    "Postfix asks clientpass at an address at which the configuration of clientpass opens no door for it",
);

pub(super) static DOOR_ELSEWHERE: Kind = elsewhere(
    "postfix_door_elsewhere",
    "Postfix asks for clientpass at an address at which somebody answers, and the configuration of clientpass opens \
            no door there",
);

pub(super) static OPEN_RELAY: Kind = Kind {
    code: "postfix_open_relay",
    harm: Harm::LetsIn,
    found: "the restrictions of an smtpd permit strangers to send to everybody: by `permit`, by a `mynetworks` that \
          names everybody, or by certificates of anybody",
    why: "whoever connects sends mail through it, without a password",
    change: "`permit_sasl_authenticated`, then `reject_unauth_destination`; in `mynetworks` your own machines only",
};

pub(super) static XCLIENT_OF_EVERYBODY: Kind = Kind {
    code: "postfix_everybody_is_a_proxy",
    harm: Harm::LetsIn,
    found: "`smtpd_authorized_xclient_hosts` names every address",
    why: "whoever connects says who is signed in, without a password, and from where",
    change: "name the proxies in front, and nothing else",
};

pub(super) static PROXY_OF_EVERYBODY: Kind = Kind {
    code: "postfix_everybody_is_a_proxy",
    harm: Harm::LetsIn,
    found: "an smtpd with `smtpd_upstream_proxy_protocol` listens on every address",
    why: "whoever connects says from where: a client password that is bound to networks is let in from everywhere",
    change: "the service on an address that only the proxy reaches",
};

pub(super) static REMOTE_VERIFIER: Kind = Kind {
    code: "postfix_remote_verifier",
    harm: Harm::LetsIn,
    found: "`smtpd_sasl_path` names another machine",
    why: "Postfix speaks no TLS here: passwords cross the network readable, and who answers in its place lets \
          everybody in",
    change: "a clientpass or a TLS tunnel on this machine",
};

pub(super) static REFUSES_MEMBERS: Kind = Kind {
    code: "postfix_refuses_members",
    harm: Harm::KeepsOut,
    found: "a list of restrictions of an smtpd that asks for passwords refuses, and has no \
          `permit_sasl_authenticated` before that",
    why: "whoever has signed in is refused like a stranger",
    change: "`permit_sasl_authenticated` as the first of the list",
};

pub(super) static AUTH_NOT_OFFERED: Kind = Kind {
    code: "postfix_auth_not_offered",
    harm: Harm::KeepsOut,
    found: "an smtpd asks for passwords, and its settings hide AUTH, STARTTLS, or `plain` and `login`",
    why: "mail clients find no way to sign in",
    change: "leave the setting out that the finding names",
};

pub(super) static LOGIN_IN_RECEIVED: Kind = Kind {
    code: "postfix_login_in_received",
    harm: Harm::Know,
    found: "`smtpd_sasl_authenticated_header = yes`",
    why: "every recipient reads in `Received:` with which login a mail was sent",
    change: "leave it out, unless recipients are to see it",
};

pub(super) static TAKES_NO_MAIL: Kind = Kind {
    code: "postfix_takes_no_mail",
    harm: Harm::KeepsOut,
    found: "neither `smtpd_relay_restrictions` nor `smtpd_recipient_restrictions` of an smtpd refuses anybody, or \
          only behind `permit` or `warn_if_reject`",
    why: "smtpd ends before it greets, and Postfix starts it again and again",
    change: "`reject_unauth_destination` in one of them",
};

pub(super) static LONG_PAUSE: Kind = Kind {
    code: "postfix_long_pause",
    harm: Harm::WillHurt,
    found: "`service_throttle_time` is longer than ten seconds, as it is where it is left out (60 s)",
    why: "an smtpd that begins while clientpass is away ends at once, and Postfix starts no other for so long: nobody \
          sends although clientpass is back",
    change: "`service_throttle_time = 1s`",
};
