//! The policy against a plain statement of what it means: random policies over random departments.
//!
//! The statement reads the JSON as it was put and walks the tree by hand, from the sentences of the design; it is slow,
//! works nothing out ahead, and has nothing of `domain/policy/`. `CLIENTPASS_POLICY_CASES` says how many cases (10,000).

use std::collections::BTreeMap;

use clientpass::clock::Timestamp;
use clientpass::domain::department_tree::DepartmentTree;
use clientpass::domain::ids::DepartmentId;
use clientpass::domain::policy::{Explained, Policy, PolicyForm, Rules, SecureLoginDemand, Source, WhyNot};
use clientpass::domain::protocol::Protocol;
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Map, Value, json};
use uuid::Uuid;

// What is drawn.

/// An organization's departments, with a policy as JSON.
struct World {
    /// From each department to its parent.
    parents: BTreeMap<Uuid, Option<Uuid>>,
    members: Vec<(Uuid, Vec<Uuid>)>,
    policy: Value,
}

struct Draw(TestRng);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next_u32() as usize % bound
    }

    fn percent(&mut self, of_a_hundred: usize) -> bool {
        self.below(100) < of_a_hundred
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64()))
    }

    fn some_of(&mut self, of_a_hundred: usize, ids: &[Uuid]) -> Vec<Uuid> {
        ids.iter().copied().filter(|_| self.percent(of_a_hundred)).collect()
    }

    fn parents(&mut self) -> BTreeMap<Uuid, Option<Uuid>> {
        let mut placed = Vec::new();
        let mut parents = BTreeMap::new();
        for _ in 0..self.below(9) {
            // One in twelve hangs below a department that there is not.
            let parent = match self.below(12) {
                0 => Some(self.id()),
                1..4 => None,
                _ if placed.is_empty() => None,
                _ => Some(placed[self.below(placed.len())]),
            };
            let id = self.id();
            placed.push(id);
            parents.insert(id, parent);
        }
        parents
    }

    fn roster(&mut self, departments: &[Uuid], members: &[Uuid]) -> Value {
        let except_members = self.some_of(20, members);
        let rest: Vec<_> = members.iter().copied().filter(|id| !except_members.contains(id)).collect();
        let mut roster = json!({});
        if self.percent(60) {
            roster["departments"] = json!(self.some_of(25, departments));
        }
        if self.percent(60) {
            roster["members"] = json!(self.some_of(25, &rest));
        }
        if self.percent(60) {
            roster["except_members"] = json!(except_members);
        }
        roster
    }

    fn switches(&mut self, of_a_hundred: usize) -> Value {
        let mut switches = Map::new();
        for protocol in Protocol::ALL {
            if self.percent(of_a_hundred) {
                switches.insert(protocol.name().to_owned(), self.percent(50).into());
            }
        }
        switches.into()
    }

    fn switches_of(&mut self, ids: &[Uuid]) -> Value {
        let ids = self.some_of(40, ids);
        ids.into_iter().map(|id| (id.to_string(), self.switches(30))).collect::<Map<_, _>>().into()
    }

    fn policy(&mut self, departments: &[Uuid], members: &[Uuid]) -> Value {
        let mut policy = json!({});
        match self.below(4) {
            0 => {}
            1 => policy["availability"] = json!("all"),
            _ => policy["availability"] = self.roster(departments, members),
        }
        if self.percent(80) {
            policy["protocols"] = json!({
                "default": self.switches(40),
                "departments": self.switches_of(departments),
                "members": self.switches_of(members),
            });
        }
        if self.percent(80) {
            let mut rule = self.roster(departments, members);
            rule["mode"] = json!(if self.percent(80) { "required" } else { "optional" });
            if self.percent(60) {
                rule["required_from"] = json!(at(self.below(3)).to_string());
            }
            policy["secure_login"] = rule;
        }
        if self.percent(50) {
            policy["idle_days"] = json!(self.below(90) + 1);
        }
        policy
    }

    fn world(&mut self) -> World {
        let parents = self.parents();
        let departments: Vec<_> = parents.keys().copied().collect();
        let ids: Vec<_> = (0..3).map(|_| self.id()).collect();
        let policy = self.policy(&departments, &ids);
        let members = ids.into_iter().map(|id| (id, self.some_of(30, &departments))).collect();
        World { parents, members, policy }
    }
}

/// One of three moments.
fn at(number: usize) -> Timestamp {
    Timestamp::from_micros(1_795_335_300_000_000 + i64::try_from(number).unwrap())
}

// The rules, in the design's sentences.

impl World {
    /// The department, its parent, and so on.
    fn upward(&self, department: Uuid) -> Vec<Uuid> {
        let mut path = vec![department];
        while let Some(Some(parent)) = self.parents.get(path.last().unwrap()) {
            if !self.parents.contains_key(parent) {
                break;
            }
            path.push(*parent);
        }
        path
    }

    /// "Departments with those below."
    fn in_one_of(&self, list: &Value, departments: &[Uuid]) -> bool {
        departments.iter().any(|department| self.upward(*department).iter().any(|at| lists(list, *at)))
    }

    /// "`all`, or `{departments, members, except_members}` (no lists = nobody; an exception beats all)."
    fn may_use_client_passwords(&self, (member, departments): &(Uuid, Vec<Uuid>)) -> bool {
        let availability = &self.policy["availability"];
        if availability.is_null() || availability == "all" {
            return true;
        }
        if lists(&availability["except_members"], *member) {
            return false;
        }
        lists(&availability["members"], *member) || self.in_one_of(&availability["departments"], departments)
    }

    /// "No lists = everyone"; an empty list is none.
    fn must_have_secure_login(&self, (member, departments): &(Uuid, Vec<Uuid>)) -> bool {
        let rule = &self.policy["secure_login"];
        if rule["mode"] != "required" || lists(&rule["except_members"], *member) {
            return false;
        }
        let is_empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
        let everyone = is_empty(&rule["departments"]) && is_empty(&rule["members"]);
        everyone || lists(&rule["members"], *member) || self.in_one_of(&rule["departments"], departments)
    }

    /// "An instant: before it members are told; from then on `required` is true for them."
    fn secure_login(&self, who: &(Uuid, Vec<Uuid>), now: Timestamp) -> (bool, Option<Timestamp>) {
        let from = self.policy["secure_login"]["required_from"].as_str().and_then(Timestamp::parse);
        match (self.must_have_secure_login(who), from) {
            (false, _) => (false, None),
            (true, Some(from)) if now < from => (false, Some(from)),
            (true, _) => (true, None),
        }
    }

    /// "A member's own value wins. Else, for each of the member's departments, the nearest upward that has a value; of
    /// these the deepest from the root wins; equally deep, off wins." Gives also whose value may be named for it.
    fn protocol(&self, (member, departments): &(Uuid, Vec<Uuid>), protocol: Protocol) -> (bool, Vec<By>) {
        let protocols = &self.policy["protocols"];
        let value = |switches: &Value| switches[protocol.name()].as_bool();
        let of_department = |id: Uuid| value(&protocols["departments"][id.to_string()]);

        if let Some(on) = value(&protocols["members"][member.to_string()]) {
            return (on, vec![By::Member]);
        }

        let mut nearest = Vec::new();
        for department in departments {
            let path = self.upward(*department);
            if let Some(found) = path.iter().find(|at| of_department(**at).is_some()) {
                nearest.push(*found);
            }
        }
        let depth = |id: &Uuid| self.upward(*id).len();
        let deepest = nearest.iter().map(depth).max();
        nearest.retain(|id| Some(depth(id)) == deepest);
        if nearest.iter().any(|id| of_department(*id) == Some(false)) {
            nearest.retain(|id| of_department(*id) == Some(false));
            return (false, nearest.into_iter().map(By::Department).collect());
        }
        if !nearest.is_empty() {
            return (true, nearest.into_iter().map(By::Department).collect());
        }

        match value(&protocols["default"]) {
            Some(on) => (on, vec![By::Organization]),
            None => (true, vec![By::Default]),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Member,
    Department(Uuid),
    Organization,
    Default,
}

fn lists(list: &Value, id: Uuid) -> bool {
    list.as_array().is_some_and(|list| list.contains(&json!(id)))
}

// What is asked of the product.

fn read(policy: &Value) -> Policy {
    let form: PolicyForm = serde_json::from_value(policy.clone()).unwrap_or_else(|e| panic!("{policy}: {e}"));
    form.parse().unwrap_or_else(|error| panic!("{policy}: {error:?}"))
}

impl World {
    fn rules(&self) -> Rules {
        let pairs = self.parents.iter().map(|(id, parent)| ((*id).into(), parent.map(Into::into)));
        Rules::new(read(&self.policy), DepartmentTree::new(pairs))
    }

    /// What the source of an explained list says, read from the JSON; `None` if it does not say anything.
    fn said_in_list(&self, setting: &str, source: Source, member: Uuid) -> Option<bool> {
        let list = &self.policy[setting];
        match source {
            Source::Exception => lists(&list["except_members"], member).then_some(false),
            Source::Member => lists(&list["members"], member).then_some(true),
            Source::Department { named, .. } => lists(&list["departments"], named.uuid()).then_some(true),
            Source::Organization => (!list.is_null()).then(|| {
                let named = |name: &str| list[name].as_array().is_some_and(|ids| !ids.is_empty());
                let everyone = list["mode"] == "required" && !named("departments") && !named("members");
                list == "all" || everyone
            }),
            Source::Default => list.is_null().then_some(setting == "availability"),
        }
    }

    fn said_of_protocol(&self, protocol: Protocol, source: Source, member: Uuid) -> Option<bool> {
        let protocols = &self.policy["protocols"];
        let switches = match source {
            Source::Exception => return None,
            Source::Member => &protocols["members"][member.to_string()],
            Source::Department { named, .. } => &protocols["departments"][named.to_string()],
            Source::Organization => &protocols["default"],
            Source::Default => return Some(true),
        };
        switches[protocol.name()].as_bool()
    }
}

fn explained<T: Copy + PartialEq + std::fmt::Debug>(
    explained: &Explained<T>,
    value: T,
    said: impl Fn(Source) -> Option<T>,
) -> Result<(), String> {
    if explained.value != value || said(explained.source) != Some(value) {
        return Err(format!("{explained:?}, though {value:?} holds"));
    }
    match explained.others.iter().find(|other| said(other.source) != Some(other.value)) {
        Some(other) => Err(format!("{other:?}, which nobody says")),
        None => Ok(()),
    }
}

/// What has been seen, so that it shows if the cases are too tame.
type Seen = BTreeMap<&'static str, usize>;

fn compare(
    world: &World,
    rules: &Rules,
    who: &(Uuid, Vec<Uuid>),
    now: Timestamp,
    seen: &mut Seen,
) -> Result<(), String> {
    let departments: Vec<DepartmentId> = who.1.iter().map(|id| (*id).into()).collect();
    let policy = rules.for_member(who.0.into(), &departments, now);
    let explanation = rules.explain(who.0.into(), &departments, now);

    let available = world.may_use_client_passwords(who);
    if policy.available != available {
        return Err(format!("available: {}, should be {available}", policy.available));
    }
    explained(&explanation.availability, available, |source| {
        world.said_in_list("availability", source, who.0)
    })?;

    let (required, announced) = world.secure_login(who, now);
    let ahead = policy.secure_login_required_from.filter(|from| now < *from);
    if (policy.secure_login_required, ahead) != (required, announced) {
        return Err(format!("{policy:?}: should be required {required}, announced {announced:?}"));
    }
    let demand = match (announced, required) {
        (Some(from), _) => SecureLoginDemand::Announced(from),
        (None, true) => SecureLoginDemand::Required(
            world.policy["secure_login"]["required_from"].as_str().and_then(Timestamp::parse),
        ),
        (None, false) => SecureLoginDemand::Optional,
    };
    let (held, source) = (explanation.secure_login.value, explanation.secure_login.source);
    let must = world.said_in_list("secure_login", source, who.0);
    if held != demand || must != Some(demand != SecureLoginDemand::Optional) {
        return Err(format!("{:?}: should be {demand:?}", explanation.secure_login));
    }

    for (protocol, explained_protocol) in &explanation.protocols {
        let (on, by) = world.protocol(who, *protocol);
        if policy.protocols.contains(*protocol) != on {
            return Err(format!("{protocol:?}: should be {on}, by {by:?}"));
        }
        explained(explained_protocol, on, |source| world.said_of_protocol(*protocol, source, who.0))?;
        let named = match explained_protocol.source {
            Source::Member | Source::Exception => By::Member,
            Source::Department { named, .. } => By::Department(named.uuid()),
            Source::Organization => By::Organization,
            Source::Default => By::Default,
        };
        if !by.contains(&named) {
            return Err(format!("{protocol:?}: explained by {named:?}, should be of {by:?}"));
        }
        count(explained_protocol, seen);
    }

    *seen.entry(if required { "required" } else { "not required" }).or_default() += 1;
    *seen.entry(if announced.is_some() { "announced" } else { "not announced" }).or_default() += 1;
    *seen.entry(if available { "available" } else { "not available" }).or_default() += 1;
    if explanation.availability.source == Source::Exception && !explanation.availability.others.is_empty() {
        *seen.entry("exception before a list").or_default() += 1;
    }
    Ok(())
}

fn count(explained: &Explained<bool>, seen: &mut Seen) {
    for other in explained.others.iter().filter(|other| other.value != explained.value) {
        let what = match other.why_not {
            WhyNot::Exception => "exception",
            WhyNot::Member => "the member's own before others",
            WhyNot::Department => "department before default",
            WhyNot::Nearer => "nearer before farther",
            WhyNot::Deeper if explained.value => "deeper on before higher off",
            WhyNot::Deeper => "deeper off before higher on",
            WhyNot::EquallyDeepOff => "equally deep off before on",
            WhyNot::SaysTheSame => "a contradiction that says the same",
        };
        *seen.entry(what).or_default() += 1;
    }
}

#[test]
fn every_policy_comes_to_what_the_design_says() {
    let cases = std::env::var("CLIENTPASS_POLICY_CASES").ok().and_then(|text| text.parse().ok());
    let mut draw = Draw(TestRng::from_seed(RngAlgorithm::ChaCha, &[6; 32]));
    let mut seen = Seen::new();
    for case in 0..cases.unwrap_or(10_000) {
        let world = draw.world();
        let rules = world.rules();
        for who in &world.members {
            let now = at(draw.below(3));
            if let Err(difference) = compare(&world, &rules, who, now, &mut seen) {
                let World { parents, policy, .. } = &world;
                panic!("case {case}: {difference}\nmember {who:?} at {now}\n{parents:#?}\n{policy:#}");
            }
        }
        let written = serde_json::to_value(PolicyForm::from(rules.policy())).unwrap();
        assert_eq!(read(&written), *rules.policy(), "case {case}: {written:#}");
    }

    println!("{seen:#?}");
    for what in [
        "required",
        "announced",
        "available",
        "not available",
        "exception before a list",
        "the member's own before others",
        "department before default",
        "nearer before farther",
        "deeper on before higher off",
        "deeper off before higher on",
        "equally deep off before on",
    ] {
        assert!(seen.get(what).is_some_and(|count| *count >= 100), "hardly ever: {what}");
    }
    assert!(!seen.contains_key("a contradiction that says the same"), "{seen:#?}");
}

/// The example of the design: "a deeper on beats a higher off of another branch: the pages and `explain` say so."
#[test]
fn a_deeper_on_beats_a_higher_off_and_the_explanation_says_so() {
    let [root, sales, field, works] = [1, 2, 3, 4].map(Uuid::from_u128);
    let tree = [(root, None), (sales, Some(root)), (field, Some(sales)), (works, Some(root))];
    let policy = json!({"protocols": {
        "default": {"pop3": false},
        "departments": {
            (root.to_string()): {"pop3": false},
            (field.to_string()): {"pop3": true},
            (works.to_string()): {"pop3": false},
        },
    }});
    let tree = DepartmentTree::new(tree.map(|(id, parent)| (id.into(), parent.map(Into::into))));
    let rules = Rules::new(read(&policy), tree);
    let departments = [field, works].map(DepartmentId::from);
    let member = Uuid::from_u128(9).into();
    assert!(rules.for_member(member, &departments, at(0)).protocols.contains(Protocol::Pop3));

    let explanation = rules.explain(member, &departments, at(0));
    let (_, pop3) = explanation.protocols.iter().find(|(protocol, _)| *protocol == Protocol::Pop3).unwrap();
    let of = |named: Uuid, of: Uuid, depth| Source::Department { named: named.into(), of: of.into(), depth };
    assert_eq!((pop3.value, pop3.source), (true, of(field, field, 2)));
    let others: Vec<_> = pop3.others.iter().map(|other| (other.value, other.source, other.why_not)).collect();
    assert_eq!(
        others,
        [
            (false, of(works, works, 1), WhyNot::Deeper),
            (false, of(root, field, 0), WhyNot::Nearer),
            (false, Source::Organization, WhyNot::Department),
        ]
    );
}
