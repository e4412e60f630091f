"""A fake of Redis that answers nonsense: no server of anybody's says these, so no real one can be made to."""

import contextlib
import socket
import ssl
import threading

# By name: what it says to whatever it is told.
LIES = {
    "words": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "yes": b"+OK\r\n",
    "number": b":1\r\n",
    "huge": b"$536870912\r\n" + b"x" * (8 << 20),
    "deep": b"*1\r\n" * 100_000,
    "error": b"-ERR \x1b]0;no\x07 such thing\r\n",
    "end": None,  # hangs up
    "silence": b"",  # and listens on
}


class Liar:
    """Listens with a certificate that is right, and lies."""

    def __init__(self, certificates, lie):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
        self._lie = LIES[lie]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = True
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def close(self):
        """Ends it: nobody listens any more."""
        self._open = False
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()

    def _accept(self):
        while self._open:
            client, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError), self._context.wrap_socket(client, server_side=True) as stream:
            while stream.recv(65536) and self._lie is not None:
                stream.sendall(self._lie)
