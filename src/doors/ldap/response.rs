//! Answers: what the door says, as LDAP writes it.
//!
//! A refusal is `invalidCredentials` with no text, byte for byte the same whatever its cause. Mail servers take
//! every other code for a temporary failure, so no other says "wrong password", and their texts are for operators.

use ldap3_proto::proto::{
    LdapBindResponse, LdapExtendedResponse, LdapMsg, LdapOp, LdapPartialAttribute, LdapResult,
    LdapResultCode, LdapSearchResultEntry,
};

use crate::service::credential_checks::CheckOutcome;

/// Extended operations that are answered (RFC 4511 section 4.14, RFC 4532), and the notice before the end.
pub const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// "Who am I?"
pub const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// The result code that a mail server gets for a bind.
pub fn verdict(outcome: &CheckOutcome) -> LdapResultCode {
    match outcome {
        CheckOutcome::Accept(_) => LdapResultCode::Success,
        // LDAP has no "ask the next source". Mail servers that have one try it after a refusal.
        CheckOutcome::Reject(_) | CheckOutcome::Defer => LdapResultCode::InvalidCredentials,
        CheckOutcome::Unavailable => LdapResultCode::Unavailable,
    }
}

/// Code and text of an answer.
pub fn result(code: LdapResultCode, text: &str) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: text.to_owned(), referral: Vec::new() }
}

fn message(id: i32, op: LdapOp) -> LdapMsg {
    LdapMsg { msgid: id, op, ctrl: Vec::new() }
}

/// The answer to a bind.
pub fn bound(id: i32, code: LdapResultCode, text: &str) -> LdapMsg {
    message(id, LdapOp::BindResponse(LdapBindResponse { res: result(code, text), saslcreds: None }))
}

/// The end of a search.
pub fn searched(id: i32, code: LdapResultCode, text: &str) -> LdapMsg {
    message(id, LdapOp::SearchResultDone(result(code, text)))
}

/// An entry that a search found.
pub fn entry(id: i32, name: String, attributes: Vec<LdapPartialAttribute>) -> LdapMsg {
    message(id, LdapOp::SearchResultEntry(LdapSearchResultEntry { dn: name, attributes }))
}

/// The answer to an extended operation; its name only where it is known.
pub fn extended(id: i32, code: LdapResultCode, name: Option<&str>, value: Option<String>) -> LdapMsg {
    let (res, name) = (result(code, ""), name.map(str::to_owned));
    message(id, LdapOp::ExtendedResponse(LdapExtendedResponse { res, name, value: value.map(Vec::from) }))
}

/// Notice of disconnection (RFC 4511 section 4.4.1).
pub fn disconnection(code: LdapResultCode, text: &str) -> LdapMsg {
    let (res, name) = (result(code, text), Some(DISCONNECTION.to_owned()));
    message(0, LdapOp::ExtendedResponse(LdapExtendedResponse { res, name, value: None }))
}

/// The answer to a request of any kind that was not carried out; `None` to one that has no answer.
pub fn not_done(id: i32, request: &LdapOp, code: LdapResultCode, text: &str) -> Option<LdapMsg> {
    let result = || result(code.clone(), text);

    let op = match request {
        LdapOp::BindRequest(_) => return Some(bound(id, code, text)),
        LdapOp::SearchRequest(_) => LdapOp::SearchResultDone(result()),
        LdapOp::ModifyRequest(_) => LdapOp::ModifyResponse(result()),
        LdapOp::AddRequest(_) => LdapOp::AddResponse(result()),
        LdapOp::DelRequest(_) => LdapOp::DelResponse(result()),
        LdapOp::ModifyDNRequest(_) => LdapOp::ModifyDNResponse(result()),
        LdapOp::CompareRequest(_) => LdapOp::CompareResult(result()),
        LdapOp::ExtendedRequest(_) => return Some(extended(id, code, None, None)),
        _ => return None,
    };

    Some(message(id, op))
}
