"""Reads what a test is computed from: each arm's days, or its totals where a report has no days.

An ad group's figures are the sums of its ads'. With `as_of` the figures are those that stood at
that market time: restated days keep their earlier values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from adsengine.common import dates
from campaigns.models import Ad, DailyMetric, Level, MetricRevision
from optimization.models import ABTest, Arm

MICROS = 1_000_000
CHUNK = 5000  # SQLite bounds the number of parameters
# Conversions and revenue of the newest days are still coming in: these days are shown, not judged.
LAG_DAYS = {"ctr": 0, "cvr": 2, "cpa": 2, "roas": 2}
_MEASURES = ("impressions", "clicks", "conversions", "spend_micros", "revenue_micros")
_FIELDS = ("pk", "seen_at", "ad_id", "day", "period_first", *_MEASURES)
Row = dict[str, Any]


def arms_of(
    tests: Iterable[ABTest], *, as_of: datetime | None = None, at: datetime | None = None
) -> dict[int, list[dict[str, Any]]]:
    """Test id to the arms that optimization.stats.ab_test.analyze takes; a few queries in all.

    Reads `arms` of each test, which the caller may have prefetched. With `at` alone the days are
    those that were complete then, with the figures of now.
    """
    at = at or as_of
    tests = list(tests)
    arms = {test.pk: list(test.arms.all()) for test in tests}
    members = _members([arm for found in arms.values() for arm in found])
    rows = _rows_by_ad([ad for ads in members.values() for ad in ads], as_of)
    return {
        test.pk: _alike(
            [
                _arm(test, arm, [r for ad in members[arm.pk] for r in rows.get(ad, [])], at)
                for arm in arms[test.pk]
            ]
        )
        for test in tests
    }


def _alike(arms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Beside arms with totals only, one without any row has totals of nothing."""
    if not any("days" in arm for arm in arms):
        return arms
    nothing = {"days": 0, **_measures(_summed([]))}
    return [arm if arm.get("daily") != [] else {"id": arm["id"], **nothing} for arm in arms]


def _members(arms: list[Arm]) -> dict[int, list[int]]:
    """Arm id to the ads whose figures are its own."""
    groups = {arm.ad_group_id for arm in arms if arm.ad_group_id is not None}
    inside: dict[int, list[int]] = defaultdict(list)
    if groups:
        pairs = Ad.objects.filter(ad_group__in=groups).order_by("pk")
        for group, ad in pairs.values_list("ad_group_id", "pk"):
            inside[group].append(ad)
    return {arm.pk: [arm.ad_id] if arm.ad_id else inside[arm.ad_group_id or 0] for arm in arms}


def _rows_by_ad(ads: list[int], as_of: datetime | None) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for start in range(0, len(ads), CHUNK):
        rows = DailyMetric.objects.filter(level=Level.AD, ad_id__in=ads[start : start + CHUNK])
        for row in _as_it_stood(list(rows.order_by("day").values(*_FIELDS)), as_of):
            found[row["ad_id"]].append(row)
    return found


def _as_it_stood(rows: list[Row], as_of: datetime | None) -> list[Row]:
    if as_of is None:
        return rows
    newer = [row["pk"] for row in rows if row["seen_at"] > as_of]
    earlier: dict[int, Row] = {}
    for start in range(0, len(newer), CHUNK):
        revisions = MetricRevision.objects.filter(
            metric__in=newer[start : start + CHUNK], seen_at__lte=as_of, replaced_at__gt=as_of
        )
        earlier |= {r["metric_id"]: r for r in revisions.values("metric_id", *_MEASURES)}
    kept = [row for row in rows if row["seen_at"] <= as_of or row["pk"] in earlier]
    return [{**row, **earlier.get(row["pk"], {})} for row in kept]


def _arm(test: ABTest, arm: Arm, rows: list[Row], at: datetime | None) -> dict[str, Any]:
    mine = [row for row in rows if _within(test, row)]
    if any(row["period_first"] for row in mine):
        return {"id": arm.subject_id, "days": _period_days(mine), **_measures(_summed(mine))}
    today = dates.today(test.campaign.account.time_zone, at)
    known = today - timedelta(days=LAG_DAYS[test.metric])
    by_day: dict[date, list[Row]] = defaultdict(list)
    for row in mine:
        by_day[row["day"]].append(row)
    daily = [
        {"date": day, "complete": day < known, **_measures(_summed(by_day[day]))}
        for day in sorted(by_day)
    ]
    return {"id": arm.subject_id, "daily": daily}


def _within(test: ABTest, row: Row) -> bool:
    first = row["period_first"] or row["day"]
    return first >= test.started_on and (test.ended_on is None or row["day"] <= test.ended_on)


def _period_days(rows: list[Row]) -> int:
    covered = {
        first + timedelta(days=i)
        for row in rows
        for first in [row["period_first"] or row["day"]]
        for i in range((row["day"] - first).days + 1)
    }
    return len(covered)


def _summed(rows: list[Row]) -> Row:
    return {name: sum(row[name] for row in rows) for name in _MEASURES}


def _measures(row: Row) -> dict[str, Any]:
    return {
        "impressions": row["impressions"],
        "clicks": row["clicks"],
        "conversions": float(row["conversions"]),
        "spend": row["spend_micros"] / MICROS,
        "revenue": row["revenue_micros"] / MICROS,
    }
