//! The rule, said plainly: by letters of callers, apart from the code that decides.
//!
//! ```text
//!   o owner   a admin   d department administrator of Sales   u auditor   m member
//!   O operator's key of all organizations   P of this one   D directory's key   U auditor's key of all   V of this one
//!   S mail server's key of all   N key of an operator of the other organization   - nobody
//! ```

use super::scene::{Caller, Target};

/// What is to come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is allowed.
    Done,
    /// The caller must sign in again: 401.
    StepUp,
    /// The caller is not known: 401.
    Unknown,
    /// 403.
    Forbidden,
    /// 404.
    Hidden,
}

/// Who may do it.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Everyone, known or not.
    Public,
    /// These, and all others hear that they may not.
    Only(&'static str),
    /// These, and all others are nobody.
    Known(&'static str),
    /// These, in the organization that is named, within which they are confined.
    Organization(&'static str),
    /// The same of one thing in this organization; those after the bar do not even learn that it is there.
    Thing(&'static str, &'static str),
    /// Whoever may know of the member.
    Sees,
    /// The member.
    Own,
    /// The member, and whoever stands above.
    OwnOrAbove,
    /// Whoever stands above.
    Above,
    /// The member, and of those above these.
    OwnOrAboveOf(&'static str),
    /// Of those above these.
    AboveOf(&'static str),
    /// Of those above these; of the members themselves these.
    AboveOfOrOwnOf(&'static str, &'static str),
}

/// Those who have no sign-in.
pub const KEYS: &str = "OPDUVSN";

/// The roles that a caller stands above.
fn ranks_below(caller: char) -> &'static [&'static str] {
    match caller {
        'o' | 'O' | 'P' => &["member", "auditor", "department_admin", "admin", "owner"],
        'a' | 'D' => &["member", "auditor", "department_admin"],
        'd' => &["member", "auditor"],
        _ => &[],
    }
}

/// Whether the target is of an organization to which the caller is not confined.
fn is_elsewhere(caller: &Caller, target: &Target) -> bool {
    match caller.letter {
        'O' | 'U' | 'S' => false,
        'N' => target.is_ours,
        _ => !target.is_ours,
    }
}

fn is_own(caller: &Caller, target: &Target) -> bool {
    caller.member_id.as_ref().is_some_and(|id| *id == target.member_id)
}

/// Whether the caller may know of the member.
fn sees(caller: &Caller, target: &Target) -> bool {
    let all = match caller.letter {
        'o' | 'a' | 'u' | 'O' | 'P' | 'D' | 'U' | 'V' | 'N' => true,
        'd' => target.is_in_sales,
        _ => false,
    };
    is_own(caller, target) || (all && !is_elsewhere(caller, target))
}

fn stands_above(caller: &Caller, target: &Target) -> bool {
    // The other organization's operator is one there.
    let letter = if caller.letter == 'N' { 'P' } else { caller.letter };
    sees(caller, target) && !is_own(caller, target) && ranks_below(letter).contains(&target.role)
}

impl Rule {
    /// What comes of it, if the sign-in is fresh enough for it.
    pub fn expected(self, caller: &Caller, target: &Target) -> Expected {
        let letter = caller.letter;
        if letter == '-' {
            return if matches!(self, Self::Public) { Expected::Done } else { Expected::Unknown };
        }
        let (own, above) = (is_own(caller, target), stands_above(caller, target));
        // The other organization's operator may there what this one's may here.
        let is = |some: &str| some.contains(if letter == 'N' && !target.is_ours { 'P' } else { letter });

        let allowed = match self {
            Self::Public => true,
            Self::Known(some) => {
                return if some.contains(letter) { Expected::Done } else { Expected::Unknown };
            }
            Self::Only(some) => {
                return if some.contains(letter) { Expected::Done } else { Expected::Forbidden };
            }
            Self::Thing(_, hidden) if hidden.contains(letter) => return Expected::Hidden,
            Self::Organization(some) | Self::Thing(some, _) => {
                return match is_elsewhere(caller, target) {
                    true => Expected::Hidden,
                    false if is(some) => Expected::Done,
                    false => Expected::Forbidden,
                };
            }
            Self::Sees => sees(caller, target),
            Self::Own => own,
            Self::OwnOrAbove => own || above,
            Self::Above => above,
            Self::OwnOrAboveOf(some) => own || (above && is(some)),
            Self::AboveOf(some) => above && is(some),
            Self::AboveOfOrOwnOf(some, own_of) => (above && is(some)) || (own && is(own_of)),
        };

        // A program that reaches an organization has the wrong key; a member must not learn who else there is.
        let learns = sees(caller, target) || (KEYS.contains(letter) && !is_elsewhere(caller, target));
        match (allowed, learns) {
            (true, _) => Expected::Done,
            (false, true) => Expected::Forbidden,
            (false, false) => Expected::Hidden,
        }
    }
}
