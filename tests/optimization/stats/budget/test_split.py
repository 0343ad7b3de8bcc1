"""The budget split: edge cases with known answers."""

import copy
import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from optimization.stats.budget.split import InfeasibleBudget, MixedCurrency, allocate

Build = Callable[..., dict[str, Any]]
D = Decimal


def test_no_campaigns_leave_everything_unallocated() -> None:
    result = allocate(D("100.00"), [])
    assert (result.amounts, result.unallocated, result.reasons) == ({}, D("100.00"), {})


def test_one_campaign_gets_the_whole_total(campaign: Build) -> None:
    result = allocate(D(100), [campaign("a")])
    assert (result.amounts, result.unallocated) == ({"a": D(100)}, D(0))


def test_all_paused_get_nothing(campaign: Build) -> None:
    result = allocate(D(100), [campaign(k, status="paused") for k in "ab"])
    assert result.amounts == {"a": D(0), "b": D(0)}
    assert result.unallocated == D(100)
    assert result.reasons["a"] == "Paused, so it gets nothing."


def test_without_history_proportions_stay(campaign: Build) -> None:
    pool = [campaign(k, current_budget=D(b)) for k, b in (("a", 30), ("b", 50), ("c", 40))]
    assert allocate(D(120), pool).amounts == {"a": D(30), "b": D(50), "c": D(40)}
    assert allocate(D(132), pool).amounts == {"a": D(33), "b": D(55), "c": D(44)}
    assert "in proportion" in allocate(D(132), pool).reasons["a"]


def test_zero_total_without_minimums_gives_zero(campaign: Build) -> None:
    result = allocate(D(0), [campaign(k, min_budget=D(0)) for k in "ab"])
    assert (result.amounts, result.unallocated) == ({"a": D(0), "b": D(0)}, D(0))


def test_total_below_minimums_names_the_smallest_conflict(campaign: Build) -> None:
    pool = [campaign(k, min_budget=D(m)) for k, m in (("a", 20), ("b", 90), ("c", 30))]
    pool.append(campaign("d", min_budget=D(1000), status="paused"))
    with pytest.raises(InfeasibleBudget, match="raise total") as refusal:
        allocate(D(100), pool)
    named = [(limit.campaign_id, limit.name, limit.value) for limit in refusal.value.conflict]
    assert named == [
        ("b", "min_budget", D(90)),
        ("c", "min_budget", D(30)),
        (None, "total", D(100)),
    ]


def test_minimum_above_own_largest_share_is_a_conflict(campaign: Build) -> None:
    pool = [campaign("a", min_budget=D(60), max_share=0.5), campaign("b"), campaign("c")]
    with pytest.raises(InfeasibleBudget) as refusal:
        allocate(D(100), pool)
    assert [limit.name for limit in refusal.value.conflict] == ["min_budget", "max_share"]


def test_total_above_all_caps_reports_the_rest(campaign: Build) -> None:
    result = allocate(D(1000), [campaign(k) for k in "abc"])
    assert result.amounts == {"a": D(150), "b": D(150), "c": D(150)}
    assert result.unallocated == D(550)
    assert result.campaigns[0].binding == "step_up"


def test_limits_given_by_the_caller_are_hard(campaign: Build, history: Build) -> None:
    rich = history(14, 100, 20, 2000)
    pool = [campaign("a", max_increase=0.1, history=rich), campaign("b", history=rich)]
    pool.append(campaign("c", max_share=0.2, history=rich))
    result = allocate(D(400), pool)
    assert result.amounts["a"] == D(110)
    assert result.amounts["c"] == D(80)
    assert result.amounts["b"] == D(150)
    assert result.unallocated == D(60)


@pytest.mark.parametrize(("active", "share"), [(2, "0.75"), (3, "0.5"), (4, "0.5")])
def test_one_giant_is_held_at_its_share(campaign: Build, active: int, share: str) -> None:
    pool = [campaign("giant", current_budget=D(10_000))]
    pool += [campaign(f"s{i}", current_budget=D(10)) for i in range(active - 1)]
    result = allocate(D(1000), pool)
    assert result.amounts["giant"] == D(share) * 1000
    assert sum(result.amounts.values()) + result.unallocated == D(1000)


def test_duplicate_ids_are_refused(campaign: Build) -> None:
    with pytest.raises(ValueError, match="campaign 'a': field id occurs twice"):
        allocate(D(100), [campaign("a"), campaign("a")])


def test_mixed_currency_is_refused(campaign: Build) -> None:
    with pytest.raises(MixedCurrency, match=r"'b'.*EUR"):
        allocate(D(100), [campaign("a", currency="USD"), campaign("b", currency="EUR")])


def test_unknown_currency_is_refused_unless_given(campaign: Build) -> None:
    with pytest.raises(ValueError, match="unknown currency 'XXX'"):
        allocate(D(100), [], currency="XXX")
    result = allocate(
        D("10.12345"),
        [campaign("a", current_budget=D(10))],
        currency="XXX",
        minor_digits={"XXX": 4},
    )
    assert result.amounts == {"a": D("10.1234")}


@pytest.mark.parametrize(
    ("currency", "amounts", "rest"),
    [
        ("JPY", [D(34), D(33), D(33)], D("0.007")),
        ("USD", [D("33.34"), D("33.33"), D("33.33")], D("0.007")),
        ("KWD", [D("33.336"), D("33.336"), D("33.335")], D(0)),
    ],
)
def test_amounts_are_whole_minor_units(
    campaign: Build, currency: str, amounts: list[Decimal], rest: Decimal
) -> None:
    pool = [campaign(k, current_budget=D(33)) for k in "abc"]
    result = allocate(D("100.007"), pool, currency=currency)
    assert list(result.amounts.values()) == amounts
    assert result.unallocated == rest


def test_money_moves_to_the_better_return_within_the_step(campaign: Build, history: Build) -> None:
    pool = [
        campaign("weak", history=history(28, 100, 5, 100)),
        campaign("usual", history=history(28, 100, 10, 300)),
        campaign("strong", history=history(28, 100, 20, 900)),
    ]
    result = allocate(D(300), pool)
    assert result.amounts == {"strong": D(119), "usual": D(100), "weak": D(81)}
    rows = {row.id: row for row in result.campaigns}
    assert (rows["strong"].binding, rows["weak"].binding) == ("step_up", "step_down")
    assert (rows["strong"].marginal_after or 0) > (rows["weak"].marginal_after or 0)
    assert sum(row.expected_revenue_change or 0 for row in result.campaigns) > 0
    assert result.reasons["strong"].startswith("Raise from 100.00 to 119.00 USD")


def test_equal_campaigns_are_left_alone(campaign: Build, history: Build) -> None:
    pool = [campaign(k, history=history(28, 100, 10, 300)) for k in "abc"]
    result = allocate(D(300), pool)
    assert set(result.amounts.values()) == {D(100)}
    assert {row.binding for row in result.campaigns} == {"dead"}


def test_campaign_that_cannot_spend_gets_no_more(campaign: Build, history: Build) -> None:
    stuck = history(28, 60, 20, 2000) | {"budget": [100.0] * 28}
    pool = [campaign("stuck", history=stuck)]
    pool += [campaign(f"c{i}", history=history(28, 100, 10, 300)) for i in range(3)]
    result = allocate(D(400), pool)
    row = next(row for row in result.campaigns if row.id == "stuck")
    assert (row.amount, row.binding) == (D(81), "capacity")
    assert result.unallocated == 0


def test_campaign_that_leaves_a_little_unspent_is_not_cut_by_a_little(
    campaign: Build, history: Build
) -> None:
    almost = history(28, 93, 10, 300) | {"budget": [100.0] * 28}
    pool = [campaign("almost", history=almost)]
    pool += [campaign(f"c{i}", history=history(28, 100, 10, 300)) for i in range(3)]
    result = allocate(D(400), pool)
    assert set(result.amounts.values()) == {D(100)}


def test_all_zero_revenue_counts_conversions(campaign: Build, history: Build) -> None:
    pool = [
        campaign("few", history=history(28, 100, 2, 0)),
        campaign("many", history=history(28, 100, 20, 0)),
    ]
    result = allocate(D(200), pool)
    assert result.amounts == {"few": D(81), "many": D(119)}
    assert any("No campaign reports revenue" in text for text in result.warnings)


def test_no_conversions_at_all_keep_proportions(campaign: Build, history: Build) -> None:
    pool = [campaign(k, history=history(28, 100, 0, 0)) for k in "ab"]
    assert allocate(D(200), pool).amounts == {"a": D(100), "b": D(100)}


def test_new_campaign_without_rows_joins_at_the_pool_level(campaign: Build, history: Build) -> None:
    pool = [campaign(k, history=history(28, 100, 10, 300)) for k in "ab"]
    result = allocate(D(300), [*pool, campaign("new", history=history(0, 0, 0, 0))])
    assert result.amounts["new"] == D(100)


@pytest.mark.parametrize("bad", [math.nan, -1.0, math.inf, None, "7"])
def test_bad_rows_are_ignored_with_a_warning(campaign: Build, history: Build, bad: Any) -> None:
    clean = history(28, 100, 20, 900)
    dirty = {name: [*values, values[-1]] for name, values in clean.items()}
    dirty["date"][-1] = dt.date(2026, 3, 1)
    dirty["conversions"][-1] = bad
    other = campaign("b", history=history(28, 100, 5, 100))
    expected = allocate(D(200), [campaign("a", history=clean), other])
    result = allocate(D(200), [campaign("a", history=dirty), other])
    assert result.campaigns == expected.campaigns
    assert result.warnings == (
        "Campaign 'a': 1 history rows with missing or negative numbers are ignored.",
    )


def test_rows_after_as_of_are_ignored(campaign: Build, history: Build) -> None:
    known = history(20, 100, 10, 300)
    ahead = {name: values + values[:5] for name, values in history(20, 100, 10, 300).items()}
    ahead["date"][20:] = [dt.date(2027, 1, d + 1) for d in range(5)]
    ahead["revenue"][20:] = [99_999] * 5
    other = campaign("b", history=history(20, 100, 12, 350))
    expected = allocate(D(200), [campaign("a", history=known), other], as_of="2026-01-20")
    result = allocate(D(200), [campaign("a", history=ahead), other], as_of=dt.date(2026, 1, 20))
    assert result == expected


def test_unsorted_rows_are_sorted(campaign: Build, history: Build) -> None:
    rising = history(20, 100, 10, 300) | {"conversions": [float(d) for d in range(20)]}
    backwards = {name: values[::-1] for name, values in rising.items()}
    other = campaign("b", history=history(20, 100, 12, 350))
    assert allocate(D(200), [campaign("a", history=backwards), other]) == allocate(
        D(200), [campaign("a", history=rising), other]
    )


def test_restated_day_counts_once(campaign: Build, history: Build) -> None:
    twice = {name: values + values[-1:] for name, values in history(20, 100, 10, 300).items()}
    result = allocate(D(100), [campaign("a", history=twice)])
    assert result.warnings == (
        "Campaign 'a': 1 days occur twice in the history; the later row counts.",
    )


def test_campaign_without_any_budget_gets_none(campaign: Build) -> None:
    idle = campaign("idle", current_budget=D(0), min_budget=D(0))
    result = allocate(D(100), [campaign("a"), idle])
    assert result.amounts["idle"] == 0
    assert "set a first budget" in result.reasons["idle"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"status": "deleted"}, "field status"),
        ({"min_budget": -1}, "field min_budget"),
        ({"current_budget": math.nan}, "field current_budget"),
        ({"current_budget": "5"}, "field current_budget"),
        ({"max_share": 1.5}, "field max_share"),
        ({"max_increase": -0.1}, "field max_increase"),
        ({"platform": None}, "field platform"),
        ({"history": {"date": []}}, "field history.budget is missing"),
    ],
)
def test_bad_fields_are_named(campaign: Build, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"'a': {message}"):
        allocate(D(100), [campaign("a", **fields)])


def test_uneven_history_lists_are_refused(campaign: Build, history: Build) -> None:
    short = history(5, 10, 1, 1) | {"spend": [1.0]}
    with pytest.raises(ValueError, match=r"history\.spend has 1 values for 5 dates"):
        allocate(D(100), [campaign("a", history=short)])


@pytest.mark.parametrize("total", [D(-1), D("NaN"), D("Infinity"), 100.5, "100", True])
def test_bad_totals_are_refused(total: Any) -> None:
    with pytest.raises(ValueError, match="total"):
        allocate(total, [])


def test_input_is_not_changed(campaign: Build, history: Build) -> None:
    pool = [campaign(k, history=history(10, 100, 10, 300)) for k in "ba"]
    before = copy.deepcopy(pool)
    allocate(D(200), pool)
    assert pool == before
