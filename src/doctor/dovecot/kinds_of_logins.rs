//! What the doctor finds of how Dovecot takes logins and passwords, before and beside its passdbs.

use crate::doctor::kind::{Harm, Kind};

pub(super) static LOGIN_CHANGED: Kind = Kind {
    code: "dovecot_login_changed",
    harm: Harm::KeepsOut,
    found: "`auth_username_format` makes another login of what was typed",
    why: "clientpass is asked about a login that no member has, or somebody else has: it refuses, and the right \
          password is told to be wrong",
    change: "`auth_username_format = %Lu`; of Dovecot 2.4 `%{user | lower}`",
};

pub(super) static PLUS_LOGINS: Kind = Kind {
    code: "dovecot_plus_logins",
    harm: Harm::WillHurt,
    found: "`auth_username_chars` has no `+`, as it is by default",
    why: "Dovecot refuses logins with a plus by itself, and clientpass is not asked: members who have one do not get \
          in",
    change: "add `+` to `auth_username_chars`",
};

pub(super) static PASSWORDS_LOGGED: Kind = Kind {
    code: "dovecot_passwords_logged",
    harm: Harm::Discloses,
    found: "`auth_debug_passwords = yes`, or `auth_verbose_passwords = plain`",
    why: "passwords stand in Dovecot's log as they were typed, for whoever reads logs and backups of them",
    change: "`auth_debug_passwords = no` and `auth_verbose_passwords = no`; then throw the old logs away",
};

pub(super) static PASSWORDS_HASHED: Kind = Kind {
    code: "dovecot_passwords_logged",
    harm: Harm::WillHurt,
    found: "`auth_verbose_passwords = sha1`",
    why: "a hash of each wrong password stands in Dovecot's log: an account password that was mistyped by a letter \
          is found from it in no time",
    change: "`auth_verbose_passwords = no`",
};

pub(super) static RAWLOG: Kind = Kind {
    code: "dovecot_rawlog",
    harm: Harm::Discloses,
    found: "what goes over the wire is written to files: `-R` of a login service, or `rawlog_dir`",
    why: "every login and password is in those files",
    change: "take it out, and throw the files away",
};

pub(super) static DEBUG: Kind = Kind {
    code: "dovecot_debug",
    harm: Harm::Know,
    found: "`auth_debug = yes`, or `log_debug` names `category=auth`",
    why: "each login fills the log with a page; passwords are not in it",
    change: "`auth_debug = no` once what was sought is found",
};

pub(super) static AUTH_LISTENER: Kind = Kind {
    code: "dovecot_auth_listener",
    harm: Harm::Discloses,
    found: "service auth listens where other machines reach it",
    why: "its protocol has no TLS and no key: whoever is on the way reads passwords, and whoever reaches it tries them \
          as from any address",
    change: "`address = 127.0.0.1` of that listener (2.4: `listen`), or a unix socket",
};

pub(super) static FEW_WORKERS: Kind = Kind {
    code: "dovecot_few_workers",
    harm: Harm::WillHurt,
    found: "fewer than ten auth workers ask clientpass",
    why: "each asks one thing at a time and a refusal takes 50 ms to 1.6 s: a few clients with an old password, or \
          one answer that is slow, and all logins stand in a queue",
    change: "`process_limit = 30` of service auth-worker; of Dovecot 2.3 `auth_worker_max_count = 30`",
};
