"""The Debian package: what is in it, and what it does to a machine from its installation to its removal.

It MUST run inside tests/machine, where packages may come and go. DEB names the package.
"""

import os
import pathlib
import pwd
import re

import hosts
import pytest
import world
from deb import DEB, DOCUMENTS, EXAMPLES, PROJECT, newer, run

CONFIG = pathlib.Path("/etc/security/pam_sso.conf")
EXAMPLE = EXAMPLES / "pam_sso.conf"
STACKS = pathlib.Path("/etc/pam.d")

# What Debian adds: its own documents, and where lintian is told of what is meant.
DEBIANS = re.compile(rf"{DOCUMENTS}/(?!examples/).*|/usr/share/lintian/.*")


@pytest.fixture(scope="session", autouse=True)
def machine():
    """Nobody's real machine is installed to."""
    world.require_machine()


@pytest.fixture(autouse=True)
def purged():
    """Whatever a test did, the next finds no package."""
    yield
    run("dpkg", "-P", "libpam-sso")


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """systemd runs and nobody says what may be started. Returns a function for what it was told to do since the last
    call."""
    told = world.write(tmp_path / "told", "")
    world.write(tmp_path / "bin/systemctl", f'#!/bin/sh\necho "$@" >>{told}\n', 0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin", prepend=os.pathsep)
    policy = pathlib.Path("/usr/sbin/policy-rc.d")
    forbids = policy.rename(tmp_path / "policy-rc.d")
    booted = pathlib.Path("/run/systemd/system")
    booted.mkdir(parents=True)

    def verbs():
        lines = told.read_text().splitlines()
        told.write_text("")
        return {next(word for word in line.split() if not word.startswith("-")) for line in lines}

    yield verbs
    booted.rmdir()
    world.write(policy, forbids.read_text(), 0o755)


def stacks(folder=STACKS):
    return {file.name: file.read_text() for file in folder.iterdir()}


def with_pam_sso():
    """Which of Debian's shared stacks have a line of ours."""
    return {name for name, text in stacks().items() if name.startswith("common-") and "pam_sso.so" in text}


def instead(text):
    return lambda _: text.encode()


def files(folder):
    """What lies below a folder: {path: (mode, content)}, a program's content being that it is one. Where
    /lib is /usr/lib, and pages are compressed, is Debian's to say."""
    found = {}
    for file in folder.rglob("*"):
        if file.is_dir():
            continue
        path = re.sub("^/lib/", "/usr/lib/", f"/{file.relative_to(folder)}")
        content = run("zcat", file).encode() if file.suffix == ".gz" else file.read_bytes()
        if content.startswith(b"\x7fELF"):
            content = b"a program"
        if not DEBIANS.fullmatch(path):
            found[path.removesuffix(".gz")] = oct(file.lstat().st_mode), content
    return found


def test_has_what_make_install_has(tmp_path):
    """To the mode; and for a person who reads `dpkg -L`, nothing else."""
    run("make", "-s", "install", f"DESTDIR={tmp_path}/made", f"docdir={DOCUMENTS}")
    run("dpkg-deb", "-x", DEB, tmp_path / "package")
    made, packaged = files(tmp_path / "made"), files(tmp_path / "package")
    assert sorted(packaged) == sorted(made)
    assert [path for path in made if packaged[path] != made[path]] == []


def test_version_is_the_projects():
    makefile = (PROJECT / "Makefile").read_text()
    version = re.search("(?m)^VERSION := (.*)$", makefile)[1]
    assert run("dpkg-deb", "-f", DEB, "Version").strip() == version


def test_lintian_has_nothing_to_say():
    assert run("lintian", "--allow-root", "--no-cfg", "--fail-on", "error,warning", DEB) == ""


def test_nothing_is_in_etc(tmp_path):
    """The configuration is the administrator's: no upgrade asks about it."""
    run("dpkg-deb", "-R", DEB, tmp_path)
    assert not (tmp_path / "etc").exists() and not (tmp_path / "DEBIAN/conffiles").exists()


def test_documents_refer_to_what_is_there(tmp_path):
    run("dpkg-deb", "-x", DEB, tmp_path)
    documents = tmp_path / DOCUMENTS.lstrip("/")
    named = [
        page.parent / link
        for page in documents.rglob("*.md")
        for link in re.findall(r"\]\(([\w./-]+\.(?:md|svg))\b", page.read_text())
    ]
    assert len(named) > 20
    assert [str(path) for path in named if not path.exists()] == []


def test_built_again_is_the_same_to_the_byte(tmp_path):
    """Elsewhere, by somebody with other habits."""
    run("sh", "-c", f"umask 077; TZ=Asia/Seoul LC_ALL=C make -s deb B={tmp_path}")
    (again,) = tmp_path.glob("*.deb")
    assert again.read_bytes() == DEB.read_bytes()


def test_life(tmp_path):
    """Installed it changes no login; upgraded and removed it keeps what was written, and no stack misses it."""
    before = stacks()
    run("dpkg", "-i", DEB)
    assert stacks() == before
    assert pwd.getpwnam("pam_sso").pw_shell == "/usr/sbin/nologin"
    for line in (PROJECT / "conf/tmpfiles.d/pam_sso.conf").read_text().splitlines():
        if line.startswith("d "):
            _, path, mode, *_ = line.split()
            assert pathlib.Path(path).stat().st_mode & 0o777 == int(mode, 8), line
    run("ssoctl", "--help")
    assert not CONFIG.exists()

    run("pam-auth-update", "--enable", "pam_sso")
    assert with_pam_sso() == {"common-auth", "common-account"}
    CONFIG.write_text("# an administrator's\n")
    run("dpkg", "-i", newer(EXAMPLE, instead("# a newer version's\n"), tmp_path / "newer"))
    assert EXAMPLE.read_text() == "# a newer version's\n"
    assert CONFIG.read_text() == "# an administrator's\n"
    assert with_pam_sso() == {"common-auth", "common-account"}

    run("dpkg", "-r", "libpam-sso")
    assert stacks() == before
    run("dpkg", "-i", DEB)
    assert stacks() == before
    assert CONFIG.read_text() == "# an administrator's\n"

    run("dpkg", "-P", "libpam-sso")
    assert stacks() == before
    left = [path for folder in ("/etc", "/usr", "/var/lib", "/run") for path in pathlib.Path(folder).rglob("pam_sso*")]
    assert left == []


def test_units_wait_for_an_administrator(systemctl, tmp_path):
    run("dpkg", "-i", DEB)
    assert systemctl() == {"daemon-reload"}
    assert list(pathlib.Path("/etc/systemd/system").rglob("pam_sso*")) == []
    # What runs is the new program after an upgrade; what does not is not started.
    run("dpkg", "-i", newer(EXAMPLE, instead(""), tmp_path / "newer"))
    assert systemctl() == {"daemon-reload", "try-restart"}
    run("dpkg", "-r", "libpam-sso")
    assert systemctl() == {"daemon-reload", "stop"}


def test_removed_where_a_stack_was_edited(tmp_path):
    """pam-auth-update leaves alone what somebody edited, and there the line of ours stays. It locks nobody out."""
    run("dpkg", "-i", DEB)
    run("pam-auth-update", "--enable", "pam_sso")
    auth = STACKS / "common-auth"
    auth.write_text(auth.read_text().replace("auth\t[success=1", "auth\toptional\tpam_faildelay.so\nauth\t[success=1"))
    run("dpkg", "-r", "libpam-sso")
    assert with_pam_sso() != set()
    world.add_users(["carol"])
    world.write(STACKS / "su", "".join(f"@include common-{kind}\n" for kind in ("auth", "account", "session")))
    with hosts.Session(*hosts.as_user("carol", "su", "-", "carol"), env=hosts.PLAIN) as session:
        hosts.type_password(session)
        assert session.opened() == "carol"


def test_upgraded_while_a_sign_in_waits(tmp_path):
    """What Debian's own test does, with an upgrade in its midst: that sign-in finishes, and the next ones."""
    run("dpkg", "-i", DEB)
    assert "sudo: the shell opened" in run("debian/tests/login", newer(EXAMPLE, instead(""), tmp_path / "newer"))
    assert run("dpkg-query", "-W", "-f", "${Version}", "libpam-sso").endswith("+newer")
