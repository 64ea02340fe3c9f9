//! The plain model: what clientpass promises about two organizations, written down a second time and knowing nothing
//! of the program.

use uuid::Uuid;

use super::departments::Department;
use super::operations::home;
use super::policy::{Holds, Policy};

/// Microseconds since 1970.
pub type Time = i64;

/// Seconds, as time.
pub const SECOND: Time = 1_000_000;
pub const DAY: Time = 86_400 * SECOND;

/// Protocols that the cases use, by their bit.
pub const PROTOCOLS: [&str; 3] = ["imap", "smtp", "pop3"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Suspended,
    Left,
}

impl State {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }
}

/// Why a client password ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    RevokedByMember,
    RevokedByAdmin,
    BulkRevocation,
    SecureLoginOff,
    AccountPasswordChanged,
    MemberSuspended,
    MemberLeft,
    OrganizationDissolved,
    Rotated,
    Expired,
    Idle,
    Leaked,
}

impl Why {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::RevokedByMember => "revoked_by_member",
            Self::RevokedByAdmin => "revoked_by_admin",
            Self::BulkRevocation => "bulk_revocation",
            Self::SecureLoginOff => "secure_login_off",
            Self::AccountPasswordChanged => "account_password_changed",
            Self::MemberSuspended => "member_suspended",
            Self::MemberLeft => "member_left",
            Self::OrganizationDissolved => "organization_dissolved",
            Self::Rotated => "rotated",
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Leaked => "leaked",
        }
    }
}

/// What a member may do to others, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Member,
    Auditor,
    DepartmentAdmin,
    Admin,
}

impl Role {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Auditor => "auditor",
            Self::DepartmentAdmin => "department_admin",
            Self::Admin => "admin",
        }
    }
}

/// One member.
#[derive(Clone, Debug)]
pub struct Member {
    /// As it was made; the policy names it.
    pub id: Uuid,
    pub role: Role,
    /// The departments that the member is in, and those that the member administers, by their number.
    pub departments: Vec<usize>,
    pub administers: Vec<usize>,
    /// Which of the logins.
    pub login: usize,
    pub state: State,
    /// The account password of who signs in here.
    pub password: Option<String>,
    pub secure: bool,
    /// Whether mail is refused until secure login is on again, whatever the policy says.
    pub required: bool,
    /// Confirmed second factors.
    pub factors: usize,
}

/// One client password.
#[derive(Clone, Debug)]
pub struct Secret {
    pub owner: usize,
    pub created: Time,
    pub label: usize,
    /// Bits of `PROTOCOLS`.
    pub protocols: u8,
    /// Whether it opens mail from the inner network only.
    pub inside_only: bool,
    pub expires: Option<Time>,
    /// Its own end.
    pub own: Option<(Time, Why)>,
    /// The end of all that its member had.
    pub with_all: Option<(Time, Why)>,
    pub overlap: Option<Time>,
    pub successor: Option<usize>,
    pub predecessor: Option<usize>,
    /// On which protocols its successor has been used.
    moved: u8,
    /// On which protocols its own first use has to be told to its predecessor.
    pending: u8,
    used: [Option<Time>; PROTOCOLS.len()],
    /// Of one that a job is about to end: whether all of its member end with it.
    ends_whole: bool,
}

impl Secret {
    pub fn new(owner: usize, label: usize, protocols: u8, inside_only: bool, expires: Option<Time>) -> Self {
        Self {
            owner,
            created: 0,
            label,
            protocols,
            inside_only,
            expires,
            own: None,
            with_all: None,
            overlap: None,
            successor: None,
            predecessor: None,
            moved: 0,
            pending: 0,
            used: [None; PROTOCOLS.len()],
            ends_whole: false,
        }
    }

    /// Its earliest end; at the same moment a action goes before a date.
    pub fn end(&self, now: Time) -> Option<(Time, Why)> {
        let dates = [(self.overlap, Why::Rotated), (self.expires, Why::Expired)];
        let dates = dates.map(|(at, why)| at.filter(|at| *at <= now).map(|at| (at, why)));
        let ends = [self.own, self.with_all, dates[0], dates[1]];
        ends.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    pub fn lives(&self, now: Time) -> bool {
        self.end(now).is_none()
    }

    /// Its state as it is shown.
    pub fn state(&self, now: Time) -> &'static str {
        match self.end(now) {
            Some((_, Why::Expired | Why::Idle)) => "expired",
            Some(_) => "revoked",
            None if self.overlap.is_some() => "superseded",
            None => "active",
        }
    }

    fn active(&self, now: Time) -> bool {
        self.lives(now) && self.overlap.is_none()
    }
}

/// Who does something to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Member,
    Operator,
    /// Another member.
    Peer(usize),
}

/// What an answer must be: a status, and a code where it is a refusal.
pub type Told = (u16, &'static str);

/// Done, with a body.
pub const OK: Told = (200, "");
pub const MADE: Told = (201, "");
pub const DONE: Told = (204, "");
pub const REPORTED: Told = (202, "");
pub const NOT_SIGNED_IN: Told = (401, "unauthenticated");
pub const NOT_ACTIVE: Told = (409, "not_active");
/// A field that names what there is not, or asks for what is not allowed.
pub const WRONG_FIELD: Told = (400, "invalid_request");
pub const FORBIDDEN: Told = (403, "forbidden");
pub const NOT_FOUND: Told = (404, "not_found");
const NOT_AVAILABLE: Told = (403, "not_available_to_member");
const SECURE_LOGIN_OFF: Told = (409, "secure_login_off");
const SECURE_LOGIN_REQUIRED: Told = (409, "secure_login_required");

/// One of the organizations.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    pub dissolved: bool,
    pub policy: Policy,
    /// Changes that must have a record.
    pub changes: usize,
}

/// Everything about the organizations of a case.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The time that never goes back.
    pub now: Time,
    pub organizations: [Organization; 2],
    pub departments: Vec<Department>,
    pub members: Vec<Member>,
    pub secrets: Vec<Secret>,
}

impl Rules {
    /// The organization of a member.
    pub fn home(&self, who: usize) -> usize {
        home(self.members[who].login)
    }

    pub fn is_dissolved(&self, who: usize) -> bool {
        self.organizations[self.home(who)].dissolved
    }

    /// A member has changed, or has changed something.
    pub fn changed(&mut self, who: usize) {
        self.organizations[self.home(who)].changes += 1;
    }

    /// How many changes must have a record, of all.
    pub fn changes(&self) -> usize {
        self.organizations.iter().map(|organization| organization.changes).sum()
    }

    /// Who has this login now, or had it last.
    pub fn holder(&self, login: usize) -> Option<usize> {
        self.members.iter().rposition(|member| member.login == login)
    }

    pub fn can_sign_in(&self, who: usize) -> bool {
        self.members[who].state == State::Active && self.members[who].password.is_some()
    }

    /// Ends all that lives of a member; gives how many that were.
    fn end_all(&mut self, who: usize, why: Why) -> usize {
        let now = self.now;
        let mine = self.secrets.iter_mut().filter(|secret| secret.owner == who);
        let mut ended = 0;
        for secret in mine {
            ended += usize::from(secret.lives(now));
            secret.with_all.get_or_insert((now, why));
        }
        ended
    }

    pub fn create(&mut self, login: usize, password: Option<String>) -> Told {
        if self.organizations[home(login)].dissolved {
            return NOT_ACTIVE;
        }
        if self.holder(login).is_some_and(|who| self.members[who].state != State::Left) {
            return (409, "login_taken");
        }
        self.organizations[home(login)].changes += 1;
        self.members.push(Member {
            id: Uuid::nil(),
            role: Role::Member,
            departments: Vec::new(),
            administers: Vec::new(),
            login,
            state: State::Active,
            password,
            secure: false,
            required: false,
            factors: 0,
        });
        MADE
    }

    pub fn set_state(&mut self, who: usize, state: State) -> Told {
        match (self.members[who].state, state) {
            (State::Left, _) => return NOT_ACTIVE,
            (before, after) if before == after => return OK,
            (State::Active, State::Suspended) => drop(self.end_all(who, Why::MemberSuspended)),
            _ => {}
        }
        self.members[who].state = state;
        self.changed(who);
        OK
    }

    pub fn leave(&mut self, who: usize) -> Told {
        if self.members[who].state == State::Left {
            return NOT_ACTIVE;
        }
        self.end_all(who, Why::MemberLeft);
        self.gone(who);
        self.changed(who);
        DONE
    }

    fn gone(&mut self, who: usize) {
        let member = &mut self.members[who];
        (member.state, member.password, member.factors) = (State::Left, None, 0);
        (member.secure, member.required) = (false, false);
        member.departments.clear();
        member.administers.clear();
    }

    pub fn dissolve(&mut self, organization: usize) -> Told {
        if self.organizations[organization].dissolved {
            return NOT_ACTIVE;
        }
        self.organizations[organization].dissolved = true;
        for who in 0..self.members.len() {
            if self.home(who) == organization {
                self.end_all(who, Why::OrganizationDissolved);
                self.gone(who);
            }
        }
        self.organizations[organization].changes += 1;
        DONE
    }

    /// Begun and confirmed.
    pub fn add_factor(&mut self, who: usize) -> Told {
        if self.members[who].factors >= 10 {
            return (409, "limit_reached");
        }
        self.members[who].factors += 1;
        self.changed(who);
        self.changed(who);
        OK
    }

    pub fn remove_factor(&mut self, who: usize, by: By) -> Told {
        let member = self.members[who].clone();
        if member.state == State::Left {
            return NOT_ACTIVE;
        }
        if member.factors == 0 {
            return NOT_FOUND;
        }
        if by == By::Member && member.factors > 1 {
            self.changed(who);
            self.members[who].factors -= 1;
            return DONE;
        }
        if by == By::Member && member.secure && self.holds(who).required {
            return SECURE_LOGIN_REQUIRED;
        }
        self.changed(who);
        self.end_all(who, Why::SecureLoginOff);
        let after = &mut self.members[who];
        (after.factors, after.secure) = (0, false);
        if member.secure {
            after.required = by == By::Operator;
        }
        DONE
    }

    /// Gives the answer, and how many client passwords end.
    pub fn switch(&mut self, who: usize, on: bool, by: By) -> (Told, usize) {
        let member = self.members[who].clone();
        if member.state == State::Left {
            return (NOT_ACTIVE, 0);
        }
        match (member.secure, on) {
            (false, true) => {
                let by_program = by == By::Operator && member.password.is_none();
                if member.factors == 0 && !by_program {
                    return ((409, "second_factor_missing"), 0);
                }
                if member.state != State::Active {
                    return (NOT_ACTIVE, 0);
                }
                self.changed(who);
                (self.members[who].secure, self.members[who].required) = (true, false);
                (OK, 0)
            }
            (true, false) if by == By::Member && self.holds(who).required => (SECURE_LOGIN_REQUIRED, 0),
            (true, false) => {
                self.changed(who);
                (self.members[who].secure, self.members[who].required) = (false, false);
                (OK, self.end_all(who, Why::SecureLoginOff))
            }
            (false, false) if member.required && by == By::Operator => {
                self.changed(who);
                self.members[who].required = false;
                (OK, 0)
            }
            _ => (OK, 0),
        }
    }

    pub fn set_password(&mut self, who: usize, password: &str) -> (Told, usize) {
        if self.members[who].state == State::Left {
            return (NOT_ACTIVE, 0);
        }
        self.changed(who);
        self.members[who].password = Some(password.to_owned());
        (OK, self.end_all(who, Why::AccountPasswordChanged))
    }

    /// By the member, who is signed in.
    pub fn issue(&mut self, mut new: Secret) -> Told {
        let (who, now) = (new.owner, self.now);
        let holds = self.holds(who);
        if !holds.available {
            return NOT_AVAILABLE;
        }
        if !self.members[who].secure {
            return SECURE_LOGIN_OFF;
        }
        let latest = holds.max_life.map(|life| now + life);
        if new.protocols & !holds.protocols != 0 || new.expires > latest.or(new.expires) {
            return WRONG_FIELD;
        }
        let active = |one: &&Secret| one.owner == who && one.active(now);
        if self.secrets.iter().filter(active).count() >= holds.max_active {
            return (409, "limit_reached");
        }
        new.created = now;
        new.expires = new.expires.or_else(|| holds.fresh_life(now));
        self.secrets.push(new);
        self.changed(who);
        MADE
    }

    /// By the member, who is signed in.
    pub fn rotate(&mut self, old: usize, overlap: Time) -> Told {
        let now = self.now;
        // What ends within ten seconds is not prolonged.
        if !self.secrets[old].active(now + 10 * SECOND) {
            return NOT_ACTIVE;
        }
        let holds = self.holds(self.secrets[old].owner);
        if !holds.available {
            return NOT_AVAILABLE;
        }
        let new = self.secrets.len();
        let before = self.secrets[old].predecessor.map(|before| &mut self.secrets[before]);
        if let Some(before) = before.filter(|before| before.lives(now)) {
            before.own = Some((now, Why::Rotated));
        }
        let from = &mut self.secrets[old];
        (from.overlap, from.successor) = (Some(now + overlap), Some(new));
        let expires = holds.fresh_life(now);
        let mut successor = Secret::new(from.owner, from.label, from.protocols, from.inside_only, expires);
        (successor.predecessor, successor.created) = (Some(old), now);
        if overlap == 0 {
            from.own = Some((now, Why::Rotated));
        } else {
            successor.pending = from.protocols;
        }
        self.changed(successor.owner);
        self.secrets.push(successor);
        MADE
    }

    pub fn revoke(&mut self, which: usize, by: By) -> Told {
        let why = if by == By::Member { Why::RevokedByMember } else { Why::RevokedByAdmin };
        self.end_one(which, why);
        DONE
    }

    /// It was found somewhere: whoever reports it, and whoever's it is.
    pub fn leak(&mut self, which: usize, by: By) -> Told {
        if by == By::Member {
            // The report has a record of its own, where whoever reports belongs.
            self.changed(self.secrets[which].owner);
        }
        self.end_one(which, Why::Leaked);
        REPORTED
    }

    fn end_one(&mut self, which: usize, why: Why) {
        if self.secrets[which].lives(self.now) {
            self.secrets[which].own = Some((self.now, why));
            let replaced = self.secrets[which].predecessor.map(|before| &mut self.secrets[before]);
            if let Some(before) = replaced.filter(|before| before.lives(self.now)) {
                before.own = Some((self.now, why));
            }
            self.changed(self.secrets[which].owner);
        }
    }

    pub fn revoke_all(&mut self, who: usize, by: By) -> (Told, usize) {
        let why = if by == By::Member { Why::RevokedByMember } else { Why::RevokedByAdmin };
        let now = self.now;
        if !self.secrets.iter().any(|one| one.owner == who && one.lives(now)) {
            return (OK, 0);
        }
        self.changed(who);
        (OK, self.end_all(who, why))
    }

    /// All of an organization, or all of a label. Gives how many end.
    pub fn revoke_in_bulk(&mut self, organization: usize, those: Those) -> (Told, usize) {
        if self.organizations[organization].dissolved {
            return (NOT_ACTIVE, 0);
        }
        let (mut chosen, mut any) = (Vec::new(), false);
        for (which, one) in self.secrets.iter().enumerate() {
            let here = self.home(one.owner) == organization;
            let is = match those {
                Those::All => true,
                Those::OfLabel(label) => one.label == label,
            };
            any |= here && is;
            if here && is && one.lives(self.now) {
                chosen.push(which);
            }
        }
        if !any && matches!(those, Those::OfLabel(_)) {
            return (WRONG_FIELD, 0);
        }
        self.end_chosen(&chosen);
        self.organizations[organization].changes += 1;
        (MADE, chosen.len())
    }

    /// A job begins that is to end all of an organization, or all of a label; `None` with what is answered if it does not.
    pub fn begin_job(&mut self, organization: usize, those: Those) -> Result<Job, Told> {
        if self.organizations[organization].dissolved {
            return Err(NOT_ACTIVE);
        }
        let known = |one: &Secret| self.home(one.owner) == organization && those.has(one);
        if matches!(those, Those::OfLabel(_)) && !self.secrets.iter().any(known) {
            return Err(WRONG_FIELD);
        }
        self.organizations[organization].changes += 1;
        Ok(Job { organization, those, begun: self.now, newest: self.secrets.len() })
    }

    /// The job passes everybody: ends what was there and lived when it began, and what came from that by rotating. Gives
    /// how it ends, and how many it has ended.
    pub fn pass(&mut self, job: &Job) -> (&'static str, usize) {
        self.organizations[job.organization].changes += 1;
        if self.organizations[job.organization].dissolved {
            return ("failed", 0);
        }

        let chosen: Vec<usize> = (0..self.secrets.len())
            .filter(|which| self.home(self.secrets[*which].owner) == job.organization)
            .filter(|which| self.secrets[*which].lives(self.now) && self.is_in(job, *which))
            .collect();
        self.end_chosen(&chosen);
        ("done", chosen.len())
    }

    /// A bulk revocation ends these. Whom nothing is left of ends as a whole.
    fn end_chosen(&mut self, chosen: &[usize]) {
        for which in chosen {
            let owner = self.secrets[*which].owner;
            let mut others = self.secrets.iter().enumerate().filter(|(_, one)| one.owner == owner);
            let is_whole = others.all(|(which, one)| !one.lives(self.now) || chosen.contains(&which));
            // Judged while all of them still live.
            self.secrets[*which].ends_whole = is_whole;
        }
        for which in chosen {
            let end = Some((self.now, Why::BulkRevocation));
            let one = &mut self.secrets[*which];
            if one.ends_whole { one.with_all = end } else { one.own = end }
        }
    }

    /// Whether one, or one that it came from by rotating, was there and lived when the job began, and is of those.
    fn is_in(&self, job: &Job, which: usize) -> bool {
        let one = &self.secrets[which];
        let rotated_since = one.successor.is_some_and(|successor| successor >= job.newest);
        let lived =
            one.end(self.now).is_none_or(|(at, _)| at > job.begun || at == job.begun && rotated_since);
        let is_first = which < job.newest && lived && job.those.has(one);
        is_first || one.predecessor.is_some_and(|before| self.is_in(job, before))
    }

    /// The job was stopped before it had passed anybody.
    pub fn stop(&mut self, job: &Job) {
        self.organizations[job.organization].changes += 1;
    }

    /// What has lain unused for too long has ended, without a check: but for what was rotated, which ends by itself.
    pub fn end_unused(&mut self) {
        for which in 0..self.secrets.len() {
            let (secret, owner) = (&self.secrets[which], self.secrets[which].owner);
            let idle = self.organizations[self.home(owner)].policy.json["idle_days"].as_i64();
            let last = secret.used.iter().flatten().max().map_or(secret.created, |used| *used);
            if secret.active(self.now) && idle.is_some_and(|days| last + days * DAY <= self.now) {
                self.secrets[which].own = Some((self.now, Why::Idle));
                self.changed(owner);
            }
        }
    }

    /// What a client password is answered, presented with a login over a protocol.
    pub fn check(&mut self, which: usize, login: usize, protocol: usize, inside: bool) -> &'static str {
        let secret = &self.secrets[which];
        let who = secret.owner;
        if self.members[who].login != login {
            return "invalid_credentials";
        }
        if let Some(refused) = self.ended(secret, protocol) {
            return refused;
        }
        let holds = self.holds(who);
        let last = secret.used.iter().flatten().max().map_or(secret.created, |used| *used);
        if holds.idle.is_some_and(|idle| last + idle <= self.now) {
            self.secrets[which].own = Some((self.now, Why::Idle));
            self.changed(who);
            return "expired";
        }
        if let Some(refused) = out_of_scope(secret, &holds, protocol, inside) {
            return refused;
        }
        self.used(which, protocol);
        "accept"
    }

    /// Why a client password is none any more, on this protocol at least.
    fn ended(&self, secret: &Secret, protocol: usize) -> Option<&'static str> {
        let end = secret.end(self.now);
        if secret.own.is_none() && end.is_some() && end == secret.with_all {
            return Some(self.closed(secret.owner).unwrap_or("revoked"));
        }
        let by_end = end.map(|(_, why)| match why {
            Why::Rotated => "superseded",
            Why::Expired | Why::Idle => "expired",
            _ => "revoked",
        });
        by_end.or((secret.moved & 1 << protocol != 0).then_some("superseded"))
    }

    /// Whether secure login is required of a member, by an administrator or by the policy.
    pub fn is_required(&self, who: usize) -> bool {
        self.members[who].required || self.holds(who).required
    }

    /// Why a member gets no mail by any client password.
    fn closed(&self, who: usize) -> Option<&'static str> {
        let member = &self.members[who];
        match member.state {
            State::Left => Some("member_left"),
            State::Suspended => Some("member_suspended"),
            State::Active if member.secure => None,
            State::Active if self.is_required(who) => Some("secure_login_required"),
            State::Active => Some("secure_login_off"),
        }
    }

    /// It opened mail. The first use over a protocol ends its predecessor there.
    fn used(&mut self, which: usize, protocol: usize) {
        let (now, bit) = (self.now, 1 << protocol);
        self.secrets[which].used[protocol] = Some(now);
        let pending = std::mem::take(&mut self.secrets[which].pending);
        let Some(old) = self.secrets[which].predecessor.filter(|_| pending & bit != 0) else {
            self.secrets[which].pending = pending;
            return;
        };
        let old = &mut self.secrets[old];
        if old.own.is_some() {
            return;
        }
        old.moved |= bit;
        let lately = |at: &Option<Time>| at.is_some_and(|at| at > now - 30 * DAY);
        let used = old.used.iter().enumerate().filter(|(_, at)| lately(at));
        if used.map(|(protocol, _)| 1u8 << protocol).all(|bit| old.moved & bit != 0) {
            old.own = Some((now, Why::Rotated));
        } else {
            self.secrets[which].pending = pending & !bit;
        }
        self.changed(self.secrets[which].owner);
    }

    /// What something that is no client password is answered, over a protocol, from outside of all networks.
    pub fn check_other(&self, login: usize, presented: &str, protocol: usize) -> &'static str {
        let stranger = "invalid_credentials";
        let Some(who) = self.holder(login) else { return stranger };
        let member = &self.members[who];
        if member.state == State::Left || member.secure {
            return stranger;
        }
        let holds = self.holds(who);
        let shut = self.closed(who).filter(|why| *why != "secure_login_off");
        let shut = shut.or((holds.protocols & 1 << protocol == 0).then_some("protocol_not_allowed"));
        let shut = shut.or(holds.inside_only.then_some("network_not_allowed"));
        match (&member.password, shut) {
            (None, None) => "defer",
            (Some(password), None) if password == presented => "accept",
            (Some(password), Some(why)) if password == presented => why,
            _ => stranger,
        }
    }
}

/// Which client passwords of an organization are ended in bulk.
#[derive(Clone, Copy, Debug)]
pub enum Those {
    All,
    OfLabel(usize),
}

impl Those {
    fn has(self, one: &Secret) -> bool {
        match self {
            Self::All => true,
            Self::OfLabel(label) => one.label == label,
        }
    }
}

/// A job that ends many, and has passed nobody yet.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    organization: usize,
    those: Those,
    begun: Time,
    /// Those that were made before it began have a smaller number.
    newest: usize,
}

/// Why a client password that lives does not open this.
fn out_of_scope(secret: &Secret, holds: &Holds, protocol: usize, inside: bool) -> Option<&'static str> {
    if !holds.available {
        return Some("not_available_to_member");
    }
    if secret.protocols & holds.protocols & 1 << protocol == 0 {
        return Some("protocol_not_allowed");
    }
    ((secret.inside_only || holds.inside_only) && !inside).then_some("network_not_allowed")
}
