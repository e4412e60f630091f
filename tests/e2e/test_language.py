"""Prompts in other languages, as real programs and real terminals pass them on."""

import pathlib
import re
import unicodedata

import pytest
from by_code import configure_workstation
from hosts import CODE, HOSTS, LINK, Session, as_user, ssh, su, sudo
from world import configure, write

WARNINGS = {
    "en": "If you did not start this sign-in yourself, do not approve it.",
    "de": "Wenn Sie diese Anmeldung nicht selbst begonnen haben, bestätigen Sie sie nicht.",
    "ja": "ご自分で始めたサインインでない場合は、承認しないでください。",
    "ko": "직접 시작한 로그인이 아니라면 승인하지 마십시오.",
}
LOCALES = [pathlib.Path("/etc/locale.conf"), pathlib.Path("/etc/default/locale")]


@pytest.fixture(autouse=True)
def no_locale():
    """The machine begins and ends without a locale of its own."""
    for path in LOCALES:
        path.unlink(missing_ok=True)
    yield
    for path in LOCALES:
        path.unlink(missing_ok=True)


def columns(text):
    """As a terminal draws it."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def stands_in_a_terminal(transcript):
    """No line is broken at 80 columns, and what stands behind the labels begins in one."""
    lines = transcript.replace("\r", "").split("\n")
    assert max(map(columns, lines)) <= 80
    labelled = [re.fullmatch(r"(  \S+ +)(\S.*)", line) for line in lines]
    begins = [columns(match[1]) for match in labelled if match and not set(match[0]) & set("\u2580\u2584\u2588")]
    assert len(begins) >= 4 and set(begins) == {11}


def prompt(session, language):
    """Waits for the whole text in that language."""
    session.expect(re.escape(WARNINGS[language]))
    session.expect(CODE.pattern + r".*?" + CODE.pattern + r".*?(?:: |\.\.\.)")
    session.link = LINK.findall(session.transcript)[-1]
    session.code = CODE.findall(session.transcript)[-1]
    stands_in_a_terminal(session.transcript)


@pytest.mark.parametrize("language", ["de", "ja", "ko"])
def test_named(idp, host, language):
    """What the configuration names arrives whole, and the shell opens."""
    configure(idp, prompt={"language": language})
    with HOSTS[host]("alice") as session:
        prompt(session, language)
        idp.person().approve(session.link, "alice", session.code)
        if host == "ssh":
            session.enter()
        session.opened()


def test_for_one_service(idp):
    """`language` per service."""
    configure(idp, prompt={"language": "ja"}, service_sshd={"language": "en"})
    with ssh("alice") as session:
        prompt(session, "en")
    with sudo("alice") as session:
        prompt(session, "ja")


def test_verdict(idp):
    """So is what is said of a refusal."""
    configure(idp, prompt={"language": "ko"})
    with sudo("alice") as session:
        prompt(session, "ko")
        idp.person().refuse(session.link, session.code)
        session.expect("로그인이 거부되었습니다.")


@pytest.mark.parametrize("language, title, done", [
    ("en", "Single sign-on", "Done. You can close this window"),
    ("ko", "통합 로그인", "완료되었습니다."),
])
def test_the_page_that_the_browser_ends_on(idp, language, title, done):
    """It goes on in the language of the prompt."""
    configure_workstation(idp, prompt={"language": language})
    with sudo("alice") as session:
        session.expect(re.escape(WARNINGS[language]))
        session.expect(r"https://\S+\s[^:]+: $")
        person = idp.person()
        status, page = person.visit(person.answer(LINK.findall(session.transcript)[-1], "alice"))
        assert status == 200 and f'<html lang="{language}">' in page and f"<h1>{title}</h1>" in page and done in page
        session.enter()
        session.opened()


@pytest.mark.parametrize("path", LOCALES, ids=str)
@pytest.mark.parametrize("takes, language", [(True, "ko"), (False, "en")])
def test_the_machine_s(idp, path, takes, language):
    """`auto`: the machine's language, where the terminal takes UTF-8."""
    write(path, "LANG=ko_KR.UTF-8\n")
    told = "iutf8" if takes else "-iutf8"  # as a terminal emulator tells the kernel when it opens the terminal
    with Session(*as_user("bob", "sh", "-c", f"stty {told} && exec su - alice")) as session:
        prompt(session, language)


def test_the_caller_s_environment(idp):
    """Under su the environment is the caller's, and chooses nothing."""
    with su("alice", env={"LANG": "ko_KR.UTF-8", "LC_ALL": "ko_KR.UTF-8", "LANGUAGE": "ko"}) as session:
        prompt(session, "en")


def test_a_client_without_utf8(idp):
    """Its ssh shows octal for what it cannot, and link and code all the same."""
    configure(idp, prompt={"language": "ko"})
    with ssh("alice", env={"LANG": "C", "LC_ALL": "C"}) as session:
        session.expect(re.escape("\\354"))
        session.expect(CODE.pattern + r".*?" + CODE.pattern)
        assert "\x1b" not in session.transcript
        idp.person().approve(LINK.findall(session.transcript)[-1], "alice", CODE.findall(session.transcript)[-1])
