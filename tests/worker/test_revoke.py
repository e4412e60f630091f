#!/usr/bin/python3
"""Giving a session's tokens back, told as transcripts."""

import pytest

from fake_idp import CLIENT, DISCOVERY, Reply, error
from worker import OK, REFUSED, revoke_request, run

GOOD = [DISCOVERY, "/revoke"]


def test_a_revocation_is_two_requests(idp):
    prompt, result, status = run(revoke_request(idp))
    assert status == OK and prompt is None
    del result["sandbox"]
    assert result == {"event": ["result"], "reason": ["ok"], "requests": ["2"], "connections": ["1"]}
    assert idp.paths() == GOOD
    assert idp.journal[-1].method == "POST"
    assert idp.journal[-1].form == {
        "token": "refresh-canary-1",
        "token_type_hint": "refresh_token",
        "client_id": CLIENT,
    }


def test_the_client_proves_who_it_is(idp):
    run(revoke_request(idp, client_secret="s&cret", client_auth="client_secret_basic"))
    assert idp.journal[-1].headers["Authorization"] == "Basic bGFwdG9wOnMlMjZjcmV0"  # laptop:s%26cret


def test_configured_endpoints_need_no_discovery(idp):
    endpoints = {"token_endpoint": idp.issuer + "/token", "revocation_endpoint": idp.issuer + "/revoke"}
    assert run(revoke_request(idp, discovery="no", **endpoints))[2] == OK
    assert idp.paths() == GOOD[1:]


@pytest.mark.parametrize("answer, expected, detail", [
    (error("invalid_client", 401), "client-refused", "revocation: invalid_client"),
    (error("unsupported_token_type"), "idp-error", "revocation: unsupported_token_type"),
    (Reply(status=503), "idp-error", "revocation: HTTP status 503"),
    (Reply(status=302, headers={"Location": "/"}), "redirect", None),
    (Reply(raw=[b"x" * 100]), "reply-form", None),
])
def test_what_is_no_revocation(idp, answer, expected, detail):
    idp.answers["/revoke"] = answer
    _, result, status = run(revoke_request(idp))
    assert (result["reason"], status) == ([expected], REFUSED), result
    assert detail is None or result["detail"] == [detail]
    assert "canary" not in str(result) and idp.paths() == GOOD


def test_a_provider_that_repeats_what_it_was_sent(idp):
    idp.answers["/revoke"] = lambda request: Reply(
        {"error": "invalid_request", "error_description": f"{request.form}"}, 400)
    _, result, _ = run(revoke_request(idp))
    assert "canary" not in str(result) and "***" in result["detail"][0]


@pytest.mark.parametrize("missing", ["revocation_endpoint", "token_endpoint"])
def test_a_provider_without_an_endpoint(idp, missing):
    metadata = idp.metadata()
    del metadata[missing]
    idp.answers[DISCOVERY] = Reply(metadata)
    _, result, status = run(revoke_request(idp))
    assert (result["reason"], status) == (["discovery"], REFUSED)
    assert result["detail"] == [f"discovery: no {missing}"] and idp.paths() == GOOD[:1]


def test_a_request_without_a_token(idp):
    _, result, status = run(revoke_request(idp, refresh_token=None))
    assert (result["reason"], status) == (["internal"], REFUSED)
    assert result["detail"] == ["the request makes no sense: refresh_token"] and idp.journal == []
