"""ID tokens that nobody is let in by, by name: how the token is made, and why it is refused.

A row is the reason, the maker (forge.py) and, where it matters, the keys that the provider publishes and what else
the request says. All are denied: the person is not let in, and asking again is of no use.
"""

import json
import time

from cryptography.hazmat.primitives.asymmetric import ec
from fake_idp import CLIENT, Key, b64url, jws
from forge import (EdKey, Hmac, RsaKey, Secp256k1Key, ago, claims, doubled, good, header, null, number, parts,
                   raw_claims, raw_header, signature, signed_by, text)

EVIL = "https://evil.example"
DAY = 86400
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

RSA = RsaKey("rsa-1")
PSS = RsaKey("pss-1", "PS256")
SHORT = RsaKey("rsa-short", bits=1024)
CUBE = RsaKey("rsa-3", exponent=3)
ED = EdKey("ed-1")
STRANGE = Secp256k1Key("key-1")
MALLORY = Key("mallory")
P384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()


def only(*keys):
    """The provider publishes these keys, and signs with the first."""
    return lambda idp: (keys[0], [key.jwk() for key in keys])


def published(key, *jwks):
    """The provider signs with KEY, and publishes these JWKs."""
    return lambda idp: (key, list(jwks))


def beside(**changes):
    """Its usual key, published with these members changed."""
    def keys(idp):
        jwk = {**idp.key.jwk(), **changes}
        return idp.key, [{name: value for name, value in jwk.items() if value is not None}]
    return keys


def both(*changes):
    """Its usual key, and the same again with changes."""
    return lambda idp: (idp.key, [idp.key.jwk(), *({**idp.key.jwk(), **change} for change in changes)])


def unsigned(**changes):
    return lambda key, right: jws({**key.header(), **changes}, right, lambda signed: b"")


def flip_last(token):
    """A bit that the encoding leaves over: the same bytes under another spelling."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def halves(r=None, s=None):
    """ECDSA's two numbers, one of them replaced."""
    def change(signed):
        first, second = signed[:32], signed[32:]
        return (first if r is None else r.to_bytes(32, "big")) + (second if s is None else s.to_bytes(32, "big"))
    return signature(change)


def der(signed):
    """The same signature as X.509 has it."""
    def integer(half):
        half = half.lstrip(b"\0")
        half = b"\0" + half if half[0] > 127 else half
        return b"\2" + bytes([len(half)]) + half
    body = integer(signed[:32]) + integer(signed[32:])
    return b"\x30" + bytes([len(body)]) + body


def serialisation(protected, payload, signed):
    """RFC 7515 section 7.2.2."""
    return json.dumps({"protected": protected, "payload": payload, "signature": signed}).replace(" ", "")


def padded(size):
    """Claims that make the token longer than SIZE."""
    return claims(padding="x" * size)


SPELLINGS = ["none", "None", "NONE", "nOnE", "none ", ""]
HMACS = ["HS256", "HS384", "HS512"]
STRANGE_ALGS = ["es256", "Es256", "ES256K", "RS1", "A128KW", "dir", "ES256 "]

FORM = "token-form"
ALG = "token-alg"
KEY = "token-key"
UNKNOWN = "token-key-unknown"
SIGNATURE = "token-signature"
TIME = "token-time"
AUDIENCE = "token-audience"

HEADERS = {
    **{f"alg-{spelling!r}": (ALG, header(alg=spelling)) for spelling in SPELLINGS},
    **{f"alg-{spelling!r}-unsigned": (FORM, unsigned(alg=spelling)) for spelling in SPELLINGS},
    **{f"alg-{name}-by-the-public-key": (ALG, signed_by(Hmac(RSA.pem()), alg=name), only(RSA)) for name in HMACS},
    **{f"alg-{name!r}": (ALG, header(alg=name)) for name in STRANGE_ALGS},
    "alg-missing": (ALG, header(alg=None)),
    "alg-null": (ALG, raw_header(b'{"alg":null,"kid":"KID"}')),
    "alg-number": (ALG, header(alg=256)),
    "alg-list": (ALG, header(alg=["ES256"])),
    "alg-object": (ALG, header(alg={"name": "ES256"})),
    "alg-in-capitals": (ALG, raw_header(b'{"ALG":"ES256","kid":"KID"}')),
    "alg-with-a-nul": (FORM, header(alg="ES256\0")),
    "alg-twice": (FORM, raw_header(b'{"alg":"none","alg":"ES256","kid":"KID"}')),
    "alg-not-listed": (ALG, good, only(RsaKey("rsa-512", "RS512"))),
    "alg-of-another-family": (KEY, header(alg="RS256")),
    "alg-not-the-keys": (KEY, header(alg="RS256"), published(PSS, PSS.jwk())),
    "crit": (FORM, header(crit=["exp"])),
    "crit-empty": (FORM, header(crit=[])),
    "b64": (FORM, header(b64=False, crit=["b64"])),
    "b64-alone": (FORM, header(b64=True)),
    "zip": (FORM, header(zip="DEF")),
    "enc": (FORM, header(enc="A128GCM")),
    "typ-access-token": ("token-type", header(typ="at+jwt")),
    "typ-logout-token": ("token-type", header(typ="logout+jwt")),
    "typ-number": (FORM, header(typ=1)),
    "kid-not-in-the-set": (UNKNOWN, header(kid="elsewhere")),
    "kid-of-a-path": (UNKNOWN, header(kid="../../../../dev/null")),
    "kid-of-sql": (UNKNOWN, header(kid="' UNION SELECT 'secret")),
    "kid-in-other-letters": (UNKNOWN, header(kid="KEY-1")),
    "kid-number": (FORM, header(kid=1)),
    "kid-empty": (UNKNOWN, header(kid="")),
    "kid-too-long": (FORM, header(kid="k" * 257)),
    "kid-of-two-keys": (UNKNOWN, good, both({})),
    "kid-of-an-unusable-key-too": (UNKNOWN, good, both({"use": "enc"})),
    "no-kid-and-five-keys": (KEY, header(kid=None), both(*({"kid": f"key-{n}"} for n in range(2, 6)))),
    "no-kid-and-no-key-that-fits": (UNKNOWN, header(kid=None), published(RSA, MALLORY.jwk())),
    "jwk-of-mallory": (SIGNATURE, signed_by(MALLORY, jwk=MALLORY.jwk())),
    "jwk-of-mallory-without-kid": (SIGNATURE, signed_by(MALLORY, kid=None, jwk=MALLORY.jwk())),
    "jku-of-mallory": (SIGNATURE, signed_by(MALLORY, jku=EVIL + "/keys")),
    "x5u-of-mallory": (SIGNATURE, signed_by(MALLORY, x5u=EVIL + "/cert.pem")),
    "x5c-of-mallory": (SIGNATURE, signed_by(MALLORY, x5c=["MIIB"])),
    "header-list": (FORM, raw_header(b'["alg","ES256"]')),
    "header-empty": (ALG, raw_header(b"{}")),
    "header-text-behind": (FORM, raw_header(b'{"alg":"ES256","kid":"KID"} {}')),
    "header-not-utf-8": (FORM, raw_header(b'{"alg":"ES256","kid":"KID","x":"\xff"}')),
    "header-byte-order-mark": (FORM, raw_header(b'\xef\xbb\xbf{"alg":"ES256","kid":"KID"}')),
    "header-deep": (FORM, raw_header(b'{"alg":"ES256","kid":"KID","x":' + b"[" * 17 + b"]" * 17 + b"}")),
}

PARTS = {
    "one-part": (FORM, parts(lambda a, b, c: a)),
    "two-parts": (FORM, parts(lambda a, b, c: f"{a}.{b}")),
    "four-parts": (FORM, parts(lambda a, b, c: f"{a}.{b}.{c}.{c}")),
    "five-parts": (FORM, parts(lambda a, b, c: f"{a}..{b}.{c}.{c}")),
    "six-parts": (FORM, parts(lambda a, b, c: f"{a}.{b}.{c}.{a}.{b}.{c}")),
    "no-header": (FORM, parts(lambda a, b, c: f".{b}.{c}")),
    "no-payload": (FORM, parts(lambda a, b, c: f"{a}..{c}")),
    "no-signature": (FORM, parts(lambda a, b, c: f"{a}.{b}.")),
    "json-serialisation": (FORM, parts(serialisation)),
    "dot-behind": (FORM, text(lambda token: token + ".")),
    "padding": (FORM, text(lambda token: token + "==")),
    "plus-and-slash": (FORM, parts(lambda a, b, c: f"{a}.{b}." + "+/" * 43)),
    "impossible-length": (FORM, parts(lambda a, b, c: f"{a}.{b}.{c[:-1]}")),
    "bits-left-over": (FORM, text(flip_last)),
    "over-16-KiB": (FORM, padded(16 * 1024)),
}

SIGNATURES = {
    "signature-of-another-key": (SIGNATURE, signed_by(MALLORY)),
    "signature-over-other-bytes": (SIGNATURE, lambda key, right: ".".join(
        key.sign({**right, "sub": "admin"}).split(".")[:2] + key.sign(right).split(".")[2:])),
    "signature-short": (SIGNATURE, signature(lambda signed: signed[:-1])),
    "signature-long": (SIGNATURE, signature(lambda signed: signed + b"\0")),
    "signature-zero": (SIGNATURE, signature(lambda signed: bytes(64))),
    "signature-r-zero": (SIGNATURE, halves(r=0)),
    "signature-s-zero": (SIGNATURE, halves(s=0)),
    "signature-r-is-the-order": (SIGNATURE, halves(r=P256_ORDER)),
    "signature-der": (SIGNATURE, signature(der)),
    "rsa-flipped": (SIGNATURE, signature(lambda signed: signed[:-1] + bytes([signed[-1] ^ 1])), only(RSA)),
    "rsa-short": (SIGNATURE, signature(lambda signed: signed[1:]), only(RSA)),
    "rsa-zero-in-front": (SIGNATURE, signature(lambda signed: b"\0" + signed), only(RSA)),
}

KEYS = {
    "rsa-1024": (UNKNOWN, good, only(SHORT)),
    "rsa-16384": (UNKNOWN, good, published(RSA, RSA.jwk(n=number((1 << 16383) + 1)))),
    "rsa-even-modulus": (UNKNOWN, good, published(RSA, RSA.jwk(n=number(1 << 2047)))),
    "rsa-modulus-zero": (UNKNOWN, good, published(RSA, RSA.jwk(n="AA"))),
    "rsa-exponent-1": (UNKNOWN, good, published(RSA, RSA.jwk(e="AQ"))),
    "rsa-exponent-even": (UNKNOWN, good, published(RSA, RSA.jwk(e="BA"))),
    "rsa-exponent-33-bits": (UNKNOWN, good, published(RSA, RSA.jwk(e=number((1 << 32) + 1)))),
    "rsa-private-key-published": (UNKNOWN, good, published(RSA, RSA.jwk(d="AQAB"))),
    "ec-short-coordinate": (UNKNOWN, good, beside(x=b64url(b"\1" * 31))),
    "ec-off-the-curve": (UNKNOWN, good, beside(x=b64url(b"\1" * 32))),
    "ec-infinity": (UNKNOWN, good, beside(x=b64url(bytes(32)), y=b64url(bytes(32)))),
    "ec-without-y": (UNKNOWN, good, beside(y=None)),
    "ec-private-key-published": (UNKNOWN, good, beside(d=b64url(b"\1" * 32))),
    "ec-on-secp256k1": (UNKNOWN, good, only(STRANGE)),
    "ec-on-p-384": (KEY, good, beside(crv="P-384", alg=None, x=number(P384.x, 48), y=number(P384.y, 48))),
    "ed-small-order": (UNKNOWN, good, published(ED, ED.jwk(x=b64url(b"\1" + bytes(31)))), {"alg": ["EdDSA"]}),
    "ed-not-canonical": (UNKNOWN, good, published(ED, ED.jwk(x=b64url(b"\xff" * 32))), {"alg": ["EdDSA"]}),
    "symmetric": (UNKNOWN, good, beside(kty="oct", k="AAAA")),
    "use-enc": (UNKNOWN, good, beside(use="enc")),
    "key-ops-without-verify": (UNKNOWN, good, beside(key_ops=["sign"])),
    "key-alg-of-another": (KEY, good, beside(alg="ES384")),
    "key-without-kid": (UNKNOWN, good, beside(kid=None)),
    "no-keys": (UNKNOWN, good, lambda idp: (idp.key, [])),
}

TWICE = {"iss": EVIL, "sub": "admin", "aud": "other", "exp": 1}

SHAPES = {
    "payload-list": (FORM, raw_claims(lambda text: b"[" + text + b"]")),
    "payload-string": (FORM, raw_claims(lambda text: b'"claims"')),
    "payload-text-behind": (FORM, raw_claims(lambda text: text + b"x")),
    "payload-twice": (FORM, raw_claims(lambda text: text + text)),
    "payload-byte-order-mark": (FORM, raw_claims(lambda text: b"\xef\xbb\xbf" + text)),
    "payload-utf-16": (FORM, raw_claims(lambda text: text.decode().encode("utf-16-le"))),
    "payload-not-utf-8": (FORM, raw_claims(lambda text: text[:-1] + b',"name":"\xc3\x28"}')),
    "payload-overlong-utf-8": (FORM, raw_claims(lambda text: text[:-1] + b',"name":"\xc0\xaf"}')),
    "payload-nul": (FORM, raw_claims(lambda text: text[:-1] + b',"name":"a\\u0000b"}')),
    "payload-raw-control": (FORM, raw_claims(lambda text: text[:-1] + b',"name":"a\nb"}')),
    "payload-lone-surrogate": (FORM, raw_claims(lambda text: text[:-1] + b',"name":"\\ud800"}')),
    "payload-deep": (FORM, raw_claims(lambda text: text[:-1] + b',"x":' + b"[" * 17 + b"]" * 17 + b"}")),
    "payload-1e400": (FORM, raw_claims(lambda text: text[:-1] + b',"x":1e400}')),
    "payload-comment": (FORM, raw_claims(lambda text: text + b"//")),
    "payload-cut": (FORM, raw_claims(lambda text: text[:-1])),
    **{f"{name}-twice": (FORM, doubled(name, value)) for name, value in TWICE.items()},
    "a-member-of-a-claim-twice": (FORM, raw_claims(lambda text: text[:-1] + b',"x":{"y":1,"y":1}}')),
}

CLAIMS = {
    "iss-other": ("token-issuer", claims(iss=EVIL)),
    "iss-missing": ("token-issuer", claims(iss=None)),
    "iss-null": ("token-issuer", null("iss")),
    "iss-list": ("token-issuer", claims(iss=lambda iss: [iss])),
    "iss-with-a-slash": ("token-issuer", claims(iss=lambda iss: iss + "/")),
    "iss-in-capitals": ("token-issuer", claims(iss=str.upper)),
    "iss-longer": ("token-issuer", claims(iss=lambda iss: iss + ".evil.example")),
    "iss-template": ("token-issuer", claims(iss="https://login.example/{tenantid}/v2.0")),
    "ISS-in-its-place": ("token-issuer", lambda key, right: claims(iss=None, ISS=right["iss"])(key, right)),
    "sub-missing": ("token-subject", claims(sub=None)),
    "sub-null": ("token-subject", null("sub")),
    "sub-empty": ("token-subject", claims(sub="")),
    "sub-number": ("token-subject", claims(sub=1)),
    "sub-too-long": ("token-subject", claims(sub="s" * 256)),
    "sub-not-ascii": ("token-subject", claims(sub="\u0430lice")),
    "sub-escape-sequence": ("token-subject", claims(sub="\x1b]52;c;ZXZpbA==\x07")),
    "SUB-in-its-place": ("token-subject", lambda key, right: claims(sub=None, SUB=right["sub"])(key, right)),
    "aud-other": (AUDIENCE, claims(aud="other")),
    "aud-missing": (AUDIENCE, claims(aud=None)),
    "aud-null": (AUDIENCE, null("aud")),
    "aud-empty": (AUDIENCE, claims(aud="")),
    "aud-empty-list": (AUDIENCE, claims(aud=[])),
    "aud-number": (AUDIENCE, claims(aud=1)),
    "aud-object": (AUDIENCE, claims(aud={CLIENT: True})),
    "aud-list-in-list": (AUDIENCE, claims(aud=[[CLIENT]])),
    "aud-longer": (AUDIENCE, claims(aud=CLIENT + "2")),
    "aud-in-capitals": (AUDIENCE, claims(aud=CLIENT.upper())),
    "aud-several-with-azp": (AUDIENCE, claims(aud=[CLIENT, "other"], azp=CLIENT)),
    "aud-several-without-azp": (AUDIENCE, claims(aud=[CLIENT, "other"])),
    "aud-with-a-number": (AUDIENCE, claims(aud=[CLIENT, 1], azp=CLIENT)),
    "azp-other": (AUDIENCE, claims(azp="other")),
    "azp-number": (AUDIENCE, claims(azp=1)),
    "exp-missing": (TIME, claims(exp=None)),
    "exp-past": (TIME, claims(exp=ago(DAY))),
    "exp-zero": (TIME, claims(exp=0)),
    "exp-negative": (TIME, claims(exp=-1)),
    "exp-string": (TIME, claims(exp=lambda exp: str(exp))),
    "exp-true": (TIME, claims(exp=True)),
    "exp-null": (TIME, null("exp")),
    "exp-list": (TIME, claims(exp=lambda exp: [exp])),
    "exp-1e20": (TIME, claims(exp=1e20)),
    "exp-1e400": (FORM, raw_claims(lambda text: text[:-1].replace(b'"exp"', b'"was"') + b',"exp":1e400}')),
    "iat-missing": (TIME, claims(iat=None)),
    "iat-string": (TIME, claims(iat=lambda iat: str(iat))),
    "iat-future": (TIME, claims(iat=ago(-DAY), exp=ago(-2 * DAY))),
    "iat-of-an-earlier-sign-in": (TIME, claims(iat=ago(120))),
    "nbf-future": (TIME, claims(nbf=ago(-DAY), exp=ago(-2 * DAY))),
    "nbf-string": (TIME, claims(nbf="now")),
    "at-hash-other": ("token-at-hash", claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
    "at-hash-empty": ("token-at-hash", claims(at_hash="")),
    "at-hash-number": ("token-at-hash", claims(at_hash=1)),
    "at-hash-whole": ("token-at-hash", claims(at_hash=b64url(bytes(32)))),
    "logout-token": ("token-type", claims(events={"http://schemas.openid.net/event/backchannel-logout": {}})),
    "keycloaks-access-token": ("token-type", claims(typ="Bearer")),
    "cognitos-access-token": ("token-type", claims(token_use="access")),
}

# These need a nonce that was sent: the authorization code flow.
NONCES = {
    "nonce-missing": ("token-nonce", claims(nonce=None)),
    "nonce-null": ("token-nonce", null("nonce")),
    "nonce-twice": (FORM, doubled("nonce", "AAAAAAAAAAAAAAAAAAAAAA")),
    "nonce-empty": ("token-nonce", claims(nonce="")),
    "nonce-other": ("token-nonce", claims(nonce="AAAAAAAAAAAAAAAAAAAAAA")),
    "nonce-longer": ("token-nonce", claims(nonce=lambda nonce: nonce + "A")),
    "nonce-list": ("token-nonce", claims(nonce=lambda nonce: [nonce])),
    "nonce-of-another-sign-in": ("token-nonce", claims(nonce=b64url(bytes(16)))),
}

# What a service may ask of the sign-in.
ASKED = {
    "acr-missing": ("acr", good, None, {"acr": "mfa"}),
    "acr-other": ("acr", claims(acr="pwd"), None, {"acr": "mfa"}),
    "acr-list": ("acr", claims(acr=["mfa"]), None, {"acr": "mfa"}),
    "acr-longer": ("acr", claims(acr="mfa2"), None, {"acr": "mfa"}),
    "amr-missing": ("amr", good, None, {"amr": ["otp"]}),
    "amr-string": ("amr", claims(amr="otp"), None, {"amr": ["otp"]}),
    "amr-one-of-two": ("amr", claims(amr=["pwd"]), None, {"amr": ["pwd", "otp"]}),
    "auth-time-missing": ("max-age", good, None, {"max_age": "60"}),
    "auth-time-old": ("max-age", claims(auth_time=ago(DAY)), None, {"max_age": "60"}),
    "auth-time-string": ("max-age", claims(auth_time=lambda _: str(int(time.time()))), None, {"max_age": "60"}),
    "auth-time-future": ("max-age", claims(auth_time=ago(-DAY)), None, {"max_age": "60"}),
    "required-claim-missing": ("required-claim", good, None, {"required_claim": "tier=1"}),
    "required-claim-number": ("required-claim", claims(tier=2), None, {"required_claim": "tier=1"}),
}

# What may look wrong and is right: without these, a worker that refused everything would pass.
ACCEPTED = {
    "good": ("ok", good),
    "rs256": ("ok", good, only(RSA)),
    "ps256": ("ok", good, only(PSS), {"alg": ["PS256"]}),
    "eddsa": ("ok", claims(at_hash=None), only(ED), {"alg": ["EdDSA"]}),
    "rsa-exponent-3": ("ok", good, only(CUBE)),
    "no-typ": ("ok", header(typ=None)),
    "typ-in-small-letters": ("ok", header(typ="jwt")),
    "no-kid-and-one-key": ("ok", header(kid=None)),
    "no-kid-and-four-keys": ("ok", header(kid=None), both({"kid": "2"}, {"kid": "3"}, {"kid": "4"})),
    "jku-that-is-ignored": ("ok", header(jku=EVIL, x5u=EVIL, jwk=MALLORY.jwk())),
    "aud-list": ("ok", claims(aud=[CLIENT])),
    "azp": ("ok", claims(azp=CLIENT)),
    "exp-fraction": ("ok", claims(exp=lambda exp: exp + 0.5)),
    "SUB-beside-sub": ("ok", claims(SUB="admin")),
    "no-at-hash": ("ok", claims(at_hash=None)),
    "bad-keys-beside-a-good-one": ("ok", good, lambda idp: (idp.key, [
        RSA.jwk(e="AQ"), {"kty": "oct", "k": "AA"}, {"kty": 1}, {}, SHORT.jwk(), ED.jwk(use="enc"), idp.key.jwk()])),
}

TOKENS = {**HEADERS, **PARTS, **SIGNATURES, **KEYS, **SHAPES, **CLAIMS, **ASKED}
