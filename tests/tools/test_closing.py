"""`close_session = revoke` that could not be done when the last login closed: `ssoctl refresh` makes up for it."""

import os
import socket
import time

import pytest

from fake_idp import Reply
from stored import FIELDS, ID, name_of

KEY = "ssh-ed25519 AAAA"


def session(idp, **changes):
    """One that a key leads to, of a person who signed in here a while ago."""
    then = str(int(time.time()) - 100)
    here = {"iss": idp.issuer, "host": socket.gethostname(), "ssh_key": KEY, "created": then, "verified": then}
    return {**FIELDS, **here, **changes}


@pytest.fixture
def closing(machine, idp):
    machine.configure_idp(idp, "close_session = revoke\n")
    return machine


@pytest.fixture
def sharing(machine, idp, shared):
    """The same with a store that is shared."""
    machine.configure_idp(idp, f"close_session = revoke\n{shared.settings}")
    return machine


def test_what_a_key_leads_to(closing, idp):
    file = closing.keep(**session(idp))
    done = closing.ssoctl("refresh")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{ID}  alice  left  ok\n")
    assert idp.journal[-1].form["token"] == "canary-refresh-token" and idp.paths().count("/revoke") == 1
    assert not file.exists()


def test_a_provider_that_cannot_be_told(closing, idp):
    idp.answers["/revoke"] = Reply(status=503)
    file = closing.keep(**session(idp))
    done = closing.ssoctl("refresh")
    assert done.returncode == 1 and "Remote I/O error" in done.stderr
    assert not file.exists()


@pytest.mark.parametrize("changes", [{"host": "another.machine"}, {"created": str(int(time.time()))}])
def test_what_is_not_to_be_given_back(closing, idp, changes):
    file = closing.keep(**session(idp, **changes))
    closing.ssoctl("refresh")
    assert "/revoke" not in idp.paths() and file.exists()


# Its close was noted, or it was killed before its close.
@pytest.mark.parametrize("login", [{"state": "closed"}, {}])
def test_a_session_that_is_shared(sharing, shared, idp, login):
    shared.give(session(idp))
    binding = sharing.bind(since=str(int(time.time()) - 90), **login)
    done = sharing.ssoctl("refresh")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{ID}  alice  left  ok\n")
    assert idp.paths().count("/revoke") == 1 and "end" in shared.asked()
    assert not binding.exists()


def test_a_shared_session_with_another_login_here(sharing, shared, idp):
    shared.give(session(idp))
    sharing.bind(since=str(int(time.time()) - 90), state="closed")
    sharing.bind(process=name_of(os.getpid()))
    assert sharing.ssoctl("refresh").returncode == 0
    assert "/revoke" not in idp.paths() and not {"end", "put"} & shared.asked()


# The machine where the person signed in does that. What is over here is decided on, and gone.
def test_a_shared_session_of_another_machine(sharing, shared, idp):
    shared.give(session(idp, host="another.machine"))
    binding = sharing.bind(since=str(int(time.time()) - 90), state="closed")
    done = sharing.ssoctl("refresh")
    assert (done.returncode, done.stdout) == (0, "")
    assert idp.paths() == [] and not {"end", "put"} & shared.asked()
    assert not binding.exists()
