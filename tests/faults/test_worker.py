#!/usr/bin/python3
"""The Nth allocation, open, send and so on of the worker fails, for every N: what it tells is true or it is no success.

Whoever calls it goes by the whole result and the exit status (base/job.h). So a run is judged by these.
"""

import json
import signal
import threading
import time
import types

import pytest

from fake_idp import DISCOVERY, Reply, error
from faults import KINDS, Plans, sample
from worker import (OK, PROGRAM, READY, Worker, code_request, login_request, record, refresh_request,
                    revoke_request, session_item, until, userinfo_request)

CLAIMS = {"preferred_username": "alice", "groups": ["ops", "dev"], "acr": "mfa", "amr": ["otp", "pwd"], "auth_time": 1}
ALL = {"memory", "clock", "random"}
ENOUGH = 60  # of others
FEWER = 15  # in jobs that are short, and do what a login does
# What libraries do alike in every job: tried in one.
OF_LIBRARIES = {"other-memory", "other-clock", "fcntl", "socket-option", "limit", "syscall"}
# What there is none of: the worker writes and forks nothing, and asks for no names of its own.
NONE = {"read", "write", "stat", "fork", "rename", "sync", "thread"}
# Libraries have faults of their own where memory ends: libseccomp frees twice, or turns in circles until the worker's
# own alarm, and OpenSSL does without what it could not make.
DIES = {"other-memory": (signal.SIGSEGV, signal.SIGABRT, signal.SIGALRM), "fcntl": (signal.SIGALRM,)}
# Neither of these says who signed in.
BESIDE = {"event", "requests", "connections", "sandbox", "note", "detail"}


class Broken(Exception):
    """The worker is gone before it said all."""


def hear(worker):
    event = worker.event()
    if event is None:
        raise Broken
    return event


def by_device(idp, worker):
    event = hear(worker)
    return hear(worker) if event["event"] == ["prompt"] else event


def by_code(idp, worker):
    event = hear(worker)
    if event["event"] != ["prompt"]:
        return event
    address = idp.approve(event["authorization_uri"][0], code=f"code-canary-{worker.process.pid}")
    while event["event"] != ["result"]:  # what it could not read it asks for again
        worker.send({"text": address})
        event = hear(worker)
    return event


def by_refresh(idp, worker):
    """What it says of the session; a result where it says nothing of it."""
    event = hear(worker)
    if event != READY:
        return event
    worker.send(session_item(auth_time=str(CLAIMS["auth_time"])))
    worker.end_of_items()
    event = hear(worker)
    if event["event"] == ["renewed"]:
        assert event["id"] == ["session-1"]
        return {**event, "job": hear(worker)["reason"]}
    return event


def by_itself(idp, worker):
    return hear(worker)


def explain_request(idp):
    """What is asked about lies in the provider: no request goes there."""
    claims = {"iss": idp.issuer, "aud": "laptop", "sub": "248289761001", **idp.claims}
    return login_request(idp, job="explain", document=json.dumps(claims))


JOBS = {
    "device": (lambda idp: login_request(idp, userinfo="yes", tokens="yes", deadline="10"), by_device),
    "code": (lambda idp: code_request(idp, tokens="yes", deadline="10"), by_code),
    "refresh": (lambda idp: refresh_request(idp, deadline="10"), by_refresh),
    "userinfo": (lambda idp: userinfo_request(idp, deadline="10"), by_itself),
    "revoke": (lambda idp: revoke_request(idp, deadline="10"), by_itself),
    "probe": (lambda idp: login_request(idp, job="probe", deadline="10"), by_itself),
    "explain": (explain_request, by_itself),
}
SHORT = {"userinfo", "revoke", "probe", "explain"}
# What these do without.
NONE_OF = {"userinfo": {"random"}, "explain": {"connect", "random"}}
# It waits for nothing but the request, which may be there; and what Debian 12's libcurl has a socket for, Debian 13's has
# none.
BY_CHANCE = {("explain", "poll"), ("explain", "socket"), ("device", "fcntl")}


def play(idp, job, plan):
    """The result (None where there is none that is whole) and the exit status of a job."""
    request, talk = JOBS[job]
    with Worker(None, program=plan.program) as worker:
        worker.socket.settimeout(60)
        try:
            worker.socket.sendall(record(request(idp)))
            result = talk(idp, worker)
            assert worker.event() is None
        except (Broken, BrokenPipeError, ConnectionResetError):
            result = None
        except AssertionError:
            if worker.end() in (OK, 0):
                raise
            result = None  # a record without its end, of one that says that it is broken
        return result, worker.process.wait(timeout=60)


def told(result):
    """What a result says of a person or a provider; a machine that is busy is no clock that is off."""
    said = {key: values for key, values in result.items() if key not in BESIDE}
    if "clock" in said and abs(int(said["clock"][0])) < 60:
        del said["clock"]
    return said


def is_success(result, status):
    return result is not None and result["reason"] == ["ok"] and status == OK


def spoil_nothing(idp):
    """A provider that answers well."""
    idp.claims = dict(CLAIMS)
    idp.answers["/userinfo"] = Reply({"sub": "248289761001", "email": "a@example.com", "email_verified": True})
    iat = int(time.time())
    idp.claims.update(iat=iat, exp=iat + 3000)


def another_key(idp):
    idp.answers["/token"] = lambda request: idp.tokens(id_token=idp.id_token(idp.other_key))


def expired(idp):
    idp.claims["exp"] = idp.claims["iat"] - 60


def of_an_earlier_login(idp):
    idp.claims["iat"] -= 60


def from_the_future(idp):
    idp.claims["iat"] += 60


def for_another(idp):
    idp.claims["aud"] = "another"


def with_a_wrong_nonce(idp):
    idp.claims["nonce"] = "another"


def of_nobody(idp):
    idp.answers["/userinfo"] = Reply({"email": "a@example.com"})


def not_given_back(idp):
    idp.answers["/revoke"] = error("server_error", 503)


def without_keys(idp):
    idp.answers["/jwks"] = Reply({"keys": []})


def without_the_client(idp):
    idp.answers["/device"] = error("invalid_client", 401)


SPOILT = {"device": [another_key, expired, of_an_earlier_login, from_the_future, for_another],
          "code": [another_key, expired, of_an_earlier_login, for_another],
          "refresh": [another_key, expired, from_the_future, for_another],
          "userinfo": [of_nobody],
          "revoke": [not_given_back],
          "probe": [without_keys, without_the_client],
          "explain": [for_another]}


def each_call(idp, folder, job, kind, judge, whole=ALL):
    plans = Plans(folder, PROGRAM)
    plan = plans.mine()
    plan.set()
    right, status = play(idp, job, plan)
    count = plan.met()[kind]

    def run(plan, n):
        plan.set(kind, n)
        result, status = play(idp, job, plan)
        where = f"{job}, {kind} {n}: {result} {status}"
        assert status >= 0 or -status in DIES.get(kind, ()), where
        judge(right, result, status, where)

    enough = FEWER if job in SHORT else ENOUGH
    plans.each(run, sample(count, count if kind in whole else enough))
    return right, status, count


def is_true(right, result, status, where):
    if is_success(result, status):
        assert told(result) == told(right), where
    elif result is not None:
        assert not {"sub", "claim", "group", "access_token", "userinfo"} & set(result) or result["reason"] == ["ok"], where
        assert "canary" not in str(result.get("detail")) + str(result.get("note")), where


@pytest.mark.parametrize("job, kind", [
    (job, kind) for job in JOBS for kind in KINDS if job == "device" or kind not in OF_LIBRARIES])
def test_what_it_tells_is_true(idp, folder, job, kind):
    spoil_nothing(idp)
    right, status, count = each_call(idp, folder, job, kind, is_true)
    assert is_success(right, status), right
    assert (count == 0) == (kind in NONE | NONE_OF.get(job, set())) or (job, kind) in BY_CHANCE, count


def is_refused(right, result, status, where):
    assert not is_success(result, status), where
    is_true(right, result, status, where)


# All allocations: tests/unit/test_no_memory.c.
@pytest.mark.parametrize("kind", sorted(ALL))
@pytest.mark.parametrize("job, spoil", [(job, spoil) for job, spoils in SPOILT.items() for spoil in spoils])
def test_what_is_refused_stays_refused(idp, folder, job, spoil, kind):
    spoil_nothing(idp)
    spoil(idp)
    right, status, count = each_call(idp, folder, job, kind, is_refused, {"clock", "random"})
    assert not is_success(right, status) and "access_token" not in right
    assert count or kind == "random", count  # which what is refused early needs none of


def test_who_is_stuck_ends(idp, folder):
    """In a library, say, at the start or in a request. Whoever called may be gone, and end nobody."""
    spoil_nothing(idp)

    def run(plan, kind):
        plan.set(kind, -1)
        with Worker(login_request(idp, deadline="1"), program=plan.program) as worker:
            until(lambda: plan.met()[kind], 60)
            worker.socket.close()
            assert worker.process.wait(timeout=60) == -signal.SIGALRM and plan.met()[kind] == 1

    Plans(folder, PROGRAM).each(run, ["limit", "socket"])


DEADLY = [number for number in signal.valid_signals() if number not in (
    signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH,  # ignored unless one asks
    signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU,  # whose end is the caller's matter
    signal.SIGPIPE)]
BETWEEN = ("start", "prompt", "ready")
STEPS = {"device": ["start", DISCOVERY, "/device", "prompt", "/jwks", "/token", "/userinfo"],
         "code": [DISCOVERY, "/jwks", "prompt", "/token"],
         "refresh": [DISCOVERY, "/jwks", "ready", "/token"]}


@pytest.mark.parametrize("job, step", [(job, step) for job, steps in STEPS.items() for step in steps])
def test_who_is_killed_tells_nothing(idp, folder, job, step):
    request, talk = JOBS[job]
    plan = Plans(folder, PROGRAM).mine()
    plan.set()
    for number in DEADLY:
        spoil_nothing(idp)
        with Worker(None, program=plan.program) as worker:
            sent = threading.Event()
            idp.answers["/token"] = lambda request: sent.wait(60) and None  # nobody is in before
            idp.answers[step] = lambda request: worker.process.send_signal(number)
            if step == "start":
                until(lambda: plan.met()["limit"])
                worker.process.send_signal(number)
            else:
                worker.socket.sendall(record(request(idp)))
            if step in ("prompt", "ready"):
                hear(worker)
                worker.process.send_signal(number)
            sent.set()
            result = None
            try:
                result = worker.event() if step in BETWEEN else talk(idp, worker)
            except (Broken, BrokenPipeError, ConnectionResetError):
                pass
            assert worker.process.wait(timeout=60) == -number and result is None, (number, result)
        plan.set()


@pytest.mark.parametrize("limit", ["-n 5", "-n 8", "-f 0", "-s 128", "-s 64", "-v 60000", "-v 200000", "-c 0"])
def test_low_limits(idp, folder, limit):
    spoil_nothing(idp)
    program = folder / "limited"
    program.write_text(f"#!/bin/sh\nulimit {limit} && exec {PROGRAM}\n")
    program.chmod(0o755)
    plan = types.SimpleNamespace(program=program)
    result, status = play(idp, "device", plan)
    if is_success(result, status):
        assert result["sub"] == ["248289761001"]
    another_key(idp)
    assert not is_success(*play(idp, "device", plan))
