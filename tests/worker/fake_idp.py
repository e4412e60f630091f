#!/usr/bin/python3
"""A small identity provider for faults: https on a loopback port, one answer a path.

The real provider of tests/idp shows that a login works. This one says what a real one does not: every
answer can be replaced by name, and every request and connection is in the journal.
"""

import base64
import collections
import hashlib
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

FRONT = pathlib.Path(__file__).resolve().parent / "http2_front.mjs"
MAKE_CA = pathlib.Path(__file__).resolve().parent.parent / "idp" / "make-ca"
DISCOVERY = "/.well-known/openid-configuration"
CLIENT = "laptop"
SUBJECT = "248289761001"

Request = collections.namedtuple("Request", "at connection method path headers form body")


class Reply:
    """An answer: a status, headers, and a body (JSON where it is no bytes). `raw` replaces all of it."""

    def __init__(self, body=b"", status=200, headers=(), raw=None):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.headers = dict(headers)
        self.raw = raw


def error(name, status=400, **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    return Reply({"error": name}, status, headers)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(header, payload, signature):
    """A compact serialisation: parts that are no bytes become JSON; SIGNATURE makes the third of the two."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload))
    signed = ".".join(b64url(part) for part in parts)
    return signed + "." + b64url(signature(signed.encode()))


class Key:
    """A signing key (ES256) as the provider has it: to sign with, and as a JWK."""

    alg = "ES256"

    def __init__(self, kid):
        self.kid = kid
        self._private = ec.generate_private_key(ec.SECP256R1())

    def jwk(self):
        numbers = self._private.public_key().public_numbers()
        x, y = (b64url(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid, "x": x, "y": y}

    def header(self):
        return {"alg": self.alg, "typ": "JWT", "kid": self.kid}

    def signature(self, signed):
        r, s = utils.decode_dss_signature(self._private.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign(self, claims):
        return jws(self.header(), claims, self.signature)


class FakeIdp:
    """Runs until stop(). `answers` maps a path to a Reply, to a list of them (one a request, the last
    for all that follow) or to a function of the request; what is not in it is answered well. `forge` makes an
    ID token of the claims that are right."""

    def __init__(self, directory, names=("localhost", "127.0.0.1")):
        self.dir = pathlib.Path(directory)
        subprocess.run([MAKE_CA, self.dir, *names], check=True)
        self.ca = self.dir / "ca.pem"
        self.key = Key("key-1")
        self.other_key = Key("key-2")
        self.server = _server(self, self.dir / "cert.pem", self.dir / "key.pem")
        self.issuer = f"https://localhost:{self.server.server_port}"
        self.reset()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self):
        self.answers = {}
        self.journal = []
        self.connections = 0
        self.sent = collections.Counter()  # bytes of the bodies, and of what is raw, by path
        self.claims = {}
        self.forge = None
        self.token_reply = {}
        self.pushed = {}
        self.codes = {}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def paths(self):
        return [request.path for request in self.journal]

    def id_token(self, key=None, **claims):
        now = int(time.time())
        access_hash = hashlib.sha256(b"access-canary").digest()[:16]
        standard = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "at_hash": b64url(access_hash),
        }
        sign = self.forge if self.forge and not key else (key or self.key).sign
        return sign({**standard, **self.claims, **claims})

    def tokens(self, **changed):
        standard = {"access_token": "access-canary", "token_type": "Bearer", "expires_in": 300}
        if "id_token" not in changed:
            changed["id_token"] = self.id_token()
        return Reply({**standard, **changed})

    def answer(self, request):
        answer = self.answers.get(request.path)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(request)
        return answer or self._good(request)

    def _good(self, request):
        good = {
            DISCOVERY: lambda: Reply(self.metadata()),
            "/device": lambda: Reply(self.grant()),
            "/token": lambda: self.redeem(request) if "code" in request.form else self.tokens(),
            "/par": lambda: self.push(request.form),
            "/jwks": lambda: Reply({"keys": [self.key.jwk()]}),
            "/userinfo": lambda: Reply({"sub": SUBJECT}),
            "/revoke": Reply,
        }
        return good[request.path]()

    def metadata(self, **changed):
        standard = {
            "issuer": self.issuer,
            "device_authorization_endpoint": self.issuer + "/device",
            "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token",
            "jwks_uri": self.issuer + "/jwks",
            "userinfo_endpoint": self.issuer + "/userinfo",
            "revocation_endpoint": self.issuer + "/revoke",
        }
        return {**standard, **changed}

    def push(self, form):
        """RFC 9126 section 2.2."""
        uri = f"urn:ietf:params:oauth:request_uri:{len(self.pushed)}"
        self.pushed[uri] = form
        return Reply({"request_uri": uri, "expires_in": 40}, 201)

    def asked(self, link):
        """What the authorization request of a link says."""
        form = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query, strict_parsing=True))
        return self.pushed.pop(form["request_uri"]) if "request_uri" in form else form

    def approve(self, link, code="code-canary", **changed):
        """Plays the browser of a person who approves: the address that it is sent back to. A parameter of the
        answer that is changed to None is left out."""
        asked = self.asked(link)
        self.codes[code] = asked
        standard = {"code": code, "state": asked["state"], "iss": self.issuer}
        answer = {key: value for key, value in {**standard, **changed}.items() if value is not None}
        separator = "&" if "?" in asked["redirect_uri"] else "?"
        return asked["redirect_uri"] + separator + urllib.parse.urlencode(answer, doseq=True)

    def redeem(self, request):
        """RFC 6749 section 4.1.3, RFC 7636 section 4.6: a code is good once, for who asked for it."""
        form = request.form
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if not asked or b64url(digest) != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return error("invalid_grant")
        return self.tokens(id_token=self.id_token(nonce=asked["nonce"]))

    def grant(self, **changed):
        standard = {
            "device_code": "device-canary",
            "user_code": "WDJB-MJHT",
            "verification_uri": self.issuer + "/device-page",
            "verification_uri_complete": self.issuer + "/device-page?user_code=WDJB-MJHT",
            "expires_in": 60,
            "interval": 1,
        }
        return {**standard, **changed}


class Http2Front:
    """Speaks HTTP/2 for a FakeIdp, whose issuer it becomes, until stop()."""

    def __init__(self, idp):
        command = ["node", FRONT, idp.dir, str(idp.server.server_port)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.idp, self.issuer = idp, idp.issuer
        idp.issuer = f"https://localhost:{self.process.stdout.readline().strip()}"

    def counted(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.idp.issuer = self.issuer
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def _server(idp, cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def get_request(self):
            connection, address = super().get_request()
            idp.connections += 1
            return connection, address

        def finish_request(self, request, client_address):
            request.settimeout(30)
            with context.wrap_socket(request, server_side=True) as tls:
                super().finish_request(tls, client_address)

        def handle_error(self, request, client_address):
            """Connections that break are what these tests are about."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self):
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            form = dict(urllib.parse.parse_qsl(body.decode()))
            request = Request(
                time.monotonic(), self.client_address[1], self.command, self.path, self.headers, form, body
            )
            idp.journal.append(request)
            self.send(idp.answer(request))

        do_POST = do_GET

        def send(self, reply):
            if reply.raw is not None:
                for chunk in reply.raw:
                    self.wfile.write(chunk)
                    self.wfile.flush()
                    idp.sent[self.path] += len(chunk)
                self.close_connection = True
                return
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(reply.body))}
            for name, value in {**headers, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            idp.sent[self.path] += len(reply.body)

        def log_message(self, format, *args):
            """The journal has it."""

    return Server(("127.0.0.1", 0), Handler)
