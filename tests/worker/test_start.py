#!/usr/bin/python3
"""How the worker starts and ends: what it is started with, and what it refuses."""

import os
import pathlib
import re
import socket
import subprocess
import time

import pytest

from worker import BROKEN, OK, PROGRAM, REFUSED, Worker, login_request, run


def test_by_hand():
    ended = subprocess.run([PROGRAM], capture_output=True, text=True, close_fds=True)
    assert ended.returncode == BROKEN and ended.stdout == ""
    assert re.fullmatch(r"sso-worker: descriptor 3 is not a socket.*\n", ended.stderr)


@pytest.mark.parametrize("request_bytes", [
    b"",
    b"\n\n\n",
    b"job=login\n",
    b"job=login\nnonsense=1\n\n",
    b"job=login\njob=login\n\n",
    b"x" * 100_000,
    b"job=login\n\njob=login\n\n",
], ids=["nothing", "newlines", "cut", "unknown-key", "twice", "endless", "two"])
def test_no_request(request_bytes):
    with Worker(b"") as worker:
        try:
            worker.socket.sendall(request_bytes)
            worker.socket.shutdown(socket.SHUT_WR)
            result = worker.event()
        except (BrokenPipeError, ConnectionResetError):
            result = None
        assert result is None and worker.end() == BROKEN


@pytest.mark.parametrize("changed", [
    {"job": "logout"},
    {"job": None},
    {"issuer": None},
    {"client_id": ""},
    {"client_auth": "tls_client_auth"},
    {"client_auth": "client_secret_basic"},
    {"client_auth": "private_key_jwt"},
    {"alg": None},
    {"skew": "-1"},
    {"skew": "601"},
    {"max_age": "1h"},
    {"discovery": "true"},
    {"deadline": "0"},
    {"deadline": "999999"},
    {"tls_min": "1.1"},
    {"tls_min": None},
    {"ca_file": None},
    {"authorization_parameter": "redirect_uri=https://elsewhere.example/"},
    {"authorization_parameter": ["a=b", "access_type"]},
    {"authorization_parameter": ["a=b", "A=c"]},
    {"language": "auto"},
    {"language": "KO"},
    {"language": "../ko"},
], ids=str)
def test_a_request_without_sense(idp, changed):
    prompt, result, status = run(login_request(idp, **changed))
    assert prompt is None and status == REFUSED and result["reason"] == ["internal"]
    assert idp.journal == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start it as root")
def test_it_is_never_root(idp):
    prompt, result, status = run(login_request(idp), uid=0)
    assert prompt is None and status == REFUSED and result["reason"] == ["sandbox"]
    assert idp.journal == []


@pytest.mark.skipif(b"__asan_init" in PROGRAM.read_bytes(), reason="AddressSanitizer maps terabytes")
def test_its_memory_is_bounded(idp):
    with Worker(login_request(idp)) as worker:
        assert worker.event()["event"] == ["prompt"]
        limits = pathlib.Path(f"/proc/{worker.process.pid}/limits").read_text()
    assert f"Max address space         {512 << 20}" in limits


def private_kb(pid, library):
    """What a process has to itself of a library, and whether it has the library at all."""
    smaps = pathlib.Path(f"/proc/{pid}/smaps").read_text()
    mappings = [part for part in re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", smaps) if f"/{library}" in part]
    return sum(int(kb) for part in mappings for kb in re.findall(r"Private_Dirty: +(\d+)", part)), bool(mappings)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can look into it")
def test_what_it_never_calls_is_given_back(idp):
    with Worker(login_request(idp, deadline="30")) as worker:
        assert worker.event()["event"] == ["prompt"]
        _, known = private_kb(worker.process.pid, "libgnutls.so")
        if not known:
            pytest.skip("this libcurl does without GnuTLS")
        end = time.monotonic() + 20
        while private_kb(worker.process.pid, "libgnutls.so")[0] > 20 and time.monotonic() < end:
            time.sleep(0.05)
        assert private_kb(worker.process.pid, "libgnutls.so")[0] <= 20


def test_its_environment_says_nothing(idp, tmp_path):
    tmp_path.chmod(0o777)
    key_log = tmp_path / "keys"
    environment = {
        "SSLKEYLOGFILE": str(key_log),
        "https_proxy": "http://localhost:1",
        "HTTPS_PROXY": "http://localhost:1",
        "ALL_PROXY": "http://localhost:1",
        "SSL_CERT_FILE": "/nonexistent",
        "OPENSSL_CONF": "/nonexistent",
        "RES_OPTIONS": "attempts:0",
        "LOCALDOMAIN": "example.com",
        "HOSTALIASES": "/nonexistent",
    }
    _, _, status = run(login_request(idp), environment=environment)
    assert status == OK and not key_log.exists()


def test_a_hashed_directory_of_authorities(idp, tmp_path):
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    name = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", idp.ca], capture_output=True,
                          text=True, check=True).stdout.strip()
    (tmp_path / f"{name}.0").write_bytes(idp.ca.read_bytes())
    assert run(login_request(idp, ca_file=None, ca_dir=str(tmp_path)))[2] == OK
