//! What the doctor finds of Cyrus saslauthd.

use crate::doctor::kind::{Harm, Kind};
use crate::doctor::opened::{elsewhere, not_open};

/// All of them, in the order of the doctor's page.
pub(crate) static ALL: &[&Kind] = &[
    &FASTBIND,
    &CACHE,
    &ANOTHER_MECHANISM,
    &PROTOCOL,
    &CLEARTEXT,
    &ANY_CERTIFICATE,
    &KEY_READABLE,
    &NO_BIND,
    &NO_REALM,
    &DOOR_NOT_OPEN,
    &DOOR_ELSEWHERE,
    &SEVERAL_SERVERS,
    &TIMEOUT,
];

pub(super) static FASTBIND: Kind = Kind {
    code: "saslauthd_fastbind",
    harm: Harm::LetsIn,
    found: "`ldap_auth_method` is `fastbind`",
    why: "each process of saslauthd lets the one whom it let in last in again without asking: a revoked password \
          goes on to open mail",
    change: "`ldap_auth_method: bind`, and the search of `mail-servers/cyrus/saslauthd.conf`",
};

pub(super) static CACHE: Kind = Kind {
    code: "saslauthd_cache",
    harm: Harm::LetsIn,
    found: "saslauthd is started with `-c`, as Debian's file has it, and its start script where `OPTIONS` is empty",
    why: "what was right once is let in for eight hours without asking: a revoked password goes on to open mail",
    change: "`OPTIONS` without `-c`",
};

pub(super) static ANOTHER_MECHANISM: Kind = Kind {
    code: "saslauthd_asks_somebody_else",
    harm: Harm::LetsIn,
    found: "`MECHANISMS` is something else than `ldap`, though `saslauthd.conf` is meant for clientpass",
    why: "clientpass is not asked: account passwords open mail, secure login or not, and client passwords do not",
    change: "`MECHANISMS=\"ldap\"`",
};

pub(super) static PROTOCOL: Kind = Kind {
    code: "saslauthd_protocol",
    harm: Harm::LetsIn,
    found: "neither `ldap_search_base` nor `ldap_filter` has `service=%s`",
    why: "a client password for one protocol opens the others, too",
    change: "`ldap_search_base: service=%s,dc=clientpass`",
};

pub(super) static CLEARTEXT: Kind = Kind {
    code: "saslauthd_cleartext",
    harm: Harm::Discloses,
    found: "`ldap_servers` names another machine by `ldap://`, and `ldap_start_tls` is not `yes`",
    why: "whoever is on the way reads every password and the service key",
    change: "`ldap_start_tls: yes`, or `ldaps://`",
};

pub(super) static ANY_CERTIFICATE: Kind = Kind {
    code: "saslauthd_any_certificate",
    harm: Harm::Discloses,
    found: "saslauthd asks another machine over TLS, and `ldap_tls_check_peer` is not `yes`",
    why: "whoever is on the way takes the place of clientpass, and reads every password and the service key",
    change: "`ldap_tls_check_peer: yes`, with `ldap_tls_cacert_file`",
};

pub(super) static KEY_READABLE: Kind = Kind {
    code: "saslauthd_key_readable",
    harm: Harm::Discloses,
    found: "everybody on the machine may read `saslauthd.conf`, which has the service key in it",
    why: "with that key passwords can be tried, and logins looked up",
    change: "`chmod 0600 /etc/saslauthd.conf`",
};

pub(super) static NO_BIND: Kind = Kind {
    code: "saslauthd_no_bind",
    harm: Harm::KeepsOut,
    found: "`ldap_auth_method` is `custom`, or nothing that saslauthd knows",
    why: "clientpass gives no password away to compare with: nobody gets in",
    change: "`ldap_auth_method: bind`",
};

pub(super) static NO_REALM: Kind = Kind {
    code: "saslauthd_no_realm",
    harm: Harm::KeepsOut,
    found: "saslauthd is started without `-r`",
    why: "of alice@example.org it asks about alice, whom clientpass does not know: nobody gets in",
    change: "`OPTIONS` with `-r`",
};

pub(super) static DOOR_NOT_OPEN: Kind =
    not_open("saslauthd_door_not_open", "saslauthd asks where `[doors.ldap]` does not listen");

pub(super) static DOOR_ELSEWHERE: Kind =
    elsewhere("saslauthd_door_elsewhere", "saslauthd asks where somebody answers who is not `[doors.ldap]`");

pub(super) static SEVERAL_SERVERS: Kind = Kind {
    code: "saslauthd_several_servers",
    harm: Harm::WillHurt,
    found: "`ldap_servers` names more than one server",
    why: "while clientpass is away the next one is asked; unless that is a clientpass, too, it lets account passwords in",
    change: "`ldap_servers`: nodes of clientpass alone",
};

pub(super) static TIMEOUT: Kind = Kind {
    code: "saslauthd_timeout",
    harm: Harm::WillHurt,
    found: "`ldap_timeout` or `ldap_time_limit` is below five seconds",
    why: "clientpass may take that long, and what comes later is a wrong password to mail clients",
    change: "`ldap_timeout: 6` and `ldap_time_limit: 6`",
};
