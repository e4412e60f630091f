"""A store that is away, or that is not what it should be: people sign in interactively, nothing is granted
for lack of it, and nobody waits for it longer than the configuration says."""

import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import time

import counting
import pytest
from hosts import SILENT, assert_sudo_asks, sign_in
from liar import LIES, Liar
from relay import Relay
from store import NAME, PASSWORD, USER, Redis
from world import PROJECT, configure, run, write

STORE = pathlib.Path("/run/pam_sso")
SECRETS = pathlib.Path("/etc/security")
BOUND = 60  # seconds: many times the second that the configuration gives the store, on a busy machine


@pytest.fixture(scope="module")
def redis(machine, tmp_path_factory):
    """A real Redis or Valkey, with a relay before it that can stall."""
    files = tmp_path_factory.mktemp("store")
    with contextlib.closing(Redis(files)) as redis:
        redis.relay = Relay(socket.create_server(("127.0.0.1", 0)), ("127.0.0.1", redis.port))
        shutil.copy(redis.ca, "/etc/ssl/redis.pem")
        yield redis


@pytest.fixture
def shared(redis, idp):
    """The machine keeps its sessions there. Returns what configures it, with changes."""
    redis.restart()
    shutil.rmtree(STORE, ignore_errors=True)
    write(SECRETS / "pam_sso.store-password", PASSWORD + "\n", 0o600)
    write(SECRETS / "pam_sso.store-key", run("ssoctl", "store-key"), 0o600)
    through = redis.relay.address[1]

    def shared(name=NAME, port=through, **changes):
        keep(
            idp,
            store="redis",
            store_url=f"rediss://{name}:{port}/0",
            store_user=USER,
            store_password_file=SECRETS / "pam_sso.store-password",
            store_ca_file="/etc/ssl/redis.pem",
            store_key_file=SECRETS / "pam_sso.store-key",
            store_timeout="1s",
            **changes,
        )

    shared()
    return shared


@pytest.fixture
def directory(idp):
    """An empty store of files."""
    shutil.rmtree(STORE, ignore_errors=True)
    keep(idp)
    return STORE


def keep(idp, sudo=(), **session):
    """Sessions are kept, and let sudo in."""
    configure(
        idp,
        provider={"scope": "openid profile email groups offline_access"},
        session={"keep": "yes", **session},
        service_sudo={"reuse": "15m", **dict(sudo)},
    )


@contextlib.contextmanager
def down(redis, _):
    redis.close()
    yield
    redis.start()


@contextlib.contextmanager
def slow(redis, _):
    redis.relay.stall()
    yield
    redis.relay.flow()


@contextlib.contextmanager
def restarted(redis, _):
    redis.restart()
    yield


@contextlib.contextmanager
def full(redis, _):
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    yield
    redis.ask("CONFIG", "SET", "maxmemory", "0")


@contextlib.contextmanager
def without_rights(redis, _):
    redis.ask("ACL", "SETUSER", USER, "-@all")
    yield


@contextlib.contextmanager
def wrong_password(redis, _):
    write(SECRETS / "pam_sso.store-password", "another\n", 0o600)
    yield


@contextlib.contextmanager
def wrong_key(redis, _):
    write(SECRETS / "pam_sso.store-key", run("ssoctl", "store-key"), 0o600)
    yield


@contextlib.contextmanager
def wrong_certificate(redis, _):
    """Another authority's, for the same name."""
    run(PROJECT / "tests/idp/make-ca", redis.files / "another", NAME)
    shutil.copy(redis.files / "another" / "ca.pem", "/etc/ssl/redis.pem")
    yield
    shutil.copy(redis.ca, "/etc/ssl/redis.pem")


@contextlib.contextmanager
def wrong_name(redis, shared):
    """The right authority's, for another name."""
    hosts = pathlib.Path("/etc/hosts")
    before = hosts.read_text()
    hosts.write_text(before + "127.0.0.1 another.test\n")
    shared(name="another.test")
    yield
    hosts.write_text(before)


def lying(lie):
    @contextlib.contextmanager
    def lies(redis, shared):
        with contextlib.closing(Liar(redis.files, lie)) as liar:
            shared(port=liar.port)
            yield

    return lies


REAL = [down, slow, restarted, full, without_rights, wrong_password, wrong_key, wrong_certificate, wrong_name]
TROUBLES = {trouble.__name__: trouble for trouble in REAL} | {f"lies_{lie}": lying(lie) for lie in LIES}

# What these leave of the store is a good store that does not have the session.
EMPTY = {"restarted", "wrong_key"}


def within_bound(ask):
    """What ASK returns, which nobody waited for too long."""
    begin = time.monotonic()
    answer = ask()
    assert time.monotonic() - begin < BOUND
    return answer


@pytest.mark.parametrize("trouble", TROUBLES)
def test_store_in_trouble(redis, shared, idp, new_log, trouble):
    """A session is there, and then the store is not."""
    with sign_in(idp, "alice") as shell:
        assert shell.ask(SILENT) == "root"
        with TROUBLES[trouble](redis, shared):
            idp.forget()
            since = len(new_log())
            assert "root" not in within_bound(lambda: shell.ask(SILENT))
            assert counting.refreshes(idp.seen()) == []  # a token that cannot be stored is not spent
            assert_sudo_asks(shell)
            begin = time.monotonic()
            with sign_in(idp, "alice") as other:
                assert time.monotonic() - begin < BOUND
                assert other.ask("id -un") == "alice"
                assert (other.ask(SILENT) == "root") == (trouble in EMPTY)
            said = new_log()[since:]
            assert trouble in EMPTY or "reason=store" in said or "step=stored" in said
            assert "\x1b" not in said
        assert shell.ask("id -un") == "alice"


@pytest.mark.parametrize("trouble", ["down", "slow", "full"])
def test_store_comes_back(redis, shared, idp, trouble):
    """What was only away is there again: the token was not spent in vain."""
    with sign_in(idp, "alice") as shell:
        with TROUBLES[trouble](redis, shared):
            assert "root" not in within_bound(lambda: shell.ask(SILENT))
        if trouble == "down":  # all that it held is lost
            assert_sudo_asks(shell)
        else:
            assert shell.ask(SILENT) == "root"
    counting.assert_no_replay(idp.seen())


def test_refresh_without_the_store(redis, shared, idp):
    """`ssoctl refresh` says so, and ends nobody's login."""
    shared(on_revoked="terminate")
    with sign_in(idp, "alice") as shell:
        redis.close()
        done = within_bound(lambda: subprocess.run(["ssoctl", "refresh"], capture_output=True, text=True))
        assert done.returncode == 1 and done.stderr, done
        assert shell.ask("id -un") == "alice"
        redis.start()


@contextlib.contextmanager
def small_disk(path):
    """A file system of four pages at PATH, and what fills it."""
    path.mkdir(mode=0o700)
    run("mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs", path)
    filler = path / "filler"
    try:
        yield filler
    finally:
        run("umount", path)
        path.rmdir()


def fill(filler):
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)


def test_disk_full_at_sign_in(directory, idp, new_log):
    """No room for a session: the login goes on without one."""
    with small_disk(directory) as filler:
        fill(filler)
        with sign_in(idp, "alice") as shell:
            assert "step=stored" in new_log()
            assert_sudo_asks(shell)
            assert [path.name for path in directory.rglob("*") if path.is_file()] == ["filler"]


def test_disk_full_at_reuse(directory, idp):
    """No room for what a renewal would bring: none is asked for, and the session is there afterwards."""
    with small_disk(directory) as filler, sign_in(idp, "alice") as shell:
        fill(filler)
        assert_sudo_asks(shell)
        assert counting.refreshes(idp.seen()) == []
        filler.unlink()
        assert shell.ask(SILENT) == "root"


def rewrite(directory, **values):
    """The one session there is, as if it had been stored with other values."""
    path = next(path for path in directory.iterdir() if re.fullmatch("[0-9a-f]{32}", path.name))
    text = path.read_text()
    for key, value in values.items():
        text, lines = re.subn(rf"^{key}=.*$", f"{key}={value}", text, flags=re.M)
        assert lines == 1
    write(path, text, 0o600)


@pytest.mark.parametrize("hours", [-1, +1])
def test_clock_that_jumped(directory, idp, hours):
    """A session from the future has no age, and one from long ago is too old: it is not reused."""
    with sign_in(idp, "alice") as shell:
        assert shell.ask(SILENT) == "root"
        idp.forget()
        rewrite(directory, created=int(time.time()) + hours * 3600)
        assert_sudo_asks(shell)
        assert counting.refreshes(idp.seen()) == []


def test_verified_in_the_future(directory, idp):
    """`verify = cached`: the IdP's word from the future is no word, and it is asked."""
    keep(idp, sudo={"verify": "cached", "recheck": "1h"})
    with sign_in(idp, "alice") as shell:
        assert shell.ask(SILENT) == "root"
        assert counting.refreshes(idp.seen()) == []
        rewrite(directory, verified=int(time.time()) + 3600)
        assert shell.ask(SILENT) == "root"
        assert len(counting.refreshes(idp.seen())) == 1


def test_session_past_its_end(directory, idp):
    """`ends` has come: there is no session, whatever its other times say."""
    with sign_in(idp, "alice") as shell:
        rewrite(directory, ends=int(time.time()) - 1)
        assert_sudo_asks(shell)
        assert json.loads(run("ssoctl", "sessions", "--json"))["sessions"] == []
