"""A real Redis or Valkey, whichever is there, as docs/fleet.md sets one up, and who asks it as its operator."""

import pathlib
import re
import shutil
import socket
import subprocess

from world import PROJECT, run, wait_until, write

NAME = "redis.test"
USER = "pam_sso"
PASSWORD = "not-secret-a-test"
SERVERS = ("valkey-server", "redis-server")

# What sso-store may ask, as the page that sets one up has it.
RIGHTS = re.search(r"user pam_sso on #\S+ (.+)", (PROJECT / "docs/fleet.md").read_text(encoding="utf-8"))[1]


class Redis:
    """A running server. FILES keeps its certificate from one start to the next; its memory it loses."""

    def __init__(self, files, address="0.0.0.0", port=6380):
        self.files = pathlib.Path(files)
        self.port = port
        self.address = address
        self.url = f"rediss://{NAME}:{port}/0"
        self.ca = self.files / "ca.pem"
        self.files.mkdir(parents=True, exist_ok=True)
        self._process = None
        run(PROJECT / "tests/idp/make-ca", self.files, NAME)
        self.start()

    def start(self, rights=RIGHTS, password=PASSWORD, **settings):
        settings = {
            "port": 0,
            "tls-port": self.port,
            "bind": self.address,
            "tls-cert-file": self.files / "cert.pem",
            "tls-key-file": self.files / "key.pem",
            "tls-ca-cert-file": self.ca,
            "tls-auth-clients": "no",
            "save": '""',
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "unixsocket": self.files / "operator",
            "unixsocketperm": "700",
            "dir": self.files,
            "aclfile": write(
                self.files / "users.acl",
                f"user default off\nuser operator on nopass ~* &* +@all\n"
                f"user {USER} on >{password} {rights}\n",
            ),
            **settings,
        }
        config = write(self.files / "server.conf", "".join(f"{key} {value}\n" for key, value in settings.items()))
        server = next(filter(None, map(shutil.which, SERVERS)))
        log = open(self.files / "server.log", "ab")
        self._process = subprocess.Popen([server, config], stdout=log, stderr=log)
        wait_until(self._answers, what="the store's start")

    def close(self):
        """Ends it, with all that it held."""
        self._process.kill()
        self._process.wait()

    def restart(self, **settings):
        self.close()
        self.start(**settings)

    def _answers(self):
        try:
            return self.ask("PING") == b"PONG"
        except OSError:
            return False

    def ask(self, *words):
        """What its operator is told: bytes, numbers, lists of them, None; an error is an exception."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.files / "operator"))
            stream = connection.makefile("rwb")
            self._command(stream, "AUTH", "operator", "any")
            return self._command(stream, *words)

    def _command(self, stream, *words):
        stream.write(b"*%d\r\n" % len(words))
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            stream.write(b"$%d\r\n%s\r\n" % (len(word), word))
        stream.flush()
        return self._reply(stream)

    def _reply(self, stream):
        """One reply of its protocol, RESP2."""
        line = stream.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._reply(stream) for _ in range(int(rest))]
        raise OSError(f"the store said {line}")

    def dump(self):
        """All that it holds: each value by its key, as a list of the bytes in it."""
        read = {b"string": ["GET"], b"hash": ["HGETALL"], b"set": ["SMEMBERS"], b"zset": ["ZRANGE", 0, -1]}
        held = {}
        for key in self.ask("KEYS", "*"):
            command, *rest = read[self.ask("TYPE", key)]
            value = self.ask(command, key, *rest)
            held[key] = value if isinstance(value, list) else [value]
        return held
