"""What the benchmark needs of the private machine (tests/machine) that it runs on: users, the IdP's
CA among the system's, the module and the worker, and a PAM service for each module."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HOST = "idp.example.org"
PORT = 443
USER = "ssobench"
PASSWORD = "correct horse battery staple"
WORKER_USER = "ssobench-worker"
PLACE = Path("/usr/local/lib/ssobench")
CONFDIR = PLACE / "pam.d"
TLS = PLACE / "tls"
CONFIG = PLACE / "pam_sso.conf"
WORKER = PLACE / "sso-worker"
CERTS = Path("/etc/ssl/certs")


def run(*command, text=None):
    subprocess.run(command, check=True, stdout=sys.stderr, input=text, text=True)


def module_folder():
    """Where Linux-PAM has its modules."""
    for folder in (f"/usr/lib/{os.uname().machine}-linux-gnu/security", "/usr/lib/security",
                   "/usr/lib64/security"):
        if Path(folder, "pam_permit.so").exists():
            return Path(folder)
    sys.exit("bench: the folder of PAM's modules was not found")


MODULES = {
    "pam_permit": module_folder() / "pam_permit.so",
    "pam_unix": module_folder() / "pam_unix.so",
    "pam_sso": module_folder() / "pam_sso.so",
}


def add_users():
    run("useradd", "--no-create-home", "--home-dir", "/", "--shell", "/bin/sh", USER)
    run("useradd", "--system", "--home-dir", "/", "--shell", "/usr/sbin/nologin", WORKER_USER)
    # By way of PAM: so the hash is what this system makes of a password.
    run("chpasswd", text=f"{USER}:{PASSWORD}\n")
    if f"\n{USER}:$y$" not in Path("/etc/shadow").read_text():
        sys.exit("bench: this system does not hash passwords with yescrypt")


def add_authority(make_ca):
    """The IdP's certificate, and its CA among the system's. Returns how many there are then."""
    run(str(make_ca), str(TLS), HOST)
    shutil.copy(TLS / "ca.pem", "/usr/local/share/ca-certificates/ssobench.crt")
    run("update-ca-certificates")
    return sum(1 for _ in CERTS.glob("*.0"))


def install(built):
    for name, path in (("pam_sso.so", MODULES["pam_sso"]), ("sso-worker", WORKER)):
        shutil.copy(built / name, path)
        path.chmod(0o755)


def configure():
    CONFIG.write_text(f"""\
[provider]
issuer = https://{HOST}
client_id = bench

[user]
claims = preferred_username

[prompt]
deadline = 300s

[network]
ca_dir = {CERTS}
worker = {WORKER}
worker_user = {WORKER_USER}
""")
    CONFIG.chmod(0o600)
    CONFDIR.mkdir()
    arguments = {"pam_sso": f" conf={CONFIG}"}
    for name, module in MODULES.items():
        (CONFDIR / name).write_text(f"auth required {module}{arguments.get(name, '')}\n")


def prepare(built, make_ca):
    """Sets everything up; returns how many certificates the system's CA set has."""
    os.umask(0o022)
    PLACE.mkdir()
    with open("/etc/hosts", "a", encoding="ascii") as hosts:
        hosts.write(f"127.0.0.1 {HOST}\n")
    add_users()
    install(built)
    configure()
    return add_authority(make_ca)
