//! What clientpass sends goes to whom the configuration names, whatever the environment says.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use crate::support::clientpass::Clientpass;
use crate::support::poll;

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn the_proxies_of_the_environment_are_not_asked() {
    let [hook, proxy] = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let (mut clientpass, at) = Clientpass::installed();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    clientpass.with_environment(&["http_proxy", "HTTP_PROXY", "ALL_PROXY"].map(|name| (name, url.as_str())));
    clientpass.restart_with(&format!(
        "[[on_end]]\ntype = \"webhook\"\nurl = \"http://{}/\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
        hook.local_addr().unwrap()
    ));
    at.member("alice").secured(Clientpass::now()).secure_login(false);
    for listener in [&hook, &proxy] {
        listener.set_nonblocking(true).unwrap();
    }
    let came = poll(PATIENCE, || hook.accept().is_ok());
    assert!(came, "nobody came:\n{}", clientpass.log());
    assert!(proxy.accept().is_err(), "the proxy was asked");
}
