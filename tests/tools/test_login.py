"""`ssoctl login`: the real worker, a provider that answers as it likes, and what is said at a terminal."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from fake_idp import Reply, error

CLAIMS = {"aud": "host", "preferred_username": "root", "groups": ["ops"], "tenant": {"name": "Zo\u00eb\u007f"}}
ROOT = "[user]\nsystem_users = root\n"
CODE = "redirect_uri = https://sso.example.com/callback\nflow = code\n"
LET_IN = "let-in    reason=ok rule=claim:preferred_username mapped=root"


def configure(machine, idp, more=ROOT, provider=""):
    idp.claims = {**CLAIMS}
    machine.configure_idp(idp, more)
    machine.conf.write_text(machine.conf.read_text().replace("client_id = host\n", "client_id = host\n" + provider))


def login(machine, *arguments, **options):
    return machine.ssoctl("login", "--user", "root", *arguments, stdin=subprocess.DEVNULL, **options)


def until(condition):
    for _ in range(3000):
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_device_flow(machine, idp):
    configure(machine, idp)
    done = login(machine)
    assert done.returncode == 0, done.stderr
    assert f"{idp.issuer}/device-page?user_code=WDJB-MJHT\n\nCode: WDJB-MJHT\n" in done.stderr
    document, _, rest = done.stdout.partition("\n\n")
    claims = json.loads(document)
    assert {key: claims[key] for key in CLAIMS} == CLAIMS and claims["iss"] == idp.issuer
    assert rest.splitlines()[-1] == LET_IN
    assert "canary" not in done.stdout + done.stderr and done.stdout.isascii()


# What it claims can be explained later, and comes to the same.
def test_json_is_what_explain_takes(machine, idp):
    configure(machine, idp, ROOT + "[access]\nallow_groups = admins\n")
    done = login(machine, "--json", "--service", "sshd")
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"], said["reason"]) == (1, "refused", "group-missing")
    arguments = ("explain", "--user", "root", "--service", "sshd", "--claims", "/dev/stdin", "--json")
    explained = machine.ssoctl(*arguments, input=json.dumps(said.pop("claims")))
    assert json.loads(explained.stdout) == said


# Where userinfo is asked, what it says is shown, too: a decision by it can be followed, and explained later.
def test_what_userinfo_says(machine, idp):
    configure(machine, idp, ROOT + "[access]\ngroups_source = userinfo\nallow_groups = admins\n")
    idp.claims = {"aud": "host"}
    added = {"sub": "248289761001", "preferred_username": "root", "groups": ["admins"]}
    idp.answers["/userinfo"] = Reply(added)
    done = login(machine)
    assert done.returncode == 0, done.stderr
    token, title, userinfo, rest = done.stdout.split("\n\n")
    assert "preferred_username" not in json.loads(token) and json.loads(userinfo) == added
    assert title.startswith("The userinfo endpoint says") and rest.splitlines()[-1] == LET_IN

    said = json.loads(login(machine, "--json").stdout)
    claims = {**said.pop("userinfo"), **said.pop("claims")}
    arguments = ("explain", "--user", "root", "--service", "ssoctl", "--claims", "/dev/stdin", "--json")
    assert json.loads(machine.ssoctl(*arguments, input=json.dumps(claims)).stdout) == said


# Where it is not, and something lacks, it is said that it could be.
@pytest.mark.parametrize(
    ("claims", "source", "reason", "pointed"),
    [
        ({}, "id_token", "claim-missing", True),
        ({}, "userinfo", "claim-missing", False),
        ({"preferred_username": "root"}, "id_token", "groups-unavailable", True),
        ({"preferred_username": "root", "groups": ["ops"]}, "id_token", "group-missing", False),
        ({"preferred_username": "nobody"}, "id_token", "user-mismatch", False),
    ],
)
def test_userinfo_could_be_asked(machine, idp, claims, source, reason, pointed):
    configure(machine, idp, ROOT + f"[access]\ngroups_source = {source}\nallow_groups = admins\n")
    idp.claims = {"aud": "host", **claims}
    idp.answers["/userinfo"] = Reply({"sub": "248289761001"})
    done = login(machine)
    assert done.returncode == 1 and f"reason={reason} " in done.stdout
    assert ("groups_source = userinfo" in done.stderr) == pointed


def test_no_session_is_kept(machine, idp):
    configure(machine, idp)
    assert login(machine).returncode == 0
    assert not machine.store.exists()


@pytest.mark.parametrize(
    ("path", "answer", "says"),
    [
        ("/token", error("access_denied"), "ssoctl: access-denied: "),
        ("/device", error("invalid_client", 401), "ssoctl: client-refused: "),
        ("/jwks", error("server_error", 500), "ssoctl: keys: "),
    ],
)
def test_a_sign_in_that_fails(machine, idp, path, answer, says):
    configure(machine, idp)
    idp.answers[path] = answer
    done = login(machine)
    assert (done.returncode, done.stdout) == (1, "") and says in done.stderr
    assert "canary" not in done.stderr


def test_a_token_that_does_not_satisfy(machine, idp):
    configure(machine, idp, ROOT + "[token]\nacr = urn:example:mfa\n")
    done = login(machine)
    assert (done.returncode, done.stdout) == (1, "") and "ssoctl: acr: acr is none of the accepted" in done.stderr


@pytest.fixture
def start(machine):
    """`ssoctl login` that waits; what it says on standard error, up to a pattern."""
    started = []

    def begin():
        process = machine.start("login", "--user", "root", stdin=subprocess.PIPE)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def hear(process, pattern):
    said = ""
    while not re.search(pattern, said):
        more = os.read(process.stderr.fileno(), 4096).decode()
        assert more, said
        said += more
    return said


def test_code_flow(machine, idp, start):
    configure(machine, idp, provider=CODE)
    process = start()
    link = re.search(r"https://\S+", hear(process, r"ends it\): "))[0]
    process.stdin.write("nonsense\n")
    process.stdin.flush()
    assert "That was not the answer" in hear(process, r"ends it\): ")
    out, err = process.communicate(idp.approve(link) + "\n", timeout=60)
    assert process.returncode == 0, err
    assert out.splitlines()[-1] == LET_IN and "canary" not in out + err


def test_three_wrong_answers(machine, idp, start):
    configure(machine, idp, provider=CODE)
    process = start()
    hear(process, r"ends it\): ")
    out, err = process.communicate("a\nb\nc\nd\n", timeout=60)
    assert (process.returncode, out) == (1, "") and "ssoctl: answer: " in err


def test_nobody_who_could_paste(machine, idp):
    configure(machine, idp, provider=CODE)
    done = login(machine)
    assert (done.returncode, done.stdout) == (1, "") and "ssoctl: no-terminal: " in done.stderr


def test_an_interrupt_ends_it_and_the_worker(machine, idp, start):
    configure(machine, idp)
    idp.answers["/token"] = error("authorization_pending")
    process = start()
    hear(process, "Waiting")
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == -signal.SIGINT
    worker = pathlib.Path(f"/proc/{children[0]}/stat")
    assert until(lambda: not worker.exists() or worker.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_user_is_needed(machine):
    done = machine.ssoctl("login")
    assert (done.returncode, done.stdout) == (2, "") and "--user is missing" in done.stderr
