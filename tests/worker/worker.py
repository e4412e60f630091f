#!/usr/bin/python3
"""The caller's side of sso-worker: starts the real program with a socket at descriptor 3."""

import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import termios
import threading
import time

PROGRAM = pathlib.Path(os.environ.get("SSO_WORKER", "build/sso-worker")).resolve()
NOBODY = 65534
OK, REFUSED, BROKEN = 42, 0, 1
READY = {"event": ["ready"]}


def record(fields):
    """A record of `key=value` lines; a list is one line a value."""
    lines = []
    for key, value in fields.items():
        lines += [f"{key}={item}\n" for item in (value if isinstance(value, list) else [value])]
    return ("".join(lines) + "\n").encode()


def login_request(idp, **changed):
    """A login at this provider; a key that is changed to None is left out."""
    standard = {
        "job": "login",
        "issuer": idp.issuer,
        "client_id": "laptop",
        "client_auth": "none",
        "scope": "openid profile",
        "discovery": "yes",
        "alg": ["ES256", "RS256"],
        "skew": "30",
        "claim": ["preferred_username", "email"],
        "groups_claim": "groups",
        "ca_file": str(idp.ca),
        "tls_min": "1.2",
        "connect_timeout": "20",
        "request_timeout": "20",
        "deadline": "60",
    }
    return {key: value for key, value in {**standard, **changed}.items() if value is not None}


def code_request(idp, **changed):
    """A login by the authorization code flow."""
    standard = {"flow": "code", "redirect_uri": "https://sso.example.com/callback.html", "label": "alice@host (sshd)"}
    if changed.get("loopback") == "yes":
        standard["loopback_uid"] = str(os.getuid())
    return login_request(idp, **{**standard, **changed})


def refresh_request(idp, **changed):
    return login_request(idp, **{"job": "refresh", **changed})


def session_item(**changed):
    """A session of the provider's subject, who signed in two hours ago."""
    now = int(time.time())
    standard = {
        "id": "session-1",
        "refresh_token": "refresh-canary-1",
        "sub": "248289761001",
        "auth_time": str(now - 7200),
        "token_iat": str(now - 3600),
    }
    return {key: value for key, value in {**standard, **changed}.items() if value is not None}


def revoke_request(idp, **changed):
    return login_request(idp, **{"job": "revoke", "refresh_token": "refresh-canary-1", **changed})


def userinfo_request(idp, **changed):
    return login_request(idp, **{"job": "userinfo", "access_token": "access-canary", **changed})


class Worker:
    """A running worker. As root, it is started as nobody: it refuses to be root."""

    def __init__(self, request, uid=NOBODY, environment=None, descriptors=None, program=PROGRAM):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(30)
        identity = {"user": uid, "group": uid, "extra_groups": []} if os.getuid() == 0 else {}
        limit = f"ulimit -n {descriptors}; " if descriptors else ""
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f'{limit}exec "$0" 3<&{theirs.fileno()}', str(program)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment or {"PATH": "/usr/bin:/bin", "GNUTLS_NO_IMPLICIT_INIT": "1"},
            cwd="/",
            text=True,
            **identity,
        )
        theirs.close()
        self._bytes = b""
        if request is not None:
            self.socket.sendall(request if isinstance(request, bytes) else record(request))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def send(self, *items):
        """Items of a refresh."""
        for item in items:
            self.socket.sendall(item if isinstance(item, bytes) else record(item))

    def has_read(self):
        """Whether all that was sent is with it, and nothing in the socket."""
        return struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, b"\0" * 4))[0] == 0

    def end_of_items(self):
        self.socket.shutdown(socket.SHUT_WR)

    def event(self):
        """The next record: a key to the list of its values; None at the end."""
        while b"\n\n" not in self._bytes:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:  # it left something unread
                more = b""
            if not more:
                assert not self._bytes, "a record without its end"
                return None
            self._bytes += more
        whole, self._bytes = self._bytes.split(b"\n\n", 1)
        fields = {}
        for line in whole.decode().splitlines():
            key, value = line.split("=", 1)
            fields.setdefault(key, []).append(value)
        return fields

    def ready(self):
        """Waits until it takes items."""
        assert self.event() == READY

    def end(self):
        """Waits for the end of the process: its exit status."""
        return self.process.wait(timeout=30)


def run(request, **how):
    """A whole job: its prompt (or None), its result (or None) and its exit status."""
    prompt = result = None
    with Worker(request, **how) as worker:
        while event := worker.event():
            if event["event"] == ["prompt"]:
                assert prompt is None and result is None
                prompt = event
            else:
                assert result is None
                result = event
        return prompt, result, worker.end()


def renew(request, *items, **how):
    """A whole refresh of these items: the answers (an id to its event), the result and the exit status."""
    answers = {}
    with Worker(request, **how) as worker:
        event = worker.event()
        sender = threading.Thread(target=lambda: (worker.send(*items), worker.end_of_items()))
        if event == READY:
            sender.start()
            while (event := worker.event())["event"] == ["renewed"]:
                assert event["id"][0] not in answers
                answers[event["id"][0]] = event
            sender.join()
        assert event["event"] == ["result"] and worker.event() is None
        return answers, event, worker.end()


def until(condition, seconds=10):
    """Waits for something that has to come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
