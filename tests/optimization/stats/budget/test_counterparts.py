"""A change below a tenth of a budget is only the other side of a larger one, in few budgets."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimization.stats.budget.allocation.counterparts import MOST_COUNTERPARTS
from optimization.stats.budget.allocator import RebalancePlan
from tests.optimization.stats.budget.test_no_loss import history, rebalanced


def row(name: str, budget: int, roas: float, seed: int = 7) -> dict[str, Any]:
    figures = history(seed, float(budget), roas, 40, 5.0)
    return {
        "id": name,
        "platform": "google",
        "status": "active",
        "min_budget": Decimal(5),
        "current_budget": Decimal(budget),
        "history": {**figures, "spend": [float(budget)] * 40},
    }


def beside_twenty(roas: float, spread: float = 0.0) -> RebalancePlan:
    """A campaign of 60.00 that returns 6, and twenty of 180.00 that return about `roas`."""
    large = [row(f"l{i}", 180, roas * (1 + spread * i)) for i in range(20)]
    return rebalanced([row("small", 60, 6.0), *large])


def steps(plan: RebalancePlan) -> dict[Any, float]:
    """Of each changed budget, in per cent."""
    return {one.id: float(one.percent or 0) for one in plan.changes}


def test_one_of_twenty_large_budgets_pays_for_the_raise_of_a_small_one() -> None:
    plan = beside_twenty(1.0)
    assert [(one.id, one.change) for one in plan.changes] == [
        ("l0", Decimal("-11.40")),
        ("small", Decimal("11.40")),
    ]
    assert plan.gain is not None
    assert plan.gain.low > 0


def test_where_one_counterpart_gains_within_noise_few_share_it() -> None:
    found = steps(beside_twenty(3.0))
    assert found.pop("small") == pytest.approx(19.0)
    assert 1 < len(found) <= MOST_COUNTERPARTS
    assert all(-10 < step < 0 for step in found.values())


def test_no_small_change_pays_for_a_small_one() -> None:
    """Twenty returns that differ by a hundredth each."""
    found = steps(beside_twenty(1.0, 0.01))
    assert found["small"] == pytest.approx(19.0)
    assert all(step < 0 for step in found.values() if abs(step) < 9.99)


@st.composite
def pools(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(3, 20))
    size = st.sampled_from([60, 180, 600])
    roas = st.sampled_from([1.0, 1.01, 1.02, 6.0])
    return [row(f"c{i}", draw(size), draw(roas)) for i in range(count)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pool=pools())
def test_small_changes_go_one_way_and_fund_larger_ones(pool: list[dict[str, Any]]) -> None:
    plan = rebalanced(pool)
    if plan.forced:
        return
    small = [one for one in plan.changes if abs(one.percent or 0) < 9.99]
    large = [one for one in plan.changes if one not in small]
    assert len(small) <= MOST_COUNTERPARTS
    if small:
        net = sum((one.change for one in large), Decimal(0))
        assert large
        assert all(one.change * net < 0 for one in small)
