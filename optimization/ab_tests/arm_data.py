"""Reads what a test is computed from: each arm's days, or its totals where a report has no days.

An ad group's figures are the sums of its ads'. With `as_of` the figures are those that stood at
that market time: restated days keep their earlier values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from campaigns.models import Ad, DailyMetric, Level, MetricRevision
from core.common import dates
from core.common.measures import COLUMNS, MEASURES, MONEY
from core.common.money import MICROS
from optimization.models import ABTest, Arm
from optimization.stats.ab.rows import ArmDays
from optimization.stats.common.metrics import FIELDS, FloatArray

CHUNK = 5000  # SQLite bounds the number of parameters
# Conversions and revenue of the newest days are still coming in: these days are shown, not judged.
LAG_DAYS = {"ctr": 0, "cvr": 2, "cpa": 2, "roas": 2, "rpm": 2}
_SCALES = tuple(MICROS if name in MONEY else 1 for name in MEASURES)
_IMPRESSIONS, _CLICKS = FIELDS.index("impressions"), FIELDS.index("clicks")
_FIELDS = ("entity_id", "day", "period_first", *COLUMNS)


class Member(NamedTuple):
    """One arm, the ads whose figures are its own, and the ad group that it is or is in."""

    subject: int
    ads: list[int]
    group: int


def arms_of(
    tests: Iterable[ABTest], *, as_of: datetime | None = None, at: datetime | None = None
) -> dict[int, list[dict[str, Any]]]:
    """Test id to the arms that optimization.stats.ab_test.analyze takes; a few queries in all.

    With `at` alone the days are those that were complete then, with the figures of now.
    """
    tests, at = list(tests), at or as_of
    members = _members([test.pk for test in tests])
    rows = _rows_of([ad for arms in members.values() for arm in arms for ad in arm.ads], as_of)
    return {
        test.pk: _alike(
            [
                _arm(test, arm, rows, known_day(test, at), left_out)
                for arm, left_out in _left_out(test, members[test.pk], rows)
            ]
        )
        for test in tests
    }


def _left_out(test: ABTest, arms: list[Member], rows: Rows) -> list[tuple[Member, frozenset[date]]]:
    """Each arm with the days on which it has more clicks than impressions: such a day has no rate.
    In a randomised split it is left out for all, as one without it would look unevenly served."""
    found = [(arm, frozenset(_odd_days(test, arm, rows))) for arm in arms] if rows.odd else []
    if not found:
        return [(arm, frozenset()) for arm in arms]
    if test.design != "randomised_split":
        return found
    all_days = frozenset(day for _, days in found for day in days)
    return [(arm, all_days) for arm in arms]


def _odd_days(test: ABTest, arm: Member, rows: Rows) -> Iterator[date]:
    for ad in arm.ads:
        for at in _within(test, rows, rows.of(ad)):
            if at in rows.odd:
                yield rows.day[at]


def known_day(test: ABTest, at: datetime | None = None) -> date:
    """The first day that was not complete at that moment."""
    today = dates.today(test.campaign.account.time_zone, at)
    return today - timedelta(days=LAG_DAYS[test.metric])


def _alike(arms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Beside arms with totals only, one without any row has totals of nothing."""
    if not any("days" in arm for arm in arms):
        return arms
    nothing = {"days": 0, **dict.fromkeys(FIELDS, 0.0)}
    return [
        arm if "days" in arm or arm["daily"].days else {"id": arm["id"], **nothing} for arm in arms
    ]


def _members(tests: list[int]) -> dict[int, list[Member]]:
    """Test id to its arms, in their order."""
    found: dict[int, list[tuple[int | None, int | None, int | None]]] = defaultdict(list)
    for chunk in _chunks(tests):
        arms = Arm.objects.filter(test__in=chunk).order_by("pk")
        columns = ("test_id", "ad_id", "ad_group_id", "ad__ad_group_id")
        for test, *owners in arms.values_list(*columns):
            found[test].append((owners[0], owners[1], owners[2]))
    groups = [group for arms in found.values() for _, group, _ in arms if group is not None]
    inside: dict[int, list[int]] = defaultdict(list)
    for chunk in _chunks(groups):
        pairs = Ad.objects.filter(ad_group__in=chunk).order_by("pk")
        for group, ad in pairs.values_list("ad_group_id", "pk"):
            inside[group].append(ad)
    return defaultdict(
        list,
        {
            test: [
                Member(ad or group or 0, [ad] if ad else inside[group or 0], group or above or 0)
                for ad, group, above in arms
            ]
            for test, arms in found.items()
        },
    )


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


@dataclass(frozen=True, eq=False)
class Rows:
    """Ad rows as columns, by ad and day; values (rows, fields of the engine), money in major
    units. `spans` says where an ad's rows are, `odd` which have more clicks than impressions."""

    day: list[date]
    period_first: list[date | None]
    values: FloatArray
    spans: dict[int, slice]
    odd: frozenset[int] = frozenset()

    def of(self, ad: int) -> slice:
        return self.spans.get(ad, slice(0, 0))


def _rows_of(ads: list[int], as_of: datetime | None) -> Rows:
    found: list[Any] = []
    for chunk in _chunks(sorted(set(ads))):
        # By entity: its index has the rows in this order already.
        rows = DailyMetric.objects.filter(level=Level.AD, entity_id__in=chunk)
        rows = rows.order_by("entity_id", "day")
        if as_of is None:
            found += rows.values_list(*_FIELDS)
        else:
            found += _as_it_stood(list(rows.values_list("pk", "seen_at", *_FIELDS)), as_of)
    return _columns(found)


def _columns(rows: list[Any]) -> Rows:
    values = np.empty((len(rows), len(FIELDS)))
    for at, scale in enumerate(_SCALES):
        column = np.fromiter((row[3 + at] for row in rows), np.float64, len(rows))
        values[:, at] = column / scale
    spans, start = {}, 0
    for ad, mine in groupby(rows, key=itemgetter(0)):
        end = start + sum(1 for _ in mine)
        spans[ad] = slice(start, end)
        start = end
    odd = frozenset(np.flatnonzero(values[:, _CLICKS] > values[:, _IMPRESSIONS]).tolist())
    return Rows([row[1] for row in rows], [row[2] for row in rows], values, spans, odd)


def _as_it_stood(rows: list[Any], as_of: datetime) -> Iterator[tuple[Any, ...]]:
    newer = [row[0] for row in rows if row[1] > as_of]
    earlier: dict[int, Any] = {}
    for chunk in _chunks(newer):
        revisions = MetricRevision.objects.filter(
            metric__in=chunk, seen_at__lte=as_of, replaced_at__gt=as_of
        )
        for pk, *measures in revisions.values_list("metric_id", *COLUMNS):
            earlier[pk] = measures
    for pk, seen_at, *row in rows:
        if pk in earlier:
            yield (*row[:3], *earlier[pk])
        elif seen_at <= as_of:
            yield tuple(row)


# ---- arms --------------------------------------------------------------------------------


def _arm(
    test: ABTest, arm: Member, rows: Rows, known: date, left_out: frozenset[date]
) -> dict[str, Any]:
    parts = [_within(test, rows, rows.of(ad)) for ad in arm.ads]
    if left_out:
        parts = [[at for at in part if rows.day[at] not in left_out] for part in parts]
    more: dict[str, Any] = {"left_out": sorted(left_out)} if left_out else {}
    return _figures(arm, parts, rows, known) | {"group": arm.group} | more


def _figures(
    arm: Member, parts: list[range | list[int]], rows: Rows, known: date
) -> dict[str, Any]:
    if any(rows.period_first[at] for part in parts for at in part):
        mine = [at for part in parts for at in part]
        return {"id": arm.subject, "days": _period_days(rows, mine), **_totals(rows.values[mine])}
    if len(parts) == 1:
        (part,) = parts
        days = [rows.day[at] for at in part] if isinstance(part, list) else rows.day[_slice(part)]
        values = rows.values[part if isinstance(part, list) else _slice(part)]
    else:
        days, values = _summed(rows, [at for part in parts for at in part])
    return {"id": arm.subject, "daily": ArmDays(days, [day < known for day in days], values)}


def _slice(part: range) -> slice:
    return slice(part.start, part.stop)


def _within(test: ABTest, rows: Rows, span: slice) -> range | list[int]:
    """Positions of the rows that belong to the test's days."""
    whole = range(span.start, span.stop)
    if not whole:
        return whole
    start, end = test.started_on, test.ended_on or date.max
    first, last = rows.day[whole[0]], rows.day[whole[-1]]
    if not any(rows.period_first[span]) and start <= first and last <= end:
        return whole
    return [
        at
        for at in whole
        if (rows.period_first[at] or rows.day[at]) >= start and rows.day[at] <= end
    ]


def _summed(rows: Rows, mine: list[int]) -> tuple[list[date], FloatArray]:
    """The days of several ads together."""
    days = sorted({rows.day[at] for at in mine})
    place = {day: i for i, day in enumerate(days)}
    values = np.zeros((len(days), len(FIELDS)))
    np.add.at(values, [place[rows.day[at]] for at in mine], rows.values[mine])
    return days, values


def _period_days(rows: Rows, mine: list[int]) -> int:
    covered = {
        first + timedelta(days=i)
        for at in mine
        for first in [rows.period_first[at] or rows.day[at]]
        for i in range((rows.day[at] - first).days + 1)
    }
    return len(covered)


def _totals(values: FloatArray) -> dict[str, Any]:
    return dict(zip(FIELDS, values.sum(axis=0).tolist(), strict=True))
