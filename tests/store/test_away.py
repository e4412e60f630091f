#!/usr/bin/python3
"""A server that is down, slow, restarted, full, read-only, or lets us do less: bounded, and said so."""

import contextlib
import signal
import socket

import pytest

from store import NEW, TIMEOUT_MS, Store, new_id, until

SESSION = "7" * 32


@contextlib.contextmanager
def opening(server, **changed):
    with Store() as store:
        yield store, store.ask(**server.opening([NEW], **changed))


@contextlib.contextmanager
def setting(server, **changed):
    """Settings of the server, put back at the end."""
    changed = {name.replace("_", "-"): value for name, value in changed.items()}
    with server.admin() as admin:
        before = {name: admin("CONFIG", "GET", name)[1] for name in changed}
        for name, value in changed.items():
            admin("CONFIG", "SET", name, value)
        try:
            yield admin
        finally:
            for name, value in before.items():
                admin("CONFIG", "SET", name, value)


@pytest.mark.parametrize("changed, status", [
    ({}, "ok"),
    ({"password": "wrong"}, "refused"),
    ({"user": "nobody"}, "refused"),
    ({"user": None, "password": None}, "refused"),
    ({"user": None}, "refused"),
    ({"user": "reader"}, "ok"),
], ids=str)
def test_who_may_come_in(server, changed, status):
    with opening(server, **changed) as (store, reply):
        assert reply["status"] == [status]
        assert (store.reply() is None) if status != "ok" else store.get(SESSION)["status"] == ["none"]


def test_a_database_that_is_not_there(server):
    with opening(server, url=server.url[:-1] + "99") as (_, reply):
        assert reply["status"] == ["refused"]


def test_another_database(server):
    with server.open(NEW, url=server.url[:-1] + "1") as one, server.open(NEW) as two:
        one.put(SESSION)
        assert one.get(SESSION)["status"] == ["ok"] and two.get(SESSION)["status"] == ["none"]


def test_what_the_user_may_not_do(server):
    with server.open(NEW, user="reader") as store:
        assert store.get(SESSION)["status"] == ["none"]
        assert store.put(SESSION)["status"] == ["refused"]
        assert store.list() == ("refused", [])
        assert store.status(op="lock", id=SESSION, owner=SESSION, ttl_ms=100) == "refused"
        assert store.status(op="remove", id=SESSION, version=1, index="user:alice") == "refused"
        assert store.get(SESSION)["status"] == ["none"]


def test_the_user_is_taken_away(server, store):
    with server.admin() as admin:
        admin("ACL", "SETUSER", "sso", "off")
        try:
            admin("CLIENT", "KILL", "USER", "sso")
            assert store.get(SESSION)["status"] == ["away"]
            assert store.get(SESSION)["status"] == ["refused"]
        finally:
            admin("ACL", "SETUSER", "sso", "on")
    assert store.get(SESSION)["status"] == ["none"]


def test_no_memory_left(server, store):
    store.put(SESSION)
    with setting(server, maxmemory="1", maxmemory_policy="noeviction"):
        reply = store.put(new_id())
        assert reply["status"] == ["full"] and "OOM" in reply["detail"][0]
        assert store.status(op="lock", id=SESSION, owner=SESSION, ttl_ms=100) == "full"
        assert store.get(SESSION)["status"] == ["ok"]
        assert store.status(op="remove", id=SESSION, version=1, index="user:alice") == "ok"
        assert store.get(SESSION)["status"] == ["none"]
    assert store.put(new_id())["status"] == ["ok"]


def test_an_end_without_memory(server, store):
    """There is no room to remember that it was ended; but it is gone."""
    store.put(SESSION, index=["user:alice"])
    with setting(server, maxmemory="1", maxmemory_policy="noeviction"):
        assert store.status(op="end", id=SESSION, version=1, ttl=60, index="user:alice") == "full"
        assert store.get(SESSION)["status"] == ["none"]


def test_a_replica(server, store):
    store.put(SESSION)
    with server.admin() as admin:
        admin("REPLICAOF", "127.0.0.1", "1")
        try:
            assert store.put(SESSION, 1)["status"] == ["away"]
            assert store.get(SESSION)["status"] == ["ok"]
        finally:
            admin("REPLICAOF", "NO", "ONE")
    assert store.put(SESSION, 1)["status"] == ["ok"]


def test_a_disk_that_fails(server, store):
    dump = server.dir / "dump.rdb"
    dump.unlink(missing_ok=True)
    dump.mkdir()
    with setting(server, save="3600 1000000") as admin:
        admin("BGSAVE")
        until(lambda: b"rdb_last_bgsave_status:err" in admin("INFO", "persistence"))
        reply = store.put(SESSION)
        assert reply["status"] == ["full"] and "MISCONF" in reply["detail"][0]
    dump.rmdir()
    with server.admin() as admin:
        admin("SAVE")
    assert store.put(SESSION)["status"] == ["ok"]


def test_too_many_clients(server, store):
    with setting(server, maxclients="1"):
        with opening(server) as (_, reply):
            assert reply["status"] == ["away"]


def test_a_silent_server(server):
    with server.open(NEW, timeout=2 * TIMEOUT_MS) as store:
        server.signal(signal.SIGSTOP)
        try:
            assert store.get(SESSION)["status"] == ["away"]
            with opening(server, timeout=TIMEOUT_MS) as (_, reply):
                assert reply["status"] == ["away"]
        finally:
            server.signal(signal.SIGCONT)
        until(lambda: store.get(SESSION)["status"] == ["none"])


def test_a_server_that_is_restarted(server, store):
    session = new_id()
    store.put(session)
    server.stop()
    assert store.get(session)["status"] == ["away"]
    reply = store.put(session, 1)
    assert reply["status"] == ["away"] and "refused" in reply["detail"][0]
    server.start()
    assert store.get(session)["status"] == ["none"]
    assert store.put(session)["status"] == ["ok"]


def test_nobody_there(server):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with opening(server, url=f"rediss://127.0.0.1:{port}") as (_, reply):
        assert reply["status"] == ["away"] and "connecting" in reply["detail"][0]


def test_a_name_that_is_not_there(server):
    with opening(server, url="rediss://redis.invalid", timeout=TIMEOUT_MS) as (_, reply):
        assert reply["status"] == ["away"]


def test_a_listener_that_never_answers(server):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for scheme in ("redis", "rediss"):
            url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
            with opening(server, url=url, timeout=TIMEOUT_MS) as (_, reply):
                assert reply["status"] == ["away"]


def test_an_address_that_is_not_answered(server):
    """TEST-NET-1: a connection there is refused, unreachable or silent; all of that is away."""
    with opening(server, url="rediss://192.0.2.1", timeout=TIMEOUT_MS) as (_, reply):
        assert reply["status"] == ["away"]
