"""What holds for every split: exact sum, limits, whole units, independence of order."""

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from optimization.stats.budget import InfeasibleBudget, allocate
from optimization.stats.money_split import whole_units
from optimization.stats.response import Response
from optimization.stats.waterfill import water_fill

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
        for one, low in zip(active, least)
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
        assert amount <= max(least, Decimal(str(share)) * total)
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
    assert all(low <= unit <= high for low, unit, high in zip(lo, units, hi))


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
        bounds=list(zip(lo, hi)),
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
