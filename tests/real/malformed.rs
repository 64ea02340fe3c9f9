//! What strangers send that nobody can read: they are answered, and the log calls none of it an error.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::clientpass::Clientpass;

const UNREADABLE: [&[u8]; 8] = [
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\n\r\n",
    b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
    b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxx",
    b"\x16\x03\x01\x02\x00\x01\x00",
];

#[test]
fn a_request_that_cannot_be_read_is_no_error_of_ours() {
    for format in ["text", "json"] {
        let (mut clientpass, _) = Clientpass::installed();
        clientpass.restart_with(&format!("[log]\nformat = \"{format}\"\n"));
        let endless = vec![b'G'; 200_000];
        for bytes in UNREADABLE.into_iter().chain([&endless[..]]) {
            let mut stream = TcpStream::connect(clientpass.address()).unwrap();
            // The other side may have seen enough before all is sent.
            drop(stream.write_all(bytes));
            let mut answer = [0; 12];
            drop(stream.read_exact(&mut answer));
            assert!(answer == [0; 12] || answer.starts_with(b"HTTP/1.1 4"), "{bytes:?}: {answer:?}");
        }
        clientpass.stop();
        let log = clientpass.log();
        assert!(log.contains("stopping"), "{log}");
        assert!(!log.contains("ERROR") && !log.contains("parse error"), "{log}");
    }
}
