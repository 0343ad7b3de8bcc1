"""One large order moves no budget unsaid: it counts in part, and the sentence names the day."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from optimization.stats.budget.history import build_panel, read_history
from optimization.stats.budget.response.values import ConversionValues, estimate_values
from optimization.stats.budget.split import allocate

Build = Callable[..., dict[str, Any]]
D = Decimal
DAYS = [(dt.date(2026, 2, 1) + dt.timedelta(i)).isoformat() for i in range(28)]


def usual_campaign(rng: np.random.Generator, name: str, order: float = 0.0) -> dict[str, Any]:
    """28 days of 100 a day with 5 orders of about 60; `order` is added on 13 February."""
    spend = (100 * rng.gamma(60, 1 / 60, 28)).round(2).tolist()
    made = rng.poisson(5, 28).tolist()
    revenue = [float(rng.lognormal(3.9, 0.7, k).sum()) for k in made]
    revenue[12] += order
    rows = {
        "date": DAYS,
        "budget": [100] * 28,
        "spend": spend,
        "impressions": [10_000] * 28,
        "clicks": [200] * 28,
        "conversions": made,
        "revenue": revenue,
    }
    return {
        "id": name,
        "platform": "google",
        "status": "active",
        "min_budget": D(1),
        "current_budget": D(100),
        "history": rows,
    }


def two_alike(order: float, seed: int = 4) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [usual_campaign(rng, "A", order), usual_campaign(rng, "B")]


def values_of(conversions: list[list[float]], revenue: list[list[float]]) -> ConversionValues:
    count = len(conversions[0])
    histories = [
        read_history(
            i,
            {
                "date": DAYS[:count],
                "budget": [100.0] * count,
                "spend": [100.0] * count,
                "impressions": [1000.0] * count,
                "clicks": [50.0] * count,
                "conversions": made,
                "revenue": earned,
            },
            None,
        )[0]
        for i, (made, earned) in enumerate(zip(conversions, revenue, strict=True))
    ]
    panel = build_panel(histories, ["google"] * len(histories), None)
    return estimate_values(panel, np.full(len(histories), np.nan))


def test_without_a_large_order_two_alike_stay_and_no_day_is_named() -> None:
    result = allocate(D(200), two_alike(0))
    why = "Kept at 100.00 USD: the best change is too small to be worth an edit."
    assert result.reasons == {"A": why, "B": why}
    assert [row.large_order for row in result.campaigns] == [None, None]


def test_one_order_of_fifty_times_the_usual_moves_nothing_and_is_named() -> None:
    result = allocate(D(200), two_alike(3000))
    assert result.amounts == {"A": D(100), "B": D(100)}
    assert result.reasons["A"] == (
        "Kept at 100.00 USD: a change is expected to gain too little to tell from chance, or less "
        "than it costs. On 13 February 2026, 4 conversions brought 3,150.82 USD, 12 times the "
        "usual value; the day counts as 964.13 USD."
    )


def test_where_one_order_alone_would_move_the_largest_step_the_sentence_says_so() -> None:
    result = allocate(D(200), two_alike(20_000))
    assert result.amounts == {"A": D(100), "B": D(100)}
    assert result.moves == ()
    assert result.reasons["A"] == (
        "Kept at 100.00 USD: a change is expected to gain too little to tell from chance, or less "
        "than it costs. On 13 February 2026, 4 conversions brought 20,150.82 USD, 79 times the "
        "usual value; the day counts as 964.13 USD. That day alone decides: in full, the budget "
        "would be raised to 119.00."
    )
    order = result.campaigns[0].large_order
    assert order is not None
    assert (order.day, order.conversions) == (dt.date(2026, 2, 13), 4)
    assert (order.decides, order.amount_in_full) == (True, D(119))


@pytest.mark.parametrize("seed", range(10))
def test_an_order_of_a_hundred_times_the_usual_turns_no_decision(seed: int) -> None:
    plain = allocate(D(200), two_alike(0, seed))
    result = allocate(D(200), two_alike(6300, seed))
    assert result.amounts == plain.amounts
    order = result.campaigns[0].large_order
    assert order is not None
    assert order.counted < 0.3 * order.revenue
    assert "On 13 February 2026" in result.reasons["A"]


def test_a_campaign_without_history_is_left_alone_for_that_reason() -> None:
    rng = np.random.default_rng(4)
    new = usual_campaign(rng, "N") | {"history": None}
    result = allocate(D(200), [*two_alike(0)[:1], new])
    assert result.amounts == {"A": D(100), "N": D(100)}
    assert result.reasons["N"] == (
        "Kept at 100.00 USD: it has no history of spend, and its return is judged from 7 days on."
    )


def test_a_total_that_only_a_new_campaign_can_take_is_the_reason_for_its_raise() -> None:
    rng = np.random.default_rng(4)
    known = usual_campaign(rng, "A") | {"frozen": "a test runs"}
    new = usual_campaign(rng, "N") | {"history": None}
    result = allocate(D(210), [known, new])
    assert result.reasons["N"] == (
        "Raise from 100.00 to 110.00 USD: the higher total needs it; it has no history of spend, "
        "so its return is not known yet."
    )


def test_a_day_counts_up_to_six_deviations_of_its_conversions() -> None:
    """Usual value 30 and days that never differ: the least sd, 0.3 x 2 and 0.2 x 4 together."""
    found = values_of([[4.0] * 10, [4.0] * 10], [[120.0] * 9 + [9000.0], [120.0] * 10])
    limit = 30 * (4 + 6 * np.hypot(0.3 * 2, 0.2 * 4))
    assert found.counted[0] == pytest.approx(limit)
    assert (found.day.tolist(), found.usual.tolist()) == ([55, -1], pytest.approx([30.0, 30.0]))
    assert found.plain[0] > 200
    assert found.robust[0] < 42


def test_a_campaign_whose_orders_are_all_large_keeps_its_value() -> None:
    found = values_of([[4.0] * 28, [4.0] * 28], [[120.0] * 28, [12_000.0] * 28])
    assert found.robust.tolist() == found.plain.tolist()
    assert found.day.tolist() == [-1, -1]


def test_a_single_sale_of_a_hundred_times_the_usual_is_no_new_value_of_a_conversion() -> None:
    found = values_of([[0.0] * 27 + [1.0], [4.0] * 28], [[0.0] * 27 + [3000.0], [120.0] * 28])
    assert found.plain[0] > 700
    assert found.robust[0] < 120


def test_values_that_stop_coming_do_not_lower_the_value_and_are_told() -> None:
    pool = two_alike(0)
    for day in range(20, 28):
        pool[0]["history"]["revenue"][day] = 0.0
    result = allocate(D(200), pool)
    made = sum(pool[0]["history"]["conversions"][20:])
    assert result.amounts == {"A": D(100), "B": D(100)}
    assert result.warnings == (
        f"Campaign 'A': its newest {made} conversions were reported without a value; they count "
        "with the value of those before.",
    )


def test_conversions_that_rarely_have_a_value_are_no_stopped_values() -> None:
    found = values_of([[5.0] * 28, [5.0] * 28], [[300.0] + [0.0] * 9 + [300.0] + [0.0] * 17] * 2)
    assert found.unvalued.tolist() == [0, 0]
    assert found.plain.tolist() == pytest.approx([600 / 140] * 2)
