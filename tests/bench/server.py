"""A Redis or Valkey, whichever is there, and its own benchmark."""

import csv
import shutil
import socket
import subprocess

from machine import PLACE, REDIS_HOST, REDIS_PORT, REDIS_USER, STORE_PASSWORD, TLS
from measure import wait_until


def first_there(*programs):
    return next(filter(None, map(shutil.which, programs)))


class Redis:
    """TLS alone, on the loopback interface, and nothing on a disk. The benchmark is its default
    user, sso-store another."""

    def __init__(self):
        settings = f"""\
bind 127.0.0.1
port 0
tls-port {REDIS_PORT}
tls-cert-file {TLS / "cert.pem"}
tls-key-file {TLS / "key.pem"}
tls-ca-cert-file {TLS / "ca.pem"}
tls-auth-clients no
save ""
appendonly no
dir {PLACE}
user {REDIS_USER} on >{STORE_PASSWORD.read_text().strip()} ~pam_sso:* +@all
"""
        self.process = subprocess.Popen(
            [first_there("redis-server", "valkey-server"), "-"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True)
        self.process.stdin.write(settings)
        self.process.stdin.close()
        wait_until("Redis", self.listens, 30)

    @staticmethod
    def listens():
        try:
            socket.create_connection(("127.0.0.1", REDIS_PORT)).close()
        except ConnectionRefusedError:
            return False
        return True

    @staticmethod
    def benchmark(size, requests):
        """How many SETs and GETs a second of so many bytes one connection gets, one by one."""
        command = [first_there("redis-benchmark", "valkey-benchmark"), "-h", REDIS_HOST,
                   "-p", str(REDIS_PORT), "--tls", "--cacert", str(TLS / "ca.pem"), "-c", "1",
                   "-d", str(size), "-n", str(requests), "-t", "set,get", "--csv"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return {row["test"]: float(row["rps"]) for row in csv.DictReader(said.splitlines())}

    def end(self):
        self.process.terminate()
        self.process.wait()
