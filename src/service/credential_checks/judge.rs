//! What a check finds: by verifier or by login, judged by the verdict.

use std::sync::Arc;

use super::CredentialChecks;
use super::check::{Accepted, Answer, ParsedCheck};
use crate::clock::Timestamp;
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::client_password::{LastUse, StaleUse};
use crate::domain::ids::ClientPasswordId;
use crate::domain::log_in::LogInBy;
use crate::domain::login::Login;
use crate::domain::place::Place;
use crate::domain::policy::MemberPolicy;
use crate::domain::secret::{CanonicalSecret, Secret, looks_like_secret};
use crate::domain::verdict::{self, Candidate, CheckContext, Comparison, Reason, Verdict, WhenUsed};
use crate::service::deadline::{Deadline, with_deadline};
use crate::service::login_throttle::{Guess, Tried, Use};
use crate::service::{Error, UnknownLogin};
use crate::store::Unmet;
use crate::store::check::{CheckedMember, CheckedPassword};
use crate::store::engine::EngineError;
use crate::store::known_places::Purpose;
use crate::store::usage::Moved;

/// So often it is read whose policy it is under, while that changes.
const READINGS: usize = 4;

impl CredentialChecks {
    pub(super) async fn judge(&self, check: &ParsedCheck<'_>, deadline: Deadline) -> Result<Answer, Error> {
        let login = Login::presented(&check.login);
        match self.judge_as(check, &login, deadline).await? {
            Answer::Defer if !check.sent.next_source => {
                tracing::info!(event = "nobody_to_defer_to", request_id = %check.request_id);
                self.refuse_stranger(check, &login).await
            }
            answer => Ok(answer),
        }
    }

    async fn judge_as(
        &self,
        check: &ParsedCheck<'_>,
        login: &str,
        deadline: Deadline,
    ) -> Result<Answer, Error> {
        if check.password.as_ref().is_some_and(is_no_password) {
            // Nobody's; and a directory may let in whoever binds without one (RFC 4513 section 5.1.2).
            return self.refuse_stranger(check, login).await;
        }

        let context = CheckContext {
            now: self.clock.now(),
            protocol: check.sent.protocol,
            client_address: check.sent.client_address,
        };

        if let Some(secret) =
            check.password.as_ref().and_then(|typed| CanonicalSecret::recognise(typed.expose()))
        {
            let verifiers = self.keyring.verifiers(secret.letters());
            let read = || self.checks.by_verifier(&verifiers);
            let found = self.with_policy(read, |password| &password.member, context.now, deadline).await?;
            if let Some((password, policy)) = found {
                if let Some(newer) = self.keyring.newer_verifier(secret.letters(), password.pepper_id) {
                    self.usage.password_moves(password.id, Moved::new(password.pepper_id, newer));
                }
                return self
                    .judge_client_password(check, login, &context, (&password, &policy), deadline)
                    .await;
            }
        }

        let read = || self.checks.by_login(login);
        let found = self.with_policy(read, |(member, _)| member, context.now, deadline).await?;
        let is_here =
            |member: &CheckedMember| check.sent.within.is_none_or(|home| home == member.organization_id);
        match found.as_ref().filter(|(found, _)| is_here(&found.0)) {
            Some((found, policy)) => {
                let (member, hash) = found.as_ref();
                self.judge_account_password(check, &context, (member, policy), hash.as_deref()).await
            }
            None if self.unknown_login == UnknownLogin::Defer => Ok(Answer::Defer),
            None => self.refuse_stranger(check, login).await,
        }
    }

    async fn judge_client_password(
        &self,
        check: &ParsedCheck<'_>,
        login: &str,
        context: &CheckContext,
        (password, policy): (&CheckedPassword, &MemberPolicy),
        deadline: Deadline,
    ) -> Result<Answer, Error> {
        let member = &password.member;
        let theirs =
            member.login == login && check.sent.within.is_none_or(|home| home == member.organization_id);
        let mut found = password.found.clone();
        if theirs && verdict::depends_on_epoch_end(context, &member.status, &found) {
            found.validity.epoch_end =
                with_deadline(&self.clock, deadline, self.checks.epoch_end(member, &found)).await?;
        }

        let stale = verdict::is_stale(context, &member.status, policy, &found);
        let mut presented =
            if theirs { verdict::Presented::ClientPassword(found) } else { verdict::Presented::Foreign };
        let mut decided = verdict::decide(context, &member.status, policy, &presented);
        let mut writes_use = false;
        if decided == Verdict::ReadLastUse
            && let verdict::Presented::ClientPassword(found) = &mut presented
        {
            let reads = self.read_last_use(context, policy, password.id, found);
            writes_use = with_deadline(&self.clock, deadline, reads).await?;
            decided = verdict::decide(context, &member.status, policy, &presented);
        }

        match decided {
            Verdict::Accept(_) => {
                let accepts = self.accept((check, context), password, policy, writes_use);
                with_deadline(&self.clock, deadline, accepts).await
            }
            Verdict::CannotTell => Err(unreadable_address()),
            Verdict::Reject(_) if !theirs => self.refuse_stranger(check, login).await,
            Verdict::EndIdle => {
                with_deadline(&self.clock, deadline, self.end_idle(context, password, policy)).await?;
                Ok(self.refuse_known(check, context, password, Reason::Expired, true))
            }
            Verdict::Reject(reason) => Ok(self.refuse_known(check, context, password, reason, stale)),
            // A known client password is never anybody else's to judge.
            Verdict::Defer | Verdict::Compare | Verdict::ReadLastUse => {
                self.refuse_stranger(check, login).await
            }
        }
    }

    /// Accepts a client password once whatever has to be on disk before that is.
    async fn accept(
        &self,
        (check, context): (&ParsedCheck<'_>, &CheckContext),
        password: &CheckedPassword,
        policy: &MemberPolicy,
        writes_use: bool,
    ) -> Result<Answer, Error> {
        self.move_from_predecessor(context, password).await?;
        let used = last_use(check, context.now);
        if writes_use {
            self.usage.write_use(password.id, used.clone()).await?;
        }

        let (member, place) = (&password.member, check.sent.client_address.ip().map(Place::at));
        let by = LogInBy::ClientPassword(password.id);
        self.note_log_in((check, context), policy, (member.id, by), used.client.clone());
        self.usage.used(password.id, used, member.id, place);
        let client_password = Some((password.id, password.label.clone()));
        Ok(Answer::Accept(accepted(member, client_password)))
    }

    /// Refuses a client password of the member. That one which has ended is still tried is noted.
    fn refuse_known(
        &self,
        check: &ParsedCheck<'_>,
        context: &CheckContext,
        password: &CheckedPassword,
        reason: Reason,
        stale: bool,
    ) -> Answer {
        if stale {
            self.usage.stale(password.id, stale_use(check, context.now));
        }
        Answer::Reject(reason)
    }

    /// What a statement reads of a member, with the policy for that member. If the policy or the tree of departments is
    /// another by then, it is read once more.
    async fn with_policy<T>(
        &self,
        read: impl AsyncFn() -> Result<Option<Arc<T>>, EngineError>,
        member: impl Fn(&T) -> &CheckedMember,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Option<(Arc<T>, MemberPolicy)>, Error> {
        for _ in 0..READINGS {
            let Some(found) = with_deadline(&self.clock, deadline, read()).await? else { return Ok(None) };
            let of = member(&found);
            let rules = self.rules.of_version(of.organization_id, of.rules_version);
            if let Some(rules) = with_deadline(&self.clock, deadline, rules).await? {
                let policy = rules.for_member(of.id, &of.departments, now);
                return Ok(Some((found, policy)));
            }
        }
        Err(Error::Unavailable("the policy changes faster than it can be read".into()))
    }

    /// Reads when a client password was used last. Whether this use is to be on disk before it is accepted.
    async fn read_last_use(
        &self,
        context: &CheckContext,
        policy: &MemberPolicy,
        id: ClientPasswordId,
        candidate: &mut Candidate,
    ) -> Result<bool, Error> {
        let read = async || {
            let found = self.client_passwords.last_use(id).await?;
            Ok::<_, Error>(found.map_or(WhenUsed::Never, WhenUsed::At))
        };

        candidate.last_used = read().await?;
        if !verdict::needs_its_uses(context, policy, candidate) {
            return Ok(false);
        }
        self.usage.write_of(id).await?;
        candidate.last_used = read().await?;
        Ok(verdict::needs_its_uses(context, policy, candidate))
    }

    /// A client password that has lain unused for too long has ended, on disk, before it is refused.
    async fn end_idle(
        &self,
        context: &CheckContext,
        password: &CheckedPassword,
        policy: &MemberPolicy,
    ) -> Result<(), Error> {
        let change = self.audit.system_entry(Action::ClientPasswordIdle)?;
        let change = change
            .in_organization(password.member.organization_id)
            .of_member(password.member.id)
            .target(Target::ClientPassword(password.id));
        let since = context.now.minus(policy.limits.idle.unwrap_or_default());
        match self.client_passwords.end_idle(password.id, since, &change.0).await? {
            Ok(()) => self.audit.committed(&change),
            // Somebody else has ended it.
            Err(Unmet::NotActive) => {}
            Err(unmet) => return Err(unmet.into()),
        }
        Ok(())
    }

    /// The first use of a successor on a protocol ends its predecessor there, on disk, before the accept leaves.
    async fn move_from_predecessor(
        &self,
        context: &CheckContext,
        password: &CheckedPassword,
    ) -> Result<(), Error> {
        let Some(old) = password.replaces.filter(|_| password.pending_moves.contains(context.protocol))
        else {
            return Ok(());
        };

        // Which protocols the old one was used on lately is decided by what is written.
        self.usage.write_of(old).await?;
        let change = self.audit.system_entry(Action::ClientPasswordMoved)?;
        let change = change
            .in_organization(password.member.organization_id)
            .of_member(password.member.id)
            .targets(vec![Target::ClientPassword(old), Target::ClientPassword(password.id)])
            .details(Details::Moved { protocol: context.protocol.name() });

        let (member, new) = (password.member.id, password.id);
        if self.client_passwords.move_protocol(member, old, new, context.protocol, &change.0).await? {
            self.audit.committed(&change);
        }
        Ok(())
    }

    async fn judge_account_password(
        &self,
        check: &ParsedCheck<'_>,
        context: &CheckContext,
        (member, policy): (&CheckedMember, &MemberPolicy),
        hash: Option<&str>,
    ) -> Result<Answer, Error> {
        let decide = |comparison| {
            verdict::decide(context, &member.status, policy, &verdict::Presented::Other(comparison))
        };

        let verdict = match (decide(Comparison::NotDone), hash) {
            (Verdict::Compare, Some(hash)) => decide(self.compare(check, member, hash).await?),
            (Verdict::Compare | Verdict::Reject(Reason::InvalidCredentials), _) => {
                return self.refuse_stranger(check, &member.login).await;
            }
            (verdict, _) => verdict,
        };

        let client = || check.client.map(printable);
        let note = |by| self.note_log_in((check, context), policy, (member.id, by), client());
        Ok(match verdict {
            Verdict::Accept(_) => {
                note(LogInBy::AccountPassword);
                Answer::Accept(accepted(member, None))
            }
            Verdict::Reject(reason) => Answer::Reject(reason),
            // Where there is no next source, it is refused.
            Verdict::Defer if check.sent.next_source => {
                note(LogInBy::Deferred);
                Answer::Defer
            }
            Verdict::Defer => Answer::Defer,
            // Of these, the last two are of client passwords only.
            Verdict::Compare | Verdict::ReadLastUse | Verdict::EndIdle => {
                Answer::Reject(Reason::InvalidCredentials)
            }
            Verdict::CannotTell => return Err(unreadable_address()),
        })
    }

    /// Refuses where there is no account password to compare with, throttled as if there were: or the throttle would
    /// show which logins have one.
    async fn refuse_stranger(&self, check: &ParsedCheck<'_>, login: &str) -> Result<Answer, Error> {
        self.try_for_mail(check, login, None).await?;
        Ok(Answer::Reject(Reason::InvalidCredentials))
    }

    async fn compare(
        &self,
        check: &ParsedCheck<'_>,
        member: &CheckedMember,
        hash: &str,
    ) -> Result<Comparison, Error> {
        if !self.try_for_mail(check, &member.login, Some(hash)).await? {
            return Ok(Comparison::Differs);
        }
        self.throttle.record_sign_in(member.id, &member.login, Purpose::Password, place(check));
        Ok(Comparison::Matches)
    }

    /// Whether the account password is the one of `hash`. Over its quota it waits, and ends as "cannot answer", never
    /// as a refusal.
    async fn try_for_mail(
        &self,
        check: &ParsedCheck<'_>,
        login: &str,
        hash: Option<&str>,
    ) -> Result<bool, Error> {
        let guess = Guess {
            used: Use::MailCheck,
            place: place(check),
            login,
            password: check.password.as_ref(),
            hash,
        };

        match self.throttle.try_password(&guess).await? {
            Tried::Right => Ok(true),
            Tried::Wrong => Ok(false),
            Tried::Later(wait) => Err(Error::TooManyAttempts(wait)),
        }
    }
}

/// Whether a password is empty. Programs in C take for that what begins with a NUL.
fn is_no_password(password: &Secret) -> bool {
    password.expose().split('\0').next().is_none_or(str::is_empty)
}

/// Networks are set, and the mail server named something else than an address.
fn unreadable_address() -> Error {
    Error::Unavailable("the mail server named a client address that is none, and networks are set".into())
}

fn place(check: &ParsedCheck<'_>) -> Place {
    Place::of(check.sent.client_address.ip(), check.requester)
}

/// What a client calls itself, as it is kept: nothing that looks like a secret, nothing that could break a line.
fn printable(client: &str) -> String {
    if looks_like_secret(client) {
        return "[looks like a secret]".into();
    }
    client.chars().filter(|character| !character.is_control()).collect()
}

fn accepted(member: &CheckedMember, client_password: Option<(ClientPasswordId, String)>) -> Accepted {
    let (login, organization_id) = (member.login.clone(), member.organization_id);
    Accepted { login, organization_id, member_id: member.id, client_password }
}

fn last_use(check: &ParsedCheck<'_>, at: Timestamp) -> LastUse {
    let (protocol, ip) = (check.sent.protocol, check.sent.client_address.ip().map(|ip| ip.to_string()));
    LastUse { at, protocol, ip, client: check.client.map(printable) }
}

fn stale_use(check: &ParsedCheck<'_>, at: Timestamp) -> StaleUse {
    StaleUse {
        at,
        protocol: check.sent.protocol,
        ip: check.sent.client_address.ip().map(|ip| ip.to_string()),
        count: 1,
    }
}
