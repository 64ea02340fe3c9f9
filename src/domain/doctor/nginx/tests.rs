//! On what a real nginx prints.

use super::judge;
use crate::domain::doctor::{Finding, Severity};

/// A mail proxy that asks clientpass, by `nginx -T` of 1.22.1.
const MAIL: &str = "\
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
const WEB: &str = r#"
http {
    server {
        listen 443 ssl;
        location / {
            auth_request /clientpass;
            error_page 500 502 504 = @auth_down;
            proxy_pass http://127.0.0.1:5232;
        }
        location = /clientpass {
            internal;
            proxy_pass http://127.0.0.1:8604;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
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
fn one(text: &str, from: &str, to: &str, code: &str, severity: Severity, change: &str) {
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
}

#[test]
fn one_that_asks_nobody_is_told_so() {
    assert_eq!(judge("http { server { listen 80; } }")[0].code, "nginx_asks_nobody");
    assert_eq!(
        judge(&WEB.replace("auth_request /clientpass", "auth_request off"))[0].code,
        "nginx_asks_nobody"
    );
}
