//! What a mail client wants beside the password: servers, ports, and codes to scan that say all of it.

use actix_web::web::Data;

use super::kinds::Kind;
use crate::domain::protocol::ProtocolSet;
use crate::domain::secret::Secret;
use crate::mail_setup::{
    Account, HttpsUrl, MailServers, MailSettings, Security, Server, dclogin, thunderbird_qr,
};
use crate::pages::qr::Qr;
use crate::pages::texts::Words;
use crate::pages::visit::Signed;

/// A server, as a mail client asks for it.
pub struct ServerView {
    /// Marks it in the page.
    pub id: &'static str,
    /// What it is for.
    pub title: String,
    /// Its name, or its whole address.
    pub host: String,
    /// Its port, where it has no address.
    pub port: Option<String>,
    /// How it is spoken to.
    pub security: Option<String>,
}

/// A code to scan, with the password in it; shown on demand.
pub struct CodeView {
    /// Marks it in the page.
    pub id: &'static str,
    /// Who reads it.
    pub title: String,
    /// How it is scanned.
    pub hint: String,
    /// The code.
    pub qr: Qr,
}

/// What a mail client wants beside the password.
#[derive(Default)]
pub struct Settings {
    /// The servers that it needs.
    pub servers: Vec<ServerView>,
    /// Codes that it may scan.
    pub codes: Vec<CodeView>,
}

impl Settings {
    /// The settings for a client of this kind of the member, as far as the protocols are open to it; nothing where
    /// nobody has said where mail is.
    pub fn of(signed: &Signed, kind: Kind, protocols: ProtocolSet, secret: &Secret) -> Self {
        let login = signed.member.login.as_str();
        let settings = signed.request.app_data::<Data<MailSettings>>();
        let Some(servers) = settings.and_then(|all| all.of_login(login)) else {
            return Self::default();
        };
        let servers = &servers.within(protocols);

        let account = Account { login, display_name: &signed.member.display_name, password: secret };
        Self {
            servers: views(&signed.words, kind, servers),
            codes: codes(&signed.words, kind, servers, account),
        }
    }
}

fn views(words: &Words, kind: Kind, servers: &MailServers) -> Vec<ServerView> {
    let mail = matches!(kind, Kind::Phone | Kind::Computer | Kind::Other);
    let sends = mail || kind == Kind::Printer;
    let dates = matches!(kind, Kind::Phone | Kind::Computer | Kind::Calendar | Kind::Other);

    let server = |id, wanted: bool, server: &Option<Server>| {
        server.as_ref().filter(|_| wanted).map(|server| by_name(words, id, server))
    };
    let address = |id, wanted: bool, url: &Option<HttpsUrl>| {
        url.as_ref().filter(|_| wanted).map(|url| by_address(words, id, url))
    };

    let fetched = mail && servers.imap.is_none();
    let all = [
        server("imap", mail, &servers.imap),
        server("pop3", fetched, &servers.pop3),
        server("smtp", sends, &servers.smtp),
        server("sieve", matches!(kind, Kind::Computer | Kind::Other), &servers.sieve),
        address("caldav", dates, &servers.caldav),
        address("carddav", dates, &servers.carddav),
    ];
    all.into_iter().flatten().collect()
}

fn by_name(words: &Words, id: &'static str, server: &Server) -> ServerView {
    let security = match server.security {
        Security::Tls => "security-tls",
        Security::StartTls => "security-starttls",
    };
    ServerView {
        id,
        title: words.say(&format!("server-{id}")),
        host: server.host.clone(),
        port: Some(server.port.to_string()),
        security: Some(words.say(security)),
    }
}

fn by_address(words: &Words, id: &'static str, url: &HttpsUrl) -> ServerView {
    let (title, host) = (words.say(&format!("server-{id}")), url.to_string());
    ServerView { id, title, host, port: None, security: None }
}

fn codes(words: &Words, kind: Kind, servers: &MailServers, account: Account<'_>) -> Vec<CodeView> {
    // What was rotated may be a phone as well.
    if !matches!(kind, Kind::Phone | Kind::Other) {
        return Vec::new();
    }

    let code = |id, text: Option<Secret>| {
        let qr = Qr::of(text?.expose())?;
        let say = |end: &str| words.say(&format!("scan-{id}{end}"));
        Some(CodeView { id, title: say(""), hint: say("-hint"), qr })
    };
    let all = [
        code("thunderbird", thunderbird_qr::payload(servers, account)),
        code("delta", dclogin::uri(servers, account)),
    ];
    all.into_iter().flatten().collect()
}
