//! TLS on a stream: from its first byte, or from when the conversation says so.

use std::io::{self, Cursor};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, join, split};
use tokio_rustls::TlsAcceptor;

use super::tls::Certificates;
use crate::clock::Clock;

/// A handshake that has not ended by then is given up.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// What every record of a handshake begins with (RFC 8446 section 5.1), and no message of LDAP.
const HANDSHAKE: u8 = 22;

/// A connection, of whatever kind: TCP, unix socket, or TLS over either.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// A stream whose kind does not matter any more.
pub type Line = Box<dyn Stream>;

/// What makes streams secure.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// With what was read last at each handshake.
    pub fn new(certificates: &Arc<Certificates>) -> Result<Self, rustls::Error> {
        Ok(Self(TlsAcceptor::from(Arc::new(certificates.server()?))))
    }

    /// Begins TLS as the server; the handshake has ten seconds.
    pub async fn begin(&self, line: Line, clock: &Clock) -> io::Result<Line> {
        tokio::select! {
            biased;
            secured = self.0.accept(line) => secured.map(|line| Box::new(line) as Line),
            () = clock.sleep(HANDSHAKE_TIMEOUT) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Waits so long for the first byte, and begins TLS if it is one of a handshake; whether it is.
    pub async fn begin_if_asked(
        &self,
        mut line: Line,
        timeout: Duration,
        clock: &Clock,
    ) -> io::Result<(Line, bool)> {
        let mut first = [0];
        let read = tokio::select! {
            read = line.read(&mut first) => read?,
            () = clock.sleep(timeout) => 0,
        };

        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }

        let (reader, writer) = split(line);
        let line: Line = Box::new(join(Cursor::new(first).chain(reader), writer));
        if first == [HANDSHAKE] { Ok((self.begin(line, clock).await?, true)) } else { Ok((line, false)) }
    }
}
