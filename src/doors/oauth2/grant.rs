//! The request of the password grant (RFC 6749, section 4.3.2): a form.

use percent_encoding::percent_decode;
use zeroize::Zeroizing;

/// A form that is no password grant, and why. Nobody's password is wrong because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A parameter is missing or comes twice.
    Malformed,
    /// Another grant than `password`.
    OtherGrant,
}

/// The value of a parameter, byte for byte as it was typed.
pub type Typed = Zeroizing<Vec<u8>>;

/// A login and a password, and the key of the mail server that sent them.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// `username`: the login, as it was typed.
    pub username: Typed,
    /// `password`: the password, as it was typed.
    pub password: Typed,
    /// `client_secret`: the service key of the mail server, where it sent one.
    pub client_secret: Option<Typed>,
    /// `scope`, where one was requested.
    pub scope: Option<Typed>,
}

/// Reads a form. Parameters that it does not know are ignored, as the RFC wants it.
pub fn read(form: &[u8]) -> Result<Grant, Fault> {
    let [mut kind, mut username, mut password, mut client_secret, mut scope] = [const { None }; 5];

    for pair in form.split(|byte| *byte == b'&') {
        let (name, value) = halves(pair);
        let place = match unescape(name).as_slice() {
            b"grant_type" => &mut kind,
            b"username" => &mut username,
            b"password" => &mut password,
            b"client_secret" => &mut client_secret,
            b"scope" => &mut scope,
            _ => continue,
        };
        if place.replace(unescape(value)).is_some() {
            return Err(Fault::Malformed);
        }
    }

    if kind.ok_or(Fault::Malformed)?.as_slice() != b"password" {
        return Err(Fault::OtherGrant);
    }

    let (username, password) = (username.ok_or(Fault::Malformed)?, password.ok_or(Fault::Malformed)?);
    let given = |value: &Typed| !value.is_empty();
    Ok(Grant { username, password, client_secret: client_secret.filter(given), scope: scope.filter(given) })
}

fn halves(pair: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = pair.splitn(2, |byte| *byte == b'=');
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}

/// `application/x-www-form-urlencoded`: a plus is a space.
fn unescape(text: &[u8]) -> Typed {
    let spaced: Typed = Zeroizing::new(text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect());
    Zeroizing::new(percent_decode(&spaced).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use form_urlencoded::byte_serialize;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn name_and_password_arrive_as_they_were_typed(name: Vec<u8>, typed: Vec<u8>) {
            let escaped = |bytes| byte_serialize(bytes).collect::<String>();
            let form = format!("password={}&grant_type=password&username={}", escaped(&typed), escaped(&name));
            let grant = read(form.as_bytes()).ok().unwrap();
            prop_assert_eq!((grant.username.to_vec(), grant.password.to_vec()), (name, typed));
            prop_assert!(grant.client_secret.is_none() && grant.scope.is_none());
        }

        #[test]
        fn no_form_makes_it_panic(form: Vec<u8>) {
            drop(read(&form));
        }
    }

    #[test]
    fn a_form_as_dovecot_writes_it_is_read() {
        let grant = read(
            b"grant_type=password&username=alice@example.org&password=100%25%20+a%c3%a4%01%e4&client_id=dovecot\
              &client_secret=cpk_1&scope=clientpass",
        );

        let grant = grant.ok().unwrap();
        assert_eq!(grant.username.as_slice(), b"alice@example.org");
        assert_eq!(grant.password.as_slice(), b"100%  a\xc3\xa4\x01\xe4");
        assert_eq!(grant.client_secret.unwrap().as_slice(), b"cpk_1");
        assert_eq!(grant.scope.unwrap().as_slice(), b"clientpass");

        let empty = read(b"grant_type=password&username=&password=&client_secret=&scope=").ok().unwrap();
        assert!(empty.username.is_empty() && empty.client_secret.is_none() && empty.scope.is_none());
    }

    #[test]
    fn what_is_no_password_grant_is_a_fault_and_nobodys_wrong_password() {
        for (form, fault) in [
            ("", Fault::Malformed),
            ("username=a&password=b", Fault::Malformed),
            ("grant_type=password&username=a", Fault::Malformed),
            ("grant_type=password&password=a", Fault::Malformed),
            ("grant_type=password&username=a&password=b&password=c", Fault::Malformed),
            ("grant_type=refresh_token&refresh_token=a", Fault::OtherGrant),
            ("{\"grant_type\":\"password\"}", Fault::Malformed),
        ] {
            assert_eq!(read(form.as_bytes()).err(), Some(fault), "{form}");
        }
    }
}
