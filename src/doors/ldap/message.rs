//! LDAP messages on the wire: bytes become requests, answers become bytes, both in BER (RFC 4511 section 5.1).
//!
//! A message is no longer than 16 KiB and no deeper than 24 tags, and its length is judged before it is waited
//! for. The parser logs what it reads, passwords among it, so it works without a listener.

use bytes::BytesMut;
use ldap3_lber::common::TagClass;
use ldap3_lber::parse::Parser;
use ldap3_lber::structure::{PL, StructureTag};
use ldap3_lber::write::encode_into;
use ldap3_proto::proto::{LdapMsg, LdapOp};
use zeroize::Zeroize as _;

/// Longest message, in bytes. A check needs 320 of a login, escaped thrice as long, and 1,024 of a password.
pub const MAX_MESSAGE: usize = 16 * 1024;
/// Deepest nesting of tags; a filter of a real client has about ten.
const MAX_DEPTH: usize = 24;

/// Tags, as ASN.1 numbers them.
const SEQUENCE: u8 = 0x30;
const BOOLEAN: u64 = 1;
const OCTET_STRING: u64 = 4;
/// Operations (RFC 4511).
const BIND: u64 = 0;
const UNBIND: u64 = 2;
const SEARCH: u64 = 3;

/// What a client sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its number, above 0.
    pub id: i32,
    /// What is to be done.
    pub op: LdapOp,
    /// Whether it came with a control that must be obeyed; none is known here.
    pub critical: bool,
}

/// Why bytes are no request. After it nothing on the connection can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// They are no LDAP message, or not one that a client sends.
    #[error("malformed")]
    Malformed,
    /// It is too long.
    #[error("too long")]
    TooLong,
}

/// The bytes of messages, one after the other.
pub fn encode(messages: impl IntoIterator<Item = LdapMsg>) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    for message in messages {
        // It writes to memory, which does not fail.
        drop(encode_into(&mut bytes, message.into()));
    }
    bytes.to_vec()
}

/// How long the message is that begins here; `None` while that is not known.
pub fn frame(bytes: &[u8]) -> Result<Option<usize>, WireError> {
    let (tag, short, rest) = match bytes {
        [] => return Ok(None),
        [tag] => (*tag, None, bytes),
        [tag, short, rest @ ..] => (*tag, Some(*short), rest),
    };

    if tag != SEQUENCE {
        return Err(WireError::Malformed);
    }

    let octets = match short {
        None => return Ok(None),
        Some(short @ 0..=0x7f) => return Ok(Some(2 + usize::from(short))),
        // A length of one to four octets; an indefinite one is not LDAP.
        Some(long @ 0x81..=0x84) => usize::from(long - 0x80),
        Some(_) => return Err(WireError::Malformed),
    };

    let Some(octets) = rest.get(..octets) else { return Ok(None) };

    let length = octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
    let length = 2 + octets.len() + length;
    if length > MAX_MESSAGE { Err(WireError::TooLong) } else { Ok(Some(length)) }
}

/// The request that is in these bytes, and nothing else.
pub fn parse(bytes: &[u8]) -> Result<Request, WireError> {
    let (rest, message) = Parser::new(MAX_DEPTH).parse(bytes).map_err(|_| WireError::Malformed)?;
    let PL::C(mut parts) = message.payload else { return Err(WireError::Malformed) };

    let controls = if parts.len() == 3 { parts.pop() } else { None };
    let [id, mut op] = <[StructureTag; 2]>::try_from(parts).map_err(|_| WireError::Malformed)?;
    if !rest.is_empty() || !is_request(&op) || !is_id(&id) {
        return Err(WireError::Malformed);
    }

    make_text(&mut op);
    let message = StructureTag { class: TagClass::Universal, id: 16, payload: PL::C(vec![id, op]) };
    let message = in_silence(|| LdapMsg::try_from(message)).map_err(|_| WireError::Malformed)?;

    if message.msgid <= 0 {
        return Err(WireError::Malformed);
    }

    Ok(Request { id: message.msgid, op: message.op, critical: controls.is_some_and(is_critical) })
}

/// Runs this without a listener for what it logs.
fn in_silence<T>(run: impl FnOnce() -> T) -> T {
    tracing::dispatcher::with_default(&tracing::Dispatch::none(), run)
}

/// Whether it is an operation that a client may request, and looks like one: bind, search, modify, add, rename,
/// compare and extended have parts; delete and abandon a value; unbind nothing.
fn is_request(op: &StructureTag) -> bool {
    let parts = matches!(op.payload, PL::C(_));
    op.class == TagClass::Application
        && match op.id {
            BIND | SEARCH | 6 | 8 | 12 | 14 | 23 => parts,
            10 | 16 => !parts,
            UNBIND => true,
            _ => false,
        }
}

/// Whether it is a number of at most 32 bits; more would be cut off.
fn is_id(tag: &StructureTag) -> bool {
    matches!(&tag.payload, PL::P(bytes) if (1..=4).contains(&bytes.len()))
}

/// Passwords, names and values of filters may be any bytes, and the parser takes only UTF-8. What is not becomes
/// U+FFFD, which is in no login and no client password: it is refused like any other wrong one.
fn make_text(op: &mut StructureTag) {
    let (bind, search) = (op.id == BIND, op.id == SEARCH);
    let PL::C(parts) = &mut op.payload else { return };
    for part in parts.iter_mut().filter(|_| bind || search) {
        make_text_below(part, bind);
    }
}

fn make_text_below(tag: &mut StructureTag, bind: bool) {
    let text = tag.class == TagClass::Universal && tag.id == OCTET_STRING;
    let password = bind && tag.class == TagClass::Context && tag.id == 0;

    match &mut tag.payload {
        PL::P(bytes) if (text || password) && std::str::from_utf8(bytes).is_err() => {
            let mended = String::from_utf8_lossy(bytes).into_owned();
            bytes.zeroize();
            *bytes = mended.into_bytes();
        }
        PL::P(_) => {}
        PL::C(parts) => parts.iter_mut().for_each(|part| make_text_below(part, false)),
    }
}

/// Whether one of these controls must be obeyed.
fn is_critical(controls: StructureTag) -> bool {
    let is_true = |tag: &StructureTag| {
        let flag = tag.class == TagClass::Universal && tag.id == BOOLEAN;
        flag && matches!(&tag.payload, PL::P(bytes) if bytes.iter().any(|byte| *byte != 0))
    };
    let controls = controls.expect_constructed().unwrap_or_default();
    controls.into_iter().filter_map(StructureTag::expect_constructed).any(|parts| parts.iter().any(is_true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3_proto::proto::{LdapBindCred, LdapBindRequest};
    use proptest::prelude::*;

    fn bind(dn: &[u8], password: &[u8]) -> Vec<u8> {
        let sized = |tag: u8, bytes: &[u8]| [&[tag, u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let bind = [vec![2, 1, 3], sized(4, dn), sized(0x80, password)].concat();
        sized(SEQUENCE, &[vec![2, 1, 7], sized(0x60, &bind)].concat())
    }

    fn bound(bytes: &[u8]) -> (String, String) {
        match parse(bytes).unwrap().op {
            LdapOp::BindRequest(LdapBindRequest { dn, cred: LdapBindCred::Simple(password), .. }) => {
                (dn, password)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_length_is_judged_before_the_message_is_there() {
        for (bytes, length) in [
            (&[][..], Ok(None)),
            (&[0x30], Ok(None)),
            (&[0x30, 5], Ok(Some(7))),
            (&[0x30, 0x82, 1], Ok(None)),
            (&[0x30, 0x82, 1, 0], Ok(Some(260))),
            (&[0x30, 0x84, 0, 0, 1, 0], Ok(Some(262))),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Err(WireError::TooLong)),
            (&[0x30, 0x82, 0x40, 0], Err(WireError::TooLong)),
            (&[0x30, 0x80], Err(WireError::Malformed)),
            (&[0x30, 0x88], Err(WireError::Malformed)),
            (&[0x16], Err(WireError::Malformed)),
        ] {
            assert_eq!(frame(bytes), length, "{bytes:x?}");
        }
    }

    #[test]
    fn odd_bytes_arrive_exactly_and_what_is_no_text_matches_nothing() {
        let password = " a+\"\\,\u{1}\t\u{e4}\0";
        assert_eq!(bound(&bind(b"uid=a", password.as_bytes())), ("uid=a".into(), password.into()));
        assert_eq!(bound(&bind(b"uid=\xe4", b"\xff")), ("uid=\u{fffd}".into(), "\u{fffd}".into()));
    }

    #[test]
    fn what_no_client_may_send_is_malformed() {
        for bytes in [
            &[0x30, 0][..],
            &[0x30, 3, 2, 1, 7],
            // Number 0, a number below it, one that is too long.
            &[0x30, 5, 2, 1, 0, 0x42, 0],
            &[0x30, 8, 2, 4, 0xff, 0xff, 0xff, 0xff, 0x42, 0],
            &[0x30, 9, 2, 5, 1, 0, 0, 0, 1, 0x42, 0],
            // An answer, an operation that is not known, one that is not of this kind.
            &[0x30, 12, 2, 1, 7, 0x61, 7, 10, 1, 0, 4, 0, 4, 0],
            &[0x30, 5, 2, 1, 7, 0x5e, 0],
            &[0x30, 5, 2, 1, 7, 0x82, 0],
            &[0x30, 5, 2, 1, 7, 0x40, 0],
            &[0x30, 5, 2, 1, 7, 0x6a, 0],
            // Something behind it.
            &[0x30, 5, 2, 1, 7, 0x42, 0, 0],
        ] {
            assert_eq!(parse(bytes), Err(WireError::Malformed), "{bytes:x?}");
        }

        assert_eq!(parse(&[0x30, 5, 2, 1, 7, 0x42, 0]).unwrap().op, LdapOp::UnbindRequest);
    }

    #[test]
    fn tags_nest_only_so_deep() {
        let nested = |depth: u8| {
            (0..depth).fold(vec![0x87, 1, b'a'], |inner, _| {
                [&[0xa2, u8::try_from(inner.len()).unwrap()], &inner[..]].concat()
            })
        };
        let search = |depth| {
            let head = [4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0];
            let search = [&head[..], &nested(depth), &[0x30, 0]].concat();
            let op = [&[2, 1, 7, 0x63, u8::try_from(search.len()).unwrap()], &search[..]].concat();
            [&[0x30, u8::try_from(op.len()).unwrap()], &op[..]].concat()
        };

        assert!(matches!(parse(&search(10)).unwrap().op, LdapOp::SearchRequest(_)));
        assert_eq!(parse(&search(30)), Err(WireError::Malformed));
    }

    #[test]
    fn a_control_that_must_be_obeyed_is_seen() {
        let with = |critical: &[u8]| {
            let control = [&[4, 3], &b"1.2"[..], critical].concat();
            let control = [&[0x30, u8::try_from(control.len()).unwrap()], &control[..]].concat();
            let controls = [&[0xa0, u8::try_from(control.len()).unwrap()], &control[..]].concat();
            let op = [&[2, 1, 7, 0x42, 0], &controls[..]].concat();
            parse(&[&[0x30, u8::try_from(op.len()).unwrap()], &op[..]].concat()).unwrap().critical
        };

        assert!(with(&[1, 1, 0xff]) && !with(&[1, 1, 0]) && !with(&[]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (frame(&bytes), parse(&bytes));
        }

        #[test]
        fn no_change_of_a_bind_makes_it_panic(at in 0usize..24, byte: u8) {
            let mut bytes = bind(b"uid=alice", b"secret");
            bytes[at] = byte;
            let _ = parse(&bytes);
        }
    }
}
