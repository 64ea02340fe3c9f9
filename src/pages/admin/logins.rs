//! Members who are typed by their mail addresses, as many as there are.

use std::collections::{BTreeMap, HashSet};

use super::office::Office;
use crate::domain::ids::MemberId;
use crate::domain::member::{Member, MemberState};
use crate::pages::texts::{Plain, Words};
use crate::service::Error;

/// So many wrong addresses are named.
const NAMED: usize = 20;

/// What was typed, address by address: white space sets them apart, and what stands in lists.
pub fn split(typed: &str) -> impl Iterator<Item = &str> {
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，' | '；' | '、');
    typed.split(apart).filter(|login| !login.is_empty())
}

/// Whom addresses stand for.
#[derive(Default)]
pub struct Named {
    /// The members, each once, in the order in which they were typed.
    pub ids: Vec<MemberId>,
    /// Addresses that no member has.
    pub unknown: Vec<String>,
}

impl Named {
    /// Whom these addresses stand for; whoever has left is nobody.
    pub async fn of(office: &Office, typed: &str) -> Result<Self, Error> {
        let (mut named, mut seen, mut once) = (Self::default(), HashSet::new(), HashSet::new());
        let logins = split(typed).filter(|login| seen.insert(login.to_lowercase()));
        let logins: Vec<String> = logins.map(str::to_owned).collect();

        let found = office.services.members.by_logins(&office.call, office.home, &logins).await?;
        for (login, member) in logins.into_iter().zip(found) {
            match member {
                Some(member) if once.insert(member.id) => named.ids.push(member.id),
                Some(_) => {}
                None => named.unknown.push(login),
            }
        }
        Ok(named)
    }

    /// Names the addresses that no member has; nothing if there is none.
    pub fn wrong(&self, words: &Words) -> Option<String> {
        let count = self.unknown.len();
        let logins = shortened(words, &self.unknown);
        let say = || words.with_two("admin-no-such-members", ("count", count), ("logins", Plain(&logins)));
        (count > 0).then(say)
    }
}

/// The first of these, and how many others there are.
pub fn shortened(words: &Words, all: &[String]) -> String {
    let mut shown: Vec<String> = all.iter().take(NAMED).map(|one| words.apart(one)).collect();
    let rest = all.len().saturating_sub(NAMED);
    if rest > 0 {
        shown.push(words.with("admin-and-more", "count", rest));
    }
    shown.join(&words.say("list-separator"))
}

/// The members of these ids who have not left.
pub async fn present(office: &Office, ids: &[MemberId]) -> Result<BTreeMap<MemberId, Member>, Error> {
    let found = office.services.members.get_many(&office.call, ids).await?;
    let present = found.into_iter().flatten().filter(|member| member.state != MemberState::Left);
    Ok(present.map(|member| (member.id, member)).collect())
}
