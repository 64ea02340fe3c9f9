//! Whether the service of a configuration answers on this machine.

use std::time::Duration;

use tokio::time::timeout;

use crate::config::Config;
use crate::net::local_client;

/// Whoever has not answered by then is taken to be down.
const DEADLINE: Duration = Duration::from_secs(3);

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the process answers.
    Alive,
    /// Whether it can answer checks.
    Ready,
}

impl Question {
    const fn path(self) -> &'static str {
        match self {
            Self::Alive => "/healthz",
            Self::Ready => "/readyz",
        }
    }
}

/// Asks the service at the configured address; the error says why it is taken to be down.
pub async fn health(config: &Config, question: Question) -> Result<(), String> {
    let over_tls = config.server.tls_certificate.is_some();
    let status = local_client::status(config.server.listen, over_tls, question.path());
    let status = timeout(DEADLINE, status)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", DEADLINE.as_secs())))?;

    match (status, question) {
        (200, _) => Ok(()),
        (503, Question::Ready) => Err("it cannot answer checks; GET /readyz?verbose says why".into()),
        (other, _) => Err(format!("it answers {other}; is it another service?")),
    }
}
