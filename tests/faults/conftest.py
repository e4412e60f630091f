import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[1:1] = [str(TESTS / "worker"), str(TESTS / "store"), str(TESTS / "tools")]
from fake_idp import FakeIdp  # noqa: E402 (it is the worker's)
from server import Server  # noqa: E402 (it is the store's)


def reachable(directory):
    """The programs, which are nobody, read what lies there."""
    for folder in (directory, directory.parent, directory.parent.parent):
        folder.chmod(0o755)
    return directory


@pytest.fixture(scope="session")
def running_idp(tmp_path_factory):
    idp = FakeIdp(reachable(tmp_path_factory.mktemp("idp")))
    yield idp
    idp.stop()


@pytest.fixture
def idp(running_idp):
    running_idp.reset()
    return running_idp


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(reachable(tmp_path_factory.mktemp("server")))
    yield server
    server.stop()


@pytest.fixture
def folder(tmp_path):
    return reachable(tmp_path)
