"""What a login cost at the IdP: its requests without those of the person's browser."""

import json
import urllib.parse

DEVICE, TOKEN = "/device/auth", "/token"


def is_person(request):
    return request["headers"].get("user-agent", "").startswith(("Python-urllib", "Mozilla"))


def of_worker(seen):
    """The worker's requests, in order."""
    return [r for r in seen["requests"] if not is_person(r)]


def connections_of_worker(seen):
    """The connections that no browser used: also those on which nothing was asked."""
    browsers = {r["connection"] for r in seen["requests"] if is_person(r)}
    return [c for c in seen["connections"] if c["id"] not in browsers]


def sign_ins(seen):
    """How many device codes were asked for."""
    return sum(r["path"] == DEVICE for r in of_worker(seen))


def exchanges(seen):
    """The requests that gave a code for tokens."""
    return [r for r in polls(seen) if "grant_type=authorization_code" in r["body"]]


def polls(seen):
    return [r for r in of_worker(seen) if r["path"] == TOKEN]


def refreshes(seen):
    """The requests to renew a session."""
    return [r for r in polls(seen) if "grant_type=refresh_token" in r["body"]]


def tokens(seen, kind="refresh_token"):
    """All of a kind that the IdP gave out."""
    replies = [json.loads(r["reply"]) for r in polls(seen) if r["status"] == 200]
    return [reply[kind] for reply in replies if kind in reply]


def assert_no_replay(seen):
    """Each refresh token was sent at most once, and none in vain."""
    sent = [urllib.parse.parse_qs(r["body"])["refresh_token"][0] for r in refreshes(seen)]
    assert len(sent) == len(set(sent))
    assert {r["status"] for r in refreshes(seen)} <= {200}


def assert_pace(seen, interval):
    """No poll came sooner than INTERVAL seconds after the one before it, nor after the device code.

    Exact: the next poll leaves an interval after the reply to the one before, which is later than that
    one's arrival. Only the clocks' grain is allowed for.
    """
    arrivals = [r["time"] for r in of_worker(seen) if r["path"] in (DEVICE, TOKEN)]
    gaps = [after - before for before, after in zip(arrivals, arrivals[1:])]
    assert all(gap >= interval - 0.001 for gap in gaps), gaps
