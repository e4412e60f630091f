#!/usr/bin/python3
"""The renewal of one session, told as transcripts: what the provider said, and what came of it."""

import os
import time

import pytest

from fake_idp import CLIENT, DISCOVERY, SUBJECT, Key, Reply, error
from worker import OK, REFUSED, Worker, login_request, refresh_request, renew, run, session_item, until

GOOD = [DISCOVERY, "/jwks", "/token"]
TOKENS = {"access_token", "access_expires_in", "refresh_token", "token_iat"}


def told(result):
    """Which of the tokens a result brings."""
    return {key: result[key][0] for key in sorted(TOKENS & set(result))}


def rotated(idp, **changed):
    return lambda request: idp.tokens(refresh_token="refresh-canary-2", **changed)


def renew_one(idp, item=None, **changed):
    """Its answer, and the job's result, which is good whatever the answer says."""
    answers, result, status = renew(refresh_request(idp, **changed), item or session_item())
    assert (result["reason"], status, list(answers)) == (["ok"], OK, ["session-1"]), result
    return answers["session-1"], result


def renewed(idp, item=None, **changed):
    answer, _ = renew_one(idp, item, **changed)
    assert answer["reason"] == ["ok"], answer
    return answer


def refused(idp, expected, item=None, **changed):
    answer, _ = renew_one(idp, item, **changed)
    assert answer["reason"] == [expected], answer
    assert not {"sub", "claim", "access_token"} & set(answer)
    return answer


def not_begun(idp, expected, *items, **changed):
    """The job ends before an item is sent."""
    answers, result, status = renew(refresh_request(idp, **changed), *items)
    assert (answers, result["reason"], status) == ({}, [expected], REFUSED), result
    return result


def test_a_login_brings_its_tokens_where_they_are_asked_for(idp):
    iat = int(time.time())
    idp.claims = {"iat": iat + 0.5}
    idp.answers["/token"] = rotated(idp)
    _, result, status = run(login_request(idp, tokens="yes"))
    assert status == OK
    assert told(result) == {
        "access_token": "access-canary",
        "access_expires_in": "300",
        "refresh_token": "refresh-canary-2",
        "token_iat": str(iat),
    }


@pytest.mark.parametrize("asked", [None, "no"])
def test_a_login_keeps_them_to_itself_otherwise(idp, asked):
    idp.answers["/token"] = rotated(idp)
    _, result, status = run(login_request(idp, tokens=asked))
    assert status == OK and not told(result) and "canary" not in str(result)


def test_a_login_that_is_refused_brings_no_token(idp):
    idp.answers["/token"] = rotated(idp, id_token=idp.id_token(aud="other"))
    _, result, status = run(login_request(idp, tokens="yes"))
    assert (result["reason"], status) == (["token-audience"], REFUSED) and not told(result)


def test_a_provider_that_gives_no_refresh_token(idp):
    idp.answers["/token"] = lambda request: Reply(
        {"access_token": "access-canary", "token_type": "bearer", "id_token": idp.id_token()})
    _, result, status = run(login_request(idp, tokens="yes"))
    assert status == OK and set(told(result)) == {"access_token", "access_expires_in", "token_iat"}
    assert result["access_expires_in"] == ["-1"]


def test_a_refresh_is_three_requests_on_one_connection(idp):
    item = session_item()
    idp.claims = {"preferred_username": "alice", "groups": ["ops"], "auth_time": int(item["auth_time"])}
    idp.answers["/token"] = rotated(idp)
    answer, result = renew_one(idp, item)
    assert abs(int(answer.pop("token_iat")[0]) - time.time()) < 60
    assert answer == {
        "event": ["renewed"],
        "id": ["session-1"],
        "reason": ["ok"],
        "iss": [idp.issuer],
        "sub": [SUBJECT],
        "claim": ["preferred_username=alice"],
        "groups": ["yes"],
        "group": ["ops"],
        "auth_time": [item["auth_time"]],
        "access_token": ["access-canary"],
        "access_expires_in": ["300"],
        "refresh_token": ["refresh-canary-2"],
    }
    del result["sandbox"]
    assert result == {"event": ["result"], "reason": ["ok"], "requests": ["3"], "connections": ["1"]}
    assert idp.paths() == GOOD and idp.connections == 1


def test_what_the_request_says(idp):
    renewed(idp, client_secret="s&cret", client_auth="client_secret_basic")
    token = idp.journal[-1]
    assert token.form == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-canary-1",
        "client_id": CLIENT,
    }
    assert token.method == "POST"
    assert token.headers["Authorization"] == "Basic bGFwdG9wOnMlMjZjcmV0"  # laptop:s%26cret


def test_a_provider_that_does_not_rotate(idp):
    answer = renewed(idp)
    assert "refresh_token" not in answer and answer["access_token"] == ["access-canary"]


def test_no_device_endpoint_is_needed(idp):
    endpoints = {key: f"{idp.issuer}/{path}" for key, path in (("token_endpoint", "token"), ("jwks_uri", "jwks"))}
    renewed(idp, discovery="no", **endpoints)
    assert idp.paths() == GOOD[1:]


def test_a_sign_in_whose_time_was_not_claimed(idp):
    renewed(idp, session_item(auth_time="-1"))


# What can fail without the token: it is not spent.
BEFORE = {
    "discovery": (DISCOVERY, Reply(status=500), "discovery", GOOD[:1]),
    "no-token-endpoint": (DISCOVERY, lambda idp: Reply({"issuer": idp.issuer, "jwks_uri": idp.issuer + "/jwks"}), "discovery", GOOD[:1]),
    "keys": ("/jwks", Reply(status=503), "keys", GOOD[:2]),
    "no-key-set": ("/jwks", Reply(b"[]"), "keys", GOOD[:2]),
}


@pytest.mark.parametrize("fault", BEFORE)
def test_nothing_is_spent_on_a_provider_that_does_not_work(idp, fault):
    path, answer, expected, paths = BEFORE[fault]
    idp.answers[path] = (lambda request: answer(idp)) if callable(answer) else answer
    result = not_begun(idp, expected, session_item())
    assert idp.paths() == paths and not told(result)


# What the token endpoint said -> the reason. No new token came.
SAID = {
    "ended": (error("invalid_grant"), "session-ended"),
    "ended-401": (error("invalid_grant", 401), "session-ended"),
    "client": (error("invalid_client", 401), "client-refused"),
    "not-now": (Reply(status=503), "idp-error"),
    "too-many": (Reply(status=429, headers={"Retry-After": "1"}), "idp-error"),
    "pending": (error("authorization_pending"), "idp-error"),
    "denied": (error("access_denied", 403), "access-denied"),
    "html": (Reply(b"<html>"), "reply-form"),
    "redirect": (Reply(status=302, headers={"Location": "/userinfo"}), "redirect"),
    "silence": (Reply(raw=[]), "unreachable"),
    "cut-off": (Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"]), "unreachable"),
}


@pytest.mark.parametrize("said", SAID)
def test_reply(idp, said):
    idp.answers["/token"], expected = SAID[said]
    result = refused(idp, expected)
    assert idp.paths() == GOOD and not told(result) and "canary" not in str(result)


def test_a_provider_that_repeats_what_it_was_sent(idp):
    idp.answers["/token"] = lambda request: Reply(
        {"error": "invalid_grant", "error_description": f"{request.form}"}, 400)
    result = refused(idp, "session-ended")
    assert "canary" not in str(result) and "***" in result["detail"][0]


def test_a_provider_that_tells_the_new_token_in_the_wrong_place(idp):
    idp.answers["/token"] = rotated(idp, id_token=idp.id_token(sub="refresh-canary-2"))
    assert "canary" not in refused(idp, "session-ended")["detail"][0]


# What is wrong with the renewed ID token -> the reason; the refresh token was spent in each.
NOW = int(time.time())
WRONG = {
    "iss": ({"iss": "https://evil.example"}, "session-ended"),
    "sub": ({"sub": "somebody-else"}, "session-ended"),
    "aud": ({"aud": "other"}, "session-ended"),
    "azp": ({"azp": "other"}, "session-ended"),
    "auth-time": ({"auth_time": NOW}, "session-ended"),
    "older": ({"iat": NOW - 7000}, "session-ended"),
    "another-renewal": ({"iat": NOW - 600}, "token-time"),
    "expired": ({"exp": NOW - 600}, "token-time"),
    "logout-token": ({"events": {}}, "token-type"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_token(idp, wrong):
    claims, expected = WRONG[wrong]
    idp.answers["/token"] = rotated(idp, id_token=idp.id_token(**claims))
    assert told(refused(idp, expected)) == {"refresh_token": "refresh-canary-2"}


# Whatever else fails behind the reply, what the token was spent for is told.
BEHIND = {
    "signature": (lambda idp: idp.tokens(id_token=Key("key-1").sign({})), {}, "token-signature"),
    "key": (lambda idp: idp.tokens(id_token=idp.id_token(idp.other_key)), {}, "token-key-unknown"),
    "no-id-token": (lambda idp: Reply({"access_token": "a", "token_type": "bearer"}), {}, "token-missing"),
    "token-type": (lambda idp: idp.tokens(token_type="DPoP"), {}, "reply-form"),
    "acr": (lambda idp: idp.tokens(), {"acr": "mfa"}, "acr"),
    "amr": (lambda idp: idp.tokens(), {"amr": "otp"}, "amr"),
    "max-age": (lambda idp: idp.tokens(), {"max_age": "60"}, "max-age"),
    "claim": (lambda idp: idp.tokens(), {"required_claim": "tier=1"}, "required-claim"),
}


@pytest.mark.parametrize("what", BEHIND)
def test_the_new_refresh_token_is_always_told(idp, what):
    answer, changed, expected = BEHIND[what]

    def token(request):
        reply = answer(idp)
        reply.body = reply.body[:-1] + b', "refresh_token": "refresh-canary-2"}'
        return reply

    idp.answers["/token"] = token
    assert told(refused(idp, expected, **changed)) == {"refresh_token": "refresh-canary-2"}
    assert idp.paths().count("/token") == 1


@pytest.mark.parametrize("userinfo, expected", [
    (Reply({"sub": "somebody-else"}), "userinfo"),
    (Reply(status=503), "userinfo"),
    (Reply(raw=[]), "unreachable"),
])
def test_it_is_told_where_userinfo_fails(idp, userinfo, expected):
    idp.answers["/token"] = rotated(idp)
    idp.answers["/userinfo"] = userinfo
    assert told(refused(idp, expected, userinfo="yes")) == {"refresh_token": "refresh-canary-2"}


def test_it_is_told_at_the_deadline(idp):
    idp.answers["/token"] = rotated(idp)
    idp.answers["/userinfo"] = lambda request: time.sleep(8)
    result = refused(idp, "unreachable", userinfo="yes", deadline="2")
    assert told(result) == {"refresh_token": "refresh-canary-2"}


def test_it_is_told_where_the_claims_are_more_than_a_result_holds(idp):
    large = "r" * 20000
    long = {f"claim{i}": "c" * 1000 for i in range(60)}
    idp.answers["/token"] = lambda request: idp.tokens(refresh_token=large)
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT, **long})
    result = refused(idp, "reply-size", userinfo="yes", claim=list(long))
    assert told(result) == {"refresh_token": large}


def test_groups_that_do_not_fit_are_left_out_and_the_tokens_told(idp):
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT, "groups": ["g" * 1000 + str(i) for i in range(60)]})
    idp.answers["/token"] = lambda request: idp.tokens(refresh_token="r" * 20000)
    answer = renewed(idp, userinfo="yes")
    assert "groups" not in answer and len(answer["refresh_token"][0]) == 20000
    assert answer["note"] == ["the groups are more than a result has room for"]


def test_a_key_that_was_rotated_in_between_is_found(idp):
    idp.answers["/jwks"] = [Reply({"keys": [idp.key.jwk()]}), Reply({"keys": [idp.other_key.jwk()]})]
    idp.answers["/token"] = rotated(idp, id_token=idp.id_token(idp.other_key))
    assert told(renewed(idp))["refresh_token"] == "refresh-canary-2"
    assert idp.paths() == GOOD + ["/jwks"]


@pytest.mark.parametrize("missing", ["refresh_token", "sub", "auth_time", "token_iat"])
@pytest.mark.parametrize("value", [None, ""])
def test_an_item_that_lacks_a_word(idp, missing, value):
    answer = refused(idp, "internal", session_item(**{missing: value}))
    assert answer["detail"] == [f"the item makes no sense: {missing}"] and idp.paths() == GOOD[:2]


@pytest.mark.parametrize("key, value", [
    ("auth_time", "-2"), ("auth_time", "yesterday"), ("token_iat", "-1"), ("token_iat", "1e9"),
])
def test_an_item_that_makes_no_sense(idp, key, value):
    answer = refused(idp, "internal", session_item(**{key: value}))
    assert answer["detail"] == [f"the item makes no sense: {key}"] and idp.paths() == GOOD[:2]


def test_a_request_that_makes_no_sense(idp):
    result = not_begun(idp, "internal", tokens="1")
    assert result["detail"] == ["the request makes no sense: tokens"] and idp.journal == []


@pytest.mark.parametrize("path, expected", [("/jwks", GOOD[:2]), ("/token", GOOD)])
def test_the_caller_goes_away(idp, path, expected):
    idp.answers[path] = lambda request: time.sleep(20)
    with Worker(refresh_request(idp, request_timeout="60")) as worker:
        if path == "/token":
            worker.ready()
            worker.send(session_item())
        until(lambda: path in idp.paths())
        worker.socket.close()
        worker.process.wait(timeout=10)
    time.sleep(0.2)
    assert idp.paths() == expected


def test_the_tokens_are_nowhere_else(idp):
    idp.answers["/userinfo"] = lambda request: time.sleep(20)
    with Worker(refresh_request(idp, userinfo="yes")) as worker:
        worker.ready()
        worker.send(session_item())
        until(lambda: "/userinfo" in idp.paths())
        process = f"/proc/{worker.process.pid}"
        if os.getuid() == 0:
            for name in ("cmdline", "environ"):
                with open(f"{process}/{name}", "rb") as file:
                    assert b"canary" not in file.read()
        worker.socket.close()
        worker.process.wait(timeout=10)
        assert "canary" not in worker.process.stderr.read()
