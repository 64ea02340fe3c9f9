//! Why mail may not work for a member: what of the facts stands in a mail client's way, the most likely first.

use crate::clock::Timestamp;
use crate::domain::client_password::{ClientPassword, State};
use crate::domain::ids::ClientPasswordId;
use crate::domain::member::{Member, MemberState};
use crate::domain::protocol::Protocol;

/// The client password that something is said of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Names it in the API.
    pub id: ClientPasswordId,
    /// What the member calls it.
    pub label: String,
}

impl About {
    fn of(one: &ClientPassword) -> Self {
        Self { id: one.id, label: one.label.clone() }
    }
}

/// Something that keeps mail clients out, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The member is suspended or has left: nobody gets in.
    NotActive,
    /// Secure login is required and off: mail is refused until it is on.
    SecureLoginRequired,
    /// Secure login is off: mail clients use the account password, and no client password works.
    SecureLoginOff,
    /// Secure login is on and there is no client password that works.
    NoClientPassword,
    /// A client still tries one that has ended.
    StaleUse {
        /// Which one it is.
        about: About,
        /// How it ended.
        state: State,
    },
    /// It works from some networks only.
    NetworksOnly {
        /// Which one it is.
        about: About,
    },
    /// It does not let a client read mail.
    CannotRead {
        /// Which one it is.
        about: About,
    },
    /// It does not let a client send mail.
    CannotSend {
        /// Which one it is.
        about: About,
    },
    /// It has a successor, and ends soon.
    Superseded {
        /// Which one it is.
        about: About,
        /// Until when it works at most.
        until: Option<Timestamp>,
    },
    /// Nobody has come with it yet: perhaps it was never typed in.
    NeverUsed {
        /// Which one it is.
        about: About,
    },
}

/// What stands in the way of this member's mail clients, given all of the member's client passwords that are known.
pub fn diagnose(member: &Member, passwords: &[ClientPassword], now: Timestamp) -> Vec<Finding> {
    if member.state != MemberState::Active {
        return vec![Finding::NotActive];
    }
    if !member.secure_login.enabled {
        let required = member.secure_login.required;
        return vec![if required { Finding::SecureLoginRequired } else { Finding::SecureLoginOff }];
    }

    let live = || passwords.iter().filter(|one| one.validity.at(now).is_live());
    let none = live().next().is_none().then_some(Finding::NoClientPassword);
    let stale = passwords.iter().filter(|one| one.stale_use.is_some() && !one.validity.at(now).is_live());
    let stale = stale.map(|one| Finding::StaleUse { about: About::of(one), state: one.validity.at(now) });

    none.into_iter().chain(stale).chain(live().flat_map(|one| limits(one, now))).collect()
}

/// What one that works does not do.
fn limits(one: &ClientPassword, now: Timestamp) -> Vec<Finding> {
    let about = || About::of(one);
    let any = |protocols: &[Protocol]| protocols.iter().any(|protocol| one.protocols.contains(*protocol));
    let for_mail = any(&[Protocol::Imap, Protocol::Pop3, Protocol::Smtp, Protocol::Jmap]);

    let mut found = Vec::new();
    if one.validity.at(now) == State::Superseded {
        found.push(Finding::Superseded { about: about(), until: one.validity.overlap_until });
    }
    if !one.networks.blocks().is_empty() {
        found.push(Finding::NetworksOnly { about: about() });
    }
    if for_mail && !any(&[Protocol::Imap, Protocol::Pop3, Protocol::Jmap]) {
        found.push(Finding::CannotRead { about: about() });
    }
    if for_mail && !any(&[Protocol::Smtp, Protocol::Jmap]) {
        found.push(Finding::CannotSend { about: about() });
    }
    if one.last_used.is_none() {
        found.push(Finding::NeverUsed { about: about() });
    }
    found
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::client_password::{End, EndReason, LastUse, StaleUse, Validity};
    use crate::domain::member::{Role, SignIn};
    use crate::domain::network::Networks;
    use crate::domain::protocol::ProtocolSet;
    use crate::domain::secure_login::SecureLogin;

    const NOW: Timestamp = Timestamp::from_micros(1_000);

    fn member(enabled: bool, required: bool) -> Member {
        Member {
            id: Uuid::from_u128(1).into(),
            organization_id: Uuid::from_u128(2).into(),
            login: "alice@example.org".into(),
            display_name: "Alice".into(),
            role: Role::Member,
            state: MemberState::Active,
            sign_in: SignIn::Local,
            secure_login: SecureLogin { enabled, epoch: 1, since: None, required, required_from: None },
            created_at: NOW,
            version: 1,
        }
    }

    fn phone() -> About {
        About { id: Uuid::from_u128(3).into(), label: "phone".into() }
    }

    fn password(protocols: &[&str]) -> ClientPassword {
        let used = LastUse { at: NOW, protocol: Protocol::Imap, ip: None, client: None };
        ClientPassword {
            id: Uuid::from_u128(3).into(),
            member_id: Uuid::from_u128(1).into(),
            organization_id: Uuid::from_u128(2).into(),
            label: "phone".into(),
            protocols: ProtocolSet::parse("protocols", protocols).unwrap(),
            networks: Networks::ANY,
            validity: Validity {
                expires_at: None,
                overlap_until: None,
                individual_end: None,
                epoch_end: None,
            },
            created_at: NOW,
            last_used: Some(used),
            stale_use: None,
            replaces: None,
            replaced_by: None,
            version: 1,
            moved: ProtocolSet::EMPTY,
            idle_at: None,
        }
    }

    #[test]
    fn what_keeps_everybody_out_is_said_alone() {
        let suspended = Member { state: MemberState::Suspended, ..member(true, false) };
        let one = [password(&["smtp"])];
        assert_eq!(diagnose(&suspended, &one, NOW), [Finding::NotActive]);
        assert_eq!(diagnose(&member(false, false), &one, NOW), [Finding::SecureLoginOff]);
        assert_eq!(diagnose(&member(false, true), &one, NOW), [Finding::SecureLoginRequired]);
        assert_eq!(diagnose(&member(true, false), &[], NOW), [Finding::NoClientPassword]);
    }

    #[test]
    fn a_good_one_is_no_finding() {
        assert_eq!(diagnose(&member(true, false), &[password(&["imap", "smtp"])], NOW), []);
        // What is for a calendar is not missed for mail.
        assert_eq!(diagnose(&member(true, false), &[password(&["caldav"])], NOW), []);
    }

    #[test]
    fn what_one_does_not_do_is_said() {
        let about = phone;
        let found = |one: ClientPassword| diagnose(&member(true, false), &[one], NOW);
        assert_eq!(found(password(&["smtp"])), [Finding::CannotRead { about: about() }]);
        assert_eq!(found(password(&["imap"])), [Finding::CannotSend { about: about() }]);

        let networks = Networks::parse("networks", &["192.0.2.0/24"]).unwrap();
        let one = ClientPassword { networks, last_used: None, ..password(&["jmap"]) };
        assert_eq!(
            found(one),
            [Finding::NetworksOnly { about: about() }, Finding::NeverUsed { about: about() }]
        );

        let until = Some(Timestamp::from_micros(2_000));
        let validity = Validity { overlap_until: until, ..password(&["imap"]).validity };
        let one = ClientPassword { validity, ..password(&["imap", "smtp"]) };
        assert_eq!(found(one), [Finding::Superseded { about: about(), until }]);
    }

    #[test]
    fn a_client_that_tries_a_dead_one_is_named() {
        let end = End { at: NOW, reason: EndReason::RevokedByMember };
        let stale = StaleUse { at: NOW, protocol: Protocol::Imap, ip: None, count: 3 };
        let validity = Validity { individual_end: Some(end), ..password(&["imap"]).validity };
        let dead = ClientPassword { validity, stale_use: Some(stale), ..password(&["imap"]) };

        let found = diagnose(&member(true, false), &[dead, password(&["imap", "smtp"])], NOW);
        assert_eq!(found, [Finding::StaleUse { about: phone(), state: State::Revoked(end) }]);
    }
}
