"""po/to-c.awk: what the build refuses of a catalogue. A format that takes what was not given reads memory of sshd's."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def entry(text, *said, plural=None):
    """One entry, of TEXT in the quotes as they stand in a catalogue."""
    if plural is None:
        return f'msgid "{text}"\nmsgstr "{said[0]}"\n\n'
    forms = "".join(f'msgstr[{i}] "{form}"\n' for i, form in enumerate(said))
    return f'msgid "{text}"\nmsgid_plural "{plural}"\n{forms}\n'


def compile_(folder, **catalogues):
    paths = []
    for language, text in catalogues.items():
        paths.append(folder / f"{language}.po")
        paths[-1].write_text(text)
    return subprocess.run(["awk", "-f", ROOT / "po" / "to-c.awk", *paths], capture_output=True, text=True,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, timeout=60)


@pytest.mark.parametrize("text", [
    entry("a %s and %u", "%s und %u"),
    entry("a %s and %u", "%2$u und %1$s"),
    entry("100%% of %s", "%s zu 100%%"),
    entry("two\\nlines ", "zwei\\nZeilen "),
    entry("a \\\"word\\\"", "ein \\\"Wort\\\""),
    entry("%lld x", "%lld x", "%lld y", plural="%lld ys"),
    'msgid ""\n"a "\n"b"\nmsgstr ""\n"c "\n"d"\n',
    "#~ msgid \"gone\"\n#~ msgstr \"weg\"\n" + entry("a", "b"),
], ids=str)
def test_accepted(tmp_path, text):
    done = compile_(tmp_path, de=HEADER + text)
    assert (done.returncode, done.stderr) == (0, "")
    assert "[LANGUAGE_DE] = {" in done.stdout


@pytest.mark.parametrize("text, why", [
    # the arguments
    (entry("a %s", "b"), "arguments"),
    (entry("a", "b %s"), "arguments"),
    (entry("a %s", "b %n"), "arguments"),
    (entry("a %s", "%s %s"), "arguments"),
    (entry("a %s", "%u"), "arguments"),
    (entry("a %u", "%lld"), "arguments"),
    (entry("a %s", "%2$s"), "arguments"),
    (entry("a %s %u", "%u %s"), "arguments"),
    (entry("a %s %u", "%1$u %2$s"), "arguments"),
    (entry("a %s %s", "%1$s %1$s"), "arguments"),
    (entry("a %s %s", "%1$s %s"), "arguments"),
    (entry("a %s", "%*s"), "arguments"),
    (entry("a %s", "%99s"), "arguments"),
    (entry("a %s", "%s %"), "arguments"),
    (entry("%lld x", "ein x", "%lld y", plural="%lld ys"), "arguments"),
    # what a terminal does
    (entry("a", "\\033[2J"), "escape"),
    (entry("a", "\\x1b[2J"), "escape"),
    (entry("a", "b\\r"), "escape"),
    (entry("a", "b\x1b[2J"), "control"),
    (entry("a", "b\tc"), "control"),
    # what a browser does, which is shown some of it
    (entry("a", "<script>"), "HTML"),
    (entry("a", "b &amp; c"), "HTML"),
    (entry("a %s", "%s > b"), "HTML"),
    (entry("a: ", "b:"), "white space"),
    (entry("a\\n", "b"), "white space"),
    (entry("a", " b"), "white space"),
    # what is not whole
    (entry("a", ""), "not translated"),
    ("#, fuzzy\n" + entry("a", "b"), "fuzzy"),
    (entry("a", "b") + entry("a", "c"), "twice"),
    (entry("%lld x", "%lld y", plural="%lld ys"), "forms"),
    ('msgctxt "c"\n' + entry("a", "b"), "not understood"),
    ('msgid "a\nmsgstr "b"\n', "not understood"),
], ids=str)
def test_refused(tmp_path, text, why):
    done = compile_(tmp_path, de=HEADER + text)
    assert done.returncode == 1
    assert why in done.stderr and "de.po" in done.stderr


@pytest.mark.parametrize("rule", ["system(n)", "n; abort()", "n \\\" x", "", "m != 1"], ids=str)
def test_a_rule_that_is_no_rule(tmp_path, rule):
    done = compile_(tmp_path, de=HEADER.replace("(n != 1)", rule) + entry("a", "b"))
    assert done.returncode == 1 and "Plural-Forms" in done.stderr


def test_all_catalogues_have_the_same_texts(tmp_path):
    done = compile_(tmp_path, de=HEADER + entry("a", "b") + entry("c", "d"), fr=HEADER + entry("a", "b"))
    assert done.returncode == 1 and "FR has no translation of: c" in done.stderr
    done = compile_(tmp_path, de=HEADER + entry("a", "b"), fr=HEADER + entry("a", "b") + entry("c", "d"))
    assert done.returncode == 1 and "DE has no translation of: c" in done.stderr


def test_the_page_speaks_the_same_languages():
    """Who pastes from the page into the prompt reads one language in both."""
    page = (ROOT / "conf" / "www" / "callback.html").read_text()
    assert sorted(re.findall(r"^\t([a-z]{2}): \[", page, flags=re.M)) == sorted(
        ["en", *(path.stem for path in (ROOT / "po").glob("*.po"))])
