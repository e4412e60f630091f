#!/usr/bin/python3
"""A real server, Redis or Valkey, with TLS, an ACL user for the store and one for the test."""

import pathlib
import shutil
import socket
import subprocess
import time

from store import Store

MAKE_CA = pathlib.Path(__file__).resolve().parent.parent / "idp" / "make-ca"
PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")
PASSWORD = "store-password-canary"
RULES = "~pam_sso:* -@all +auth +select +get +set +del +scan +watch +unwatch +multi +exec"
CONFIG = """
bind 127.0.0.1
port {port}
tls-port {tls_port}
tls-cert-file {dir}/cert.pem
tls-key-file {dir}/key.pem
tls-auth-clients no
dir {dir}
save ""
user default off
user admin on >admin ~* &* +@all
user sso on >{password} resetchannels {rules}
user reader on >{password} resetchannels ~pam_sso:* -@all +auth +select +get
"""


class ServerError(Exception):
    """What the server says is wrong."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Connection:
    """The test's own connection: commands as words, replies as Python has them."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.settimeout(30)
        self._file = self._socket.makefile("rb")

    def close(self):
        self._file.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def say(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        parts = [b"*%d\r\n" % len(words)] + [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
        self._socket.sendall(b"".join(parts))

    def hear(self):
        line = self._file.readline()
        kind, rest = line[:1], line[1:].strip()
        if kind == b"-":
            raise ServerError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.hear() for _ in range(int(rest))]
        assert kind == b"+", line
        return rest

    def __call__(self, *words):
        self.say(*words)
        return self.hear()


class Server:
    def __init__(self, directory, names=("127.0.0.1", "localhost")):
        self.dir = pathlib.Path(directory)
        subprocess.run([MAKE_CA, self.dir, *names], check=True)
        self.ca = self.dir / "ca.pem"
        self.port, self.tls_port = free_port(), free_port()
        config = CONFIG.format(port=self.port, tls_port=self.tls_port, dir=self.dir, password=PASSWORD, rules=RULES)
        (self.dir / "server.conf").write_text(config)
        self.start()

    def start(self):
        with open(self.dir / "server.log", "ab") as log:
            self._process = subprocess.Popen([PROGRAM, self.dir / "server.conf"], stdout=log, stderr=log)
        end = time.monotonic() + 30
        while True:
            try:
                with self.admin() as admin:
                    admin("PING")
                return
            except (ConnectionError, ServerError):
                assert time.monotonic() < end, (self.dir / "server.log").read_text()
                time.sleep(0.05)

    def stop(self):
        self._process.kill()
        self._process.wait()

    def signal(self, number):
        self._process.send_signal(number)

    def admin(self):
        connection = Connection(self.port)
        connection("AUTH", "admin", "admin")
        return connection

    @property
    def url(self):
        return f"rediss://127.0.0.1:{self.tls_port}/0"

    @property
    def plain_url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def opening(self, keys, **changed):
        """What opens this store; a field that is changed to None is left out."""
        standard = {"op": "open", "url": self.url, "user": "sso", "password": PASSWORD, "ca_file": self.ca,
                    "key": keys, "timeout": 20_000}
        return {**standard, **changed}

    def open(self, *keys, **changed):
        store = Store()
        reply = store.ask(**self.opening(list(keys), **changed))
        assert reply["status"] == ["ok"], reply
        return store

    def names(self, kind="*"):
        with self.admin() as admin:
            return sorted(admin("KEYS", f"pam_sso:{kind}:*"))
