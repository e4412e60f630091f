"""What `ssoctl sessions` shows of stored sessions, and of what is none."""

import json
import os
import time

import pytest

from conftest import Process
from stored import ID

OTHER_ID = "fedcba9876543210fedcba9876543210"

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ"

WHOLE = {
    "id": ID,
    "user": "alice",
    "subject": "248289761001",
    "issuer": "https://idp.example.com",
    "services": ["sshd"],
    "from": None,
    "flow": None,
    "since": "2030-01-01T12:00:00Z",
    "verified": "2030-01-01T13:00:00Z",
    "expires": "2100-01-01T00:00:00Z",
    "authenticated": None,
    "renewable": True,
    "ssh_key": None,
    "logins": [],
    "host": "web1",
}


def login(leader, state="open"):
    """As JSON tells it."""
    return {"pid": leader.pid, "service": "sshd", "state": state, "since": "2030-01-01T12:00:01Z"}


@pytest.fixture
def leaders():
    processes = [Process() for _ in range(4)]
    yield processes
    for process in processes:
        process.end()


def test_no_session(machine):
    done = machine.ssoctl("sessions")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == "id user subject services since verified expires bound host".split()
    done = machine.ssoctl("sessions", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"sessions": []})


def test_table(machine, leaders):
    machine.keep(service=["sshd", "sudo"], ssh_key=KEY)
    machine.bind(process=leaders[0].name)
    machine.bind(process=leaders[1].name, service="sudo")
    machine.bind(process=leaders[2].name, state="expected")
    machine.bind(process=leaders[3].name, state="standing")
    machine.keep(id=OTHER_ID, user="Bob", service="login")
    done = machine.ssoctl("sessions")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    times = ["2030-01-01T12:00:00Z", "2030-01-01T13:00:00Z", "2100-01-01T00:00:00Z"]
    bound = rows[1].pop(7).split(",")
    assert sorted(bound) == sorted([*(f"login:{leader.pid}" for leader in leaders[:2]), "ssh-key"])
    assert rows == [
        [OTHER_ID, "Bob", "248289761001", "login", *times, "-", "web1"],
        [ID, "alice", "248289761001", "sshd,sudo", *times, "web1"],
    ]


def test_json(machine, leader):
    machine.keep()
    machine.bind(process=leader.name)
    machine.keep(id=OTHER_ID, user="bob", auth_time="1893499199", refresh_token=None, rhost="192.0.2.7", flow="code")
    done = machine.ssoctl("sessions", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    other = {
        "id": OTHER_ID,
        "user": "bob",
        "authenticated": "2030-01-01T11:59:59Z",
        "renewable": False,
        "from": "192.0.2.7",
        "flow": "code",
    }
    assert json.loads(done.stdout) == {"sessions": [{**WHOLE, "logins": [login(leader)]}, {**WHOLE, **other}]}


def test_one_in_full(machine, leader):
    machine.keep(ssh_key=KEY, flow="device")
    machine.bind(process=leader.name)
    machine.keep(id=OTHER_ID)
    done = machine.ssoctl("sessions", ID, "--json")
    whole = {**WHOLE, "ssh_key": KEY, "flow": "device"}
    assert (done.returncode, json.loads(done.stdout)) == (0, {**whole, "logins": [login(leader)]})
    done = machine.ssoctl("sessions", ID)
    shown = {key: "-" if value is None else value for key, value in whole.items()}
    shown |= {"renewable": "yes", "services": "sshd"}
    shown["logins"] = f"{leader.pid} sshd open 2030-01-01T12:00:01Z"
    assert done.returncode == 0
    assert dict(line.split(maxsplit=1) for line in done.stdout.splitlines()) == shown


def test_every_login_has_a_line(machine, leaders):
    machine.keep()
    for leader, state in zip(leaders, ["open", "standing", "open", "open"]):
        machine.bind(process=leader.name, state=state, session=OTHER_ID if leader is leaders[3] else ID)
    lines = machine.ssoctl("sessions", ID).stdout.splitlines()
    logins = lines[-4:-1]
    assert logins[0].startswith("logins ") and lines[-1].startswith("host ")
    shown = sorted(line.removeprefix("logins").split()[:3] for line in logins)
    states = zip(leaders, ["open", "standing", "open"])
    assert shown == sorted([str(leader.pid), "sshd", state] for leader, state in states)


def test_only_what_is_a_login_is_shown(machine, leaders):
    """None that is expected, that is over, or whose pid is another process now."""
    machine.keep()
    machine.bind(process=leaders[0].name, state="expected", since=str(int(time.time())))
    machine.bind(process=leaders[1].name, state="standing-expected", since=str(int(time.time())))
    over = [machine.bind(process=leaders[2].name), machine.bind(process=f"{leaders[3].pid}:99")]
    leaders[2].end()
    done = machine.ssoctl("sessions", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"sessions": [WHOLE]})
    assert "login:" not in machine.ssoctl("sessions").stdout
    assert all(file.exists() for file in over)


def test_a_login_that_stands_lets_nobody_in(machine, leader):
    machine.keep()
    machine.bind(process=leader.name, state="standing")
    done = machine.ssoctl("sessions", ID, "--json")
    assert json.loads(done.stdout) == {**WHOLE, "logins": [login(leader, "standing")]}
    row = machine.ssoctl("sessions").stdout.splitlines()[1].split()
    assert row[-2:] == ["-", "web1"]


@pytest.mark.parametrize("arguments", [[], ["--json"], [ID], [ID, "--json"]])
def test_no_token_is_shown(machine, arguments):
    machine.keep()
    machine.bind()
    done = machine.ssoctl("sessions", *arguments)
    assert done.returncode == 0 and ID in done.stdout
    assert "canary" not in done.stdout + done.stderr


# A terminal must not obey what the identity provider says, and JSON must keep it.
@pytest.mark.parametrize(
    ("subject", "plain", "value"),
    [
        ("zo\u00eb", "zo\\xC3\\xAB", "zo\u00eb"),
        ("\u202eabc", "\\xE2\\x80\\xAEabc", "\u202eabc"),
        ('a"b\\c', 'a"b\\x5Cc', 'a"b\\c'),
        ("\U0001f600", "\\xF0\\x9F\\x98\\x80", "\U0001f600"),
        ("\udcff", "\\xFF", "\ufffd"),  # one byte that is no UTF-8
        ("\udcc0\udcaf", "\\xC0\\xAF", "\ufffd\ufffd"),  # a slash, written too long
        ("\udced\udca0\udc80x", "\\xED\\xA0\\x80x", "\ufffd\ufffd\ufffdx"),  # a surrogate
        ("\udce2\udc82", "\\xE2\\x82", "\ufffd\ufffd"),  # the beginning of a character
    ],
)
def test_text_from_outside(machine, subject, plain, value):
    file = machine.keep()
    file.write_bytes(file.read_bytes().replace(b"248289761001", os.fsencode(subject)))
    assert f"subject        {plain}".lower() in machine.ssoctl("sessions", ID).stdout.lower()
    done = machine.ssoctl("sessions", ID, "--json")
    assert done.stdout.isascii() and json.loads(done.stdout)["subject"] == value


def test_what_is_no_session(machine):
    machine.keep()
    torn = machine.keep(id=OTHER_ID)
    torn.write_bytes(torn.read_bytes()[:-1])
    done = machine.ssoctl("sessions", "--json")
    assert done.returncode == 1 and f"{OTHER_ID} is no session" in done.stderr
    assert [session["id"] for session in json.loads(done.stdout)["sessions"]] == [ID]
    done = machine.ssoctl("sessions", OTHER_ID)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    "name",
    [OTHER_ID, "alice", "../pam_sso.conf", "", "\x1b[2J", pytest.param("x" * 2000, id="long")],
)
def test_there_is_no_such_session(machine, name):
    machine.keep()
    done = machine.ssoctl("sessions", name)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no session " in done.stderr
    assert "\x1b" not in done.stderr


def test_an_ended_session_is_gone(machine):
    file = machine.keep(ends="1000000000")
    done = machine.ssoctl("sessions", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"sessions": []})
    assert not file.exists()


def test_a_wrong_configuration_is_named(machine):
    machine.configure("refresh = 1\n")
    done = machine.ssoctl("sessions")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{machine.conf}:7: refresh must be a duration" in done.stderr


def test_a_store_of_others_is_refused(machine):
    machine.keep()
    machine.store.chmod(0o755)
    done = machine.ssoctl("sessions")
    assert done.returncode == (1 if os.geteuid() == 0 else 3)
    assert done.stdout == "" and "its mode is wider than 0700" in done.stderr


def test_it_takes_root(machine):
    if os.geteuid() != 0:
        pytest.skip("root becomes somebody else")
    machine.keep()
    machine.conf.chmod(0o644)
    done = machine.ssoctl("sessions", user=65534)
    assert (done.returncode, done.stdout) == (3, "")
    assert str(machine.store) in done.stderr


def test_output_that_is_lost_is_a_failure(machine):
    machine.keep()
    with open("/dev/full", "w", encoding="ascii") as full:
        done = machine.ssoctl("sessions", capture_output=False, stdout=full, stderr=-1)
    assert done.returncode == 1 and "could not be written" in done.stderr


def test_a_store_that_cannot_be_asked_is_said(machine, tmp_path):
    assert machine.ssoctl("store-key", tmp_path / "key", conf=False).returncode == 0
    machine.configure(
        f"store = redis\nstore_url = redis://127.0.0.1:1/0\nstore_key_file = {tmp_path}/key\n"
        f"store_program = {tmp_path}/none\n[network]\nworker_user = nobody\n"
    )
    done = machine.ssoctl("sessions")
    assert (done.returncode, done.stdout) == (1, "")
    assert "/none" in done.stderr
