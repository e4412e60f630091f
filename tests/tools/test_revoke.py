"""`ssoctl revoke`: what ends here, and what the provider is told."""

import fcntl
import json
import pathlib
import signal
import subprocess

import pytest

from stored import ID
from fake_idp import Reply

OTHER_ID = "fedcba9876543210fedcba9876543210"

# It cannot be reached: from the beginning, or after it told which sessions there are.
STORE = f"""\
#!/usr/bin/python3
import socket

OPENS
wire = socket.socket(fileno=3)
asked = {{}}
for line in wire.makefile("r"):
    if line != "\\n":
        key, _, value = line.rstrip("\\n").partition("=")
        asked[key] = value
        continue
    answers = {{"open": "status=ok\\nsandbox=seccomp\\n", "list": "status=ok\\nid={ID}\\nmore=no\\n"}}
    answer = answers.get(asked["op"]) if OPENS else None
    wire.sendall(((answer or "status=away\\ndetail=it sleeps\\n") + "\\n").encode())
    asked = {{}}
"""


def outcomes(done):
    return sorted((line["id"], line["outcome"], line["reason"]) for line in map(json.loads, done.stdout.splitlines()))


def test_one_session(machine, idp):
    machine.configure_idp(idp)
    file, other = machine.keep(iss=idp.issuer), machine.keep(id=OTHER_ID, iss=idp.issuer)
    login, other_login = machine.bind(), machine.bind(process="4243:99", session=OTHER_ID)
    done = machine.ssoctl("revoke", ID)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{ID}  alice  revoked  ok\n"
    assert idp.journal[-1].form["token"] == "canary-refresh-token"
    assert not file.exists() and other.exists()
    assert not login.exists() and other_login.exists()


def test_all_of_a_user(machine, idp):
    machine.configure_idp(idp)
    files = [machine.keep(iss=idp.issuer), machine.keep(id=OTHER_ID, iss=idp.issuer)]
    bobs = machine.keep(id="b" * 32, user="bob")
    done = machine.ssoctl("revoke", "alice", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert outcomes(done) == [(ID, "revoked", "ok"), (OTHER_ID, "revoked", "ok")]
    assert idp.paths().count("/revoke") == 2
    assert bobs.exists() and not any(file.exists() for file in files)


# The door closes here, whatever the provider says.
def test_a_provider_that_cannot_be_told(machine, idp):
    machine.configure_idp(idp)
    idp.answers["/revoke"] = Reply(status=503)
    file = machine.keep(iss=idp.issuer)
    done = machine.ssoctl("revoke", ID, "--json")
    assert (done.returncode, outcomes(done)) == (1, [(ID, "revoked", "idp-error")])
    assert "ended here, but the identity provider could not be told" in done.stderr
    assert not file.exists()


# A token goes to whom it came from, and one that is not there, nowhere.
@pytest.mark.parametrize("session", [{"refresh_token": None}, {"iss": "https://other.example.com"}, {"client_id": "other"}])
def test_there_is_nothing_to_give_back(machine, idp, session):
    machine.configure_idp(idp)
    file = machine.keep(**{"iss": idp.issuer, **session})
    done = machine.ssoctl("revoke", ID)
    assert (done.returncode, done.stderr) == (0, "")
    assert idp.paths() == [] and not file.exists()


@pytest.mark.parametrize("name", [OTHER_ID, "bob", "", "../store", "\x1b[2J", "ALICE"])
def test_there_is_no_such_session(machine, idp, name):
    machine.configure_idp(idp)
    file = machine.keep(iss=idp.issuer)
    done = machine.ssoctl("revoke", name)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no such session" in done.stderr and "\x1b" not in done.stderr
    assert file.exists() and idp.paths() == []


def test_the_persons_token_goes_too(machine, idp, tmp_path):
    tokens = tmp_path / "tokens"
    machine.configure_idp(idp, f"access_token_file = yes\ntoken_directory = {tokens}\n")
    tokens.mkdir(mode=0o711)
    for name in (ID, OTHER_ID):
        (tokens / name).write_text("canary-access-token\n")
    machine.keep(iss=idp.issuer)
    assert machine.ssoctl("revoke", ID).returncode == 0
    assert [file.name for file in tokens.iterdir()] == [OTHER_ID]


# Whoever holds the lock may be stopped for ever: sudo runs for its user, who can stop it.
def test_a_lock_that_nobody_gives_back(machine, idp):
    machine.configure_idp(idp)
    file = machine.keep(iss=idp.issuer)
    login = machine.bind()
    with machine.write(machine.store / f"{ID}.lock", "").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = machine.ssoctl("revoke", "alice")
    assert (done.returncode, done.stdout) == (0, f"{ID}  alice  revoked  ok\n")
    assert not file.exists() and not login.exists()


@pytest.fixture
def processes():
    """Two that somebody else started."""
    started = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
    yield started
    for process in started:
        process.kill()
        process.wait()


def named(process):
    stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
    return f"{process.pid}:{stat.rpartition(')')[2].split()[19]}"


# Who kills the renewal of their own session loses it, and keeps the login: not from an administrator.
@pytest.mark.parametrize("operand", ["alice", ID])
def test_a_login_whose_session_is_lost(machine, idp, processes, operand):
    machine.configure_idp(idp, "on_revoked = terminate\n")
    login, other_login = processes
    machine.bind(process=named(login))
    machine.bind(process=named(other_login), session=OTHER_ID, user="bob")
    done = machine.ssoctl("revoke", operand)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{ID}  alice  ended  no-session\n")
    assert login.wait(10) == -signal.SIGHUP and other_login.poll() is None


# What the machine itself knows is enough to close its doors; the session is still to be revoked.
@pytest.mark.parametrize("operand", ["alice", ID])
@pytest.mark.parametrize("store", ["OPENS = False", "OPENS = True"])
def test_a_store_that_cannot_be_asked(machine, idp, processes, tmp_path, operand, store):
    login, other_login = processes
    program = tmp_path / "store.py"
    program.write_text(STORE.replace("OPENS", store, 1))
    program.chmod(0o755)
    assert machine.ssoctl("store-key", tmp_path / "key", conf=False).returncode == 0
    machine.configure_idp(
        idp,
        f"on_revoked = terminate\nstore = redis\nstore_url = redis://127.0.0.1:1/0\n"
        f"store_key_file = {tmp_path}/key\nstore_program = {program}\n",
    )
    machine.bind(process=named(login))
    machine.bind(process=named(other_login), session=OTHER_ID, user="bob")
    done = machine.ssoctl("revoke", operand)
    assert (done.returncode, done.stdout) == (1, f"{ID}  alice  ended  store\n")
    assert f"{operand}: not all could be asked of the store: revoke it again" in done.stderr
    assert login.wait(10) == -signal.SIGHUP and other_login.poll() is None
