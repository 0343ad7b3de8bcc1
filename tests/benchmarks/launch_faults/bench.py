"""Launches under faults: at least 500 of them, with 30 % of all calls disturbed.

Afterwards the faults end, what is open is brought to its end within bounds, every account is
synced, and the emulators' world is compared with our rows (`verdict`).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from agents.models import Strategy
from campaigns.models import PublishRequest
from campaigns.publishing import leases
from campaigns.tasks import request_sync
from core.common import clock
from core.models import Job
from platforms.models import AdAccount
from platforms.services import SYNC_JOB
from tests.benchmarks.launch_faults import freezing, stage
from tests.benchmarks.launch_faults.fleet import Fleet, commands
from tests.benchmarks.launch_faults.person import Person, make_person
from tests.benchmarks.launch_faults.scaling import divisor_of_times
from tests.benchmarks.launch_faults.verdict import NAMES, Verdict, judge

TARGETS = dict.fromkeys(NAMES, 0.0)
FLOORS = {
    "launches": 500.0,
    "live": 450.0,
    "disturbed_share": 0.25,
    "kills": 10.0,
    "freezes": 10.0,
    "frozen_after_check": 5.0,
    "stops": 3.0,
}
SERVERS_FLOORS = {**FLOORS, "servers": 2.0}
SEED, SHARE = 11, 0.3
BRIEFS = 167  # on each platform; LAUNCH_FAULTS_BRIEFS names another number
_LONGEST_SECONDS = {True: 12.0, False: 2_400.0}
"""Of the disturbed part, by tiny: what is open then is brought to its end without faults."""
_RECOVERY_SECONDS = {True: 150.0, False: 300.0}


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    started = time.monotonic()
    lease = leases.LEASE.total_seconds()
    _say(
        f"Times are divided by {divisor_of_times()}: time-out {settings.CALL_TIMEOUT_SECONDS:g} s, "
        f"lease {lease:g} s, settling {settings.PUBLISH_SETTLE_SECONDS:g} s."
    )
    person = make_person(SEED)
    person.plan(2 if tiny else int(os.environ.get("LAUNCH_FAULTS_BRIEFS") or BRIEFS))
    _say(f"{Strategy.objects.count()} launches are planned ({time.monotonic() - started:.0f} s).")
    fleet = Fleet(folder, lease, random.Random(SEED))
    try:
        fleet.start(commands(tiny=tiny))
        before = _control("GET")["calls"]
        _disturb(person, fleet, tiny=tiny)
        calls = _control("GET")
        calls["calls"] -= before
        _say(f"The faults are over ({time.monotonic() - started:.0f} s). {_standing()}")
        _recover(person, fleet, tiny=tiny)
        _say(f"All is brought to its end ({time.monotonic() - started:.0f} s). {_standing()}")
    finally:
        fleet.stop()
    verdict = judge(person.advertiser, folder / stage.STATE)
    _tell(verdict, folder)
    return _metrics(person, fleet, calls, verdict, started)


# ---- while calls fail --------------------------------------------------------------------


def _disturb(person: Person, fleet: Fleet, *, tiny: bool) -> None:
    """Until every launch has an end, or the time is over: what nobody approved by then is no
    launch."""
    freezing.faults_go_on().touch()
    _control("POST", {"share": SHARE, "kinds": _kinds(), "seed": SEED})
    until = time.monotonic() + _LONGEST_SECONDS[tiny]
    odds = 0.12 if tiny else 0.05  # of a kill, and of a freeze, each second
    over = threading.Event()
    with _beside(lambda: _rounds(person, over, until), over):
        while not over.is_set():
            if fleet.generator.random() < odds:
                fleet.kill_one()
            if fleet.generator.random() < odds:
                fleet.freeze_one()
            for _ in range(10):
                fleet.tend()
                over.wait(0.1)
    freezing.faults_go_on().unlink()


def _rounds(person: Person, over: threading.Event, until: float) -> None:
    """The person has a thread of their own: a click may be blocked while faults go on."""
    while not over.is_set() and time.monotonic() < until:
        person.round()
        if person.has_approved_all() and person.sees_ends():
            break
        over.wait(0.5)
    over.set()


@contextmanager
def _beside(run: Callable[[], None], over: threading.Event) -> Iterator[None]:
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            run()
        except BaseException as err:
            failed.append(err)
        finally:
            over.set()
            connections.close_all()

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]


def _kinds() -> list[dict[str, Any]]:
    """The waits that the vendor states are divided too; our time-out is shorter than late."""
    late = 1.6 * settings.CALL_TIMEOUT_SECONDS
    throttle = {"minutes": 0, "seconds": 5 / divisor_of_times()}
    return [
        {"kind": "throttle", "weight": 0.4, "detail": throttle},
        {"kind": "server_error"},
        {"kind": "timeout_before"},
        {"kind": "lose_answer"},
        {"kind": "delay", "detail": {"seconds": late}},
        {"kind": "garbage", "weight": 0.5},
        {"kind": "garbage", "weight": 0.5, "detail": {"carried_out": False, "cut": True}},
        {"kind": "expired_token", "weight": 0.3},
    ]


def _control(method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{settings.SANDBOX['clock']['url']}/faults",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        known: dict[str, Any] = json.loads(answer.read())
    return known


# ---- afterwards --------------------------------------------------------------------------


def _recover(person: Person, fleet: Fleet, *, tiny: bool) -> None:
    """No more faults: within bounds everything comes to its end, and every account is synced."""
    _control("DELETE")
    fleet.wake_all()
    connection.close()
    person.lift_all()
    person.retries.clear()
    until = time.monotonic() + _RECOVERY_SECONDS[tiny]
    _wait(person, fleet, until, lambda: person.sees_ends() and not _open_changes())
    for _ in range(2):  # the second one sees what the first one paused
        for account in AdAccount.objects.all():
            request_sync(account)
        _wait(person, fleet, until, partial(_all_synced, clock.real_now()))
    _wait(person, fleet, until, lambda: not _open_changes())


def _wait(person: Person, fleet: Fleet, until: float, is_over: Callable[[], bool]) -> None:
    while not is_over() and time.monotonic() < until:
        fleet.tend()
        person.mend()
        time.sleep(0.3)


def _open_changes() -> bool:
    return PublishRequest.objects.filter(state__in=PublishRequest.OPEN).exists()


def _all_synced(since: datetime) -> bool:
    """By a sync that also began after `since`: none is under way that began before."""
    running = Job.objects.filter(kind=SYNC_JOB, state__in=(Job.State.QUEUED, Job.State.RUNNING))
    late = AdAccount.objects.exclude(synced_at__gt=since)
    return not running.exists() and not late.exists()


# ---- what is said ------------------------------------------------------------------------


def _metrics(
    person: Person, fleet: Fleet, calls: dict[str, Any], verdict: Verdict, started: float
) -> dict[str, float]:
    launches = Strategy.objects.exclude(state=Strategy.State.REVIEW)
    states = Counter(launches.values_list("state", flat=True))
    frozen = freezing.freezes()
    lines = frozen.read_text().splitlines() if frozen.exists() else []
    disturbed = sum(calls["disturbed"].values())
    return {
        "divisor": divisor_of_times(),
        "timeout_seconds": round(settings.CALL_TIMEOUT_SECONDS, 2),
        "lease_seconds": round(leases.LEASE.total_seconds(), 2),
        "settling_seconds": round(settings.PUBLISH_SETTLE_SECONDS, 2),
        "servers": (connection.vendor == "postgresql") + bool(settings.REDIS_URL),
        "launches": sum(states.values()),
        "live": states[Strategy.State.LIVE],
        "failed": states[Strategy.State.FAILED],
        "calls": calls["calls"],
        "disturbed_share": round(disturbed / max(calls["calls"], 1), 3),
        "kinds_of_faults": len(calls["disturbed"]),
        "kills": fleet.counts["kills"],
        "freezes": fleet.counts["freezes"],
        "frozen_after_check": len(lines),
        "stops": person.counts["stops"],
        "renewed_tokens": person.counts["renewed_tokens"],
        "retried_launches": person.counts["retried_launches"],
        "second_copies_told": verdict.copies_told,
        "failed_jobs": Job.objects.filter(state=Job.State.FAILED).count(),
        "minutes": round((time.monotonic() - started) / 60, 1),
        **verdict.metrics(),
    }


def _tell(verdict: Verdict, folder: Path) -> None:
    """LAUNCH_FAULTS_KEEP names a folder that gets database, world and the workers' logs."""
    if keep := os.environ.get("LAUNCH_FAULTS_KEEP"):
        shutil.copytree(folder, keep, dirs_exist_ok=True)
    for name, found in verdict.findings.items():
        for what in found[:20]:
            _say(f"{name}: {what}")


def _standing() -> str:
    """How many launches are in which state, and how many changes are open."""
    states = Counter(Strategy.objects.values_list("state", flat=True))
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    waiting = PublishRequest.objects.filter(state__in=PublishRequest.OPEN).count()
    return f"Launches: {counts}; open changes: {waiting}."


def _say(text: str) -> None:
    sys.stderr.write(f"launch_faults: {text}\n")
    sys.stderr.flush()
