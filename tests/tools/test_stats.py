"""`ssoctl stats` as Prometheus and the node exporter take it. What is counted, tests/pam/test_counting.c sees; to the
letter it is in tests/unit/test_exposition.c."""

import json
import os
import pathlib
import shutil
import tempfile

import pytest
from prometheus_client.parser import text_string_to_metric_families

ALL = ["pam_sso_attempts", "pam_sso_prompt_seconds", "pam_sso_idp_errors"]


@pytest.fixture
def stats():
    """Where it is counted: on tmpfs, in a directory of the caller's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pam_sso-test-", dir="/dev/shm"))
    yield folder / "stats"
    shutil.rmtree(folder)


@pytest.fixture
def counting(machine, stats):
    machine.configure(f"[log]\nstats = yes\nstats_directory = {stats}\n")
    return machine


def families(text):
    return {family.name: family for family in text_string_to_metric_families(text)}


def zeros(found):
    return [sample.value for family in found.values() for sample in family.samples]


def test_prometheus_own_parser_reads_it(counting):
    done = counting.ssoctl("stats")
    assert (done.returncode, done.stderr) == (0, "")
    found = families(done.stdout)
    assert list(found) == ALL
    assert [found[name].type for name in ALL] == ["counter", "histogram", "counter"]
    assert all(family.documentation for family in found.values())
    assert set(zeros(found)) == {0.0}
    assert {sample.labels["kind"] for sample in found["pam_sso_idp_errors"].samples} >= {"unreachable", "tls"}
    buckets = [sample for sample in found["pam_sso_prompt_seconds"].samples if sample.name.endswith("_bucket")]
    assert {sample.labels["verdict"] for sample in buckets} == {"in", "refused"}
    bounds = [float(sample.labels["le"]) for sample in buckets if sample.labels["verdict"] == "in"]
    assert bounds == sorted(bounds) and bounds[-1] == float("inf")


def test_json_is_an_object(counting):
    done = counting.ssoctl("stats", "--json")
    assert done.returncode == 0
    assert list(json.loads(done.stdout)) == ["attempts", "prompt_seconds", "idp_errors"]


def test_reading_makes_nothing(counting, stats):
    assert counting.ssoctl("stats").returncode == 0
    assert not stats.exists()


def test_off_it_says_how_to_turn_it_on(machine, tmp_path):
    done = machine.ssoctl("stats", "--output", tmp_path / "out.prom")
    assert (done.returncode, done.stdout) == (1, "")
    assert "`stats = yes` under [log] in " in done.stderr
    assert not (tmp_path / "out.prom").exists()


@pytest.mark.parametrize("content", [b"", b"sso-tal1", bytes(9016)])
def test_a_file_of_anothers_is_not_believed(counting, stats, content):
    stats.mkdir(mode=0o700)
    (stats / "tally").write_bytes(content)
    (stats / "tally").chmod(0o600)
    done = counting.ssoctl("stats")
    assert done.returncode == 0
    assert "not of this version's making" in done.stderr
    assert set(zeros(families(done.stdout))) == {0.0}
    assert (stats / "tally").read_bytes() == content


def test_a_directory_that_others_look_into_is_not_read(counting, stats):
    stats.mkdir(mode=0o755)
    done = counting.ssoctl("stats")
    assert done.returncode in (1, 3)
    assert f"{stats}: " in done.stderr and "wider mode" in done.stderr


@pytest.mark.parametrize("umask", [0, 0o077])
def test_the_output_is_whole_and_readable_by_all(counting, tmp_path, umask):
    file = tmp_path / "out" / "pam_sso.prom"
    file.parent.mkdir()
    file.write_text("stale")
    file.chmod(0o600)
    with open(file) as reader:
        done = counting.ssoctl("stats", "--output", file, umask=umask)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        # Who had it open reads what was there, to its end.
        assert reader.read() == "stale"
    assert file.stat().st_mode & 0o7777 == 0o644
    assert list(families(file.read_text())) == ALL
    assert os.listdir(file.parent) == ["pam_sso.prom"]


def test_a_relative_output_and_json(counting, tmp_path):
    assert counting.ssoctl("stats", "--json", "--output", "out.json", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())["attempts"] == []


def test_a_link_in_the_outputs_place_is_replaced(counting, tmp_path):
    precious, file = tmp_path / "precious", tmp_path / "pam_sso.prom"
    precious.write_text("mine")
    file.symlink_to(precious)
    assert counting.ssoctl("stats", "--output", file).returncode == 0
    assert precious.read_text() == "mine" and not file.is_symlink()


@pytest.mark.parametrize("output", ["missing/pam_sso.prom", "file/pam_sso.prom", "folder", "folder/"])
def test_where_nothing_can_be_written_nothing_is_left(counting, tmp_path, output):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    before = sorted(os.listdir(tmp_path))
    done = counting.ssoctl("stats", "--output", f"{tmp_path}/{output}")
    assert done.returncode == 1
    assert f"{tmp_path}/{output}: " in done.stderr
    assert sorted(os.listdir(tmp_path)) == before and os.listdir(tmp_path / "folder") == []
