"""What is written about the configuration and `ssoctl` against what they are."""

import pathlib
import re
import subprocess

import pytest

from conftest import SSOCTL

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAN = ROOT / "docs" / "man"
COMMANDS = ["check", "explain", "init", "login", "refresh", "revoke", "sessions", "stats", "store-key", "token", "userinfo"]


def help_of(*command):
    return subprocess.run([SSOCTL, *command, "--help"], capture_output=True, text=True, check=True).stdout


def keys():
    """The table of config_keys.c: (section, name) to its default (None: not a literal) and whether a service
    may have it."""
    text = (ROOT / "pam_sso" / "config" / "config_keys.c").read_text()
    text = text[text.index("config_keys[CONFIG_KEYS]") :]
    found = {}
    for section, name, rest in re.findall(r"KEY\((\w+), (\w+), (.*?)\)(?=,\n(?:\t?KEY|\}|\n))", text, re.S):
        default = re.search(r'\.fallback =\s*"(.*?)"', rest)
        found[section, name] = (default and default[1], "SERVICE(" in rest)
    return found


def documented():
    """pam_sso.conf.5: (section, name) to the text of its item; those without text share the next one's."""
    found, waiting, section = {}, [], None
    for part in re.split(r"^(?=\.S[sh] |\.It |\.El)", (MAN / "pam_sso.conf.5").read_text(), flags=re.M):
        head, _, body = part.partition("\n")
        if head.startswith(".S"):
            match = re.fullmatch(r"\.Ss The \[(\w+)\] section", head)
            section = match and match[1]
        elif section and head.startswith(".It "):
            waiting.append((section, re.fullmatch(r"\.It Ic (\w+)", head)[1]))
            if body:
                found |= {key: body for key in waiting}
                waiting = []
    return found


def test_the_manual_has_every_key():
    assert len(keys()) > 70
    assert list(documented()) == list(keys())


@pytest.mark.parametrize("key", keys())
def test_the_manual_says_of_a_key_what_the_table_does(key):
    default, service = keys()[key]
    text = documented()[key]
    if default is not None:
        assert re.search(rf"(^|[\s/]){re.escape(default)}($|\s)", text), default
    assert (".Pq service" in text) == service


@pytest.mark.parametrize("folder", ["oidc", "worker", "session", "module", "base"])
def test_what_speaks_the_protocol_knows_no_product(folder):
    source = (ROOT / "pam_sso" / "config" / "profile.c").read_text()
    names = set(re.findall(r'\[PROFILE_\w+\] = "(\w+)"', source)) - {"generic"}
    assert len(names) == 10
    product = re.compile(rf"\b({'|'.join(names)}|cognito|pingam|PROFILE_\w+|provider\.profile)\b", re.I)
    for file in sorted((ROOT / "pam_sso" / folder).glob("*.[ch]")):
        assert not product.search(file.read_text()), file


def test_the_manual_has_what_each_profile_sets():
    source = (ROOT / "pam_sso" / "config" / "profile.c").read_text()
    rows = re.findall(r'\{PROFILE_(\w+), "(\w+)", "(.*?)"\}', source)
    text = (MAN / "pam_sso.conf.5").read_text()
    text = text[text.index(".Ss Profiles") : text.index(".Ss The [token] section")]
    said = []
    for part in text.split("\n.It Cm ")[1:]:
        found = re.findall(r"^\.Ql (\w+) = (.*?)(?: ,)?$", part, re.M)
        said += [(part.split("\n")[0], key, value) for key, value in found]
    assert len(rows) > 15 and said == [(name.lower(), key, value) for name, key, value in rows]


def test_the_file_lists_what_a_service_may_have():
    text = (ROOT / "conf" / "pam_sso.conf").read_text()
    block = re.search(r"# A service's own rules:[^:]*:\n((?:#   .*\n)+)", text)[1]
    own = sorted(name for (_, name), (_, service) in keys().items() if service)
    assert sorted(block.replace("#", "").split()) == own


def synopsis():
    """ssoctl.1: each command with its options and whether it has an operand."""
    text = (MAN / "ssoctl.1").read_text()
    text = text[text.index(".Sh SYNOPSIS") : text.index(".Sh DESCRIPTION")]
    found = {}
    for part in text.split(".Nm\n")[1:]:
        command = re.match(r"\.Cm ([a-z-]+)\n", part)
        if command:
            found[command[1]] = (set(re.findall(r"Fl -([\w-]+)", part)), bool(re.search(r"^\.(Op )?Ar ", part, re.M)))
    return found


def test_the_manual_has_every_command():
    listed = re.findall(r"^  ([a-z-]+) ", help_of(), re.M)
    assert listed == list(synopsis()) == COMMANDS
    items = re.findall(r"^\.It Cm ([a-z-]+)$", (MAN / "ssoctl.1").read_text(), re.M)
    assert items == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_has_what_a_command_takes(command):
    said = help_of(command)
    options = set(re.findall(r"^  --([\w-]+)", said, re.M)) - {"help"}
    operand = bool(re.search(r"^Usage: ssoctl \S+ \[OPTION\.\.\.\] \S", said))
    assert synopsis()[command] == (options, operand)


def test_the_manual_has_what_a_line_of_refresh_says():
    outcomes = re.findall(r"^  ([a-z][a-z-]+)  ", help_of("refresh"), re.M)
    text = (MAN / "ssoctl.1").read_text()
    assert len(outcomes) > 4
    assert re.findall(r"^\.It Li ([a-z-]+)$", text, re.M)[: len(outcomes)] == outcomes


def test_the_manual_has_every_part_of_check():
    kinds = [
        name
        for file in sorted((ROOT / "tools" / "check").glob("check_*.c"))
        for name in re.findall(r'\{\s*"([a-z-]+)",\s*CHECK_', file.read_text())
    ]
    text = (MAN / "ssoctl.1").read_text()
    text = text[text.index(".It Cm check\n") : text.index(".It Cm explain\n")]
    assert len(kinds) > 40
    assert {kind.partition("-")[0] for kind in kinds} == set(re.findall(r"^\.It (\w+)$", text, re.M))


def test_the_manual_has_every_column():
    text = (ROOT / "tools" / "session_view.c").read_text()
    wide = re.findall(r'\{"(\w+)", (?!0,)\w+, KIND', text)
    items = re.findall(r"^\.It Li (\w+)$", (MAN / "ssoctl.1").read_text(), re.M)
    assert items[-len(wide) :] == wide


def test_the_manual_has_every_exit_status():
    header = (ROOT / "tools" / "ssoctl.h").read_text()
    statuses = re.findall(r"^\tSSOCTL_\w+ = (\d)", header, re.M)
    text = (MAN / "ssoctl.1").read_text()
    text = text[text.index(".Sh EXIT STATUS") : text.index(".Sh EXAMPLES")]
    assert re.findall(r"^\.It (\d+)$", text, re.M) == statuses
    assert re.findall(r"\b(\d) ", help_of("token").partition("Exit status:")[2]) == statuses


def complete(*words):
    script = 'source "$1"; ssoctl() { "$SSOCTL" "$@"; }; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
    script += '_ssoctl; printf "%s\\n" "${COMPREPLY[@]}"'
    command = ["bash", "-c", script, "bash", ROOT / "conf" / "bash-completion" / "ssoctl", "ssoctl", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"SSOCTL": str(SSOCTL)})
    assert done.stderr == ""
    return done.stdout.split()


def test_completion():
    assert complete("") == ["--help", *COMMANDS]
    assert complete("re") == ["refresh", "revoke"]
    assert complete("refresh", "--") == ["--conf", "--json", "--watch", "--help"]
    assert complete("token", "--") == ["--json", "--help"]
    assert "root" in complete("revoke", "roo")
    assert complete("check", "--root", f"{ROOT}/do") == [f"{ROOT}/docs"]
    assert complete("init", "--c") == ["--conf", "--client-id"]
    assert complete("explain", "--c") == ["--conf", "--claims"]
    assert "root" in complete("explain", "--user", "roo")
    assert complete("explain", "--claims", f"{MAN}/ssoctl") == [f"{MAN}/ssoctl.1"]
    assert complete("sessions", "--conf", f"{MAN}/ssoctl") == [f"{MAN}/ssoctl.1"]


def logged():
    """The events and the fields of all that is logged, as the sources have them."""
    source = "".join(file.read_text() for folder in ("pam_sso/module", "tools") for file in (ROOT / folder).glob("*.[ch]"))
    events = re.findall(r'LOG_EVENT\([^"{}]*"(\w+)"', source) + re.findall(r'context_log_end\([^"{};]*"(\w+)"', source)
    calls = re.findall(r"(?:LOG_EVENT|define CONTEXT_FIELDS)(.*?)(?:;\n|\n\n)", source, re.S)
    fields = [name for call in calls for name in re.findall(r'(?:\{\s*(?:\\\s*)?|LOG_INT\()"(\w+)",', call)]
    return set(events), {*fields, "cut"}


def table(heading):
    """The first column of the table below a heading of docs/logs.md."""
    section = (ROOT / "docs" / "logs.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.M)


def test_the_page_of_logs_has_every_event_and_every_field():
    events, fields = logged()
    assert len(events) > 5 and len(fields) > 20
    assert sorted(table("Events")) == sorted(events)
    assert sorted(table("Fields")) == sorted(fields)
