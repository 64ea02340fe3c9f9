"""The policy, by keyboard: an administrator turns POP3 off for a department and sees first what would change; a member is
told that secure login will be required, and turns it on."""

import time

import pytest

from test_way_of_administrators import sign_in
from visitor import Keyboard


@pytest.fixture
def policy(service):
    """Puts a policy; at the end the default holds again."""
    at = f"/v1/organizations/{service.organization}/policy"

    def put(wish):
        service.ask("PUT", at, wish, headers={"If-Match": "*"})

    put({})
    yield put
    put({})


def department(service, name):
    return service.ask("POST", f"/v1/organizations/{service.organization}/departments", {"name": name, "parent_id": None})["id"]


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_pop3_is_turned_off_for_a_department(visit, service, policy, words, script):
    member, token = service.enrolled()
    sales = department(service, f"Sales {script}")
    service.ask("PATCH", f"/v1/members/{member.id}", {"department_ids": [sales]}, headers={"If-Match": "*"})
    phone = service.issue(member, token, "The phone")
    page = visit(script=script).page
    keys = Keyboard(page)

    sign_in(keys, page, service.owner)
    keys.go(page.locator("nav.rooms a[href='/admin/members']"))
    keys.go(page.locator("main a[href='/admin/policy']"))
    # The Enter key within a field looks, and neither adds a row nor saves.
    page.locator("#idle_days").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert words["policy-changes-nothing"] in page.locator("main").text_content()
    keys.go(page.locator("button[value=edit]"))

    page.locator("button[value=add-department]").focus()
    keys.go(page.locator("button[value=add-department]"))
    page.locator("#department-0").focus()
    page.locator("#department-0").select_option(sales)
    keys.to(page.locator("#department-0-pop3"))
    page.locator("#department-0-pop3").select_option("off")
    page.locator("main form button[value=preview]").last.focus()
    keys.go(page.locator("main form button[value=preview]").last)

    said = page.locator("main").text_content()
    assert "POP3" in said and member.login in said, said
    assert service.verify(member, phone["secret"], "pop3") == "accept"
    keys.go(page.locator("button[value=save]"))
    assert page.locator("[role=status]").text_content() == words["done-policy-saved"]
    assert service.verify(member, phone["secret"], "pop3") == "reject"
    assert service.verify(member, phone["secret"], "imap") == "accept"

    hers = visit(script=script)
    hers.sign_in(member)
    keys = Keyboard(hers.page)
    keys.go(hers.page.locator("main a[href='/security/rules']"))
    assert f"Sales {script}" in hers.page.locator("main").text_content().replace("\u2068", "").replace("\u2069", "")


def test_a_member_is_told_of_what_will_be_required(visit, service, policy, words):
    member = service.member(display_name="Anna Later")
    day = time.strftime("%Y-%m-%dT08:00:00Z", time.gmtime(time.time() + 30 * 86_400))
    policy({"secure_login": {"mode": "required", "required_from": day}})
    page = visit().page
    keys = Keyboard(page)
    sign_in(keys, page, member)
    said = page.locator("main").text_content()
    assert words["secure-login-announced"] in said and words["secure-login-announced-means"] in said
    assert page.locator(f"main time[datetime='{day}']").count() == 1
    keys.go(page.locator("main a[href='/start']"))
    assert words["start-authenticator"] in page.locator("h1").text_content()

    policy({"secure_login": {"mode": "required"}})
    page.goto("/overview")
    assert words["secure-login-required-means"] in page.locator("main").text_content()
