"""While the person is away with the browser: Enter, Ctrl-C, and everything that can go away."""

import os
import signal
import time

import counting
import pexpect
import pytest
from hosts import HOSTS, Askpass, login, no_worker_left, ssh, su, sudo
from world import configure, processes, wait_until, workers


def test_enter_before_approval(idp):
    """Approval after Enter returns at the next permitted poll."""
    with ssh("alice") as session:
        session.prompt()
        session.enter()
        wait_until(lambda: len(counting.polls(idp.seen())) >= 2, what="polling on")
        idp.person().approve(session.link, "alice", session.code)
        assert session.opened() == "alice"
    counting.assert_pace(idp.seen(), 1)


def test_enter_after_approval(idp):
    """The worker polls on while the conversation waits, so its answer is there before Enter."""
    with ssh("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        wait_until(lambda: not workers(), what="the worker's answer")
        polls = len(counting.polls(idp.seen()))
        session.enter()
        assert session.opened() == "alice"
    assert len(counting.polls(idp.seen())) == polls
    counting.assert_pace(idp.seen(), 1)


def test_enter_proves_nothing(idp):
    """A client may answer every prompt at once. Enter alone opens no door."""
    with ssh("alice") as session:
        session.prompt()
        session.enter()
        wait_until(lambda: len(counting.polls(idp.seen())) >= 3, what="polling on")
        assert "[alice]" not in session.transcript
        session.tty.close(force=True)


def stopped_polling(idp):
    """The worker is gone, and the IdP is left alone from then on."""
    no_worker_left()
    polls = len(counting.polls(idp.seen()))
    time.sleep(2.5)
    assert len(counting.polls(idp.seen())) == polls


@pytest.mark.parametrize("program", [sudo, su, login])
def test_interrupt(idp, program):
    """Threat (host process): Ctrl-C ends the sign-in, also where the host blocks (sudo) or ignores (login) it."""
    with program("alice") as session:
        session.prompt()
        session.interrupt()
        stopped_polling(idp)
    assert counting.sign_ins(idp.seen()) == 1


def test_interrupted_client(idp):
    """Threat (host process): Ctrl-C in ssh is the client's going away."""
    with ssh("alice") as session:
        session.prompt()
        session.interrupt()
        stopped_polling(idp)


@pytest.mark.parametrize("entered", [False, True])
def test_killed_client(idp, entered):
    """Threat (host process): the client is gone, while sshd waits for Enter and while the module does."""
    with ssh("alice") as session:
        session.prompt()
        if entered:
            session.enter()
            wait_until(lambda: len(counting.polls(idp.seen())) >= 2, what="polling on")
        session.kill()
        stopped_polling(idp)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("program", [sudo, su, login])
def test_killed_host(idp, program, number):
    """Threat (host process): the host dies, also without a chance to clean up."""
    with program("alice") as session:
        session.prompt()
        os.kill(session.tty.pid, number)
        stopped_polling(idp)


def parents(pid):
    """A process's ancestors, nearest first."""
    found = []
    while pid > 1:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            pid = int(stat.read().rsplit(")", 1)[1].split()[1])
        found.append(pid)
    return found


def test_killed_sshd(idp):
    """Threat (host process): the process of sshd that runs the module is killed."""
    with ssh("alice") as session:
        session.prompt()
        wait_until(workers, what="the worker")
        host = parents(workers()[0])[0]
        assert any(pid == host and name.startswith("sshd") for pid, name, _ in processes())
        os.kill(host, signal.SIGKILL)
        stopped_polling(idp)
        session.enter()
        # sshd may give up or ask anew; what it must not do is let anyone in.
        assert session.tty.expect([session.shell, "Single sign-on", pexpect.EOF]) != 0


def test_hung_up_askpass(idp, tmp_path):
    """Threat (host process): the client without a terminal is killed."""
    with Askpass(tmp_path, "alice", "true") as client:
        client.prompt()
        client.process.kill()
        stopped_polling(idp)


def test_code_expires(idp):
    """RFC 8628 section 3.5: an expired code is said so; sudo asks again, and the new code opens."""
    idp.set(expires_in=4)
    with sudo("alice") as session:
        session.prompt()
        first = session.code
        session.expect("expired")
        idp.set(expires_in=600)
        session.transcript = ""
        session.prompt()
        assert session.code != first
        idp.person().approve(session.link, "alice", session.code)
        session.opened()


def test_approved_too_late(idp):
    """Threat (network): nothing that happens after the expiry counts."""
    idp.set(expires_in=3)
    with su("alice") as session:
        session.prompt()
        assert session.ended() != 0
    with pytest.raises(Exception, match="incorrect|interrupted|expired"):
        idp.person().approve(session.link, "alice", session.code)


def test_refused_at_the_idp(idp, host):
    """RFC 8628 section 3.5, access_denied: final; no host asks again."""
    with HOSTS[host]("alice") as session:
        session.prompt()
        idp.person().refuse(session.link, session.code)
        if host == "ssh":
            session.enter()
        if host == "login":
            session.expect("(?i)login incorrect")
        else:
            assert session.ended() != 0
        assert host == "ssh" or "refused" in session.transcript
    assert counting.sign_ins(idp.seen()) == 1


def test_deadline(idp):
    """The machine's own deadline ends the wait, before sshd's LoginGraceTime does."""
    configure(idp, prompt={"deadline": "10s"})
    with su("alice") as session:
        session.prompt()
        assert session.ended() != 0
        assert "too long" in session.transcript
    stopped_polling(idp)


def test_slow_down(idp):
    """RFC 8628 section 3.5: the IdP wants it slower: 5 seconds more, for this and all later polls."""
    idp.set(pace=2)
    with sudo("alice") as session:
        session.prompt()
        wait_until(lambda: len(counting.polls(idp.seen())) >= 3, what="three polls")
        idp.person().approve(session.link, "alice", session.code)
        session.opened()
    times = [poll["time"] for poll in counting.polls(idp.seen())]
    refused = [i for i, poll in enumerate(counting.polls(idp.seen())) if "slow_down" in poll["reply"]]
    assert refused == [1]
    assert all(after - before >= 6 - 0.001 for before, after in zip(times[1:], times[2:]))
