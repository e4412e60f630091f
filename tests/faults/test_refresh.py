#!/usr/bin/python3
"""The Nth allocation, open, write, fork and so on of `ssoctl refresh` fails, for every N. Whatever does:

- what it calls renewed is stored so, with the token that the provider gave;
- a session is lost only where its token was sent, and none that was spent is sent again;
- its worker is gone when it is, no memory is lost, and what a later call finds is whole.
"""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from faults import KINDS, Plans, sample
from stored import FIELDS, WORKER, record

SSOCTL = pathlib.Path(os.environ.get("SSOCTL", "build/ssoctl")).resolve()
SUBS = ["ok", "session-ended", "ok", "unreachable"]
TOKENS = [f"canary-{number}" for number in range(len(SUBS))]
ENOUGH = 60
# What there is none of.
NONE = {"connect", "socket-option", "fcntl", "other-clock", "random", "thread", "limit"}
# A library that decides nothing here.
OF_LIBRARIES = {"other-memory"}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="sessions are root's")


class Place:
    """A store with sessions that are due, and a worker that notes what it is sent."""

    def __init__(self, folder):
        self.store, self.conf, self.sent = folder / "store", folder / "pam_sso.conf", folder / "sent"
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        self.store.mkdir(mode=0o700)
        self.sent.mkdir()
        self.sent.chmod(0o777)
        worker = folder / "worker"
        worker.write_text(WORKER)
        worker.chmod(0o755)
        self.conf.write_text(
            f"[provider]\nissuer = https://idp.example.com\nclient_id = host\n[session]\nkeep = yes\n"
            f"directory = {self.store}\n[network]\nworker = {worker}\nworker_user = nobody\n")
        self.conf.chmod(0o600)
        for number, sub in enumerate(SUBS):
            fields = {**FIELDS, "id": name(number), "sub": sub, "ssh_key": "ssh-ed25519 AAAA",
                      "refresh_token": TOKENS[number]}
            file = self.store / name(number)
            file.write_text("version=1\n\n" + record(fields))
            file.chmod(0o600)

    def refresh(self, program=SSOCTL):
        """The exit status, and what became of which session: its outcome."""
        done = subprocess.run([program, "refresh", "--conf", self.conf], capture_output=True, text=True, timeout=60,
                              check=False)
        rows = [line.split() for line in done.stdout.splitlines()]
        assert "canary" not in done.stdout + done.stderr
        return done.returncode, {int(row[0], 16): row[2] for row in rows if len(row) == 4}, done.stderr

    def tokens(self):
        """Each that was sent, as often as it was: where a worker gets one twice, it ends."""
        return [what for _, what in self.noted() if what != "ready"]

    def workers(self):
        return {int(pid) for pid, _ in self.noted()}

    def noted(self):
        return [file.name.split() for file in self.sent.iterdir()]

    def stored(self, number):
        """The refresh token of a session, and whether it is being spent; or None."""
        file = self.store / name(number)
        if not file.exists():
            return None
        text = file.read_text()
        assert text.startswith("version=") and text.endswith("\n\n"), text
        return re.search(r"(?m)^refresh_token=(.*)$", text)[1], "\nspending=yes\n" in text

    def left(self):
        """What is there beside sessions and their locks."""
        return [file.name for file in self.store.iterdir() if not re.fullmatch(r"[0-9a-f]{32}(\.lock)?|logins", file.name)]


def name(number):
    return f"{number:032x}"


def lives(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def judge(place, status, said, in_hand, where):
    """Of one call. What was IN_HAND when the worker could be heard no more is lost, sent or not."""
    assert status in (0, 1) or -status in (signal.SIGABRT,), where
    assert not any(map(lives, place.workers())), where
    sent = place.tokens()
    assert len(sent) == len(set(sent)), where
    for number, token in enumerate(TOKENS):
        stored = place.stored(number)
        if token not in sent and number not in in_hand:
            assert stored == (token, False), where
        elif stored and stored[0] == token and SUBS[number] == "ok":
            assert stored[1], where
        if said.get(number) == "renewed":
            assert stored == (f"{token}-next", False), where
        if said.get(number) == "lost":
            assert stored is None, where
    if status == 0:
        assert all(said[number] == "renewed" for number in (0, 2)) and said[1] == "ended", where


def judge_later(place, gone, where):
    """Of a call behind it, in which nothing fails. What may be GONE: what was sent before, or in hand."""
    _, said, _ = place.refresh()
    sent = place.tokens()
    assert all(sent.count(TOKENS[number]) <= 1 for number in (0, 2)), where
    for number, outcome in said.items():
        assert outcome != "lost" or TOKENS[number] in gone, where
    for number in (0, 2):
        assert place.stored(number) in (None, (f"{TOKENS[number]}-next", False)), where
        assert place.stored(number) or TOKENS[number] in gone, where
    assert place.stored(1) is None and place.left() == [], where


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_LIBRARIES])
def test_what_it_calls_renewed_is(folder, kind):
    plans = Plans(folder, SSOCTL, leaks=True)
    plan = plans.mine()
    plan.set(skip=False)
    sound = Place(folder / "sound")
    status, said, errors = sound.refresh(plan.program)
    count = plan.met()[kind]
    assert (status, said) == (1, {0: "renewed", 1: "ended", 2: "renewed", 3: "failed"}), errors
    assert (count == 0) == (kind in NONE), count

    def run(plan, n):
        plan.set(kind, n, skip=False)
        place = Place(folder / f"{n}")
        status, said, errors = place.refresh(plan.program)
        where = f"{kind} {n}: {status} {said} {place.tokens()} {errors}"
        unheard = "the worker could not be understood" in errors
        in_hand = {number for number, outcome in said.items() if outcome == "lost" and unheard}
        judge(place, status, said, in_hand, where)
        judge_later(place, {*place.tokens(), *(TOKENS[number] for number in in_hand)}, where)

    plans.each(run, sample(count, ENOUGH))
