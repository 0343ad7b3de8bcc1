"""The two figures of what a campaign may spend, by hand-calculated examples and as properties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.spend.max_spend import (
    NOTHING,
    Budget,
    SpendFigures,
    SpendSoFar,
    figures,
    horizon,
    max_spend,
)

ONE = 1_000_000
NOV_30, DEC_29 = date(2026, 11, 30), date(2026, 12, 29)
PLATFORMS = ("google", "meta", "tiktok")


def money(amount: float) -> int:
    return round(amount * ONE)


def spent_evenly(first: date, days: int, amount: int) -> dict[date, int]:
    """So much in all, the remainder on the last day."""
    found = {first + timedelta(days=n): amount // days for n in range(days)}
    found[first + timedelta(days=days - 1)] += amount % days
    return found


# ---- the examples ----


@pytest.mark.parametrize(
    ("platform", "most"), [("google", 1620.00), ("meta", 1662.50), ("tiktok", 1587.50)]
)
def test_fifty_a_day_over_the_turn_of_the_month_costs_at_most(platform: str, most: float) -> None:
    assert max_spend(platform, 50 * ONE, NOV_30, DEC_29) == money(most)


def test_what_was_spent_this_month_is_taken_off_its_allowance() -> None:
    days = {NOV_30: 20 * ONE, **spent_evenly(date(2026, 12, 1), 9, 480 * ONE)}
    so_far = SpendSoFar(date(2026, 12, 10), date(2026, 12, 9), days)
    now = figures("google", [Budget(50 * ONE, NOV_30, DEC_29)], so_far)
    assert (now.per_day, now.can_spend, now.has_end) == (50 * ONE, 1040 * ONE, True)
    assert so_far.spent_since(NOV_30) + now.can_spend == 1540 * ONE


@pytest.mark.parametrize(
    ("platform", "first", "last", "daily_budgets"),
    [
        ("google", "2026-12-01", "2026-12-31", 30.4),
        ("google", "2026-12-30", "2027-01-02", 8),  # 2 × 2 days on each side of the year's end
        ("google", "2027-02-01", "2027-02-28", 30.4),
        ("google", "2028-02-28", "2028-03-01", 6),  # a leap day
        ("meta", "2026-12-26", "2026-12-27", 3.5),  # a Saturday and a Sunday
        ("meta", "2026-12-27", "2027-01-02", 7),  # the week over the year's end
        ("meta", "2026-12-28", "2027-01-02", 7),  # six days of it: 10.5 at most, but 7 a week
        ("meta", "2026-12-27", "2027-01-03", 8.75),
        ("tiktok", "2026-12-27", "2026-12-31", 6.25),
        ("tiktok", "2026-12-27", "2027-01-01", 7),
        ("tiktok", "2026-10-24", "2026-10-25", 2.5),  # the clocks go back in Europe
        ("meta", "2027-03-14", "2027-03-14", 1.75),  # the clocks go forward in America
    ],
)
def test_periods_are_those_of_the_calendar(
    platform: str, first: str, last: str, daily_budgets: float
) -> None:
    most = max_spend(platform, 10 * ONE, date.fromisoformat(first), date.fromisoformat(last))
    assert most == money(daily_budgets * 10)


# ---- per day ----


def test_per_day_is_the_daily_budget_without_over_delivery() -> None:
    so_far = SpendSoFar(date(2026, 12, 10))
    budget = Budget(50 * ONE, date(2027, 1, 1), date(2027, 1, 31))
    assert figures("meta", [budget], so_far).per_day == 50 * ONE


def test_nothing_is_left_after_the_last_day() -> None:
    so_far = SpendSoFar(date(2026, 12, 30), date(2026, 12, 29))
    assert figures("meta", [Budget(50 * ONE, NOV_30, DEC_29)], so_far) == NOTHING


def test_budget_over_the_flight_is_what_is_left_of_it_by_the_days_left() -> None:
    days = spent_evenly(date(2026, 12, 1), 10, 300 * ONE)
    so_far = SpendSoFar(date(2026, 12, 11), date(2026, 12, 10), days)
    flight = Budget(0, date(2026, 12, 1), date(2026, 12, 20), total_micros=1000 * ONE)
    now = figures("meta", [flight], so_far)
    assert (now.per_day, now.can_spend) == (70 * ONE, 700 * ONE)


def test_budgets_on_ad_groups_add_up_each_with_its_own_days() -> None:
    so_far = SpendSoFar(date(2026, 12, 6))  # a Sunday
    groups = [
        Budget(10 * ONE, None, date(2026, 12, 6)),
        Budget(20 * ONE, date(2026, 12, 13), date(2026, 12, 19)),
        Budget(30 * ONE, None, date(2026, 12, 5)),  # over
    ]
    now = figures("meta", groups, so_far)
    assert now.per_day == 30 * ONE
    assert now.can_spend == money(10 * 1.75 + 20 * 7)


# ---- what is reported, and what is not ----


def test_today_counts_at_its_daily_maximum_whatever_is_reported_of_it() -> None:
    today = date(2026, 12, 31)
    budget = Budget(50 * ONE, today, today)
    for reported in (0, 30 * ONE):
        so_far = SpendSoFar(today, date(2026, 12, 30), {today: reported})
        assert figures("google", [budget], so_far).can_spend == 100 * ONE


def test_a_day_that_spent_more_than_its_maximum_counts_as_it_is() -> None:
    today = date(2026, 12, 31)
    so_far = SpendSoFar(today, date(2026, 12, 30), {today: 130 * ONE})
    assert figures("google", [Budget(50 * ONE, today, today)], so_far).can_spend == 130 * ONE


def test_days_that_were_never_read_count_at_their_daily_maximum() -> None:
    """The account was last read on the 7th, of which the 6th was the last whole day."""
    budget = Budget(50 * ONE, date(2026, 12, 6), date(2026, 12, 10))
    so_far = SpendSoFar(date(2026, 12, 10), date(2026, 12, 6), {date(2026, 12, 6): 40 * ONE})
    # Sunday, 6 December begins the week: 7 × 50 less the 40 that were spent, or 4 × 87.50.
    assert figures("meta", [budget], so_far).can_spend == 310 * ONE
    unread = SpendSoFar(date(2026, 12, 10), None)
    assert figures("meta", [budget], unread).can_spend == 350 * ONE


def test_on_meta_today_follows_the_highest_value_that_was_set_today() -> None:
    today = date(2026, 12, 12)  # a Saturday
    so_far = SpendSoFar(today, date(2026, 12, 11), {}, {today: 100 * ONE})
    lowered = figures("meta", [Budget(10 * ONE, None, today)], so_far)
    assert lowered.can_spend == 175 * ONE
    assert lowered.per_day == 10 * ONE


def test_spend_under_a_higher_budget_does_not_use_up_the_allowance_of_a_lower_one() -> None:
    """20 days at 100 spent 2,000; at 10 a day the platform may still spend (30.4 - 20) × 10."""
    first = date(2026, 12, 1)
    days = spent_evenly(first, 20, 2000 * ONE)
    budgets = dict.fromkeys(days, 100 * ONE)
    so_far = SpendSoFar(date(2026, 12, 21), date(2026, 12, 20), days, budgets)
    now = figures("google", [Budget(10 * ONE, first, date(2026, 12, 31))], so_far)
    assert now.can_spend == 104 * ONE


def test_without_an_end_it_is_counted_to_the_end_of_the_next_calendar_month() -> None:
    assert horizon(date(2026, 12, 10)) == date(2027, 1, 31)
    assert horizon(date(2028, 1, 31)) == date(2028, 2, 29)
    so_far = SpendSoFar(date(2026, 12, 1))
    now = figures("google", [Budget(10 * ONE)], so_far)
    assert (now.can_spend, now.has_end) == (608 * ONE, False)


# ---- what is a raise ----


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        (SpendFigures(10, 100), SpendFigures(10, 100), False),
        (SpendFigures(10, 100), SpendFigures(11, 90), True),
        (SpendFigures(10, 100), SpendFigures(9, 101), True),
        (SpendFigures(10, 100), SpendFigures(9, 99), False),
        (SpendFigures(10, 500), SpendFigures(10, 400, has_end=False), True),  # an end taken away
        (SpendFigures(10, 400, has_end=False), SpendFigures(10, 900), False),  # an end set
        (SpendFigures(10, 400, has_end=False), SpendFigures(11, 300), True),
        (SpendFigures(10, 400, has_end=False), SpendFigures(10, 401, has_end=False), True),
        (NOTHING, SpendFigures(10, 400, has_end=False), True),
    ],
)
def test_a_raise_lifts_either_figure(
    before: SpendFigures, after: SpendFigures, raised: bool
) -> None:
    assert after.lifts(before) is raised


# ---- properties ----

days = st.dates(date(2026, 10, 1), date(2027, 3, 31))
budgets = st.integers(1, 10_000).map(lambda cents: cents * 10_000)


@given(st.sampled_from(PLATFORMS), budgets, days, st.integers(0, 120), st.data())
def test_spend_and_what_is_left_never_exceed_the_first_figure(
    platform: str, daily: int, first: date, length: int, data: st.DataObject
) -> None:
    """Whatever a platform spends within its rules, day after day: an envelope is never broken by
    time alone, so a campaign that is left alone can always be resumed."""
    last = first + timedelta(days=length)
    flight, spent = Budget(daily, first, last), dict[date, int]()
    envelope = max_spend(platform, daily, first, last)
    today = first
    while today <= last:
        so_far = SpendSoFar(today, today - timedelta(days=1) if today > first else None, spent)
        now = figures(platform, [flight], so_far)
        assert so_far.spent_since(first) + now.can_spend <= envelope
        one_day = figures(platform, [Budget(daily, first, today)], so_far).can_spend
        spent[today] = data.draw(st.integers(0, one_day), label=str(today))
        today += timedelta(days=data.draw(st.integers(1, 9)))


@given(st.sampled_from(PLATFORMS), budgets, budgets, days, st.integers(0, 90))
def test_more_a_day_or_more_days_never_let_less_be_spent(
    platform: str, daily: int, more: int, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    least = max_spend(platform, daily, first, last)
    assert max_spend(platform, daily + more, first, last) > least
    assert max_spend(platform, daily, first, last + timedelta(days=1)) >= least
    assert max_spend(platform, daily, first - timedelta(days=1), last) >= least
    assert least >= daily * (length + 1) * min(1, 30.4 / 31)
