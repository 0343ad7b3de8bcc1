"""Speed of one run of the workers over thousands of campaigns: read, analyse, decide, log.

The run is split into batches as in production, worked by two processes; `alone_seconds` is with
one process. It is compared with a loop in one process that does the same work campaign by campaign
through the ORM (on a sample, per campaign), and with the bare SQL reads and writes of the same
rows, which no run can avoid. On PostgreSQL where ADSENGINE_TEST_POSTGRES names a server, else on
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
from optimization.worker_runs import optimize_run
from tests.benchmarks.timing import measure_seconds, median_ratio, rounded_median
from tests.benchmarks.worker_pass_data import create_data
from tests.benchmarks.worker_pass_loop import baseline_loop
from tests.benchmarks.worker_pass_sql import bare_sql, rows_of_run

TARGETS = {"loop_ratio": 0.05, "sql_ratio": 3.0, "without_outcome": 0.0}
CAMPAIGNS, SAMPLE, REPEATS, WORKERS = 10_000, 100, 3, 2


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Seconds of a run, the loop and the bare SQL for all campaigns, and the ratios."""
    campaigns, sample = (30, 5) if tiny else (CAMPAIGNS, SAMPLE)
    advertiser = create_data(campaigns)
    times: dict[str, list[float]] = {"pass": [], "alone": [], "loop": [], "sql": []}
    workers = WORKERS if connection.vendor == "postgresql" else 1
    for number in range(1 if tiny else REPEATS):
        slot = f"run {number}"
        times["alone"].append(_measure(full_run, advertiser, f"alone {number}", 1))
        times["pass"].append(_measure(full_run, advertiser, slot, workers))
        times["sql"].append(_measure(bare_sql, rows_of_run(slot)))
        loop = _measure(baseline_loop, advertiser, f"loop {number}", sample)
        times["loop"].append(loop / sample * campaigns)
    return {
        "campaigns": float(campaigns),
        "on_postgresql": float(connection.vendor == "postgresql"),
        **{f"{name}_seconds": rounded_median(took) for name, took in times.items()},
        "alone_sql_ratio": median_ratio(times["alone"], times["sql"]),
        "loop_ratio": median_ratio(times["pass"], times["loop"]),
        "sql_ratio": median_ratio(times["pass"], times["sql"]),
        "without_outcome": float(_without_outcome(campaigns)),
    }


def _measure(work: Callable[..., object], *arguments: Any) -> float:
    took = measure_seconds(lambda: work(*arguments))
    sys.stderr.write(f"  {work.__name__}: {took:.2f} s\n")
    return took


def full_run(advertiser: Advertiser, slot: str, workers: int) -> None:
    """The work of the workers: create the run, then work its batches in parallel."""
    run = optimize_run.start_run(advertiser, slot)
    batches = [(run.pk, ids) for _, ids in optimize_run.batches(run)]
    if workers == 1:
        for batch in batches:
            _work_batch(batch)
        return
    connections.close_all()
    with get_context("fork").Pool(workers, initializer=connections.close_all) as pool:
        pool.map(_work_batch, batches, chunksize=1)


def _work_batch(batch: tuple[int, list[int]]) -> None:
    run = Run.objects.select_related("advertiser").get(pk=batch[0])
    optimize_run.work_batch(run, batch[1], lambda: None)


def _without_outcome(campaigns: int) -> int:
    """Number of campaigns of the newest run without an outcome."""
    run = Run.objects.filter(slot__startswith="run").latest("pk")
    return campaigns - run.outcomes.exclude(state=RunOutcome.State.WAITING).count()
