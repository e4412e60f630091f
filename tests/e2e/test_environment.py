"""What the caller of su, sudo and login says in the environment has no effect on who is asked and how."""

import glob
import os
import pathlib
import socket
import threading

import pytest
from hosts import HOSTS, owner, ssh
from world import configure, wait_until, workers, write

SPOILS = pathlib.Path("/tmp/spoils")
TRAP_PORT = 3128
# What the worker is given, and nothing else.
LITERAL = {"PATH", "LANG", "GNUTLS_NO_IMPLICIT_INIT", "GLIBC_TUNABLES", "LC_ALL", "HOME", "TZ"}


class Trap:
    """A proxy that nobody is to use: it counts who comes."""

    def __init__(self):
        self.visits = 0
        self._server = socket.create_server(("127.0.0.1", TRAP_PORT))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.visits += 1
            client.close()

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def trap():
    proxy = Trap()
    yield proxy
    proxy.close()


@pytest.fixture
def attack():
    """An environment that would redirect, log or break a program that looked at it."""
    SPOILS.mkdir(exist_ok=True)
    SPOILS.chmod(0o777)
    for left in SPOILS.iterdir():
        left.unlink()
    openssl = write(SPOILS / "openssl.cnf", "openssl_conf = x\n[x]\nengines = y\n[y]\nz = w\n[w]\n"
                    "dynamic_path = /tmp/spoils/engine.so\ninit = 1\n")
    empty = write(SPOILS / "empty", "")
    proxies = {name: f"http://127.0.0.1:{TRAP_PORT}" for name in (
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")}
    return {
        **proxies,
        "SSLKEYLOGFILE": str(SPOILS / "keys"),
        "OPENSSL_CONF": str(openssl),
        "OPENSSL_MODULES": str(SPOILS),
        "SSL_CERT_FILE": str(empty),
        "SSL_CERT_DIR": str(SPOILS),
        "CURL_CA_BUNDLE": str(empty),
        "CURL_HOME": str(SPOILS),
        "HOSTALIASES": str(write(SPOILS / "aliases", "idp evil.example\n")),
        "RES_OPTIONS": "ndots:9 timeout:1 attempts:1",
        "LOCALDOMAIN": "evil.example",
        "RESOLV_HOST_CONF": str(empty),
        "LD_LIBRARY_PATH": str(SPOILS),
        "LD_DEBUG": "libs",
        "LD_DEBUG_OUTPUT": str(SPOILS / "ld"),
        "LD_PROFILE_OUTPUT": str(SPOILS),
        "MALLOC_CHECK_": "3",
        "GCONV_PATH": str(SPOILS),
        "NLSPATH": str(SPOILS / "%N"),
        "LOCPATH": str(SPOILS),
        "TZ": ":/tmp/spoils/empty",
        "TMPDIR": str(SPOILS),
        "LANG": "C.UTF-8",
        "PAM_SSO_WORKER": "/bin/true",
        "PAM_SSO_CONF": str(empty),
    }


def environment_of(pid):
    pairs = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(pair.decode().split("=", 1) for pair in pairs if pair)


@pytest.mark.parametrize("host", ["sudo", "su", "login"])
def test_no_effect(idp, host, attack, trap):
    """Threat (host process): the right IdP is asked, no file is made, no proxy is visited."""
    planted = set(SPOILS.iterdir())
    with HOSTS[host]("alice", env=attack) as session:
        session.prompt()
        given = environment_of(wait_until(workers, what="the worker")[0])
        idp.person().approve(session.link, "alice", session.code)
        assert session.opened() == owner(host, "alice")
    assert set(given) <= LITERAL
    assert not any(value in given.values() for value in attack.values() if value != "C.UTF-8")
    assert trap.visits == 0
    made = set(SPOILS.iterdir()) - planted
    # Programs that root started with this environment, login(1) and setpriv(1), have the dynamic linker
    # write for them; the worker has not.
    linkers = {path for path in made if path.name.startswith("ld.")}
    assert not any("sso-worker" in path.read_text(errors="replace") for path in linkers)
    assert made == linkers


@pytest.mark.parametrize("options", ["!env_reset", 'env_keep += "https_proxy SSLKEYLOGFILE OPENSSL_CONF"'])
def test_sudoers_that_keep_the_environment(idp, attack, trap, options):
    """`!env_reset` and `env_keep` put the caller's variables into sudo's own environment."""
    with open("/etc/sudoers", encoding="utf-8") as sudoers:
        usual = sudoers.read()
    write("/etc/sudoers", f"Defaults {options}\n{usual}", 0o440)
    try:
        with HOSTS["sudo"]("alice", env=attack) as session:
            session.prompt()
            idp.person().approve(session.link, "alice", session.code)
            session.opened()
    finally:
        write("/etc/sudoers", usual, 0o440)
    assert trap.visits == 0
    assert not (SPOILS / "keys").exists()


def test_proxy_comes_from_the_configuration_alone(idp, trap):
    """Threat (network): a proxy that is configured is used."""
    configure(idp, network={"proxy": f"http://127.0.0.1:{TRAP_PORT}", "connect_timeout": "5s"})
    with HOSTS["sudo"]("alice") as session:
        session.expect("[Pp]assword.*: ")
    assert trap.visits >= 1
    assert idp.requests() == []


def test_worker_is_confined(idp):
    """Its own user, no_new_privs, a seccomp filter, no descriptor but its own, not dumpable."""
    with ssh("alice") as session:
        session.prompt()
        pid = wait_until(workers, what="the worker")[0]
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        owner_of_files = os.stat(f"/proc/{pid}/environ").st_uid
        targets = [os.readlink(fd) for fd in glob.glob(f"/proc/{pid}/fd/*")]
    assert set(fields["Uid"].split()) != {"0"} and len(set(fields["Uid"].split())) == 1
    assert fields["Groups"].strip() in ("", fields["Gid"].split()[0])
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
    assert int(fields["CapEff"], 16) == 0
    assert owner_of_files == 0  # as the kernel has it for a process that is not dumpable
    assert not any(target.startswith(("/etc", "/dev/pts", "/home", "/var")) for target in targets), targets


@pytest.mark.parametrize("host", ["ssh", "su", "login"])
def test_the_persons_environment_has_nothing_of_ours(idp, host):
    """Nothing of a session is put in the environment."""
    with HOSTS[host]("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        if host == "ssh":
            session.enter()
        session.opened()
        shown = session.ask("env")
    names = [line.split("=")[0] for line in shown.splitlines()]
    assert not any("SSO" in name or "TOKEN" in name or "OAUTH" in name for name in names)
