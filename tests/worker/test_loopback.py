#!/usr/bin/python3
"""The answer that a browser on this machine brings to the loopback address, and who else comes there."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import pytest

from fake_idp import DISCOVERY, Reply, error
from worker import NOBODY, OK, REFUSED, Worker, code_request, run, until

GOOD = [DISCOVERY, "/jwks", "/token"]
DONE, NOT_IT = b"Done. You can close this window", b"This is not the answer that is waited for."
OTHER_USER = NOBODY - 1


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


class Login:
    """A login that listens: its worker, its address, and what the browser will bring there."""

    def __init__(self, idp, redirect_uri="http://127.0.0.1/callback", descriptors=None, **changed):
        request = code_request(idp, redirect_uri=redirect_uri, loopback="yes", **changed)
        self.worker = Worker(request, descriptors=descriptors)
        self.prompt = self.worker.event()
        assert self.prompt["listening"] == ["yes"], self.prompt
        self.answer = idp.approve(self.prompt["authorization_uri"][0])
        address = urllib.parse.urlsplit(self.answer)
        self.host, self.port, self.authority = address.hostname, address.port, address.netloc
        self.target = self.answer.split(address.netloc, 1)[1]
        if not self.target.startswith("/"):
            self.target = "/" + self.target

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.worker.__exit__()

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=30)

    def request(self, line=None, *fields, host=None):
        """What the browser sends; LINE and HOST in the place of its own, FIELDS behind."""
        line = line or f"GET {self.target} HTTP/1.1"
        lines = [line, f"Host: {host or self.authority}", "User-Agent: Mozilla/5.0 (X11)", "Accept: text/html;q=0.9",
                 "Accept-Language: de,en", "Connection: keep-alive", *fields]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def say(self, data):
        """All that comes back to DATA."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)

    def end(self, expected="ok"):
        result = self.worker.event()
        assert (result["event"], result["reason"]) == (["result"], [expected]), result
        assert self.worker.end() == (OK if expected == "ok" else REFUSED)
        return result


def read_all(connection):
    """Up to the end; a reset is one, where it did not read all that it was sent."""
    data = b""
    try:
        while more := connection.recv(65536):
            data += more
    except (ConnectionResetError, BrokenPipeError):
        pass
    return data


def wrong_state(login):
    return re.sub(r"state=[^.&]*", "state=AAAAAAAAAAAAAAAAAAAAAA", login.target)


@pytest.mark.parametrize("redirect_uri", [
    "http://127.0.0.1/callback", "http://[::1]/callback", "http://127.0.0.1", "http://127.0.0.1/a/b?c=d",
])
def test_the_browser_brings_it(idp, redirect_uri):
    if "::1" in redirect_uri and not has_ipv6():
        pytest.skip("this machine has no [::1]")
    with Login(idp, redirect_uri) as login:
        page = login.say(login.request())
        assert page.startswith(b"HTTP/1.1 200 OK\r\n") and DONE in page
        login.end()
    assert idp.paths() == GOOD
    with_port = re.sub(r"^(http://[^/]*)", rf"\1:{login.port}", redirect_uri)
    assert idp.journal[-1].form["redirect_uri"] == with_port


def test_a_port_that_is_named_is_the_one(idp):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for _ in range(2):  # the second while the first one's connections are remembered
        with Login(idp, f"http://127.0.0.1:{port}/callback") as login:
            assert login.port == port
            assert DONE in login.say(login.request())
            login.end()


def test_where_it_cannot_listen_the_person_pastes(idp):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        redirect_uri = f"http://127.0.0.1:{taken.getsockname()[1]}/callback"
        with Worker(code_request(idp, redirect_uri=redirect_uri, loopback="yes")) as worker:
            prompt = worker.event()
            assert "listening" not in prompt
            worker.send({"text": idp.approve(prompt["authorization_uri"][0])})
            result = worker.event()
    assert result["reason"] == ["ok"] and result["note"] == ["loopback: Address already in use"]


# What a browser is shown that brought the answer, and one that brought something else.
PAGES = {
    None: ("en", "Single sign-on", "Done. You can close this window and return to the terminal.",
           "This is not the answer that is waited for."),
    "de": ("de", "Single Sign-on", "Erledigt. Sie können dieses Fenster schließen und zum Terminal zurückkehren.",
           "Das ist nicht die Antwort, auf die gewartet wird."),
    "es": ("es", "Inicio de sesión único", "Terminado. Puede cerrar esta ventana y volver al terminal.",
           "Esta no es la respuesta que se espera."),
    "fr": ("fr", "Authentification unique", "Terminé. Vous pouvez fermer cette fenêtre et revenir au terminal.",
           "Ce n’est pas la réponse attendue."),
    "ja": ("ja", "シングルサインオン", "完了しました。このウィンドウを閉じて端末に戻ってください。",
           "これは待っている応答ではありません。"),
    "ko": ("ko", "통합 로그인", "완료되었습니다. 이 창을 닫고 터미널로 돌아가십시오.", "기다리고 있는 응답이 아닙니다."),
}
PAGES["en"] = PAGES[None]


@pytest.mark.parametrize("language", PAGES, ids=str)
def test_the_page_speaks_the_language_of_the_prompt(idp, language):
    """The browser's own, which is German here, decides nothing: what it shows continues what the terminal said."""
    tag, title, done, not_it = PAGES[language]
    with Login(idp, language=language) as login:
        refused = login.say(login.request(f"GET {wrong_state(login)} HTTP/1.1"))
        good = login.say(login.request())
        login.end()
    for page, text in ((refused, not_it), (good, done)):
        head, body = page.split(b"\r\n\r\n", 1)
        assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
        html = body.decode()
        assert f'<html lang="{tag}">' in html and f"<title>{title}</title>" in html
        assert f"<h1>{title}</h1>" in html and f"<p>{text}</p>" in html and 'charset="utf-8"' in html


def test_the_page(idp):
    with Login(idp) as login:
        line = "GET /callback?state=reflected&code=reflected HTTP/1.1"
        refused = login.say(login.request(line, "X-Text: reflected"))
        good = login.say(login.request())
        login.end()
    for page in (refused, good):
        head, body = page.split(b"\r\n\r\n", 1)
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        assert fields.pop(b"Content-Length") == str(len(body)).encode()
        assert fields == {
            b"Content-Type": b"text/html; charset=utf-8",
            b"Content-Security-Policy": b"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
                                        b"frame-ancestors 'none'",
            b"Cache-Control": b"no-store",
            b"Referrer-Policy": b"no-referrer",
            b"X-Content-Type-Options": b"nosniff",
            b"Connection": b"close",
        }
        assert b"reflected" not in page and b"canary" not in page and b"<script" not in page


def listeners(port):
    """The addresses on which a port is listened on, as /proc/net has them."""
    found = []
    for table in ("tcp", "tcp6"):
        path = pathlib.Path("/proc/net") / table
        rows = [line.split() for line in path.read_text().splitlines()[1:]] if path.exists() else []
        found += [row[1].split(":")[0] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    return sorted(found)


def test_it_listens_on_this_machine_alone_and_until_the_answer(idp):
    idp.answers["/token"] = lambda request: time.sleep(2)
    with Login(idp) as login:
        here = ["0100007F"] + (["00000000000000000000000001000000"] if has_ipv6() else [])
        assert sorted(here) == listeners(login.port)
        login.say(login.request())
        until(lambda: "/token" in idp.paths())
        assert listeners(login.port) == []
        login.end()


def test_the_device_flow_does_not_listen(idp):
    idp.answers["/token"] = error("authorization_pending")
    request = code_request(idp, flow="auto", redirect_uri="http://127.0.0.1/callback", loopback="yes")
    with Worker(request) as worker:
        prompt = worker.event()
        assert "user_code" in prompt and "listening" not in prompt
        until(lambda: "/jwks" in idp.paths())
        inodes = re.findall(r"socket:\[(\d+)\]", " ".join(map(os.readlink, open_files(worker.process.pid))))
        assert not [line for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()
                    if line.split()[3] == "0A" and line.split()[9] in inodes]


def open_files(pid):
    return list(pathlib.Path(f"/proc/{pid}/fd").iterdir())


# What comes there and is not the answer: told so, and nothing else happens.
OTHERS = {
    "wrong-state": lambda login: login.request(f"GET {wrong_state(login)} HTTP/1.1"),
    "no-state": lambda login: login.request("GET /callback?code=code-canary HTTP/1.1"),
    "state-twice": lambda login: login.request(f"GET {login.target}&state=x HTTP/1.1"),
    "no-query": lambda login: login.request("GET /callback HTTP/1.1"),
    "an-error-of-another": lambda login: login.request("GET /callback?error=access_denied&state=x HTTP/1.1"),
    "another-path": lambda login: login.request(f"GET /other?{login.target.split('?')[1]} HTTP/1.1"),
    "a-longer-path": lambda login: login.request(f"GET {login.target.replace('?', '/?')} HTTP/1.1"),
    "an-escaped-path": lambda login: login.request(f"GET {login.target.replace('call', '%63all')} HTTP/1.1"),
    "the-icon": lambda login: login.request("GET /favicon.ico HTTP/1.1"),
    "post": lambda login: login.request(f"POST {login.target} HTTP/1.1", "Content-Length: 0"),
    "head": lambda login: login.request(f"HEAD {login.target} HTTP/1.1"),
    "options": lambda login: login.request(f"OPTIONS {login.target} HTTP/1.1"),
    "lower-case": lambda login: login.request(f"get {login.target} HTTP/1.1"),
    "absolute-form": lambda login: login.request(f"GET {login.answer} HTTP/1.1"),
    "http-1.0": lambda login: login.request(f"GET {login.target} HTTP/1.0"),
    "no-version": lambda login: login.request(f"GET {login.target}"),
    "a-body": lambda login: login.request(None, "Content-Length: 2") + b"{}",
    "chunks": lambda login: login.request(None, "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "two-requests": lambda login: login.request() * 2,
    "bare-line-ends": lambda login: login.request().replace(b"\r\n", b"\n") + b"\r\n\r\n",
    "another-name": lambda login: login.request(host=f"evil.example:{login.port}"),
    "localhost": lambda login: login.request(host=f"localhost:{login.port}"),
    "another-port": lambda login: login.request(host="127.0.0.1:1"),
    "no-port": lambda login: login.request(host="127.0.0.1"),
    "two-hosts": lambda login: login.request(None, "Host: evil.example"),
    "no-host": lambda login: re.sub(rb"Host: [^\r]*\r\n", b"", login.request()),
    "a-folded-line": lambda login: login.request(None, "X-A: b\r\n c"),
    "too-long": lambda login: login.request(None, "X-Long: " + "x" * 8192),
    "endless": lambda login: b"GET /" + b"x" * 100_000,
    "tls": lambda login: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "junk": lambda login: b"\x00\xff" * 500,
    "ssh": lambda login: b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("who", OTHERS)
def test_what_is_not_the_answer(idp, who):
    with Login(idp) as login:
        page = login.say(OTHERS[who](login))
        # What it did not read to the end may take the page with it.
        assert (page.startswith(b"HTTP/1.1 400 Bad Request\r\n") and NOT_IT in page) or page == b""
        assert page or who in ("endless", "too-long")
        assert set(idp.paths()) <= set(GOOD[:2])
        assert DONE in login.say(login.request())
        login.end()
    assert idp.paths() == GOOD


def test_what_others_send_costs_the_person_no_try(idp):
    with Login(idp) as login:
        for _ in range(10):
            assert NOT_IT in login.say(OTHERS["wrong-state"](login))
        login.worker.send({"text": "no"})
        assert login.worker.event()["left"] == ["2"]
        assert DONE in login.say(login.request())
        login.end()


def test_a_refusal_ends_it_too(idp):
    with Login(idp) as login:
        target = re.sub("code=[^&]*", "error=access_denied&error_description=no", login.target)
        assert DONE in login.say(login.request(f"GET {target} HTTP/1.1"))
        login.end("access-denied")
    assert idp.paths() == GOOD[:2]


def test_another_issuer_ends_it_too(idp):
    with Login(idp) as login:
        target = re.sub("iss=[^&]*", "iss=https%3A%2F%2Fevil.example", login.target)
        login.say(login.request(f"GET {target} HTTP/1.1"))
        login.end("token-issuer")
    assert idp.paths() == GOOD[:2]


def test_the_first_answer_counts(idp):
    idp.answers["/token"] = lambda request: time.sleep(1)
    with Login(idp) as login:
        assert DONE in login.say(login.request())
        try:
            page = login.say(login.request())
        except OSError:  # nobody listens any more
            page = b""
        assert page == b""
        login.worker.send({"text": login.answer})
        login.end()
    assert idp.paths() == GOOD


def test_two_answers_at_once(idp):
    with Login(idp) as login, login.connect() as one, login.connect() as two:
        for connection in (one, two):
            connection.sendall(login.request())
        pages = [read_all(connection) for connection in (one, two)]
        assert [DONE in page for page in pages].count(True) == 1
        login.end()
    assert idp.paths().count("/token") == 1


def test_a_paste_counts_as_well(idp):
    with Login(idp) as login, login.connect() as idle:
        login.worker.send({"text": login.answer})
        login.end()
        assert read_all(idle) == b""
    assert idp.paths() == GOOD


def test_a_request_in_pieces(idp):
    with Login(idp) as login, login.connect() as connection:
        for byte in login.request():
            connection.sendall(bytes([byte]))
        assert DONE in read_all(connection)
        login.end()


def test_slow_ones_hold_nobody_up(idp):
    with Login(idp) as login:
        slow = [login.connect() for _ in range(10)]
        for connection in slow[:5]:
            connection.sendall(b"GET /callback?sta")
        until(lambda: len(open_files(login.worker.process.pid)) > 10)
        assert DONE in login.say(login.request())
        login.end()
        for connection in slow:
            connection.close()


def test_slow_ones_are_dropped(idp):
    with Login(idp) as login, login.connect() as connection:
        started = time.monotonic()
        connection.sendall(b"GET /call")
        assert read_all(connection) == b"" and time.monotonic() - started > 4
        assert DONE in login.say(login.request())
        login.end()


def test_fifty_connections(idp):
    with Login(idp) as login:
        crowd = [login.connect() for _ in range(50)]
        for connection in crowd[::2]:
            connection.sendall(b"GET /callback?")
        until(lambda: len(open_files(login.worker.process.pid)) > 30)
        assert DONE in login.say(login.request())
        login.end()
        for connection in crowd:
            connection.close()


def test_the_browser_was_there_before_the_crowd(idp):
    with Login(idp) as login, login.connect() as browser:
        crowd = [login.connect() for _ in range(20)]
        browser.sendall(login.request())
        assert DONE in read_all(browser)
        login.end()
        for connection in crowd:
            connection.close()


RACE = """
import socket, sys
address, target, host = (sys.argv[1], int(sys.argv[2])), sys.argv[3], sys.argv[4]
kept = []
print("racing", flush=True)
while True:
    try:
        for n in range(20):
            connection = socket.create_connection(address, timeout=5)
            if n % 2:
                connection.sendall(f"GET {target} HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n".encode())
            kept.append(connection)
        while len(kept) > 200:
            kept.pop(0).close()
    except OSError:
        pass
"""


def test_another_user_races_and_wins_nothing(idp):
    identity = {"user": OTHER_USER, "group": OTHER_USER, "extra_groups": []} if os.getuid() == 0 else {}
    with Login(idp) as login:
        racer = subprocess.Popen(
            [sys.executable, "-c", RACE, login.host, str(login.port), wrong_state(login), login.authority],
            stdout=subprocess.PIPE, text=True, **identity)
        try:
            assert racer.stdout.readline() == "racing\n"
            time.sleep(1)
            assert set(idp.paths()) <= set(GOOD[:2])
            assert DONE in login.say(login.request())
            login.end()
        finally:
            racer.kill()
            racer.wait()
            racer.stdout.close()
    assert idp.paths() == GOOD


@contextlib.contextmanager
def as_user(uid):
    """Sockets that are made meanwhile are that user's."""
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.getuid() != 0, reason="needs a second user")
@pytest.mark.parametrize("redirect_uri", ["http://127.0.0.1/callback", "http://[::1]/callback"])
def test_the_browser_of_another_user_brings_nothing(idp, redirect_uri):
    """Mallory types `su alice`, and alice, on the same machine, follows the link: the answer itself is refused."""
    if "::1" in redirect_uri and not has_ipv6():
        pytest.skip("this machine has no [::1]")
    with Login(idp, redirect_uri, loopback_uid=str(OTHER_USER)) as login:
        for _ in range(3):
            with as_user(NOBODY):  # the worker's own user, for one
                connection = login.connect()
            with connection:
                try:
                    connection.sendall(login.request())
                except OSError:
                    pass
                assert DONE not in read_all(connection)
        until(lambda: "/jwks" in idp.paths())
        assert idp.paths() == GOOD[:2]
        with as_user(OTHER_USER):
            connection = login.connect()
        with connection:
            connection.sendall(login.request())
            assert DONE in read_all(connection)
        login.end()


@pytest.mark.skipif(os.getuid() != 0, reason="needs a second user")
def test_a_crowd_of_another_user_takes_no_place(idp):
    with Login(idp) as login, login.connect() as browser:
        until(lambda: "/jwks" in idp.paths())
        for _ in range(3):
            with as_user(OTHER_USER):
                crowd = [login.connect() for _ in range(50)]
            for connection in crowd:
                read_all(connection)
                connection.close()
        browser.sendall(login.request())
        assert DONE in read_all(browser)
        login.end()


def test_what_was_sent_and_closed_is_nobodys(idp):
    with Login(idp) as login:
        login.worker.process.send_signal(signal.SIGSTOP)
        with login.connect() as gone:
            gone.sendall(login.request())
        login.worker.process.send_signal(signal.SIGCONT)
        until(lambda: "/jwks" in idp.paths())
        time.sleep(0.3)
        assert idp.paths() == GOOD[:2]
        assert DONE in login.say(login.request())
        login.end()


def test_the_port_stays_taken_where_descriptors_run_out(idp):
    """Whoever began the sign-in set the limits, and would like to have the port that the browser is on its way to."""
    with Login(idp, descriptors=24) as login:
        until(lambda: "/jwks" in idp.paths())
        pid = login.worker.process.pid
        crowd = [login.connect() for _ in range(40)]
        until(lambda: len(open_files(pid)) == 24)
        assert listeners(login.port)
        before = cpu_ticks(pid)
        time.sleep(1)
        assert cpu_ticks(pid) - before <= 10
        for connection in crowd:
            connection.close()
        assert DONE in login.say(login.request())
        login.end()


def cpu_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_waiting_costs_nothing_with_connections_open(idp):
    with Login(idp) as login:
        idle = [login.connect() for _ in range(5)]
        idle[0].shutdown(socket.SHUT_WR)
        idle[1].sendall(b"GET /callback")
        until(lambda: "/jwks" in idp.paths())
        time.sleep(0.5)
        before = cpu_ticks(login.worker.process.pid)
        time.sleep(2)
        assert cpu_ticks(login.worker.process.pid) - before <= 10
        for connection in idle:
            connection.close()


@pytest.mark.parametrize("deadline", ["2"])
def test_the_deadline_with_connections_open(idp, deadline):
    with Login(idp, deadline=deadline) as login, login.connect():
        login.end("deadline")


def test_the_caller_goes_away(idp):
    with Login(idp) as login, login.connect() as connection:
        until(lambda: "/jwks" in idp.paths())
        login.worker.socket.close()
        login.worker.process.wait(timeout=2)
        assert read_all(connection) == b""


@pytest.mark.parametrize("changed", [
    {"flow": "code", "redirect_uri": None},
    {"flow": "auto", "redirect_uri": None},
    {"flow": "code", "redirect_uri": ""},
    {"flow": "implicit"},
    {"pushed": "yes"},
    {"redirect_uri": "http://sso.example.com/callback"},
    {"redirect_uri": "http://localhost/callback"},
    {"redirect_uri": "http://127.0.0.1.evil.example/"},
    {"redirect_uri": "http://127.0.0.1:0/"},
    {"redirect_uri": "https://sso.example.com/#fragment"},
    {"loopback": "maybe"},
    {"loopback": "yes"},
    {"loopback": "yes", "redirect_uri": "http://localhost/callback"},
    {"loopback": "yes", "redirect_uri": "http://127.0.0.2/callback"},
    {"loopback": "yes", "redirect_uri": None},
    {"loopback": "yes", "redirect_uri": "http://127.0.0.1/callback", "loopback_uid": None},
    {"loopback": "yes", "redirect_uri": "http://127.0.0.1/callback", "loopback_uid": "4294967295"},
    {"loopback": "yes", "redirect_uri": "http://127.0.0.1/callback", "flow": "device"},
], ids=str)
def test_a_request_without_sense(idp, changed):
    prompt, result, status = run(code_request(idp, **changed))
    assert prompt is None and status == REFUSED and result["reason"] == ["internal"]
    assert "makes no sense" in result["detail"][0] and idp.journal == []


def test_a_provider_that_needs_pushed_requests_learns_the_port(idp):
    idp.answers[DISCOVERY] = Reply(idp.metadata(pushed_authorization_request_endpoint=idp.issuer + "/par"))
    with Login(idp) as login:
        assert DONE in login.say(login.request())
        login.end()
    assert idp.journal[1].form["redirect_uri"] == f"http://127.0.0.1:{login.port}/callback"
