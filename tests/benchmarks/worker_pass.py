"""One pass of the workers over thousands of campaigns: read, analyse, decide, log.

The pass fans out as in production, its batches worked by two processes; `alone_seconds` is one
process by itself. Against a loop in one process that does the same work campaign by campaign
through the ORM (on a sample, per campaign), and against the bare SQL reads and writes of the same
rows, which no pass can avoid. On PostgreSQL where ADSENGINE_TEST_POSTGRES names a server, else on
SQLite, which lets one process write at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.db import connection, connections

from core.models import Advertiser
from optimization.models import Run, RunOutcome
from optimization.runs import optimize_run
from tests.benchmarks.timing import middle, ratio, seconds
from tests.benchmarks.worker_pass_data import fill
from tests.benchmarks.worker_pass_loop import plain_loop
from tests.benchmarks.worker_pass_sql import bare_sql, written_by

TARGETS = {"loop_ratio": 0.05, "sql_ratio": 3.0, "without_outcome": 0.0}
CAMPAIGNS, SAMPLE, REPEATS, WORKERS = 10_000, 100, 3, 2


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Seconds a pass, the loop and the bare SQL take for all campaigns, and the ratios."""
    campaigns, sample = (30, 5) if tiny else (CAMPAIGNS, SAMPLE)
    advertiser = fill(campaigns)
    times: dict[str, list[float]] = {"pass": [], "alone": [], "loop": [], "sql": []}
    workers = WORKERS if connection.vendor == "postgresql" else 1
    for number in range(1 if tiny else REPEATS):
        slot = f"pass {number}"
        times["alone"].append(_timed(full_pass, advertiser, f"alone {number}", 1))
        times["pass"].append(_timed(full_pass, advertiser, slot, workers))
        times["sql"].append(_timed(bare_sql, written_by(slot)))
        loop = _timed(plain_loop, advertiser, f"loop {number}", sample)
        times["loop"].append(loop / sample * campaigns)
    return {
        "campaigns": float(campaigns),
        "on_postgresql": float(connection.vendor == "postgresql"),
        **{f"{name}_seconds": middle(took) for name, took in times.items()},
        "alone_sql_ratio": ratio(times["alone"], times["sql"]),
        "loop_ratio": ratio(times["pass"], times["loop"]),
        "sql_ratio": ratio(times["pass"], times["sql"]),
        "without_outcome": float(_without_outcome(campaigns)),
    }


def _timed(work: Callable[..., object], *arguments: Any) -> float:
    took = seconds(lambda: work(*arguments))
    sys.stderr.write(f"  {work.__name__}: {took:.2f} s\n")
    return took


def full_pass(advertiser: Advertiser, slot: str, workers: int) -> None:
    """What the workers do: lay out the run, then its batches side by side."""
    run = optimize_run.start_run(advertiser, slot)
    batches = [(run.pk, ids) for _, ids in optimize_run.batches(run)]
    if workers == 1:
        for batch in batches:
            _work(batch)
        return
    connections.close_all()
    with get_context("fork").Pool(workers, initializer=connections.close_all) as pool:
        pool.map(_work, batches, chunksize=1)


def _work(batch: tuple[int, list[int]]) -> None:
    run = Run.objects.select_related("advertiser").get(pk=batch[0])
    optimize_run.work_batch(run, batch[1], lambda: None)


def _without_outcome(campaigns: int) -> int:
    """Campaigns of the newest pass that have no outcome, or wait for one."""
    run = Run.objects.filter(slot__startswith="pass").latest("pk")
    return campaigns - run.outcomes.exclude(state=RunOutcome.State.WAITING).count()
