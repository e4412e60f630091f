"""`ssoctl explain`: the steps of a decision, and that they end where the decision does."""

import json

import pytest

from conftest import SSO_WORKER

CLAIMS = {
    "iss": "https://idp.example.com",
    "aud": "host",
    "sub": "248289761001",
    "preferred_username": "root",
    "email": "root@example.com",
    "groups": ["staff", "ops"],
}
# The user whom every machine has, with a shell.
ROOT = "[user]\nsystem_users = root\n"


@pytest.fixture
def machine(machine):
    """With a worker; nobody answers it, and it asks nobody."""
    machine.configure = lambda more="", configure=machine.configure: configure(
        more + f"\n[network]\nworker = {SSO_WORKER}\nworker_user = nobody\n"
    )
    return machine


def explain(machine, claims, *arguments, user="root", service="sshd", **options):
    file = machine.conf.parent / "claims.json"
    file.write_text(claims if isinstance(claims, str) else json.dumps(claims))
    return machine.ssoctl(
        "explain", "--user", user, "--service", service, "--claims", file, *arguments, **options
    )


def test_a_person_who_is_let_in(machine):
    machine.configure(ROOT + "[access]\nallow_groups = ops\n")
    done = explain(machine, CLAIMS)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert [line for line in lines if line[1] != "shell"] == [
        ["ok", "token", "is of the issuer and for this client, and says what is asked for"],
        ["ok", "username", "root can be a user's name"],
        ["ok", "user_database", "root is there"],
        ["ok", "system_users", "names root"],
        ["ok", "claims", "preferred_username is root"],
        ["ok", "user", "the person is root"],
        ["ok", "allow_groups", "names ops"],
        ["let-in", "reason=ok", "rule=claim:preferred_username mapped=root"],
    ]


# What the file says, the configuration, who is asked for; the verdict, and the rule of the last step.
REFUSALS = [
    ({}, "", "daemon", "user-system", "min_uid"),
    ({}, ROOT, "nobody-of-this-name", "user-unknown", "user_database"),
    ({}, ROOT, "../root", "user-name", "username"),
    ({}, ROOT + "[access]\ndeny_users = root\n", "root", "user-denied", "deny_users"),
    ({}, ROOT + "[access]\nallow_users = alice\n", "root", "user-denied", "allow_users"),
    ({"iss": "https://other.example.com"}, ROOT, "root", "token-issuer", "token"),
    ({"aud": "other"}, ROOT, "root", "token-audience", "token"),
    ({"sub": ""}, ROOT, "root", "token-subject", "token"),
    ({}, ROOT + "[token]\nacr = urn:example:mfa\n", "root", "acr", "token"),
    ({}, ROOT + "[token]\nrequired_claims = tenant=a\n", "root", "required-claim", "token"),
    ({"preferred_username": None}, ROOT, "root", "claim-missing", "claims"),
    ({"preferred_username": "alice"}, ROOT, "root", "user-mismatch", "user"),
    ({"preferred_username": "al/ice"}, ROOT, "root", "no-mapping", "user"),
    ({"email_verified": "true"}, ROOT + "claims = email\n", "root", "email-unverified", "claims"),
    ({}, ROOT + "match = ([a-z]+)@x\ntemplate = {1}\n", "root", "no-mapping", "match"),
    ({}, ROOT + "[access]\nallow_groups = admins\n", "root", "group-missing", "allow_groups"),
    ({}, ROOT + "[access]\ndeny_groups = ops\n", "root", "group-denied", "deny_groups"),
    ({"groups": None}, ROOT + "[access]\ndeny_groups = x\n", "root", "groups-unavailable", "groups_claim"),
    ({"groups": [1]}, ROOT + "[access]\ndeny_groups = x\n", "root", "groups-unavailable", "groups_claim"),
]


@pytest.mark.parametrize(("changes", "more", "user", "reason", "rule"), REFUSALS)
def test_a_refusal_is_the_last_step(machine, changes, more, user, reason, rule):
    claims = {key: value for key, value in {**CLAIMS, **changes}.items() if value is not None}
    machine.configure(more)
    done = explain(machine, claims, "--json", user=user)
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    assert (said["verdict"], said["reason"]) == ("refused", reason)
    *before, last = said["steps"]
    assert (last["rule"], last["reason"]) == (rule, reason)
    assert {step["reason"] for step in before} <= {"ok"}
    assert bool(said["notes"]) == (claims.get("groups") == [1])


def test_steps_of_a_map_file(machine):
    file = machine.conf.parent / "map"
    file.write_text("bob@example.com root\n")
    file.chmod(0o600)
    machine.configure(ROOT + f"claims = email\ncasefold = ascii\nmap_file = {file}\n")
    done = explain(machine, {**CLAIMS, "email": "Bob@example.com", "email_verified": True}, "--json")
    said = json.loads(done.stdout)
    assert (said["verdict"], said["rule"], said["mapped"]) == ("let-in", "map:bob@example.com", "root")
    assert [(step["rule"], step["what"]) for step in said["steps"]][-5:] == [
        ("map_file", "has no entry for sub:248289761001"),
        ("claims", "email is Bob@example.com"),
        ("casefold", "makes it bob@example.com"),
        ("map_file", "bob@example.com is root"),
        ("user", "the person is root"),
    ]


def test_a_map_file_that_cannot_be_read(machine):
    machine.configure(ROOT + "map_file = /nonexistent/map\n")
    done = explain(machine, CLAIMS)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ssoctl: /nonexistent/map")


def test_a_role(machine):
    machine.configure(ROOT + "roles = ops:root\n")
    done = explain(machine, {**CLAIMS, "preferred_username": "alice"})
    assert done.returncode == 0
    *_, step, verdict = done.stdout.splitlines()
    assert step.split(maxsplit=2) == ["ok", "roles", "ops gives root"]
    assert verdict.split() == ["let-in", "reason=ok", "rule=role:ops", "mapped=alice"]


# A service's section counts, and so does what others get who have none.
@pytest.mark.parametrize(("service", "status"), [("sudo", 0), ("sshd", 1), ("su", 1)])
def test_the_service_counts(machine, service, status):
    machine.configure(ROOT + "[service sudo]\nallow_users = root\n[service sshd]\nallow_users = alice\n")
    assert explain(machine, CLAIMS, service=service).returncode == status


@pytest.mark.parametrize(("service", "rule"), [("cron", "ignore_services"), ("sshd", "ignore_users")])
def test_what_is_not_ours(machine, service, rule):
    machine.configure("[access]\nignore_users = root\nignore_services = cron\n")
    done = explain(machine, CLAIMS, "--json", service=service)
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"], said["reason"], said["rule"]) == (1, "not-ours", "not-ours", rule)


# Old claims are explained as of when they were made.
@pytest.mark.parametrize(("auth_time", "status"), [(999999000, 0), (999990000, 1), (None, 1)])
def test_the_age_of_a_sign_in(machine, auth_time, status):
    machine.configure(ROOT + "[token]\nmax_age = 1h\n")
    claims = {**CLAIMS, "iat": 1000000000, **({} if auth_time is None else {"auth_time": auth_time})}
    assert explain(machine, claims).returncode == status


def test_what_is_not_ascii_is_escaped(machine):
    machine.configure(ROOT)
    done = explain(machine, {**CLAIMS, "preferred_username": "r\u043eot \u202e"})
    assert done.returncode == 1 and done.stdout.isascii()
    assert "r\\xd0\\xbeot \\xe2\\x80\\xae" in done.stdout


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"sub": "a", "sub": "b"}', '{"sub": 1e400}', "{}" + " " * 40000, '{"sub": "\x01"}'],
)
def test_what_are_no_claims(machine, text):
    machine.configure(ROOT)
    done = explain(machine, text)
    assert (done.returncode, done.stdout) == (1, "") and "claims.json: " in done.stderr


def test_a_pipe(machine):
    machine.configure(ROOT)
    arguments = ("explain", "--user", "root", "--service", "sshd", "--claims", "/dev/stdin")
    assert machine.ssoctl(*arguments, input=json.dumps(CLAIMS)).returncode == 0


@pytest.mark.parametrize("left_out", ["user", "service", "claims"])
def test_what_is_needed(machine, left_out):
    options = {"user": "root", "service": "sshd", "claims": "/nonexistent"}
    del options[left_out]
    done = machine.ssoctl("explain", *[word for name, value in options.items() for word in (f"--{name}", value)])
    assert (done.returncode, done.stdout) == (2, "") and f"--{left_out} is missing" in done.stderr


def test_nobody_is_asked(machine, idp):
    machine.configure(ROOT)
    text = machine.conf.read_text().replace("https://idp.example.com", idp.issuer)
    machine.conf.write_text(text)
    assert explain(machine, {**CLAIMS, "iss": idp.issuer}).returncode == 0
    assert idp.paths() == [] and idp.connections == 0


# One that was taken over, and speaks to the administrator's terminal.
WORKER = """\
#!/usr/bin/python3
import socket
import sys

wire = socket.socket(fileno=3)
request = wire.makefile("rb")
while request.readline() != b"\\n":
    pass
wire.sendall(
    "event=result\\nreason=ok\\niss=https://idp.example.com\\nsub=1\\nrequests=0\\nconnections=0\\n"
    "claim=preferred_username=root\\nnote=\\u009b2J\\u202e\\n\\n".encode()
)
sys.exit(42)
"""


def test_what_the_worker_says_is_escaped(machine, tmp_path):
    worker = tmp_path / "worker"
    worker.write_text(WORKER)
    worker.chmod(0o755)
    machine.configure(ROOT)
    machine.conf.write_text(machine.conf.read_text().replace(str(SSO_WORKER), str(worker)))
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    done = explain(machine, CLAIMS)
    assert done.returncode == 0, done.stderr
    assert "note      \\xc2\\x9b2J\\xe2\\x80\\xae\n" in done.stdout
    assert done.stdout.isascii()
