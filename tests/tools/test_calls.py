"""How `ssoctl` is called, and what it is made of."""

import re
import subprocess

import pytest

from conftest import SSOCTL
from stored import ID
from test_documents import COMMANDS


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sessions", ID, ID], "too many operands"),
        (["sessions", "--watch"], "--watch means nothing here"),
        (["token", "--conf", "x"], "--conf means nothing here"),
        (["store-key", "--conf=x"], "--conf means nothing here"),
        (["token", "x"], "too many operands"),
        (["userinfo", "x"], "too many operands"),
        (["store-key", "x", "y"], "too many operands"),
        (["revoke"], "an operand is missing"),
        (["sessions", "--nonsense"], "nonsense"),
        (["sessions", "--conf"], "conf"),
        (["session"], "there is no command session"),
        ([""], "there is no command"),
        ([], "Usage"),
    ],
)
def test_wrong_calls(machine, arguments, says):
    done = machine.ssoctl(*arguments, conf=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_help(machine):
    done = machine.ssoctl("--help", conf=False)
    assert (done.returncode, done.stderr) == (0, "")
    commands = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert commands == COMMANDS
    for command in commands:
        done = machine.ssoctl(command, "--help", conf=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Usage: ssoctl {command} [OPTION...]")


# Neither network nor JSON libraries: those are the worker's. A sanitizer's build needs the sanitizers' besides.
def test_libraries():
    dynamic = subprocess.run(["readelf", "-d", SSOCTL], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
    assert {name for name in needed if not re.match("lib(a|ub)san", name)} == {"libc.so.6", "libinih.so.1"}
