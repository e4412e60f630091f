"""A sign-in that is kept: reused in its own login and nowhere else, renewed, and ended."""

import json
import pathlib
import shutil
import subprocess
import urllib.parse

import counting
import pytest
from hosts import Session, as_user, ssh
from world import configure, run, wait_until, write

STORE = pathlib.Path("/run/pam_sso")
SILENT = "sudo -k -n id -un"  # without what sudo itself remembers, and without a prompt
PLAIN = {"TERM": "dumb"}  # a shell that prints nothing but words
KEPT = {
    "provider": {"scope": "openid profile email groups offline_access"},
    "session": {"keep": "yes"},
    "service_sudo": {"reuse": "15m"},
}


@pytest.fixture(scope="module", autouse=True)
def stacks():
    """Stacks in which a login is opened and closed through pam_sso too."""
    for service in ("sshd", "sudo"):
        path = pathlib.Path("/etc/pam.d", service)
        if "session  optional  pam_sso.so" not in path.read_text():
            write(path, path.read_text() + "session  optional  pam_sso.so debug\n")
    sudoers = pathlib.Path("/etc/sudoers")
    write(sudoers, sudoers.read_text() + "Defaults noninteractive_auth\n", 0o440)


@pytest.fixture(autouse=True)
def store():
    """No session of an earlier test."""
    shutil.rmtree(STORE, ignore_errors=True)


def keep(idp, **sections):
    """Configures sessions, with further keys."""
    configure(idp, **{name: {**KEPT.get(name, {}), **sections.get(name, {})} for name in {*KEPT, *sections}})


def sign_in(idp, user="alice"):
    """ssh, up to the person's shell."""
    session = ssh(user, env=PLAIN)
    session.prompt()
    idp.person().approve(session.link, user, session.code)
    session.enter()
    assert session.opened() == user
    return session


def by_key(user, folder):
    """ssh with a key, up to the person's shell."""
    key = folder / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write(f"/home/{user}/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    session = ssh(user, "-i", key, env=PLAIN)
    assert session.opened() == user
    return session


def assert_sudo_asks(session):
    """`sudo -n` is refused at once; sudo shows its link and code, and the person gives up."""
    assert "root" not in session.ask(SILENT)
    session.tty.sendline("sudo -k id -un")
    session.prompt()
    session.interrupt()
    session.opened()


def ssoctl(*words):
    return subprocess.run(["ssoctl", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def sessions():
    return json.loads(run("ssoctl", "sessions", "--json"))["sessions"]


def refreshes(idp):
    """The requests to renew a session."""
    return [r for r in counting.polls(idp.seen()) if "grant_type=refresh_token" in r["body"]]


def refresh_tokens(idp):
    """All that the IdP gave out."""
    replies = [json.loads(r["reply"]) for r in counting.polls(idp.seen()) if r["status"] == 200]
    return [reply["refresh_token"] for reply in replies if "refresh_token" in reply]


def test_sudo_does_not_ask_again(idp, new_log):
    """sudo inside the login that signed in: no prompt, and `sudo -n` works."""
    keep(idp)
    with sign_in(idp) as session:
        assert session.ask(SILENT) == "root"
        assert session.ask("sudo -k id -un") == "root"
        assert [r["status"] for r in refreshes(idp)] == [200, 200]
        kept = sessions()
        assert [s["user"] for s in kept] == ["alice"] and len(kept[0]["logins"]) == 1
        assert f"session={kept[0]['id']}" in new_log()
    assert counting.sign_ins(idp.seen()) == 1
    wait_until(lambda: not sessions(), what="the session's end with its login")


def test_no_token_shows(idp, new_log):
    """Threats, section 5: not in the log, nor in what ssoctl prints."""
    keep(idp)
    with sign_in(idp) as session:
        session.ask(SILENT)
        shown = ssoctl("sessions").stdout + run("ssoctl", "sessions", sessions()[0]["id"])
        shown += ssoctl("refresh", sessions()[0]["id"]).stdout + ssoctl("revoke", "alice").stdout
    given = refresh_tokens(idp)
    assert len(given) == 3
    assert not [token for token in given if token in new_log() or token in shown]


def test_other_processes_of_the_same_user(idp, tmp_path):
    """Another login, or a daemon of the same uid, is not the login that signed in."""
    keep(idp)
    with sign_in(idp), by_key("alice", tmp_path) as other:
        assert_sudo_asks(other)
        daemon = subprocess.run(as_user("alice", *SILENT.split()), capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert daemon.returncode != 0 and daemon.stdout == ""
    assert refreshes(idp) == []


def test_what_outlives_its_login(idp, tmp_path):
    """A process of an ended session: it is asked."""
    keep(idp)
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    waiter = write(tmp_path / "waiter", f"until [ -e go ]; do sleep 0.1; done; {SILENT} >said 2>&1; echo $? >status\n", 0o755)
    with sign_in(idp) as session:
        session.ask(f"cd {tmp_path}; (setsid sh {waiter} >/dev/null 2>&1 </dev/null &)")
        session.tty.sendline("exit")
        session.ended()
    wait_until(lambda: not sessions(), what="the session's end with its login")
    (tmp_path / "go").touch()
    wait_until((tmp_path / "status").exists, what="sudo's answer")
    assert (tmp_path / "status").read_text() != "0\n"
    assert refreshes(idp) == []


def test_older_than_reuse(idp):
    """The age of the sign-in counts, whatever was refreshed in between."""
    keep(idp, service_sudo={"reuse": "1s"})
    with sign_in(idp) as session:
        session.ask("sleep 2.1")
        assert_sudo_asks(session)
    assert refreshes(idp) == []


def test_policy_of_the_service(idp, new_log):
    """The groups of that service are held against what the IdP says now."""
    idp.set(accounts={"alice": {"groups": ["admins"]}})
    keep(idp, service_sudo={"allow_groups": "admins"})
    with sign_in(idp) as session:
        assert session.ask(SILENT) == "root"
        idp.set(accounts={"alice": {"groups": ["staff"]}})
        assert_sudo_asks(session)
        assert "reason=group-missing" in new_log()
        # The token that was spent for that answer is no loss to the next.
        idp.set(accounts={"alice": {"groups": ["admins"]}})
        assert session.ask(SILENT) == "root"


def test_many_at_once(idp):
    """With replay detection on, as many as there are at one moment replay no token."""
    keep(idp)
    with sign_in(idp) as session:
        run_all = f"for i in $(seq 20); do {SILENT} </dev/null 2>&1 | cat & done; wait"
        assert session.ask(f"({run_all}) | sort | uniq -c").split() == ["20", "root"]
        sent = [urllib.parse.parse_qs(r["body"])["refresh_token"][0] for r in refreshes(idp)]
        assert len(sent) == len(set(sent)) == 20
        assert {r["status"] for r in refreshes(idp)} == {200}


@pytest.mark.parametrize("how", ["refresh", "watch", "sudo"])
def test_disabled_at_the_idp(idp, how, new_log):
    """From disabling the account to a closed shell."""
    keep(idp, session={"on_revoked": "terminate", "refresh": "1m"})
    with sign_in(idp) as session:
        idp.set(accounts={"alice": {"disabled": True}})
        if how == "refresh":
            done = ssoctl("refresh", sessions()[0]["id"])
            assert "ended  session-ended" in done.stdout, done.stdout
        elif how == "sudo":
            session.tty.sendline("sudo -k id -un")
        else:
            watcher = subprocess.Popen(["ssoctl", "refresh", "--watch"])
            wait_until(lambda: not sessions(), seconds=120, what="the session's end")
            watcher.terminate()
            assert watcher.wait(timeout=30) == 0
        session.ended()
        wait_until(lambda: not sessions(), what="the session's removal")
    assert "reason=session-ended" in new_log()


def test_dropped_only(idp):
    """`on_revoked = drop`: the shell stays, sudo asks."""
    keep(idp)
    with sign_in(idp) as session:
        idp.set(accounts={"alice": {"disabled": True}})
        assert "ended" in ssoctl("refresh", sessions()[0]["id"]).stdout
        assert sessions() == []
        idp.set(accounts={})
        assert_sudo_asks(session)


def test_idp_is_away(idp):
    """An IdP that is away changes nothing before `lifetime`."""
    keep(idp, network={"request_timeout": "1s"})
    with sign_in(idp) as session:
        kept = sessions()
        idp.set(hang=["/token"])
        done = ssoctl("refresh", kept[0]["id"])
        assert done.returncode == 1 and "failed  unreachable" in done.stdout, done.stdout
        assert_sudo_asks(session)
        assert sessions() == kept


def test_revoke(idp):
    """`ssoctl revoke USER` ends a session at the IdP (RFC 7009) and here."""
    keep(idp)
    with sign_in(idp) as session:
        token = refresh_tokens(idp)[-1]
        assert ssoctl("revoke", "bob").returncode == 1
        assert ssoctl("revoke", "alice").returncode == 0
        told = idp.requests("/token/revocation")
        assert [urllib.parse.parse_qs(r["body"])["token"] for r in told] == [[token]]
        assert sessions() == []
        assert_sudo_asks(session)


def test_store_that_is_not_ours(idp, tmp_path, new_log):
    """Threats, section 7: a store that fails neither lets in nor keeps out."""
    keep(idp)
    STORE.symlink_to(tmp_path)
    try:
        with sign_in(idp) as session:
            assert "event=session" in new_log() and "step=stored" in new_log()
            assert list(tmp_path.iterdir()) == []
            assert_sudo_asks(session)
    finally:
        STORE.unlink()


def test_sudo_keeps_its_own_sign_in_no_longer_than_it_runs(idp):
    """A service that opens no login of the person's binds to itself."""
    keep(idp)
    with Session(*as_user("alice", "sudo", "-k", "bash", "--norc", "--noprofile")) as session:
        session.shell = r"bash-[\d.]+(#) "
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        session.opened()
        assert [s["service"] for s in sessions()] == ["sudo"] and len(sessions()[0]["logins"]) == 1
        session.tty.sendline("exit")
        session.ended()
    assert sessions() == []
