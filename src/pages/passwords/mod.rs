//! Client passwords of the member: the list, a new one, one in detail, rotating, ending, and whether a client has just
//! signed in.

use crate::domain::client_password::{ClientPassword, StateFilter};
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::domain::revocation::ListFilter;
use crate::http::path::path_id;
use crate::service::{Error, Paging};

use super::error::PageError;
use super::visit::Signed;

pub mod apple;
pub mod clients;
pub mod detail;
pub mod end;
pub mod kinds;
pub mod list;
pub mod live;
pub mod new;
pub mod rotate;
pub mod scope;
pub mod settings;
pub mod shown;
pub mod view;

/// Most that a page shows of one state; more than a member has of those that live.
pub const SHOWN: u32 = 200;

/// Client passwords of a member in a state, newest first.
pub async fn in_state(
    signed: &Signed,
    member: MemberId,
    state: StateFilter,
    limit: u32,
) -> Result<Vec<ClientPassword>, Error> {
    let wanted = ListFilter { state: Some(state), ..ListFilter::default() };
    let paging = Paging { before: None, limit };
    let passwords = &signed.services.client_passwords;
    Ok(passwords.list_of_member(&signed.call, member, &wanted, paging).await?.items)
}

/// Those that open mail: active ones, then those that have a successor already.
pub async fn live(signed: &Signed, member: MemberId) -> Result<Vec<ClientPassword>, Error> {
    let mut found = in_state(signed, member, StateFilter::Active, SHOWN).await?;
    found.extend(in_state(signed, member, StateFilter::Superseded, SHOWN).await?);
    Ok(found)
}

/// Those that open no mail any more: those that somebody ended, then those that ended by time; so many of each.
pub async fn ended(signed: &Signed, member: MemberId, limit: u32) -> Result<Vec<ClientPassword>, Error> {
    let mut found = in_state(signed, member, StateFilter::Revoked, limit).await?;
    found.extend(in_state(signed, member, StateFilter::Expired, limit).await?);
    Ok(found)
}

/// All of a member's, newest first: one read where they fit on a page. Where they do not, by state, so that those that
/// live are not missed for those that ended.
pub async fn all(signed: &Signed, member: MemberId) -> Result<Vec<ClientPassword>, Error> {
    let paging = Paging { before: None, limit: SHOWN };
    let passwords = &signed.services.client_passwords;
    let listed = passwords.list_of_member(&signed.call, member, &ListFilter::default(), paging).await?;
    if listed.next.is_none() {
        return Ok(listed.items);
    }

    let mut found = live(signed, member).await?;
    found.extend(ended(signed, member, SHOWN).await?);
    Ok(found)
}

/// What the member calls those that stop when all of them end.
pub async fn stops(signed: &Signed, member: MemberId) -> Result<Vec<String>, Error> {
    Ok(live(signed, member).await?.into_iter().map(|one| one.label).collect())
}

/// The member's own client password that the address names.
async fn named(signed: &Signed) -> Result<ClientPassword, PageError> {
    let id: ClientPasswordId = path_id(&signed.request)?;
    let found = signed.services.client_passwords.get(&signed.call, id).await?;

    // Those of others are on the pages of administrators.
    if found.member_id == signed.member.id {
        Ok(found)
    } else {
        Err(crate::service::Refusal::NotFound.into())
    }
}
