//! Why a write did not happen: each step that must touch exactly one row says what it means if it does not.

/// What was not as the write needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The caller's session, key or role, or the rank of the member concerned, is not what it was.
    Authority,
    /// The row has another version.
    Version,
    /// The member, organization or thing is not active, or is gone.
    NotActive,
    /// There is none of those that are to be changed.
    Nothing,
    /// Secure login is off, or the member is not active.
    SecureLoginOff,
    /// There are as many as there may be.
    LimitReached,
    /// The login is taken, or its domain is not the organization's.
    LoginTaken,
    /// The domain is bound already.
    DomainTaken,
    /// Members use the domain, or it is not bound here.
    DomainInUse,
    /// Something is below the department, somebody is in it or administers it, or it is gone.
    DepartmentInUse,
    /// The other department lies below it, or the tree would be too deep.
    NoRoomBelow,
    /// The preview has been used, or is none of this organization.
    PreviewUsed,
    /// There are more than can be ended at once.
    TooMany,
    /// The account password is another by now, or a second step is demanded by now.
    Proof,
    /// The session is over.
    SessionOver,
    /// The code or its step has been used.
    CodeUsed,
    /// The challenge of a passkey was answered before or is over, or the passkey is gone or has signed more often.
    ChallengeUsed,
    /// Too many codes in a row were wrong.
    CodesBlocked,
    /// The setup token is wrong, used or too old.
    SetupToken,
    /// The invitation is used, has ended or is too old, or the member is not active.
    Invitation,
    /// The member has no confirmed second factor.
    SecondFactorMissing,
    /// There is an organization already.
    AlreadySetUp,
    /// It would end the last operator key that is bound to no organization.
    LastOperatorKey,
    /// Another call has claimed the idempotency key.
    Claimed,
    /// Another process or call was first.
    Overtaken,
    /// Another process has taken the lease.
    LeaseLost,
    /// A row that is always there is missing, or one that never is is there.
    Broken,
}
