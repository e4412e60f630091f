"""The attack that no validation of tokens catches: Mallory starts a sign-in as alice and sends her the link.

With the device flow alice's approval opens Mallory's shell: what an administrator can set against it is tried here
too. With the authorization code flow it opens nothing.
"""

import subprocess

import counting
import pexpect
import pytest
from by_code import configure_code, configure_workstation, label, short_form
from hosts import PLAIN, SILENT, as_user, ssh, su
from world import Sshd, configure, run, write


def test_device_flow_opens_the_door(idp):
    """Why the code flow is there. The prompt says who asks, but alice does not see that: she sees the provider's page."""
    with ssh("alice") as mallory:
        mallory.prompt()
        idp.person().approve(mallory.link, "alice", mallory.code)
        mallory.enter()
        assert mallory.opened() == "alice"


def test_code_flow_opens_nothing(idp, new_log):
    """Threat (forwarded link): alice signs in, and Mallory has nothing to paste."""
    configure_code(idp)
    with ssh("alice") as mallory:
        mallory.linked()
        answer = idp.person().answer(mallory.link, "alice")  # it is in alice's browser
        assert label(answer) == "alice@machine (sshd)"  # where she reads what it is for
        mallory.paste(label(answer))
        while mallory.tty.expect([mallory.asking, "[Pp]assword: ", pexpect.EOF]) == 0:
            assert "[alice]" not in mallory.tty.before
            mallory.paste(mallory.link)
    log = new_log()
    assert "reason=answer" in log and "reason=ok" not in log
    assert counting.exchanges(idp.seen()) == []


def browse(user, address):
    """What USER's browser shows there."""
    command = as_user(user, "/usr/bin/curl", "--silent", "--max-time", "20", address)
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout


def test_link_on_the_same_machine(idp):
    """Threat (forwarded link, shared machine): bob types `su - alice`, and alice follows the link in her own browser,
    there. It would bring bob the answer: what is not of bob's programs is not taken."""
    configure_workstation(idp)
    with su("alice") as bob:
        bob.linked()
        answer = idp.person().answer(bob.link, "alice")
        assert "return to the terminal" not in browse("alice", answer)
        assert counting.exchanges(idp.seen()) == []
        # The same from bob's own browser, which would be alice's word for him.
        assert "return to the terminal" in browse("bob", answer)
        bob.enter()
        assert bob.opened() == "alice"


def test_own_answer_of_mallory(idp, new_log):
    """Threat (forwarded link): Mallory signs in as who they are. That is not alice."""
    configure_code(idp, provider={"pushed": "never"})  # a pushed request is opened once, by whoever is first
    with ssh("alice") as mallory:
        mallory.linked()
        idp.person().answer(mallory.link, "alice")
        mallory.paste(short_form(idp.person().answer(mallory.link, "mallory")))
        assert mallory.refused()
    assert "reason=user-mismatch" in new_log() or "reason=no-mapping" in new_log()


def test_service_that_refuses_the_device_flow(idp):
    """Threat (forwarded link): with the device flow elsewhere, `flow = code` for sshd keeps its door."""
    configure(idp, provider={"client_id": "both", "redirect_uri": idp.page}, service_sshd={"flow": "code"})
    with ssh("alice") as mallory:
        mallory.linked()
        idp.person().answer(mallory.link, "alice")
        mallory.enter()
        assert "[alice]" not in mallory.asked_again()


@pytest.mark.parametrize("flow", ["device", "code"])
def test_sudo_behind_the_door(idp, flow):
    """Threat (forwarded link): a login of the device flow is none for a sudo that wants the code flow; one of that is."""
    scope = "openid profile email groups offline_access"
    configure(idp, provider={"client_id": "both", "redirect_uri": idp.page, "scope": scope, "authorization_prompt": "consent"},
              session={"keep": "yes"}, service_sshd={"flow": flow}, service_sudo={"flow": "code", "reuse": "15m"})
    with ssh("alice", env=PLAIN) as session:
        if flow == "code":
            session.linked()
            session.paste(short_form(idp.person().answer(session.link, "alice")))
        else:
            session.prompt()
            idp.person().approve(session.link, "alice", session.code)
            session.enter()
        assert session.opened() == "alice"
        assert ("root" in session.ask(SILENT)) == (flow == "code")


@pytest.mark.parametrize("flow", ["device", "code"])
def test_key_first(idp, flow, tmp_path):
    """Threat (forwarded link): with `require = publickey` Mallory cannot start a sign-in at all; alice can."""
    configure_code(idp, provider={"client_id": "both", "flow": flow, "redirect_uri": idp.page if flow == "code" else None},
                   access={"require": "publickey"})
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write("/home/alice/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    sshd = Sshd(2222, "AuthenticationMethods publickey,keyboard-interactive")
    try:
        idp.forget()
        for port in (22, 2222):
            with ssh("alice", port=port) as mallory:
                assert mallory.ended() != 0
        assert idp.seen()["requests"] == []
        with ssh("alice", "-i", key, port=2222) as alice:
            if flow == "code":
                alice.linked()
                alice.paste(short_form(idp.person().answer(alice.link, "alice")))
            else:
                alice.prompt()
                idp.person().approve(alice.link, "alice", alice.code)
                alice.enter()
            assert alice.opened() == "alice"
    finally:
        sshd.stop()
