"""A browser of somebody's own, and what people do with a keyboard."""

import re
import time
import urllib.parse

from playwright.sync_api import Error

from service import Authenticator

PHONE = {"width": 390, "height": 844}
# A page that says no is one that the browser remarks on as well.
REFUSED = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d")
# What comes of a look at the very moment when one page makes room for the next.
ON_THE_WAY = ("Unable to retrieve content because the page is navigating", "Execution context was destroyed")


def launch(playwright):
    return playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        args=["--no-sandbox"],
        # People have it, so whatever it keeps must be right.
        ignore_default_args=["--disable-back-forward-cache"],
    )


class Visitor:
    def __init__(self, browser, service, size=PHONE, language="en", script=True, **wish):
        self.service = service
        self.context = browser.new_context(
            base_url=service.url, viewport=size, locale=language, java_script_enabled=script, **wish
        )
        # A page may take half a minute on a machine with forty other things to do.
        self.context.set_default_timeout(60_000)
        self.wrong = []
        self.context.on("console", lambda message: self.console(message))
        self.context.on("weberror", lambda error: self.wrong.append(f"{error.page.url}: {error.error}"))
        self.context.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        # The paths of all pages that were asked for.
        self.asked = set()
        self.context.on("request", self.request)
        self.page = self.context.new_page()

    def request(self, request):
        if request.is_navigation_request():
            self.asked.add(urllib.parse.urlsplit(request.url).path)

    def console(self, message):
        if message.type in ("error", "warning") and not REFUSED.match(message.text):
            self.wrong.append(f"{message.location.get('url')}: {message.text}")

    def session(self):
        """The token of the session here, which only its cookie has."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self.context.cookies()}
        return cookies.get("session")

    def end_session(self):
        """The session is over, and this browser does not know."""
        self.service.ask("DELETE", "/v1/sessions/current", token=self.session())

    def sign_in(self, member, page=None):
        """As quickly as can be; whoever has an authenticator types its code."""
        page = page or self.page
        page.goto("/sign-in")
        prove(page, member)
        return page


def prove(page, member):
    """On a page that asks for it: who it is."""
    page.fill("#proof_login", member.login)
    page.fill("#proof_password", member.password)
    send(page)
    if member.authenticator:
        page.fill("#proof_code", member.authenticator.code())
        send(page)


def go(page, wanted):
    """Clicks what leads to another page, and is there."""
    with page.expect_navigation():
        wanted.click()


def send(page):
    """Sends the first form of the page, and has the answer."""
    go(page, page.locator("main form button[type=submit]").first)


def move(page, where, look):
    """Goes back or forward, as the buttons of the browser do. Looks all the time: on the way, and until the other page
    has been there for a second."""
    # The page that is left knows this, and no other: each move has a name of its own.
    left = f"left_{time.monotonic_ns()}"
    page.evaluate(f"() => {{ window.{left} = true; setTimeout(() => history.{where}()); }}")
    until, since = time.monotonic() + 60, None
    while since is None or time.monotonic() < since + 1:
        assert time.monotonic() < until, f"{where} leads nowhere from {page.url}"
        try:
            there = page.evaluate(f"window.{left} === undefined && document.readyState === 'complete'")
            look()
        except Error as error:
            if not any(said in error.message for said in ON_THE_WAY):
                raise
            there = False
        since = (since or time.monotonic()) if there else None


class Keyboard:
    """Somebody without a mouse: they tab to something, see that they are there, and press a key."""

    def __init__(self, page):
        self.page = page

    def to(self, wanted):
        assert wanted.count() == 1, f"{wanted} is there {wanted.count()} times on {self.page.url}"
        element, seen = wanted.element_handle(), []
        for _ in range(60):
            at = element.evaluate("wanted => { const at = document.activeElement; return at === wanted || at.outerHTML; }")
            if at is True:
                self.shown(wanted)
                return
            seen.append(at[:80])
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} is not reached by the Tab key, only: {seen}")

    def shown(self, wanted):
        """It is seen where the keyboard is, and within the window."""
        how = wanted.evaluate(
            """element => {
                const box = element.getBoundingClientRect(), style = getComputedStyle(element);
                return {
                    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                    within: box.left >= -1 && box.right <= innerWidth + 1 && box.bottom > 0 && box.top < innerHeight,
                };
            }"""
        )
        assert how == {"ring": True, "within": True}, f"{wanted} on {self.page.url}: {how}"

    def press(self, wanted, key="Enter"):
        self.to(wanted)
        self.page.keyboard.press(key)

    def go(self, wanted, key="Enter"):
        """Presses what leads to another page."""
        self.to(wanted)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def type(self, wanted, text):
        self.to(wanted)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)


def authenticator(page):
    """What an authenticator makes of the key on the page."""
    return Authenticator(page.locator("#key").text_content())
