"""The redirect page: the person reads for whom the sign-in is, and takes the answer to the terminal."""

import base64
import itertools
import re
import urllib.parse

import pytest
from policy import PAGE, source
from selenium.webdriver.common.keys import Keys

RANDOM = "AAECAwQFBgcICQoLDA0ODw"
CODE = "0etLpZvNyHCDTEqPuDlo3c5W2X2t5Md3mlWQytrIXOD"
ISSUER = "https://login.example.com/realms/staff"
LINE = 511  # what su and login take of one line
PART = re.compile(r"(\d+)/(\d+):(.*)")


def state_for(label):
    """As the worker makes it (authorization.h)."""
    encoded = base64.urlsafe_b64encode(label if isinstance(label, bytes) else label.encode()).decode()
    return f"{RANDOM}.{encoded.rstrip('=')}"


STATE = state_for("alice@web1 (sshd)")


def answer_of(lines):
    """What the terminal makes of what was pasted: the lines of parts, or the one whole line."""
    parts = [PART.fullmatch(line) for line in lines]
    if len(lines) == 1 and not parts[0]:
        return dict(urllib.parse.parse_qsl(lines[0], strict_parsing=True))
    assert [(int(p[1]), int(p[2])) for p in parts] == [(n + 1, len(lines)) for n in range(len(lines))]
    return dict(urllib.parse.parse_qsl("".join(p[3] for p in parts), strict_parsing=True))


def test_policy_names_the_contents():
    """The page's own policy allows its one style and its one script, by their hashes, and nothing else."""
    text = PAGE.read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    directives = dict(directive.strip().split(" ", 1) for directive in policy.split(";"))
    for name in ("script", "style"):
        assert directives.pop(f"{name}-src") == source(text, name)
    assert directives == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'",
                          "require-trusted-types-for": "'script'"}
    assert not re.search(r"""\s(?:src|href|style|on\w+)\s*=|@import|url\(|https?:""", text)


def test_answer(browser, site):
    """For whom, a warning, and the answer: what counts of the query."""
    browser.get(site.redirect(code=CODE, state=STATE, iss=ISSUER, session_state="x.y"))
    assert browser.label() == "alice@web1 (sshd)"
    assert "did not start it yourself" in browser.text()
    (line,) = browser.answers()
    assert answer_of([line]) == {"code": CODE, "state": STATE, "iss": ISSUER}


def test_nothing_leaves(browser, site):
    """One request, for the page; what the query says stays in the browser, and not in its address bar."""
    browser.get(site.redirect(code=CODE, state=STATE))
    browser.buttons()[0].click()
    browser.execute_async_script("setTimeout(arguments[0], 500)")
    assert [path for path in site.noted if "favicon" not in path] == [urllib.parse.urlsplit(
        site.redirect(code=CODE, state=STATE))._replace(scheme="", netloc="").geturl()]
    assert not any("code" in path for path in site.noted[1:])
    assert browser.current_url == site.address
    assert browser.execute_script("return [document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
    assert browser.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)") == []


def test_reload_has_nothing(browser, site):
    """The answer is not in the history: it is on the page that was opened, and nowhere else."""
    browser.get(site.redirect(code=CODE, state=STATE))
    browser.refresh()
    assert browser.answers() == []
    assert "There is no answer here" in browser.text()


def test_copy(browser, site):
    """The button copies the answer, to the byte, and says so."""
    browser.get(site.redirect(code=CODE, state=STATE, iss=ISSUER))
    button = browser.buttons()[0]
    button.click()
    assert browser.clipboard() == browser.answers()[0]
    assert button.text == "Copied"
    assert browser.execute_script("return document.querySelector('[role=status]').textContent") == "Copied: Answer"


def test_copy_without_the_clipboard_interface(browser, site):
    """Where the browser has no clipboard interface, or forbids it, the older way does it."""
    browser.get(site.redirect(code=CODE, state=STATE))
    browser.execute_script("navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'))")
    browser.buttons()[0].click()
    assert browser.clipboard() == browser.answers()[0]
    assert browser.buttons()[0].text == "Copied"
    assert browser.switch_to.active_element == browser.buttons()[0]


def test_copy_that_fails(browser, site):
    """What was not copied is not said to be; the answer is selected, for the keyboard."""
    browser.get(site.redirect(code=CODE, state=STATE))
    browser.execute_script("navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'));"
                           "document.execCommand = () => false")
    browser.buttons()[0].click()
    assert browser.buttons()[0].text == "Copy"
    assert browser.execute_script("return document.querySelector('textarea').selectionEnd") == len(browser.answers()[0])


@pytest.mark.parametrize("length", [380, 381, 960, 4000])
def test_long_answers_come_in_parts(browser, site, length):
    """Each fits a terminal's line, su's and login's too; together they are the answer."""
    parameters = {"code": "c" * length, "state": RANDOM, "iss": ISSUER}
    browser.get(site.redirect(**parameters))
    lines = browser.answers()
    assert answer_of(lines) == parameters
    assert max(map(len, lines)) < LINE and len(lines) <= 16
    whole = len(urllib.parse.urlencode(parameters))
    assert len(lines) == (1 if whole <= 480 else -(-whole // 480))
    for number, button in enumerate(browser.buttons()):
        button.click()
        assert browser.clipboard() == lines[number]


@pytest.mark.parametrize("state", [
    RANDOM,  # no dot
    RANDOM + ".",
    RANDOM + ".a",  # no length that base64 has
    RANDOM + ".*&",
    state_for(b"\xff\xfealice"),  # not UTF-8
    state_for("alice\u202e@1bew"),  # turned around
    state_for("alice\x00@web1"),
    state_for("\u0430lice@web1 (sshd)"),  # a Cyrillic letter
    state_for("\u3164"),  # a letter that is not seen
    state_for("root@web1 (sudo)\u2028alice@laptop"),  # another line
    state_for("a\nb"),
    state_for("   "),
    state_for("a" * 121),
])
def test_no_label(browser, site, state):
    """What cannot be read as a label is none; the answer is there all the same."""
    browser.get(site.redirect(code=CODE, state=state))
    assert browser.label() is None
    assert answer_of(browser.answers())["state"] == state


@pytest.mark.parametrize("label", [
    "<img src=x onerror=alert(1)>@web1 (sshd)", "</p><script>alert(1)</script>", "&lt;b&gt;", "j\\xc3\\xbcrgen@web1 (su-l)",
])
def test_label_is_text(browser, site, label):
    """Threat (text from outside): markup stays text."""
    browser.get(site.redirect(code=CODE, state=state_for(label)))
    assert browser.label() == label
    assert browser.execute_script("return document.images.length + document.scripts.length") == 1


@pytest.mark.parametrize("text", [
    "$(reboot)", ";reboot;", "`reboot`", "a|sh", "x\nreboot\n", "a&b", "a'b\"c", ">/etc/passwd", "\x1b]52;c;x\x07", "{a,b}", "a b",
])
def test_nothing_for_a_shell(browser, site, text):
    """A link to the page can be anybody's: what it gives to copy means nothing to a shell it is pasted into."""
    for parameter in ("code", "state", "iss", "error_description"):
        query = urllib.parse.quote(text, safe="$();`|{},'")
        browser.get(f"{site.address}?" + "&".join([f"{parameter}={query}", "state=s", "code=c"]))
        (line,) = browser.answers()
        assert re.fullmatch(r"[A-Za-z0-9*._%+&=-]+", line)
        assert (parameter, text) in urllib.parse.parse_qsl(line)


def test_twice_stays_twice(browser, site):
    """The page hides nothing from the worker, which refuses a parameter that stands twice."""
    browser.get(site.redirect(("code", "a"), ("code", "b"), ("state", "s")))
    assert browser.answers() == ["code=a&code=b&state=s"]


def test_error(browser, site):
    """The provider refused: the terminal is to know, so that it stops waiting."""
    browser.get(site.redirect(error="access_denied", error_description="not today", state=STATE, iss=ISSUER))
    assert "The sign-in was refused" in browser.text()
    assert browser.label() == "alice@web1 (sshd)"
    assert answer_of(browser.answers()) == {
        "error": "access_denied", "error_description": "not today", "state": STATE, "iss": ISSUER}


@pytest.mark.parametrize("query", ["", "?", "?code=abc", "?state=abc", "?error=access_denied", "?x=y", "#code=a&state=b"])
def test_no_answer(browser, site, query):
    """Whoever opens the page without an answer is told what to do."""
    browser.get(site.address + query)
    assert "There is no answer here. Open the link that your terminal shows." in browser.text()
    assert browser.answers() == [] and browser.label() is None


LANGUAGES = {
    "en": "One more step", "de": "Noch ein Schritt", "fr": "Encore une étape", "es": "Un paso más", "ja": "あと一歩です",
    "ko": "한 단계 남았습니다",
}


@pytest.mark.parametrize("wanted, language", [
    *((language, language) for language in LANGUAGES), ("de-AT,de,en", "de"), ("pt-BR,fr-CA,en", "fr"), ("pt-BR", "en"),
    ("kok", "en"),  # Konkani is not Korean
])
def test_languages(browser, site, wanted, language):
    """The first of the person's languages that the page has."""
    browser.speak(wanted)
    browser.get(site.redirect(code="c" * 600, state=STATE))
    assert browser.text().startswith(LANGUAGES[language])
    assert browser.title == LANGUAGES[language]
    assert browser.execute_script("return document.documentElement.lang") == language


def test_languages_say_the_same(browser, site):
    """Every language has every text: none of them shows another's, or a hole."""
    shown = []
    for language in LANGUAGES:
        browser.speak(language)
        texts = []
        for parameters in ({"code": CODE}, {"code": "c" * 600}, {"error": "access_denied"}):
            browser.get(site.redirect(state=STATE, **parameters))
            texts += browser.text().splitlines()
            browser.buttons()[0].click()
            texts += [browser.buttons()[0].text]
        browser.get(site.address)
        texts += browser.text().splitlines()
        assert all(texts) and "undefined" not in " ".join(texts) and "{" not in " ".join(texts)
        shown.append([text for text in texts if text != "alice@web1 (sshd)"])
    for one, other in itertools.combinations(shown, 2):
        assert len(one) == len(other) and not set(one) & set(other)


def luminance(colour):
    """Of `rgb(r, g, b)` (WCAG 2.2)."""
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


# The colour of an element's edge, and those on its sides.
EDGE = """
const e = document.querySelector(arguments[0]), colour = (e) => getComputedStyle(e).backgroundColor;
const clear = (e) => /, 0\\)$/.test(colour(e)), behind = (e) => (clear(e) ? behind(e.parentElement) : colour(e));
return [getComputedStyle(e).borderLeftColor, behind(e), behind(e.parentElement)];
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("parameters", [{"code": "c" * 600}, {"error": "access_denied"}])
def test_contrast(browser, site, scheme, parameters):
    """Every text has at least 4.5 to 1 to what is behind it, every edge 3 to 1, in light and in dark."""
    browser.look(scheme, 1024)
    browser.get(site.redirect(state=STATE, **parameters))
    texts = browser.texts()
    assert len(texts) >= 6
    browser.buttons()[0].click()
    texts += browser.texts()  # the button says Copied, and looks otherwise
    low = [(text, round(contrast(*colours), 2)) for text, *colours in texts if contrast(*colours) < 4.5]
    assert low == []
    for selector in (".field", ".done", ".for"):
        edge, *around = browser.execute_script(EDGE, selector)
        assert min(contrast(edge, colour) for colour in around) >= 3
    background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (luminance(background) < 0.1) == (scheme == "dark")


@pytest.mark.parametrize("language", LANGUAGES)
def test_narrow(browser, site, language):
    """A phone of 360 pixels, or a page at 400 %: nothing lies over its edge, whatever the label."""
    browser.speak(language)
    browser.look("light", 360)
    for parameters in ({"code": CODE}, {"code": "c" * 1400}, {"error": "access_denied"}):
        for label in ("alice@web1 (sshd)", "a-user-with-a-very-long-name@a-host-with-a-very-long-name.example.com (sudo-i)"):
            browser.get(site.redirect(state=state_for(label), **parameters))
            assert browser.too_wide() == []
    assert all(button.size["height"] >= 44 for button in browser.buttons())


@pytest.mark.parametrize("width", [320, 360, 1024])
def test_answer_is_seen(browser, site, width):
    """One answer is seen as a whole, and of parts no line is cut in half; nothing is smaller than the text of the page."""
    browser.look("light", width)
    browser.get(site.redirect(code="c" * 200, state=STATE, iss=ISSUER))
    assert browser.execute_script("const f = document.querySelector('textarea'); return f.scrollHeight <= f.clientHeight")
    browser.get(site.redirect(code="c" * 600, state=STATE, iss=ISSUER))
    for lines in browser.execute_script(
            "return [...document.querySelectorAll('textarea')].map((f) => f.clientHeight / parseFloat(getComputedStyle(f).lineHeight))"):
        assert abs(lines - round(lines)) < 0.1
    assert browser.execute_script(
        "return [...document.querySelectorAll('main *')].every((e) => parseFloat(getComputedStyle(e).fontSize) >= 16)")


def test_screen_reader(browser, site):
    """Every control has a name of its own, and the page its landmark and its heading."""
    browser.get(site.redirect(code="c" * 1000, state=STATE))
    told = browser.accessible()
    names = [name for role, name in told if role in ("button", "textbox")]
    assert len(names) == 6 and len(set(names)) == 6
    assert names[:2] == ["Part 1 of 3", "Copy: Part 1 of 3"]
    assert ("heading", "One more step") in told
    assert [role for role, _ in told].count("main") == 1
    assert any(role == "status" for role, _ in told)


def test_keyboard(browser, site):
    """Without a mouse: each field and button in order, seen where the focus is, and Enter copies."""
    browser.get(site.redirect(code="c" * 600, state=STATE))
    lines = browser.answers()
    order = [browser.tab() for _ in range(4)]
    assert order == [element for pair in zip(browser.fields(), browser.buttons()) for element in pair]
    assert browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press(Keys.ENTER)
    assert browser.clipboard() == lines[1]
    assert browser.switch_to.active_element == order[3]


def test_without_script(browser, site):
    """The person is told to copy the address."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(site.redirect(code=CODE, state=STATE))
        assert "did not start this sign-in yourself" in browser.text()
        assert "Copy the address of this page" in browser.text()
        assert "code=" in browser.current_url
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
