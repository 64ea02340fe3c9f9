//! Secure login: switched by the member, an administrator or a program. Off is the end of every client password.

use super::audit_trail::{AuditEntry, AuditTrail};
use super::authority::Authorizer;
use super::parts::Parts;
use super::rules::PolicyRules;
use super::{Call, Error, IfMatch, Refusal};
use crate::clock::Clock;
use crate::domain::access::{Authority, Caller, MemberPermission};
use crate::domain::audit::Action;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{MemberId, SessionId};
use crate::domain::member::{Member, MemberState, SignIn};
use crate::domain::secure_login::{SecureLogin, Switch, SwitchRefusal, SwitchedBy, switch, switched};
use crate::store::members::Ending;
use crate::store::{ClientPasswordStore, MemberStore, PolicyFacts, SecondFactorStore};

/// What came of switching secure login, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switched {
    /// The member's secure login afterwards; as it would be, in a dry run.
    pub secure_login: SecureLogin,
    /// Client passwords that ended, or would.
    pub ended_client_passwords: i64,
    /// The version of the member's row, for `If-Match`.
    pub version: i64,
}

/// Shows and switches secure login of members.
#[derive(Clone)]
pub struct SecureLogins {
    audit: AuditTrail,
    authorizer: Authorizer,
    client_passwords: ClientPasswordStore,
    clock: Clock,
    members: MemberStore,
    rules: PolicyRules,
    second_factors: SecondFactorStore,
}

impl SecureLogins {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            client_passwords: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            members: parts.store.members(),
            rules: parts.rules.clone(),
            second_factors: parts.store.second_factors(),
        }
    }

    /// A member's secure login, with the version of its row.
    pub async fn get(&self, call: &Call, id: MemberId) -> Result<(SecureLogin, i64), Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ReadSecureLogin, &member)?;
        let member = self.rules.with_requirement(member).await?;
        Ok((member.secure_login, member.version))
    }

    /// Switches secure login, or says what that would end.
    pub async fn switch(
        &self,
        call: &Call,
        id: MemberId,
        enabled: bool,
        dry_run: bool,
        if_match: &IfMatch,
    ) -> Result<Switched, Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                let permission =
                    if enabled { MemberPermission::SecureLoginOn } else { MemberPermission::SecureLoginOff };
                let authority = self.authorizer.may_to(call, permission, &member)?;
                if_match.allows(member.version)?;

                let what = self.what_to_switch(call, &member, enabled).await?;
                let own_off = what == Switch::Off && call.caller.is(id);
                let policy = if own_off { Some(self.rules.may_go_off(&member).await?) } else { None };
                if what == Switch::On && member.state != MemberState::Active {
                    return Err(Refusal::NotActive.into());
                }

                if dry_run || what == Switch::Nothing {
                    let (now, version) = (self.clock.now(), member.version);
                    let ends = what == Switch::Off;
                    let ended = if ends { self.client_passwords.count_live(id, now).await? } else { 0 };
                    let secure_login = switched(&member.secure_login, what, now);
                    let after = self.rules.with_requirement(Member { secure_login, ..member }).await?;
                    let secure_login = after.secure_login;
                    return Ok(Switched { secure_login, ended_client_passwords: ended, version });
                }

                let (change, ended) =
                    self.do_switch(call, authority, &member, (what, policy), if_match).await?;
                self.audit.committed(&change);
                let after = self.authorizer.known_member(call, id).await?;
                let after = self.rules.with_requirement(after).await?;
                Ok(Switched {
                    secure_login: after.secure_login,
                    ended_client_passwords: ended,
                    version: after.version,
                })
            })
            .await
    }

    async fn what_to_switch(&self, call: &Call, member: &Member, enabled: bool) -> Result<Switch, Error> {
        let factors = self.second_factors.of_member(member.id).await?;
        let confirmed = factors.iter().any(|stored| stored.factor.is_confirmed());
        let requester = match call.caller {
            Caller::Key(_) | Caller::Terminal => SwitchedBy::Program,
            Caller::Member(me) if me.member_id == member.id => SwitchedBy::Member,
            Caller::Member(_) => SwitchedBy::Administrator,
        };

        let external = member.sign_in == SignIn::External;
        switch(&member.secure_login, enabled, requester, confirmed, external)
            .map_err(|refusal| match refusal {
                SwitchRefusal::SecondFactorMissing => Refusal::SecondFactorMissing.into(),
            })
    }

    async fn do_switch(
        &self,
        call: &Call,
        authority: Authority,
        member: &Member,
        (what, policy): (Switch, Option<PolicyFacts>),
        if_match: &IfMatch,
    ) -> Result<(AuditEntry, i64), Error> {
        let keep = own_session(call, member.id);
        let (id, version) = (member.id, member.version);

        Ok(match what {
            Switch::On => {
                let change = self.audit.member_entry(call, authority, Action::SecureLoginOn, member)?;
                self.members.secure_login_on(id, version, keep, &change.0).await??;
                (change, 0)
            }
            Switch::Off => {
                let change = self.audit.member_entry(call, authority, Action::SecureLoginOff, member)?;
                let reason = EndReason::SecureLoginOff;
                let ending = Ending { member: id, reason, keep, policy, record: &change.0 };
                let ended = self.members.secure_login_off(if_match.demanded(version), &ending).await??;
                (change, ended)
            }
            Switch::Waive | Switch::Nothing => {
                let change = self.audit.member_entry(call, authority, Action::SecureLoginWaived, member)?;
                self.members.drop_requirement(id, version, &change.0).await??;
                (change, 0)
            }
        })
    }
}

/// The session that goes on when a member's other sessions end.
pub(super) fn own_session(call: &Call, member: MemberId) -> Option<SessionId> {
    match call.caller {
        Caller::Member(me) if me.member_id == member => Some(me.session_id),
        _ => None,
    }
}
