"""Plays a scenario through the real worker, by each way that a token comes."""

import dataclasses
import pathlib
import re

from fake_idp import Reply
from worker import Worker, code_request, login_request, record, refresh_request, run, session_item

REASONS = pathlib.Path(__file__).resolve().parents[2] / "pam_sso" / "base" / "reason.h"
DENIED, NOT_AVAILABLE, OK = "denied", "not available", "ok"
_VERDICTS = {"FINAL": DENIED, "AGAIN": DENIED, "UNAVAILABLE": NOT_AVAILABLE, "OK": OK}
_CLASSES = dict(re.findall(r'X\(\w+, "([a-z-]+)", CLASS_(\w+),', REASONS.read_text()))


@dataclasses.dataclass
class Outcome:
    """What came of a sign-in: its verdict, as docs/threats.md has them, and all that the worker said."""

    reason: str
    status: int
    result: dict
    prompt: dict | None

    @property
    def verdict(self):
        """What the host makes of it. Success counts only where the exit status agrees."""
        if (self.reason == "ok") != (self.status == 42):
            return "a worker that contradicts itself"
        return _VERDICTS.get(_CLASSES[self.reason], "this machine's fault")

    def let_in(self):
        """Whether anything of it would let somebody in, or keep them in."""
        return bool({"sub", "claim", "access_token"} & set(self.result)) or self.reason == "ok"


def _outcome(prompt, result, status):
    return Outcome(result["reason"][0], status, result, prompt)


def device(idp, **changed):
    return _outcome(*run(login_request(idp, **changed)))


def code(idp, answer=None, **changed):
    with Worker(code_request(idp, **changed)) as worker:
        prompt = event = worker.event()
        if event["event"] == ["prompt"]:
            address = idp.approve(event["authorization_uri"][0])
            worker.send({"text": answer(address) if answer else address})
            event = worker.event()
        return _outcome(prompt, event, worker.end())


def refresh(idp, **changed):
    """A session's renewal: the answer to it is the outcome; the job itself is done either way."""
    with Worker(refresh_request(idp, **changed)) as worker:
        event = worker.event()
        if event["event"] == ["ready"]:
            worker.socket.sendall(record(session_item()))
            worker.end_of_items()
            event = worker.event()
            assert worker.event()["reason"] == ["ok"]
        status = worker.end()
    return _outcome(None, event, status if event["reason"] == ["ok"] else 0)


FLOWS = {"device": device, "code": code, "refresh": refresh}


def issue(idp, maker, keys=None):
    """From now on the provider issues what MAKER makes of its key and the right claims."""
    key, published = keys(idp) if keys else (idp.key, [idp.key.jwk()])
    idp.answers["/jwks"] = Reply({"keys": published})
    idp.forge = lambda claims: maker(key, claims)
