//! Which mail client that was: by what it calls itself (IMAP ID, RFC 2971, or a user agent), as the mail server passed it
//! on. It is anybody's word, so it decides a picture and a name and nothing else.

use crate::domain::protocol::{Protocol, ProtocolSet};
use crate::pages::icons::Icon;

/// What a client's own name has in it, how people call it, and its picture. The first that fits holds.
const KNOWN: [(&str, &str, Icon); 30] = [
    ("iphone", "iPhone", Icon::Phone),
    ("ipad", "iPad", Icon::Phone),
    ("ios", "iPhone or iPad", Icon::Phone),
    ("k-9", "K-9 Mail", Icon::Phone),
    ("thunderbird android", "Thunderbird for Android", Icon::Phone),
    ("thunderbird for android", "Thunderbird for Android", Icon::Phone),
    ("fairemail", "FairEmail", Icon::Phone),
    ("delta", "Delta Chat", Icon::Phone),
    ("samsung", "Samsung Email", Icon::Phone),
    ("davx", "DAVx5", Icon::Phone),
    ("gmail", "Gmail", Icon::Phone),
    ("android", "Android", Icon::Phone),
    ("thunderbird", "Thunderbird", Icon::Computer),
    ("betterbird", "Betterbird", Icon::Computer),
    ("outlook", "Outlook", Icon::Computer),
    ("mac os x mail", "Apple Mail", Icon::Computer),
    ("apple mail", "Apple Mail", Icon::Computer),
    ("com.apple", "Apple Mail", Icon::Computer),
    ("evolution", "Evolution", Icon::Computer),
    ("geary", "Geary", Icon::Computer),
    ("kmail", "KMail", Icon::Computer),
    ("akonadi", "KMail", Icon::Computer),
    ("mutt", "Mutt", Icon::Computer),
    ("claws", "Claws Mail", Icon::Computer),
    ("mailspring", "Mailspring", Icon::Computer),
    ("mbsync", "mbsync", Icon::Computer),
    ("imapsync", "imapsync", Icon::Computer),
    ("roundcube", "Roundcube", Icon::Globe),
    ("nextcloud", "Nextcloud", Icon::Globe),
    ("snappymail", "SnappyMail", Icon::Globe),
];

/// How people call the client, and its picture, where it is known.
pub fn known(client: &str) -> Option<(&'static str, Icon)> {
    let client = client.to_lowercase();
    let found = KNOWN.iter().find(|(part, _, _)| client.contains(part));
    found.map(|(_, name, icon)| (*name, *icon))
}

/// A picture for a client that has not said what it is: by what it may do.
pub fn by_protocols(protocols: ProtocolSet) -> Icon {
    let of = |wanted: &[Protocol]| {
        let others = Protocol::ALL.into_iter().filter(|one| !wanted.contains(one));
        wanted.iter().any(|one| protocols.contains(*one))
            && others.into_iter().all(|one| !protocols.contains(one))
    };

    if of(&[Protocol::Smtp]) {
        Icon::Printer
    } else if of(&[Protocol::Caldav, Protocol::Carddav, Protocol::Webdav]) {
        Icon::Calendar
    } else {
        Icon::Mail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_known_by_what_they_call_themselves() {
        for (client, name, icon) in [
            ("name=\"iPhone Mail\" version=\"22A3354\"", "iPhone", Icon::Phone),
            ("Thunderbird 153.8", "Thunderbird", Icon::Computer),
            ("name K-9 Mail", "K-9 Mail", Icon::Phone),
            ("iOS/18.0 dataaccessd", "iPhone or iPad", Icon::Phone),
            ("Mac OS X Mail 16.0", "Apple Mail", Icon::Computer),
            ("Roundcube Webmail", "Roundcube", Icon::Globe),
        ] {
            assert_eq!(known(client), Some((name, icon)), "{client}");
        }
        assert_eq!(known("something else"), None);
    }

    #[test]
    fn what_only_sends_is_a_printer() {
        let set = |names: &[&str]| ProtocolSet::parse("protocols", names).unwrap();
        assert_eq!(by_protocols(set(&["smtp"])), Icon::Printer);
        assert_eq!(by_protocols(set(&["caldav", "carddav"])), Icon::Calendar);
        assert_eq!(by_protocols(set(&["imap", "smtp"])), Icon::Mail);
        assert_eq!(by_protocols(ProtocolSet::ALL), Icon::Mail);
    }
}
