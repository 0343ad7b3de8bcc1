"""Checks of what conversions are worth, before revenue decides anything.

Three things would turn a verdict silently: one order of many times the usual value, values that
are no longer sent with conversions, and values that one ad group's conversions never carry. The
first counts up to a bound, the others are no revenue of zero but none that is known; all are said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from optimization.stats.ab.rows import ArmDays
from optimization.stats.common.metrics import FIELDS, FloatArray

Arms = list[dict[str, Any]]
USUAL_NEEDS = 10  # days of arms with orders, before there is a usual value
LARGE_ORDER = 20.0  # usual values that one order may count for
NO_CHANCE = 0.01
_CONVERSIONS, _REVENUE = FIELDS.index("conversions"), FIELDS.index("revenue")


@dataclass(frozen=True, slots=True)
class CappedDay:
    """A day of an arm whose revenue counts for less than was reported; major units."""

    arm: int
    day: date
    reported: float
    counted: float


def with_capped_orders(arms: Arms) -> Arms:
    """The arms with each day's revenue bounded by its orders at their usual value, and one of
    twenty times that; what was bounded is listed under "capped"."""
    usual = _usual_value([arm["daily"].values for arm in arms if "daily" in arm])
    return arms if usual is None else [_capped(arm, usual) for arm in arms]


def _usual_value(parts: Sequence[FloatArray]) -> float | None:
    """The median of what a conversion is worth on a day of an arm; None while unknown."""
    rows = np.concatenate(parts) if parts else np.empty((0, len(FIELDS)))
    sold = rows[(rows[:, _CONVERSIONS] > 0) & (rows[:, _REVENUE] > 0)]
    if len(sold) < USUAL_NEEDS:
        return None
    return float(np.median(sold[:, _REVENUE] / sold[:, _CONVERSIONS]))


def _capped(arm: dict[str, Any], usual: float) -> dict[str, Any]:
    if "daily" not in arm:
        return arm
    one: ArmDays = arm["daily"]
    most = usual * (one.values[:, _CONVERSIONS] + LARGE_ORDER)
    over = np.flatnonzero(one.values[:, _REVENUE] > most)
    if not over.size:
        return arm
    values = one.values.copy()
    values[over, _REVENUE] = most[over]
    found = [
        CappedDay(arm["id"], one.days[at], float(one.values[at, _REVENUE]), float(most[at]))
        for at in over.tolist()
    ]
    return arm | {"daily": ArmDays(one.days, one.complete, values), "capped": found}


def capped_days(arms: Arms) -> Iterator[CappedDay]:
    for arm in arms:
        yield from arm.get("capped", ())


# ---- values that stopped -----------------------------------------------------------------


def values_stopped_on(arms: Arms) -> date | None:
    """The first of the newest days on which no arm's conversions carry a value any more, where
    that is no chance; None while values come, and where there never were any."""
    return _stopped_on(_worth_by_day(arms))


def carries_values(arms: Arms) -> bool:
    """Whether conversions carry a value on the days that are judged, to the newest."""
    worth = _worth_by_day(arms)
    return any(has_value for _, has_value in worth) and _stopped_on(worth) is None


def _stopped_on(worth: list[tuple[date, bool]]) -> date | None:
    valued = [at for at, (_, has_value) in enumerate(worth) if has_value]
    if not valued:
        return None
    before, after = worth[: valued[-1] + 1], worth[valued[-1] + 1 :]
    share = (len(valued) + 0.5) / (len(before) + 1.0)
    return after[0][0] if after and (1.0 - share) ** len(after) < NO_CHANCE else None


def arms_without_values(arms: Arms) -> list[int]:
    """Ids of the arms whose ad group's conversions never carried a value while those of others do,
    where that is no chance: their revenue is not known, so it is not zero."""
    by_group: dict[int, Arms] = {}
    for arm in arms:
        by_group.setdefault(arm.get("group", 0), []).append(arm)
    if len(by_group) < 2:
        return []
    worth = {group: _worth_by_day(mine) for group, mine in by_group.items()}
    valued = [[has for _, has in days] for days in worth.values() if any(has for _, has in days)]
    if not valued:
        return []
    share = (sum(map(sum, valued)) + 0.5) / (sum(map(len, valued)) + 1.0)
    return [
        arm["id"]
        for group, mine in by_group.items()
        if not any(has for _, has in worth[group])
        and (1.0 - share) ** len(worth[group]) < NO_CHANCE
        for arm in mine
    ]


def _worth_by_day(arms: Arms) -> list[tuple[date, bool]]:
    """The days with conversions, in order, and whether any of them carried a value."""
    found: dict[date, bool] = {}
    for arm in arms:
        if "daily" not in arm:
            continue
        one: ArmDays = arm["daily"]
        earned = (one.values[:, _REVENUE] > 0).tolist()
        for at in np.flatnonzero(one.values[:, _CONVERSIONS] > 0).tolist():
            if one.complete[at]:
                found[one.days[at]] = earned[at] or found.get(one.days[at], False)
    return sorted(found.items())


def without_days_from(arms: Arms, first: date) -> Arms:
    """The arms without the days from `first` on."""
    return [
        arm | {"daily": _before(arm["daily"], first)} if "daily" in arm else arm for arm in arms
    ]


def _before(one: ArmDays, first: date) -> ArmDays:
    end = sum(1 for day in one.days if day < first)  # they are in order
    return ArmDays(one.days[:end], one.complete[:end], one.values[:end])
