import os
import pathlib
import subprocess

import pytest

SSOCTL = pathlib.Path(os.environ.get("SSOCTL", "build/ssoctl")).resolve()

ID = "0123456789abcdef0123456789abcdef"

# A session as it is stored, at noon of the first day of 2030, with a day to live from the end of 2099.
FIELDS = {
    "id": ID,
    "user": "alice",
    "service": "sshd",
    "iss": "https://idp.example.com",
    "sub": "248289761001",
    "created": "1893499200",
    "verified": "1893502800",
    "ends": "4102444800",
    "token_iat": "1893502800",
    "auth_time": "-1",
    "access_ends": "-1",
    "access_token": "canary-access-token",
    "refresh_token": "canary-refresh-token",
    "login": "4242:99",
}


class Machine:
    """A configuration and a store of the test's own."""

    def __init__(self, folder):
        self.store = folder / "store"
        self.conf = folder / "pam_sso.conf"
        self.configure()

    def configure(self, more=""):
        self.conf.write_text(
            "[provider]\nissuer = https://idp.example.com\nclient_id = host\n"
            f"[session]\nkeep = yes\ndirectory = {self.store}\n{more}"
        )
        self.conf.chmod(0o600)

    def keep(self, **changes):
        """Stores a session; a field that is None is left out. Returns its file."""
        fields = {**FIELDS, **changes}
        self.store.mkdir(mode=0o700, exist_ok=True)
        file = self.store / fields["id"]
        lines = [f"{key}={value}\n" for key, value in fields.items() if value is not None]
        file.write_text("".join(lines) + "\n")
        file.chmod(0o600)
        return file

    def ssoctl(self, *arguments, conf=True, **options):
        options = {"capture_output": True, "text": True, "timeout": 60, **options}
        command = [SSOCTL, *arguments, *(["--conf", self.conf] if conf else [])]
        return subprocess.run(command, check=False, **options)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)
