#!/usr/bin/python3
"""The caller's side of sso-store: starts the real program with a socket at descriptor 3."""

import os
import pathlib
import secrets
import socket
import subprocess
import time

PROGRAM = pathlib.Path(os.environ.get("SSO_STORE", "build/sso-store")).resolve()
NOBODY = 65534
ENDED, BROKEN = 0, 1
TIMEOUT_MS = 1500  # where nothing comes

OLD, NEW = "11" * 32, "ab" * 32
LINES = ["user=alice", "refresh_token=refresh-canary-1", "access_token=access-canary-1", "facts=groups=ops"]


def record(fields):
    """A record of `key=value` lines; a list is one line a value, and None is none."""
    lines = []
    for key, value in fields.items():
        if value is not None:
            lines += [f"{key}={item}\n" for item in (value if isinstance(value, list) else [value])]
    return ("".join(lines) + "\n").encode()


def new_id():
    return secrets.token_hex(16)


def until(condition, seconds=20):
    """Waits for something that has to come."""
    stop = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < stop, "it did not come"
        time.sleep(0.02)


class Store:
    """A running program. As root, it is started as nobody: it refuses to be root."""

    def __init__(self, uid=NOBODY, environment=None, program=PROGRAM):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        identity = {"user": uid, "group": uid, "extra_groups": []} if os.getuid() == 0 else {}
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec "$0" 3<&{theirs.fileno()}', str(program)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment or {"PATH": "/usr/bin:/bin"},
            cwd="/",
            text=True,
            **identity,
        )
        theirs.close()
        self._bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def reply(self):
        """The next record: a key to the list of its values; None at the end."""
        while b"\n\n" not in self._bytes:
            more = self.socket.recv(65536)
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

    def ask(self, **fields):
        self.socket.sendall(record(fields))
        return self.reply()

    def status(self, **fields):
        (status,) = self.ask(**fields)["status"]
        return status

    def end(self):
        """Closes the conversation and waits for the end of the process: its exit status."""
        self.socket.shutdown(socket.SHUT_WR)
        return self.process.wait(timeout=30)

    # What is asked for most.

    def get(self, session):
        return self.ask(op="get", id=session)

    def put(self, session, version=0, lines=LINES, ttl=600, **more):
        return self.ask(op="put", id=session, version=version, line=lines, ttl=ttl, **more)

    def list(self):
        ids = []
        self.socket.sendall(record({"op": "list"}))
        while True:
            reply = self.reply()
            ids += reply.get("id", [])
            if reply["more"] == ["no"]:
                return reply["status"][0], ids
