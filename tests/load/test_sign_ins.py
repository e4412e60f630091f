"""Many people who sign in at once: a worker for each, one real provider, and browsers that approve them."""

import concurrent.futures
import contextlib
import pwd
import time

import counting
import holding
import worker
import world

INTERVAL = 10  # seconds between polls: what a busy provider would ask for
BROWSERS = 6
PSS_LIMIT_KIB = 3_000  # of each pending worker; the fewer there are, the less is shared


def request(idp):
    return worker.login_request(
        idp,
        client_id="public",
        scope="openid profile email groups",
        ca_file="/etc/ssl/idp.pem",
        deadline="600",
        request_timeout="60",
        connect_timeout="60",
    )


def begin(idp, stack, count):
    """So many workers, and what each prompts."""
    uid = pwd.getpwnam("pam_sso").pw_uid
    running = [stack.enter_context(worker.Worker(request(idp), uid=uid)) for _ in range(count)]
    for one in running:
        one.socket.settimeout(300)
    return running, [one.event() for one in running]


def approve(idp, name, prompt):
    idp.person().approve(prompt["verification_uri"][0], name, prompt["user_code"][0])


def test_at_once(idp, numbers, report):
    """Threat (the network): each gets their own verdict over one connection, and nothing is left of any."""
    idp.set(interval=INTERVAL)
    names = [f"person{i}" for i in range(numbers["sign_ins"])]
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        running, prompts = begin(idp, stack, len(names))
        prompted = time.monotonic() - start
        pss = holding.pss_kib(world.workers()) / len(names)
        assert len(world.workers()) == len(names)
        with concurrent.futures.ThreadPoolExecutor(BROWSERS) as browsers:
            list(browsers.map(lambda pair: approve(idp, *pair), zip(names, prompts)))
        results = [one.event() for one in running]
        statuses = [one.end() for one in running]
    took = time.monotonic() - start
    assert len({prompt["user_code"][0] for prompt in prompts}) == len(names)
    for name, result in zip(names, results):
        assert result["reason"] == ["ok"], result
        assert f"preferred_username={name}" in result["claim"], result
        assert result["connections"] == ["1"]
    assert set(statuses) == {worker.OK}
    assert pss <= PSS_LIMIT_KIB
    assert not world.workers() and not holding.zombies()
    seen = idp.seen()
    assert counting.sign_ins(seen) == len(names)
    report(
        "Many sign-ins at once",
        "Each is the real worker, sandboxed, against the real provider, and waits for a browser that signs in as "
        f"another person. The provider's interval is {INTERVAL} s; {BROWSERS} browsers approve. The provider and "
        "the browsers are what takes the time.",
        {
            "sign-ins pending at once": len(names),
            "right verdicts, each with its own person's name": len(results),
            "until the last was prompted": f"{prompted:.0f} s",
            "until the last was in": f"{took:.0f} s",
            "memory of each while pending (PSS)": f"{pss:,.0f} KiB",
            "connections of each": 1,
            "requests of all": f"{len(counting.of_worker(seen)):,}",
            "workers, zombies that are left": "none, none",
        },
    )
