//! What the doctor finds of Dovecot's sources of passwords.

use crate::doctor::kind::{Harm, Kind};

pub(super) static MASTER_USER: Kind = Kind {
    code: "dovecot_master_user",
    harm: Harm::LetsIn,
    found: "a passdb has `master = yes`",
    why: "whoever knows a password of it opens every mailbox, with `login*master` or with a second name in PLAIN, \
          whatever secure login says; clientpass is not asked and cannot end it",
    change: "take that passdb out once what it was for is done",
};

pub(super) static ASKED_FOR_MASTERS: Kind = Kind {
    code: "dovecot_asked_for_masters",
    harm: Harm::LetsIn,
    found: "clientpass's own passdb has `master = yes`",
    why: "clientpass is asked about master users only: everybody else is let in by the next passdb with the account \
          password, and whoever clientpass lets in may open every mailbox",
    change: "`master = no`",
};

pub(super) static NEXT_LETS_EVERYBODY_IN: Kind = Kind {
    code: "dovecot_next_lets_everybody_in",
    harm: Harm::LetsIn,
    found: "a passdb after that of clientpass takes any password, or one for all: `nopassword`, a `password` of \
            driver static, or a refusal that counts as `ok`",
    why: "whomever clientpass leaves to the next passdb (members who sign in elsewhere, while secure login is off, \
          and unknown logins where it is told to) is let in with whatever is typed",
    change: "a passdb that compares passwords, or one that knows nobody",
};

pub(super) static SHORT_LOGINS: Kind = Kind {
    code: "dovecot_short_logins",
    harm: Harm::LetsIn,
    found: "`verify.unknown_login` is `defer`, a passdb after that of clientpass knows people by a login without a \
            domain (the system's own, or `username_format=%n`), and there is no `auth_default_realm`",
    why: "clientpass does not know who types the login without its domain, and leaves them to that passdb: it lets the \
          account password in although secure login is on",
    change: "`auth_default_realm` (2.4: `auth_default_domain`), or `verify.unknown_login = \"reject\"`",
};

pub(super) static SKIPPED: Kind = Kind {
    code: "dovecot_skipped",
    harm: Harm::LetsIn,
    found: "`skip` leaves clientpass's passdb out: `unauthenticated`, or `authenticated` where a passdb before it \
            goes on after a right password",
    why: "clientpass is not asked, and another passdb lets the account password in although secure login is on",
    change: "`skip = never`",
};

pub(super) static FILTER_BY_CASE: Kind = Kind {
    code: "dovecot_filter_by_case",
    harm: Harm::LetsIn,
    found: "clientpass's passdb has a `username_filter`, and `auth_username_format` does not make logins lower case",
    why: "the filter goes by case: a login that is typed in capitals passes clientpass by, and the next passdb lets \
          the account password in although secure login is on",
    change: "`auth_username_format = %Lu`; of Dovecot 2.4 `%{user | lower}`",
};

pub(super) static FILTER_LEAVES_OUT: Kind = Kind {
    code: "dovecot_filter_leaves_out",
    harm: Harm::LetsIn,
    found: "the `username_filter` of clientpass's passdb tells people of one domain apart",
    why: "clientpass is not asked about those who are left out, and the next passdb lets their account passwords in \
          although secure login is on",
    change: "whole domains only: `username_filter = *@example.org`",
};

pub(super) static FILTER: Kind = Kind {
    code: "dovecot_filter",
    harm: Harm::Know,
    found: "clientpass's passdb has a `username_filter` of whole domains",
    why: "about logins of other domains, and without one, clientpass is not asked: where an organization has such a \
          domain, or the next passdb takes logins without one, account passwords get in although secure login is on",
    change: "name every domain of every organization, and have the next passdb take whole logins",
};

pub(super) static ANONYMOUS: Kind = Kind {
    code: "dovecot_anonymous",
    harm: Harm::LetsIn,
    found: "`auth_mechanisms` offers `anonymous`",
    why: "whoever likes is in, without a password, as the user that `auth_anonymous_username` names",
    change: "take `anonymous` out of `auth_mechanisms`",
};

pub(super) static DENIES_EVERYBODY: Kind = Kind {
    code: "dovecot_denies_everybody",
    harm: Harm::KeepsOut,
    found: "`deny = yes` of clientpass's own passdb, or of a passdb static before it, which knows everybody",
    why: "everybody whom that passdb knows is refused, whatever the password",
    change: "take `deny = yes` out",
};

pub(super) static NOT_FINAL: Kind = Kind {
    code: "dovecot_accept_is_not_final",
    harm: Harm::KeepsOut,
    found: "`result_success` of clientpass's passdb is `continue`, `continue-fail` or `return-fail`",
    why: "whom clientpass has let in is refused all the same, or where the next passdb does not know the login",
    change: "`result_success = return-ok`",
};

pub(super) static ONLY_PREFETCH: Kind = Kind {
    code: "dovecot_only_prefetch",
    harm: Harm::KeepsOut,
    found: "`prefetch` is the only userdb",
    why: "clientpass says nothing of homes and user ids: whoever it lets in has no mailbox, and the session ends",
    change: "a userdb of its own after it, as for Postfix's deliveries",
};
