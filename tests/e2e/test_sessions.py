"""A sign-in that is kept: reused in its own login and with its key, renewed, held against others, and ended."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse

import counting
import pytest
from hosts import ENVIRONMENT, PLAIN, SILENT, SSH, Session, as_user, assert_sudo_asks, sign_in, ssh
from world import PASSWORD, Sshd, configure, free_port, processes, run, wait_until, write

STORE = pathlib.Path("/run/pam_sso")
KEPT = {
    "provider": {"scope": "openid profile email groups offline_access"},
    "session": {"keep": "yes"},
    "service_sudo": {"reuse": "15m"},
}


@pytest.fixture(scope="module", autouse=True)
def stacks():
    """Stacks in which a login is opened and closed through pam_sso, and no answer to the account phase is ignored."""
    stacks = {path: path.read_text() for path in (pathlib.Path("/etc/pam.d", name) for name in ("sshd", "sudo"))}
    for path, stack in stacks.items():
        strict = re.sub(r"^account +\[[^]]*\] +pam_sso", "account  required  pam_sso", stack, flags=re.M)
        if "session  optional  pam_sso.so" not in strict:
            strict += "session  optional  pam_sso.so debug\n"
        write(path, strict)
    yield
    for path, stack in stacks.items():
        write(path, stack)


@pytest.fixture(scope="module")
def sshd_of_both(machine):
    """The port of an sshd that wants a key, and then asks PAM."""
    with running_sshd("AuthenticationMethods publickey,keyboard-interactive") as port:
        yield port


@pytest.fixture(autouse=True)
def store():
    """No session of an earlier test."""
    shutil.rmtree(STORE, ignore_errors=True)


@contextlib.contextmanager
def running_sshd(*options):
    sshd = Sshd(free_port(), *options)
    yield sshd.port
    sshd.stop()


def keep(idp, **sections):
    """Configures sessions, with further keys."""
    configure(idp, **{name: {**KEPT.get(name, {}), **sections.get(name, {})} for name in {*KEPT, *sections}})


def new_keys(folder, *names):
    """Keys that all open alice's account."""
    keys = [folder / name for name in names]
    for key in keys:
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write("/home/alice/.ssh/authorized_keys", "".join(key.with_suffix(".pub").read_text() for key in keys))
    return keys


def in_silence(*options, port=22):
    """ssh up to alice's shell, without a prompt."""
    session = ssh("alice", *options, port=port, env=PLAIN)
    assert session.tty.expect([session.shell, session.waiting]) == 0, session.tty.before
    return session


def assert_ssh_asks(*options, port=22):
    with ssh("alice", *options, port=port, env=PLAIN) as session:
        session.prompt()


def by_key(key):
    """What ssh with a key alone came to, and what it said."""
    command = [word.replace("=ERROR", "=INFO") for word in SSH]
    return subprocess.run(
        [*command, "-i", key, "alice@127.0.0.1", "id -un"],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def ssoctl(*words):
    return subprocess.run(["ssoctl", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def sessions():
    return json.loads(run("ssoctl", "sessions", "--json"))["sessions"]


def logins():
    """The open logins of the one session that there is."""
    (session,) = sessions()
    return [login for login in session["logins"] if login["state"] == "open"]


def refreshes(idp):
    """The requests to renew a session."""
    return counting.refreshes(idp.seen())


def test_sudo_does_not_ask_again(idp, new_log):
    """sudo inside the login that signed in: no prompt, and `sudo -n` works."""
    keep(idp)
    with sign_in(idp, "alice") as session:
        assert session.ask(SILENT) == "root"
        assert session.ask("sudo -k id -un") == "root"
        assert [r["status"] for r in refreshes(idp)] == [200, 200]
        kept = sessions()
        assert [s["user"] for s in kept] == ["alice"] and len(logins()) == 1
        assert f"session={kept[0]['id']}" in new_log()
    assert counting.sign_ins(idp.seen()) == 1
    wait_until(lambda: not sessions(), what="the session's end with its login")


def test_no_token_shows(idp, new_log):
    """Threats, section 5: not in the log, nor in what ssoctl prints."""
    keep(idp)
    with sign_in(idp, "alice") as session:
        session.ask(SILENT)
        shown = ssoctl("sessions").stdout + run("ssoctl", "sessions", sessions()[0]["id"])
        shown += ssoctl("refresh", sessions()[0]["id"]).stdout + ssoctl("revoke", "alice").stdout
    given = counting.tokens(idp.seen())
    assert len(given) == 3
    assert not [token for token in given if token in new_log() or token in shown]


def test_other_processes_of_the_same_user(idp, tmp_path):
    """Another login, or a daemon of the same uid, is not the login that signed in."""
    keep(idp)
    (key,) = new_keys(tmp_path, "key")
    with sign_in(idp, "alice"), in_silence("-i", key) as other:
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
    with sign_in(idp, "alice") as session:
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
    with sign_in(idp, "alice") as session:
        session.ask("sleep 2.1")
        assert_sudo_asks(session)
    assert refreshes(idp) == []


def test_policy_of_the_service(idp, new_log):
    """The groups of that service are held against what the IdP says now."""
    idp.set(accounts={"alice": {"groups": ["admins"]}})
    keep(idp, service_sudo={"allow_groups": "admins"})
    with sign_in(idp, "alice") as session:
        assert session.ask(SILENT) == "root"
        idp.set(accounts={"alice": {"groups": ["staff"]}})
        assert_sudo_asks(session)
        assert "reason=group-missing" in new_log()
        # The token that was spent for that answer is no loss to the next.
        idp.set(accounts={"alice": {"groups": ["admins"]}})
        assert session.ask(SILENT) == "root"


def test_cached(idp):
    """`verify = cached`: the IdP is not asked within `recheck`, and asked after it."""
    keep(idp, service_sudo={"verify": "cached", "recheck": "1h"})
    with sign_in(idp, "alice") as session:
        assert [session.ask(SILENT) for _ in range(3)] == ["root"] * 3
        assert refreshes(idp) == []
        keep(idp, service_sudo={"verify": "cached", "recheck": "1s"})
        session.ask("sleep 2.1")
        assert session.ask(SILENT) == "root"
        assert [r["status"] for r in refreshes(idp)] == [200]


MANY = 50
ALL_AT_ONCE = f"(for i in $(seq {MANY}); do {SILENT} </dev/null 2>&1 & done; wait) | sort | uniq -c"


def test_many_at_once(idp):
    """With replay detection on, as many as there are at one moment replay no token, and all come in."""
    keep(idp)
    with sign_in(idp, "alice") as session:
        assert session.ask(ALL_AT_ONCE).split() == [str(MANY), "root"]
        assert 1 <= len(refreshes(idp)) <= MANY
        counting.assert_no_replay(idp.seen())


def with_store():
    """The sudos that have the store open: each found its session, or is about to."""
    found = set()
    for pid, name, _ in processes():
        with contextlib.suppress(OSError):
            links = [os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()] if name == "sudo" else []
            found.update({pid} if str(STORE) in links else ())
    return found


def test_one_answer_for_all_who_wait(idp):
    """Those who began to wait before an answer came share it: one request, and one more for who came too late."""
    keep(idp)
    with sign_in(idp, "alice") as session:
        lock = write(STORE / f"{sessions()[0]['id']}.lock", "", 0o600)
        with open(lock, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            session.tty.sendline(ALL_AT_ONCE + "; echo \"end\"'ed'")
            wait_until(lambda: len(with_store()) == MANY, what="everybody's waiting")
        session.expect("\nended\r\n")
        assert session.transcript.split()[-3:] == [str(MANY), "root", "ended"]
        assert len(refreshes(idp)) in (1, 2)
        counting.assert_no_replay(idp.seen())


def test_same_key(idp, tmp_path, sshd_of_both):
    """sshd that verified the same key before: no prompt, nor for sudo in that login."""
    keep(idp, service_sshd={"reuse": "15m", "bind": "ssh-key"})
    key, other = new_keys(tmp_path, "key", "other")
    with sign_in(idp, "alice", "-i", key, port=sshd_of_both):
        with in_silence("-i", key, port=sshd_of_both) as second:
            assert second.ask(SILENT) == "root"
            assert len(logins()) == 2
        assert counting.sign_ins(idp.seen()) == 1
        assert_ssh_asks("-i", other, port=sshd_of_both)
        assert_ssh_asks()
    # The key still leads to the session when no login does.
    wait_until(lambda: not logins(), what="the logins' end")
    with in_silence("-i", key, port=sshd_of_both) as third:
        assert third.ask(SILENT) == "root"
    counting.assert_no_replay(idp.seen())


def test_same_key_of_whom_the_idp_left(idp, tmp_path, sshd_of_both, new_log):
    """A key leads to a session, and the IdP no longer stands by it: asked."""
    keep(idp, service_sshd={"reuse": "15m", "bind": "ssh-key"})
    (key,) = new_keys(tmp_path, "key")
    with sign_in(idp, "alice", "-i", key, port=sshd_of_both):
        idp.set(accounts={"alice": {"disabled": True}})
        assert_ssh_asks("-i", key, port=sshd_of_both)
    assert sessions() == [] and "event=reuse" in new_log() and "reason=session-ended" in new_log()


def test_login_of_a_monitor(idp):
    """An sshd whose monitor takes the password itself, and whose parent listens for everybody."""
    keep(idp, prompt={"show": "text"})
    with running_sshd("Match all", "PasswordAuthentication yes", "KbdInteractiveAuthentication no") as port:
        with ssh("alice", port=port, env=PLAIN) as session:
            session.expect("password: ")
            session.tty.sendline(PASSWORD)
            # sshd shows no text here: who takes a password sees none.
            replies = wait_until(lambda: [r["reply"] for r in idp.requests(counting.DEVICE) if r["reply"]])
            asked = json.loads(replies[0])
            idp.person().approve(asked["verification_uri"], "alice", asked["user_code"])
            assert session.opened() == "alice"
            assert session.ask(SILENT) == "root"
            assert [login["state"] for s in sessions() for login in s["logins"]] == ["open"]
        wait_until(lambda: not sessions(), what="the session's end with its login")


def test_key_alone(idp, tmp_path, new_log):
    """`account = any`: a key alone lets in while the IdP stands by the person, and no longer."""
    keep(idp, service_sshd={"account": "any"}, network={"request_timeout": "1s"})
    (key,) = new_keys(tmp_path, "key")
    done = by_key(key)
    assert done.returncode != 0 and "You have to sign in with single sign-on first." in done.stderr
    assert "reason=no-session" in new_log()

    with sign_in(idp, "alice"):
        assert by_key(key).stdout == "alice\n"
    wait_until(lambda: not logins(), what="the login's end")
    assert by_key(key).stdout == "alice\n"
    assert [r["status"] for r in refreshes(idp)] == [200, 200]

    idp.set(hang=["/token"])
    done = by_key(key)
    assert done.returncode != 0 and "The identity provider cannot be reached." in done.stderr
    assert len(sessions()) == 1

    idp.set(hang=[], accounts={"alice": {"disabled": True}})
    done = by_key(key)
    assert done.returncode != 0 and "Your sign-in is no longer valid." in done.stderr
    assert "reason=session-ended" in new_log() and sessions() == []


def test_key_alone_of_others(idp, tmp_path):
    """`account = any` leaves those out whom the configuration names."""
    keep(idp, service_sshd={"account": "any", "ignore_users": "alice"})
    (key,) = new_keys(tmp_path, "key")
    assert by_key(key).stdout == "alice\n"


def test_the_persons_token(idp):
    """`access_token_file = yes`: the person's alone, kept fresh, and gone with the last login."""
    keep(idp, session={"access_token_file": "yes"})
    with sign_in(idp, "alice") as session:
        token = pathlib.Path(session.ask("echo $SSO_ACCESS_TOKEN_FILE").strip())
        assert token.parent == pathlib.Path("/run/pam_sso_tokens")
        assert (token.stat().st_mode & 0o7777, token.owner()) == (0o400, "alice")
        assert session.ask(f"cat {token}").strip() == counting.tokens(idp.seen(), "access_token")[-1]
        assert session.ask("ssoctl token").strip() == counting.tokens(idp.seen(), "access_token")[-1]
        assert subprocess.run(as_user("bob", "cat", token), capture_output=True).returncode != 0
        assert ssoctl("refresh", sessions()[0]["id"]).returncode == 0
        given = counting.tokens(idp.seen(), "access_token")
        assert len(set(given)) == 2 and session.ask(f"cat {token}").strip() == given[-1]
        # sudo's shell is another person's.
        assert session.ask("sudo -k -n env | grep -c SSO_ACCESS").strip() == "0"
    wait_until(lambda: not token.exists(), what="the file's end with its login")


def test_no_token_unless_asked_for(idp):
    """Nothing is put in the person's environment."""
    keep(idp)
    with sign_in(idp, "alice") as session:
        assert session.ask("env | grep -c SSO_").strip() == "0"


def test_closed_for_good(idp, tmp_path, sshd_of_both):
    """`close_session = revoke`: the tokens are given back when the last login closes."""
    keep(idp, session={"close_session": "revoke"}, service_sshd={"reuse": "15m", "bind": "ssh-key"})
    (key,) = new_keys(tmp_path, "key")
    with sign_in(idp, "alice", "-i", key, port=sshd_of_both):
        with in_silence("-i", key, port=sshd_of_both):
            pass
        wait_until(lambda: len(logins()) == 1, what="the second login's end")
        assert idp.requests("/token/revocation") == []
    wait_until(lambda: not sessions(), what="the session's end")
    token = counting.tokens(idp.seen())[-1]
    told = idp.requests("/token/revocation")
    assert [urllib.parse.parse_qs(r["body"])["token"] for r in told] == [[token]]
    assert_ssh_asks("-i", key, port=sshd_of_both)


@pytest.mark.parametrize("how", ["refresh", "watch", "sudo"])
def test_disabled_at_the_idp(idp, how, new_log):
    """From disabling the account to a closed shell."""
    keep(idp, session={"on_revoked": "terminate", "refresh": "1m"})
    with sign_in(idp, "alice") as session:
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
    with sign_in(idp, "alice") as session:
        idp.set(accounts={"alice": {"disabled": True}})
        assert "ended" in ssoctl("refresh", sessions()[0]["id"]).stdout
        assert sessions() == []
        idp.set(accounts={})
        assert_sudo_asks(session)


def test_idp_is_away(idp):
    """An IdP that is away changes nothing before `lifetime`."""
    keep(idp, network={"request_timeout": "1s"})
    with sign_in(idp, "alice") as session:
        kept = sessions()
        idp.set(hang=["/token"])
        done = ssoctl("refresh", kept[0]["id"])
        assert done.returncode == 1 and "failed  unreachable" in done.stdout, done.stdout
        assert_sudo_asks(session)
        assert sessions() == kept


def test_revoke(idp):
    """`ssoctl revoke USER` ends a session at the IdP (RFC 7009) and here."""
    keep(idp)
    with sign_in(idp, "alice") as session:
        token = counting.tokens(idp.seen())[-1]
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
        with sign_in(idp, "alice") as session:
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
        assert [s["services"] for s in sessions()] == [["sudo"]] and len(logins()) == 1
        session.tty.sendline("exit")
        session.ended()
    assert sessions() == []
