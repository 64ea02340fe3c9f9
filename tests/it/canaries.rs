//! Shown once: after every kind of secret was made and used, and every kind of mistake was made with it, no form of it
//! lies anywhere but in the answer that showed it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use totp_rs::Secret;

use crate::logs;
use crate::pages::set_up;
use crate::rest::administration::make_key;
use crate::support::actors::Installation;
use crate::support::database::on_postgres;
use crate::support::{Answer, ClientPassword, Http, Person, TestApp};

/// Bytes by which a form is looked up before it is compared.
const HEAD: usize = 8;
/// Longer than the replay of a secret may be, in characters of a key.
const ONCE: &str = "canary-idempotency-key";

/// A secret that must not be found.
#[derive(Clone)]
struct Canary {
    what: &'static str,
    bytes: Vec<u8>,
}

/// Whether it has a form of its own, by which it is recognised wherever it is typed. An account password has none.
fn is_recognised(canary: &Canary) -> bool {
    const RECOGNISED: [&str; 8] = [
        "client password",
        "session",
        "service key",
        "setup token",
        "invitation",
        "set-up link",
        "recovery code",
        "TOTP seed",
    ];
    RECOGNISED.contains(&canary.what)
}

/// Base64 of these bytes where they begin after `skip` others: the characters that depend on nothing else.
fn base64_inside(engine: &impl base64::Engine, bytes: &[u8], skip: usize) -> Vec<u8> {
    let whole = engine.encode([vec![0; skip], bytes.to_vec()].concat());
    whole.as_bytes()[(8 * skip).div_ceil(6)..8 * (skip + bytes.len()) / 6].to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// How these bytes may have been written.
fn encodings(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("raw", bytes.to_vec()),
        ("upper case", bytes.to_ascii_uppercase()),
        ("hex", hex(bytes).into_bytes()),
        ("upper hex", hex(bytes).to_uppercase().into_bytes()),
    ];
    for skip in 0..3 {
        forms.push(("base64", base64_inside(&STANDARD_NO_PAD, bytes, skip)));
        forms.push(("URL-safe base64", base64_inside(&URL_SAFE_NO_PAD, bytes, skip)));
    }
    forms
}

/// Every form of every canary, to be looked for in one pass.
struct Search {
    forms: Vec<(String, Vec<u8>)>,
    heads: HashMap<[u8; HEAD], Vec<usize>>,
    /// Whether a form begins with these two bytes: most of what is looked at does not.
    begins: Vec<bool>,
}

impl Search {
    fn new(canaries: &[Canary]) -> Self {
        let mut search = Self { forms: Vec::new(), heads: HashMap::new(), begins: vec![false; 65_536] };
        for canary in canaries {
            let bare: Vec<u8> = canary.bytes.iter().copied().filter(|byte| *byte != b'-').collect();
            for (form, bytes) in encodings(&canary.bytes) {
                search.add(format!("{}, {form}", canary.what), bytes);
            }
            if bare != canary.bytes {
                for (form, bytes) in encodings(&bare) {
                    search.add(format!("{} without hyphens, {form}", canary.what), bytes);
                }
            }
        }
        search
    }

    fn add(&mut self, what: String, bytes: Vec<u8>) {
        let head: [u8; HEAD] = bytes[..HEAD].try_into().unwrap();
        self.begins[usize::from(u16::from_be_bytes([head[0], head[1]]))] = true;
        self.heads.entry(head).or_default().push(self.forms.len());
        self.forms.push((what, bytes));
    }

    /// What is found in these bytes.
    fn found(&self, bytes: &[u8]) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, head) in bytes.windows(HEAD).enumerate() {
            if !self.begins[usize::from(u16::from_be_bytes([head[0], head[1]]))] {
                continue;
            }
            let forms = self.heads.get(head).into_iter().flatten().map(|form| &self.forms[*form]);
            found.extend(
                forms.filter(|(_, form)| bytes[at..].starts_with(form)).map(|(what, _)| what.as_str()),
            );
        }
        found
    }

    #[track_caller]
    fn expect_none(&self, place: &str, bytes: &[u8], least: usize) {
        assert!(bytes.len() >= least, "{place}: only {} bytes were looked at", bytes.len());
        let found = self.found(bytes);
        assert!(found.is_empty(), "in {place}: {found:?}");
    }

    /// Every file of the data directory.
    #[track_caller]
    fn expect_none_on_disk(&self, when: &str, folder: &Path) {
        let mut read = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // The control socket cannot be read, and a log of the database goes with its last connection.
            let bytes = fs::read(&path).unwrap_or_default();
            read += bytes.len();
            self.expect_none(&format!("{} {when}", path.display()), &bytes, 0);
        }
        let least = if on_postgres() { 100 } else { 100_000 };
        assert!(read > least, "only {read} bytes on disk were looked at");
    }

    /// Every row of the PostgreSQL database, where there is one.
    #[track_caller]
    fn expect_none_in_database(&self, when: &str, app: &TestApp) {
        if let Some(url) = app.config().storage.database_url {
            let rows = dump(&url.0);
            assert!(rows.contains("client_passwords") && rows.contains("audit_events"));
            self.expect_none(&format!("the database {when}"), rows.as_bytes(), 100);
        }
    }
}

/// Every row of every table as text, binary columns in hex; on a thread of its own.
fn dump(url: &str) -> String {
    let work = |runtime: tokio::runtime::Runtime| {
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let tables =
                "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename";
            let mut text = String::new();
            for table in client.query(tables, &[]).await.unwrap() {
                let table: &str = table.get(0);
                text.extend([table, "\n"]);
                for row in client.query(&format!("SELECT t::text FROM {table} t"), &[]).await.unwrap() {
                    text.extend([table, " ", row.get::<_, &str>(0), "\n"]);
                }
            }
            text
        })
    };
    std::thread::scope(|scope| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        scope.spawn(|| work(runtime)).join().unwrap()
    })
}

/// What the story leaves behind.
struct Told {
    app: TestApp,
    home: Installation,
    alice: Person,
    /// A client password that is live.
    live: String,
    canaries: Vec<Canary>,
}

impl Told {
    fn keep(&mut self, what: &'static str, text: &str) {
        self.canaries.push(Canary { what, bytes: text.into() });
    }

    fn keep_seed(&mut self, base32: &str) {
        self.keep("TOTP seed", base32);
        let bytes = Secret::try_from_base32(base32).unwrap().as_bytes().to_vec();
        self.canaries.push(Canary { what: "TOTP seed in bytes", bytes });
    }

    fn keep_password(&mut self, one: &ClientPassword) {
        self.keep("client password", &one.secret);
    }
}

/// Makes every kind of secret, some twice, and uses and ends them.
fn story() -> Told {
    let app = TestApp::start_with(set_up::with_mail());
    let token = app.setup_token.clone().unwrap();
    let before = Search::new(&[Canary { what: "setup token", bytes: token.clone().into() }]);
    before.expect_none_on_disk("before the setup", app.data_dir());
    before.expect_none_in_database("before the setup", &app);
    let home = app.http().set_up(&token);
    let alice = home.member("canary-alice").secured(app.time.wall());
    let mut told = Told { app, home, alice, live: String::new(), canaries: Vec::new() };
    told.keep("setup token", &token);
    passwords(&mut told);
    client_passwords(&mut told);
    set_up_links(&mut told);
    keys(&mut told);
    invitations(&mut told);
    found_somewhere(&mut told);
    let (operator, mail_server) = (told.home.operator.clone(), told.home.mail_server.clone());
    let session = told.alice.http.clone();
    told.keep("service key", operator.token());
    told.keep("service key", mail_server.token());
    told.keep("session", session.token());
    told.keep_seed(&told.alice.seed.clone().unwrap());
    for code in told.alice.recovery_codes.clone() {
        told.keep("recovery code", &code);
    }
    told
}

/// Account passwords set, changed and used; a factor that was never confirmed; a recovery code that was used.
fn passwords(told: &mut Told) {
    let (old, new) = (told.alice.password.clone(), "canary: the other account password");
    let change = json!({"password": new, "current_password": old});
    told.alice.http.put(&told.alice.path("/password"), &change).expect(200);
    told.alice.password = new.into();
    let body = json!({"login": told.alice.login, "password": new, "code": told.alice.recovery_codes[0]});
    let session = told.app.http().post("/v1/sessions", &body).expect(201).text_of("token");
    let pending = told.alice.http.post(&told.alice.path("/second-factors"), &json!({"type": "totp"}));
    told.keep_seed(&pending.expect(201).text_of("secret"));
    let bob = told.home.member("canary-bob");
    // The last one could nearly be a mail address.
    let (set, again) = ("canary: what the operator has set", "c@nary.2026");
    for text in [set, again] {
        told.home.operator.put(&bob.path("/password"), &json!({"password": text})).expect(200);
        assert_eq!(told.home.mail_server.verdict(&bob.login, text), "accept");
    }
    for text in [&old, new, &bob.password, set, again] {
        told.keep("account password", text);
    }
    told.keep("session", &session);
}

/// Client passwords issued and rotated, with a replay of each; live ones, superseded ones and dead ones.
fn client_passwords(told: &mut Told) {
    let alice = told.alice.clone();
    let twice = |path: &str, body: &Value| {
        let ask = || alice.http.with("Idempotency-Key", ONCE).post(path, body).expect(201);
        let (first, again) = (ClientPassword::of(&ask()), ClientPassword::of(&ask()));
        assert_eq!(first.secret, again.secret);
        first
    };
    let phone = twice(&alice.path("/client-passwords"), &json!({"label": "Phone"}));
    let laptop = alice.issue("Laptop");
    let rotated = twice(&phone.path("/rotate"), &json!({}));
    for one in [&phone, &rotated, &laptop] {
        assert_eq!(told.home.mail_server.verdict_over(&alice.login, &one.secret, "smtp"), "accept");
    }
    alice.http.delete(&laptop.path("")).expect(204);
    assert_eq!(told.home.mail_server.verdict(&alice.login, &laptop.secret), "revoked");
    for one in [&phone, &rotated, &laptop] {
        told.keep_password(one);
    }
    told.keep("idempotency key", ONCE);
    told.live = rotated.secret;
}

/// Links to client passwords: one looked at, fetched, and fetched again, one whose database did not answer, one that is
/// open.
fn set_up_links(told: &mut Told) {
    let [fetched, open] = [(); 2].map(|()| set_up::make(&told.app, &told.alice));
    for expected in [200, 410] {
        told.app.http().get(fetched.link()).expect(expected);
        set_up::fetch(&told.app, fetched.link()).expect(expected);
    }
    told.app.http().get(open.link()).expect(200);
    told.app.faults.set_all(true);
    told.app.http().get(open.link()).expect(503);
    set_up::fetch(&told.app, open.link()).expect(503);
    told.app.faults.set_all(false);
    for one in [&fetched, &open] {
        told.keep("set-up link", one.token());
        told.keep("client password", &one.letters);
    }
}

/// Service keys made, with a replay, and ended.
fn keys(told: &mut Told) {
    let by = told.home.operator.with("Idempotency-Key", ONCE);
    let made =
        [make_key(&by, "auditor", None), make_key(&by, "auditor", None)].map(|answer| answer.expect(201));
    assert_eq!(made[0].text_of("key"), made[1].text_of("key"));
    let other = make_key(&told.home.operator, "mail_server", Some(&told.home.organization_id)).expect(201);
    told.home.operator.delete(&format!("/v1/service-keys/{}", other.text_of("id"))).expect(204);
    for answer in [&made[0], &other] {
        told.keep("service key", &answer.text_of("key"));
    }
}

/// Links made, with a replay, and one of them redeemed; new recovery codes, with a replay.
fn invitations(told: &mut Told) {
    let carol = told.home.external_member("canary-carol");
    let twice = |http: &Http, path: &str| {
        let ask = || http.with("Idempotency-Key", ONCE).send("POST", path, None).expect(201);
        let (first, again) = (ask(), ask());
        assert_eq!(first.text, again.text);
        first
    };
    let token = |made: &Answer| made.text_of("link").split_once('#').unwrap().1.to_owned();
    let path = carol.path("/invitations");
    let used = token(&twice(&told.home.operator, &path));
    let chosen = "canary: what Carol has chosen";
    let body = json!({"token": used, "password": chosen});
    told.app.http().post("/v1/invitations/redeem", &body).expect(200);
    let open = token(&told.home.operator.send("POST", &path, None).expect(201));
    told.keep("account password", chosen);
    for text in [used, open] {
        told.keep("invitation", &text);
    }
    let renewed = twice(&told.alice.http, &told.alice.path("/recovery-codes"));
    for code in renewed.body["recovery_codes"].as_array().unwrap() {
        told.keep("recovery code", code.as_str().unwrap());
    }
}

/// Secrets that somebody found, reported in each way; once while the database does not answer.
fn found_somewhere(told: &mut Told) {
    let (phone, tablet) = (told.alice.issue("Found"), told.alice.issue("Found as well"));
    let key = make_key(&told.home.operator, "auditor", None).expect(201).text_of("key");
    let body = json!({"secrets": [phone.secret, phone.secret.replace('-', "").to_uppercase(), key]});
    told.app.faults.set_all(true);
    told.home.operator.post("/v1/leaks", &body).expect(503);
    told.app.faults.set_all(false);
    told.home.operator.post("/v1/leaks", &body).expect(202);
    told.app.order(&json!({"order": "report_leaks", "secrets": [tablet.secret]})).unwrap();
    for one in [&phone, &tablet] {
        assert_eq!(told.home.mail_server.verdict(&told.alice.login, &one.secret), "revoked");
        told.keep_password(one);
    }
    told.keep("service key", &key);
}

/// Every mistake that can be made with a secret, and that it meets a database which does not answer.
struct Mistakes<'a> {
    told: &'a Told,
    /// The secret.
    text: String,
    /// The same as part of an address.
    escaped: String,
    /// Where the mail client of these mistakes is: a network is slowed down after a hundred.
    ip: String,
}

impl Mistakes<'_> {
    fn check(&self, login: &str, password: &str) -> Value {
        json!({"login": login, "password": password, "protocol": "imap", "client_ip": self.ip, "client": self.text})
    }

    /// What is asked for with the secret in the wrong place; the answers.
    fn all(&self) -> Vec<Answer> {
        let mut answers = self.asking();
        answers.extend(self.malformed());
        answers.extend(self.addressing());
        self.told.app.faults.set_all(true);
        answers.extend(self.asking());
        answers.extend(self.addressing());
        self.told.app.faults.set_all(false);
        answers
    }

    fn asking(&self) -> Vec<Answer> {
        let (text, alice, nobody) = (self.text.as_str(), &self.told.alice, self.told.app.http());
        let server = &self.told.home.mail_server;
        let wrong = json!({"password": "a new password", "current_password": text});
        let setup = json!({
            "token": text, "organization": "x", "domain": "example.test", "owner": "x@example.test",
            "password": "a password",
        });
        vec![
            server.post("/v1/verify", &self.check(&alice.login, &format!("{text}x"))),
            server.post("/v1/verify", &self.check("nobody@example.org", text)),
            server.post("/v1/verify", &json!({"login": "x", "password": "x", "protocol": text})),
            server.post(
                "/v1/verify",
                &json!({"login": "x", "password": "x", "protocol": "imap", "client_ip": text}),
            ),
            nobody.post("/v1/sessions", &json!({"login": text, "password": text})),
            nobody.post("/v1/sessions", &json!({"login": alice.login, "password": format!("{text}x")})),
            nobody.post("/v1/setup", &setup),
            nobody.post("/v1/invitations/redeem", &json!({"token": text, "password": "short"})),
            nobody.post("/v1/invitations/redeem", &json!({"token": "cpi_nonsense", "password": text})),
            alice.http.put(&alice.path("/password"), &wrong),
            alice.http.post("/v1/leaks", &json!({"secrets": [format!("{text}x")]})),
            alice.http.post("/v1/leaks", &json!({"secrets": [text.repeat(20)]})),
            nobody.bearing(&format!("{text}x")).get("/v1/me"),
            nobody.with("Authorization", &format!("Basic {}", STANDARD_NO_PAD.encode(text))).get("/v1/me"),
        ]
    }

    fn malformed(&self) -> Vec<Answer> {
        let (text, alice) = (self.text.as_str(), &self.told.alice);
        let passwords = alice.path("/client-passwords");
        let doors: [(&Http, &str); 4] = [
            (&alice.http, "/v1/leaks"),
            (&self.told.home.mail_server, "/v1/verify"),
            (&self.told.home.owner.http, "/v1/sessions"),
            (&alice.http, &passwords),
        ];
        let bodies = [
            format!("{{\"login\": \"x\", \"password\": \"{text}"),
            format!("{{\"label\": {text}}}"),
            format!("\"{text}\""),
            json!({"login": [text], "password": {"password": text}, "label": [text]}).to_string(),
            text.to_owned(),
        ];
        let mut answers = Vec::new();
        for (http, path) in doors {
            for body in &bodies {
                let json = ("application/json", body.as_bytes());
                answers.push(http.send_raw("POST", path, Some(json)).expect(400));
            }
            let form = format!("login=x&password={}", self.escaped);
            let form = ("application/x-www-form-urlencoded", form.as_bytes());
            answers.push(http.send_raw("POST", path, Some(form)).expect(415));
            // The answer names the field, to whoever has sent it.
            http.post(path, &json!({"login": "x", "password": "x", "label": "x", text: text})).expect(400);
        }
        answers
    }

    fn addressing(&self) -> Vec<Answer> {
        let (alice, escaped) = (&self.told.alice, &self.escaped);
        let keyed = alice.http.with("Idempotency-Key", &self.text).with("If-Match", &self.text);
        vec![
            alice.http.get(&format!("/v1/me?token={escaped}")),
            alice.http.get(&alice.path(&format!("/client-passwords?cursor={escaped}"))),
            alice.http.get(&alice.path(&format!("/client-passwords?state={escaped}"))),
            alice.http.get(&format!("/v1/client-passwords/{escaped}")),
            alice.http.get(&format!("/v1/{escaped}")),
            keyed.post(&alice.path("/client-passwords"), &json!({"label": ""})),
            keyed.send("PATCH", &alice.path(""), Some(&json!({"display_name": ""}))),
        ]
    }
}

/// Makes every mistake with every secret that can be typed; what was answered.
fn mistakes(told: &Told) -> Vec<u8> {
    let mut answered = Vec::new();
    for (number, canary) in told.canaries.iter().enumerate() {
        let Ok(text) = String::from_utf8(canary.bytes.clone()) else { continue };
        let escaped = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let mistakes = Mistakes { told, text, escaped, ip: format!("198.51.{number}.7") };
        for answer in mistakes.all() {
            answered.extend(format!("{:?}\n{}\n", answer.headers, answer.text).into_bytes());
        }
        let check =
            |body: &Value| told.home.mail_server.post("/v1/verify", body).expect(200).text.into_bytes();
        answered.extend(check(&mistakes.check(&mistakes.text, &mistakes.text)));
        if is_recognised(canary) {
            answered.extend(check(&mistakes.check(&format!("{}@example.org", mistakes.text), "x")));
            answered.extend(check(&mistakes.check(&told.alice.login, &told.live)));
            for label in [mistakes.text.clone(), format!("Phone, {}", mistakes.text)] {
                let refused =
                    told.alice.http.post(&told.alice.path("/client-passwords"), &json!({"label": label}));
                answered.extend(refused.expect_field("label", "not_allowed").text.into_bytes());
            }
        }
    }
    answered
}

/// Everything that anybody may read through the API.
fn shown(told: &Told) -> String {
    let organization = ["/audit-events", "/members", "/client-passwords"].map(|below| told.home.path(below));
    let mine = ["", "/client-passwords", "/second-factors"].map(|below| told.alice.path(below));
    let rest = ["/v1/service-keys", "/v1/me"].map(str::to_owned);
    let mut text = String::new();
    for path in organization.iter().chain(&mine).chain(&rest) {
        let mut page = told.home.operator.get(&format!("{path}{}", limit(path))).expect(200);
        text.push_str(&page.text);
        while let Some(next) = page.body["next_cursor"].as_str() {
            page = told.home.operator.get(&format!("{path}?limit=200&cursor={next}")).expect(200);
            text.push_str(&page.text);
        }
    }
    let events = told.home.operator.with("Accept", "application/x-ndjson").get(&organization[0]).expect(200);
    text + &events.text
}

fn limit(path: &str) -> &'static str {
    let list = ["events", "members", "passwords", "keys"].iter().any(|list| path.ends_with(list));
    if list { "?limit=200" } else { "" }
}

#[test]
fn no_secret_is_anywhere_but_in_the_answer_that_showed_it() {
    let begun = logs::text().len();
    let mut told = story();
    let search = Search::new(&told.canaries);
    let answered = mistakes(&told);
    search.expect_none("the answers to mistakes", &answered, 100_000);
    search.expect_none("what the API shows", shown(&told).as_bytes(), 5_000);
    let metrics = told.app.metrics();
    search.expect_none("the metrics", metrics.as_bytes(), 1_000);
    search.expect_none_on_disk("while it runs", told.app.data_dir());
    search.expect_none_in_database("while it runs", &told.app);
    if !on_postgres() {
        let file = told.app.data_dir().join("backup.sqlite");
        told.app.order(&json!({"order": "back_up", "file": file})).unwrap();
        search.expect_none("the backup", &fs::read(&file).unwrap(), 100_000);
    }
    told.app.stop();
    search.expect_none_on_disk("after it stopped", told.app.data_dir());
    search.expect_none_in_database("after it stopped", &told.app);
    let log = logs::text();
    assert!(log[begun..].contains(&told.alice.id) && log[begun..].contains("\"TRACE\""));
    search.expect_none("the log", &log.as_bytes()[begun..], 100_000);
}

/// The search finds what there is to find, wherever it begins.
#[test]
fn every_form_of_a_canary_is_found_where_it_is() {
    let grouped = Canary { what: "grouped", bytes: b"abcde-fghij-klmno-pqrst-uvwxy-zabcd".to_vec() };
    let binary = Canary { what: "binary", bytes: (0xe0..=0xf3).collect() };
    let search = Search::new(&[grouped.clone(), binary.clone()]);
    let noise: Vec<u8> = (0..5_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    assert!(search.found(&noise).is_empty());
    let around = |inside: &[u8]| [&noise[..777], inside, &noise[777..]].concat();
    for (form, bytes) in &search.forms {
        assert!(search.found(&around(bytes)).contains(&form.as_str()), "{form}");
    }
    let bare: Vec<u8> = grouped.bytes.iter().copied().filter(|byte| *byte != b'-').collect();
    for secret in [&grouped.bytes, &bare, &binary.bytes] {
        for before in 0..6 {
            let text = [&noise[..before], secret, &noise[..5]].concat();
            for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text), hex(&text)] {
                assert!(!search.found(&around(encoded.as_bytes())).is_empty(), "{before} bytes before");
            }
        }
        // Without its last letter it is another.
        assert!(search.found(&around(&secret[..secret.len() - 1])).is_empty());
    }
}
