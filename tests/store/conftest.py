import pytest

from server import Server
from store import NEW


@pytest.fixture(scope="session")
def running_server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("server")
    # The program, which is nobody, reads the CA file.
    for folder in (directory, directory.parent, directory.parent.parent):
        folder.chmod(0o755)
    server = Server(directory)
    yield server
    server.stop()


@pytest.fixture
def server(running_server):
    with running_server.admin() as admin:
        admin("FLUSHALL")
    return running_server


@pytest.fixture
def store(server):
    with server.open(NEW) as store:
        yield store
