"""Tests of accounts with a history: errors and power where the history is right, and where it
misleads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np

from optimization.stats.ab.daily_analyses import FirstVerdicts, analyze_every_day
from optimization.stats.ab.history import learn_noise
from optimization.stats.ab.options import OptionFields
from tests.benchmarks.ab_validity_rows import ALLOWANCE, MONEY, TIED
from tests.benchmarks.ab_worlds import World, simulate_tests

FINISHED_TESTS = 30
ACCOUNTS = 20  # each with its own history, as one history can be lucky
RUNS = 4_000
TINY_ACCOUNTS = 2
CPA, ROAS = {"metric": "cpa"}, {"metric": "roas"}


@dataclass(frozen=True)
class HistoryRow:
    """Tests of `world` after finished tests of `past`. limit: largest share with a false winner
    (`is_power` False) or smallest share that names the first arm."""

    name: str
    past: World
    world: World
    limit: float
    is_power: bool = False
    losers: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def figure(self) -> str:
        kind = "power" if self.is_power else "false_loser" if self.losers else "false"
        return f"learned_{kind}_{self.name}"

    @property
    def bound(self) -> float:
        allowance = ALLOWANCE * sqrt(self.limit * (1 - self.limit) / RUNS)
        return self.limit - allowance if self.is_power else self.limit + allowance


CALM, LOUD = World(3, noise=0.1), World(3, noise=0.2)
DRIFTING = World(noise=0.2, drift=0.3)
CALM_MONEY = World(3, **MONEY, noise=0.1)

HISTORY_ROWS = [
    HistoryRow("same", CALM, World(noise=0.1), 0.05),
    HistoryRow("same_s0.2", LOUD, World(noise=0.2), 0.05),
    HistoryRow("same_tied", CALM, World(5, noise=0.1, lifts=TIED), 0.06),
    HistoryRow("same_cpa", CALM_MONEY, World(**MONEY, noise=0.1), 0.05, options=CPA),
    HistoryRow("same_roas", CALM_MONEY, World(**MONEY, noise=0.1), 0.05, options=ROAS),
    HistoryRow("same_drift", World(3, noise=0.2, drift=0.3), DRIFTING, 0.08),
    HistoryRow("higher", CALM, World(noise=0.14), 0.05),
    HistoryRow("doubled", CALM, World(noise=0.2), 0.05),
    HistoryRow("doubled_tied", CALM, World(5, noise=0.2, lifts=TIED), 0.06),
    HistoryRow(
        "doubled_100k", World(3, 100_000.0, noise=0.1), World(2, 100_000.0, noise=0.2), 0.05
    ),
    HistoryRow("doubled_cpa", CALM_MONEY, World(**MONEY, noise=0.2), 0.05, options=CPA),
    HistoryRow("fourfold", CALM, World(noise=0.4), 0.06),
    HistoryRow("halved", LOUD, World(noise=0.1), 0.05),
    HistoryRow("new_drift", LOUD, DRIFTING, 0.08),
    HistoryRow("doubled", CALM, World(5, noise=0.2), 0.05, losers=True),
    HistoryRow("k2", CALM, World(2, noise=0.1, lifts=(0.2,)), 0.80, is_power=True),
    HistoryRow("k5", CALM, World(5, noise=0.1, lifts=(0.2,)), 0.72, is_power=True),
    HistoryRow("k2_halved", LOUD, World(2, noise=0.1, lifts=(0.2,)), 0.70, is_power=True),
]

HISTORY_TARGETS = {row.figure: row.bound for row in HISTORY_ROWS if not row.is_power}
HISTORY_FLOORS = {row.figure: row.bound for row in HISTORY_ROWS if row.is_power}


def history_rate(
    row: HistoryRow, make_rng: Callable[..., np.random.Generator], *, tiny: bool = False
) -> tuple[float, float]:
    """The row's figure over all accounts, with the history and without it."""
    accounts = TINY_ACCOUNTS if tiny else ACCOUNTS
    tests = 10 if tiny else RUNS // ACCOUNTS
    found = np.zeros(2)
    for account in range(accounts):
        rng = make_rng("history", row.figure, str(account))
        known = learned_options(rng, row)
        values = simulate_tests(rng, row.world, tests)
        for at, options in enumerate((known, {})):
            found[at] += _share(analyze_every_day(values, **{**row.options, **options}), row)
    with_history, without = (found / accounts).tolist()
    return with_history, without


def learned_options(rng: np.random.Generator, row: HistoryRow) -> OptionFields:
    """What the app gives the engine for an account with finished tests like `row.past`."""
    history = simulate_tests(rng, row.past, FINISHED_TESTS).transpose(0, 2, 3, 1)
    noise = learn_noise(list(history), str(row.options.get("metric", "ctr")))
    return {
        "s0": noise.s0,
        "v0": noise.v0,
        "lag0": noise.lag,
        "lag_weight": noise.lag_weight,
        "boundary": "daily",
    }


def _share(result: FirstVerdicts, row: HistoryRow) -> float:
    if row.losers:
        return float(result.losers.any(axis=1).mean())
    return float((result.winner == 0 if row.is_power else result.winner >= 0).mean())
