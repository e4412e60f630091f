"""What `ssoctl refresh` makes of stored sessions, with a worker that answers by the session's subject."""

import contextlib
import json
import os
import re
import signal
import time

import pytest

from stored import ID, WORKER, name_of
from worker import until


@pytest.fixture
def renewing(machine, tmp_path):
    worker = tmp_path / "worker"
    worker.write_text(WORKER)
    worker.chmod(0o755)
    machine.configure(f"[network]\nworker = {worker}\nworker_user = nobody\n")
    return machine


def name(number):
    return f"{number:032x}"


def now(ago=0):
    return str(int(time.time()) - ago)


def keep(machine, number, sub, **changes):
    """A session that is due, and that only its end removes."""
    return machine.keep(id=name(number), sub=sub, ssh_key="ssh-ed25519 AAAA", **changes)


def told(done):
    """What became of which session."""
    rows = [line.split() for line in done.stdout.splitlines()]
    assert all(row[1] == "alice" and len(row) == 4 for row in rows)
    return {int(row[0], 16): (row[2], row[3]) for row in rows}


def refresh_token(file):
    return re.search(r"(?m)^refresh_token=canary-refresh-token(.*)$", file.read_text())[1]


def test_many(renewing):
    files = [keep(renewing, number, "ok") for number in range(300)]
    done = renewing.ssoctl("refresh")
    assert (done.returncode, done.stderr) == (0, "")
    assert told(done) == {number: ("renewed", "ok") for number in range(300)}
    assert {refresh_token(file) for file in files} == {"-next"}
    done = renewing.ssoctl("refresh")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_by_its_answer(renewing):
    subs = ["ok", "session-ended", "acr", "ok", "unreachable", "token-signature", "ok"]
    files = [keep(renewing, number, sub) for number, sub in enumerate(subs)]
    done = renewing.ssoctl("refresh")
    assert done.returncode == 1
    outcome = {"ok": "renewed", "session-ended": "ended"}
    assert told(done) == {number: (outcome.get(sub, "failed"), sub) for number, sub in enumerate(subs)}
    assert [file.exists() for file in files] == [sub != "session-ended" for sub in subs]
    assert [refresh_token(files[number]) for number in (0, 2, 4)] == ["-next", "", ""]
    assert "spending" not in "".join(file.read_text() for file in files if file.exists())


def test_json(renewing):
    keep(renewing, 1, "ok")
    done = renewing.ssoctl("refresh", "--json")
    said = {"id": name(1), "user": "alice", "outcome": "renewed", "reason": "ok"}
    assert (done.returncode, json.loads(done.stdout)) == (0, said)


def test_a_worker_that_breaks(renewing):
    """What it was sent and did not answer is lost; all else stays."""
    files = [keep(renewing, 1, "silent"), *(keep(renewing, number, "ok") for number in range(2, 6))]
    done = renewing.ssoctl("refresh")
    assert done.returncode == 1 and "the worker ended without a result" in done.stderr
    said = told(done)
    assert said[1] == ("lost", "session-lost")
    assert [file.exists() for file in files] == [number not in said or said[number][0] == "renewed" for number in range(1, 6)]
    assert "spending" not in "".join(file.read_text() for file in files if file.exists())


def test_wants_to_be_left_alone(renewing):
    files = [keep(renewing, number, "unreachable-for-60") for number in range(10)]
    done = renewing.ssoctl("refresh")
    assert done.returncode == 1 and len(told(done)) == 1
    assert all(file.exists() for file in files)


def test_is_away(renewing):
    files = [keep(renewing, number, "unreachable") for number in range(10)]
    done = renewing.ssoctl("refresh")
    assert done.returncode == 1 and len(told(done)) == 3
    assert all(file.exists() for file in files)


def test_left_half_renewed(renewing):
    """Whoever was at it is gone: its token may be spent, and is not sent again, due or not."""
    spending = renewing.keep(id=name(1), sub="ok", spending="yes", verified=now(), created=now())
    done = renewing.ssoctl("refresh")
    assert (done.returncode, told(done)) == (1, {1: ("lost", "session-lost")})
    assert f"{name(1)}: nobody knows whether its refresh token is spent" in done.stderr
    assert not spending.exists()


def test_is_not_due(renewing):
    file = keep(renewing, 1, "ok", verified=now(), created=now())
    done = renewing.ssoctl("refresh")
    assert (done.returncode, done.stdout) == (0, "")
    done = renewing.ssoctl("refresh", name(1))
    assert (done.returncode, told(done)) == (0, {1: ("renewed", "ok")})
    assert refresh_token(file) == "-next"


def test_cannot_be_renewed(renewing):
    file = keep(renewing, 1, "ok", refresh_token=None)
    done = renewing.ssoctl("refresh")
    assert (done.returncode, told(done)) == (0, {1: ("not-renewable", "token-missing")})
    assert file.exists()


def test_cannot_be_renewed_is_told_whoever_is_away(renewing):
    keep(renewing, 0, "unreachable-for-60")
    for number in range(1, 20):
        keep(renewing, number, "ok", refresh_token=None)
    keep(renewing, 20, "unreachable-for-60")
    said = told(renewing.ssoctl("refresh"))
    assert {number: said.get(number) for number in range(1, 20)} == {
        number: ("not-renewable", "token-missing") for number in range(1, 20)
    }


@contextlib.contextmanager
def watching(machine):
    with machine.start("refresh", "--watch") as watcher:
        try:
            yield watcher
        finally:
            watcher.kill()


def stop(watcher):
    """Ends --watch. Returns what it said."""
    watcher.send_signal(signal.SIGTERM)
    output, errors = watcher.communicate(timeout=60)
    assert watcher.returncode == 0
    return output, errors


def test_watch_tells_once_what_cannot_be_renewed(renewing):
    """In the round in which it is due; each of the rounds here has another session to renew."""
    keep(renewing, 0, "ok", refresh_token=None)
    with watching(renewing) as watcher:
        for number in range(1, 4):
            file = keep(renewing, number, "ok")
            until(lambda: refresh_token(file) == "-next", 60)
            if number == 1:
                keep(renewing, 10, "ok", refresh_token=None, verified=now(299), created=now(299))
        output, errors = stop(watcher)
    outcomes = [line.split()[2] for line in output.splitlines()]
    assert errors == "" and sorted(outcomes) == ["not-renewable"] * 2 + ["renewed"] * 3


@pytest.fixture
def sharing(machine, shared):
    """A machine whose store is away, with a login whose session another machine ended."""
    machine.configure(f"{shared.settings}[network]\nworker_user = nobody\n")
    machine.bind(process=name_of(os.getpid()))
    shared.stand("away")
    return machine


def test_a_store_that_is_away_is_a_failure(sharing):
    done = sharing.ssoctl("refresh")
    assert (done.returncode, done.stdout) == (1, "") and "it sleeps" in done.stderr
    for operand in ([], ["--watch"]):
        done = sharing.ssoctl("refresh", ID, *operand)
        assert (done.returncode, done.stdout) == (1, "") and "it sleeps" in done.stderr


def test_watch_waits_for_a_store_that_is_away(sharing, shared):
    """From its start; it says so once, and does not ask in each round."""
    began = time.clock_gettime(time.CLOCK_BOOTTIME)
    with watching(sharing) as watcher:
        until(lambda: len(shared.opened()) == 2, 60)
        shared.stand("ok")
        line = watcher.stdout.readline()
        output, errors = stop(watcher)
    assert line.split()[0] == ID and line.split()[2] == "ended" and output == ""
    assert errors.count("it sleeps") == errors.count("\n") == 1
    _, second, third = (opened - began for opened in shared.opened())  # each as late as the machine is busy
    assert second > 4.9 and third > 14.9


def test_watch_does_not_wait_for_what_needs_an_administrator(sharing, shared):
    shared.stand("refused")
    done = sharing.ssoctl("refresh", "--watch")
    assert (done.returncode, done.stdout) == (1, "") and "it sleeps" in done.stderr


def test_nobody_is_left(renewing):
    """Only a session that nothing leads to goes, and only bindings that are over."""
    old = {"created": now(1000), "verified": now(1000), "sub": "ok"}
    left = renewing.keep(id=name(1), **old)
    closed = renewing.keep(id=name(2), **old)
    opened = renewing.keep(id=name(3), **old)
    new = renewing.keep(id=name(4), **{**old, "created": now()})
    keyed = keep(renewing, 5, "ok", created=now(1000), verified=now(1000))
    over = renewing.bind(session=name(2))
    living = renewing.bind(session=name(3), process=name_of(os.getpid()))
    done = renewing.ssoctl("refresh")
    gone = ("left", "ok")
    assert told(done) == {1: gone, 2: gone, 3: ("renewed", "ok"), 4: ("renewed", "ok"), 5: ("renewed", "ok")}
    assert [file.exists() for file in (left, closed, opened, new, keyed)] == [False, False, True, True, True]
    assert [file.exists() for file in (over, living)] == [False, True]


def test_account_any_finds_it_later(renewing):
    file = renewing.keep(id=name(1), sub="ok", created=now(1000), verified=now())
    renewing.conf.write_text(renewing.conf.read_text() + "[service sshd]\naccount = any\n")
    done = renewing.ssoctl("refresh")
    assert (done.returncode, done.stdout) == (0, "") and file.exists()


@pytest.mark.parametrize("operand", [ID, "alice", "../pam_sso.conf"])
def test_there_is_no_such_session(renewing, operand):
    keep(renewing, 1, "ok")
    done = renewing.ssoctl("refresh", operand)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no such session" in done.stderr


def test_what_is_no_session_stays(renewing):
    torn = keep(renewing, 1, "ok")
    torn.write_bytes(torn.read_bytes()[:-1])
    keep(renewing, 2, "ok")
    done = renewing.ssoctl("refresh")
    assert done.returncode == 1 and told(done) == {2: ("renewed", "ok")}
    assert torn.exists() and name(1) in done.stderr


def test_no_token_is_shown(renewing):
    for number, sub in enumerate(["ok", "session-ended", "unreachable"]):
        keep(renewing, number, sub)
    done = renewing.ssoctl("refresh")
    assert "canary" not in done.stdout + done.stderr
