"""Names, networks and what clients call themselves are text, whatever is in them."""

import re

import pytest

import sights
from visitor import send

TYPED = {
    "an image": "<img src=x onerror=alert(1)>",
    "a script": '"><script>alert(1)</script>',
    "an attribute": "' onfocus=alert(1) autofocus x='",
    "a template": "{{7*7}}${7*7}{%7*7%}",
    "an entity": "&lt;b&gt; &amp; &#60;",
    "the other way": "safe \u202ereversed\u2069 \u202eand more",
}
PATHS = [
    "/overview", "/passwords", "/passwords?state=revoked", "/passwords/{live}", "/passwords/{live}/rotate",
    "/passwords/{live}/end", "/passwords/{ended}", "/passwords/end-all", "/security", "/security/secure-login/off",
    "/security/password", "/security/factors/{factor}/remove", "/activity", "/help",
]  # fmt: skip
ADMIN = [
    "/admin/members", "/admin/members/{member}", "/admin/members/{member}/rename", "/admin/members/{member}/end-all",
    "/admin/members/{member}/leave", "/admin/members/{member}/client-passwords/{live}/end", "/admin/revocations",
    "/admin/revocations/{revocation}", "/admin/audit", "/admin/keys", "/admin/keys/{key}/end",
]  # fmt: skip
# Where the order of a text would turn, and with it that of the words around it.
TURNED = """() => {
    const apart = (text) => text.replace(/\\u2068[^\\u2066-\\u2069]*\\u2069/g, "");
    const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT), turned = [];
    while (texts.nextNode()) {
        const { data, parentElement } = texts.currentNode;
        if (/[\\u202a-\\u202e]/.test(apart(data)) && !parentElement.closest("bdi, textarea")) turned.push(parentElement.outerHTML);
    }
    return turned;
}"""


@pytest.fixture(scope="module", params=TYPED)
def typed(request):
    return TYPED[request.param]


def shown(page, paths, ids, typed):
    """On how many of these pages it is to be read; on none it is more than text."""
    # A message leaves out what would end its own setting apart.
    plain, seen = re.sub("[\u2066-\u2069]", "", typed), 0
    for path in paths:
        page.goto(path.format(**ids))
        seen += plain in re.sub("[\u2066-\u2069]", "", page.locator("main").text_content())
        assert page.locator("main img, main script, main [onfocus], [onerror]").count() == 0, path
        assert page.evaluate(TURNED) == [], path
    return seen


def test_it_is_shown_as_it_was_typed(visit, service, typed):
    member, token = service.enrolled(display_name=typed)
    live, ended = (service.issue(member, token, typed) for _ in range(2))
    service.verify(member, live["secret"], client=typed)
    service.verify(member, ended["secret"], client=typed)
    service.ask("DELETE", f"/v1/client-passwords/{ended['id']}", token=token)
    service.verify(member, ended["secret"], client=typed)
    factors = f"/v1/members/{member.id}/second-factors"
    service.ask("POST", factors, {"type": "totp", "label": typed}, token)
    factor = service.ask("GET", factors, token=token)["items"][-1]["id"]

    visitor = visit(user_agent=f"{typed.encode('ascii', 'ignore').decode()} Browser")
    visitor.sign_in(member)
    page = visitor.page
    ids = {"member": member.id, "live": live["id"], "ended": ended["id"], "factor": factor}
    assert shown(page, PATHS, ids, typed) >= 8, "hardly any page shows it"

    # A form that comes back with what was typed.
    page.goto("/passwords/new?kind=phone")
    page.click("summary")
    page.fill("#label", typed)
    page.fill("#networks", typed)
    send(page)
    assert page.input_value("#label") == typed
    assert page.input_value("#networks") == typed
    assert page.evaluate(TURNED) == []

    # What goes through a sign-in on its way.
    visitor.end_session()
    send(page)
    assert page.locator("main form input[type=hidden][name=label]").input_value() == typed

    # What administrators see of it, and type themselves.
    wish = {"filter": {"label": typed, "never_used": True, "member_ids": [member.id]}, "reason": typed}
    ids["revocation"] = service.ask("POST", f"/v1/organizations/{service.organization}/revocations", wish)["id"]
    bound = {"role": "mail_server", "label": typed, "organization_id": service.organization}
    ids["key"] = service.ask("POST", "/v1/service-keys", bound)["id"]
    office = visit()
    office.sign_in(service.owner)
    assert shown(office.page, ADMIN, ids, typed) >= 8, "hardly any page of administrators shows it"


def test_an_address_leads_nowhere_else(visit, service):
    """What stands in an address goes into links and forms as it is, and to nobody else's pages."""
    member = service.member()
    for there in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", '"><b>'):
        visitor = visit()
        page = visitor.page
        page.goto("/sign-in?next=" + there)
        page.fill("#proof_login", member.login)
        page.fill("#proof_password", member.password)
        send(page)
        assert page.url == service.url + "/overview", there
        visitor.page.close()
