//! How SQLite means to run each statement: by an index, whether it has statistics or not.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::statements::statements;

/// Statements that read a whole table, or all of it from some row on, by what they call it; and why they may.
const SCANS: [(&str, &str, &str); 47] = [
    ("members/count_secure_login_off", "m", "when an operator restores, over everything"),
    ("members/count_secure_login_off", "o", "when an operator restores, over everything"),
    ("revocations/forgotten_targets", "v", "once a day, over the few that there are"),
    ("notices/sweep", "acknowledged_notices", "a range of the key, of what is to go"),
    ("idempotency/sweep", "idempotency_keys", "a range of an index, of what is to go"),
    ("idempotency/sweep_answers", "idempotency_keys", "a range of an index, of what is to go"),
    ("client_passwords/forgotten", "client_passwords", "a range of an index, of what is to go"),
    ("client_passwords/forgotten_of_members", "e", "once a day; one row a time that all of a member ended"),
    ("client_passwords/forgotten_of_organizations", "e", "once a day; one row a dissolved organization"),
    ("client_passwords/lost_uses", "u", "once a day, over everything, outside the writer"),
    ("client_passwords/lost_stale_uses", "s", "once a day, over everything, outside the writer"),
    ("known_places/sweep", "known_places", "once a day, over everything"),
    ("log_ins/piece_end", "log_ins", "a piece of the key, read from its beginning to its end"),
    ("log_ins/sweep", "log_ins", "a piece of the key, once an hour"),
    ("log_ins/crowded_between", "log_ins", "a piece of the key, once an hour"),
    ("sessions/sweep", "sessions", "every ten minutes, over the few that there are"),
    ("answered_challenges/sweep", "answered_challenges", "every ten minutes, over the few that there are"),
    ("passkeys/elsewhere", "passkeys", "once at start, ends at the first row that it looks for"),
    ("invitations/sweep", "invitations", "once an hour, over the few that there are"),
    ("client_setup_links/sweep", "client_setup_links", "every minute, over the few that there are"),
    ("organizations/list", "organizations", "a page of all of them, by id"),
    ("service_keys/list", "service_keys", "a page of all of them, by id"),
    ("keyring/checks", "keyring_checks", "one row a key"),
    ("keyring/count_client_passwords", "p", "when an operator asks, over everything"),
    ("keyring/organizations", "p", "when an operator asks, over everything"),
    ("keyring/end_client_passwords", "client_passwords", "when an operator says so, over everything"),
    ("keyring/count_service_keys", "service_keys", "when an operator asks, over the few that there are"),
    ("keyring/service_keys", "service_keys", "when an operator asks, over the few that there are"),
    ("keyring/retire", "service_keys", "when an operator says so, over the few that there are"),
    ("keyring/retire", "p", "when an operator says so, over everything"),
    ("keyring/end_sessions", "sessions", "when an operator says so, over the few that there are"),
    ("organizations/insert_first", "organizations", "ends at the first row"),
    ("setup/any_organization", "organizations", "ends at the first row"),
    ("setup/any_organization", "first", "one row"),
    ("policies/unsettled", "policies", "the few that are to be settled, by an index of those alone"),
    ("revocations/running", "revocations", "the few that a job goes on with, by an index of those alone"),
    ("revocations/department_members", "first", "a few thousand rows, read no further"),
    ("outbox/any_dated", "p", "a range of an index, of what dates have ended in the last second"),
    ("outbox/add_dated", "p", "a range of an index, of what dates have ended in the last second"),
    ("outbox/stale", "outbox", "a range of an index, of what is to go"),
    ("members/list_of_departments", "found", "what it has just found itself, of one piece"),
    ("members/page_end_of_departments", "found", "what it has just found itself, of few departments"),
    ("totals/members", "m", "what it has just found itself, of one piece"),
    ("warnings/any_due", "p", "a range of an index, ends at the first that is to be looked at"),
    ("warnings/due", "p", "a range of an index, of what is to be looked at"),
    ("warnings/sweep", "warnings", "once a day, over those of the next days"),
    ("warnings/unwatched", "policies", "the few whose idle end is another, by an index of those alone"),
];

/// Statements that sort; and why they may.
const SORTS: [(&str, &str); 3] = [
    ("known_places/forget_oldest", "the places of one member, less than a hundred"),
    ("members/list_of_departments", "the members of few departments, of one piece"),
    ("members/page_end_of_departments", "the members of few departments, no more of each than a piece has"),
];

/// Indexes that no statement reads; and which rule they keep.
const RULES: [(&str, &str); 2] = [
    ("members_owner", "an organization has at most one owner"),
    ("organizations_rules", "whoever changes the rules waits for a write under those before, on PostgreSQL"),
];

/// A database of this program, opened as the engine opens it.
pub fn database() -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
    clientpass::store::migrate::sqlite(&database).unwrap();
    database
}

/// Fills a database as an installation of some years would be.
#[allow(clippy::too_many_lines, reason = "a table of tables")]
pub fn fill(database: &Connection) {
    let id = |kind: u8, number: &str| format!("CAST(printf('{kind:02}%014d', {number}) AS BLOB)");
    let rows = |count: u32, insert: &str| {
        let numbers =
            format!("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count})");
        let (table, values) = insert.split_once(": ").unwrap();
        let sql = format!("INSERT INTO {table} {numbers} SELECT {values} FROM c");
        database.execute(&sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    let (home, member, password) = (id(1, "n % 20"), id(2, "n % 3000"), id(3, "n"));
    rows(20, &format!("organizations (id, name, state, created_at): {home}, 'n', 'active', n"));
    rows(60, &format!("domains (name, organization_id, created_at): 'd' || n, {home}, n"));
    rows(
        3_000,
        &format!(
            "members (id, organization_id, login, domain, display_name, role, state, created_at): {member}, {home}, \
             'm' || n, 'd' || (n % 60), 'm', 0, CASE n % 10 WHEN 0 THEN 'left' ELSE 'active' END, n"
        ),
    );
    rows(
        20,
        &format!(
            "ownership_offers (organization_id, member_id, created_at, expires_at): {home}, {member}, n, n"
        ),
    );
    rows(20, &format!("policies (organization_id, policy, version, updated_at): {home}, '{{}}', 1, n"));
    let department = id(13, "n % 200");
    rows(
        199,
        &format!(
            "departments (id, organization_id, parent_id, name, created_at): {department}, {}, {}, 'd', n",
            id(1, "n % 20"),
            "CASE n % 5 WHEN 0 THEN NULL END"
        ),
    );
    rows(20, &format!("policy_departments (department_id, organization_id): {department}, {home}"));
    rows(
        2_900,
        &format!("department_members (member_id, department_id): {member}, {}", id(13, "n % 199 + 1")),
    );
    rows(50, &format!("department_admins (member_id, department_id): {member}, {}", id(13, "n % 199 + 1")));
    rows(
        12_000,
        &format!(
            "client_passwords (verifier, pepper_id, id, member_id, organization_id, label, protocols, networks, \
             member_epoch, organization_epoch, created_at, expires_at, ended_at, lineage, replaced_by, revocation_id): \
             {v}, 1, {password}, {member}, {home}, 'l' || (n % 9), 511, '', 0, 0, n, NULL, \
             CASE n % 2 WHEN 0 THEN n END, {password}, CASE n % 50 WHEN 0 THEN {password} END, \
             CASE n % 40 WHEN 0 THEN {r} END",
            v = id(4, "n"),
            r = id(5, "n % 300"),
        ),
    );
    rows(6_000, &format!("stale_uses (client_password_id, at, protocol, count): {password}, n, 1, 1"));
    rows(12_000, &format!("uses (client_password_id, protocol, at): {}, n % 2, n", id(3, "n / 2")));
    rows(
        9_000,
        &format!(
            "log_ins (member_id, id, kind, client_password_id, level, protocol, network, client, first_at, last_at, count): \
             {member}, {}, 0, {password}, 0, 1, '192.0.2.7', 'c', n, n, 1",
            id(17, "n")
        ),
    );
    rows(
        2_000,
        &format!(
            "member_ends (member_id, epoch, ended_at, reason, actor_kind, revocation_id, client_passwords): \
             {member}, 0, n, 'r', 'm', CASE n % 4 WHEN 0 THEN {} END, 5",
            id(5, "n % 300")
        ),
    );
    rows(
        10,
        &format!(
            "organization_ends (organization_id, epoch, ended_at, reason, actor_kind): {home}, 0, n, 'r', 'm'"
        ),
    );
    rows(
        2_500,
        &format!(
            "second_factors (id, member_id, label, sealed_seed, created_at): {}, {member}, 'l', 'x', n",
            id(6, "n")
        )
        .replace("'x'", "x'00'"),
    );
    rows(5_000, &format!("used_steps (factor_id, nth, step): {}, 1 + n / 2500, n", id(6, "1 + n % 2500")));
    rows(
        1_000,
        &format!(
            "passkeys (factor_id, credential_id, rp_id, algorithm, public_key, sign_count): {}, {v}, 'h', -7, {v}, 0",
            id(6, "n"),
            v = id(15, "n")
        ),
    );
    rows(100, &format!("answered_challenges (id, expires_at): {}, n", id(16, "n")));
    rows(
        6_000,
        &format!(
            "known_places (member_id, purpose, place, at): {member}, 'password', '192.0.' || (n / 3000) || '.7', n"
        ),
    );
    rows(3_000, &format!("code_guesses (member_id, wrong): {member}, n % 60"));
    rows(10_000, &format!("recovery_codes (verifier, member_id): {}, {member}", id(7, "n")));
    rows(
        2_000,
        &format!(
            "sessions (verifier, id, member_id, created_at, authenticated_at, last_seen_at, expires_at): \
             {v}, {v}, {member}, n, n, n, n",
            v = id(8, "n")
        ),
    );
    rows(
        500,
        &format!(
            "invitations (member_id, id, verifier, invited_by, created_at, expires_at): \
             {member}, {v}, {v}, {}, n, n",
            id(2, "n % 7"),
            v = id(13, "n")
        ),
    );
    rows(
        100,
        &format!(
            "client_setup_links (client_password_id, verifier, sealed, expires_at): {password}, {v}, {v}, n",
            v = id(14, "n")
        ),
    );
    rows(
        200,
        &format!(
            "service_keys (verifier, id, role, organization_id, label, created_at): {v}, {v}, 'operator', {home}, 'l', n",
            v = id(9, "n")
        ),
    );
    rows(
        300,
        &format!(
            "revocations (id, organization_id, filter, reason, dry_run, created_at, actor_kind): {}, {home}, '{{}}', 'r', n % 2, n, 'member'",
            id(5, "n % 300")
        ),
    );
    rows(
        6_000,
        &format!(
            "revocation_targets (revocation_id, member_id, client_password_id, lineage): {}, {member}, {password}, {password}",
            id(5, "n % 300")
        ),
    );
    rows(
        600,
        &format!("revocation_departments (revocation_id, department_id): {}, {department}", id(5, "n % 300")),
    );
    rows(600, &format!("revocation_networks (revocation_id, networks): {}, 'n' || n", id(5, "n % 300")));
    rows(3_000, &format!("revocation_members (revocation_id, member_id): {}, {member}", id(5, "n % 300")));
    rows(
        20_000,
        &format!(
            "audit_events (id, organization_id, at, actor_kind, actor_id, action, member_id, targets, details): \
             {}, {home}, n, 'member', {member}, 'a' || (n % 30), {member}, '[]', '{{}}'",
            id(10, "n")
        ),
    );
    rows(
        5_000,
        &format!(
            "idempotency_keys (verifier, id, body, member_id, made, created_at, answer): \
             {v}, {v}, {v}, CASE n % 3 WHEN 0 THEN {member} END, '[]', n, CASE WHEN n > 4950 THEN {v} END",
            v = id(11, "n")
        ),
    );
    rows(
        2_000,
        &format!(
            "outbox (target, id, organization_id, member_id, everything, reason, ended_at, due_at): \
             't' || (n % 3), {}, {home}, {member}, n % 2, 'rotated', n, n",
            id(12, "n")
        ),
    );
    rows(
        2_000,
        &format!(
            "warnings (client_password_id, ends_at, days, id, organization_id, reason, warned_at): \
             {password}, n, 14, {}, {home}, 'expired', n",
            id(17, "n")
        ),
    );
    rows(500, &format!("acknowledged_notices (notice_id, acknowledged_at): {}, n", id(10, "n")));
    rows(
        200,
        &format!(
            "totals (organization_id, counted_id, active, suspended, gone, secure_login, live, never_used, ended, \
             as_of): {home}, {}, n, n, n, n, n, n, n, n",
            id(17, "n")
        ),
    );
    rows(2, "keyring_checks (key_id, check_value): n, x'00'");
}

/// The lines of a statement's plan.
fn plan(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = statement.raw_query().mapped(|row| row.get::<_, String>("detail")).collect::<Result<_, _>>();
    lines.unwrap()
}

/// What a line of a plan says is read from one end to the other: a search with bounds only is a scan by its
/// better name.
fn scanned<'a>(sql: &str, line: &'a str) -> Option<&'a str> {
    let (how, rest) = line.split_once(' ')?;
    let bounds_only = || rest.split_once('(').is_some_and(|(_, by)| !by.contains("=?"));
    let no_table = rest == "CONSTANT ROW" || rest.ends_with("-ROW VALUES CLAUSE");
    let reads_all = how == "SCAN" && !no_table || how == "SEARCH" && bounds_only();
    // What a statement has just found itself, and goes through once.
    let is_its_own = |name: &&str| sql.contains(&format!("WITH RECURSIVE {name} ("));
    rest.split(' ').next().filter(|_| reads_all).filter(|name| !is_its_own(name))
}

/// What is read whole, by statement and by what the statement calls it.
fn scans(database: &Connection) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (name, sql) in statements() {
        for line in plan(database, &sql) {
            assert!(!line.contains("AUTOMATIC"), "{name} makes an index for itself: {line}");
            let may_sort = SORTS.iter().any(|(sorting, _)| *sorting == name);
            assert!(may_sort || !line.contains("FOR ORDER BY"), "{name} sorts: {line}");
            if let Some(what) = scanned(&sql, &line) {
                found.insert((name.clone(), what.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_statement_uses_an_index_or_says_why_not() {
    let permitted: BTreeSet<(String, String)> =
        SCANS.iter().map(|(name, what, _)| ((*name).to_owned(), (*what).to_owned())).collect();
    let database = database();
    let empty = scans(&database);
    fill(&database);
    let filled = scans(&database);
    database.execute_batch("ANALYZE").unwrap();
    let with_statistics = scans(&database);
    let all: BTreeSet<_> = [empty, filled, with_statistics].into_iter().flatten().collect();
    let unexplained: Vec<_> = all.difference(&permitted).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
    let stale: Vec<_> = permitted.difference(&all).collect();
    assert!(stale.is_empty(), "they scan no more: {stale:?}");
}

/// What one member has is found by the member, however many the organization has: an index of the organization would be
/// used as well, and read a million rows for it.
#[test]
fn what_a_member_has_is_found_by_the_member() {
    let database = database();
    fill(&database);
    let by_member = |name: &str| {
        let lines = plan(&database, &statements()[name]);
        lines.iter().any(|line| line.contains("(member_id=?"))
            && !lines.iter().any(|line| line.contains("by_organization"))
    };
    for statistics in ["", "ANALYZE"] {
        database.execute_batch(statistics).unwrap();
        for name in [
            "client_passwords/of_member",
            "client_passwords/page_end_of_member",
            "audit/of_member",
            "audit/list_of_member",
            "audit/page_end_of_member",
        ] {
            assert!(by_member(name), "{name}: {:?}", plan(&database, &statements()[name]));
        }
    }
}

/// A guard of the guard: without its index a statement is caught.
#[test]
fn a_missing_index_is_noticed() {
    let database = database();
    database
        .execute_batch("DROP INDEX client_passwords_by_lineage; DROP INDEX domains_by_organization")
        .unwrap();
    let found = scans(&database);
    assert!(found.contains(&("domains/of_organization".into(), "domains".into())), "{found:?}");
}

/// An index that no statement uses only makes writes slower.
#[test]
fn every_index_is_used() {
    let database = database();
    fill(&database);
    let mut plans: Vec<String> = statements().values().flat_map(|sql| plan(&database, sql)).collect();
    database.execute_batch("ANALYZE").unwrap();
    plans.extend(statements().values().flat_map(|sql| plan(&database, sql)));
    let mut indexes =
        database.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").unwrap();
    let names: Vec<String> = indexes.raw_query().mapped(|row| row.get(0)).collect::<Result<_, _>>().unwrap();
    let used = |name: &String| plans.iter().any(|line| line.split(' ').any(|word| word == name));
    let keeps_a_rule = |name: &String| RULES.iter().any(|(index, _)| index == name);
    let unused: Vec<&String> = names.iter().filter(|name| !used(name) && !keeps_a_rule(name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
