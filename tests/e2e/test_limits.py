"""Limits before the IdP is called: what strangers can make a real sshd ask, and whom they keep out."""

import contextlib

import counting
import pytest
from hosts import PLAIN, sign_in, ssh, su, type_password
from world import Sshd, configure, run, wait_until, workers, write

LIFTED = dict.fromkeys(("pending_total", "rate_user", "rate_address", "rate_total"), 0)
MANY = 20
ELSEWHERE = "198.51.100.2"  # tests/machine


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    run("rm", "-rf", "/run/pam_sso_limits")


@pytest.fixture
def flood():
    """Returns a function that starts many sign-ins at once, which are there until the test ends."""
    with contextlib.ExitStack() as sessions:

        def start(user, *options, times=MANY):
            for _ in range(times):
                sessions.enter_context(ssh(user, *options))
            return sessions

        yield start


def too_many(log, times):
    """Waits until so many were refused."""
    wait_until(lambda: log().count("reason=too-many") >= times, what=f"{times} refusals")
    return log().count("reason=too-many")


def gone():
    wait_until(lambda: not workers(), what="the workers' end")


def test_many_at_once(idp, flood, new_log):
    """Threat (phishing): one address gets half of a user's places; another user and another address get in."""
    configure(idp, limits={**LIFTED, "pending_user": 6, "pending_address": 8})
    sessions = flood("alice")
    assert too_many(new_log, MANY - 3) == MANY - 3
    wait_until(lambda: counting.sign_ins(idp.seen()) == 3, what="three sign-ins")
    assert 'detail="half of pending_user' in new_log()
    with sign_in(idp, "bob") as session:
        assert session.ask("id -un") == "bob"
    with sign_in(idp, "alice", "-b", ELSEWHERE) as session:
        assert session.ask("id -un") == "alice"
    assert counting.sign_ins(idp.seen()) == 5
    # and when the strangers are gone, it is as before
    sessions.close()
    gone()
    with sign_in(idp, "alice") as session:
        assert session.ask("id -un") == "alice"


def test_one_address(idp, flood, new_log):
    """Threat (phishing): who asks as everybody leaves room for others."""
    configure(idp, limits={**LIFTED, "pending_user": 20, "pending_address": 5, "pending_total": 10})
    flood("alice")
    assert too_many(new_log, MANY - 5) == MANY - 5
    with ssh("bob") as session:
        assert session.refused()
    with sign_in(idp, "bob", "-b", ELSEWHERE):
        pass
    assert counting.sign_ins(idp.seen()) == 6


def test_every_address_of_a_local_user(idp, flood, new_log):
    """Threat (phishing): who is on this machine has 127.0.0.0/8 to come from, which is one address."""
    configure(idp, limits={**LIFTED, "pending_user": 20, "pending_address": 5, "pending_total": 10})
    for last in range(1, MANY + 1):
        flood("alice", "-b", f"127.0.0.{last}", times=1)
    assert too_many(new_log, MANY - 5) == MANY - 5
    with sign_in(idp, "bob", "-b", ELSEWHERE):
        pass
    assert counting.sign_ins(idp.seen()) == 6


def test_rate(idp, new_log):
    """Threat (phishing): who comes again and again, too; and the way back in stays shut."""
    configure(idp, limits={**LIFTED, "pending_user": 0, "pending_address": 0, "rate_user": 4, "rate_window": "10s"})
    for _ in range(2):
        with ssh("alice") as session:
            session.prompt()
    with ssh("alice", "-o", "NumberOfPasswordPrompts=1") as session:
        assert session.refused()
    assert "half of rate_user" in new_log()
    assert counting.sign_ins(idp.seen()) == 2
    gone()

    def opens_again():
        with ssh("alice", env=PLAIN) as session:
            return session.tty.expect([session.waiting, "denied", "password: "]) == 0

    wait_until(opens_again, what="another sign-in")


def test_key(idp, flood, new_log, tmp_path):
    """Threat (phishing): who shows a key is no stranger, and none of them keeps her out."""
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write("/home/alice/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    configure(idp, limits={**LIFTED, "pending_user": 4, "pending_address": 4, "pending_total": 2})
    sshd = Sshd(2222, "AuthenticationMethods publickey,keyboard-interactive")
    try:
        flood("alice")
        assert too_many(new_log, MANY - 2) == MANY - 2
        with sign_in(idp, "alice", "-i", key, port=2222):
            pass
        with su("alice") as session:
            session.prompt()
    finally:
        sshd.stop()


def test_full_disk(idp, new_log):
    """Threat (the host process): where nothing can be counted, nobody is asked, and the way back in holds."""
    run("mkdir", "-m", "0700", "/run/pam_sso_limits")
    run("mount", "-t", "tmpfs", "-o", "size=4k,mode=0700", "tmpfs", "/run/pam_sso_limits")
    try:
        configure(idp, limits={"rate_total": 100})
        with su("alice") as session:
            type_password(session)
            assert session.opened() == "alice"
    finally:
        run("umount", "/run/pam_sso_limits")
    assert "reason=limits" in new_log()
    assert "No space left on device" in new_log()
    assert counting.sign_ins(idp.seen()) == 0
