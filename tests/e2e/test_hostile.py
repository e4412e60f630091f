"""A provider that misbehaves by name (tests/hostile), in front of real doors: they stay shut, and the log says why."""

import sys

import pexpect
import pytest
from hosts import HOSTS
from world import PROJECT, configure, trust

for folder in ("worker", "hostile"):
    sys.path.append(str(PROJECT / "tests" / folder))
from fake_idp import CLIENT, DISCOVERY, FakeIdp, Reply  # noqa: E402 (found by the lines above)
from play import issue  # noqa: E402
from replies import DEVICE_REPLIES, DISCOVERY_REPLIES, TOKEN_REPLIES, USERINFO_REPLIES, at_sign_in  # noqa: E402
from test_text import TEXTS  # noqa: E402
from tokens import TOKENS  # noqa: E402

DOORS = ("ssh", "su")


@pytest.fixture(scope="module")
def liar(machine, tmp_path_factory):
    """The provider that lies: the machine is configured for it, and believes its certificate."""
    directory = tmp_path_factory.mktemp("liar")
    idp = FakeIdp(directory)
    trust(idp)
    yield idp
    idp.stop()
    trust(machine[0])
    configure(machine[0])


@pytest.fixture
def lies(liar):
    liar.reset()
    liar.claims = {"preferred_username": "alice", "groups": ["ops"]}
    configure(liar, provider={"client_id": CLIENT}, network={"request_timeout": "5s"})
    return liar


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


def knock(door):
    """Asks for alice's shell, and waits for what comes: it opens, it is over, or the next module asks."""
    with HOSTS[door]("alice") as session:
        ends = [session.shell, pexpect.EOF, "[Pp]assword.*: ", "once you have approved code [^:]*: "]
        while (came := session.tty.expect(ends)) == 3:
            session.transcript += session.tty.before + session.tty.after
            session.enter()
        session.transcript += session.tty.before
        return ("opened", "shut", "next")[came], session.transcript


def reasons(log):
    return [line.split("reason=")[1].split()[0] for line in log.splitlines() if "event=verdict" in line]


def test_opens_for_what_is_right(lies, door):
    """Without this, doors that never open would do."""
    assert knock(door)[0] == "opened"


@pytest.mark.parametrize("name", [
    "alg-'none'-unsigned", "alg-HS256-by-the-public-key", "jwk-of-mallory", "kid-not-in-the-set", "iss-other",
    "aud-several-with-azp", "exp-past", "iat-of-an-earlier-sign-in", "sub-twice", "logout-token", "rsa-1024",
])
def test_token(lies, door, name, new_log):
    """Threat (ID tokens): denied, and no next module is asked under sshd's and su's stacks."""
    expected, maker, keys = (*TOKENS[name], None)[:3]
    issue(lies, maker, keys)
    came, transcript = knock(door)
    assert came == "shut" and "[alice]" not in transcript
    assert set(reasons(new_log())) == {expected}


REPLIES = {
    DISCOVERY: (DISCOVERY_REPLIES, ["issuer-other", "redirect-302", "endless-body"]),
    "/device": (DEVICE_REPLIES, ["user-code-escape-sequence", "link-two-lines", "link-with-userinfo"]),
    "/token": (TOKEN_REPLIES, ["token-type-dpop", "access-token-with-a-line-end", "success-with-status-400",
                               "id-token-missing"]),
    "/userinfo": (USERINFO_REPLIES, ["sub-other", "sub-twice"]),
}


@pytest.mark.parametrize("path, name", [(path, name) for path, (_, names) in REPLIES.items() for name in names])
def test_reply(lies, door, path, name, new_log):
    """Threat (network): a denial is the end; where the provider could not be asked, the local password still keeps
    the door."""
    verdict, expected, reply = REPLIES[path][0][name]
    verdict, expected = at_sign_in(path, verdict, expected)
    if path == "/userinfo":
        configure(lies, provider={"client_id": CLIENT}, access={"groups_source": "userinfo", "allow_groups": "ops"})
    lies.answers[path] = reply(lies) if callable(reply) else reply
    came, transcript = knock(door)
    assert came == ("shut" if verdict == "denied" else "next") and "[alice]" not in transcript
    assert set(reasons(new_log())) == {expected}


@pytest.mark.parametrize("name", ["clipboard", "a-log-line-of-its-own", "turning", "long-escapes"])
def test_text(lies, door, name, new_log):
    """Threat (text from outside): what a provider says of an error, and how it calls people, is escaped in the log,
    on one short line, and not shown."""
    lies.claims = {"preferred_username": TEXTS[name][:200]}
    came, transcript = knock(door)
    assert came == "shut" and TEXTS[name][:20] not in transcript
    lies.answers["/token"] = Reply({"error": "invalid_scope", "error_description": TEXTS[name]}, 400)
    came, transcript = knock(door)
    assert came == "shut" and TEXTS[name][:20] not in transcript
    ours = [line for line in new_log().splitlines() if "event=" in line]
    assert ours and all(len(line) <= 1024 + 100 and line.isprintable() and line.isascii() for line in ours)
    assert "Accepted publickey for root" not in [line.split(": ", 1)[-1] for line in new_log().splitlines()]
