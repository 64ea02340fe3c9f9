"""The way of whoever has an office, on a phone and by keyboard alone: a colleague has lost a phone, and leaves."""

import pytest

from visitor import Keyboard, send


def sign_in(keys, page, member):
    page.goto("/sign-in")
    keys.type(page.locator("#proof_login"), member.login)
    keys.type(page.locator("#proof_password"), member.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def colleague(keys, page, member):
    """The page of a member, found by the address."""
    keys.go(page.locator("nav.rooms a[href='/admin/members']"))
    keys.type(page.locator("main form[role=search] input").first, member.login)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keys.go(page.locator(f"main a[href='/admin/members/{member.id}']"))


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
@pytest.mark.parametrize("role", ["owner", "admin"])
def test_a_phone_is_lost_and_somebody_leaves(visit, service, role, script):
    office = service.owner if role == "owner" else service.member(role="admin", display_name="Adam Office")
    member, token = service.enrolled()
    lost, kept = (service.issue(member, token, label) for label in ("The lost phone", "The computer"))
    page = visit(script=script).page
    keys = Keyboard(page)

    def do(path):
        """A change with a page that says what happens: to it, and there the button."""
        keys.go(page.locator(f"main a[href='/admin/members/{member.id}/{path}']"))
        keys.go(page.locator("main form button[type=submit]"))

    def works():
        return [service.verify(member, one["secret"]) == "accept" for one in (lost, kept)]

    sign_in(keys, page, office)
    service.keep_fresh(office)
    colleague(keys, page, member)
    do(f"client-passwords/{lost['id']}/end")
    assert works() == [False, True]
    do("end-all")
    assert works() == [False, False]
    do("suspend")
    assert service.ask("GET", f"/v1/members/{member.id}")["state"] == "suspended"
    do("reactivate")
    assert service.ask("GET", f"/v1/members/{member.id}")["state"] == "active"
    do("leave")
    assert service.ask("GET", f"/v1/members/{member.id}")["state"] == "left"
    left = service.ask("GET", f"/v1/organizations/{service.organization}/audit-events?member_id={member.id}")["items"]
    assert sum(event["actor"].get("id") == office.id for event in left) == 5


def test_an_auditor_sees_and_changes_nothing(visit, service):
    member, token = service.enrolled()
    one = service.issue(member, token, "My phone")
    page = visit().page
    keys = Keyboard(page)
    sign_in(keys, page, service.member(role="auditor", display_name="Aud Itor"))
    colleague(keys, page, member)
    assert page.locator("main form[method=post]").count() == 0
    assert page.locator("main a[href$='/end'], main a[href$='/suspend'], main a[href$='/leave']").count() == 0
    page.goto(f"/admin/members/{member.id}/suspend")
    if page.locator("main form button[type=submit]").count():
        send(page)
    page.goto("/admin/audit")
    page.goto("/admin/keys")
    assert page.locator("main form[method=post]").count() == 0
    assert service.verify(member, one["secret"]) == "accept"
