"""A fleet inside the private machine: hosts with a network of their own, an sshd each, one IdP and one store.

A host is a set of namespaces (fleet-host): network, processes, name, /run, /etc/security and system log are
its own; users, home directories and what is installed are those of the machine. The IdP and the store run
on the machine, which all hosts reach over a bridge.
"""

import pathlib
import re
import shutil
import subprocess

from store import NAME as STORE_NAME
from store import PASSWORD, USER
from world import PROJECT, Sshd, config_text, run, write

HERE = PROJECT / "tests/e2e"
GATEWAY = "10.77.0.1"
BRIDGE = "lan"
STACK = pathlib.Path("/etc/pam.d/sshd")
ADDRESSES = {"host1": "10.77.0.11", "host2": "10.77.0.12", "host3": "10.77.0.13"}
NAMES_OF_ALL = f"{GATEWAY} idp.test {STORE_NAME}\n" + "".join(f"{a} {n}\n" for n, a in ADDRESSES.items())
BOTH, KEY_ALONE = 22, 2222  # the ports of sshd: what it asks for

SESSIONS = {
    "keep": "yes",
    "store": "redis",
    "store_user": USER,
    "store_password_file": "/etc/security/pam_sso.store-password",
    "store_ca_file": "/etc/ssl/redis.pem",
    "store_key_file": "/etc/security/pam_sso.store-key",
}


def strict(stack):
    """The stack with the account line of docs/fleet.md, which `account = any` needs: no answer is a refusal."""
    strict_stack, lines = re.subn(r"^account +\[[^]]*\] +pam_sso", "account  required  pam_sso", stack, flags=re.M)
    assert lines == 1
    return strict_stack


class Host:
    """One host. Use enter() for what runs there."""

    def __init__(self, files, name):
        self.name = name
        self.address = ADDRESSES[name]
        self.files = pathlib.Path(files) / name
        shutil.copytree("/etc/security", self.files / "security")
        write(self.files / "hosts", NAMES_OF_ALL + f"127.0.0.1 localhost {name}\n")
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--uts", "--ipc", "--pid", "--net", "--fork", "--kill-child", "--"]
            + [HERE / "fleet-host", name, self.files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._init = self._process.stdout.readline().strip()
        self._join_network()
        self.sshds = [
            Sshd(BOTH, "AuthenticationMethods publickey,keyboard-interactive", address=self.address, enter=self._enter),
            Sshd(KEY_ALONE, "AuthenticationMethods publickey", address=self.address, enter=self._enter),
        ]

    def _join_network(self):
        run("ip", "link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self._init)
        run("ip", "link", "set", self.name, "master", BRIDGE, "up")
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")

    @property
    def _enter(self):
        # Of its own root and working directory too: the machine's root is no mount namespace's.
        spaces = ["--mount", "--uts", "--ipc", "--pid", "--net", "--root", "--wd"]
        return ["nsenter", "--target", self._init, *spaces, "--"]

    def run(self, *command):
        """Runs a command there that must succeed and returns what it printed."""
        return run(*self._enter, *command)

    def start(self, *command, **options):
        """Starts a command there, and returns it (subprocess.Popen)."""
        return subprocess.Popen([*self._enter, *command], text=True, **options)

    def ssoctl(self, *words):
        """ssoctl there: its exit status and what it said."""
        with self.start("ssoctl", *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            output, _ = process.communicate(timeout=600)
            return process.returncode, output

    def write(self, name, text, mode=0o644):
        """A file of its /etc/security."""
        return write(self.files / "security" / name, text, mode)

    def log(self):
        """Its system log."""
        return (self.files / "log").read_text(errors="replace")

    def stop(self):
        """Ends it, with every process on it."""
        # First: the link goes by itself some time after the last process.
        run("ip", "link", "del", self.name)
        self._process.communicate()


class Fleet:
    """Three hosts, the IdP and the store that they share. Use it as a context."""

    def __init__(self, files, idp, redis):
        self.idp = idp
        self.redis = redis
        self.key = None
        shutil.copy(redis.ca, "/etc/ssl/redis.pem")
        self._stack = STACK.read_text()
        write(STACK, strict(self._stack))
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{GATEWAY}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        self.hosts = [Host(files, name) for name in ADDRESSES]
        self.share_key()
        for host in self.hosts:
            host.write("pam_sso.store-password", PASSWORD + "\n", 0o600)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            host.stop()
        run("ip", "link", "del", BRIDGE)
        write(STACK, self._stack)

    def __iter__(self):
        return iter(self.hosts)

    def share_key(self):
        """One new key of the store for all hosts."""
        self.key = run("ssoctl", "store-key")
        self.write_keys(self.key)

    def write_keys(self, text):
        for host in self.hosts:
            host.write("pam_sso.store-key", text, 0o600)

    def configure(self, **sections):
        """The same configuration for all hosts: what a fleet needs, and further keys."""
        base = {
            "provider": {"scope": "openid profile email groups offline_access"},
            "session": {**SESSIONS, "store_url": self.redis.url},
            "service_sshd": {"reuse": "15m", "bind": "ssh-key"},
            "service_sudo": {"reuse": "15m"},
        }
        text = config_text(
            self.idp, **{name: {**base.get(name, {}), **sections.get(name, {})} for name in {**base, **sections}}
        )
        for host in self.hosts:
            host.write("pam_sso.conf", text)
