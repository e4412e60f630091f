"""A screen lock: vlock(1), which locks the terminal that it runs on and shows what PAM says there. Debian installs it
set-uid root; without that bit it runs as the person, as most lockers do."""

import os
import pwd

import pytest
from by_code import configure_code, configure_workstation, label, short_form
from hosts import ENVIRONMENT, PLAIN, Session, as_user, type_password
from test_code import reasons
from test_forwarded import browse
from test_requests import secret_keys
from world import CONFIG, PASSWORD, configure, processes, wait_until, workers

LOCKER = "/usr/sbin/vlock-main"
LOCKED = "This TTY is now locked"


@pytest.fixture(params=["set-uid root", "the person"])
def runs_as(request):
    """As whom the locker runs, and the worker below it."""
    before = os.stat(LOCKER).st_mode
    os.chmod(LOCKER, 0o4755 if request.param == "set-uid root" else 0o755)
    yield ("root", "pam_sso") if request.param == "set-uid root" else ("alice", "alice")
    os.chmod(LOCKER, before)


def uid(pid):
    """The effective user of a process, by name."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        (line,) = [line for line in status if line.startswith("Uid:")]
    return pwd.getpwuid(int(line.split()[2])).pw_name


def lock():
    """alice's shell, which she locked, up to where vlock asks PAM."""
    session = Session(*as_user("alice", "bash"), env={**ENVIRONMENT, **PLAIN, "HOME": "/home/alice"})
    assert session.opened() == "alice"
    session.tty.sendline("vlock")
    wake(session)
    return session


def wake(session):
    session.expect(LOCKED + r"(?s:.*?)\[ENTER\] to unlock\.")
    session.enter()


def lockers():
    return [pid for pid, name, state in processes() if name == "vlock-main" and state not in "ZX"]


def by_paste(idp, session, browser):
    session.linked()
    session.paste(short_form(idp.person().answer(session.link, browser)))


def by_loopback(idp, session, browser):
    """With the person's own browser, as the person."""
    session.linked()
    address = idp.person().answer(session.link, browser)
    assert "return to the terminal" in browse("alice", address)
    session.enter()


def by_device(idp, session, browser):
    session.prompt()
    idp.person().approve(session.link, browser, session.code)
    session.enter()


WAYS = {
    "paste": (configure_code, by_paste),
    "paste, listening": (configure_workstation, by_paste),
    "loopback": (configure_workstation, by_loopback),
    "device": (configure, by_device),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_unlocks(idp, way, runs_as, new_log):
    """The main job. The locker and the worker are who they are said to be."""
    configured, signs_in = WAYS[way]
    configured(idp)
    with lock() as session:
        (worker,) = wait_until(workers, what="the worker")
        assert ({uid(pid) for pid in lockers()}, uid(worker)) == ({runs_as[0]}, runs_as[1])
        signs_in(idp, session, "alice")
        assert session.opened() == "alice" and not lockers()
    assert reasons(new_log()) == ["ok"]


def test_who_asks(idp, runs_as):
    """Threat (forwarded link): it says that a lock asks, and whose; above the link, and on the page."""
    configure_code(idp)
    with lock() as session:
        text = session.linked()
        above = text[: text.index(session.link)]
        assert "alice" in above and "vlock on machine" in above
        assert label(idp.person().answer(session.link, "alice")) == "alice@machine (vlock)"


@pytest.mark.parametrize("way", ["paste", "loopback", "device"])
def test_somebody_else_signs_in(idp, way, runs_as, new_log):
    """Threat (who comes in as whom): bob's answer leaves alice's screen locked. vlock asks root then, whom pam_sso
    refuses, and locks on."""
    configured, signs_in = WAYS[way]
    configured(idp)
    with lock() as session:
        signs_in(idp, session, "bob")
        session.expect(LOCKED)
        assert lockers()
    # A key that was pressed too late wakes the lock, and begins another sign-in.
    assert reasons(new_log())[:2] == ["user-mismatch", "user-system"] and "ok" not in reasons(new_log())


def test_browser_of_another_user(idp, runs_as):
    """Threat (another local user): bob's browser brings nothing, though the answer is alice's."""
    configure_workstation(idp)
    with lock() as session:
        session.linked()
        address = idp.person().answer(session.link, "alice")
        assert "return to the terminal" not in browse("bob", address)
        assert lockers()
        assert "return to the terminal" in browse("alice", address)
        session.enter()
        assert session.opened() == "alice"


def test_keys_that_interrupt(idp, runs_as):
    """Ctrl-C, Ctrl-\\ and Ctrl-Z open nothing, and wrong lines only lock again."""
    configure_code(idp)
    with lock() as session:
        session.linked()
        for line in ("\x03\x1c\x1a", "nonsense", ""):
            session.paste(line)
        wake(session)
        assert lockers()
        by_paste(idp, session, "alice")
        assert session.opened() == "alice"


def test_provider_is_away(idp, runs_as):
    """Nobody is locked out of their own screen: the next line of the stack asks for the local password."""
    configure_code(idp, provider={"issuer": "https://idp.test:1"})
    with lock() as session:
        type_password(session)
        assert session.opened() == "alice"


@pytest.mark.parametrize("what", ["pam_sso.conf", "the secret"])
def test_configuration_that_the_person_may_not_read(idp, what, runs_as, new_log):
    """A locker that runs as the person is no better than the person: then the password is asked for."""
    configure_code(idp, provider={"client_id": "code-basic", **secret_keys(idp, "code-basic")})
    if what == "pam_sso.conf":
        CONFIG.chmod(0o600)
    with lock() as session:
        if runs_as[0] == "root":
            by_paste(idp, session, "alice")
        else:
            type_password(session)
        assert session.opened() == "alice"
    assert reasons(new_log()) == ["ok" if runs_as[0] == "root" else "unprivileged"]


def test_locker_that_is_left_out(idp, runs_as):
    """`ignore_services`, for a locker that shows no link: it asks for the local password, and nothing is sent."""
    configure_code(idp, access={"ignore_services": "vlock"})
    with lock() as session:
        session.expect("[Pp]assword: ")
        session.tty.sendline(PASSWORD)
        assert session.opened() == "alice"
    assert idp.requests() == []


def test_root_opens_it(idp, runs_as):
    """`ignore_users = root`: when the person could not, vlock asks for root's password."""
    configure_code(idp, service_vlock={"ignore_users": "root"})
    with lock() as session:
        by_paste(idp, session, "bob")
        session.expect("root's Password: ")
        assert lockers()
