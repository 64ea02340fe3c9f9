//! Tells a program, as Standard Webhooks has it: a POST with an id, a time and a signature over both and the body.
//!
//! Any 2xx means that it has been received. A receiver checks the signature, refuses times that are minutes away, and
//! knows by the id what it has received before: every notice is delivered at least once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

use super::failure::Failure;
use crate::clock::Timestamp;
use crate::domain::ends::{EndNotice, Ended, Notice};
use crate::domain::secret::Secret;
use crate::domain::warnings::ExpiryNotice;
use crate::net::http_client::{Address, HeaderName, HeaderValue, HttpClient, StatusCode};

const PREFIX: &str = "whsec_";
/// Lengths of a secret that Standard Webhooks allows, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A program that gets notices by POST, each with a signature.
pub struct Webhook {
    address: Address,
    key: hmac::Key,
}

impl Webhook {
    /// One at this address, with this secret: `whsec_` and 24 to 64 bytes in base64.
    pub fn new(address: Address, secret: &Secret) -> Result<Self, String> {
        let wrong = "secret must be whsec_ and 24 to 64 bytes in base64";
        let encoded = secret.expose().strip_prefix(PREFIX).ok_or(wrong)?;
        let bytes = zeroize::Zeroizing::new(STANDARD.decode(encoded).map_err(|_| wrong)?);
        if !LENGTHS.contains(&bytes.len()) {
            return Err(wrong.into());
        }
        Ok(Self { address, key: hmac::Key::new(hmac::HMAC_SHA256, &bytes) })
    }

    pub(super) async fn deliver(
        &self,
        http: &HttpClient,
        notices: &[Notice],
        now: Timestamp,
    ) -> Result<(), Failure> {
        for notice in notices {
            self.deliver_one(http, notice, now).await?;
        }
        Ok(())
    }

    async fn deliver_one(&self, http: &HttpClient, notice: &Notice, now: Timestamp) -> Result<(), Failure> {
        let (id, body) = match notice {
            Notice::Ended(end) => (&end.id, body_of_end(end)),
            Notice::Expiring(warning) => (&warning.id, body_of_warning(warning)),
        };
        let body = body.to_string().into_bytes();
        let signature = self.signature(id, now.seconds(), &body);

        let header =
            |text: &str| HeaderValue::from_str(text).map_err(|error| Failure::Refused(error.to_string()));
        let headers = vec![
            (HeaderName::from_static("webhook-id"), header(id)?),
            (HeaderName::from_static("webhook-timestamp"), header(&now.seconds().to_string())?),
            (HeaderName::from_static("webhook-signature"), header(&signature)?),
        ];

        judge(http.post(&self.address, headers, body).await?.status)
    }

    fn signature(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(format!("{id}.{seconds}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

fn judge(status: StatusCode) -> Result<(), Failure> {
    let said = format!("it answered {status}");

    match status {
        status if status.is_success() => Ok(()),
        StatusCode::GONE => Err(Failure::Gone(said)),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Err(Failure::Down(said)),
        status if status.is_server_error() => Err(Failure::Down(said)),
        _ => Err(Failure::Refused(said)),
    }
}

/// What is said of an end.
fn body_of_end(notice: &EndNotice) -> Value {
    let client_passwords = match &notice.client_passwords {
        Ended::All => Value::from("all"),
        Ended::These(ids) => ids.iter().map(ToString::to_string).collect(),
    };

    json!({
        "type": "client_passwords.ended",
        "timestamp": notice.at.to_string(),
        "data": {
            "organization_id": notice.organization_id.to_string(),
            "member_id": notice.member.as_ref().map(|(id, _)| id.to_string()),
            "login": notice.member.as_ref().map(|(_, login)| login),
            "client_password_ids": client_passwords,
            "reason": notice.reason.name(),
        },
    })
}

/// What is said of an end that is to come.
fn body_of_warning(notice: &ExpiryNotice) -> Value {
    json!({
        "type": "client_password.expiring",
        "timestamp": notice.at.to_string(),
        "data": {
            "organization_id": notice.organization_id.to_string(),
            "member_id": notice.member_id.to_string(),
            "login": notice.login,
            "client_password_id": notice.client_password_id.to_string(),
            "label": notice.label,
            "ends_at": notice.ends_at.to_string(),
            "reason": notice.reason.name(),
            "days": notice.days,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(secret: &str) -> Result<Webhook, String> {
        Webhook::new(Address::parse("https://example.org/").unwrap(), &Secret::new(secret.into()))
    }

    /// The example of the specification's own libraries.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let webhook = webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signature = webhook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_long_enough_and_well_written() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        assert!(webhook(&of(24)).is_ok() && webhook(&of(64)).is_ok());
        for wrong in
            [of(23), of(65), "whsec_".into(), "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(), "whsec_!".into()]
        {
            let why = webhook(&wrong).err().unwrap();
            assert!(wrong.len() < 10 || !why.contains(&wrong), "{why}");
        }
    }

    #[test]
    fn what_is_answered_decides_whether_it_is_said_again() {
        let of = |status: u16| judge(StatusCode::from_u16(status).unwrap());
        assert!([200, 201, 204, 299].iter().all(|status| of(*status).is_ok()));
        assert!([500, 502, 503, 429, 408].iter().all(|status| matches!(of(*status), Err(Failure::Down(_)))));
        assert!(
            [301, 400, 401, 404, 422].iter().all(|status| matches!(of(*status), Err(Failure::Refused(_))))
        );
        assert!(matches!(of(410), Err(Failure::Gone(_))));
    }
}
