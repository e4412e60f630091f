"""What processes hold."""

import pathlib
import re

import world


def pss_kib(pids):
    """Their share of memory, of all together."""
    total = 0
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:  # it has ended
            continue
        total += int(re.search(r"^Pss: +(\d+)", text, re.M)[1])
    return total


def descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def zombies():
    return [name for _, name, state in world.processes() if state == "Z"]
