"""Plans of a rebalance: what is written, what is kept, and what is said of it."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any

import pytest

from optimization.stats.budget.allocator import BudgetAllocator
from optimization.stats.budget.budget_holds import BudgetHold
from optimization.stats.budget.split import InfeasibleBudget, MixedCurrency, allocate

Build = Callable[..., dict[str, Any]]
D = Decimal
ALLOCATOR = BudgetAllocator(currency="USD")


@pytest.fixture
def pool(campaign: Build, history: Build) -> list[dict[str, Any]]:
    return [
        campaign("strong", history=history(28, 100, 20, 900)),
        campaign("usual", history=history(28, 100, 10, 300)),
        campaign("weak", history=history(28, 100, 5, 100)),
        campaign("off", status="paused", current_budget=D(70)),
    ]


def test_cuts_come_before_raises_and_small_moves_are_not_written(pool: list[Any]) -> None:
    plan = ALLOCATOR.rebalance(pool)
    assert [(row.id, row.old, row.new) for row in plan.changes] == [
        ("weak", D(100), D(81)),
        ("strong", D(100), D(119)),
    ]
    assert [(row.id, row.old, row.new) for row in plan.unchanged] == [
        ("off", D(70), D(70)),
        ("usual", D(100), D(100)),
    ]
    assert (plan.total, plan.unallocated, plan.holds) == (D(300), D(0), ())


def test_each_change_has_percent_limit_returns_gain_and_sentence(pool: list[Any]) -> None:
    plan = ALLOCATOR.rebalance(pool)
    cut, rise = plan.changes
    assert (rise.change, rise.binding, cut.change, cut.binding) == (
        D(19),
        "step_up",
        D(-19),
        "step_down",
    )
    assert (rise.percent or 0, cut.percent or 0) == pytest.approx((19.0, -19.0))
    assert rise.marginal_before is not None
    assert rise.marginal_after is not None
    assert rise.marginal_before > rise.marginal_after > (cut.marginal_after or 0)
    assert rise.gain is not None
    assert 0 < rise.gain.low < rise.gain.mean < rise.gain.high
    assert plan.gain is not None
    assert plan.gain.mean == pytest.approx(sum(row.gain.mean for row in plan.changes if row.gain))
    assert rise.learning_cost == 0.0
    assert rise.sentence.startswith("Raise from 100.00 to 119.00 USD: the next 1 USD")
    assert plan.sentence.startswith("1 budget is lowered and 1 raised, by 19.00 USD a day in all")
    with pytest.raises(FrozenInstanceError):
        rise.new = D(0)  # type: ignore[misc]


def test_a_plan_that_needs_more_raises_all_it_can(pool: list[Any]) -> None:
    plan = ALLOCATOR.rebalance(pool, total=D("345.00"))
    active = [row.new for row in (*plan.changes, *plan.unchanged) if row.id != "off"]
    assert sum(active) + plan.unallocated == D("345.00")
    assert all(row.new <= D(119) for row in plan.changes)


def test_held_out_campaigns_stay_outside_of_the_total(pool: list[Any]) -> None:
    plan = ALLOCATOR.rebalance([row for row in pool if row["id"] != "usual"])
    assert plan.total == D(200)
    assert {row.id for row in (*plan.changes, *plan.unchanged)} == {"strong", "weak", "off"}


def test_a_freeze_keeps_every_budget_and_says_why(pool: list[Any]) -> None:
    stale = BudgetHold("stale_data", "The figures are 30 hours old.")
    plan = ALLOCATOR.rebalance(pool, holds=[stale])
    assert (plan.changes, plan.allocation, plan.holds) == ((), None, (stale,))
    assert {row.id: row.new for row in plan.unchanged} == {
        "strong": D(100),
        "usual": D(100),
        "weak": D(100),
        "off": D(70),
    }
    assert plan.sentence == "Nothing is changed. The figures are 30 hours old."
    assert plan.unchanged[0].sentence == "Kept at 100 USD. The figures are 30 hours old."


def test_currencies_without_rates_freeze_or_are_refused(pool: list[Any]) -> None:
    mixed = [*pool[:2], pool[2] | {"currency": "EUR"}]
    with pytest.raises(MixedCurrency, match="'weak'"):
        ALLOCATOR.rebalance(mixed)
    plan = ALLOCATOR.rebalance(mixed, holds=[BudgetHold("mixed_currency", "They differ.")])
    assert plan.unchanged[2].own_currency == "EUR"
    assert plan.changes == ()


def test_too_little_history_keeps_what_is(campaign: Build) -> None:
    plan = ALLOCATOR.rebalance([campaign("a"), campaign("b", current_budget=D(50))])
    assert (plan.changes, plan.gain) == ((), None)
    assert plan.sentence == "Nothing is changed: no move is large enough to be worth an edit."


def test_no_campaigns_make_an_empty_plan() -> None:
    plan = ALLOCATOR.rebalance([])
    assert (plan.changes, plan.unchanged, plan.total) == ((), (), D(0))


def test_allocator_splits_as_allocate_does(pool: list[Any]) -> None:
    assert ALLOCATOR.allocate(D(330), pool, as_of="2026-02-01") == allocate(
        D(330), pool, as_of="2026-02-01"
    )


def test_zero_total_with_minimums_is_refused_by_name(campaign: Build) -> None:
    with pytest.raises(InfeasibleBudget) as refusal:
        allocate(D(0), [campaign("a", min_budget=D(5))])
    assert [(limit.campaign_id, limit.name) for limit in refusal.value.conflict] == [
        ("a", "min_budget"),
        (None, "total"),
    ]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"floor": D(60), "ceiling": D(50)}, ["floor", "ceiling"]),
        ({"min_budget": D(60), "ceiling": D(50)}, ["min_budget", "ceiling"]),
        ({"floor": D(160), "max_share": 0.5}, ["floor", "max_share"]),
        ({"max_step": 0.1, "max_share": 0.2}, ["max_step", "max_share"]),
    ],
)
def test_limits_that_contradict_each_other_are_named(
    campaign: Build, fields: dict[str, Any], names: list[str]
) -> None:
    with pytest.raises(InfeasibleBudget, match="campaign 'a'") as refusal:
        allocate(D(300), [campaign("a", **fields), campaign("b"), campaign("c")])
    assert [limit.name for limit in refusal.value.conflict] == names


def test_held_budgets_above_the_total_are_named(campaign: Build) -> None:
    pool = [campaign("a", frozen="a test runs", current_budget=D(90)), campaign("b")]
    with pytest.raises(InfeasibleBudget, match="'a' frozen 90") as refusal:
        allocate(D(92), pool)
    assert [limit.name for limit in refusal.value.conflict] == ["frozen", "min_budget", "total"]


def test_a_slightly_larger_total_takes_few_edits(campaign: Build, history: Build) -> None:
    """3 % more for ten equal campaigns: two take it, within their step, and eight stay."""
    pool = [campaign(f"c{i}", history=history(28, 100, 10, 300)) for i in range(10)]
    plan = ALLOCATOR.rebalance(pool, total=D(1030))
    assert [row.new for row in plan.changes] == [D(115), D(115)]
    assert len(plan.unchanged) == 8
    assert plan.unallocated == 0
