"""The programs that ask pam_sso, each on a terminal of its own, as a person has them in front."""

import contextlib
import os
import re
import signal
import subprocess
import time

import pexpect
from world import PASSWORD, wait_until, workers

LINK = re.compile(r"https://\S+")
CODE = re.compile(r"\b[A-Z]{4}-[A-Z]{4}\b")
BLOCKS = "\u2580\u2584\u2588"
PATIENCE = 60  # seconds for what takes a moment on an idle machine

PLAIN = {"TERM": "dumb"}  # a shell that prints nothing but words
SILENT = "sudo -k -n id -un"  # without what sudo itself remembers, and without a prompt

ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "TERM": "xterm", "HOME": "/root"}


class Tty(pexpect.spawn):
    """A program on a terminal. login(1) hangs its terminal up and opens it anew, which looks like its end
    from here for a moment; so the end is believed when the program has ended too."""

    def read_nonblocking(self, size=1, timeout=None):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return super().read_nonblocking(size, timeout)
            except pexpect.EOF:
                self.flag_eof = False  # while it is set, isalive() waits for the end
                if not self.isalive() or time.monotonic() > end:
                    self.flag_eof = True
                    raise
                time.sleep(0.05)


class Session:
    """A sign-in in progress: a program on a terminal that has asked pam_sso."""

    shell = r"\[(\w+)\][$#] "  # the prompt of the users' shells
    waiting = "(?:Waiting for your approval of|once you have approved) code "
    asking = "(?:here,? and nowhere else[^:]*|of that page here): "  # for the answer of the authorization code flow

    def __init__(self, *command, env=None, columns=80):
        self.transcript = ""
        self.tty = Tty(
            command[0],
            [str(word) for word in command[1:]],
            env={**ENVIRONMENT, **(env or {})},
            dimensions=(100, columns),
            timeout=PATIENCE,
            encoding="utf-8",
            codec_errors="replace",
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tty.close(force=True)

    def expect(self, *patterns):
        """Waits for one of the patterns and returns its index; keeps what was shown."""
        index = self.tty.expect([*patterns, pexpect.EOF])
        self.transcript += self.tty.before
        if index < len(patterns):
            self.transcript += self.tty.after
            return index
        ended = f"exit {self.tty.exitstatus}, signal {self.tty.signalstatus}"
        raise AssertionError(f"the program ended ({ended}) without {patterns}:\n{self.transcript}")

    def prompt(self):
        """Waits for pam_sso's text and returns it, without carriage returns."""
        self.expect(self.waiting + CODE.pattern + r".*?(?:: |\.\.\.)")
        text = self.transcript[self.transcript.rindex("Single sign-on") :] if "Single" in self.transcript else ""
        self.link = LINK.findall(text)[-1]
        self.code = CODE.findall(text)[-1]
        return self.transcript.replace("\r", "")

    def linked(self):
        """The same by the authorization code flow: waits until the answer can be pasted."""
        self.expect(self.asking)
        self.link = LINK.findall(self.transcript)[-1]
        return self.transcript.replace("\r", "")

    def paste(self, text):
        self.tty.send(text + "\r")

    def asked_again(self):
        """Waits until something else can be pasted, and returns what stands before that."""
        start = len(self.transcript)
        self.expect(self.asking, "Paste part [0-9]+ here: ")
        return self.transcript[start:].replace("\r", "")

    def enter(self):
        self.tty.send("\r")

    def interrupt(self):
        """Ctrl-C."""
        self.tty.send("\x03")

    def opened(self):
        """Waits for the person's shell and returns whose it is."""
        self.expect(self.shell)
        return self.tty.match[1]

    def opens(self):
        """Whether a shell opens before the program ends."""
        return self.tty.expect([self.shell, pexpect.EOF]) == 0

    def ended(self):
        """Waits for the program's end; returns its exit status (negative: the signal)."""
        self.tty.expect(pexpect.EOF)
        self.transcript += self.tty.before
        self.tty.wait()
        return self.tty.exitstatus if self.tty.signalstatus is None else -self.tty.signalstatus

    def refused(self):
        """Waits for ssh's end without a shell. A client that the server has no method left for asks for a
        password all the same, in vain: it is given one that is right."""
        while self.tty.expect([pexpect.EOF, "password: "]):
            self.transcript += self.tty.before
            self.tty.sendline(PASSWORD)
        self.transcript += self.tty.before
        self.tty.wait()
        return self.tty.exitstatus != 0 and not re.search(self.shell, self.transcript)

    def ask(self, command):
        """Runs a command in the shell that opened and returns what it printed."""
        self.tty.sendline(f"{command}; echo \"end\"'ed'")
        self.expect("\nended\r\n")
        return self.tty.before.replace("\r", "").split("\n", 1)[-1]

    def kill(self):
        """Ends the program that asked, without a chance to clean up."""
        os.kill(self.tty.pid, signal.SIGKILL)


def as_user(user, *command):
    """The command as an ordinary user of this machine runs it."""
    return ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--", *command)


SSH = (
    "ssh -F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR "
    "-o IdentitiesOnly=yes"
).split()


def ssh(user, *options, port=22, at="127.0.0.1", env=None, columns=80):
    """ssh on a terminal."""
    return Session(*SSH, "-p", port, *options, f"{user}@{at}", env=env, columns=columns)


def sign_in(idp, user, *options, **where):
    """ssh with its prompt approved, up to the person's shell."""
    session = ssh(user, *options, env=PLAIN, **where)
    session.prompt()
    idp.person().approve(session.link, user, session.code)
    session.enter()
    assert session.opened() == user
    return session


def sudo(user, env=None, columns=80, options=()):
    """USER runs sudo for a shell of root's."""
    command = as_user(user, "sudo", "-k", *options, "bash", "--norc", "--noprofile")
    session = Session(*command, env=env, columns=columns)
    session.shell = r"bash-[\d.]+(#) "
    return session


def su(user, env=None, columns=80):
    """bob, or alice for bob, becomes USER."""
    caller = "alice" if user == "bob" else "bob"
    return Session(*as_user(caller, "su", "-", user), env=env, columns=columns)


def login(user, env=None, columns=80):
    """login(1), as getty starts it."""
    return Session("login", user, env=env, columns=columns)


HOSTS = {"ssh": ssh, "sudo": sudo, "su": su, "login": login}
SERVICE = {"ssh": "sshd", "sudo": "sudo", "su": "su-l", "login": "login"}  # as PAM has it


def owner(name, user):
    """Who the shell of a sign-in belongs to."""
    return "#" if name == "sudo" else user


class Askpass:
    """ssh without a terminal, its prompts answered by a program (SSH_ASKPASS)."""

    def __init__(self, directory, user, *command, port=22, options=()):
        self.dir = directory
        script = directory / "askpass"
        script.write_text(
            "#!/bin/sh\n"
            f"cd {directory}\n"
            'printf %s "$1" >prompt.part && mv prompt.part prompt\n'
            "until [ -e answer ]; do sleep 0.05; done\n"
            "cat answer\n"
        )
        script.chmod(0o755)
        self.process = subprocess.Popen(
            [*SSH, *options, "-p", str(port), f"{user}@127.0.0.1", *command],
            env={**ENVIRONMENT, "SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # The askpass program outlives an ssh that is killed, and holds the pipe.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def prompt(self):
        """Waits for a prompt and returns it."""
        path = self.dir / "prompt"
        wait_until(path.exists, what="a prompt of ssh")
        text = path.read_text()
        path.unlink()
        self.link = LINK.findall(text)[-1]
        self.code = next(iter(CODE.findall(text)), None)
        return text

    def enter(self, text=""):
        (self.dir / "answer").write_text(text + "\n")

    def opens(self):
        """Whether a shell opens before the program ends."""
        return self.tty.expect([self.shell, pexpect.EOF]) == 0

    def ended(self):
        """Waits for the end; returns the exit status and the output."""
        output, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output


def assert_sudo_asks(session):
    """In that shell `sudo -n` is refused, and sudo shows its link and code; the person gives up."""
    assert "root" not in session.ask(SILENT)
    session.tty.sendline("sudo -k id -un")
    session.prompt()
    session.interrupt()
    session.opened()


def type_password(session):
    """Answers the next module of the stack, which asks for the local password."""
    session.expect("[Pp]assword.*: ")
    session.tty.sendline(PASSWORD)


def no_worker_left():
    """Waits until no worker lives. How soon that is due is for tests/pam to say; here the machine is busy."""
    wait_until(lambda: not workers(), seconds=PATIENCE, what="the worker's end")
