//! What was done, in plain words.

use serde_json::Value;

use super::logins::shortened;
use super::names::{Name, Names};
use super::office::Office;
use super::shown::role;
use super::tree::members;
use crate::domain::audit::{Actor, AuditEvent, Target};
use crate::domain::ids::DepartmentId;
use crate::domain::member::Role;
use crate::pages::frame::When;
use crate::pages::texts::{Plain, Words};
use crate::service::Error;

/// One line of what was done.
pub struct Line {
    /// When.
    pub at: When,
    /// What, in words.
    pub what: String,
    /// Who did it.
    pub who: Name,
    /// To whom, if to a member.
    pub whom: Option<Name>,
    /// Whether a member did it to the own account.
    pub is_own: bool,
    /// What it was about beside the member.
    pub about: Option<Name>,
    /// What else is worth knowing.
    pub more: Vec<String>,
    /// Why, in somebody's words.
    pub reason: Option<String>,
}

/// What an action is called: by its name in the API.
pub fn action(words: &Words, name: &str) -> String {
    let message = format!("action-{}", name.replace(['.', '_'], "-"));
    if words.has(&message) { words.say(&message) } else { name.to_owned() }
}

/// Events, line by line.
pub async fn lines(office: &Office, events: &[AuditEvent]) -> Result<Vec<Line>, Error> {
    let mut names = Names::new(office);
    let mut lines = Vec::with_capacity(events.len());
    for event in events {
        let details: Value = serde_json::from_str(&event.details).unwrap_or_default();
        let whom = match event.member_id {
            Some(id) => Some(names.member_name(id).await?),
            None => None,
        };
        lines.push(Line {
            at: When(event.at),
            what: action(&office.words, &event.action),
            who: names.actor(&event.actor).await?,
            whom,
            is_own: event.member_id.is_some_and(|id| event.actor == Actor::Member(id)),
            about: about(&mut names, &office.words, &event.targets, &details).await?,
            more: [more(&office.words, event, &details), moved(&mut names, &office.words, &details).await?]
                .concat(),
            reason: event.reason.clone(),
        });
    }
    Ok(lines)
}

/// The first thing beside the member that has a name.
async fn about(
    names: &mut Names<'_>,
    words: &Words,
    targets: &[Target],
    details: &Value,
) -> Result<Option<Name>, Error> {
    for target in targets {
        let name = match target {
            Target::Domain(name) => Some(Name::bare(name.clone())),
            Target::ClientPassword(id) => names.label(*id).await?.map(Name::bare),
            Target::ServiceKey(id) => names.key(id.uuid()).await?.map(Name::bare),
            Target::Revocation(id) => {
                Some(Name { href: format!("/admin/revocations/{id}"), ..Name::bare(words.say("admin-see")) })
            }
            Target::Department(id) => match names.department(*id).await? {
                Some(name) => Some(Name { href: members(*id), ..Name::bare(name) }),
                // It is deleted; what was done to it itself says what it was called.
                None => details.get("name").and_then(Value::as_str).map(|name| Name::bare(name.to_owned())),
            },
            _ => None,
        };
        if name.is_some() {
            return Ok(name);
        }
    }
    Ok(None)
}

/// How many ended with it, and what became of a role.
fn more(words: &Words, event: &AuditEvent, details: &Value) -> Vec<String> {
    let named = |field: &str| details.get(field).and_then(Value::as_str).and_then(Role::parse);

    let ended = event.ended_client_passwords.filter(|count| *count > 0);
    let ended = ended.map(|count| words.with("admin-event-ended", "count", count));
    let changed = named("role_before").zip(named("role")).filter(|(before, after)| before != after);
    let changed = changed.map(|(before, after)| {
        words.with_two("admin-event-role", ("before", &role(words, before)), ("after", &role(words, after)))
    });
    let ip = details.get("ip").and_then(Value::as_str);
    let ip = ip.map(|ip| words.with("admin-event-ip", "ip", ip));

    ended.into_iter().chain(changed).chain(ip).collect()
}

/// Into which departments a member was put, and how many members a department got and lost.
async fn moved(names: &mut Names<'_>, words: &Words, details: &Value) -> Result<Vec<String>, Error> {
    let mut more = Vec::new();
    let fields =
        [("department_ids", "admin-event-departments"), ("admin_department_ids", "admin-event-administers")];
    for (field, message) in fields {
        let Some(ids) = details.get(field).and_then(Value::as_array) else { continue };
        let mut said = Vec::new();
        for id in ids.iter().filter_map(Value::as_str) {
            let name = match DepartmentId::parse(id) {
                Some(id) => names.department(id).await?,
                None => None,
            };
            said.push(name.unwrap_or_else(|| id.to_owned()));
        }
        let none = || words.say("none");
        let said = if said.is_empty() { none() } else { shortened(words, &said) };
        more.push(words.with(message, "names", Plain(&said)));
    }

    for (field, message) in [("add", "admin-event-added"), ("remove", "admin-event-removed")] {
        let count = details.get(field).and_then(Value::as_array).map_or(0, Vec::len);
        more.extend((count > 0).then(|| words.with(message, "count", count)));
    }
    Ok(more)
}

#[cfg(test)]
mod tests {
    use crate::domain::audit::Action;
    use crate::pages::language::Language;
    use crate::pages::texts::Texts;

    #[test]
    fn every_action_has_words() {
        let texts = Texts::load().unwrap();
        for language in Language::ALL {
            for one in Action::ALL {
                assert_ne!(super::action(&texts.of(language), one.name()), one.name(), "{language:?}");
            }
        }
    }
}
