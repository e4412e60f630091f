"""Who may come in: mapping, roles and groups, in the real hosts."""

import counting
import pytest
from hosts import HOSTS, ssh, sudo
from world import configure, write


def attempt(idp, login, user="alice", program=sudo):
    """Whether the door opens for USER when LOGIN signs in at the IdP."""
    with program(user) as session:
        session.prompt()
        idp.person().approve(session.link, login, session.code)
        if program is ssh:
            session.enter()
        return session.opens()


def test_map_file(idp):
    """Subject or name to one or many local users."""
    write("/etc/security/pam_sso.map", "carol@corp.example  alice deploy\n")
    configure(idp, user={"map_file": "/etc/security/pam_sso.map"})
    assert attempt(idp, "carol@corp.example", "alice")
    assert attempt(idp, "carol@corp.example", "deploy", ssh)
    assert not attempt(idp, "carol@corp.example", "bob")
    assert not attempt(idp, "alice", "alice")


def test_mail_and_template(idp):
    """Threat (who comes in as whom): a rule for one domain is for that domain, as a whole."""
    configure(idp, user={"claims": "email", "match": r"(.+)@example\.com", "template": "{1}"})
    assert attempt(idp, "alice@example.com")
    for login in ("alice@example.com.evil", "alice@evil.example", "alice@sub.example.com", "alice@EXAMPLE.com",
                  "bob@example.com", "alice@evil.example@example.com"):
        assert not attempt(idp, login), login


@pytest.mark.parametrize("verified", [False, "true", 1, None])
def test_mail_that_is_not_verified(idp, verified, new_log):
    """Threat (who comes in as whom): email_verified is the JSON value true, or the address is nobody's."""
    account = {"claims": {"email_verified": verified}}
    idp.set(accounts={"alice@example.com": account})
    configure(idp, user={"claims": "email", "match": r"(.+)@example\.com", "template": "{1}"})
    assert not attempt(idp, "alice@example.com")
    assert "reason=email-unverified" in new_log()


def test_letter_case(idp):
    """Threat (who comes in as whom): letter case differs: denied, unless `casefold = ascii`."""
    assert not attempt(idp, "ALICE")
    configure(idp, user={"casefold": "ascii"})
    assert attempt(idp, "ALICE")
    assert not attempt(idp, "al\u0130ce")


def test_role(idp):
    """Members of a group may become a role user: ssh deploy@host."""
    idp.set(accounts={"alice": {"groups": ["releasers"]}, "bob": {"groups": ["staff"]}})
    configure(idp, user={"roles": "releasers:deploy"})
    assert attempt(idp, "alice", "deploy", ssh)
    assert not attempt(idp, "bob", "deploy", ssh)
    assert attempt(idp, "alice", "alice", ssh)


def test_groups(idp, new_log):
    """Threat (who comes in as whom): exact strings, denied before allowed, Keycloak's leading slash included."""
    configure(idp, access={"allow_groups": "linux", "deny_groups": "suspended"})
    for groups, opens in ((["linux"], True), (["Linux"], False), (["/linux"], False), (["linux2"], False), ([], False),
                          (["linux", "suspended"], False)):
        idp.set(accounts={"alice": {"groups": groups}})
        assert attempt(idp, "alice") == opens, groups


def test_group_grants_no_local_group(idp):
    """Threat (who comes in as whom): `groups: ["sudo"]` at the IdP is no group here."""
    idp.set(accounts={"alice": {"groups": ["sudo", "root", "adm"]}})
    with ssh("alice") as session:
        session.prompt()
        idp.person().approve(session.link, "alice", session.code)
        session.enter()
        session.opened()
        assert session.ask("id -Gn").split() == ["alice"]


def test_a_service_of_its_own(idp):
    """Threat (who comes in as whom): a service without a section gets the strictest of the others."""
    idp.set(accounts={"alice": {"groups": ["users"]}})
    configure(idp, service_sshd={"allow_groups": "users"}, service_sudo={"allow_groups": "admins"})
    assert attempt(idp, "alice", "alice", ssh)
    assert not attempt(idp, "alice", "alice", sudo)
    with HOSTS["su"]("alice") as session:  # no section: nobody is in both lists
        if session.expect(session.waiting, "Permission denied|failure|denied") == 0:
            session.prompt()
            idp.person().approve(session.link, "alice", session.code)
            session.ended()
        assert "[alice]" not in session.transcript


def test_lists_are_asked_first(idp):
    """Who cannot come in anyway is refused before the IdP is asked."""
    configure(idp, access={"deny_users": "alice"})
    with sudo("alice") as session:
        assert session.ended() != 0
    assert counting.sign_ins(idp.seen()) == 0


def test_not_ours(idp):
    """Ignored users are the next module's."""
    configure(idp, access={"ignore_users": "alice"})
    with sudo("alice") as session:
        session.expect("[Pp]assword.*: ")
    assert counting.sign_ins(idp.seen()) == 0
