//! The page behind the setup link, whose answer gets lost: pressed again, it shows the keys that were made.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use crate::support::actors::Http;
use crate::support::clientpass::{Clientpass, Ran};
use crate::support::{find_program, runnable};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages/setup/page.js");
const BROWSER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/support/setup_page.mjs");

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

#[test]
fn an_answer_that_is_lost_is_given_again_with_the_same_keys() {
    if !runnable(find_program("node").is_none().then(|| "node is not installed".into())) {
        return;
    }
    let clientpass = Clientpass::empty();
    let token = clientpass.setup_token();
    let (proxy, answers) = losing(clientpass.address(), 2);
    let mut browser = Command::new(find_program("node").unwrap());
    let page = Ran::of(browser.args([BROWSER, SCRIPT, &format!("http://{proxy}"), &token, "5"])).json();
    assert_eq!(page["done"], true, "{page}");
    let shown = page["shown"].as_array().unwrap();
    assert_eq!(shown.len(), 3, "{page}");
    assert!(shown[0].as_str().unwrap().contains("Press the button again"), "{page}");
    let keys = page["keys"].as_array().unwrap();
    assert!(keys.iter().all(|key| *key == keys[0] && key.as_str().unwrap().len() == 32), "{page}");
    for key in ["operator_key", "mail_server_key"] {
        let key = page[key].as_str().unwrap();
        assert!(key.starts_with("cpk_"), "{page}");
        assert!(answers.recv_timeout(std::time::Duration::from_secs(1)).unwrap().contains(key));
        Http::to(clientpass.address()).bearing(key).get("/v1/me").expect(200);
    }
}
