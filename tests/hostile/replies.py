"""Replies that are no answer, by name and endpoint: what the provider says, and what comes of it.

A row is the verdict, the reason and the reply, or a function of the provider that makes it. Nothing behind the
endpoint is asked any more.
"""

import itertools
import json
import time

from fake_idp import SUBJECT, Reply, error
from play import DENIED, NOT_AVAILABLE

EVIL = "https://evil.example"
MIB = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def endless(first=HEAD + b"\r\n{\"x\":\"", chunk=b"x" * 65536):
    """Goes on until the other side has had enough, up to a gigabyte."""
    return Reply(raw=Forever(first, chunk))


class Forever:
    """Begins anew for each request."""

    def __init__(self, first, chunk, pause=0):
        self._first, self._chunk, self._pause = first, chunk, pause

    def __iter__(self):
        yield self._first
        for _ in itertools.repeat(None, (1 << 30) // len(self._chunk)):
            time.sleep(self._pause)
            yield self._chunk


def drip():
    """One byte a second."""
    return Reply(raw=Forever(HEAD + b"\r\n", b" ", 1))


def announced():
    """A gigabyte, by its own word."""
    return Reply(raw=Forever(HEAD + b"Content-Length: 1073741824\r\n\r\n", b"x" * 65536))


def chunked():
    """No length at all."""
    return endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n")


def doubled(name, value=None):
    """The right document with one member twice."""
    def reply(document):
        return Reply(b"{" + json.dumps(name).encode() + b":" + json.dumps(value).encode() + b"," + text(document)[1:])
    return reply


def text(document):
    return json.dumps(document).encode()


# What is wrong with any document, wherever it stands: made of the right one.
DOCUMENTS = {
    "html": lambda document: Reply(b"<html><title>Sign in</title></html>", headers={"Content-Type": "text/html"}),
    "empty": lambda document: Reply(b""),
    "null": lambda document: Reply(b"null"),
    "list": lambda document: Reply([document]),
    "utf-16": lambda document: Reply(json.dumps(document).encode("utf-16")),
    "byte-order-mark": lambda document: Reply(b"\xef\xbb\xbf" + text(document)),
    "text-behind": lambda document: Reply(text(document) + b"{}"),
    "nul-behind": lambda document: Reply(text(document) + b"\0"),
    "cut-in-the-json": lambda document: Reply(text(document)[:-1]),
    "not-utf-8": lambda document: Reply(text({**document, "x": 1})[:-1] + b',"y":"\xff"}'),
    "nul-in-a-string": lambda document: Reply({**document, "x": "a\0b"}),
    "raw-control": lambda document: Reply(text(document)[:-1] + b',"x":"\x1b"}'),
    "deep": lambda document: Reply(text(document)[:-1] + b',"x":' + b"[" * 17 + b"]" * 17 + b"}"),
    "1e400": lambda document: Reply(text(document)[:-1] + b',"x":1e400}'),
    "member-twice": lambda document: Reply(text(document)[:-1] + b',"x":1,"x":1}'),
    "status-204": lambda document: Reply(b"", 204),
    "status-206": lambda document: Reply(document, 206),
    "compressed": lambda document: Reply(b"\x1f\x8b\x08\0" + b"x" * 20, headers={"Content-Encoding": "gzip"}),
}

# What is wrong with a connection, or with what is said of it; the same everywhere.
WIRE = {
    "redirect-301": (NOT_AVAILABLE, "redirect", Reply(status=301, headers={"Location": "/trap"})),
    "redirect-302": (NOT_AVAILABLE, "redirect", Reply(status=302, headers={"Location": "/trap"})),
    "redirect-307": (NOT_AVAILABLE, "redirect", Reply(status=307, headers={"Location": "/trap"})),
    "redirect-308": (NOT_AVAILABLE, "redirect", Reply(status=308, headers={"Location": "/trap"})),
    "redirect-to-a-file": (NOT_AVAILABLE, "redirect", Reply(status=302, headers={"Location": "file:///etc/passwd"})),
    "endless-body": (NOT_AVAILABLE, "reply-size", endless()),
    "endless-chunks": (NOT_AVAILABLE, "reply-size", chunked()),
    "gigabyte-announced": (NOT_AVAILABLE, "reply-size", announced()),
    "endless-header": (NOT_AVAILABLE, "reply-size", endless(HEAD + b"X-H: ", b"y" * 65536)),
    "endless-headers": (NOT_AVAILABLE, "reply-size", endless(HEAD, b"X-H: y\r\n" * 8192)),
    "ten-thousand-headers": (NOT_AVAILABLE, "reply-size", Reply(raw=[HEAD] + [b"X-H: y\r\n"] * 10000 + [b"\r\n{}"])),
    "no-http": (NOT_AVAILABLE, "reply-form", Reply(raw=[b"SSH-2.0-OpenSSH_9.2\r\n"])),
}

# Of these a poll is repeated; anywhere else they are the end.
BROKEN = {
    "cut-off": (NOT_AVAILABLE, "unreachable", Reply(raw=[HEAD + b"Content-Length: 500\r\n\r\n{"])),
    "silence": (NOT_AVAILABLE, "unreachable", Reply(raw=[])),
    "one-byte-a-second": (NOT_AVAILABLE, "unreachable", drip()),
}


def documents(verdict, reason, right, **others):
    """DOCUMENTS at an endpoint whose right answer RIGHT makes; OTHERS have a verdict of their own."""
    rows = {}
    for name, wrong in DOCUMENTS.items():
        rows[name] = (verdict, reason, lambda idp, wrong=wrong: wrong(right(idp)))
    for name, row in others.items():
        rows[name.replace("_", "-")] = (*row, rows[name.replace("_", "-")][2])
    return rows


def metadata(**changes):
    """The discovery document with changes; None takes a member out."""
    def reply(idp):
        return Reply({name: value for name, value in idp.metadata(**changes).items() if value is not None})
    return reply


# What whoever signed in can have brought about, with a code that was pasted or with what the account holds.
BY_THE_PERSON = {"redirect", "reply-size", "reply-form", "idp-error"}


def at_sign_in(path, verdict, reason):
    """What comes of a row in a sign-in: its own verdict and reason, unless it is the person's doing."""
    if path in ("/token", "/userinfo") and reason in BY_THE_PERSON:
        return DENIED, "access-denied"
    return verdict, reason


def unavailable(reason, rows):
    return {name: (NOT_AVAILABLE, reason, reply) for name, reply in rows.items()}


ENDPOINTS = ("device_authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")

DISCOVERY_REPLIES = {
    **WIRE,
    **BROKEN,
    **documents(NOT_AVAILABLE, "discovery", lambda idp: idp.metadata()),
    **unavailable("discovery", {
        "status-404": Reply(status=404),
        "status-500": Reply(status=500),
        "issuer-other": metadata(issuer=EVIL),
        "issuer-missing": metadata(issuer=None),
        "issuer-list": lambda idp: Reply(idp.metadata(issuer=[idp.issuer])),
        "issuer-with-a-slash": lambda idp: Reply(idp.metadata(issuer=idp.issuer + "/")),
        "issuer-in-capitals": lambda idp: Reply(idp.metadata(issuer=idp.issuer.replace("localhost", "LOCALHOST"))),
        "issuer-template": metadata(issuer="https://localhost/{tenantid}/v2.0"),
        "issuer-twice": lambda idp: doubled("issuer", EVIL)(idp.metadata()),
        "token-endpoint-missing": metadata(token_endpoint=None),
        "jwks-uri-missing": metadata(jwks_uri=None),
        **{f"{name}-of-http": metadata(**{name: "http://localhost/"}) for name in ENDPOINTS},
        **{f"{name}-of-a-file": metadata(**{name: "file:///etc/passwd"}) for name in ENDPOINTS},
        **{f"{name}-with-userinfo": metadata(**{name: "https://user:word@localhost/"}) for name in ENDPOINTS},
        "endpoint-with-a-line-end": metadata(token_endpoint="https://localhost/\r\nHost: evil"),
        "endpoint-number": metadata(token_endpoint=1),
        "endpoint-not-ascii": metadata(token_endpoint="https://l\u043ecalhost/"),
    }),
    "no-device-endpoint": (NOT_AVAILABLE, "no-device-flow", metadata(device_authorization_endpoint=None)),
}


def grant(**changes):
    """The device authorization reply with changes; None takes a member out."""
    def reply(idp):
        return Reply({name: value for name, value in idp.grant(**changes).items() if value is not None})
    return reply


def both_links(link):
    return grant(verification_uri=link, verification_uri_complete=link)


DEVICE_REPLIES = {
    **WIRE,
    **BROKEN,
    **documents(NOT_AVAILABLE, "reply-form", lambda idp: idp.grant()),
    **unavailable("reply-form", {
        "grant-with-an-error": grant(error="access_denied"),
        "grant-with-status-400": lambda idp: Reply(idp.grant(), 400),
        "device-code-missing": grant(device_code=None),
        "device-code-empty": grant(device_code=""),
        "device-code-number": grant(device_code=1),
        "device-code-with-a-line-end": grant(device_code="a\r\nX-Evil: 1"),
        "device-code-with-a-space": grant(device_code="a b"),
        "device-code-not-ascii": grant(device_code="\u00e9"),
        "user-code-missing": grant(user_code=None),
        "user-code-empty": grant(user_code=""),
        "user-code-long": grant(user_code="A" * 41),
        "user-code-escape-sequence": grant(user_code="\x1b]52;c;ZXZpbA==\x07"),
        "user-code-two-lines": grant(user_code="ABCD\r\nPassword:"),
        "user-code-turning": grant(user_code="ABCD\u202eDCBA"),
        "link-missing": grant(verification_uri=None),
        "link-http": both_links("http://localhost/"),
        "link-javascript": both_links("javascript:alert(1)"),
        "link-file": both_links("file:///etc/passwd"),
        "link-without-a-host": both_links("https:///device"),
        "link-with-userinfo": both_links("https://idp.example@evil.example/"),
        "link-escape-sequence": both_links("https://localhost/\x1b[2J"),
        "link-two-lines": both_links("https://localhost/\r\nhttps://evil.example/"),
        "link-with-a-space": both_links("https://localhost/ evil"),
        "link-for-a-shell": both_links("https://localhost/`id`"),
        "link-not-ascii": both_links("https://l\u043ecalhost/"),
        "link-of-513-bytes": both_links("https://localhost/" + "x" * 495),
        "complete-link-http": grant(verification_uri_complete="http://localhost/"),
        "expires-in-missing": grant(expires_in=None),
        "expires-in-zero": grant(expires_in=0),
        "expires-in-negative": grant(expires_in=-60),
        "expires-in-string": grant(expires_in="60"),
        "expires-in-1e20": grant(expires_in=1e20),
        "interval-string": grant(interval="1"),
        "interval-fraction": grant(interval=0.1),
        "interval-true": grant(interval=True),
        "interval-beyond-the-code": grant(interval=10**9),
        "interval-null": lambda idp: Reply(idp.grant(interval=None)),
    }),
    "invalid-client": (NOT_AVAILABLE, "client-refused", error("invalid_client", 401)),
    "unauthorized-client": (NOT_AVAILABLE, "client-refused", error("unauthorized_client")),
    "status-404": (NOT_AVAILABLE, "no-device-flow", Reply(status=404)),
    "status-429": (DENIED, "too-many", Reply(status=429)),
    "quota": (DENIED, "too-many", Reply({"error_code": "rate_limit_exceeded"}, 403)),
    "slow-down": (DENIED, "too-many", Reply({"error": "slow_down"}, 400)),
    "status-503": (NOT_AVAILABLE, "idp-error", Reply(status=503)),
    "access-denied": (NOT_AVAILABLE, "idp-error", error("access_denied")),
    "unknown-error": (NOT_AVAILABLE, "idp-error", error("out_of_cheese")),
}

SETS = {
    **WIRE,
    **BROKEN,
    **documents(NOT_AVAILABLE, "keys", lambda idp: {"keys": [idp.key.jwk()]}),
    **unavailable("keys", {
        "status-503": Reply(status=503),
        "status-404": Reply(status=404),
        "no-set": lambda idp: Reply(idp.key.jwk()),
        "keys-object": lambda idp: Reply({"keys": idp.key.jwk()}),
        "keys-string": Reply({"keys": "key-1"}),
        "keys-twice": lambda idp: doubled("keys", [])({"keys": [idp.key.jwk()]}),
    }),
}


def tokens(**changes):
    """The token reply with changes; None takes a member out."""
    def reply(idp):
        right = json.loads(idp.tokens().body)
        return Reply({name: value for name, value in {**right, **changes}.items() if value is not None})
    return reply


def status(number):
    return lambda idp: Reply(json.loads(idp.tokens().body), number)


TOKEN_REPLIES = {
    **WIRE,
    **documents(NOT_AVAILABLE, "reply-form", lambda idp: json.loads(idp.tokens().body)),
    **unavailable("reply-form", {
        "token-type-missing": tokens(token_type=None),
        "token-type-dpop": tokens(token_type="DPoP"),
        "token-type-mac": tokens(token_type="mac"),
        "token-type-list": tokens(token_type=["Bearer"]),
        "token-type-and-a-space": tokens(token_type="Bearer "),
        "token-type-twice": lambda idp: doubled("token_type", "DPoP")(json.loads(idp.tokens().body)),
        "success-with-an-error": tokens(error="access_denied"),
        "success-with-status-400": status(400),
        "success-with-status-201": status(201),
        "success-with-status-401": status(401),
        "success-with-status-503": status(503),
        "error-with-status-200": error("authorization_pending", 200),
        "access-token-missing": tokens(access_token=None),
        "access-token-empty": tokens(access_token=""),
        "access-token-number": tokens(access_token=1),
        "access-token-with-a-line-end": tokens(access_token="a\r\nX-Evil: 1"),
        "access-token-with-a-nul": tokens(access_token="a\0b"),
        "access-token-with-a-space": tokens(access_token="a b"),
        "access-token-not-ascii": tokens(access_token="\u00e9"),
        "refresh-token-with-a-line-end": tokens(refresh_token="a\r\nb"),
        "id-token-with-a-line-end": tokens(id_token="a.b.c\r\n"),
        "form-encoded": Reply(b"access_token=a&token_type=Bearer"),
        "status-404": Reply(b"<html>", 404),
    }),
    "id-token-missing": (DENIED, "token-missing", tokens(id_token=None)),
    "id-token-null": (
        NOT_AVAILABLE, "reply-form", lambda idp: Reply({**json.loads(idp.tokens().body), "id_token": None})),
    "id-token-words": (DENIED, "token-form", tokens(id_token="none")),
    "access-denied": (DENIED, "access-denied", error("access_denied")),
    "access-denied-with-status-403": (DENIED, "access-denied", error("access_denied", 403)),
    "authorization-declined": (DENIED, "access-denied", error("authorization_declined")),
    "expired-token": (DENIED, "expired", error("expired_token")),
    "invalid-grant": (DENIED, "expired", error("invalid_grant")),
    "invalid-client": (NOT_AVAILABLE, "client-refused", error("invalid_client", 401)),
    "unknown-error": (NOT_AVAILABLE, "idp-error", error("out_of_cheese")),
}


def userinfo(**changes):
    return Reply({name: value for name, value in {"sub": SUBJECT, **changes}.items() if value is not None})


def signed_userinfo(idp):
    return Reply(idp.key.sign({"sub": SUBJECT}).encode(), headers={"Content-Type": "application/jwt"})


def denied(reason, rows):
    return {name: (DENIED, reason, reply) for name, reply in rows.items()}


USERINFO_REPLIES = {
    **WIRE,
    **BROKEN,
    **documents(DENIED, "userinfo", lambda idp: {"sub": SUBJECT}),
    **denied("userinfo", {
        "sub-other": userinfo(sub="admin"),
        "sub-missing": userinfo(sub=None),
        "sub-null": Reply({"sub": None}),
        "sub-empty": userinfo(sub=""),
        "sub-number": Reply({"sub": int(SUBJECT)}),
        "sub-list": userinfo(sub=[SUBJECT]),
        "sub-and-a-space": userinfo(sub=SUBJECT + " "),
        "SUB-in-its-place": Reply({"SUB": SUBJECT}),
        "sub-twice": lambda idp: doubled("sub", "admin")({"sub": SUBJECT}),
        "status-401": Reply({"sub": SUBJECT}, 401),
        "status-500": Reply({"sub": SUBJECT}, 500),
        "a-signed-one": signed_userinfo,
    }),
}
