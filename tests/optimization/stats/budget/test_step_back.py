"""The way back to earlier budgets: within the step, with the total held."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimization.stats.budget.step_back import step_back

BUDGETS = st.lists(
    st.tuples(st.integers(100, 10**7), st.integers(100, 10**7), st.booleans()),
    min_size=1,
    max_size=30,
)


def test_earlier_budgets_within_reach_come_back_exactly() -> None:
    now, before = np.array([12_000, 9_000, 9_000]), np.array([10_000, 10_000, 10_000])
    back = step_back(now, before, np.zeros(3, dtype=np.intp), 0.5, np.zeros(3, dtype=np.bool_))
    assert back.tolist() == [10_000, 10_000, 10_000]


def test_cut_that_the_step_shortens_frees_no_more_than_the_others_take() -> None:
    now, before = np.array([30_000, 5_000, 5_000]), np.array([10_000, 15_000, 15_000])
    back = step_back(now, before, np.zeros(3, dtype=np.intp), 0.5, np.zeros(3, dtype=np.bool_))
    assert back.tolist() == [25_000, 7_500, 7_500]


def test_held_budget_stays_and_the_others_share_what_is_left() -> None:
    now, before = np.array([12_000, 9_000, 9_000]), np.array([10_000, 10_000, 10_000])
    back = step_back(now, before, np.zeros(3, dtype=np.intp), 0.5, np.array([True, False, False]))
    assert back.tolist() == [12_000, 9_000, 9_000]


@given(rows=BUDGETS, step=st.floats(0.01, 2.0), least=st.integers(0, 10**6))
def test_total_and_limits_hold_for_any_budgets(
    rows: list[tuple[int, int, bool]], step: float, least: int
) -> None:
    now, before, held = (np.array(column) for column in zip(*rows, strict=True))
    back = step_back(now, before, np.full(len(now), least), step, held.astype(np.bool_))
    assert back.sum() == now.sum()
    assert (back <= now * (1 + step) + 1e-3).all()
    assert (back >= np.minimum(least, now)).all()
    assert (back[held] == now[held]).all()
