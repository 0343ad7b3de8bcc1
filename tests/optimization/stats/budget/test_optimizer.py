"""Verbs for one campaign: increase, decrease, pause as a proposal, keep."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from optimization.stats.budget.optimizer import Advice, BudgetOptimizer
from optimization.stats.budget.split import allocate

Build = Callable[..., dict[str, Any]]
D = Decimal


def advise(pool: list[dict[str, Any]], total: int, **rule: float) -> dict[Any, Advice]:
    return BudgetOptimizer(**rule).advise(allocate(D(total), pool))


def test_verbs_follow_the_split(campaign: Build, history: Build) -> None:
    pool = [
        campaign("strong", history=history(28, 100, 20, 900)),
        campaign("usual", history=history(28, 100, 10, 300)),
        campaign("weak", history=history(28, 100, 5, 100)),
        campaign("off", status="paused"),
    ]
    found = advise(pool, 300)
    assert {name: one.verb for name, one in found.items()} == {
        "strong": "increase",
        "usual": "keep",
        "weak": "decrease",
        "off": "keep",
    }
    assert (found["strong"].old, found["strong"].new) == (D(100), D(119))
    assert found["weak"].percent == pytest.approx(-19.0)
    assert found["off"].reason == "Paused, so it gets nothing."
    assert found["off"].new == D(100)
    assert all(one.reason.endswith(".") for one in found.values())
    assert not any(one.proposal_only for one in found.values())


def losing(campaign: Build, history: Build, days: int = 28, **fields: Any) -> list[dict[str, Any]]:
    """One campaign that earns a tenth of what it costs, at its minimum or near."""
    poor = history(days, 100, 4, 10)
    rich = [campaign(f"c{i}", history=history(28, 100, 20, 900)) for i in range(3)]
    return [campaign("poor", history=poor, min_budget=D(90), **fields), *rich]


def test_a_campaign_that_cannot_pay_is_proposed_for_a_pause(
    campaign: Build, history: Build
) -> None:
    advice = advise(losing(campaign, history), 400, least_return=1.0)["poor"]
    assert (advice.verb, advice.proposal_only) == ("pause", True)
    assert (advice.stop_chance or 0) > 0.95
    assert advice.reason.startswith("Pause proposed: in 28 days and 2,800.00 USD of spend")
    assert advise(losing(campaign, history), 400, least_return=1.0)["c0"].verb != "pause"


def test_without_a_least_return_nothing_is_paused(campaign: Build, history: Build) -> None:
    advice = advise(losing(campaign, history), 400)["poor"]
    assert (advice.verb, advice.stop_chance) == ("decrease", None)


def test_new_campaigns_get_two_weeks(campaign: Build, history: Build) -> None:
    early = advise(losing(campaign, history, days=13), 400, least_return=1.0)["poor"]
    assert early.verb != "pause"
    assert (early.stop_chance or 0) > 0.95
    assert advise(losing(campaign, history, days=15), 400, least_return=1.0)["poor"].verb == "pause"


def test_enough_must_be_spent_or_known(campaign: Build, history: Build) -> None:
    """Half a conversion a day in 20 days is no evidence; three target costs are."""
    rich = [campaign(f"c{i}", history=history(28, 100, 20, 900)) for i in range(3)]
    pool = [campaign("poor", min_budget=D(90), history=history(20, 100, 0.2, 1)), *rich]
    assert advise(pool, 400, least_return=1.0)["poor"].verb != "pause"
    assert advise(pool, 400, least_return=1.0, target_cpa=700.0)["poor"].verb != "pause"
    assert advise(pool, 400, least_return=1.0, target_cpa=600.0)["poor"].verb == "pause"


@pytest.mark.parametrize("fields", [{"learning": True}, {"frozen": "a test runs"}])
def test_learning_and_held_campaigns_are_not_paused(
    campaign: Build, history: Build, fields: dict[str, Any]
) -> None:
    assert (
        advise(losing(campaign, history, **fields), 400, least_return=1.0)["poor"].verb != "pause"
    )


def test_nothing_is_paused_while_tracking_fails(campaign: Build, history: Build) -> None:
    pool = losing(campaign, history)
    for row in pool:
        row["history"]["conversions"][-2:] = [0.0, 0.0]
    result = allocate(D(400), pool)
    assert result.campaigns[-1].diagnosis is not None
    assert result.campaigns[-1].diagnosis.outage
    assert BudgetOptimizer(least_return=1.0).advise(result)["poor"].verb != "pause"


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_rules_that_cannot_be_meant_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="least_return"):
        BudgetOptimizer(least_return=bad)
    with pytest.raises(ValueError, match="target_cpa"):
        BudgetOptimizer(target_cpa=bad)
