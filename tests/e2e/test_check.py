"""`ssoctl check` on a machine whose logins work: it finds nothing wrong, and what is spoiled then."""

import json
import pathlib
import subprocess

import pytest

import world

SSHD_CONFIG = pathlib.Path("/etc/ssh/sshd_config")
GOOD = "UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\nMaxStartups 100:30:200\n"


def check(*arguments):
    """What was found, as name to a list of what, and the exit status."""
    done = subprocess.run(["ssoctl", "check", "--json", *arguments], capture_output=True, text=True)
    found = {}
    for one in map(json.loads, done.stdout.splitlines()):
        found.setdefault(one["check"], []).append(one["what"])
    return found, done.returncode


@pytest.fixture
def sshd_config(idp):
    """Its text is written to where sshd has it."""
    run = pathlib.Path("/run/sshd")
    run.mkdir(mode=0o755, exist_ok=True)
    before = SSHD_CONFIG.read_text()
    yield SSHD_CONFIG.write_text
    SSHD_CONFIG.write_text(before)


def test_all_is_well(sshd_config):
    sshd_config(GOOD)
    found, status = check("--service", "sshd", "--user", "alice")
    assert status == 0, found
    assert {"config", "pam-stack", "sshd", "sshd-version", "idp", "clock", "user"} <= set(found), found
    assert found["sshd"] == ["sshd -T: lets a sign-in happen"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("UsePAM no\n", "sshd-use-pam"),
        ("KbdInteractiveAuthentication no\n", "sshd-keyboard-interactive"),
        ("LoginGraceTime 30\n", "sshd-grace"),
        ("MaxStartups 10:30:100\n", "sshd-startups"),
        ("AuthenticationMethods publickey\n", "sshd-methods"),
        ("Nonsense yes\n", "sshd-test"),
    ],
)
def test_what_sshd_itself_says(sshd_config, lines, name):
    # The first counts, but of MaxStartups the last.
    sshd_config(lines + "".join(line for line in GOOD.splitlines(True) if line.split()[0] != lines.split()[0]))
    found, _ = check("--service", "sshd")
    assert name in found and "sshd" not in found, found


def test_a_match_of_the_user(sshd_config):
    sshd_config(GOOD + "Match User alice\nKbdInteractiveAuthentication no\nMatch LocalPort 2222\nX11Forwarding no\n")
    found, _ = check("--service", "sshd")
    assert "sshd-keyboard-interactive" not in found
    assert [what.split(": ")[1] for what in found["sshd-match"]] == ["Match User alice", "Match LocalPort 2222"]
    found, status = check("--service", "sshd", "--user", "alice")
    assert status == 1 and "sshd-keyboard-interactive" in found, found
    # That it is about a port is not known to have been looked at for all.
    assert [what.split(": ")[1] for what in found["sshd-match"]] == ["Match LocalPort 2222"]
    found, _ = check("--service", "sshd", "--user", "bob")
    assert "sshd-keyboard-interactive" not in found


def test_a_provider_that_is_gone(idp):
    world.configure(idp, provider={"issuer": "https://idp.test:1"})
    found, status = check()
    assert status == 1 and "idp-unreachable" in found, found
