"""The Debian package: what is in it, and what it does to a machine from its installation to its removal.

It MUST run inside tests/machine, where packages may come and go. DEB names the package.
"""

import os
import pathlib
import pwd
import re
import socket
import subprocess

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
DEB = pathlib.Path(os.environ.get("DEB", "build/libpam-sso.deb")).resolve()
DOCUMENTS = "/usr/share/doc/libpam-sso"
CONFIG = pathlib.Path("/etc/security/pam_sso.conf")
EXAMPLE = pathlib.Path(f"{DOCUMENTS}/examples/pam_sso.conf")
COMMON = [pathlib.Path(f"/etc/pam.d/common-{kind}") for kind in ("auth", "account")]

# What Debian adds: its own documents, and where lintian is told of what is meant.
DEBIANS = re.compile(rf"{DOCUMENTS}/(?!examples/).*|/usr/share/lintian/.*")


def run(*command):
    """Runs a command that must succeed and returns what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=PROJECT,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session", autouse=True)
def machine():
    """Nobody's real machine is installed to."""
    assert socket.gethostname() == "machine" and os.getpid() != 1


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


def installs(path, content, folder):
    """A package that is newer than DEB, with one file that differs."""
    run("dpkg-deb", "-R", DEB, folder)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub("(?m)^(Version: .*)", r"\1+newer", control.read_text()))
    (folder / path.relative_to("/")).write_text(content)
    newer = folder.with_suffix(".deb")
    run("dpkg-deb", "--root-owner-group", "-b", folder, newer)
    return newer


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


def test_life(tmp_path):
    """Installed it changes no login; upgraded and removed it keeps what was written, and no stack misses it."""
    stacks = [file.read_text() for file in COMMON]
    run("dpkg", "-i", DEB)
    assert [file.read_text() for file in COMMON] == stacks
    assert pwd.getpwnam("pam_sso").pw_shell == "/usr/sbin/nologin"
    assert list(pathlib.Path("/etc/systemd/system").rglob("pam_sso*")) == []
    run("ssoctl", "--help")
    assert not CONFIG.exists()

    run("pam-auth-update", "--enable", "pam_sso")
    assert ["pam_sso.so" in file.read_text() for file in COMMON] == [True, True]
    CONFIG.write_text("# an administrator's\n")
    run("dpkg", "-i", installs(EXAMPLE, "# a newer version's\n", tmp_path / "newer"))
    assert EXAMPLE.read_text() == "# a newer version's\n"
    assert CONFIG.read_text() == "# an administrator's\n"
    assert ["pam_sso.so" in file.read_text() for file in COMMON] == [True, True]

    run("dpkg", "-r", "libpam-sso")
    assert [file.read_text() for file in COMMON] == stacks
    assert CONFIG.read_text() == "# an administrator's\n"
    run("dpkg", "-P", "libpam-sso")
    assert not CONFIG.exists()


def test_upgraded_while_a_sign_in_waits(tmp_path):
    """What Debian's own test does, with an upgrade in its midst: that sign-in finishes, and the next ones."""
    run("dpkg", "-i", DEB)
    newer = installs(EXAMPLE, "# a newer version's\n", tmp_path / "newer")
    assert "sudo: the shell opened" in run("debian/tests/login", newer)
    assert run("dpkg-query", "-W", "-f", "${Version}", "libpam-sso").endswith("+newer")
