#!/usr/bin/python3
"""The OpenID Foundation's tests of relying parties, under the names that its conformance suite gives them.

What each of them sends is made here by our own provider; docs/conformance.md says which of the suite's modules these
are, where this project is stricter, and why the others have no subject here.
"""

import pathlib
import re

import pytest

from fake_idp import DISCOVERY, SUBJECT, Key, Reply
from forge import RsaKey, ago, claims, good, header, signature
from play import code, issue, refresh
from replies import signed_userinfo
from tokens import only, unsigned
from worker import Worker, code_request

RS256 = RsaKey("rs256")
OTHER = RsaKey("other")
PS256 = RsaKey("ps256", "PS256")
ES256 = Key("es256")
WEEK = 7 * 86400
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


def longer(was):
    return was + "1"


def flipped(signed):
    return signed[:-1] + bytes([signed[-1] ^ 0x5A])


# Modules that are about the ID token of a sign-in: what comes of it, the token, the keys, and the request.
BASIC = {
    "oidcc-client-test": ("ok", good, only(RS256)),
    "oidcc-client-test-invalid-iss": ("token-issuer", claims(iss=longer), only(RS256)),
    "oidcc-client-test-missing-sub": ("token-subject", claims(sub=None), only(RS256)),
    "oidcc-client-test-invalid-aud": ("token-audience", claims(aud=longer), only(RS256)),
    "oidcc-client-test-missing-aud": ("token-audience", claims(aud=None), only(RS256)),
    "oidcc-client-test-missing-iat": ("token-time", claims(iat=None), only(RS256)),
    "oidcc-client-test-kid-absent-single-jwks": ("ok", header(kid=None), only(RS256)),
    "oidcc-client-test-kid-absent-multiple-jwks": ("ok", header(kid=None), only(RS256, OTHER)),
    "oidcc-client-test-idtoken-sig-rs256": ("ok", good, only(RS256)),
    "oidcc-client-test-idtoken-sig-none": ("token-form", unsigned(alg="none"), only(RS256)),
    "oidcc-client-test-invalid-sig-rs256": ("token-signature", signature(flipped), only(RS256)),
    "oidcc-client-test-invalid-sig-es256": ("token-signature", signature(flipped), only(ES256)),
    "oidcc-client-test-nonce-invalid": ("token-nonce", claims(nonce=longer), only(RS256)),
    "oidcc-client-test-invalid-athash": ("token-at-hash", claims(at_hash=longer), only(RS256)),
    "oidcc-client-test-missing-athash": ("ok", claims(at_hash=None), only(RS256)),
}

FAPI = {
    "client-test-invalid-iss": ("token-issuer", claims(iss=longer), only(PS256)),
    "client-test-invalid-missing-iss": ("token-issuer", claims(iss=None), only(PS256)),
    "client-test-invalid-aud": ("token-audience", claims(aud=longer), only(PS256)),
    "client-test-invalid-missing-aud": ("token-audience", claims(aud=None), only(PS256)),
    "client-test-invalid-secondary-aud": (
        "token-audience", claims(aud=lambda aud: [aud, "https://other1.example.com"]), only(PS256)),
    "client-test-valid-aud-as-array": ("ok", claims(aud=lambda aud: [aud]), only(PS256)),
    "client-test-invalid-expired-exp": ("token-time", claims(exp=ago(5 * 60)), only(PS256)),
    "client-test-invalid-missing-exp": ("token-time", claims(exp=None), only(PS256)),
    "client-test-iat-is-week-in-past": ("token-time", claims(iat=ago(WEEK)), only(PS256)),
    "client-test-invalid-nonce": ("token-nonce", claims(nonce=longer), only(PS256)),
    "client-test-invalid-missing-nonce": ("token-nonce", claims(nonce=None), only(PS256)),
    "client-test-invalid-alternate-alg": ("token-alg", good, only(RS256)),
    "client-test-invalid-null-alg": ("token-form", unsigned(alg="none"), only(PS256)),
    "client-test-invalid-signature": ("token-signature", signature(flipped), only(PS256)),
}


def test_the_page_has_them():
    """docs/conformance.md, with the reason that each ends with."""
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    for module, (expected, _, _) in {**BASIC, **FAPI}.items():
        name = "`" + re.sub("^(oidcc-)?client-test", "", module) + "`"
        here = [row[1] for row in rows if name in row[0] or (name == "``" and row[0] == "| (alone)")]
        assert ("accepted" if expected == "ok" else f"`{expected}`") in here, module


def play(idp, row, **changed):
    expected, maker, keys = row
    issue(idp, maker, keys)
    outcome = code(idp, userinfo="yes", **changed)
    assert outcome.reason == expected, outcome.result
    assert ("/userinfo" in idp.paths()) == (expected == "ok")
    assert outcome.let_in() == (expected == "ok")


@pytest.mark.parametrize("module", BASIC)
def test_basic(idp, module):
    play(idp, BASIC[module], alg=["RS256", "ES256"])


@pytest.mark.parametrize("module", FAPI)
def test_fapi(idp, module):
    """fapi1-advanced-final-... and fapi2-security-profile-final-..., which send the same: PS256 alone is listed."""
    play(idp, FAPI[module], alg=["PS256"])


def test_invalid_sig_hs256(idp):
    """oidcc-client-test-invalid-sig-hs256: no HMAC is ever right here, so its signature does not matter."""
    play(idp, ("token-alg", header(alg="HS256"), only(RS256)), alg=["RS256", "HS256"])


def test_client_secret_basic(idp):
    """oidcc-client-test-client-secret-basic."""
    assert code(idp, client_auth="client_secret_basic", client_secret="word").reason == "ok"
    (token,) = (request for request in idp.journal if request.path == "/token")
    assert token.headers["Authorization"] == "Basic bGFwdG9wOndvcmQ=" and "client_secret" not in token.form


def test_userinfo_bearer_header(idp):
    """oidcc-client-test-userinfo-bearer-header, and never in a body or an address."""
    assert code(idp, userinfo="yes").reason == "ok"
    (request,) = (request for request in idp.journal if request.path == "/userinfo")
    assert request.headers["Authorization"] == "Bearer access-canary"
    assert (request.method, request.body) == ("GET", b"")


def test_userinfo_invalid_sub(idp):
    """oidcc-client-test-userinfo-invalid-sub."""
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT + "1"})
    assert code(idp, userinfo="yes").reason == "userinfo"


def test_scope_userinfo_claims(idp):
    """oidcc-client-test-scope-userinfo-claims."""
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT, "preferred_username": "alice", "email": "a@example.com"})
    outcome = code(idp, userinfo="yes", scope="openid profile email")
    assert outcome.result["claim"] == ["preferred_username=alice", "email=a@example.com"]


def test_nonce_unless_code_flow(idp):
    """oidcc-client-test-nonce-unless-code-flow: in the code flow too."""
    with Worker(code_request(idp)) as worker:
        assert len(idp.asked(worker.event()["authorization_uri"][0])["nonce"]) >= 22


def test_aggregated_and_distributed_claims(idp):
    """oidcc-client-test-aggregated-claims, -distributed-claims: accepted, never fetched, none of them believed."""
    idp.claims = {
        "_claim_names": {"preferred_username": "one", "groups": "two"},
        "_claim_sources": {"one": {"JWT": idp.key.sign({"preferred_username": "root"})},
                           "two": {"endpoint": idp.issuer + "/claims", "access_token": "ksj3n283dke"}},
    }
    outcome = code(idp)
    assert outcome.reason == "ok" and "/claims" not in idp.paths()
    assert not {"claim", "group", "groups"} & set(outcome.result)


def test_userinfo_signed(idp):
    """oidcc-client-test-userinfo-signed: nobody asked for it, so it is no answer."""
    idp.answers["/userinfo"] = signed_userinfo(idp)
    assert code(idp, userinfo="yes").reason == "userinfo"


def test_discovery_openid_config(idp):
    """oidcc-client-test-discovery-openid-config."""
    assert code(idp).reason == "ok" and idp.paths()[0] == DISCOVERY


def test_discovery_jwks_uri_keys(idp):
    """oidcc-client-test-discovery-jwks-uri-keys: the address is the document's."""
    idp.answers[DISCOVERY] = Reply(idp.metadata(jwks_uri=idp.issuer + "/keys-of-today"))
    idp.answers["/keys-of-today"] = Reply({"keys": [idp.key.jwk()]})
    assert code(idp).reason == "ok" and "/keys-of-today" in idp.paths() and "/jwks" not in idp.paths()


def test_discovery_issuer_mismatch(idp):
    """oidcc-client-test-discovery-issuer-mismatch; FAPI's of the same name."""
    idp.answers[DISCOVERY] = Reply(idp.metadata(issuer=idp.issuer + "/INVALID"))
    assert code(idp).reason == "discovery" and idp.paths() == [DISCOVERY]


def test_signing_key_rotation(idp):
    """oidcc-client-test-signing-key-rotation: nothing of an earlier sign-in's keys is kept."""
    for key in (RS256, OTHER):
        issue(idp, good, only(key))
        assert code(idp).reason == "ok"
    assert idp.paths().count("/jwks") == 2


def test_signing_key_rotation_just_before_signing(idp):
    """oidcc-client-test-signing-key-rotation-just-before-signing."""
    issue(idp, good, only(OTHER))
    idp.answers["/jwks"] = [Reply({"keys": [RS256.jwk()]}), Reply({"keys": [OTHER.jwk()]})]
    assert code(idp).reason == "ok" and idp.paths().count("/jwks") == 2


def test_ignores_unparseable_key_in_jwks(idp):
    """oidcc-client-test-ignores-unparseable-key-in-jwks."""
    strange = [{"kty": "AKP", "alg": "ML-DSA-1", "kid": "a", "pub": "AA"}, {"kty": "new", "kid": "b"}]
    issue(idp, good, lambda idp: (idp.key, [*strange, idp.key.jwk()]))
    assert code(idp).reason == "ok"


@pytest.mark.parametrize("module, change, expected", [
    ("oidcc-client-test-refresh-token", {}, "ok"),
    ("oidcc-client-test-refresh-token-invalid-issuer", {"iss": longer}, "session-ended"),
    ("oidcc-client-test-refresh-token-invalid-sub", {"sub": longer}, "session-ended"),
])
def test_refresh(idp, module, change, expected):
    issue(idp, claims(**change))
    outcome = refresh(idp, userinfo="yes")
    assert outcome.reason == expected and ("/userinfo" in idp.paths()) == (expected == "ok")


@pytest.mark.parametrize("spelling", ["bearer", "BEARER", "bEARER"])
def test_token_type_case_insensitivity(idp, spelling):
    """fapi2-security-profile-final-client-test-token-type-case-insensitivity."""
    idp.answers["/token"] = lambda request: Reply(
        re.sub(rb'"Bearer"', f'"{spelling}"'.encode(), idp.redeem(request).body))
    assert code(idp).reason == "ok"


def test_token_endpoint_response_without_expires_in(idp):
    """...-token-endpoint-response-without-expires_in; no scope is in it either."""
    idp.answers["/token"] = lambda request: Reply(re.sub(rb'"expires_in": 300, ', b"", idp.redeem(request).body))
    assert code(idp).reason == "ok"


# fapi2-security-profile-final-client-test-...
ANSWERS = {
    "invalid-authorization-response-iss": (
        lambda address: re.sub("iss=[^&]*", "iss=https%3A%2F%2Fevil.example", address), "token-issuer"),
    "remove-authorization-response-iss": (lambda address: re.sub("&iss=[^&]*", "", address), "token-issuer"),
}


@pytest.mark.parametrize("module", ANSWERS)
def test_authorization_response(idp, module):
    change, expected = ANSWERS[module]
    idp.answers[DISCOVERY] = Reply(idp.metadata(authorization_response_iss_parameter_supported=True))
    assert code(idp, change).reason == expected and "/token" not in idp.paths()


@pytest.mark.parametrize("state", [None, "another"])
def test_authorization_response_state(idp, state):
    """...-ensure-authorization-response-with-invalid-state-fails, -with-invalid-missing-state-fails: asked again."""
    with Worker(code_request(idp)) as worker:
        address = idp.approve(worker.event()["authorization_uri"][0], state=state)
        worker.send({"text": address})
        assert worker.event()["event"] == ["again"] and "/token" not in idp.paths()
