//! A passkey in software, and the browser around it: what a page's script puts into a form.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::{Browser, Page};
use crate::support::TestApp;

/// Flags of authenticator data: somebody was there; somebody who was known.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 | 4;
/// An SPKI of Ed25519, as far as the key.
const SPKI: &str = "MCowBQYDK2VwAyEA";

pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

fn sha256(of: &[u8]) -> Vec<u8> {
    digest(&SHA256, of).as_ref().to_vec()
}

/// What the script is told when a button is pressed.
#[track_caller]
pub fn options(browser: &Browser, purpose: &str) -> Value {
    let page = ask(browser, purpose).expect(200);
    serde_json::from_str(&page.text).unwrap()
}

/// The same, whatever comes.
pub fn ask(browser: &Browser, purpose: &str) -> Page {
    browser.post("/passkeys/options", &[("passkey_for", purpose)])
}

/// A passkey.
pub struct Passkey {
    key: Ed25519KeyPair,
    /// The id of the credential.
    pub id: Vec<u8>,
    /// Whether it knows the person.
    pub verifies: Cell<bool>,
    /// How often it has signed; zero if it does not count.
    pub count: Cell<u32>,
    origin: String,
}

/// What a passkey says when it is shown, still to be changed.
pub struct Said {
    /// What the browser says.
    pub client: Value,
    /// What the authenticator says.
    pub data: Vec<u8>,
    /// Whose it is.
    pub user: Option<Vec<u8>>,
    /// What the form says that it is for.
    pub purpose: &'static str,
}

impl Passkey {
    /// One that knows the person and does not count, in a browser that is at the pages of `app`.
    pub fn new(app: &TestApp, seed: u8) -> Self {
        Self {
            key: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(),
            id: vec![seed; 20],
            verifies: Cell::new(true),
            count: Cell::new(0),
            origin: format!("http://localhost:{}", app.address.port()),
        }
    }

    fn client(&self, ceremony: &str, options: &Value) -> Value {
        let challenge = options["challenge"].clone();
        json!({"type": ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
    }

    fn data(&self, rp_id: &Value, more: u8) -> Vec<u8> {
        let flags = if self.verifies.get() { VERIFIED } else { PRESENT };
        [&sha256(rp_id.as_str().unwrap().as_bytes())[..], &[flags | more], &self.count.get().to_be_bytes()]
            .concat()
    }

    /// The field of a form that makes it.
    pub fn made(&self, options: &Value) -> Value {
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let attested = [&[0; 16][..], &length, &self.id, &[0xa4]].concat();
        let spki = [&URL_SAFE_NO_PAD.decode(SPKI).unwrap()[..], self.key.public_key().as_ref()].concat();
        json!({
            "for": "create",
            "id": text(&self.id),
            "client": text(self.client("webauthn.create", options).to_string().as_bytes()),
            "data": text(&[self.data(&options["rp"]["id"], 1 << 6), attested].concat()),
            "key": text(&spki),
            "algorithm": -8,
        })
    }

    /// What it says to these options.
    pub fn says(&self, purpose: &'static str, options: &Value, user: Option<Vec<u8>>) -> Said {
        let client = self.client("webauthn.get", options);
        Said { client, data: self.data(&options["rpId"], 0), user, purpose }
    }

    /// The field of a form that shows it, signed.
    pub fn signed(&self, said: &Said) -> Value {
        let client = said.client.to_string();
        let signature = self.key.sign(&[&said.data[..], &sha256(client.as_bytes())].concat());
        json!({
            "for": said.purpose,
            "id": text(&self.id),
            "client": text(client.as_bytes()),
            "data": text(&said.data),
            "signature": text(signature.as_ref()),
            "user": said.user.as_deref().map(text),
        })
    }

    /// The field of a form that shows it, for whoever was asked just now.
    #[track_caller]
    pub fn shown(&self, browser: &Browser, purpose: &'static str) -> String {
        let options = options(browser, purpose);
        assert!(bytes(&options["challenge"]).len() >= 16, "{options}");
        self.signed(&self.says(purpose, &options, None)).to_string()
    }
}
