//! Microsoft's Autodiscover in plain old XML (POX), which Outlook asks for where it sets up IMAP and SMTP itself. A
//! request comes from anybody, so of XML only elements and text are read: no DTD, no entities but the five of XML.

use askama::Template;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::{MailServers, Security, Server};
use crate::clock::Timestamp;
use crate::domain::organization::DomainName;

/// Longest request, in bytes; Outlook's have about 400.
const MAX_REQUEST: usize = 16_384;
/// Elements that may be inside each other; Outlook has three.
const MAX_DEPTH: usize = 16;
/// Longest address and longest name of a schema, in bytes.
const MAX_TEXT: usize = 320;
/// The only answer that is given.
const OUTLOOK: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// Somebody who asks for settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The address as it was given, which is the login.
    pub address: String,
    /// Its domain, in ASCII and lower case.
    pub domain: String,
}

/// Why a request has no settings for an answer. Nobody learns from it whether an address exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no request, or names no mail address.
    Unreadable,
    /// It asks for an answer of another form, as phones do that look for an Exchange.
    OtherSchema,
}

impl Refusal {
    const fn code(self) -> u16 {
        match self {
            Self::Unreadable => 600,
            Self::OtherSchema => 601,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Unreadable => "Invalid Request",
            Self::OtherSchema => "Requested schema version not supported",
        }
    }
}

/// Reads a request.
pub fn read(body: &[u8]) -> Result<Request, Refusal> {
    let text = Some(body).filter(|body| body.len() <= MAX_REQUEST).and_then(|body| str::from_utf8(body).ok());
    let said = text.and_then(read_elements).ok_or(Refusal::Unreadable)?;

    if !said.schema.is_empty() && said.schema.trim() != OUTLOOK {
        return Err(Refusal::OtherSchema);
    }

    read_address(said.address.trim()).ok_or(Refusal::Unreadable)
}

/// The two texts of a request that matter.
#[derive(Default)]
struct Said {
    address: String,
    schema: String,
}

fn read_elements(text: &str) -> Option<Said> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut said = Said::default();
    let mut path: Vec<String> = Vec::new();

    loop {
        match reader.read_event().ok()? {
            Event::Start(element) if path.len() < MAX_DEPTH => {
                path.push(element.local_name().as_ref().to_owned());
            }
            Event::End(_) => drop(path.pop()),
            Event::Text(text) => said.add(&path, &text.xml10_content())?,
            Event::CData(text) => said.add(&path, &text.xml10_content())?,
            Event::GeneralRef(reference) => said.add(&path, resolve(&reference)?.encode_utf8(&mut [0; 4]))?,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) => {}
            Event::Start(_) | Event::DocType(_) | Event::PI(_) => return None,
            Event::Eof => return path.is_empty().then_some(said),
        }
    }
}

impl Said {
    /// Adds a text at its place; nothing where it belongs to nothing that matters.
    fn add(&mut self, path: &[String], text: &str) -> Option<()> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let to = match names[..] {
            ["Autodiscover", "Request", "EMailAddress"] => &mut self.address,
            ["Autodiscover", "Request", "AcceptableResponseSchema"] => &mut self.schema,
            _ => return Some(()),
        };

        to.push_str(text);
        (to.len() <= MAX_TEXT).then_some(())
    }
}

/// The character that a reference means: one of the five that XML itself knows, or one by its number.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    match &*reference.xml10_content() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

fn read_address(text: &str) -> Option<Request> {
    let (local, domain) = text.rsplit_once('@')?;
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_control() || c.is_whitespace());
    let domain = DomainName::parse("domain", domain).ok().filter(|_| plain(local) && plain(domain))?;
    Some(Request { address: text.to_owned(), domain: domain.as_str().to_owned() })
}

#[derive(Template)]
#[template(path = "mail_setup/autodiscover.xml")]
struct Settings<'a> {
    schema: &'static str,
    address: &'a str,
    protocols: Vec<(&'static str, &'a Server)>,
}

impl Settings<'_> {
    /// STARTTLS is called TLS, and TLS from the beginning SSL.
    const fn encryption(server: &Server) -> &'static str {
        match server.security {
            Security::Tls => "SSL",
            Security::StartTls => "TLS",
        }
    }
}

/// The settings for an address. But for the address itself they are the same for each of its domain.
pub fn settings(request: &Request, servers: &MailServers) -> String {
    let protocols = [("IMAP", &servers.imap), ("POP3", &servers.pop3), ("SMTP", &servers.smtp)];
    let protocols = protocols.into_iter().filter_map(|(kind, server)| Some((kind, server.as_ref()?)));
    let page = Settings { schema: OUTLOOK, address: &request.address, protocols: protocols.collect() };
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "mail_setup/autodiscover_error.xml")]
struct RefusalPage {
    time: String,
    code: u16,
    message: &'static str,
}

/// The refusal of a request that came at this time.
pub fn refuse(refusal: Refusal, at: Timestamp) -> String {
    let second = at.seconds().rem_euclid(86_400);
    let time = format!("{:02}:{:02}:{:02}.0000000", second / 3_600, second / 60 % 60, second % 60);
    RefusalPage { time, code: refusal.code(), message: refusal.message() }.render().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail_setup::tests::servers;

    fn request(inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Autodiscover \
             xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
             <Request>{inside}</Request></Autodiscover>"
        )
    }

    fn asked(address: &str) -> Result<String, Refusal> {
        read(request(&format!("<EMailAddress>{address}</EMailAddress>")).as_bytes())
            .map(|asked| asked.address)
    }

    #[test]
    fn the_address_is_read_however_xml_writes_it() {
        for written in [
            "Alice@Example.org",
            "\n  Alice@Example.org ",
            "Alice&#64;Example.org",
            "&#x41;lice@Example.org",
            "<![CDATA[Alice@Example.org]]>",
            "Alice<!-- or Bob -->@Example.org",
        ] {
            assert_eq!(asked(written).as_deref(), Ok("Alice@Example.org"), "{written}");
        }
        assert_eq!(asked("a&amp;b&lt;&apos;@example.org").as_deref(), Ok("a&b<'@example.org"));

        let prefixed = "<a:Autodiscover xmlns:a=\"x\"><a:Request><a:EMailAddress>a@B.example</a:EMailAddress>\
                        <a:LegacyDN/></a:Request></a:Autodiscover>";
        let read = read(format!("\u{feff}{prefixed}").as_bytes()).unwrap();
        assert_eq!((&*read.address, &*read.domain), ("a@B.example", "b.example"));
    }

    #[test]
    fn what_is_no_request_is_unreadable() {
        let deep = format!("{}{}", "<a>".repeat(MAX_DEPTH + 1), "</a>".repeat(MAX_DEPTH + 1));
        let long = request(&format!("<EMailAddress>{}@example.org</EMailAddress>", "a".repeat(MAX_TEXT)));
        let huge = request(&format!("<!--{}-->", " ".repeat(MAX_REQUEST)));
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]>";
        let file = "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
        let asks = request("<EMailAddress>a@example.org</EMailAddress>");
        let (bomb, file) = (format!("{bomb}{asks}"), format!("{file}{asks}"));

        for body in
            ["", "no XML", "<Autodiscover>", "<a></b>", &deep, &long, &huge, &bomb, &file, &asks[..80]]
        {
            assert_eq!(read(body.as_bytes()), Err(Refusal::Unreadable), "{body}");
        }
        for address in
            ["", "alice", "@example.org", "a@", "a b@example.org", "a@exa mple.org", "a@&c;", "&nbsp;"]
        {
            assert_eq!(asked(address), Err(Refusal::Unreadable), "{address}");
        }
        assert_eq!(read(b"\xff\xfe<\0a\0"), Err(Refusal::Unreadable));
    }

    #[test]
    fn a_phone_that_wants_an_exchange_is_told_that_there_is_none() {
        let schema = "<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/mobilesync/\
                      responseschema/2006</AcceptableResponseSchema>";
        let body = request(&format!("<EMailAddress>a@example.org</EMailAddress>{schema}"));
        assert_eq!(read(body.as_bytes()), Err(Refusal::OtherSchema));
    }

    #[test]
    fn settings_and_refusals_are_as_outlook_reads_them() {
        let request = Request { address: "a&<b>'@example.org".into(), domain: "example.org".into() };
        assert_eq!(settings(&request, &servers()), include_str!("golden/autodiscover.xml"));
        let at = Timestamp::parse("2026-11-28T09:08:07.6Z").unwrap();
        assert_eq!(refuse(Refusal::Unreadable, at), include_str!("golden/autodiscover_error.xml"));
    }
}
