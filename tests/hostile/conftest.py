import concurrent.futures
import pathlib
import queue
import sys

import pytest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "worker"))
from fake_idp import FakeIdp  # noqa: E402 (it is the worker's)


@pytest.fixture(scope="session")
def new_idp(tmp_path_factory):
    """Returns a function that starts a provider; they end with the session."""
    started = []

    def start():
        directory = tmp_path_factory.mktemp("idp")
        # The worker, which is nobody, reads the CA file.
        for folder in (directory, directory.parent, directory.parent.parent):
            folder.chmod(0o755)
        started.append(FakeIdp(directory))
        return started[-1]

    yield start
    for idp in started:
        idp.stop()


@pytest.fixture(scope="session")
def running_idp(new_idp):
    return new_idp()


@pytest.fixture
def idp(running_idp):
    running_idp.reset()
    return running_idp


@pytest.fixture(scope="session")
def crowd(new_idp):
    """Returns a function that plays rows at once, each with a provider of its own: for flows that wait. ONE gets
    the provider and the name of a row."""
    idps = queue.SimpleQueue()
    for _ in range(12):
        idps.put(new_idp())

    def play(names, one):
        wrong = {}

        def guarded(name):
            idp = idps.get()
            idp.reset()
            try:
                one(idp, name)
            except AssertionError as fault:
                wrong[name] = str(fault)
            finally:
                idps.put(idp)

        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            list(pool.map(guarded, names))
        assert not wrong

    return play
