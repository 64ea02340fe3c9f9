//! A POST to somebody: TLS by rustls on ring, certificates always checked, one deadline for all of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::clock::Clock;

/// Connecting, sending and hearing the whole answer take no longer.
const DEADLINE: Duration = Duration::from_secs(10);
/// Most that is read of an answer, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
const US: &str = concat!("clientpass/", env!("CARGO_PKG_VERSION"));

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum HttpError {
    /// Nobody answers, not in time, or with something that is no answer.
    Failed(String),
    /// The connection was closed in the middle of it.
    Cut(String),
}

/// What was answered.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// All of its body.
    pub body: Bytes,
}

/// Makes requests.
pub struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    clock: Clock,
}

impl HttpClient {
    /// Trusts these authorities, or the system's.
    pub fn new(authorities: Option<&Path>, clock: Clock) -> Result<Self, String> {
        let tls = tls(authorities)?;
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        // Requests are rare: a connection kept would be closed at the other end by then.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector.build());
        Ok(Self { client, clock })
    }

    /// Posts JSON. No answer in time is `Failed`, one that breaks off is `Cut`; it never says what was sent, nor where to.
    pub async fn post(
        &self,
        uri: &Uri,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Vec<u8>,
    ) -> Result<Answer, HttpError> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = uri.clone();
        let known = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static(US)),
        ];
        *request.headers_mut() = known.into_iter().chain(headers).collect::<HeaderMap>();
        tokio::select! {
            answer = self.exchange(request) => answer,
            () = self.clock.sleep(DEADLINE) => {
                Err(HttpError::Failed(format!("no answer within {} seconds", DEADLINE.as_secs())))
            }
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, HttpError> {
        let answer = self.client.request(request).await.map_err(|error| {
            let said = chain(&error);
            if is_cut(&error) { HttpError::Cut(said) } else { HttpError::Failed(said) }
        })?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await;
        let body = body.map_err(|error| HttpError::Failed(format!("the answer cannot be read: {error}")))?;
        Ok(Answer { status, body: body.to_bytes() })
    }
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
