//! What a migration makes of what is there.

use std::path::Path;

use rusqlite::Connection;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::now;
use crate::architecture::source::files;
use crate::support::database::Database;

/// A migration: what is there before it, with ids as `ID1`; and what is read after it.
struct Case {
    /// The last version before it.
    version: usize,
    before: &'static str,
    after: &'static str,
    expected: &'static [&'static str],
}

/// A member, and the networks that were kept of it: of IPv4, of IPv6, and what came without an address.
const NETWORKS: Case = Case {
    version: 6,
    before: "
        INSERT INTO organizations (id, name, state, created_at) VALUES (ID1, 'n', 'active', 1);
        INSERT INTO members (id, organization_id, login, domain, display_name, role, state, created_at)
        VALUES (ID1, ID1, 'a@example.org', 'example.org', 'a', 0, 'active', 1);
        INSERT INTO home_networks (member_id, network, at)
        VALUES (ID1, '192.0.2.0', 5), (ID1, '2001:db8:1:200::', 6), (ID1, '', 7);",
    after: "SELECT purpose || ' ' || place || ' ' || at FROM known_places ORDER BY at",
    expected: &["password 192.0.2.0/24 5", "password 2001:db8:1:200::/56 6"],
};

/// Two members with recovery codes: one whose first factor was confirmed at 5, and one of whose factors nothing is known.
const RECOVERY_CODES: Case = Case {
    version: 8,
    before: "
        INSERT INTO organizations (id, name, state, created_at) VALUES (ID1, 'n', 'active', 1);
        INSERT INTO members (id, organization_id, login, domain, display_name, role, state, created_at)
        VALUES (ID1, ID1, 'a@example.org', 'example.org', 'a', 0, 'active', 1),
               (ID2, ID1, 'b@example.org', 'example.org', 'b', 0, 'active', 1);
        INSERT INTO second_factors (id, member_id, label, sealed_seed, created_at, confirmed_at)
        VALUES (ID1, ID1, 'late', ID1, 2, 7), (ID2, ID1, 'first', ID1, 3, 5), (ID3, ID1, 'pending', ID1, 1, NULL),
               (ID4, ID2, 'pending', ID1, 1, NULL);
        INSERT INTO recovery_codes (verifier, member_id) VALUES (ID1, ID1), (ID2, ID1), (ID3, ID2);
        INSERT INTO sessions (verifier, id, member_id, created_at, authenticated_at, last_seen_at, expires_at)
        VALUES (ID1, ID1, ID1, 1, 1, 1, 9);",
    after: "SELECT coalesce('made at ' || created_at, 'not known') FROM recovery_codes ORDER BY verifier",
    expected: &["made at 5", "made at 5", "not known"],
};

/// Sessions that were begun before prove nothing about a notice.
const SESSIONS: Case = Case {
    after: "SELECT coalesce('confirmed at ' || factor_confirmed_at, 'not known') FROM sessions",
    expected: &["not known"],
    ..RECOVERY_CODES
};

/// One used over two protocols, one over a protocol that no more is known of than that, one never.
const USES: Case = Case {
    version: 9,
    before: "
        INSERT INTO last_uses (client_password_id, at, protocol, ip, client)
        VALUES (ID1, 5, 4, '192.0.2.7', 'Mail'), (ID2, 6, 1, NULL, NULL);
        INSERT INTO protocol_uses (client_password_id, protocol, at) VALUES (ID1, 4, 3), (ID1, 1, 4);",
    after: "SELECT u.protocol || ' ' || u.at || coalesce(u.ip, '') || coalesce(u.client, '') ||
                   coalesce(' last ' || l.protocol, '')
            FROM uses u LEFT JOIN last_uses l ON l.client_password_id = u.client_password_id
            ORDER BY u.client_password_id, u.protocol",
    expected: &["1 4 last 4", "4 5192.0.2.7Mail last 4", "1 6 last 1"],
};

/// Of three organizations one has a longest life, and one says how long tombstones are kept.
const POLICIES: Case = Case {
    version: 21,
    before: "
        INSERT INTO organizations (id, name, state, created_at)
        VALUES (ID1, 'n', 'active', 1), (ID2, 'n', 'active', 1), (ID3, 'n', 'active', 1);
        INSERT INTO policies (organization_id, policy, version, updated_at)
        VALUES (ID1, '{\"max_lifetime_days\": 30}', 1, 1), (ID2, '{\"tombstone_days\": 7}', 1, 1),
               (ID3, '{\"max_lifetime_days\": null}', 1, 1);",
    after: "SELECT CASE unsettled WHEN 1 THEN 'unsettled' ELSE 'settled' END || coalesce(' ' || tombstone_days, '')
            FROM policies ORDER BY organization_id",
    expected: &["unsettled", "settled 7", "settled"],
};

/// Of three organizations one says for how long log-ins are kept, and one says that none are.
const HISTORIES: Case = Case {
    version: 26,
    before:
        "
        INSERT INTO organizations (id, name, state, created_at)
        VALUES (ID1, 'n', 'active', 1), (ID2, 'n', 'active', 1), (ID3, 'n', 'active', 1);
        INSERT INTO policies (organization_id, policy, version, updated_at)
        VALUES (ID1, '{\"history_days\": 7}', 1, 1), (ID2, '{\"history_days\": 0}', 1, 1), (ID3, '{}', 1, 1);",
    after: "SELECT coalesce('' || history_days, 'not said') FROM policies ORDER BY organization_id",
    expected: &["7", "0", "not said"],
};

const ALL: [Case; 6] = [NETWORKS, RECOVERY_CODES, SESSIONS, USES, POLICIES, HISTORIES];

impl Case {
    /// The schema of an engine up to the version before, and the migration.
    fn schema(&self, engine: &str) -> (String, String) {
        let mut all = files(&format!("sql/schema/{engine}"), "sql");
        all.sort();
        let number = |path: &Path| -> usize {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.split('_').next().unwrap().parse().unwrap()
        };
        let (before, mut after): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(path, _)| number(path) <= self.version);
        let before: Vec<String> = before.into_iter().map(|(_, text)| text).collect();
        (before.join("\n"), after.swap_remove(0).1)
    }

    /// What is there before, with ids as the engine writes them.
    fn rows(&self, id: impl Fn(u8) -> String) -> String {
        (1..=4).fold(self.before.to_owned(), |text, n| text.replace(&format!("ID{n}"), &id(n)))
    }
}

#[test]
fn a_migration_keeps_what_is_known() {
    for case in ALL {
        let (before, migration) = case.schema("sqlite");
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch(&before).unwrap();
        database.execute_batch(&case.rows(|n| format!("x'0{n}'"))).unwrap();
        database.execute_batch(&migration).unwrap();
        let mut found = database.prepare(case.after).unwrap();
        let found: Vec<String> = found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(found, case.expected, "{}", case.after);
    }
}

#[test]
fn and_so_it_does_on_postgres() {
    for case in ALL {
        let Some(database) = Database::fresh() else { return };
        let (before, migration) = case.schema("postgres");
        let (client, connection) = now(tokio_postgres::connect(&database.url, NoTls)).unwrap();
        now(async { drop(tokio::spawn(connection)) });
        now(client.batch_execute(&before)).unwrap();
        now(client.batch_execute(&case.rows(|n| format!("'\\x0{n}'")))).unwrap();
        now(client.batch_execute(&migration)).unwrap();
        let found = now(client.simple_query(case.after)).unwrap();
        let found: Vec<String> = found
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .collect();
        assert_eq!(found, case.expected, "{}", case.after);
    }
}
