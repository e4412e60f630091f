"""docs/stacks.md: how often each host asks, and what sshd_config has to say, against the real programs."""

import pathlib
import re

import counting
import pexpect
import pytest
from hosts import HOSTS, SSH, Session, owner, ssh, type_password
from world import PROJECT, Sshd, configure, run, write

ASKED = pathlib.Path("/run/asked")
COUNT = "/usr/local/bin/count"
FILE = {"sshd": "sshd", "sudo": "sudo", "su": "su-l", "login": "login"}

# pam_debug(8) answers as it is told.
STACK = f"""\
auth     [default=ignore]  pam_exec.so quiet {COUNT}
auth     required          pam_debug.so auth=%s
account  required          pam_permit.so
"""

REFUSED = {"sshd": "maxtries", "sudo": "abort", "su": "perm_denied", "login": "perm_denied"}  # module/verdict.c


def tables():
    """The two of the page: counts, and what the person reads. Lists of rows, which are lists of cells."""
    page = (PROJECT / "docs" / "stacks.md").read_text(encoding="utf-8")
    text = page.split("\n## How often a host asks\n")[1].split("\n## ")[0]
    found = re.findall(r"(?:^\|.*\n)+", text, re.M)
    return [[re.split(r" *\| *", line)[1:-1] for line in table.splitlines() if "---" not in line] for table in found]


def counts():
    """For this Debian: (host, code, how often it is asked for)."""
    head, *rows = tables()[0]
    version = re.search(r'^VERSION_ID="(\d+)"', pathlib.Path("/etc/os-release").read_text(), re.M)
    for code, *cells in rows:
        for name, cell in zip(head[1:], cells):
            host, _, debian = name.partition(", Debian ")
            if not debian or (version and version[1] == debian):
                yield host, re.sub("`PAM_(.*)`", r"\1", code).lower(), int(cell)


@pytest.fixture
def stack(machine):
    """Writes a service's stack; the file that was there is put back."""
    kept = {}

    def put(service, text):
        path = pathlib.Path("/etc/pam.d") / service
        kept[path] = path.read_text() if path.exists() else None
        write(path, text)

    yield put
    for path, text in kept.items():
        if text is None:
            path.unlink()
        else:
            write(path, text)


def read():
    """(host, code, what the person reads)."""
    (_, *names), refused, again = tables()[1]
    for name, first, second in zip(names, refused[1:], again[1:]):
        yield name, REFUSED[name], re.findall("`(.*?)`", first)
        yield name, "auth_err", re.findall("`(.*?)`", second)


def persist(host, stack, code):
    """Somebody who goes on as long as they are offered to. Returns what the terminal showed."""
    write(COUNT, f"#!/bin/sh\necho >>{ASKED}\n", 0o755)
    write(ASKED, "", 0o666)  # sudo's real user is the caller
    stack(FILE[host], STACK % code)
    shown = ""
    with HOSTS["ssh" if host == "sshd" else host]("alice") as session:
        while session.tty.expect(["login: $", pexpect.EOF]) == 0:
            shown += session.tty.before
            session.tty.send("alice\r")
        return shown + session.tty.before


@pytest.mark.parametrize("host, code, times", list(counts()))
def test_how_often_a_host_asks(stack, host, code, times):
    persist(host, stack, code)
    assert len(ASKED.read_text().splitlines()) == times


@pytest.mark.parametrize("host, code, texts", list(read()))
def test_what_the_person_reads(stack, host, code, texts):
    shown = persist(host, stack, code)
    assert texts and all(text in shown for text in texts)


def test_password_method_shows_no_link(idp):
    """What is sent by the method `password` opens nothing, and nobody sees the link."""
    sshd = Sshd(2222, "Match User alice", "    PasswordAuthentication yes")
    try:
        with Session(*SSH, "-o", "PreferredAuthentications=password", "-p", 2222, "alice@127.0.0.1") as session:
            assert session.refused()
            assert "https://" not in session.transcript
    finally:
        sshd.stop()


def test_key_after_the_sign_in_comes_too_late(idp, new_log, tmp_path):
    """`AuthenticationMethods keyboard-interactive,publickey` and `require = publickey` let nobody in."""
    configure(idp, access={"require": "publickey"})
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write("/home/alice/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    sshd = Sshd(2222, "AuthenticationMethods keyboard-interactive,publickey")
    try:
        with ssh("alice", "-i", key, port=2222) as session:
            assert session.refused()
    finally:
        sshd.stop()
    assert "reason=publickey" in new_log()
    assert counting.sign_ins(idp.seen()) == 0


def test_without_keyboard_interactive_nothing_is_asked(idp, new_log):
    """docs/troubleshooting.md: no link, and no line in the log."""
    sshd = Sshd(2222, "Match User alice", "    KbdInteractiveAuthentication no")
    try:
        with ssh("alice", port=2222) as session:
            assert session.ended() != 0
            assert "Permission denied (publickey)." in session.transcript
    finally:
        sshd.stop()
    assert "pam_sso" not in new_log()


def test_a_module_that_is_gone_leaves_the_password(idp, host, new_log):
    """module_unknown=ignore: the next line's turn, in both phases."""
    (module,) = pathlib.Path("/usr/lib").glob("*/security/pam_sso.so")
    aside = module.rename(module.with_suffix(".aside"))
    try:
        with HOSTS[host]("alice") as session:
            type_password(session)
            assert session.opened() == owner(host, "alice")
    finally:
        aside.rename(module)
    assert "unable to dlopen(pam_sso.so)" in new_log()
