//! Tells a Dovecot through its doveadm HTTP API: forget what was cached of a login, and close its sessions.
//!
//! ```text
//!   [["authCacheFlush", {"user": ["bob@example.org"]}, "0"], ["kick", {"mask": ["bob@example.org"]}, "1"]]
//!   [["doveadmResponse", [{"entries": "1"}], "0"], ["error", {"type": "exitCode", "exitCode": 68}, "1"]]
//! ```
//!
//! Exit code 68 means that nobody was connected. Dovecot 2.3 cannot distinguish the sessions of one client password
//! from another's: a kick closes all of the login, and clients whose password lives come back by themselves. Dovecot
//! 2.4 can, by a field that its passdb returned with the login.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::failure::Failure;
use crate::domain::ends::{EndNotice, Ended};
use crate::domain::ids::ClientPasswordId;
use crate::domain::login::Login;
use crate::domain::secret::Secret;
use crate::net::http_client::{AUTHORIZATION, Address, HeaderValue, HttpClient, StatusCode};

/// A command of doveadm and its parameters.
type Command = (&'static str, Value);

/// There was nobody to kick.
const NOT_FOUND: u64 = 68;

/// By what Dovecot knows us.
#[derive(Clone, Debug)]
pub enum Credential {
    /// The key of `doveadm_api_key`, sent in base64.
    ApiKey(Secret),
    /// The password of `doveadm_password`, for the user `doveadm`.
    Password(Secret),
}

/// A Dovecot that is notified by closing sessions and forgetting what its cache knows of a login.
pub struct Doveadm {
    address: Address,
    authorization: HeaderValue,
    kick: bool,
    flush_cache: bool,
    field: Option<String>,
}

impl Doveadm {
    /// One at this address, where sessions are closed, caches flushed, and sessions of one client password known by
    /// `field`.
    pub fn new(
        address: Address,
        credential: &Credential,
        kick: bool,
        flush_cache: bool,
        field: Option<String>,
    ) -> Result<Self, String> {
        let value = match credential {
            Credential::ApiKey(key) => format!("X-Dovecot-API {}", STANDARD.encode(key.expose())),
            Credential::Password(word) => {
                format!("Basic {}", STANDARD.encode(format!("doveadm:{}", word.expose())))
            }
        };

        let mut authorization = HeaderValue::from_str(&value).map_err(|error| error.to_string())?;
        authorization.set_sensitive(true);
        Ok(Self { address, authorization, kick, flush_cache, field })
    }

    pub(super) async fn deliver(&self, http: &HttpClient, notices: &[EndNotice]) -> Result<(), Failure> {
        let (flush, kicks) = (self.flush(notices), self.kicks(notices));

        let flushes = flush.is_some();
        match self.send(http, flush.into_iter().chain(kicks.clone()).collect()).await {
            // Nobody's session stays open because of the cache.
            Err(Failure::Cut(why)) if flushes => {
                self.send(http, kicks).await?;
                Err(Failure::Down(format!(
                    "{why}; sessions were closed without authCacheFlush, of which 2.4.1 dies: set flush_cache = false"
                )))
            }
            told => told,
        }
    }

    async fn send(&self, http: &HttpClient, commands: Vec<Command>) -> Result<(), Failure> {
        if commands.is_empty() {
            return Ok(());
        }

        let numbered =
            commands.iter().zip(0..).map(|((name, what), at)| json!([name, what, format!("{at}")]));
        let body = numbered.collect::<Value>().to_string().into_bytes();
        let headers = vec![(AUTHORIZATION, self.authorization.clone())];

        let answer = http.post(&self.address, headers, body).await?;
        if answer.status != StatusCode::OK {
            return Err(Failure::Down(format!("it answered {}", answer.status)));
        }
        judge(&answer.body, commands.len()).map_err(Failure::Down)
    }

    fn flush(&self, notices: &[EndNotice]) -> Option<Command> {
        let logins = notices.iter().filter_map(|notice| notice.member.as_ref().map(|(_, login)| login));
        let logins: Vec<String> = logins.flat_map(|login| Login::spellings(login)).collect();
        // Without a login it would flush everything.
        (self.flush_cache && !logins.is_empty()).then(|| ("authCacheFlush", json!({"user": logins})))
    }

    fn kicks(&self, notices: &[EndNotice]) -> Vec<Command> {
        let mut kicks = Vec::new();

        for notice in notices.iter().filter(|_| self.kick) {
            match (&self.field, &notice.client_passwords, &notice.member) {
                (Some(field), Ended::These(ids), _) => {
                    let one = |id: &ClientPasswordId| json!({"passdbField": field, "mask": [id.to_string()]});
                    kicks.extend(ids.iter().map(|id| ("kick", one(id))));
                }
                (_, _, Some((_, login))) => {
                    let masks = Login::spellings(login).iter().map(|login| mask(login)).collect::<Vec<_>>();
                    kicks.push(("kick", json!({"mask": masks})));
                }
                (_, _, None) => {}
            }
        }
        kicks
    }
}

/// A login as a mask. In one, `*` and `?` stand for others and cannot be escaped: a `?` is one letter, whichever. So
/// nobody's session is missed; of another login that differs in that letter only it is closed too, and its client comes
/// back by itself.
fn mask(login: &str) -> String {
    login.replace('*', "?")
}

/// Whether every command was carried out.
fn judge(body: &[u8], count: usize) -> Result<(), String> {
    let odd = || "it answered something else than doveadm does".to_owned();

    let answers: Vec<(String, Value, String)> = serde_json::from_slice(body).map_err(|_| odd())?;
    if answers.len() != count {
        return Err(odd());
    }

    for (kind, what, _) in answers {
        let code = what.get("exitCode").and_then(Value::as_u64);
        if kind != "doveadmResponse" && code != Some(NOT_FOUND) {
            let code = code.map_or("an unknown error".to_owned(), |code| format!("exit code {code}"));
            return Err(format!("a command ended with {code}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::client_password::EndReason;

    fn notice(login: &str, client_passwords: Ended) -> EndNotice {
        let id = uuid::Uuid::from_u128(1);
        EndNotice {
            id: "1".into(),
            organization_id: id.into(),
            member: Some((id.into(), login.into())),
            client_passwords,
            reason: EndReason::Rotated,
            at: Timestamp::from_micros(0),
        }
    }

    fn doveadm(kick: bool, flush_cache: bool, field: Option<&str>) -> Doveadm {
        let credential = Credential::ApiKey(Secret::new("sesame".into()));
        let uri = Address::parse("http://127.0.0.1/doveadm/v1").unwrap();
        Doveadm::new(uri, &credential, kick, flush_cache, field.map(str::to_owned)).unwrap()
    }

    #[test]
    fn caches_are_flushed_and_sessions_closed() {
        let two = [notice("a@x.org", Ended::All), notice("b*@x.org", Ended::All)];

        let (dovecot, idle) = (doveadm(true, true, None), doveadm(false, false, None));
        assert_eq!(dovecot.flush(&two), Some(("authCacheFlush", json!({"user": ["a@x.org", "b*@x.org"]}))));

        let idn = [notice("a@xn--mnchen-3ya.example", Ended::All)];
        let both = json!(["a@xn--mnchen-3ya.example", "a@m\u{fc}nchen.example"]);
        assert_eq!(dovecot.flush(&idn), Some(("authCacheFlush", json!({"user": both}))));
        assert_eq!(dovecot.kicks(&idn), [("kick", json!({"mask": both}))]);

        let kicks = ["a@x.org", "b?@x.org"].map(|mask| ("kick", json!({"mask": [mask]})));
        assert_eq!(dovecot.kicks(&two), kicks);
        assert_eq!((idle.flush(&two), idle.kicks(&two)), (None, vec![]));
        assert_eq!((dovecot.flush(&[]), dovecot.kicks(&[])), (None, vec![]));
    }

    #[test]
    fn where_sessions_can_be_told_apart_only_those_of_the_client_password_are_closed() {
        let id = uuid::Uuid::from_u128(7);
        let (one, all) = (notice("a@x.org", Ended::These(vec![id.into()])), notice("b@x.org", Ended::All));

        let kicks = doveadm(true, false, Some("user_client_password")).kicks(&[one, all]);
        let expected = [
            ("kick", json!({"passdbField": "user_client_password", "mask": [id.to_string()]})),
            ("kick", json!({"mask": ["b@x.org"]})),
        ];
        assert_eq!(kicks, expected);
    }

    #[test]
    fn the_credential_is_sent_as_doveadm_wants_it_and_never_shown() {
        let key = doveadm(true, true, None).authorization;
        assert_eq!(key.to_str().unwrap(), "X-Dovecot-API c2VzYW1l");
        assert!(!format!("{key:?}").contains("c2VzYW1l"));
        let password = Credential::Password(Secret::new("sesame".into()));
        let with = Doveadm::new(Address::parse("http://x/").unwrap(), &password, true, true, None).unwrap();
        assert_eq!(with.authorization.to_str().unwrap(), "Basic ZG92ZWFkbTpzZXNhbWU=");
        assert!(!format!("{password:?}").contains("sesame"));
    }

    #[test]
    fn only_an_answer_to_every_command_is_good() {
        let good = br#"[["doveadmResponse",[{"entries":"0"}],"0"],["error",{"type":"exitCode", "exitCode":68},"1"]]"#;

        assert_eq!(judge(good, 2), Ok(()));
        assert!(judge(good, 3).is_err());
        for bad in [
            &br#"[["error",{"type":"exitCode","exitCode":75},"0"]]"#[..],
            br#"[["error",{"type":"unknownMethod"},"0"]]"#,
            b"{}",
            b"",
            b"[[1]]",
        ] {
            assert!(judge(bad, 1).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
