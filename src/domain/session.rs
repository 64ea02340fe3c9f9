//! Sessions as the member sees them, to know the own ones from somebody else's.

use crate::clock::Timestamp;
use crate::domain::ids::SessionId;

/// Longest user agent that is kept, in bytes of UTF-8; more is cut off.
const MAX_USER_AGENT: usize = 256;

/// A session of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSession {
    /// Names it in the API; it is no token.
    pub id: SessionId,
    /// When the member signed in.
    pub created_at: Timestamp,
    /// When the member last proved who it is in this session.
    pub authenticated_at: Timestamp,
    /// The last request, up to a few seconds ago.
    pub last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// The name of its second step, if it had one.
    pub second_factor: Option<String>,
    /// The address that it began from, where one is known.
    pub ip: Option<String>,
    /// What the browser or program called itself.
    pub user_agent: Option<String>,
}

/// A user agent as it is kept: what it shows of a line, without control characters, as far as there is room.
pub fn user_agent(header: &str) -> Option<String> {
    let mut kept = String::new();
    for c in header.trim().chars().filter(|c| !c.is_control()) {
        if kept.len() + c.len_utf8() > MAX_USER_AGENT {
            break;
        }
        kept.push(c);
    }
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_one_line_of_bounded_length() {
        assert_eq!(user_agent(" Mozilla/5.0\t(X11)\u{7f} "), Some("Mozilla/5.0(X11)".into()));
        assert_eq!((user_agent(""), user_agent(" \u{1}")), (None, None));

        let long = user_agent(&"ü".repeat(500)).unwrap();
        assert_eq!((long.len(), long.chars().count()), (256, 128));
    }
}
