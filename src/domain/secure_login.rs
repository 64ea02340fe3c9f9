//! Secure login: on or off per member, with the epoch that ends all client passwords at once.
//!
//! ```text
//!            turned on (confirmed second factor)
//!      off ------------------------------------> on
//!       ^                                         |
//!       +--- turned off: epoch + 1 ---------------+
//! ```
//!
//! A client password carries the epoch in which it was made and is dead once the member's is another.

use crate::clock::Timestamp;
use crate::domain::policy::MemberPolicy;

/// A member's secure login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecureLogin {
    /// Whether it is on.
    pub enabled: bool,
    /// How often all client passwords of the member have ended.
    pub epoch: i64,
    /// Since when it is as it is; `None` if it has never been on.
    pub since: Option<Timestamp>,
    /// Whether mail is refused until the member turns it on.
    pub required: bool,
    /// From when the policy demands it of the member, or has; `None` if it does not, or named no day.
    pub required_from: Option<Timestamp>,
}

impl SecureLogin {
    /// From when the policy will demand it, where it does not yet.
    pub fn announced(&self) -> Option<Timestamp> {
        self.required_from.filter(|_| !self.required)
    }

    /// The same, demanded also where the policy does.
    #[must_use]
    pub const fn under(self, policy: &MemberPolicy) -> Self {
        Self {
            required: self.required || policy.secure_login_required,
            required_from: policy.secure_login_required_from,
            ..self
        }
    }
}

/// Why all client passwords of a member ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchRefusal {
    /// Turning it on needs a confirmed second factor.
    SecondFactorMissing,
}

/// The caller who wants secure login switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchedBy {
    /// The member acts on their own account.
    Member,
    /// An administrator above the member.
    Administrator,
    /// An operator's or directory key.
    Program,
}

/// What a request to switch secure login comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is so already.
    Nothing,
    /// Turn it on.
    On,
    /// Turn it off; the epoch goes up.
    Off,
    /// It is off already, but no longer required: mail goes by the account password again.
    Waive,
}

/// Decides what `enabled` comes to for a member whose secure login is `now`.
pub const fn switch(
    now: &SecureLogin,
    enabled: bool,
    requester: SwitchedBy,
    has_confirmed_factor: bool,
    external: bool,
) -> Result<Switch, SwitchRefusal> {
    match (now.enabled, enabled) {
        (true, true) => Ok(Switch::Nothing),
        (true, false) => Ok(Switch::Off),
        (false, false) if now.required && !matches!(requester, SwitchedBy::Member) => Ok(Switch::Waive),
        (false, false) => Ok(Switch::Nothing),
        (false, true) if has_confirmed_factor => Ok(Switch::On),
        (false, true) if external && matches!(requester, SwitchedBy::Program) => Ok(Switch::On),
        (false, true) => Err(SwitchRefusal::SecondFactorMissing),
    }
}

/// What secure login is after the switch, which the store makes so.
pub const fn switched(before: &SecureLogin, what: Switch, at: Timestamp) -> SecureLogin {
    let since = Some(at);
    match what {
        Switch::Nothing => *before,
        Switch::On => SecureLogin { enabled: true, since, required: false, ..*before },
        Switch::Off => {
            SecureLogin { enabled: false, since, required: false, epoch: before.epoch + 1, ..*before }
        }
        Switch::Waive => SecureLogin { required: false, ..*before },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(enabled: bool, required: bool) -> SecureLogin {
        SecureLogin { enabled, epoch: 3, since: None, required, required_from: None }
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        for requester in [SwitchedBy::Member, SwitchedBy::Administrator, SwitchedBy::Program] {
            assert_eq!(switch(&state(true, false), true, requester, true, false), Ok(Switch::Nothing));
            assert_eq!(switch(&state(false, false), false, requester, false, false), Ok(Switch::Nothing));
        }
    }

    #[test]
    fn on_needs_a_factor_or_an_identity_provider_behind_a_program() {
        let off = state(false, false);

        assert_eq!(switch(&off, true, SwitchedBy::Member, true, false), Ok(Switch::On));
        for (requester, external) in
            [(SwitchedBy::Member, true), (SwitchedBy::Administrator, true), (SwitchedBy::Program, false)]
        {
            assert_eq!(
                switch(&off, true, requester, false, external),
                Err(SwitchRefusal::SecondFactorMissing)
            );
        }

        assert_eq!(switch(&off, true, SwitchedBy::Program, false, true), Ok(Switch::On));
    }

    #[test]
    fn only_others_waive_what_is_required() {
        let lost = state(false, true);
        assert_eq!(switch(&lost, false, SwitchedBy::Member, false, false), Ok(Switch::Nothing));
        assert_eq!(switch(&lost, false, SwitchedBy::Administrator, false, false), Ok(Switch::Waive));
    }

    #[test]
    fn each_switch_leaves_what_it_is_not_about() {
        let before = state(false, true);
        let now = Timestamp::from_micros(1);

        let after =
            |enabled, epoch, since, required| SecureLogin { enabled, epoch, since, required, ..before };
        let table = [
            (Switch::Nothing, before),
            (Switch::On, after(true, 3, Some(now), false)),
            (Switch::Off, after(false, 4, Some(now), false)),
            (Switch::Waive, after(false, 3, None, false)),
        ];
        assert_eq!(table.map(|(what, _)| (what, switched(&before, what, now))), table);
    }
}
