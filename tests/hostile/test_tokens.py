#!/usr/bin/python3
"""ID tokens by name (tokens.py), as each flow gets them: none of the wrong ones lets anybody in."""

import pytest

from play import DENIED, code, device, issue, refresh
from tokens import ACCEPTED, NONCES, TOKENS

# What a renewal makes of the same: a session of another person, provider or sign-in has ended.
ENDS = ("token-issuer", "token-subject", "token-audience", "max-age")


def row(table, name):
    expected, maker, keys, request = (*table[name], None, None)[:4]
    return expected, maker, keys, request or {}


def play(flow, idp, table, name):
    _, maker, keys, request = row(table, name)
    issue(idp, maker, keys)
    return flow(idp, userinfo="yes", **request)


def refused(outcome, idp, expected):
    assert (outcome.verdict, outcome.reason) == (DENIED, expected), outcome.result
    assert not outcome.let_in() and "canary" not in str(outcome.result)
    assert idp.paths().count("/token") == 1 and "/userinfo" not in idp.paths()
    # The set is fetched again where a key was not in it, once.
    fetched = 2 if expected == "token-key-unknown" else 1
    assert idp.paths().count("/jwks") == fetched and idp.connections <= 2


@pytest.mark.parametrize("name", {**TOKENS, **NONCES})
def test_code_flow(idp, name):
    outcome = play(code, idp, {**TOKENS, **NONCES}, name)
    refused(outcome, idp, row({**TOKENS, **NONCES}, name)[0])


@pytest.mark.parametrize("name", TOKENS)
def test_renewal(idp, name):
    outcome = play(refresh, idp, TOKENS, name)
    expected = row(TOKENS, name)[0]
    ends = expected in ENDS and name != "auth-time-missing"
    refused(outcome, idp, "session-ended" if ends else expected)


def test_device_flow(crowd):
    crowd(TOKENS, lambda idp, name: refused(play(device, idp, TOKENS, name), idp, row(TOKENS, name)[0]))


def accepted(flow, idp, name):
    assert play(flow, idp, ACCEPTED, name).reason == "ok"
    assert idp.paths()[-1] == "/userinfo"


@pytest.mark.parametrize("flow", [code, refresh])
@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(idp, name, flow):
    accepted(flow, idp, name)


def test_accepted_by_the_device_flow(crowd):
    crowd(ACCEPTED, lambda idp, name: accepted(device, idp, name))
