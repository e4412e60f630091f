"""The authorization code flow: the person brings the browser's answer to the terminal."""

import subprocess
import time
import urllib.parse

import counting
import pexpect
import pytest
from by_code import configure_code, configure_workstation, in_parts, label, parameters, short_form
from hosts import HOSTS, PLAIN, SERVICE, SILENT, Askpass, as_user, no_worker_left, owner, ssh, su, sudo
from test_requests import private_keys, secret_keys
from test_secrets import assert_none_shows, exposed, logs
from world import configure, run, wait_until, workers

FORMS = {"address": lambda url: [url], "short": lambda url: [short_form(url)], "parts": lambda url: in_parts(url, 60)}


def by_paste(idp, session, user="alice"):
    """The person signs in and pastes what the page shows."""
    session.linked()
    session.paste(short_form(idp.person().answer(session.link, user)))


def by_loopback(idp, session, user="alice"):
    """The person signs in with a browser of this machine."""
    session.linked()
    person = idp.person()
    assert person.visit(person.answer(session.link, user))[0] == 200
    session.enter()


def code_last(address, length):
    """The answer as other providers give it, with more than counts, and made as long."""
    split = urllib.parse.urlsplit(address)
    query = {"session_state": "", **parameters(address)}
    query["code"] = query.pop("code")
    query["session_state"] = "x" * (length - len(split._replace(query=urllib.parse.urlencode(query)).geturl()))
    return split._replace(query=urllib.parse.urlencode(query)).geturl()


def is_over(session, host):
    """The program ends without a shell; login(1) itself goes on to ask for another name."""
    if host == "login":
        session.expect("(?i)login incorrect")
        return True
    if host == "ssh":
        return session.refused()
    return session.ended() != 0


def reasons(log):
    """The verdicts so far."""
    return [line.split("reason=")[1].split()[0] for line in log.splitlines() if "event=verdict" in line]


@pytest.mark.parametrize("form", list(FORMS))
def test_shell_opens(idp, host, form):
    """The main job: in sshd, sudo, su and login, whatever form the answer is pasted in."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        lines = FORMS[form](idp.person().answer(session.link, "alice"))
        for line in lines[:-1]:
            session.paste(line)
            assert "Paste part" in session.asked_again()
        session.paste(lines[-1])
        assert session.opened() == owner(host, "alice")
    (exchange,) = counting.exchanges(idp.seen())
    assert exchange["status"] == 200 and "code_verifier=" in exchange["body"]


@pytest.mark.parametrize("length", [900, 3000])
def test_long_answers(idp, host, length):
    """As long as some providers' are: the lines that the page gives fit every program's limit."""
    idp.set(code_length=length)
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        lines = in_parts(idp.person().answer(session.link, "alice"))
        assert len(lines) > 1
        for line in lines[:-1]:
            session.paste(line)
            session.asked_again()
        session.paste(lines[-1])
        assert session.opened() == owner(host, "alice")


@pytest.mark.parametrize("length", [480, 520, 1035, 4105])
def test_line_that_is_cut(idp, host, length):
    """A whole address may be longer than the program takes: then the person is told, and the parts do it. Half a
    code is never sent."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        address = code_last(idp.person().answer(session.link, "alice"), length)
        session.paste(address)
        if session.expect(session.shell, session.asking) == 1:
            assert "only so much of one line" in session.transcript
            for line in in_parts(address):
                session.paste(line)
                if session.expect(session.shell, "Paste part [0-9]+ here: ") == 0:
                    break
        assert session.tty.match[1] == owner(host, "alice")
    assert [r["status"] for r in counting.exchanges(idp.seen())] == [200]


def test_askpass(idp, tmp_path):
    """One prompt, one answer: programs that show one prompt can do it."""
    configure_code(idp)
    with Askpass(tmp_path, "alice", "id", "-un") as client:
        client.prompt()
        client.enter(short_form(idp.person().answer(client.link, "alice")))
        assert client.ended() == (0, "alice\n")


def test_who_asks(idp, host):
    """Threat (forwarded link): user, service and host stand above the link, and on the page that has the answer."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        text = session.linked()
        above = text[: text.index(session.link)]
        assert "alice" in above and "machine" in above and SERVICE[host] in above
        answer = idp.person().answer(session.link, "alice")
        assert label(answer) == f"alice@machine ({SERVICE[host]})"
        session.interrupt()


def test_wrong_person(idp, host, new_log):
    """Threat (who comes in as whom): bob's answer where alice was asked for. Denied, and logged."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        by_paste(idp, session, "bob")
        assert is_over(session, host)
    assert reasons(new_log()) == ["user-mismatch"]


WRONG = ["nonsense", "code=abc", "code=abc&state=AAAAAAAAAAAAAAAAAAAAAA"]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_twice_then_right(idp, host, wrong):
    """A slip is no end: the person is asked again, and nothing is sent for it."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        for _ in range(2):
            session.paste(wrong)
            assert "not the answer to this sign-in" in session.asked_again()
        assert counting.exchanges(idp.seen()) == []
        session.paste(short_form(idp.person().answer(session.link, "alice")))
        assert session.opened() == owner(host, "alice")


def test_wrong_three_times(idp, host, new_log):
    """Threat (guessing): three wrong lines end a sign-in. The program may start another, a few times; the answer to
    the first is none to that."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        answer = short_form(idp.person().answer(session.link, "alice"))
        for wrong in WRONG:
            session.paste(wrong)
            if wrong != WRONG[-1]:
                session.asked_again()
        end = [session.asking, "(?i)login incorrect", "[Pp]assword: ", pexpect.EOF]
        lines = 3
        while session.tty.expect(end) == 0:
            assert "[alice]" not in session.tty.before
            session.paste(answer)
            lines += 1
    no_worker_left()
    assert lines <= 9
    assert counting.exchanges(idp.seen()) == []
    assert reasons(new_log())[0] == "answer"


def test_answer_to_another_sign_in(idp, host):
    """Threat (mixed up): another login's answer is refused before anything is sent; its own opens."""
    configure_code(idp)
    with HOSTS[host]("alice") as one, ssh("alice") as other:
        one.linked()
        other.linked()
        answer = idp.person().answer(other.link, "alice")
        one.paste(answer if host == "ssh" else short_form(answer))
        assert "not the answer to this sign-in" in one.asked_again()
        assert counting.exchanges(idp.seen()) == []
        one.paste(short_form(idp.person().answer(one.link, "alice")))
        assert one.opened() == owner(host, "alice")
        other.paste(answer)
        assert other.opened() == "alice"


def test_answer_counts_once(idp):
    """Threat (stolen code): who sees the answer later has nothing by it."""
    configure_code(idp)
    with ssh("alice") as session:
        session.linked()
        answer = idp.person().answer(session.link, "alice")
        session.paste(answer)
        assert session.opened() == "alice"
    with ssh("alice") as session:
        session.linked()
        session.paste(answer)
        assert "not the answer to this sign-in" in session.asked_again()
    assert len(counting.exchanges(idp.seen())) == 1


def test_answer_of_another_provider(idp, new_log):
    """Threat (mixed up): an answer that names another issuer (RFC 9207), or none, is refused before anything is sent."""
    configure_code(idp)
    for change in ({"iss": "https://evil.example"}, {"iss": None}):
        with su("alice") as session:
            session.linked()
            answer = {**parameters(idp.person().answer(session.link, "alice")), **change}
            session.paste(urllib.parse.urlencode({name: value for name, value in answer.items() if value}))
            assert session.ended() != 0
    assert counting.exchanges(idp.seen()) == []
    assert reasons(new_log()) == ["token-issuer"] * 2


def test_denied(idp, host, new_log):
    """The person pressed Cancel at the provider, and pastes that: it is over, and nothing is sent."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        session.paste(short_form(idp.person().deny(session.link)))
        assert is_over(session, host)
    assert counting.exchanges(idp.seen()) == []
    assert reasons(new_log())[0] == "access-denied"


@pytest.mark.parametrize("host", ["ssh", "sudo", "su", "login"])
def test_interrupt(idp, host):
    """Threat (host process): Ctrl-C at the prompt ends it, and no worker is left."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        wait_until(workers, what="the worker")
        session.interrupt()
        no_worker_left()


def test_killed_client(idp):
    """Threat (host process): the client goes away while the prompt waits."""
    configure_code(idp)
    with ssh("alice") as session:
        session.linked()
        session.kill()
        no_worker_left()


@pytest.mark.parametrize("host", ["ssh", "sudo"])
def test_deadline(idp, host, new_log):
    """Nobody answers: it ends by itself. An answer that comes later is none; the program asks anew."""
    configure_code(idp, prompt={"deadline": "10s"})
    with HOSTS[host]("alice") as session:
        session.linked()
        first = session.link
        answer = short_form(idp.person().answer(first, "alice"))
        no_worker_left()
        session.paste(answer)
        session.linked()
        assert session.link != first
        assert host == "ssh" or "took too long" in session.transcript
        session.interrupt()
    assert counting.exchanges(idp.seen()) == []
    assert reasons(new_log())[0] == "deadline"


@pytest.mark.parametrize("client, flow", [("both", "device"), ("code", "code")])
def test_auto(idp, client, flow):
    """`flow = auto`: the device flow where the provider offers it to this client, the code flow elsewhere."""
    configure_code(idp, provider={"client_id": client, "flow": "auto"})
    with ssh("alice") as session:
        if flow == "code":
            by_paste(idp, session)
        else:
            session.prompt()
            idp.person().approve(session.link, "alice", session.code)
            session.enter()
        assert session.opened() == "alice"
    (asked,) = idp.requests(counting.DEVICE)
    assert (asked["status"] == 200) == (flow == "device")
    assert len(counting.exchanges(idp.seen())) == (flow == "code")


def test_flow_of_a_service(idp):
    """`flow` per service; a service that no section names gets the strictest."""
    configure(idp, provider={"client_id": "both", "redirect_uri": idp.page},
              service_sudo={"flow": "code"}, service_sshd={"qr": "never"})
    with ssh("alice", env=PLAIN) as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        session.enter()
        assert session.opened() == "alice"
        session.tty.sendline("sudo -k id -un")
        by_paste(idp, session)
        session.expect("root")
    with su("alice") as session:
        by_paste(idp, session)
        assert session.opened() == "alice"


CREDENTIALS = {
    "code": lambda idp: {},
    "code-basic": lambda idp: secret_keys(idp, "code-basic"),
    "code-jwt": lambda idp: private_keys(idp, "code-jwt", "ES256"),
}


@pytest.mark.parametrize("client", list(CREDENTIALS))
@pytest.mark.parametrize("pushed", ["auto", "always", "never"])
def test_pushed_requests(idp, client, pushed):
    """`pushed`: the link is short, and says nothing of the request (RFC 9126); or it says all of it."""
    configure_code(idp, provider={"client_id": client, "pushed": pushed, **CREDENTIALS[client](idp)})
    with ssh("alice") as session:
        session.linked()
        asked = parameters(session.link)
        if pushed != "never":
            assert asked.keys() == {"client_id", "request_uri"} and len(session.link) < 160
        else:
            assert asked.keys() >= {"client_id", "redirect_uri", "state", "nonce", "code_challenge", "scope"}
            assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
        session.paste(short_form(idp.person().answer(session.link, "alice")))
        assert session.opened() == "alice"
    assert [r["status"] for r in idp.requests("/request")] == [201] * (pushed != "never")


@pytest.mark.parametrize("host, configured, signs_in", [
    ("ssh", configure_code, by_paste), ("login", configure_workstation, by_loopback),
])
def test_sessions(idp, host, configured, signs_in):
    """What is kept, reused, refreshed and revoked is the same. This provider gives a refresh token only where it
    asked for consent (OpenID Connect Core 11)."""
    configured(
        idp,
        provider={"scope": "openid profile email groups offline_access", "authorization_prompt": "consent"},
        session={"keep": "yes"},
        service_sudo={"reuse": "15m"},
    )
    with HOSTS[host]("alice", env=PLAIN) as session:
        signs_in(idp, session)
        assert session.opened() == "alice"
        assert session.ask(SILENT) == "root"
        (kept,) = [line for line in run("ssoctl", "sessions").splitlines() if "alice" in line]
        assert "renewed" in run("ssoctl", "refresh", kept.split()[0])
        run("ssoctl", "revoke", "alice")
        assert "root" not in session.ask(SILENT)
    assert len(counting.refreshes(idp.seen())) == 2
    counting.assert_no_replay(idp.seen())


def test_no_secret_shows(idp, host):
    """Threat (text from outside): the code is on the person's own terminal and nowhere else; the verifier and the
    tokens are nowhere, with `debug`, in each program."""
    configure_code(idp, provider={"pushed": "never"})
    with HOSTS[host]("alice") as session:
        session.linked()
        answer = parameters(idp.person().answer(session.link, "alice"))
        assert_none_shows({answer["code"]}, exposed())
        session.paste(urllib.parse.urlencode(answer))
        session.opened()
        texts = exposed()
    (exchange,) = counting.exchanges(idp.seen())
    form = dict(urllib.parse.parse_qsl(exchange["body"]))
    tokens = {*counting.tokens(idp.seen(), "id_token"), *counting.tokens(idp.seen(), "access_token")}
    assert form["code"] == answer["code"] and len(tokens) == 2
    assert_none_shows({form["code"], form["code_verifier"], *tokens}, {**texts, **logs()})
    assert_none_shows({form["code_verifier"], *tokens}, {"terminal": session.transcript})


LOCAL = {"sudo": sudo, "su": su}
PORT = 8471


@pytest.mark.parametrize("host", list(LOCAL))
@pytest.mark.parametrize("first", ["browser", "enter"])
def test_loopback(idp, host, first):
    """The browser on this machine brings the answer by itself; the person presses Enter, before or after."""
    configure_workstation(idp)
    with LOCAL[host]("alice") as session:
        session.linked()
        if first == "enter":
            session.enter()
        person = idp.person()
        address = person.answer(session.link, "alice")
        assert urllib.parse.urlsplit(address).port
        status, page = person.visit(address)
        assert status == 200 and "return to the terminal" in page and "<script" not in page
        if first == "browser":
            session.enter()
        assert session.opened() == owner(host, "alice")
    assert len(counting.exchanges(idp.seen())) == 1


def test_loopback_again(idp):
    """The address takes one answer: whoever comes later finds nobody there."""
    configure_workstation(idp)
    with sudo("alice") as session:
        session.linked()
        address = idp.person().answer(session.link, "alice")
        idp.person().visit(address)
        with pytest.raises(OSError):
            idp.person().visit(address)
        session.enter()
        assert session.opened() == "#"
    assert len(counting.exchanges(idp.seen())) == 1


def test_paste_though_listening(idp, host):
    """A browser elsewhere ends on a page that it cannot open; its address does it. ssh never listens."""
    configure_workstation(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        address = idp.person().answer(session.link, "alice")
        assert bool(urllib.parse.urlsplit(address).port) == (host != "ssh")
        session.paste(address)
        assert session.opened() == owner(host, "alice")


def test_loopback_answer_of_another_sign_in(idp):
    """Threat (another local user): what the address gets with a wrong `state` is refused, and the right answer counts
    all the same."""
    configure_workstation(idp)
    with sudo("alice") as one, su("alice") as other:
        one.linked()
        other.linked()
        mine, others = (idp.person().answer(session.link, "alice") for session in (one, other))
        swapped = urllib.parse.urlsplit(mine)._replace(query=urllib.parse.urlsplit(others).query).geturl()
        assert idp.person().visit(swapped)[0] == 400
        assert counting.exchanges(idp.seen()) == []
        assert idp.person().visit(mine)[0] == 200
        one.enter()
        assert one.opened() == "#"


def test_loopback_error(idp, new_log):
    """The person pressed Cancel: the browser brings that, too."""
    configure_workstation(idp)
    with su("alice") as session:
        session.linked()
        idp.person().visit(idp.person().deny(session.link))
        session.enter()
        assert session.ended() != 0
    assert reasons(new_log()) == ["access-denied"]


def test_loopback_off(idp):
    """`loopback = no`: nothing listens, and the address is pasted."""
    configure_workstation(idp, prompt={"loopback": "no"})
    with sudo("alice") as session:
        session.linked()
        address = idp.person().answer(session.link, "alice")
        with pytest.raises(OSError):
            idp.person().visit(address)
        session.paste(address)
        assert session.opened() == "#"


# Another user's program: finds what listens on loopback, and sends there all that might do harm.
RACER = r"""
import re, socket, sys, threading, time

def listeners():
    for line in open("/proc/net/tcp"):
        fields = line.split()
        if fields[3] == "0A" and fields[1].startswith("0100007F"):
            yield int(fields[1].split(":")[1], 16)

JUNK = [
    b"GET /sso?code=evil&state=AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
    b"GET /sso?error=access_denied&state=x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
    b"POST /sso HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 9000,
    b"GET /other HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"G", b"", b"\0" * 20000,
]

def race(port, junk):
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as s:
                s.sendall(junk.replace(b"%d", str(port).encode()))
                if junk in (b"G", b""): time.sleep(1)  # slow, and silent
                else: s.recv(100)
        except OSError:
            time.sleep(0.01)

for port in set(listeners()) - {int(p) for p in sys.argv[1:]}:
    for junk in JUNK * 2:
        threading.Thread(target=race, args=[port, junk], daemon=True).start()
print("racing", flush=True)
time.sleep(600)
"""


def listening():
    """The ports on 127.0.0.1 that something listens on."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[1].startswith("0100007F")}


@pytest.fixture
def racing():
    """Returns a function that starts a Python program as a user; it is gone with the test."""
    started = []

    def start(user, program, *arguments):
        command = as_user(user, "/usr/bin/python3", "-c", program, *map(str, arguments))
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout.readline() == "racing\n"

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", ["browser", "paste"])
def test_another_local_user_races(idp, how, racing):
    """Threat (another local user): junk, wrong states, slow and silent connections win nothing, and keep out neither
    the browser nor the pasted answer."""
    configure_workstation(idp)
    before = listening()
    with sudo("alice") as session:
        session.linked()
        (port,) = listening() - before
        racing("bob", RACER, *before)
        time.sleep(2)
        assert counting.exchanges(idp.seen()) == []
        address = idp.person().answer(session.link, "alice")
        assert urllib.parse.urlsplit(address).port == port
        if how == "paste":
            session.paste(address)
        else:
            assert idp.person().visit(address)[0] == 200
            session.enter()
        assert session.opened() == "#"
    (exchange,) = counting.exchanges(idp.seen())
    assert "evil" not in exchange["body"]


# Another user's program: holds the port, and tries what the browser brings at the provider.
THIEF = r"""
import socket, ssl, sys, urllib.error, urllib.parse, urllib.request
port, issuer, page = sys.argv[1:]
server = socket.create_server(("127.0.0.1", int(port)))
print("racing", flush=True)
while True:
    with server.accept()[0] as browser:
        query = browser.recv(8192).split()[1].decode().split("?")[1]
        form = {"grant_type": "authorization_code", "client_id": "workstation", "redirect_uri": page,
                "code": urllib.parse.parse_qs(query)["code"][0], "code_verifier": "v" * 43}
        try:
            urllib.request.urlopen(issuer + "/token", urllib.parse.urlencode(form).encode(),
                                   context=ssl._create_unverified_context())
            said = b"stolen"
        except urllib.error.HTTPError as error:
            said = b"refused: " + error.read()
        browser.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + said)
"""


def test_another_local_user_holds_the_port(idp, racing):
    """Threat (stolen code): where the port is fixed, another user may be there first. The browser brings the code to
    that one, who has no verifier: it is worth nothing. The person pastes the address, or a taken code is refused."""
    address = f"http://127.0.0.1:{PORT}/sso"
    configure_workstation(idp, provider={"redirect_uri": address})
    racing("bob", THIEF, PORT, idp.issuer, address)
    with sudo("alice") as session:
        session.linked()
        status, said = idp.person().visit(idp.person().answer(session.link, "alice"))
        assert status == 200 and said.startswith("refused: ") and "invalid_grant" in said
        session.interrupt()
    assert counting.tokens(idp.seen(), "access_token") == []


def test_fixed_port(idp):
    """A port that the redirect address names is the one; where it is taken, the answer is pasted."""
    configure_workstation(idp, provider={"redirect_uri": f"http://127.0.0.1:{PORT}/sso"})
    with sudo("alice") as one:
        one.linked()
        with su("alice") as other:
            other.linked()
            person = idp.person()
            assert person.visit(person.answer(one.link, "alice"))[0] == 200
            one.enter()
            assert one.opened() == "#"
            other.paste(idp.person().answer(other.link, "alice"))
            assert other.opened() == "alice"


def test_reuse_asks_by_code_elsewhere(idp):
    """A sign-in is reused in its own login only: another program of the same user is asked."""
    configure_code(
        idp,
        provider={"scope": "openid profile offline_access", "authorization_prompt": "consent"},
        session={"keep": "yes"},
    )
    with ssh("alice", env=PLAIN) as session:
        by_paste(idp, session)
        session.opened()
        session.tty.sendline("sudo -k id -un")
        session.linked()
        session.interrupt()
        session.opened()
