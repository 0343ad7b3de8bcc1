"""What holds for every split: exact sum, limits, whole units, independence of order."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from optimization.stats.budget.allocation.waterfill import water_fill
from optimization.stats.budget.allocator import BudgetAllocator
from optimization.stats.budget.response.response import Response
from optimization.stats.budget.split import InfeasibleBudget, allocate
from optimization.stats.common.metrics import FloatArray
from optimization.stats.common.money_split import whole_units

UNIT = {"USD": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.001")}
numbers = st.one_of(st.floats(0, 500), st.sampled_from([float("nan"), -1.0, 1e-300]))


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[Any]] | None:
    days = draw(st.integers(0, 12))
    if days == 0:
        return None
    columns = ("budget", "spend", "impressions", "clicks", "conversions", "revenue")
    rows = {name: draw(st.lists(numbers, min_size=days, max_size=days)) for name in columns}
    return {"date": [f"2026-01-{d + 1:02d}" for d in range(days)], **rows}


@st.composite
def pools(draw: st.DrawFn) -> list[dict[str, Any]]:
    money = st.decimals(0, 1000, places=2)
    optional = st.one_of(st.none(), st.sampled_from([0.1, 0.5, 1.0]))
    return [
        {
            "id": f"c{i}",
            "platform": draw(st.sampled_from(["google", "meta"])),
            "status": draw(st.sampled_from(["active", "active", "paused"])),
            "min_budget": draw(st.decimals(0, 20, places=2)),
            "current_budget": draw(money),
            "max_share": draw(optional),
            "max_increase": draw(optional),
            "history": draw(histories()),
        }
        for i in range(draw(st.integers(0, 6)))
    ]


def is_infeasible(pool: list[dict[str, Any]], total: Decimal, unit: Decimal) -> bool:
    """Minimums above the total, or one above its own largest share, in whole units."""
    whole = int(total // unit)
    active = [one for one in pool if one["status"] == "active"]
    least = [math.ceil(one["min_budget"] / unit) for one in active]
    capped = [
        low > int(Decimal(str(one["max_share"])) * whole)
        for one, low in zip(active, least, strict=True)
        if one["max_share"] is not None
    ]
    return sum(least) > whole or any(capped)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    pool=pools(),
    total=st.decimals(0, 5000, places=3),
    currency=st.sampled_from(sorted(UNIT)),
)
def test_every_split_is_exact_and_inside_its_limits(
    pool: list[dict[str, Any]], total: Decimal, currency: str
) -> None:
    if is_infeasible(pool, total, UNIT[currency]):
        with pytest.raises(InfeasibleBudget):
            allocate(total, pool, currency=currency)
        return
    result = allocate(total, pool, currency=currency)
    assert sum(result.amounts.values(), Decimal(0)) + result.unallocated == total
    assert result.unallocated >= 0
    assert set(result.amounts) == set(result.reasons) == {one["id"] for one in pool}
    active = sum(one["status"] == "active" for one in pool)
    for one in pool:
        amount = result.amounts[one["id"]]
        assert amount % UNIT[currency] == 0
        if one["status"] == "paused":
            assert amount == 0
            continue
        share = {1: 1.0, 2: 0.75}.get(active, 0.5) if one["max_share"] is None else one["max_share"]
        rise = 0.5 if one["max_increase"] is None else one["max_increase"]
        least = math.ceil(one["min_budget"] / UNIT[currency]) * UNIT[currency]
        assert amount >= one["min_budget"]
        # The usual share is no limit that somebody set: a budget above it may stay, not grow.
        kept = one["max_share"] is None and amount <= one["current_budget"]
        assert kept or amount <= max(least, Decimal(str(share)) * total)
        assert amount <= max(least, one["current_budget"] * (1 + Decimal(str(rise))))
    assert allocate(total, pool[::-1], currency=currency) == result


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 1000), st.integers(0, 1000), st.floats(0, 1)),
        min_size=1,
        max_size=12,
    ),
    where=st.floats(0, 1),
)
@settings(max_examples=200, deadline=None)
def test_rounding_keeps_sum_and_bounds(rows: list[tuple[int, int, float]], where: float) -> None:
    lo = [low for low, _, _ in rows]
    hi = [low + room for low, room, _ in rows]
    total = sum(lo) + int(where * (sum(hi) - sum(lo)))
    x = [low + part * room for low, room, part in rows]
    units = whole_units(x, lo, hi, total)
    assert sum(units) == total
    assert all(low <= unit <= high for low, unit, high in zip(lo, units, hi, strict=True))


def test_largest_remainders_get_the_missing_cents() -> None:
    assert whole_units([10.2, 10.7, 10.6], [0] * 3, [99] * 3, 32).tolist() == [10, 11, 11]


def test_rounding_refuses_an_impossible_total() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        whole_units([1.0], [0], [1], 2)


@pytest.mark.parametrize("seed", range(5))
def test_water_filling_matches_a_general_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 12
    half = rng.uniform(50, 400, n)
    response = Response(ceiling=half * rng.uniform(0.5, 6, n), half=half)
    current = rng.uniform(50, 300, n)
    lo, hi, total = 0.7 * current, 1.4 * current, float(current.sum())
    ours = water_fill(response, lo, hi, total)
    theirs = minimize(
        lambda x: -response.revenue(x).sum(),
        current,
        jac=lambda x: -response.marginal(x),
        bounds=list(zip(lo, hi, strict=True)),
        constraints={"type": "eq", "fun": lambda x: x.sum() - total},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    assert ours.sum() == pytest.approx(total, rel=1e-12)
    assert (ours >= lo - 1e-9).all()
    assert (ours <= hi + 1e-9).all()
    assert response.revenue(ours).sum() >= -theirs.fun * (1 - 1e-9)
    free = (ours > lo + 1e-6) & (ours < hi - 1e-6)
    assert np.ptp(np.log(response.marginal(ours)[free])) < 1e-9


@st.composite
def splits(draw: st.DrawFn) -> tuple[Response, FloatArray, FloatArray, float]:
    """Curves, bounds and a total that fits them."""
    count = draw(st.integers(1, 8))

    def some(low: float, high: float) -> FloatArray:
        return np.array([draw(st.floats(low, high)) for _ in range(count)])

    half = some(1, 1e4)
    lo = some(0, 500)
    hi = lo + some(0, 500)
    part = draw(st.floats(0, 1))
    total = float(lo.sum() + part * (hi.sum() - lo.sum()))
    return Response(half * some(0.1, 20), half), lo, hi, total


@given(split=splits(), which=st.integers(0, 7), more=st.floats(1, 10))
@settings(max_examples=200, deadline=None)
def test_a_campaign_that_is_worth_more_never_gets_less(
    split: tuple[Response, FloatArray, FloatArray, float], which: int, more: float
) -> None:
    response, lo, hi, total = split
    i = which % len(lo)
    ceiling = response.ceiling.copy()
    ceiling[i] *= more
    before = water_fill(response, lo, hi, total)
    after = water_fill(Response(ceiling, response.half), lo, hi, total)
    assert after[i] >= before[i] - 1e-6 * max(total, 1.0)
    others = np.arange(len(lo)) != i
    assert (after[others] <= before[others] + 1e-6 * max(total, 1.0)).all()


@given(split=splits(), which=st.integers(0, 7), room=st.floats(1, 1000))
@settings(max_examples=200, deadline=None)
def test_relaxing_a_limit_that_does_not_bind_changes_nothing(
    split: tuple[Response, FloatArray, FloatArray, float], which: int, room: float
) -> None:
    response, lo, hi, total = split
    i = which % len(lo)
    x = water_fill(response, lo, hi, total)
    wide_lo, wide_hi = lo.copy(), hi.copy()
    if x[i] < hi[i] - 1e-3:
        wide_hi[i] += room
    if x[i] > lo[i] + 1e-3:
        wide_lo[i] = max(0.0, lo[i] - room)
    assert water_fill(response, wide_lo, wide_hi, total) == pytest.approx(x, abs=1e-3)


@given(pool=pools(), total=st.decimals(0, 2000, places=2), far=st.decimals(1, 10**6, places=2))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_limits_beyond_all_others_change_nothing(
    pool: list[dict[str, Any]], total: Decimal, far: Decimal
) -> None:
    if is_infeasible(pool, total, UNIT["USD"]):
        return
    wide = [
        one | {"ceiling": max(one["min_budget"], 3 * one["current_budget"]) + far, "floor": 0}
        for one in pool
    ]
    assert allocate(total, wide) == allocate(total, pool)


@given(least=st.lists(st.integers(1, 500), min_size=1, max_size=8), total=st.integers(0, 2000))
@settings(max_examples=150, deadline=None)
def test_a_named_conflict_is_the_smallest_that_clashes(least: list[int], total: int) -> None:
    pool = [
        {
            "id": i,
            "platform": "google",
            "status": "active",
            "min_budget": Decimal(amount),
            "current_budget": Decimal(amount),
        }
        for i, amount in enumerate(least)
    ]
    if sum(least) <= total:
        allocate(Decimal(total), pool)
        return
    with pytest.raises(InfeasibleBudget) as refusal:
        allocate(Decimal(total), pool)
    *named, whole = refusal.value.conflict
    values = [int(limit.value) for limit in named]
    assert (whole.campaign_id, whole.name, whole.value) == (None, "total", Decimal(total))
    assert all(least[int(limit.campaign_id or 0)] == limit.value for limit in named)
    assert sum(values) > total
    assert all(sum(values) - value <= total for value in values)
    largest = sorted(least, reverse=True)
    assert sum(largest[: len(values) - 1]) <= total


@given(pool=pools(), seed=st.integers(0, 100))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_plan_at_the_present_total_moves_money_and_makes_none(
    pool: list[dict[str, Any]], seed: int
) -> None:
    allocator = BudgetAllocator()
    try:
        plan = allocator.rebalance(pool)
    except InfeasibleBudget:
        return
    active = {one["id"] for one in pool if one["status"] == "active"}
    rows = [*plan.changes, *plan.unchanged]
    assert {row.id for row in rows} == {one["id"] for one in pool}
    assert sum((row.new for row in rows if row.id in active), Decimal(0)) == (
        plan.total - plan.unallocated
    )
    assert all(row.new == row.old for row in plan.unchanged)
    assert all(row.new - row.old == row.change != 0 for row in plan.changes)
    signs = [row.change > 0 for row in plan.changes]
    assert signs == sorted(signs)
    order = np.random.default_rng(seed).permutation(len(pool))
    assert allocator.rebalance([pool[i] for i in order]) == plan


def test_a_day_moves_at_most_a_tenth_of_the_total(
    campaign: Callable[..., dict[str, Any]], history: Callable[..., dict[str, Any]]
) -> None:
    """The band of 19 % holds what is moved well below 15 % of the total."""
    pool = [
        campaign(f"c{i}", history=history(28, 100, 2 if i % 2 else 40, 60 if i % 2 else 2000))
        for i in range(20)
    ]
    plan = BudgetAllocator().rebalance(pool)
    assert len(plan.changes) == 20
    assert 0 < sum(row.change for row in plan.changes if row.change > 0) <= plan.total / 10
