#!/usr/bin/python3
"""Many sessions renewed by one worker: what is on its way at once, and what one cannot do to another."""

import pathlib
import threading
import time

import pytest

from fake_idp import DISCOVERY, SUBJECT, Reply, error
from worker import BROKEN, OK, REFUSED, Worker, refresh_request, renew, session_item, until

CONNECTIONS = 4  # of HTTP/1.1
ITEMS = 32  # that are unanswered at a time
STREAMS_IN_ALL = 190  # over one connection
PATIENCE = 30  # seconds for what has to come


def items(n):
    return [session_item(id=f"session-{i}", refresh_token=f"token-{i}") for i in range(n)]


def number(request):
    """Which item a request of the token endpoint is about."""
    return int(request.form["refresh_token"].split("-")[1])


def spent(idp):
    """The items in the order in which their tokens came."""
    return [number(request) for request in idp.journal if request.path == "/token"]


def rotate(idp):
    return lambda request: idp.tokens(refresh_token=f"next-{number(request)}")


def all_renewed(answers, n):
    assert len(answers) == n
    for i in range(n):
        answer = answers[f"session-{i}"]
        assert (answer["reason"], answer["refresh_token"]) == (["ok"], [f"next-{i}"]), answer


def held(idp, at_once):
    """Answers of a token endpoint that wait until so many requests are there together."""
    there = threading.Event()

    def answer(request):
        if len(spent(idp)) >= at_once:
            there.set()
        assert there.wait(PATIENCE)
        return rotate(idp)(request)

    return answer


def test_over_a_few_connections(idp):
    idp.answers["/token"] = held(idp, CONNECTIONS)
    answers, result, status = renew(refresh_request(idp), *items(200))
    assert status == OK
    all_renewed(answers, 200)
    assert (result["requests"], result["connections"]) == (["202"], [str(CONNECTIONS)])
    assert sorted(spent(idp)) == list(range(200)) and idp.connections == CONNECTIONS


def test_over_one_connection_of_http2(idp, http2):
    idp.answers["/token"] = held(idp, ITEMS)
    answers, result, status = renew(refresh_request(idp), *items(150))
    assert status == OK
    all_renewed(answers, 150)
    assert (result["requests"], result["connections"]) == (["152"], ["1"])
    assert http2.counted() == {"handshakes": 1, "at_once": ITEMS}


def test_a_connection_of_http2_is_retired(idp, http2):
    idp.answers["/token"] = rotate(idp)
    answers, result, status = renew(refresh_request(idp), *items(400))
    assert status == OK
    all_renewed(answers, 400)
    handshakes = http2.counted()["handshakes"]
    assert (result["requests"], result["connections"]) == (["402"], [str(handshakes)])
    # One that is slow to drain costs the next one its first streams.
    assert -(-(400 + 2) // STREAMS_IN_ALL) <= handshakes <= 5 and len(spent(idp)) == 400


def test_userinfo_is_asked_for_each(idp, http2):
    def userinfo(request):
        return Reply({"sub": SUBJECT, "groups": [request.headers["Authorization"]]})

    idp.answers["/token"] = rotate(idp)
    idp.answers["/userinfo"] = userinfo
    answers, result, status = renew(refresh_request(idp, userinfo="yes"), *items(60))
    assert status == OK and result["requests"] == ["122"]
    all_renewed(answers, 60)
    assert all(answer["group"] == ["Bearer access-canary"] for answer in answers.values())


# What became of one item -> its reason, and whether a new token is told with it.
FATES = {
    3: (lambda idp: error("invalid_grant"), "session-ended", False),
    7: (lambda idp: idp.tokens(id_token="x.y.z", refresh_token="next-7"), "token-form", True),
    8: (lambda idp: idp.tokens(id_token=idp.id_token(sub="other"), refresh_token="next-8"), "session-ended", True),
    12: (lambda idp: Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]), "unreachable", False),
    15: (lambda idp: Reply(b"x" * 100_000), "reply-size", False),
    19: (lambda idp: Reply(status=302, headers={"Location": "/"}), "redirect", False),
}


@pytest.mark.parametrize("protocol", ["http1", "http2"])
def test_one_cannot_spoil_another(idp, protocol, request):
    if protocol == "http2":
        request.getfixturevalue("http2")
    good = rotate(idp)
    idp.answers["/token"] = lambda req: FATES[number(req)][0](idp) if number(req) in FATES else good(req)
    answers, result, status = renew(refresh_request(idp), *items(40))
    assert status == OK and len(answers) == 40
    for i in range(40):
        answer = answers[f"session-{i}"]
        _, expected, new = FATES.get(i, (None, "ok", True))
        assert (answer["reason"], "refresh_token" in answer) == ([expected], new), answer
    assert sorted(spent(idp)) == list(range(40))


def test_answers_come_as_they_are_there(idp):
    told = threading.Event()

    def token(request):
        assert number(request) != 0 or told.wait(PATIENCE)
        return rotate(idp)(request)

    idp.answers["/token"] = token
    with Worker(refresh_request(idp)) as worker:
        worker.ready()
        worker.send(*items(10))
        order = [worker.event()["id"][0] for _ in range(9)]
        assert "session-0" not in order
        told.set()
        assert worker.event()["id"] == ["session-0"]
        worker.end_of_items()
        assert worker.event()["reason"] == ["ok"] and worker.end() == OK


def test_the_deadline_is_each_ones_own(idp):
    """The second is sent when a deadline that counted from the job's start would be past."""
    idp.answers["/token"] = rotate(idp)
    first, second = items(2)
    with Worker(refresh_request(idp, deadline="2")) as worker:
        worker.ready()
        worker.send(first)
        assert worker.event()["reason"] == ["ok"]
        time.sleep(2.2)
        worker.send(second)
        assert worker.event()["reason"] == ["ok"]


def test_a_caller_that_says_no_more_is_still_answered(idp):
    said = threading.Event()
    idp.answers["/token"] = rotate(idp)
    idp.answers["/userinfo"] = lambda request: said.wait(PATIENCE) and Reply({"sub": SUBJECT})
    with Worker(refresh_request(idp, userinfo="yes")) as worker:
        worker.ready()
        worker.send(*items(2))
        until(lambda: idp.paths().count("/userinfo") == 2)
        worker.end_of_items()
        said.set()
        assert [worker.event()["reason"] for _ in range(3)] == [["ok"]] * 3
        assert worker.event() is None and worker.end() == OK


def test_a_caller_that_dies(idp):
    idp.answers["/token"] = lambda request: time.sleep(20)
    with Worker(refresh_request(idp, request_timeout="60")) as worker:
        worker.ready()
        worker.send(*items(100))
        until(lambda: len(spent(idp)) == CONNECTIONS)
        worker.socket.close()
        worker.process.wait(timeout=10)
    time.sleep(0.2)
    assert len(spent(idp)) == CONNECTIONS


def test_a_caller_that_does_not_listen(idp):
    """What the socket does not take is kept, and nothing more is sent for it; then all is told."""
    n = 600
    idp.answers["/token"] = lambda request: idp.tokens(refresh_token="r" * 4000)
    with Worker(refresh_request(idp)) as worker:
        worker.ready()
        sender = threading.Thread(target=lambda: (worker.send(*items(n)), worker.end_of_items()))
        sender.start()
        until(lambda: len(spent(idp)) > 2 * CONNECTIONS)
        before = -1
        while before != len(spent(idp)):
            before = len(spent(idp))
            time.sleep(0.5)
        assert before < n
        told = {worker.event()["id"][0] for _ in range(n)}
        sender.join()
        assert len(told) == n and worker.event()["reason"] == ["ok"] and worker.end() == OK


def switches(worker):
    status = pathlib.Path(f"/proc/{worker.process.pid}/status").read_text()
    return [line for line in status.splitlines() if "voluntary_ctxt_switches" in line]


def test_an_idle_caller_is_waited_for(idp):
    idp.answers["/token"] = rotate(idp)
    with Worker(refresh_request(idp)) as worker:
        worker.ready()
        worker.send(*items(1))
        assert worker.event()["reason"] == ["ok"]
        before = None
        while before != (before := switches(worker)):
            time.sleep(1)  # a second without a wake-up
        worker.socket.close()
        assert worker.end() == BROKEN


def test_no_items(idp):
    answers, result, status = renew(refresh_request(idp))
    assert (answers, result["reason"], status) == ({}, ["ok"], OK) and idp.paths() == [DISCOVERY, "/jwks"]


# What stands where an item should.
NO_ITEMS = {
    "no-id": session_item(id=None),
    "empty-id": session_item(id=""),
    "long-id": session_item(id="x" * 129),
    "same-id": session_item(id="session-0", refresh_token="token-1"),
    "garbage": b"\x00\x01\n\n",
    "other-words": b"job=refresh\n\n",
    "cut": b"id=session-1\nrefresh_token=token-1\n",
    "endless": b"x" * 70_000,
}


@pytest.mark.parametrize("what", NO_ITEMS)
def test_no_item(idp, what):
    """The one before it is answered still; nothing behind it is read."""
    said = threading.Event()
    idp.answers["/token"] = lambda request: said.wait(PATIENCE) and rotate(idp)(request)
    with Worker(refresh_request(idp)) as worker:
        worker.ready()
        worker.send(*items(1))
        until(lambda: spent(idp) == [0])
        worker.send(NO_ITEMS[what])
        if what == "cut":
            worker.end_of_items()
        elif what != "endless":  # which the socket may be full of
            until(worker.has_read)
            worker.send(session_item(id="session-2", refresh_token="token-2"))
        said.set()
        answer, result = worker.event(), worker.event()
        assert (answer["id"], answer["reason"], answer["refresh_token"]) == (["session-0"], ["ok"], ["next-0"])
        assert (result["event"], result["reason"]) == (["result"], ["internal"]), result
        assert "canary" not in str(result) and "token-" not in str(result)
        assert worker.event() is None and worker.end() == REFUSED
    assert spent(idp) == [0]


def test_a_key_that_was_rotated_is_fetched_once_for_all(idp):
    both = Reply({"keys": [idp.key.jwk(), idp.other_key.jwk()]})
    idp.answers["/jwks"] = [Reply({"keys": [idp.key.jwk()]}), both]
    good = held(idp, CONNECTIONS)
    idp.answers["/token"] = lambda request: (
        good(request) and idp.tokens(id_token=idp.id_token(idp.other_key), refresh_token=f"next-{number(request)}"))
    answers, _, status = renew(refresh_request(idp), *items(20))
    assert status == OK and idp.paths().count("/jwks") == 2
    all_renewed(answers, 20)


def test_keys_that_cannot_be_fetched_again_stay(idp):
    idp.answers["/jwks"] = [Reply({"keys": [idp.key.jwk()]}), Reply(status=503)]
    idp.answers["/token"] = lambda request: idp.tokens(
        id_token=idp.id_token(idp.key if number(request) % 2 else idp.other_key))
    answers, _, status = renew(refresh_request(idp), *items(20))
    assert status == OK and idp.paths().count("/jwks") == 2
    for i in range(20):
        assert answers[f"session-{i}"]["reason"] == ["ok" if i % 2 else "keys"]


@pytest.mark.parametrize("status, seconds", [(429, 2), (503, 2), (503, None)])
def test_a_provider_that_wants_to_be_left_alone(idp, status, seconds):
    headers = {"Retry-After": str(seconds)} if seconds else {}
    idp.answers["/token"] = lambda request: (
        Reply(status=status, headers=headers) if number(request) == 0 else rotate(idp)(request))
    first, *rest = items(12)
    with Worker(refresh_request(idp)) as worker:
        worker.ready()
        worker.send(first)
        answer = worker.event()
        assert answer["reason"] == ["idp-error"] and answer.get("retry_after") == ([str(seconds)] if seconds else None)
        worker.send(*rest)
        worker.end_of_items()
        assert [worker.event()["reason"] for _ in range(12)] == [["ok"]] * 12
    asked = [request.at for request in idp.journal if request.path == "/token"]
    # The clock of the worker is cut to milliseconds.
    assert len(asked) == 12 and min(asked[1:]) - asked[0] >= (seconds or 1) - 0.002


def test_a_provider_that_wants_to_be_left_alone_for_longer_than_there_is_time(idp):
    idp.answers["/token"] = lambda request: Reply(status=429, headers={"Retry-After": "30000"})
    first, *rest = items(200)
    with Worker(refresh_request(idp)) as worker:
        worker.ready()
        worker.send(first)
        assert worker.event()["retry_after"] == ["21600"]  # six hours are the most that is believed
        worker.send(*rest)
        worker.end_of_items()
        for _ in rest:
            answer = worker.event()
            assert answer["reason"] == ["unreachable"] and int(answer["retry_after"][0]) > 20_000
            assert answer["detail"] == ["not sent: the provider asked to be left alone for longer"]
        assert worker.event()["reason"] == ["ok"] and worker.end() == OK
    assert spent(idp) == [0]


def test_one_that_waited_for_too_long_is_not_sent(idp):
    """A few are on their way and get no answer; half of their time later the others could be too late."""
    said = threading.Event()
    idp.answers["/token"] = lambda request: said.wait(PATIENCE) and rotate(idp)(request)
    with Worker(refresh_request(idp, deadline="8", request_timeout="30")) as worker:
        worker.ready()
        worker.send(*items(CONNECTIONS + 3))
        unsent = [worker.event() for _ in range(3)]
        said.set()
        sent = [worker.event() for _ in range(CONNECTIONS)]
        worker.end_of_items()
        assert worker.event()["reason"] == ["ok"] and worker.end() == OK
    assert {answer["reason"][0] for answer in sent} == {"ok"}
    assert {answer["id"][0] for answer in unsent} == {f"session-{CONNECTIONS + i}" for i in range(3)}
    for answer in unsent:
        assert answer["reason"] == ["unreachable"] and "retry_after" not in answer
        assert answer["detail"] == ["not sent: the provider was slow with those before"]
    assert sorted(spent(idp)) == list(range(CONNECTIONS))
