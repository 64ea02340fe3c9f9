//! Pgpool-II in between, which hands our start parameters on and may answer reads from elsewhere.

use clientpass::store::postgres::{Pooler, Postgres};

use super::database;
use crate::engine::{clock, now, place};
use crate::support::proxy::{Proxy, Wire};

#[test]
fn pgpool_is_known_by_what_only_it_answers_and_asked_where_it_reads() {
    let Some(database) = database() else { return };
    let proxy = Proxy::before(&database.url);
    let pooler = |wire| {
        proxy.set(wire);
        now(Postgres::examine(&place(&proxy.url(&database.url)))).unwrap().pooler
    };
    assert_eq!(pooler(Wire::Whole), Pooler::None);

    for (balances, remembers, reads_elsewhere) in
        [("on", "off", true), ("off", "on", true), ("", "off", true), ("off", "off", false)]
    {
        let seen = pooler(Wire::Pgpool(balances, remembers));
        assert_eq!(seen, Pooler::Pgpool { reads_elsewhere }, "{balances} {remembers}");
    }
}

/// A check that a standby answers lets in what has ended.
#[test]
fn one_that_reads_elsewhere_is_refused_at_the_start() {
    let Some(database) = database() else { return };
    let proxy = Proxy::before(&database.url);
    let open = |wire| {
        proxy.set(wire);
        now(Postgres::open(&place(&proxy.url(&database.url)), clock()))
    };
    for (balances, remembers) in [("on", "off"), ("off", "on")] {
        let refused = open(Wire::Pgpool(balances, remembers)).unwrap_err().to_string();
        assert!(refused.contains("load_balance_mode = off"), "{refused}");
    }
    open(Wire::Pgpool("off", "off")).unwrap();
    open(Wire::Whole).unwrap();
}
