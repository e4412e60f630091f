#!/usr/bin/python3
"""The QR code of a prompt: drawn as a dark terminal shows it, and read by zbarimg."""

import subprocess

import pytest

from fake_idp import Reply
from worker import login_request, run

# The upper and the lower half of each character that may stand in a line: 1 where it is lit.
HALVES = {"\u2588": (1, 1), "\u2580": (1, 0), "\u2584": (0, 1), " ": (0, 0)}
SCALE = 6


def image(lines):
    """A picture (PGM) of the lines on a dark terminal."""
    rows = []
    for line in lines:
        for half in (0, 1):
            row = b"".join((b"\xff" if HALVES[character][half] else b"\0") * SCALE for character in line)
            rows += [row] * SCALE
    return b"P5 %d %d 255\n" % (len(rows[0]), len(rows)) + b"".join(rows)


@pytest.mark.parametrize("length", [30, 100, 250, 400])
def test_it_says_what_is_printed(idp, tmp_path, length):
    uri = (idp.issuer + "/d?" + "aB3-" * 128)[:length]
    idp.answers["/device"] = Reply(idp.grant(verification_uri=uri, interval=1, expires_in=2))
    prompt, _, _ = run(login_request(idp, qr="yes"))
    assert prompt["verification_uri"] == [uri]
    lines = prompt["qr"]
    assert {len(line) for line in lines} == {len(lines[0])} and len(lines[0]) <= 78
    picture = tmp_path / "qr.pgm"
    picture.write_bytes(image(lines))
    seen = subprocess.run(["zbarimg", "-q", "--raw", picture], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == uri


def test_what_is_too_wide_is_left_out(idp):
    uri = (idp.issuer + "/d?" + "aB3-" * 128)[:512]
    idp.answers["/device"] = Reply(idp.grant(verification_uri=uri, interval=1, expires_in=2))
    prompt, _, _ = run(login_request(idp, qr="yes"))
    assert prompt["verification_uri"] == [uri] and "qr" not in prompt


def test_none_where_none_is_asked_for(idp):
    prompt, _, _ = run(login_request(idp))
    assert "qr" not in prompt
