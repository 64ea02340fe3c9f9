//! What a preview has found, as far as it can be shown: the first of them, those that stay, and how many others live.

use std::time::Duration;

use super::held::Held;
use super::names::{Name, Names};
use super::office::Office;
use crate::domain::access::MemberPermission;
use crate::domain::client_password::{ClientPassword, StateFilter};
use crate::domain::revocation::{Filter, ListFilter, Revocation};
use crate::service::{Error, Paging};

/// So many are shown.
const SHOWN: usize = 10;
/// So many are looked at; where there are more, no number is said.
const LOOKED_AT: u32 = 200;

/// A client password and whose it is.
pub struct Owned {
    /// The client password.
    pub one: Held,
    /// The member.
    pub who: Name,
}

/// What a preview has found.
pub struct Found {
    /// The first of those that would end.
    pub sample: Vec<Owned>,
    /// Some that the filter finds, and that stay because of whose they are.
    pub kept: Vec<Owned>,
    /// How many of the organization would live on; none where there are too many to say.
    pub left: Option<usize>,
}

/// Those that live, of the whole organization, and whether that is all of them.
async fn live(office: &Office, filter: &Filter) -> Result<(Vec<ClientPassword>, bool), Error> {
    let (mut found, mut complete) = (Vec::new(), true);
    for state in [StateFilter::Active, StateFilter::Superseded] {
        let wanted = ListFilter { filter: filter.clone(), state: Some(state), ended_reason: None };
        let paging = Paging { before: None, limit: LOOKED_AT };
        let passwords = &office.services.client_passwords;
        let listed = passwords.list_of_organization(&office.call, office.home, &wanted, paging).await?;
        complete &= listed.next.is_none();
        found.extend(listed.items);
    }

    found.sort_by_key(|one| std::cmp::Reverse(one.id));
    Ok((found, complete))
}

/// Looks at what a preview has found.
pub async fn look(office: &Office, names: &mut Names<'_>, preview: &Revocation) -> Result<Found, Error> {
    // What was made since is not in the preview.
    let until = preview.created_at.plus(Duration::from_micros(1));
    let before = preview.filter.created_before.map_or(until, |before| before.min(until));
    let filter = Filter { created_before: Some(before), ..preview.filter.clone() };

    let (matching, all_matching) = live(office, &filter).await?;
    let (everything, all) = live(office, &Filter::default()).await?;
    let complete = all && all_matching;

    let (mut sample, mut kept, mut ends) = (Vec::new(), Vec::new(), 0);
    for one in &matching {
        if !complete && sample.len() == SHOWN {
            break;
        }
        let may = names.member(one.member_id).await?;
        let may = may.is_some_and(|member| office.may_to(MemberPermission::Revoke, &member));
        ends += usize::from(may);

        let list = if may { &mut sample } else { &mut kept };
        if list.len() < SHOWN {
            let held = Held::of(&office.words, one, office.now);
            list.push(Owned { one: held, who: names.member_name(one.member_id).await? });
        }
    }

    let left = complete.then(|| everything.len().saturating_sub(ends));
    Ok(Found { sample, kept, left })
}
