#!/usr/bin/python3
"""The Nth allocation, send, random number and so on of sso-store fails, for every N: what it calls stored is there, whole,
and what it gives is what was stored."""

import signal

import pytest

from faults import KINDS, Plans, sample
from store import LINES, NEW, PROGRAM, Store, new_id

ALL = {"memory", "clock", "random"}
ENOUGH = 60  # of others
# What there is none of: it has no files, and forks nothing.
NONE = {"fcntl", "stat", "other-clock", "fork", "rename", "sync"}
# Of libraries that do without memory: libseccomp and OpenSSL, as in test_worker.py.
DIES = {"other-memory": (signal.SIGSEGV, signal.SIGABRT, signal.SIGALRM)}


class Broken(Exception):
    """It is gone before it said all."""


def ask(store, **fields):
    try:
        reply = store.ask(**fields)
    except (BrokenPipeError, ConnectionResetError):
        reply = None
    if reply is None:
        raise Broken
    return reply


def converse(server, store, session):
    """What is said to it: whether it said that it stored, and what it gave."""
    stored = False
    given = []
    try:
        if ask(store, **server.opening([NEW]))["status"] == ["ok"]:
            stored = ask(store, op="put", id=session, version=0, line=LINES, ttl=600, index=["user:alice"])["status"] == ["ok"]
            given.append(ask(store, op="get", id=session))
            given.append(ask(store, op="find", index=["user:alice"]))
            given.append(ask(store, op="lock", id=session, owner=session, ttl_ms=100))
    except Broken:
        pass
    except AssertionError:  # a record without its end
        stored = False
    return stored, given


def play(server, plan):
    session = new_id()
    with Store(program=plan.program) as store:
        stored, given = converse(server, store, session)
        store.socket.close()
        return session, stored, given, store.process.wait(timeout=60)


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_calls_stored_is_there(server, folder, kind):
    plans = Plans(folder, PROGRAM)
    plan = plans.mine()
    plan.set(skip=False)
    session, stored, given, status = play(server, plan)
    assert stored and given[0]["line"] == LINES and status == 0, (stored, given, status)
    count = plan.met()[kind]
    assert (count == 0) == (kind in NONE), count

    def run(plan, n):
        plan.set(kind, n, skip=False)
        session, stored, given, status = play(server, plan)
        where = f"{kind} {n}: {stored} {given} {status}"
        assert status >= 0 or -status in DIES.get(kind, ()), where
        if given and given[0]["status"] == ["ok"]:
            assert given[0]["line"] == LINES and given[0]["version"] == ["1"], where
        with server.open(NEW) as sound:
            there = sound.get(session)
        assert there["status"] == ["ok"] or not stored and there["status"] == ["none"], where
        assert there.get("line", LINES) == LINES, where

    plans.each(run, sample(count, count if kind in ALL else ENOUGH))
