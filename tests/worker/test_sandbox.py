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
LANDLOCK = ["other", "passwd", "proc", "listing", "bind"]
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
    assert [file.read_text() for file in files] == ["kept", "kept"]
    assert sorted(directory.iterdir()) == files
    assert not any(file.stat().st_mode & 0o111 for file in files)
    said = dict(line.split("=", 1) for line in output.stdout.splitlines())
    return {**said, "foreign": foreign.returncode}


def test_what_it_needs_works(probed):
    assert {name: probed[name] for name in ALLOWED} == dict.fromkeys(ALLOWED, "ok")


def test_other_files_and_ports_are_closed(probed):
    if "no-landlock" in probed["sandbox"]:
        pytest.skip("this kernel has no Landlock")
    abi = int(probed["sandbox"].rsplit(":", 1)[1])
    names = LANDLOCK if abi >= 4 else LANDLOCK[:-1]
    assert {name: probed[name] for name in names} == dict.fromkeys(names, "EACCES")


def test_refused_calls(probed):
    if "no-seccomp" in probed["sandbox"]:
        pytest.skip("this kernel has no seccomp")
    rest = {name: errno for name, errno in probed.items() if name not in ["sandbox", "foreign", *ALLOWED, *LANDLOCK]}
    assert len(rest) >= 40
    assert rest == {name: "ENOSYS" if name in NO_SUCH_CALL else "EPERM" for name in rest}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the call is one of x32")
def test_a_call_of_another_table_ends_the_process(probed):
    if "no-seccomp" in probed["sandbox"]:
        pytest.skip("this kernel has no seccomp")
    assert probed["foreign"] == -signal.SIGSYS
