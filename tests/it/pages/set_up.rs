//! Set-up links: a page that may be looked at as often as somebody likes, and the profile behind its button, fetched once.

use std::time::Duration;

use clientpass::config::Config;
use clientpass::domain::secret::Secret;
use clientpass::service::client_setup_links::Fetched;
use clientpass::service::expiry::Expiry;
use der::{Any, Decode as _, Encode as _};
use rusqlite::Connection;
use serde_json::json;

use crate::rest::administration::{each, one_record, recorded, secured};
use crate::rest::raw;
use crate::support::actors::Installation;
use crate::support::database::on_postgres;
use crate::support::{Answer, Http, Options, Person, TestApp, time};

const FORM: &str = "application/x-www-form-urlencoded";
const PROFILE: &str = "application/x-apple-aspen-config";
const FIVE_MINUTES: Duration = Duration::from_secs(300);
const MAIL: &str = "
    [mail]
    imap = \"imap.example.org\"
    smtp = \"smtp.example.org:587\"
    caldav = \"https://dav.example.org/\"
    name = \"Example Mail\"
";

/// A configuration in which mail servers are named.
pub fn with_mail() -> Options {
    let mut options = Options::default();
    options.config.mail = toml::from_str::<Config>(MAIL).unwrap().mail;
    options
}

/// The browser of whoever has no session, such as the one of a phone.
fn phone(app: &TestApp) -> Http {
    app.http().with("Sec-Fetch-Site", "same-origin")
}

/// The browser in which a person has signed in.
fn browser(app: &TestApp, person: &Person) -> Http {
    phone(app).with("Cookie", &format!("session={}", person.http.token()))
}

fn post(http: &Http, path: &str, form: &str) -> Answer {
    http.send_raw("POST", path, Some((FORM, form.as_bytes())))
}

/// A client password as the page shows it that has made it.
pub struct Made {
    /// Its id, by which REST knows it.
    pub id: String,
    /// Its letters, without hyphens.
    pub letters: String,
    /// The path of the link, if there is one.
    pub link: Option<String>,
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

impl Made {
    #[track_caller]
    fn of(page: &Answer) -> Self {
        assert_eq!(page.status, 201, "{}", page.text);
        let link = page.text.split_once("/set-up/");
        Self {
            id: between(&page.text, "data-gone=\"/passwords/", "\"").unwrap().to_owned(),
            letters: between(&page.text, "data-secret data-copy=\"", "\"").unwrap().to_owned(),
            link: link.map(|(_, rest)| format!("/set-up/{}", rest.split('"').next().unwrap())),
        }
    }

    /// The path of the link.
    pub fn link(&self) -> &str {
        self.link.as_deref().expect("there is no link")
    }

    /// The token of the link.
    pub fn token(&self) -> &str {
        self.link().strip_prefix("/set-up/").unwrap()
    }
}

/// Makes a client password for a client of this kind on the page for it, with these protocols.
#[track_caller]
fn make_for(app: &TestApp, person: &Person, kind: &str, protocols: &[&str]) -> Made {
    let ticked =
        protocols.iter().map(|protocol| format!("&protocols={protocol}")).collect::<Vec<_>>().concat();
    let form = format!("kind={kind}&label=My+{kind}&ends=never{ticked}");
    Made::of(&post(&browser(app, person), "/passwords/new", &form))
}

/// Makes one for a phone.
#[track_caller]
pub fn make(app: &TestApp, person: &Person) -> Made {
    make_for(app, person, "phone", &["imap", "smtp", "caldav"])
}

/// Presses the button of the page behind a link.
pub fn fetch(app: &TestApp, link: &str) -> Answer {
    post(&phone(app), link, "")
}

/// An organization with mail servers, and Alice with a link.
struct Scene {
    app: TestApp,
    home: Installation,
    alice: Person,
    made: Made,
}

impl Scene {
    fn set() -> Self {
        let (app, home) = TestApp::installed_with(with_mail());
        let alice = secured(&app, &home, "alice");
        let made = make(&app, &alice);
        Self { app, home, alice, made }
    }

    fn fetch(&self) -> Answer {
        fetch(&self.app, self.made.link())
    }

    /// Fetches the link; something happens between the look for it and the write. Not in a thread of the server, which
    /// has to answer whoever does that.
    fn fetch_while(&self, happens: impl FnOnce() + Send + 'static) -> Option<Fetched> {
        *self.app.faults.meanwhile.lock().unwrap() = Some(("client_setup_links/find", Box::new(happens)));
        let (services, token) = (self.app.services(), Secret::new(self.made.token().to_owned()));
        let fetched = actix_web::rt::System::new().block_on(async {
            let id = services.ids.next().unwrap();
            services.client_setup_links.fetch(&token, id).await
        });
        assert!(self.app.faults.meanwhile.lock().unwrap().is_none(), "it was not looked up");
        fetched.unwrap()
    }
}

#[track_caller]
fn expect_over(answer: &Answer) {
    assert_eq!(answer.status, 410, "{}", answer.text);
    assert!(answer.text.contains("This link is over"), "{}", answer.text);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// The client password in a profile.
#[track_caller]
fn password(profile: &str) -> &str {
    let incoming = between(profile, "<key>IncomingPassword</key><string>", "<").unwrap();
    assert_eq!(between(profile, "<key>OutgoingPassword</key><string>", "<"), Some(incoming));
    incoming
}

#[test]
fn a_phone_gets_a_profile_that_opens_mail_once() {
    let Scene { app, home, alice, made } = &Scene::set();
    let page = phone(app).get(made.link()).expect(200);
    for said in ["Mail for alice@example.org on this device", "My phone", "Not Signed", "08:05 UTC"] {
        assert!(page.text.contains(said), "{said}\n{}", page.text);
    }
    assert!(!page.text.contains(&made.letters[..10]) && !page.text.contains(&made.letters[..5]));
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let profile = fetch(app, made.link()).expect(200);
    assert_eq!(profile.header("content-type"), Some(PROFILE));
    assert_eq!(profile.header("content-disposition"), Some("attachment; filename=\"mail.mobileconfig\""));
    assert_eq!(profile.header("cache-control"), Some("no-store"));
    for said in ["imap.example.org", "smtp.example.org", "<string>dav.example.org</string>", "Example Mail"] {
        assert!(profile.text.contains(said), "{said}\n{}", profile.text);
    }
    assert_eq!(password(&profile.text).replace('-', ""), made.letters);
    assert_eq!(home.mail_server.verdict(&alice.login, password(&profile.text)), "accept");

    expect_over(&fetch(app, made.link()));
    expect_over(&phone(app).get(made.link()));
}

#[test]
fn to_look_at_it_does_not_use_it_up() {
    let scene = Scene::set();
    let (app, link) = (&scene.app, scene.made.link());
    for _ in 0..3 {
        phone(app).get(link).expect(200);
        let head = phone(app).send_raw("HEAD", link, None).expect(200);
        assert_eq!(head.text, "");
    }
    // Nor does a page of somebody else that sends the form, or a program that is no browser.
    for foreign in [app.http().with("Sec-Fetch-Site", "cross-site"), app.http()] {
        post(&foreign, link, "").expect(403);
    }
    assert_eq!(scene.fetch().status, 200);
}

#[test]
fn it_is_good_for_less_than_five_minutes() {
    let scene = Scene::set();
    scene.app.advance(FIVE_MINUTES.checked_sub(Duration::from_micros(1)).unwrap());
    phone(&scene.app).get(scene.made.link()).expect(200);
    scene.app.advance(Duration::from_micros(1));
    expect_over(&phone(&scene.app).get(scene.made.link()));
    expect_over(&scene.fetch());

    let scene = Scene::set();
    let time = scene.app.time.clone();
    assert!(scene.fetch_while(move || time.advance(FIVE_MINUTES)).is_none());
    let scene = Scene::set();
    let fetched = scene.fetch_while(|| {}).unwrap();
    assert_eq!(fetched.secret.expose().replace('-', ""), scene.made.letters);
}

#[test]
fn what_is_no_link_of_ours_is_over() {
    let scene = Scene::set();
    let other = format!("/set-up/{}", scene.app.setup_token.as_ref().unwrap());
    let broken = format!("{}x", scene.made.link());
    for link in ["/set-up/x", "/set-up/cpl_000000000000000000000000000000000000", &other, &broken] {
        expect_over(&phone(&scene.app).get(link));
        expect_over(&fetch(&scene.app, link));
    }
    phone(&scene.app).get("/set-up/").expect(404);
    // It opens nothing else.
    scene.app.http().bearing(scene.made.token()).get("/v1/me").expect_problem(401, "unauthenticated");
}

type Act = fn(&Installation, &Person, &str);

fn suspend(home: &Installation, alice: &Person) {
    home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
}

const ENDS: [(&str, Act); 9] = [
    ("revoked", |_, alice, path| drop(alice.http.delete(path).expect(204))),
    ("all revoked", |home, alice, _| {
        home.operator.delete(&alice.path("/client-passwords")).expect(200);
    }),
    ("secure login off", |_, alice, _| drop(alice.secure_login(false))),
    ("secure login off for a moment", |_, alice, _| {
        alice.secure_login(false);
        alice.secure_login(true);
    }),
    ("another account password", |home, alice, _| {
        home.operator.put(&alice.path("/password"), &json!({"password": "set by a key"})).expect(200);
    }),
    ("suspended", |home, alice, _| suspend(home, alice)),
    ("suspended and re-activated", |home, alice, _| {
        suspend(home, alice);
        home.operator.patch(&alice.path(""), &json!({"state": "active"})).expect(200);
    }),
    ("left", |home, alice, _| drop(home.operator.delete(&alice.path("")).expect(204))),
    ("dissolved", |home, _, _| drop(home.operator.delete(&home.path("")).expect(204))),
];

/// What somebody does, with all that it takes.
fn doing(scene: &Scene, act: Act) -> impl FnOnce() + Send + 'static {
    let Installation { organization_id, operator, mail_server, owner } = &scene.home;
    let home = Installation {
        organization_id: organization_id.clone(),
        operator: operator.clone(),
        mail_server: mail_server.clone(),
        owner: owner.clone(),
    };
    let (alice, path) = (scene.alice.clone(), format!("/v1/client-passwords/{}", scene.made.id));
    move || act(&home, &alice, &path)
}

#[test]
fn it_is_over_with_what_ends_the_client_password() {
    for (name, act) in ENDS {
        let scene = Scene::set();
        doing(&scene, act)();
        let (page, fetched) = (phone(&scene.app).get(scene.made.link()), scene.fetch());
        assert_eq!((page.status, fetched.status), (410, 410), "{name}");
    }
}

/// It was good when it was looked up; the write decides.
#[test]
fn and_so_it_is_while_it_is_fetched() {
    for (name, act) in ENDS {
        let scene = Scene::set();
        assert!(scene.fetch_while(doing(&scene, act)).is_none(), "{name}");
    }
}

#[test]
fn of_many_who_fetch_it_at_the_same_moment_one_does() {
    let Scene { app, home, made, .. } = &Scene::set();
    let fetching = || {
        let racers: Vec<_> = (0..4)
            .map(|_| {
                let (http, link) = (phone(app), made.link().to_owned());
                std::thread::spawn(move || post(&http, &link, "").status)
            })
            .collect();
        let mut statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        statuses.sort_unstable();
        statuses
    };
    let (events, statuses) = recorded(home, fetching);
    assert_eq!(statuses, [200, 410, 410, 410]);
    assert_eq!(each(&events, "action"), ["setup_link.fetched"]);
}

#[test]
fn both_are_recorded_as_done_by_the_member() {
    let (app, home) = TestApp::installed_with(with_mail());
    let alice = secured(&app, &home, "alice");
    let (events, made) = recorded(&home, || make(&app, &alice));
    assert_eq!(each(&events, "action"), ["client_password.issued", "setup_link.created"]);
    let fetched = one_record(&home, || drop(fetch(&app, made.link()).expect(200)));
    assert_eq!(fetched["action"], "setup_link.fetched");

    for event in [&events[1], &fetched] {
        assert_eq!(event["actor"], json!({"kind": "member", "id": alice.id}));
        assert_eq!(event["targets"], json!([{"kind": "client_password", "id": made.id}]));
        assert_eq!((&event["member_id"], &event["details"]), (&json!(alice.id), &json!({})));
    }
    assert_eq!(fetched["targets"], events[0]["targets"]);
}

/// The client password is made, and must be shown.
#[test]
fn where_no_link_can_be_made_the_secret_is_shown_all_the_same() {
    let (app, home) = TestApp::installed_with(with_mail());
    let alice = secured(&app, &home, "alice");
    *app.faults.statement.lock().unwrap() = Some("client_setup_links/put");
    let made = make(&app, &alice);
    assert_eq!(made.link, None);
    assert_eq!(home.mail_server.verdict(&alice.login, &made.letters), "accept");
}

#[test]
fn a_link_that_cannot_be_written_off_brings_nothing_and_stays_good() {
    let scene = Scene::set();
    *scene.app.faults.statement.lock().unwrap() = Some("client_setup_links/take");
    let answer = scene.fetch();
    assert!(answer.status == 503 && !answer.text.contains("IncomingPassword"), "{}", answer.text);
    *scene.app.faults.statement.lock().unwrap() = None;
    assert_eq!(scene.fetch().status, 200);
}

#[test]
fn a_page_that_is_sent_again_shows_the_same_link() {
    let (app, home) = TestApp::installed_with(with_mail());
    let alice = secured(&app, &home, "alice");
    let form = "kind=computer&label=Mac&ends=never&protocols=imap&protocols=smtp&once=0123456789abcdef0123456789abcdef";
    let send = || Made::of(&post(&browser(&app, &alice), "/passwords/new", form));
    let (first, again) = (send(), send());
    assert_eq!((first.link(), &first.letters), (again.link(), &again.letters));
    fetch(&app, first.link()).expect(200);
    expect_over(&fetch(&app, send().link()));
}

#[test]
fn there_is_a_link_only_where_it_would_set_mail_up() {
    let (app, home) = TestApp::installed_with(with_mail());
    let alice = secured(&app, &home, "alice");
    let both = ["imap", "smtp"];
    for (kind, protocols, link) in [
        ("phone", &both[..], true),
        ("computer", &both, true),
        ("printer", &both, false),
        ("calendar", &["caldav"], false),
        ("other", &both, false),
        ("phone", &["imap"], false),
        ("phone", &["smtp", "caldav"], false),
        // No server is named for it.
        ("phone", &["pop3", "smtp"], false),
    ] {
        let made = make_for(&app, &alice, kind, protocols);
        assert_eq!(made.link.is_some(), link, "{kind} {protocols:?}");
    }

    let only_mail = make_for(&app, &alice, "phone", &both);
    assert!(!fetch(&app, only_mail.link()).expect(200).text.contains("caldav"));

    let (app, home) = TestApp::installed();
    let made = make(&app, &secured(&app, &home, "alice"));
    assert_eq!(made.link, None);
}

#[test]
fn what_came_by_rotating_replaces_the_profile_of_before() {
    let Scene { app, home, alice, made } = &Scene::set();
    let identifier = |profile: &Answer| {
        between(&profile.text, "<key>PayloadIdentifier</key><string>", "<").unwrap().to_owned()
    };
    let uuid =
        |profile: &Answer| between(&profile.text, "<key>PayloadUUID</key><string>", "<").unwrap().to_owned();
    let first = fetch(app, made.link()).expect(200);

    let path = format!("/passwords/{}/rotate", made.id);
    let new = Made::of(&post(&browser(app, alice), &path, "overlap=0"));
    let second = fetch(app, new.link()).expect(200);
    assert_eq!(identifier(&first), format!("clientpass.{}.{}", alice.id, made.id));
    assert_eq!(identifier(&first), identifier(&second));
    assert_ne!(uuid(&first), uuid(&second));
    assert_eq!(home.mail_server.verdict(&alice.login, password(&second.text)), "accept");
    assert_eq!(home.mail_server.verdict(&alice.login, password(&first.text)), "superseded");
}

#[test]
fn what_lies_in_the_database_is_sealed_and_is_deleted_in_time() {
    if on_postgres() {
        return;
    }
    let scene = Scene::set();
    let count = || scene.app.number("SELECT count(*) FROM client_setup_links");
    let file = scene.app.data_dir().join("clientpass.sqlite");
    let sealed: Vec<u8> = Connection::open(file)
        .unwrap()
        .query_row("SELECT CAST(sealed || verifier AS BLOB) FROM client_setup_links", [], |row| row.get(0))
        .unwrap();
    let holds = |text: &str| sealed.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(sealed.len() > 80 && !holds(&scene.made.letters[..5]) && !holds("cpl_"));

    let sweep =
        || scene.app.sweep(async |expiry: &Expiry, lease| expiry.sweep_client_setup_links(lease).await);
    scene.app.advance(FIVE_MINUTES.checked_sub(Duration::from_micros(1)).unwrap());
    sweep();
    assert_eq!(count(), 1);
    scene.app.advance(Duration::from_micros(1));
    sweep();
    assert_eq!(count(), 0);

    // Whoever fetches it leaves nothing behind, and a job looks every minute.
    let mut alice = scene.alice.clone();
    alice.sign_in_with_code(scene.app.time.wall());
    fetch(&scene.app, make(&scene.app, &alice).link()).expect(200);
    assert_eq!(count(), 0);
    make(&scene.app, &alice);
    assert_eq!(count(), 1);
    time::until("the job", || {
        scene.app.advance(Duration::from_secs(60));
        count() == 0
    });
}

fn profile_certificate(options: &mut Options, folder: &std::path::Path) -> Vec<u8> {
    use std::os::unix::fs::PermissionsExt as _;
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let parameters = rcgen::CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let (chain, private) = (folder.join("profile.pem"), folder.join("profile.key"));
    std::fs::write(&chain, certificate.pem()).unwrap();
    std::fs::write(&private, key.serialize_pem()).unwrap();
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o600)).unwrap();
    options.config.mail.profile_certificate = Some(chain);
    options.config.mail.profile_key = Some(private);
    certificate.der().to_vec()
}

/// That the signature verifies is for OpenSSL to say, in `tests/real/mail_setup.rs`.
#[test]
fn with_a_certificate_the_profile_is_signed_and_the_page_says_so() {
    let (folder, mut options) = (tempfile::tempdir().unwrap(), with_mail());
    let certificate = profile_certificate(&mut options, folder.path());
    let (app, home) = TestApp::installed_with(options);
    let made = make(&app, &secured(&app, &home, "alice"));
    let page = phone(&app).get(made.link()).expect(200);
    assert!(page.text.contains("The profile is signed") && !page.text.contains("Not Signed"));

    let request = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n",
        made.link()
    );
    let answer = raw::exchange_bytes(app.address, request.as_bytes());
    let head = answer.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
    let (head, body) = (String::from_utf8_lossy(&answer[..head]).to_lowercase(), &answer[head + 4..]);
    assert!(head.starts_with("http/1.1 200") && head.contains(PROFILE), "{head}");
    assert_eq!(Any::from_der(body).unwrap().to_der().unwrap(), body);
    let has = |part: &[u8]| body.windows(part.len()).any(|found| found == part);
    assert!(has(&certificate) && has(b"<key>IncomingPassword</key>"));
}

#[test]
fn the_pages_speak_chinese_as_well() {
    let scene = Scene::set();
    let chinese = phone(&scene.app).with("Accept-Language", "zh-CN");
    let page = chinese.get(scene.made.link()).expect(200);
    assert!(page.text.contains("描述文件") && !page.text.contains("[set-up"), "{}", page.text);
    scene.fetch().expect(200);
    assert!(chinese.get(scene.made.link()).expect(410).text.contains("此链接已失效"));
}
