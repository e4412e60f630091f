#!/usr/bin/python3
"""The authorization code flow, told as transcripts: what came back through the browser, and what came of it."""

import base64
import re
import subprocess
import threading
import time
import urllib.parse

import pytest

from fake_idp import CLIENT, DISCOVERY, SUBJECT, Reply, error
from test_qr import image
from worker import OK, REFUSED, Worker, code_request, until

GOOD = [DISCOVERY, "/jwks", "/token"]
ONLY_LINK = GOOD[:2]


def begin(worker):
    """The prompt: its link."""
    prompt = worker.event()
    assert prompt["event"] == ["prompt"] and prompt["flow"] == ["code"], prompt
    return prompt["authorization_uri"][0]


def paste(worker, text):
    worker.send({"text": text})


def end(worker):
    """The result and the exit status."""
    result = worker.event()
    assert result["event"] == ["result"], result
    assert worker.event() is None
    return result, worker.end()


def login(idp, answer=None, **changed):
    """A whole login: ANSWER makes what is pasted of what the browser got."""
    with Worker(code_request(idp, **changed)) as worker:
        address = idp.approve(begin(worker))
        paste(worker, answer(address) if answer else address)
        return end(worker)


def refused(idp, expected, answer=None, paths=GOOD, **changed):
    result, status = login(idp, answer, **changed)
    assert (result["reason"], status) == ([expected], REFUSED), result
    assert "sub" not in result and idp.paths() == paths
    assert "canary" not in str(result)
    return result


def serve_metadata(idp, **changed):
    idp.answers[DISCOVERY] = Reply(idp.metadata(**changed))


def serve_push(idp, **changed):
    serve_metadata(idp, pushed_authorization_request_endpoint=idp.issuer + "/par", **changed)


def too_late(seconds):
    """An answer that comes when nobody waits for it any more, and that redeems no later code."""
    return lambda request: time.sleep(seconds) or error("server_error")


def random_of(text, count):
    return len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == count


# What is sent.


def test_a_login(idp):
    idp.claims = {"preferred_username": "alice"}
    result, status = login(idp, tokens="yes")
    assert (result["reason"], status) == (["ok"], OK)
    assert result["iss"] == [idp.issuer] and result["sub"] == [SUBJECT]
    assert result["claim"] == ["preferred_username=alice"]
    assert result["access_token"] == ["access-canary"]
    assert idp.paths() == GOOD and result["requests"] == ["3"]


def test_what_the_link_asks_for(idp):
    with Worker(code_request(idp, acr=["mfa", "hw k"], max_age="60", login_hint="al&ice",
                             authorization_prompt="login")) as worker:
        prompt = worker.event()
    link = prompt["authorization_uri"][0]
    assert 55 <= int(prompt["expires_in"][0]) <= 60 and "listening" not in prompt and "qr" not in prompt
    assert link.startswith(idp.issuer + "/authorize?")
    form = idp.asked(link)
    state, nonce, challenge = (form.pop(name) for name in ("state", "nonce", "code_challenge"))
    assert form == {
        "response_type": "code", "client_id": CLIENT, "redirect_uri": "https://sso.example.com/callback.html",
        "scope": "openid profile", "code_challenge_method": "S256", "prompt": "login", "login_hint": "al&ice",
        "acr_values": "mfa hw k", "max_age": "60",
    }
    noise, label = state.split(".")
    assert random_of(noise, 16) and random_of(nonce, 16) and random_of(challenge, 32)
    assert base64.urlsafe_b64decode(label + "==") == b"alice@host (sshd)"


def test_the_token_request(idp):
    result, status = login(idp, client_secret="s&cret", client_auth="client_secret_basic")
    assert status == OK, result
    token = idp.journal[-1]
    assert random_of(token.form.pop("code_verifier"), 32)
    assert token.form == {
        "grant_type": "authorization_code", "code": "code-canary", "client_id": CLIENT,
        "redirect_uri": "https://sso.example.com/callback.html",
    }
    assert token.headers["Authorization"] == "Basic bGFwdG9wOnMlMjZjcmV0"  # laptop:s%26cret


def test_each_attempt_has_its_own_numbers(idp):
    seen = []
    for _ in range(3):
        with Worker(code_request(idp)) as worker:
            form = idp.asked(begin(worker))
            seen += [form["state"], form["nonce"], form["code_challenge"]]
    assert len(set(seen)) == len(seen)


def test_the_prompt_comes_before_the_keys(idp):
    prompted, came_late = threading.Event(), []
    idp.answers["/jwks"] = lambda request: None if prompted.wait(20) else came_late.append(True)
    with Worker(code_request(idp)) as worker:
        begin(worker)
        prompted.set()
        until(lambda: "/jwks" in idp.paths())
    assert not came_late


def test_an_answer_that_comes_while_the_keys_are_fetched(idp):
    idp.answers["/jwks"] = lambda request: time.sleep(1)
    result, status = login(idp)
    assert status == OK, result
    assert idp.paths() == GOOD


# Discovery.


def test_what_is_configured_stands_and_the_document_is_read_all_the_same(idp):
    endpoints = idp.metadata()
    del endpoints["issuer"]
    serve_metadata(idp, authorization_response_iss_parameter_supported=True,
                   authorization_endpoint="https://elsewhere.example/")
    without_iss = lambda address: re.sub("&iss=.*", "", address)
    refused(idp, "token-issuer", without_iss, ONLY_LINK, **endpoints)


def test_without_discovery(idp):
    endpoints = idp.metadata()
    del endpoints["issuer"]
    result, status = login(idp, discovery="no", **endpoints)
    assert status == OK, result
    assert idp.paths() == GOOD[1:]


@pytest.mark.parametrize("changed, expected, detail", [
    ({"authorization_endpoint": "http://localhost/"}, "discovery", "authorization_endpoint is not an https address"),
    ({"authorization_endpoint": "https://localhost/<b>"}, "discovery", "no https address that can be shown"),
    ({"require_pushed_authorization_requests": "true"}, "discovery", "is neither true nor false"),
    ({"authorization_response_iss_parameter_supported": 1}, "discovery", "is neither true nor false"),
    ({"require_pushed_authorization_requests": True}, "discovery", "no pushed_authorization_request_endpoint"),
], ids=str)
def test_discovery_that_cannot_be_used(idp, changed, expected, detail):
    serve_metadata(idp, **changed)
    with Worker(code_request(idp)) as worker:
        result, status = end(worker)
    assert (result["reason"], status) == ([expected], REFUSED) and detail in result["detail"][0]
    assert idp.paths() == GOOD[:1]


def test_no_authorization_endpoint(idp):
    document = idp.metadata()
    del document["authorization_endpoint"]
    idp.answers[DISCOVERY] = Reply(document)
    with Worker(code_request(idp)) as worker:
        result, _ = end(worker)
    assert result["reason"] == ["discovery"] and "no authorization_endpoint" in result["detail"][0]
    assert idp.paths() == GOOD[:1]


# The pushed request.


@pytest.mark.parametrize("pushed", ["auto", "always"])
def test_a_pushed_request(idp, pushed):
    serve_push(idp, require_pushed_authorization_requests=True)
    with Worker(code_request(idp, pushed=pushed, client_secret="s&cret", client_auth="client_secret_post")) as worker:
        prompt = worker.event()
        link = prompt["authorization_uri"][0]
        assert 35 <= int(prompt["expires_in"][0]) <= 40
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
        assert query == {"client_id": CLIENT, "request_uri": "urn:ietf:params:oauth:request_uri:0"}
        form = idp.journal[-1].form if idp.paths()[-1] == "/par" else idp.journal[1].form
        assert form["client_secret"] == "s&cret" and form["response_type"] == "code" and form["client_id"] == CLIENT
        paste(worker, idp.approve(link))
        result, status = end(worker)
    assert status == OK, result
    assert idp.paths() == [DISCOVERY, "/par", "/jwks", "/token"]


@pytest.mark.parametrize("pushed", ["always", "never"])
def test_parameters_of_the_provider_s_own(idp, pushed):
    """They are said once, in the link or in the pushed request alone, and not to the token endpoint."""
    serve_push(idp)
    added = {"access_type": "offline", "audience": "https://api.example.com/?a=b&c#d", "ui_locales": "de fr", "x": ""}
    parameters = [f"{name}={value}" for name, value in added.items()]
    with Worker(code_request(idp, pushed=pushed, authorization_parameter=parameters)) as worker:
        link = begin(worker)
        paste(worker, idp.approve(link))
        _, status = end(worker)
    assert status == OK
    queries = {request.path: request.body.decode() for request in idp.journal}
    queries["link"] = urllib.parse.urlsplit(link).query
    said = {place: [item for item in urllib.parse.parse_qsl(query, keep_blank_values=True) if item[0] in added]
            for place, query in queries.items()}
    here = "/par" if pushed == "always" else "link"
    assert said.pop(here) == list(added.items()) and not any(said.values())


def test_no_parameter_of_the_pushed_request_stands_twice(idp):
    bodies = []
    serve_push(idp)
    idp.answers["/par"] = lambda request: bodies.append(request.headers["Content-Length"])
    login(idp)
    form = idp.journal[1].form
    assert bodies == [str(len(urllib.parse.urlencode(form, safe="*")))]


def test_requests_are_not_pushed_where_that_is_configured(idp):
    serve_push(idp)
    result, status = login(idp, pushed="never")
    assert status == OK, result
    assert idp.paths() == GOOD


@pytest.mark.parametrize("pushed, changed, expected, paths", [
    ("always", {}, "discovery", GOOD[:1]),
    ("auto", {"require_pushed_authorization_requests": True}, "discovery", GOOD[:1]),
    ("never", {"require_pushed_authorization_requests": True}, "config", GOOD[:1]),
])
def test_pushing_that_cannot_be(idp, pushed, changed, expected, paths):
    serve_metadata(idp, **changed)
    with Worker(code_request(idp, pushed=pushed)) as worker:
        result, status = end(worker)
    assert (result["reason"], status) == ([expected], REFUSED) and "pushed" in result["detail"][0]
    assert idp.paths() == paths


@pytest.mark.parametrize("reply, expected", [
    (error("invalid_client", 401), "client-refused"),
    (error("invalid_request"), "idp-error"),
    (Reply(status=429), "too-many"),
    (Reply(status=503), "idp-error"),
    (Reply(b"<html>", 201), "reply-form"),
    (Reply({"request_uri": "urn:a b", "expires_in": 60}, 201), "reply-form"),
    (Reply({"request_uri": "urn:a"}, 201), "reply-form"),
    (Reply(status=302, headers={"Location": "/token"}), "redirect"),
    (Reply(raw=[]), "unreachable"),
])
def test_a_pushed_request_that_is_refused(idp, reply, expected):
    serve_push(idp)
    idp.answers["/par"] = reply
    with Worker(code_request(idp)) as worker:
        result, status = end(worker)
    assert (result["reason"], status) == ([expected], REFUSED)
    assert result["detail"][0].startswith("pushed authorization request: ")
    assert set(idp.paths()) == {DISCOVERY, "/par"}


# The answer.


def test_the_forms_of_an_answer(idp):
    for form in (lambda address: address, lambda address: address.split("?")[1], lambda address: f"  {address} "):
        result, status = login(idp, form)
        assert status == OK, result


def change(name, value):
    """Sets a parameter of the answer: None takes it out, a list repeats it."""
    def changed(address):
        base, query = address.split("?")
        form = {**dict(urllib.parse.parse_qsl(query)), name: value}
        kept = {key: value for key, value in form.items() if value is not None}
        return base + "?" + urllib.parse.urlencode(kept, doseq=True)
    return changed


OTHER = "AAAAAAAAAAAAAAAAAAAAAA"

# Not the answer: nothing is sent, and another may follow.
WRONG = {
    "nothing": lambda address: "",
    "words": lambda address: "hello?",
    "code-alone": lambda address: "code=code-canary",
    "state-missing": change("state", None),
    "state-other": change("state", OTHER),
    "state-of-the-same-label": lambda address: re.sub(r"state=[^.]*", "state=" + OTHER, address),
    "state-without-its-label": lambda address: re.sub(r"(state=[^.]*)[^&]*", r"\1", address),
    "state-cut": lambda address: re.sub(r"(state=[^&]*).(&|$)", r"\1\2", address),
    "state-twice": lambda address: address + "&" + re.search("state=[^&]*", address)[0],
    "state-and-another": lambda address: address + "&state=" + OTHER,
    "another-and-state": lambda address: address.replace("?", f"?state={OTHER}&"),
    "error-of-another-state": lambda address: f"error=access_denied&state={OTHER}",
    "code-missing": change("code", None),
    "code-empty": change("code", ""),
    "code-twice": change("code", ["code-canary", "code-canary"]),
    "code-with-a-line-end": change("code", "a\r\nb"),
    "iss-twice": lambda address: address + "&" + re.search("iss=[^&]*", address)[0],
    "too-long": lambda address: address + "&x=" + "y" * 4096,
    "a-part-of-too-many": lambda address: "17/17:" + address.split("?")[1],
    "a-part-beyond-the-last": lambda address: "3/2:" + address,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_the_answer(idp, wrong):
    with Worker(code_request(idp)) as worker:
        address = idp.approve(begin(worker))
        for left in ("2", "1"):
            paste(worker, WRONG[wrong](address))
            again = worker.event()
            assert again["event"] == ["again"] and again["reason"] == ["answer"] and again["left"] == [left]
            assert "canary" not in str(again) and set(again) == {"event", "reason", "detail", "left"}
        paste(worker, WRONG[wrong](address))
        result, status = end(worker)
    assert (result["reason"], status) == (["answer"], REFUSED)
    assert "canary" not in str(result) and idp.paths() == ONLY_LINK


def test_the_right_answer_behind_two_wrong_ones(idp):
    with Worker(code_request(idp)) as worker:
        address = idp.approve(begin(worker))
        for text in ("no", "neither"):
            paste(worker, text)
            assert worker.event()["event"] == ["again"]
        paste(worker, address)
        result, status = end(worker)
    assert status == OK, result


def test_an_answer_of_an_earlier_sign_in(idp):
    with Worker(code_request(idp)) as first:
        earlier = idp.approve(begin(first))
        paste(first, earlier)
        assert end(first)[1] == OK
    requests = len(idp.journal)
    with Worker(code_request(idp)) as second:
        begin(second)
        for _ in range(3):
            paste(second, earlier)
        assert [second.event()["event"] for _ in range(2)] == [["again"]] * 2
        assert end(second)[0]["reason"] == ["answer"]
    assert idp.paths()[requests:] == ONLY_LINK


def test_an_answer_of_a_sign_in_beside_it(idp):
    with Worker(code_request(idp)) as one, Worker(code_request(idp)) as two:
        answers = [idp.approve(begin(worker), code=code) for worker, code in ((one, "one"), (two, "two"))]
        paste(one, answers[1])
        assert one.event()["reason"] == ["answer"]
        assert "/token" not in idp.paths()
        for worker, address in zip((one, two), answers):
            paste(worker, address)
            assert end(worker)[1] == OK


# An answer to this sign-in that ends it.
ENDS = {
    "denied": (lambda address: change("code", None)(address) + "&error=access_denied", "access-denied"),
    "denied-with-a-code": (lambda address: address + "&error=access_denied", "access-denied"),
    "login-required": (lambda address: address + "&error=login_required", "access-denied"),
    "client": (lambda address: address + "&error=unauthorized_client", "access-denied"),
    "server": (lambda address: address + "&error=server_error&error_description=later", "access-denied"),
    "iss-other": (change("iss", "https://evil.example"), "token-issuer"),
    "iss-longer": (lambda address: change("iss", address.split("iss=")[1] + "/")(address), "token-issuer"),
    "iss-empty": (change("iss", ""), "token-issuer"),
}


@pytest.mark.parametrize("how", ENDS)
def test_an_answer_that_ends_it(idp, how):
    answer, expected = ENDS[how]
    result = refused(idp, expected, answer, ONLY_LINK)
    assert result["detail"][0].startswith("answer: ")


@pytest.mark.parametrize("said, iss, expected", [
    (True, True, "ok"), (True, False, "token-issuer"), (False, False, "ok"), (None, False, "ok"),
])
def test_iss_is_there_where_the_provider_says_so(idp, said, iss, expected):
    if said is not None:
        serve_metadata(idp, authorization_response_iss_parameter_supported=said)
    result, _ = login(idp, None if iss else change("iss", None))
    assert result["reason"] == [expected]
    assert idp.paths() == (GOOD if expected == "ok" else ONLY_LINK)


# Parts.


def parts_of(address, size):
    pieces = [address[at:at + size] for at in range(0, len(address), size)]
    return [f"{number}/{len(pieces)}:{piece}" for number, piece in enumerate(pieces, 1)]


@pytest.mark.parametrize("order", ["forward", "backward", "one twice"])
def test_an_answer_in_parts(idp, order):
    with Worker(code_request(idp)) as worker:
        parts = parts_of(idp.approve(begin(worker)).split("?")[1], 30)
        assert len(parts) >= 4
        if order == "backward":
            parts.reverse()
        if order == "one twice":
            parts.insert(1, parts[0])
        for part in parts[:-1]:
            paste(worker, part)
            again = worker.event()
            assert again["event"] == ["again"] and again["left"] == ["3"] and "reason" not in again
        assert again["part"] == [parts[-1].split("/")[0]]
        paste(worker, parts[-1])
        result, status = end(worker)
    assert status == OK, result


def test_parts_of_another_answer_are_forgotten(idp):
    with Worker(code_request(idp)) as worker:
        parts = parts_of(idp.approve(begin(worker)).split("?")[1], 30)
        paste(worker, parts[0])
        assert worker.event()["part"] == ["2"]
        paste(worker, "1/2:other")
        assert worker.event()["reason"] == ["answer"]
        for part in parts:
            paste(worker, part)
        assert [worker.event()["event"] for _ in parts[1:]] == [["again"]] * (len(parts) - 1)
        assert end(worker)[1] == OK


def test_parts_without_end_are_bounded(idp):
    with Worker(code_request(idp)) as worker:
        begin(worker)
        worker.send(*[{"text": "1/2:x"}] * 65)
        for _ in range(64):
            assert worker.event()["part"] == ["2"]
        result, status = end(worker)
    assert (result["reason"], status) == (["answer"], REFUSED) and idp.paths() == ONLY_LINK


@pytest.mark.parametrize("said", [b"text=a\ntext=b\n\n", b"id=1\n\n", b"job=login\n\n", b"\n", b"text=\x1b[2J\n\n"])
def test_what_is_no_paste(idp, said):
    with Worker(code_request(idp)) as worker:
        begin(worker)
        worker.send(said)
        result, status = end(worker)
    assert (result["reason"], status) == (["internal"], REFUSED) and idp.paths() == ONLY_LINK


# The token.


@pytest.mark.parametrize("answer, expected", [
    (error("invalid_grant"), "expired"),
    (error("invalid_client", 401), "client-refused"),
    (error("access_denied", 403), "access-denied"),
    # what was pasted can have brought this about
    (error("invalid_request"), "access-denied"),
    (error("authorization_pending"), "access-denied"),
    (error("slow_down"), "access-denied"),
    (error("unsupported_grant_type"), "access-denied"),
    (error("server_error", 500), "access-denied"),
    (Reply(status=429), "too-many"),
    (Reply(status=503), "access-denied"),
    (Reply(b"<html>"), "access-denied"),
    (Reply(b"<html>", 403), "access-denied"),
    (Reply(b"x" * 2**22), "access-denied"),
    (Reply(raw=[]), "unreachable"),
    (Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]), "unreachable"),
    (too_late(3), "unreachable"),
    (Reply(status=302, headers={"Location": "/userinfo"}), "access-denied"),
    (Reply({"access_token": "access-canary", "token_type": "Bearer"}), "token-missing"),
], ids=str)
def test_a_code_is_sent_once_whatever_comes_of_it(idp, answer, expected):
    idp.answers["/token"] = answer
    refused(idp, expected, request_timeout="2")


def test_userinfo_that_is_too_large_is_a_refusal(idp):
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT, "picture": "x" * 2**16})
    refused(idp, "access-denied", paths=[*GOOD, "/userinfo"], userinfo="yes")


def test_the_deadline_behind_the_answer(idp):
    idp.answers["/token"] = too_late(6)
    refused(idp, "deadline", deadline="3")


def test_the_code_goes_over_a_connection_of_its_own(idp):
    result, status = login(idp)
    assert status == OK, result
    connections = [request.connection for request in idp.journal]
    assert connections[0] == connections[1] != connections[2] and result["connections"] == ["2"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("path", ["/par", "/token"])
def test_a_provider_that_repeats_what_it_was_sent(idp, path, method):
    repeated = []

    def repeat(request):
        name = parameters[len(repeated)]
        repeated.append(request.form[name])
        text = f"{repeated[-1]} {urllib.parse.quote_plus(repeated[-1], safe='*')} {request.headers['Authorization']}"
        return Reply({"error": "invalid_request", "error_description": text}, 400)

    names = {"/par": ["state", "nonce"], "/token": ["code", "code_verifier"]}[path]
    parameters = names + (["client_secret"] if method == "client_secret_post" else [])
    serve_push(idp)
    idp.answers[path] = repeat
    for _ in parameters:
        with Worker(code_request(idp, client_auth=method, client_secret="s&cret-canary", label=None)) as worker:
            event = worker.event()
            if path == "/token":
                paste(worker, idp.approve(event["authorization_uri"][0]))
                event = worker.event()
        assert event["reason"] == [{"/par": "idp-error", "/token": "access-denied"}[path]]
        assert event["detail"][0].count("***") >= 2
        assert repeated[-1] not in str(event) and repeated[-1][:4] not in event["detail"][0]
        assert "canary" not in str(event)
        idp.journal.clear()
    assert len(repeated) == len(parameters)


# auto.


AUTO = {
    "both": ({}, None, "device", None),
    "no-endpoint": ({"device_authorization_endpoint": None}, None, "code", None),
    "unauthorized": ({}, error("unauthorized_client"), "code", "device authorization: unauthorized_client"),
    "unsupported": ({}, error("unsupported_grant_type"), "code", "device authorization: unsupported_grant_type"),
    "not-found": ({}, Reply(status=404), "code", "device authorization: HTTP status 404"),
    "invalid-client": ({}, error("invalid_client", 401), "code", "device authorization: invalid_client"),
    "invalid-request": ({}, error("invalid_request"), "code", "device authorization: invalid_request"),
    "invalid-scope": ({}, error("invalid_scope"), "idp-error", None),
    "down": ({}, Reply(status=503), "idp-error", None),
    "broken": ({}, Reply(b"<html>"), "reply-form", None),
}


@pytest.mark.parametrize("how", AUTO)
def test_auto(idp, how):
    changed, device, expected, note = AUTO[how]
    document = {key: value for key, value in idp.metadata(**changed).items() if value}
    idp.answers[DISCOVERY] = Reply(document)
    if device:
        idp.answers["/device"] = device
    with Worker(code_request(idp, flow="auto")) as worker:
        event = worker.event()
        if event["event"] == ["result"]:
            assert event["reason"] == [expected] and idp.paths() == [DISCOVERY, "/device"]
            return
        assert ("flow" in event) == (expected == "code") != ("user_code" in event)
        if expected == "code":
            paste(worker, idp.approve(event["authorization_uri"][0]))
        result, status = end(worker)
    assert status == OK and result.get("note") == ([note] if note else None)
    asked_first = [] if how == "no-endpoint" else ["/device"]
    assert idp.paths() == [DISCOVERY, *asked_first, "/jwks", "/token"]


def test_auto_falls_to_code_ahead_of_the_prompt_only(idp):
    idp.answers["/token"] = error("unauthorized_client")
    with Worker(code_request(idp, flow="auto")) as worker:
        assert "user_code" in worker.event()
        assert end(worker)[0]["reason"] == ["client-refused"]


def test_neither_flow(idp):
    document = {key: idp.metadata()[key] for key in ("issuer", "token_endpoint", "jwks_uri")}
    idp.answers[DISCOVERY] = Reply(document)
    with Worker(code_request(idp, flow="auto")) as worker:
        result, _ = end(worker)
    assert result["reason"] == ["discovery"] and idp.paths() == GOOD[:1]


def test_the_device_flow_takes_no_paste(idp):
    idp.answers["/token"] = error("authorization_pending")
    with Worker(code_request(idp, flow="device")) as worker:
        assert "user_code" in worker.event()
        paste(worker, "code=a&state=b")
        assert end(worker)[0]["reason"] == ["cancelled"]


# The end.


@pytest.mark.parametrize("when", [DISCOVERY, "/par", "/jwks", "waiting", "/token"])
def test_the_caller_goes_away(idp, when):
    serve_push(idp)
    if when == DISCOVERY:
        idp.answers[DISCOVERY] = too_late(20)
    elif when != "waiting":
        idp.answers[when] = too_late(20)
    last = "/jwks" if when == "waiting" else when
    with Worker(code_request(idp, request_timeout="60")) as worker:
        if when == "/token":
            paste(worker, idp.approve(begin(worker)))
        until(lambda: last in idp.paths())
        time.sleep(0.2)
        worker.socket.close()
        worker.process.wait(timeout=2)
        requests = len(idp.journal)
    time.sleep(0.2)
    assert len(idp.journal) == requests and idp.paths()[-1] == last


def test_the_deadline(idp):
    with Worker(code_request(idp, deadline="2")) as worker:
        assert int(worker.event()["expires_in"][0]) <= 2
        paste(worker, "no")
        assert worker.event()["event"] == ["again"]
        result, status = end(worker)
    assert (result["reason"], status) == (["deadline"], REFUSED) and idp.paths() == ONLY_LINK


@pytest.mark.parametrize("path", [DISCOVERY, "/par"])
def test_the_deadline_before_there_is_a_link(idp, path):
    serve_push(idp)
    idp.answers[path] = too_late(4)
    with Worker(code_request(idp, deadline="2")) as worker:
        assert end(worker)[0]["reason"] == ["unreachable"]


def cpu_ticks(worker):
    with open(f"/proc/{worker.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_waiting_costs_nothing(idp):
    with Worker(code_request(idp)) as worker:
        begin(worker)
        until(lambda: "/jwks" in idp.paths())
        time.sleep(0.5)
        before = cpu_ticks(worker)
        time.sleep(2)
        assert cpu_ticks(worker) - before <= 10


# The QR code.


def test_the_qr_code_is_of_the_link(idp, tmp_path):
    serve_push(idp)
    with Worker(code_request(idp, qr="yes")) as worker:
        prompt = worker.event()
    picture = tmp_path / "qr.pgm"
    picture.write_bytes(image(prompt["qr"]))
    seen = subprocess.run(["zbarimg", "-q", "--raw", picture], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == prompt["authorization_uri"][0]
    assert {len(line) for line in prompt["qr"]} <= set(range(79))


def test_a_link_too_long_for_a_qr_code(idp):
    with Worker(code_request(idp, qr="yes", scope="openid " + "s" * 300)) as worker:
        prompt = worker.event()
    assert len(prompt["authorization_uri"][0]) > 460 and "qr" not in prompt


def test_a_link_too_long_to_be_one(idp):
    with Worker(code_request(idp, scope="openid " + "s" * 9000)) as worker:
        result, _ = end(worker)
    assert result["reason"] == ["config"] and "too long" in result["detail"][0]
