//! What is done in a case, and how often.

use proptest::prelude::*;

use super::policy::{Of, Roster, Setting};
use super::rules::{By, Role, Those};

/// Logins of a case; the last is of the second organization.
pub const LOGINS: usize = 4;
/// Labels of client passwords.
pub const LABELS: usize = 3;

/// The number of the organization that a login is of.
pub fn home(login: usize) -> usize {
    usize::from(login == LOGINS - 1)
}

/// One step. Numbers of client passwords and of departments are taken modulo how many there are. What is done by nobody
/// who is named is done by the operator.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    Create { login: usize, local: bool },
    Suspend { login: usize },
    Reactivate { login: usize },
    Leave { login: usize },
    AddFactor { login: usize },
    RemoveFactor { login: usize, by: By },
    SecureLogin { login: usize, on: bool, by: By },
    SetPassword { login: usize, by: By },
    Issue { login: usize, label: usize, protocols: u8, inside_only: bool, expires_in: Option<i64> },
    Rotate { which: usize, overlap: i64 },
    Revoke { which: usize, by: By },
    Leak { which: usize, by: By },
    RevokeAll { login: usize, by: By },
    Check { which: usize, other_login: bool, protocol: usize, inside: bool },
    CheckEverywhere { which: usize },
    CheckAccount { login: usize, right: bool, protocol: usize },
    RevokeInBulk { organization: usize, those: Those },
    BeginJob { organization: usize, those: Those },
    PassJob,
    StopJob,
    SetRole { login: usize, role: Role },
    Administer { login: usize, department: Option<usize> },
    Move { login: usize, department: usize, joins: bool },
    Peer { by: usize, login: usize, act: PeerAct },
    MakeDepartment { by: Option<usize>, organization: usize, below: Option<usize> },
    MoveDepartment { by: Option<usize>, department: usize, below: Option<usize> },
    DeleteDepartment { by: Option<usize>, department: usize },
    PutPolicy { by: Option<usize>, organization: usize, setting: Setting },
    Hold { login: usize, by: By, late: Late },
    Release,
    Race { login: usize, by: By, late: Late, end: Ending },
    EndKey,
    Advance { seconds: i64 },
    JumpBack { seconds: i64 },
    Restart,
    Dissolve { organization: usize },
}

/// What one member does to another.
#[derive(Clone, Copy, Debug)]
pub enum PeerAct {
    See,
    Suspend,
    Reactivate,
    Leave,
    RevokeAll,
    SwitchOn,
    SwitchOff,
    RemoveFactor,
    SetPassword,
    Issue,
    SetRole(Role),
    Administer(Option<usize>),
    Move { department: usize, joins: bool },
}

/// A request that comes late: of the member, or of a directory key.
#[derive(Clone, Copy, Debug)]
pub enum Late {
    Issue,
    Rotate,
    SwitchOn,
    SwitchOff,
    SetPassword,
    Suspend,
}

/// What ends a member's session.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    SignOut,
    SetPassword,
    SwitchOff,
    RemoveFactor,
    Suspend,
    Leave,
}

/// The kinds of step that are done to a member, by name.
pub const TO_A_MEMBER: [&str; 36] = [
    "Create",
    "Suspend",
    "Reactivate",
    "Leave",
    "AddFactor",
    "RemoveFactor",
    "SecureLogin",
    "SetPassword",
    "Issue",
    "Rotate",
    "Revoke",
    "Leak",
    "RevokeAll",
    "Check",
    "CheckEverywhere",
    "CheckAccount",
    "RevokeInBulk",
    "BeginJob",
    "PassJob",
    "StopJob",
    "SetRole",
    "Administer",
    "Move",
    "Peer",
    "MakeDepartment",
    "MoveDepartment",
    "DeleteDepartment",
    "PutPolicy",
    "Hold",
    "Release",
    "Race",
    "EndKey",
    "Advance",
    "JumpBack",
    "Restart",
    "Dissolve",
];

impl Op {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        let shown = format!("{self:?}");
        let name = shown.split([' ', '{']).next().unwrap_or_default();
        TO_A_MEMBER.into_iter().find(|kind| *kind == name).expect("a kind that is not listed")
    }
}

const BEGINNING: usize = 20;

/// What most members do first, so that cases get somewhere: a case begins with some of these.
fn beginning() -> [Op; BEGINNING] {
    let issue =
        |login, protocols| Op::Issue { login, label: 0, protocols, inside_only: false, expires_in: None };
    [
        Op::Create { login: 0, local: true },
        Op::AddFactor { login: 0 },
        Op::SecureLogin { login: 0, on: true, by: By::Member },
        issue(0, 7),
        issue(0, 3),
        Op::Create { login: 1, local: true },
        Op::AddFactor { login: 1 },
        Op::SecureLogin { login: 1, on: true, by: By::Member },
        issue(1, 7),
        Op::MakeDepartment { by: None, organization: 0, below: None },
        Op::MakeDepartment { by: None, organization: 0, below: Some(0) },
        Op::Move { login: 0, department: 1, joins: true },
        Op::SetRole { login: 1, role: Role::Admin },
        Op::Create { login: 2, local: true },
        Op::SetRole { login: 2, role: Role::DepartmentAdmin },
        Op::Administer { login: 2, department: Some(0) },
        Op::Create { login: 3, local: true },
        Op::AddFactor { login: 3 },
        Op::SecureLogin { login: 3, on: true, by: By::Member },
        issue(3, 7),
    ]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![3 => Just(By::Member), 1 => Just(By::Operator)]
}

fn login() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0usize), 2 => Just(1usize), 1 => 2..LOGINS]
}

/// A later one more often: it is more likely to live.
fn which() -> impl Strategy<Value = usize> {
    prop_oneof![2 => 0..4usize, 1 => 0..64usize]
}

fn to_members() -> BoxedStrategy<Op> {
    prop_oneof![
        8 => (login(), any::<bool>()).prop_map(|(login, local)| Op::Create { login, local }),
        3 => login().prop_map(|login| Op::Suspend { login }),
        4 => login().prop_map(|login| Op::Reactivate { login }),
        2 => login().prop_map(|login| Op::Leave { login }),
        6 => login().prop_map(|login| Op::AddFactor { login }),
        4 => (login(), by()).prop_map(|(login, by)| Op::RemoveFactor { login, by }),
        12 => (login(), prop_oneof![3 => Just(true), 1 => Just(false)], by())
            .prop_map(|(login, on, by)| Op::SecureLogin { login, on, by }),
        3 => (login(), by()).prop_map(|(login, by)| Op::SetPassword { login, by }),
    ]
    .boxed()
}

fn to_passwords() -> BoxedStrategy<Op> {
    let expiry = prop_oneof![3 => Just(None), 1 => Just(Some(3_600)), 1 => Just(Some(2 * 86_400))];
    let protocols = prop_oneof![2 => Just(7u8), 1 => Just(3u8), 1 => Just(1u8)];
    let inside_only = prop_oneof![3 => Just(false), 1 => Just(true)];
    let overlap = prop_oneof![1 => Just(0), 2 => Just(3_600), 3 => Just(86_400), 1 => Just(7 * 86_400)];
    prop_oneof![
        14 => (login(), 0..LABELS, protocols, inside_only, expiry).prop_map(
            |(login, label, protocols, inside_only, expires_in)| Op::Issue {
                login, label, protocols, inside_only, expires_in,
            }
        ),
        10 => (which(), overlap).prop_map(|(which, overlap)| Op::Rotate { which, overlap }),
        5 => (which(), by()).prop_map(|(which, by)| Op::Revoke { which, by }),
        4 => (which(), by()).prop_map(|(which, by)| Op::Leak { which, by }),
        3 => (login(), by()).prop_map(|(login, by)| Op::RevokeAll { login, by }),
        24 => (which(), prop_oneof![9 => Just(false), 1 => Just(true)], 0..3usize, any::<bool>()).prop_map(
            |(which, other_login, protocol, inside)| Op::Check { which, other_login, protocol, inside }
        ),
        8 => which().prop_map(|which| Op::CheckEverywhere { which }),
        6 => (login(), any::<bool>(), 0..3usize)
            .prop_map(|(login, right, protocol)| Op::CheckAccount { login, right, protocol }),
        2 => (organization(), those())
            .prop_map(|(organization, those)| Op::RevokeInBulk { organization, those }),
        3 => (organization(), those()).prop_map(|(organization, those)| Op::BeginJob { organization, those }),
        2 => Just(Op::PassJob),
        1 => Just(Op::StopJob),
    ]
    .boxed()
}

fn those() -> impl Strategy<Value = Those> {
    prop_oneof![
        1 => Just(Those::All),
        2 => (0..LABELS).prop_map(Those::OfLabel),
    ]
}

fn organization() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0usize), 1 => Just(1usize)]
}

/// The first ones more often: those of the beginning are among them.
fn department() -> impl Strategy<Value = usize> {
    prop_oneof![2 => 0..2usize, 1 => 0..8usize]
}

fn maybe<T: Clone + std::fmt::Debug>(
    one: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.7, one)
}

/// Whoever is no program: mostly those with a role.
fn peer() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(0usize), 3 => Just(1usize), 3 => Just(2usize), 1 => Just(3usize)]
}

fn by_peer() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![2 => Just(None), 1 => peer().prop_map(Some)]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        1 => Just(Role::Member),
        1 => Just(Role::Auditor),
        3 => Just(Role::DepartmentAdmin),
        2 => Just(Role::Admin),
    ]
}

fn peer_act() -> BoxedStrategy<PeerAct> {
    prop_oneof![
        3 => Just(PeerAct::See),
        2 => Just(PeerAct::Suspend),
        2 => Just(PeerAct::Reactivate),
        1 => Just(PeerAct::Leave),
        2 => Just(PeerAct::RevokeAll),
        1 => Just(PeerAct::SwitchOn),
        2 => Just(PeerAct::SwitchOff),
        1 => Just(PeerAct::RemoveFactor),
        1 => Just(PeerAct::SetPassword),
        1 => Just(PeerAct::Issue),
        3 => role().prop_map(PeerAct::SetRole),
        2 => maybe(department()).prop_map(PeerAct::Administer),
        4 => (department(), any::<bool>())
            .prop_map(|(department, joins)| PeerAct::Move { department, joins }),
    ]
    .boxed()
}

fn roster() -> impl Strategy<Value = Roster> {
    let member = || prop::option::weighted(0.3, login());
    (maybe(department()), member(), member()).prop_map(|(department, member, except)| Roster {
        department,
        member,
        except,
    })
}

fn setting() -> BoxedStrategy<Setting> {
    let of = prop_oneof![
        2 => Just(Of::Everyone),
        4 => department().prop_map(Of::Department),
        2 => login().prop_map(Of::Member),
    ];
    let on = prop_oneof![2 => Just(Some(false)), 2 => Just(Some(true)), 1 => Just(None)];
    let from = prop_oneof![2 => Just(None), 1 => Just(Some(600i64)), 1 => Just(Some(3 * 86_400i64))];
    let days = |days: &'static [i64]| prop::option::weighted(0.7, prop::sample::select(days));
    prop_oneof![
        3 => Just(Setting::AvailableToAll),
        3 => roster().prop_map(Setting::AvailableTo),
        8 => (of, 0..3usize, on).prop_map(|(of, protocol, on)| Setting::Protocol { of, protocol, on }),
        5 => (prop::bool::weighted(0.7), from, roster())
            .prop_map(|(required, in_seconds, of)| Setting::SecureLogin { required, in_seconds, of }),
        1 => any::<bool>().prop_map(Setting::InsideOnly),
        1 => (1..4usize).prop_map(Setting::MaxActive),
        2 => days(&[7, 30, 90]).prop_map(Setting::MaxLifeDays),
        1 => days(&[1, 60]).prop_map(Setting::DefaultLifeDays),
        3 => days(&[1, 30]).prop_map(Setting::IdleDays),
    ]
    .boxed()
}

/// Departments, roles and policies.
fn to_organizations() -> BoxedStrategy<Op> {
    prop_oneof![
        4 => (login(), role()).prop_map(|(login, role)| Op::SetRole { login, role }),
        4 => (prop_oneof![1 => login(), 2 => Just(2usize)], maybe(department()))
            .prop_map(|(login, department)| Op::Administer { login, department }),
        7 => (login(), department(), prop::bool::weighted(0.7))
            .prop_map(|(login, department, joins)| Op::Move { login, department, joins }),
        12 => (peer(), login(), peer_act()).prop_map(|(by, login, act)| Op::Peer { by, login, act }),
        3 => (by_peer(), organization(), maybe(department()))
            .prop_map(|(by, organization, below)| Op::MakeDepartment { by, organization, below }),
        3 => (by_peer(), department(), maybe(department()))
            .prop_map(|(by, department, below)| Op::MoveDepartment { by, department, below }),
        2 => (by_peer(), department()).prop_map(|(by, department)| Op::DeleteDepartment { by, department }),
        14 => (by_peer(), organization(), setting())
            .prop_map(|(by, organization, setting)| Op::PutPolicy { by, organization, setting }),
    ]
    .boxed()
}

fn to_all() -> BoxedStrategy<Op> {
    let seconds = prop_oneof![
        Just(1i64),
        Just(45),
        Just(600),
        Just(3_599),
        Just(3_600),
        Just(86_400),
        Just(8 * 86_400),
        Just(31 * 86_400),
    ];
    prop_oneof![
        20 => seconds.prop_map(|seconds| Op::Advance { seconds }),
        6 => prop_oneof![Just(60i64), Just(7_200), Just(40 * 86_400)]
            .prop_map(|seconds| Op::JumpBack { seconds }),
        1 => Just(Op::Restart),
        2 => Just(Op::EndKey),
        2 => organization().prop_map(|organization| Op::Dissolve { organization }),
    ]
    .boxed()
}

/// Of a member that may be any of these; of a key those that are one's.
fn late() -> impl Strategy<Value = (usize, By, Late)> {
    let by_member = prop_oneof![
        4 => Just(Late::Issue),
        2 => Just(Late::Rotate),
        1 => Just(Late::SwitchOn),
        1 => Just(Late::SwitchOff),
        1 => Just(Late::SetPassword),
    ];
    let by_key = prop_oneof![Just(Late::SwitchOff), Just(Late::SetPassword), Just(Late::Suspend)];
    prop_oneof![
        3 => (login(), Just(By::Member), by_member),
        1 => (login(), Just(By::Operator), by_key),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        3 => Just(Ending::SignOut),
        3 => Just(Ending::SetPassword),
        3 => Just(Ending::SwitchOff),
        1 => Just(Ending::RemoveFactor),
        2 => Just(Ending::Suspend),
        1 => Just(Ending::Leave),
    ]
}

/// A request whose last byte is held back while something else happens, or one that comes while its caller's authority
/// ends.
fn late_ones() -> BoxedStrategy<Vec<Op>> {
    let meanwhile = prop_oneof![4 => to_members(), 4 => to_passwords(), 2 => to_organizations(), 1 => to_all(), 1 => Just(Op::EndKey)];
    prop_oneof![
        (late(), prop::collection::vec(meanwhile, 1..3)).prop_map(|((login, by, late), meanwhile)| {
            let held = std::iter::once(Op::Hold { login, by, late });
            held.chain(meanwhile).chain([Op::Release]).collect()
        }),
        (late(), ending()).prop_map(|((login, by, late), end)| vec![Op::Race { login, by, late, end }]),
    ]
    .boxed()
}

/// A case: so many of the usual first steps, then any.
pub fn case(steps: usize) -> impl Strategy<Value = Vec<Op>> {
    let any = prop_oneof![
        42 => to_members().prop_map(|op| vec![op]),
        72 => to_passwords().prop_map(|op| vec![op]),
        44 => to_organizations().prop_map(|op| vec![op]),
        16 => to_all().prop_map(|op| vec![op]),
        10 => late_ones(),
    ];
    // As options, so that a case that fails shrinks to few steps.
    let rest = prop::collection::vec(prop::option::weighted(0.98, any), steps);
    let first = prop_oneof![1 => 0..BEGINNING, 1 => Just(5usize), 1 => Just(9usize), 3 => Just(BEGINNING)];
    // Few would come to be required to turn secure login on, or stay so for long.
    let required = prop::option::weighted(0.25, login());
    (first, required, rest).prop_map(|(first, required, rest)| {
        let required = required.map(|login| Op::RemoveFactor { login, by: By::Operator });
        let rest = required.into_iter().chain(rest.into_iter().flatten().flatten());
        beginning().into_iter().take(first).chain(rest).collect()
    })
}
