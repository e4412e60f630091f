"""`ssoctl userinfo`, as a person calls it: the real worker, and a provider that answers as it likes."""

import json

import pytest

from fake_idp import Reply

CLAIMS = {
    "sub": "248289761001",
    "name": "Zo\u00eb \u202e \U0001f600",
    "groups": ["a", "b"],
    "empty": {},
    "none": [],
    "quote": 'a "b" \\ {c}',
    "address": {"country": "NL", "number": 7},
}

PRETTY = r"""{
  "sub": "248289761001",
  "name": "Zo\u00eb \u202e \ud83d\ude00",
  "groups": [
    "a",
    "b"
  ],
  "empty": {},
  "none": [],
  "quote": "a \"b\" \\ {c}",
  "address": {
    "country": "NL",
    "number": 7
  }
}
"""


def userinfo(machine, idp, *arguments, **options):
    machine.configure_idp(idp)
    return machine.as_somebody("userinfo", *arguments, file=machine.token_file(**options))


def test_claims_are_printed(machine, idp):
    idp.answers["/userinfo"] = Reply(CLAIMS)
    done = userinfo(machine, idp)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == PRETTY
    assert idp.journal[-1].headers["Authorization"] == "Bearer canary-access-token"


# What is not ASCII is escaped for a terminal, and is the same to a program.
def test_json(machine, idp):
    idp.answers["/userinfo"] = Reply(json.dumps(CLAIMS, ensure_ascii=False).encode())
    done = userinfo(machine, idp, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii() and done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == CLAIMS


# The person cannot read the client's secret, and it is not needed.
def test_a_secret_that_is_roots_is_left_alone(machine, idp):
    machine.configure_idp(idp)
    text = machine.conf.read_text().replace(
        "[session]", "client_auth = client_secret_basic\nclient_secret_file = /root/none\n[session]"
    )
    machine.conf.write_text(text)
    idp.answers["/userinfo"] = Reply(CLAIMS)
    done = machine.as_somebody("userinfo", file=machine.token_file())
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Reply(status=401), "userinfo: HTTP status 401"),
        (Reply(status=503), "userinfo: HTTP status 503"),
        (Reply([1]), "userinfo: not a JSON object"),
        (Reply({"name": "nobody"}), "userinfo: the claims have no sub"),
        (Reply(b'{"sub": "a", "sub": "b"}'), "userinfo: not a JSON object"),
        (Reply(b"<html>"), "userinfo: not a JSON object"),
        (Reply(b"x" * 1000000), "userinfo: the reply is too big"),
        (Reply(raw=[]), "userinfo: "),
    ],
)
def test_what_is_no_answer(machine, idp, answer, says):
    idp.answers["/userinfo"] = answer
    done = userinfo(machine, idp)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr and "canary" not in done.stderr


def test_an_expired_token_is_not_sent(machine, idp):
    done = userinfo(machine, idp, expires=1000000000)
    assert (done.returncode, done.stdout) == (1, "")
    assert "expired at 2001-09-09T01:46:40Z" in done.stderr and idp.paths() == []


def test_a_configuration_that_only_root_reads(machine, idp):
    machine.configure_idp(idp)
    machine.conf.chmod(0o600)
    done = machine.as_somebody("userinfo", file=machine.token_file())
    assert done.returncode in (0, 3)  # it may be the caller's own
    assert done.returncode == 0 or str(machine.conf) in done.stderr
