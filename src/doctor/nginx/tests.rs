//! On what a real nginx prints.

use super::super::{Finding, Severity};

/// Judges, with clientpass at these addresses.
pub(super) fn judge(printed: &str) -> Vec<Finding> {
    super::judge(printed, &["127.0.0.1:8604".into()])
}

/// A mail proxy that has passwords checked by clientpass, by `nginx -T` of 1.22.1.
pub(super) const MAIL: &str = "\
# configuration file /etc/nginx/nginx.conf:
worker_processes auto;
include /etc/nginx/modules-enabled/*.conf;
include mail.conf;

# configuration file /etc/nginx/modules-enabled/50-mod-mail.conf:
load_module modules/ngx_mail_module.so;

# configuration file /etc/nginx/mail.conf:
mail {
    server_name mail.example.org;
    auth_http 127.0.0.1:8603/;
    auth_http_timeout 5s;
    proxy_pass_error_message on;
    ssl_certificate /etc/ssl/mail.pem;

    server {
        listen 993 ssl;
        listen [::]:993 ssl;
        protocol imap;
    }
    server {
        listen 587;
        protocol smtp;
        smtp_auth plain login;
        starttls only;
    }
}
";

/// Pages behind `auth_request`, in a file.
pub(super) const WEB: &str = r#"
http {
    server {
        listen 443 ssl;
        location / {
            auth_request /clientpass;
            auth_request_set $login $upstream_http_x_clientpass_login;
            error_page 500 502 504 = @auth_down;
            proxy_set_header X-Remote-User $login;
            proxy_set_header Authorization "";
            proxy_pass http://127.0.0.1:5232;
        }
        location = /clientpass {
            internal;
            proxy_pass http://127.0.0.1:8604;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Clientpass-Protocol webdav;
            proxy_set_header X-Clientpass-Key "";
            proxy_read_timeout 5s;
        }
        location @auth_down {
            add_header Retry-After 30 always;
            return 503;
        }
    }
}
"#;

/// Fails unless exactly this is found in the text, changed so.
#[track_caller]
pub(super) fn one(text: &str, from: &str, to: &str, code: &str, severity: Severity, change: &str) {
    assert!(text.contains(from), "{from}");
    let found: Vec<Finding> = judge(&text.replacen(from, to, 1));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].code, found[0].severity), (code, severity), "{found:#?}");
    assert!(found[0].change.contains(change), "{found:#?}");
}

#[test]
fn nothing_is_wrong_with_one_that_is_sound() {
    assert_eq!(judge(MAIL), []);
    assert_eq!(judge(WEB), []);
}

#[test]
fn a_mail_proxy_without_tls_is_found() {
    one(MAIL, "listen 993 ssl", "listen 143", "nginx_cleartext", Severity::Error, "starttls only;");
    one(MAIL, "starttls only", "starttls on", "nginx_cleartext", Severity::Warning, "starttls only;");
    one(MAIL, "starttls only;", "", "nginx_cleartext", Severity::Error, "starttls only;");
    // What only this machine hears needs none, nor what older ones wrap with a line of its own.
    assert_eq!(judge(&MAIL.replace("listen 587", "listen 127.0.0.1:587").replace("starttls only;", "")), []);
    assert_eq!(judge(&MAIL.replace("starttls only;", "ssl on;")), []);
    one(MAIL, "starttls only;", "ssl off;", "nginx_cleartext", Severity::Error, "starttls only;");
    assert_eq!(judge(&MAIL.replace("starttls only;", "").replace("mail {", "mail { starttls only;")), []);
}

#[test]
fn no_space_is_needed_before_a_brace() {
    assert_eq!(judge(&MAIL.replace(" {", "{")), []);
    assert_eq!(judge(&WEB.replace(" {", "{")), []);
}

#[test]
fn a_verifier_on_another_machine_a_slow_one_and_none_are_found() {
    let remote = "auth_http http://192.0.2.7:8603/";
    one(MAIL, "auth_http 127.0.0.1:8603/", remote, "nginx_remote_verifier", Severity::Error, "127.0.0.1");
    assert_eq!(judge(&MAIL.replace("127.0.0.1:8603/", "unix:/run/clientpass/nginx.sock:/")), []);

    one(MAIL, "    auth_http_timeout 5s;\n", "", "nginx_timeout", Severity::Warning, "auth_http_timeout 5s;");
    one(MAIL, "auth_http_timeout 5s", "auth_http_timeout 1m", "nginx_timeout", Severity::Warning, "5s;");

    // Ten seconds are borne, however they are written.
    for (text, of) in [(MAIL, "auth_http_timeout 5s"), (WEB, "proxy_read_timeout 5s")] {
        let judged = |time: &str| judge(&text.replace(of, &of.replace("5s", time)));
        for borne in ["5000ms", "10s", "10", "10999ms", "0m"] {
            assert_eq!(judged(borne), [], "{borne}");
        }
        for long in ["11s", "15000ms", "1m", "1h"] {
            let codes: Vec<_> = judged(long).iter().map(|one| one.code).collect();
            assert_eq!(codes, ["nginx_timeout"], "{long}");
        }
    }

    let none = judge(&MAIL.replace("    auth_http 127.0.0.1:8603/;\n", ""));
    assert!(none.iter().all(|of| of.code == "nginx_no_auth_http") && none.len() == 2, "{none:#?}");
}

#[test]
fn methods_that_need_a_password_that_can_be_read_back_are_found() {
    let odd = "smtp_auth plain login cram-md5";
    one(MAIL, "smtp_auth plain login", odd, "nginx_methods", Severity::Warning, "smtp_auth plain login;");
}

#[test]
fn a_fault_that_becomes_a_500_is_found() {
    let mapped = "error_page 500 502 504 = @auth_down;";

    one(WEB, mapped, "", "nginx_faults_are_500", Severity::Warning, "error_page 500");
    one(
        WEB,
        mapped,
        "error_page 404 /404.html;",
        "nginx_faults_are_500",
        Severity::Warning,
        "error_page 500",
    );

    one(WEB, "return 503", "return 200", "nginx_faults_are_500", Severity::Warning, "return 503");
    assert_eq!(judge(&WEB.replace(mapped, "error_page 500 =503 /down.html;")), []);
    // Another fault is mapped, or this one keeps its code.
    for other in ["error_page 502 =503 /down.html;", "error_page 500 502 504 @auth_down;"] {
        one(WEB, mapped, other, "nginx_faults_are_500", Severity::Warning, "error_page 500");
    }

    // One further out counts where there is none nearer.
    let further = WEB.replace(mapped, "").replace("listen 443 ssl;", &format!("listen 443 ssl; {mapped}"));
    assert_eq!(judge(&further), []);
    let hidden = further.replace("auth_request /", "error_page 404 /404.html; auth_request /");
    assert_eq!(judge(&hidden)[0].code, "nginx_faults_are_500");
}

#[test]
fn pages_without_tls_are_found() {
    one(WEB, "listen 443 ssl", "listen 80", "nginx_cleartext", Severity::Error, "listen 443 ssl;");
    one(WEB, "listen 443 ssl;", "", "nginx_cleartext", Severity::Error, "listen 443 ssl;");
    one(WEB, "listen 443 ssl;", "listen 443 ssl; listen 80;", "nginx_cleartext", Severity::Error, "443");
    assert_eq!(judge(&WEB.replace("listen 443 ssl", "listen 127.0.0.1:8080")), []);
    assert_eq!(judge(&WEB.replace("listen 443 ssl;", "listen 443 ssl; listen 443 quic reuseport;")), []);
}

#[test]
fn questions_that_carry_too_much_or_take_too_long_are_found() {
    one(WEB, "proxy_pass_request_body off;", "", "nginx_body", Severity::Warning, "body off;");
    one(WEB, "proxy_read_timeout 5s;", "", "nginx_timeout", Severity::Warning, "proxy_read_timeout 5s;");

    let remote = "proxy_pass http://192.0.2.7:8604";
    one(
        WEB,
        "proxy_pass http://127.0.0.1:8604",
        remote,
        "nginx_remote_verifier",
        Severity::Error,
        "https://",
    );

    assert_eq!(judge(&WEB.replace("proxy_pass http://127.0.0.1:8604", "proxy_pass http://clientpass")), []);
    let tls = "proxy_pass https://192.0.2.7:8604";
    assert_eq!(judge(&WEB.replace("proxy_pass http://127.0.0.1:8604", tls)), []);
}

#[test]
fn one_that_asks_nobody_is_told_so() {
    assert_eq!(judge("http { server { listen 80; } }")[0].code, "nginx_asks_nobody");
    assert_eq!(
        judge(&WEB.replace("auth_request /clientpass", "auth_request off"))[0].code,
        "nginx_asks_nobody"
    );
}

/// The codes of what is found in the text, with this added before something.
#[track_caller]
pub(super) fn with(before: &str, added: &str) -> Vec<&'static str> {
    assert!(WEB.contains(before), "{before}");
    judge(&WEB.replacen(before, &format!("{added} {before}"), 1)).iter().map(|one| one.code).collect()
}

pub(super) const APPLICATION: &str = "proxy_pass http://127.0.0.1:5232;";
pub(super) const QUESTION: &str = "proxy_pass_request_body off;";

#[test]
fn a_location_that_loses_what_is_set_outside_is_found() {
    let both = ["nginx_login_lost", "nginx_password_handed_on"];
    let inside = "location /up/ { proxy_set_header X-Script-Name /up; proxy_pass http://127.0.0.1:5232; }";
    assert_eq!(with(APPLICATION, inside), both);

    // Deeper, by another protocol, and on a condition.
    assert_eq!(with(APPLICATION, &format!("location /a/ {{ {inside} }}")), both);
    assert_eq!(with(APPLICATION, "location ~ php$ { fastcgi_pass unix:/run/php.sock; }"), both);
    assert_eq!(with(APPLICATION, "if ($x) { uwsgi_pass 127.0.0.1:9; }"), both);

    let whole = "fastcgi_param REMOTE_USER $login; fastcgi_param HTTP_AUTHORIZATION \"\";";
    assert_eq!(
        with(APPLICATION, &format!("location ~ php$ {{ {whole} fastcgi_pass unix:/run/p; }}")),
        [""; 0]
    );
    assert_eq!(with(APPLICATION, "location /up/ { client_max_body_size 1g; }"), [""; 0]);

    let off = inside.replace("proxy_set", "auth_request off; proxy_set");
    assert_eq!(with(APPLICATION, &off), ["nginx_way_past_clientpass"]);

    one(
        WEB,
        "proxy_set_header Authorization \"\";",
        "",
        "nginx_password_handed_on",
        Severity::Warning,
        "\"\"",
    );
    one(
        WEB,
        "X-Remote-User $login",
        "X-Remote-User $remote_user",
        "nginx_login_lost",
        Severity::Error,
        "include",
    );

    // One who takes the password and not the login has a use for it, and hears only of that.
    let set = "auth_request_set $login $upstream_http_x_clientpass_login;";
    let takes = WEB.replace(set, "").replace("proxy_set_header X-Remote-User $login;", "");
    assert_eq!(judge(&takes), []);
}

#[test]
fn a_way_to_the_application_past_clientpass_is_found() {
    let past = ["nginx_way_past_clientpass"];
    assert_eq!(with("location = /c", "location @tried { proxy_pass http://127.0.0.1:5232/; }"), past);
    assert_eq!(
        with("server {", "server { listen 80; location / { proxy_pass http://127.0.0.1:5232; } }"),
        past
    );

    let open = "location /open/ { proxy_set_header x-remote-user \"\"; proxy_pass http://127.0.0.1:5232; }";
    assert_eq!(with("location = /c", open), [""; 0]);
    assert_eq!(with("location = /c", "location /other/ { proxy_pass http://127.0.0.1:1; }"), [""; 0]);

    // A server of the application's own is no other way, unless others reach it.
    let (socket, own) = (
        "http://unix:/run/app.sock:/",
        "server { listen unix:/run/app.sock; EXTRA location / { \
                          proxy_set_header X-A b; proxy_pass http://127.0.0.1:5232; } } server {",
    );

    let two = WEB.replace("http://127.0.0.1:5232", socket);
    let judged = |extra: &str| {
        let text = two.replacen("server {", &own.replace("EXTRA", extra), 1);
        judge(&text).iter().map(|one| one.code).collect::<Vec<_>>()
    };

    assert_eq!(judged(""), [""; 0]);
    assert_eq!(judged("server_name a;"), [""; 0]);

    let around = two.replacen("server {", &own.replace("EXTRA", ""), 1);
    let another = "location = /clientpass {";
    let around =
        around.replace(another, &format!("location /x/ {{ proxy_pass http://127.0.0.1:5232; }} {another}"));
    assert_eq!(judge(&around).iter().map(|one| one.code).collect::<Vec<_>>(), past);

    let open = two.replacen(
        "server {",
        "server { listen 80; location / { proxy_pass http://unix:/run/app.sock; } } server {",
        1,
    );
    assert_eq!(judge(&open).iter().map(|one| one.code).collect::<Vec<_>>(), past);
}

#[test]
fn satisfy_any_is_found_wherever_it_holds() {
    for place in [APPLICATION, "location / {", "server {"] {
        assert_eq!(with(place, "satisfy any;"), ["nginx_satisfy_any"], "{place}");
    }
    assert_eq!(with(APPLICATION, "satisfy all;"), [""; 0]);
    assert_eq!(judge(&WEB.replace("location / {", "satisfy any; location / { satisfy all;")), []);
}

#[test]
fn what_a_client_may_say_to_clientpass_itself_is_found() {
    let address = "proxy_set_header X-Real-IP $remote_addr;";
    let spoofed = "nginx_spoofed_address";
    one(WEB, address, "", spoofed, Severity::Error, address);
    one(WEB, "X-Real-IP $remote_addr", "X-Real-IP $http_x_real_ip", spoofed, Severity::Error, address);
    one(WEB, "X-Real-IP $remote_addr", "X-Real-IP \"\"", spoofed, Severity::Error, address);

    let chain = "X-Real-IP \"\"; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for";
    assert_eq!(judge(&WEB.replace("X-Real-IP $remote_addr", chain)), []);
    let alone = chain.replace("$proxy_add_x_forwarded_for", "$remote_addr");
    assert_eq!(judge(&WEB.replace("X-Real-IP $remote_addr", &alone)), []);
    let said = chain.replace("$proxy_add_x_forwarded_for", "$http_x_forwarded_for");
    one(WEB, "X-Real-IP $remote_addr", &said, spoofed, Severity::Error, address);

    let protocol = "proxy_set_header X-Clientpass-Protocol webdav;";
    one(WEB, protocol, "", "nginx_spoofed_protocol", Severity::Error, "X-Clientpass-Protocol");
    let key = "proxy_set_header X-Clientpass-Key \"\";";
    one(WEB, key, "", "nginx_key_from_client", Severity::Warning, key);

    for everybody in ["0.0.0.0/0", "::/0"] {
        let codes = with("listen 443", &format!("set_real_ip_from {everybody};"));
        assert_eq!(codes, ["nginx_everybody_is_a_proxy"], "{everybody}");
    }
    assert_eq!(with("listen 443", "set_real_ip_from 192.0.2.1;"), [""; 0]);

    // Another verifier has other headers.
    let other = WEB.replace("/clientpass", "/sso").replace("8604", "9000").replace("-Clientpass", "-Sso");
    let other = other.replace("x_clientpass", "x_sso");
    assert_eq!(judge(&other.replace(address, "").replace("listen 443", "satisfy any; listen 443")), []);
    let ours = other.replace("9000", "8604").replace(address, "");
    assert!(judge(&ours).iter().any(|one| one.code == spoofed), "known by its address");
}

#[test]
fn an_error_page_that_makes_yes_of_no_is_found() {
    let lets_in = ["nginx_error_page_lets_in"];

    for pages in [
        "error_page 502 =200 /sorry.html;",
        "error_page 404 500 502 = /sorry.html; location = /sorry.html { return 200; }",
        "error_page 401 =204 /log-in; proxy_intercept_errors on;",
    ] {
        assert_eq!(with("listen 443", pages), lets_in, "{pages}");
    }

    for pages in [
        "error_page 401 =200 /log-in;",
        "error_page 403 =200 /log-in;",
        "error_page 502 /sorry.html;",
        "error_page 500 502 = @down; location @down { return 503; }",
        "error_page 502 =503 /sorry.html;",
    ] {
        assert_eq!(with("listen 443", pages), [""; 0], "{pages}");
    }

    let own = "error_page 502 @auth_down;";
    assert_eq!(
        judge(
            &WEB.replace("listen 443", "error_page 502 =200 /sorry; listen 443")
                .replace(QUESTION, &format!("{own} {QUESTION}"))
        ),
        []
    );
}

#[test]
fn a_verdict_that_is_kept_is_found() {
    assert_eq!(with("listen 443", "proxy_cache pages;"), ["nginx_verdict_cached"]);
    assert_eq!(with(QUESTION, "proxy_cache pages;"), ["nginx_verdict_cached"]);
    assert_eq!(with(QUESTION, "proxy_cache off;"), [""; 0]);
}
