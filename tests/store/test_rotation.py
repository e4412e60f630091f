#!/usr/bin/python3
"""Keys change in steps of a fleet whose machines are up to one step apart."""

import itertools

import pytest

from store import LINES, NEW, OLD, new_id

STEPS = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]]
NEIGHBOURS = [(a, b) for i, a in enumerate(STEPS) for j, b in enumerate(STEPS) if abs(i - j) == 1]
LABEL = ["user:alice"]


def name(keys):
    return ", ".join({OLD: "old", NEW: "new"}[key] for key in keys)


def pairs(rows):
    return pytest.mark.parametrize("first, second", rows, ids=[f"{name(a)} - {name(b)}" for a, b in rows])


# Who has the new key alone does not see what was last written before anybody sealed with it.
@pairs([(a, b) for a, b in NEIGHBOURS if a != [NEW, OLD] or b != [NEW]])
def test_neighbours_see_each_other_s_sessions(server, first, second):
    session = new_id()
    with server.open(*first) as one, server.open(*second) as two:
        assert one.put(session, index=LABEL)["version"] == ["1"]
        assert two.get(session)["line"] == LINES
        assert two.ask(op="find", index=LABEL)["id"] == [session]
        assert two.put(session, 1, ["renewed"], index=LABEL)["version"] == ["2"]
        assert one.put(session, 1)["status"] == ["stale"]
        assert one.get(session)["line"] == ["renewed"]
        assert one.ask(op="find", index=LABEL)["version"] == ["2"]
        assert [one.list(), two.list()] == [("ok", [session])] * 2
        assert two.status(op="end", id=session, version=2, ttl=60, index=LABEL) == "ok"
        assert one.get(session)["status"] == ["ended"]
        assert one.put(session, 2)["status"] == ["stale"]
        assert one.status(op="find", index=LABEL) == "none"
        assert one.status(op="remove", id=session, version=2) == "ok"
        assert two.get(session)["status"] == ["none"]


@pairs([([NEW, OLD], [NEW])])
def test_the_last_step(server, first, second):
    session = new_id()
    with server.open(*first) as one, server.open(*second) as two:
        one.put(session, index=LABEL)
        assert two.get(session)["line"] == LINES
        assert two.put(session, 1, index=LABEL)["version"] == ["2"]
        assert one.get(session)["version"] == ["2"]
        assert one.ask(op="find", index=LABEL)["version"] == ["2"]


@pairs(NEIGHBOURS)
def test_neighbours_exclude_each_other(server, first, second):
    session, mine, other = new_id(), new_id(), new_id()
    with server.open(*first) as one, server.open(*second) as two:
        assert one.status(op="lock", id=session, owner=mine, ttl_ms=60_000) == "ok"
        assert two.status(op="lock", id=session, owner=other, ttl_ms=60_000) == "locked"
        assert len(server.names("l")) == len(first)
        assert two.status(op="unlock", id=session, owner=other) in ("locked", "none")
        assert two.status(op="lock", id=session, owner=other, ttl_ms=60_000) == "locked"
        assert one.status(op="unlock", id=session, owner=mine) == "ok"
        assert server.names("l") == []
        assert two.status(op="lock", id=session, owner=other, ttl_ms=60_000) == "ok"


@pytest.mark.parametrize("steps", list(itertools.permutations(STEPS[1:3])), ids=str)
def test_a_value_has_one_name(server, steps):
    """Both names of a session are never left: the second key's would come back later."""
    session = new_id()
    with server.open(*steps[0]) as one, server.open(*steps[1]) as two:
        one.put(session, index=LABEL)
        before = server.names()
        two.put(session, 1, index=LABEL)
        after = server.names()
    assert len(before) == len(after) == 2 and not set(before) & set(after)


def test_a_session_outlives_a_rotation(server):
    session = new_id()
    for version, keys in enumerate(STEPS):
        with server.open(*keys) as store:
            assert version == 0 or store.get(session)["version"] == [str(version)]
            assert store.put(session, version, index=LABEL)["version"] == [str(version + 1)]
    with server.open(OLD) as store:
        assert store.get(session)["status"] == ["none"]


def test_another_key_sees_nothing(server):
    session = new_id()
    with server.open(OLD) as one, server.open(NEW) as two:
        one.put(session, index=LABEL)
        assert two.get(session)["status"] == ["none"]
        assert two.status(op="find", index=LABEL) == "none"
        assert two.list() == ("ok", [])
