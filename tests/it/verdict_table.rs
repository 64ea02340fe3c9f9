//! The truth table of the verdict: every combination of what decides, against the rules written out in plain.
//!
//! The statement of the rules here is made from the design's sentences, not from `domain/verdict.rs`:
//! a list of named conditions that must all hold. Where several fail any true reason will do, but what
//! has ended is told how it ended, and never that it was out of scope.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use clientpass::clock::Timestamp;
use clientpass::domain::client_password::{End, EndReason, Validity};
use clientpass::domain::member::{MemberState, SignIn};
use clientpass::domain::network::{ClientAddress, Networks};
use clientpass::domain::organization::OrganizationState;
use clientpass::domain::policy::{Limits, MemberPolicy};
use clientpass::domain::protocol::{Protocol, ProtocolSet};
use clientpass::domain::verdict::{
    Candidate, CheckContext, Comparison, MemberStatus, Presented, Reason, Verdict, Via, WhenUsed, decide,
    depends_on_epoch_end, is_stale, needs_its_uses,
};

// One case, in words that say what is so and not how it is kept.

#[derive(Clone, Copy, Debug)]
struct Case {
    who: Who,
    policy: Rules,
    client_ip: Client,
    presented: What,
}

#[derive(Clone, Copy, Debug)]
struct Who {
    organization: OrganizationState,
    member: MemberState,
    sign_in: SignIn,
    secure_login: bool,
    required: bool,
}

#[derive(Clone, Copy, Debug)]
struct Rules {
    available: bool,
    protocols_allow: bool,
    networks: Place,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Client {
    Known,
    Unknown,
}

/// Where the client's address lies, if it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    AnyAllowed,
    Inside,
    Outside,
}

#[derive(Clone, Copy, Debug)]
enum What {
    ClientPassword(Password),
    Foreign,
    Other(Comparison),
}

#[derive(Clone, Copy, Debug)]
struct Password {
    member_epoch: Epoch,
    organization_epoch: Epoch,
    individual_end: OwnEnd,
    life: Life,
    overlap: Date,
    moved: bool,
    protocols_allow: bool,
    networks: Place,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Epoch {
    Equal,
    Older,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum OwnEnd {
    None,
    Revoked,
    Rotated,
}

/// By what its life ends, if by anything, and whether it has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    Expiry(Date),
    /// The policy's longest life is over.
    LongestLifeOver,
    /// It has lain unused for as long as the policy allows.
    Idle,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Date {
    None,
    Past,
    ExactlyNow,
    Future,
}

// Every case, numbered: a digit for each thing that may be so or so.

/// Cases of a client password of the member: 48 members, 12 policies, 2 clients, 3456 passwords.
const CLIENT_PASSWORDS: usize = 48 * 12 * 2 * 3456;
/// Cases of anything else: somebody else's, or one of three comparisons.
const OTHERS: usize = 48 * 12 * 2 * 4;

const BOTH: [bool; 2] = [true, false];
const PLACES: [Place; 3] = [Place::AnyAllowed, Place::Inside, Place::Outside];
const DATES: [Date; 4] = [Date::None, Date::Past, Date::ExactlyNow, Date::Future];
const LIVES: [Life; 6] = [
    Life::Expiry(Date::None),
    Life::Expiry(Date::Past),
    Life::Expiry(Date::ExactlyNow),
    Life::Expiry(Date::Future),
    Life::LongestLifeOver,
    Life::Idle,
];

/// Reads a number digit by digit; the product of all bases is how many numbers there are.
struct Digits {
    rest: usize,
    product: usize,
}

impl Digits {
    const fn of(number: usize) -> Self {
        Self { rest: number, product: 1 }
    }

    #[allow(clippy::indexing_slicing, reason = "a remainder of N is below N")]
    fn pick<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        let digit = self.rest % N;
        self.rest /= N;
        self.product *= N;
        choices[digit]
    }

    fn who(&mut self) -> Who {
        Who {
            organization: self.pick([OrganizationState::Active, OrganizationState::Dissolved]),
            member: self.pick([MemberState::Active, MemberState::Suspended, MemberState::Left]),
            sign_in: self.pick([SignIn::Local, SignIn::External]),
            secure_login: self.pick(BOTH),
            required: self.pick(BOTH),
        }
    }

    fn rules(&mut self) -> Rules {
        Rules { available: self.pick(BOTH), protocols_allow: self.pick(BOTH), networks: self.pick(PLACES) }
    }

    fn password(&mut self) -> Password {
        Password {
            member_epoch: self.pick([Epoch::Equal, Epoch::Older]),
            organization_epoch: self.pick([Epoch::Equal, Epoch::Older]),
            individual_end: self.pick([OwnEnd::None, OwnEnd::Revoked, OwnEnd::Rotated]),
            life: self.pick(LIVES),
            overlap: self.pick(DATES),
            moved: self.pick(BOTH),
            protocols_allow: self.pick(BOTH),
            networks: self.pick(PLACES),
        }
    }

    fn other(&mut self) -> What {
        self.pick([
            What::Foreign,
            What::Other(Comparison::NotDone),
            What::Other(Comparison::Matches),
            What::Other(Comparison::Differs),
        ])
    }

    fn case(&mut self, presented: fn(&mut Self) -> What) -> Case {
        Case {
            who: self.who(),
            policy: self.rules(),
            client_ip: self.pick([Client::Known, Client::Unknown]),
            presented: presented(self),
        }
    }
}

fn client_password(digits: &mut Digits) -> What {
    What::ClientPassword(digits.password())
}

/// Every number up to the product of the bases, so every case exactly once.
fn all(presented: fn(&mut Digits) -> What) -> impl ExactSizeIterator<Item = Case> {
    let mut digits = Digits::of(0);
    digits.case(presented);
    (0..digits.product).map(move |number| Digits::of(number).case(presented))
}

fn table() -> impl Iterator<Item = Case> {
    all(client_password).chain(all(Digits::other))
}

// The same case as the domain takes it.

const NOW: i64 = 1_795_335_300_000_000;
const ADDRESS: [u8; 4] = [192, 0, 2, 7];
static INSIDE: LazyLock<Networks> = LazyLock::new(|| networks("198.51.100.0/24,192.0.2.0/24"));
static OUTSIDE: LazyLock<Networks> = LazyLock::new(|| networks("198.51.100.0/24,2001:db8::/48"));

/// A text that is no list of networks comes out as any network, which the table would show.
fn networks(text: &str) -> Networks {
    Networks::from_text(text).unwrap_or_default()
}

const fn after(micros: i64) -> Timestamp {
    Timestamp::from_micros(NOW + micros)
}

impl Place {
    fn networks(self) -> Networks {
        match self {
            Self::AnyAllowed => Networks::ANY,
            Self::Inside => INSIDE.clone(),
            Self::Outside => OUTSIDE.clone(),
        }
    }
}

impl Epoch {
    const fn count_before(self, current: i64) -> i64 {
        match self {
            Self::Equal => current,
            Self::Older => current - 1,
        }
    }
}

impl Date {
    const fn timestamp(self) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::Past => Some(after(-1)),
            Self::ExactlyNow => Some(after(0)),
            Self::Future => Some(after(1)),
        }
    }
}

/// The longest life and the longest disuse that the policy allows, where it bounds them.
const BOUND: Duration = Duration::from_secs(86_400);

impl Life {
    const fn expires_at(self) -> Option<Timestamp> {
        match self {
            Self::Expiry(date) => date.timestamp(),
            _ => None,
        }
    }

    fn created_at(self) -> Timestamp {
        match self {
            Self::Expiry(_) => after(-100),
            Self::LongestLifeOver => after(0).minus(BOUND),
            Self::Idle => after(-100).minus(BOUND),
        }
    }

    fn last_used(self) -> WhenUsed {
        if self == Self::Idle { WhenUsed::At(after(0).minus(BOUND)) } else { WhenUsed::NotRead }
    }

    fn limits(self) -> Limits {
        let bound = |bounded: bool| bounded.then_some(BOUND);
        let (longest, idle) = (bound(self == Self::LongestLifeOver), bound(self == Self::Idle));
        Limits { max_lifetime: longest, idle, ..Limits::default() }
    }
}

/// The protocol asked for alone, or every other one.
fn protocols(holds_the_asked: bool) -> ProtocolSet {
    let asked = ProtocolSet::EMPTY.with(Protocol::Imap);
    if holds_the_asked { asked } else { ProtocolSet::from_bits(!asked.bits()) }
}

impl Password {
    fn individual_end(self) -> Option<End> {
        let reason = match self.individual_end {
            OwnEnd::None => return None,
            OwnEnd::Revoked => EndReason::RevokedByMember,
            OwnEnd::Rotated => EndReason::Rotated,
        };
        Some(End { at: after(-10), reason })
    }

    fn found(self) -> Candidate {
        Candidate {
            epoch: self.member_epoch.count_before(7),
            organization_epoch: self.organization_epoch.count_before(4),
            created_at: self.life.created_at(),
            last_used: self.life.last_used(),
            validity: Validity {
                expires_at: self.life.expires_at(),
                overlap_until: self.overlap.timestamp(),
                individual_end: self.individual_end(),
                epoch_end: None,
            },
            moved: protocols(self.moved),
            protocols: protocols(self.protocols_allow),
            networks: self.networks.networks(),
        }
    }
}

impl Case {
    fn context(&self) -> CheckContext {
        let client_address = match self.client_ip {
            Client::Known => ClientAddress::Known(IpAddr::from(ADDRESS)),
            Client::Unknown => ClientAddress::NotGiven,
        };
        CheckContext { now: after(0), protocol: Protocol::Imap, client_address }
    }

    fn status(&self) -> MemberStatus {
        MemberStatus {
            organization: self.who.organization,
            organization_epoch: 4,
            state: self.who.member,
            sign_in: self.who.sign_in,
            secure_login: self.who.secure_login,
            secure_login_required: self.who.required,
            epoch: 7,
        }
    }

    fn policy(&self) -> MemberPolicy {
        let limits = match self.presented {
            What::ClientPassword(password) => password.life.limits(),
            What::Foreign | What::Other(_) => Limits::default(),
        };
        MemberPolicy {
            available: self.policy.available,
            protocols: protocols(self.policy.protocols_allow),
            limits: Arc::new(Limits { allowed_networks: self.policy.networks.networks(), ..limits }),
            ..MemberPolicy::default()
        }
    }

    fn presented(&self) -> Presented {
        match self.presented {
            What::ClientPassword(password) => Presented::ClientPassword(password.found()),
            What::Foreign => Presented::Foreign,
            What::Other(comparison) => Presented::Other(comparison),
        }
    }
}

// The rules, in the design's sentences.

/// Something that must hold, and what may be told where it does not.
struct Condition {
    says: &'static str,
    holds: bool,
    /// Without it the password has ended, for now or for ever; else it is only out of scope.
    of_life: bool,
    reasons: &'static [Reason],
}

const fn life(says: &'static str, holds: bool, reasons: &'static [Reason]) -> Condition {
    Condition { says, holds, of_life: true, reasons }
}

const fn scope(says: &'static str, holds: bool, reasons: &'static [Reason]) -> Condition {
    Condition { says, holds, of_life: false, reasons }
}

fn all_hold(conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| condition.holds)
}

/// "No `client_ip` given means not allowed where networks are set."
fn allows(networks: Place, client: Client) -> bool {
    networks == Place::AnyAllowed || (networks == Place::Inside && client == Client::Known)
}

fn not_over(date: Date) -> bool {
    date == Date::None || date == Date::Future
}

impl Life {
    fn not_expired(self) -> bool {
        !matches!(self, Self::Expiry(date) if !not_over(date))
    }

    /// "`min(expires_at, created_at + max)`."
    fn beyond_the_longest(self) -> bool {
        self == Self::LongestLifeOver
    }

    fn unused_for_too_long(self) -> bool {
        self == Self::Idle
    }
}

impl Who {
    fn organization_active(self) -> bool {
        self.organization == OrganizationState::Active
    }

    fn member_active(self) -> bool {
        self.member == MemberState::Active
    }

    const fn why_member_is_not_active(self) -> &'static [Reason] {
        match self.member {
            MemberState::Suspended => &[Reason::MemberSuspended],
            MemberState::Active | MemberState::Left => &[Reason::MemberLeft],
        }
    }

    /// Secure login that is off though required may be called either.
    const fn why_secure_login_is_off(self) -> &'static [Reason] {
        if self.required {
            &[Reason::SecureLoginOff, Reason::SecureLoginRequired]
        } else {
            &[Reason::SecureLoginOff]
        }
    }

    /// All passwords of an epoch end by a action that the member's state shows; where it shows none any
    /// more, they are simply revoked.
    fn why_epoch_is_over(self) -> &'static [Reason] {
        let open = self.organization_active() && self.member_active() && self.secure_login;
        if open { &[Reason::Revoked] } else { &[] }
    }
}

/// Rule 1: "accept a client password only if" all of this holds.
fn rule_1(case: &Case, password: Password) -> [Condition; 15] {
    let (who, policy, client) = (case.who, case.policy, case.client_ip);
    let same = |epoch| epoch == Epoch::Equal;
    let own_reason: &[Reason] = match password.individual_end {
        OwnEnd::Rotated => &[Reason::Superseded],
        OwnEnd::None | OwnEnd::Revoked => &[Reason::Revoked],
    };
    let not_protocol = &[Reason::ProtocolNotAllowed];
    let not_network = &[Reason::NetworkNotAllowed];
    [
        life("organization active", who.organization_active(), &[Reason::MemberLeft]),
        life("member active", who.member_active(), who.why_member_is_not_active()),
        life("secure login on", who.secure_login, who.why_secure_login_is_off()),
        life("epoch is the member's", same(password.member_epoch), who.why_epoch_is_over()),
        life("epoch is the organization's", same(password.organization_epoch), who.why_epoch_is_over()),
        life("not ended itself", password.individual_end == OwnEnd::None, own_reason),
        life("not expired", password.life.not_expired(), &[Reason::Expired]),
        life("not beyond the longest life", !password.life.beyond_the_longest(), &[Reason::Expired]),
        life("overlap not over", not_over(password.overlap), &[Reason::Superseded]),
        life("its successor not yet used on the protocol", !password.moved, &[Reason::Superseded]),
        scope("its protocols allow", password.protocols_allow, not_protocol),
        scope("policy's protocols allow", policy.protocols_allow, not_protocol),
        scope("its networks allow", allows(password.networks, client), not_network),
        scope("policy's networks allow", allows(policy.networks, client), not_network),
        scope("available to the member", policy.available, &[Reason::NotAvailableToMember]),
    ]
}

/// Rule 4: a password's own earlier end keeps its reason. Rule 10: what has ended is recognised as such.
fn may_be_told(reason: Reason, password: Password, conditions: &[Condition]) -> bool {
    match password.individual_end {
        OwnEnd::Revoked => return reason == Reason::Revoked,
        OwnEnd::Rotated => return reason == Reason::Superseded,
        OwnEnd::None => {}
    }
    let failed = || conditions.iter().filter(|condition| !condition.holds);
    let ended = failed().any(|condition| condition.of_life);
    failed().any(|condition| condition.of_life == ended && condition.reasons.contains(&reason))
}

/// Rule 5: what must hold before an account password opens mail, whether it is checked here or elsewhere.
fn rule_5(case: &Case) -> [Condition; 7] {
    let (who, policy) = (case.who, case.policy);
    let gone = &[Reason::MemberLeft, Reason::InvalidCredentials];
    let networks_allow = allows(policy.networks, case.client_ip);
    [
        life("organization active", who.organization_active(), gone),
        life("member not left", who.member != MemberState::Left, gone),
        life("member not suspended", who.member != MemberState::Suspended, &[Reason::MemberSuspended]),
        life("secure login off", !who.secure_login, &[Reason::InvalidCredentials]),
        life("secure login not required", !who.required, &[Reason::SecureLoginRequired]),
        scope("policy's protocols allow", policy.protocols_allow, &[Reason::ProtocolNotAllowed]),
        scope("policy's networks allow", networks_allow, &[Reason::NetworkNotAllowed]),
    ]
}

/// Accept who gave the account password here; defer who signs in elsewhere; compare where the account
/// password is of this service and its answer can matter; reject all else, with a reason on a match only.
fn as_rule_5_says(case: &Case, comparison: Comparison, verdict: Verdict) -> bool {
    let conditions = rule_5(case);
    let (who, allowed) = (case.who, all_hold(&conditions));
    let here = who.sign_in == SignIn::Local;
    let matched = here && comparison == Comparison::Matches;
    let stays = who.organization_active() && who.member != MemberState::Left;
    if allowed && matched {
        return verdict == Verdict::Accept(Via::AccountPassword);
    }
    if allowed && !here {
        return verdict == Verdict::Defer;
    }
    if here && comparison == Comparison::NotDone && stays && !who.secure_login {
        return verdict == Verdict::Compare;
    }
    match verdict {
        Verdict::Reject(reason) if matched => {
            conditions.iter().any(|condition| !condition.holds && condition.reasons.contains(&reason))
        }
        other => other == Verdict::Reject(Reason::InvalidCredentials),
    }
}

// Walking the table.

/// The verdict, and whether trying it counts as stale, which only a client password of the member can.
type Answer = (Verdict, Option<bool>);

struct Judged {
    case: Case,
    verdict: Verdict,
    stale: Option<bool>,
}

/// What is answered to each case, in the order of the table; asked once for all tests.
static ANSWERS: LazyLock<Vec<Answer>> = LazyLock::new(|| table().map(|case| answer(&case)).collect());

fn answer(case: &Case) -> Answer {
    let (context, status, presented) = (case.context(), case.status(), case.presented());
    let verdict = decide(&context, &status, &case.policy(), &presented);
    let stale = match &presented {
        Presented::ClientPassword(found) => Some(is_stale(&context, &status, &case.policy(), found)),
        Presented::Foreign | Presented::Other(_) => None,
    };
    (verdict, stale)
}

fn describe(judged: &Judged) -> String {
    let Judged { case, verdict, stale } = judged;
    let failed = |conditions: &[Condition]| {
        conditions.iter().filter(|condition| !condition.holds).map(|c| c.says).collect::<Vec<_>>().join(", ")
    };
    let does_not_hold = match case.presented {
        What::ClientPassword(password) => failed(&rule_1(case, password)),
        What::Foreign => "it is somebody else's".to_owned(),
        What::Other(_) => failed(&rule_5(case)),
    };
    format!("{case:#?}\nverdict: {verdict:?}\nstale: {stale:?}\ndoes not hold: [{does_not_hold}]\n")
}

/// Asserts that `holds` of every case; else says of how many it does not, and prints three in full.
fn of_every_case(holds: impl Fn(&Judged) -> bool) {
    let (mut total, mut wrong, mut shown) = (0_usize, 0_usize, String::new());
    for (case, (verdict, stale)) in table().zip(ANSWERS.iter().copied()) {
        let judged = Judged { case, verdict, stale };
        total += 1;
        if !holds(&judged) {
            wrong += 1;
            if wrong <= 3 {
                let _ = writeln!(shown, "{}", describe(&judged));
            }
        }
    }
    assert_eq!(total, CLIENT_PASSWORDS + OTHERS, "the table has another size");
    assert!(wrong == 0, "wrong in {wrong} of {total} cases, first in:\n{shown}");
}

// What the table shows.

#[test]
fn the_table_holds_every_combination() {
    let (passwords, others) = (all(client_password).len(), all(Digits::other).len());
    println!("{passwords} cases of client passwords, {others} of anything else");
    assert_eq!((passwords, others), (3_981_312, 4_608));
    assert_eq!((passwords, others), (CLIENT_PASSWORDS, OTHERS));
    let accepted = |via| ANSWERS.iter().filter(|(verdict, _)| *verdict == Verdict::Accept(via)).count();
    // Local or external, required or not; 5 clients and networks; expiry and overlap absent or ahead.
    assert_eq!(accepted(Via::ClientPassword), 2 * 2 * 5 * 2 * 2);
    // Client passwords available or not; 3 clients and networks.
    assert_eq!(accepted(Via::AccountPassword), 2 * 3);
}

#[test]
fn a_client_password_is_accepted_exactly_when_all_of_rule_1_holds() {
    of_every_case(|judged| match judged.case.presented {
        What::ClientPassword(password) => {
            let conditions = rule_1(&judged.case, password);
            let lives = conditions.iter().all(|condition| condition.holds || !condition.of_life);
            // "A check that finds one idle commits the end before it refuses", of what has not ended otherwise.
            if lives && password.life.unused_for_too_long() {
                judged.verdict == Verdict::EndIdle
            } else if all_hold(&conditions) {
                judged.verdict == Verdict::Accept(Via::ClientPassword)
            } else {
                matches!(judged.verdict, Verdict::Reject(_))
            }
        }
        What::Foreign | What::Other(_) => matches!(
            judged.verdict,
            Verdict::Accept(Via::AccountPassword) | Verdict::Reject(_) | Verdict::Defer | Verdict::Compare
        ),
    });
}

#[test]
fn a_refused_client_password_is_told_something_true() {
    of_every_case(|judged| match (judged.case.presented, judged.verdict) {
        (What::ClientPassword(password), Verdict::Reject(reason)) => {
            may_be_told(reason, password, &rule_1(&judged.case, password))
        }
        _ => true,
    });
}

#[test]
fn what_is_no_client_password_of_the_member_is_answered_as_rule_5_says() {
    of_every_case(|judged| match judged.case.presented {
        What::ClientPassword(_) => true,
        What::Foreign => judged.verdict == Verdict::Reject(Reason::InvalidCredentials),
        What::Other(comparison) => as_rule_5_says(&judged.case, comparison, judged.verdict),
    });
}

#[test]
fn a_reason_is_given_only_to_who_holds_the_secret() {
    of_every_case(|judged| {
        let told = matches!(judged.verdict, Verdict::Reject(reason) if reason != Reason::InvalidCredentials);
        !told || matches!(judged.case.presented, What::ClientPassword(_) | What::Other(Comparison::Matches))
    });
}

#[test]
fn no_client_password_is_ever_passed_on_to_another_source() {
    of_every_case(|judged| {
        let passed_on = matches!(judged.verdict, Verdict::Defer | Verdict::Compare);
        !passed_on || matches!(judged.case.presented, What::Other(_))
    });
}

#[test]
fn secure_login_alone_says_which_of_the_two_passwords_opens_mail() {
    of_every_case(|judged| match judged.verdict {
        Verdict::Accept(Via::ClientPassword) => {
            judged.case.who.secure_login && matches!(judged.case.presented, What::ClientPassword(_))
        }
        Verdict::Accept(Via::AccountPassword) => {
            !judged.case.who.secure_login && matches!(judged.case.presented, What::Other(Comparison::Matches))
        }
        Verdict::ReadLastUse | Verdict::EndIdle => judged.case.who.secure_login,
        Verdict::Reject(_) | Verdict::Defer | Verdict::Compare | Verdict::CannotTell => true,
    });
}

#[test]
fn a_client_password_is_stale_exactly_when_it_is_refused_because_it_ended() {
    let says_ended = |verdict| {
        matches!(
            verdict,
            Verdict::EndIdle
                | Verdict::Reject(
                    Reason::Revoked
                        | Reason::Expired
                        | Reason::Superseded
                        | Reason::SecureLoginOff
                        | Reason::SecureLoginRequired
                        | Reason::MemberSuspended
                        | Reason::MemberLeft
                )
        )
    };
    of_every_case(|judged| judged.stale.is_none_or(|stale| stale == says_ended(judged.verdict)));
}

// Beside the table: what has more values than it has room for.

/// A case in which a client password is accepted.
fn accepted() -> (Case, Candidate) {
    let case = Digits::of(0).case(client_password);
    let password = Password {
        member_epoch: Epoch::Equal,
        organization_epoch: Epoch::Equal,
        individual_end: OwnEnd::None,
        life: Life::Expiry(Date::None),
        overlap: Date::Future,
        moved: false,
        protocols_allow: true,
        networks: Place::AnyAllowed,
    };
    (case, password.found())
}

fn verdict_on(case: &Case, found: &Candidate) -> Verdict {
    let presented = Presented::ClientPassword(found.clone());
    decide(&case.context(), &case.status(), &case.policy(), &presented)
}

#[test]
fn both_epochs_are_equal_or_nothing_opens() {
    let (case, found) = accepted();
    for epoch in 0..12 {
        for organization_epoch in 0..12 {
            let found = Candidate { epoch, organization_epoch, ..found.clone() };
            let opens = verdict_on(&case, &found) == Verdict::Accept(Via::ClientPassword);
            assert_eq!(opens, (epoch, organization_epoch) == (7, 4), "{epoch} {organization_epoch}");
            assert_eq!(is_stale(&case.context(), &case.status(), &case.policy(), &found), !opens);
        }
    }
}

/// "A password's own earlier end keeps its own time and reason."
#[test]
fn of_a_date_and_the_end_of_all_the_earlier_one_is_told() {
    let (case, found) = accepted();
    for number in 0..5 * 5 * 3 * 2 {
        let mut digits = Digits::of(number);
        let (expires, overlap) = (digits.pick([-2, -1, 0, 1, 2]), digits.pick([-2, -1, 0, 1, 2]));
        let (ended, secure_login) = (digits.pick([-2, -1, 0]), digits.pick(BOTH));
        let case = Case { who: Who { secure_login, required: false, ..case.who }, ..case };
        let (context, status) = (case.context(), case.status());
        let dates = (Some(after(expires)), Some(after(overlap)));
        let validity =
            Validity { expires_at: dates.0, overlap_until: dates.1, individual_end: None, epoch_end: None };
        let unread = Candidate { epoch: 6, validity, ..found.clone() };
        assert_eq!(depends_on_epoch_end(&context, &status, &unread), expires.min(overlap) <= 0);
        assert!(!depends_on_epoch_end(&context, &status, &Candidate { epoch: 7, ..unread.clone() }));
        let with_all = if secure_login { Reason::Revoked } else { Reason::SecureLoginOff };
        assert_eq!(verdict_on(&case, &unread), Verdict::Reject(with_all));
        let epoch_end = Some(End { at: after(ended), reason: EndReason::SecureLoginOff });
        let found = Candidate { validity: Validity { epoch_end, ..validity }, ..unread };
        assert!(!depends_on_epoch_end(&context, &status, &found));
        let told = if ended <= expires.min(overlap) {
            with_all
        } else if overlap <= expires {
            Reason::Superseded
        } else {
            Reason::Expired
        };
        let said = format!("expires {expires}, overlap {overlap}, all ended {ended}, on {secure_login}");
        assert_eq!(verdict_on(&case, &found), Verdict::Reject(told), "{said}");
        assert!(is_stale(&context, &status, &case.policy(), &found), "{said}");
    }
}

#[test]
fn whatever_ended_a_client_password_and_whenever_it_opens_nothing() {
    let (case, found) = accepted();
    for reason in EndReason::ALL {
        for at in [-1, 0, 1].map(after) {
            let validity = Validity { individual_end: Some(End { at, reason }), ..found.validity };
            let found = Candidate { validity, ..found.clone() };
            let told: &[Reason] = match reason {
                EndReason::Rotated => &[Reason::Superseded],
                EndReason::Expired => &[Reason::Expired],
                EndReason::Idle => &[Reason::Expired, Reason::Revoked],
                _ => &[Reason::Revoked],
            };
            let verdict = verdict_on(&case, &found);
            assert!(
                told.iter().any(|told| verdict == Verdict::Reject(*told)),
                "{reason:?} {at}: {verdict:?}"
            );
            assert!(is_stale(&case.context(), &case.status(), &case.policy(), &found), "{reason:?} {at}");
        }
    }
}

fn opens(asked: Protocol, own: ProtocolSet, moved: ProtocolSet, policy: ProtocolSet) -> bool {
    let (case, found) = accepted();
    let context = CheckContext { protocol: asked, ..case.context() };
    let policy = MemberPolicy { protocols: policy, ..case.policy() };
    let presented = Presented::ClientPassword(Candidate { protocols: own, moved, ..found });
    decide(&context, &case.status(), &policy, &presented) == Verdict::Accept(Via::ClientPassword)
}

#[test]
fn each_protocol_stands_for_itself_alone() {
    for asked in Protocol::ALL {
        for held in Protocol::ALL {
            let set = ProtocolSet::EMPTY.with(held);
            let [own, moved, policy] = [
                opens(asked, set, ProtocolSet::EMPTY, ProtocolSet::ALL),
                opens(asked, ProtocolSet::ALL, set, ProtocolSet::ALL),
                opens(asked, ProtocolSet::ALL, ProtocolSet::EMPTY, set),
            ];
            let same = asked == held;
            assert_eq!((own, moved, policy), (same, !same, same), "asked {asked:?}, held {held:?}");
        }
    }
}

/// The verdict where the mail server named something that is no address, and where it named none.
fn with_an_odd_address(case: &Case) -> (Verdict, Verdict) {
    let (status, policy, presented) = (case.status(), case.policy(), case.presented());
    let silent = CheckContext { client_address: ClientAddress::NotGiven, ..case.context() };
    let odd = CheckContext { client_address: ClientAddress::Unreadable, ..silent };
    let decide = |case| decide(&case, &status, &policy, &presented);
    (decide(odd), decide(silent))
}

/// "What is no address counts as none, and where that alone would refuse it is temporary", whatever was typed: or a
/// right account password would be told from a wrong one.
#[test]
fn an_address_that_is_none_counts_as_none_and_refuses_nobody() {
    for case in table().filter(|case| case.client_ip == Client::Unknown) {
        let (odd, silent) = with_an_odd_address(&case);
        match odd {
            Verdict::CannotTell => {
                let anywhere = Rules { networks: Place::AnyAllowed, ..case.policy };
                let presented = match case.presented {
                    What::ClientPassword(password) => {
                        What::ClientPassword(Password { networks: Place::AnyAllowed, ..password })
                    }
                    other => other,
                };
                let (allowed, _) = with_an_odd_address(&Case { policy: anywhere, presented, ..case });
                let only_networks = match allowed {
                    Verdict::Accept(_) | Verdict::Compare | Verdict::Defer => true,
                    other => matches!(presented, What::Other(Comparison::Differs)) && other == silent,
                };
                assert!(only_networks, "{case:?}: {allowed:?}");
            }
            other => {
                assert_eq!(other, silent, "{case:?}");
                assert_ne!(other, Verdict::Reject(Reason::NetworkNotAllowed), "{case:?}");
            }
        }
        if let What::Other(_) = case.presented {
            for comparison in [Comparison::NotDone, Comparison::Matches, Comparison::Differs] {
                let (other, _) = with_an_odd_address(&Case { presented: What::Other(comparison), ..case });
                assert_eq!(
                    other == Verdict::CannotTell,
                    odd == Verdict::CannotTell,
                    "{case:?} {comparison:?}"
                );
            }
        }
    }
}

/// "From then on `required` is true for them", whoever says so: the member's row or the policy.
#[test]
fn it_is_the_same_whether_the_row_or_the_policy_requires_secure_login() {
    for case in table().step_by(13).filter(|case| case.who.required) {
        let (context, presented) = (case.context(), case.presented());
        let by_row = decide(&context, &case.status(), &case.policy(), &presented);
        let status = MemberStatus { secure_login_required: false, ..case.status() };
        let policy = MemberPolicy { secure_login_required: true, ..case.policy() };
        assert_eq!(decide(&context, &status, &policy, &presented), by_row, "{case:?}");
    }
}

/// "`min(expires_at, created_at + max)`", of a superseded one as well.
#[test]
fn the_earlier_of_the_own_date_and_the_longest_life_counts() {
    let (case, found) = accepted();
    let limits = Limits { max_lifetime: Some(BOUND), ..Limits::default() };
    let policy = MemberPolicy { limits: Arc::new(limits), ..case.policy() };
    for number in 0..3 * 4 * 2 {
        let mut digits = Digits::of(number);
        let (longest, own) = (digits.pick([-1, 0, 1]), digits.pick(DATES));
        let overlap_until = digits.pick([None, Some(after(5))]);
        let validity = Validity { expires_at: own.timestamp(), overlap_until, ..found.validity };
        let created_at = after(longest).minus(BOUND);
        let presented = Presented::ClientPassword(Candidate { created_at, validity, ..found.clone() });
        let verdict = decide(&case.context(), &case.status(), &policy, &presented);
        let expected = if longest > 0 && not_over(own) {
            Verdict::Accept(Via::ClientPassword)
        } else {
            Verdict::Reject(Reason::Expired)
        };
        assert_eq!(verdict, expected, "longest life {longest}, own {own:?}, overlap {overlap_until:?}");
    }
}

/// What has ended by somebody keeps its reason, though the longest life is over as well.
#[test]
fn the_longest_life_changes_no_end_that_was_written_down() {
    let (case, found) = accepted();
    let limits = Limits { max_lifetime: Some(BOUND), ..Limits::default() };
    let policy = MemberPolicy { limits: Arc::new(limits), ..case.policy() };
    let individual_end = Some(End { at: after(-1), reason: EndReason::RevokedByMember });
    let validity = Validity { individual_end, ..found.validity };
    let created_at = after(-50).minus(BOUND);
    for found in [
        Candidate { created_at, validity, ..found.clone() },
        Candidate { created_at, epoch: 6, ..found.clone() },
    ] {
        let presented = Presented::ClientPassword(found);
        let verdict = decide(&case.context(), &case.status(), &policy, &presented);
        assert_eq!(verdict, Verdict::Reject(Reason::Revoked), "{presented:?}");
    }
}

/// "One hour before the idle end" a use is on disk before it is answered.
const NEAR_IDLE: i64 = 3_600_000_000;

/// A check on another node that finds it idle must see the uses before.
#[test]
fn a_use_near_to_the_idle_end_is_to_be_on_disk_first() {
    let (case, found) = accepted();
    let policy =
        |idle| MemberPolicy { limits: Arc::new(Limits { idle, ..Limits::default() }), ..case.policy() };
    let created_at = after(-9).minus(BOUND);
    for (used, expected) in [(NEAR_IDLE + 1, false), (NEAR_IDLE, true), (1, true), (0, true), (-1, true)] {
        let last_used = WhenUsed::At(after(used).minus(BOUND));
        let found = Candidate { created_at, last_used, ..found.clone() };
        assert_eq!(needs_its_uses(&case.context(), &policy(Some(BOUND)), &found), expected, "used {used}");
        assert!(!needs_its_uses(&case.context(), &policy(None), &found), "nothing is idle there");
    }
}

/// "End if unused so long": since the last use, or, never used, since it was made; of a superseded one as well.
#[test]
fn what_lies_unused_is_found_idle_at_the_very_moment() {
    let (case, found) = accepted();
    let limits = Limits { idle: Some(BOUND), ..Limits::default() };
    let policy = MemberPolicy { limits: Arc::new(limits), ..case.policy() };
    let accept = Verdict::Accept(Via::ClientPassword);
    for (made, last_used, expected) in [
        (NEAR_IDLE + 1, WhenUsed::NotRead, accept),
        (NEAR_IDLE, WhenUsed::NotRead, Verdict::ReadLastUse),
        (1, WhenUsed::Never, accept),
        (0, WhenUsed::NotRead, Verdict::ReadLastUse),
        (0, WhenUsed::Never, Verdict::EndIdle),
        (-9, WhenUsed::At(after(1).minus(BOUND)), accept),
        (-9, WhenUsed::At(after(0).minus(BOUND)), Verdict::EndIdle),
        (-9, WhenUsed::At(after(-1).minus(BOUND)), Verdict::EndIdle),
        (-9, WhenUsed::At(after(0)), accept),
        // A clock that jumped: no use lies before the making.
        (1, WhenUsed::At(after(-50).minus(BOUND)), accept),
    ] {
        let created_at = after(made).minus(BOUND);
        for overlap_until in [None, Some(after(5))] {
            let validity = Validity { overlap_until, ..found.validity };
            let found = Candidate { created_at, last_used, validity, ..found.clone() };
            let stale = is_stale(&case.context(), &case.status(), &policy, &found);
            let presented = Presented::ClientPassword(found);
            let verdict = decide(&case.context(), &case.status(), &policy, &presented);
            assert_eq!(verdict, expected, "made {made}, {last_used:?}, {overlap_until:?}");
            assert_eq!(stale, expected == Verdict::EndIdle, "made {made}, {last_used:?}");
        }
    }
}
