//! HTTP as bytes, for what a polite client never sends and never shows.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection; gives up after twenty seconds.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Everything that still comes on a connection, until the other side closes it.
pub fn rest(stream: TcpStream) -> String {
    String::from_utf8_lossy(&rest_bytes(stream)).into_owned()
}

fn rest_bytes(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A server that refuses may reset the connection; what came before counts.
    drop(stream.read_to_end(&mut bytes));
    bytes
}

/// Sends this and reads until the connection is closed.
pub fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    drop(stream.write_all(request));
    rest(stream)
}

/// The same; gives what came as bytes.
pub fn exchange_bytes(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    drop(stream.write_all(request));
    rest_bytes(stream)
}

/// Reads until this has come; gives what came.
pub fn until(stream: &mut TcpStream, end: &str) -> String {
    let (mut text, mut byte) = (String::new(), [0u8; 1]);
    while !text.ends_with(end) {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "closed after {text}");
        text.push(char::from(byte[0]));
    }
    text
}

/// A POST of JSON on a connection that is closed afterwards.
pub fn post(path: &str, token: &str, body: &str) -> String {
    json("POST", path, token, body)
}

/// A request with JSON, about whatever version there is, on a connection that is closed afterwards.
pub fn json(method: &str, path: &str, token: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nIf-Match: *\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The status of an answer.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}
