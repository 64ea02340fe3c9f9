"""The whole way of a member on a phone, by keyboard alone: from the first sign-in until secure login is off again."""

import pytest

from visitor import Keyboard, authenticator


def submit(page):
    return page.locator("main form button[type=submit]")


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_from_sign_in_to_secure_login_off(visit, service, words, script):
    member = service.member()
    visitor = visit(script=script)
    if script:
        visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.page
    keys = Keyboard(page)

    def link(message, within="main"):
        return page.locator(within).get_by_role("link", name=words[message], exact=True)

    def button(message):
        return page.locator("main").get_by_role("button", name=words[message], exact=True)

    def copied(message):
        # It says so for a few seconds only: whatever it says is kept.
        pressed = button(message).element_handle()
        pressed.evaluate(
            """button => {
                button.said = [];
                new MutationObserver(() => button.said.push(button.textContent)).observe(button, { childList: true });
            }"""
        )
        keys.press(button(message))
        page.wait_for_function("([button, says]) => button.said.includes(says)", arg=[pressed, words["copied"]])
        return page.evaluate("navigator.clipboard.readText()")

    def names():
        return sorted(one["label"] for one in service.passwords(member, "active"))

    page.goto("/")
    keys.type(page.locator("#proof_login"), member.login)
    keys.type(page.locator("#proof_password"), member.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    service.keep_fresh(member)

    # Secure login on: authenticator, recovery codes, on.
    keys.go(link("secure-login-turn-on"))
    keys.go(button("start-authenticator-do"))
    keys.press(page.locator("summary"))
    phone = authenticator(page)
    if script:
        assert copied("factor-copy-key") == page.locator("#key").text_content()
    keys.type(page.locator("#code"), phone.code())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    codes = page.locator("#codes li").all_text_contents()
    assert len(codes) == 10
    if script:
        copy = copied("copy")
        assert all(code in copy for code in codes)
        assert page.locator("#on").is_disabled()
    keys.press(page.locator("main input[type=checkbox]"), "Space")
    keys.go(page.locator("#on"))

    # The first client password.
    assert page.locator("main [role=status]").text_content() == words["done-secure-login-on"]
    step = page.locator("[aria-current=step]")
    assert step.text_content() == words["step-password"]
    keys.go(page.locator("main a[href^='/passwords/new?kind=phone']"))
    assert step.text_content() == words["step-password"]
    keys.go(button("new-make"))
    assert step.text_content() == words["step-password"]
    secret = page.locator("#secret").text_content()
    if script:
        assert copied("shown-copy-login") == member.login
        assert copied("shown-copy-secret") == secret.replace("-", "")
        page.locator("[data-waiting]").wait_for()
    else:
        assert not page.locator("main button").locator("visible=true").count()
    assert service.verify(member, secret) == "accept"
    if script:
        page.locator("[data-live].seen").wait_for(timeout=60_000)
        assert "192.0.2.7" in page.locator("[data-seen]").text_content()
    keys.go(link("shown-done"))

    # Another name, and less that it may do.
    keys.go(page.locator("article a"))
    keys.press(page.locator("summary"))
    keys.press(page.locator("input[value=smtp]"), "Space")
    keys.type(page.locator("#networks"), "192.0.2.0/24")
    # Backwards is a way as well.
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "label":
            break
    keys.type(page.locator("#label"), "Telefon")
    keys.go(button("save"))
    assert page.locator("h1 bdi").text_content() == "Telefon"
    assert service.verify(member, secret, "smtp") == "reject"
    assert service.verify(member, secret, ip="198.51.100.1") == "reject"
    assert service.verify(member, secret) == "accept"

    # A successor, for an hour beside it; its first use ends the old one.
    keys.go(link("rotate"))
    keys.to(page.locator("#overlap"))
    page.keyboard.press("ArrowDown")
    keys.go(button("rotate-make"))
    newer = page.locator("#secret").text_content()
    assert [service.verify(member, one) for one in (secret, newer, secret)] == ["accept", "accept", "reject"]
    keys.go(link("shown-done"))

    # End one, then all of two others.
    keys.go(page.locator("article a").first)
    keys.go(link("end"))
    keys.go(button("end-do"))
    assert service.verify(member, newer) == "reject"
    for kind in ("computer", "printer"):
        keys.go(page.locator("nav.rooms a[href='/passwords']"))
        keys.go(link("passwords-new"))
        keys.go(page.locator(f"main a[href='/passwords/new?kind={kind}']"))
        keys.go(button("new-make"))
        secret = page.locator("#secret").text_content()
        keys.go(link("shown-done"))
    assert names() == [words["kind-computer-label"], words["kind-printer-label"]]
    keys.go(link("passwords-end-all"))
    keys.go(button("end-all-do"))
    assert names() == []
    assert service.verify(member, secret, "smtp") == "reject"

    # Off, and out.
    keys.go(page.locator("nav.rooms a[href='/security']"))
    keys.go(link("secure-login-turn-off"))
    keys.go(submit(page))
    assert not service.ask("GET", f"/v1/members/{member.id}/secure-login")["enabled"]
    keys.go(page.get_by_role("button", name=words["sign-out"]))
    assert page.locator("main [role=status]").text_content() == words["done-signed-out"]
