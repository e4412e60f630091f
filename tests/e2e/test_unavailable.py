"""Where the IdP cannot be asked, the next module of the stack gets its turn, in time."""

import socket
import subprocess
import threading
import time

import pytest
from hosts import HOSTS, owner, type_password
from world import PROJECT, configure, write

TIMEOUTS = {"connect_timeout": "3s", "request_timeout": "5s"}
IN_TIME = 40  # seconds: the timeouts above, and a busy machine


def next_module_asks(host):
    """The local password opens the door, since the IdP could not be asked."""
    start = time.monotonic()
    with HOSTS[host]("alice") as session:
        type_password(session)
        assert time.monotonic() - start < IN_TIME
        assert session.opened() == owner(host, "alice")
        return session.transcript


def test_nobody_listens(idp, host, new_log):
    """The IdP is away."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        configure(idp, provider={"issuer": f"https://idp.test:{port}"}, network=TIMEOUTS)
        next_module_asks(host)
    assert "reason=unreachable" in new_log()


def test_nobody_answers(idp, host, new_log):
    """Threat (network): a connection that is taken and never served."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(idp, provider={"issuer": f"https://idp.test:{silent.getsockname()[1]}"}, network=TIMEOUTS)
        next_module_asks(host)
    assert "reason=unreachable" in new_log() or "reason=tls" in new_log()


def test_device_endpoint_hangs(idp, host, new_log):
    """Threat (network): TLS and discovery work, and then nothing comes."""
    idp.set(hang=["/device/auth"])
    configure(idp, network=TIMEOUTS)
    next_module_asks(host)
    assert "reason=unreachable" in new_log()


def test_name_server_is_silent(idp, host, new_log):
    """Threat (network): a DNS look-up outlives libcurl's own timeouts, and not ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as name_server:
        name_server.bind(("127.0.0.1", 53))
        configure(idp, provider={"issuer": "https://idp.elsewhere.example"}, network=TIMEOUTS)
        next_module_asks(host)
    assert "reason=unreachable" in new_log()


def test_unknown_authority(idp, host, tmp_path, new_log):
    """Threat (network): a certificate of somebody else's authority."""
    subprocess.run([PROJECT / "tests/idp/make-ca", tmp_path, "idp.test"], check=True)
    write("/etc/ssl/other.pem", (tmp_path / "ca.pem").read_text())
    configure(idp, network={"ca_file": "/etc/ssl/other.pem"})
    next_module_asks(host)
    assert "reason=tls" in new_log()
    assert idp.requests() == []


def test_name_is_not_in_the_certificate(idp, host, new_log):
    """Threat (network): wrong host."""
    configure(idp, provider={"issuer": idp.issuer.replace("idp.test", "machine")})
    next_module_asks(host)
    assert "reason=tls" in new_log()
    assert idp.requests() == []


def test_system_authorities_do_not_know_it(idp, new_log):
    """Without ca_file the system's authorities decide, and the test's is none of them."""
    configure(idp, network={"ca_file": None})
    next_module_asks("sudo")
    assert "reason=tls" in new_log()


def test_plain_http(idp, new_log):
    """Threat (network): plain HTTP on the port gets no request body."""
    received = []

    def serve(server):
        client, _ = server.accept()
        with client:
            received.append(client.recv(65536))
            client.sendall(b"HTTP/1.0 400 no\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=[server])
        thread.start()
        configure(idp, provider={"issuer": f"https://idp.test:{server.getsockname()[1]}"}, network=TIMEOUTS)
        next_module_asks("sudo")
        thread.join()
    assert received[0][:1] == b"\x16"  # a TLS handshake, and nothing else
    assert "reason=tls" in new_log() or "reason=unreachable" in new_log()


@pytest.mark.parametrize("text, named", [
    ("[provider]\nissuer = http://idp.test\nclient_id = x\n", "pam_sso.conf:2"),
    ("[provider]\nissuer = https://idp.test\nclient_id = x\n[access]\nallow_group = x\n", "pam_sso.conf:5"),
    ("[provider]\nissuer = https://idp.test\nissuer = https://idp.test\nclient_id = x\n", "pam_sso.conf:3"),
])
def test_configuration_that_is_wrong(idp, text, named, new_log):
    """Threat (host process): the log names file and line; the password counts, as without pam_sso."""
    write("/etc/security/pam_sso.conf", text)
    with HOSTS["sudo"]("alice") as session:
        session.expect("[Pp]assword.*: ")
    assert named in new_log()
    assert idp.requests() == []


def test_configuration_that_others_can_write(idp, new_log):
    """Threat (host process): nothing of such a file counts; the log says why."""
    write("/etc/security/pam_sso.conf", "[provider]\nissuer = https://idp.test\nclient_id = x\n", 0o666)
    with HOSTS["sudo"]("alice") as session:
        session.expect("[Pp]assword.*: ")
    assert "reason=config" in new_log() and "mode is too wide" in new_log()


def test_worker_is_missing(idp, new_log):
    """Threat (host process): the next module has its turn; nobody is let in for lack of a worker."""
    configure(idp, network={"worker": "/usr/libexec/pam_sso/no-such-worker"})
    next_module_asks("sudo")
    assert "reason=worker" in new_log()
