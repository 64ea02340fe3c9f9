//! What each refusal is to a program: status, code, title, and what to do about it.

use actix_web::http::StatusCode;

use crate::service::Refusal;

/// Status, code, title, and what to do about it.
pub(super) type Described = (StatusCode, &'static str, &'static str, &'static str);

/// The table: status, code, title, and what to do about it.
pub(super) fn describe(refusal: Refusal) -> Described {
    match refusal {
        Refusal::NotSignedIn
        | Refusal::InvalidToken
        | Refusal::StepUpRequired
        | Refusal::InvalidCredentials
        | Refusal::SecondFactorRequired
        | Refusal::InvalidCode
        | Refusal::InvalidPasskey
        | Refusal::SignInExpired => unauthorized(refusal),
        Refusal::InvalidCurrentPassword
        | Refusal::InvalidSetupToken
        | Refusal::InvalidInvitation
        | Refusal::Forbidden
        | Refusal::OlderFactorRequired
        | Refusal::NotAvailableToMember => forbidden(refusal),
        Refusal::NotFound => {
            let detail = "There is nothing here, or nothing that you may see.";
            (StatusCode::NOT_FOUND, "not_found", "Not found", detail)
        }
        Refusal::VersionMismatch => {
            let detail = "It has changed since you read it; read it again and repeat with the new ETag.";
            (StatusCode::PRECONDITION_FAILED, "version_mismatch", "Version mismatch", detail)
        }
        Refusal::VersionRequired => {
            let detail = "Send the ETag of what you read as If-Match.";
            (StatusCode::PRECONDITION_REQUIRED, "version_required", "Version required", detail)
        }
        Refusal::IdempotencyKeyReused => {
            let detail = "This Idempotency-Key was sent with another body; choose a new key for a new call.";
            (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "Idempotency key reused", detail)
        }
        Refusal::PreviewTooLong => {
            let detail = "Counting took longer than 30 seconds and was given up; nothing was changed. Try again when less goes on, \
                          or put the policy without a preview.";
            (StatusCode::SERVICE_UNAVAILABLE, "preview_too_long", "Preview too long", detail)
        }
        conflict => self::conflict(conflict),
    }
}

fn unauthorized(refusal: Refusal) -> Described {
    let (code, title, detail) = match refusal {
        Refusal::StepUpRequired => {
            ("step_up_required", "Sign in again", "This needs a sign-in not older than 5 minutes.")
        }
        Refusal::InvalidCredentials => {
            ("invalid_credentials", "Invalid credentials", "Login or password is wrong.")
        }
        Refusal::SecondFactorRequired => (
            "second_factor_required",
            "Second factor required",
            "The password is right; send it again with code, from the authenticator or a recovery code.",
        ),
        Refusal::InvalidCode => {
            ("invalid_code", "Invalid code", "The code is wrong, too old, or was used already.")
        }
        Refusal::InvalidPasskey => (
            "invalid_passkey",
            "Invalid passkey",
            "The passkey is not known, was asked too long ago, or has not proven enough.",
        ),
        _ => (
            "unauthenticated",
            "Unauthenticated",
            "Send a session token or a service key as Authorization: Bearer …; this one is missing, wrong or over.",
        ),
    };
    (StatusCode::UNAUTHORIZED, code, title, detail)
}

fn forbidden(refusal: Refusal) -> Described {
    let (code, title, detail) = match refusal {
        Refusal::InvalidCurrentPassword => {
            ("invalid_current_password", "Invalid current password", "The current password is wrong.")
        }
        Refusal::InvalidSetupToken => (
            "invalid_setup_token",
            "Invalid setup token",
            "The setup link is wrong, used, or older than an hour; clientpass setup-link prints a new one.",
        ),
        Refusal::InvalidInvitation => (
            "invalid_invitation",
            "Invalid invitation",
            "The link is wrong, used, ended, or older than seven days; ask for a new one.",
        ),
        Refusal::NotAvailableToMember => (
            "not_available_to_member",
            "Not available",
            "The policy does not let this member use client passwords.",
        ),
        Refusal::OlderFactorRequired => (
            "older_factor_required",
            "Older factor required",
            "Sign in with a second factor that was confirmed before this happened; else the notice stays for 30 days.",
        ),
        _ => ("forbidden", "Forbidden", "You may not do this."),
    };
    (StatusCode::FORBIDDEN, code, title, detail)
}

fn conflict(refusal: Refusal) -> Described {
    let (code, title, detail) = match refusal {
        Refusal::SecureLoginOff => (
            "secure_login_off",
            "Secure login is off",
            "Turn secure login on first; client passwords live only with it.",
        ),
        Refusal::SecureLoginRequired => (
            "secure_login_required",
            "Secure login required",
            "The policy demands secure login, so it stays on, and so does its last second factor; an administrator may turn it off.",
        ),
        Refusal::SecondFactorMissing => {
            ("second_factor_missing", "Second factor missing", "Add and confirm a second factor first.")
        }
        Refusal::LimitReached => (
            "limit_reached",
            "Limit reached",
            "There are as many as allowed; end one that is no longer needed.",
        ),
        Refusal::NotActive => ("not_active", "Not active", "It is not active, so this cannot be done to it."),
        Refusal::AlreadySetUp => ("already_set_up", "Already set up", "There is an organization already."),
        Refusal::AlreadyConfirmed => {
            ("already_confirmed", "Already confirmed", "The factor is confirmed already.")
        }
        Refusal::OwnerRequired => {
            ("owner_required", "Owner required", "An organization keeps its owner; hand it over first.")
        }
        Refusal::IdempotencyInProgress => (
            "idempotency_in_progress",
            "Idempotency key in use",
            "The first call with this Idempotency-Key has not been answered; try again, or look what is there.",
        ),
        Refusal::IdempotencyAnswerGone => (
            "idempotency_answer_gone",
            "Answer no longer kept",
            "This Idempotency-Key was used, and its answer is no longer kept; look what is there, or use a new key.",
        ),
        _ => return taken(refusal),
    };
    (StatusCode::CONFLICT, code, title, detail)
}

/// What is in somebody's way.
fn taken(refusal: Refusal) -> Described {
    let (code, title, detail) = match refusal {
        Refusal::PreviewUsed => {
            ("preview_used", "Preview used", "The preview was used already; make a new dry run.")
        }
        Refusal::PreviewRunning => (
            "preview_running",
            "Preview still running",
            "The preview is still counting; carry it out once its state is done.",
        ),
        Refusal::PolicySettling => (
            "policy_settling",
            "Policy settling",
            "The longest life of client passwords that was put before is still being written down; wait a moment, then \
             put this one again.",
        ),
        Refusal::LoginTaken => ("login_taken", "Login taken", "Another member has this login."),
        Refusal::DomainTaken => {
            ("domain_taken", "Domain taken", "The domain is bound to an organization already.")
        }
        Refusal::DomainInUse => ("domain_in_use", "Domain in use", "Members have logins in this domain."),
        Refusal::DepartmentInUse => (
            "department_in_use",
            "Department in use",
            "Members are in it, administer it, or departments are below it; move them first.",
        ),
        Refusal::NoRoomBelow => (
            "no_room_below",
            "No room below",
            "A department cannot be put below itself, nor so that a tree is more than 16 deep.",
        ),
        _ => {
            ("conflict", "Conflict", "Somebody else changed it at the same moment; read it again and repeat.")
        }
    };
    (StatusCode::CONFLICT, code, title, detail)
}
