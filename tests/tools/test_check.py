"""`ssoctl check`: a machine made to order, and what is said of it."""

import json
import os
import shutil
import time
from email.utils import formatdate

import pytest

from conftest import SSO_WORKER
from fake_idp import Reply, error

AUTH = (
    "auth [success=done authinfo_unavail=ignore system_err=ignore module_unknown=ignore ignore=ignore default=die]"
    " pam_sso.so\nauth required pam_unix.so\n"
)
ACCOUNT = (
    "account [success=ok ignore=ignore authinfo_unavail=ignore system_err=ignore module_unknown=ignore default=die]"
    " pam_sso.so\naccount required pam_unix.so\n"
)
SESSION = "session optional pam_sso.so\n"
SSHD = "UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\nMaxStartups 100:30:200\n"


class Host:
    """Files of a host's own, beneath a root."""

    def __init__(self, machine, root):
        self._machine = machine
        self.root = root
        self.write("etc/pam.d/sshd", AUTH + ACCOUNT + SESSION)
        self.write("etc/ssh/sshd_config", SSHD)
        self.write("etc/sudoers", "Defaults env_reset\n")
        self.write("usr/lib/security/pam_sso.so", "")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def check(self, *arguments):
        """Returns what was found, as name to what, and the exit status."""
        done = self._machine.ssoctl("check", "--json", "--root", self.root, *arguments)
        assert done.stderr == ""
        found = [json.loads(line) for line in done.stdout.splitlines()]
        for one in found:
            assert (one["severity"] == "ok") == (one["why"] is None) == (one["do"] is None)
        assert (done.returncode == 1) == any(one["severity"] == "error" for one in found)
        return found

    def names(self, *arguments):
        return [one["check"] for one in self.check(*arguments)]

    def what(self, name, *arguments):
        return [one["what"] for one in self.check(*arguments) if one["check"] == name]


@pytest.fixture
def host(machine, tmp_path):
    return Host(machine, tmp_path / "host")


def test_all_is_well(machine, host, idp):
    machine.configure_idp(idp)
    found = host.check()
    bad = {one["check"] for one in found if one["severity"] != "ok"}
    # The worker of the tests may be anybody's, and the machine may lack Landlock.
    assert bad <= {"worker-program", "sandbox-less", "file-parent", "file-holder", "privilege"}
    names = {one["check"] for one in found}
    assert {"config", "pam-stack", "sshd", "idp", "clock"} <= names
    assert names & {"sandbox", "sandbox-less"}


def test_text(machine, host):
    machine.configure("nonsense = 1\n")
    done = machine.ssoctl("check", "--root", host.root)
    assert done.returncode == 1
    line = next(line for line in done.stdout.splitlines() if line.startswith("error"))
    assert line.startswith(f"error    config-wrong: {machine.conf}:7: ")
    assert "\n          why Nobody can sign in" in done.stdout
    assert "\n          do  Mend that line" in done.stdout
    assert max(map(len, done.stdout.split("why")[1].splitlines())) <= 100


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda conf: conf.unlink(), "config-absent"),
        (lambda conf: conf.chmod(0o664), "config-file"),
        (lambda conf: conf.rename(conf.with_suffix(".1")).with_suffix(".conf").symlink_to("pam_sso.1"), "config-file"),
        (lambda conf: conf.write_text("[provider]\nisuer = https://idp.example.com\n"), "config-wrong"),
    ],
)
def test_a_configuration_that_does_not_count(machine, host, spoil, name):
    spoil(machine.conf)
    assert [one for one in host.names() if one.startswith("config")] == [name]


def test_text_from_outside_is_escaped(machine, host):
    host.write("etc/pam.d/sshd", "auth \x1b[31m pam_sso.so\n")
    done = machine.ssoctl("check", "--service", "sshd", "--root", host.root)
    assert "\x1b" not in done.stdout and "\\x1b[31m" in done.stdout


# A configuration with a mistake hides nothing of the host's.
def test_the_host_is_looked_at_without_a_configuration(machine, host):
    machine.configure("nonsense = 1\n")
    host.write("etc/ssh/sshd_config", SSHD.replace("UsePAM yes", "UsePAM no"))
    assert {"config-wrong", "pam-stack", "sshd-use-pam"} <= set(host.names())


def test_nothing_is_made(machine, host):
    host.check()
    assert not machine.store.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620])
def test_a_secret_that_others_may_read(machine, host, mode):
    secret = machine.conf.parent / "secret"
    secret.write_text("canary-secret")
    secret.chmod(mode)
    machine.conf.write_text(
        "[provider]\nissuer = https://idp.example.com\nclient_id = host\n"
        f"client_auth = client_secret_basic\nclient_secret_file = {secret}\n"
    )
    found = host.check()
    assert "file-secret" in [one["check"] for one in found]
    assert "canary-secret" not in str(found)


def test_a_directory_of_sessions_that_others_may_enter(machine, host):
    machine.store.mkdir(mode=0o755)
    machine.store.chmod(0o755)
    (what,) = host.what("file-directory")
    assert str(machine.store) in what and "0755" in what


# As a /run that was mounted without a mode: the module makes and opens no directory in such a one.
@pytest.mark.parametrize(("mode", "found"), [(0o1777, 1), (0o775, 1), (0o755, 0)])
@pytest.mark.parametrize("there", [False, True])
def test_a_directory_of_limits_where_others_may_write(machine, host, tmp_path, mode, found, there):
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(mode)
    limits = above / "limits"
    if there:
        limits.mkdir(mode=0o700)
    machine.conf.write_text(f"{machine.conf.read_text()}[limits]\nlimits_directory = {limits}\n")
    said = [what for what in host.what("file-holder") if "(limits_directory)" in what]
    assert len(said) == found and all(f"{mode:04o}" in what and str(above) in what for what in said)


@pytest.mark.parametrize(("directory", "found"), [("/proc", 1), ("/dev/shm", 0), ("/nonexistent", 0)])
def test_counters_need_a_tmpfs(machine, host, directory, found):
    """No matter whether the directory itself is there yet."""
    conf = machine.conf.read_text()
    machine.conf.write_text(f"{conf}[log]\nstats = yes\nstats_directory = {directory}/pam_sso-none\n")
    assert len(host.what("file-stats")) == found
    machine.conf.write_text(f"{conf}[log]\nstats_directory = {directory}/pam_sso-none\n")
    assert host.what("file-stats") == []


def test_a_map_file(machine, host):
    names = machine.conf.parent / "map"
    names.write_text("bob@example.com bob root\nsub:1 nobody\n")
    names.chmod(0o644)
    machine.conf.write_text(machine.conf.read_text() + f"[user]\nmap_file = {names}\nsystem_users = nobody root\n")
    assert host.what("user-mapping", "--service", "sshd", "--user", "root")[0].startswith(f"{names}:1: bob@")
    names.write_text("bob@example.com\n")
    assert host.what("file-map")[0].startswith(f"{names}:1: ")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("UsePAM no", "sshd-use-pam"),
        ("KbdInteractiveAuthentication no", "sshd-keyboard-interactive"),
        ("ChallengeResponseAuthentication no", "sshd-keyboard-interactive"),
        ("passwordauthentication = yes # for now", "sshd-password"),
        ("LoginGraceTime 1m30s", "sshd-grace"),
        ("LoginGraceTime 110", "sshd-grace"),
    ],
)
def test_sshd_settings(host, line, name):
    host.write("etc/ssh/sshd_config", "Include sshd_config.d/*.conf\n" + SSHD)
    assert "sshd" in host.names()
    # The first counts.
    host.write("etc/ssh/sshd_config.d/first.conf", line + "\n")
    found = host.names()
    assert name in found and "sshd" not in found


# Of this one, the last counts.
def test_sshd_startups(host):
    host.write("etc/ssh/sshd_config", "MaxStartups 10:30:100\n" + SSHD)
    assert "sshd-startups" not in host.names()
    host.write("etc/ssh/sshd_config", SSHD + "MaxStartups 10:30:100\n")
    assert "sshd-startups" in host.names()


@pytest.mark.parametrize("line", ["LoginGraceTime 0", "LoginGraceTime 111", "LoginGraceTime 2m", "# UsePAM no"])
def test_sshd_settings_that_will_do(host, line):
    host.write("etc/ssh/sshd_config", line + "\n" + SSHD)
    assert "sshd" in host.names()


def test_sshd_match(host):
    host.write("etc/ssh/sshd_config", "Include sshd_config.d/*.conf\n" + SSHD)
    host.write("etc/ssh/sshd_config.d/git.conf", "Match User git\nPasswordAuthentication yes\n")
    assert host.what("sshd-match") == ["/etc/ssh/sshd_config.d/git.conf:1: Match User git: was not looked at"]
    assert "sshd-password" not in host.names()


@pytest.mark.parametrize(
    ("methods", "name"),
    [
        ("publickey", "sshd-methods"),
        ("publickey,password hostbased", "sshd-methods"),
        ("publickey,keyboard-interactive publickey", None),
        ("any", None),
    ],
)
def test_sshd_methods(host, methods, name):
    host.write("etc/ssh/sshd_config", SSHD + f"AuthenticationMethods {methods}\n")
    assert ("sshd-methods" in host.names()) == (name is not None)


# What a tree's links lead to is in that tree, not on the machine that looks at it.
def test_links_stay_beneath_the_root(machine, host, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "sshd").write_text("auth sufficient pam_sso.so\nauth required pam_permit.so\n")
    (outside / "first.conf").write_text("UsePAM no\n")
    shutil.rmtree(host.root / "etc/pam.d")
    host.write("usr/etc/pam.d/sshd", AUTH + ACCOUNT + SESSION)
    (host.root / "etc/pam.d").symlink_to("/usr/etc/pam.d")
    (host.root / "usr/etc/pam.d/sudo").symlink_to(outside / "sshd")
    (host.root / "usr/etc/pam.d/su").symlink_to("../../../../../../../.." + str(outside / "sshd"))
    host.write("etc/ssh/sshd_config", "Include sshd_config.d/*.conf\n" + SSHD)
    (host.root / "etc/ssh/sshd_config.d").symlink_to(outside)
    assert len(host.what("pam-stack")) == 1
    assert not {"pam-refused-gets-in", "sshd-use-pam"} & set(host.names())
    assert "sshd" in host.names()


# What a service without a section gets is the strictest of the others', which may let nobody in.
def test_what_each_service_gets(machine, host):
    host.write("etc/pam.d/login", AUTH + ACCOUNT + SESSION)
    machine.configure("[service sshd]\nrequire = publickey\n")
    conf = machine.conf
    assert host.what("config-publickey") == [f"{conf}: login gets require = publickey from the section of another"]
    assert host.what("config-service") == [f"{conf}: [service sshd] is there"]
    assert "config-publickey" not in host.names("--service", "sshd")
    machine.configure("[service sshd]\nallow_users = alice\n[service su]\nallow_users = bob\n")
    assert host.what("config-nobody") == [f"{conf}: nobody comes in by login"]
    machine.configure("[access]\nignore_services = login\n[service sshd]\nrequire = publickey\n")
    assert host.what("config-ignored") == [f"{conf}: login is in ignore_services"]
    machine.configure("[service sshd]\nrequire = publickey\n[service login]\nrequire = none\n")
    assert not {"config-publickey", "config-nobody", "config-no-section"} & set(host.names())


def test_a_public_key_that_sshd_does_not_ask_for(machine, host):
    machine.configure("[service sshd]\nrequire = publickey\n")
    assert "sshd-publickey" in host.names("--service", "sshd")
    host.write("etc/ssh/sshd_config", SSHD + "AuthenticationMethods publickey,keyboard-interactive\n")
    assert "sshd-publickey" not in host.names("--service", "sshd")


# What does not ask pam_sso is not looked at.
def test_sshd_is_no_business_of_sudo(host):
    (host.root / "etc/pam.d/sshd").unlink()
    host.write("etc/ssh/sshd_config", "UsePAM no\n")
    names = host.names()
    assert "pam-nowhere" in names and "sshd-use-pam" not in names


def test_sudo(machine, host):
    host.write("etc/pam.d/sudo", AUTH + ACCOUNT)
    assert "sudo" in host.names()
    machine.configure("[service sudo]\nreuse = 8h\n")
    assert "sudo-noninteractive" in host.names()
    host.write("etc/sudoers", "Defaults env_reset\n@includedir /etc/sudoers.d\n")
    host.write("etc/sudoers.d/pam_sso", "Defaults noninteractive_auth\nops ALL=(ALL) NOPASSWD: ALL\n")
    host.write("etc/sudoers.d/old~", "all ALL=(ALL) NOPASSWD: ALL\n")
    assert host.what("sudo-nopasswd") == ["/etc/sudoers.d/pam_sso:2: NOPASSWD: some are not asked"]
    assert "sudo-noninteractive" not in host.names()


def test_what_sudo_keeps_of_the_environment(machine, host):
    host.write("etc/pam.d/sudo", AUTH + ACCOUNT + SESSION)
    host.write("etc/sudoers", 'Defaults env_keep += "https_proxy LANG"\n')
    (what,) = host.what("sudo-environment")
    assert what.startswith("/etc/sudoers:1: env_keep has https_proxy: ") and what.endswith("(none)")
    machine.configure("[network]\nproxy = http://proxy.example.com:3128\n")
    assert host.what("sudo-environment")[0].endswith("(http://proxy.example.com:3128)")


def test_a_stack_that_lets_everybody_in(host):
    host.write("etc/pam.d/sudo", "@include inner\n" + ACCOUNT)
    host.write("etc/pam.d/inner", "auth sufficient pam_sso.so\nauth required pam_permit.so\n")
    found = host.what("pam-refused-gets-in", "--service", "sudo")
    assert found == ["pam.d/inner:1: with [sufficient], who is refused comes in without a password"]


@pytest.mark.parametrize("path", ["etc/pam.d/sshd", "etc/pam.d/common-auth", "etc/more", "etc/pam.d"])
def test_a_stack_that_others_may_write(host, path):
    host.write("etc/pam.d/sshd", AUTH + "@include common-auth\n" + ACCOUNT + SESSION)
    host.write("etc/pam.d/common-auth", "auth include /etc/more\n")
    host.write("etc/more", "auth required pam_unix.so\n")
    assert "pam-file" not in host.names()
    (host.root / path).chmod(0o775)
    assert [what.split(":")[0] for what in host.what("pam-file")] == [str(host.root / path)]


def test_the_examples_are_well(host):
    here = os.path.dirname(__file__)
    for name in ("sshd", "sudo", "su", "login", "vlock"):
        shutil.copyfile(f"{here}/../../conf/pam.d/{name}.example", host.root / "etc/pam.d" / name)
    for name in ("auth", "account", "session", "password", "session-noninteractive"):
        kind = name.partition("-")[0]
        host.write(f"etc/pam.d/common-{name}", f"{kind} required pam_unix.so\n")
    assert len(host.what("pam-stack")) == 5
    assert {name for name in host.names() if name.startswith("pam-")} == {"pam-stack"}


def test_a_session_line_that_is_missing(machine, host):
    host.write("etc/pam.d/sshd", AUTH + ACCOUNT + "session required pam_limits.so\n")
    assert host.what("pam-session-absent") == ["sshd: pam_sso has no session line"]
    machine.conf.write_text(machine.conf.read_text().replace("keep = yes", "keep = no"))
    assert host.what("pam-session-absent") == []


def test_a_way_around(host):
    host.write("etc/pam.d/sudo", AUTH + ACCOUNT + SESSION)
    host.write("etc/pam.d/sudo-i", "auth required pam_unix.so\n")
    assert host.what("pam-sibling") == ["sudo: asks pam_sso, and sudo-i does not"]
    host.write("etc/pam.d/sudo-i", "@include sudo\n")
    assert host.what("pam-sibling") == []


def test_a_module_that_is_missing(host):
    (host.root / "usr/lib/security/pam_sso.so").unlink()
    assert "pam-module" in host.names()


@pytest.mark.parametrize(
    ("path", "reply", "name"),
    [
        ("/.well-known/openid-configuration", Reply(status=404), "idp-discovery"),
        ("/jwks", Reply({"keys": []}), "idp-keys"),
        ("/jwks", Reply(status=500), "idp-keys"),
        ("/device", error("invalid_client", 401), "idp-client"),
        ("/device", error("invalid_scope", 400), "idp-scope"),
    ],
)
def test_a_provider_that_is_not_well(machine, host, idp, path, reply, name):
    machine.configure_idp(idp)
    idp.answers[path] = reply
    assert name in host.names()


def test_a_provider_without_what_the_configuration_needs(machine, host, idp):
    """GitLab's, Authelia's and Zitadel's groups come from userinfo."""
    machine.configure_idp(idp)
    metadata = idp.metadata()
    del metadata["userinfo_endpoint"]
    idp.answers["/.well-known/openid-configuration"] = Reply(metadata)
    assert "idp-discovery" not in host.names()
    machine.conf.write_text(machine.conf.read_text() + "[access]\ngroups_source = userinfo\n")
    (what,) = host.what("idp-discovery")
    assert "no userinfo_endpoint" in what


def test_a_provider_without_the_device_flow(machine, host, idp):
    machine.configure_idp(idp)
    metadata = idp.metadata()
    del metadata["device_authorization_endpoint"]
    idp.answers["/.well-known/openid-configuration"] = Reply(metadata)
    assert "idp-device" in host.names()


def test_a_provider_that_anybody_could_be(machine, host, idp):
    machine.configure(f"[network]\nworker = {SSO_WORKER}\nworker_user = nobody\n", idp.issuer)
    machine.conf.chmod(0o644)
    assert "idp-tls" in host.names()


def test_a_clock_that_is_off(machine, host, idp):
    machine.configure_idp(idp)
    late = formatdate(time.time() - 3600, usegmt=True)
    idp.answers["/.well-known/openid-configuration"] = Reply(
        raw=[f"HTTP/1.1 404 No\r\nDate: {late}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()]
    )
    (what,) = host.what("clock-wrong")
    assert "behind ours" in what


def test_a_provider_that_nobody_can_ask(machine, host):
    machine.configure("[network]\nworker_user = nobody-at-all\n")
    assert host.what("idp-unasked") == ["https://idp.example.com: was not asked"]


def test_a_provider_that_is_away(machine, host):
    machine.configure(f"[network]\nworker = {SSO_WORKER}\nworker_user = nobody\n", "https://127.0.0.1:1")
    assert "idp-unreachable" in host.names()


def test_a_user(machine, host):
    (what,) = host.what("user-refused", "--service", "sshd", "--user", "root")
    assert what == "root is refused: user-system: min_uid: uid 0 is special, and not in system_users"
    (what,) = host.what("user-unknown", "--service", "sshd", "--user", "nobody-at-all")
    assert what.startswith("nobody-at-all is refused: user-unknown: ")
    machine.configure("[access]\nignore_users = root\n")
    assert host.what("user-ignored", "--service", "sshd", "--user", "root")


def test_a_root_that_is_not_there(machine, tmp_path):
    (tmp_path / "file").write_text("")
    for root, why in (("nothing", "No such file or directory"), ("file", "Not a directory")):
        done = machine.ssoctl("check", "--root", tmp_path / root)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"ssoctl: check: --root {tmp_path / root}: {why}\n"


def test_a_user_goes_with_a_service(machine):
    done = machine.ssoctl("check", "--user", "root")
    assert (done.returncode, done.stdout) == (2, "")
