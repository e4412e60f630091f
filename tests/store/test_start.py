#!/usr/bin/python3
"""How the program starts and ends: what it is started with, and what it refuses."""

import os
import pathlib
import re
import socket
import subprocess

import pytest

from server import free_port
from store import BROKEN, ENDED, NEW, NOBODY, OLD, PROGRAM, Store, new_id

PROBE = PROGRAM.parent / "tests" / "worker" / "sandbox_probe"
SANITIZED = b"__asan_init" in PROGRAM.read_bytes()


def test_by_hand():
    ended = subprocess.run([PROGRAM], capture_output=True, text=True, close_fds=True)
    assert ended.returncode == BROKEN and ended.stdout == ""
    assert re.fullmatch(r"sso-store: descriptor 3 is not a socket.*\n", ended.stderr)


@pytest.mark.parametrize("request_bytes", [
    b"\n\n\n",
    b"op=open\n",
    b"op=open\nnonsense=1\n\n",
    b"op=open\nop=open\n\n",
    b"x" * 100_000,
], ids=["newlines", "cut", "unknown-key", "twice", "endless"])
def test_no_request(request_bytes):
    with Store() as store:
        try:
            store.socket.sendall(request_bytes)
            store.socket.shutdown(socket.SHUT_WR)
            reply = store.reply()
        except (BrokenPipeError, ConnectionResetError):
            reply = None
        assert reply in (None, {"status": ["invalid"], "detail": ["the first request must be an open"]})
        assert store.process.wait(timeout=30) == (ENDED if reply else BROKEN)


def test_the_end():
    with Store() as store:
        assert store.end() == ENDED


def test_the_end_of_a_conversation(server):
    with server.open(NEW) as store:
        assert store.put(new_id())["status"] == ["ok"]
        assert store.end() == ENDED and store.process.stderr.read() == ""


def test_a_caller_that_breaks_off(server):
    with server.open(NEW) as store:
        store.socket.sendall(b"op=get\nid=")
        assert store.end() == BROKEN


@pytest.mark.parametrize("changed", [
    {"op": "get", "id": "0" * 32},
    {"op": None},
    {"url": None},
    {"url": ""},
    {"url": "http://127.0.0.1"},
    {"url": "rediss://"},
    {"url": "rediss://sso@127.0.0.1"},
    {"url": "rediss://127.0.0.1:0"},
    {"url": "rediss://127.0.0.1/x"},
    {"key": None},
    {"key": ""},
    {"key": NEW[1:]},
    {"key": NEW[1:] + "x"},
    {"key": [NEW, NEW]},
    {"key": [NEW, NEW.upper()]},
    {"key": [NEW, OLD, "22" * 32]},
    {"timeout": None},
    {"timeout": 0},
    {"timeout": "2s"},
    {"timeout": 10**6},
    {"password": None},
    {"ca_file": None},
], ids=str)
def test_an_opening_without_sense(server, changed):
    with Store() as store:
        reply = store.ask(**server.opening([NEW], **changed))
        assert reply["status"] == ["invalid"] and reply["detail"]
        assert NEW not in str(reply)
        assert store.process.wait(timeout=30) == ENDED


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start it as root")
def test_it_is_never_root(server):
    with Store(uid=0) as store:
        reply = store.ask(**server.opening([NEW]))
        assert reply["status"] == ["invalid"] and "root" in reply["detail"][0]


@pytest.mark.skipif(SANITIZED, reason="AddressSanitizer maps terabytes")
def test_its_memory_is_bounded(store):
    limits = pathlib.Path(f"/proc/{store.process.pid}/limits").read_text()
    assert f"Max address space         {512 << 20}" in limits


def test_its_environment_says_nothing(server, tmp_path):
    tmp_path.chmod(0o777)
    keys = tmp_path / "keys"
    environment = {"SSLKEYLOGFILE": str(keys), "SSL_CERT_FILE": "/nonexistent", "OPENSSL_CONF": "/nonexistent",
                   "RES_OPTIONS": "attempts:0", "LOCALDOMAIN": "example.com", "HOSTALIASES": "/nonexistent"}
    with Store(environment=environment) as store:
        assert store.ask(**server.opening([NEW]))["status"] == ["ok"]
        assert store.put(new_id())["status"] == ["ok"]
    assert not keys.exists()


def test_it_says_what_is_in_force(server):
    with Store() as store:
        (sandbox,) = store.ask(**server.opening([NEW]))["sandbox"]
        assert re.fullmatch(r"(no-)?seccomp,(no-landlock|landlock:[0-9]+)", sandbox)


def test_no_other_port(tmp_path):
    """The sandbox with a port, asked from inside it (sandbox_probe.c)."""
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    command = [PROBE, "/dev/null", "/dev/null", "/", str(free_port())]
    said = subprocess.run(command, capture_output=True, text=True, check=True, **identity).stdout
    results = dict(line.split("=", 1) for line in said.splitlines())
    if "no-landlock" in results["sandbox"] or int(results["sandbox"].rsplit(":", 1)[1]) < 4:
        pytest.skip("this kernel's Landlock knows no ports")
    assert results["port"] == "ECONNREFUSED"
    assert results["name-server"] in ("ECONNREFUSED", "ok")
    assert results["other-port"] == "EACCES"
