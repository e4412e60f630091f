"""What the demonstrations share: they tell what happens, and show the terminals in which it does."""

import pathlib
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "e2e"))

import world  # noqa: E402 (found by the line above)
from by_code import short_form  # noqa: E402
from hosts import Session  # noqa: E402

USER = "demo"


def say(text):
    print(f"== {text}", flush=True)


def show_log(text, whose="the machine"):
    say(f"what the system log of {whose} says")
    print("".join(line + "\n" for line in text.splitlines() if "event=" in line), end="")


class Shown(Session):
    """A sign-in whose terminal is shown as it goes."""

    def __init__(self, *command):
        super().__init__(*command)
        self.tty.logfile_read = sys.stdout

    def approve(self, idp):
        self.prompt()
        asked = "once you have approved" in self.tty.after
        idp.person().approve(self.link, USER, self.code)
        print()
        say(f"the person opened the link, compared the code {self.code}, signed in as {USER} and consented")
        if asked:
            self.enter()

    def answer(self, idp):
        self.linked()
        answer = short_form(idp.person().answer(self.link, USER))
        print()
        say(f"the person opened the link, signed in as {USER} and consented; the browser shows an answer, to be pasted")
        self.paste(answer)

    def leave(self):
        self.tty.sendline("exit")
        self.ended()


__all__ = ["PROJECT", "USER", "Shown", "say", "show_log", "world"]
