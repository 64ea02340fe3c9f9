//! What comes in through the LDAP door: messages in BER, and what a session makes of them; names.

use std::sync::Arc;

use clientpass::domain::network::ClientAddress;
use clientpass::domain::protocol::Protocol;
use clientpass::doors::authenticator::KeyError;
use clientpass::doors::ldap::bind_target::{BindNames, BindTarget, is_service_key};
use clientpass::doors::ldap::dn;
use clientpass::doors::ldap::dn_template::Form;
use clientpass::doors::ldap::message::{MAX_MESSAGE, encode, frame, parse};
use clientpass::doors::ldap::session::{Action, Ask, Reply, Rules, Session};
use clientpass::service::credential_checks::CheckOutcome;

const FORMS: [&str; 3] = [
    "uid={login},service={protocol},ip={ip},dc=clientpass",
    "uid={login},service={protocol},dc=clientpass",
    "uid={login},dc=clientpass",
];

fn bind_names() -> BindNames {
    let forms = FORMS.map(|form| Form::parse(form).expect("it is a form"));
    BindNames { forms: forms.to_vec(), plain: true, protocol: Protocol::Imap }
}

/// Many messages, one after the other, all answered with "cannot tell". Each is taken whole or ends it, what is
/// said is LDAP, nobody reads, and no empty password is asked about.
pub fn messages(mut input: &[u8]) {
    let rules = Rules { bind_names: bind_names(), has_tls: true, need_tls: false, need_key: false };
    let mut session = Session::new(Arc::new(rules));
    while let Ok(Some(length)) = frame(input) {
        assert!(length <= MAX_MESSAGE, "too long, and not refused");
        let Some(bytes) = input.get(..length) else { return };
        let Ok(request) = parse(bytes) else { return };
        assert!(request.id > 0);
        match session.request(request) {
            Action::Say(messages) => framed(&encode(messages)),
            Action::Ask(ask) => framed(&encode(session.answered(unanswered(&ask)))),
            Action::Secure(message) => {
                framed(&encode([message]));
                session.secured();
            }
            Action::End(message) => return framed(&encode(message)),
        }
        input = &input[length..];
    }
}

fn unanswered(ask: &Ask) -> Reply {
    match ask {
        Ask::Key(id, key) => {
            assert!(!key.expose().is_empty(), "an empty key");
            Reply::Key(*id, Err(KeyError::Unavailable))
        }
        Ask::Check(id, _, _, password) => {
            assert!(!password.expose().is_empty(), "an empty password");
            Reply::Checked(*id, Ok(CheckOutcome::Unavailable))
        }
        Ask::Find(..) => panic!("somebody who is nobody may read"),
    }
}

/// Whole messages.
fn framed(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let length = frame(bytes).expect("no LDAP").expect("no whole message");
        bytes = bytes.get(length..).expect("no whole message");
    }
}

/// A name that is read is written so that it is read again as the same one; and what it asks is in it.
pub fn name(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (strict, lenient) = (dn::parse(&text), dn::parse_lenient(&text));
    assert!(strict.is_none() || strict == lenient, "{strict:?} {lenient:?}");
    let Some(parts) = lenient else { return };
    let written: Vec<String> =
        parts.iter().map(|rdn| format!("{}={}", rdn.attribute, dn::escape(&rdn.value))).collect();
    assert_eq!(dn::parse(&written.join(",")).as_ref(), Some(&parts), "{written:?}");
    assert!(!is_service_key(&text) || parts[0].attribute == "cn");
    let bind_names = bind_names();
    let again = bind_names.target(&written.join(","));
    let form = bind_names.forms.iter().find(|form| form.read(&parts).is_some());
    let Some(form) = form else {
        let as_it_stands = BindTarget {
            login: text.clone().into_owned(),
            protocol: Protocol::Imap,
            address: ClientAddress::NotGiven,
        };
        assert_eq!(bind_names.target(&text), Some(as_it_stands));
        return;
    };
    assert_eq!(bind_names.target(&text), again);
    let below = form.below(&parts[1..], &parts[0].value).expect("it has this form");
    assert_eq!(dn::parse(&below), Some(parts));
}
