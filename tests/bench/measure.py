"""What is measured: loading, a whole login, pending sign-ins, verification."""

import json
import re
import subprocess
import time
from pathlib import Path

from figures import Fact, Figure, Section
from machine import CONFDIR, HOST, MODULES, PASSWORD, PORT, TLS, USER

LOAD_LIMIT = 1.5  # times pam_permit
WALL_MARGIN_MS = 60  # a login's own wall time, beside the IdP's interval
PEAK_LIMIT_MB = 16  # of the worker
PSS_LIMIT_MB = 1.5  # of a pending sign-in
PENDING_CPU_LIMIT_MS = 5  # of a pending sign-in, a minute
OUR_LIBRARIES = {"libpam.so", "libinih.so", "libc.so"}
MB = 1024 * 1024


def pairs(line):
    return dict(word.split("=", 1) for word in line.split())


class StandIn:
    """The IdP's stand-in (standin.js), and what it counted."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["node", str(folder / "standin.js"), str(TLS), HOST, str(PORT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the IdP's stand-in did not start")

    def tell(self, command):
        self.process.stdin.write(f"{command}\n")
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def asking(built, service, *command):
    """The words that start a host (login.c)."""
    return [str(built / "login"), str(CONFDIR), service, USER, PASSWORD, *command]


def costs(line):
    """What a host says in the end."""
    result = {key: int(value) for key, value in pairs(line).items()}
    result["cpu_ns"] = result["self_ns"] + result["children_ns"]
    return result


class Host:
    """A process that asks PAM once (login.c)."""

    def __init__(self, built, service):
        self.process = subprocess.Popen(
            asking(built, service), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            bufsize=1)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the host did not start")

    def go(self):
        self.process.stdin.write("go\n")

    def result(self):
        line = self.process.stdout.readline()
        self.process.wait()
        return costs(line)

    def kill(self):
        self.process.kill()
        self.process.wait()


# --- (a) loading ------------------------------------------------------------------------------


def load_once(built, name, rounds):
    """The median times of one process, and what else it says, by key."""
    module = MODULES[name]
    command = [str(built / "load"), str(CONFDIR), name, str(module), str(rounds)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    said = {"pam": [], "dl": [], "library": [], "left": []}
    for line in lines:
        for key, value in pairs(line).items():
            said[key].append(value)
    return said


def middle_us(values):
    return sorted(int(value) for value in values)[len(values) // 2] / 1000


def needed(path):
    """The libraries that an object names, without their versions."""
    listing = subprocess.run(
        ["readelf", "-dW", str(path)], check=True, capture_output=True, text=True).stdout
    names = re.findall(r"\(NEEDED\).*\[(.*?)\.so", listing)
    return sorted(f"{name}.so" for name in names)


def loading(built, processes=20, rounds=200):
    times = {name: {"pam": [], "dl": []} for name in MODULES}
    said = {}
    for _ in range(processes):
        for name in MODULES:
            said[name] = load_once(built, name, rounds)
            for kind in ("pam", "dl"):
                times[name][kind].append(middle_us(said[name][kind]))
    rows = []
    for kind, what in (("pam", "pam_start to pam_end"), ("dl", "dlopen and dlclose")):
        for name in MODULES:
            limit = LOAD_LIMIT if name == "pam_sso" else None
            rows.append(Figure(f"{name}: {what}", "µs", times[name][kind],
                               times["pam_permit"][kind], limit, of_ratio=True))
    names = needed(MODULES["pam_sso"])
    left = said["pam_sso"]["left"]
    rows.append(Fact("pam_sso: libraries", ", ".join(names), set(names) <= OUR_LIBRARIES))
    rows.append(Fact("pam_sso: left behind", ", ".join(left) or "nothing", not left))
    text = (f"Medians of {processes} processes with {rounds} rounds each, in which libpam is "
            "loaded already, as it is in every host. pam_unix stands beside it for scale. Left "
            "behind would be an object, a descriptor, a thread, an environment variable or memory.")
    return Section("Loading and unloading the module", text, "pam_permit", rows)


# --- (b) a whole login ------------------------------------------------------------------------


def login_once(built, service, idp=None):
    host = Host(built, service)
    if idp:
        idp.tell("count")
    host.go()
    result = host.result()
    if result["code"] != 0:
        raise RuntimeError(f"{service} said {result['code']}")
    if idp:
        result.update(idp.tell("count"))
    return result


def column(results, key, divisor=1.0):
    return [result[key] / divisor for result in results]


def login_rows(sso, unix, interval):
    peer = column(unix, "cpu_ns", 1e6)
    wall_limit = interval * 1000 + WALL_MARGIN_MS
    return [
        Figure("pam_unix, yescrypt: CPU", "ms", peer, peer),
        Figure("pam_sso: CPU of module and worker", "ms", column(sso, "cpu_ns", 1e6), peer, 1.0,
               of_ratio=True),
        Figure("of it in the host's process", "ms", column(sso, "self_ns", 1e6), peer),
        Figure("of it in the worker", "ms", column(sso, "children_ns", 1e6), peer),
        Figure("pam_sso: wall time", "ms", column(sso, "wall_ns", 1e6), limit=wall_limit),
        Figure("of it the IdP's answers", "ms", column(sso, "answer_ms")),
        Figure("pam_sso: peak memory of the worker", "MB", column(sso, "children_peak_kb", 1024),
               limit=PEAK_LIMIT_MB),
        Figure("pam_sso: TLS handshakes", "", column(sso, "handshakes"), limit=1, digits=0),
        Figure("pam_sso: requests", "", column(sso, "requests"), limit=4, digits=0),
    ]


def logins(built, idp, rounds=20, interval=1):
    idp.tell(f"approve {interval}")
    for service in ("pam_unix", "pam_sso"):
        login_once(built, service)  # fills the page cache
    unix, sso = [], []
    for _ in range(rounds):
        unix.append(login_once(built, "pam_unix"))
        sso.append(login_once(built, "pam_sso", idp))
    text = (f"{rounds} logins by turns, each in a process of its own, from pam_start to pam_end. "
            "The IdP is a stand-in that approves at the first poll, after an interval of "
            f"{interval} s, and answers at once, so that the times are this machine's. Its "
            "certificate is of a CA among the system's (P-256), its tokens are RS256. CPU is user "
            "and system time of the host's process and of all that it waited for, from the fork "
            "on.")
    return Section("A whole login that is approved at once", text, "pam_unix",
                   login_rows(sso, unix, interval))


# --- (c) pending ------------------------------------------------------------------------------


def pss_mb(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / MB
    raise RuntimeError("smaps_rollup has no Pss")


def cpu_ms(pid):
    """Time on a CPU of all threads; utime and stime of /proc/PID/stat have a tick's grain only."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in Path(f"/proc/{pid}/task").iterdir()) / 1e6


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until(what, condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"waited for {what}")
        time.sleep(0.2)


def pending(built, idp, count=200, seconds=60, interval=5):
    idp.tell(f"pend {interval}")
    idp.tell("count")
    hosts = [Host(built, "pam_sso") for _ in range(count)]
    try:
        return pending_figures(hosts, idp, seconds, interval)
    finally:
        for host in hosts:
            host.kill()


def polled_by_all(idp, count):
    """Whether each sign-in has polled at least once: the counts go on, as nobody says `count`."""
    return idp.tell("pend 5")["polls"] >= count


def pending_figures(hosts, idp, seconds, interval):
    count = len(hosts)
    pids = [host.process.pid for host in hosts]
    empty = [pss_mb(pid) for pid in pids]
    for host in hosts:
        host.go()
    wait_until("every sign-in's first poll", lambda: polled_by_all(idp, count), 120)
    time.sleep(2 * interval)
    workers = [children_of(pid)[0] for pid in pids]

    before = [(cpu_ms(host), cpu_ms(worker)) for host, worker in zip(pids, workers)]
    handshakes = idp.tell("count")["handshakes"]
    time.sleep(seconds)
    after = [(cpu_ms(host), cpu_ms(worker)) for host, worker in zip(pids, workers)]
    polled = idp.tell("count")

    scale = 60 / seconds
    host_cpu = [(b[0] - a[0]) * scale for a, b in zip(before, after)]
    worker_cpu = [(b[1] - a[1]) * scale for a, b in zip(before, after)]
    worker_pss = [pss_mb(pid) for pid in workers]
    added_pss = [pss_mb(pid) - was for pid, was in zip(pids, empty)]
    both_pss = [a + b for a, b in zip(worker_pss, added_pss)]
    both_cpu = [a + b for a, b in zip(worker_cpu, host_cpu)]
    rows = [
        Figure("worker: memory (PSS)", "MB", worker_pss, limit=PSS_LIMIT_MB, digits=2),
        Figure("worker, and what its host has more: memory (PSS)", "MB", both_pss,
               limit=PSS_LIMIT_MB, digits=2),
        Figure("worker: CPU a minute", "ms", worker_cpu, limit=PENDING_CPU_LIMIT_MS, digits=2),
        Figure("worker and host: CPU a minute", "ms", both_cpu, limit=PENDING_CPU_LIMIT_MS,
               digits=2),
        Figure("handshakes a sign-in, its whole life", "", [
            (handshakes + polled["handshakes"]) / count], limit=1, digits=2),
        Figure("polls a minute", "", [polled["polls"] / count * scale], digits=1),
    ]
    text = (f"{count} sign-ins, each a host and a worker, that nobody approves; interval "
            f"{interval} s; over {seconds} s, after each had polled. PSS is each process's share "
            "of memory (smaps_rollup; a MB is 1,048,576 bytes); of the host it is what it has more "
            "than before pam_start. The IdP keeps connections, as load balancers do.")
    return Section(f"{count} sign-ins pending at once", text, "", rows)


# --- (d) verification -------------------------------------------------------------------------


def verifying(built, rounds=25):
    command = [str(built / "verify"), str(rounds)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    times = {}
    for line in map(pairs, lines):
        of_alg = times.setdefault(line["alg"], {"idtoken": [], "jws": [], "openssl": []})
        for kind, values in of_alg.items():
            values.append(1e9 / int(line[kind]))
    rows = []
    for alg, of_alg in times.items():
        rows.append(Figure(f"{alg}: EVP_DigestVerify", "/s", of_alg["openssl"], of_alg["openssl"],
                           digits=0))
        rows.append(Figure(f"{alg}: jws_parse, jws_verify", "/s", of_alg["jws"], of_alg["openssl"],
                           digits=0))
        rows.append(Figure(f"{alg}: idtoken_verify", "/s", of_alg["idtoken"], of_alg["openssl"],
                           digits=0))
    text = ("Verifications a second on one CPU, of a token of about 1 KiB, with the key set read "
            "already; against OpenSSL's own verification of the same signature with the same key. "
            "A ratio of 1 would be a token that costs nothing beside its signature.")
    return Section("ID tokens verified", text, "EVP_DigestVerify", rows)
