"""Sign-ins of real hosts, counted, as the node exporter finds them."""

import json

from hosts import HOSTS
from world import configure, run

DIRECTORY = "/run/pam_sso_stats"


def sign_in(idp, host, user="alice"):
    with HOSTS[host]("alice") as session:
        session.prompt()
        idp.person().approve(session.link, user, session.code)
        if host == "ssh":
            session.enter()
        assert session.opens() == (user == "alice")


def test_hosts_are_counted(idp, tmp_path):
    """By sshd's unprivileged side and its monitor, by set-uid programs; and nothing where it is off."""
    run("rm", "-rf", DIRECTORY)
    sign_in(idp, "ssh")
    run("test", "!", "-e", DIRECTORY)
    configure(idp, log={"stats": "yes"})
    sign_in(idp, "ssh")
    sign_in(idp, "sudo")
    sign_in(idp, "ssh", "bob")
    file = tmp_path / "pam_sso.prom"
    run("ssoctl", "stats", "--json", "--output", str(file))
    counted = json.loads(file.read_text())
    assert {"service": "sshd", "reason": "ok", "count": 1} in counted["attempts"]
    assert {"service": "sudo", "reason": "ok", "count": 1} in counted["attempts"]
    refused = [row for row in counted["attempts"] if row["service"] == "sshd" and row["reason"] != "ok"]
    assert [row["count"] for row in refused] == [1]
    assert [counted["prompt_seconds"][verdict]["count"] for verdict in ("in", "refused")] == [2, 1]
