#!/usr/bin/python3
"""The provider of idp.js from Python: starting it, seeing what came in, and the person at its pages.

As a program it is the person:

    idp.py approve CA_FILE LOGIN LINK [CODE]
    idp.py refuse  CA_FILE LINK [CODE]
    idp.py answer  CA_FILE LOGIN LINK       prints the redirect address

The standard library is enough for it.
"""

import html.parser
import http.cookiejar
import json
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


class Idp:
    """A running provider. Use it as a context, or call stop()."""

    def __init__(self, directory, host="localhost", port=0, address="127.0.0.1"):
        self.dir = pathlib.Path(directory)
        self.ca = self.dir / "ca.pem"
        names = dict.fromkeys([host, "localhost", "127.0.0.1"])
        subprocess.run([HERE / "make-ca", self.dir, *names], check=True)
        self._log = open(self.dir / "idp.log", "w", encoding="utf-8")
        self._process = subprocess.Popen(
            ["node", HERE / "idp.js", self.dir, host, str(port), address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        ready = self._process.stdout.readline()
        if not ready:
            raise RuntimeError("the provider did not start: " + self.log_text())
        ready = json.loads(ready)
        self.issuer = ready["issuer"]
        self.control = ready["control"]
        self.page = ready["page"]
        self.clients = {client["id"]: client for client in ready["clients"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the provider: from now on nobody listens at its address."""
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._log.close()

    def log_text(self):
        return (self.dir / "idp.log").read_text(encoding="utf-8")

    def _ask(self, method="GET", body=None):
        request = urllib.request.Request(self.control, method=method, data=body)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as reply:
            return json.load(reply)

    def seen(self):
        """What came in: `connections`, `requests`, `failures` (TLS handshakes that broke), `settings`."""
        return self._ask()

    def requests(self, path=None):
        """The requests so far, or those for one path."""
        return [r for r in self.seen()["requests"] if path in (None, r["path"])]

    def set(self, **settings):
        """Changes settings (idp.js names them)."""
        self._ask("POST", json.dumps(settings).encode())

    def forget(self):
        """Forgets what came in."""
        self._ask("DELETE")

    def person(self):
        """Somebody with a browser of their own."""
        return Person(self.ca)


class Answered(Exception):
    """The provider sends the browser to a redirect address: the person has been here to get it."""

    def __init__(self, url):
        super().__init__("the provider answers the client")
        self.url = url


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects up to the one that carries an answer (RFC 6749 section 4.1.2)."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        names = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(newurl).query))
        if "state" in names and names.keys() & {"code", "error"}:
            raise Answered(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Refused(Exception):
    """The provider's pages did not lead where the person wanted to go."""


class _Forms(html.parser.HTMLParser):
    """The forms of a page, and its text. Buttons count as fields of the form that they name."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.text = ""
        self.cancel = None  # the link of the sign-in page
        self._by_id = {}
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append({"action": attrs.get("action"), "fields": {}, "buttons": {}})
            self._by_id[attrs.get("id")] = self.forms[-1]
        elif tag == "style":
            self._hidden = True
        elif tag == "a" and (attrs.get("href") or "").endswith("/abort"):
            self.cancel = attrs["href"]
        elif tag == "input" and self.forms and attrs.get("name"):
            self.forms[-1]["fields"][attrs["name"]] = attrs.get("value") or ""
        elif tag == "button" and attrs.get("name") and self._by_id.get(attrs.get("form")):
            self._by_id[attrs["form"]]["buttons"][attrs["name"]] = attrs.get("value") or ""

    def handle_endtag(self, tag):
        self._hidden = self._hidden and tag != "style"

    def handle_data(self, data):
        self.text += "" if self._hidden else data

    def words(self):
        """What it says, for a message."""
        return " ".join(self.text.split())[:400]


class Person:
    """A browser with cookies that walks the provider's own pages."""

    STEPS = 8  # the longest way through has six pages

    def __init__(self, ca):
        context = ssl.create_default_context(cafile=str(ca))
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            _Redirects(),
        )

    def _open(self, url, data=None):
        body = None if data is None else urllib.parse.urlencode(data).encode()
        try:
            with self._opener.open(url, body, timeout=60) as reply:
                return reply.geturl(), _Forms(reply.read().decode())
        except urllib.error.HTTPError as error:
            return error.geturl(), _Forms(error.read().decode())

    def approve(self, link, login, code=None):
        """Opens the link, types the code where it is asked for, signs in and consents."""
        self._walk(link, {"login": login, "password": "any", "user_code": code}, press=None)

    def refuse(self, link, code=None):
        """Opens the link, types the code, and presses Abort."""
        self._walk(link, {"user_code": code}, press="abort")

    def answer(self, link, login):
        """Opens the link of an authorization request, signs in and consents; returns the redirect address."""
        try:
            self._walk(link, {"login": login, "password": "any"}, press=None)
        except Answered as answered:
            return answered.url
        raise Refused("the provider did not answer the client")

    def deny(self, link):
        """Opens such a link and presses Cancel; returns the redirect address."""
        url, page = self._open(link)
        if not page.cancel:
            raise Refused(f"{url}: {page.words()}")
        try:
            self._open(urllib.parse.urljoin(url, page.cancel))
        except Answered as answered:
            return answered.url
        raise Refused("the provider did not answer the client")

    def visit(self, url):
        """Opens any address; returns the status and the page's text."""
        try:
            with self._opener.open(url, timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def _walk(self, link, answers, press):
        wanted = "interrupted" if press else "Sign-in Success"
        url, page = self._open(link)
        for _ in range(self.STEPS):
            if wanted in page.text:
                return
            if not page.forms or "incorrect" in page.text:
                break
            form = page.forms[0]
            # What the page fills in (a login hint) gives way to what the person types.
            fields = {name: answers.get(name) or value for name, value in form["fields"].items()}
            if press in form["buttons"]:
                fields[press] = form["buttons"][press]
            url, page = self._open(urllib.parse.urljoin(url, form["action"]), fields)
        raise Refused(f"{url}: {page.words()}")


def wait_until(condition, seconds=60, what="it"):
    """Returns what CONDITION does once that is true; a busy machine is given time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def main(args):
    if len(args) in (4, 5) and args[0] == "approve":
        Person(args[1]).approve(args[3], args[2], args[4] if args[4:] else None)
    elif len(args) == 4 and args[0] == "answer":
        print(Person(args[1]).answer(args[3], args[2]))
    elif len(args) in (3, 4) and args[0] == "refuse":
        Person(args[1]).refuse(args[2], args[3] if args[3:] else None)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
