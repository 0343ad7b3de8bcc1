"""One pass of the workers over thousands of campaigns: read, analyse, decide, log.

Against a loop that does the same work campaign by campaign through the ORM (on a sample, per
campaign), and against the bare SQL reads and writes of the same rows, which no pass can avoid.
On PostgreSQL where ADSENGINE_TEST_POSTGRES names a server, else on SQLite.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from adsengine.benchmarks.timing import middle, ratio, seconds
from adsengine.benchmarks.worker_pass_data import fill
from adsengine.benchmarks.worker_pass_loop import plain_loop
from adsengine.benchmarks.worker_pass_sql import bare_sql, written_by
from adsengine.models import Advertiser
from optimization import optimize_pass
from optimization.models import Run, RunOutcome

TARGETS = {"loop_ratio": 0.05, "sql_ratio": 3.0, "without_outcome": 0.0}
CAMPAIGNS, SAMPLE, REPEATS = 10_000, 100, 3


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Seconds a pass, the loop and the bare SQL take for all campaigns, and the ratios."""
    campaigns, sample = (30, 5) if tiny else (CAMPAIGNS, SAMPLE)
    advertiser = fill(campaigns)
    times: dict[str, list[float]] = {"pass": [], "loop": [], "sql": []}
    for number in range(1 if tiny else REPEATS):
        slot = f"pass {number}"
        times["pass"].append(_timed(full_pass, advertiser, slot))
        times["sql"].append(_timed(bare_sql, written_by(slot)))
        loop = _timed(plain_loop, advertiser, f"loop {number}", sample)
        times["loop"].append(loop / sample * campaigns)
    return {
        "campaigns": float(campaigns),
        "on_postgresql": float(connection.vendor == "postgresql"),
        **{f"{name}_seconds": middle(took) for name, took in times.items()},
        "loop_ratio": ratio(times["pass"], times["loop"]),
        "sql_ratio": ratio(times["pass"], times["sql"]),
        "without_outcome": float(_without_outcome(campaigns)),
    }


def _timed(work: Callable[..., object], *arguments: Any) -> float:
    took = seconds(lambda: work(*arguments))
    sys.stderr.write(f"  {work.__name__}: {took:.2f} s\n")
    return took


def full_pass(advertiser: Advertiser, slot: str) -> None:
    """What the workers do, one batch after the other in one process."""
    run = optimize_pass.start_run(advertiser, slot)
    for _, ids in list(optimize_pass.batches(run)):
        optimize_pass.work_batch(run, ids, lambda: None)


def _without_outcome(campaigns: int) -> int:
    """Campaigns of the newest pass that have no outcome, or wait for one."""
    run = Run.objects.filter(slot__startswith="pass").latest("pk")
    return campaigns - run.outcomes.exclude(state=RunOutcome.State.WAITING).count()
