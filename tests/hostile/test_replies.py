#!/usr/bin/python3
"""Replies by name and endpoint (replies.py): none lets anybody in, and nothing follows them."""

import contextlib
import re
import socket
import time
import types

import pytest

from fake_idp import DISCOVERY, Reply, error
from play import DENIED, code, device, refresh
from replies import (BROKEN, DEVICE_REPLIES, DISCOVERY_REPLIES, MIB, SETS, TOKEN_REPLIES, USERINFO_REPLIES, WIRE,
                     at_sign_in, grant)
from worker import REFUSED, Worker, login_request

LIMITS = {"request_timeout": "2", "userinfo": "yes"}
ENOUGH = 16 * MIB  # what the kernel's own buffers may have taken, too
ORDER = {
    device: [DISCOVERY, "/device", "/jwks", "/token", "/userinfo"],
    code: [DISCOVERY, "/jwks", "/token", "/userinfo"],
    refresh: [DISCOVERY, "/jwks", "/token", "/userinfo"],
}


def play(flow, idp, path, rows, name):
    verdict, reason, reply = rows[name]
    if flow is not refresh:
        verdict, reason = at_sign_in(path, verdict, reason)
    if flow is refresh and reason == "expired":
        reason = "session-ended"  # there is no code that could expire: it is the session's grant
    idp.answers[path] = reply(idp) if callable(reply) else reply
    outcome = flow(idp, **LIMITS)
    assert (outcome.verdict, outcome.reason) == (verdict, reason), outcome.result
    assert not outcome.let_in() and "canary" not in str(outcome.result)
    # The keys are needed when the token is there.
    last = "/token" if path == "/jwks" else path
    order = ORDER[flow]
    assert list(dict.fromkeys(idp.paths())) == order[: order.index(last) + 1]
    assert sum(idp.sent.values()) < ENOUGH


@pytest.mark.parametrize("name", DISCOVERY_REPLIES)
def test_discovery(idp, name):
    play(device, idp, DISCOVERY, DISCOVERY_REPLIES, name)


@pytest.mark.parametrize("name", DEVICE_REPLIES)
def test_device_authorization(idp, name):
    play(device, idp, "/device", DEVICE_REPLIES, name)


@pytest.mark.parametrize("name", SETS)
def test_key_set(idp, name):
    play(code, idp, "/jwks", SETS, name)


@pytest.mark.parametrize("flow", [code, refresh])
@pytest.mark.parametrize("name", {**TOKEN_REPLIES, **BROKEN})
def test_token(idp, name, flow):
    """A code and a refresh token are sent once."""
    play(flow, idp, "/token", {**TOKEN_REPLIES, **BROKEN}, name)
    assert idp.paths().count("/token") == 1


def test_token_of_the_device_flow(crowd):
    crowd(TOKEN_REPLIES, lambda idp, name: play(device, idp, "/token", TOKEN_REPLIES, name))


@pytest.mark.parametrize("name", USERINFO_REPLIES)
def test_userinfo(idp, name):
    play(code, idp, "/userinfo", USERINFO_REPLIES, name)


def peak(worker):
    """The most memory that it has had, in bytes."""
    with open(f"/proc/{worker.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024


@pytest.mark.parametrize("name", ["endless-body", "endless-chunks", "gigabyte-announced", "endless-headers"])
def test_memory(idp, name):
    """What is sent without end is not kept: the worker stays small while it comes."""
    highest = []

    def measured(reply):
        for chunk in reply.raw:
            yield chunk
            with contextlib.suppress(OSError, TypeError):
                highest.append(peak(worker))

    idp.answers["/token"] = lambda request: Reply(raw=measured(WIRE[name][2]))
    with Worker(login_request(idp, **LIMITS)) as worker:
        assert worker.event()["event"] == ["prompt"]
        assert worker.event()["reason"] == ["access-denied"]
        assert worker.end() == REFUSED
    assert highest and max(highest) < 32 * MIB


@pytest.mark.parametrize("said", ["nothing", "half a record", "an alert in pieces"])
def test_handshake_that_stalls(said):
    """Threat (network): TLS that never comes to its end."""
    words = {"nothing": b"", "half a record": b"\x16\x03\x03\x00\x7a\x02", "an alert in pieces": b"\x15\x03"}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"https://localhost:{listener.getsockname()[1]}"
        request = login_request(types.SimpleNamespace(issuer=address, ca="/etc/ssl/certs/ca-certificates.crt"),
                                connect_timeout="2", request_timeout="3", deadline="6")
        with Worker(request) as worker:
            client, _ = listener.accept()
            with client:
                client.sendall(words[said])
                assert worker.event()["reason"] == ["unreachable"]
                assert worker.end() == REFUSED
                heard = client.recv(65536)
    assert heard[:1] == b"\x16" and b"GET" not in heard


# The interval that a provider says -> the seconds between its answer and the next poll.
PACES = {"missing": (None, 5), "zero": (0, 5), "negative": (-7, 5), "one": (1, 1), "three": (3, 3)}


def pace(idp, name):
    interval, seconds = PACES[name]
    granted = []

    def device_reply(request):
        granted.append(time.monotonic())
        return grant(interval=interval)(idp)

    idp.answers["/device"] = device_reply
    assert device(idp).reason == "ok"
    (poll,) = (request for request in idp.journal if request.path == "/token")
    assert poll.at - granted[0] >= seconds


def test_pace(crowd):
    """No poll is sooner than the provider said, or than RFC 8628 says where it made no sense."""
    crowd(PACES, pace)


# What Retry-After says with a 429 -> what comes of it, with a code of 8 seconds. What makes no sense changes nothing:
# the next poll keeps the interval.
WAITS = {"2": "ok", "0": "ok", "1000000000": "too-many", "99999999999999999999": "ok", "-1": "ok", "soon": "ok"}


def test_retry_after(crowd):
    def one(idp, said):
        idp.answers["/device"] = Reply(idp.grant(expires_in=8))
        idp.answers["/token"] = [Reply(status=429, headers={"Retry-After": said}), None]
        outcome = device(idp)
        polls = [request.at for request in idp.journal if request.path == "/token"]
        assert (outcome.reason, len(polls)) == (WAITS[said], 2 if WAITS[said] == "ok" else 1)
        assert len(polls) == 1 or polls[1] - polls[0] >= (2 if said == "2" else 1)

    crowd(WAITS, one)


def test_a_code_that_lives_for_ever(idp):
    """The provider's word for how long is none for the machine: a forwarded link dies with the deadline."""
    idp.answers["/device"] = Reply(idp.grant(expires_in=10**9))
    idp.answers["/token"] = error("authorization_pending")
    outcome = device(idp, deadline="3")
    assert (outcome.verdict, outcome.reason) == (DENIED, "deadline")
    assert int(outcome.prompt["expires_in"][0]) <= 3


def test_nothing_is_sent_behind_a_denial(idp):
    idp.answers["/token"] = [error("authorization_pending"), error("access_denied"), None]
    outcome = device(idp, userinfo="yes")
    assert outcome.reason == "access-denied" and idp.paths() == [DISCOVERY, "/device", "/jwks", "/token", "/token"]
    assert [request.body for request in idp.journal if request.method == "GET"] == [b"", b""]
