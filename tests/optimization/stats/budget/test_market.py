"""The simulated accounts of the budget bench: what is hidden, and what is reported when."""

from dataclasses import replace

import numpy as np
import pytest

from optimization.stats.common.metrics import FloatArray
from tests.benchmarks.budget_curves import best_split
from tests.benchmarks.budget_families import FAMILIES, HISTORY, ORACLE_AIM, SEEDS
from tests.benchmarks.budget_market import LAG, Account, Market
from tests.benchmarks.budget_oracle import oracle_revenue, unchanged_revenue
from tests.benchmarks.budget_play import play
from tests.benchmarks.budget_policies import ours, unchanged


def test_split_gives_the_steepest_pieces_first() -> None:
    lo, hi = np.zeros(2), np.full(2, 4.0)
    level = np.array([3.0, 1.0])

    def revenue(spend: FloatArray) -> FloatArray:
        found: FloatArray = level * np.sqrt(spend)
        return found

    x = best_split(revenue, lo, hi, 4.0, pieces=400)
    assert x.sum() == pytest.approx(4.0)
    assert x == pytest.approx([3.6, 0.4], abs=0.02)


def test_the_same_seed_is_the_same_account() -> None:
    first, again = (Account(Market(FAMILIES["mid50"], 3)).report() for _ in range(2))
    assert np.array_equal(first.conversions, again.conversions)
    other = Account(Market(FAMILIES["mid50"], 4)).report()
    assert not np.array_equal(first.conversions, other.conversions)


def test_conversions_come_in_late() -> None:
    account = Account(Market(replace(FAMILIES["large500"], number=99), 1))
    day = account.day - 1
    early = account.reported[:, day].sum() / account.orders[:, day].sum()
    for _ in range(14):
        account.play_day(account.market.start)
    assert LAG[:, 0].min() - 0.02 < early < LAG[:, 0].max() + 0.02
    assert account.reported[:, day].sum() == account.orders[:, day].sum()


def test_a_large_step_costs_response_and_fades() -> None:
    market = Market(FAMILIES["mid50"], 2)
    kept, moved = Account(market), Account(market)
    halved = market.start * 0.5
    moved.play_day(halved)
    kept.play_day(market.start)
    assert moved.learning.min() == 1.0
    moved.play_day(halved)
    assert moved.learning.max() == pytest.approx(0.6)
    assert kept.learning.max() == 0.0


def test_spend_ends_at_the_audience() -> None:
    market = Market(FAMILIES["mid50"], 1)
    limited = np.isfinite(market.capacity)
    assert 2 < limited.sum() < 25
    assert market.spend(market.start * 9)[limited] == pytest.approx(market.capacity[limited])


@pytest.mark.parametrize("name", ["mid50", "null50"])
def test_oracle_gains_about_what_the_family_aims_at(name: str) -> None:
    gains = []
    for seed in SEEDS:
        market = Market(FAMILIES[name], seed)
        gains.append(100 * (oracle_revenue(market) / unchanged_revenue(market) - 1))
    assert np.mean(gains) == pytest.approx(ORACLE_AIM[name], abs=5)


def test_history_is_of_unchanged_budgets() -> None:
    account = Account(Market(FAMILIES["small5"], 1))
    report = account.report()
    assert report.budget.shape == (5, HISTORY)
    assert np.ptp(report.budget, axis=1).max() == 0.0


@pytest.mark.parametrize("seed", [1, 2])
def test_equal_campaigns_lose_nothing_over_a_fortnight(seed: int) -> None:
    market = Market(replace(FAMILIES["null50"], days=14), seed)
    kept, moved = play(market, unchanged), play(market, ours)
    assert moved.revenue >= 0.997 * kept.revenue
