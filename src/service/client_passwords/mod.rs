//! Client passwords: issued by the member, read by those above, changed by the member, ended by both.

use super::audit_trail::{AuditEntry, AuditTrail};
use super::authority::Authorizer;
use super::ids::Ids;
use super::parts::Parts;
use super::rules::PolicyRules;
use super::search::Search;
use super::secrets::Secrets;
use super::secure_login::own_session;
use super::usage::UsageLog;
use super::{Call, Error, IfMatch, Refusal};
use crate::clock::{Clock, Timestamp};
use crate::domain::access::{Authority, MemberPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::client_password::{ClientPassword, EndReason, MAX_LABEL, State, Validity};
use crate::domain::field::{Fault, FieldError, FieldErrors, text_line};
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::domain::member::{Member, MemberState};
use crate::domain::network::Networks;
use crate::domain::policy::{Limits, MemberPolicy};
use crate::domain::protocol::ProtocolSet;
use crate::domain::secret::{CanonicalSecret, Secret};
use crate::store::client_passwords::{Change as Changed, NewClientPassword};
use crate::store::members::Ending;
use crate::store::{ClientPasswordStore, MemberStore, Unmet};

pub mod listing;
mod rotation;

/// What a request to issue a client password says.
#[derive(Clone, Debug)]
pub struct IssueClientPassword<'a> {
    /// The name by which the member knows it again, at most 128 bytes.
    pub label: &'a str,
    /// Protocols; all that the policy allows if absent.
    pub protocols: Option<&'a [String]>,
    /// Networks; any if absent.
    pub networks: Option<&'a [String]>,
    /// Expiry; the policy's default if absent.
    pub expires_at: Option<Timestamp>,
}

/// What is to be changed of a client password.
#[derive(Clone, Debug, Default)]
pub struct Patch<'a> {
    /// The new label; `None` leaves it.
    pub label: Option<&'a str>,
    /// All protocols that it is for from now on; `None` leaves them.
    pub protocols: Option<&'a [String]>,
    /// All networks that it is for from now on; an empty list means any, `None` leaves them.
    pub networks: Option<&'a [String]>,
    /// What becomes of the expiry; by default it stays.
    pub expires_at: Expiry,
}

/// What becomes of an expiry.
#[derive(Clone, Copy, Debug, Default)]
pub enum Expiry {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Never,
    /// It is set to this time, within what the policy allows.
    At(Timestamp),
}

/// A client password with its secret, which is shown this once.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The client password, live as it was made, even if it has ended since.
    pub client_password: ClientPassword,
    /// The secret in groups of letters, as it is shown.
    pub secret: Secret,
}

/// Issues, lists, changes, rotates and ends client passwords.
#[derive(Clone)]
pub struct ClientPasswords {
    audit: AuditTrail,
    authorizer: Authorizer,
    store: ClientPasswordStore,
    clock: Clock,
    ids: Ids,
    search: Search,
    members: MemberStore,
    rules: PolicyRules,
    secrets: Secrets,
    usage: UsageLog,
}

impl ClientPasswords {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            store: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            search: Search::new(parts),
            members: parts.store.members(),
            rules: parts.rules.clone(),
            secrets: parts.secrets.clone(),
            usage: parts.usage.clone(),
        }
    }

    /// Issues a client password to the caller.
    pub async fn issue(
        &self,
        call: &Call,
        id: MemberId,
        request: &IssueClientPassword<'_>,
    ) -> Result<Issued, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::Issue).await?;
                let (policy, facts) = self.rules.for_change(&member).await?;
                may_have_client_passwords(&policy, &member)?;

                let Changed { label, protocols, networks, expires_at, .. } = self.asked(&policy, request)?;
                let (secret, pepper_id, verifier) = self.secrets.client_password()?;
                let new = NewClientPassword {
                    id: self.ids.next()?,
                    verifier,
                    pepper_id,
                    member_id: id,
                    label,
                    protocols,
                    networks,
                    expires_at,
                };

                let change = self.entry(call, authority, Action::ClientPasswordIssued, &member, new.id)?;
                let change = change.that_are_made();
                let most = policy.limits.max_active_per_member;
                self.store.issue(&new, most, &facts, &change.0).await??;
                self.audit.committed(&change);
                self.issued(new.id, secret, &policy.limits).await
            })
            .await
    }

    /// What a new one is to be.
    fn asked(&self, policy: &MemberPolicy, request: &IssueClientPassword<'_>) -> Result<Changed, Error> {
        let mut wrong = FieldErrors::default();
        let label = wrong.take(text_line("label", request.label, MAX_LABEL));
        let protocols =
            request.protocols.map_or(Ok(policy.protocols), |names| allowed_protocols(policy, names));
        let protocols = wrong.take(protocols);
        let networks =
            request.networks.map_or(Ok(Networks::ANY), |blocks| Networks::parse("networks", blocks));
        let networks = wrong.take(networks);
        let expires_at = wrong.take(policy.limits.expiry(self.clock.now(), request.expires_at));

        match (label, protocols, networks, expires_at) {
            (Some(label), Some(protocols), Some(networks), Some(expires_at)) => {
                Ok(Changed { label, protocols, networks, expires_at, prolongs: false })
            }
            _ => Err(wrong.into()),
        }
    }

    pub(super) async fn issued(
        &self,
        id: ClientPasswordId,
        secret: CanonicalSecret,
        limits: &Limits,
    ) -> Result<Issued, Error> {
        let mut client_password = self.store.by_id(id).await?.ok_or(Refusal::Conflict)?;
        // The answer says what was made, even if somebody has ended or rotated it since.
        let expires_at = client_password.validity.expires_at;
        client_password.validity =
            Validity { expires_at, overlap_until: None, individual_end: None, epoch_end: None };
        client_password.replaced_by = None;
        client_password.idle_at = limits.idle_at(client_password.created_at, None);
        Ok(Issued { client_password, secret: secret.grouped() })
    }

    /// Gives one client password, with its latest uses.
    pub async fn get(&self, call: &Call, id: ClientPasswordId) -> Result<ClientPassword, Error> {
        self.usage.write_or_warn().await;
        let known = self.authorizer.known_password(call, id, MemberPermission::ReadClientPasswords);
        let (member, found, _) = known.await?;
        Ok(bounded(found, &self.rules.limits(member.organization_id).await?, self.clock.now()))
    }

    /// Changes label, scope or expiry of the caller's own. What widens it needs a fresh sign-in.
    pub async fn patch(
        &self,
        call: &Call,
        id: ClientPasswordId,
        patch: &Patch<'_>,
        if_match: &IfMatch,
    ) -> Result<ClientPassword, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, before, mut authority) =
                    self.authorizer.known_password(call, id, MemberPermission::Narrow).await?;
                if_match.requires(before.version)?;
                let (policy, facts) = self.rules.for_change(&member).await?;
                let before = bounded(before, &policy.limits, self.clock.now());
                if before.validity.at(self.clock.now()) != State::Active
                    || member.state != MemberState::Active
                {
                    return Err(Refusal::NotActive.into());
                }

                let after = self.patched(&policy, &before, patch)?;
                let same = after.label == before.label
                    && after.protocols == before.protocols
                    && after.networks == before.networks
                    && after.expires_at == before.validity.expires_at;
                if same {
                    return Ok(before);
                }

                let widened = !before.protocols.contains_all(after.protocols)
                    || !before.networks.contain(&after.networks)
                    || after.prolongs;
                if widened {
                    authority = self.authorizer.may_to(call, MemberPermission::Widen, &member)?;
                }

                let change = self.entry(call, authority, Action::ClientPasswordUpdated, &member, id)?;
                let change = change.details(Details::ClientPasswordUpdated {
                    protocols: after.protocols.names(),
                    networks: after.networks.blocks(),
                    expires_at: after.expires_at.map(|at| at.to_string()),
                    widened,
                });

                self.store.update(id, before.version, &after, &facts, &change.0).await??;
                self.audit.committed(&change);
                self.get(call, id).await
            })
            .await
    }

    fn patched(
        &self,
        policy: &MemberPolicy,
        before: &ClientPassword,
        patch: &Patch<'_>,
    ) -> Result<Changed, Error> {
        let mut wrong = FieldErrors::default();
        let label =
            patch.label.map_or(Ok(before.label.clone()), |label| text_line("label", label, MAX_LABEL));
        let label = wrong.take(label);
        let protocols =
            patch.protocols.map_or(Ok(before.protocols), |names| allowed_protocols(policy, names));
        let protocols = wrong.take(protocols);
        let networks =
            patch.networks.map_or(Ok(before.networks.clone()), |blocks| Networks::parse("networks", blocks));
        let networks = wrong.take(networks);

        let expires_at = wrong.take(match patch.expires_at {
            Expiry::Keep => Ok(before.validity.expires_at),
            // Taking the date away comes to the longest life that the policy allows from its making.
            Expiry::Never => Ok(policy.limits.max_lifetime.map(|life| before.created_at.plus(life))),
            Expiry::At(request) if Some(request) == before.validity.expires_at => Ok(Some(request)),
            Expiry::At(request) => {
                policy.limits.new_expiry(self.clock.now(), before.created_at, request).map(Some)
            }
        });

        match (label, protocols, networks, expires_at) {
            (Some(label), Some(protocols), Some(networks), Some(expires_at)) => {
                let prolongs = later(expires_at, before.validity.expires_at);
                Ok(Changed { label, protocols, networks, expires_at, prolongs })
            }
            _ => Err(wrong.into()),
        }
    }

    /// Ends a client password. To end what has ended already changes nothing.
    pub async fn revoke(&self, call: &Call, id: ClientPasswordId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, _, authority) =
                    self.authorizer.known_password(call, id, MemberPermission::Revoke).await?;
                let change = self.entry(call, authority, Action::ClientPasswordRevoked, &member, id)?;

                match self.store.revoke(id, revoker(call, member.id), &change.0).await? {
                    Ok(()) => self.audit.committed(&change),
                    // It has ended already.
                    Err(Unmet::NotActive) => {}
                    Err(unmet) => return Err(unmet.into()),
                }
                Ok(())
            })
            .await
    }

    /// Ends all client passwords of a member. Gives how many; with none there is nothing to do.
    pub async fn revoke_all(&self, call: &Call, id: MemberId) -> Result<i64, Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.known_member(call, id).await?;
                let authority = self.authorizer.may_to(call, MemberPermission::Revoke, &member)?;
                if self.store.count_live(id, self.clock.now()).await? == 0 {
                    return Ok(0);
                }

                let change =
                    self.audit.member_entry(call, authority, Action::ClientPasswordsRevoked, &member)?;
                let (reason, keep) = (revoker(call, id), own_session(call, id));
                let ending = Ending { member: id, reason, keep, policy: None, record: &change.0 };

                match self.members.end_client_passwords(&ending).await? {
                    Ok(ended) => {
                        self.audit.committed(&change);
                        Ok(ended)
                    }
                    // They have ended already.
                    Err(Unmet::Nothing | Unmet::NotActive) => Ok(0),
                    Err(unmet) => Err(unmet.into()),
                }
            })
            .await
    }

    /// The record of a change to a client password.
    pub(super) fn entry(
        &self,
        call: &Call,
        authority: Authority,
        action: Action,
        member: &Member,
        id: ClientPasswordId,
    ) -> Result<AuditEntry, Error> {
        Ok(self
            .audit
            .member_entry(call, authority, action, member)?
            .target(Target::ClientPassword(id))
            .that_are_made())
    }
}

fn allowed_protocols(policy: &MemberPolicy, names: &[String]) -> Result<ProtocolSet, FieldError> {
    let protocols = ProtocolSet::parse("protocols", names)?;
    if !policy.protocols.contains_all(protocols) {
        return Err(FieldError::new("protocols", Fault::NotAllowed, "holds one that the policy turned off"));
    }

    Ok(protocols)
}

/// A client password as the policy lets it live: no longer than the longest life, nor unused for too long. One that has
/// ended keeps its end: the policy may have been put since.
pub(super) fn bounded(of: ClientPassword, limits: &Limits, now: Timestamp) -> ClientPassword {
    if !of.validity.at(now).is_live() {
        return of;
    }
    let expires_at = limits.expires_at(of.created_at, of.validity.expires_at);
    let idle_at = limits.idle_at(of.created_at, of.last_used.as_ref().map(|used| used.at));
    ClientPassword { validity: Validity { expires_at, ..of.validity }, idle_at, ..of }
}

/// Refuses where the policy has no client passwords for a member, or secure login is off.
pub(super) fn may_have_client_passwords(policy: &MemberPolicy, member: &Member) -> Result<(), Error> {
    if !policy.available {
        return Err(Refusal::NotAvailableToMember.into());
    }
    if !member.secure_login.enabled {
        return Err(Refusal::SecureLoginOff.into());
    }
    Ok(())
}

fn revoker(call: &Call, member: MemberId) -> EndReason {
    if call.caller.is(member) { EndReason::RevokedByMember } else { EndReason::RevokedByAdmin }
}

/// Whether an expiry lies after another; none lies after all.
fn later(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    match (one, other) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    }
}
