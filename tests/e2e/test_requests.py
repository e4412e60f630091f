"""What a login costs at the IdP, counted there; and every way to be a client and to sign a token."""

import counting
import pytest
from counting import DEVICE, TOKEN
from hosts import ssh, su, sudo
from world import configure, wait_until, write

DISCOVERY, KEYS, USERINFO = "/.well-known/openid-configuration", "/jwks", "/me"


def sign_in(idp, program=sudo):
    with program("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        if program is ssh:
            session.enter()
        session.opened()
    return idp.seen()


def paths(seen):
    return [request["path"] for request in counting.of_worker(seen)]


@pytest.mark.parametrize("program", [ssh, sudo, su])
def test_one_connection_and_no_request_too_many(idp, program):
    """Discovery, device authorization, polls and one key-set fetch, all on one TLS connection."""
    seen = sign_in(idp, program)
    asked = paths(seen)
    assert asked[:2] == [DISCOVERY, DEVICE]
    assert sorted(set(asked)) == sorted([DISCOVERY, DEVICE, KEYS, TOKEN])
    assert [asked.count(path) for path in (DISCOVERY, DEVICE, KEYS)] == [1, 1, 1]
    assert len(counting.connections_of_worker(seen)) == 1
    assert seen["failures"] == []
    counting.assert_pace(seen, 1)


def test_keys_come_while_the_person_signs_in(idp):
    """The key set is fetched while the person is away, not before the prompt."""
    with sudo("alice") as session:
        session.prompt()
        wait_until(lambda: KEYS in paths(idp.seen()), what="the key-set fetch")
        assert paths(idp.seen()).index(KEYS) > paths(idp.seen()).index(DEVICE)
        idp.person().approve(session.link, "alice", session.code)
        session.opened()


def test_userinfo_where_configured(idp):
    """Userinfo is asked once, after the ID token, and only where the configuration says so."""
    idp.set(accounts={"alice": {"groups": ["ops"], "groups_in": "userinfo"}})
    configure(idp, access={"allow_groups": "ops", "groups_source": "userinfo"})
    seen = sign_in(idp)
    assert paths(seen)[-1] == USERINFO and paths(seen).count(USERINFO) == 1
    assert len(counting.connections_of_worker(seen)) == 1


def test_configured_endpoints_need_no_discovery(idp):
    """Configured endpoints need no discovery."""
    configure(idp, provider={
        "discovery": "no",
        "device_authorization_endpoint": idp.issuer + DEVICE,
        "token_endpoint": idp.issuer + TOKEN,
        "jwks_uri": idp.issuer + KEYS,
    })
    assert DISCOVERY not in paths(sign_in(idp))


@pytest.mark.parametrize("interval, least", [(3, 3), (None, 5)])
def test_interval(idp, interval, least):
    """RFC 8628 section 3.2: the interval is the IdP's; where it says none, it is 5 seconds."""
    idp.set(interval=interval)
    with sudo("alice") as session:
        session.prompt()
        wait_until(lambda: len(counting.polls(idp.seen())) >= 2, what="two polls")
        idp.person().approve(session.link, "alice", session.code)
        session.opened()
    counting.assert_pace(idp.seen(), least)


def secret_keys(idp, client):
    """The configuration of a client with a secret, in a file of its own."""
    write("/etc/security/pam_sso.secret", idp.clients[client]["secret"] + "\n", 0o600)
    return {
        "client_id": client,
        "client_auth": idp.clients[client]["auth"],
        "client_secret_file": "/etc/security/pam_sso.secret",
    }


def private_keys(idp, client, alg):
    """The configuration of a client with a private key, in a file of its own."""
    write("/etc/security/pam_sso.key", (idp.dir / f"{client}.key").read_text(), 0o600)
    return {
        "client_id": client,
        "client_auth": "private_key_jwt",
        "client_key_file": "/etc/security/pam_sso.key",
        "client_key_id": client,
        "client_assertion_alg": alg,
    }


@pytest.mark.parametrize("client", ["basic", "post"])
def test_client_secret(idp, client):
    """`client_secret_basic` and `client_secret_post`, with a secret that needs encoding twice."""
    configure(idp, provider=secret_keys(idp, client))
    seen = sign_in(idp)
    requests = [r for r in counting.of_worker(seen) if r["path"] in (DEVICE, TOKEN)]
    assert all(("authorization" in r["headers"]) == (client == "basic") for r in requests)
    assert all(("client_secret=" in r["body"]) == (client == "post") for r in requests)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_private_key_jwt(idp, alg):
    """`private_key_jwt`; each assertion is used once."""
    configure(idp, provider=private_keys(idp, f"jwt-{alg.lower()}", alg))
    seen = sign_in(idp)
    bodies = [r["body"] for r in counting.of_worker(seen) if r["path"] in (DEVICE, TOKEN)]
    assertions = [body.split("client_assertion=")[1].split("&")[0] for body in bodies]
    assert len(set(assertions)) == len(assertions) >= 2


def test_secret_that_others_can_read(idp, new_log):
    """Threat (host process): a secret with too wide a mode is not used, and the log says which file."""
    keys = secret_keys(idp, "basic")
    write("/etc/security/pam_sso.secret", "x\n", 0o644)
    configure(idp, provider=keys)
    with sudo("alice") as session:
        session.expect("[Pp]assword.*: ")
    assert "pam_sso.secret" in new_log()
    assert counting.sign_ins(idp.seen()) == 0


def test_client_that_the_idp_does_not_know(idp, new_log):
    """RFC 6749 section 5.2, invalid_client: this machine is not accepted, which is no verdict on the person."""
    configure(idp, provider={"client_id": "stranger"})
    with sudo("alice") as session:
        session.expect("[Pp]assword.*: ")
    assert "reason=client-refused" in new_log()


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_signature_algorithms(idp, alg):
    """ID tokens signed with each family, out of a key set that has them all."""
    configure(idp, provider={"client_id": f"signs-{alg.lower()}"})
    sign_in(idp)


def test_algorithm_that_is_not_on_the_list(idp, new_log):
    """Threat (ID token): a good signature by an algorithm that is not accepted here."""
    configure(idp, provider={"client_id": "signs-es256"}, token={"algs": "RS256 PS256"})
    with sudo("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        assert session.ended() != 0
    assert "reason=token-alg" in new_log()


@pytest.mark.parametrize("token, account, reason", [
    ({"acr": "urn:test:strong"}, {"acr": "urn:test:strong"}, "ok"),
    ({"acr": "urn:test:strong"}, {}, "acr"),
    ({"amr": "pwd otp"}, {"amr": ["otp", "pwd", "mfa"]}, "ok"),
    ({"amr": "pwd otp"}, {"amr": ["pwd"]}, "amr"),
    ({"max_age": "5m"}, {}, "ok"),
    ({"required_claims": "realm_access.roles=admin"}, {"groups": ["admin"]}, "ok"),
    ({"required_claims": "realm_access.roles=admin"}, {"groups": ["staff"]}, "required-claim"),
])
def test_how_the_person_signed_in(idp, token, account, reason, new_log):
    """Threat (ID token): acr, amr, max_age and required_claims; what is required is also requested."""
    idp.set(accounts={"alice": account})
    configure(idp, token=token)
    with sudo("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        if reason == "ok":
            session.opened()
        else:
            assert session.ended() != 0
    assert f"reason={reason}" in new_log()
    asked = next(r for r in idp.requests(DEVICE))["body"]
    assert ("acr_values=urn%3Atest%3Astrong" in asked) == ("acr" in token)
    assert ("max_age=300" in asked) == ("max_age" in token)
