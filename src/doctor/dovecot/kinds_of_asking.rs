//! What the doctor finds of how Dovecot asks clientpass: by the script, the OAuth2 grant or LDAP.

use crate::doctor::kind::{Harm, Kind};

pub(super) static FILE_WRITABLE: Kind = Kind {
    code: "dovecot_file_writable",
    harm: Harm::LetsIn,
    found: "a file by which Dovecot asks clientpass, or a folder on the way to it, can be written by everybody on \
            this machine",
    why: "whoever has an account here makes Dovecot let everybody in, or sends all passwords elsewhere",
    change: "`chmod o-w` for what the finding names",
};

pub(super) static SECRET_EXPOSED: Kind = Kind {
    code: "dovecot_secret_exposed",
    harm: Harm::Discloses,
    found: "a file with a service key or another password can be read by everybody on this machine",
    why: "whoever has an account here may ask clientpass as this mail server, and try passwords from any address",
    change: "`root:dovecot`, mode 0640; then a new key, for the old one may be known",
};

pub(super) static FILE_MISSING: Kind = Kind {
    code: "dovecot_file_missing",
    harm: Harm::KeepsOut,
    found: "a file by which Dovecot asks clientpass is not there",
    why: "without its key every login is a temporary failure, and without its script or settings Dovecot's auth \
          process does not start: nobody gets in",
    change: "put the file there, as `mail-servers/dovecot` says",
};

pub(super) static FILE_CLOSED: Kind = Kind {
    code: "dovecot_file_closed",
    harm: Harm::KeepsOut,
    found: "the user as whom Dovecot reads the script (that of service auth) or the key (that of service auth-worker) may \
            not read it",
    why: "every login is a temporary failure, or Dovecot's auth process does not start: nobody gets in",
    change: "`root:dovecot`, mode 0640; the groups of /etc/group do not count, only `group` and `extra_groups` of the \
             service",
};

pub(super) static IN_THE_CLEAR: Kind = Kind {
    code: "dovecot_in_the_clear",
    harm: Harm::Discloses,
    found: "Dovecot asks a clientpass on another machine without TLS",
    why: "whoever is on the way reads every login and password, and the service key",
    change: "`https://` or `ldaps://`",
};

pub(super) static CERTIFICATE_NOT_CHECKED: Kind = Kind {
    code: "dovecot_certificate_not_checked",
    harm: Harm::Discloses,
    found: "Dovecot asks clientpass over TLS and takes any certificate: `ssl_client_require_valid_cert = no`, \
            `tls_allow_invalid_cert = yes`, or `tls_require_cert` below `demand`",
    why: "whoever is on the way answers in clientpass's place: reads every password, and lets in whom they like",
    change: "have the certificate checked, against the authority that issued it",
};

pub(super) static NO_AUTHORITY: Kind = Kind {
    code: "dovecot_no_authority",
    harm: Harm::KeepsOut,
    found: "the script of Dovecot 2.3 asks over `https://`, with neither `ssl_client_ca_file` nor `ssl_client_ca_dir`",
    why: "no certificate is good then: every login is a temporary failure",
    change: "`ssl_client_ca_dir = /etc/ssl/certs`, or the file of your own authority",
};

pub(super) static GRANT_ASKS_AGAIN: Kind = Kind {
    code: "dovecot_grant_asks_again",
    harm: Harm::LetsIn,
    found: "passdb oauth2 of Dovecot 2.3 has `introspection_url`, `tokeninfo_url` or `introspection_mode = local` \
            beside the grant, and goes on after a refusal",
    why: "each answer of clientpass is asked again there, where its token is not known: a refusal is no longer final, \
          and the next passdb lets the account password in although secure login is on",
    change: "take it out of the file: a grant needs none",
};

pub(super) static GRANT_ASKS_ALWAYS: Kind = Kind {
    code: "dovecot_grant_asks_again",
    harm: Harm::KeepsOut,
    found: "passdb oauth2 has `force_introspection = yes`, or, of Dovecot 2.3, `introspection_url`, `tokeninfo_url` \
            or `introspection_mode = local` beside the grant",
    why: "after clientpass has let somebody in, somebody else is asked whether its token is good; the token opens \
          nothing and is known nowhere",
    change: "take it out: a grant needs none",
};

pub(super) static GRANT_NEVER_DEFERS: Kind = Kind {
    code: "dovecot_grant_never_defers",
    harm: Harm::KeepsOut,
    found: "passdb oauth2 does not look whether the answer says active, but for its scope or its login",
    why: "members who sign in elsewhere are refused for good, or told to try again later, and the next passdb is not \
          asked about them",
    change: "`active_attribute = active` and `active_value = true`",
};

pub(super) static GRANT_ANSWER: Kind = Kind {
    code: "dovecot_grant_answer",
    harm: Harm::KeepsOut,
    found: "passdb oauth2 looks for something in the answer that clientpass does not say: `username_attribute` is not \
            `username`, or `active_value` not `true`",
    why: "people with the right password do not get in, or are told that a wrong one may be right later",
    change: "`username_attribute = username`, `active_attribute = active`, `active_value = true`",
};

pub(super) static GRANT_NOT_USED: Kind = Kind {
    code: "dovecot_grant_not_used",
    harm: Harm::KeepsOut,
    found: "passdb oauth2 has no `grant_url` or `client_id`, or, of Dovecot 2.3, not `use_grant_password = yes`",
    why: "Dovecot takes the password for a token and sends it elsewhere, or its auth process ends: nobody gets in",
    change: "`grant_url`, any `client_id`, and `use_grant_password = yes`",
};

pub(super) static GRANT_WITHOUT_KEY: Kind = Kind {
    code: "dovecot_grant_without_key",
    harm: Harm::KeepsOut,
    found: "passdb oauth2 asks a clientpass on another machine and has no `client_secret`",
    why: "beyond its own machine clientpass answers only who has a service key: everybody is told to try again later",
    change: "`client_secret =` a service key of role mail_server",
};

pub(super) static GRANT_CONNECTIONS: Kind = Kind {
    code: "dovecot_grant_connections",
    harm: Harm::WillHurt,
    found: "passdb oauth2 has fewer than 30 connections, as it has by default",
    why: "a refusal holds one for 50 ms to 1.6 s, and the wait for a free one counts towards the time limit: at the \
          busiest hour right passwords are told to try again later",
    change: "`max_parallel_connections = 100`; of Dovecot 2.4 `http_client_max_parallel_connections = 100`",
};

pub(super) static GRANT_SESSIONS: Kind = Kind {
    code: "dovecot_grant_sessions",
    harm: Harm::WillHurt,
    found: "passdb oauth2 does not take the login that clientpass answers for the user of the session",
    why: "a session goes by the login as it was typed, and is not found when it has to be closed",
    change: "`pass_attrs = user=%{oauth2:login}`; of Dovecot 2.4 `fields { user = %{oauth2:login} }`",
};

pub(super) static LDAP_PROTOCOL: Kind = Kind {
    code: "dovecot_ldap_protocol",
    harm: Harm::LetsIn,
    found: "the name that passdb ldap binds with does not say what the mail client speaks",
    why: "a client password for one protocol opens the others, too",
    change: "`service=%s` in the name; of Dovecot 2.4 `service=%{protocol}`",
};

pub(super) static LDAP_ADDRESS: Kind = Kind {
    code: "dovecot_ldap_address",
    harm: Harm::KeepsOut,
    found: "the name that passdb ldap binds with does not say from where the mail client comes",
    why: "client passwords that are bound to networks are refused from everywhere, and wrong account passwords of one \
          stranger slow down everybody",
    change: "`ip=%r` in the name; of Dovecot 2.4 `ip=%{remote_ip}`",
};

pub(super) static LDAP_BIND: Kind = Kind {
    code: "dovecot_ldap_bind",
    harm: Harm::KeepsOut,
    found: "passdb ldap does not bind as the member: `auth_bind` (2.4: `bind`) is not `yes`, or there is neither a \
            name to bind with nor a service key to look one up",
    why: "clientpass gives no password away to compare with: nobody gets in",
    change: "`auth_bind = yes` and `auth_bind_userdn`; of Dovecot 2.4 `bind = yes` and `bind_userdn`",
};

pub(super) static LDAP_UNESCAPED: Kind = Kind {
    code: "dovecot_ldap_unescaped",
    harm: Harm::LetsIn,
    found: "Dovecot 2.4.0 to 2.4.2 asks by LDAP, and `auth_username_chars` allows a comma or an equals sign",
    why: "these versions put the login into the name as it was typed (CVE-2026-27860), unless the distribution has \
          mended that: a login may then say from where it comes",
    change: "Dovecot 2.4.3, or Debian's 2.4.1-6+deb13u4; until then take `,` and `=` out of `auth_username_chars`",
};

pub(super) static LDAP_NOT_LOOKED_AT: Kind = Kind {
    code: "dovecot_ldap_not_looked_at",
    harm: Harm::Know,
    found: "the file that passdb ldap names was not looked at",
    why: "what the name says that it binds with decides whether passwords for one protocol or network open others",
    change: "give the file to the doctor, with `--dovecot-ext`",
};
