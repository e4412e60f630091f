import pytest

from fake_idp import FakeIdp, Http2Front


@pytest.fixture(scope="session")
def running_idp(tmp_path_factory):
    directory = tmp_path_factory.mktemp("idp")
    # The worker, which is nobody, reads the CA file.
    for folder in (directory, directory.parent, directory.parent.parent):
        folder.chmod(0o755)
    idp = FakeIdp(directory)
    yield idp
    idp.stop()


@pytest.fixture
def idp(running_idp):
    running_idp.reset()
    return running_idp


@pytest.fixture
def http2(idp):
    """The same provider behind HTTP/2."""
    front = Http2Front(idp)
    yield front
    front.stop()
