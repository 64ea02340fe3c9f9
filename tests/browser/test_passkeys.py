"""Passkeys, with the virtual authenticator of Chromium."""

import pytest

from visitor import go, send


class Authenticator:
    """A security key or a phone beside the browser."""

    def __init__(self, visitor, verifies=True):
        self.devtools = visitor.context.new_cdp_session(visitor.page)
        self.devtools.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": verifies,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
        }
        answer = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = answer["authenticatorId"]

    def keys(self):
        return self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def knows_nobody(self):
        self.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


def button(page, purpose):
    return page.locator(f"button[data-passkey={purpose}]")


def press(page, purpose):
    go(page, button(page, purpose))


def make(visitor, label):
    """On the page of a member who has signed in just before."""
    visitor.page.goto("/security")
    go(visitor.page, visitor.page.locator("form[action='/security/passkeys'] button"))
    visitor.page.fill("#label", label)
    press(visitor.page, "create")


@pytest.fixture
def alone(service, visit):
    """A member who signs in by password alone, in a browser with an authenticator."""
    member = service.member()
    visitor = visit()
    visitor.sign_in(member)
    return member, visitor


def test_one_is_made_and_signs_in_alone(alone, service):
    member, visitor = alone
    key, page = Authenticator(visitor), visitor.page
    make(visitor, "My phone")
    assert page.locator("#codes li").count() == 10
    [kept] = key.keys()
    assert kept["isResidentCredential"] and kept["rpId"] == "localhost"

    visitor.context.clear_cookies()
    page.goto("/sign-in?next=/security")
    press(page, "sign-in")
    assert page.url.endswith("/security")
    assert page.get_by_text("My phone").is_visible()
    token = visitor.session()
    [listed] = service.ask("GET", f"/v1/members/{member.id}/second-factors", token=token)["items"]
    assert (listed["type"], listed["label"], listed["state"]) == ("passkey", "My phone", "confirmed")

    # The same authenticator makes no second one.
    go(page, page.locator("form[action='/security/passkeys'] button"))
    button(page, "create").click()
    page.get_by_role("alert").filter(has_text="No passkey was made").wait_for()
    assert len(key.keys()) == 1


def test_it_says_once_more_who_it_is(service, visit):
    member, token = service.enrolled()
    visitor = visit()
    visitor.sign_in(member)
    Authenticator(visitor)
    make(visitor, "")
    page = visitor.page
    assert page.get_by_text("The passkey is made").is_visible()

    # Without a session the form asks who it is, and goes on.
    page.goto("/passwords/new?kind=phone")
    visitor.end_session()
    send(page)
    assert page.locator("#proof_login").is_visible()
    press(page, "sign-in")
    assert page.locator("[data-secret]").first.is_visible()


def test_it_is_a_second_step_where_it_knows_nobody(alone):
    member, visitor = alone
    key, page = Authenticator(visitor), visitor.page
    make(visitor, "A key")
    key.knows_nobody()
    visitor.context.clear_cookies()

    page.goto("/sign-in")
    button(page, "sign-in").click()
    page.get_by_role("alert").filter(has_text="No passkey was used").wait_for()
    page.fill("#proof_login", member.login)
    page.fill("#proof_password", member.password)
    send(page)
    # The recovery code is at hand, and not in the way.
    assert page.locator("h1").text_content() == "Your passkey"
    assert not page.locator("#proof_code").is_visible()
    page.click("summary")
    assert page.locator("#proof_code").is_visible()
    press(page, "code")
    assert page.url.endswith("/overview")


def test_one_that_can_know_nobody_is_a_second_step_only(alone):
    member, visitor = alone
    Authenticator(visitor, verifies=False)
    page = visitor.page
    make(visitor, "An old key")
    visitor.context.clear_cookies()
    visitor.page.goto("/sign-in")
    page.fill("#proof_login", member.login)
    page.fill("#proof_password", member.password)
    send(page)
    press(page, "code")
    assert page.url.endswith("/overview")


def test_without_scripts_nothing_asks_for_one(service, visit):
    visitor = visit(script=False)
    visitor.page.goto("/sign-in")
    assert not button(visitor.page, "sign-in").is_visible()
    visitor.sign_in(service.member())
    visitor.page.goto("/security")
    assert not visitor.page.locator("form[action='/security/passkeys']").is_visible()
