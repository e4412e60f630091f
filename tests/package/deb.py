"""The package that is tested (DEB names it), and others that would follow it."""

import os
import pathlib
import re
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parents[2]
DEB = pathlib.Path(os.environ.get("DEB", "build/libpam-sso.deb")).resolve()
DOCUMENTS = "/usr/share/doc/libpam-sso"
EXAMPLES = pathlib.Path(f"{DOCUMENTS}/examples")
WORKER = pathlib.Path("/usr/libexec/pam_sso/sso-worker")


def run(*command, cwd=PROJECT):
    """Runs a command that must succeed and returns what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def newer(path, change, folder):
    """A package that is newer than DEB; CHANGE makes the content of one file from what it has there."""
    run("dpkg-deb", "-R", DEB, folder)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub("(?m)^(Version: .*)", r"\1+newer", control.read_text()))
    file = folder / path.relative_to("/")
    file.write_bytes(change(file.read_bytes()))
    deb = folder.with_suffix(".deb")
    run("dpkg-deb", "-Znone", "--root-owner-group", "-b", folder, deb)
    return deb
