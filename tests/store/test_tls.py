#!/usr/bin/python3
"""Whom the program believes to be its server, and what the others hear."""

import datetime
import ipaddress
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fake_redis import FakeRedis
from store import NEW, TIMEOUT_MS, Store, new_id

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
LOCALHOST = x509.DNSName("localhost")
HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def certificate(path, names, issuer=None, starts=NOW - DAY, ends=NOW + DAY):
    """Writes PATH.pem and PATH.key; ISSUER's certificate and key sign, or its own. Returns both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost" if names else "authority")])
    builder = x509.CertificateBuilder(issuer[0].subject if issuer else subject, subject, key.public_key(),
                                      x509.random_serial_number())
    builder = builder.not_valid_before(starts).not_valid_after(ends)
    builder = builder.add_extension(x509.BasicConstraints(not names, None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    path.with_suffix(".pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return made, key


ROWS = {
    "a name": ("localhost", {}, None, "ok"),
    "an address": ("127.0.0.1", {"names": [HERE]}, None, "ok"),
    "both": ("127.0.0.1", {"names": [LOCALHOST, HERE]}, None, "ok"),
    "an address that is no name": ("127.0.0.1", {"names": [LOCALHOST]}, None, "away"),
    "a name that is no address": ("localhost", {"names": [HERE]}, None, "away"),
    "an address as a name": ("127.0.0.1", {"names": [x509.DNSName("127.0.0.1")]}, None, "away"),
    "another name": ("localhost", {"names": [x509.DNSName("redis.example.com")]}, None, "away"),
    "part of a name": ("localhost", {"names": [x509.DNSName("local*")]}, None, "away"),
    "expired": ("localhost", {"starts": NOW - 2 * DAY, "ends": NOW - DAY}, None, "away"),
    "not yet valid": ("localhost", {"starts": NOW + DAY, "ends": NOW + 2 * DAY}, None, "away"),
    "self-signed": ("localhost", {"issuer": None}, None, "away"),
    "TLS 1.2": ("localhost", {}, ssl.TLSVersion.TLSv1_2, "ok"),
    "TLS 1.1": ("localhost", {}, ssl.TLSVersion.TLSv1_1, "away"),
    "TLS 1.0": ("localhost", {}, ssl.TLSVersion.TLSv1, "away"),
}


def reachable(path):
    """The program, which is nobody, reads the CA file."""
    for folder in (path, path.parent, path.parent.parent):
        folder.chmod(0o755)


@pytest.mark.parametrize("host, made, version, expected", ROWS.values(), ids=ROWS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_certificates(tmp_path, host, made, version, expected):
    reachable(tmp_path)
    authority = certificate(tmp_path / "ca", None)
    certificate(tmp_path / "server", **{"names": [LOCALHOST], "issuer": authority, **made})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    if version:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    with FakeRedis(context) as fake, Store() as store:
        reply = store.ask(op="open", url=f"rediss://{host}:{fake.port}", user="sso", password="canary", key=NEW,
                          ca_file=tmp_path / "ca.pem", timeout=20_000)
        assert reply["status"] == [expected]
        assert bool(fake.heard) == (expected == "ok")


def refused(server, **changed):
    with Store() as store:
        reply = store.ask(**server.opening([NEW], timeout=TIMEOUT_MS, **changed))
        return reply["status"][0], reply["detail"][0]


def test_another_authority(server, tmp_path):
    reachable(tmp_path)
    certificate(tmp_path / "ca", None)
    status, detail = refused(server, ca_file=tmp_path / "ca.pem")
    assert status == "away" and "certificate" in detail


@pytest.mark.parametrize("content, words", [
    (None, "No such file or directory"),
    ("", "no certificate or crl found"),
    ("no certificate", "no certificate or crl found"),
], ids=["missing", "empty", "text"])
def test_a_file_without_certificates(server, tmp_path, content, words):
    reachable(tmp_path)
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    status, detail = refused(server, ca_file=tmp_path / "ca.pem")
    assert status == "away" and detail == f"CA certificates: {words}"


def test_a_directory_of_authorities(server, tmp_path):
    reachable(tmp_path)
    (tmp_path / "ca.pem").write_bytes(server.ca.read_bytes())
    subprocess.run(["openssl", "rehash", tmp_path], check=True)
    with server.open(NEW, ca_file=None, ca_dir=tmp_path) as store:
        assert store.put(new_id())["status"] == ["ok"]


def test_nobody_to_trust(server):
    status, detail = refused(server, ca_file=None)
    assert status == "invalid" and "trust" in detail


def test_plain_text_on_a_tls_port_and_the_other_way_round(server):
    assert refused(server, url=server.plain_url.replace(str(server.port), str(server.tls_port)))[0] == "away"
    assert refused(server, url=server.url.replace(str(server.tls_port), str(server.port)))[0] == "away"


def test_plain_text_stays_on_this_machine():
    with Store() as store:
        reply = store.ask(op="open", url="redis://192.0.2.1:6379", key=NEW, timeout=20_000)
        assert reply["status"] == ["away"] and "No such device" in reply["detail"][0]


def test_plain_text_here(server):
    for host in ("127.0.0.1", "localhost"):
        with server.open(NEW, url=f"redis://{host}:{server.port}", ca_file=None) as store:
            assert store.put(new_id())["status"] == ["ok"]
