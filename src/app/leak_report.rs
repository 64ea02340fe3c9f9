//! Leak reports to a service elsewhere, over its REST API.

use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::notifiers::proxy;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::leak::LeakedString;
use crate::domain::secret::Secret;
use crate::net::http_client::{AUTHORIZATION, Address, HeaderValue, HttpClient, HttpError, StatusCode};

/// A service that counts reports is asked again after this time, so often.
const PAUSE: Duration = Duration::from_secs(5);
const TRIES: usize = 60;

/// Reports to one service.
pub struct LeakReporter {
    address: Address,
    authorization: HeaderValue,
    client: HttpClient,
    clock: Clock,
}

impl LeakReporter {
    /// To the service at this origin, with this key or session. Secrets are sent in plain text to this machine only.
    pub fn new(config: &Config, environment: &Environment, url: &str, key: &Secret) -> Result<Self, String> {
        let origin = url.trim_end_matches('/');
        let address = Address::parse(&format!("{origin}/v1/leaks"))?;
        let host = address.host();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.split(']').next())
            .unwrap_or_else(|| host.split(':').next().unwrap_or_default());
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if !is_here && !origin.starts_with("https://") {
            return Err(format!("{origin}: what was found is reported over https:// only"));
        }

        let bearer = format!("Bearer {}", key.expose());
        let mut authorization = HeaderValue::from_str(&bearer).map_err(|_| "the key is no key".to_owned())?;
        authorization.set_sensitive(true);
        let clock = Clock::new(Arc::clone(&environment.time));
        let proxy = proxy(&config.net).map_err(|error| error.to_string())?;
        let client = HttpClient::new(None, proxy.as_ref(), clock.clone())?;
        Ok(Self { address, authorization, client, clock })
    }

    /// Reports these strings, as many as one report may have. When it is done, what of them was live has ended.
    pub async fn report(&self, strings: &[LeakedString]) -> Result<(), String> {
        let texts: Vec<&str> = strings.iter().map(LeakedString::text).collect();
        let body = serde_json::json!({"secrets": texts}).to_string();
        for _ in 0..TRIES {
            let headers = vec![(AUTHORIZATION, self.authorization.clone())];
            match self.client.post(&self.address, headers, body.clone().into_bytes()).await {
                Ok(answer) if answer.status == StatusCode::ACCEPTED => return Ok(()),
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => self.clock.sleep(PAUSE).await,
                Ok(answer) => return Err(refused(answer.status)),
                Err(HttpError::Failed(why) | HttpError::Cut(why)) => {
                    return Err(format!("{} could not be reached: {why}", self.address.host()));
                }
            }
        }
        Err("the service takes no more reports with this key for now; report again later".into())
    }
}

fn refused(status: StatusCode) -> String {
    let why = match status.as_u16() {
        401 => "the key is none, or has ended",
        403 => "with this key nothing can be reported: take another than a mail server's",
        404 | 405 => "there is no clientpass at this address, or an older one",
        _ => "nothing was reported",
    };
    format!("{why} (status {status})")
}
