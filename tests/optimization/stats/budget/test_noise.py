"""No budget moves for a gain within noise, or below what the change costs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from optimization.stats.budget.allocation.worth import pool_price
from optimization.stats.budget.allocator import BudgetAllocator, RebalancePlan
from optimization.stats.budget.response.pooling import level_spread
from optimization.stats.budget.results import Binding

Build = Callable[..., dict[str, Any]]
D = Decimal
NOISE = (
    "Kept at 100.00 USD: a change is expected to gain too little to tell from chance, or less than "
    "it costs."
)


def drawn(seed: int, rate: float, value: float, days: int = 28) -> dict[str, list[Any]]:
    """Days of 100 of spend with Poisson orders of one value."""
    made = np.random.default_rng(seed).poisson(rate, days)
    return {
        "date": [f"2026-02-{d + 1:02d}" for d in range(days)],
        "budget": [100.0] * days,
        "spend": [100.0] * days,
        "impressions": [1000.0] * days,
        "clicks": [50.0] * days,
        "conversions": made.astype(float).tolist(),
        "revenue": (made * value).tolist(),
    }


def plan_of(pool: list[dict[str, Any]], total: Decimal | None = None) -> RebalancePlan:
    return BudgetAllocator().rebalance(pool, total=total, as_of="2026-03-01")


def test_campaigns_that_differ_by_chance_alone_are_left_alone(campaign: Build) -> None:
    """In one of the twenty pools a campaign's newest days look like a decline."""
    changed = 0
    for seed in range(20):
        pool = [campaign(f"c{i}", history=drawn(100 * seed + i, 4, 50)) for i in range(20)]
        changed += bool(plan_of(pool).changes)
    assert changed <= 1


@pytest.mark.parametrize("seed", range(10))
def test_every_unforced_plan_gains_at_the_lower_end_of_its_interval(
    campaign: Build, seed: int
) -> None:
    rates = np.random.default_rng(seed).uniform(1, 8, 8)
    pool = [campaign(f"c{i}", history=drawn(i, rate, 50)) for i, rate in enumerate(rates)]
    plan = plan_of(pool)
    assert plan.changes
    assert plan.gain is not None
    assert plan.gain.low > 0
    assert all(move.gain is not None and move.gain.mean > 0 for move in plan.moves)
    assert all((move.return_to or 0) > (move.return_from or 0) for move in plan.moves)


def test_few_orders_prove_no_difference_and_the_sentence_says_so(campaign: Build) -> None:
    pool = [
        campaign("few", history=drawn(3, 0.4, 50)),
        campaign("more", history=drawn(6, 0.7, 50)),
    ]
    plan = plan_of(pool)
    assert plan.changes == ()
    said = {row.id: (row.binding, row.sentence) for row in plan.unchanged}
    assert said["more"] == (Binding.NOISE, NOISE)
    assert plan.sentence == (
        "Nothing is changed: no move gains more than chance would, or than it costs."
    )


@pytest.mark.parametrize("days", [0, 1, 6])
def test_a_campaign_in_its_first_days_keeps_its_budget(campaign: Build, days: int) -> None:
    pool = [campaign(f"c{i}", history=drawn(i, 4, 50)) for i in range(3)]
    young = drawn(9, 40, 50)
    new = {name: column[28 - days :] for name, column in young.items()}
    plan = plan_of([*pool, campaign("new", history=new)])
    row = next(row for row in plan.unchanged if row.id == "new")
    assert row.binding == Binding.YOUNG
    known = {0: "no history of spend", 1: "1 day of spend", 6: "6 days of spend"}[days]
    assert row.sentence == (
        f"Kept at 100.00 USD: it has {known}, and its return is judged from 7 days on."
    )


def test_a_changed_total_is_met_although_nothing_is_certain(campaign: Build) -> None:
    pool = [campaign(f"c{i}", history=drawn(i, 4, 50)) for i in range(5)]
    plan = plan_of(pool, D(520))
    assert plan.unallocated == 0
    assert sum(row.change for row in plan.changes) == D(20)
    assert {move.from_id for move in plan.moves} == {None}
    less = plan_of(pool, D(480))
    assert sum(row.change for row in less.changes) == D(-20)
    assert {move.to_id for move in less.moves} == {None}


def test_levels_of_campaigns_alike_are_one_level() -> None:
    rng = np.random.default_rng(1)
    expected = np.full(50, 100.0)
    cv, centre = level_spread(rng.poisson(120, 50).astype(float), expected)
    assert cv < 0.08
    assert centre == pytest.approx(1.2, abs=0.02)


def test_levels_that_differ_keep_their_distance_and_the_largest_does_not_set_the_centre() -> None:
    rng = np.random.default_rng(1)
    expected = np.append(np.full(49, 100.0), 1e5)
    level = np.append(rng.gamma(1 / 0.5**2, 0.5**2, 49), 3.0)
    cv, centre = level_spread(rng.poisson(expected * level).astype(float), expected)
    assert 0.4 < cv < 0.7
    assert centre < 1.3


def test_the_price_of_money_is_the_return_of_those_that_no_limit_binds() -> None:
    marginal, change = np.array([4.0, 2.0, 1.0, 9.0]), np.array([5.0, 1.0, -6.0, 0.0])
    inside = np.array([False, True, False, True])
    assert pool_price(marginal, change, inside) == 2.0
    assert pool_price(marginal, change, np.zeros(4, dtype=bool)) == pytest.approx(np.sqrt(2.0))
    assert pool_price(marginal, np.abs(change), np.zeros(4, dtype=bool)) == 1.0
