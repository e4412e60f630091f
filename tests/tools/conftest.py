import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "worker"))
from fake_idp import FakeIdp  # noqa: E402 (it is the worker's)
from stored import BINDING, FIELDS, name_of, record

NOBODY = 65534
SSO_WORKER = pathlib.Path(os.environ.get("SSO_WORKER", "build/sso-worker")).resolve()
SSO_STORE = pathlib.Path(os.environ.get("SSO_STORE", "build/sso-store")).resolve()
SSOCTL = pathlib.Path(os.environ.get("SSOCTL", "build/ssoctl")).resolve()

# A store that many share and nobody lists: what it has is a file, as is how it stands. It may not write a file: each
# opening and each question is an empty one.
STORE = """\
#!/usr/bin/python3
import pathlib
import socket

folder = pathlib.Path("FOLDER")
status = (folder / "status").read_text()
session = folder / "session"
wire = socket.socket(fileno=3)
asked = {}
for line in wire.makefile("r"):
    if line != "\\n":
        key, _, value = line.rstrip("\\n").partition("=")
        asked[key] = value
        continue
    (folder / "asked" / asked["op"]).touch()
    answer = "status=ok\\n"
    if asked["op"] == "open":
        # When it was started, in ticks: a busy machine lets it run later.
        (folder / "opened" / pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]).touch()
        answer = f"status={status}\\n" + ("sandbox=seccomp\\n" if status == "ok" else "detail=it sleeps\\n")
    elif asked["op"] == "get" and session.exists():
        answer += "version=1\\n" + "".join(f"line={field}\\n" for field in session.read_text().splitlines())
    elif asked["op"] == "get":
        answer = "status=ended\\n"
    wire.sendall((answer + "\\n").encode())
    asked = {}
"""


class Machine:
    """A configuration and a store of the test's own."""

    def __init__(self, folder):
        self.store = folder / "store"
        self.conf = folder / "pam_sso.conf"
        self.configure()

    def configure(self, more="", issuer="https://idp.example.com"):
        self.conf.write_text(
            f"[provider]\nissuer = {issuer}\nclient_id = host\n"
            f"[session]\nkeep = yes\ndirectory = {self.store}\n{more}"
        )
        self.conf.chmod(0o600)

    def configure_idp(self, idp, more=""):
        """A provider that answers; the worker is nobody, as is whoever calls as_somebody()."""
        network = f"[network]\nworker = {SSO_WORKER}\nworker_user = nobody\nca_file = {idp.ca}\n"
        self.configure(more + network, idp.issuer)
        self.conf.chmod(0o644)

    def keep(self, **changes):
        """Stores a session; a field that is None is left out, a list is many. Returns its file."""
        fields = {**FIELDS, **changes}
        return self.write(self.store / fields["id"], "version=1\n\n" + record(fields))

    def bind(self, **changes):
        """Stores a binding. Returns its file."""
        fields = {**BINDING, **changes}
        return self.write(self.store / "logins" / fields["process"], record(fields))

    def write(self, file, text):
        for folder in (self.store, file.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        new = self.conf.parent / "new"
        new.write_text(text)
        new.chmod(0o600)
        return new.rename(file)

    def start(self, *arguments, **options):
        """ssoctl in the background."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen([SSOCTL, *arguments, "--conf", self.conf], **options)

    def ssoctl(self, *arguments, conf=True, **options):
        options = {"capture_output": True, "text": True, "timeout": 60, **options}
        command = [SSOCTL, *arguments, *(["--conf", self.conf] if conf else [])]
        return subprocess.run(command, check=False, **options)


    def token_file(self, token="canary-access-token", expires=4102444800, owner=None):
        """The file of somebody's access token."""
        file = self.conf.parent / "token"
        file.write_text(token + "\n")
        file.chmod(0o400)
        if os.geteuid() == 0:
            os.chown(file, NOBODY if owner is None else owner, -1)
        os.utime(file, (0, expires))
        return file

    def as_somebody(self, *arguments, file=None, **options):
        """Calls ssoctl as a person does, whose environment names a token file."""
        environment = {} if file is None else {"SSO_ACCESS_TOKEN_FILE": str(file)}
        if os.geteuid() == 0:
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": [], **options}
        return self.ssoctl(*arguments, env=environment, **options)


class SharedStore:
    """STORE, and a configuration of it. A session that was not given to it was ended by another machine."""

    def __init__(self, folder, machine):
        self._folder = folder
        for name in ("asked", "opened"):
            (folder / name).mkdir(parents=True)
            (folder / name).chmod(0o777)
        self.stand("ok")
        program = folder / "store"
        program.write_text(STORE.replace("FOLDER", str(folder)))
        program.chmod(0o755)
        key = folder / "key"
        assert machine.ssoctl("store-key", key, conf=False).returncode == 0
        self.settings = (
            f"store = redis\nstore_url = redis://127.0.0.1:1/0\nstore_key_file = {key}\nstore_program = {program}\n"
        )

    def stand(self, status):
        """What it says to who opens it from now on."""
        (self._folder / "status").write_text(status)

    def give(self, fields):
        (self._folder / "session").write_text(record(fields).rstrip("\n") + "\n")

    def asked(self):
        return {file.name for file in (self._folder / "asked").iterdir()}

    def opened(self):
        """When, in seconds since the start of the machine."""
        ticks = sorted(int(file.name) for file in (self._folder / "opened").iterdir())
        return [tick / os.sysconf("SC_CLK_TCK") for tick in ticks]


class Process:
    """One that leads a login, until end()."""

    def __init__(self):
        self._process = subprocess.Popen(["sleep", "infinity"])
        self.pid = self._process.pid
        self.name = name_of(self.pid)

    def end(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture
def leader():
    process = Process()
    yield process
    process.end()


@pytest.fixture
def machine(tmp_path):
    # Somebody else comes in, too.
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    return Machine(tmp_path)


@pytest.fixture
def shared(machine, tmp_path):
    return SharedStore(tmp_path / "shared", machine)


@pytest.fixture(scope="session")
def running_idp(tmp_path_factory):
    directory = tmp_path_factory.mktemp("idp")
    directory.chmod(0o755)
    idp = FakeIdp(directory)
    yield idp
    idp.stop()


@pytest.fixture
def idp(running_idp):
    running_idp.reset()
    return running_idp
