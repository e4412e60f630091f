"""What is measured of sessions: letting in silently, renewing thousands, storing."""

import math
import os
import re
import resource
import shlex
import shutil
import subprocess
import time

from figures import Figure, Section
from machine import DIRECTORIES, HOST, PLACE, PORT, USER, config_of
from measure import asking, column, costs, pairs

# CPU of letting in silently, times pam_unix.
CPU_LIMITS = {"always_file": 1.0, "always_redis": 1.0, "cached_file": 0.1, "cached_redis": 0.5}
RENEWAL_LIMIT_US = 1000  # CPU of renewing one session
STATED = 2  # requests of a refresh beside those that renew: metadata and keys
TOGETHER = 100  # sessions that one TLS handshake must do for, at least


# --- (e) silent sudo --------------------------------------------------------------------------


class Login:
    """A login with a shell in it, whose children are the hosts (login.c)."""

    def __init__(self, built, service):
        self.built = built
        self.process = subprocess.Popen(
            asking(built, service, "/bin/sh"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1)

    def ask(self, service):
        """One host that asks PAM, and what that cost. The shell reads no further than its line."""
        self.process.stdin.write(f"{shlex.join(asking(self.built, service))}\n")
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the host of {service} did not start inside the login")
        self.process.stdin.write("go\n")
        result = costs(self.process.stdout.readline())
        if result["code"] != 0:
            raise RuntimeError(f"{service} said {result['code']}")
        return result

    def end(self):
        self.process.stdin.close()
        self.process.wait()


PEER = "pam_unix"
# What is said of it, its service, and which login it is asked in.
SILENT = (
    ("pam_permit", "pam_permit", "file"),
    ("pam_unix, yescrypt", PEER, "file"),
    ("file, asking the IdP", "always_file", "file"),
    ("Redis, asking the IdP", "always_redis", "redis"),
    ("file, cached", "cached_file", "file"),
    ("Redis, cached", "cached_redis", "redis"),
)
# What the IdP may see of each: its requests (metadata, keys, refresh) and handshakes.
SEEN_LIMITS = {"always": {"requests": 3, "handshakes": 1}, "cached": {"requests": 0}}


def silent_once(login, service, idp):
    idp.tell("count")
    result = login.ask(service)
    return {**result, **idp.tell("count")}


def silent_rows(results):
    rows = []
    for key, what, limits in (("cpu_ns", "CPU", CPU_LIMITS), ("wall_ns", "wall time", {})):
        peer = column(results[PEER], key, 1e6)
        for name, service, _ in SILENT:
            rows.append(Figure(f"{name}: {what}", "ms", column(results[service], key, 1e6), peer,
                               limits.get(service), of_ratio=True, digits=2))
    for rule, limits in SEEN_LIMITS.items():
        seen = results[f"{rule}_file"] + results[f"{rule}_redis"]
        words = {"always": "asking the IdP", "cached": "cached"}[rule]
        for key, limit in limits.items():
            rows.append(Figure(f"{words}: {key}", "", column(seen, key), limit=limit, digits=0))
    return rows


def silent(built, idp, _redis, rounds=20):
    idp.tell("approve 1")
    logins = {store: Login(built, f"login_{store}") for store in ("file", "redis")}
    results = {service: [] for _, service, _ in SILENT}
    for turn in range(rounds + 1):
        for _, service, store in SILENT:
            result = silent_once(logins[store], service, idp)
            if turn > 0:  # the first fills the page cache
                results[service].append(result)
    for login in logins.values():
        login.end()
    text = (f"What sudo waits for when nobody is asked: {rounds} times by turns, each in a process "
            "of its own inside a login that signed in, from pam_start to pam_end. Asking the IdP "
            "(`verify = always`) is a refresh over TLS on the loopback interface, cached "
            "(`verify = cached`) takes its word of less than `recheck` ago. The session is in a "
            "file, or sealed in Redis behind TLS. CPU is that of the host's process and of all "
            "that it waited for; pam_unix checks a password.")
    return Section("Let in silently by a session", text, "pam_unix", silent_rows(results))


# --- (f) thousands of sessions ----------------------------------------------------------------


def refresh_once(built, idp, cpu, count):
    """`ssoctl refresh` of a store with so many sessions that are due."""
    config = str(config_of("many"))
    shutil.rmtree(DIRECTORIES["many"], ignore_errors=True)
    subprocess.run([str(built / "sessions"), config, USER, "fill", str(count)], check=True)
    idp.tell("count")
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    said = subprocess.run(
        ["taskset", "-c", cpu, str(built.parent.parent / "ssoctl"), "refresh", f"--conf={config}"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    seen = idp.tell("count")
    if len(re.findall("renewed", said)) != count or seen["replays"]:
        raise RuntimeError(f"{count} sessions, but ssoctl said {said[:500]} and the IdP {seen}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**seen, "rate": count / wall, "cpu_us": cpu_s * 1e6 / count}


def load_once(cpu, count):
    """The rate of the stand-in alone, asked for one session again and again."""
    form = PLACE / "form"
    form.write_text("grant_type=refresh_token&refresh_token=again.0&client_id=bench")
    said = subprocess.run(
        ["taskset", "-c", cpu, "h2load", "-n", str(count), "-c", "1", "-m", "100", "-d", str(form),
         "-H", "content-type: application/x-www-form-urlencoded", f"https://{HOST}:{PORT}/token"],
        check=True, capture_output=True, text=True).stdout
    if f" {count} succeeded" not in said:
        raise RuntimeError(f"h2load said {said}")
    return float(re.search(r"([0-9.]+) req/s", said).group(1))


def refresh_rows(built, idp, cpu, count, rounds):
    alone, ours = [], []
    for _ in range(rounds):
        alone.append(load_once(cpu, count))
        ours.append(refresh_once(built, idp, cpu, count))
    name = f"{count:,} sessions"
    return [
        Figure(f"{name}: h2load on the stand-in", "/s", alone, alone, digits=0),
        Figure(f"{name}: renewed", "/s", column(ours, "rate"), alone, digits=0),
        Figure(f"{name}: CPU of ssoctl and worker for each", "µs", column(ours, "cpu_us"),
               limit=RENEWAL_LIMIT_US, digits=0),
        Figure(f"{name}: requests", "", column(ours, "requests"), limit=count + STATED, digits=0),
        Figure(f"{name}: TLS handshakes", "", column(ours, "handshakes"),
               limit=math.ceil(count / TOGETHER), digits=0),
    ]


def pin(idp, cpus):
    subprocess.run(["taskset", "-acp", ",".join(map(str, cpus)), str(idp.process.pid)], check=True,
                   stdout=subprocess.DEVNULL)


def refreshing(built, idp, counts=((1000, 5), (10000, 3))):
    cpus = sorted(os.sched_getaffinity(0))
    rows = []
    pin(idp, cpus[-1:])
    for count, rounds in counts:
        rows += refresh_rows(built, idp, str(cpus[0]), count, rounds)
    pin(idp, cpus)
    text = ("`ssoctl refresh` of a file store whose sessions are all due, it and its worker on one "
            "CPU, the IdP's stand-in (one process) on another, over HTTP/2 on the loopback "
            "interface. Each session gets a new refresh token and an ID token (ES256), and is "
            "stored durably twice, since the old token is spent when it is sent. A connection is "
            "left before servers end it, which some do after 200 requests. h2load gets the same "
            "answers over one, with 100 requests in flight, and throws them away.")
    return Section("Sessions renewed", text, "h2load", rows)


# --- (g) the store ----------------------------------------------------------------------------

OPERATIONS = (("put", "store_put", "SET"), ("get", "store_get", "GET"),
              ("lock", "store_lock, store_unlock", None))


def store_once(built, store, rounds):
    """How often a second each operation can be done, and the size of the session's record."""
    command = [str(built / "sessions"), str(config_of(store)), USER, "time", str(rounds)]
    first, *lines = subprocess.run(
        command, check=True, capture_output=True, text=True).stdout.splitlines()
    times = [pairs(line) for line in lines]
    rates = {key: [1e9 / int(of_round[key]) for of_round in times] for key, _, _ in OPERATIONS}
    return rates, int(pairs(first)["size"])


def storing(built, redis, turns=5, rounds=5, requests=5000):
    theirs = {"SET": [], "GET": []}
    ours = {store: {key: [] for key, _, _ in OPERATIONS} for store in ("file", "redis")}
    for _ in range(turns):
        for store, rates in ours.items():
            measured, size = store_once(built, store, rounds)
            for key, values in measured.items():
                rates[key] += values
        for command, rate in redis.benchmark(size, requests).items():
            theirs[command].append(rate)
    rows = [Figure(f"redis-benchmark: {command}", "/s", rates, rates, digits=0)
            for command, rates in theirs.items()]
    for store, name in (("redis", "Redis"), ("file", "file")):
        rows += [Figure(f"{name}: {what}", "/s", ours[store][key], theirs.get(peer, []), digits=0)
                 for key, what, peer in OPERATIONS]
    text = (f"Operations a second, one after another, on one session of {size} bytes; "
            "redis-benchmark does SET and GET of as many bytes with one connection and no "
            "pipelining. Both reach the same Redis over TLS on the loopback interface; ours goes "
            "through sso-store, is sealed, and is written only over the version that was read. "
            "The files are in memory, as /run is.")
    return Section("The store", text, "redis-benchmark", rows)
