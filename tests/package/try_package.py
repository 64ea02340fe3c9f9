#!/usr/bin/env python3
"""Tries a package of clientpass as an operator would: in a Debian that is made for it and thrown away.

usage: tests/package/try_package.py PACKAGE.deb FOLDER

debootstrap makes Debian 12 with Dovecot below FOLDER, dpkg installs the package there, and what the unit says is done
by hand, since systemd runs in no chroot (try_unit.py gives it more): its command line, as its user, with its folders,
its credentials, its read-only system and its socket for "ready". Then an organization is made, Dovecot asks with the configuration that is
shipped, a mail client gets in, and no longer once its password is revoked; a purge keeps data and keyring. Needs root,
debootstrap, and a mirror of Debian. Nothing of it is left but FOLDER/packages, which spares the next download.

Example: tests/package/try_package.py target/debian/clientpass_0.1.0-1_amd64.deb target/tools/package
"""

import imaplib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from machine import PASSWORD, Member, Service, ask, mode, require, run, say, service_manager, soon, trial, verdict

CONFIG = "/etc/clientpass/clientpass.toml"
DATA = "/var/lib/clientpass"
SHIPPED = "/usr/share/doc/clientpass/mail-servers/dovecot"
LOGIN = "alice@example.org"

# What Dovecot needs beside what is shipped: where mail lies.
MAIL = """
mail_location = maildir:~/mail
userdb {
  driver = static
  args = uid=5000 gid=5000 home=/var/vmail/%u
}
log_path = /var/log/dovecot.log
"""

ON_END = """
[[on_end]]
type = "doveadm"
url = "http://127.0.0.1:8080/doveadm/v1"
api_key_file = "/run/credentials/clientpass.service/credentials_doveadm"
"""


class Root:
    """A Debian in a folder."""

    def __init__(self, folder):
        self.path = folder / "root"

    def make(self, packages):
        say("Debian is made")
        wanted = ["dovecot-core", "dovecot-imapd", "dovecot-auth-lua", "systemd", "ca-certificates"]
        packages.mkdir(parents=True, exist_ok=True)
        run("debootstrap", "--variant=minbase", f"--cache-dir={packages}", f"--include={','.join(wanted)}",
            "bookworm", self.path, timeout=900)

    def at(self, name):
        return pathlib.Path(f"{self.path}{name}")

    def run(self, *command, code=0):
        return run("chroot", self.path, *command, code=code)

    def ids(self, user, group=None):
        """The numbers of a user and a group."""
        uid = int(self.run("id", "-u", user))
        return uid, int(self.run("getent", "group", group or user).split(":")[2])

    def clientpass(self, *words, code=0):
        """A command as the README has it."""
        return self.run("runuser", "-u", "clientpass", "--", "clientpass", "--config", CONFIG, *words, code=code)


class Unit:
    """The unit that is installed."""

    def __init__(self, root):
        self.root, self.said = root, {}
        for line in root.at("/lib/systemd/system/clientpass.service").read_text().splitlines():
            name, is_setting, value = line.partition("=")
            if is_setting and not line.startswith("#"):
                self.said.setdefault(name, []).append(value)

    def one(self, name):
        require(len(self.said.get(name, [])) == 1, f"the unit says {name} once")
        return self.said[name][0]

    def start(self):
        """Does what systemd does with it, and waits until the service says that it is ready."""
        root, user = self.root, self.root.ids(self.one("User"), self.one("Group"))
        folder = root.at(f"/var/lib/{self.one('StateDirectory')}")
        folder.mkdir(exist_ok=True)
        folder.chmod(int(self.one("StateDirectoryMode"), 8))
        os.chown(folder, *user)
        require(self.one("ProtectSystem") == "strict", "the unit leaves the system read-only")
        writable = [word.lstrip("-") for word in self.one("ReadWritePaths").split()]
        writable = [path for path in writable if root.at(path).is_dir()] + [DATA]

        require(self.one("Type") == "notify", "the unit waits until the service is ready")
        manager, notify = service_manager(root.path)
        environment = {"NOTIFY_SOCKET": notify, "STATE_DIRECTORY": DATA, "USER": self.one("User"),
                       "JOURNAL_STREAM": "1:1", "CREDENTIALS_DIRECTORY": self.credentials(user)}
        service = Service(root.path, user, writable, environment, int(self.one("UMask"), 8))
        service.start(*self.one("ExecStart").split())
        heard = ""
        while "READY=1" not in heard:
            try:
                heard = manager.recv(4096).decode()
            except TimeoutError:
                sys.exit(f"the service was not ready in time:\n{service.log.read_text()}")
        return service

    def credentials(self, user):
        """A folder that only the service reads, with what LoadCredential names; a missing source fails, as there."""
        folder = "/run/credentials/clientpass.service"
        shutil.rmtree(self.root.at(folder), ignore_errors=True)
        self.root.at(folder).mkdir(parents=True)
        for line in self.said["LoadCredential"]:
            name, _, source = line.partition(":")
            source = self.root.at(source)
            files = [(f"{name}_{file.name}", file) for file in source.iterdir()] if source.is_dir() else [(name, source)]
            for called, file in files:
                target = self.root.at(f"{folder}/{called}")
                shutil.copyfile(file, target)
                target.chmod(0o400)
                os.chown(target, *user)
        self.root.at(folder).chmod(0o500)
        os.chown(self.root.at(folder), *user)
        return folder


def install(root, package):
    """What is there when dpkg is done."""
    shutil.copy(package, root.at("/tmp/clientpass.deb"))
    printed = root.run("dpkg", "-i", "/tmp/clientpass.deb")
    require("setup-link" in printed, f"the package says how to begin:\n{printed}")

    user = root.ids("clientpass")
    for name, wanted in [("/etc/clientpass", (0o750, 0, user[1])), (CONFIG, (0o640, 0, user[1])),
                         ("/etc/clientpass/credentials", (0o700, 0, 0)), ("/run/clientpass", (0o755, *user))]:
        require(mode(root.at(name)) == wanted, f"{name} is {mode(root.at(name))}, not {wanted}")
    require(root.run("clientpass", "--version").startswith("clientpass "), "the binary runs on Debian")


def make_organization(root):
    """By the link that the package speaks of."""
    link = json.loads(root.clientpass("setup-link", "--json"))["link"]
    wish = {"organization": "Example", "domain": "example.org", "owner": LOGIN, "password": PASSWORD}
    made = ask("POST", "setup", body={"token": link.partition("#")[2], **wish})
    root.clientpass("setup-link", code=1)
    return made


def set_dovecot_up(root, key, word):
    """As mail-servers/dovecot/README.md says, from what the package has brought."""
    shutil.copy(root.at(f"{SHIPPED}/clientpass.lua"), root.at("/etc/dovecot/clientpass.lua"))
    shutil.copy(root.at(f"{SHIPPED}/dovecot-2.3.conf"), root.at("/etc/dovecot/conf.d/05-clientpass.conf"))
    doveadm = root.at(f"{SHIPPED}/doveadm-2.3.conf").read_text()
    require("CHANGE-ME" in doveadm, "the word for doveadm is to be changed")
    for name, text, access in [
        ("/etc/dovecot/clientpass.key", key, (0o640, 0, root.ids("dovecot")[1])),
        ("/etc/dovecot/conf.d/95-clientpass-doveadm.conf", doveadm.replace("CHANGE-ME", word), (0o600, 0, 0)),
        ("/etc/dovecot/conf.d/99-trial.conf", MAIL, (0o644, 0, 0)),
        ("/etc/clientpass/credentials/doveadm", word, (0o600, 0, 0)),
    ]:
        root.at(name).write_text(text)
        root.at(name).chmod(access[0])
        os.chown(root.at(name), *access[1:])

    root.at("/var/vmail").mkdir()
    os.chown(root.at("/var/vmail"), 5000, 5000)
    with root.at(CONFIG).open("a") as config:
        config.write(ON_END)


def mail_client(password):
    """A mail client that signs in over TLS; why not, if it does not get in."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    client = imaplib.IMAP4_SSL("127.0.0.1", 993, ssl_context=trusting, timeout=30)
    try:
        client.login(LOGIN, password)
    except imaplib.IMAP4.error as refused:
        client.shutdown()
        return None, str(refused)
    require(client.select("INBOX")[0] == "OK", "the mailbox opens")
    return client, ""


def is_closed(client):
    """Reads until the other side has closed; false if it does not for the client's patience."""
    try:
        while client.sock.recv(4096):
            pass
    except (TimeoutError, OSError):
        return False
    return True


def let_a_mail_client_in(root, service):
    member = Member(LOGIN, PASSWORD)
    member.turn_secure_login_on()
    phone = member.issue("Phone")
    client, why = mail_client(phone["secret"])
    require(client, f"the mail client gets in: {why}\n{root.at('/var/log/dovecot.log').read_text()}\n"
                    f"{service.log.read_text()}")
    say("a mail client got in through Dovecot")
    require("AUTHENTICATIONFAILED" in mail_client(PASSWORD)[1], "the account password opens no mail")

    member.revoke(phone)
    require(is_closed(client), "the open session is closed once its password is revoked")
    require("AUTHENTICATIONFAILED" in mail_client(phone["secret"])[1], "a revoked password opens nothing")
    say("revoked: its session was closed, and it does not get in again")
    return member.issue("Desk")["secret"], phone["secret"]


def purge(root, package, key, alive, dead):
    """The configuration goes, data and keyring stay, and with the package installed anew all is as it was."""
    printed = root.run("dpkg", "--purge", "clientpass")
    require(DATA in printed, f"a purge says where the data are:\n{printed}")
    require(not root.at("/etc/clientpass").exists(), "a purge removes the configuration")
    require(not root.at("/usr/bin/clientpass").exists(), "a purge removes the binary")
    for name in ["clientpass.sqlite", "keyring.json"]:
        require(root.at(f"{DATA}/{name}").is_file(), f"a purge keeps {name}")
    say("purged: the configuration is gone, data and keyring are kept")

    install(root, package)
    service = Unit(root).start()
    told = [verdict(key, LOGIN, secret) for secret in (alive, dead)]
    require(told == ["accept", "reject"], f"with the package back, what lived lives and what ended is dead: {told}")
    service.stop()
    say("installed anew: what lived lives, what ended is dead")


def use(root, package):
    """From the installation to the purge."""
    run("mount", "-t", "proc", "proc", root.path / "proc")
    install(root, package)
    unit = Unit(root)
    service = unit.start()
    say("installed; the command line of the unit serves")

    made = make_organization(root)
    set_dovecot_up(root, made["mail_server_key"], "a-long-random-word")
    service.stop()
    service = unit.start()
    root.clientpass("config", "check")
    with root.at("/var/log/dovecot.out").open("w") as out:
        dovecot = subprocess.Popen(["chroot", root.path, "dovecot", "-F"], stdout=out, stderr=out)
    soon("Dovecot answers", answers(993))
    root.run("clientpass", "--config", CONFIG, "doctor")
    secrets = let_a_mail_client_in(root, service)
    log = service.log.read_text()
    require("cpt_" not in log and "cpk_" not in log, "no secret is in the log")

    service.stop()
    dovecot.terminate()
    purge(root, package, made["mail_server_key"], *secrets)


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    package, folder = (pathlib.Path(argument).resolve() for argument in arguments)
    trial(folder, lambda private: Root(private).make(folder / "packages"), lambda private: use(Root(private), package))


def answers(port):
    def asked():
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0
    return asked


if __name__ == "__main__":
    main(sys.argv[1:])
