"""Reads what a test is computed from: each arm's days, or its totals where a report has no days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from adsengine.common import dates
from campaigns.models import DailyMetric, Level
from optimization.models import ABTest

MICROS = 1_000_000
_FIELDS = (
    "ad_id",
    "day",
    "period_first",
    "impressions",
    "clicks",
    "conversions",
    "spend_micros",
    "revenue_micros",
)


def arms_of(tests: Iterable[ABTest]) -> dict[int, list[dict[str, Any]]]:
    """Test id to the arms that optimization.stats.ab_test.analyze takes; two queries in all."""
    tests = list(tests)
    rows = _rows_by_ad(tests)
    return {test.pk: [_arm(test, arm.ad_id, rows) for arm in test.arms.all()] for test in tests}


def _rows_by_ad(tests: list[ABTest]) -> dict[int, list[dict[str, Any]]]:
    ads = [arm.ad_id for test in tests for arm in test.arms.all()]
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(ads), 5000):  # SQLite bounds the number of parameters
        rows = DailyMetric.objects.filter(level=Level.AD, ad_id__in=ads[start : start + 5000])
        for row in rows.order_by("day").values(*_FIELDS):
            found[row["ad_id"]].append(row)
    return found


def _arm(test: ABTest, ad_id: int, rows: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    mine = [row for row in rows.get(ad_id, []) if _within(test, row)]
    if any(row["period_first"] for row in mine):
        return {"id": ad_id, "days": _period_days(mine), **_measures(_summed(mine))}
    today = dates.today(test.campaign.account.time_zone)
    daily = [{"date": row["day"], "complete": row["day"] < today, **_measures(row)} for row in mine]
    return {"id": ad_id, "daily": daily}


def _within(test: ABTest, row: dict[str, Any]) -> bool:
    first = row["period_first"] or row["day"]
    return first >= test.started_on and (test.ended_on is None or row["day"] <= test.ended_on)


def _period_days(rows: list[dict[str, Any]]) -> int:
    covered = {
        first + timedelta(days=i)
        for row in rows
        for first in [row["period_first"] or row["day"]]
        for i in range((row["day"] - first).days + 1)
    }
    return len(covered)


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: sum(row[name] for row in rows) for name in _FIELDS[3:]}


def _measures(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "impressions": row["impressions"],
        "clicks": row["clicks"],
        "conversions": float(row["conversions"]),
        "spend": row["spend_micros"] / MICROS,
        "revenue": row["revenue_micros"] / MICROS,
    }
