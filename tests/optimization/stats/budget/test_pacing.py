"""Plans of spend over days: what is expected, where it lands, what is needed."""

import datetime as dt
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from optimization.stats.budget.pacing import SpendPlan, compute_pace, month_plan, weekday_factors

MARCH = SpendPlan(3100.0, dt.date(2026, 3, 1), dt.date(2026, 3, 31))


def day(number: int, month: int = 3) -> dt.date:
    return dt.date(2026, month, number)


def even(amount: float, days: int) -> dict[dt.date, float]:
    return {day(d + 1): amount for d in range(days)}


def test_on_plan_half_way() -> None:
    found = compute_pace(MARCH, even(100.0, 10), day(11))
    assert (found.status, found.label, found.days_left) == ("on", "on plan", 21)
    assert (found.expected, found.spent, found.ratio) == (1000.0, 1000.0, 1.0)
    assert found.end_forecast.mean == pytest.approx(3100.0)
    assert found.end_forecast.low < 3100.0 < found.end_forecast.high
    assert found.needed_per_day == pytest.approx(100.0)
    assert found.sentence.startswith("On plan: 1,000.00 spent of 1,000.00 expected by now")


@pytest.mark.parametrize(
    ("daily", "status"), [(89.9, "under"), (90.1, "on"), (109.9, "on"), (110.1, "over")]
)
def test_ten_per_cent_either_way_is_on_plan(daily: float, status: str) -> None:
    assert compute_pace(MARCH, even(daily, 10), day(11)).status == status


def test_spend_beyond_the_total_needs_nothing_more() -> None:
    found = compute_pace(MARCH, even(400.0, 10), day(11))
    assert (found.status, found.needed_per_day, found.needed_today) == ("over", 0.0, 0.0)
    assert found.end_forecast.low >= 4000.0


def test_first_day_expects_nothing_yet() -> None:
    found = compute_pace(MARCH, {}, day(1))
    assert (found.status, found.expected, found.ratio, found.days_left) == ("on", 0.0, None, 31)
    assert found.needed_per_day == pytest.approx(100.0)
    assert (found.end_forecast.low, found.end_forecast.mean) == (0.0, 3100.0)


def test_before_and_after_the_plan() -> None:
    early = compute_pace(MARCH, {}, dt.date(2026, 2, 20))
    assert (early.status, early.label, early.days_left) == ("not_started", "not started", 31)
    assert early.sentence == "Starts on 2026-03-01, with 3,100.00 to spend."
    late = compute_pace(MARCH, even(90.0, 31), dt.date(2026, 4, 1))
    assert (late.status, late.needed_per_day, late.needed_today, late.days_left) == (
        "finished",
        None,
        None,
        0,
    )
    assert (late.end_forecast.low, late.end_forecast.high) == (2790.0, 2790.0)
    assert late.sentence == "Finished: 2,790.00 of 3,100.00 were spent."


def test_today_and_later_rows_do_not_count() -> None:
    spend = even(100.0, 10)
    assert compute_pace(MARCH, spend | {day(11): 50.0, day(12): 9.0}, day(11)) == compute_pace(
        MARCH, spend, day(11)
    )


def test_spend_before_the_plan_tells_the_pace_but_is_not_of_the_plan() -> None:
    before = {dt.date(2026, 2, d): 80.0 for d in range(1, 29)}
    found = compute_pace(MARCH, before, day(1))
    assert (found.spent, found.status) == (0.0, "on")
    assert found.end_forecast.mean == pytest.approx(31 * 80.0)


def test_days_without_an_entry_spent_nothing() -> None:
    found = compute_pace(MARCH, {day(1): 100.0, day(10): 100.0}, day(11))
    assert (found.spent, found.status) == (200.0, "under")
    assert found.end_forecast.mean < 1000.0


def test_weekdays_bend_the_plan() -> None:
    """2026-03-02 is a Monday; only weekdays spend."""
    plan = SpendPlan(1000.0, day(2), day(15))
    found = compute_pace(plan, even(0.0, 1), day(7), weekdays=[1, 1, 1, 1, 1, 0, 0])
    assert found.expected == pytest.approx(500.0)
    assert (found.needed_today, found.days_left) == (0.0, 9)
    assert compute_pace(
        plan, {}, day(9), weekdays=[1, 1, 1, 1, 1, 0, 0]
    ).needed_today == pytest.approx(200.0)


def test_weekday_factors_are_learned_over_a_trend() -> None:
    first = dt.date(2026, 1, 5)
    shape = np.array([1.2, 1.1, 1.0, 1.0, 1.1, 0.8, 0.8])
    spend = {first + dt.timedelta(days=d): 50 * 1.01**d * shape[d % 7] for d in range(84)}
    assert weekday_factors(spend) == pytest.approx(tuple(shape), abs=0.04)
    assert weekday_factors({}) == (1.0,) * 7


@pytest.mark.parametrize(
    ("year", "month", "days"), [(2026, 2, 28), (2028, 2, 29), (2026, 3, 31), (2026, 10, 31)]
)
def test_months_are_whole_and_no_hour_is_lost(year: int, month: int, days: int) -> None:
    """March and October hold the days on which clocks change."""
    plan = month_plan(300.0, dt.date(year, month, 17))
    assert (plan.first.day, plan.last.day, len(plan.days)) == (1, days, days)
    found = compute_pace(plan, {}, dt.date(year, month, days))
    assert found.days_left == 1
    assert found.expected == pytest.approx(300.0 * (days - 1) / days)


def test_the_band_holds_where_the_plan_lands() -> None:
    """80 % band, over 300 plans whose days differ by a fifth and share a weekday shape."""
    inside = 0
    shape = np.array([1.1, 1.1, 1.0, 1.0, 1.1, 0.85, 0.85])
    for seed in range(300):
        rng = np.random.default_rng(seed)
        days = MARCH.days
        spend = {d: float(100 * shape[d.weekday()] * rng.gamma(25, 1 / 25)) for d in days}
        found = compute_pace(MARCH, spend, day(15), weekdays=shape.tolist())
        inside += found.end_forecast.low <= sum(spend.values()) <= found.end_forecast.high
    assert 0.76 < inside / 300 < 0.94


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="total of a plan"):
        SpendPlan(0.0, day(1), day(2))
    with pytest.raises(ValueError, match="before it begins"):
        SpendPlan(1.0, day(2), day(1))
    with pytest.raises(ValueError, match="spend of 2026-03-01"):
        compute_pace(MARCH, {day(1): float("nan")}, day(5))
    with pytest.raises(ValueError, match="spend of 2026-03-01"):
        compute_pace(MARCH, {day(1): -1.0}, day(5))
    with pytest.raises(ValueError, match="seven numbers"):
        compute_pace(MARCH, {}, day(5), weekdays=[1.0])
    with pytest.raises(ValueError, match="all 0"):
        compute_pace(MARCH, {}, day(5), weekdays=[0.0] * 7)


def test_plans_and_paces_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        MARCH.total = 1.0  # type: ignore[misc]
