//! Acknowledged issues a second: one caller and 64, on this disk and on one whose flush takes 2 ms more.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clientpass::clock::{Clock, SystemTimeSource, Timestamp};
use clientpass::domain::access::{Authority, Caller, MemberPermission, SignedIn, Subject};
use clientpass::domain::audit::{Action, Actor};
use clientpass::domain::audit_details::Details;
use clientpass::domain::ids::{MemberId, OrganizationId, SessionId};
use clientpass::domain::member::Role;
use clientpass::domain::network::Networks;
use clientpass::domain::protocol::ProtocolSet;
use clientpass::store::client_passwords::NewClientPassword;
use clientpass::store::engine::ListLimits;
use clientpass::store::record::{Origin, Record};
use clientpass::store::sqlite::Sqlite;
use clientpass::store::{PolicyFacts, Store};
use uuid::Uuid;

use super::data::Data;
use super::server;

/// The role of the process that issues.
pub const ISSUE: &str = "issue";

/// Sleeps 2 ms before every flush.
const SLOW: &str = "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <unistd.h>\n\
    static int slow(const char *name, int file) { usleep(2000);\n\
      int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name); return real(file); }\n\
    int fdatasync(int file) { return slow(\"fdatasync\", file); }\n\
    int fsync(int file) { return slow(\"fsync\", file); }\n";

pub fn measure(folder: &Path) {
    println!("\nAcknowledged issues a second, SQLite:");
    let (source, library) = (folder.join("slow.c"), folder.join("slow.so"));
    std::fs::write(&source, SLOW).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&source).arg("-ldl");
    assert!(compiler.status().unwrap().success());
    for (name, preload) in [("this disk", None), ("flushes 2 ms slower", Some(&library))] {
        let rates: Vec<f64> =
            [1, 64].map(|callers| rate(folder, callers, preload.map(PathBuf::as_path))).into();
        println!(
            "  {name:<24} 1 caller {:>8.0}   64 callers {:>8.0}   {:>6.1} times",
            rates[0],
            rates[1],
            rates[1] / rates[0]
        );
    }
}

fn rate(folder: &Path, callers: usize, preload: Option<&Path>) -> f64 {
    let place = folder.join(format!("issue-{callers}-{}", preload.is_some()));
    let data = Data::sqlite(&place, 2_500, 25);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(server::ROLE, ISSUE).env("BENCH_CALLERS", callers.to_string());
    command.env("BENCH_FILE", data.config.storage.database_path());
    if let Some(library) = preload {
        command.env("LD_PRELOAD", library);
    }
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("no rate")
}

/// Issues for two seconds with so many callers at once; prints how many a second.
pub fn run() {
    let callers: u64 = std::env::var("BENCH_CALLERS").unwrap().parse().unwrap();
    let file = std::env::var("BENCH_FILE").unwrap();
    let clock = Clock::new(Arc::new(SystemTimeSource::new()));
    let home = sign_in(&file, callers, clock.now());
    actix_web::rt::System::new().block_on(async {
        let engine =
            Arc::new(Sqlite::open(Path::new(&file), 2, ListLimits::default(), clock.clone()).unwrap());
        let store = Store::open(engine, clock.clone()).await.unwrap();
        let begun = Instant::now();
        let workers: Vec<_> = (0..callers)
            .map(|caller| actix_web::rt::spawn(issue_on(store.clone(), clock.clone(), (caller, home), begun)))
            .collect();
        let mut issued = 0u64;
        for worker in workers {
            issued += worker.await.unwrap();
        }
        println!("{}", issued as f64 / begun.elapsed().as_secs_f64());
    });
}

fn member(caller: u64) -> MemberId {
    Uuid::from_u128((1 << 120) + u128::from(caller)).into()
}

fn session(caller: u64) -> SessionId {
    Uuid::from_u128((5 << 120) + u128::from(caller)).into()
}

/// A session for each caller: what it issues is written only as long as that stands. Gives their organization.
fn sign_in(file: &str, callers: u64, now: Timestamp) -> OrganizationId {
    let database = rusqlite::Connection::open(file).unwrap();
    let insert = "INSERT INTO sessions (verifier, id, member_id, created_at, authenticated_at, last_seen_at, expires_at) \
                  VALUES (?1, ?1, ?2, ?3, ?3, ?3, ?3 + 3600000000)";
    for caller in 0..callers {
        let (session, member) = (session(caller).uuid(), member(caller).uuid());
        database.execute(insert, (session.as_bytes(), member.as_bytes(), now.micros())).unwrap();
    }
    let id = "SELECT id FROM organizations";
    let id: Vec<u8> = database.query_row(id, [], |row| row.get(0)).unwrap();
    Uuid::from_slice(&id).unwrap().into()
}

fn authority(caller: u64, now: Timestamp) -> Authority {
    let (member_id, organization_id, role) =
        (member(caller), OrganizationId::from(Uuid::from_u128(0)), Role::Member);
    let me = SignedIn {
        member_id,
        organization_id,
        role,
        session_id: session(caller),
        created_at: now,
        authenticated_at: now,
        expires_at: now,
    };
    let subject = Subject { member_id, organization_id, role, is_within_reach: false };
    Caller::Member(me).may_to(MemberPermission::Issue, &subject, now).unwrap()
}

async fn issue_on(
    store: Store,
    clock: Clock,
    (caller, organization_id): (u64, OrganizationId),
    begun: Instant,
) -> u64 {
    let (member, authority) = (member(caller), authority(caller, clock.now()));
    // No policy was put, there are no departments, and the member is as it was made.
    let facts = PolicyFacts { organization_id, rules_version: 0, member_id: member, member_version: 1 };
    let mut count = 0;
    while begun.elapsed() < Duration::from_secs(2) {
        count += 1;
        let id = (3 << 120) + (u128::from(caller) << 64) + u128::from(count);
        let mut verifier = [0u8; 32];
        verifier[..16].copy_from_slice(&id.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_0c5d).to_le_bytes());
        verifier[16..].copy_from_slice(&id.to_le_bytes());
        let new = NewClientPassword {
            id: Uuid::from_u128(id).into(),
            verifier,
            pepper_id: 1,
            member_id: member,
            label: "Phone".into(),
            protocols: ProtocolSet::from_bits(511),
            networks: Networks::default(),
            expires_at: None,
        };
        let record = Record {
            id: Uuid::from_u128((4 << 120) + id).into(),
            at: clock.now(),
            origin: Origin::Caller(authority),
            organization_id: None::<OrganizationId>,
            actor: Actor::System,
            action: Action::ClientPasswordIssued,
            member_id: Some(member),
            targets: Vec::new(),
            makes: Vec::new(),
            reason: None,
            details: Details::None {},
            request_id: None,
            claim: None,
        };
        store.client_passwords().issue(&new, i64::MAX, &facts, &record).await.unwrap().unwrap();
    }
    count
}
