//! Audit events: one for each change, written with it.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::ids::{
    AuditEventId, ClientPasswordId, DepartmentId, FactorId, InvitationId, MemberId, OrganizationId,
    RequestId, RevocationId, ServiceKeyId, SessionId,
};

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member, in a session.
    Member(MemberId),
    /// A program, with a service key.
    ServiceKey(ServiceKeyId),
    /// The service itself, such as a job that runs by schedule.
    System,
    /// Whoever redeemed the setup link, or ran `init`.
    Setup,
    /// Whoever owns the data directory, at the command line.
    Terminal,
}

impl Actor {
    /// The name of its kind in the API and in the database.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::ServiceKey(_) => "service_key",
            Self::System => "system",
            Self::Setup => "setup",
            Self::Terminal => "terminal",
        }
    }

    /// Its id, where its kind has one.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Member(id) => Some(id.uuid()),
            Self::ServiceKey(id) => Some(id.uuid()),
            Self::System | Self::Setup | Self::Terminal => None,
        }
    }

    /// From kind and id.
    pub fn from_parts(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("member", Some(id)) => Some(Self::Member(id.into())),
            ("service_key", Some(id)) => Some(Self::ServiceKey(id.into())),
            ("system", None) => Some(Self::System),
            ("setup", None) => Some(Self::Setup),
            ("terminal", None) => Some(Self::Terminal),
            _ => None,
        }
    }
}

/// What a change was made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An organization.
    Organization(OrganizationId),
    /// A mail domain, by its name.
    Domain(String),
    /// A department.
    Department(DepartmentId),
    /// A member.
    Member(MemberId),
    /// A second factor, also one that was confirmed and brought recovery codes.
    SecondFactor(FactorId),
    /// A session.
    Session(SessionId),
    /// An invitation to choose an account password.
    Invitation(InvitationId),
    /// A client password.
    ClientPassword(ClientPasswordId),
    /// A bulk revocation, also one that only counted.
    Revocation(RevocationId),
    /// A service key.
    ServiceKey(ServiceKeyId),
    /// A pepper of the keyring, by its number.
    Pepper(i64),
    /// A notice of what others did to the account.
    Notice(AuditEventId),
    /// Of a kind that this program does not know: a later one has written it.
    Other {
        /// The name of its kind.
        kind: String,
        /// Its id as text.
        id: String,
    },
}

impl Target {
    /// The name of its kind in the API and in the database.
    pub fn kind(&self) -> &str {
        match self {
            Self::Organization(_) => "organization",
            Self::Domain(_) => "domain",
            Self::Department(_) => "department",
            Self::Member(_) => "member",
            Self::SecondFactor(_) => "second_factor",
            Self::Session(_) => "session",
            Self::Invitation(_) => "invitation",
            Self::ClientPassword(_) => "client_password",
            Self::Revocation(_) => "revocation",
            Self::ServiceKey(_) => "service_key",
            Self::Pepper(_) => "pepper",
            Self::Notice(_) => "notice",
            Self::Other { kind, .. } => kind,
        }
    }

    /// Its id as text.
    pub fn id(&self) -> String {
        match self {
            Self::Organization(id) => id.to_string(),
            Self::Domain(name) => name.clone(),
            Self::Department(id) => id.to_string(),
            Self::Member(id) => id.to_string(),
            Self::SecondFactor(id) => id.to_string(),
            Self::Session(id) => id.to_string(),
            Self::Invitation(id) => id.to_string(),
            Self::ClientPassword(id) => id.to_string(),
            Self::Revocation(id) => id.to_string(),
            Self::ServiceKey(id) => id.to_string(),
            Self::Pepper(id) => id.to_string(),
            Self::Notice(id) => id.to_string(),
            Self::Other { id, .. } => id.clone(),
        }
    }

    /// From kind and id.
    pub fn from_parts(kind: &str, id: &str) -> Self {
        Self::known(kind, id).unwrap_or_else(|| Self::Other { kind: kind.to_owned(), id: id.to_owned() })
    }

    fn known(kind: &str, id: &str) -> Option<Self> {
        Some(match kind {
            "organization" => Self::Organization(OrganizationId::parse(id)?),
            "domain" => Self::Domain(id.to_owned()),
            "department" => Self::Department(DepartmentId::parse(id)?),
            "member" => Self::Member(MemberId::parse(id)?),
            "second_factor" => Self::SecondFactor(FactorId::parse(id)?),
            "session" => Self::Session(SessionId::parse(id)?),
            "invitation" => Self::Invitation(InvitationId::parse(id)?),
            "client_password" => Self::ClientPassword(ClientPasswordId::parse(id)?),
            "revocation" => Self::Revocation(RevocationId::parse(id)?),
            "service_key" => Self::ServiceKey(ServiceKeyId::parse(id)?),
            "pepper" => Self::Pepper(id.parse().ok()?),
            "notice" => Self::Notice(AuditEventId::parse(id)?),
            _ => return None,
        })
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal $kind:ident)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $name,)* }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in the API and in the database.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether it only ends something: what takes power away must never have to wait.
            pub const fn only_ends(self) -> bool {
                match self { $(Self::$name => actions!(@ $kind),)* }
            }
        }
    };
    (@ ends) => { true };
    (@ changes) => { false };
}

actions! {
    /// An organization was made.
    OrganizationCreated = "organization.created" changes
    /// Its name was changed.
    OrganizationUpdated = "organization.updated" changes
    /// It was offered to a member by its owner.
    OwnershipOffered = "ownership.offered" changes
    /// The offer was withdrawn or declined.
    OwnershipOfferEnded = "ownership.offer_ended" ends
    /// Another member is its owner.
    OwnershipHandedOver = "ownership.handed_over" changes
    /// It was ended with everything in it.
    OrganizationDissolved = "organization.dissolved" ends
    /// A mail domain was bound.
    DomainAdded = "domain.added" changes
    /// A mail domain was released.
    DomainRemoved = "domain.removed" ends
    /// The policy was put.
    PolicyPut = "policy.put" changes
    /// A department was made.
    DepartmentCreated = "department.created" changes
    /// A department was renamed or put elsewhere in the tree.
    DepartmentUpdated = "department.updated" changes
    /// An empty department was deleted.
    DepartmentDeleted = "department.deleted" changes
    /// Members were added to a department, or removed from it.
    DepartmentMembersChanged = "department.members_changed" changes
    /// A member was made.
    MemberCreated = "member.created" changes
    /// Name, role or departments were changed.
    MemberUpdated = "member.updated" changes
    /// The member was suspended: no sign-in and no mail until re-activated.
    MemberSuspended = "member.suspended" ends
    /// A suspended member was re-activated.
    MemberReactivated = "member.reactivated" changes
    /// The member left, for ever.
    MemberLeft = "member.left" ends
    /// The account password was set.
    AccountPasswordChanged = "account_password.changed" changes
    /// A link was made by which the member chooses the account password.
    InvitationCreated = "invitation.created" changes
    /// The member chose the account password by such a link.
    InvitationRedeemed = "invitation.redeemed" changes
    /// Such a link was ended before it was used.
    InvitationEnded = "invitation.ended" ends
    /// A second factor was begun.
    SecondFactorAdded = "second_factor.added" changes
    /// A second factor was confirmed.
    SecondFactorConfirmed = "second_factor.confirmed" changes
    /// A second factor was removed.
    SecondFactorRemoved = "second_factor.removed" ends
    /// All second factors were removed.
    SecondFactorsRemoved = "second_factors.removed" ends
    /// New recovery codes were made, and the ones before ended.
    RecoveryCodesRenewed = "recovery_codes.renewed" changes
    /// Codes are taken from everywhere again.
    CodeBlockLifted = "code_block.lifted" changes
    /// Secure login was turned on.
    SecureLoginOn = "secure_login.on" changes
    /// Secure login was turned off.
    SecureLoginOff = "secure_login.off" ends
    /// Secure login is no longer required of the member.
    SecureLoginWaived = "secure_login.waived" ends
    /// The member signed in; a session began.
    SessionCreated = "session.created" changes
    /// The member proved once more who they are; the session goes on with a new token.
    SessionReauthenticated = "session.reauthenticated" changes
    /// The member signed out, or the session was ended by somebody.
    SessionEnded = "session.ended" ends
    /// A member ended all sessions but the one that did so.
    SessionsEnded = "sessions.ended" ends
    /// A client password was made.
    ClientPasswordIssued = "client_password.issued" changes
    /// Label, scope or expiry was changed.
    ClientPasswordUpdated = "client_password.updated" changes
    /// Rotated: a successor was made.
    ClientPasswordRotated = "client_password.rotated" changes
    /// A rotated one ended on some or all protocols, because its successor was used there.
    ClientPasswordMoved = "client_password.moved" ends
    /// One had lain unused for longer than the policy allows, and was found so.
    ClientPasswordIdle = "client_password.idle" ends
    /// One was ended.
    ClientPasswordRevoked = "client_password.revoked" ends
    /// A one-time link was made by which one gets onto a phone.
    SetupLinkCreated = "setup_link.created" changes
    /// The one who has such a link has fetched the secret behind it.
    SetupLinkFetched = "setup_link.fetched" changes
    /// All of a member were ended.
    ClientPasswordsRevoked = "client_passwords.revoked" ends
    /// A job began to end a set.
    BulkRevocationStarted = "revocation.started" ends
    /// A set was ended, at once or by a job.
    BulkRevocation = "revocation.done" ends
    /// A job that ended a set was stopped.
    BulkRevocationStopped = "revocation.stopped" ends
    /// A job that ended a set could not go on: the organization was dissolved.
    BulkRevocationFailed = "revocation.failed" ends
    /// A service key was made.
    ServiceKeyCreated = "service_key.created" changes
    /// A service key was ended.
    ServiceKeyRevoked = "service_key.revoked" ends
    /// Strings were reported that were found somewhere; what they opened has records of its own.
    LeaksReported = "leaks.reported" changes
    /// One was found somewhere, and ended by that.
    ClientPasswordLeaked = "client_password.leaked" ends
    /// A one-time link to a client password was found somewhere, and ended by that.
    SetupLinkLeaked = "setup_link.leaked" ends
    /// The token of a session was found somewhere, and the session ended by that.
    SessionLeaked = "session.leaked" ends
    /// An invitation was found somewhere, and ended by that.
    InvitationLeaked = "invitation.leaked" ends
    /// A service key was found somewhere, and ended by that.
    ServiceKeyLeaked = "service_key.leaked" ends
    /// The key of a mail server was found somewhere. It goes on, or mail would stand still: somebody has to replace it.
    ServiceKeyLeakReported = "service_key.leak_reported" changes
    /// The one-time link by which the installation is set up was found somewhere, and ended by that.
    SetupTokenLeaked = "setup_token.leaked" ends
    /// A pepper was added to the keyring.
    PepperAdded = "pepper.added" changes
    /// A pepper was retired, and what was still under it ended.
    PepperRetired = "pepper.retired" ends
    /// A backup was put back: in the organization; or what of a member is not as it was in the backup, or not as it
    /// was before.
    DataRestored = "data.restored" changes
    /// The member has seen what somebody else did to the account.
    NoticeAcknowledged = "notice.acknowledged" changes
}

/// One record of the audit log, as the API shows it; it is written with the change and never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Id; later events have larger ones.
    pub id: AuditEventId,
    /// In which organization; `None` for keys bound to none.
    pub organization_id: Option<OrganizationId>,
    /// When the change was written.
    pub at: Timestamp,
    /// Who made the change: a member, a program, or the service itself.
    pub actor: Actor,
    /// The action by its name in the API, such as `member.created`.
    pub action: String,
    /// The member it was done to.
    pub member_id: Option<MemberId>,
    /// What was changed.
    pub targets: Vec<Target>,
    /// Why, in somebody's words.
    pub reason: Option<String>,
    /// What else is worth knowing, as the JSON object that was written; earlier versions may have written others.
    pub details: String,
    /// How many client passwords it ended, where it ends many at once.
    pub ended_client_passwords: Option<i64>,
    /// The request that did it.
    pub request_id: Option<RequestId>,
}

/// Conditions on a list of audit events; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Done to this member.
    pub member_id: Option<MemberId>,
    /// Done by this member or key.
    pub actor_id: Option<Uuid>,
    /// Of this action, by its name in the API.
    pub action: Option<String>,
    /// Recorded at this time or later.
    pub since: Option<Timestamp>,
    /// Recorded before this time.
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_survive_being_stored() {
        let id = Uuid::from_u128(7);
        for target in [
            Target::Organization(id.into()),
            Target::Domain("example.org".into()),
            Target::Department(id.into()),
            Target::Member(id.into()),
            Target::SecondFactor(id.into()),
            Target::Session(id.into()),
            Target::Invitation(id.into()),
            Target::ClientPassword(id.into()),
            Target::Revocation(id.into()),
            Target::ServiceKey(id.into()),
            Target::Pepper(2),
            Target::Notice(id.into()),
        ] {
            assert_eq!(Target::from_parts(target.kind(), &target.id()), target);
        }
        let other = Target::from_parts("planet", "7");
        assert_eq!((other.kind(), other.id()), ("planet", "7".to_owned()));
    }

    #[test]
    fn action_names_differ() {
        let mut names: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Action::ALL.len());
    }
}
