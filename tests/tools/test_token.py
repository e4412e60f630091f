"""`ssoctl token`, as a person calls it: with a file that is theirs, and with what is none."""

import json
import os
import time

import pytest

ENDS = 4102444800


def test_a_token_is_printed(machine):
    done = machine.as_somebody("token", file=machine.token_file(), conf=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "canary-access-token\n", "")


@pytest.mark.parametrize(("expires", "said"), [(ENDS, "2100-01-01T00:00:00Z"), (0, None)])
def test_json(machine, expires, said):
    done = machine.as_somebody("token", "--json", file=machine.token_file(expires=expires), conf=False)
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"access_token": "canary-access-token", "expires": said}


@pytest.mark.parametrize("ago", [0, 1, 86400])
def test_an_expired_token_is_not_printed(machine, ago):
    file = machine.token_file(expires=int(time.time()) - ago)
    refused(machine, file, "expired at 20")


def refused(machine, file, says):
    done = machine.as_somebody("token", file=file, conf=False, timeout=10)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr and "canary" not in done.stderr


@pytest.mark.parametrize("file", [None, ""])
def test_the_variable_is_missing(machine, file):
    refused(machine, file, "$SSO_ACCESS_TOKEN_FILE is not set")


def test_the_login_ended(machine):
    refused(machine, machine.conf.parent / "gone", "there is no such file")


def test_what_is_no_file_of_the_callers(machine, tmp_path):
    file = machine.token_file()
    (tmp_path / "link").symlink_to(file)
    refused(machine, tmp_path / "link", "symbolic links")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "fifo").chmod(0o444)
    refused(machine, tmp_path / "fifo", "is not a regular file")
    refused(machine, tmp_path, "is not a regular file")
    refused(machine, "/dev/null", "is not a regular file")
    file.chmod(0o444)
    refused(machine, file, "is not the caller's alone")


def test_the_file_of_another(machine):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    done = machine.ssoctl("token", conf=False, env={"SSO_ACCESS_TOKEN_FILE": str(machine.token_file())})
    assert done.returncode == 1 and "is not the caller's alone" in done.stderr


@pytest.mark.parametrize(
    "content",
    ["", "\n", "a", "a\n\n", "a\nb\n", "a b\n", "a\x1bb\n", "a\u00e4b\n"],
)
def test_what_is_no_token(machine, content):
    file = machine.token_file()
    file.chmod(0o600)
    file.write_text(content)
    os.utime(file, (0, ENDS))
    refused(machine, file, "holds no token")


def test_output_that_is_lost_is_a_failure(machine):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = machine.as_somebody(
            "token", file=machine.token_file(), conf=False, capture_output=False, stdout=full, stderr=-1
        )
    assert done.returncode == 1 and "could not be written" in done.stderr
