//! The page behind the setup link, whose answer gets lost: sent again, the form shows the keys that were made.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::actors::Http;
use crate::support::clientpass::Clientpass;

/// Everything that comes from one side until its message is whole.
fn message(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return bytes;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return bytes,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// A proxy that loses the first answers; gives every answer of the service, lost or not.
fn losing(to: SocketAddr, lost: usize) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for (nth, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let asked = message(&mut stream);
            let mut service = TcpStream::connect(to).unwrap();
            service.write_all(&asked).unwrap();
            let answer = message(&mut service);
            if tell.send(String::from_utf8_lossy(&answer).into_owned()).is_err() {
                return;
            }
            if nth >= lost {
                drop(stream.write_all(&answer));
            }
        }
    });
    (address, told)
}

/// Sends the form as a browser does; gives the answer, empty if it got lost.
fn send(to: SocketAddr, body: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    write!(
        stream,
        "POST /setup HTTP/1.1\r\nHost: {to}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    String::from_utf8_lossy(&message(&mut stream)).into_owned()
}

fn keys(page: &str) -> Vec<&str> {
    let shown = page.split(">cpk_").skip(1).map(|behind| behind.split('<').next().unwrap());
    shown.collect()
}

#[test]
fn an_answer_that_is_lost_is_given_again_with_the_same_keys() {
    let clientpass = Clientpass::empty();
    let body = format!(
        "once=0123456789abcdef0123456789abcdef&token={}&organization=Example&domain=example.org\
         &owner=owner%40example.org&password=owner%27s+password",
        clientpass.setup_token()
    );
    let (proxy, answers) = losing(clientpass.address(), 2);
    assert_eq!((send(proxy, &body), send(proxy, &body)), (String::new(), String::new()));
    let page = send(proxy, &body);
    assert!(page.starts_with("HTTP/1.1 201"), "{page}");
    assert_eq!(keys(&page).len(), 2, "{page}");
    for _ in 0..3 {
        assert_eq!(keys(&answers.recv_timeout(Duration::from_secs(1)).unwrap()), keys(&page));
    }
    for key in keys(&page) {
        Http::to(clientpass.address()).bearing(&format!("cpk_{key}")).get("/v1/me").expect(200);
    }
}
