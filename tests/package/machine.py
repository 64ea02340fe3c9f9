"""What the trials of the package and of the image share: a machine of their own, a service on it, and who asks it.

A trial runs in namespaces of its own: its mounts, its network and its processes are gone when it ends, whatever
happens, and ports that are taken outside are free.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

INSIDE = "CLIENTPASS_TRIAL_INSIDE"
SERVICE = "http://127.0.0.1:8600"
PATIENCE = 60
PASSWORD = "correct horse battery staple"

# Binds the root onto itself for reading, and onto it what may be written, so that what the unit or the image says of a
# read-only system is what the service meets.
SEALED = """
mount --rbind "$1" "$1"
root=$1; shift
while [ "$1" != -- ]; do mount --bind "$root$1" "$root$1"; shift; done
shift
mount -o remount,bind,ro "$root"
exec "$@"
"""


def trial(folder, prepare, inside):
    """Prepares a folder with the network that there is, and then goes on in it where nobody else is."""
    if os.geteuid() != 0:
        sys.exit("a trial changes its root: run it as root")
    if INSIDE in os.environ:
        run("ip", "link", "set", "lo", "up")
        return inside(pathlib.Path(os.environ[INSIDE]))

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as private:
        os.chmod(private, 0o755)
        prepare(pathlib.Path(private))
        apart = ["--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command = ["unshare", *apart, sys.executable, *sys.argv]
        # unshare does not heed SIGTERM; all in it goes with it when it is killed.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
        apart = subprocess.Popen(command, env={**os.environ, INSIDE: private})
        try:
            sys.exit(apart.wait())
        finally:
            apart.kill()
            apart.wait()


def say(what):
    print(f"    {what}", flush=True)


def run(*command, code=0, **options):
    """What a command prints; whatever else it ends with ends the trial, with all that it said."""
    options = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "timeout": 240, **options}
    ran = subprocess.run([str(word) for word in command], **options)
    if ran.returncode != code:
        sys.exit(f"{' '.join(map(str, command))} ended with {ran.returncode}, not {code}:\n{ran.stdout}")
    return ran.stdout


def require(holds, what):
    if not holds:
        sys.exit(f"the trial failed: {what}")


def soon(what, holds):
    """Waits until it holds: for another process, which says nothing when it is ready."""
    end = time.monotonic() + PATIENCE
    while not holds():
        require(time.monotonic() < end, f"{what}: not within {PATIENCE} s")
        time.sleep(0.05)


def mode(path):
    """Mode, owner and group of a file, as numbers."""
    is_now = os.stat(path)
    return is_now.st_mode & 0o7777, is_now.st_uid, is_now.st_gid


class Service:
    """clientpass in a root that it may only read, as a user who may nothing."""

    def __init__(self, root, user, writable, environment, umask):
        self.root, self.user, self.writable, self.environment = pathlib.Path(root), user, writable, environment
        self.umask, self.log = umask, pathlib.Path(f"{root}.log")

    def start(self, *command):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.sealed(command), stdout=log, stderr=log, **self.options())

    def options(self):
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"env": {"PATH": path, **self.environment}, "umask": self.umask}

    def sealed(self, command):
        uid, gid = self.user
        into = ["setpriv", "--no-new-privs", "chroot", f"--userspec={uid}:{gid}", "--groups=", str(self.root)]
        alone = ["unshare", "--mount", "sh", "-euc", SEALED, "sh", str(self.root), *self.writable, "--"]
        return [*alone, *into, *command]

    def beside(self, *command, code=0):
        """What another command of the same surroundings prints."""
        return run(*self.sealed(command), code=code, **self.options())

    def is_up(self):
        require(self.process.poll() is None, f"the service has ended:\n{self.log.read_text()}")
        return is_ready()

    def stop(self):
        self.process.terminate()
        ended = self.process.wait(PATIENCE)
        require(ended == 0, f"the service ended with {ended}:\n{self.log.read_text()}")


def is_ready():
    try:
        return urllib.request.urlopen(f"{SERVICE}/readyz", timeout=5).status == 200
    except OSError:
        return False


def ask(method, path, token=None, body=None):
    """An answer of the API."""
    request = urllib.request.Request(f"{SERVICE}/v1/{path}", method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refused:
        sys.exit(f"{method} {path}: {refused.code} {refused.read().decode()}")


def code_of(seed):
    """What an authenticator shows now (RFC 6238)."""
    padded = seed + "=" * (-len(seed) % 8)
    digest = hmac.new(base64.b32decode(padded), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class Member:
    """Somebody who signs in, turns secure login on and has client passwords."""

    def __init__(self, login, password):
        self.login = login
        signed_in = ask("POST", "sessions", body={"login": login, "password": password})
        self.token, self.path = signed_in["token"], f"members/{signed_in['member']['id']}"

    def turn_secure_login_on(self):
        factor = ask("POST", f"{self.path}/second-factors", self.token, {"type": "totp"})
        confirm = f"{self.path}/second-factors/{factor['id']}/confirm"
        ask("POST", confirm, self.token, {"code": code_of(factor["secret"])})
        ask("PUT", f"{self.path}/secure-login", self.token, {"enabled": True})

    def issue(self, label):
        return ask("POST", f"{self.path}/client-passwords", self.token, {"label": label})

    def revoke(self, made):
        ask("DELETE", f"client-passwords/{made['id']}", self.token)


def verdict(key, login, password):
    """What a mail server with this key is told."""
    check = {"login": login, "password": password, "protocol": "imap", "client_ip": "192.0.2.7"}
    return ask("POST", "verify", key, check)["result"]


def service_manager(root):
    """The socket on which a service says that it is ready, and its name within the root."""
    name = "/run/systemd/notify"
    path = pathlib.Path(f"{root}{name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(path))
    path.chmod(0o666)
    manager.settimeout(PATIENCE)
    return manager, name
