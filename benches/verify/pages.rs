//! How long the pages of a member take where a million client passwords are, beside a bare handler asked in the same way;
//! and how much a page with all that belongs to it weighs.

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;

use super::data::Data;
use super::load::exchange;
use super::server::Server;

/// The pages that members look at.
const PAGES: [&str; 6] =
    ["/overview", "/passwords", "/passwords/new?kind=phone", "/security", "/activity", "/help"];
const RUNS: usize = 300;
/// What a page may take and weigh.
const MOST_MILLISECONDS: f64 = 5.0;
const MOST_BYTES: usize = 60_000;

/// Prints a line for each page; whether all of them are as fast and light as they should be.
pub fn measure(folder: &Path, bare: &Server, rows: usize) -> bool {
    let data = Data::sqlite(&folder.join("pages"), rows, 25);
    let login = one_who_signs_in(&data);
    let server = Server::clientpass(&data, "info,actix_server=warn");

    let body = format!("{{\"login\":\"{login}\",\"password\":\"correct horse battery staple\"}}");
    let answer =
        exchange(server.address, "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json", &body);
    let token =
        answer.split("\"token\":\"").nth(1).unwrap_or_else(|| panic!("{answer}")).split('"').next().unwrap();
    let ask =
        |path: &str| exchange(server.address, &format!("GET {path} HTTP/1.1\r\nCookie: session={token}"), "");

    let overview = ask("/overview");
    let assets =
        overview.split("/assets/").skip(1).map(|rest| format!("/assets/{}", rest.split('"').next().unwrap()));
    let assets: std::collections::BTreeSet<String> = assets.collect();
    let shared: usize = assets.iter().map(|path| ask(path).len()).sum();

    println!("{rows} client passwords, 25 a member; style, script and logo: {shared} bytes");
    println!("{:<28} {:>9} {:>9} {:>9} {:>9}", "page", "p50 ms", "p99 ms", "of bare", "bytes");
    let (plain, _) = times(|| drop(exchange(bare.address, "GET / HTTP/1.1", "")));
    let mut good = true;
    for page in PAGES {
        let answer = ask(page);
        assert!(answer.starts_with("HTTP/1.1 200"), "{page}: {answer}");
        let (middle, late) = times(|| drop(ask(page)));
        let weight = shared + answer.len();
        println!("{page:<28} {middle:>9.2} {late:>9.2} {:>9.1} {weight:>9}", middle / plain);
        good &= middle < MOST_MILLISECONDS && weight < MOST_BYTES;
    }
    good
}

/// A member with the account password of the owner, so that somebody with client passwords signs in.
fn one_who_signs_in(data: &Data) -> String {
    let right = std::fs::read_to_string(&data.right).unwrap();
    let login = right.split_whitespace().next().unwrap().to_owned();
    let database = Connection::open(data.config.storage.data_dir.join("clientpass.sqlite")).unwrap();
    let sql = "UPDATE members SET password_hash = (SELECT password_hash FROM members WHERE login = 'owner@example.org')
               WHERE login = ?1";
    assert_eq!(database.execute(sql, [&login]).unwrap(), 1, "{login}");
    login
}

/// The middle and the slowest hundredth of many, in milliseconds.
fn times(mut one: impl FnMut()) -> (f64, f64) {
    let mut all: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            one();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    all.sort_by(f64::total_cmp);
    (all[RUNS / 2], all[RUNS * 99 / 100])
}
