"""Prompts in other languages, as real programs and real terminals pass them on."""

import pathlib
import re

import pytest
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


def prompt(session, language):
    """Waits for the whole text in that language."""
    session.expect(re.escape(WARNINGS[language]))
    session.expect(CODE.pattern + r".*?" + CODE.pattern + r".*?(?:: |\.\.\.)")
    session.link = LINK.findall(session.transcript)[-1]
    session.code = CODE.findall(session.transcript)[-1]


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
