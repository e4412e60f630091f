#!/usr/bin/python3
"""What the server and whoever listens to it learn: nothing of a session, a person or a key."""

import threading

from server import PASSWORD
from store import NEW, OLD, new_id

CANARIES = ["refresh-canary-1", "access-canary-1", "alice", "user:", "mallory-label", "owner", "groups"]


def listen(server, heard):
    """All commands of all clients, up to the first PING."""
    monitor = server.admin()
    monitor("MONITOR")

    def work():
        with monitor:
            while b'"PING"' not in (line := monitor.hear()):
                heard.append(line)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_nothing_is_there_to_read(server):
    session, owner = new_id(), new_id()
    labels = ["user:alice", "mallory-label"]
    heard = []
    thread = listen(server, heard)
    with server.open(NEW, OLD) as store, server.admin() as admin:
        store.put(session, index=labels)
        store.put(session, 1, index=labels)
        store.ask(op="find", index="user:alice")
        store.status(op="lock", id=session, owner=owner, ttl_ms=60_000)
        store.list()
        other = new_id()
        store.put(other)
        store.status(op="end", id=other, version=1, ttl=60)
        admin("SAVE")
        admin("PING")
    thread.join()
    dump = (server.dir / "dump.rdb").read_bytes()
    said = b"\n".join(heard)
    assert b'"SET" "pam_sso:s:' in said and b"pam_sso:s:" in dump
    for secret in [*CANARIES, session, other, NEW, OLD, bytes.fromhex(NEW), bytes.fromhex(OLD)]:
        secret = secret if isinstance(secret, bytes) else secret.encode()
        assert secret not in dump and secret not in said
    assert PASSWORD.encode() not in dump


def test_equal_sessions_look_different(server, store):
    for _ in range(20):
        store.put(new_id())
    with server.admin() as admin:
        values = [admin("GET", name) for name in server.names("s")]
    nonces = {value[10:22] for value in values}
    assert len(nonces) == len(values) == 20
    assert len({value[22:38] for value in values}) == 20
