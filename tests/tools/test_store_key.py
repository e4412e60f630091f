"""`ssoctl store-key`: keys that are new, and a file that was not there."""

import json
import re
import resource

import pytest

KEY = re.compile("[0-9a-f]{64}")


def test_each_key_is_new(machine):
    keys = [machine.ssoctl("store-key", conf=False).stdout for _ in range(3)]
    assert all(KEY.fullmatch(key.removesuffix("\n")) and key.endswith("\n") for key in keys)
    assert len(set(keys)) == 3


def test_json(machine, tmp_path):
    done = machine.ssoctl("store-key", "--json", conf=False)
    assert done.returncode == 0 and KEY.fullmatch(json.loads(done.stdout)["key"])
    file = tmp_path / 'k"ey'
    done = machine.ssoctl("store-key", file, "--json", conf=False)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"file": str(file)})


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_a_file_is_its_owners_alone(machine, tmp_path, umask):
    done = machine.ssoctl("store-key", tmp_path / "key", conf=False, umask=umask)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "key").stat().st_mode == 0o100600
    assert KEY.fullmatch((tmp_path / "key").read_text().removesuffix("\n"))


def test_nothing_is_written_over(machine, tmp_path):
    file, link = tmp_path / "key", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(tmp_path / "nowhere")
    for there in (file, link, tmp_path):
        done = machine.ssoctl("store-key", there, conf=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert "File exists" in done.stderr
    assert file.read_text() == "old" and not (tmp_path / "nowhere").exists()


def test_what_is_not_whole_does_not_stay(machine, tmp_path):
    done = machine.ssoctl("store-key", tmp_path / "key", conf=False, preexec_fn=write_little)
    assert (done.returncode, done.stdout) == (1, "")
    assert "File too large" in done.stderr and not (tmp_path / "key").exists()


def write_little():
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


def test_output_that_is_lost_is_a_failure(machine):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = machine.ssoctl("store-key", conf=False, capture_output=False, stdout=full, stderr=-1)
    assert done.returncode == 1 and "could not be written" in done.stderr
