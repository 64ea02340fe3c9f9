//! What is done in a case, and how often.

use proptest::prelude::*;

use super::rules::By;

/// Logins of a case.
pub const LOGINS: usize = 2;
/// Labels of client passwords.
pub const LABELS: usize = 3;

/// One step. Numbers of client passwords are taken modulo how many there are.
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
    RevokeAll { login: usize, by: By },
    Check { which: usize, other_login: bool, protocol: usize, inside: bool },
    CheckEverywhere { which: usize },
    CheckAccount { login: usize, right: bool, protocol: usize },
    RevokeInBulk { label: Option<usize> },
    Hold { login: usize, by: By, late: Late },
    Release,
    Race { login: usize, by: By, late: Late, end: Ending },
    EndKey,
    Advance { seconds: i64 },
    JumpBack { seconds: i64 },
    Restart,
    Dissolve,
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
pub const TO_A_MEMBER: [&str; 24] = [
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
    "RevokeAll",
    "Check",
    "CheckEverywhere",
    "CheckAccount",
    "RevokeInBulk",
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

/// What most members do first, so that cases get somewhere: a case begins with some of these.
fn beginning() -> [Op; 9] {
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
    ]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![3 => Just(By::Member), 1 => Just(By::Operator)]
}

fn login() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0usize), 1 => 1..LOGINS]
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
        3 => (login(), by()).prop_map(|(login, by)| Op::RevokeAll { login, by }),
        24 => (which(), prop_oneof![9 => Just(false), 1 => Just(true)], 0..3usize, any::<bool>()).prop_map(
            |(which, other_login, protocol, inside)| Op::Check { which, other_login, protocol, inside }
        ),
        8 => which().prop_map(|which| Op::CheckEverywhere { which }),
        6 => (login(), any::<bool>(), 0..3usize)
            .prop_map(|(login, right, protocol)| Op::CheckAccount { login, right, protocol }),
        2 => prop_oneof![1 => Just(None), 2 => (0..LABELS).prop_map(Some)]
            .prop_map(|label| Op::RevokeInBulk { label }),
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
        2 => Just(Op::Dissolve),
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
    let meanwhile = prop_oneof![4 => to_members(), 4 => to_passwords(), 1 => to_all(), 1 => Just(Op::EndKey)];
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
        16 => to_all().prop_map(|op| vec![op]),
        10 => late_ones(),
    ];
    // As options, so that a case that fails shrinks to few steps.
    let rest = prop::collection::vec(prop::option::weighted(0.98, any), steps);
    let first = prop_oneof![1 => 0..9usize, 2 => Just(5usize), 2 => Just(9usize)];
    (first, rest).prop_map(|(first, rest)| {
        beginning().into_iter().take(first).chain(rest.into_iter().flatten().flatten()).collect()
    })
}
