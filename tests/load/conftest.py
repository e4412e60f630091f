"""The numbers, the machine, and the page of what was measured (docs/load.md).

LITTLE is set where the tests are to take a minute, and LOAD_PAGE is the descriptor that the page goes to.
"""

import datetime
import os
import pathlib
import platform
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "e2e"), str(TESTS / "worker")]
os.environ["SSO_WORKER"] = "/usr/libexec/pam_sso/sso-worker"  # where world.py installs it

import world  # noqa: E402 (found by the lines above)

FULL = {"sign_ins": 500, "strangers": 200, "logins": 10_000}
LITTLE = {"sign_ins": 30, "strangers": 25, "logins": 300}

HEAD = """\
# Load

Written by `./tests/run load`. {date}, {system}, {cpus} CPUs.

Each figure is one that the tests hold against a limit, or a time, which depends on the machine.
`./tests/run` without a part's name does the same with small numbers.
"""

sections = []


@pytest.fixture(scope="session")
def numbers():
    return LITTLE if os.environ.get("LITTLE") else FULL


@pytest.fixture
def report():
    """A function for what was measured: (title, text, {what: figure})."""

    def note(title, text, figures):
        rows = "".join(f"| {what} | {figure} |\n" for what, figure in figures.items())
        sections.append(f"## {title}\n\n{text}\n\n|  |  |\n| --- | --- |\n{rows}")

    return note


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    world.make()
    idp = world.make_idp(tmp_path_factory.mktemp("idp"), "idp.test", address="0.0.0.0")
    yield idp
    idp.stop()


@pytest.fixture
def idp(machine):
    machine.set(interval=1, expires_in=900)
    machine.forget()
    world.configure(machine)
    yield machine
    world.wait_until(lambda: not world.workers(), what="the workers' end")


def pytest_sessionfinish(exitstatus):
    page = os.environ.get("LOAD_PAGE")
    if not page or exitstatus:
        return
    head = HEAD.format(
        date=datetime.date.today(), system=platform.freedesktop_os_release()["PRETTY_NAME"], cpus=os.cpu_count()
    )
    os.write(int(page), "\n".join([head, *sections]).encode())
