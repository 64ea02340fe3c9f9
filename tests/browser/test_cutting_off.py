"""Many client passwords end at once, by keyboard: an administrator sees before what would end, how far it has come, and
can stop it."""

import secrets
import time

import pytest

from test_way_of_administrators import sign_in
from visitor import Keyboard


@pytest.fixture
def scene(service):
    """Four members who have lost the same, which is more than ends while one waits for the answer."""
    label = f"Tablet {secrets.token_hex(4)}"
    members = [service.enrolled() for _ in range(4)]
    return label, [(member, service.issue(member, token, label)) for member, token in members]


def living(service, lost):
    return sum(service.verify(member, one["secret"]) == "accept" for member, one in lost)


def begin(keys, page, label, reason, script):
    """As far as the page of what is running."""
    page.goto("/admin/revocations")
    keys.type(page.locator("#label"), label)
    keys.go(page.locator("main form[action='/admin/revocations/preview'] button"))
    over(keys, page, "#count", script)
    keys.type(page.locator("#reason"), reason)
    keys.type(page.locator("#count"), "4")
    keys.go(page.locator("main form[action='/admin/revocations'] button"))


def over(keys, page, sign, script):
    """Waits for what comes when it is done: the page looks by itself, or whoever sits before it does."""
    if script:
        page.locator(sign).wait_for(timeout=60_000)
        return
    until = time.monotonic() + 60
    while not page.locator(sign).count():
        assert time.monotonic() < until, f"{sign} does not come about: {page.content()}"
        keys.go(page.locator("a.button").first)


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "done"])
def test_a_bulk_revocation_is_seen_and_can_be_stopped(visit, service, scene, words, stopped, script):
    label, lost = scene
    reason = f"{label} was left in a train"
    go_on = service.hold_revocations(reason)
    page = visit(script=script).page
    keys = Keyboard(page)
    sign_in(keys, page, service.owner)
    begin(keys, page, label, reason, script)

    progress = page.locator("[data-running] progress")
    over(keys, page, "[data-running] progress[value='1']", script)
    assert int(progress.get_attribute("max")) >= 4
    still = living(service, lost)
    assert still >= 3

    if stopped:
        keys.go(page.locator("main form button.danger"))
    go_on()
    over(keys, page, "main:not(:has([data-running])) h1", script)
    said = page.locator("main").text_content()
    assert (words["admin-revocation-stopped-means"] in said) == stopped, said
    assert living(service, lost) == (still if stopped else 0)
