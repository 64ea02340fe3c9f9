//! The code that Delta Chat scans to log in to an existing mailbox: `dclogin://address?p=password&v=1` and where IMAP
//! and SMTP are.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{Account, MailServers, Security, Server};
use crate::domain::secret::Secret;

/// What is written as it is: what RFC 3986 reserves for nothing.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In the address also what is between its parts.
const ESCAPED_IN_ADDRESS: &AsciiSet = &ESCAPED.remove(b'@');
/// Certificates are checked strictly, whatever the mail client would do otherwise.
const STRICT: u8 = 1;
/// More than the longest URI takes, so that no copy of the password is left behind by growing.
const CAPACITY: usize = 4_096;

const fn security(server: &Server) -> &'static str {
    match server.security {
        Security::Tls => "ssl",
        Security::StartTls => "starttls",
    }
}

/// The URI; nothing where IMAP or SMTP is missing, for Delta Chat needs both.
pub fn uri(servers: &MailServers, account: Account<'_>) -> Option<Secret> {
    let (imap, smtp) = servers.imap.as_ref().zip(servers.smtp.as_ref())?;

    let mut uri = Zeroizing::new(String::with_capacity(CAPACITY));
    write!(
        uri,
        "dclogin://{}?p={}&v=1&ih={}&ip={}&is={}&sh={}&sp={}&ss={}&ic={STRICT}",
        utf8_percent_encode(account.login, ESCAPED_IN_ADDRESS),
        utf8_percent_encode(account.password.expose(), ESCAPED),
        imap.host,
        imap.port,
        security(imap),
        smtp.host,
        smtp.port,
        security(smtp),
    )
    .ok()?;
    Some(Secret::new(std::mem::take(&mut *uri)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail_setup::tests::servers;

    #[test]
    fn the_uri_has_all_that_delta_chat_needs() {
        let password = Secret::new("abc-d&e".into());
        let account = Account { login: "a+b/c?@example.org", display_name: "A", password: &password };
        assert_eq!(
            uri(&servers(), account).unwrap().expose(),
            "dclogin://a%2Bb%2Fc%3F@example.org?p=abc-d%26e&v=1&ih=imap.example.org&ip=993&is=ssl\
             &sh=smtp.example.org&sp=587&ss=starttls&ic=1"
        );

        for missing in [MailServers { imap: None, ..servers() }, MailServers { smtp: None, ..servers() }] {
            assert!(uri(&missing, account).is_none());
        }
    }
}
