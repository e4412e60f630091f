"""What the benchmark needs of the private machine (tests/machine) that it runs on: users, the CA of
the IdP and of Redis among the system's, the module and its programs, a PAM service for each module,
and for each place where sessions are kept a configuration with services of its own."""

import os
import secrets
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
STORE = PLACE / "sso-store"
CERTS = Path("/etc/ssl/certs")

REDIS_HOST = "redis.example.org"
REDIS_PORT = 6379
REDIS_USER = "pam_sso"
STORE_KEY = PLACE / "store_key"
STORE_PASSWORD = PLACE / "store_password"

# Where sessions are kept: a configuration each, PLACE/NAME.conf. `many` is a file store in which
# nobody signed in.
STORES = ("file", "redis", "many")
DIRECTORIES = {name: Path("/run/ssobench", name) for name in STORES}
# Services of each, NAME_STORE: what lets somebody in silently, after a sign-in by login_STORE.
REUSE = {
    "always": ["reuse = 12h"],
    "cached": ["reuse = 12h", "verify = cached", "recheck = 1h"],
}


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
    """One certificate for the IdP and Redis, and its CA among the system's. Returns how many there
    are then."""
    run(str(make_ca), str(TLS), HOST, REDIS_HOST)
    shutil.copy(TLS / "ca.pem", "/usr/local/share/ca-certificates/ssobench.crt")
    run("update-ca-certificates")
    return sum(1 for _ in CERTS.glob("*.0"))


def install(built):
    for name, path in (("pam_sso.so", MODULES["pam_sso"]), ("sso-worker", WORKER),
                       ("sso-store", STORE)):
        shutil.copy(built / name, path)
        path.chmod(0o755)


def write_secret(path, text):
    path.write_text(f"{text}\n")
    path.chmod(0o600)


def common():
    """What every configuration begins with."""
    return f"""\
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

[limits]
limits_directory = {PLACE}/limits
pending_user = 1000
pending_address = 1000
pending_total = 1000
rate_user = 1000
rate_address = 1000
rate_total = 1000
rate_window = 10s
"""


def kept(store):
    """What a configuration that keeps sessions has behind that."""
    lines = ["", "[session]", "keep = yes", f"directory = {DIRECTORIES[store]}"]
    if store == "redis":
        lines += ["store = redis", f"store_url = rediss://{REDIS_HOST}:{REDIS_PORT}/0",
                  f"store_user = {REDIS_USER}", f"store_password_file = {STORE_PASSWORD}",
                  f"store_key_file = {STORE_KEY}", f"store_program = {STORE}"]
    for name, rules in REUSE.items():
        lines += ["", f"[service {name}_{store}]", *rules]
    return "\n".join([*lines, ""])


def config_of(store):
    return PLACE / f"{store}.conf"


def add_service(name, *lines):
    (CONFDIR / name).write_text("".join(f"{line}\n" for line in lines))


def configure():
    write_secret(CONFIG, common())
    CONFDIR.mkdir()
    arguments = {"pam_sso": f" conf={CONFIG}"}
    for name, module in MODULES.items():
        add_service(name, f"auth required {module}{arguments.get(name, '')}")


def configure_sessions():
    write_secret(STORE_KEY, secrets.token_hex(32))
    write_secret(STORE_PASSWORD, secrets.token_hex(16))
    next(iter(DIRECTORIES.values())).parent.mkdir(mode=0o700)
    for store in STORES:
        write_secret(config_of(store), common() + kept(store))
        module = f"{MODULES['pam_sso']} conf={config_of(store)}"
        for name in ("login", *REUSE):
            add_service(f"{name}_{store}", f"auth required {module}", f"session required {module}")


def prepare(built, make_ca):
    """Sets everything up; returns how many certificates the system's CA set has."""
    os.umask(0o022)
    PLACE.mkdir()
    with open("/etc/hosts", "a", encoding="ascii") as hosts:
        hosts.write(f"127.0.0.1 {HOST} {REDIS_HOST}\n")
    add_users()
    install(built)
    configure()
    configure_sessions()
    return add_authority(make_ca)
