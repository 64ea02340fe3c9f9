//! One member: how the account stands, what opens its mail, what was done, and what can be done.

use actix_web::HttpResponse;
use askama::Template;

use super::change::Step;
use super::events::{Line, lines};
use super::held::{self, Held};
use super::office::{Office, Part, Tab};
use super::shown::{Row, Tag};
use super::tree::Belonging;
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::audit::AuditFilter;
use crate::domain::log_in::LogInFilter;
use crate::domain::member::{Member, MemberState, Role, SignIn};
use crate::domain::second_factor::Factor;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, When};
use crate::pages::log_ins::{self, History};
use crate::pages::passwords;
use crate::pages::texts::Words;
use crate::service::Paging;

/// How many of the last changes are shown.
const LAST_CHANGES: u32 = 10;

/// Something that can be done, by its address below the member.
struct ActionLink {
    path: &'static str,
    message: String,
    danger: bool,
}

/// A second factor.
struct FactorRow {
    label: String,
    state: Tag,
    made: When,
    used: Option<When>,
}

impl FactorRow {
    fn of(words: &Words, factor: &Factor) -> Self {
        let state = match factor.confirmed_at {
            Some(_) => Tag { text: words.say("admin-factor-confirmed"), look: "good" },
            None => Tag { text: words.say("admin-factor-pending"), look: "warn" },
        };
        Self {
            label: factor.label.clone(),
            state,
            made: When(factor.created_at),
            used: factor.last_used_at.map(When),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/admin/member.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides something of its own")]
struct MemberPage {
    frame: Frame,
    tabs: Vec<Tab>,
    row: Row,
    id: String,
    is_me: bool,
    local: bool,
    since: Option<When>,
    factors: Vec<FactorRow>,
    codes_left: i64,
    blocked: bool,
    can_lift: bool,
    live: Vec<Held>,
    ended: Vec<Held>,
    history: History,
    can_end: bool,
    actions: Vec<ActionLink>,
    can_rename: bool,
    can_change_role: bool,
    can_invite: bool,
    departments: Belonging,
    administers: Belonging,
    can_move: bool,
    administers_any: bool,
    /// Until when an invitation is open.
    invited: Option<When>,
    changes: Vec<Line>,
    can_read_audit: bool,
}

/// `GET /admin/members/{member_id}`.
pub async fn page(office: Office) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    let factors = office.services.second_factors.list(&office.call, member.id).await?;
    let live = passwords::live(&office, member.id).await?;
    let ended = held::ended(&office, member.id).await?;
    let belongs = office.services.departments.of_member(&member).await?;
    let changes = changes(&office, &member).await?;
    let invited = invited(&office, &member).await?;
    let history = log_ins::history(&office, member.id, &LogInFilter::default(), log_ins::FEW).await?;

    let words = &office.words;
    let held = |one| Held::of(words, one, office.now);
    let present = member.state != MemberState::Left;
    let is_me = office.call.caller.is(member.id);

    let page = MemberPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        departments: Belonging::of(&office, &belongs.department_ids).await?,
        administers: Belonging::of(&office, &belongs.admin_department_ids).await?,
        administers_any: member.role == Role::DepartmentAdmin,
        can_move: present && office.may_to(MemberPermission::ChangeDepartments, &member),
        row: Row::of(words, &member),
        id: member.id.to_string(),
        is_me,
        local: member.sign_in == SignIn::Local,
        since: member.secure_login.since.map(When),
        factors: factors.factors.iter().map(|factor| FactorRow::of(words, factor)).collect(),
        codes_left: factors.recovery_codes_left,
        blocked: factors.codes_blocked,
        can_lift: present && office.may_to(MemberPermission::LiftCodeBlock, &member),
        can_end: present && office.may_to(MemberPermission::Revoke, &member),
        actions: actions(&office, &member, !live.is_empty(), !factors.factors.is_empty()),
        can_rename: present && office.may_to(MemberPermission::Rename, &member),
        can_change_role: present && may_change_role(&office, &member),
        can_invite: present && office.may_to(MemberPermission::Invite, &member),
        invited,
        live: live.iter().map(held).collect(),
        ended: ended.iter().map(held).collect(),
        history,
        can_read_audit: office.may(OrganizationPermission::ReadAudit),
        changes,
    };
    office.show(&page)
}

/// Until when an invitation of the member is open; whoever may not end it need not know.
async fn invited(office: &Office, member: &Member) -> Result<Option<When>, PageError> {
    if !office.may_to(MemberPermission::EndInvitation, member) {
        return Ok(None);
    }
    let open = office.services.invitations.open(&office.call, member.id).await?;
    Ok(open.map(|open| When(open.expires_at)))
}

fn may_change_role(office: &Office, member: &Member) -> bool {
    let others = Role::ALL.into_iter().filter(|role| *role != member.role && *role != Role::Owner);
    let mut others = others.map(MemberPermission::ChangeRole);
    others.any(|permission| office.may_to(permission, member))
}

/// What can be done, as the member stands. What is one's own is done on one's own pages.
fn actions(office: &Office, member: &Member, any_live: bool, any_factor: bool) -> Vec<ActionLink> {
    if office.call.caller.is(member.id) {
        return Vec::new();
    }

    let secure = &member.secure_login;
    let sensible = |step: &Step| match step {
        Step::EndAll => any_live,
        Step::Suspend => member.state == MemberState::Active,
        Step::Reactivate => member.state == MemberState::Suspended,
        Step::RemoveFactors => any_factor,
        Step::SecureLoginOff => secure.enabled || secure.required,
        Step::Leave => true,
        // It stands beside the block.
        Step::LiftBlock => false,
    };

    let present = member.state != MemberState::Left;
    let open = |step: &Step| present && sensible(step) && office.may_to(step.permission(), member);
    let action = |step: Step| ActionLink {
        path: step.path(),
        message: office.words.say(&format!("admin-{}", step.path())),
        danger: step.ends(),
    };
    Step::ALL.into_iter().filter(open).map(action).collect()
}

async fn changes(office: &Office, member: &Member) -> Result<Vec<Line>, PageError> {
    if !office.may(OrganizationPermission::ReadAudit) {
        return Ok(Vec::new());
    }
    let filter = AuditFilter { member_id: Some(member.id), ..AuditFilter::default() };
    let paging = Paging { before: None, limit: LAST_CHANGES };
    let events = office.services.audit_events.list(&office.call, office.home, &filter, paging).await?;
    Ok(lines(office, &events.items).await?)
}
