"""Our readers beside others that share no code with them, on many texts, right ones and mutated ones: JSON beside
Python's own reader, base64url beside Python's, signatures beside jwcrypto. Verdicts agree both ways, and so does what
was read; where we are stricter on purpose, the rule stands here once more.

$JUDGE is judge.c. $SEED and $ROUNDS say which texts, and how many; a failure tells its seed."""
import base64
import json
import math
import os
import pathlib
import random
import re
import subprocess

import pytest
from jwcrypto import jwk, jws

HERE = pathlib.Path(__file__).parent
SEED = int(os.environ.get('SEED', random.SystemRandom().randrange(2 ** 32)))
ROUNDS = int(os.environ.get('ROUNDS', 20000))
KINDS = {
    'RS256': 'RSA', 'RS384': 'RSA', 'RS512': 'RSA', 'PS256': 'RSA', 'PS384': 'RSA', 'PS512': 'RSA',
    'ES256': 'P-256', 'ES384': 'P-384', 'ES512': 'P-521', 'EdDSA': 'Ed25519'}
OCTETS = {'RSA': 256, 'P-256': 64, 'P-384': 96, 'P-521': 132, 'Ed25519': 64}  # of a signature


class Judge:
    """judge.c in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen([os.environ['JUDGE']], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, word, *arguments):
        """The verdict and the bytes that come with it."""
        self.process.stdin.write(' '.join([word, *(argument.hex() for argument in arguments)]) + '\n')
        self.process.stdin.flush()
        verdict, _, data = self.process.stdout.readline().rstrip('\n').partition(' ')
        assert verdict, 'the judge is gone'
        return verdict, bytes.fromhex(data)


@pytest.fixture
def judge():
    judge = Judge()
    yield judge
    judge.process.stdin.close()
    assert judge.process.wait(10) == 0


@pytest.fixture
def chance():
    print('seed', SEED)
    return random.Random(SEED)


def mutated(chance, data, alphabet):
    """A step or a few away from it: changed, left out, put in, doubled, cut."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.choice((0, len(data), chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
        end = min(len(data), at + chance.choice((1, 1, 2, 8)))
        step = chance.randrange(5)
        if step == 0:
            data[at:at] = bytes([chance.choice(alphabet)])
        elif step == 1:
            data[at:end] = b''
        elif step == 2 and at < len(data):
            data[at] = chance.choice(alphabet)
        elif step == 3:
            data[at:at] = data[at:end]
        elif at < len(data):
            data[at] ^= 1 << chance.randrange(8)
    return bytes(data)


# JSON


class Refused(Exception):
    pass


def object_of(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused('a name twice')
    return dict(pairs)


def number_of(text):
    if len(text) > 63 or not math.isfinite(float(text)):
        raise Refused('a number')
    return float(text)


def refuse(text):
    raise Refused(text)


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from texts_of(item)


def depth_of(value):
    if not isinstance(value, (list, dict)):
        return 0
    items = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, items), default=0)


def strict_json(data):
    """The object, or None: Python's reader, and the rules of json.h that are not RFC 8259's."""
    try:
        value = json.loads(
            data.decode('utf-8'), object_pairs_hook=object_of, parse_float=number_of, parse_int=number_of,
            parse_constant=refuse)
    except (ValueError, RecursionError, Refused):
        return None
    if not isinstance(value, dict) or depth_of(value) > 16:
        return None
    if any(re.search('[\0\ud800-\udfff]', text) for text in texts_of(value)):
        return None
    return value


def some_value(chance, depth):
    kind = chance.randrange(8 if depth < 18 else 6)
    if kind == 0:
        return chance.choice((True, False, None))
    if kind == 1:
        return chance.choice((0, -1, 1e300, 0.1, 2 ** 53, -1.5e-7, chance.random(), chance.randrange(10 ** 12)))
    if kind <= 5:
        return ''.join(chance.choice('ab"\\/\n\x7f\x80é€😀 ') for _ in range(chance.randrange(6)))
    if kind == 6:
        return [some_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {some_value(chance, 99) if chance.random() < .3 else f'k{i}': some_value(chance, depth + 1)
            for i in range(chance.randrange(4))}


def some_object(chance):
    value = {f'k{i}': some_value(chance, 1) for i in range(chance.randrange(4))}
    if chance.random() < .1:
        for _ in range(chance.randrange(12, 19)):
            value = {'d': [value]} if chance.random() < .2 else {'d': value}
    text = json.dumps(value, ensure_ascii=chance.random() < .5, indent=chance.choice((None, None, 1)))
    return text.encode()


JSON_PIECES = b'{}[]:,"\\u0019aefnrt-+.E \t\r\n\x00\x1f\x7f\x80\xbf\xc2\xe0\xed\xef\xf4\xff'


def test_json_beside_python(judge, chance):
    seeds = [path.read_bytes() for path in sorted((HERE / 'corpus/json').iterdir())]
    counts = {True: 0, False: 0}
    for _ in range(ROUNDS):
        data = chance.choice(seeds) if chance.random() < .2 else some_object(chance)
        if chance.random() < .7:
            data = mutated(chance, data, JSON_PIECES)
        expected = strict_json(data)
        verdict, compact = judge('json', data)
        assert (verdict == 'ok') == (expected is not None), data
        if expected is not None:
            assert strict_json(compact) == expected, data
            assert not re.search(rb'[\0-\x1f\x7f]', compact), data
        counts[verdict == 'ok'] += 1
    assert min(counts.values()) > ROUNDS / 10, counts


# base64url


def strict_b64url(text):
    """The bytes, or None where the text is not the one way to write them."""
    try:
        data = base64.b64decode(text + b'=' * (-len(text) % 4), altchars=b'-_', validate=True)
    except ValueError:
        return None
    return data if base64.urlsafe_b64encode(data).rstrip(b'=') == text else None


def test_base64url_beside_python(judge, chance):
    counts = {True: 0, False: 0}
    for _ in range(ROUNDS):
        text = base64.urlsafe_b64encode(chance.randbytes(chance.randrange(12))).rstrip(b'=')
        if chance.random() < .7:
            text = mutated(chance, text, b'AQZaz09-_+/= \n.\x00\xc3')
        expected = strict_b64url(text)
        assert judge('b64url', text) == (('no', b'') if expected is None else ('ok', expected)), text
        counts[expected is not None] += 1
    assert min(counts.values()) > ROUNDS / 10, counts


# Signatures


def make_key(kind):
    if kind == 'RSA':
        return jwk.JWK.generate(kty='RSA', size=2048)
    return jwk.JWK.generate(kty='OKP' if kind == 'Ed25519' else 'EC', crv=kind)


def some_header(chance, alg):
    """As JSON text: what is signed may say anything."""
    header = {'alg': alg}
    for name, value in (('typ', 'JWT'), ('cty', 'x'), ('b64', True), ('zip', 'DEF'), ('enc', 'A128GCM'), ('jku', 'https://e/')):
        if chance.random() < .1:
            header[name] = value
    text = json.dumps(header, indent=chance.choice((None, 1)))
    if chance.random() < .05:
        text = text.replace('{', '{"alg":"none",', 1)
    return text.encode()


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=')


def sign(key, alg, header, payload):
    """A token whose header is these very bytes."""
    signer = jws.JWSCore(alg, key, None, payload, [alg])
    signer.protected = encode(header).decode()
    return b'.'.join((encode(header), encode(payload), encode(base64.urlsafe_b64decode(signer.sign()['signature'] + '=='))))


def mutated_part(chance, token):
    """The same one level down: other bytes in a part, well written."""
    parts = token.split(b'.')
    at = chance.randrange(3)
    parts[at] = encode(mutated(chance, strict_b64url(parts[at]), b'\x00\x01 \xff{}"'))
    return b'.'.join(parts)


def taken_by_jwcrypto(key, token):
    verifier = jws.JWS()
    verifier.allowed_algs = list(KINDS)
    try:
        verifier.deserialize(token.decode('latin-1'), key)
    except Exception:  # it raises many kinds
        return False
    return verifier.is_valid


def taken_by_our_rules(token):
    """What jws.h asks for, and others do not."""
    parts = token.split(b'.')
    if len(parts) != 3 or not all(parts) or any(strict_b64url(part) is None for part in parts):
        return False
    header = strict_json(strict_b64url(parts[0]))
    if header is None or header.get('alg') not in list(KINDS):  # which may be no text
        return False
    if len(strict_b64url(parts[2])) != OCTETS[KINDS[header['alg']]]:  # jwcrypto halves any
        return False
    return not {'crit', 'b64', 'zip', 'enc'} & header.keys() and 'kid' not in header


def test_signatures_beside_jwcrypto(judge, chance):
    keys = {kind: make_key(kind) for kind in dict.fromkeys(KINDS.values())}
    counts = {True: 0, False: 0}
    for round_ in range(ROUNDS // 10):
        alg = chance.choice(list(KINDS))
        key = keys[KINDS[alg]] if chance.random() < .95 else chance.choice(list(keys.values()))
        payload = chance.randbytes(chance.randrange(1, 40))
        token = sign(keys[KINDS[alg]], alg, some_header(chance, alg), payload)
        if chance.random() < .4:
            token = mutated(chance, token, b'AQZaz09-_.=+/\n\x00')
        elif chance.random() < .4:
            token = mutated_part(chance, token)
        expected = taken_by_our_rules(token) and taken_by_jwcrypto(key, token)
        verdict, read = judge('jws', b'{"keys":[' + key.export_public().encode() + b']}', token)
        assert (verdict == 'ok') == expected, (verdict, key.export_public(), token)
        if expected:
            assert read == payload
        counts[expected] += 1
    assert min(counts.values()) > ROUNDS / 100, counts
