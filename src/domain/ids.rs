//! Identifiers: UUID version 7 (RFC 9562), one type for each kind of thing.

use std::fmt;

use uuid::Uuid;

use crate::clock::Timestamp;

/// A version 7 UUID of the time (milliseconds, and microseconds in `rand_a`: RFC 9562 section 6.2, method 3)
/// and 62 random bits.
pub fn uuid_v7(at: Timestamp, random: [u8; 8]) -> Uuid {
    let micros = u128::try_from(at.micros()).unwrap_or(0);
    let (millis, rest) = (micros / 1000, micros % 1000);
    // 1000 microseconds spread over the 12 bits of `rand_a`.
    let fraction = rest * 4096 / 1000;
    let tail = u128::from(u64::from_be_bytes(random)) & 0x3fff_ffff_ffff_ffff;
    let bits = ((millis & 0xffff_ffff_ffff) << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | tail;
    Uuid::from_u128(bits)
}

/// Nothing that was made at this time or later has a smaller id: whatever is made has its id from before it was written.
/// It is used as a bound only, so it need not be of version 7.
pub fn least_id(at: Timestamp) -> Uuid {
    let millis = u128::try_from(at.micros()).unwrap_or(0) / 1000;
    Uuid::from_u128((millis & 0xffff_ffff_ffff) << 80)
}

/// The next UUID of version 7 after `uuid`, counting up in its random tail and carrying into the time.
pub fn uuid_after(uuid: Uuid) -> Uuid {
    const TAIL: u128 = 0x3fff_ffff_ffff_ffff;

    let bits = uuid.as_u128();
    if bits & TAIL != TAIL {
        return Uuid::from_u128(bits + 1);
    }

    let fraction = (bits >> 64) & 0xfff;
    let millis = bits >> 80;
    let (millis, fraction) = if fraction == 0xfff { (millis + 1, 0) } else { (millis, fraction + 1) };
    Uuid::from_u128((millis << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as a UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads the usual form with hyphens; `None` if it is none.
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok())?.map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// Of an organization.
    OrganizationId
    /// Of a department.
    DepartmentId
    /// Of a member.
    MemberId
    /// Of a client password.
    ClientPasswordId
    /// Of a second factor.
    FactorId
    /// Of a sign-in session.
    SessionId
    /// Of an invitation to choose an account password.
    InvitationId
    /// Of a service key.
    ServiceKeyId
    /// Of a device, by the cookie that the pages give it.
    DeviceId
    /// Of a row of log-ins.
    LogInId
    /// Of a bulk revocation, or of its preview.
    RevocationId
    /// Of an audit event.
    AuditEventId
    /// Of one request to a door.
    RequestId
    /// Of a warning that a client password will end by itself.
    WarningId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_version_variant_and_time() {
        let at = Timestamp::from_micros(1_795_335_300_250_999);
        let id = uuid_v7(at, [0xff; 8]);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id.as_u128() >> 80, 1_795_335_300_250);
        assert_eq!((id.as_u128() >> 64) & 0xfff, 999 * 4096 / 1000);
    }

    #[test]
    fn the_next_id_is_larger_and_still_version_7_even_where_it_carries() {
        let edge = Timestamp::from_micros(999);
        for start in [uuid_v7(edge, [0; 8]), uuid_v7(edge, [0xff; 8])] {
            let mut id = start;
            for _ in 0..100 {
                let next = uuid_after(id);
                assert!(next > id);
                assert_eq!(next.get_version_num(), 7);
                assert_eq!(next.get_variant(), uuid::Variant::RFC4122);
                id = next;
            }
        }

        let full =
            Uuid::from_u128((5 << 80) | (0x7 << 76) | (0xfff << 64) | (0b10 << 62) | 0x3fff_ffff_ffff_ffff);
        assert_eq!(uuid_after(full).as_u128() >> 80, 6);
    }
}
