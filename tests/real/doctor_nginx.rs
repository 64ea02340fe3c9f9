//! `clientpass doctor` on nginx: each way past the question is tried on a real nginx, whole and broken, and found in
//! what `nginx -T` prints of it.

use std::fs;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::doctor::{self, capture, doors};
use crate::support::actors::{ClientPassword, Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::nginx::{self, Nginx};
use crate::support::postfix::once;
use crate::support::{free_port, runnable};

/// Pages behind the question, which names clientpass in its headers only. The application says who it was told.
const SOUND: &str = "\
http {
    access_log off;
    client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
    proxy_cache_path DIR/cache keys_zone=pages:1m;
    server {
        listen 127.0.0.1:FRONT;
        location = /_ask {
            internal;
            proxy_pass http://127.0.0.1:DOOR/;
            proxy_pass_request_body off;
            proxy_set_header Content-Length \"\";
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Clientpass-Protocol webdav;
            proxy_set_header X-Clientpass-Key \"\";
            proxy_read_timeout 5s;
        }
        location /dav/ {
            auth_request /_ask;
            auth_request_set $login $upstream_http_x_clientpass_login;
            error_page 500 = @down;
            proxy_set_header X-Remote-User $login;
            proxy_set_header Authorization \"\";
            proxy_pass http://127.0.0.1:BEHIND;
            # inside
        }
        # beside
        location @down {
            return 503;
        }
    }
    server {
        listen 127.0.0.1:BEHIND;
        location / {
            return 200 \"hello $http_x_remote_user\";
        }
    }
}
";

/// A member with a client password for any use, one for the networks of an office, and one for calendars.
struct Scene {
    clientpass: Clientpass,
    at: Installation,
    alice: Person,
    phone: ClientPassword,
    office: ClientPassword,
    calendar: ClientPassword,
    door: u16,
}

impl Scene {
    /// Nothing where nginx is not installed.
    fn set() -> Option<Self> {
        if !runnable(nginx::missing()) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let door = free_port();
        clientpass.restart_with(&format!(
            "[verify]\nrefusal_floor_ms = 0\n[doors.forward_auth]\nlisten = \"127.0.0.1:{door}\"\n"
        ));
        let alice = at.member("alice").secured(Clientpass::now());
        let phone = alice.issue("phone");
        let office = alice.issue_with(&json!({"label": "office", "networks": ["192.0.2.0/24"]}));
        let calendar = alice.issue_with(&json!({"label": "calendar", "protocols": ["caldav"]}));
        Some(Self { clientpass, at, alice, phone, office, calendar, door })
    }

    /// nginx with lines of the configuration replaced.
    #[track_caller]
    fn nginx(&self, changes: &[(&str, &str)]) -> Front {
        let (port, behind) = (free_port(), free_port());
        let text = changes.iter().fold(SOUND.to_owned(), |text, (from, to)| once(&text, from, to));
        let text = text.replace("DOOR", &self.door.to_string());
        let text = text.replace("FRONT", &port.to_string()).replace("BEHIND", &behind.to_string());
        Front { nginx: Nginx::start(&text, &[], &[port, behind]), port }
    }

    /// What the doctor finds in what `nginx -T` prints: severities, codes, and the lines to change.
    fn found(&self, front: &Front) -> Vec<String> {
        let file = self.clientpass.beside("clientpass.toml").display().to_string();
        let printed = printed(&front.nginx.file("nginx.conf"), &front.nginx.file(""));
        let listen = self.clientpass.address().to_string();
        findings(&self.clientpass, &["--config", &file, "--listen", &listen, "--nginx", &printed])
    }
}

/// A running nginx, and where mail clients reach it.
struct Front {
    nginx: Nginx,
    port: u16,
}

impl Front {
    /// What a mail client hears.
    fn get(&self, path: &str, credentials: Option<(&str, &str)>, headers: &[(&str, &str)]) -> (u16, String) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent: ureq::Agent = config.into();
        let mut request = agent.get(format!("http://127.0.0.1:{}{path}", self.port));
        if let Some((login, password)) = credentials {
            let pair = BASE64_STANDARD.encode(format!("{login}:{password}"));
            request = request.header("Authorization", format!("Basic {pair}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = request.call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }
}

/// What `nginx -T` prints of a configuration, in a file beside it.
#[track_caller]
fn printed(configuration: &Path, folder: &Path) -> String {
    let [folder_name, file] = [folder, configuration].map(|path| path.to_str().unwrap());
    capture("nginx", &["-T", "-p", folder_name, "-c", file], &folder.join("printed"))
}

/// What the doctor finds of nginx, the exit code with it.
#[track_caller]
fn findings(clientpass: &Clientpass, options: &[&str]) -> Vec<String> {
    let ran = clientpass.run(&[&["doctor", "--json"], options].concat());
    let all = doctor::findings(&ran);
    let findings = all.iter().filter(|one| one["about"] == "nginx");
    let text = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
    let found: Vec<String> =
        findings.map(|one| format!("{} {}", text(one, "severity"), text(one, "code"))).collect();
    let errors = found.iter().any(|one| one.starts_with("error"));
    assert!(!errors || ran.code == Some(1), "{ran:?}");
    found
}

/// Whom nginx asks about nothing, or about what somebody else has said.
#[test]
fn a_client_that_says_where_it_is_or_what_it_speaks_is_let_in_and_that_is_found() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.alice.login.as_str();
    let sound = scene.nginx(&[]);
    assert_eq!(scene.found(&sound), [""; 0]);

    let from_office = [("X-Real-IP", "192.0.2.7")];
    let as_calendar = [("X-Clientpass-Protocol", "caldav")];
    let tried = |front: &Front, secret: &str, said: &[(&str, &str)]| {
        let (status, page) = front.get("/dav/page", Some((alice, secret)), said);
        assert!(status != 200 || page == "hello alice@example.org", "{page}");
        status
    };

    let address = "proxy_set_header X-Real-IP $remote_addr;";
    for (front, let_in) in [(&sound, 401), (&scene.nginx(&[(address, "")]), 200)] {
        assert_eq!(tried(front, &scene.office.secret, &[]), 401);
        assert_eq!(tried(front, &scene.office.secret, &from_office), let_in);
        let expected: &[&str] = if let_in == 200 { &["error nginx_spoofed_address"] } else { &[] };
        assert_eq!(scene.found(front), expected);
    }

    let protocol = "proxy_set_header X-Clientpass-Protocol webdav;";
    for (front, let_in) in [(&sound, 401), (&scene.nginx(&[(protocol, "")]), 200)] {
        assert_eq!(tried(front, &scene.calendar.secret, &[]), 401);
        assert_eq!(tried(front, &scene.calendar.secret, &as_calendar), let_in);
        let expected: &[&str] = if let_in == 200 { &["error nginx_spoofed_protocol"] } else { &[] };
        assert_eq!(scene.found(front), expected);
    }

    // What is set by a variable that the client fills is the same.
    let by_map = scene.nginx(&[(address, "set $where $http_x_real_ip; proxy_set_header X-Real-IP $where;")]);
    assert_eq!(tried(&by_map, &scene.office.secret, &from_office), 200);
    assert_eq!(scene.found(&by_map), ["error nginx_spoofed_address"]);
}

/// A way on which nobody is asked: what stands in the configuration, what is asked for, and what is found.
type Past = (&'static [(&'static str, &'static str)], &'static str, &'static str);

const PAST: [Past; 10] = [
    (&[("# inside", "satisfy any; allow all;")], "/dav/page", "error nginx_satisfy_any"),
    (
        &[("# inside", "location /dav/open/ { auth_request off; proxy_pass http://127.0.0.1:BEHIND; }")],
        "/dav/open/page",
        "warning nginx_open_within_guarded",
    ),
    (
        &[(
            "# inside",
            "location /dav/open/ { auth_request off; proxy_set_header A b; proxy_pass http://127.0.0.1:BEHIND; }",
        )],
        "/dav/open/page",
        "error nginx_way_past_clientpass",
    ),
    (
        &[("# beside", "location ~ \\.ics$ { proxy_pass http://127.0.0.1:BEHIND; }")],
        "/dav/page.ics",
        "error nginx_way_past_clientpass",
    ),
    (
        &[("# beside", "location /dav/up/ { client_max_body_size 1g; proxy_pass http://127.0.0.1:BEHIND; }")],
        "/dav/up/page",
        "error nginx_way_past_clientpass",
    ),
    (
        &[(
            "# beside",
            "location /tried/ { try_files $uri @tried; } location @tried { proxy_pass http://127.0.0.1:BEHIND; }",
        )],
        "/tried/page",
        "error nginx_way_past_clientpass",
    ),
    (
        &[
            ("error_page 500 = @down;", "error_page 500 = @down; error_page 401 = @app;"),
            ("# beside", "location @app { proxy_pass http://127.0.0.1:BEHIND; }"),
        ],
        "/dav/page",
        "error nginx_refusal_leads_past",
    ),
    (
        &[(
            "# beside",
            "location /r/ { auth_request /_ask; error_page 500 = @down; rewrite ^/r/(.*)$ /app/$1 last; }
             location /app/ { internal; proxy_set_header X-Remote-User boss; proxy_pass http://127.0.0.1:BEHIND; }",
        )],
        "/r/page",
        "error nginx_rewrite_leads_past",
    ),
    (&[("auth_request /_ask;", "auth_request /dav/_asked;")], "/dav/page", "error nginx_question_goes_to_pages"),
    (
        &[
            ("internal;", "internal; proxy_intercept_errors on; error_page 401 =200 /sorry;"),
            ("# beside", "location = /sorry { return 200; }"),
        ],
        "/dav/page",
        "error nginx_error_page_lets_in",
    ),
];

#[test]
fn whoever_has_no_password_comes_past_and_the_way_is_found() {
    let Some(scene) = Scene::set() else { return };
    let sound = scene.nginx(&[]);

    for (changes, path, expected) in PAST {
        let front = scene.nginx(changes);
        let (status, page) = front.get(path, None, &[]);
        assert!(status == 200 && page.starts_with("hello"), "{path}: {status} {page}: {changes:?}");
        let found = scene.found(&front);
        assert!(found.contains(&expected.to_owned()), "{found:?}: {changes:?}");
        // Where everything is as it should be it is no way.
        assert_ne!(sound.get(path, None, &[]).0, 200, "{path}");
    }
}

#[test]
fn a_question_that_anybody_may_ask_and_files_beside_the_guard_are_found() {
    let Some(scene) = Scene::set() else { return };
    let credentials = Some((scene.alice.login.as_str(), scene.phone.secret.as_str()));
    assert_eq!(scene.nginx(&[]).get("/_ask", credentials, &[]).0, 404);
    let open = scene.nginx(&[("internal;", "")]);
    assert_eq!(open.get("/_ask", credentials, &[]).0, 200);
    assert_eq!(scene.found(&open), ["warning nginx_question_not_internal"]);

    let files = ("# beside", "location /files/ { auth_request /_ask; error_page 500 = @down; root DIR/; }");
    let pictures = "location ~* \\.jpg$ { root DIR/; expires 30d; } location /files/";
    let guarded = scene.nginx(&[files]);
    let leaking = scene.nginx(&[files, ("location /files/", pictures)]);
    for (front, status, expected) in
        [(&guarded, 401, &[][..]), (&leaking, 200, &["error nginx_unguarded"][..])]
    {
        fs::create_dir(front.nginx.file("files")).unwrap();
        fs::write(front.nginx.file("files/a.jpg"), "a picture").unwrap();
        assert_eq!(front.get("/files/a.jpg", None, &[]).0, status);
        assert_eq!(scene.found(front), expected);
    }
}

#[test]
fn what_nginx_keeps_outlives_a_revocation_and_goes_to_others_and_is_found() {
    let Some(scene) = Scene::set() else { return };
    let alice = (scene.alice.login.as_str(), scene.phone.secret.as_str());
    let keeps = "proxy_cache pages; proxy_cache_valid any 1m; proxy_ignore_headers Cache-Control;";

    let pages = scene.nginx(&[("# inside", keeps)]);
    assert_eq!(pages.get("/dav/page", Some(alice), &[]), (200, "hello alice@example.org".into()));
    let bob = scene.at.member("bob").secured(Clientpass::now());
    let other = bob.issue("phone");
    let shown = pages.get("/dav/page", Some((&bob.login, &other.secret)), &[]);
    assert_eq!(shown, (200, "hello alice@example.org".into()), "bob is shown what alice has");
    assert_eq!(scene.found(&pages), ["error nginx_pages_cached"]);
    let apart = scene.nginx(&[("# inside", &format!("{keeps} proxy_cache_key $login$request_uri;"))]);
    assert_eq!(apart.get("/dav/page", Some(alice), &[]).1, "hello alice@example.org");
    assert_eq!(apart.get("/dav/page", Some((&bob.login, &other.secret)), &[]).1, "hello bob@example.org");
    assert_eq!(scene.found(&apart), [""; 0]);

    let verdicts = scene.nginx(&[("internal;", &format!("internal; {keeps}"))]);
    let sound = scene.nginx(&[]);
    for front in [&verdicts, &sound] {
        assert_eq!(front.get("/dav/page", Some(alice), &[]).0, 200);
    }
    scene.at.operator.delete(&scene.phone.path("")).expect(204);
    assert_eq!(sound.get("/dav/page", Some(alice), &[]).0, 401);
    assert_eq!(verdicts.get("/dav/page", Some(alice), &[]).0, 200, "the revoked password lives on");
    assert_eq!(scene.found(&verdicts), ["error nginx_verdict_cached"]);
}

/// A mail proxy as it is shipped, with two protocols.
const MAIL: &str = "\
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
pid DIR/pid;
error_log DIR/error.log;
events {}
mail {
  include clientpass-mail.conf;
  server {
    listen 127.0.0.1:10143;
    protocol imap;
    # imap
  }
  server {
    listen 127.0.0.1:10587;
    protocol smtp;
    # smtp
  }
}
";

#[test]
fn what_the_mail_proxy_asks_believes_and_says_is_found() {
    if !runnable(nginx::missing()) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let doors = doors(&clientpass);
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let listen = clientpass.address().to_string();
    let doctor = |from: &str, to: &str| {
        let file = nginx::shipped("nginx-mail/clientpass-mail.conf", &[]);
        assert!(from.is_empty() || format!("{file}{MAIL}").matches(from).count() == 1, "{from}");
        let change = |text: &str| if from.is_empty() { text.to_owned() } else { text.replace(from, to) };
        fs::write(at("clientpass-mail.conf"), change(&file)).unwrap();
        let main = change(MAIL).replace("DIR", folder.path().to_str().unwrap());
        fs::write(at("nginx.conf"), main).unwrap();
        let printed = printed(&at("nginx.conf"), folder.path());
        findings(&clientpass, &["--config", &doors, "--listen", &listen, "--nginx", &printed])
    };

    assert_eq!(doctor("", ""), [""; 0]);
    for (from, to, expected) in [
        ("# imap", "auth_http 127.0.0.1:9000/auth;", "warning nginx_mail_asks_somebody_else"),
        ("smtp_auth plain login;", "smtp_auth plain login none;", "warning nginx_methods"),
        ("smtp_auth plain login;", "smtp_auth none;", "error nginx_methods"),
        ("imap_auth plain login;", "imap_auth external;", "error nginx_methods"),
        ("proxy_smtp_auth on;", "", "warning nginx_smtp_not_signed_in"),
        (":10143;", ":10143 proxy_protocol;", "warning nginx_balancer_address"),
        (":10143;", ":10143 proxy_protocol; set_real_ip_from 0.0.0.0/0;", "error nginx_everybody_is_a_proxy"),
        (
            "#auth_http_header X-Clientpass-Key cpk_...;",
            "auth_http_header X-Auth-Key cpk_x;",
            "warning nginx_key_in_another_header",
        ),
    ] {
        let mut found = doctor(from, to);
        found.dedup();
        // Two servers hear of the same.
        found.retain(|one| one == expected);
        assert_eq!(found, [expected], "{from} -> {to}");
    }
    let message = doctor("proxy_pass_error_message on;", "");
    assert_eq!(message, ["warning nginx_backend_errors_hidden"; 2]);
}

/// What stands in a server of the mail proxy hides what stands outside: a key there is not sent any more.
#[test]
fn a_key_that_a_server_of_the_mail_proxy_forgets_is_found() {
    if !runnable(nginx::missing()) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let doors = doors(&clientpass);
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let listen = clientpass.address().to_string();
    let doctor = |own: &str| {
        let file = nginx::shipped("nginx-mail/clientpass-mail.conf", &[]);
        let file = file.replace("#auth_http_header", "auth_http_header");
        fs::write(folder.path().join("clientpass-mail.conf"), file).unwrap();
        let main = MAIL.replace("DIR", folder.path().to_str().unwrap()).replace("# smtp", own);
        fs::write(folder.path().join("nginx.conf"), main).unwrap();
        let printed = printed(&folder.path().join("nginx.conf"), folder.path());
        findings(&clientpass, &["--config", &doors, "--listen", &listen, "--nginx", &printed])
    };
    assert_eq!(doctor(""), [""; 0]);
    let own = "auth_http_header X-Where outside;";
    assert_eq!(doctor(own), ["error nginx_key_lost"]);
    assert_eq!(doctor(&format!("{own} auth_http_header X-Clientpass-Key cpk_x;")), [""; 0]);
}

/// Whom clientpass leaves to the mail server behind is let in by one that is told a name alone.
#[test]
fn a_mail_server_behind_that_is_to_check_passwords_and_hears_none_is_found() {
    if !runnable(nginx::missing()) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let doors = doors(&clientpass);
    let opened = fs::read_to_string(&doors).unwrap();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let listen = clientpass.address().to_string();
    let doctor = |protocol: &str, checks: bool, auth: &str| {
        let route = format!("protocol = \"{protocol}\"\nserver = \"127.0.0.1\"\nport = 10025\n");
        let route = format!("[[doors.nginx_mail.routes]]\n{route}checks_passwords = {checks}\n");
        fs::write(&doors, format!("{opened}{route}")).unwrap();
        let file =
            nginx::shipped("nginx-mail/clientpass-mail.conf", &[("proxy_smtp_auth on;\nxclient off;", auth)]);
        fs::write(folder.path().join("clientpass-mail.conf"), file).unwrap();
        let main = MAIL.replace("DIR", folder.path().to_str().unwrap());
        fs::write(folder.path().join("nginx.conf"), main).unwrap();
        let printed = printed(&folder.path().join("nginx.conf"), folder.path());
        findings(&clientpass, &["--config", &doors, "--listen", &listen, "--nginx", &printed])
    };

    let shipped = "proxy_smtp_auth on;\nxclient off;";
    assert_eq!(doctor("smtp", true, shipped), [""; 0]);
    assert_eq!(doctor("smtp", true, "xclient on;"), ["error nginx_smtp_next_source_not_asked"]);
    assert_eq!(doctor("smtp", false, "xclient on;"), [""; 0]);
    assert_eq!(doctor("imap", true, "xclient on;"), [""; 0]);
}
