"""Any possible data gets an answer that is consistent in itself, whatever the order it came in."""

import datetime as dt
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.stats.ab.engine import analyze
from optimization.stats.ab.results import ABResult

FIRST = dt.date(2026, 1, 1)
METRICS = st.sampled_from(["ctr", "cvr", "cpa", "roas"])
COUNT = st.one_of(st.just(0), st.integers(1, 300), st.integers(1, 10**7))
MONEY = st.one_of(st.just(0.0), st.floats(0.01, 1e6), st.floats(1e-6, 1e-3))


@st.composite
def a_row(draw: st.DrawFn, day: int) -> dict[str, Any]:
    shown = draw(COUNT)
    return {
        "date": FIRST + dt.timedelta(days=day),
        "impressions": shown,
        "clicks": draw(st.integers(0, min(shown, 2_000))),
        "conversions": draw(st.one_of(st.just(0), st.floats(0, 50))),
        "spend": draw(MONEY),
        "revenue": draw(MONEY),
        "complete": draw(st.sampled_from([True, True, True, False])),
    }


@st.composite
def a_test(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to six arms, with gaps, late starts and days out of order."""
    arms = []
    for k in range(draw(st.integers(1, 6))):
        days = draw(st.lists(st.integers(0, 16), unique=True, max_size=9))
        arms.append({"id": f"arm {k}", "daily": [draw(a_row(day)) for day in days]})
    return arms


def assert_consistent(result: ABResult) -> None:
    ids = [one.id for one in result.arms]
    assert len(result.winner_ids) == (1 if result.status == "winner" else 0)
    assert set(result.winner_ids).isdisjoint(result.losing_ids)
    assert set(result.pause_ids).isdisjoint(result.scale_ids)
    assert set(result.winner_ids + result.losing_ids + result.pause_ids) <= set(ids)
    assert (result.confidence is None) == (result.status != "winner")
    chances = [one.prob_best for one in result.arms if one.prob_best is not None]
    assert not chances or math.isclose(sum(chances), 1.0, abs_tol=1e-9)
    for one in result.arms:
        numbers = [one.rate, one.ci_low, one.ci_high, one.expected_loss]
        assert all(n is None or (math.isfinite(n) and n >= 0) for n in numbers)
        if one.ci_low is not None and one.ci_high is not None:
            assert one.ci_low <= one.ci_high
    for pair in result.pairs:
        assert math.isfinite(pair.z)
        assert 0 <= pair.p_sequential <= 1
        assert pair.e_value >= 0


@settings(max_examples=150, deadline=None)
@given(arms=a_test(), metric=METRICS)
def test_every_possible_test_is_answered(arms: list[dict[str, Any]], metric: str) -> None:
    assert_consistent(analyze(arms, metric=metric, target_roas=1.5, target_cpa=20.0))


@settings(max_examples=60, deadline=None)
@given(arms=a_test(), metric=METRICS, data=st.data())
def test_order_of_arms_and_days_changes_no_verdict(
    arms: list[dict[str, Any]], metric: str, data: st.DataObject
) -> None:
    mixed = [
        {**one, "daily": data.draw(st.permutations(one["daily"]))}
        for one in data.draw(st.permutations(arms))
    ]
    first, second = analyze(arms, metric=metric), analyze(mixed, metric=metric)
    assert first.status == second.status
    assert first.winner_ids == second.winner_ids
    assert set(first.losing_ids) == set(second.losing_ids)
    assert {one.id: one.events for one in first.arms} == {one.id: one.events for one in second.arms}


@settings(max_examples=60, deadline=None)
@given(arms=a_test(), metric=METRICS)
def test_a_look_of_totals_is_answered_too(arms: list[dict[str, Any]], metric: str) -> None:
    names = ("impressions", "clicks", "conversions", "spend", "revenue")
    totals = [
        {"id": one["id"], **{name: sum(row[name] for row in one["daily"]) for name in names}}
        for one in arms
    ]
    result = analyze(totals, metric=metric, target_roas=1.5, target_cpa=20.0, days=10)
    assert_consistent(result)
    assert result.pause_ids == result.scale_ids == ()
