"""A rebalance as moves of money: exact sums, returns on both sides, and one plain sentence."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimization.stats.budget.allocation.moves import gain_sentence, move_lines, move_sentence
from optimization.stats.budget.allocator import BudgetAllocator
from optimization.stats.budget.results import Interval, Move
from optimization.stats.budget.split import allocate

Build = Callable[..., dict[str, Any]]
D = Decimal
NAMES: dict[str | int, str] = {1: "A", 2: "B", "c": "C"}


def test_a_move_says_what_is_taken_where_and_what_it_likely_brings() -> None:
    move = Move(1, 2, D("9.50"), 1.312, 1.618, 1.36, 1.55, Interval(0.4, 2.9, 5.6))
    assert move_lines([move], move.gain, NAMES, "USD") == (
        "Took 9.50 a day from A (its next 1.00 brings 1.31) to B (1.62). "
        "Likely +2.90 a day (between +0.40 and +5.60).",
    )
    assert move_sentence(move, NAMES, "USD", applied=False).startswith("Take 9.50 a day from A")


@pytest.mark.parametrize(
    ("currency", "amount", "sentence"),
    [
        ("JPY", D(1500), "Took 1,500 a day from A (its next 1 brings 1.31) to 7 (1.62)."),
        ("KWD", D("1.250"), "Took 1.250 a day from A (its next 1.000 brings 1.31) to 7 (1.62)."),
    ],
)
def test_money_has_the_digits_of_its_currency(currency: str, amount: D, sentence: str) -> None:
    assert move_sentence(Move(1, 7, amount, 1.31, 1.62), NAMES, currency) == sentence


def test_several_moves_are_told_line_by_line_with_the_gain_of_all() -> None:
    moves = [Move(1, 2, D(5), 1.0, 2.0), Move("c", 2, D(3), 1.5, 2.0)]
    assert move_lines(moves, Interval(-1.5, 2.25, 6), NAMES, "USD") == (
        "Took 5.00 a day from A (its next 1.00 brings 1.00) to B (2.00).",
        "Took 3.00 a day from C (its next 1.00 brings 1.50) to B (2.00).",
        "In all: likely +2.25 a day (between -1.50 and +6.00).",
    )
    assert move_lines([], Interval(0, 0, 0), NAMES, "USD") == ()
    assert move_lines(moves[:1], None, NAMES, "USD") == (
        "Took 5.00 a day from A (its next 1.00 brings 1.00) to B (2.00).",
    )


def test_money_of_a_changed_total_is_named_as_such() -> None:
    assert move_sentence(Move(None, 2, D(5), None, 2.0), NAMES, "USD") == (
        "Added 5.00 a day to B (its next 1.00 brings 2.00): the total is higher."
    )
    assert move_sentence(Move(1, None, D(5), 1.0), NAMES, "USD") == (
        "Took 5.00 a day from A (its next 1.00 brings 1.00): the total is lower."
    )


def test_without_revenue_returns_are_conversions() -> None:
    move = Move(1, 2, D(5), 0.05, 0.21)
    assert move_sentence(move, NAMES, "USD", unit="conversions") == (
        "Took 5.00 a day from A (its next 1.00 brings 0.05 conversions) to B (0.21)."
    )
    assert gain_sentence(Interval(0.1, 0.8, 1.5), "USD", unit="conversions") == (
        "Likely +0.80 conversions a day (between +0.10 and +1.50)."
    )


def test_a_plan_moves_from_the_lowest_return_to_the_highest(
    campaign: Build, history: Build
) -> None:
    pool = [
        campaign("weak", history=history(28, 100, 5, 100)),
        campaign("usual", history=history(28, 100, 10, 300)),
        campaign("strong", history=history(28, 100, 20, 900)),
    ]
    plan = BudgetAllocator().rebalance(pool)
    (move,) = plan.moves
    cut, rise = plan.changes
    assert (move.from_id, move.to_id, move.amount) == ("weak", "strong", D(19))
    assert (move.return_from, move.return_from_after) == (cut.marginal_before, cut.marginal_after)
    assert (move.return_to, move.return_to_after) == (rise.marginal_before, rise.marginal_after)
    assert plan.gain is not None
    assert move.gain is not None
    assert plan.gain.low > 0
    assert (move.gain.low, move.gain.mean, move.gain.high) == pytest.approx(
        (plan.gain.low, plan.gain.mean, plan.gain.high)
    )
    (line,) = plan.lines({"weak": "Weak", "strong": "Strong"})
    assert line == (
        f"Take 19.00 a day from Weak (its next 1.00 brings {cut.marginal_before:.2f}) to Strong "
        f"({rise.marginal_before:.2f}). Likely +{plan.gain.mean:.2f} a day "
        f"(between +{plan.gain.low:.2f} and +{plan.gain.high:.2f})."
    )


@st.composite
def pools(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for i in range(draw(st.integers(1, 6))):
        spend = draw(st.integers(20, 300))
        rng = np.random.default_rng(draw(st.integers(0, 50)))
        made = rng.poisson(draw(st.floats(0.5, 20)), 28)
        found.append(
            {
                "id": i,
                "platform": "google",
                "status": "active",
                "min_budget": D(draw(st.sampled_from([0, 5, 40]))),
                "current_budget": D(spend),
                "history": {
                    "date": [f"2026-02-{d + 1:02d}" for d in range(28)],
                    "budget": [float(spend)] * 28,
                    "spend": [float(spend)] * 28,
                    "impressions": [1000.0] * 28,
                    "clicks": [50.0] * 28,
                    "conversions": made.astype(float).tolist(),
                    "revenue": (made * draw(st.floats(5, 90))).tolist(),
                },
            }
        )
    return found


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(pool=pools(), part=st.sampled_from([D("0.9"), D(1), D("1.07")]))
def test_moves_sum_up_to_the_changes_and_to_the_gain(pool: list[dict[str, Any]], part: D) -> None:
    total = (sum((one["current_budget"] for one in pool), D(0)) * part).quantize(D("0.01"))
    try:
        result = allocate(total, pool)
    except ValueError:
        return
    changed = {row.id: row.amount - row.current for row in result.campaigns}
    for one, change in changed.items():
        got = sum((move.amount for move in result.moves if move.to_id == one), D(0))
        gave = sum((move.amount for move in result.moves if move.from_id == one), D(0))
        assert got - gave == change
        assert not (got and gave)
    assert all(move.amount > 0 for move in result.moves)
    assert len(result.moves) <= max(sum(1 for change in changed.values() if change), 1)
    if result.gain is not None:
        means = [move.gain.mean for move in result.moves if move.gain]
        assert sum(means) == pytest.approx(result.gain.mean, abs=1e-9)
