//! Where clientpass listens, as its configuration says, against where a mail server asks.

use std::net::IpAddr;

use super::Findings;
use super::kind::{Harm, Kind};

/// The kind of where a mail server asks and no door is open.
pub(super) const fn not_open(code: &'static str, found: &'static str) -> Kind {
    Kind {
        code,
        harm: Harm::KeepsOut,
        found,
        why: "no answer comes from there, and mail clients do not get in, whatever their password",
        change: "the address, on one side or the other: the finding names both",
    }
}

/// The kind of where a mail server asks, somebody answers, and clientpass does not listen.
pub(super) const fn elsewhere(code: &'static str, found: &'static str) -> Kind {
    Kind {
        code,
        harm: Harm::WillHurt,
        found,
        why: "passwords go to whoever listens there; nothing is wrong where that is a proxy or a tunnel in front of clientpass",
        change: "the address, unless that is so",
    }
}

/// What of clientpass a mail server may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The REST API.
    Api,
    /// Dovecot's auth protocol.
    Dovecot,
    /// The OAuth2 password grant.
    OAuth2,
    /// `auth_http` of nginx's mail proxy.
    NginxMail,
    /// HTTP forward authentication.
    ForwardAuth,
    /// LDAP binds.
    Ldap,
}

impl Door {
    /// The section of the configuration that opens it.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Api => "server",
            Self::Dovecot => "doors.dovecot",
            Self::OAuth2 => "doors.oauth2",
            Self::NginxMail => "doors.nginx_mail",
            Self::ForwardAuth => "doors.forward_auth",
            Self::Ldap => "doors.ldap",
        }
    }

    /// The port at which the files of `mail-servers/` ask for it.
    const fn shipped_port(self) -> Option<u16> {
        match self {
            Self::Api => Some(8600),
            Self::Dovecot => None,
            Self::OAuth2 => Some(8602),
            Self::NginxMail => Some(8603),
            Self::ForwardAuth => Some(8604),
            Self::Ldap => Some(8389),
        }
    }
}

/// Where clientpass listens.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Each door that is open, and its address as the configuration has it.
    pub doors: Vec<(Door, String)>,
    /// Whether somebody answers at an address of this machine; absent where the mail server is on another one.
    pub answers: Option<fn(&str) -> bool>,
}

/// Where a mail server asks for a door.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asks<'a> {
    /// Which door it wants.
    pub(crate) door: Door,
    /// `host:port` or `unix:/path`.
    pub(crate) at: &'a str,
    /// Whether it is known to want clientpass: what it asks by names it, say. Else only an address of ours shows that.
    pub(crate) wants_us: bool,
}

/// Why nobody answers a mail server as it wants to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Missed {
    /// The configuration opens no such door, and nobody answers there.
    NotOpen,
    /// The door listens here, and nobody answers where the mail server asks.
    ListensAt(String),
    /// Another door listens there, which does not understand the question.
    IsAnother(Door),
    /// Somebody answers there who is no door that the configuration opens.
    IsSomebody,
}

impl Opened {
    /// Where this door listens.
    pub(crate) fn place(&self, door: Door) -> Option<&str> {
        self.doors.iter().find(|(open, _)| *open == door).map(|(_, listen)| listen.as_str())
    }

    /// Whether this door listens where a mail server asks.
    fn reaches(&self, door: Door, at: &str) -> bool {
        let Some(asked) = Spot::read(at) else { return false };
        let mut places = self.doors.iter().filter(|(open, _)| *open == door);
        places.any(|(_, listen)| Spot::read(listen).is_some_and(|listen| listen.is_reached_by(&asked)))
    }

    /// Whether a door is open and nobody asks there: then who asks elsewhere may be meant to.
    pub(crate) fn is_left(&self, door: Door, asked: &[String]) -> bool {
        self.place(door).is_some() && !asked.iter().any(|at| self.reaches(door, at))
    }

    /// From which address a proxy on the machine of clientpass comes that hands requests on to the API at this address;
    /// nothing where it does not reach the API, or that cannot be known.
    pub(crate) fn peer_of_api(&self, at: &str) -> Option<IpAddr> {
        let listen = Spot::read(self.place(Door::Api)?)?;
        let asked = Spot::read(at)?;
        match asked {
            Spot::Ip(ip, _) if listen.is_reached_by(&asked) => Some(ip),
            _ => None,
        }
    }

    /// Finds what is wrong with where a mail server asks. `who` asks, and `line` makes its line for an address. Of the
    /// kinds the second is for somebody who answers there, and may be a proxy in front of clientpass.
    pub(crate) fn judge(
        &self,
        asks: Asks<'_>,
        (missing, somebody): (&'static Kind, &'static Kind),
        who: &str,
        line: impl Fn(&str) -> String,
        found: &mut Findings,
    ) {
        let Some(missed) = self.missed(asks) else { return };
        let kind = if missed == Missed::IsSomebody { somebody } else { missing };
        let what = format!("{who} asks at {}, {}", asks.at, missed.what(asks.door));
        found.find(kind, &what, &missed.change(self, asks, line));
    }

    /// What is wrong with where a mail server asks; nothing where the door listens there, or where that cannot be known.
    fn missed(&self, Asks { door, at, wants_us }: Asks<'_>) -> Option<Missed> {
        let asked = Spot::read(at)?;
        let there = |listen: &String| Spot::read(listen).is_some_and(|listen| listen.is_reached_by(&asked));
        let mut listening = self.doors.iter().filter(|(_, listen)| there(listen)).map(|(open, _)| *open);

        let first = listening.next();
        if first == Some(door) || listening.any(|open| open == door) || !asked.is_local() {
            return None;
        }
        if let Some(another) = first {
            return Some(Missed::IsAnother(another));
        }
        if !wants_us && (asked.port().is_none() || asked.port() != door.shipped_port()) {
            return None;
        }

        if self.answers.is_some_and(|answers| answers(&asked.to_string())) {
            return Some(Missed::IsSomebody);
        }
        Some(self.place(door).map_or(Missed::NotOpen, |listen| Missed::ListensAt(listen.into())))
    }
}

impl Missed {
    /// What a finding says of it, behind "… asks at …".
    fn what(&self, door: Door) -> String {
        let section = door.section();
        match self {
            Self::NotOpen => format!("and there is no [{section}] in the configuration of clientpass"),
            Self::ListensAt(listen) => format!("and [{section}] listens on {listen}"),
            Self::IsAnother(another) => format!("where [{}] listens", another.section()),
            Self::IsSomebody => format!("where somebody answers who is not [{section}]"),
        }
    }

    /// The line to change: `line` makes that of the mail server for an address; without a door, that of clientpass.
    fn change(&self, opened: &Opened, asks: Asks<'_>, line: impl Fn(&str) -> String) -> String {
        let section = asks.door.section();
        if let Some(listen) = opened.place(asks.door) {
            return line(listen);
        }

        let free = if matches!(self, Self::NotOpen) { asks.at } else { "…" };
        format!("[{section}] listen = \"{free}\"     # in clientpass.toml; then restart clientpass")
    }
}

/// Host and port of a URL, of which these are the scheme and what follows it; a port that is not named is that of the scheme.
pub(crate) fn address_of(scheme: &str, rest: &str) -> String {
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        return host.into();
    }

    let port = match scheme {
        "https" => 443,
        "ldap" => 389,
        "ldaps" => 636,
        _ => 80,
    };
    format!("{host}:{port}")
}

/// An address, as configurations write it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Spot<'a> {
    Unix(&'a str),
    Ip(IpAddr, u16),
    Name(&'a str, u16),
}

impl<'a> Spot<'a> {
    /// `127.0.0.1:8603`, `[::1]:8603`, `localhost:8603`, `unix:/path`; a port that is not named is that of HTTP.
    fn read(address: &'a str) -> Option<Self> {
        if let Some(path) = address.strip_prefix("unix:") {
            return Some(Self::Unix(
                path.strip_prefix("/var").filter(|run| run.starts_with("/run/")).unwrap_or(path),
            ));
        }

        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
            _ => (address, 80),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(ip) => Some(Self::Ip(ip.to_canonical(), port)),
            Err(_) if host == "localhost" => Some(Self::Ip(IpAddr::from([127, 0, 0, 1]), port)),
            Err(_) if host.is_empty() || host.contains('$') => None,
            Err(_) => Some(Self::Name(host, port)),
        }
    }

    /// Whether who asks there reaches who listens here.
    fn is_reached_by(&self, asked: &Self) -> bool {
        match (self, asked) {
            (Self::Ip(listen, own), Self::Ip(_, port)) if listen.is_unspecified() => own == port,
            (Self::Ip(listen, own), Self::Name(_, port)) => listen.is_unspecified() && own == port,
            _ => self == asked,
        }
    }

    fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Ip(ip, _) => ip.is_loopback(),
            Self::Name(..) => false,
        }
    }

    fn port(&self) -> Option<u16> {
        match self {
            Self::Unix(_) => None,
            Self::Ip(_, port) | Self::Name(_, port) => Some(*port),
        }
    }
}

impl std::fmt::Display for Spot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Ip(IpAddr::V6(ip), port) => write!(f, "[{ip}]:{port}"),
            Self::Ip(ip, port) => write!(f, "{ip}:{port}"),
            Self::Name(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(doors: &[(Door, &str)]) -> Opened {
        Opened { doors: doors.iter().map(|(door, at)| (*door, (*at).to_owned())).collect(), answers: None }
    }

    fn missed(opened: &Opened, at: &str, wants_us: bool) -> Option<Missed> {
        opened.missed(Asks { door: Door::NginxMail, at, wants_us })
    }

    #[test]
    fn a_door_is_reached_in_each_form_of_its_address() {
        for (listen, at) in [
            ("127.0.0.1:8603", "localhost:8603"),
            ("[::1]:8603", "[::1]:8603"),
            ("0.0.0.0:8603", "192.0.2.7:8603"),
            ("0.0.0.0:8603", "127.0.0.1:8603"),
            ("[::]:8603", "127.0.0.1:8603"),
            ("[::]:8603", "mail.example.org:8603"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("unix:/run/clientpass/mail.sock", "unix:/var/run/clientpass/mail.sock"),
        ] {
            assert_eq!(missed(&opened(&[(Door::NginxMail, listen)]), at, true), None, "{listen} {at}");
        }
    }

    #[test]
    fn a_door_that_is_not_open_is_missed() {
        let none = opened(&[(Door::Api, "127.0.0.1:8600")]);
        // The port of the shipped file shows whom it wants.
        assert_eq!(missed(&none, "127.0.0.1:8603", false), Some(Missed::NotOpen));
        assert_eq!(missed(&none, "127.0.0.1:9000", true), Some(Missed::NotOpen));
        assert_eq!(missed(&none, "unix:/run/clientpass/mail.sock", true), Some(Missed::NotOpen));
        assert_eq!(missed(&none, "127.0.0.1:8600", false), Some(Missed::IsAnother(Door::Api)));

        let elsewhere = opened(&[(Door::NginxMail, "127.0.0.1:8613")]);
        let listens = Some(Missed::ListensAt("127.0.0.1:8613".into()));
        assert_eq!(missed(&elsewhere, "127.0.0.1:8603", false), listens);
        assert_eq!(missed(&elsewhere, "[::1]:8613", true), listens);
        let everywhere = opened(&[(Door::NginxMail, "0.0.0.0:8613")]);
        let listens = Some(Missed::ListensAt("0.0.0.0:8613".into()));
        assert_eq!(missed(&everywhere, "127.0.0.1:8603", true), listens);
        let socket = opened(&[(Door::NginxMail, "unix:/spool/x")]);
        let listens = Some(Missed::ListensAt("unix:/spool/x".into()));
        assert_eq!(missed(&socket, "unix:/var/spool/x", true), listens);
    }

    #[test]
    fn of_doors_at_one_address_it_counts_whether_the_wanted_one_is_among_them() {
        let with = |other| opened(&[(Door::Api, "127.0.0.1:8603"), (other, "127.0.0.1:8603")]);
        assert_eq!(missed(&with(Door::NginxMail), "127.0.0.1:8603", true), None);
        let another = Some(Missed::IsAnother(Door::Api));
        assert_eq!(missed(&with(Door::Ldap), "127.0.0.1:8603", true), another);
    }

    #[test]
    fn a_door_is_left_where_it_is_open_and_nobody_asks_there() {
        let open = opened(&[(Door::NginxMail, "127.0.0.1:8603"), (Door::Api, "127.0.0.1:8600")]);
        let left = |asked: &[&str]| {
            open.is_left(Door::NginxMail, &asked.iter().map(|at| (*at).to_owned()).collect::<Vec<_>>())
        };
        assert!(left(&[]) && left(&["127.0.0.1:8600"]) && left(&["127.0.0.1:port"]));
        assert!(!left(&["127.0.0.1:8600", "localhost:8603"]));
        assert!(!open.is_left(Door::Ldap, &[]), "it is not open");
    }

    #[test]
    fn what_cannot_be_known_is_not_missed() {
        let none = opened(&[]);
        for (at, wants_us) in [
            ("127.0.0.1:9000", false),
            ("unix:/run/other.sock", false),
            ("mail.example.org:8603", true),
            ("192.0.2.7:8603", true),
            ("$upstream", true),
            ("127.0.0.1:port", true),
        ] {
            assert_eq!(missed(&none, at, wants_us), None, "{at}");
        }
    }

    #[test]
    fn somebody_who_answers_there_may_be_a_proxy_in_front() {
        let mut here = opened(&[(Door::NginxMail, "127.0.0.1:8613")]);
        here.answers = Some(|at| at == "127.0.0.1:8603");
        assert_eq!(missed(&here, "localhost:8603", true), Some(Missed::IsSomebody));
        assert!(matches!(missed(&here, "127.0.0.1:8604", true), Some(Missed::ListensAt(_))));
    }
}
