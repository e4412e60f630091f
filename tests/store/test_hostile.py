#!/usr/bin/python3
"""A server that must not be believed: nothing that it says makes a session, or holds anybody up."""

import contextlib
import itertools
import pathlib
import time

import pytest

from fake_redis import CLOSE, HANG, NIL, OK, QUEUED, FakeRedis
from store import LINES, NEW, TIMEOUT_MS, Store, new_id, until

MEBIBYTE = b"x" * (1 << 20)
PASSWORD = "hostile-password-canary"
SESSION = "5" * 32
PATIENT_MS = 20_000  # for what has to come


@pytest.fixture
def fake():
    with FakeRedis() as fake:
        yield fake


def ask_open(fake, timeout):
    store = Store()
    reply = store.ask(op="open", url=fake.url, user="sso", password=PASSWORD, key=NEW, timeout=timeout)
    return store, reply["status"][0]


@contextlib.contextmanager
def opened(fake, timeout=PATIENT_MS):
    """A conversation whose server answered well so far, as often as that takes where time is short."""
    status = None
    while status != "ok":
        store, status = ask_open(fake, timeout)
        with store:
            if status == "ok":
                fake.heard.clear()
                fake.connections = 1
                yield store


@pytest.fixture
def store(fake):
    with opened(fake) as store:
        yield store


def silence():
    while True:
        time.sleep(0.05)
        yield b""


def endless(part):
    return lambda _: itertools.repeat(part)


NONSENSE = {
    "a status": b"+OK\r\n",
    "an integer": b":1\r\n",
    "an array": b"*1\r\n$1\r\nx\r\n",
    "no type": b"hello\r\n",
    "nothing": b"\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "tls": b"\x15\x03\x01\x00\x02\x02\x28\r\n",
    "no CR": b"$1\nx\n",
    "a map": b"%1\r\n+a\r\n+b\r\n",
    "null of RESP 3": b"_\r\n",
    "a length below -1": b"$-2\r\n",
    "a length of letters": b"$x\r\n",
    "a length with a sign": b"$+1\r\nx\r\n",
    "a length past its end": b"$1\r\nxyz\r\n",
    "a length of 512 MB": b"$536870912\r\n",
    "a length past 64 bits": b"$99999999999999999999999\r\n",
    "two billion elements": b"*2147483647\r\n",
    "past 32 bits of elements": b"*4294967297\r\n",
    "arrays in arrays": b"*1\r\n" * 100_000,
    "integers without end": b":" + b"1" * 100_000,
    "512 MB": lambda _: itertools.chain([b"$536870912\r\n"], itertools.repeat(MEBIBYTE, 512)),
    "an endless line": endless(MEBIBYTE),
    "an endless status": lambda _: itertools.chain([b"+"], itertools.repeat(MEBIBYTE)),
    "endless arrays": endless(b"*4096\r\n" * 1000),
    "cut off": lambda _: iter([b"$100\r\nxxx", CLOSE]),
    "half, then silence": lambda _: itertools.chain([b"$100\r\nxxx"], silence()),
    "nothing said": HANG,
    "hung up": CLOSE,
}


SILENT = {"no CR", "half, then silence", "nothing said"}


def peak_kib(store):
    text = pathlib.Path(f"/proc/{store.process.pid}/status").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense(fake, name):
    with opened(fake, TIMEOUT_MS if name in SILENT else PATIENT_MS) as store:
        fake.answers[b"GET"] = NONSENSE[name]
        before = peak_kib(store)
        reply = store.get(SESSION)
        assert reply["status"] == ["away"] and "line" not in reply and reply["detail"] != [""]
        assert peak_kib(store) - before < 16 * 1024
        # The next operation has a connection of its own.
        fake.answers.clear()
        until(lambda: store.get(SESSION)["status"] == ["none"])
        assert fake.connections >= 2


@pytest.mark.parametrize("answer", [b"$0\r\n\r\n", b"$3\r\nxyz\r\n", b"$38\r\n" + b"\x01" * 38 + b"\r\n",
                                    b"$70000\r\n" + b"x" * 70_000 + b"\r\n"],
                         ids=["empty", "short", "zeros", "long"])
def test_values_that_are_none_of_ours(fake, store, answer):
    fake.answers[b"GET"] = answer
    assert store.get(SESSION)["status"] == ["damaged"]
    assert store.status(op="find", index="user:alice") == "damaged"
    assert store.put(SESSION)["status"] == ["damaged"]
    assert store.status(op="lock", id=SESSION, owner=SESSION, ttl_ms=100) == "ok"
    assert store.status(op="unlock", id=SESSION, owner=SESSION) == "locked"
    assert fake.connections == 1


@pytest.mark.parametrize("said, status", [
    ("OOM command not allowed when used memory > 'maxmemory'.", "full"),
    ("MISCONF Redis is configured to save RDB snapshots", "full"),
    ("WRONGPASS invalid username-password pair or user is disabled.", "refused"),
    ("NOAUTH Authentication required.", "refused"),
    ("NOPERM this user has no permissions to run the 'get' command", "refused"),
    ("WRONGTYPE Operation against a key holding the wrong kind of value", "damaged"),
    ("LOADING Redis is loading the dataset in memory", "away"),
    ("READONLY You can't write against a read only replica.", "away"),
    ("MASTERDOWN Link with MASTER is down", "away"),
    ("BUSY Redis is busy running a script.", "away"),
    ("ERR unknown command", "away"),
    ("", "away"),
    ("\x1b[2J " + PASSWORD, "away"),
], ids=lambda value: value.split(" ")[0])
def test_errors(fake, store, said, status):
    fake.answers[b"GET"] = f"-{said}\r\n".encode()
    reply = store.get(SESSION)
    assert reply["status"] == [status]
    assert PASSWORD not in reply["detail"][0] and "\x1b" not in reply["detail"][0]
    fake.answers.clear()
    assert store.get(SESSION) == {"status": ["none"]}
    assert fake.connections == 1


@pytest.mark.parametrize("command, answer, status", [
    (b"AUTH", b"-WRONGPASS no\r\n", "refused"),
    (b"AUTH", b"-ERR AUTH <password> called without any password configured\r\n", "refused"),
    (b"AUTH", f"-ERR unknown {PASSWORD}\r\n".encode(), "away"),
    (b"AUTH", b"+QUEUED\r\n", "away"),
    (b"AUTH", NIL, "away"),
    (b"AUTH", HANG, "away"),
    (b"AUTH", CLOSE, "away"),
    (b"AUTH", b"-ERR max number of clients reached\r\n", "away"),
    (b"SELECT", b"-ERR DB index is out of range\r\n", "refused"),
    (b"SELECT", b":0\r\n", "away"),
    (b"SELECT", HANG, "away"),
], ids=str)
def test_signing_in(fake, command, answer, status):
    fake.answers[command] = answer
    store, said = ask_open(fake, TIMEOUT_MS if answer is HANG else PATIENT_MS)
    with store:
        assert said == status
        assert store.reply() is None and store.process.wait(timeout=30) == 0


@pytest.mark.parametrize("command, answer, status", [
    (b"WATCH", b"-NOPERM no\r\n", "refused"),
    (b"WATCH", HANG, "away"),
    (b"MULTI", b"-NOPERM no\r\n", "refused"),
    (b"SET", b"-OOM no\r\n", "full"),
    (b"SET", b":1\r\n", "away"),
    (b"EXEC", b"*1\r\n-OOM no\r\n", "full"),
    (b"EXEC", b"*0\r\n", "away"),
    (b"EXEC", b"*2\r\n+OK\r\n+OK\r\n", "away"),
    (b"EXEC", OK, "away"),
    (b"EXEC", b"*-1\r\n", "stale"),
    (b"EXEC", b"-EXECABORT no\r\n", "away"),
    (b"EXEC", HANG, "away"),
    (b"EXEC", CLOSE, "away"),
], ids=str)
def test_writing(fake, command, answer, status):
    well = {b"WATCH": OK, b"MULTI": OK, b"SET": QUEUED, b"EXEC": b"*1\r\n+OK\r\n"}
    with opened(fake, TIMEOUT_MS if answer is HANG else PATIENT_MS) as store:
        fake.answers.update({**well, command: answer})
        reply = store.put(SESSION)
        assert reply["status"] == [status] and "version" not in reply
        fake.answers.update(well)
        until(lambda: store.put(SESSION) == {"status": ["ok"], "version": ["1"]})


def test_an_error_in_a_transaction_is_told(fake, store):
    """EXEC only says that it was aborted; what was wrong was said before."""
    fake.answers.update({b"SET": b"-OOM no\r\n", b"EXEC": b"-EXECABORT no\r\n"})
    reply = store.put(SESSION)
    assert reply["status"] == ["full"] and "OOM" in reply["detail"][0]


def test_answers_that_are_shifted(fake, store):
    """One reply too many, and each command has its predecessor's answer: never a session."""
    fake.answers[b"GET"] = NIL + NIL
    assert store.get(SESSION)["status"] == ["none"]
    fake.answers[b"GET"] = NIL
    for _ in range(3):
        assert store.get(SESSION)["status"] == ["none"]
    assert store.put(SESSION)["status"] == ["away"]


def test_a_transaction_without_end_is_left(fake, store):
    fake.answers.update({b"SET": QUEUED, b"DEL": QUEUED, b"EXEC": b"*-1\r\n"})
    assert store.status(op="end", id=SESSION, version=1, ttl=60, index="user:alice") == "stale"
    assert [words[0] for words in fake.heard].count(b"EXEC") == 3


@pytest.mark.parametrize("answer", [
    b"*0\r\n", b"*1\r\n$1\r\n0\r\n", b"*2\r\n$1\r\n0\r\n$1\r\nx\r\n", b"*2\r\n:0\r\n*0\r\n", b"$1\r\n0\r\n", NIL,
    b"*2\r\n$1\r\nx\r\n*0\r\n", b"*2\r\n$-1\r\n*0\r\n", b"*2\r\n$30\r\n" + b"1" * 30 + b"\r\n*0\r\n",
    b"*2\r\n$0\r\n\r\n*-1\r\n", b"*2\r\n$0\r\n\r\n*0\r\n",
    b"*2\r\n$1\r\n0\r\n*5000\r\n", HANG, CLOSE, b"-NOPERM no\r\n",
], ids=str)
def test_scanning(fake, answer):
    with opened(fake, TIMEOUT_MS if answer is HANG else PATIENT_MS) as store:
        fake.answers[b"SCAN"] = answer
        status, ids = store.list()
    assert status == ("refused" if answer == b"-NOPERM no\r\n" else "away") and ids == []


def test_names_without_end(fake, store):
    counter = itertools.count(1)

    def more(_):
        cursor = b"%d" % next(counter)
        return b"*2\r\n$%d\r\n%s\r\n*1\r\n$74\r\npam_sso:s:%064d\r\n" % (len(cursor), cursor, next(counter))

    fake.answers[b"SCAN"] = more
    status, ids = store.list()
    assert status == "away" and ids == []


@pytest.fixture
def values(server):
    """A server's values, by what was done: (name, value) of a session, of another one, of an older version, of a
    tombstone, and of a label."""
    with server.open(NEW) as store, server.admin() as admin:
        session, other, ended = new_id(), new_id(), new_id()

        def name_of(before):
            (name,) = set(server.names("s")) - set(before)
            return name

        store.put(session)
        mine = name_of([])
        old = admin("GET", mine)
        store.put(session, 1, ["second"])
        store.put(other, lines=["other"])
        theirs = name_of([mine])
        store.put(ended)
        tomb = name_of([mine, theirs])
        alive = admin("GET", tomb)
        store.ask(op="end", id=ended, version=1, ttl=60)
        store.put(other, 1, ["other"], index=["user:alice"])
        (label,) = server.names("i")
        yield {"store": store, "admin": admin, "session": session, "mine": mine, "old": old, "theirs": theirs,
               "tomb": tomb, "ended": ended, "alive": alive, "label": label}


@pytest.mark.parametrize("source", ["theirs", "tomb", "label"])
def test_a_value_under_another_name(values, source):
    admin, store = values["admin"], values["store"]
    admin("COPY", values[source], values["mine"], "REPLACE")
    assert store.get(values["session"])["status"] == ["damaged"]
    assert store.put(values["session"], 2)["status"] == ["damaged"]
    assert values["session"] not in store.list()[1]


def test_a_label_that_is_planted(values):
    admin, store = values["admin"], values["store"]
    admin("COPY", values["theirs"], values["label"], "REPLACE")
    assert store.status(op="find", index="user:alice") == "damaged"
    admin("SET", values["label"], "5" * 32)
    assert store.status(op="find", index="user:alice") == "damaged"


def test_flipped_bits(values):
    admin, store = values["admin"], values["store"]
    value = admin("GET", values["mine"])
    for at in range(len(value)):
        flipped = bytearray(value)
        flipped[at] ^= 1 << at % 8
        admin("SET", values["mine"], bytes(flipped))
        assert store.get(values["session"])["status"] == ["damaged"]
    for length in range(0, len(value), 7):
        admin("SET", values["mine"], value[:length])
        assert store.get(values["session"])["status"] == ["damaged"]
    admin("SET", values["mine"], value + b"\0")
    assert store.get(values["session"])["status"] == ["damaged"]
    admin("SET", values["mine"], value)
    assert store.get(values["session"])["line"] == ["second"]


def test_an_old_value_is_what_it_was(values):
    """What a seal cannot keep (seal.h): the old session comes back, with its old version, and no other."""
    admin, store = values["admin"], values["store"]
    admin("SET", values["mine"], values["old"])
    assert store.get(values["session"]) == {"status": ["ok"], "version": ["1"], "line": LINES}
    assert store.put(values["session"], 2)["status"] == ["stale"]
    admin("SET", values["tomb"], values["alive"])
    assert store.get(values["ended"])["version"] == ["1"]


@pytest.mark.parametrize("kind", [("LPUSH", "x"), ("HSET", "a", "b"), ("SADD", "x")], ids=str)
def test_another_type_of_value(values, kind):
    admin, store = values["admin"], values["store"]
    for name in (values["mine"], values["label"]):
        admin("DEL", name)
        admin(kind[0], name, *kind[1:])
    assert store.get(values["session"])["status"] == ["damaged"]
    assert store.status(op="find", index="user:alice") == "damaged"
    assert store.put(values["session"], 2)["status"] == ["damaged"]
    assert store.list()[0] == "ok"
