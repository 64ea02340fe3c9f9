//! Requests of the HTTP doors as their mail servers write them, sent by wrk just as they stand.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Sends what a file holds, requests with a NUL after each, in random order.
const SCRIPT: &str = r#"
local requests, n = {}, 0
for text in io.open(os.getenv("BENCH_REQUESTS"), "rb"):read("*a"):gmatch("([^%z]+)") do
  n = n + 1; requests[n] = text
end
math.randomseed(tonumber(os.getenv("BENCH_SEED")))
local random, format = math.random, string.format
request = function() return requests[random(n)] end
done = function(summary, latency)
  print(format("BENCH %d %d %d %f %f", summary.requests, summary.duration, summary.errors.status +
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"#;

/// A door that is asked over HTTP.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    Rest,
    ForwardAuth,
    NginxMail,
    OAuth2,
}

impl Door {
    /// The request for a login with its secret, neither of which needs an escape anywhere but in a form.
    fn request(self, login: &str, secret: &str, ip: &str, key: &str) -> String {
        match self {
            Self::Rest => {
                let kind = format!("Authorization: Bearer {key}\r\nContent-Type: application/json");
                let body = format!(
                    r#"{{"login":"{login}","password":"{secret}","protocol":"imap","client_ip":"{ip}"}}"#
                );
                post("/v1/verify", &kind, &body)
            }
            Self::ForwardAuth => {
                let basic = STANDARD.encode(format!("{login}:{secret}"));
                format!(
                    "GET /dav/ HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {basic}\r\nX-Real-IP: {ip}\r\n\r\n"
                )
            }
            // nginx itself makes a connection for each; here as through the other doors, to compare the checks.
            Self::NginxMail => format!(
                "GET /auth HTTP/1.1\r\nHost: bench\r\nAuth-Method: plain\r\n\
                 Auth-User: {login}\r\nAuth-Pass: {secret}\r\nAuth-Protocol: imap\r\nAuth-Login-Attempt: 1\r\n\
                 Client-IP: {ip}\r\n\r\n"
            ),
            Self::OAuth2 => {
                let kind = format!(
                    "X-Dovecot-Auth-Service: imap\r\nX-Dovecot-Auth-Remote: {ip}\r\n\
                     Content-Type: application/x-www-form-urlencoded"
                );
                let login = login.replace('@', "%40");
                post(
                    "/oauth2/grant",
                    &kind,
                    &format!("grant_type=password&username={login}&password={secret}"),
                )
            }
        }
    }

    /// Writes the requests for a file of logins with their secrets; gives the path of theirs.
    pub fn write(self, folder: &Path, sample: &Path, key: &str) -> PathBuf {
        let sample = fs::read_to_string(sample).unwrap();
        let mut requests = String::new();
        for (at, line) in sample.lines().enumerate() {
            let (login, secret) = line.split_once('\t').unwrap();
            let ip = format!("{}.{}.{}.7", at % 223 + 1, at / 223 % 256, at * 7 % 256);
            let _ = write!(requests, "{}\0", self.request(login, secret, &ip, key));
        }
        let path = folder.join(format!("{self:?}.requests"));
        fs::write(&path, requests).unwrap();
        path
    }
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Writes the script; gives its path.
pub fn script(folder: &Path) -> PathBuf {
    let path = folder.join("replay.lua");
    fs::write(&path, SCRIPT).unwrap();
    path
}
