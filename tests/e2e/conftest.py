"""One machine, one IdP and one sshd for all tests; each test finds them as new."""

import pytest

import hosts
import world


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    """(the IdP, sshd) of a machine with pam_sso in its stacks."""
    world.make()
    idp = world.make_idp(tmp_path_factory.mktemp("idp"), "idp.test", address="0.0.0.0")
    sshd = world.Sshd(22)
    yield idp, sshd
    sshd.stop()
    idp.stop()


@pytest.fixture
def idp(machine):
    """The IdP, with its usual settings, nothing seen yet, and the machine configured for it."""
    provider = machine[0]
    provider.set(interval=1, pace=0, expires_in=600, code_length=43, accounts={}, hang=[], busy={})
    provider.forget()
    world.configure(provider)
    return provider


@pytest.fixture(autouse=True)
def nothing_left():
    """Whatever a test did, it leaves no worker behind."""
    yield
    hosts.no_worker_left()


@pytest.fixture
def new_log():
    """Returns a function for what the system log got since the test began."""
    start = world.LOG.stat().st_size
    return lambda: world.LOG.read_bytes()[start:].decode(errors="replace")


@pytest.fixture(params=list(hosts.HOSTS))
def host(request):
    """Each program that asks pam_sso, by name."""
    return request.param
