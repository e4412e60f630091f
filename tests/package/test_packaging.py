"""What packaging/ has for others: none of it can be run here, all of it can be built."""

import re
import shutil

from deb import PROJECT, run

PACKAGING = PROJECT / "packaging"
VERSION = re.search("(?m)^VERSION := (.*)$", (PROJECT / "Makefile").read_text())[1]

# What a distribution of RPM's defines; and a build that is quick, of one package.
MACROS = {
    "_unitdir": "/usr/lib/systemd/system",
    "_sysusersdir": "/usr/lib/sysusers.d",
    "_tmpfilesdir": "/usr/lib/tmpfiles.d",
    "optflags": "-O0",
    "debug_package": "%{nil}",
}


def test_apparmor_profile_compiles_and_is_of_both_programs():
    names = run("apparmor_parser", "--names", PACKAGING / "apparmor/pam_sso").split()
    assert "pam_sso" in names
    run("apparmor_parser", "-QKT", PACKAGING / "apparmor/pam_sso")


def test_selinux_module_compiles_without_a_warning(tmp_path):
    for file in (PACKAGING / "selinux").iterdir():
        shutil.copy(file, tmp_path)
    output = run("make", "-f", "/usr/share/selinux/devel/Makefile", "pam_sso.pp", cwd=tmp_path)
    assert "arning" not in output
    assert (tmp_path / "pam_sso.pp").stat().st_size > 0


def test_rpm_builds_and_has_what_make_install_has(tmp_path):
    (tmp_path / "SOURCES").mkdir()
    run(
        "tar", "-czf", tmp_path / f"SOURCES/pam_sso-{VERSION}.tar.gz", f"--transform=s,^\\.,pam_sso-{VERSION},",
        "--exclude-vcs", "--exclude=./build", "--exclude=./tests", ".",
    )  # fmt: skip
    macros = [word for name, value in {"_topdir": tmp_path, **MACROS}.items() for word in ("-D", f"{name} {value}")]
    # A file that was installed and that no package has is an error of rpmbuild's.
    run("rpmbuild", "-bb", "--nodeps", *macros, PACKAGING / "rpm/pam_sso.spec")
    (package,) = (tmp_path / "RPMS").rglob("*.rpm")
    assert run("rpm", "-qp", "--qf", "%{VERSION}", package) == VERSION
    assert run("rpm", "-qpc", package).split() == []
    modes = run("rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\\n]", package)
    assert re.findall("-rwx--x--x .*/(.*)", modes) == ["sso-store", "sso-worker"]
