#!/usr/bin/python3
"""A fake Redis for faults: it answers commands well, as an empty store, unless told otherwise."""

import socket
import ssl
import threading

OK, NIL, QUEUED = b"+OK\r\n", b"$-1\r\n", b"+QUEUED\r\n"
HANG = object()  # never answers
CLOSE = object()  # hangs up

WELL = {b"GET": NIL, b"DEL": b":0\r\n", b"SCAN": b"*2\r\n$1\r\n0\r\n*0\r\n"}


class FakeRedis:
    """Runs until stop(). `answers` maps a command to bytes, to HANG, CLOSE, to an iterator of bytes
    (and CLOSE), or to a function of its words that gives one of them; `heard` has all commands."""

    def __init__(self, context=None):
        self.answers = {}
        self.heard = []
        self.connections = 0
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        try:
            with self._context.wrap_socket(client, server_side=True) if self._context else client as stream:
                file = stream.makefile("rb")
                while words := self._command(file):
                    self.heard.append(words)
                    if not self._answer(stream, words):
                        return
        except (OSError, ssl.SSLError):
            """The program hung up, as it may."""

    @staticmethod
    def _command(file):
        header = file.readline()
        if not header.startswith(b"*"):
            return None
        return [file.read(int(file.readline()[1:]) + 2)[:-2] for _ in range(int(header[1:]))]

    def _answer(self, stream, words):
        answer = self.answers.get(words[0], WELL.get(words[0], OK))
        if callable(answer):
            answer = answer(words)
        if answer is HANG:
            self._stopped.wait()
        if answer in (HANG, CLOSE):
            return False
        for part in [answer] if isinstance(answer, bytes) else answer:
            if part is CLOSE:
                return False
            stream.sendall(part)
        return True
