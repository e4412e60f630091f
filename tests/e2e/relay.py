#!/usr/bin/python3
"""Passes TCP connections on.

    relay.py ADDRESS PORT TO_ADDRESS TO_PORT

As a class it can be stalled: then connections are taken, and nothing is passed on any more.
"""

import contextlib
import socket
import sys
import threading


class Relay:
    """Passes on what comes to a listening socket, until the program ends."""

    def __init__(self, listener, target):
        self.address = listener.getsockname()
        self._listener = listener
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self):
        self._flows.clear()

    def flow(self):
        self._flows.set()

    def _accept(self):
        while True:
            near, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=[near], daemon=True).start()

    def _serve(self, near):
        self._flows.wait()
        with near, contextlib.suppress(OSError), socket.create_connection(self._target) as far:
            back = threading.Thread(target=self._pass, args=[far, near], daemon=True)
            back.start()
            self._pass(near, far)
            back.join()

    def _pass(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def main(address, port, to_address, to_port):
    Relay(socket.create_server((address, int(port))), (to_address, int(to_port)))
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
