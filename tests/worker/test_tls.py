#!/usr/bin/python3
"""Servers that must not be believed: what is wrong with the certificate or the version, and what they hear."""

import datetime
import socket
import ssl
import threading
import types

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from worker import REFUSED, login_request, run

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def certificate(path, name, issuer=None, starts=NOW - DAY, ends=NOW + DAY):
    """Writes PATH.pem and PATH.key; ISSUER's certificate and key sign, or its own. Returns both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(issuer[0].subject if issuer else subject, subject, key.public_key(),
                                      x509.random_serial_number())
    builder = builder.not_valid_before(starts).not_valid_after(ends)
    builder = builder.add_extension(x509.BasicConstraints(name == "authority", None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    path.with_suffix(".pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return made, key


def serve(listener, context, heard):
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(client, server_side=True) as tls:
                heard.append(tls.recv(65536))
        except OSError:
            """The worker hung up, as it should."""


@pytest.mark.parametrize("dates, own, version, expected", [
    ({}, False, None, "unreachable"),  # believed: asked, and it has no answer
    ({"starts": NOW - 2 * DAY, "ends": NOW - DAY}, False, None, "tls"),
    ({"starts": NOW + DAY, "ends": NOW + 2 * DAY}, False, None, "tls"),
    ({}, True, None, "tls"),
    ({}, False, ssl.TLSVersion.TLSv1_1, "tls"),
    ({}, False, ssl.TLSVersion.TLSv1, "tls"),
], ids=["good", "expired", "not yet valid", "self-signed", "TLS 1.1", "TLS 1.0"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_server(tmp_path, dates, own, version, expected):
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    authority = certificate(tmp_path / "ca", "authority")
    certificate(tmp_path / "server", "localhost", None if own else authority, **dates)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    if version:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=[listener, context, heard], daemon=True).start()
        idp = types.SimpleNamespace(issuer=f"https://localhost:{listener.getsockname()[1]}", ca=tmp_path / "ca.pem")
        _, result, status = run(login_request(idp))
        listener.shutdown(socket.SHUT_RDWR)
    assert (result["reason"], status) == ([expected], REFUSED)
    assert any(heard) == (expected != "tls")
