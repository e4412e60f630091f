"""Three hosts that share a store: one sign-in for all of them, and one end."""

import contextlib
import re
import subprocess
import time

import counting
import pytest
from fleet import KEY_ALONE, Fleet
from hosts import PLAIN, SILENT, assert_sudo_asks, sign_in, ssh
from idp import Refused
from store import Redis
from world import run, write

CLOSING = {"session": {"refresh": "1m", "on_revoked": "terminate"}, "service_sshd": {"account": "any"}}


@pytest.fixture(scope="module")
def hosts_and_store(machine, tmp_path_factory):
    """The hosts and their store."""
    files = tmp_path_factory.mktemp("fleet")
    with contextlib.closing(Redis(files / "store")) as redis, Fleet(files, machine[0], redis) as fleet:
        yield fleet


@pytest.fixture
def fleet(hosts_and_store, idp):
    """The fleet with no session of an earlier test."""
    hosts_and_store.redis.ask("FLUSHALL")
    for host in hosts_and_store:
        host.run("rm", "-rf", "/run/pam_sso")
    hosts_and_store.configure()
    return hosts_and_store


@pytest.fixture
def key(tmp_path):
    """alice's key."""
    return new_key(tmp_path, "alice", "key")


def new_key(folder, user, name):
    key = folder / name
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    allow_key(user, key)
    return key


def allow_key(user, *keys):
    """The user's authorized_keys, on every host."""
    write(f"/home/{user}/.ssh/authorized_keys", "".join(key.with_suffix(".pub").read_text() for key in keys))


def first_on(host, key, idp, user="alice"):
    """The sign-in, with a key, up to the person's shell."""
    return sign_in(idp, user, "-i", key, at=host.address)


def hop(host, key, user="alice", port=22):
    """ssh with a key."""
    return ssh(user, "-i", key, port=port, at=host.address, env=PLAIN)


def in_silence(host, key, **more):
    """ssh with a key, which opens the shell without a prompt."""
    session = hop(host, key, **more)
    assert session.tty.expect([session.shell, session.waiting]) == 0, session.tty.before
    return session


def assert_asks(host, key, **more):
    """ssh with a key, which is not enough: there is a prompt."""
    with hop(host, key, **more) as session:
        session.prompt()


def only_session(host):
    """The id of the session that there is, as that host sees it."""
    status, table = host.ssoctl("sessions", "--json")
    ids = re.findall(r'"id": *"([0-9a-f]{32})"', table)
    assert status == 0 and len(ids) == 1, table
    return ids[0]


@contextlib.contextmanager
def watching(*hosts):
    """`ssoctl refresh --watch` on each."""
    watchers = [host.start("ssoctl", "refresh", "--watch", stdout=subprocess.DEVNULL) for host in hosts]
    yield
    for host in hosts:
        host.run("pkill", "-TERM", "-x", "ssoctl")
    assert [watcher.wait(timeout=60) for watcher in watchers] == [0 for _ in watchers]


def test_one_sign_in(fleet, idp, key):
    """A second and a third host, with the same key: no prompt, nor for sudo there."""
    one, two, three = fleet
    with first_on(one, key, idp) as here, in_silence(two, key) as there, in_silence(three, key) as yonder:
        for host, shell in zip(fleet, [here, there, yonder]):
            assert shell.ask("hostname") == host.name
            assert shell.ask(SILENT) == "root"
    assert counting.sign_ins(idp.seen()) == 1
    counting.assert_no_replay(idp.seen())
    # It asked the store nothing that it has no right to.
    assert fleet.redis.ask("ACL", "LOG") == []


def test_without_a_terminal(fleet, idp, key):
    """What Ansible, scp and editors do: a command, and sudo in it."""
    with first_on(fleet.hosts[0], key, idp):
        done = hop(fleet.hosts[1], key)
        with done:
            assert done.opens()
        command = subprocess.run(
            ["ssh", "-F", "none", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"]
            + ["-o", "LogLevel=ERROR", "-i", key, f"alice@{fleet.hosts[2].address}", "sudo -n id -un"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert (command.returncode, command.stdout) == (0, "root\n"), command.stderr
    assert counting.sign_ins(idp.seen()) == 1


def test_another_key(fleet, idp, key, tmp_path):
    """Of the same user: it is asked."""
    other = new_key(tmp_path, "alice", "other")
    allow_key("alice", key, other)
    with first_on(fleet.hosts[0], key, idp):
        assert_asks(fleet.hosts[1], other)
        assert_asks(fleet.hosts[0], other)
        in_silence(fleet.hosts[1], key).tty.close(force=True)


def test_same_key_of_another_user(fleet, idp, key):
    """A key is bound together with its user: bob is asked, and his session is not alice's."""
    allow_key("bob", key)
    with first_on(fleet.hosts[0], key, idp):
        assert_asks(fleet.hosts[1], key, user="bob")
        with first_on(fleet.hosts[1], key, idp, user="bob"), in_silence(fleet.hosts[2], key, user="bob") as shell:
            assert shell.ask("id -un") == "bob"
        with in_silence(fleet.hosts[2], key) as shell:
            assert shell.ask("id -un") == "alice"


def test_older_than_reuse(fleet, idp, key):
    """The age of the sign-in counts, on every host."""
    fleet.configure(service_sshd={"reuse": "1s"})
    with first_on(fleet.hosts[0], key, idp):
        time.sleep(2.1)
        assert_asks(fleet.hosts[1], key)


@pytest.mark.parametrize("how", ["refresh", "watch"])
def test_disabled_at_the_idp(fleet, idp, key, how):
    """From disabling the account to closed shells, on the host that asks and on those that are told."""
    fleet.configure(**CLOSING)
    one, two, three = fleet
    with first_on(one, key, idp) as here, in_silence(two, key) as there, in_silence(three, key) as yonder:
        idp.set(accounts={"alice": {"disabled": True}})
        if how == "refresh":
            status, said = one.ssoctl("refresh", only_session(one))
            assert "session-ended" in said, (status, said)
            for host in two, three:
                host.ssoctl("refresh")
        with watching(*fleet) if how == "watch" else contextlib.nullcontext():
            for shell in here, there, yonder:
                shell.tty.timeout = 180
                shell.ended()
    assert any("reason=session-ended" in host.log() for host in fleet)
    with hop(two, key) as refused:
        refused.prompt()
        with pytest.raises(Refused):
            idp.person().approve(refused.link, "alice", refused.code)
    assert fleet.redis.ask("ACL", "LOG") == []


def test_left_behind_key(fleet, idp, key):
    """`account = any`: where a public key alone opens, it does so while the IdP stands by the person."""
    fleet.configure(**CLOSING)
    one, two, _ = fleet
    with hop(two, key, port=KEY_ALONE) as shell:
        assert shell.refused()
    with first_on(one, key, idp):
        with in_silence(two, key, port=KEY_ALONE) as shell:
            assert shell.ask("id -un") == "alice"
        idp.set(accounts={"alice": {"disabled": True}})
        with hop(two, key, port=KEY_ALONE) as shell:
            assert shell.refused()
        idp.set(accounts={})
        with hop(two, key, port=KEY_ALONE) as shell:
            assert shell.refused()
    assert "reason=session-ended" in two.log() and "reason=no-session" in two.log()


def test_left_behind_key_without_the_store(fleet, idp, key):
    """`account = any`, and the store is away: a key alone opens nothing, and a sign-in does."""
    fleet.configure(session={"store_timeout": "1s"}, service_sshd={"account": "any"})
    with first_on(fleet.hosts[0], key, idp):
        fleet.redis.close()
        try:
            with hop(fleet.hosts[1], key, port=KEY_ALONE) as shell:
                assert shell.refused()
            with first_on(fleet.hosts[1], key, idp) as shell:
                assert shell.ask("hostname") == "host2"
        finally:
            fleet.redis.start()


def test_revoked_elsewhere(fleet, idp, key):
    """`ssoctl revoke` on a host where nobody is: the logins of the others close when they look next."""
    fleet.configure(session={"on_revoked": "terminate"})
    one, two, three = fleet
    with first_on(one, key, idp) as here, in_silence(two, key) as there:
        status, said = three.ssoctl("revoke", "alice")
        assert status == 0, said
        assert [here.ask("hostname"), there.ask("hostname")] == ["host1", "host2"]
        one.ssoctl("refresh")
        here.ended()
        assert there.ask("hostname") == "host2"
        two.ssoctl("refresh")
        there.ended()
    assert len(idp.requests("/token/revocation")) == 1
    assert_asks(three, key)


def test_at_one_moment(fleet, idp, key):
    """Three hosts that want the same session at once: with replay detection on, no token is sent twice."""
    many = f"for i in 1 2 3 4 5; do {SILENT} </dev/null 2>&1 | cat & done; wait"
    with contextlib.ExitStack() as stack:
        shells = [stack.enter_context(first_on(fleet.hosts[0], key, idp))]
        shells += [stack.enter_context(in_silence(host, key)) for host in fleet.hosts[1:]]
        session = only_session(fleet.hosts[0])
        refreshers = [host.start("ssoctl", "refresh", session, stdout=subprocess.DEVNULL) for host in fleet]
        for shell in shells:
            shell.tty.sendline(f"({many}) | sort | uniq -c; echo \"all\"'over'")
        for shell in shells:
            shell.expect(r"5 root\s+allover\r\n")
        assert [refresher.wait(timeout=60) for refresher in refreshers] == [0, 0, 0]
    counting.assert_no_replay(idp.seen())
    assert counting.refreshes(idp.seen()) and counting.sign_ins(idp.seen()) == 1


def test_store_that_forgets(fleet, idp, key):
    """Redis restarted, and all is lost: nobody's login is closed, and who comes anew is asked."""
    fleet.configure(session={"on_revoked": "terminate"})
    one, two, three = fleet
    with first_on(one, key, idp) as here, in_silence(two, key) as there:
        fleet.redis.restart()
        for host in fleet:
            status, said = host.ssoctl("refresh")
            assert status == 0, said
        assert [here.ask("hostname"), there.ask("hostname")] == ["host1", "host2"]
        assert_sudo_asks(there)
        with first_on(three, key, idp), in_silence(two, key) as again:
            assert again.ask(SILENT) == "root"
    assert counting.sign_ins(idp.seen()) == 3  # sudo's was given up


def test_rotation_of_the_key(fleet, idp, key):
    """The three steps of docs/fleet.md, host by host: the session is there at each moment."""
    earlier = fleet.key
    later = run("ssoctl", "store-key")

    def all_in():
        for host in fleet:
            in_silence(host, key).tty.close(force=True)

    with first_on(fleet.hosts[0], key, idp) as shell:
        for keys in earlier + later, later + earlier, later:
            for host in fleet:
                host.write("pam_sso.store-key", keys, 0o600)
                all_in()
        assert shell.ask(SILENT) == "root"
    fleet.key = later
    assert counting.sign_ins(idp.seen()) == 1
    # The earlier key opens nothing any more.
    fleet.hosts[1].write("pam_sso.store-key", earlier, 0o600)
    assert_asks(fleet.hosts[1], key)
    fleet.hosts[1].write("pam_sso.store-key", later, 0o600)


def test_what_the_store_sees(fleet, idp, key):
    """No token, no name, no subject and no key, neither in a value nor in a value's name."""
    fleet.configure(**CLOSING)
    with first_on(fleet.hosts[0], key, idp), in_silence(fleet.hosts[1], key):
        held = fleet.redis.dump()
        seen = idp.seen()
    everything = b"\n".join(part for name, values in held.items() for part in [name, *values])
    secrets = [t for kind in ("refresh_token", "access_token", "id_token") for t in counting.tokens(seen, kind)]
    assert len(secrets) == 6 and held
    public = key.with_suffix(".pub").read_text().split()[1]
    for text in [*secrets, "alice", public, "host1", idp.issuer, "idp.test"]:
        assert text.encode() not in everything, text
    # Each goes by itself: the server forgets it when its time has come.
    assert all(fleet.redis.ask("TTL", name) > 0 for name in held)


def test_store_that_lies(fleet, idp, key):
    """Bits that were flipped, and values under each other's names: no session, and the person is asked."""
    with first_on(fleet.hosts[0], key, idp):
        held = {name: values[0] for name, values in fleet.redis.dump().items()}
        names = sorted(held)
        for name, another in zip(names, names[1:] + names[:1], strict=True):
            fleet.redis.ask("SET", name, held[another], "KEEPTTL")
        assert_asks(fleet.hosts[1], key)
        for name, value in held.items():
            fleet.redis.ask("SET", name, value[:-1] + bytes([value[-1] ^ 1]), "KEEPTTL")
        assert_asks(fleet.hosts[1], key)
        assert counting.refreshes(idp.seen()) == []
        for name, value in held.items():
            fleet.redis.ask("SET", name, value, "KEEPTTL")
        in_silence(fleet.hosts[1], key).tty.close(force=True)


def test_answer_through_a_tunnel(fleet, idp, key):
    """`ssh -L`: the browser's answer reaches the sudo of another machine, and nothing is pasted (docs/flows.md)."""
    address = "http://127.0.0.1:8471/sso"
    fleet.configure(provider={"client_id": "workstation", "flow": "code", "redirect_uri": address})
    tunnel = ["-L", "8471:127.0.0.1:8471"]
    with ssh("alice", "-i", key, *tunnel, port=KEY_ALONE, at=fleet.hosts[0].address, env=PLAIN) as session:
        session.opened()
        session.tty.sendline("sudo -k id -un")
        session.linked()
        person = idp.person()
        assert person.visit(person.answer(session.link, "alice"))[0] == 200
        session.enter()
        session.expect("root")
