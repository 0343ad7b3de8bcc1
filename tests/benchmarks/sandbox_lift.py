"""Revenue gain of the workers over sixty days in the sandbox, against unchanged budgets.

The real tasks, services and clients work against the served emulators; fifty campaigns on three
platforms, four weeks of history, mode act, no holdout, one sync a day. The oracle knows all hidden
curves and changes budgets daily within the same floors, steps and shares.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from core.common import clock
from optimization.models import Rebalance
from platforms.common.calls import reset_governors
from sandbox.google.server.tls import ensure_authority
from sandbox.serve import RunningSandbox, start_sandbox
from sandbox.world.world import World
from tests.benchmarks.sandbox_days import (
    BudgetMonitor,
    advance_one_day,
    connect_and_adopt,
    count_missing_outcomes,
    new_advertiser,
    run_morning,
)
from tests.benchmarks.sandbox_oracle import Result, play_oracle, play_unchanged, result_of
from tests.benchmarks.sandbox_world import copy_world, make_world
from tests.benchmarks.timing import measure_seconds

SEEDS, CAMPAIGNS, DAYS = (101, 102, 103, 104, 105), 50, 60
TINY_CAMPAIGNS, TINY_DAYS = 6, 2
FLOORS = {"least_lift": 15.0, "least_spend": 97.0, "least_headroom": 30.0}
TARGETS = {"without_outcome": 0.0, "leak": 0.0, "limits_broken": 0.0, "writes_repeated": 0.0}


@dataclass(frozen=True)
class SeedResult:
    """One seed: results of the workers, of unchanged budgets and of the oracle, and violations."""

    seed: int
    ours: Result
    unchanged: Result
    oracle: Result
    watch: BudgetMonitor
    without_outcome: int
    rebalances: int
    roll_backs: int
    seconds: float

    @property
    def lift(self) -> float:
        return self.ours.gain_over(self.unchanged)

    @property
    def headroom(self) -> float:
        return self.oracle.gain_over(self.unchanged)

    @property
    def spend(self) -> float:
        """Delivered spend, in per cent of that with unchanged budgets."""
        return 100 * self.ours.spend / self.unchanged.spend


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Revenue gain at equal spend against unchanged budgets in per cent, smallest and mean over
    seeds; smallest delivered spend and headroom in per cent; violations over all seeds. `leak` is
    in minor units."""
    # gRPC reads this once, before its first channel: every seed's sandbox uses this authority.
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(ensure_authority(folder))
    size, days = (TINY_CAMPAIGNS, TINY_DAYS) if tiny else (CAMPAIGNS, DAYS)
    base = _empty_database()
    sys.stderr.write(_HEAD)
    found = []
    for seed in SEEDS[:1] if tiny else SEEDS:
        _use_database_copy(base, folder / f"seed-{seed}.sqlite3")
        found.append(play(folder, seed, size, days))
        sys.stderr.write(_line(found[-1]))
    return _gains(found) | _broken(found)


def _empty_database() -> Path:
    """The path of the database, with all data in that one file."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(connection.settings_dict["NAME"])


def _use_database_copy(base: Path, path: Path) -> None:
    """Every seed starts with an empty database, as its accounts have the same ids."""
    connection.close()
    shutil.copy(base, path)
    connection.settings_dict["NAME"] = str(path)


def _gains(found: list[SeedResult]) -> dict[str, float]:
    lift, room = [one.lift for one in found], [one.headroom for one in found]
    return {
        "least_lift": round(min(lift), 2),
        "mean_lift": round(sum(lift) / len(lift), 2),
        "least_spend": round(min(one.spend for one in found), 2),
        "least_headroom": round(min(room), 2),
        "share_of_headroom": round(100 * sum(lift) / sum(room), 1),
    }


def _broken(found: list[SeedResult]) -> dict[str, float]:
    return {
        "without_outcome": float(sum(one.without_outcome for one in found)),
        "leak": float(max(one.watch.leak for one in found)),
        "limits_broken": float(sum(one.watch.violations for one in found)),
        "writes": float(sum(one.watch.writes.total() for one in found)),
        "writes_repeated": float(sum(one.watch.repeated_writes for one in found)),
        "roll_backs": float(sum(one.roll_backs for one in found)),
        "seconds": round(sum(one.seconds for one in found), 1),
    }


def play(folder: Path, seed: int, campaigns: int, days: int) -> SeedResult:
    """Four weeks of history, then `days` mornings of the workers."""
    with serve_sandbox(folder, seed, campaigns) as sandbox:
        advertiser, watch = new_advertiser(seed), BudgetMonitor(sandbox.world)
        connect_and_adopt(advertiser)
        took = measure_seconds(lambda: _play_mornings(sandbox.world, watch, days))
        advance_one_day(sandbox.world)
        rebalances = Rebalance.objects.filter(advertiser=advertiser)
        return SeedResult(
            seed,
            result_of(sandbox.market, days),
            play_unchanged(copy_world(sandbox.world), days),
            play_oracle(copy_world(sandbox.world), days),
            watch,
            count_missing_outcomes(advertiser, days),
            rebalances.count(),
            rebalances.filter(kind=Rebalance.Kind.ROLL_BACK).count(),
            took,
        )


def _play_mornings(world: World, watch: BudgetMonitor, days: int) -> None:
    for _ in range(days):
        run_morning()
        watch.check_morning()
        advance_one_day(world)


@contextmanager
def serve_sandbox(folder: Path, seed: int, campaigns: int) -> Iterator[RunningSandbox]:
    """Serve a world of this seed with the three emulators, for clients in this process. The
    authority in `folder` must be the one that this process trusts."""
    state = folder / f"sandbox-{seed}"
    shutil.copytree(folder / "google_tls", state / "google_tls")
    sandbox = start_sandbox(world=make_world(seed, campaigns), state_dir=state, tiktok_level=None)
    previous = settings.SANDBOX
    settings.SANDBOX = sandbox.info
    reset_governors()
    clock.use_sandbox_clock(sandbox.info["clock"]["url"])
    try:
        yield sandbox
    finally:
        clock.use_sandbox_clock("")
        settings.SANDBOX = previous
        sandbox.stop()


_HEAD = (
    f"{'seed':>5}{'lift %':>9}{'head-room %':>13}{'spend %':>9}{'leak':>6}{'broken':>8}"
    f"{'writes':>8}{'repeated':>10}{'no outcome':>12}{'rebalances':>12}{'rolled back':>13}"
    f"{'seconds':>9}\n"
)


def _line(one: SeedResult) -> str:
    return (
        f"{one.seed:>5}{one.lift:>9.1f}{one.headroom:>13.1f}{one.spend:>9.1f}"
        f"{one.watch.leak:>6}{one.watch.violations:>8}{one.watch.writes.total():>8}"
        f"{one.watch.repeated_writes:>10}{one.without_outcome:>12}{one.rebalances:>12}"
        f"{one.roll_backs:>13}{one.seconds:>9.0f}\n"
    )
