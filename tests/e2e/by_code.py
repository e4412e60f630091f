"""The authorization code flow, as the tests of it set it up, and what its page gives the person."""

import base64
import urllib.parse

from world import configure

PART = 480  # bytes of the answer in each line that the page gives, where it needs more than one
LOOPBACK = "http://127.0.0.1/sso"


def configure_code(idp, **sections):
    """Everybody signs in by the authorization code flow, through the page."""
    provider = {"client_id": "code", "flow": "code", "redirect_uri": idp.page, **sections.pop("provider", {})}
    configure(idp, provider=provider, **sections)


def configure_workstation(idp, **sections):
    """The redirect address is this machine; where the program is local, the worker listens there."""
    provider = {"client_id": "workstation", "redirect_uri": LOOPBACK, **sections.pop("provider", {})}
    configure_code(idp, provider=provider, **sections)


def parameters(address):
    """What the provider answered."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))


def short_form(address):
    """What the page shows (tests/web)."""
    return urllib.parse.urlencode(parameters(address))


def in_parts(address, size=PART):
    """The same in lines."""
    text = short_form(address)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return [f"{number}/{len(pieces)}:{piece}" for number, piece in enumerate(pieces, 1)]


def label(address):
    """For whom the page says the sign-in is."""
    encoded = parameters(address)["state"].split(".")[1]
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
