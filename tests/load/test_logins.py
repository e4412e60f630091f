"""One process that signs people in all day, as a display manager or a cockpit does."""

import os
import pathlib
import shutil
import subprocess

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
PROGRAMS = ("pam_sso.so", "tests/load/logins", "tests/pam/fake_worker")
REACH = pathlib.Path("/opt/logins")  # the worker is nobody, and the project may lie in a folder of root's
GROWTH_KIB = 128
EXACT = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}  # what each thread keeps at hand counts as held


def held(line):
    return {key: int(value) for key, value in (word.split("=") for word in line.split())}


def test_flat(numbers, report):
    """Threat (the host process): thousands of sign-ins keep no memory, no descriptor and no child."""
    for program in PROGRAMS:
        (REACH / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BUILD / program, REACH / program)
    command = [REACH / "tests/load/logins", str(numbers["logins"])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **EXACT})
    first, *later = [held(line) for line in done.stdout.splitlines()]
    last = later[-1]
    assert last["after"] == numbers["logins"]
    assert {line["heap"] for line in later} == {first["heap"]}
    assert {line["descriptors"] for line in later} == {first["descriptors"]}
    assert {line["children"] for line in later} == {0}
    assert max(line["resident"] for line in later) - first["resident"] <= GROWTH_KIB
    report(
        "One process, one sign-in after the other",
        "pam_start, pam_authenticate and pam_end against a worker that plays a transcript, of which eight in ten "
        "are approved, one is somebody else's and one is killed.",
        {
            "sign-ins": f"{last['after']:,}",
            "heap after the first hundred, and at the end": f"{first['heap']:,} and {last['heap']:,} bytes",
            "resident": f"{first['resident']:,} and {last['resident']:,} KiB",
            "descriptors": f"{first['descriptors']} and {last['descriptors']}",
            "children that are left": last["children"],
        },
    )
