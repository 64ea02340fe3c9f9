//! What the doctor finds of Dovecot's doveadm service.

use crate::doctor::kind::{Harm, Kind};

pub(super) static KEY_WEAK: Kind = Kind {
    code: "dovecot_doveadm_key_weak",
    harm: Harm::LetsIn,
    found: "`doveadm_api_key` or `doveadm_password` is short, or as it is shipped",
    why: "whoever guesses it may do anything: read mail, delete mail",
    change: "a long random word: `openssl rand -base64 33`",
};

pub(super) static CLEARTEXT: Kind = Kind {
    code: "dovecot_doveadm_cleartext",
    harm: Harm::Discloses,
    found: "a listener of `service doveadm` can be reached from other machines without TLS",
    why: "whoever is on the way reads the key, and with it may do anything: read mail, delete mail",
    change: "an address of this machine, or `ssl = yes`",
};

pub(super) static NO_KEY: Kind = Kind {
    code: "dovecot_doveadm_no_key",
    harm: Harm::WillHurt,
    found: "`service doveadm` listens on a port, and there is no key for it",
    why: "Dovecot answers every request there with an error: no session is closed when client passwords end",
    change: "`doveadm_api_key`, as in `mail-servers/dovecot`",
};
