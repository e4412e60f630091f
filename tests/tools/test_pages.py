"""The pages for people against what they are about: the code, the files in conf/, what `ssoctl` says, and each other."""

import json
import pathlib
import re
import subprocess

import pytest

from conftest import SSOCTL
from test_documents import COMMANDS, complete, keys, synopsis

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SERVICES = ["sshd", "sudo", "su", "login"]
KEYS = keys()


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def section(page, heading):
    """What stands below a heading, up to the next of its kind or above."""
    level = re.match("#+", heading)[0]
    text = read(page).split(f"\n{heading}\n")[1]
    return re.split(rf"\n#{{1,{len(level)}}} ", text)[0]


def tables(text):
    """The rows of all tables but their heads, each a list of cells."""
    lines = [re.split(r" *(?<!\\)\| *", line.strip())[1:-1] for line in text.split("\n") if line.startswith("|")]
    heads = [i for i, cells in enumerate(lines) if set("".join(cells)) <= set("-:")]
    return [cells for i, cells in enumerate(lines) if i not in heads and i + 1 not in heads]


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


def blocks(text):
    """The indented blocks, without their indentation."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text + "\n", re.M)
    return ["\n".join(line[4:] for line in block.strip("\n").split("\n")) for block in found]


def reasons():
    """The table of reason.h: name to (class, text)."""
    text = re.sub(r"\\\n\s*", "", read("pam_sso/base/reason.h"))
    return {name: (kind, said) for name, kind, said in re.findall(r'X\(\w+, "([\w-]+)", CLASS_(\w+),\s*(?:"([^"]*)"|NULL)\)', text)}


def verdicts():
    """The table of verdict.c: a class to the codes for other hosts, sshd and sudo."""
    rows = re.findall(r"\{CLASS_(\w+), \{(\w+), (\w+), (\w+)\}\}", read("pam_sso/module/verdict.c"))
    return {kind: codes for kind, *codes in rows}


def stack(service):
    """The lines of conf/pam.d/SERVICE.example that libpam reads, as they are written."""
    lines = read(f"conf/pam.d/{service}.example").split("\n")
    return [line for line in lines if line.strip() and not line.startswith("#")]


def joined(lines):
    return re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).split("\n")


def control(kind):
    """The bracket of the examples' auth or account line: answer to action."""
    (line,) = {line for service in SERVICES for line in joined(stack(service)) if line.startswith(kind) and "pam_sso" in line}
    return dict(pair.split("=") for pair in re.search(r"\[(.*)\]", line)[1].split())


def test_what_the_others_rest_on():
    assert len(reasons()) > 50 and len(verdicts()) == 9 and len(PAGES) > 20
    assert control("auth")["default"] == "die"


# docs/stacks.md


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_has_the_stack_and_explains_each_line(service):
    text = section("docs/stacks.md", f"## {service}")
    assert blocks(text)[0].split("\n") == stack(service)
    said = [tuple(quoted(cells[0])) for cells in tables(text)]
    words = [line.split() for line in joined(stack(service))]
    parts = [(words[0], next(word for word in words[1:] if word.endswith(".so") or words[0] == "@include")) for words in words]
    assert said == parts


@pytest.mark.parametrize("kind", ["auth", "account"])
def test_the_page_has_what_the_line_makes_of_each_answer(kind):
    text = section("docs/stacks.md", f"## The {kind} line")
    assert blocks(text)[0] + "\n" in "\n".join(stack("sudo"))
    said = dict(pair.split("=") for cells in tables(text) for pair in quoted(cells[0]))
    assert said == control(kind)


def test_the_page_has_the_codes_of_each_class_and_what_becomes_of_them():
    rows = tables(section("docs/stacks.md", "## What the module answers"))
    action = {f"PAM_{answer.upper()}": what for answer, what in control("auth").items()}
    named = {}
    for sshd, sudo, other, then, which in rows:
        codes = [quoted(cell)[0] for cell in (other, sshd, sudo)]
        kinds = {reasons()[name][0] for name in quoted(which)}
        assert len(kinds) == 1, kinds
        kind = kinds.pop()
        assert codes == verdicts()[kind]
        assert {action.get(code, action["PAM_DEFAULT"]) for code in codes} == {then}
        named[kind] = set(quoted(which))
    assert set(named) == set(verdicts())
    assert {name for names in named.values() for name in names} == set(reasons())


# The stack's auth lines, with AUTH for the bracket of the examples, and what ssoctl says.
PITFALLS = tables(section("docs/stacks.md", "## What goes wrong, by order and control"))


@pytest.mark.parametrize("cells", PITFALLS, ids=[cells[0] for cells in PITFALLS])
def test_what_goes_wrong_is_what_check_finds(cells, tmp_path):
    ours = {kind: "[" + " ".join(f"{answer}={what}" for answer, what in control(kind).items()) + "]" for kind in ("auth", "account")}
    lines = [f"auth {line.replace('AUTH', ours['auth'])}" for line in quoted(cells[0])]
    folder = tmp_path / "etc" / "pam.d"
    folder.mkdir(parents=True)
    (folder / "sshd").write_text("\n".join([*lines, f"account {ours['account']} pam_sso.so", "account required pam_unix.so\n"]))
    said = subprocess.run([SSOCTL, "check", "--root", tmp_path, "--service", "sshd", "--json"], capture_output=True, text=True).stdout
    found = [json.loads(line)["check"] for line in said.splitlines()]
    assert [name for name in found if name in set(quoted(" ".join(row[2] for row in PITFALLS)))] == quoted(cells[2])


# pam_sso(8)


def test_the_manual_has_every_code():
    text = read("docs/man/pam_sso.8")
    text = text[text.index(".Ss Results") : text.index(".Sh ENVIRONMENT")]
    changing = re.findall(r"return (PAM_\w+);", read("pam_sso/module/chauthtok.c"))
    codes = {code for codes in verdicts().values() for code in codes} | set(changing)
    assert len(changing) == 1 and set(re.findall(r"^\.It Dv (PAM_\w+)$", text, re.M)) == codes


def test_the_manual_has_every_argument():
    arguments = re.findall(r'#define ARGUMENT_\w+ +"(\w+)=?"', read("pam_sso/module/context.c"))
    text = read("docs/man/pam_sso.8")
    text = text[text.index("The arguments are:") : text.index(".Ss Authentication")]
    assert len(arguments) == 2 and re.findall(r"^\.It Cm (\w+)", text, re.M) == arguments


def test_the_manual_explains_every_option():
    """Each once, of those that any command takes."""
    text = read("docs/man/ssoctl.1")
    text = text[text.index("The options are:") : text.index("The commands are:")]
    taken = {option for options, _ in synopsis().values() for option in options} | {"help"}
    assert len(taken) > 8 and re.findall(r"^\.It Fl -([\w-]+)", text, re.M) == sorted(taken)


@pytest.mark.parametrize("command", COMMANDS)
def test_completion_has_every_option(command):
    options, _ = synopsis()[command]
    assert sorted(complete(command, "--")) == sorted(f"--{option}" for option in options | {"help"})


# docs/troubleshooting.md


def test_the_page_has_every_reason_and_what_the_person_is_told():
    said = {quoted(cells[0])[0]: cells[1] for cells in tables(section("docs/troubleshooting.md", "## By reason"))}
    assert said == {name: text or "" for name, (_, text) in reasons().items()}


def test_each_reason_says_what_it_means():
    for cells in tables(section("docs/troubleshooting.md", "## By reason")):
        assert len(cells) == 4 and cells[2], cells


# Links, and the index


def anchors(page):
    """GitHub's, of each heading."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        if re.match(r"\w+:", name):
            continue
        there = page.parent / name if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_the_index_has_every_page():
    linked = {(ROOT / "docs" / name).resolve() for name in re.findall(r"\]\(([^)#\s]+)\)", read("docs/README.md"))}
    pages = {page for page in ROOT.glob("docs/**/*") if page.is_file() and page.suffix in (".md", ".1", ".5", ".8")}
    assert pages - linked == {ROOT / "docs" / "README.md"}


def test_findings_that_pages_name_are_there():
    there = {name for file in ROOT.glob("tools/check/check_*.c") for name in re.findall(r'\{\s*"([a-z-]+)",\s*CHECK_', file.read_text())}
    for page in ("docs/stacks.md", "docs/troubleshooting.md"):
        named = set(re.findall(r"`((?:pam|sshd|sudo)-[a-z-]+)`", read(page))) - {"sudo-i", "pam-auth-update"}
        assert named and named <= there, named - there


# README.md


def picture():
    """The text of docs/login.svg, by lines, and the row at which its QR code begins."""
    lines = {}
    drawing = read("docs/login.svg")
    for x, y, text in re.findall(r'<text x="(\d+)" y="(\d+)" textLength="\d+">(.*?)</text>', drawing):
        row = (int(y) - 31) // 18
        lines[row] = lines.get(row, "").ljust((int(x) - 18) // 9) + text
    top = min(int(y) for y in re.findall(r"M\d+ (\d+)h", drawing))
    return [lines.get(row, "") for row in range(max(lines) + 1)], (top - 18) // 18


def test_the_text_says_what_the_picture_shows():
    shown, code = picture()
    end = next(row for row in range(code, len(shown)) if shown[row])
    assert blocks(read("README.md"))[0].split("\n") == [*shown[:code], "(the QR code of the link)", "", *shown[end:]]


def test_the_picture_is_of_this_prompt():
    """Each line is a text that pam_sso has, with something in the place of what varies."""
    shown, _ = picture()
    texts = re.findall(r'^msgid "(.+)"$', read("po/de.po"), re.M)
    known = [re.escape(text.replace("\\n", "").strip()).replace("%s", ".+") for text in texts]
    for line in [line for line in shown[2:-1] if line]:
        label = re.fullmatch(r"  (\w+) +\S.*", line)
        assert any(re.fullmatch(text, label[1] if label else line) for text in known), line


def test_the_lines_of_the_readme_are_those_of_the_examples():
    text = section("README.md", "## Install").replace("\n       ", "\n    ")
    for kind in ("auth", "account"):
        (line,) = {line for line in joined(stack("sshd")) if line.startswith(kind) and "pam_sso" in line}
        assert line in joined(re.sub(r"^ +", "", text, flags=re.M).split("\n"))
    settings = blocks(section("docs/stacks.md", "## sshd_config"))[0]
    assert settings.replace("\n", "\n    ") in text
    example = (ROOT / "conf/sshd_config.d/pam_sso.conf").read_text()
    assert re.sub(r"^#.*\n", "", example, flags=re.M).rstrip() == settings.rstrip()


def test_the_table_of_keys_is_right():
    where = None
    rows = tables(section("README.md", "## Configuration"))
    assert len(rows) > 15
    for place, key, default, _ in rows:
        where = quoted(place)[0].strip("[]") if place else where
        (name,) = quoted(key)
        assert (where, name) in KEYS
        assert quoted(default) == ([KEYS[where, name][0]] if KEYS[where, name][0] else [])


def test_the_readme_has_every_command():
    named = re.findall(r"^    ssoctl ([a-z-]+)", section("README.md", "## ssoctl"), re.M)
    assert set(named) == set(COMMANDS)
    status = re.findall(r"(\d) [a-z\s]+?(?:,|\.)", section("README.md", "## ssoctl").partition("exit status tells:")[2])
    assert status == ["0", "1", "2", "3"]
