"""Every page, and how to come to it: for the sweeps over all of them, and for scripts/screenshots.

A page that only shows something is a line in SIGHTS with its path. One that answers a form is a line with a function,
which gets the visitor and does what people would do.
"""

import time
from dataclasses import dataclass
from typing import Callable

from service import Member, Service
from visitor import authenticator, go


@dataclass
class Standing:
    """Members as they come: one with a bit of everything, and one who has just got the account."""

    settled: Member
    # Of client passwords, by what is special about each, and of what else has a page.
    ids: dict


def stand(service: Service) -> Standing:
    member, _ = service.enrolled(display_name="Mara Beispiel")
    # The member is told of what somebody else did; all sessions end.
    service.ask("PUT", f"/v1/members/{member.id}/password", {"password": member.password})
    token = service.session(member)

    def after(seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))

    made = {
        name: service.issue(member, token, label, **scope)
        for name, label, scope in [
            ("ended", "The lost phone", {}),
            ("long", "W" * 128, {}),
            ("wide", "Das Telefon, das auf dem Küchentisch liegt und allen gehört, die es gerade brauchen", {}),
            ("printer", "The printer", {"protocols": ["smtp"], "networks": ["192.0.2.0/24"], "expires_at": after(5 * 86_400)}),
            ("chinese", "我的手机", {}),
            ("used", "My phone", {}),
        ]
    }
    # It is over when everything stands, and must not be over before it is made.
    over = time.time() + 5
    made["expired"] = service.issue(member, token, "A guest", expires_at=after(5))
    for name in ("ended", "used"):
        service.verify(member, made[name]["secret"])
    service.verify(member, made["wide"]["secret"], client="x" * 90, ip="2001:db8:1234:5678:9abc:def0:1234:5678")
    service.ask("DELETE", f"/v1/client-passwords/{made['ended']['id']}", token=token)
    for _ in range(3):
        service.verify(member, made["ended"]["secret"])
    service.ask("POST", f"/v1/client-passwords/{made['chinese']['id']}/rotate", {}, token)
    factors = f"/v1/members/{member.id}/second-factors"
    service.ask("POST", factors, {"type": "totp", "label": "A tablet"}, token)
    confirmed = [one for one in service.ask("GET", factors, token=token)["items"] if one["state"] == "confirmed"]
    ids = {name: one["id"] for name, one in made.items()} | {"member": member.id, "factor": confirmed[0]["id"]}

    # What administrators see beside.
    ids["colleague"] = service.member(display_name="王小明").id
    ids["suspended"] = service.member(display_name="Susanne mit einem sehr langen Namen-Doppelnamen von und zu Beispielhausen").id
    service.ask("PATCH", f"/v1/members/{ids['suspended']}", {"state": "suspended"}, headers={"If-Match": "*"})
    service.member(display_name="An administrator", role="admin")
    bound = {"role": "mail_server", "label": "The mail server", "organization_id": service.organization}
    ids["key"] = service.ask("POST", "/v1/service-keys", bound)["id"]
    revocations = f"/v1/organizations/{service.organization}/revocations"
    lost = {"label": "The lost phone", "member_ids": [member.id]}
    wish = {"filter": lost, "reason": "A phone was left in a train; " + "w" * 90}
    ids["revocation"] = service.ask("POST", revocations, wish)["id"]
    # It gets as far as the owner, who has none.
    reason = "Everything was left in a train"
    service.hold_revocations(reason)
    wish = {"filter": {"all": True}, "reason": reason}
    ids["running"] = service.ask("POST", revocations, wish)["id"]
    def department(name, below=None):
        wish = {"name": name, "parent_id": below}
        return service.ask("POST", f"/v1/organizations/{service.organization}/departments", wish)["id"]

    ids["department"] = below = department("Forschung und Entwicklung")
    for name in ("Optics", "光学", "Lasers", "W" * 60, "Eine Abteilung mit einem sehr langen Namen"):
        below = department(name, below)
    ids["sales"] = department("Sales")
    for name in ("Europe", "Asia"):
        department(name, ids["sales"])
    ids["head"] = service.member("head", "A head of departments", "department_admin").id
    wish = {"department_ids": [ids["sales"]], "admin_department_ids": [ids["department"]]}
    service.ask("PATCH", f"/v1/members/{ids['head']}", wish, headers={"If-Match": "*"})
    wish = {"department_ids": [ids["department"], below, ids["sales"]]}
    service.ask("PATCH", f"/v1/members/{ids['colleague']}", wish, headers={"If-Match": "*"})
    service.member("heir", "An heir")
    wish = {
        "protocols": {
            "default": {"xmpp": False},
            "departments": {ids["sales"]: {"pop3": True}, below: {"pop3": False, "webdav": False}},
            "members": {ids["colleague"]: {"smtp": False}},
        },
        "secure_login": {"mode": "required", "required_from": after(30 * 86_400), "except_members": [ids["head"]]},
        "idle_days": 90,
        "allowed_networks": ["192.0.2.0/24", "2001:db8:1234:5678::/64", "127.0.0.0/8"],
    }
    service.ask("PUT", f"/v1/organizations/{service.organization}/policy", wish, headers={"If-Match": "*"})
    ids["auditor"] = service.member("aud", "An auditor", "auditor").id
    time.sleep(max(0, over - time.time()))
    return Standing(member, ids)


class Tour:
    """One visitor on the way through all pages of one kind of person."""

    def __init__(self, visitor, standing, member=None):
        self.page, self.standing, self.service, self.member = visitor.page, standing, visitor.service, member
        self.signed_in = float("-inf")

    def sign_in_anew(self):
        """Whoever makes something has signed in within five minutes, however slow the machine is."""
        if self.member and time.monotonic() - self.signed_in > 120:
            token, self.signed_in = self.service.session(self.member), time.monotonic()
            self.page.context.add_cookies([{"name": "session", "value": token, "url": self.service.url}])

    def to(self, path):
        self.page.goto(path.format(**self.standing.ids))

    def submit(self, path=None, **fields):
        """Fills in the form of a page and sends it."""
        if path:
            self.to(path)
        for name, text in fields.items():
            self.page.locator(f"#{name}").evaluate("field => { const more = field.closest('details'); if (more) more.open = true; }")
            self.page.fill(f"#{name}", text)
        go(self.page, self.page.locator("main form button[type=submit]").last)

    def sign_in(self):
        """As far as the code."""
        settled = self.standing.settled
        self.submit("/sign-in", proof_login=settled.login, proof_password=settled.password)

    def authenticator(self):
        self.to("/start")
        go(self.page, self.page.locator("form[action='/security/factors'] button"))
        self.page.click("summary")
        self.phone = authenticator(self.page)

    def codes(self):
        """The code is right, and from now on a sign-in needs one."""
        self.submit(code=self.phone.code())
        self.member.authenticator = self.phone

    def press(self, path, action):
        """Sends the form of a page that goes there, as it is."""
        self.to(path)
        go(self.page, self.page.locator(f"form[action='{action}'] button").first)

    def without_passkey(self):
        """The visitor has none, or does not want to."""
        self.page.evaluate("() => { navigator.credentials.create = async () => { throw new Error(); }; }")
        self.page.click("button[data-passkey]")
        self.page.locator("[data-failed]:not(:empty)").wait_for()

    def ask_for_passkey(self):
        """Whoever has a passkey and nothing else signs in, as far as the second step."""
        member, page = self.service.member(display_name="Paula Passkey"), self.page
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable", {"enableUI": False})
        wish = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
        wish["automaticPresenceSimulation"] = True
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": wish})
        self.submit("/sign-in", proof_login=member.login, proof_password=member.password)
        self.press("/security", "/security/passkeys")
        with page.expect_navigation():
            page.click("button[data-passkey]")
        page.context.clear_cookies()
        self.submit("/sign-in", proof_login=member.login, proof_password=member.password)

    def offered(self):
        """The owner has offered the organization before."""
        heir = self.service.ask("GET", f"/v1/organizations/{self.service.organization}/members?login=heir@example.org")
        wish = {"member_id": heir["items"][0]["id"]}
        token = self.service.session(self.service.owner)
        self.service.ask("POST", f"/v1/organizations/{self.service.organization}/ownership", wish, token)
        self.to("/overview")

    def look_at_policy(self):
        """What would change, with somebody whom it would cut off."""
        self.to("/admin/policy")
        self.page.select_option("#department-0-imap", "off")
        self.page.select_option("#department-1-imap", "off")
        self.submit(idle_days="30")

    def policy_meanwhile(self):
        """Somebody else has changed the policy while this page was open."""
        self.to("/admin/policy")
        at = f"/v1/organizations/{self.service.organization}/policy"
        now = self.service.ask("GET", at)
        self.service.ask("PUT", at, now | {"idle_days": 91}, headers={"If-Match": "*"})
        self.submit(idle_days="77")

    def preview(self):
        """What a bulk revocation would end, once it is counted."""
        self.submit("/admin/revocations", label="W" * 128)
        self.page.locator("#count").wait_for(timeout=60_000)

    def make_key(self):
        self.to("/admin/keys/new")
        self.page.check("main input[type=radio] >> nth=0")
        self.submit(label="Another mail server")

    def open_codes(self):
        """What a page with a secret shows on demand only."""
        for button in self.page.locator("button[data-toggle]").all():
            button.click()

    def wait_for_client(self):
        """A new client password, with which a client comes at once."""
        self.submit("/passwords/new?kind=phone", label="The newest")
        self.service.verify(self.standing.settled, self.page.locator("#secret").text_content())
        # A use is written down up to ten seconds later.
        self.page.locator("[data-live].seen").wait_for(timeout=60_000)


def path(there):
    return lambda tour: tour.to(there)


def sent(there, **fields):
    return lambda tour: tour.submit(there, **fields)


# Who looks, what it is called, and how to come to it.
NOBODY, FRESH, SETTLED, HEIR, HEAD, AUDITOR, OWNER = "nobody", "fresh", "settled", "heir", "head", "auditor", "owner"
SIGHTS: list[tuple[str, str, Callable]] = [
    (NOBODY, "sign-in", path("/")),
    (NOBODY, "sign-in-signed-out", path("/sign-in?done=signed-out")),
    (NOBODY, "sign-in-wrong", sent("/sign-in", proof_login="nobody@example.org", proof_password="wrong")),
    (NOBODY, "sign-in-code", Tour.sign_in),
    (NOBODY, "sign-in-code-wrong", sent(None, proof_code="000000")),
    (NOBODY, "sign-in-passkey", Tour.ask_for_passkey),
    (NOBODY, "sign-in-passkey-wrong", sent(None, proof_code="wrong")),
    (NOBODY, "no-cookie", path("/signed-in")),
    (NOBODY, "nowhere", path("/nowhere")),
    (NOBODY, "setup", path("/setup")),
    (NOBODY, "set-up-over", path("/set-up/ExampleExampleExampleExampleExample0")),
    (NOBODY, "invitation", path("/invitation#cpi_ExampleExampleExampleExampleExample0")),
    (NOBODY, "invitation-typed", path("/invitation?")),
    (NOBODY, "invitation-wrong", sent(None, token="cpi_ExampleExampleExampleExampleExample0", password="short")),

    (FRESH, "off-overview", path("/overview")),
    (FRESH, "off-passwords", path("/passwords")),
    (FRESH, "off-security", path("/security")),
    (FRESH, "off-help", path("/help")),
    (FRESH, "start", path("/start")),
    (FRESH, "start-passkey", lambda tour: tour.press("/start", "/security/passkeys")),
    (FRESH, "start-passkey-wrong", Tour.without_passkey),
    (FRESH, "start-factor", Tour.authenticator),
    (FRESH, "start-factor-wrong", sent(None, code="000000")),
    (FRESH, "start-codes", Tour.codes),
    (FRESH, "start-on", path("/start")),
    (FRESH, "start-kind", sent("/start")),
    (FRESH, "none-passwords", path("/passwords")),
    (FRESH, "none-off", path("/security/secure-login/off")),

    (SETTLED, "overview", path("/overview")),
    (SETTLED, "kinds", path("/passwords/new")),
    (SETTLED, "new", path("/passwords/new?kind=phone")),
    (SETTLED, "new-wrong", sent("/passwords/new?kind=computer", label=" ", networks="somewhere")),
    (SETTLED, "new-shown", sent("/passwords/new?kind=phone")),
    (SETTLED, "new-shown-codes", Tour.open_codes),
    (SETTLED, "new-seen", Tour.wait_for_client),
    (SETTLED, "set-up", lambda tour: tour.to(tour.page.locator("a[href*='/set-up/']").get_attribute("href"))),
    (SETTLED, "passwords", path("/passwords")),
    (SETTLED, "passwords-ended", path("/passwords?state=revoked")),
    (SETTLED, "passwords-expired", path("/passwords?state=expired")),
    (SETTLED, "password", path("/passwords/{used}")),
    (SETTLED, "password-changed", path("/passwords/{used}?done=password-changed")),
    (SETTLED, "password-long", path("/passwords/{long}")),
    (SETTLED, "password-wide", path("/passwords/{wide}")),
    (SETTLED, "password-printer", path("/passwords/{printer}")),
    (SETTLED, "password-replaced", path("/passwords/{chinese}")),
    (SETTLED, "password-ended", path("/passwords/{ended}")),
    (SETTLED, "password-wrong", sent("/passwords/{used}", label=" ", networks="somewhere")),
    (SETTLED, "rotate", path("/passwords/{wide}/rotate")),
    (SETTLED, "rotated", sent("/passwords/{wide}/rotate")),
    (SETTLED, "end", path("/passwords/{long}/end")),
    (SETTLED, "end-all", path("/passwords/end-all")),
    (SETTLED, "security", path("/security")),
    (SETTLED, "passkey", lambda tour: tour.press("/security", "/security/passkeys")),
    (SETTLED, "secure-login-off", path("/security/secure-login/off")),
    (SETTLED, "factor-remove", path("/security/factors/{factor}/remove")),
    (SETTLED, "recovery-codes", path("/security/recovery-codes")),
    (SETTLED, "recovery-codes-shown", sent("/security/recovery-codes")),
    (SETTLED, "account-password", path("/security/password")),
    (SETTLED, "account-password-wrong", sent("/security/password", current_password="wrong", password="short")),
    (SETTLED, "rules", path("/security/rules")),
    (SETTLED, "leaks", path("/security/leaks")),
    (SETTLED, "leaks-none", sent("/security/leaks", pasted="a password of another kind")),
    (SETTLED, "activity", path("/activity")),
    (SETTLED, "log-ins", path("/log-ins")),
    (SETTLED, "help", path("/help")),
    (SETTLED, "not-found", path("/passwords/01900000-0000-7000-8000-000000000000")),

    (HEIR, "overview-offer", Tour.offered),

    (HEAD, "head-members", path("/admin/members")),
    (HEAD, "head-departments", path("/admin/departments")),
    (HEAD, "head-member", path("/admin/members/{colleague}")),
    (HEAD, "head-member-departments", path("/admin/members/{colleague}/departments")),
    (HEAD, "head-member-new", path("/admin/members/new")),
    (HEAD, "head-member-new-wrong", sent(None, login="new@example.org", display_name="New")),

    (AUDITOR, "auditor-policy", path("/admin/policy")),

    (OWNER, "owner-overview", path("/overview")),
    (OWNER, "admin-members", path("/admin/members")),
    (OWNER, "admin-member", path("/admin/members/{member}")),
    (OWNER, "admin-member-log-ins", path("/admin/members/{member}/log-ins")),
    (OWNER, "admin-member-suspended", path("/admin/members/{suspended}")),
    (OWNER, "admin-member-new", path("/admin/members/new")),
    (OWNER, "admin-member-new-wrong", sent("/admin/members/new", login="elsewhere@example.com")),
    (OWNER, "admin-member-head", path("/admin/members/{head}")),
    (OWNER, "admin-member-departments", path("/admin/members/{head}/departments")),
    (OWNER, "admin-departments", path("/admin/departments")),
    (OWNER, "admin-departments-members", path("/admin/members?department_id={department}")),
    (OWNER, "admin-department-new", path("/admin/departments/new")),
    (OWNER, "admin-department-new-wrong", sent(None, name=" ")),
    (OWNER, "admin-department", path("/admin/departments/{sales}")),
    (OWNER, "admin-department-delete", path("/admin/departments/{sales}/delete")),
    (OWNER, "admin-department-in-use", sent(None)),
    (OWNER, "admin-department-members", path("/admin/departments/{sales}/members")),
    (OWNER, "admin-department-members-wrong", sent(None, logins="nobody@example.org")),
    (OWNER, "admin-client-passwords", path("/admin/client-passwords")),
    (OWNER, "admin-client-passwords-none", path("/admin/client-passwords?label=None&state=active")),
    (OWNER, "admin-client-passwords-wrong", path("/admin/client-passwords?member=nobody@example.org&created_before=2026-01-01")),
    (OWNER, "admin-member-rules", path("/admin/members/{colleague}/rules")),
    (OWNER, "admin-policy", path("/admin/policy")),
    (OWNER, "admin-policy-more", lambda tour: go(tour.page, tour.page.locator("button[value=add-members]").first)),
    (OWNER, "admin-policy-wrong", sent("/admin/policy", secure_login_except_members="nobody@example.org", idle_days="soon", allowed_networks="here")),
    (OWNER, "admin-policy-nothing", sent("/admin/policy")),
    (OWNER, "admin-policy-preview", Tour.look_at_policy),
    (OWNER, "admin-policy-meanwhile", Tour.policy_meanwhile),
    (OWNER, "admin-rename", path("/admin/members/{suspended}/rename")),
    (OWNER, "admin-role", path("/admin/members/{member}/role")),
    (OWNER, "admin-invite", path("/admin/members/{colleague}/invite")),
    (OWNER, "admin-invited", sent("/admin/members/{colleague}/invite")),
    (OWNER, "admin-end-all", path("/admin/members/{member}/end-all")),
    (OWNER, "admin-suspend", path("/admin/members/{member}/suspend")),
    (OWNER, "admin-reactivate", path("/admin/members/{suspended}/reactivate")),
    (OWNER, "admin-remove-factors", path("/admin/members/{member}/remove-factors")),
    (OWNER, "admin-secure-login-off", path("/admin/members/{member}/secure-login-off")),
    (OWNER, "admin-lift-block", path("/admin/members/{member}/lift-block")),
    (OWNER, "admin-leave", path("/admin/members/{member}/leave")),
    (OWNER, "admin-password-end", path("/admin/members/{member}/client-passwords/{long}/end")),
    (OWNER, "admin-warnings", path("/admin/warnings")),
    (OWNER, "admin-revocations", path("/admin/revocations")),
    (OWNER, "admin-revocations-wrong", sent("/admin/revocations")),
    (OWNER, "admin-preview", Tour.preview),
    (OWNER, "admin-revocation", path("/admin/revocations/{revocation}")),
    (OWNER, "admin-revocation-running", path("/admin/revocations/{running}")),
    (OWNER, "admin-audit", path("/admin/audit")),
    (OWNER, "admin-leaks", path("/admin/leaks")),
    (OWNER, "admin-keys", path("/admin/keys")),
    (OWNER, "admin-key-new", path("/admin/keys/new")),
    (OWNER, "admin-key-made", Tour.make_key),
    (OWNER, "admin-key-end", path("/admin/keys/{key}/end")),
    (OWNER, "admin-organization", path("/admin/organization")),
    (OWNER, "admin-organization-withdrawn", lambda tour: tour.press("/admin/organization", "/admin/organization/offer/withdraw")),
    (OWNER, "admin-organization-wrong", sent(None, member_id="nobody@example.org")),
]  # fmt: skip


def tours(standing, service, open_one):
    """Every page, one after the other: its name, and the visitor who sees it."""
    members = {
        NOBODY: None,
        FRESH: service.member(display_name="Fritz Frisch"),
        SETTLED: standing.settled,
        HEIR: Member("", "heir@example.org"),
        AUDITOR: Member("", "aud@example.org"),
        HEAD: Member("", "head@example.org"),
        OWNER: service.owner,
    }
    for who, member in members.items():
        visitor = open_one()
        tour = Tour(visitor, standing, member)
        for whose, name, come in SIGHTS:
            if whose == who:
                tour.sign_in_anew()
                come(tour)
                # A form that was sent has been answered by now, but its styles may be on their way.
                visitor.page.wait_for_load_state()
                yield name, visitor
        visitor.context.close()
