"""Reasons to keep budgets, each alone and by name; and the test that rolls a week back."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from optimization.stats.budget.budget_holds import BudgetHold, check_holds, roll_back_test
from tests.benchmarks.budget_families import FAMILIES
from tests.benchmarks.budget_market import Account, Market
from tests.benchmarks.budget_policies import day_of, inputs_of

Build = Callable[..., dict[str, Any]]
D = Decimal
MORNING = dt.date(2026, 1, 29)


def names(found: tuple[BudgetHold, ...]) -> list[str]:
    assert all(one.sentence.endswith(".") for one in found)
    return [one.name for one in found]


@pytest.fixture
def pool(campaign: Build, history: Build) -> list[dict[str, Any]]:
    """28 days up to 28 January, 40 conversions a day on each of two platforms."""
    rows = history(28, 100, 20, 600)
    return [
        campaign(f"{platform}{i}", platform=platform, history={k: list(v) for k, v in rows.items()})
        for platform in ("google", "meta")
        for i in range(2)
    ]


def check(pool: list[dict[str, Any]], **given: Any) -> tuple[BudgetHold, ...]:
    usual: dict[str, Any] = {"currency": "USD", "as_of": MORNING}
    return check_holds(pool, **(usual | given))


def test_usual_days_freeze_nothing(pool: list[Any]) -> None:
    assert check(pool, data_age_hours=26.0, spent=120.0, planned=100.0) == ()
    assert check([]) == ()


@pytest.mark.parametrize("age", [26.1, float("inf"), float("nan")])
def test_old_figures(pool: list[Any], age: float) -> None:
    assert names(check(pool, data_age_hours=age)) == ["stale_data"]


def test_spend_over_plan(pool: list[Any]) -> None:
    found = check(pool, spent=120.01, planned=100.0)
    assert names(found) == ["overspent"]
    assert found[0].sentence.startswith("120.01 USD were spent, more than 20 % above")


def test_mixed_currency(pool: list[Any]) -> None:
    pool[1]["currency"] = "EUR"
    found = check(pool)
    assert names(found) == ["mixed_currency"]
    assert "'google1'" in found[0].sentence
    pool[1]["rate"] = D("1.1")
    assert check(pool) == ()


@pytest.mark.parametrize(("days", "made"), [(6, 20), (28, 0.05)])
def test_little_history(campaign: Build, history: Build, days: int, made: float) -> None:
    pool = [campaign(k, history=history(days, 100, made, 10)) for k in "ab"]
    found = check(pool, as_of=dt.date(2026, 1, days + 1))
    assert names(found) == ["little_history"]
    assert f"There are {days} days" in found[0].sentence


def test_failed_tracking_of_a_platform(pool: list[Any]) -> None:
    for row in pool[2:]:
        row["history"]["conversions"][-1] = 1.0
    found = check(pool)
    assert ("outage", "meta") in [(one.name, one.platform) for one in found]


def test_conversions_of_the_newest_day_far_below_expectation(pool: list[Any]) -> None:
    """Half of the usual on every platform is no outage of one, and more than chance."""
    ripe = {"google": [1.0], "meta": [1.0]}
    for row in pool:
        row["history"]["conversions"] = [200.0] * 27 + [95.0]
    assert names(check(pool, completeness=ripe)) == ["conversions_low"]
    for row in pool:
        row["history"]["conversions"][-1] = 160.0
    assert check(pool, completeness=ripe) == ()


def test_a_young_day_is_judged_by_what_is_reported_by_then(pool: list[Any]) -> None:
    """Half of the conversions on the first morning are what is usual."""
    for row in pool:
        row["history"]["conversions"][-1] = 10.0
    assert check(pool) == ()


def test_every_reason_is_told(pool: list[Any]) -> None:
    pool[0]["currency"] = "EUR"
    found = check(pool, data_age_hours=40.0, spent=200.0, planned=100.0)
    assert names(found) == ["stale_data", "overspent", "mixed_currency"]


def test_simulated_accounts_are_not_frozen_without_a_cause() -> None:
    """20 mornings each of three accounts, tracking of both newest days intact."""
    for seed in (61, 62, 63):
        account = Account(Market(FAMILIES["mid50"], seed))
        market = account.market
        for _ in range(20):
            if not market.outage[:, account.day - 2 : account.day].any():
                morning = day_of(account.day)
                assert check(inputs_of(account), as_of=morning) == ()
            account.play_day(market.start)


def judged(account: Account, old: dict[int | str, Decimal], changed: int) -> Any:
    return roll_back_test(
        inputs_of(account),
        old,
        changed_on=day_of(changed),
        as_of=day_of(account.day),
        currency="USD",
    )


def test_a_week_that_wastes_money_is_rolled_back_and_a_kept_one_is_not() -> None:
    account = Account(Market(FAMILIES["mid50"], 64))
    kept = Account(Market(FAMILIES["mid50"], 64))
    market = account.market
    old: dict[int | str, Decimal] = {i: D(f"{x:.2f}") for i, x in enumerate(market.start)}
    # Half of the money goes to the tenth of campaigns that return least.
    worst = market.curves.level.argsort()[:5]
    wasted = market.start * 0.5
    wasted[worst] += 0.5 * market.total / 5
    changed = account.day
    for _ in range(9):
        account.play_day(np.round(wasted, 2))
        kept.play_day(market.start)
    found = judged(account, old, changed)
    assert (found.roll_back, found.days) == (True, 7)
    assert found.actual < found.forecast.low
    assert "is below the" in found.reason
    other = judged(kept, old, changed)
    assert (other.roll_back, other.days) == (False, 7)
    assert other.forecast.low < other.actual


def test_too_early_or_too_different_is_not_judged(pool: list[Any]) -> None:
    old = {row["id"]: D(100) for row in pool}
    given: dict[str, Any] = {"as_of": MORNING, "currency": "USD"}
    early = roll_back_test(pool, old, changed_on=dt.date(2026, 1, 23), **given)
    assert (early.roll_back, early.days, early.reason) == (
        False,
        0,
        "Seven days are not complete yet.",
    )
    fine = roll_back_test(pool, old, changed_on=dt.date(2026, 1, 22), **given)
    assert (fine.roll_back, fine.days) == (False, 7)
    short = roll_back_test(pool, old, changed_on=dt.date(2026, 1, 3), **given)
    assert short.reason == "Too little history from before the change."
    double = {key: 2 * amount for key, amount in old.items()}
    apart = roll_back_test(pool, double, changed_on=dt.date(2026, 1, 22), **given)
    assert apart.reason == "Spend differs too much to compare revenue."
