"""A module and programs that are of different versions: while a package is unpacked, and wherever a host has the module
in memory from before. A record has no version (wire.h): a word that one side lacks is no answer, and so never a yes."""

import json
import pathlib
import re
import subprocess

import hosts
import pytest
import world
from deb import DEB, EXAMPLES, WORKER, newer, run

USER = "dora"
LASTING = {"scope": "openid profile email groups offline_access"}


@pytest.fixture(scope="module")
def idp(tmp_path_factory):
    world.require_machine()
    run("dpkg", "-i", DEB)
    world.add_users([USER])
    world.write_stacks("debug", EXAMPLES)
    idp = world.make_idp(tmp_path_factory.mktemp("idp"), "idp.test")
    sshd = world.Sshd(22)
    yield idp
    sshd.stop()
    idp.stop()
    run("dpkg", "-P", "libpam-sso")


@pytest.fixture
def upgrade(idp, tmp_path):
    """Returns a function that upgrades to a package whose worker has another word for WORD."""

    def with_other_word(word):
        def change(worker):
            assert worker.count(b"\0%s\0" % word) == 1
            return worker.replace(b"\0%s\0" % word, b"\0%s\0" % word.upper())

        run("dpkg", "-i", newer(WORKER, change, tmp_path / "newer"))

    yield with_other_word
    run("dpkg", "-i", DEB)


@pytest.fixture
def log():
    """Returns a function for what the system log got since the test began."""
    start = world.LOG.stat().st_size
    return lambda: world.LOG.read_bytes()[start:].decode(errors="replace")


def approve(idp, session):
    session.prompt()
    idp.person().approve(session.link, USER, session.code)
    session.enter()


# A word of the request, one of each event, and one of a result.
@pytest.mark.parametrize("word, prompts", [(b"connect_timeout", False), (b"event", False), (b"connections", True)])
def test_other_words_are_no_answer(idp, upgrade, log, word, prompts):
    """Who waits comes in; who comes next could not be asked, and the next module is."""
    with hosts.ssh(USER, env=hosts.PLAIN) as session:
        session.prompt()
        upgrade(word)
        idp.person().approve(session.link, USER, session.code)
        session.enter()
        assert session.opened() == USER, session.transcript

    with hosts.ssh(USER, env=hosts.PLAIN) as session:
        if prompts:
            approve(idp, session)
        hosts.type_password(session)
        assert session.opened() == USER, session.transcript
    assert "reason=worker" in log()
    hosts.no_worker_left()


def test_an_old_module_closes_over_a_new_worker(idp, upgrade, log):
    """sshd has the module of before in memory until the logout. The session ends, and the log says that the provider
    was not told."""
    world.configure(idp, provider=LASTING, session={"keep": "yes", "close_session": "revoke"})
    with hosts.ssh(USER, env=hosts.PLAIN) as session:
        approve(idp, session)
        assert session.opened() == USER, session.transcript
        upgrade(b"connect_timeout")
        session.tty.sendline("exit")
        assert session.ended() == 0
    world.wait_until(lambda: "step=revoke" in log(), what="the session's end")
    assert re.search("step=revoke .*reason=worker|reason=worker .*step=revoke", log())
    assert json.loads(run("ssoctl", "sessions", "--json")) == {"sessions": []}
    assert idp.requests("/token/revocation") == []


def test_a_session_of_a_newer_version_is_left_alone(idp, log):
    """As on hosts that share a store, of which one is upgraded: whoever cannot read it asks, and it stays."""
    world.configure(idp, provider=LASTING, session={"keep": "yes"}, service_sudo={"reuse": "15m"})
    with hosts.ssh(USER, env=hosts.PLAIN) as session:
        approve(idp, session)
        assert session.opened() == USER, session.transcript
        assert session.ask(hosts.SILENT).strip() == "root"
        (kept,) = json.loads(run("ssoctl", "sessions", "--json"))["sessions"]
        stored = pathlib.Path("/run/pam_sso", kept["id"])
        written = re.sub("\n\n$", "\nfuture=1\n\n", stored.read_text())
        stored.write_text(written)
        hosts.assert_sudo_asks(session)
        subprocess.run(["ssoctl", "refresh"], stdin=subprocess.DEVNULL, check=False)
        assert stored.read_text() == written
