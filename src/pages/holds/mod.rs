//! What holds for a member, setting by setting, and why nothing else does.

use std::collections::HashMap;

use actix_web::HttpResponse;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room};
use super::passwords::view::protocol;
use super::policy_words::{WITHOUT_EFFECT, message, moment, span, switch};
use super::texts::{Plain, Words, apart};
use super::visit::Signed;
use crate::domain::ids::DepartmentId;
use crate::domain::member::Member;
use crate::domain::policy::{Explained, Explanation, SecureLoginDemand, Setting, Source, Value, WhyNot};
use crate::service::Error;

/// What holds of one setting.
pub struct Holding {
    /// What the setting is called.
    pub name: String,
    /// What holds.
    pub value: String,
    /// Who says so.
    pub source: String,
    /// What others say, and why it does not count.
    pub others: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/holds/holds.html")]
struct HoldsPage {
    frame: Frame,
    all: Vec<Holding>,
}

/// `GET /security/rules`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let all = holdings(&signed, &signed.member).await?;
    signed.show(&HoldsPage { frame: signed.frame(Room::Security), all })
}

/// What holds for a member, setting by setting.
pub async fn holdings(signed: &Signed, member: &Member) -> Result<Vec<Holding>, Error> {
    let policies = &signed.services.policies;
    let explained = policies.explain(&signed.call, member.organization_id, member.id).await?;
    let departments = policies.departments_of(&explained).await?;
    Ok(Teller { words: &signed.words, departments }.all(&explained))
}

struct Teller<'a> {
    words: &'a Words,
    departments: HashMap<DepartmentId, String>,
}

impl Teller<'_> {
    fn all(&self, explained: &Explanation) -> Vec<Holding> {
        let words = self.words;
        let may = |may: &bool| words.say(if *may { "holds-may" } else { "holds-may-not" });
        let mut all = vec![self.one(words.say("holds-client-passwords"), &explained.availability, may)];
        all.push(self.one(words.say("secure-login"), &explained.secure_login, |demand| self.demand(*demand)));
        for (one, of) in &explained.protocols {
            let name = words.with("holds-protocol", "protocol", Plain(&protocol(words, *one)));
            all.push(self.one(name, of, |on| switch(words, *on)));
        }

        let shown = explained.for_all.iter().filter(|(setting, ..)| !WITHOUT_EFFECT.contains(setting));
        all.extend(shown.map(|(setting, value, source)| Holding {
            name: words.say(message(*setting)),
            value: self.value(*setting, value),
            source: self.source(*source),
            others: Vec::new(),
        }));
        all
    }

    fn one<T>(&self, name: String, of: &Explained<T>, say: impl Fn(&T) -> String) -> Holding {
        let other = |value: &T, source, why| {
            let (source, value) = (self.source(source), say(value));
            let why = self.words.say(why_not(why));
            self.words.with_three("holds-other", ("source", &source), ("value", &value), ("why", &why))
        };
        let others = of.others.iter().map(|one| other(&one.value, one.source, one.why_not)).collect();
        Holding { name, value: say(&of.value), source: self.source(of.source), others }
    }

    fn demand(&self, demand: SecureLoginDemand) -> String {
        match demand {
            SecureLoginDemand::Optional => self.words.say("policy-secure-login-optional"),
            SecureLoginDemand::Announced(from) => {
                self.words.with("policy-secure-login-from", "at", Plain(&moment(from)))
            }
            SecureLoginDemand::Required(_) => self.words.say("policy-secure-login-required"),
        }
    }

    fn value(&self, setting: Setting, value: &Value) -> String {
        let words = self.words;
        match value {
            Value::Unlimited => words.say("policy-no-limit"),
            Value::Number(number) if setting == Setting::MaxActivePerMember => number.to_string(),
            Value::Number(number) if setting == Setting::MaxOverlapSeconds => span(words, *number),
            Value::Number(number) => words.with("policy-days", "count", i64::from(*number)),
            Value::Flag(true) => words.say("policy-password-ends"),
            Value::Flag(false) => words.say("policy-password-ends-nothing"),
            Value::Networks(networks) if networks.is_any() => words.say("policy-any-network"),
            Value::Networks(networks) => networks.blocks().join(&words.say("list-separator")),
        }
    }

    fn source(&self, source: Source) -> String {
        let words = self.words;
        match source {
            Source::Default => words.say("holds-by-default"),
            Source::Organization => words.say("holds-by-organization"),
            Source::Member => words.say("holds-by-member"),
            Source::Exception => words.say("holds-by-exception"),
            Source::Department { named, of, .. } if named == of => {
                words.with("holds-by-department", "name", Plain(&self.department(named)))
            }
            Source::Department { named, of, .. } => {
                let (name, below) = (self.department(named), self.department(of));
                let (name, below) = (Plain(&name), Plain(&below));
                words.with_two("holds-by-department-above", ("name", name), ("below", below))
            }
        }
    }

    fn department(&self, id: DepartmentId) -> String {
        self.departments.get(&id).map(|name| apart(name)).unwrap_or_default()
    }
}

const fn why_not(why: WhyNot) -> &'static str {
    match why {
        WhyNot::Exception => "holds-not-exception",
        WhyNot::Member => "holds-not-member",
        WhyNot::Department => "holds-not-department",
        WhyNot::Nearer => "holds-not-nearer",
        WhyNot::Deeper => "holds-not-deeper",
        WhyNot::EquallyDeepOff => "holds-not-equally-deep",
        WhyNot::SaysTheSame => "holds-not-same",
    }
}
