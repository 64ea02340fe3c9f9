"""The service in a process of its own, its REST API, and what a member's phone would do."""

import base64
import contextlib
import hashlib
import hmac
import json
import pathlib
import re
import secrets
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"


CONFIG = """
[server]
listen = "127.0.0.1:{port}"
[verify]
refusal_floor_ms = 0
[limits]
# What ends more is a job, as it is for more than 5,000 elsewhere.
revocation_at_once = 3
[mail]
imap = "imap.example.org"
pop3 = "pop3.example.org"
smtp = "smtp.mail.with-a-long-name.example.org:587/starttls"
sieve = "imap.example.org"
caldav = "https://dav.example.org/calendars/"
carddav = "https://dav.example.org/contacts/"
"""


@dataclass
class Answer:
    status: int
    headers: object
    text: str

    def json(self):
        return json.loads(self.text)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def raw(url, method="GET", headers=(), body=None):
    """One request with exactly these headers; whatever the answer is, it is not followed."""
    request = urllib.request.Request(url, method=method, headers=dict(headers), data=body)
    try:
        with urllib.request.build_opener(NoRedirect).open(request) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as answer:
        return Answer(answer.code, answer.headers, answer.read().decode())


class Authenticator:
    """An authenticator (RFC 6238). Each code works once and must be later than the last one; a step early or late is
    taken, so that three can be used without waiting. Each is good for twenty seconds more at least."""

    def __init__(self, key):
        key = re.sub(r"\s", "", key)
        self.key = base64.b32decode(key + "=" * (-len(key) % 8))
        self.last = 0

    def code(self):
        while self.last >= time.time() // 30 + 1:
            time.sleep(0.5)
        step, second = divmod(int(time.time()), 30)
        self.last = max(self.last + 1, step - 1 if second < 10 else step)
        digest = hmac.new(self.key, struct.pack(">Q", self.last), hashlib.sha1).digest()
        at = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@dataclass
class Member:
    id: str
    login: str
    password: str = PASSWORD
    # Where the member has one.
    authenticator: Authenticator | None = field(default=None)


class Service:
    def __init__(self, binary, name="Example"):
        self.folder = tempfile.TemporaryDirectory(prefix="clientpass-")
        folder = pathlib.Path(self.folder.name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}"
        config = folder / "config.toml"
        config.write_text(CONFIG.format(port=port))
        common = [binary, "--config", config, "--data-dir", folder / "data", "--log", "warn"]
        wish = ["--organization", name, "--domain", "example.org", "--owner", "owner@example.org"]
        self.made = json.loads(subprocess.check_output([*common, "init", *wish]))
        self.organization = self.made["organization_id"]
        self.owner = Member(self.made["owner_id"], self.made["owner_login"], self.made["owner_password"])
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(common, stdout=log, stderr=log)
        until = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < until:
            try:
                urllib.request.urlopen(self.url + "/readyz")
                return
            except OSError:
                time.sleep(0.05)
        said = self.log.read_text()
        self.stop()
        raise RuntimeError(f"the service does not come up: {said}")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def ask(self, method, path, body=None, token=None, headers=()):
        """A call of the REST API, as an operator unless told otherwise; must be granted."""
        headers = dict(headers, Authorization=f"Bearer {token or self.made['operator_key']}")
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        answer = raw(self.url + path, method, headers, body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return json.loads(answer.text or "null")

    def member(self, name=None, display_name="Alice Example", role="member"):
        login = f"{name or 'm' + secrets.token_hex(4)}@example.org"
        wish = {"login": login, "display_name": display_name, "role": role, "password": PASSWORD}
        return Member(self.ask("POST", f"/v1/organizations/{self.organization}/members", wish)["id"], login)

    def hold_revocations(self, reason):
        """Bulk revocations of this reason pass a member or a few, and no more; gives what lets them go on."""
        name = f"held_{secrets.token_hex(4)}"
        self.change(
            f"CREATE TRIGGER {name} BEFORE UPDATE OF passed_member_id ON revocations"
            f" WHEN new.reason = '{reason}' AND old.passed_members > 0"
            " BEGIN SELECT raise(ABORT, 'it is held by a test'); END"
        )

        def go_on():
            self.change(f"DROP TRIGGER {name}")
            # What has failed waits for a while, unless another one begins.
            wish = {"filter": {"all": True}, "reason": "Another one", "dry_run": True}
            self.ask("POST", f"/v1/organizations/{self.organization}/revocations", wish)

        return go_on

    def change(self, sql):
        """Changes the database behind the service's back."""
        database = sqlite3.connect(pathlib.Path(self.folder.name) / "data" / "clientpass.sqlite", timeout=60)
        with contextlib.closing(database):
            database.execute(sql)
            database.commit()

    def keep_fresh(self, member):
        """The member's sign-in is not too old to make anything, however long the way by keyboard takes."""
        hours = 6 * 3600 * 1_000_000
        id = member.id.replace("-", "")
        self.change(f"UPDATE sessions SET authenticated_at = authenticated_at + {hours} WHERE member_id = x'{id}'")

    def session(self, member):
        """A token of a sign-in without the pages."""
        wish = {"login": member.login, "password": member.password}
        if member.authenticator:
            wish["code"] = member.authenticator.code()
        return raw_session(self.url, wish)

    def enrolled(self, name=None, display_name="Alice Example"):
        """A member with an authenticator and secure login on; and a session's token."""
        member = self.member(name, display_name)
        token = self.session(member)
        at = f"/v1/members/{member.id}"
        factor = self.ask("POST", f"{at}/second-factors", {"type": "totp"}, token)
        member.authenticator = Authenticator(factor["secret"])
        self.ask("POST", f"{at}/second-factors/{factor['id']}/confirm", {"code": member.authenticator.code()}, token)
        self.ask("PUT", f"{at}/secure-login", {"enabled": True}, token)
        return member, token

    def issue(self, member, token, label, **scope):
        return self.ask("POST", f"/v1/members/{member.id}/client-passwords", {"label": label, **scope}, token)

    def passwords(self, member, state=None):
        query = f"?state={state}" if state else ""
        return self.ask("GET", f"/v1/members/{member.id}/client-passwords{query}")["items"]

    def verify(self, member, password, protocol="imap", client="iPhone Mail 22A", ip="192.0.2.7"):
        wish = {"login": member.login, "password": password, "protocol": protocol, "client_ip": ip, "client": client}
        return self.ask("POST", "/v1/verify", wish, self.made["mail_server_key"])["result"]


def raw_session(url, wish):
    answer = raw(url + "/v1/sessions", "POST", {"Content-Type": "application/json"}, json.dumps(wish).encode())
    assert answer.status == 201, answer.text
    return answer.json()["token"]


def texts(language="en"):
    """What the pages say, by the name of the message: those without values in them."""
    said = {}
    for file in (ROOT / "src/pages/texts" / language).glob("*.ftl"):
        said.update(re.findall(r"^([a-z0-9-]+) = ([^{\n]+)$", file.read_text(), re.MULTILINE))
    return said
