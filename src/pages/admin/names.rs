//! What ids stand for, looked up once for a page.

use std::collections::HashMap;

use uuid::Uuid;

use super::office::Office;
use crate::domain::access::OrganizationPermission;
use crate::domain::audit::Actor;
use crate::domain::ids::{ClientPasswordId, DepartmentId, MemberId};
use crate::domain::login::Login;
use crate::domain::member::{Member, MemberFilter};
use crate::service::{Error, Paging, Refusal};

/// As many keys as one look shows.
const KEYS: u32 = 200;

/// Somebody or something, by a name for people.
#[derive(Clone)]
pub struct Name {
    /// The name.
    pub text: String,
    /// The mail address of a member; else empty.
    pub login: String,
    /// Where there is more about it; empty if nowhere.
    pub href: String,
}

impl Name {
    /// A name that leads nowhere.
    pub const fn bare(text: String) -> Self {
        Self { text, login: String::new(), href: String::new() }
    }
}

/// What ids stand for, as far as a page has asked.
pub struct Names<'a> {
    office: &'a Office,
    members: HashMap<MemberId, Option<Member>>,
    passwords: HashMap<ClientPasswordId, Option<String>>,
    departments: HashMap<DepartmentId, Option<String>>,
    keys: Option<HashMap<Uuid, String>>,
}

impl<'a> Names<'a> {
    /// Nothing yet.
    pub fn new(office: &'a Office) -> Self {
        let (members, passwords) = (HashMap::new(), HashMap::new());
        Self { office, members, passwords, departments: HashMap::new(), keys: None }
    }

    /// A member; none if there is none that may be seen.
    pub async fn member(&mut self, id: MemberId) -> Result<Option<Member>, Error> {
        if let Some(known) = self.members.get(&id) {
            return Ok(known.clone());
        }
        let found = there(self.office.services.members.get(&self.office.call, id).await)?;
        self.members.insert(id, found.clone());
        Ok(found)
    }

    /// A member, by the name and with the page.
    pub async fn member_name(&mut self, id: MemberId) -> Result<Name, Error> {
        let href = format!("/admin/members/{id}");
        let found = self.member(id).await?;
        Ok(match found {
            Some(member) => Name { text: member.display_name, login: member.login, href },
            None => Name::bare(id.to_string()),
        })
    }

    /// What the member calls a client password; none if it is forgotten.
    pub async fn label(&mut self, id: ClientPasswordId) -> Result<Option<String>, Error> {
        if let Some(known) = self.passwords.get(&id) {
            return Ok(known.clone());
        }
        let found = there(self.office.services.client_passwords.get(&self.office.call, id).await)?;
        let label = found.map(|found| found.label);
        self.passwords.insert(id, label.clone());
        Ok(label)
    }

    /// What a department is called; none if it is there no more.
    pub async fn department(&mut self, id: DepartmentId) -> Result<Option<String>, Error> {
        if let Some(known) = self.departments.get(&id) {
            return Ok(known.clone());
        }
        let found = there(self.office.services.departments.get(&self.office.call, id).await)?;
        let name = found.map(|found| found.name);
        self.departments.insert(id, name.clone());
        Ok(name)
    }

    /// What a service key is called; none if it has ended, or is one for all organizations.
    pub async fn key(&mut self, id: Uuid) -> Result<Option<String>, Error> {
        if self.keys.is_none() && self.office.may(OrganizationPermission::ReadServiceKeys) {
            let paging = Paging { before: None, limit: KEYS };
            let found = self.office.services.service_keys.list(&self.office.call, paging).await?;
            let labels = found.items.into_iter().map(|key| (key.id.uuid(), key.label));
            self.keys = Some(labels.collect());
        }

        Ok(self.keys.as_ref().and_then(|keys| keys.get(&id)).cloned())
    }

    /// A service key that did something, with all that it did.
    async fn program(&mut self, id: Uuid) -> Result<Name, Error> {
        // Of one that is not there any more the end of its id tells it from others.
        let whole = id.to_string();
        let end = whole.rsplit('-').next().unwrap_or(&whole);
        let label = self.key(id).await?.unwrap_or_else(|| format!("…{end}"));
        let text = self.office.words.with("admin-actor-key", "label", &label);
        Ok(Name { href: format!("/admin/audit?actor={id}"), ..Name::bare(text) })
    }

    /// Whoever did something.
    pub async fn actor(&mut self, actor: &Actor) -> Result<Name, Error> {
        match actor {
            Actor::Member(id) => self.member_name(*id).await,
            Actor::ServiceKey(id) => self.program(id.uuid()).await,
            Actor::System => Ok(Name::bare(self.office.words.say("admin-actor-system"))),
            Actor::Setup => Ok(Name::bare(self.office.words.say("admin-actor-setup"))),
            Actor::Terminal => Ok(Name::bare(self.office.words.say("admin-actor-terminal"))),
        }
    }
}

/// What is not there, or not to be seen, is no fault of the page that names it.
pub fn there<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::Refused(Refusal::NotFound)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whoever has a login now, or had it last.
pub async fn holder(office: &Office, login: &str) -> Result<Option<Member>, Error> {
    let filter = MemberFilter { login: Some(Login::presented(login)), ..MemberFilter::default() };
    let paging = Paging { before: None, limit: 1 };
    let listed = office.services.members.list(&office.call, office.home, &filter, paging).await?;
    Ok(listed.items.into_iter().next())
}
