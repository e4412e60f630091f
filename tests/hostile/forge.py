"""Keys and ID tokens, right and wrong, made by hand: no JOSE library would make most of these."""

import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fake_idp import Key, b64url, jws

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def number(value, size=None):
    """As a JWK has it."""
    return b64url(value.to_bytes(size or (value.bit_length() + 7) // 8 or 1, "big"))


class RsaKey(Key):
    def __init__(self, kid, alg="RS256", bits=2048, exponent=65537):
        self.kid, self.alg = kid, alg
        self._private = rsa.generate_private_key(exponent, bits)

    def jwk(self, **changed):
        numbers = self._private.public_key().public_numbers()
        standard = {"kty": "RSA", "use": "sig", "alg": self.alg, "kid": self.kid}
        return {**standard, "n": number(numbers.n), "e": number(numbers.e), **changed}

    def pem(self):
        """The public key, as whoever takes it for an HMAC secret has it."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def signature(self, signed):
        digest = HASHES[self.alg[2:]]
        pads = {"RS": padding.PKCS1v15(), "PS": padding.PSS(padding.MGF1(digest), digest.digest_size)}
        return self._private.sign(signed, pads[self.alg[:2]], digest)


class EdKey(Key):
    alg = "EdDSA"

    def __init__(self, kid):
        self.kid = kid
        self._private = ed25519.Ed25519PrivateKey.generate()

    def jwk(self, **changed):
        x = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": self.kid, "x": b64url(x), **changed}

    def signature(self, signed):
        return self._private.sign(signed)


class Secp256k1Key(Key):
    """Signs as ES256 does, on another curve of the same size."""

    def __init__(self, kid):
        super().__init__(kid)
        self._private = ec.generate_private_key(ec.SECP256K1())

    def jwk(self):
        return {**super().jwk(), "crv": "secp256k1"}


class Hmac:
    """Signs with whatever it takes for a secret."""

    def __init__(self, secret):
        self._secret = secret

    def signature(self, signed):
        return hmac.new(self._secret, signed, hashlib.sha256).digest()


# Makers: a function of the key that the provider publishes and of the claims that are right.


def good(key, claims):
    return key.sign(claims)


def changed(members, changes):
    """The members with changes: None takes one out, a function makes it of what was there."""
    result = dict(members)
    for name, value in changes.items():
        result[name] = value(result.get(name)) if callable(value) else value
    return {name: value for name, value in result.items() if value is not None}


def header(**changes):
    return lambda key, claims: jws(changed(key.header(), changes), claims, key.signature)


def raw_header(text):
    """TEXT may name the provider's kid."""
    return lambda key, claims: jws(text.replace(b"KID", key.kid.encode()), claims, key.signature)


def claims(**changes):
    return lambda key, right: key.sign(changed(right, changes))


def null(name):
    """A claim that is there, and null."""
    return lambda key, right: key.sign({**right, name: None})


def raw_claims(replace):
    """The claims as JSON text, replaced by a function of it."""
    return lambda key, right: jws(key.header(), replace(json.dumps(right).encode()), key.signature)


def doubled(name, value=None):
    """A claim that stands twice: VALUE, and then what is right."""
    first = json.dumps({name: value}).encode()[:-1]
    return raw_claims(lambda text: first + b"," + text[1:])


def signature(change):
    """The right token with its signature changed by a function of its bytes."""
    return lambda key, right: jws(key.header(), right, lambda signed: change(key.signature(signed)))


def text(change):
    """The right token as text, changed by a function of it."""
    return lambda key, right: change(key.sign(right))


def parts(change):
    """The same by its three parts."""
    return text(lambda token: change(*token.split(".")))


def signed_by(other, **changes):
    """Another key signs, under a header that says what the provider's would."""
    return lambda key, right: jws(changed(key.header(), changes), right, other.signature)


def ago(seconds):
    return lambda was: int(time.time()) - seconds
