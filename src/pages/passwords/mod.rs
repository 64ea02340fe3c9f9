//! Client passwords of the member: the list, a new one, one in detail, rotating, ending, and whether a client has just
//! signed in.

use crate::domain::client_password::{ClientPassword, StateFilter};
use crate::domain::ids::ClientPasswordId;
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

/// Most that a page shows of one state.
const SHOWN: u32 = 200;

/// The member's client passwords in a state, newest first.
pub async fn in_state(signed: &Signed, state: StateFilter) -> Result<Vec<ClientPassword>, Error> {
    let wanted = ListFilter { state: Some(state), ..ListFilter::default() };
    let paging = Paging { before: None, limit: SHOWN };
    let passwords = &signed.services.client_passwords;
    Ok(passwords.list_of_member(&signed.call, signed.member.id, &wanted, paging).await?.items)
}

/// Those that open mail: active ones, then those that have a successor already.
pub async fn live(signed: &Signed) -> Result<Vec<ClientPassword>, Error> {
    let mut found = in_state(signed, StateFilter::Active).await?;
    found.extend(in_state(signed, StateFilter::Superseded).await?);
    Ok(found)
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
