"""What the person sees."""

import shutil
import subprocess

import counting
import pytest
from hosts import BLOCKS, HOSTS, Session, as_user, ssh, sudo
from PIL import Image
from world import configure

MODULE = 8  # pixels


def qr_lines(text):
    return [line for line in text.splitlines() if line.strip() and set(line) <= set(BLOCKS + " ")]


def render(lines, path):
    """The code as a terminal shows it, light on dark: each character is two modules, one over the other."""
    upper, lower = set("\u2580\u2588"), set("\u2584\u2588")
    width = max(map(len, lines))
    image = Image.new("L", (width + 8, 2 * len(lines) + 8), 0)
    for y, line in enumerate(lines):
        for x, block in enumerate(line):
            image.putpixel((x + 4, 2 * y + 4), 255 * (block in upper))
            image.putpixel((x + 4, 2 * y + 5), 255 * (block in lower))
    image.resize((image.width * MODULE, image.height * MODULE), Image.NEAREST).save(path)


def decode(path):
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path],
                          stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.rstrip("\n")


def test_qr_code_is_the_link(idp, host, tmp_path):
    """Captured from the terminal, rendered and decoded, the QR code is the printed link."""
    with HOSTS[host]("alice") as session:
        text = session.prompt()
        render(qr_lines(text), tmp_path / "qr.png")
        assert decode(tmp_path / "qr.png") == session.link


def test_who_asks(idp, host):
    """Threat (forwarded link): who asks, from where and for which host stands above the link."""
    with HOSTS[host]("alice") as session:
        text = session.prompt()
        above = text[: text.index(session.link)]
        assert "alice" in above and "machine" in above
        assert {"ssh": "sshd"}.get(host, host) in above
        assert host != "ssh" or "127.0.0.1" in above
        assert "do not approve" in above


def test_eighty_columns(idp, host):
    """It fits 80 columns, escape sequences it has none."""
    with HOSTS[host]("alice", columns=80) as session:
        text = session.prompt()
        text = text[text.rindex("Single sign-on") :]
        assert max(map(len, text.splitlines())) <= 80
        assert "\x1b" not in text


@pytest.mark.parametrize("locale, term", [("C", "xterm"), ("C.UTF-8", "dumb"), ("C", "dumb")])
def test_plain_terminals(idp, host, locale, term):
    """TERM=dumb and other locales: link and code stand as text; the shell opens."""
    with HOSTS[host]("alice", env={"LANG": locale, "TERM": term}) as session:
        text = session.prompt()
        assert session.link in text and session.code in text
        if host in ("sudo", "su"):
            assert not set(text) & set(BLOCKS)
        idp.person().approve(session.link, "alice", session.code)
        if host == "ssh":
            session.enter()
        session.opened()


@pytest.mark.parametrize("mode, shown", [("never", False), ("always", True)])
def test_qr_is_a_choice(idp, mode, shown):
    """`qr = auto | always | never`."""
    configure(idp, prompt={"qr": mode})
    with sudo("alice", env={"TERM": "dumb"}) as session:
        assert bool(qr_lines(session.prompt())) == shown
    with ssh("alice") as session:
        assert bool(qr_lines(session.prompt())) == shown


@pytest.mark.parametrize("command", [
    as_user("alice", "sudo", "-k", "true"),
    as_user("bob", "su", "alice", "-c", "true"),
])
def test_no_terminal(idp, command, new_log):
    """Without a terminal, a clear refusal at once; the IdP is not asked."""
    setsid = shutil.which("setsid")
    done = subprocess.run([setsid, "--wait", *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "erminal" in done.stdout
    assert counting.sign_ins(idp.seen()) == 0
    assert "reason=no-terminal" in new_log()


def test_password_change_points_to_the_idp(idp):
    """A password change points to the IdP, and changes nothing here."""
    with open("/etc/shadow", encoding="utf-8") as shadow:
        before = shadow.read()
    with Session(*as_user("alice", "passwd")) as session:
        assert session.ended() != 0
        assert idp.issuer in session.transcript
    with open("/etc/shadow", encoding="utf-8") as shadow:
        assert shadow.read() == before


@pytest.mark.parametrize("text", ["\x1b]52;c;ZXZpbA==\x07", "\u202eevil", "a\r\nb"])
def test_text_from_outside_is_escaped(idp, text, new_log):
    """Threat (text from outside): what the claims say reaches terminal and log through one filter."""
    idp.set(accounts={"alice": {"claims": {"preferred_username": text}}})
    with HOSTS["su"]("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        assert session.ended() != 0
        assert text not in session.transcript
    verdict = [line for line in new_log().splitlines() if "event=verdict" in line][-1]
    assert verdict.isascii() and verdict.isprintable()
    assert len(verdict) <= 1024 + 100  # with what syslog puts before it
