"""Strangers who begin many sign-ins by ssh, and never finish one."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

import counting
import holding
import hosts
import pytest
import world

# The defaults of [limits]: what strangers make of them is what is measured.
PENDING_USER, PENDING_ADDRESS = 10, 20
ROOM = {f"{kind}_{by}": None for kind in ("pending", "rate") for by in ("user", "address", "total")}
GROWTH_KIB = 2048  # of sshd, once they are gone

ASKPASS = """\
#!/bin/sh
case $1 in *"Single sign-on"*) exec sleep 600 ;; esac
"""


class Sshd(world.Sshd):
    """One that lets this many be on their way in."""

    @staticmethod
    def _config(*args):
        return world.Sshd._config(*args).replace("MaxStartups 100", "MaxStartups 400")


@pytest.fixture(scope="module")
def sshd(machine):
    server = Sshd(22, address="0.0.0.0")
    world.run("useradd", "--system", "--shell", "/bin/bash", "backup-agent")
    # It forked for whoever looked whether it listens.
    children = pathlib.Path(f"/proc/{server.pid}/task/{server.pid}/children")
    world.wait_until(lambda: not children.read_text(), what="sshd alone")
    server.alone = holding_now(server)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    world.run("rm", "-rf", "/run/pam_sso_limits")


@contextlib.contextmanager
def strangers(folder, user, count, addresses):
    """So many clients at once, each with nobody behind it."""
    askpass = world.write(folder / "askpass", ASKPASS, 0o755)
    environment = {**hosts.ENVIRONMENT, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    clients = [
        subprocess.Popen(
            [*hosts.SSH, "-o", "NumberOfPasswordPrompts=1", "-b", addresses[i % len(addresses)], f"{user}@127.0.0.1"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for i in range(count)
    ]
    try:
        yield clients
    finally:
        for client in clients:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(client.pid, signal.SIGKILL)
            client.wait()


def holding_now(sshd):
    """What is here, by name, and what sshd has open."""
    return {
        "processes": sorted(name for _, name, _ in world.processes()),
        "descriptors": holding.descriptors(sshd.pid),
        "zombies": holding.zombies(),
    }


def nobody_is_left(sshd):
    """Waits until this machine holds what it did when nobody had come yet."""
    try:
        world.wait_until(lambda: holding_now(sshd) == sshd.alone, what="the end of all")
    except TimeoutError:
        assert holding_now(sshd) == sshd.alone


def time_of_sign_in(idp, user, address):
    """Somebody else gets in; how long that took."""
    start = time.monotonic()
    with hosts.sign_in(idp, user, "-b", address) as session:
        assert session.ask("id -un") == user
    return time.monotonic() - start


MANY = [f"198.51.100.{i}" for i in range(1, 41)]  # tests/machine
# Who they ask for, from where, and how many of their sign-ins reach the provider.
CASES = {
    "a user who exists, from one address": ("alice", ["127.0.0.1"], PENDING_USER // 2),
    "a user who exists, from 40 addresses": ("alice", MANY, PENDING_USER),
    "a system account, which nobody maps to": ("backup-agent", MANY, 0),
    "a user who is unknown": ("nosuch", MANY, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_flood(idp, sshd, numbers, report, tmp_path, case):
    """Threat (phishing): what reaches the provider stays within the limits, others get in, and nothing stays."""
    user, addresses, reach = CASES[case]
    world.configure(idp, limits=ROOM)
    time_of_sign_in(idp, "bob", "198.51.100.202")  # what a first login loads is not the strangers'
    nobody_is_left(sshd)
    idp.forget()
    memory = holding.pss_kib([sshd.pid])
    with strangers(tmp_path, user, numbers["strangers"], addresses) as clients:
        world.wait_until(
            lambda: sum(client.poll() is not None for client in clients) == len(clients) - reach,
            seconds=300,
            what="the end of those who are refused",
        )
        world.wait_until(lambda: counting.sign_ins(idp.seen()) == reach, what="the sign-ins that are let through")
        at_once = len(world.workers())
        took = max(time_of_sign_in(idp, "bob", "198.51.100.201"), time_of_sign_in(idp, "deploy", addresses[0]))
        assert counting.sign_ins(idp.seen()) == reach + 2
    nobody_is_left(sshd)
    grown = holding.pss_kib([sshd.pid]) - memory
    assert at_once == reach
    assert grown <= GROWTH_KIB
    # and the door is open again to whom they kept out
    time_of_sign_in(idp, "alice", "198.51.100.203")
    report(
        f"Strangers at sshd: {case}",
        "ssh clients that begin a sign-in all at once and never finish it; others sign in meanwhile. "
        "`[limits]` as they are by default.",
        {
            "attempts": len(clients),
            "sign-ins that reached the provider": reach,
            "refused on this machine": len(clients) - reach,
            "others who got in meanwhile": f"2 of 2, in {took:.1f} s at most",
            "afterwards: processes, zombies and descriptors of sshd more than before anybody came": "0, 0, 0",
            "memory of sshd (PSS), before and after": f"{memory:,} and {memory + grown:,} KiB",
        },
    )
