#!/usr/bin/python3
"""A login, told as transcripts: what the provider said, and what came of it."""

import base64
import hashlib
import os
import pathlib
import signal
import threading
import time
import urllib.parse

import pytest

from fake_idp import CLIENT, DISCOVERY, SUBJECT, FakeIdp, Reply, error
from worker import OK, REFUSED, Worker, login_request, run, until

GOOD = [DISCOVERY, "/device", "/jwks", "/token"]
PENDING = error("authorization_pending")


def reason(result):
    return result["reason"][0]


def refused(idp, expected, **changed):
    prompt, result, status = run(login_request(idp, **changed))
    assert (reason(result), status) == (expected, REFUSED), result
    assert "sub" not in result and "claim" not in result
    return prompt, result


def test_a_login_is_four_requests_on_one_connection(idp):
    idp.claims = {"preferred_username": "alice", "groups": ["ops", "dev"], "acr": "mfa", "amr": ["otp", "pwd"]}
    idp.claims["auth_time"] = int(time.time()) - 5
    prompt, result, status = run(login_request(idp))
    assert status == OK
    assert prompt == {
        "event": ["prompt"],
        "verification_uri": [idp.issuer + "/device-page"],
        "user_code": ["WDJB-MJHT"],
        "expires_in": prompt["expires_in"],
    }
    assert result.pop("sandbox")[0].startswith(("seccomp", "no-seccomp"))
    assert result == {
        "event": ["result"],
        "reason": ["ok"],
        "requests": ["4"],
        "connections": ["1"],
        "iss": [idp.issuer],
        "sub": [SUBJECT],
        "claim": ["preferred_username=alice"],
        "groups": ["yes"],
        "group": ["ops", "dev"],
        "acr": ["mfa"],
        "amr": ["otp", "pwd"],
        "auth_time": [str(idp.claims["auth_time"])],
    }
    assert idp.paths() == GOOD and idp.connections == 1


def test_what_the_requests_say(idp):
    run(login_request(idp, acr=["mfa", "hw k"], max_age="60", login_hint="al&ice", client_secret="s&cret",
                      client_auth="client_secret_basic"))
    _, device, keys, token = idp.journal
    assert device.form == {
        "client_id": CLIENT,
        "scope": "openid profile",
        "acr_values": "mfa hw k",
        "max_age": "60",
        "login_hint": "al&ice",
    }
    assert token.form == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "device-canary",
        "client_id": CLIENT,
    }
    for request in (device, token):
        assert request.headers["Authorization"] == "Basic bGFwdG9wOnMlMjZjcmV0"  # laptop:s%26cret
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in keys.headers
    for request in idp.journal:
        assert request.headers["User-Agent"].startswith("pam_sso/")
        assert request.headers["Accept"] == "application/json"
        assert not {"Cookie", "Accept-Encoding", "Expect"} & set(request.headers)


def test_configured_endpoints_need_no_discovery(idp):
    endpoints = idp.metadata()
    del endpoints["issuer"]
    _, _, status = run(login_request(idp, discovery="no", **endpoints))
    assert status == OK and idp.paths() == GOOD[1:]


def test_the_link_with_the_code_is_shown_where_asked_for(idp):
    prompt, _, _ = run(login_request(idp, complete_link="yes"))
    assert prompt["verification_uri"] == [idp.issuer + "/device-page?user_code=WDJB-MJHT"]


def test_the_prompt_comes_before_the_keys(idp):
    prompted, came_late = threading.Event(), []
    idp.answers["/jwks"] = lambda request: None if prompted.wait(20) else came_late.append(True)
    with Worker(login_request(idp)) as worker:
        assert worker.event()["event"] == ["prompt"]
        prompted.set()
        until(lambda: "/jwks" in idp.paths())
    assert not came_late


def test_userinfo_adds_what_the_token_lacks(idp):
    idp.claims = {"preferred_username": "alice"}
    idp.answers["/userinfo"] = Reply({
        "sub": SUBJECT, "preferred_username": "mallory", "email": "a@example.com", "email_verified": True,
        "groups": "ops"})
    _, result, status = run(login_request(idp, userinfo="yes"))
    assert status == OK and idp.paths() == GOOD + ["/userinfo"]
    assert idp.journal[-1].headers["Authorization"] == "Bearer access-canary"
    assert result["claim"] == ["preferred_username=alice", "email=a@example.com"]
    assert result["email_verified"] == ["yes"] and result["group"] == ["ops"]


@pytest.mark.parametrize("claims, userinfo", [
    ({"email": "a@example.com", "email_verified": "true"}, {}),
    ({"email": "a@example.com", "email_verified": 1}, {}),
    ({"email": "a@example.com"}, {"email": "b@example.com", "email_verified": True}),
])
def test_an_address_is_verified_only_where_its_own_document_says_so(idp, claims, userinfo):
    idp.claims = claims
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT, **userinfo})
    _, result, status = run(login_request(idp, userinfo="yes"))
    assert status == OK and result["claim"] == ["email=a@example.com"] and "email_verified" not in result


@pytest.mark.parametrize("groups, note", [
    (None, None),
    ([f"g{i}" for i in range(513)], "claim groups: too many groups"),
    (["g" * 1000 + str(i) for i in range(400)], None),
    ([1, 2], "claim groups: not a shape that groups have"),
], ids=["missing", "many", "long", "numbers"])
def test_groups_are_all_or_unknown(idp, groups, note):
    if groups is not None:
        idp.claims = {"groups": groups}
    # Longer ones than an ID token may be come from userinfo.
    if groups and len(str(groups)) > 5000:
        idp.answers["/userinfo"] = Reply({"sub": SUBJECT, "groups": idp.claims.pop("groups")[:60]})
    _, result, status = run(login_request(idp, userinfo="yes"))
    assert status == OK and "group" in result or "groups" not in result
    if note:
        assert result["note"] == [note]


# What an account holds, its owner may choose: a claim, a group, a picture.
CLAIMS = {f"claim{i}": "x" * 1000 for i in range(60)}
LARGE = {
    "tokens": {"/token": lambda idp: idp.tokens(id_token="x" * 2**16)},
    "access-token": {"/token": lambda idp: large_access_token(idp)},
    "bearer": {"/token": lambda idp: large_access_token(idp), "/userinfo": lambda idp: None},
    "refresh-token": {"/token": lambda idp: idp.tokens(refresh_token="x" * 33000)},
    "userinfo": {"/userinfo": lambda idp: Reply({"sub": SUBJECT, "picture": "x" * 2**16})},
    "claims": {"/token": lambda idp: idp.tokens(refresh_token="x" * 20000),
               "/userinfo": lambda idp: Reply({"sub": SUBJECT, **CLAIMS})},
}


def large_access_token(idp):
    token = "x" * 33000
    at_hash = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()
    return idp.tokens(access_token=token, id_token=idp.id_token(at_hash=at_hash))


@pytest.mark.parametrize("name", LARGE)
def test_an_account_that_is_too_large_is_refused(idp, name):
    """It is not "could not ask", which would open the stack's way back in to whoever has such an account."""
    for path, reply in LARGE[name].items():
        idp.answers[path] = reply(idp)
    userinfo = "yes" if "/userinfo" in LARGE[name] else None
    refused(idp, "access-denied", userinfo=userinfo, tokens="yes", claim=list(CLAIMS))


@pytest.mark.parametrize("reply", [
    Reply(b"<html>"), Reply(b"<html>", 403), Reply(b"[" * 99), Reply(b'{"a":1,"a":1}'), Reply(b'{"a":"\xff"}'),
    Reply(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}), Reply(status=302, headers={"Location": "/"}),
    error("interaction_required"), error("unsupported_grant_type"),
], ids=str)
def test_a_poll_that_has_no_usable_answer_is_a_refusal(idp, reply):
    idp.answers["/token"] = [PENDING, reply]
    refused(idp, "access-denied")


@pytest.mark.parametrize("reply, expected", [
    (error("invalid_client", 401), "client-refused"), (Reply(status=503), "idp-error"), (Reply(raw=[]), "unreachable"),
], ids=["client", "away", "broken"])
def test_what_a_person_cannot_choose_is_could_not_ask(idp, reply, expected):
    idp.answers["/token"] = [PENDING, reply]
    refused(idp, expected, deadline="6")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("path, expected", [("/device", "client-refused"), ("/token", "access-denied")])
def test_a_provider_that_repeats_what_it_was_sent(idp, path, expected, method):
    def repeat(request):
        said = {**request.form, "header": request.headers["Authorization"]}
        body = urllib.parse.urlencode(request.form)
        return Reply({"error": "invalid_request", "error_description": f"{said} {body}"}, 400)

    idp.answers[path] = repeat
    _, result = refused(idp, expected, client_auth=method, client_secret="s&cret-canary", scope="openid",
                        device_authorization_endpoint=idp.issuer + "/device")
    credentials = base64.b64encode(b"laptop:s%26cret-canary").decode()
    assert "canary" not in str(result) and credentials[:8] not in str(result)
    assert "***" in result["detail"][0]


def test_a_token_in_the_wrong_place(idp):
    idp.answers["/token"] = lambda request: idp.tokens(id_token=idp.id_token(iss="access-canary", at_hash=None))
    _, result = refused(idp, "token-issuer")
    assert result["detail"] == ["iss is not the issuer: *************"]


def test_a_key_named_by_a_secret(idp):
    idp.answers["/jwks"] = Reply({"keys": [{"kty": "oct", "k": "AA", "kid": "device-canary"}]})
    _, result = refused(idp, "token-key-unknown")
    assert "canary" not in str(result)


def test_a_key_set_that_could_not_be_had_early_is_fetched_later(idp):
    idp.answers["/jwks"] = [Reply(status=503), None]
    _, result, status = run(login_request(idp))
    assert status == OK and idp.paths() == GOOD + ["/jwks"]
    assert result["note"] == ["key set: its status is not 200"]


def test_no_poll_is_sooner_than_allowed(idp):
    answers = [PENDING, error("slow_down", 403), None]
    answered = []

    def token(request):
        answered.append(time.monotonic())
        return answers[len(answered) - 1]

    idp.answers["/token"] = token
    _, _, status = run(login_request(idp))
    assert status == OK and idp.connections == 1
    polls = [request.at for request in idp.journal if request.path == "/token"]
    waits = [later - earlier for earlier, later in zip(answered, polls[1:])]
    assert len(waits) == 2 and waits[0] >= 1 and waits[1] >= 6


def test_a_poll_that_gets_no_answer_is_backed_off_from(idp):
    idp.answers["/token"] = [Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]), None]
    assert run(login_request(idp))[2] == OK
    first, second = [request.at for request in idp.journal if request.path == "/token"]
    assert second - first >= 2


def test_a_poll_whose_connection_breaks_is_not_repeated_at_once(idp):
    idp.answers["/token"] = [Reply(raw=[]), Reply(raw=[]), None]
    _, result, status = run(login_request(idp))
    assert status == OK and result["requests"] == [str(len(idp.journal))]
    first, second, third = [request.at for request in idp.journal if request.path == "/token"]
    assert second - first >= 2 and third - second >= 4


def test_another_request_is_sent_again_where_its_kept_connection_breaks(idp):
    idp.answers["/device"] = [Reply(raw=[]), None]
    _, result, status = run(login_request(idp))
    assert status == OK and result["requests"] == [str(len(idp.journal))] == ["5"]


def stop_for(worker, seconds):
    """A machine that sleeps, or is too busy."""
    worker.process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    worker.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("expires_in, deadline, expected", [(4, "60", "expired"), (60, "4", "deadline")])
def test_nothing_is_sent_when_it_is_too_late(idp, expires_in, deadline, expected):
    idp.answers["/device"] = Reply(idp.grant(expires_in=expires_in, interval=3))
    with Worker(login_request(idp, deadline=deadline)) as worker:
        assert worker.event()["event"] == ["prompt"]
        until(lambda: "/jwks" in idp.paths())
        stop_for(worker, 4.5)
        assert reason(worker.event()) == expected
    assert idp.paths() == GOOD[:3]


def test_no_poll_behind_a_key_set_that_took_longer_than_the_code(idp):
    idp.answers["/device"] = Reply(idp.grant(expires_in=2))
    idp.answers["/jwks"] = lambda request: time.sleep(2.5)
    refused(idp, "expired")
    assert idp.paths() == GOOD[:3]


@pytest.mark.parametrize("end", ["deadline", "expired"])
@pytest.mark.parametrize("answer, seconds, expected", [
    (Reply(status=503), 4, "idp-error"),
    (Reply(raw=[]), 4, "unreachable"),
    ([Reply(raw=[]), lambda request: time.sleep(30)], 4, "unreachable"),
    ([Reply(status=503), PENDING], 15, None),
], ids=["503", "broken", "broken-slow", "back-again"])
def test_no_answer_until_the_end(idp, end, answer, seconds, expected):
    expires_in, deadline = (60, seconds) if end == "deadline" else (seconds, 60)
    idp.answers["/device"] = Reply(idp.grant(expires_in=expires_in))
    idp.answers["/token"] = answer
    refused(idp, expected or end, deadline=str(deadline), request_timeout="8")


def test_the_deadline(idp):
    idp.answers["/token"] = PENDING
    prompt, _ = refused(idp, "deadline", deadline="3")
    assert int(prompt["expires_in"][0]) <= 3
    assert 1 <= idp.paths().count("/token") <= 2


def test_the_deadline_in_the_middle_of_a_request(idp):
    idp.answers["/token"] = lambda request: time.sleep(8)
    start = time.monotonic()
    refused(idp, "deadline", deadline="2")
    assert time.monotonic() - start < 7


@pytest.mark.parametrize("path", [DISCOVERY, "/device"])
def test_the_deadline_before_there_is_a_code(idp, path):
    idp.answers[path] = lambda request: time.sleep(4)
    prompt, _ = refused(idp, "unreachable", deadline="2")
    assert prompt is None


def test_the_code_expires(idp):
    idp.answers["/device"] = Reply(idp.grant(expires_in=3))
    idp.answers["/token"] = PENDING
    refused(idp, "expired")


def test_a_success_behind_the_expiry_is_none(idp):
    idp.answers["/device"] = Reply(idp.grant(expires_in=2))
    idp.answers["/token"] = lambda request: time.sleep(1.5)
    refused(idp, "expired")


@pytest.mark.parametrize("when", ["/device", "/jwks", "/token", "waiting"])
def test_the_caller_goes_away(idp, when):
    idp.answers[when] = lambda request: time.sleep(20)
    if when == "waiting":
        idp.answers["/device"] = Reply(idp.grant(interval=30))
    last = "/jwks" if when == "waiting" else when
    with Worker(login_request(idp, request_timeout="60")) as worker:
        until(lambda: last in idp.paths())
        time.sleep(0.2)
        worker.socket.close()
        worker.process.wait(timeout=2)
        requests = len(idp.journal)
    time.sleep(0.2)
    assert len(idp.journal) == requests and idp.paths()[-1] == last


def written(pid, library):
    """How many kB of a library a process has to itself."""
    sizes, counts = [], False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            counts = f"/{library}" in line
        elif counts and line.startswith("Private_Dirty:"):
            sizes.append(int(line.split()[1]))
    return sum(sizes)


@pytest.mark.skipif(os.geteuid() != 0, reason="a worker lets nobody else look")
def test_what_waits_gives_back_what_it_never_calls(idp):
    """And goes on: what comes behind the first poll is a login as ever."""
    idp.answers["/token"] = PENDING
    with Worker(login_request(idp)) as worker:
        assert worker.event()["event"] == ["prompt"]
        until(lambda: "/token" in idp.paths(), 60)
        gnutls, libssl = (written(worker.process.pid, name) for name in ("libgnutls.", "libssl."))
        assert gnutls <= 8 < libssl, (gnutls, libssl)
        del idp.answers["/token"]
        assert reason(worker.event()) == "ok"


@pytest.mark.parametrize("how, changed, expected", [
    ("another authority", {"ca_file": "/etc/ssl/certs/ca-certificates.crt"}, "tls"),
    ("no such authority", {"ca_file": "/nonexistent"}, "config"),
    ("nobody listens", {"issuer": "https://localhost:1"}, "unreachable"),
    ("a proxy that is not there", {"proxy": "http://localhost:1"}, "unreachable"),
])
def test_connection(idp, how, changed, expected):
    port = idp.server.server_port
    refused(idp, expected, **{key: value.format(port=port) for key, value in changed.items()})
    assert idp.journal == []


def test_a_certificate_for_another_name(tmp_path):
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    idp = FakeIdp(tmp_path, names=["idp.example.com"])
    refused(idp, "tls")
    assert idp.journal == []
    idp.stop()
