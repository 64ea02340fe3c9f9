"""Changes come from our own pages: everything else is refused, whatever cookie the browser brings along."""

import re
import urllib.parse

import pytest

from service import PASSWORD, ROOT, raw

POSTS = re.findall(r"^\s*post\(([^,&]+), \|\|", (ROOT / "src/pages/routes.rs").read_text(), re.MULTILINE)
# Those that have a name there.
NAMED = {"SIGN_IN": "/sign-in", "setup::PATH": "/setup"}
PATHS = [path.strip('"') if path.startswith('"') else NAMED[path] for path in POSTS]

# What a browser says of where a request comes from, and whether that is a page of ours.
FOREIGN = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "something new": {"Sec-Fetch-Site": "same-origin-ish"},
    "cross-site with our origin": {"Sec-Fetch-Site": "cross-site", "Origin": "OURS"},
    "another origin": {"Origin": "https://evil.example"},
    "our host, another port": {"Origin": "http://localhost:1"},
    "our origin and more": {"Origin": "OURS.evil.example"},
    "no origin to speak of": {"Origin": "null"},
    "an empty origin": {"Origin": ""},
    "neither": {},
    "a referrer only": {"Referer": "OURS/overview"},
}
OURS = {
    "our page": {"Sec-Fetch-Site": "same-origin"},
    "the visitor's own hand": {"Sec-Fetch-Site": "none"},
    "an older browser": {"Origin": "OURS"},
}


@pytest.fixture(scope="module")
def signed_in(service):
    """A member with something of everything, a session's cookie, and ids to put into paths."""
    member, token = service.enrolled()
    password = service.issue(member, token, "My phone")
    factor = service.ask("GET", f"/v1/members/{member.id}/second-factors", token=token)["items"][0]
    other = service.session(member)
    sessions = service.ask("GET", f"/v1/members/{member.id}/sessions", token=other)["items"]
    ids = {
        "client_password_id": password["id"],
        "second_factor_id": factor["id"],
        "session_id": sessions[-1]["id"],
        "member_id": member.id,
        "organization_id": service.organization,
    }
    return member, other, ids


def filled(path, ids):
    return re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "01900000-0000-7000-8000-000000000000"), path)


def send(service, path, cookie, says):
    form = {
        "label": "Forged", "kind": "phone", "protocols": "imap", "language": "zh-Hans", "overlap": "0",
        "current_password": PASSWORD, "password": "another long password", "code": "000000", "version": "1",
        "proof_login": "nobody@example.org", "proof_password": PASSWORD,
    }
    headers = {name: value.replace("OURS", service.url) for name, value in says.items()}
    headers |= {"Cookie": f"session={cookie}", "Content-Type": "application/x-www-form-urlencoded"}
    return raw(service.url + path, "POST", headers, urllib.parse.urlencode(form).encode())


def facts(service, member, token):
    at = f"/v1/members/{member.id}"
    seen = [service.passwords(member)]
    for path in (at, f"{at}/secure-login"):
        seen.append(service.ask("GET", path))
    for path in (f"{at}/second-factors", f"{at}/notices"):
        seen.append(service.ask("GET", path, token=token))
    sessions = service.ask("GET", f"{at}/sessions", token=token)["items"]
    seen.append(sorted(session["id"] for session in sessions))
    seen.append(service.ask("GET", f"/v1/organizations/{service.organization}/audit-events?member_id={member.id}"))
    return seen


def test_the_table_of_pages_was_read():
    assert len(PATHS) >= 16 and "/sign-in" in PATHS and "/passwords/new" in PATHS


@pytest.mark.parametrize("says", FOREIGN)
def test_what_others_send_is_refused_and_nothing_is_done(service, signed_in, says):
    member, token, ids = signed_in
    before = facts(service, member, token)
    for path in PATHS:
        answer = send(service, filled(path, ids), token, FOREIGN[says])
        assert (answer.status, answer.headers.get("Set-Cookie")) == (403, None), path
    assert facts(service, member, token) == before


@pytest.mark.parametrize("says", OURS)
def test_what_our_pages_send_is_taken(service, signed_in, says):
    _, token, _ = signed_in
    answer = send(service, "/language", token, OURS[says])
    assert answer.status == 303 and "language=zh-Hans" in answer.headers["Set-Cookie"]


def test_no_get_changes_anything(service, signed_in):
    member, token, ids = signed_in
    before = facts(service, member, token)
    for path in PATHS:
        answer = raw(service.url + filled(path, ids), headers={"Cookie": f"session={token}"})
        assert answer.status in (200, 303, 403, 404, 405, 410), path
    assert facts(service, member, token) == before


def test_the_api_takes_no_cookie(service, signed_in):
    """With the cookie and everything that a page of ours would send, a call is answered as without."""
    member, token, ids = signed_in
    before = facts(service, member, token)
    described = (ROOT / "openapi.yaml").read_text()
    calls, path = [], None
    for line in described.splitlines():
        if found := re.match(r"  (/\S*):$", line):
            path = found[1]
        elif (found := re.match(r"    (get|post|put|patch|delete):$", line)) and path:
            calls.append((found[1].upper(), path))
    assert len(calls) > 40
    for method, path in calls:
        body = None if method in ("GET", "DELETE") else b"{}"
        bare = {"Content-Type": "application/json"} if body else {}
        ours = bare | {"Cookie": f"session={token}", "Sec-Fetch-Site": "same-origin", "Origin": service.url}
        there = service.url + filled(path, ids)
        without, cookied = raw(there, method, bare, body).status, raw(there, method, ours, body).status
        assert cookied == without, f"{method} {path}"
        assert cookied >= 400 or not path.startswith("/v1/"), f"{method} {path}: {cookied}"
    assert facts(service, member, token) == before
