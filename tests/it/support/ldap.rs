//! An LDAP client that says what it is told to, and shows what came back.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use ldap3_lber::parse::Parser;
use ldap3_lber::structure::StructureTag;
use ldap3_lber::write::encode_into;
use ldap3_proto::parse_ldap_filter_str;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapDerefAliases, LdapExtendedRequest, LdapMsg, LdapOp, LdapResult,
    LdapResultCode, LdapSearchRequest, LdapSearchResultEntry, LdapSearchScope,
};
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// An answer that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(20);
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// What bytes go over.
pub trait Line: Read + Write + Send {}

impl<T: Read + Write + Send> Line for T {}

/// A connection, with the number of its last request.
pub struct Ldap {
    line: Box<dyn Line>,
    last: i32,
}

/// A certificate for `localhost` and `127.0.0.1` with its key.
pub fn certificate() -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap()
}

/// The client's end of TLS over this, for `localhost` with this certificate.
pub fn tls(trusted: &CertifiedKey<KeyPair>, line: Box<dyn Line>) -> Box<dyn Line> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::clone(trusted.cert.der())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let name = ServerName::try_from("localhost").unwrap();
    Box::new(StreamOwned::new(ClientConnection::new(config, name).unwrap(), line))
}

/// The bytes of a message.
pub fn encoded(message: LdapMsg) -> Vec<u8> {
    let mut bytes = bytes::BytesMut::new();
    encode_into(&mut bytes, StructureTag::from(message)).unwrap();
    bytes.to_vec()
}

/// A request for a bind.
pub fn bind(dn: &str, password: &str) -> LdapOp {
    let cred = LdapBindCred::Simple(password.into());
    LdapOp::BindRequest(LdapBindRequest { version: 3, dn: dn.into(), cred })
}

/// A request for a search of everything below a base.
pub fn search(base: &str, filter: &str) -> LdapSearchRequest {
    LdapSearchRequest {
        base: base.into(),
        scope: LdapSearchScope::Subtree,
        aliases: LdapDerefAliases::Never,
        sizelimit: 0,
        timelimit: 0,
        typesonly: false,
        filter: parse_ldap_filter_str(filter).unwrap(),
        attrs: Vec::new(),
    }
}

/// The result that an answer holds.
#[track_caller]
pub fn result(message: &LdapMsg) -> &LdapResult {
    match &message.op {
        LdapOp::BindResponse(bound) => &bound.res,
        LdapOp::ExtendedResponse(extended) => &extended.res,
        LdapOp::SearchResultDone(result)
        | LdapOp::ModifyResponse(result)
        | LdapOp::AddResponse(result)
        | LdapOp::DelResponse(result)
        | LdapOp::ModifyDNResponse(result)
        | LdapOp::CompareResult(result) => result,
        other => panic!("{other:?}"),
    }
}

impl Ldap {
    /// Connects to `127.0.0.1:port` or `unix:/path`.
    pub fn to(address: &str) -> Self {
        let line: Box<dyn Line> = if let Some(path) = address.strip_prefix("unix:") {
            let stream = UnixStream::connect(path).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            Box::new(stream)
        } else {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_nodelay(true).unwrap();
            Box::new(stream)
        };

        Self { line, last: 0 }
    }

    /// Speaks TLS from now on, and trusts this certificate.
    pub fn secured(self, trusted: &CertifiedKey<KeyPair>) -> Self {
        Self { line: tls(trusted, self.line), last: self.last }
    }

    /// Requests TLS, and speaks it.
    #[track_caller]
    pub fn start_tls(mut self, trusted: &CertifiedKey<KeyPair>) -> Self {
        assert_eq!(self.extended(START_TLS), LdapResultCode::Success);
        self.secured(trusted)
    }

    /// Sends a request; gives its number.
    #[track_caller]
    pub fn send(&mut self, op: LdapOp) -> i32 {
        self.last += 1;
        self.send_bytes(&encoded(LdapMsg { msgid: self.last, op, ctrl: Vec::new() }));
        self.last
    }

    /// Sends these bytes.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.line.write_all(bytes).unwrap();
        self.line.flush().unwrap();
    }

    /// The bytes of the next message; `None` if the connection was closed.
    #[track_caller]
    pub fn read_bytes(&mut self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 2];
        match self.line.read_exact(&mut bytes) {
            Err(why) if [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&why.kind()) => {
                return None;
            }
            other => other.unwrap(),
        }

        let mut length = usize::from(bytes[1]);
        if length >= 0x80 {
            let mut octets = vec![0; length - 0x80];
            self.line.read_exact(&mut octets).unwrap();
            length = octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            bytes.extend(octets);
        }

        let head = bytes.len();
        bytes.resize(head + length, 0);
        self.line.read_exact(&mut bytes[head..]).unwrap();
        Some(bytes)
    }

    /// The next message; fails if the connection was closed.
    #[track_caller]
    pub fn read(&mut self) -> LdapMsg {
        let bytes = self.read_bytes().expect("the connection was closed");
        let (rest, tag) = Parser::new(32).parse(&bytes).unwrap();
        assert!(rest.is_empty());
        LdapMsg::try_from(tag).unwrap()
    }

    /// Fails unless the connection is closed, and nothing is said before.
    #[track_caller]
    pub fn closed(&mut self) {
        assert_eq!(self.read_bytes(), None);
    }

    /// Fails unless a notice of disconnection comes, and then the end.
    #[track_caller]
    pub fn disconnected(&mut self) -> LdapResultCode {
        let message = self.read();
        let LdapOp::ExtendedResponse(notice) = &message.op else { panic!("{message:?}") };
        assert_eq!((message.msgid, notice.name.as_deref()), (0, Some("1.3.6.1.4.1.1466.20036")));
        let code = notice.res.code.clone();
        self.closed();
        code
    }

    /// The code of the answer to a request.
    #[track_caller]
    pub fn code(&mut self, op: LdapOp) -> LdapResultCode {
        let id = self.send(op);
        let answer = self.read();
        assert_eq!(answer.msgid, id);
        result(&answer).code.clone()
    }

    /// Binds; gives the code of the answer.
    #[track_caller]
    pub fn bind(&mut self, dn: &str, password: &str) -> LdapResultCode {
        self.code(bind(dn, password))
    }

    /// Requests an extended operation without a value.
    #[track_caller]
    pub fn extended(&mut self, name: &str) -> LdapResultCode {
        self.code(LdapOp::ExtendedRequest(LdapExtendedRequest { name: name.into(), value: None }))
    }

    /// Searches; the entries, and how it ended.
    #[track_caller]
    pub fn search(&mut self, search: LdapSearchRequest) -> (Vec<LdapSearchResultEntry>, LdapResultCode) {
        let id = self.send(LdapOp::SearchRequest(search));
        let mut entries = Vec::new();

        loop {
            let message = self.read();
            assert_eq!(message.msgid, id);
            match message.op {
                LdapOp::SearchResultEntry(entry) => entries.push(entry),
                _ => return (entries, result(&message).code.clone()),
            }
        }
    }

    /// Who this connection is, in the words of RFC 4532.
    #[track_caller]
    pub fn who_am_i(&mut self) -> String {
        let name = "1.3.6.1.4.1.4203.1.11.3".into();
        self.send(LdapOp::ExtendedRequest(LdapExtendedRequest { name, value: None }));
        match self.read().op {
            LdapOp::ExtendedResponse(answer) => String::from_utf8(answer.value.unwrap_or_default()).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}
