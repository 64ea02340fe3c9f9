#!/usr/bin/env python3
"""Tries the unit of the package under systemd itself, in a Debian that is made for it and thrown away.

usage: tests/package/try_unit.py PACKAGE.deb FOLDER

systemd runs as the first process of namespaces, below a control group of its own. It starts the service by the unit,
shut in as the unit says; hands it a secret that its user cannot read where it lies; has it read certificates anew; and
starts it again when it hangs. Ends with 77 where the machine has no control groups that can be written. Needs root,
debootstrap, and a mirror of Debian; FOLDER/packages spares the next download.

Example: tests/package/try_unit.py target/debian/clientpass_0.1.0-1_amd64.deb target/tools/package
"""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from machine import is_ready, require, run, say, soon, trial
from try_package import CONFIG, ON_END, Root

LEFT_OUT = 77
SECRET = "a-long-random-word"
HANDED = "/run/credentials/clientpass.service/credentials_doveadm"
HIERARCHIES = ["", "/systemd", "/unified"]

# In a control group of its own, in each hierarchy that systemd uses.
APART = """
root=$1 group=$2 inner=$3
for hierarchy in '' /systemd /unified; do
    procs=/sys/fs/cgroup$hierarchy/$group/cgroup.procs
    [ ! -e "$procs" ] || echo 0 >"$procs"
done
exec unshare --mount --cgroup --pid --fork --kill-child sh -euc "$inner" sh "$root"
"""

BOOT = """
is_one=$(stat -f -c %T /sys/fs/cgroup)
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
if [ "$is_one" = cgroup2fs ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
    mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
    mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
fi
mount --rbind /dev dev
mkdir -p mnt/outside
pivot_root . mnt/outside
umount -l /mnt/outside
# Else what systemd mounts for a service does not get to where the service sees it.
mount --make-rshared /
exec env -i container=lxc PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --log-target=console
"""


class Machine:
    """A Debian whose first process is systemd."""

    def __init__(self, root, group):
        self.log = pathlib.Path(f"{root.path}.log")
        with self.log.open("wb") as log:
            command = ["sh", "-euc", APART, "sh", root.path, group, BOOT]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        soon("systemd starts", self.first_process)
        soon("the service serves", self.serves)

    def first_process(self):
        require(self.process.poll() is None, f"systemd has ended:\n{self.log.read_text()}")
        task = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.pid = task.read_text().split()[:1]
        return bool(self.pid) and os.readlink(f"/proc/{self.pid[0]}/exe").endswith("/systemd")

    def run(self, *command, code=0):
        into = ["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd"]
        return run("nsenter", "--target", self.pid[0], *into, *command, code=code)

    def says(self, name):
        return self.run("systemctl", "show", "--value", "--property", name, "clientpass").strip()

    def serves(self):
        require(self.process.poll() is None, f"systemd has ended:\n{self.log.read_text()}")
        return is_ready()


def is_handed_its_secrets(root, machine):
    """What LoadCredential promises: the service has it, its user cannot read where it comes from."""
    secret = root.at("/etc/clientpass/credentials/doveadm")
    secret.write_text(SECRET)
    secret.chmod(0o600)
    with root.at(CONFIG).open("a") as config:
        config.write(ON_END)
    machine.run("systemctl", "restart", "clientpass")
    soon("it serves with a secret", machine.serves)

    as_its_user = ["runuser", "-u", "clientpass", "--"]
    require(machine.run(*as_its_user, "cat", HANDED) == SECRET, "the secret is handed over")
    machine.run(*as_its_user, "cat", "/etc/clientpass/credentials/doveadm", code=1)
    checked = machine.run(*as_its_user, "clientpass", "--config", CONFIG, "config", "check")
    require("can be used" in checked, f"the configuration can be used: {checked}")
    say("it is handed a secret that its user cannot read where it lies")


def is_started_again(machine):
    """By the watchdog, and not by a reload."""
    before = machine.says("MainPID")
    machine.run("systemctl", "reload", "clientpass")
    require((machine.says("MainPID"), machine.says("ActiveState")) == (before, "active"), "a reload ends nothing")

    machine.run("sh", "-c", f"kill -STOP {before}")
    soon("it is started again", lambda: machine.says("NRestarts") == "1")
    soon("it serves again", machine.serves)
    say("a process that hangs is started again by the watchdog")


def use(root, package, group):
    shutil.copy(package, root.at("/tmp/clientpass.deb"))
    root.run("dpkg", "-i", "/tmp/clientpass.deb")
    machine = Machine(root, group)
    require(machine.says("ActiveState") == "active", "the unit is active")
    say("systemd has started it by its unit")
    is_handed_its_secrets(root, machine)
    is_started_again(machine)


def groups(name):
    """The control groups of the trial, where there are such."""
    tops = [pathlib.Path(f"/sys/fs/cgroup{hierarchy}") for hierarchy in HIERARCHIES]
    return [top / name for top in tops if (top / "cgroup.procs").exists()]


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    package, folder = (pathlib.Path(argument).resolve() for argument in arguments)
    name = os.environ.setdefault("CLIENTPASS_TRIAL_GROUP", f"clientpass-trial-{os.getpid()}")
    try:
        made = [group.mkdir(exist_ok=True) for group in groups(name)]
    except OSError as why:
        say(f"left out, the control groups of this machine cannot be written: {why}")
        sys.exit(LEFT_OUT)
    if not made:
        say("left out, this machine has no control groups")
        sys.exit(LEFT_OUT)
    try:
        trial(folder, lambda private: Root(private).make(folder / "packages"),
              lambda private: use(Root(private), package, name))
    finally:
        # From below; what a process is still in stays, and is gone once that is.
        for group in groups(name):
            for path, _, _ in os.walk(group, topdown=False):
                subprocess.run(["rmdir", path], stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main(sys.argv[1:])
