//! What comes in through the doors that are asked over HTTP: headers of nginx, forms of Dovecot, Basic credentials.

use clientpass::doors::basic::Credentials;
use clientpass::doors::nginx_mail::decode;
use clientpass::doors::oauth2::grant;

/// What is decoded was written by nginx, which has one way to write each password.
pub fn nginx_headers(input: &[u8]) {
    if let Some(typed) = decode::decode(input) {
        assert!(escaped(&typed).eq_ignore_ascii_case(input), "nginx would not have written it so");
    }
    let typed = decode::decode(&escaped(input)).expect("nginx writes it, and it cannot be read");
    assert_eq!(typed.as_slice(), input);
}

/// As nginx does it.
fn escaped(typed: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    for byte in typed {
        match byte {
            0..=b' ' | b'%' => written.extend(format!("%{byte:02X}").into_bytes()),
            byte => written.push(*byte),
        }
    }
    written
}

/// What is read, written again, is read as the same; and a parameter that comes twice is never chosen from.
pub fn grant_form(input: &[u8]) {
    let Ok(grant) = grant::read(input) else { return };
    let escaped = |bytes: &[u8]| form_urlencoded::byte_serialize(bytes).collect::<String>();
    let mut form = format!(
        "grant_type=password&username={}&password={}",
        escaped(&grant.username),
        escaped(&grant.password)
    );
    if let Some(secret) = &grant.client_secret {
        form.extend(["&client_secret=", &escaped(secret)]);
    }
    if let Some(scope) = &grant.scope {
        form.extend(["&scope=", &escaped(scope)]);
    }
    assert!(grant::read(form.as_bytes()).is_ok_and(|again| again == grant));
    let twice = [input, b"&password="].concat();
    assert_eq!(grant::read(&twice).err(), Some(grant::Fault::Malformed));
}

/// A name has no colon, and both together are what was encoded.
pub fn basic_credentials(input: &[u8]) {
    let Some(read) = Credentials::read(input) else { return };
    assert!(!read.name().contains(&b':'));
    assert!(input.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic ")));
    let both = read.name().len() + 1 + read.password().len();
    assert!(both <= (input.len() - 6) * 3 / 4 + 1, "more than was encoded");
}
