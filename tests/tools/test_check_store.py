"""`ssoctl check` and a store that machines share: a real Redis or Valkey, with TLS and an ACL."""

import json
import pathlib
import re
import sys

import pytest

from conftest import SSO_STORE

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(1, str(ROOT / "tests/store"))
from server import PASSWORD, RULES, Server, free_port  # noqa: E402 (it is the store's)

KEY = "5e" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("server")
    # The program, which is nobody, reads the CA file.
    for folder in (directory, directory.parent):
        folder.chmod(0o755)
    server = Server(directory, ("localhost",))
    yield server
    server.stop()


class Fleet:
    """A machine whose configuration names the store."""

    def __init__(self, machine, server):
        self._machine = machine
        self._folder = machine.conf.parent
        self.settings = {
            "store": "redis",
            "store_program": SSO_STORE,
            "store_url": f"rediss://localhost:{server.tls_port}/0",
            "store_user": "sso",
            "store_password_file": self.secret("password", PASSWORD),
            "store_key_file": self.secret("key", KEY),
            "store_ca_file": server.ca,
        }

    def secret(self, name, text, mode=0o600):
        file = self._folder / name
        file.write_text(text + "\n")
        file.chmod(mode)
        return file

    def found(self, **changes):
        """What is found of the store, as name to what."""
        lines = [f"{key} = {value}\n" for key, value in {**self.settings, **changes}.items()]
        self._machine.configure("".join(lines) + "[network]\nworker_user = nobody\n")
        self._machine.conf.chmod(0o644)
        done = self._machine.ssoctl("check", "--json")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert not re.search(f"{PASSWORD}|{KEY}", done.stdout + done.stderr)
        return {one["check"]: one["what"] for one in found if one["check"].partition("-")[0] in ("store", "config")}


@pytest.fixture
def fleet(machine, server):
    return Fleet(machine, server)


def test_a_store_that_is_well(fleet, server):
    url = fleet.settings["store_url"]
    assert fleet.found()["store"] == f"{url}: is reached, and lets sso read, lock and list sessions"
    assert server.names() == []


# The page that sets one up gives just those rights that are tried, and the advice repeats them.
def test_the_rights_of_the_page(fleet, server):
    page = (ROOT / "docs/fleet.md").read_text()
    rights = re.search(r"user pam_sso on #\S+ (.+)", page)[1].split()
    with server.admin() as admin:
        admin("ACL", "SETUSER", "sso", "reset", "on", f">{PASSWORD}", *rights)
        try:
            assert set(fleet.found()) == {"config", "store"}
        finally:
            admin("ACL", "SETUSER", "sso", "reset", "on", f">{PASSWORD}", *RULES.split())
    assert set(RULES.split()) - {"+auth"} <= set(rights)


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("-get", "reading a session"),
        ("-set", "locking one"),
        ("-del", "giving a lock back"),
        ("-multi", "giving a lock back"),
        ("-scan", "listing them"),
    ],
)
def test_a_right_that_is_missing(fleet, server, right, says):
    with server.admin() as admin:
        admin("ACL", "SETUSER", "sso", right)
        try:
            assert fleet.found()["store-rights"] == f"{fleet.settings['store_url']}: {says}: is not allowed"
        finally:
            admin("ACL", "SETUSER", "sso", right.replace("-", "+"))
            admin("FLUSHALL")


def test_names_that_are_not_ours(fleet, server):
    with server.admin() as admin:
        admin("ACL", "SETUSER", "sso", "resetkeys", "~other:*")
        try:
            assert "reading a session" in fleet.found()["store-rights"]
        finally:
            admin("ACL", "SETUSER", "sso", "~pam_sso:*")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"store_user": "somebody"}, "store-refused"),
        ({"store_url": "rediss://127.0.0.1:PORT/0"}, "store-tls"),
        ({"store_ca_file": "/etc/ssl/certs/ca-certificates.crt"}, "store-tls"),
        ({"store_ca_file": "/nonexistent"}, "store-tls"),
        ({"store_url": "rediss://localhost:PLAIN/0"}, "store-tls"),
        ({"store_url": "rediss://localhost:NOBODYS/0"}, "store-away"),
        ({"store_url": "rediss://nobody.invalid/0"}, "store-away"),
        ({"store_program": "/nonexistent"}, "store-away"),
    ],
)
def test_a_store_that_is_not_well(fleet, server, changes, name):
    for word, port in (("PORT", server.tls_port), ("PLAIN", server.port), ("NOBODYS", free_port())):
        changes = {key: value.replace(word, str(port)) for key, value in changes.items()}
    found = fleet.found(**changes)
    assert set(found) == {"config", name}
    # The address once.
    assert found[name].count("rediss://") <= 1


@pytest.mark.parametrize(
    ("name", "text", "finding"),
    [
        ("password", "another", "store-refused"),
        ("password", "", "store-wrong"),
        ("key", "5e" * 31, "store-wrong"),
        ("key", "\n".join(["5e" * 32] * 3), "store-wrong"),
    ],
)
def test_a_secret_that_is_not_right(fleet, name, text, finding):
    fleet.secret(name, text)
    assert set(fleet.found()) == {"config", finding}
