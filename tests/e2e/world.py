"""The machine that the end-to-end tests and the demonstration run on.

It MUST run inside tests/machine: it installs pam_sso under /usr, adds users, and writes PAM stacks,
sudoers and the configuration of sshd, all to the real places.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "idp"))

from idp import Idp, wait_until  # noqa: E402 (found by the line above)

CONFIG = pathlib.Path("/etc/security/pam_sso.conf")
LOG = pathlib.Path("/var/log/machine.log")
USERS = ("alice", "bob", "deploy")
PASSWORD = "a local password"  # what the next module in the stack asks for
SERVICES = ("sshd", "sudo", "su", "login", "vlock")

# passwd(1): a password that the IdP keeps is not changed here, and not asked for.
PASSWORD_STACK = "password  requisite  pam_sso.so\npassword  required   pam_unix.so\n"

# All tests are the same few users, from one address.
LIMITS = {f"{kind}_{by}": 0 for kind in ("pending", "rate") for by in ("user", "address", "total")}
LIMITS["pending_total"] = 1000

SUDOERS = """\
Defaults lecture = never, !fqdn, noninteractive_auth
ALL  ALL = (ALL:ALL) ALL
"""


def run(*command, **options):
    """Runs a command that must succeed and returns what it printed."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def write(path, text, mode=0o644):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w", encoding="utf-8") as file:
        file.write(text)
    path.chmod(mode)
    return path


def require_machine():
    """Nobody's real /etc is written to."""
    if os.getpid() == 1 or socket.gethostname() != "machine" or not LOG.exists():
        sys.exit("this runs inside tests/machine only")


def install():
    """The project as an administrator installs it, from the build that is there."""
    run("make", "-s", "install", cwd=PROJECT)
    run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "pam_sso")


def add_users(users=USERS):
    for user in users:
        run("useradd", "--create-home", "--shell", "/bin/bash", user)
        run("chpasswd", input=f"{user}:{PASSWORD}\n")
        write(f"/home/{user}/.bashrc", "PS1='[\\u]\\$ '\n")
        write(f"/home/{user}/.inputrc", "set enable-bracketed-paste off\n")
        write(f"/home/{user}/.hushlogin", "")


def write_stacks(arguments, examples="/usr/share/doc/pam_sso/examples"):
    """The stacks that came with the installation, with arguments for the module."""
    for service in SERVICES:
        example = pathlib.Path(f"{examples}/pam.d/{service}.example")
        write(f"/etc/pam.d/{service}", example.read_text().replace("pam_sso.so\n", f"pam_sso.so {arguments}\n"))
    write("/etc/pam.d/passwd", PASSWORD_STACK)
    write("/etc/sudoers", SUDOERS, 0o440)


def config_text(idp, **sections):
    """The text of a configuration: what every test needs, and the given sections' keys over it."""
    base = {
        "provider": {"issuer": idp.issuer, "client_id": "public", "scope": "openid profile email groups"},
        "network": {"ca_file": "/etc/ssl/idp.pem"},
        "limits": LIMITS,
    }
    for name, keys in sections.items():
        base.setdefault(name.replace("service_", "service "), {}).update(keys)
    return "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not None) + "\n"
        for section, keys in base.items()
    )


def configure(idp, **sections):
    """Writes the machine's configuration. A key whose value is None is left out."""
    write(CONFIG, config_text(idp, **sections))


def trust(idp):
    """The IdP's certificate authority, where the configuration names it: the sandbox is to let it through."""
    shutil.copy(idp.ca, "/etc/ssl/idp.pem")
    os.chmod("/etc/ssl/idp.pem", 0o644)


class Sshd:
    """A real sshd on a port of ADDRESS. ENTER is a command that runs it elsewhere (fleet.py)."""

    def __init__(self, port, *options, address="127.0.0.1", enter=()):
        self.port = port
        self.log = pathlib.Path(f"/var/log/sshd.{address}.{port}.log")
        run("ssh-keygen", "-A")
        config = write(f"/etc/ssh/test.{address}.{port}", self._config(address, port, options), 0o600)
        # Debian 13's sshd holds failures against an address; Debian 12's does not know of that.
        penalties = ["-o", "PerSourcePenalties=no"]
        if subprocess.run(["/usr/sbin/sshd", "-t", "-f", config, *penalties], capture_output=True).returncode:
            penalties = []
        command = [*enter, "/usr/sbin/sshd", "-D", "-E", self.log, "-f", config, *penalties]
        self._process = subprocess.Popen(command)
        self.pid = self._process.pid
        wait_until(lambda: self._answers(address, port), what="sshd's listening")

    @staticmethod
    def _config(address, port, options):
        lines = [
            f"Port {port}",
            f"ListenAddress {address}",
            "UsePAM yes",
            "KbdInteractiveAuthentication yes",
            "PasswordAuthentication no",
            "LoginGraceTime 120",
            "MaxStartups 100",
            "LogLevel DEBUG1",
            "PermitRootLogin yes",
            "PrintMotd no",
            f"PidFile /run/sshd.{port}.pid",
            *options,
        ]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _answers(address, port):
        with socket.socket() as client:
            return client.connect_ex((address, port)) == 0

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=30)


def processes():
    """What runs: a list of (pid, name, state)."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            match = re.fullmatch(r"(\d+) \((.*)\) (\S) .*", stat.read_text(), re.DOTALL)
        except OSError:
            continue
        found.append((int(match[1]), match[2], match[3]))
    return found


def workers():
    """The process ids of the workers that live."""
    return [pid for pid, name, state in processes() if name == "sso-worker" and state not in "ZX"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make(users=USERS, arguments="debug"):
    """The machine, with pam_sso in its stacks."""
    require_machine()
    install()
    add_users(users)
    write_stacks(arguments)


def make_idp(directory, host, port=0, address="127.0.0.1"):
    """An IdP that is reached as HOST, and which the machine trusts."""
    idp = Idp(directory, host, port, address)
    trust(idp)
    configure(idp)
    return idp
