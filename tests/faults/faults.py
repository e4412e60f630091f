#!/usr/bin/python3
"""Programs one call of which fails: the Nth of a kind (faults.c)."""

import concurrent.futures
import mmap
import os
import pathlib
import struct
import threading

FAULTS = pathlib.Path(os.environ.get("SSO_FAULTS", "build/tests/faults/faults.so")).resolve()

# As in faults.c.
KINDS = ["memory", "other-memory", "open", "read", "write", "send", "receive", "socket", "connect", "socket-option",
         "poll", "fcntl", "stat", "clock", "other-clock", "random", "thread", "limit", "syscall", "fork", "rename", "sync"]
HEAD = struct.Struct("4i")
MET = struct.Struct(f"{len(KINDS)}i")
AT_ONCE = 3
# A sanitizer that finds something ends by a signal, which no test takes for an exit; it may come behind what is preloaded.
CHECKERS = ("ASAN_OPTIONS=abort_on_error=1:detect_leaks={leaks}:verify_asan_link_order=0 "
            "UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1")


class Plan:
    """What fails in a program, and the script that starts the program so. A sandbox lets nobody look for leaks."""

    def __init__(self, folder, program, name, leaks):
        file = folder / f"plan-{name}"
        file.write_bytes(bytes(HEAD.size + MET.size))
        file.chmod(0o666)
        with open(file, "r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), 0)
        self.program = folder / f"faulty-{name}"
        checkers = CHECKERS.format(leaks=int(leaks))
        self.program.write_text(f"#!/bin/sh\nexport {checkers}\nLD_PRELOAD={FAULTS} FAULTS={file} exec {program} \"$@\"\n")
        self.program.chmod(0o755)

    def set(self, kind=None, n=0, skip=True, trace=False):
        """The Nth call of KIND fails from now on; -N: it never returns."""
        met = bytes(MET.size)
        self._memory[:] = HEAD.pack(KINDS.index(kind) if kind else 0, n, skip, trace) + met

    def met(self):
        """How many calls of each kind there were."""
        return dict(zip(KINDS, MET.unpack(self._memory[HEAD.size:])))


class Plans:
    """One for each thread."""

    def __init__(self, folder, program, leaks=False):
        self._folder, self._program, self._leaks = folder, program, leaks
        self._own = threading.local()

    def mine(self):
        if not hasattr(self._own, "plan"):
            self._own.plan = Plan(self._folder, self._program, threading.get_ident(), self._leaks)
        return self._own.plan

    def each(self, run, numbers):
        """Calls RUN(PLAN, N) for all numbers, a few at a time."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for future in [pool.submit(lambda n: run(self.mine(), n), n) for n in numbers]:
                future.result()


def sample(count, most):
    """1 to COUNT, or MOST of them: the first and the last, and what lies evenly between."""
    if count <= most:
        return range(1, count + 1)
    return sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})
