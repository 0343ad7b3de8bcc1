"""Reads what a test is computed from: each arm's days, or its totals where a report has no days.

An ad group's figures are the sums of its ads'. With `as_of` the figures are those that stood at
that market time: restated days keep their earlier values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from adsengine.common import dates
from campaigns.models import Ad, DailyMetric, Level, MetricRevision
from optimization.models import ABTest, Arm

MICROS = 1_000_000
CHUNK = 5000  # SQLite bounds the number of parameters
# Conversions and revenue of the newest days are still coming in: these days are shown, not judged.
LAG_DAYS = {"ctr": 0, "cvr": 2, "cpa": 2, "roas": 2}
_MEASURES = ("impressions", "clicks", "conversions", "spend_micros", "revenue_micros")
_FIELDS = ("entity_id", "day", "period_first", *_MEASURES)


class Row(NamedTuple):
    """One ad's day, or period. Money in micros."""

    ad: int
    day: date
    period_first: date | None
    impressions: int
    clicks: int
    conversions: Decimal
    spend: int
    revenue: int


class Member(NamedTuple):
    """One arm and the ads whose figures are its own."""

    subject: int
    ads: list[int]


def arms_of(
    tests: Iterable[ABTest], *, as_of: datetime | None = None, at: datetime | None = None
) -> dict[int, list[dict[str, Any]]]:
    """Test id to the arms that optimization.stats.ab_test.analyze takes; a few queries in all.

    With `at` alone the days are those that were complete then, with the figures of now.
    """
    tests, at = list(tests), at or as_of
    members = _members([test.pk for test in tests])
    rows = _rows_by_ad([ad for arms in members.values() for arm in arms for ad in arm.ads], as_of)
    return {
        test.pk: _alike([_arm(test, arm, rows, known_day(test, at)) for arm in members[test.pk]])
        for test in tests
    }


def known_day(test: ABTest, at: datetime | None = None) -> date:
    """The first day that was not complete at that moment."""
    today = dates.today(test.campaign.account.time_zone, at)
    return today - timedelta(days=LAG_DAYS[test.metric])


def _alike(arms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Beside arms with totals only, one without any row has totals of nothing."""
    if not any("days" in arm for arm in arms):
        return arms
    nothing = {"days": 0, **_totals([])}
    return [arm if arm.get("daily") != [] else {"id": arm["id"], **nothing} for arm in arms]


def _members(tests: list[int]) -> dict[int, list[Member]]:
    """Test id to its arms, in their order."""
    found: dict[int, list[tuple[int | None, int | None]]] = defaultdict(list)
    for chunk in _chunks(tests):
        arms = Arm.objects.filter(test__in=chunk).order_by("pk")
        for test, ad, group in arms.values_list("test_id", "ad_id", "ad_group_id"):
            found[test].append((ad, group))
    groups = [group for arms in found.values() for _, group in arms if group is not None]
    inside: dict[int, list[int]] = defaultdict(list)
    for chunk in _chunks(groups):
        pairs = Ad.objects.filter(ad_group__in=chunk).order_by("pk")
        for group, ad in pairs.values_list("ad_group_id", "pk"):
            inside[group].append(ad)
    return defaultdict(
        list,
        {
            test: [
                Member(ad or group or 0, [ad] if ad else inside[group or 0]) for ad, group in arms
            ]
            for test, arms in found.items()
        },
    )


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _rows_by_ad(ads: list[int], as_of: datetime | None) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for chunk in _chunks(ads):
        # By entity: its index has the rows in this order already.
        rows = DailyMetric.objects.filter(level=Level.AD, entity_id__in=chunk)
        rows = rows.order_by("entity_id", "day")
        if as_of is None:
            for ad, mine in groupby(rows.values_list(*_FIELDS), key=itemgetter(0)):
                found[ad] = list(map(Row._make, mine))
        else:
            for kept in _as_it_stood(list(rows.values_list("pk", "seen_at", *_FIELDS)), as_of):
                found[kept.ad].append(kept)
    return found


def _as_it_stood(rows: list[Any], as_of: datetime) -> Iterator[Row]:
    newer = [row[0] for row in rows if row[1] > as_of]
    earlier: dict[int, Any] = {}
    for chunk in _chunks(newer):
        revisions = MetricRevision.objects.filter(
            metric__in=chunk, seen_at__lte=as_of, replaced_at__gt=as_of
        )
        for pk, *measures in revisions.values_list("metric_id", *_MEASURES):
            earlier[pk] = measures
    for pk, seen_at, *row in rows:
        if pk in earlier:
            impressions, clicks, conversions, spend, revenue = earlier[pk]
            ad, day, first = row[:3]
            yield Row(ad, day, first, impressions, clicks, conversions, spend, revenue)
        elif seen_at <= as_of:
            yield Row(*row)


def _arm(test: ABTest, arm: Member, rows: dict[int, list[Row]], known: date) -> dict[str, Any]:
    start, end = test.started_on, test.ended_on or date.max
    mine = [
        row
        for ad in arm.ads
        for row in rows.get(ad, ())
        if row.day <= end
        if (row.period_first or row.day) >= start
    ]
    if any(row.period_first for row in mine):
        return {"id": arm.subject, "days": _period_days(mine), **_totals(mine)}
    if len(arm.ads) > 1:
        return {"id": arm.subject, "daily": _summed_days(mine, known)}
    return {"id": arm.subject, "daily": _days(mine, known)}


def _days(rows: list[Row], known: date) -> list[dict[str, Any]]:
    return [
        {
            "date": day,
            "complete": day < known,
            "impressions": impressions,
            "clicks": clicks,
            "conversions": float(conversions),
            "spend": spend / MICROS,
            "revenue": revenue / MICROS,
        }
        for _, day, _, impressions, clicks, conversions, spend, revenue in rows
    ]


def _summed_days(rows: list[Row], known: date) -> list[dict[str, Any]]:
    by_day: dict[date, list[Row]] = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row)
    return [
        {"date": day, "complete": day < known, **_totals(by_day[day])} for day in sorted(by_day)
    ]


def _period_days(rows: list[Row]) -> int:
    covered = {
        first + timedelta(days=i)
        for row in rows
        for first in [row.period_first or row.day]
        for i in range((row.day - first).days + 1)
    }
    return len(covered)


def _totals(rows: list[Row]) -> dict[str, Any]:
    return {
        "impressions": sum(row.impressions for row in rows),
        "clicks": sum(row.clicks for row in rows),
        "conversions": float(sum(row.conversions for row in rows)),
        "spend": sum(row.spend for row in rows) / MICROS,
        "revenue": sum(row.revenue for row in rows) / MICROS,
    }
