//! What the doctor finds of Dovecot.

use super::{
    kinds_of_asking as asking, kinds_of_doveadm as doveadm, kinds_of_logins as logins,
    kinds_of_sources as sources,
};
use crate::doctor::kind::{Harm, Kind};
use crate::doctor::opened::{elsewhere, not_open};

/// All of them, in the order of the doctor's page.
pub(crate) static ALL: &[&Kind] = &[
    &AUTH_CACHE,
    &EVERYBODY_IS_TRUSTED,
    &ORDER,
    &sources::MASTER_USER,
    &sources::ASKED_FOR_MASTERS,
    &sources::SKIPPED,
    &GOES_ON_AFTER_REFUSAL,
    &GOES_ON_AFTER_FAULT,
    &sources::NEXT_LETS_EVERYBODY_IN,
    &sources::SHORT_LOGINS,
    &CACHE_KEY,
    &MECHANISMS_FILTER,
    &sources::FILTER_BY_CASE,
    &sources::FILTER_LEAVES_OUT,
    &sources::ANONYMOUS,
    &GRANT_LETS_EVERYBODY_IN,
    &asking::GRANT_ASKS_AGAIN,
    &asking::LDAP_PROTOCOL,
    &asking::LDAP_UNESCAPED,
    &asking::FILE_WRITABLE,
    &CLEARTEXT,
    &logins::PASSWORDS_LOGGED,
    &logins::RAWLOG,
    &logins::AUTH_LISTENER,
    &asking::IN_THE_CLEAR,
    &asking::CERTIFICATE_NOT_CHECKED,
    &asking::SECRET_EXPOSED,
    &DOOR_NOT_OPEN,
    &asking::FILE_MISSING,
    &asking::FILE_CLOSED,
    &asking::NO_AUTHORITY,
    &asking::GRANT_NOT_USED,
    &asking::GRANT_ANSWER,
    &asking::GRANT_ASKS_ALWAYS,
    &asking::GRANT_NEVER_DEFERS,
    &asking::GRANT_WITHOUT_KEY,
    &GRANT_WITHOUT_HEADERS,
    &asking::LDAP_BIND,
    &asking::LDAP_ADDRESS,
    &logins::LOGIN_CHANGED,
    &sources::DENIES_EVERYBODY,
    &sources::NOT_FINAL,
    &sources::ONLY_PREFETCH,
    &doveadm::KEY_WEAK,
    &doveadm::CLEARTEXT,
    &ASKS_SOMEBODY_ELSE,
    &DOOR_ELSEWHERE,
    &AUTH_CACHE_OF_SCRIPTS,
    &logins::PASSWORDS_HASHED,
    &logins::FEW_WORKERS,
    &logins::PLUS_LOGINS,
    &PENALTY,
    &WORKER_ROOT,
    &MECHANISMS,
    &SERVES_POSTFIX,
    &ORDER_FOR_SOME,
    &GOES_ON_AFTER_REFUSAL_AT_THE_END,
    &GOES_ON_AFTER_FAULT_AT_THE_END,
    &ONE_AT_A_TIME,
    &TIMEOUT,
    &asking::GRANT_CONNECTIONS,
    &asking::GRANT_SESSIONS,
    &doveadm::NO_KEY,
    &GRANT_NOT_LOOKED_AT,
    &asking::LDAP_NOT_LOOKED_AT,
    &NO_NEXT_PASSDB,
    &LDAP_WAITS,
    &sources::FILTER,
    &logins::DEBUG,
];

pub(super) static AUTH_CACHE: Kind = Kind {
    code: "dovecot_auth_cache",
    harm: Harm::LetsIn,
    found: "`auth_cache_size` is not 0",
    why: "a revoked password that is in the cache goes on letting in, for every protocol, for an hour, and through \
          an outage",
    change: "`auth_cache_size = 0`",
};

pub(super) static EVERYBODY_IS_TRUSTED: Kind = Kind {
    code: "dovecot_everybody_is_trusted",
    harm: Harm::LetsIn,
    found: "`login_trusted_networks` or `haproxy_trusted_networks` names every address",
    why: "a mail client says itself from where it comes: a client password that is bound to networks is let in from \
          everywhere, and guesses are counted for addresses that are none",
    change: "name the proxies in front, and nothing else",
};

pub(super) static ORDER: Kind = Kind {
    code: "dovecot_order",
    harm: Harm::LetsIn,
    found: "a passdb before that of clientpass lets in by itself",
    why: "it lets the account password in although secure login is on, and nobody here hears of it",
    change: "read the file of `mail-servers/dovecot` before every other passdb",
};

pub(super) static GOES_ON_AFTER_REFUSAL: Kind = Kind {
    code: "dovecot_goes_on_after_refusal",
    harm: Harm::LetsIn,
    found: "`result_failure` of clientpass's passdb is not `return-fail` and another passdb follows, or is \
            `return-ok`",
    why: "after clientpass has refused a password the next passdb is asked, and lets the account password in \
          although secure login is on",
    change: "`result_failure = return-fail`, or `scope = clientpass` of the OAuth2 grant",
};

pub(super) static GOES_ON_AFTER_FAULT: Kind = Kind {
    code: "dovecot_goes_on_after_fault",
    harm: Harm::LetsIn,
    found: "`result_internalfail` of clientpass's passdb is not `return-fail` and another passdb follows, or is \
            `return-ok`",
    why: "while clientpass cannot answer the next passdb is asked: account passwords get in, and everybody else is \
          told that the password is wrong",
    change: "`result_internalfail = return-fail`",
};

pub(super) static CACHE_KEY: Kind = Kind {
    code: "dovecot_cache_key",
    harm: Harm::LetsIn,
    found: "`args` of clientpass's passdb has `cache_key=`",
    why: "empty, it makes the auth process of Dovecot 2.3 crash at every login; with something in it, revoked \
          passwords live on in the cache",
    change: "take `cache_key=` out of `args`",
};

pub(super) static MECHANISMS_FILTER: Kind = Kind {
    code: "dovecot_mechanisms_filter",
    harm: Harm::LetsIn,
    found: "clientpass's passdb is asked for some of the mechanisms that are offered, and not for others",
    why: "a mechanism that is left out is not refused but goes to the next passdb, and the account password with it",
    change: "take `mechanisms` or `mechanisms_filter` out of clientpass's passdb",
};

pub(super) static GRANT_LETS_EVERYBODY_IN: Kind = Kind {
    code: "dovecot_grant_lets_everybody_in",
    harm: Harm::LetsIn,
    found: "passdb oauth2 looks neither whether the answer says active (2.3 does unless it is told otherwise, 2.4 only \
            if it is told to) nor for its scope",
    why: "every password is let in, also for logins that nobody has",
    change: "`active_attribute = active` and `active_value = true`",
};

pub(super) static CLEARTEXT: Kind = Kind {
    code: "dovecot_cleartext",
    harm: Harm::Discloses,
    found: "Dovecot takes passwords without TLS where other machines reach it",
    why: "whoever is on the way reads them, and a client password works until somebody notices",
    change: "`disable_plaintext_auth = yes`; of Dovecot 2.4 `auth_allow_cleartext = no`",
};

pub(super) static ASKS_SOMEBODY_ELSE: Kind = Kind {
    code: "dovecot_asks_somebody_else",
    harm: Harm::WillHurt,
    found: "no passdb asks clientpass",
    why: "whatever members and administrators end here, Dovecot goes on letting in whom it knows",
    change: "include the file of `mail-servers/dovecot` before every other passdb",
};

pub(super) static AUTH_CACHE_OF_SCRIPTS: Kind = Kind {
    code: "dovecot_auth_cache",
    harm: Harm::WillHurt,
    found: "`auth_cache_size` of Dovecot 2.4 is not 0, where only a script asks clientpass",
    why: "a revoked password that is in the cache goes on letting in, for every protocol, for an hour, and through \
          an outage",
    change: "`auth_cache_size = 0`",
};

pub(super) static PENALTY: Kind = Kind {
    code: "dovecot_penalty",
    harm: Harm::WillHurt,
    found: "Dovecot's own penalty for wrong passwords is on",
    why: "one client with an old password delays everybody behind the same address, by up to 15 s; clientpass \
          throttles by person and network",
    change: "mode 0 for the listener `anvil-auth-penalty` of service anvil",
};

pub(super) static WORKER_ROOT: Kind = Kind {
    code: "dovecot_worker_root",
    harm: Harm::WillHurt,
    found: "the auth worker of Dovecot 2.3 runs as root although no passdb reads the system's passwords",
    why: "nothing here needs it, and it is the process that handles what strangers send",
    change: "another `user` of service auth-worker",
};

pub(super) static MECHANISMS: Kind = Kind {
    code: "dovecot_mechanisms",
    harm: Harm::WillHurt,
    found: "`auth_mechanisms` offers one that needs a password that can be read back",
    why: "mail clients prefer it, and it needs a password that can be read back, which clientpass has none of: they \
          are refused",
    change: "`auth_mechanisms = plain login`",
};

pub(super) static SERVES_POSTFIX: Kind = Kind {
    code: "dovecot_serves_postfix",
    harm: Harm::WillHurt,
    found: "service auth has a socket for Postfix",
    why: "Postfix makes of Dovecot's \"temporary failure\" a 535, wrong password: in every outage mail clients ask \
          people for a new one",
    change: "let Postfix ask clientpass itself, as in `mail-servers/postfix`",
};

pub(super) static ORDER_FOR_SOME: Kind = Kind {
    code: "dovecot_order",
    harm: Harm::WillHurt,
    found: "a passdb before that of clientpass lets in by itself the logins that its `username_filter` names",
    why: "it lets the account password in although secure login is on, and nobody here hears of it",
    change: "read the file of `mail-servers/dovecot` before every other passdb",
};

pub(super) static GOES_ON_AFTER_REFUSAL_AT_THE_END: Kind = Kind {
    code: "dovecot_goes_on_after_refusal",
    harm: Harm::WillHurt,
    found: "`result_failure` of clientpass's passdb is not `return-fail`, and no passdb follows",
    why: "after clientpass has refused a password the next passdb is asked, and lets the account password in \
          although secure login is on",
    change: "`result_failure = return-fail`, or `scope = clientpass` of the OAuth2 grant",
};

pub(super) static GOES_ON_AFTER_FAULT_AT_THE_END: Kind = Kind {
    code: "dovecot_goes_on_after_fault",
    harm: Harm::WillHurt,
    found: "`result_internalfail` of clientpass's passdb is not `return-fail`, and no passdb follows",
    why: "while clientpass cannot answer the next passdb is asked: account passwords get in, and everybody else is \
          told that the password is wrong",
    change: "`result_internalfail = return-fail`",
};

pub(super) static ONE_AT_A_TIME: Kind = Kind {
    code: "dovecot_one_at_a_time",
    harm: Harm::WillHurt,
    found: "clientpass is asked in the auth process itself, not in a worker: `blocking=no` of the script, no \
            `blocking = yes` of LDAP",
    why: "one slow answer holds up every login on this server",
    change: "`blocking=yes` in `args`; of Dovecot 2.4 `use_worker = yes`",
};

pub(super) static GRANT_WITHOUT_HEADERS: Kind = Kind {
    code: "dovecot_grant_without_headers",
    harm: Harm::KeepsOut,
    found: "passdb oauth2 lacks `send_auth_headers = yes`",
    why: "everybody is told to try again later",
    change: "`send_auth_headers = yes`",
};

pub(super) static TIMEOUT: Kind = Kind {
    code: "dovecot_timeout",
    harm: Harm::WillHurt,
    found: "passdb oauth2 has no time limit",
    why: "while clientpass hangs every login waits for a minute, and mail clients give up before",
    change: "`timeout_msecs = 6000`; of Dovecot 2.4 `http_client_request_timeout = 6s`",
};

pub(super) static GRANT_NOT_LOOKED_AT: Kind = Kind {
    code: "dovecot_grant_not_looked_at",
    harm: Harm::Know,
    found: "the file that passdb oauth2 names was not looked at",
    why: "without `scope = clientpass` in it a refusal goes on to the next passdb, which lets the account password \
          in although secure login is on",
    change: "give the file to the doctor, with `--dovecot-grant`",
};

pub(super) static NO_NEXT_PASSDB: Kind = Kind {
    code: "dovecot_no_next_passdb",
    harm: Harm::Know,
    found: "no passdb comes after that of clientpass",
    why: "members who sign in elsewhere, while secure login is off, are told to try again later; nothing is wrong \
          where there are none",
    change: "a passdb after it that knows nobody",
};

pub(super) static LDAP_WAITS: Kind = Kind {
    code: "dovecot_ldap_waits",
    harm: Harm::Know,
    found: "Dovecot asks clientpass by LDAP",
    why: "it has no time limit there: while clientpass hangs every login waits for a minute",
    change: "the script of `mail-servers/dovecot`, which waits three seconds",
};

pub(super) static DOOR_NOT_OPEN: Kind = not_open(
    "dovecot_door_not_open",
    "Dovecot asks clientpass at an address at which the configuration of clientpass opens no door for it",
);

pub(super) static DOOR_ELSEWHERE: Kind = elsewhere(
    "dovecot_door_elsewhere",
    "Dovecot asks for clientpass at an address at which somebody answers, and the configuration of clientpass opens \
            no door there",
);
