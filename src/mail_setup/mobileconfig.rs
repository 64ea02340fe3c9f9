//! The profile by which Apple's devices set an account up, with the password in it: mail, and calendars and address
//! books where there are any.

use std::borrow::Cow;

use askama::Template;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::xml::sayable;
use super::{Account, HttpsUrl, MailServers, Server};
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::domain::secret::Secret;

/// The media type of a profile, signed or not.
pub const MEDIA_TYPE: &str = "application/x-apple-aspen-config";
/// More than the longest profile takes, so that no copy of the password is left behind by growing.
const CAPACITY: usize = 32_768;

/// What makes a profile one of its own.
#[derive(Clone, Copy, Debug)]
pub struct ProfileIds {
    /// Whose profile it is.
    pub member: MemberId,
    /// The client password in it, or the first of those that it comes from by rotating. A profile of the same member and
    /// client password takes the place of an earlier one.
    pub client_password: ClientPasswordId,
    /// Random UUIDs, new for each profile: of the whole, of mail, of calendars, of address books.
    pub uuids: [Uuid; 4],
}

/// Calendars or address books.
struct Dav<'a> {
    /// What the names of its keys begin with.
    kind: &'static str,
    payload: &'static str,
    url: &'a HttpsUrl,
    uuid: Uuid,
}

#[derive(Template)]
#[template(path = "mail_setup/mobileconfig.xml")]
struct Profile<'a> {
    identifier: String,
    uuid: Uuid,
    mail_uuid: Uuid,
    organization: Cow<'a, str>,
    name: Cow<'a, str>,
    login: Cow<'a, str>,
    display_name: Cow<'a, str>,
    password: &'a str,
    account_type: &'static str,
    incoming: &'a Server,
    outgoing: &'a Server,
    davs: Vec<Dav<'a>>,
}

/// Whether there can be a profile: mail has to be read and sent.
pub const fn can_be_made(servers: &MailServers) -> bool {
    (servers.imap.is_some() || servers.pop3.is_some()) && servers.smtp.is_some()
}

/// The profile, by the organization of this name; nothing where mail can only be read or only be sent.
pub fn profile(
    servers: &MailServers,
    account: Account<'_>,
    ids: &ProfileIds,
    organization: &str,
) -> Option<Secret> {
    let imap = servers.imap.as_ref().map(|server| ("EmailTypeIMAP", server));
    let (account_type, incoming) =
        imap.or_else(|| servers.pop3.as_ref().map(|server| ("EmailTypePOP", server)))?;
    let outgoing = servers.smtp.as_ref()?;

    let [uuid, mail_uuid, caldav_uuid, carddav_uuid] = ids.uuids;
    let caldav = servers.caldav.as_ref().map(|url| ("CalDAV", "caldav", url, caldav_uuid));
    let carddav = servers.carddav.as_ref().map(|url| ("CardDAV", "carddav", url, carddav_uuid));
    let davs = caldav.into_iter().chain(carddav);

    let profile = Profile {
        identifier: format!("clientpass.{}.{}", ids.member, ids.client_password),
        uuid,
        mail_uuid,
        organization: sayable(organization),
        name: sayable(servers.name.as_deref().unwrap_or(organization)),
        login: sayable(account.login),
        display_name: sayable(account.display_name),
        password: account.password.expose(),
        account_type,
        incoming,
        outgoing,
        davs: davs.map(|(kind, payload, url, uuid)| Dav { kind, payload, url, uuid }).collect(),
    };

    let mut text = Zeroizing::new(String::with_capacity(CAPACITY));
    profile.render_into(&mut *text).ok()?;
    Some(Secret::new(std::mem::take(&mut *text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail_setup::tests::servers;

    fn ids() -> ProfileIds {
        ProfileIds {
            member: Uuid::from_u128(0xa).into(),
            client_password: Uuid::from_u128(0xb).into(),
            uuids: [1, 2, 3, 4].map(Uuid::from_u128),
        }
    }

    fn made(servers: &MailServers) -> Option<String> {
        let password = Secret::new("abcde-fghij".into());
        let account =
            Account { login: "alice@example.org", display_name: "Alice <\0\u{674e}>", password: &password };
        profile(servers, account, &ids(), "Example Ltd").map(|profile| profile.expose().to_owned())
    }

    #[test]
    fn mail_calendars_and_address_books_are_set_up() {
        assert_eq!(made(&servers()).as_deref(), Some(include_str!("golden/profile.mobileconfig")));
    }

    #[test]
    fn without_calendars_there_is_only_mail_and_without_a_way_to_send_nothing() {
        let mail = MailServers { caldav: None, carddav: None, imap: None, ..servers() };
        let said = made(&mail).unwrap();
        assert!(
            said.contains("EmailTypePOP") && said.contains("pop.example.org") && !said.contains("DAV"),
            "{said}"
        );
        assert!(can_be_made(&mail));
        for none in
            [MailServers { smtp: None, ..servers() }, MailServers { imap: None, pop3: None, ..servers() }]
        {
            assert_eq!((made(&none), can_be_made(&none)), (None, false));
        }
    }
}
