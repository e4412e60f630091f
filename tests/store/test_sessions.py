#!/usr/bin/python3
"""What the store keeps: sessions by id and label, their versions, their ends, their locks."""

import concurrent.futures

import pytest

from store import LINES, NEW, new_id, until

ALICE = ["user:alice"]


def status(reply):
    (word,) = reply["status"]
    return word


def find(store, label=ALICE):
    return store.ask(op="find", index=label)


def end(store, session, version=1, index=(), ttl=60):
    return status(store.ask(op="end", id=session, version=version, ttl=ttl, index=list(index)))


def remove(store, session, version=1, index=()):
    return status(store.ask(op="remove", id=session, version=version, index=list(index)))


def test_what_is_put_is_got(store):
    session = new_id()
    assert store.get(session) == {"status": ["none"]}
    assert store.put(session) == {"status": ["ok"], "version": ["1"]}
    assert store.get(session) == {"status": ["ok"], "version": ["1"], "line": LINES}


@pytest.mark.parametrize("lines", [
    [],
    [""],
    ["", "", "a="],
    ["name=Zoë \u2588 = x"],
    ["x" * 30_000, "y" * 25_000],
    [f"facts=group={i}" for i in range(900)],
], ids=["none", "empty", "empties", "utf-8", "long", "many"])
def test_lines_come_back_to_the_letter(store, lines):
    session = new_id()
    assert status(store.put(session, lines=lines)) == "ok"
    assert store.get(session).get("line", []) == lines


def test_a_version_is_written_over_once(store):
    session = new_id()
    assert store.put(session)["version"] == ["1"]
    for version in (0, 2, 9):
        assert status(store.put(session, version)) == "stale"
    assert store.put(session, 1, ["second"])["version"] == ["2"]
    assert status(store.put(session, 1)) == "stale"
    assert store.get(session) == {"status": ["ok"], "version": ["2"], "line": ["second"]}


def test_what_is_gone_does_not_come_back(store):
    session = new_id()
    assert status(store.put(session, version=3)) == "stale"
    store.put(session)
    assert remove(store, session) == "ok"
    assert status(store.get(session)) == "none"
    assert status(store.put(session, version=1)) == "stale"
    assert remove(store, session) == "ok"


def test_many_writers_lose_nothing(server):
    session = new_id()
    rounds, writers = 25, 4

    def write(_):
        stale = 0
        with server.open(NEW) as store:
            for _ in range(rounds):
                while True:
                    reply = store.get(session)
                    count = int(reply["line"][0])
                    answer = status(store.put(session, int(reply["version"][0]), [str(count + 1)]))
                    if answer == "ok":
                        break
                    assert answer == "stale"
                    stale += 1
        return stale

    with server.open(NEW) as store:
        store.put(session, lines=["0"])
        with concurrent.futures.ThreadPoolExecutor(writers) as pool:
            list(pool.map(write, range(writers)))
        assert store.get(session)["line"] == [str(rounds * writers)]
        assert store.get(session)["version"] == [str(rounds * writers + 1)]


def test_an_ended_session_stays_ended(store):
    session = new_id()
    store.put(session, index=ALICE)
    assert end(store, session, index=ALICE) == "ok"
    assert store.get(session) == {"status": ["ended"]}
    for version in (0, 1, 2):
        assert status(store.put(session, version)) == "stale"
    assert store.get(session) == {"status": ["ended"]}
    assert status(find(store)) == "none"
    assert end(store, session) == "ok"
    assert remove(store, session) == "ok"
    assert status(store.get(session)) == "none"


def test_an_end_wins_over_a_renewal(store):
    """Who ends it may have read an older version than who renewed it."""
    session = new_id()
    store.put(session)
    store.put(session, 1)
    store.put(session, 2)
    assert end(store, session, version=1) == "ok"
    assert status(store.get(session)) == "ended"
    assert status(store.put(session, 3)) == "stale"


def test_the_last_sign_in_is_found(store):
    first, second = new_id(), new_id()
    assert status(find(store)) == "none"
    store.put(first, lines=["first"], index=ALICE)
    store.put(second, lines=["second"], index=ALICE)
    assert find(store) == {"status": ["ok"], "id": [second], "version": ["1"], "line": ["second"]}
    # A renewal of the first is no sign-in.
    store.put(first, 1, index=ALICE)
    assert find(store)["id"] == [second]
    # Where the second is gone, it is.
    assert remove(store, second, index=ALICE) == "ok"
    assert status(find(store)) == "none"
    store.put(first, 2, index=ALICE)
    assert find(store)["id"] == [first]


def test_an_end_leaves_another_s_label(store):
    first, second = new_id(), new_id()
    labels = [*ALICE, "key:alice:ssh-ed25519 AAAA"]
    store.put(first, index=labels)
    store.put(second, index=ALICE)
    assert end(store, first, index=labels) == "ok"
    assert find(store)["id"] == [second]
    assert status(find(store, labels[1:])) == "none"
    assert remove(store, second, index=labels) == "ok"
    assert status(find(store)) == "none"


def test_a_label_that_leads_nowhere(server, store):
    session = new_id()
    store.put(session, index=ALICE)
    assert remove(store, session) == "ok"
    assert len(server.names("i")) == 1
    assert status(find(store)) == "none"


def test_labels_are_told_apart(store):
    sessions = {label: new_id() for label in ("user:a", "user:A", "user:a ", "a", "user:\u00e4", "x" * 5000)}
    for label, session in sessions.items():
        store.put(session, index=[label])
    assert {label: find(store, [label])["id"][0] for label in sessions} == sessions


def test_the_server_ends_them(server, store):
    lasting, short = new_id(), new_id()
    store.put(lasting, ttl=600, index=ALICE)
    with server.admin() as admin:
        for name in server.names():
            assert 500_000 < admin("PTTL", name) <= 600_000
    store.put(short, ttl=1, index=["user:bob"])
    until(lambda: status(store.get(short)) == "none")
    assert status(find(store, ["user:bob"])) == "none"
    ended = new_id()
    store.put(ended)
    end(store, ended, ttl=1)
    until(lambda: status(store.get(ended)) == "none")
    assert status(store.get(lasting)) == "ok"


def lock(store, session, owner, ttl_ms=60_000):
    return store.status(op="lock", id=session, owner=owner, ttl_ms=ttl_ms)


def unlock(store, session, owner):
    return store.status(op="unlock", id=session, owner=owner)


def test_a_lock_has_one_owner(store):
    session, mine, other = new_id(), new_id(), new_id()
    assert lock(store, session, mine) == "ok"
    assert lock(store, session, other) == "locked"
    assert lock(store, session, mine) == "locked"
    assert unlock(store, session, other) == "locked"
    assert lock(store, session, other) == "locked"
    assert lock(store, new_id(), other) == "ok"
    assert unlock(store, session, mine) == "ok"
    assert unlock(store, session, mine) == "none"
    assert lock(store, session, other) == "ok"


def test_a_lock_ends_by_itself(store):
    session, mine, other = new_id(), new_id(), new_id()
    assert lock(store, session, mine, ttl_ms=50) == "ok"
    until(lambda: lock(store, session, other) == "ok")
    # Who was too slow takes nothing from who has it now.
    assert unlock(store, session, mine) == "locked"
    assert lock(store, session, mine) == "locked"


def test_a_lock_excludes(server):
    session = new_id()
    inside = []

    def work(_):
        with server.open(NEW) as store:
            for _ in range(10):
                owner = new_id()
                until(lambda: lock(store, session, owner) == "ok", 60)
                inside.append(owner)
                assert len(inside) == 1
                inside.remove(owner)
                assert unlock(store, session, owner) == "ok"

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_all_are_listed_once(server, store):
    assert store.list() == ("ok", [])
    sessions = {new_id() for _ in range(1000)}
    for session in sessions:
        store.put(session, lines=["x"])
    ended = new_id()
    store.put(ended, index=ALICE)
    end(store, ended)
    lock(store, new_id(), new_id())
    with server.admin() as admin:
        admin("SET", "pam_sso:s:" + "0" * 64, "planted")
        admin("SET", "pam_sso:s:short", "planted")
        admin("SET", "pam_sso:s:" + "x" * 5000, "planted")
        admin("SET", b"pam_sso:s:\x00" + b"1" * 63, "planted")
        admin("LPUSH", "pam_sso:s:" + "1" * 64, "planted")
        admin("SET", "other", "not ours")
    answer, ids = store.list()
    assert answer == "ok" and len(ids) == len(sessions) and set(ids) == sessions
    assert status(store.get(ids[0])) == "ok"


@pytest.mark.parametrize("request_fields", [
    {"op": "open"},
    {"op": "flush"},
    {"op": None, "id": "0" * 32},
    {"op": "get"},
    {"op": "get", "id": "0" * 31},
    {"op": "get", "id": "0" * 33},
    {"op": "get", "id": "A" * 32},
    {"op": "get", "id": "../../../../../../../../../../../."},
    {"op": "find"},
    {"op": "find", "index": ["a", "b"]},
    {"op": "put", "id": "0" * 32, "ttl": 60},
    {"op": "put", "id": "0" * 32, "version": -1, "ttl": 60},
    {"op": "put", "id": "0" * 32, "version": 2**63 - 1, "ttl": 60},
    {"op": "put", "id": "0" * 32, "version": 0},
    {"op": "put", "id": "0" * 32, "version": 0, "ttl": 0},
    {"op": "put", "id": "0" * 32, "version": 0, "ttl": 10**10},
    {"op": "put", "id": "0" * 32, "version": 0, "ttl": "1h"},
    {"op": "put", "id": "0" * 32, "version": 0, "ttl": 60, "index": ["a"] * 9},
    {"op": "end", "id": "0" * 32, "version": 1},
    {"op": "remove", "version": 1},
    {"op": "lock", "id": "0" * 32, "owner": "0" * 32},
    {"op": "lock", "id": "0" * 32, "ttl_ms": 100},
    {"op": "lock", "id": "0" * 32, "owner": "me", "ttl_ms": 100},
    {"op": "lock", "id": "0" * 32, "owner": "0" * 32, "ttl_ms": 0},
    {"op": "unlock", "id": "0" * 32},
], ids=str)
def test_a_request_without_sense(server, store, request_fields):
    assert store.status(**request_fields) == "invalid"
    assert server.names() == []
    assert status(store.put(new_id())) == "ok"
