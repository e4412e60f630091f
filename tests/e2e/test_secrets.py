"""Threat (text from outside): no secret shows in a log, on a terminal, in an argument list or an environment."""

import json
import pathlib
import urllib.parse

import pytest
from hosts import HOSTS, type_password
from test_requests import secret_keys
from world import LOG, configure, wait_until, workers

SECRET_MEMBERS = ("device_code", "access_token", "refresh_token", "id_token")


def secrets_of(idp, client):
    """All that must stay secret of what went over the wire so far."""
    found = set()
    if idp.clients[client].get("secret"):
        secret = idp.clients[client]["secret"]
        found |= {secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
    for request in idp.requests():
        form = dict(urllib.parse.parse_qsl(request["body"]))
        found |= {form[name] for name in ("client_assertion", "device_code") if name in form}
        found |= {request["headers"]["authorization"].split()[1]} if "authorization" in request["headers"] else set()
        if request["reply"].startswith("{"):
            reply = json.loads(request["reply"])
            found |= {reply[name] for name in SECRET_MEMBERS if name in reply}
    return {secret for secret in found if len(secret) > 8}


def exposed():
    """What other users, or the log's readers, may see of all processes right now."""
    texts = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                texts[str(process / name)] = (process / name).read_bytes().decode(errors="replace")
            except OSError:
                pass
    return texts


def logs():
    return {str(path): path.read_text(errors="replace") for path in [LOG, *LOG.parent.glob("sshd.*.log")]}


def assert_none_shows(secrets, texts):
    shown = {place for place, text in texts.items() for secret in secrets if secret in text}
    assert not shown


@pytest.mark.parametrize("client, ending", [
    ("basic", "opened"), ("post", "opened"), ("basic", "wrong person"), ("basic", "expired"), ("basic", "idp gone")])
def test_no_secret_shows(idp, host, client, ending):
    """With the module's `debug`, in every host, on the good way and on the ways out."""
    provider = {**secret_keys(idp, client), "scope": "openid profile offline_access"}
    configure(idp, provider=provider, network={"request_timeout": "2s"})
    idp.set(expires_in=6 if ending in ("expired", "idp gone") else 600)
    with HOSTS[host]("alice") as session:
        session.prompt()
        wait_until(workers, what="the worker")
        assert_none_shows(secrets_of(idp, client), exposed())
        end(idp, session, host, ending)
        transcript = session.transcript
    assert_none_shows(secrets_of(idp, client), {"terminal": transcript, **logs()})
    if ending in ("opened", "wrong person"):
        assert any(len(secret) > 500 for secret in secrets_of(idp, client))  # an ID token was among them


def end(idp, session, host, ending):
    if ending in ("opened", "wrong person"):
        idp.person().approve(session.link, "alice" if ending == "opened" else "bob", session.code)
    if ending == "idp gone":
        idp.set(hang=["/token"])
    if host == "ssh":
        session.enter()
    if ending == "opened":
        session.opened()
    elif ending == "wrong person" and host == "ssh":
        session.ended()
    elif ending == "wrong person":
        session.expect("someone else")
    else:
        session.expect("expired", "cannot be reached", "Single sign-on", "[Pp]assword")
    session.tty.close(force=True)


def test_file_of_the_secret_stays_closed(idp):
    """A secret is in no file that the worker opens; the module reads it."""
    configure(idp, provider=secret_keys(idp, "basic"))
    with HOSTS["sudo"]("alice") as session:
        session.prompt()
        pid = wait_until(workers, what="the worker")[0]
        maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
        assert "pam_sso.secret" not in maps
        idp.person().approve(session.link, "alice", session.code)
        session.opened()


def test_password_typed_at_the_prompt(idp, new_log):
    """Who types a password at our prompt has it neither used nor logged."""
    with HOSTS["ssh"]("alice") as session:
        session.prompt()
        session.tty.sendline("a mistyped password")
        idp.person().approve(session.link, "alice", session.code)
        session.opened()
    assert "mistyped" not in new_log()
    assert not any("mistyped" in text for text in logs().values())


def test_next_module_gets_no_secret(idp):
    """A sign-in that could not be made leaves nothing for the next module to take for a password."""
    configure(idp, provider={"issuer": "https://idp.test:1"}, network={"connect_timeout": "2s"})
    with HOSTS["sudo"]("alice") as session:
        type_password(session)
        session.opened()
