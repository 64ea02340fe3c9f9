"""A secret is on the page that made it, for as long as it is open, and nowhere else in the browser."""

import re

import pytest

from visitor import authenticator, move, send

WAYS = {
    # What a form makes: where it is, what holds the secret, and what the member has to be before.
    "client-password": ("/passwords/new?kind=phone", "#secret", True),
    "authenticator": ("/start", "#key", False),
}


def made(visit, service, way):
    path, secret, enrolled = WAYS[way]
    member = service.enrolled()[0] if enrolled else service.member()
    visitor = visit()
    page = visitor.sign_in(member)
    page.goto(path)
    return member, visitor, page, page.locator(secret)


def has(html, secret):
    """Whether it is there, in one piece or in groups."""
    plain = secret.replace("-", "")
    return plain in html or plain in re.sub(r"<[^>]*>|[-\s]", "", html)


def kept(page):
    """All that the browser keeps of a page beside what it shows."""
    return page.evaluate(
        """() => {
            // A page of the browser's own, such as the question whether to send a form again, has no storage.
            const stored = origin === "null" ? [] : [{ ...localStorage }, { ...sessionStorage }];
            const asked = performance.getEntries().map((entry) => entry.name);
            return JSON.stringify([location.href, document.title, history.state, asked, document.referrer, stored]);
        }"""
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_back_button_does_not_bring_it_back(visit, service, way):
    _, visitor, page, holder = made(visit, service, way)
    send(page)
    secret = holder.text_content()
    assert has(page.content(), secret) and not has(kept(page), secret)

    page.goto("/passwords")
    for where in ("back", "forward", "back"):

        def look(where=where):
            assert not has(page.content(), secret), f"{where}: {page.url}"
            assert not has(kept(page), secret), f"{where}: {page.url}"

        move(page, where, look)
    assert not has(str(visitor.context.cookies()), secret)


def test_the_browser_keeps_pages_for_the_back_button(visit, service, words):
    page = visit().sign_in(service.member())
    page.goto("/help")
    page.evaluate("window.kept = 'as it was'")
    page.goto("/activity")
    move(page, "back", lambda: None)
    assert page.url.endswith("/help")
    assert page.evaluate("window.kept") == "as it was"


@pytest.mark.parametrize("way", WAYS)
def test_a_browser_that_keeps_the_page_keeps_no_secret(visit, service, way):
    """Chromium keeps no answer to a form; for those that do, these are the events that they send."""
    _, _, page, holder = made(visit, service, way)
    send(page)
    secret = holder.text_content()
    assert has(page.content(), secret)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert not has(page.content(), secret)
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert "/passwords/" in page.url or page.url.endswith("/security")


@pytest.mark.parametrize("way", WAYS)
def test_a_reload_shows_the_same_one(visit, service, way):
    member, _, page, holder = made(visit, service, way)
    send(page)
    secret = holder.text_content()
    page.reload()
    assert holder.text_content() == secret
    if way == "client-password":
        assert len(service.passwords(member)) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_double_click_makes_one(visit, service, way):
    member, visitor, page, holder = made(visit, service, way)
    page.dblclick("main form button[type=submit]")
    holder.wait_for(state="attached")
    # The answer to the second click may follow the one to the first.
    page.wait_for_load_state("networkidle")
    if way == "client-password":
        assert len(service.passwords(member)) == 1
        assert service.verify(member, holder.text_content()) == "accept"
    else:
        factors = service.ask("GET", f"/v1/members/{member.id}/second-factors", token=visitor.session())
        assert len(factors["items"]) == 1
        page.fill("#code", authenticator(page).code())
        send(page)
        assert page.locator("#codes li").count() == 10
