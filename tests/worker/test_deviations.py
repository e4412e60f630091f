#!/usr/bin/python3
"""What identity providers do in their own way, as their replies have it: by the documentation of each and by reports
of who met them. None of these was recorded at the product itself; docs/idp says of each what it is."""

import base64
import hashlib
import json

import pytest

from fake_idp import DISCOVERY, SUBJECT, Reply
from worker import OK, REFUSED, Worker, code_request, login_request, revoke_request, run


def reason(result):
    return result["reason"][0]


def signed_in(idp, **changed):
    _, result, status = run(login_request(idp, **changed))
    assert (reason(result), status) == ("ok", OK), result
    return result


def refused(idp, expected, **changed):
    prompt, result, status = run(login_request(idp, **changed))
    assert (reason(result), status) == (expected, REFUSED), result
    assert "sub" not in result and "group" not in result
    return prompt, result


def came_of(idp, request):
    """The reason of any job, with what the browser got pasted where it is asked for."""
    with Worker(request) as worker:
        event = worker.event()
        if event["event"] == ["prompt"]:
            if "authorization_uri" in event:
                worker.send({"text": idp.approve(event["authorization_uri"][0])})
            event = worker.event()
        return reason(event)


def recorded(status, text):
    return Reply(text.encode(), status)


# The status of an error never decides, its name does. (status, body) of a reply that means "not yet".
PENDING = {
    "auth0": (403, '{"error":"authorization_pending","error_description":"User has yet to authorize device code."}'),
    "pingam": (403, '{"error_description":"End user has not yet been authorized","error":"authorization_pending"}'),
    "google": (428, '{\n  "error": "authorization_pending",\n  "error_description": "Precondition Required"\n}'),
    "dex": (401, '{"error":"authorization_pending"}'),
    "entra": (
        400,
        '{"error":"authorization_pending","error_description":"AADSTS70016: OAuth 2.0 device flow error. Authorization '
        'is pending. Continue polling.","error_codes":[70016],"timestamp":"2026-01-01 00:00:00Z",'
        '"trace_id":"0","correlation_id":"0","error_uri":"https://login.example.com/error?code=70016"}',
    ),
}


@pytest.mark.parametrize("idp_name", PENDING)
def test_a_person_who_has_not_decided_is_waited_for(idp, idp_name):
    idp.answers["/token"] = [recorded(*PENDING[idp_name]), idp.tokens()]
    signed_in(idp)
    assert idp.paths().count("/token") == 2


@pytest.mark.parametrize("status", [403, 428])
def test_slow_down_slows_down_whatever_its_status(idp, status):
    idp.answers["/token"] = [Reply({"error": "slow_down"}, status), idp.tokens()]
    signed_in(idp)
    first, second = [request.at for request in idp.journal if request.path == "/token"]
    assert second - first >= 6


# (status, body) of a reply that ends it, and how.
ENDS = {
    "auth0-denied": (403, '{"error":"access_denied","error_description":"User cancelled"}', "access-denied"),
    "google-denied": (403, '{"error":"access_denied","error_description":"Forbidden"}', "access-denied"),
    "entra-declined": (400, '{"error":"authorization_declined","error_codes":[70000]}', "access-denied"),
    "entra-unknown-code": (400, '{"error":"bad_verification_code","error_codes":[501811]}', "expired"),
    "entra-expired": (400, '{"error":"expired_token","error_codes":[70020]}', "expired"),
    "entra-disabled": (
        400,
        '{"error":"invalid_grant","error_description":"AADSTS50057: The user account is disabled."}',
        "expired",
    ),
    "auth0-expired": (403, '{"error":"expired_token","error_description":"The device code is expired"}', "expired"),
    "auth0-after-that": (
        403,
        '{"error":"invalid_grant","error_description":"Invalid or expired device code."}',
        "expired",
    ),
    "google-no-secret": (
        400,
        '{"error":"invalid_request","error_description":"client_secret is missing."}',
        "access-denied",
    ),
    "authelia-other-method": (
        401,
        '{"error":"invalid_client","error_description":"Client authentication failed"}',
        "client-refused",
    ),
    "okta-no-rule": (400, '{"error":"unauthorized_client","error_description":"not allowed"}', "client-refused"),
}


@pytest.mark.parametrize("row", ENDS)
def test_an_end_is_one_by_its_name(idp, row):
    status, text, expected = ENDS[row]
    idp.answers["/token"] = recorded(status, text)
    refused(idp, expected)
    assert idp.paths().count("/token") == 1


def test_tokens_without_an_id_token_are_a_named_end(idp):
    """As Zitadel did with this flow, and who forgets the scope openid: said once, and not asked for again."""
    idp.answers["/token"] = idp.tokens(id_token=None)
    body = json.loads(idp.answers["/token"].body)
    del body["id_token"]
    idp.answers["/token"] = Reply(body)
    refused(idp, "token-missing")
    assert idp.paths().count("/token") == 1


# What the device authorization endpoint says.

GOOGLE_GRANT = {
    "device_code": "AH-1Ng2canary",
    "user_code": "GQVQ-JKEC",
    "expires_in": 1800,
    "interval": 1,
    "verification_url": "https://www.google.com/device",
}


def test_the_link_by_the_name_of_the_drafts(idp):
    idp.answers["/device"] = Reply(GOOGLE_GRANT)
    prompt, _, status = run(login_request(idp, verification_url="yes"))
    assert prompt["verification_uri"] == ["https://www.google.com/device"] and status == OK


def test_the_link_by_that_name_has_to_be_expected(idp):
    idp.answers["/device"] = Reply(GOOGLE_GRANT)
    prompt, result = refused(idp, "reply-form")
    assert prompt is None and "verification_uri is missing" in result["detail"][0]


def test_a_grant_without_the_link_that_has_the_code(idp):
    """Entra ID and Google have none: the plain one is shown, also where the other is wanted."""
    grant = idp.grant()
    del grant["verification_uri_complete"]
    idp.answers["/device"] = Reply({**grant, "message": "To sign in, use a web browser to open the page"})
    prompt, _, status = run(login_request(idp, complete_link="yes", qr="yes"))
    assert prompt["verification_uri"] == [grant["verification_uri"]] and status == OK


# (status, body) of a refusal of that endpoint, and what it means.
NO_GRANT = {
    "google-offline-access": (
        400,
        '{"error":"invalid_scope","error_description":"Invalid device flow scope: offline_access"}',
        "idp-error",
    ),
    "auth0-grant-not-allowed": (
        403,
        '{"error":"unauthorized_client","error_description":"Grant type not allowed"}',
        "client-refused",
    ),
    "keycloak-switched-off": (
        400,
        '{"error":"unauthorized_client","error_description":"Client is not allowed"}',
        "client-refused",
    ),
    "keycloak-pkce": (
        400,
        '{"error":"invalid_request","error_description":"Missing parameter: code_challenge_method"}',
        "client-refused",
    ),
    "google-quota": (403, '{"error_code":"rate_limit_exceeded"}', "too-many"),
    "authentik-no-flow-in-the-brand": (404, "Not Found", "no-device-flow"),
    "okta-grant-not-known": (400, '{"error":"unsupported_grant_type"}', "no-device-flow"),
}


@pytest.mark.parametrize("row", NO_GRANT)
def test_a_refusal_of_the_device_flow(idp, row):
    status, text, expected = NO_GRANT[row]
    idp.answers["/device"] = recorded(status, text)
    prompt, _ = refused(idp, expected)
    assert prompt is None


def test_the_device_flow_with_pkce(idp):
    """RFC 7636, as Keycloak can require it: the challenge with the first request, the verifier with each poll."""
    idp.answers["/token"] = [recorded(*PENDING["auth0"]), idp.tokens()]
    signed_in(idp, device_pkce="yes")
    asked = next(request.form for request in idp.journal if request.path == "/device")
    polls = [request.form["code_verifier"] for request in idp.journal if request.path == "/token"]
    assert asked["code_challenge_method"] == "S256" and len(polls) == 2 and polls[0] == polls[1]
    digest = hashlib.sha256(polls[0].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    idp.journal.clear()
    signed_in(idp, device_pkce="yes")
    assert next(request.form for request in idp.journal if request.path == "/device") != asked


def test_without_it_there_is_no_challenge(idp):
    signed_in(idp)
    assert not any("code_challenge" in request.form or "code_verifier" in request.form for request in idp.journal)


def test_no_log_has_the_verifier(idp):
    """What the provider repeats of it is blotted out."""

    def repeat(request):
        return Reply({"error": "invalid_request", "error_description": request.form["code_verifier"]}, 400)

    idp.answers["/token"] = repeat
    _, result = refused(idp, "access-denied", device_pkce="yes")
    verifier = next(request.form["code_verifier"] for request in idp.journal if request.path == "/token")
    assert verifier not in str(result)


# What discovery says.


def test_an_endpoint_that_discovery_lacks_is_configured(idp):
    """As GitLab's was: what is configured counts, and all else comes from the document."""
    document = idp.metadata()
    del document["device_authorization_endpoint"]
    idp.answers[DISCOVERY] = Reply(document)
    refused(idp, "no-device-flow")
    idp.answers["/oauth/authorize_device"] = Reply(idp.grant())
    signed_in(idp, device_authorization_endpoint=idp.issuer + "/oauth/authorize_device")
    assert DISCOVERY in idp.paths() and "/device" not in idp.paths()


# Each endpoint, the request that needs it, and what comes of it where nobody tells it.
ENDPOINTS = {
    "device_authorization_endpoint": (login_request, {}, "no-device-flow"),
    "token_endpoint": (login_request, {}, "discovery"),
    "jwks_uri": (login_request, {}, "discovery"),
    "userinfo_endpoint": (login_request, {"userinfo": "yes"}, "discovery"),
    "revocation_endpoint": (revoke_request, {}, "discovery"),
    "authorization_endpoint": (code_request, {}, "discovery"),
    "pushed_authorization_request_endpoint": (code_request, {"pushed": "always"}, "discovery"),
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("told", ["nowhere", "otherwise"])
def test_any_endpoint_can_be_configured(idp, endpoint, told):
    """Where discovery lacks it, and where discovery has another."""
    make, changed, reason_without = ENDPOINTS[endpoint]
    path = {"device_authorization_endpoint": "/device", "jwks_uri": "/jwks", "userinfo_endpoint": "/userinfo",
            "revocation_endpoint": "/revoke", "authorization_endpoint": "/authorize",
            "pushed_authorization_request_endpoint": "/par"}.get(endpoint, "/token")
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT})
    document = idp.metadata(**{endpoint: "https://elsewhere.example/x"})
    if told == "nowhere":
        del document[endpoint]
    idp.answers[DISCOVERY] = Reply(document)
    assert came_of(idp, make(idp, **changed, **{endpoint: idp.issuer + path})) == "ok"
    if told == "nowhere":
        assert came_of(idp, make(idp, **changed)) == reason_without


def test_a_document_of_many_tenants_is_of_no_issuer(idp):
    """Entra ID's for `common` and `organizations`: each token is of a tenant, so the configuration has to be, too."""
    idp.answers[DISCOVERY] = Reply(idp.metadata(issuer=idp.issuer + "/{tenantid}/v2.0"))
    _, result = refused(idp, "discovery")
    assert "{tenantid}" in result["detail"][0]


def test_a_token_of_the_other_version_is_of_another_issuer(idp):
    """Entra ID signs v1 tokens as https://sts.windows.net/TENANT/."""
    idp.claims = {"iss": "https://sts.windows.net/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/"}
    refused(idp, "token-issuer")


def test_a_document_that_must_not_be_stored(idp):
    """Keycloak's: it is read at each sign-in anyway, and nothing is stored."""
    idp.answers[DISCOVERY] = Reply(idp.metadata(), headers={"Cache-Control": "no-cache, must-revalidate, no-store"})
    signed_in(idp)


# Groups, in the places and shapes that they have: the claims, the path, and the groups that come of it.
PROJECT = "urn:zitadel:iam:org:project:roles"
SHAPES = {
    "keycloak-paths": ({"groups": ["/staff", "/staff/ops"]}, "groups", ["/staff", "/staff/ops"]),
    "keycloak-realm": (
        {"realm_access": {"roles": ["offline_access", "ops"]}},
        "realm_access.roles",
        ["offline_access", "ops"],
    ),
    "keycloak-client": (
        {"resource_access": {"linux.example.com": {"roles": ["ops"]}}},
        "resource_access.linux.example.com.roles",
        ["ops"],
    ),
    "entra-ids": (
        {"groups": ["7a0b9d2f-5f2c-4a52-9d5c-1f4d0a6b7c11"]},
        "groups",
        ["7a0b9d2f-5f2c-4a52-9d5c-1f4d0a6b7c11"],
    ),
    "entra-roles": ({"roles": ["Linux.Login"]}, "roles", ["Linux.Login"]),
    "auth0-namespace": ({"https://example.com/groups": ["ops"]}, "https://example.com/groups", ["ops"]),
    "zitadel-keys": ({PROJECT: {"ops": {"1": "a.example"}, "dev": {"1": "a.example"}}}, PROJECT, ["ops", "dev"]),
    "gitlab-direct": ({"groups_direct": ["acme", "acme/ops"]}, "groups_direct", ["acme", "acme/ops"]),
    "cognito": ({"cognito:groups": ["ops"]}, "cognito:groups", ["ops"]),
    "entitlements": (
        {"eduperson_entitlement": ["urn:mace:egi.eu:group:vo.example.org:role=member#aai.egi.eu"]},
        "eduperson_entitlement",
        ["urn:mace:egi.eu:group:vo.example.org:role=member#aai.egi.eu"],
    ),
}


@pytest.mark.parametrize("source", ["id_token", "userinfo"])
@pytest.mark.parametrize("shape", SHAPES)
def test_groups_have_many_shapes(idp, shape, source):
    claims, path, groups = SHAPES[shape]
    if source == "id_token":
        idp.claims = claims
    else:
        idp.answers["/userinfo"] = Reply({"sub": SUBJECT, **claims})
    result = signed_in(idp, groups_claim=path, userinfo="yes" if source == "userinfo" else "no")
    assert (result["groups"], result["group"]) == (["yes"], groups)


@pytest.mark.parametrize("source", ["authelia", "gitlab"])
def test_claims_that_stand_in_userinfo_alone(idp, source):
    idp.answers["/userinfo"] = Reply({"sub": SUBJECT, "preferred_username": "alice", "groups": ["ops"]})
    assert "group" not in signed_in(idp)
    result = signed_in(idp, userinfo="yes")
    assert (result["claim"], result["group"]) == (["preferred_username=alice"], ["ops"])


def test_a_pointer_to_the_groups_is_not_followed(idp):
    """Entra ID above about 200 of them: the groups are unknown, the log says why, and nobody is asked."""
    idp.claims = {
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": idp.issuer + "/users/1/getMemberObjects"}},
    }
    result = signed_in(idp)
    assert "groups" not in result and "group" not in result
    assert result["note"] == [
        "claim groups: only a pointer to it (_claim_names), which is not followed: too many groups for a token"
    ]
    assert idp.paths() == [DISCOVERY, "/device", "/jwks", "/token"]


def test_a_pointer_to_something_else_is_no_matter(idp):
    idp.claims = {"groups": ["ops"], "_claim_names": {"address": "src1", "groups": "src1"}}
    result = signed_in(idp)
    assert result["group"] == ["ops"] and "note" not in result


# How the client proves who it is.


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_the_secret_is_where_it_is_expected(idp, method):
    """Google and Dex read the form alone, Authelia the one that is registered: there is never a second try."""
    signed_in(idp, client_auth=method, client_secret="secret-canary")
    for request in idp.journal:
        if request.method == "POST":
            in_form = request.form.get("client_secret") == "secret-canary"
            assert in_form == (method == "client_secret_post")
            assert ("Authorization" in request.headers) == (method == "client_secret_basic")


def test_a_subject_that_is_a_long_uri(idp):
    """CILogon and EGI Check-in."""
    subject = "http://cilogon.org/serverA/users/" + "1" * 200
    idp.claims = {"sub": subject}
    assert signed_in(idp)["sub"] == [subject]
    idp.claims = {"sub": "x" * 256}
    refused(idp, "token-subject")
