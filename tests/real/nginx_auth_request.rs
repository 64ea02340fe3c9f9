//! nginx's `auth_request` in front of WebDAV, with the shipped files, over a unix socket of clientpass.

use std::fs;

use tempfile::TempDir;

use crate::support::actors::Installation;
use crate::support::clientpass::Clientpass;
use crate::support::mail_client::Told;
use crate::support::nginx::{self, Nginx};
use crate::support::web::{self, Got, get, told};
use crate::support::{free_port, runnable};

/// What the next source of passwords knows: alice's account password, and that of carol, who signs in elsewhere.
const NEXT_SOURCE: &str = "alice@example.org:{PLAIN}alice's password\ncarol@example.org:{PLAIN}carol's own\n";

/// The server that mail clients reach; the application's own, which it hands on to; and the application, which says
/// what it was told. Around them and in them is what others need, and what would undo the guard if it were inherited.
const HTTP: &str = "\
http {
    access_log off;
    client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
    underscores_in_headers on;
    proxy_set_header X-Around 1;
    proxy_cache_path DIR/cache keys_zone=pages:1m;
    proxy_cache pages;
    proxy_cache_valid any 1m;
    server {
        listen 127.0.0.1:FRONT;
        satisfy any;
        allow all;
        proxy_intercept_errors on;
        error_page 401 403 502 503 =200 /sorry.html;
        location = /sorry.html { return 200 sorry; }
        proxy_set_header X-Environment 1;
        client_max_body_size 3m;
        include clientpass-server.conf;
        location /dav/ {
            set $clientpass_protocol webdav;
            include clientpass-location.conf;
            location /dav/inside/ {
                proxy_set_header X-Script-Name /inside;
                proxy_pass http://127.0.0.1:BEHIND;
            }
        }
        location /cal/ {
            set $clientpass_protocol caldav;
            include clientpass-location.conf;
        }
        location /next/ {
            set $clientpass_protocol webdav;
            include clientpass-location.conf;
            error_page 403 = @next_source;
        }
        location @next_source {
            auth_basic clientpass;
            auth_basic_user_file users;
            satisfy all;
            set $clientpass_login $remote_user;
            include clientpass-pass.conf;
        }
    }
    server {
        include clientpass-application.conf;
        proxy_cache off;
        location / {
            proxy_pass http://127.0.0.1:BEHIND;
        }
        location /dav/deep/ {
            proxy_set_header X-Script-Name /deep;
            proxy_pass http://127.0.0.1:BEHIND;
            location /dav/deep/deeper/ {
                proxy_set_header X-Script-Name /deep/deeper;
                proxy_set_header X-Real-IP $remote_addr;
                proxy_pass http://127.0.0.1:BEHIND;
            }
        }
        location /dav/tried/ {
            root DIR/none;
            try_files $uri @application;
        }
        location @application {
            proxy_set_header Host application;
            proxy_pass http://127.0.0.1:BEHIND;
        }
    }
    server {
        listen 127.0.0.1:BEHIND;
        root DIR/www;
        dav_methods PUT DELETE;
        create_full_put_path on;
        client_max_body_size 3m;
        location /dav/broken/ { return 500 broken; }
        set $seen \"$http_x_remote_user|$http_authorization|$http_x_real_ip\";
        add_header X-Seen \"$seen|$http_x_clientpass_key$http_x_clientpass_login$http_x_other\" always;
    }
}
";

struct Scene {
    nginx: Nginx,
    front: u16,
    clientpass: Clientpass,
    at: Installation,
    /// Of the unix socket.
    _folder: TempDir,
}

impl Scene {
    /// Nothing where nginx is not installed.
    fn set() -> Option<Self> {
        if !runnable(nginx::missing()) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let folder = TempDir::with_prefix("clientpass-socket-").unwrap();
        let socket = format!("unix:{}", folder.path().join("door").display());
        clientpass.restart_with(&format!(
            "[verify]\nrefusal_floor_ms = 0\n[doors.forward_auth]\nlisten = \"{socket}\"\nrequire_key = true\n\
             defer_status = 403\n"
        ));
        let shipped =
            |name, changes: &[(&str, &str)]| nginx::shipped(&format!("nginx-auth-request/{name}"), changes);
        // The socket of the application's own server; a test is not where the shipped one is.
        let (here, listen) = (
            ("http://unix:/run/nginx-clientpass.sock", "http://unix:DIR/application"),
            ("listen unix:/run/nginx-clientpass.sock", "listen unix:DIR/application"),
        );
        let (pass, key) =
            (format!("http://{socket}:/;"), format!("X-Clientpass-Key \"{}\";", at.mail_server.token()));
        let files = [
            (
                "clientpass-server.conf",
                shipped(
                    "clientpass-server.conf",
                    &[("http://127.0.0.1:8604/;", &pass), ("X-Clientpass-Key \"\";", &key)],
                ),
            ),
            ("clientpass-location.conf", shipped("clientpass-location.conf", &[])),
            ("clientpass-pass.conf", shipped("clientpass-pass.conf", &[here])),
            ("clientpass-application.conf", shipped("clientpass-application.conf", &[listen])),
            ("users", NEXT_SOURCE.to_owned()),
        ];
        let (front, behind) = (free_port(), free_port());
        let http = HTTP.replace("FRONT", &front.to_string()).replace("BEHIND", &behind.to_string());
        let nginx = Nginx::start(&http, &files, &[front, behind]);
        for place in ["dav", "cal", "next", "dav/deep", "dav/deep/deeper", "dav/tried", "dav/inside"] {
            fs::create_dir_all(nginx.file(&format!("www/{place}"))).unwrap();
            fs::write(nginx.file(&format!("www/{place}/page")), "the page").unwrap();
        }
        Some(Self { nginx, front, clientpass, at, _folder: folder })
    }

    fn get(&self, path: &str, login: &str, password: &[u8], headers: &[(&str, &str)]) -> Got {
        get(self.front, "GET", path, Some((login, password)), headers, "")
    }
}

#[test]
fn nginx_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let name = "nginx, auth_request";
    web::tells_right_from_wrong_and_from_later(name, scene.front, &mut scene.clientpass, &scene.at);
}

#[test]
fn the_application_is_told_who_it_is_and_never_a_password() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let without = get(scene.front, "GET", "/dav/page", None, &[], "");
    assert_eq!((told(&without), without.seen), (Told::WrongPassword, None));
    // The body is for the application, not for clientpass.
    let by = Some((alice.login.as_str(), phone.secret.as_bytes()));
    let written = get(scene.front, "PUT", "/dav/new", by, &[], &"long ".repeat(500_000));
    assert_eq!(written.status, 201, "{}", written.body);
    assert_eq!(fs::read_to_string(scene.nginx.file("www/dav/new")).unwrap().len(), 2_500_000);
    // What it says itself arrives as it is: its faults, and where it sends mail clients to.
    let got = scene.get("/dav/broken/", &alice.login, phone.secret.as_bytes(), &[]);
    assert_eq!((got.status, got.body.as_str()), (500, "broken"));
    let got = scene.get("/dav/deep", &alice.login, phone.secret.as_bytes(), &[]);
    assert_eq!((got.status, got.location.as_deref()), (301, Some("/dav/deep/")));
    let logs = scene.nginx.log() + &scene.clientpass.log();
    assert!(!logs.contains(&phone.secret), "{logs}");
}

/// Whatever the application's locations set themselves, and whatever the client says.
#[test]
fn every_location_of_the_application_hears_the_login_and_nothing_of_the_clients() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let forged = [
        ("X-Remote-User", "bob@example.org"),
        ("X-Real-IP", "192.0.2.7"),
        ("X-Clientpass-Login", "bob@example.org"),
        ("X-Clientpass-Key", "cpk_wrong"),
        ("X_Other", "bob@example.org"),
    ];
    for place in ["", "deep/", "deep/deeper/", "tried/"] {
        let path = format!("/dav/{place}page");
        let got = scene.get(&path, "ALICE@example.org", phone.secret.as_bytes(), &forged);
        assert_eq!((got.status, got.seen.as_deref()), (200, Some("alice@example.org||127.0.0.1|")), "{path}");
        assert_eq!(scene.get(&path, &alice.login, b"wrong", &forged).status, 401, "{path}");
    }
    // What one member was shown is not kept for the next.
    let bob = scene.at.member("bob").secured(Clientpass::now());
    let got = scene.get("/dav/page", &bob.login, bob.issue("phone").secret.as_bytes(), &[]);
    assert_eq!(got.seen.as_deref(), Some("bob@example.org||127.0.0.1|"));
}

/// The question is inherited there, and the headers are not.
#[test]
fn a_location_inside_a_guarded_one_that_forgets_the_guard_is_closed() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let forged = [("X-Remote-User", "bob@example.org")];
    let got = scene.get("/dav/inside/page", &alice.login, phone.secret.as_bytes(), &forged);
    assert_eq!((told(&got), got.seen), (Told::Later, None));
}

/// What nginx does not overwrite, a client may say.
#[test]
fn a_client_cannot_say_what_only_the_proxy_may() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let there = alice.issue_with(&serde_json::json!({"label": "there", "networks": ["192.0.2.0/24"]}));
    let calendar = alice.issue_with(&serde_json::json!({"label": "calendar", "protocols": ["caldav"]}));
    let status = |secret: &str, headers: &[(&str, &str)]| {
        scene.get("/dav/page", &alice.login, secret.as_bytes(), headers).status
    };
    assert_eq!(status(&there.secret, &[("X-Real-IP", "192.0.2.7"), ("X-Forwarded-For", "192.0.2.7")]), 401);
    assert_eq!(status(&calendar.secret, &[("X-Clientpass-Protocol", "caldav")]), 401);
    assert_eq!(status("wrong", &[("X-Clientpass-Key", "cpk_wrong")]), 401);
}

#[test]
fn only_what_clientpass_leaves_to_the_next_source_goes_there() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let carol = scene.at.external_member("carol");
    let status =
        |login: &str, password: &str| scene.get("/next/page", login, password.as_bytes(), &[]).status;
    assert_eq!(status(&carol.login, "carol's own"), 200);
    assert_eq!(status(&carol.login, "made up"), 401);
    assert_eq!(status(&alice.login, &alice.password), 401, "a refusal is final");
    scene.at.operator.put(&carol.path("/secure-login"), &serde_json::json!({"enabled": true})).expect(200);
    assert_eq!(status(&carol.login, "carol's own"), 401);
}
