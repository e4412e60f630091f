"""`ssoctl init`: a provider is asked, and a configuration written, or not."""

import json
import os
import pathlib
import pty
import stat
import subprocess

import pytest

from conftest import SSO_WORKER, SSOCTL
from fake_idp import DISCOVERY, Reply, error

STACKS = pathlib.Path(__file__).resolve().parent.parent.parent / "conf" / "pam.d"


@pytest.fixture
def more(machine, idp):
    """A machine without a configuration, whose organisation has lines of its own for it."""
    machine.conf.unlink()
    file = machine.conf.parent / "more"
    file.write_text(f"[network]\nworker = {SSO_WORKER}\nworker_user = nobody\nca_file = {idp.ca}\n")
    return file


def init(machine, idp, more, *arguments, issuer=None, client="host", **options):
    given = ("--issuer", issuer or idp.issuer, "--client-id", client, "--more", more)
    return machine.ssoctl("init", *given, *arguments, stdin=subprocess.DEVNULL, **options)


def test_a_configuration_is_written(machine, idp, more):
    done = init(machine, idp, more, "--profile", "keycloak", umask=0o077)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{idp.issuer} is there and knows this client.\n{machine.conf} is written.\n\n")
    assert stat.S_IMODE(machine.conf.stat().st_mode) == 0o644
    text = machine.conf.read_text()
    wanted = [f"issuer = {idp.issuer}", "client_id = host", "profile = keycloak", "[network]"]
    assert set(wanted) <= set(text.splitlines()) and text.endswith(more.read_text())
    assert {DISCOVERY, "/jwks", "/device"} == set(idp.paths())


# What it writes is read by the rest of ssoctl.
def test_it_can_be_signed_in_with(machine, idp, more):
    assert init(machine, idp, more).returncode == 0
    idp.claims = {"aud": "host", "preferred_username": "nobody"}
    done = machine.ssoctl("login", "--user", "nobody", "--json", stdin=subprocess.DEVNULL)
    assert json.loads(done.stdout)["rule"] in ("min_uid", "shell"), done.stderr


def test_what_is_there_stays(machine, idp, more):
    machine.conf.write_text("mine\n")
    done = init(machine, idp, more)
    assert (done.returncode, done.stdout) == (1, "") and "is there already" in done.stderr
    assert machine.conf.read_text() == "mine\n" and idp.paths() == []


def test_a_link_is_there_too(machine, idp, more):
    machine.conf.symlink_to(machine.conf.parent / "elsewhere")
    assert init(machine, idp, more).returncode == 1
    assert not (machine.conf.parent / "elsewhere").exists()


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"issuer": "http://idp.example.com"}, 1, "that is no configuration: "),
        ({"issuer": "https://localhost:1"}, 1, "https://localhost:1: unreachable: "),
        ({"issuer": ""}, 2, "--issuer is missing"),
        ({"client": "a b"}, 2, "--client-id: that is not one word"),
        ({"client": "a\nflow=code"}, 2, "--client-id: that is not one word"),
        ({"client": "c" * 600}, 2, "--client-id is too long"),
    ],
)
def test_what_cannot_be_written(machine, idp, more, changes, status, says):
    if changes.get("issuer") == "":
        done = machine.ssoctl("init", "--issuer", "", "--client-id", "host", stdin=subprocess.DEVNULL)
    else:
        done = init(machine, idp, more, **changes)
    assert (done.returncode, done.stdout) == (status, "") and says in done.stderr
    assert not machine.conf.exists()


def test_a_profile_that_there_is_not(machine, idp, more):
    done = init(machine, idp, more, "--profile", "nonsense")
    assert done.returncode == 1 and "profile" in done.stderr and not machine.conf.exists()


@pytest.mark.parametrize(
    ("path", "answer", "reason"),
    [
        (DISCOVERY, Reply(status=404), "discovery"),
        (DISCOVERY, Reply({"issuer": "https://other.example.com"}), "discovery"),
        ("/jwks", Reply({"keys": []}), "keys"),
    ],
)
def test_a_provider_that_does_not_answer(machine, idp, more, path, answer, reason):
    idp.answers[path] = answer
    done = init(machine, idp, more)
    assert (done.returncode, done.stdout) == (1, "") and f"{idp.issuer}: {reason}: " in done.stderr
    assert not machine.conf.exists()


# There is no configuration yet that `check` could say it of.
def test_an_authority_that_the_machine_does_not_know(machine, idp, more):
    more.write_text("".join(line for line in more.read_text().splitlines(True) if "ca_file" not in line))
    done = init(machine, idp, more)
    assert (done.returncode, done.stdout) == (1, "") and f"{idp.issuer}: tls: " in done.stderr
    assert "update-ca-certificates" in done.stderr and not machine.conf.exists()


def test_a_client_that_is_not_taken(machine, idp, more):
    idp.answers["/device"] = error("invalid_client", 401)
    done = init(machine, idp, more, "--json")
    assert done.returncode == 1 and "client-refused" in done.stderr
    assert json.loads(done.stdout)["reason"] == "client-refused" and machine.conf.exists()
    machine.conf.unlink()
    assert init(machine, idp, more).stdout.startswith(f"{machine.conf} is written.\nMend the client there, ")


# The lines are those of the examples, where each is explained.
def test_the_lines_are_the_examples(machine, idp, more):
    done = init(machine, idp, more, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["file"], said["reason"]) == (0, str(machine.conf), "ok")
    for service in ("sshd", "sudo"):
        text = (STACKS / f"{service}.example").read_text().replace("\\\n", " ")
        examples = [" ".join(line.split()) for line in text.splitlines() if line.endswith("pam_sso.so")]
        ours = [" ".join(one["line"].split()) for one in said["add"] if one["file"] == f"/etc/pam.d/{service}"]
        assert ours and ours == [line for line in examples if not line.startswith("#")]


def typed(machine, more, lines):
    """What comes of lines that are typed: the exit status, and what was said."""
    ours, theirs = pty.openpty()
    command = [SSOCTL, "init", "--conf", machine.conf, "--more", more]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.write(ours, lines.encode())
    _, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    return process.returncode, err


def test_a_terminal_is_asked(machine, idp, more):
    status, err = typed(machine, more, f"{idp.issuer}\nhost\n\n")
    assert status == 0, err
    assert err.endswith("(Enter: another): ") and "profile" not in machine.conf.read_text()


def test_the_rest_of_a_line_that_is_too_long_answers_nothing(machine, idp, more):
    status, err = typed(machine, more, f"{idp.issuer}\n{'h' * 600}\n\n")
    assert status == 2 and "--client-id is too long" in err and "Enter" not in err and not machine.conf.exists()


def test_nobody_to_ask(machine):
    machine.conf.unlink()
    done = machine.ssoctl("init", stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (2, "") and "--issuer is missing" in done.stderr
