"""Bad arms are refused with arm, field and remedy; possible data never is."""

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from optimization.stats.ab.engine import InvalidArms, analyze, analyze_many

TOTALS = {"impressions": 1000, "clicks": 50, "conversions": 5, "spend": 10, "revenue": 20}


def row(**changes: Any) -> dict[str, Any]:
    return {"date": "2026-01-01", **TOTALS, **changes}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"clicks": -1}, ["'a'", "clicks", "from 0"]),
        ({"spend": float("nan")}, ["'a'", "spend", "give a number"]),
        ({"conversions": float("inf")}, ["'a'", "conversions"]),
        ({"revenue": Decimal("NaN")}, ["'a'", "revenue"]),
        ({"revenue": Decimal("sNaN")}, ["'a'", "revenue", "give a number"]),
        ({"clicks": 10**400}, ["'a'", "clicks", "give a number from 0"]),
        ({"clicks": 1001}, ["'a'", "clicks", "above", "impressions"]),
        ({"revenue": "20"}, ["'a'", "revenue", "give a number"]),
        ({"clicks": True}, ["'a'", "clicks"]),
        ({"impressions": None}, ["'a'", "impressions"]),
    ],
)
def test_bad_numbers_are_refused_in_daily_rows_and_totals(
    changes: dict[str, Any], words: list[str]
) -> None:
    for bad in ({"id": "a", "daily": [row(**changes)]}, {"id": "a", **TOTALS, **changes}):
        with pytest.raises(InvalidArms) as refusal:
            analyze([bad, {**bad, "id": "b"}])
        assert all(word in str(refusal.value) for word in words)


@pytest.mark.parametrize("name", ["impressions", "clicks", "conversions", "spend", "revenue"])
def test_missing_field_is_named(name: str) -> None:
    incomplete = {key: value for key, value in row().items() if key != name}
    with pytest.raises(InvalidArms, match=rf"arm 'a': field {name} is missing"):
        analyze([{"id": "a", "daily": [incomplete]}])


def test_no_arms_and_too_many_arms_are_refused() -> None:
    with pytest.raises(InvalidArms, match="at least one arm"):
        analyze([])
    with pytest.raises(InvalidArms, match="at most 20"):
        analyze([{"id": k, **TOTALS} for k in range(21)])


def test_twenty_arms_are_accepted() -> None:
    assert len(analyze([{"id": k, **TOTALS} for k in range(20)]).arms) == 20


def test_duplicate_and_missing_ids_are_refused() -> None:
    with pytest.raises(InvalidArms, match="arm 'a': field id occurs twice"):
        analyze([{"id": "a", **TOTALS}, {"id": "a", **TOTALS}])
    with pytest.raises(InvalidArms, match="arm number 1: field id is missing"):
        analyze([TOTALS])


def test_duplicate_day_names_arm_and_day() -> None:
    with pytest.raises(ValueError, match=r"arm 'a'.*2026-01-01 twice"):
        analyze([{"id": "a", "daily": [row(), row(date=dt.date(2026, 1, 1))]}])


def test_a_day_with_its_correction_beside_it_is_refused_not_summed() -> None:
    restated = [row(), row(date="2026-01-02"), row(clicks=70)]
    with pytest.raises(InvalidArms, match=r"'a'.*2026-01-01 twice; give one row per day"):
        analyze([{"id": "a", "daily": restated}, {"id": "b", "daily": [row()]}])


def test_a_corrected_day_replaces_the_old_figures() -> None:
    other = {"id": "b", "daily": [row()]}
    before = analyze([{"id": "a", "daily": [row()]}, other])
    after = analyze([{"id": "a", "daily": [row(clicks=70)]}, other])
    assert (before.arms[0].clicks, after.arms[0].clicks) == (50, 70)
    assert before.arms[1].clicks == after.arms[1].clicks == 50


def test_mixed_daily_and_totals_are_refused() -> None:
    with pytest.raises(InvalidArms, match="arm 'b': field daily is missing"):
        analyze([{"id": "a", "daily": [row()]}, {"id": "b", **TOTALS}])
    with pytest.raises(InvalidArms, match="arm 'a': field impressions is given beside daily"):
        analyze([{"id": "a", "daily": [row()], **TOTALS}])


@pytest.mark.parametrize("value", ["yesterday", None, 5, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)])
def test_a_date_must_be_a_day(value: Any) -> None:
    with pytest.raises(InvalidArms, match="arm 'a': field date"):
        analyze([{"id": "a", "daily": [row(date=value)]}])


def test_error_in_a_batch_names_the_test() -> None:
    good = [{"id": "a", **TOTALS}]
    with pytest.raises(InvalidArms, match="test number 2"):
        analyze_many([good, [{"id": "a", **TOTALS, "clicks": -1}]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "cpm"}, "unknown metric 'cpm'; use one of ctr, cvr, cpa, roas"),
        ({"guard_metrics": ["x"]}, "unknown metric 'x'"),
        ({"guard_metrics": "ctr"}, "guard_metrics"),
        ({"planned_days": 0}, "planned_days"),
        ({"alpha": 1.0}, "alpha"),
        ({"design": "magic"}, "design"),
        ({"target_roas": -1}, "target_roas"),
        ({"v0": 20}, "s0"),
        ({"days": 2.5}, "days"),
    ],
)
def test_bad_settings_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        analyze([{"id": "a", **TOTALS}], **options)


def test_decimal_int_float_and_iso_dates_mean_the_same() -> None:
    exact = [{"id": k, "daily": [row(spend=Decimal("10.5"))]} for k in "ab"]
    loose = [{"id": k, "daily": [row(spend=10.5, date=dt.date(2026, 1, 1))]} for k in "ab"]
    assert analyze(exact) == analyze(loose)


@pytest.mark.parametrize("metric", ["cvr", "cpa", "roas"])
def test_numbers_too_small_to_mean_anything_are_nothing(metric: str) -> None:
    dust = row(conversions=5e-324, spend=1e-10, revenue=1e-300)
    none = row(conversions=0, spend=0, revenue=0)
    with_dust, without = (
        analyze([{"id": "a", "daily": [row()]}, {"id": "b", "daily": [one]}], metric=metric)
        for one in (dust, none)
    )
    assert with_dust == without
    assert with_dust.arms[1].conversions == 0


def test_input_is_not_changed() -> None:
    arms = [{"id": k, "daily": [row()]} for k in "ab"]
    before = copy.deepcopy(arms)
    analyze(arms)
    assert arms == before
