#!/usr/bin/python3
"""Who an access token is for, told as transcripts."""

import pytest

from fake_idp import DISCOVERY, Reply
from worker import OK, REFUSED, run, userinfo_request

GOOD = [DISCOVERY, "/userinfo"]


def test_two_requests(idp):
    prompt, result, status = run(userinfo_request(idp))
    assert status == OK and prompt is None
    del result["sandbox"]
    assert result == {
        "event": ["result"],
        "reason": ["ok"],
        "requests": ["2"],
        "connections": ["1"],
        "userinfo": ['{"sub":"248289761001"}'],
    }
    assert idp.paths() == GOOD
    assert (idp.journal[-1].method, idp.journal[-1].form) == ("GET", {})
    assert idp.journal[-1].headers["Authorization"] == "Bearer access-canary"


def test_a_configured_endpoint_needs_no_discovery(idp):
    request = userinfo_request(idp, discovery="no", userinfo_endpoint=idp.issuer + "/userinfo")
    assert run(request)[2] == OK and idp.paths() == GOOD[1:]


# What was said -> the line.
LINES = {
    "spaces": (b'\r\n{ "sub" :\t"a b" ,\n "groups": [ "x", "y" ] }\n', '{"sub":"a b","groups":["x","y"]}'),
    "escapes": (rb'{"sub":"a\"{ \\", "b" : "\n\u0007"}', r'{"sub":"a\"{ \\","b":"\n\u0007"}'),
    "control": ('{"sub":"a\x7fb\u009b31mc"}'.encode(), r'{"sub":"a\u007fb\u009b31mc"}'),
    "text": ('{"sub":"Zoë – ☃"}'.encode(), '{"sub":"Zoë – ☃"}'),
    "number": (b'{"sub":"a","n":12345678901234567890.50}', '{"sub":"a","n":12345678901234567890.50}'),
}


@pytest.mark.parametrize("what", LINES)
def test_one_line(idp, what):
    said, line = LINES[what]
    idp.answers["/userinfo"] = Reply(said)
    _, result, status = run(userinfo_request(idp))
    assert (status, result["userinfo"]) == (OK, [line])


@pytest.mark.parametrize("answer, expected, detail", [
    (Reply({"error": "invalid_token"}, 401), "userinfo", "userinfo: HTTP status 401"),
    (Reply({"sub": "a"}, 500), "userinfo", "userinfo: HTTP status 500"),
    (Reply({"name": "a"}), "userinfo", "userinfo: the claims have no sub"),
    (Reply({"sub": 1}), "userinfo", "userinfo: the claims have no sub"),
    (Reply({"sub": ""}), "userinfo", "userinfo: the claims have no sub"),
    (Reply(b'{"sub":"a","sub":"b"}'), "userinfo", "userinfo: not a JSON object"),
    (Reply(b'["sub"]'), "userinfo", "userinfo: not a JSON object"),
    (Reply(b"eyJ.eyJ.c2ln"), "userinfo", "userinfo: not a JSON object"),
    (Reply({"sub": "a", "long": "x" * 33_000}), "reply-size", "userinfo: the claims are more than one line holds"),
    (Reply({"sub": "a", "long": "x" * 32_740}), "reply-size", None),
    (Reply({"sub": "a", "long": "x" * 70_000}), "reply-size", None),
    (Reply(status=302, headers={"Location": "/"}), "redirect", None),
    (Reply(raw=[]), "unreachable", None),
])
def test_no_claims(idp, answer, expected, detail):
    idp.answers["/userinfo"] = answer
    _, result, status = run(userinfo_request(idp))
    assert (result["reason"], status) == ([expected], REFUSED), result
    assert "userinfo" not in result and "canary" not in str(result)
    assert detail is None or result["detail"] == [detail]


def test_a_provider_without_the_endpoint(idp):
    metadata = idp.metadata()
    del metadata["userinfo_endpoint"]
    idp.answers[DISCOVERY] = Reply(metadata)
    _, result, status = run(userinfo_request(idp))
    assert (result["reason"], status) == (["discovery"], REFUSED) and idp.paths() == GOOD[:1]


@pytest.mark.parametrize("token", [None, ""])
def test_a_request_without_a_token(idp, token):
    _, result, status = run(userinfo_request(idp, access_token=token))
    assert (result["reason"], status) == (["internal"], REFUSED)
    assert result["detail"] == ["the request makes no sense: access_token"] and idp.journal == []


def test_a_token_that_cannot_be_sent(idp):
    _, result, status = run(userinfo_request(idp, access_token="two words"))
    assert (result["reason"], status) == (["userinfo"], REFUSED) and idp.paths() == GOOD[:1]
