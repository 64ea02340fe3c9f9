"""Whose form it is, and what becomes of it when the session is another one, or none."""

from visitor import go, move, prove, send


def test_a_form_of_another_member_is_refused(visit, service, words):
    alice, _ = service.enrolled()
    bob, _ = service.enrolled()
    visitor = visit()
    old = visitor.sign_in(alice)
    old.goto("/passwords/new?kind=phone")

    other = visitor.context.new_page()
    other.goto("/overview")
    go(other, other.get_by_role("button", name=words["sign-out"]))
    visitor.sign_in(bob, other)

    send(old)
    assert old.locator("h1").text_content() == words["other-member"]
    assert service.passwords(alice) == service.passwords(bob) == []


def test_what_was_typed_outlives_the_session_and_is_done_once(visit, service, words):
    member, _ = service.enrolled()
    visitor = visit()
    page = visitor.sign_in(member)
    page.goto("/passwords/new?kind=printer")
    page.fill("#label", "Drucker „im Flur“ & mehr")
    visitor.end_session()

    send(page)
    assert words["sign-in-again"] in page.locator("main").text_content()
    assert service.passwords(member) == []
    # A mistake on the way costs nothing.
    page.fill("#proof_login", member.login)
    page.fill("#proof_password", "not the password")
    send(page)
    page.locator(".note.bad[role=alert]").wait_for()
    prove(page, member)

    secret = page.locator("#secret").text_content()
    made = service.passwords(member)
    assert [(one["label"], one["protocols"]) for one in made] == [("Drucker „im Flur“ & mehr", ["smtp"])]
    assert service.verify(member, secret, "smtp") == "accept"
    # The proof that the form brought along is used up; a reload sends it again and shows the same.
    page.reload()
    assert page.locator("#secret").text_content() == secret
    assert len(service.passwords(member)) == 1


def test_who_only_reads_comes_back_to_the_page(visit, service):
    member = service.member()
    visitor = visit()
    page = visitor.sign_in(member)
    page.goto("/security")
    visitor.end_session()
    page.goto("/security/password")
    prove(page, member)
    assert page.url.endswith("/security/password")


def test_the_back_button_shows_nothing_of_who_has_signed_out(visit, service, words):
    visitor = visit()
    page = visitor.sign_in(service.enrolled(display_name="Alice Unmistakable")[0])
    page.goto("/overview")
    page.goto("/help")
    go(page, page.get_by_role("button", name=words["sign-out"]))

    def look():
        assert "Unmistakable" not in page.content(), page.url
        assert page.locator("nav.rooms").count() == 0, page.url

    for _ in range(2):
        move(page, "back", look)


def test_a_language_is_remembered(visit, service):
    visitor = visit()
    page = visitor.page
    page.goto("/sign-in")
    assert page.get_attribute("html", "lang") == "en"
    go(page, page.get_by_role("button", name="中文"))
    assert page.get_attribute("html", "lang") == "zh-Hans"
    assert page.url.endswith("/sign-in")
    visitor.sign_in(service.member())
    page.goto("/passwords?state=revoked")
    assert page.get_attribute("html", "lang") == "zh-Hans"
    go(page, page.get_by_role("button", name="English"))
    assert page.get_attribute("html", "lang") == "en"
    assert page.url.endswith("/passwords?state=revoked")


def test_a_browser_that_asks_for_chinese_gets_it(visit):
    page = visit(language="zh-CN").page
    page.goto("/")
    assert page.get_attribute("html", "lang") == "zh-Hans"
