//! What a client password can be for, as people say it; label and protocols follow from it and can be changed.

use crate::domain::protocol::Protocol;
use crate::pages::icons::Icon;

/// What a client password is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Mail on a phone or tablet.
    Phone,
    /// Mail on a computer.
    Computer,
    /// A printer, scanner or program that only sends.
    Printer,
    /// Calendar and contacts.
    Calendar,
    /// Anything else.
    Other,
}

impl Kind {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] = [Self::Phone, Self::Computer, Self::Printer, Self::Calendar, Self::Other];

    /// Its name in addresses and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Computer => "computer",
            Self::Printer => "printer",
            Self::Calendar => "calendar",
            Self::Other => "other",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its picture.
    pub const fn icon(self) -> Icon {
        match self {
            Self::Phone => Icon::Phone,
            Self::Computer => Icon::Computer,
            Self::Printer => Icon::Printer,
            Self::Calendar => Icon::Calendar,
            Self::Other => Icon::Mail,
        }
    }

    /// What it needs.
    pub const fn protocols(self) -> &'static [Protocol] {
        use Protocol::{Caldav, Carddav, Imap, Jmap, Pop3, Sieve, Smtp, Webdav};
        match self {
            Self::Phone => &[Imap, Smtp, Jmap, Caldav, Carddav],
            Self::Computer => &[Imap, Pop3, Smtp, Sieve, Jmap, Caldav, Carddav],
            Self::Printer => &[Smtp],
            Self::Calendar => &[Caldav, Carddav, Webdav],
            Self::Other => &Protocol::ALL,
        }
    }
}
