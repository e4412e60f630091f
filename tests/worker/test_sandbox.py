#!/usr/bin/python3
"""What the process can still do once the sandbox is closed: asked from inside it (sandbox_probe.c)."""

import os
import platform
import signal
import subprocess

import pytest

from worker import NOBODY, PROGRAM

PROBE = PROGRAM.parent / "tests" / "worker" / "sandbox_probe"
ALLOWED = ["ca", "resolver", "inet", "tcp", "udp", "unix", "route", "thread", "lookup", "kill-self", "limit-self"]
LANDLOCK = ["other", "passwd", "proc", "listing"]
NO_SUCH_CALL = ["openat2", "clone3", "fchmodat2", "setxattrat", "tomorrow"]


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sandbox")
    for folder in (directory, directory.parent, directory.parent.parent):
        folder.chmod(0o755)
    directory.chmod(0o777)
    files = [directory / "ca.pem", directory / "other"]
    for file in files:
        file.write_text("kept")
        if os.getuid() == 0:
            os.chown(file, NOBODY, NOBODY)
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    command = [PROBE, *files, directory]
    output = subprocess.run(command, capture_output=True, text=True, check=True, **identity)
    foreign = subprocess.run([*command, "foreign"], capture_output=True, text=True, **identity)
    accepts = subprocess.run([*command, "accepts"], capture_output=True, text=True, check=True, **identity)
    assert [file.read_text() for file in files] == ["kept", "kept"]
    assert sorted(directory.iterdir()) == files
    assert not any(file.stat().st_mode & 0o111 for file in files)
    said, accepting = (dict(line.split("=", 1) for line in of.stdout.splitlines()) for of in (output, accepts))
    return {**said, "foreign": foreign.returncode, "accepting": accepting}


def test_what_it_needs_works(probed):
    assert {name: probed[name] for name in ALLOWED} == dict.fromkeys(ALLOWED, "ok")


def test_other_files_and_ports_are_closed(probed):
    if "no-landlock" in probed["sandbox"]:
        pytest.skip("this kernel has no Landlock")
    assert {name: probed[name] for name in LANDLOCK} == dict.fromkeys(LANDLOCK, "EACCES")
    assert "ok" not in [probed[name] for name in ("bind", "bind-ipv6", "bind-udp", "listen")] or (
        "no-seccomp" in probed["sandbox"])


def test_refused_calls(probed):
    if "no-seccomp" in probed["sandbox"]:
        pytest.skip("this kernel has no seccomp")
    others = ["sandbox", "foreign", "accepting", "bind-short", *ALLOWED, *LANDLOCK]
    rest = {name: errno for name, errno in probed.items() if name not in others}
    assert len(rest) >= 40
    assert rest == {name: "ENOSYS" if name in NO_SUCH_CALL else "EPERM" for name in rest}


def test_an_address_as_short_as_netlinks_is_none_of_the_internet(probed):
    assert probed["bind-short"] == "EINVAL"


def test_who_listens_accepts_and_that_is_all(probed):
    if "no-seccomp" in probed["sandbox"]:
        pytest.skip("this kernel has no seccomp")
    assert probed["accept"] == "EPERM"
    refused = {name: errno for name, errno in probed.items() if name not in ("foreign", "accepting", "accept")}
    assert probed["accepting"] == {**refused, "accept": "ok"}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the call is one of x32")
def test_a_call_of_another_table_ends_the_process(probed):
    if "no-seccomp" in probed["sandbox"]:
        pytest.skip("this kernel has no seccomp")
    assert probed["foreign"] == -signal.SIGSYS
