//! Folding: a member has at most 64 rows of log-ins. Where there are more, the older ones are put together, coarser and
//! coarser until it is enough; no log-in is lost from the count.
//!
//! ```text
//!   level 0   exact: what, protocol, address, client
//!   level 1   the address becomes its network: /24 of IPv4, /56 of IPv6
//!   level 2   the client is forgotten
//!   level 3   the network is forgotten
//!   level 4   which client password it was is forgotten
//! ```
//!
//! Whoever floods a member with checks that are passed on to another source folds those first: log-ins that are known to be
//! right keep their rows before them.

use std::cmp::Reverse;
use std::collections::HashMap;

use ipnet::IpNet;

use super::log_in::{FromWhere, LogIn, LogInBy, LogInKey, Seen};
use super::place::Place;

/// Rows that a member has at the most.
pub const MOST_LOG_INS: usize = 64;
/// So many of the latest are not folded.
const LATEST: usize = 32;
/// Folding ends once there are no more than so many, so that it is not needed again at the next new row.
const ENOUGH: usize = 48;
/// The coarsest level. What the rows of one member differ in there is how and over which protocol: three by nine.
const COARSEST: i64 = 4;

/// The rows of one member, folded if they are too many.
pub fn fold(mut rows: Vec<LogIn>) -> Vec<LogIn> {
    if rows.len() <= MOST_LOG_INS {
        return rows;
    }

    rows.sort_by_cached_key(|row| (row.key.by == LogInBy::Deferred, Reverse(row.seen.last), row.key.id()));
    let older = rows.split_off(LATEST);
    let mut folded = rows.clone();
    for level in 1..=COARSEST {
        folded = together(rows.iter().cloned().chain(older.iter().map(|row| coarser(row, level))));
        if folded.len() <= ENOUGH {
            break;
        }
    }
    folded
}

/// Rows of which those that are of the same have become one.
fn together(rows: impl Iterator<Item = LogIn>) -> Vec<LogIn> {
    let mut found: HashMap<LogInKey, Seen> = HashMap::new();
    for LogIn { key, seen } in rows {
        found.entry(key).and_modify(|before| *before = before.and(seen)).or_insert(seen);
    }
    found.into_iter().map(|(key, seen)| LogIn { key, seen }).collect()
}

/// A row at this level, if it is not that coarse already.
fn coarser(row: &LogIn, level: i64) -> LogIn {
    let (key, level) = (&row.key, row.key.level.max(level));
    let from = match key.from {
        _ if level >= 3 => FromWhere::Anywhere,
        FromWhere::Address(address) => network_of(&Place::at(address)),
        from => from,
    };
    let by = match key.by {
        LogInBy::ClientPassword(_) if level >= 4 => LogInBy::SomeClientPassword,
        by => by,
    };
    let client = key.client.clone().filter(|_| level < 2);
    LogIn { key: LogInKey { by, from, client, level, ..key.clone() }, seen: row.seen }
}

fn network_of(place: &Place) -> FromWhere {
    let network =
        place.network().and_then(|network| IpNet::new(network, if network.is_ipv4() { 24 } else { 56 }).ok());
    network.map_or(FromWhere::Anywhere, FromWhere::Network)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::protocol::Protocol;

    fn row(by: u8, protocol: u8, address: u32, client: u8, at: i64) -> LogIn {
        let by = match by {
            0 => LogInBy::AccountPassword,
            1 => LogInBy::Deferred,
            n => LogInBy::ClientPassword(Uuid::from_u128(n.into()).into()),
        };
        let key = LogInKey {
            member: Uuid::from_u128(1).into(),
            by,
            protocol: Protocol::ALL[usize::from(protocol)],
            from: FromWhere::of((address > 0).then(|| IpAddr::from(Ipv4Addr::from_bits(address)))),
            client: (client > 0).then(|| format!("client {client}")),
            level: 0,
        };
        LogIn { key, seen: Seen::once(Timestamp::from_micros(at)) }
    }

    fn any_row() -> impl Strategy<Value = LogIn> {
        (0..30u8, 0..9u8, prop_oneof![0..600u32, any::<u32>()], 0..9u8, 0..1_000i64)
            .prop_map(|(by, protocol, address, client, at)| row(by, protocol, address, client, at))
    }

    fn total(rows: &[LogIn]) -> Option<Seen> {
        rows.iter().map(|row| row.seen).reduce(Seen::and)
    }

    proptest! {
        #[test]
        fn folding_keeps_the_bound_the_count_and_the_latest(batches in prop::collection::vec(
            prop::collection::vec(any_row(), 0..90), 1..6,
        )) {
            let (mut rows, mut all) = (Vec::new(), Vec::new());
            for batch in batches {
                all.extend(batch.iter().cloned());
                let before = together(rows.into_iter().chain(batch));
                let folds = before.len() > MOST_LOG_INS;
                rows = fold(before.clone());

                prop_assert!(rows.len() <= MOST_LOG_INS, "{} rows", rows.len());
                prop_assert_eq!(total(&rows), total(&all));
                if folds {
                    prop_assert!(rows.len() >= LATEST, "{} rows are left", rows.len());
                } else {
                    prop_assert_eq!(rows.len(), before.len());
                }
            }
        }
    }

    #[test]
    fn older_rows_become_networks_and_the_latest_stay() {
        let rows: Vec<LogIn> = (0..65).map(|n| row(2, 0, 0xC000_0200 + n, 1, i64::from(n))).collect();
        let folded = fold(rows);
        assert_eq!(folded.len(), LATEST + 1);
        let coarse: Vec<&LogIn> = folded.iter().filter(|row| row.key.is_folded()).collect();
        assert_eq!(coarse.len(), 1);
        assert_eq!(coarse[0].key.from.to_text(), "192.0.2.0/24");
        assert_eq!((coarse[0].key.level, coarse[0].key.client.as_deref()), (1, Some("client 1")));
        assert_eq!(coarse[0].seen.count, 33);
        assert!(folded.iter().all(|row| row.key.is_folded() || row.seen.last.micros() >= 33));
    }

    #[test]
    fn what_is_passed_on_folds_before_what_was_right() {
        let right = (0..20).map(|n| row(2, 0, 1 + n, 0, 0));
        let flood = (0..1_000u32).map(|n| row(1, 0, 0x0A00_0000 + n * 256, 0, 1_000));
        let folded = fold(right.chain(flood).collect());
        assert!(folded.len() <= MOST_LOG_INS);
        let kept = folded.iter().filter(|row| row.key.by != LogInBy::Deferred && !row.key.is_folded());
        assert_eq!(kept.count(), 20);
    }
}
