"""conf/www/callback.html in a browser, given out by a server that notes each request."""

import functools
import http.server
import threading
import urllib.parse

import pytest
from chromium import Chromium
from policy import PAGE


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the page, and with the headers that docs/flows.md asks for."""

    def __init__(self, noted, *arguments):
        self.noted = noted
        super().__init__(*arguments)

    def do_GET(self):
        self.noted.append(self.path)
        text = PAGE.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Content-Security-Policy", "frame-ancestors 'none'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        self.noted.append(self.command)
        self.send_error(405)

    def log_message(self, *_):
        pass


class Site:
    """The web server at the redirect address. `noted` has the paths asked for, with their queries."""

    def __init__(self):
        self.noted = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, self.noted))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/callback.html"

    def redirect(self, *pairs, **parameters):
        """The redirect address of an answer."""
        return f"{self.address}?{urllib.parse.urlencode([*pairs, *parameters.items()])}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def server():
    site = Site()
    yield site
    site.stop()


@pytest.fixture
def site(server):
    """The server, with nothing noted yet."""
    server.noted.clear()
    return server


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium):
    """Chromium, as new; whatever a test does, the page has nothing to complain about."""
    chromium.reset()
    yield chromium
    assert chromium.complaints() == []
