"""A person signs in as who they are: the shell opens. A person signs in as somebody else: it does not."""

import counting
import pytest
from hosts import HOSTS, SSH, Askpass, Session, owner, ssh, sudo
from world import Sshd, configure, run, write


def test_shell_opens(idp, host):
    """The main job: in sshd, sudo, su and login."""
    with HOSTS[host]("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        if host == "ssh":
            session.enter()
        assert session.opened() == owner(host, "alice")


def test_shell_opens_by_askpass(idp, tmp_path):
    """One prompt carries everything, so programs that show one prompt can do it too."""
    with Askpass(tmp_path, "alice", "id", "-un") as client:
        client.prompt()
        idp.person().approve(client.link, "alice", client.code)
        client.enter()
        assert client.ended() == (0, "alice\n")


def test_typed_code(idp):
    """`complete_link = no`: the link does not hold the code, and the person types it."""
    configure(idp, prompt={"complete_link": "no"})
    with ssh("alice") as session:
        session.prompt()
        assert session.code not in session.link
        idp.person().approve(session.link, "alice", session.code)
        session.enter()
        assert session.opened() == "alice"


def test_wrong_person(idp, host, new_log):
    """Threat (who comes in as whom): bob signs in where alice was asked for. Denied, asked once, logged."""
    with HOSTS[host]("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "bob", session.code)
        if host == "ssh":
            session.enter()
        if host == "login":
            # login(1) itself goes on to ask for another name.
            session.expect("(?i)login incorrect")
        else:
            assert session.ended() != 0
            assert "[alice]" not in session.transcript
    assert counting.sign_ins(idp.seen()) == 1
    verdict = [line for line in new_log().splitlines() if "event=verdict" in line][-1]
    assert "reason=user-mismatch" in verdict or "reason=no-mapping" in verdict
    assert "user=alice" in verdict and "mapped=bob" in verdict


@pytest.mark.parametrize("login", [
    "Alice", "alice ", " alice", "alice@evil.example", "\u0430lice", "alic\u212a", "alice\u200b", "-alice", "../alice",
    "root", "12345", "a" * 40,
])
def test_name_that_is_not_the_users(idp, login):
    """Threat (who comes in as whom): letter case, spaces, look-alikes, names that are no names."""
    with sudo("alice") as session:
        session.prompt()
        idp.person().approve(session.link, login, session.code)
        assert session.ended() != 0
    assert counting.sign_ins(idp.seen()) == 1


def test_root_is_nobodys(idp, new_log):
    """Threat (who comes in as whom): uid 0 needs explicit configuration. The IdP is not even asked."""
    with ssh("root") as session:
        assert session.ended() != 0
    assert counting.sign_ins(idp.seen()) == 0
    assert "reason=user-system" in new_log()


def test_unknown_user(idp, new_log):
    """Threat (who comes in as whom): not in the user database. Denied; the IdP is not asked."""
    with ssh("nobody-knows-me") as session:
        assert session.ended() != 0
    assert counting.sign_ins(idp.seen()) == 0
    assert "reason=user-unknown" in new_log()


def test_public_key_first(idp, machine, tmp_path):
    """Threat (forwarded link): with `require = publickey` strangers cannot start a sign-in; a key holder can."""
    configure(idp, access={"require": "publickey"})
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write("/home/alice/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    sshd = Sshd(2222, "AuthenticationMethods publickey,keyboard-interactive")
    try:
        with ssh("alice") as stranger:
            assert stranger.ended() != 0
        assert counting.sign_ins(idp.seen()) == 0
        with ssh("alice", "-i", key, port=2222) as session:
            session.prompt()
            idp.person().approve(session.link, "alice", session.code)
            session.enter()
            assert session.opened() == "alice"
    finally:
        sshd.stop()


def test_key_alone_is_not_enough(idp, tmp_path):
    """Threat (who comes in as whom): a second factor that is refused is not an open door (CVE-2025-23013)."""
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write("/home/alice/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    sshd = Sshd(2222, "AuthenticationMethods publickey,keyboard-interactive")
    try:
        with ssh("alice", "-i", key, port=2222) as session:
            session.prompt()
            idp.person().approve(session.link, "bob", session.code)
            session.enter()
            assert session.refused()
    finally:
        sshd.stop()


def test_batch_mode_is_refused_at_once(idp):
    """BatchMode never reaches PAM."""
    with Session(*SSH, "-o", "BatchMode=yes", "alice@127.0.0.1", "true") as session:
        assert session.ended() != 0
    assert counting.sign_ins(idp.seen()) == 0
