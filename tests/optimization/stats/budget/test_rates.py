"""Several currencies in one pool: refused without rates, exact with them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from optimization.stats.budget.split import InfeasibleBudget, MixedCurrency, allocate

Build = Callable[..., dict[str, Any]]
D = Decimal


def test_another_currency_without_a_rate_is_refused_by_name(campaign: Build) -> None:
    with pytest.raises(MixedCurrency, match=r"'b': field currency is 'EUR' in a pool of USD"):
        allocate(D(200), [campaign("a"), campaign("b", currency="EUR")])


@pytest.mark.parametrize("rate", [0, -1, float("nan"), "1.1", True])
def test_rates_that_cannot_be_meant_are_refused(campaign: Build, rate: Any) -> None:
    with pytest.raises(ValueError, match="'b': field rate"):
        allocate(D(200), [campaign("b", currency="EUR", rate=rate)])


def test_budgets_come_back_in_both_currencies(campaign: Build) -> None:
    pool = [
        campaign("usd", current_budget=D(110)),
        campaign("eur", current_budget=D(100), currency="EUR", rate=D("1.1")),
        campaign("jpy", current_budget=D(11000), currency="JPY", rate=D("0.01"), min_budget=D(100)),
    ]
    result = allocate(D("363.00"), pool)
    assert sum(result.amounts.values()) + result.unallocated == D("363.00")
    rows = {row.id: row for row in result.campaigns}
    assert {row.amount for row in rows.values()} == {D(121)}
    assert (rows["eur"].own_amount, rows["eur"].own_currency) == (D("110.00"), "EUR")
    assert (rows["jpy"].own_amount, rows["jpy"].own_currency) == (D(12100), "JPY")
    assert rows["usd"].own_amount == D(121)


def test_a_kept_budget_is_its_own_to_the_cent(campaign: Build, history: Build) -> None:
    rows = history(28, 33.33, 10, 300)
    pool = [
        campaign(k, current_budget=D("33.33"), currency="EUR", rate=D("1.0873"), history=rows)
        for k in "abc"
    ]
    total = sum(int(D("33.33") * D("1.0873") * 100) for _ in pool) / D(100)
    result = allocate(total, pool)
    assert {row.own_amount for row in result.campaigns} == {D("33.33")}


def test_own_minimums_hold_after_conversion(campaign: Build) -> None:
    thirds = campaign("a", currency="EUR", rate=D("1.333"), min_budget=D("10.01"))
    pool = [thirds | {"current_budget": D("10.01")}, campaign("b", current_budget=D(500))]
    row = allocate(D("515.00"), pool).campaigns[0]
    assert row.own_amount is not None
    assert row.own_amount >= D("10.01")
    with pytest.raises(InfeasibleBudget, match="13.35"):
        allocate(D(13), [thirds])


def test_revenue_is_compared_in_the_pools_currency(campaign: Build, history: Build) -> None:
    """The same rows in a currency that is worth a hundredth are the same campaign."""
    cheap = history(28, 10_000, 20, 90_000)
    same = history(28, 100, 20, 900)
    other = campaign("b", history=history(28, 100, 5, 100))
    plain = allocate(D(200), [campaign("a", history=same), other])
    yen = campaign("a", currency="JPY", rate=D("0.01"), history=cheap)
    yen |= {"current_budget": D(10_000), "min_budget": D(500)}
    converted = allocate(D(200), [yen, other])
    assert converted.amounts == plain.amounts == {"a": D(119), "b": D(81)}
    assert converted.campaigns[0].own_amount == D(11_900)


def test_incrementality_lowers_what_a_campaign_is_worth(campaign: Build, history: Build) -> None:
    rows = history(28, 100, 10, 300)
    brand = campaign("brand", history=rows, incrementality=0.2)
    result = allocate(D(200), [brand, campaign("other", history=rows)])
    assert result.amounts == {"brand": D(81), "other": D(119)}
