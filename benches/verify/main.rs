//! How fast a check is, beside a bare actix-web handler that parses the same body and answers a constant.
//!
//! Both servers run on core 0 at the same time, wrk on core 1 asks now the one, now the other; what is printed
//! is the median of the ratios of neighbouring slices, so that a machine shared with others does not matter.
//!
//! ```text
//! cargo bench --bench verify                      a few minutes; wrk, taskset and a C compiler are needed
//! cargo bench --bench verify -- --quick           a few seconds a line, less sure
//! cargo bench --bench verify -- --refusals        whether refusals can be told apart by their time; eight minutes
//! cargo bench --bench verify -- --postgres 'host=/run/postgresql user=postgres dbname=bench'
//! cargo bench --bench verify -- --spread          only checks of which each is of another secret
//! ... -- --spread --against PROGRAM               beside those of another build of this bench, by turns
//! ... -- --spread --policy                        beside those under a policy of 200 departments and 1,000 exceptions
//! cargo bench --bench verify -- --pages           only members' pages: time at a million rows, and weight
//! ```
//!
//! The picture is written to `target/verify.svg`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    missing_docs,
    reason = "a program run by hand, that measures time"
)]

mod data;
mod issue;
mod load;
mod pages;
mod parts;
mod picture;
mod policy;
mod refusals;
mod server;
mod spread;

use std::path::{Path, PathBuf};

use data::Data;
use load::{Asked, Commits, Pair};
use picture::Bar;
use server::Server;

/// What is measured, how long.
struct Wish {
    seconds: u64,
    pairs: usize,
    postgres: Option<String>,
    rows: Vec<usize>,
    against: Option<PathBuf>,
    policy: bool,
}

fn body_of() -> Wish {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let after = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1).cloned())
    };
    let quick = arguments.iter().any(|argument| argument == "--quick");
    Wish {
        seconds: 1,
        pairs: if quick { 3 } else { 7 },
        postgres: after("--postgres"),
        against: after("--against").map(PathBuf::from),
        policy: arguments.iter().any(|argument| argument == "--policy"),
        rows: if quick { vec![1_000, 100_000] } else { vec![1_000, 100_000, 1_000_000] },
    }
}

/// One line of the table.
struct Line {
    name: String,
    pair: Pair,
}

fn main() {
    if let Ok(role) = std::env::var(server::ROLE) {
        return match role.as_str() {
            issue::ISSUE => issue::run(),
            spread::FILL => spread::fill(),
            role => server::run(role),
        };
    }
    let request = body_of();
    for program in ["wrk", "taskset", "cc"] {
        assert!(data::has(program), "{program} is needed: apt-get install wrk util-linux gcc");
    }
    let folder = tempfile::tempdir().unwrap();
    if std::env::args().any(|argument| argument == "--refusals") {
        let alike = refusals::measure(folder.path(), 10_000);
        std::process::exit(i32::from(!alike));
    }
    let bare = Server::bare(folder.path());
    if std::env::args().any(|argument| argument == "--spread") {
        let turns = if request.pairs > 3 { spread::TURNS } else { spread::QUICK_TURNS };
        return spread::measure(folder.path(), &bare, request.against.as_deref(), request.policy, turns);
    }
    if std::env::args().any(|argument| argument == "--pages") {
        let rows = request.rows.iter().copied().max().unwrap_or(1_000);
        let good = pages::measure(folder.path(), &bare, rows);
        // It would outlive us.
        drop(bare);
        std::process::exit(i32::from(!good));
    }
    let mut lines: Vec<Line> = Vec::new();
    println!("{:<46} {:>8} {:>8} {:>9} {:>9} {:>9}", "", "req/s", "CPU", "us CPU", "p50 us", "p99 us");
    println!("{:<46} {:>8} {:>8}", "", "of bare", "of bare");
    let largest = request.rows.iter().copied().max().unwrap_or(1_000);
    for &rows in &request.rows {
        let data = Data::sqlite(&folder.path().join(format!("rows-{rows}")), rows, 25);
        let server = Server::clientpass(&data, "info,actix_server=warn");
        let name = format!("SQLite, {rows} rows, 25 a member");
        let accept = measure(&request, &bare, &server, &data, Asked::Right, Commits::None);
        show(&mut lines, format!("{name}: accept"), accept);
        println!("{:<46} {:>8} kB anonymous", "", server.anonymous_kilobytes());
        if rows != largest {
            continue;
        }
        for (what, asked) in [("wrong", Asked::Wrong), ("dead", Asked::Dead)] {
            let pair = measure(&request, &bare, &server, &data, asked, Commits::None);
            show(&mut lines, format!("{name}: {what}"), pair);
        }
        for (what, commits) in [("service keys made", Commits::Keys), ("revocations", Commits::Revocations)] {
            let pair = measure(&request, &bare, &server, &data, Asked::Right, commits);
            show(&mut lines, format!("{name}: accept, 200 commits/s, {what}"), pair);
        }
        drop(server);
        let server = Server::clientpass(&data, "off");
        let pair = measure(&request, &bare, &server, &data, Asked::Right, Commits::None);
        show(&mut lines, format!("{name}: accept, no log"), pair);
        drop(server);
        let single = Data::sqlite(&folder.path().join("single"), rows, 1);
        let server = Server::clientpass(&single, "info,actix_server=warn");
        let pair = measure(&request, &bare, &server, &single, Asked::Right, Commits::None);
        show(&mut lines, format!("SQLite, {rows} rows, 1 a member: accept"), pair);
    }
    if let Some(url) = &request.postgres {
        let rows = largest.min(100_000);
        let data = Data::postgres(&folder.path().join("postgres"), url, rows, 25);
        let server = Server::clientpass(&data, "info,actix_server=warn");
        let pair = measure(&request, &bare, &server, &data, Asked::Right, Commits::None);
        show(&mut lines, format!("PostgreSQL, {rows} rows, 25 a member: accept"), pair);
    }
    if largest >= 1_000_000 {
        spread::measure(folder.path(), &bare, None, false, spread::QUICK_TURNS);
    }
    parts::measure(&folder.path().join(format!("rows-{}", request.rows[0])));
    issue::measure(folder.path());
    let drawn: Vec<Bar> =
        lines.iter().map(|line| Bar { name: line.name.clone(), value: line.pair.rate }).collect();
    let picture = Path::new("target/verify.svg");
    std::fs::write(picture, picture::draw("requests per second, of a bare handler", &drawn)).unwrap();
    println!("\npicture: {}", picture.display());
}

fn measure(
    request: &Wish,
    bare: &Server,
    server: &Server,
    data: &Data,
    asked: Asked,
    commits: Commits,
) -> Pair {
    load::pairs(request.pairs, request.seconds, bare, server, data, asked, commits)
}

fn show(lines: &mut Vec<Line>, name: String, pair: Pair) {
    print_line(&name, &pair);
    lines.push(Line { name, pair });
}

fn print_line(name: &str, pair: &Pair) {
    println!(
        "{name:<46} {:>8.2} {:>8.2} {:>9.1} {:>9.0} {:>9.0}   ({:.0}/s, {} pairs, rates {:.2}..{:.2})",
        pair.rate,
        pair.cpu,
        pair.cpu_micros,
        pair.p50,
        pair.p99,
        pair.per_second,
        pair.count,
        pair.lowest,
        pair.highest
    );
}
