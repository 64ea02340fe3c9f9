#!/usr/bin/env python3
"""Tries an image of clientpass for containers: what it says of itself is how it is run.

usage: tests/package/try_image.py IMAGE.docker.tar FOLDER

buildah reads the archive and runs a command of it. Then its own command line serves in it as its own user, its root
read-only but for its volumes, with no network but its own: an organization is made, a client password is let in and,
once it is revoked, not any more; the health check of the image says so before and after. What was in the volume is
there for the next container. Needs root and buildah; FOLDER has what is made meanwhile.

Example: tests/package/try_image.py target/packages/clientpass_0.1.0_amd64.docker.tar target/tools/package
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from machine import Member, Service, require, run, say, soon, trial, verdict

LOGIN = "alice@example.org"


class Image:
    """The archive, read by buildah into a store of its own."""

    def __init__(self, archive, store):
        self.buildah = ["buildah", "--root", store / "store", "--runroot", store / "run", "--storage-driver", "vfs"]
        self.container = self.run("from", f"docker-archive:{archive}").split()[-1]
        self.config = json.loads(self.run("inspect", self.container))["Docker"]["config"]
        self.root = pathlib.Path(self.run("mount", self.container).strip())

    def run(self, *words):
        return run(*self.buildah, *words)

    def environment(self):
        return dict(pair.split("=", 1) for pair in self.config["Env"] or [])

    def user(self):
        return tuple(int(number) for number in self.config["User"].split(":"))

    def service(self):
        return Service(self.root, self.user(), list(self.config["Volumes"]), self.environment(), 0o022)

    def serve(self, service):
        service.start(*self.config["Entrypoint"], *self.config["Cmd"])
        soon("the service is ready", service.is_up)

    def is_healthy(self, service, code=0):
        kind, *command = self.config["Healthcheck"]["Test"]
        require(kind == "CMD", f"the health check needs no shell: {kind}")
        return service.beside(*command, code=code)


def look_at(image):
    user, group = image.user()
    require(user != 0 and group != 0, "it runs as nobody who may anything")
    # Whatever is there belongs to root and nobody else may write it, but for the volumes.
    for path in image.root.rglob("*"):
        name, of = f"/{path.relative_to(image.root)}", path.lstat()
        if name in image.config["Volumes"]:
            require((of.st_uid, of.st_gid) == (user, group), f"{name} is the service's")
        elif name != "/tmp":
            require(of.st_uid == 0 and not of.st_mode & 0o6022, f"{name}: {of.st_uid} {of.st_mode:o}")
    programs = [path.name for path in image.root.rglob("bin/*")]
    require(programs == ["clientpass"], f"nothing but clientpass can be run: {programs}")


def use(archive, folder):
    image = Image(archive, folder)
    look_at(image)
    ran = image.run("run", "--isolation", "chroot", image.container, "--", "/usr/bin/clientpass", "--version")
    require("clientpass " in ran, f"buildah runs it: {ran}")
    say("read and run by buildah; it has one program, and a user who may nothing")

    service = image.service()
    wish = ["--organization", "Example", "--domain", "example.org", "--owner", LOGIN]
    made = json.loads(service.beside("/usr/bin/clientpass", "init", *wish))
    key = made["mail_server_key"]

    image.serve(service)
    require(image.is_healthy(service) == "ready\n", "it is healthy")
    member = Member(LOGIN, made["owner_password"])
    member.turn_secure_login_on()
    phone = member.issue("Phone")
    require(verdict(key, LOGIN, phone["secret"]) == "accept", "a client password opens mail")
    member.revoke(phone)
    require(verdict(key, LOGIN, phone["secret"]) == "reject", "a revoked one does not")
    service.stop()
    image.is_healthy(service, code=1)
    say("it serves in a root that it may only read; its health check says when it does not")

    image.serve(service)
    require(verdict(key, LOGIN, phone["secret"]) == "reject", "the volume is kept")
    service.stop()
    image.run("umount", image.container)


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    archive, folder = (pathlib.Path(argument).resolve() for argument in arguments)
    trial(folder, lambda _: None, lambda private: use(archive, private))


if __name__ == "__main__":
    main(sys.argv[1:])
