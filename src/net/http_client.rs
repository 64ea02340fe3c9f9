//! The one place for outbound HTTP: TLS by rustls on ring, certificates always checked, one deadline for all of it.
//!
//! Redirects are not followed, and the proxies of the environment are not used: requests carry credentials, and go
//! where the configuration says and nowhere else.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, NoProxy, Response};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::clock::Clock;

pub use reqwest::StatusCode;
pub use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

/// Connecting, sending and reading the whole answer take no longer.
const DEADLINE: Duration = Duration::from_secs(10);
/// Most that is read of an answer, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
const USER_AGENT: &str = concat!("clientpass/", env!("CARGO_PKG_VERSION"));
/// Hosts that are never reached through a proxy: it would be another machine's.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum HttpError {
    /// Nobody answers, not in time, or with something that is no answer.
    Failed(String),
    /// The connection was closed in the middle of it.
    Cut(String),
}

/// A complete answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The status code, whatever it is: only the caller knows which ones are good.
    pub status: StatusCode,
    /// All of its body.
    pub body: Vec<u8>,
}

/// Where a request goes: `http` or `https` and a host, without a password.
#[derive(Clone)]
pub struct Address {
    url: reqwest::Url,
    host: String,
}

impl Address {
    /// Reads a URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let after_scheme = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let host = after_scheme.and_then(|rest| rest.split(['/', '?', '#', '\\']).next()).unwrap_or_default();

        if host.is_empty() {
            return Err("url must begin with http:// or https:// and name a host".into());
        }

        if host.contains('@') {
            return Err("url must hold no password".into());
        }

        let url = text.parse().map_err(|_| "url is no URL".to_owned())?;
        Ok(Self { url, host: host.to_owned() })
    }

    /// The host and, where it is given, the port, as they were written.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// The way out, where there is no other.
#[derive(Clone)]
pub struct Proxy(reqwest::Proxy);

impl Proxy {
    /// The proxy at `http://[user:password@]host:port`, for everything but this machine and the hosts, domains and
    /// networks of `except`. An error does not repeat the URL, which may contain a password.
    pub fn new(url: &str, except: &[String]) -> Result<Self, String> {
        let wrong = "proxy must be http://host:port, or http://user:password@host:port";
        let host = url.strip_prefix("http://").filter(|host| !host.is_empty() && !host.starts_with('/'));
        let proxy = host.and_then(|_| reqwest::Proxy::all(url).ok()).ok_or(wrong)?;
        let except = except.iter().fold(THIS_MACHINE.to_owned(), |all, one| format!("{all},{one}"));
        Ok(Self(proxy.no_proxy(NoProxy::from_string(&except))))
    }
}

/// Makes requests over connections of its own; each is bounded in time and in length.
pub struct HttpClient {
    client: Client,
    clock: Clock,
}

impl HttpClient {
    /// Trusts these authorities, or the system's.
    pub fn new(authorities: Option<&Path>, proxy: Option<&Proxy>, clock: Clock) -> Result<Self, String> {
        let builder = Client::builder()
            .tls_backend_preconfigured(tls(authorities)?)
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            // Requests are rare: a connection kept would be closed at the other end by then.
            .pool_max_idle_per_host(0)
            .no_proxy();

        let builder = match proxy {
            Some(proxy) => builder.proxy(proxy.0.clone()),
            None => builder,
        };

        let client = builder.build().map_err(|error| chain(&error))?;
        Ok(Self { client, clock })
    }

    /// Posts JSON. No answer in time is `Failed`, one that breaks off is `Cut`; neither says what was sent, nor where to.
    pub async fn post(
        &self,
        address: &Address,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Vec<u8>,
    ) -> Result<Answer, HttpError> {
        let known = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let headers = known.into_iter().chain(headers).collect::<HeaderMap>();
        let request = self.client.post(address.url.clone()).headers(headers).body(body);

        tokio::select! {
            answer = exchange(request) => answer,
            () = self.clock.sleep(DEADLINE) => {
                Err(HttpError::Failed(format!("no answer within {} seconds", DEADLINE.as_secs())))
            }
        }
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Answer, HttpError> {
    let response = request.send().await.map_err(|error| {
        let cut = is_cut(&error);
        let why = chain(&error.without_url());
        if cut { HttpError::Cut(why) } else { HttpError::Failed(why) }
    })?;

    let status = response.status();
    let body = read(response).await;
    let body = body.map_err(|why| HttpError::Failed(format!("the answer cannot be read: {why}")))?;
    Ok(Answer { status, body })
}

/// The body, cut while it is read: whoever answers decides how long it is.
async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| chain(&error.without_url()))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(format!("it is longer than {LONGEST_ANSWER} bytes"));
        }
        body.extend_from_slice(&chunk);
    }

    Ok(body)
}

fn is_cut(error: &(dyn std::error::Error + 'static)) -> bool {
    let here = error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message);
    here || error.source().is_some_and(is_cut)
}

/// What went wrong, down to its cause.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        said = format!("{said}: {deeper}");
        cause = deeper.source();
    }
    said
}

fn tls(authorities: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();

    match authorities {
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Some(file) => {
            let shown = file.display();
            let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let found = found.map_err(|error| format!("{shown}: {error}"))?;
            if roots.add_parsable_certificates(found).0 == 0 {
                return Err(format!("{shown} holds no certificate"));
            }
        }
    }

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_host_and_no_password() {
        for good in ["http://127.0.0.1:8080/doveadm/v1", "https://mail.example.org/x?y=z", "http://[::1]:1"] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "mail.example.org", "/doveadm/v1", "ftp://x/", "unix:/x", "http://a:b@c/", "https://"]
        {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
