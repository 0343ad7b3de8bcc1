"""How a campaign's daily budget is split over its ad groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.spend.group_budgets import split

UNIT = 10_000


def cents(*amounts: int) -> list[int]:
    return [amount * UNIT for amount in amounts]


@pytest.mark.parametrize(
    ("total", "now", "least", "parts"),
    [
        (150_00, (60_00, 40_00), 20_00, (93_33, 56_67)),  # 40 and 20 above: 2 to 1 of what is more
        (70_00, (60_00, 40_00), 20_00, (40_00, 30_00)),
        (40_00, (60_00, 40_00), 20_00, (20_00, 20_00)),
        (100_00, (60_00, 40_00), 20_00, (60_00, 40_00)),
        (50_00, (20_00, 20_00), 20_00, (25_00, 25_00)),
        (30_00, (5_00, 20_00), 20_00, (10_00, 20_00)),  # nothing is above: by what there is
        (1_00, (33, 33, 34), 1, (33, 33, 34)),
    ],
)
def test_a_change_is_split_in_proportion_above_each_minimum(
    total: int, now: tuple[int, ...], least: int, parts: tuple[int, ...]
) -> None:
    found = split(total * UNIT, cents(*now), least * UNIT, UNIT)
    assert found is not None
    assert sum(found) == total * UNIT
    if total != 30_00:
        assert found == cents(*parts)


def test_less_than_the_minimums_together_cannot_be_split() -> None:
    assert split(39_99 * UNIT, cents(60_00, 40_00), 20_00 * UNIT, UNIT) is None
    assert split(24_99 * UNIT, cents(60_00, 5_00), 20_00 * UNIT, UNIT) is None
    assert split(25_00 * UNIT, cents(60_00, 5_00), 20_00 * UNIT, UNIT) == cents(20_00, 5_00)


budgets = st.lists(st.integers(1, 10**7), min_size=1, max_size=30)


@given(now=budgets, total=st.integers(1, 10**9), least=st.integers(1, 5_000))
def test_parts_come_to_the_total_and_all_move_the_same_way(
    now: list[int], total: int, least: int
) -> None:
    before = cents(*now)
    found = split(total * UNIT, before, least * UNIT, UNIT)
    if found is None:
        assert total < sum(min(each, least) for each in now)
        return
    assert sum(found) == total * UNIT
    assert all(part % UNIT == 0 for part in found)
    assert all(part >= min(least * UNIT, old) for part, old in zip(found, before, strict=True))
    up = [part - old for part, old in zip(found, before, strict=True)]
    assert min(up) >= 0 or max(up) <= 0
