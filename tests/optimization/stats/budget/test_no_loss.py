"""No split is proposed that is expected to lose revenue, unless a limit leaves no other."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimization.stats.budget.allocator import BudgetAllocator, RebalancePlan
from optimization.stats.budget.results import Binding

LAST = dt.date(2026, 3, 31)


def history(seed: int, spend: float, roas: float, days: int, order: float) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    spent = spend * rng.uniform(0.8, 1.0, days)
    sales = rng.poisson(spent * roas / order)
    return {
        "date": [(LAST - dt.timedelta(days - 1 - d)).isoformat() for d in range(days)],
        "budget": [spend] * days,
        "spend": spent.tolist(),
        "impressions": [1000] * days,
        "clicks": [100] * days,
        "conversions": sales.tolist(),
        "revenue": (sales * order).tolist(),
    }


@st.composite
def pools(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for i in range(draw(st.integers(2, 5))):
        current = draw(st.integers(10, 400))
        days = draw(st.integers(7, 40))
        roas, order = draw(st.floats(0.2, 6)), draw(st.floats(5, 80))
        row = {
            "id": f"c{i}",
            "platform": draw(st.sampled_from(["google", "meta"])),
            "status": "active",
            "min_budget": Decimal(5),
            "current_budget": Decimal(current),
            "history": history(draw(st.integers(0, 99)), float(current), roas, days, order),
        }
        if draw(st.booleans()):
            row["ceiling"] = Decimal(draw(st.integers(5, 500)))
        if draw(st.booleans()):
            row["max_share"] = draw(st.sampled_from([0.5, 0.8, 1.0]))
        found.append(row)
    return found


def rebalanced(pool: list[dict[str, Any]], total: Decimal | None = None) -> RebalancePlan:
    return BudgetAllocator().rebalance(pool, total=total, as_of=LAST)


def present(pool: list[dict[str, Any]]) -> Decimal:
    return sum((one["current_budget"] for one in pool), Decimal(0))


def breaks_a_limit(pool: list[dict[str, Any]], total: Decimal) -> bool:
    return present(pool) > total or any(
        one["current_budget"] > one.get("ceiling", one["current_budget"])
        or one["current_budget"] > Decimal(str(one.get("max_share", 1))) * total
        for one in pool
    )


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(pool=pools(), part=st.sampled_from([Decimal("0.85"), Decimal(1), Decimal("1.2")]))
def test_a_plan_is_expected_to_gain_or_is_forced_by_a_broken_limit(
    pool: list[dict[str, Any]], part: Decimal
) -> None:
    total = present(pool) * part
    plan = rebalanced(pool, total)
    if plan.gain is None:
        return
    if plan.forced:
        assert breaks_a_limit(pool, total)
        assert plan.gain.mean < 0
        assert "forced because" in plan.sentence
        assert "expected to cost" in plan.sentence
    else:
        assert plan.gain.mean >= 0
    spread = sum((row.new for row in (*plan.changes, *plan.unchanged)), Decimal(0))
    assert spread + plan.unallocated == total


def two(first: int, second: int) -> list[dict[str, Any]]:
    """A large campaign that earns well beside a small one that does not."""
    return [
        {
            "id": name,
            "platform": "google",
            "status": "active",
            "min_budget": Decimal(5),
            "current_budget": Decimal(spend),
            "history": history(seed, float(spend), roas, 30, 20.0),
        }
        for seed, (name, spend, roas) in enumerate([("good", first, 5.0), ("poor", second, 0.4)])
    ]


def test_the_usual_share_takes_no_money_from_the_campaign_that_earns_it() -> None:
    plan = rebalanced(two(400, 50))
    assert plan.changes == ()
    assert (plan.gain is not None and plan.gain.mean, plan.forced) == (0.0, ())
    assert plan.sentence == "Nothing is changed: no move is large enough to be worth an edit."
    kept = plan.unchanged[0]
    assert (kept.new, kept.binding) == (Decimal(400), Binding.DEAD)
    assert kept.sentence == "Kept at 400.00 USD: no other split is expected to bring more."


def test_a_ceiling_below_the_present_budget_forces_a_cut_and_says_what_it_costs() -> None:
    pool = two(400, 50)
    pool[0]["ceiling"] = Decimal(300)
    plan = rebalanced(pool)
    assert plan.forced == ("1 budget is above its ceiling",)
    assert plan.changes[0].new == Decimal(300)
    assert plan.gain is not None
    assert plan.gain.mean < 0
    assert "forced because 1 budget is above its ceiling; this is expected to cost" in plan.sentence


def test_a_total_below_the_present_budgets_forces_cuts_and_is_named() -> None:
    plan = rebalanced(two(200, 100), Decimal(250))
    assert plan.forced == ("the total of 250.00 is below the present budgets, 300.00",)
    assert "2 budgets are lowered and 0 raised, by 50.00 USD a day in all, forced" in plan.sentence
    spread = sum((row.new for row in (*plan.changes, *plan.unchanged)), Decimal(0))
    assert spread + plan.unallocated == Decimal(250)


def test_a_small_campaign_that_earns_more_takes_from_a_large_one() -> None:
    def row(name: str, budget: int, roas: float) -> dict[str, Any]:
        return {
            "id": name,
            "platform": "google",
            "status": "active",
            "min_budget": Decimal(5),
            "current_budget": Decimal(budget),
            "history": {**history(7, float(budget), roas, 40, 5.0), "spend": [float(budget)] * 40},
        }

    plan = rebalanced([row("small", 60, 6.0), row("large", 180, 1.0)])
    assert {change.id: change.change for change in plan.changes} == {
        "large": Decimal("-11.40"),
        "small": Decimal("11.40"),
    }
    assert plan.gain is not None
    assert plan.gain.low > 0
