"""Asks the service whatever its own description allows, and what it does not, as each kind of caller.

usage: run.py BINARY [--examples N] [--only CALLER] [--everything]

Needs schemathesis beside the Python that runs this. Starts BINARY on a folder of its own for each caller, and ends
with 1 if anything was found.

Example: target/tools/schemathesis/bin/python tests/schemathesis/run.py target/debug/clientpass --examples 10
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "correct horse battery staple"
# Nobody has changed too much: what a slower machine has had back by then, a fast one would be refused.
CONFIG = """
[server]
listen = "127.0.0.1:{port}"
[verify]
refusal_floor_ms = 0
[limits]
session_changes = 1000000
key_changes = 1000000
"""


class Service:
    def __init__(self, binary, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        config = folder / "config.toml"
        config.write_text(CONFIG.format(port=port))
        common = [binary, "--config", config, "--data-dir", folder / "data", "--log", "warn"]
        wish = ["--organization", "Example", "--domain", "example.org", "--owner", "owner@example.org"]
        self.made = json.loads(subprocess.check_output([*common, "init", *wish]))
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(common, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < until:
            try:
                urllib.request.urlopen(self.url + "/readyz")
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the service does not come up: {(folder / 'log').read_text()}")

    def ask(self, method, path, token, body=None, headers=()):
        request = urllib.request.Request(self.url + path, method=method)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        for name, value in headers:
            request.add_header(name, value)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def session(self, login, password):
        """A token of somebody who signs in, and has done so just now for hours: what is made needs a sign-in within
        five minutes, and how much is asked by then is the machine's speed."""
        token = self.ask("POST", "/v1/sessions", None, {"login": login, "password": password})["token"]
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "clientpass.sqlite", timeout=60)) as database:
            database.execute("UPDATE sessions SET authenticated_at = authenticated_at + 6 * 3600 * 1000000")
            database.commit()
        return token

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def key(service, role, bound):
    body = {"role": role, "label": role}
    if bound:
        body["organization_id"] = service.made["organization_id"]
    made = service.ask("POST", "/v1/service-keys", service.made["operator_key"], body)
    return made["key"], [made["id"]]


def member(service, role, **more):
    home, operator = service.made["organization_id"], service.made["operator_key"]
    login = f"{role.replace('_', '-')}@example.org"
    wish = {"login": login, "display_name": role, "role": role, "password": PASSWORD, **more}
    made = service.ask("POST", f"/v1/organizations/{home}/members", operator, wish)
    return service.session(login, PASSWORD), [made["id"]]


def department_admin(service):
    home, operator = service.made["organization_id"], service.made["operator_key"]
    department = service.ask("POST", f"/v1/organizations/{home}/departments", operator, {"name": "Sales"})
    token, keep = member(service, "department_admin", admin_department_ids=[department["id"]])
    wish = {"login": "within@example.org", "display_name": "Within", "department_ids": [department["id"]]}
    service.ask("POST", f"/v1/organizations/{home}/members", operator, wish)
    return token, [*keep, department["id"]]


def owner(service):
    token = service.session(service.made["owner_login"], service.made["owner_password"])
    return token, [service.made["owner_id"]]


# Those who are asked for the longest come first.
CALLERS = {
    "member": lambda service: member(service, "member"),
    "operator": lambda service: key(service, "operator", False),
    "owner": owner,
    "nobody": lambda service: ("", []),
    "admin": lambda service: member(service, "admin"),
    "department administrator": department_admin,
    "auditor": lambda service: member(service, "auditor"),
    "directory": lambda service: key(service, "directory", True),
    "auditor key": lambda service: key(service, "auditor", False),
    "mail server": lambda service: key(service, "mail_server", True),
}
# The coverage of every field by every caller takes far the most time, and is the same requests each time. These two
# may do between them what anybody may; the others are refused, or are let in where one of these is.
COVERING = {"operator", "member"}


def run(binary, caller, examples, everything):
    with tempfile.TemporaryDirectory(prefix="clientpass-") as folder:
        service = Service(binary, pathlib.Path(folder))
        try:
            token, keep = CALLERS[caller](service)
            keep.append(service.made["organization_id"])
            schemathesis = pathlib.Path(sys.executable).parent / "schemathesis"
            command = [schemathesis, "--config-file", HERE / "schemathesis.toml", "run"]
            command += [service.url + "/openapi.yaml", "--checks", "all", "--max-examples", str(examples)]
            phases = "examples,coverage,fuzzing" if everything or caller in COVERING else "examples,fuzzing"
            command += ["--phases", phases, "--seed", "1"]
            command += ["--no-color", "--warnings", "off", "--output-truncate", "false"]
            if token.startswith("cps_"):
                # It would sign itself out.
                command += ["--exclude-operation-id", "signOut"]
            if token:
                command += ["--header", f"Authorization: Bearer {token}"]
            environment = dict(os.environ, CLIENTPASS_KEEP=",".join(keep), SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE))
            done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
        finally:
            service.stop()
        last = done.stdout.strip().splitlines()[-1].strip("= ") if done.stdout.strip() else ""
        print(f"{caller}: {last}", flush=True)
        if done.returncode != 0:
            print(done.stdout, done.stderr, (pathlib.Path(folder) / "log").read_text(), sep="\n")
        return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--only", choices=CALLERS)
    parser.add_argument("--everything", action="store_true", help="cover every field as every caller")
    wish = parser.parse_args()
    callers = [wish.only] if wish.only else list(CALLERS)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        clean = list(pool.map(lambda caller: run(wish.binary, caller, wish.examples, wish.everything), callers))
    found = [caller for caller, nothing in zip(callers, clean) if not nothing]
    sys.exit(f"something was found as: {', '.join(found)}" if found else 0)


if __name__ == "__main__":
    main()
