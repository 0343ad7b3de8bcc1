"""The scenarios of the benchmark ab_validity, with their limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from tests.benchmarks.ab_worlds import World

ALLOWANCE = 1.645  # standard errors of the simulation


@dataclass(frozen=True)
class Scenario:
    """One simulated world. limit: largest share of tests that may name a winner (no true best arm)
    or smallest share that must name the first arm (power); within_day: the unfinished day is marked
    as complete at each of the 84 looks; runs: number of tests."""

    name: str
    world: World
    limit: float
    options: Mapping[str, Any] = field(default_factory=dict)
    latest_median_day: float | None = None
    within_day: bool = False

    @property
    def metric(self) -> str:
        return str(self.options.get("metric", "ctr"))

    @property
    def runs(self) -> int:
        return 4_000 if self.world.arms == 2 else 2_000

    @property
    def upper_limit(self) -> float:
        return self.limit + ALLOWANCE * sqrt(self.limit * (1 - self.limit) / self.runs)

    @property
    def lower_limit(self) -> float:
        return self.limit - ALLOWANCE * sqrt(self.limit * (1 - self.limit) / self.runs)


MONEY: dict[str, Any] = {"impressions": 100_000.0, "conversions": 30.0}
ROAS, CPA = {"metric": "roas"}, {"metric": "cpa"}
NO_LAG = {"dispersion_autocorr": False}
TIED = (0.0, 0.0, -0.3, -0.3, -0.3)


def _equal() -> list[Scenario]:
    rows = [
        Scenario(f"k{arms}_s{noise:g}", World(arms, noise=noise), 0.05)
        for arms in (2, 5, 10)
        for noise in (0.0, 0.1, 0.2)
    ]
    rows.append(Scenario("k20_s0.2", World(20, noise=0.2), 0.05))
    rows += [Scenario(f"{n:g}_a_day", World(2, n, 0.2), 0.05) for n in (1_000.0, 100_000.0)]
    rows += [
        Scenario("roas_s0", World(**MONEY), 0.05, ROAS),
        Scenario("roas_s0.15", World(**MONEY, noise=0.15), 0.05, ROAS),
        Scenario("roas_k5", World(5, **MONEY, noise=0.15), 0.05, ROAS),
        Scenario("roas_wide", World(**MONEY, noise=0.2, order_spread=1.5), 0.05, ROAS),
        Scenario("cpa_s0", World(**MONEY), 0.05, CPA),
        Scenario("cpa_s0.15", World(**MONEY, noise=0.15), 0.05, CPA),
        Scenario("cpa_s0.2", World(**MONEY, noise=0.2), 0.05, CPA),
    ]
    rows += [
        Scenario("s0.4", World(noise=0.4), 0.06),
        Scenario("moving", World(noise=0.2, moving=0.4), 0.06),
        Scenario("growth5", World(noise=0.2, growth=5.0), 0.06),
    ]
    rows += [Scenario(f"tied_s{s:g}", World(5, noise=s, lifts=TIED), 0.06) for s in (0.0, 0.1, 0.2)]
    drifting = World(noise=0.2, drift=0.3)
    rows += [Scenario("drift", drifting, 0.08), Scenario("drift_no_lag", drifting, 0.15, NO_LAG)]
    running = [(2, 0.0, ()), (2, 0.2, ()), (5, 0.2, ()), (5, 0.2, TIED)]
    return rows + [_running_day(World(k, noise=s, lifts=lifts)) for k, s, lifts in running]


def _running_day(world: World) -> Scenario:
    tied = "_tied" if world.lifts else ""
    name = f"running_day_k{world.arms}_s{world.noise:g}{tied}"
    return Scenario(name, world, 0.06 if tied else 0.05, within_day=True)


EQUAL = _equal()
"""No arm is best: every winner is false."""

POWER = [
    Scenario("k2_s0_20", World(2, lifts=(0.2,)), 0.93),
    Scenario("k5_s0_20", World(5, lifts=(0.2,)), 0.93),
    Scenario("k2_s0.1_20", World(2, noise=0.1, lifts=(0.2,)), 0.72),
    Scenario("k5_s0.1_20", World(5, noise=0.1, lifts=(0.2,)), 0.60),
    Scenario("k2_s0.2_50", World(2, noise=0.2, lifts=(0.5,)), 0.92, latest_median_day=9.0),
    Scenario("k5_s0.2_50", World(5, noise=0.2, lifts=(0.5,)), 0.92, latest_median_day=9.0),
    Scenario("k2_50k_10", World(2, 50_000.0, lifts=(0.1,)), 0.95),
    Scenario("k2_2k_50", World(2, 2_000.0, 0.1, (0.5,)), 0.90),
    Scenario("cpa_50", World(**MONEY, noise=0.15, lifts=(0.5,)), 0.90, CPA),
    Scenario("roas_50", World(**MONEY, noise=0.15, lifts=(0.5,)), 0.65, ROAS),
]
"""The first arm leads all others by its lift."""

DRAWN = [Scenario(f"drawn_k{arms}", World(arms, noise=0.1), 0.0) for arms in (2, 5, 10)]
DRAWN_NOISY = [
    Scenario(f"drawn_k{arms}_s{noise:g}", World(arms, noise=noise), 0.0)
    for arms in (2, 5, 10)
    for noise in (0.0, 0.2)
]
"""Log lifts of all arms are drawn from N(0, 0.2), to check the stated confidence."""

LOSER_LIMIT = 0.05
LOSERS = [Scenario(f"k{arms}", World(arms, noise=0.2), LOSER_LIMIT) for arms in (2, 3, 5, 10, 20)]
"""No arm is worse: every loser is false."""

LOSER_POWER = Scenario("k5", World(5, noise=0.2, lifts=(-0.5,)), 0.80)
