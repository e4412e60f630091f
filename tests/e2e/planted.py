"""Sessions without a login: the IdP signs somebody in, and what came of it is put into the store."""

import base64
import json
import os
import pathlib
import re
import secrets
import ssl
import time
import urllib.parse
import urllib.request

STORE = pathlib.Path("/run/pam_sso")
SCOPE = "openid profile email groups offline_access"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class Planter:
    """Somebody who signs in again and again, with one browser and one device."""

    def __init__(self, idp, user="alice"):
        self._idp = idp
        self._user = user
        self._person = idp.person()
        self._context = ssl.create_default_context(cafile=str(idp.ca))

    def _post(self, path, **form):
        body = urllib.parse.urlencode({"client_id": "public", **form}).encode()
        with urllib.request.urlopen(self._idp.issuer + path, body, timeout=60, context=self._context) as reply:
            return json.load(reply)

    def sign_in(self):
        """The tokens of a new sign-in (RFC 8628)."""
        code = self._post("/device/auth", scope=SCOPE)
        self._person.approve(code["verification_uri_complete"], self._user)
        return self._post("/token", grant_type=DEVICE, device_code=code["device_code"])

    def plant(self):
        """A session as store.h and session.h have it, that was verified long ago. Returns its id."""
        tokens = self.sign_in()
        payload = tokens["id_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        now = int(time.time())
        fields = {
            "id": secrets.token_hex(16),
            "user": self._user,
            "service": "sshd",
            "host": "machine",
            "ssh_key": "ssh-ed25519 AAAA",  # so that it outlives its login
            "iss": self._idp.issuer,
            "sub": claims["sub"],
            "client_id": "public",
            "created": now - 3600,
            "verified": now - 3600,
            "ends": now + 3600,
            "token_iat": claims["iat"],
            "auth_time": -1,
            "access_ends": -1,
            "renewals": 0,
            "access_token": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
        }
        STORE.mkdir(mode=0o700, exist_ok=True)
        text = "version=1\n\n" + "".join(f"{key}={value}\n" for key, value in fields.items()) + "\n"
        with open(os.open(STORE / fields["id"], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
        return fields["id"]


def make_due(name):
    """Has a session that nobody uses right now renewed by the next `ssoctl refresh`."""
    file = STORE / name
    file.write_text(re.sub(r"(?m)^verified=\d+$", "verified=1", file.read_text(), count=1))
