"""What is stored of sessions and logins, and a worker to renew them with."""

import pathlib

ID = "0123456789abcdef0123456789abcdef"

# A session as it is stored, at noon of the first day of 2030, with a day to live from the end of 2099.
FIELDS = {
    "id": ID,
    "user": "alice",
    "service": "sshd",
    "host": "web1",
    "iss": "https://idp.example.com",
    "sub": "248289761001",
    "client_id": "host",
    "created": "1893499200",
    "verified": "1893502800",
    "ends": "4102444800",
    "token_iat": "1893502800",
    "auth_time": "-1",
    "access_ends": "-1",
    "renewals": "0",
    "access_token": "canary-access-token",
    "refresh_token": "canary-refresh-token",
}

# That of a login of this machine that is open, named for the process that leads it. That process is over.
BINDING = {
    "process": "4242:99",
    "state": "open",
    "session": ID,
    "user": "alice",
    "service": "sshd",
    "since": "1893499201",
}

# To each session it answers what its subject says; `silent` and whatever comes behind it get no answer. Where there is
# a folder `sent` beside it, it notes there who it is, and each token that it is sent: as an empty file each, since it
# may write none.
WORKER = """\
#!/usr/bin/python3 -IS
import os
import socket

SENT = os.path.join(os.path.dirname(__file__), "sent")
wire = socket.socket(fileno=3)
lines = wire.makefile("r")

def take():
    fields = {}
    for line in lines:
        if line == "\\n":
            return fields
        key, value = line.rstrip("\\n").split("=", 1)
        fields[key] = value

def say(**fields):
    wire.sendall(("".join(f"{key}={value}\\n" for key, value in fields.items()) + "\\n").encode())

def note(what):
    if os.path.exists(SENT):
        open(os.path.join(SENT, f"{os.getpid()} {what}"), "x")

assert take()["job"] == "refresh"
note("ready")
say(event="ready")
while item := take():
    note(item["refresh_token"])
    reason, _, more = item["sub"].partition("-for-")
    if reason == "silent":
        raise SystemExit(1)
    answer = {"event": "renewed", "id": item["id"], "reason": reason}
    if more:
        answer["retry_after"] = more
    if reason == "ok":
        answer.update(iss="https://idp.example.com", sub="ok", access_token="canary-new", token_iat="1893502900")
        answer["refresh_token"] = item["refresh_token"] + "-next"
    say(**answer)
say(event="result", reason="ok", requests="1", connections="1")
raise SystemExit(42)
"""


def record(fields):
    """A record, as base/record.h has them."""
    lines = []
    for key, value in fields.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        lines += [f"{key}={one}\n" for one in values]
    return "".join(lines) + "\n"


def name_of(pid):
    """As base/process.h has it: the pid, and field 22 of its stat."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return f"{pid}:{stat[19]}"
