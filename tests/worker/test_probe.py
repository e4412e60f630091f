#!/usr/bin/python3
"""What the provider is asked before anybody is needed, told as transcripts."""

import time
from email.utils import formatdate

import pytest

from fake_idp import DISCOVERY, Reply, error
from worker import OK, REFUSED, code_request, login_request, run


def probe(idp, request=login_request, **changed):
    return run(request(idp, **{"job": "probe", **changed}))


def test_device(idp):
    prompt, result, status = probe(idp)
    assert (status, prompt) == (OK, None)
    assert abs(int(result.pop("clock")[0])) < 60
    assert result.pop("sandbox")
    assert result == {"event": ["result"], "reason": ["ok"], "requests": ["3"], "connections": ["1"], "keys": ["1"]}
    assert idp.paths() == [DISCOVERY, "/jwks", "/device"]


def test_code(idp):
    _, result, status = probe(idp, code_request)
    assert (status, result["reason"], result["keys"]) == (OK, ["ok"], ["1"])
    assert idp.paths() == [DISCOVERY, "/jwks", "/token"]
    assert "canary" not in idp.journal[-1].form["code"]


# Which flow it will be is the provider's to say, and its endpoint tells of the client.
@pytest.mark.parametrize("offered", [True, False])
def test_auto(idp, offered):
    metadata = idp.metadata()
    if not offered:
        del metadata["device_authorization_endpoint"]
    idp.answers[DISCOVERY] = Reply(metadata)
    assert probe(idp, code_request, flow="auto")[2] == OK
    assert idp.paths()[-1] == ("/device" if offered else "/token")


def without(idp, name):
    metadata = idp.metadata()
    del metadata[name]
    return Reply(metadata)


def test_where_the_groups_are(idp):
    """Where they come from userinfo, a sign-in needs that too."""
    idp.answers[DISCOVERY] = without(idp, "userinfo_endpoint")
    assert probe(idp)[2] == OK
    _, result, status = probe(idp, userinfo="yes")
    assert (status, result["reason"]) == (REFUSED, ["discovery"]) and "userinfo_endpoint" in result["detail"][0]
    assert probe(idp, userinfo="yes", userinfo_endpoint=idp.issuer + "/userinfo")[2] == OK
    assert "/userinfo" not in idp.paths()


@pytest.mark.parametrize("request_, path, answer, reason", [
    (login_request, DISCOVERY, lambda idp: Reply(status=404), "discovery"),
    (login_request, DISCOVERY, lambda idp: Reply(idp.metadata(issuer="https://other.example")), "discovery"),
    (login_request, DISCOVERY, lambda idp: without(idp, "device_authorization_endpoint"), "no-device-flow"),
    (code_request, DISCOVERY, lambda idp: without(idp, "authorization_endpoint"), "discovery"),
    (login_request, "/jwks", lambda idp: Reply(status=500), "keys"),
    (login_request, "/jwks", lambda idp: Reply({"keys": []}), "keys"),
    (login_request, "/jwks", lambda idp: Reply({"keys": [{"kty": "oct", "k": "AAAA"}]}), "keys"),
    (login_request, "/device", lambda idp: error("invalid_client", 401), "client-refused"),
    (login_request, "/device", lambda idp: error("unauthorized_client"), "client-refused"),
    (code_request, "/token", lambda idp: error("invalid_client", 401), "client-refused"),
    (code_request, "/token", lambda idp: error("unauthorized_client"), "client-refused"),
])
def test_refused(idp, request_, path, answer, reason):
    idp.answers[path] = answer(idp)
    _, result, status = probe(idp, request_)
    assert (status, result["reason"]) == (REFUSED, [reason])
    assert result["detail"]
    assert abs(int(result["clock"][0])) < 60


# What a provider says to a code that it never gave is its own business, as long as it knows who asks.
@pytest.mark.parametrize("answer", [error("invalid_grant"), error("invalid_request"), error("expired_token")])
def test_a_code_that_is_refused(idp, answer):
    idp.answers["/token"] = answer
    assert probe(idp, code_request)[2] == OK


@pytest.mark.parametrize("off", [-7200, 7200])
def test_clock(idp, off):
    date = formatdate(time.time() + off, usegmt=True)
    head = f"HTTP/1.1 404 No\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n"
    idp.answers[DISCOVERY] = Reply(raw=[head.encode()])
    assert abs(int(probe(idp)[1]["clock"][0]) - off) < 60


@pytest.mark.parametrize("date", ["", "Date: yesterday\r\n", "Date: \r\n"])
def test_no_clock(idp, date):
    idp.answers[DISCOVERY] = Reply(raw=[f"HTTP/1.1 404 No\r\n{date}Content-Length: 0\r\n\r\n".encode()])
    _, result, _ = probe(idp)
    assert result["reason"] == ["discovery"] and "clock" not in result
