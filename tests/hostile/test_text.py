#!/usr/bin/python3
"""Text from outside: whatever a provider writes, what the worker passes on is plain, short and no secret."""

import json
import re
import urllib.parse

import pytest

from fake_idp import DISCOVERY, SUBJECT, Reply
from play import OK, code, device, refresh
from worker import Worker, code_request, login_request

# What means something to a terminal, a log, a record or a person who reads.
TEXTS = {
    "escape-sequence": "\x1b[2J\x1b]0;title\x07",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "c1-control": "\x9b31m",
    "line-ends": "one\r\ntwo\nthree\rfour\x85five\u2028six",
    "a-record-of-its-own": "x\n\nevent=result\nreason=ok\nsub=admin\n\n",
    "a-log-line-of-its-own": "x\nNov 23 12:00:00 host sshd[1]: Accepted publickey for root",
    "turning": "\u202egnihtyna\u202c \u2066isolate\u2069",
    "invisible": "al\u200bi\u00adce\ufeff",
    "del": "a\x7f\x08\x08b",
    "percent": "%s%n%p%1000000d",
    "long": "x" * 5000,
    "long-escapes": "\x1b" * 2000,
    "not-ascii": "\u0430\u0501\u043c\u0456n",
}
PLAIN = re.compile(r"[\x20-\x7e]*")
CLAIM = re.compile(r"[^\x00-\x1f\x7f]*")


def plain(outcome):
    """Every word of a result, and nothing that a log line would not hold. Only a claim is what it is: the host judges
    it, and escapes it where it shows it; but no control character can be in one."""
    for name, values in outcome.result.items():
        for value in values:
            assert (CLAIM if name in ("claim", "group", "acr") else PLAIN).fullmatch(value), value
    assert len("".join(outcome.result.get("detail", []))) <= 1024
    assert sum(len(note) for note in outcome.result.get("note", [])) < 64 * 1024
    assert outcome.reason != "ok" or outcome.result["sub"] == [SUBJECT]


@pytest.mark.parametrize("path", ["/device", "/token"])
@pytest.mark.parametrize("name", TEXTS)
def test_what_an_error_says(idp, path, name):
    idp.answers[path] = Reply({"error": "invalid_scope", "error_description": TEXTS[name]}, 400)
    outcome = device(idp) if path == "/device" else code(idp)
    plain(outcome)
    reason, start = {"/device": ("idp-error", "device"), "/token": ("access-denied", "token")}[path]
    assert outcome.reason == reason and outcome.result["detail"][0].startswith(start)


@pytest.mark.parametrize("name", TEXTS)
def test_what_an_error_is_called(idp, name):
    idp.answers["/token"] = Reply({"error": TEXTS[name]}, 400)
    outcome = code(idp)
    plain(outcome)
    assert outcome.reason == "access-denied"


@pytest.mark.parametrize("name", TEXTS)
def test_what_the_answer_says(idp, name):
    """What comes through the browser."""
    def answer(address):
        query = {"error": "server_error", "error_description": TEXTS[name]}
        return re.sub("code=[^&]*", lambda _: urllib.parse.urlencode(query), address)
    outcome = code(idp, answer if len(TEXTS[name]) < 2000 else None)
    plain(outcome)
    assert outcome.reason == ("access-denied" if len(TEXTS[name]) < 2000 else "ok")


@pytest.mark.parametrize("flow", [code, refresh])
@pytest.mark.parametrize("name", TEXTS)
def test_who_a_claim_says(idp, flow, name):
    """A claim that is not plain is none; it is not made plain, which would make it somebody's name."""
    idp.claims = {"preferred_username": TEXTS[name], "email": TEXTS[name], "email_verified": True,
                  "groups": [TEXTS[name]], "acr": TEXTS[name]}
    outcome = flow(idp)
    plain(outcome)
    passed = [value.split("=", 1)[1] for value in outcome.result.get("claim", [])]
    assert all(value == TEXTS[name] for value in [*passed, *outcome.result.get("group", [])])


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_token_is_refused_with(idp, name):
    """The detail quotes what was wrong."""
    for wrong in ("iss", "aud", "azp"):
        idp.reset()
        idp.claims = {wrong: TEXTS[name]}
        outcome = code(idp)
        plain(outcome)
        assert outcome.verdict != OK


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_key_is_called(idp, name):
    idp.answers["/jwks"] = Reply({"keys": [{"kty": TEXTS[name], "kid": TEXTS[name], "crv": TEXTS[name]}] * 3})
    outcome = code(idp)
    plain(outcome)
    assert outcome.reason == "token-key-unknown" and "note" in outcome.result


@pytest.mark.parametrize("name", TEXTS)
def test_what_discovery_says(idp, name):
    idp.answers[DISCOVERY] = Reply(idp.metadata(issuer=TEXTS[name]))
    outcome = code(idp)
    plain(outcome)
    assert outcome.reason == "discovery"


# How a provider may write what it was sent.
SPELLINGS = {
    "plain": str,
    "form": urllib.parse.quote_plus,
    "json": lambda text: json.dumps(text),
    "in-brackets": lambda text: f"<{text}>",
    "at-the-limit": lambda text: "x" * 180 + text,
}


def everything(worker):
    """All that a worker says until its end: its records and its standard error."""
    said = ""
    while event := worker.event():
        said += str(event)
        if event["event"] == ["prompt"] and "authorization_uri" in event:
            yield event["authorization_uri"][0]
    worker.end()
    yield said + worker.process.stderr.read()


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("path, secret", [
    ("/device", "client_secret"), ("/token", "client_secret"), ("/token", "device_code")])
def test_a_secret_that_comes_back_by_the_device_flow(idp, path, secret, spelling):
    idp.answers[path] = lambda request: Reply(
        {"error": "invalid_scope", "error_description": SPELLINGS[spelling](request.form[secret])}, 400)
    with Worker(login_request(idp, client_auth="client_secret_post", client_secret="secret-canary-1")) as worker:
        said = list(everything(worker))[-1]
    reason = {"/device": "idp-error", "/token": "access-denied"}[path]
    assert "canary" not in said and f"'reason': ['{reason}']" in said


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", ["client_secret", "code", "code_verifier"])
def test_a_secret_that_comes_back_by_the_code_flow(idp, secret, spelling):
    sent = []

    def token(request):
        sent.append(request.form[secret])
        return Reply({"error": "invalid_scope", "error_description": SPELLINGS[spelling](request.form[secret])}, 400)

    idp.answers["/token"] = token
    with Worker(code_request(idp, client_auth="client_secret_post", client_secret="secret-canary-1")) as worker:
        said = ""
        for said in everything(worker):
            if said.startswith("https:"):
                worker.send({"text": idp.approve(said)})
    assert sent and sent[0] not in said and "access-denied" in said
