"""Sums over the stored rows, as they stand now or as they stood at the end of a day.

A row counts as of a moment by what it said then: its present values if they were seen by then,
else those of the one revision that was seen by then and replaced later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from campaigns.analytics.query import Query
from campaigns.models import DailyMetric, Level, MetricRevision
from campaigns.selectors import SUMS, MetricTotals, totals_from
from campaigns.tables import total_of
from core.common import dates
from core.common.dates import DayRange

COLUMNS = {
    "period": "day",
    "platform": "account__platform",
    "account": "account_id",
    "campaign": "campaign_id",
    "ad_group": "ad__ad_group_id",
    "ad": "ad_id",
    "creative": "ad__creative_id",
}
Sums = dict[Any, MetricTotals]


@dataclass(frozen=True)
class Reading:
    """Sums by one column: of the range as reported, of the compared range as reported (None
    without one), and of the range as it stands now (None unless seen as of a day). `spread` are
    days on which rows of longer periods stand."""

    shown: Sums
    before: Sums | None
    now: Sums | None
    spread: frozenset[date] = frozenset()

    @property
    def keys(self) -> list[Any]:
        found = {**self.shown, **(self.before or {}), **(self.now or {})}
        return [k for k in found if any(_is_something(s, k) for s in self._all)]

    @property
    def _all(self) -> list[Sums]:
        return [self.shown, *(s for s in (self.before, self.now) if s is not None)]


def _is_something(sums: Sums, key: Any) -> bool:
    found = sums.get(key)
    return found is not None and found != MetricTotals(found.currency)


def read_days(query: Query) -> Reading:
    """By day, over campaigns: what the chart shows."""
    return _read(query, "day", Level.CAMPAIGN)


def read_breakdown(query: Query) -> Reading:
    return _read(query, COLUMNS[query.breakdown], query.level)


def _read(query: Query, column: str, level: str) -> Reading:
    moment = moment_of(query)
    shown, spread = _sums(query, query.days, column, level, moment)
    now = _sums(query, query.days, column, level, None) if moment else (None, spread)
    before = (
        _sums(query, query.compared, column, level, moment)[0]
        if query.compared is not None
        else None
    )
    return Reading(shown, before, now[0], spread | now[1])


def moment_of(query: Query) -> datetime | None:
    """The end of the day that figures are seen as of, in the advertiser's zone."""
    if query.as_of is None:
        return None
    return dates.day_start(query.as_of + timedelta(days=1), query.advertiser.time_zone)


def _sums(
    query: Query, days: DayRange, column: str, level: str, moment: datetime | None
) -> tuple[Sums, frozenset[date]]:
    rows = DailyMetric.objects.filter(_row_filter(query, days, level))
    if moment is None:
        return _group_sums(rows, column, query.currency)
    shown, spread = _group_sums(rows.filter(seen_at__lt=moment), column, query.currency)
    old = MetricRevision.objects.filter(_row_filter(query, days, level, "metric__"))
    old = old.filter(seen_at__lt=moment, replaced_at__gte=moment)
    revised, _ = _group_sums(old, f"metric__{column}", query.currency)
    return _merge_sums(shown, revised, query.currency), spread


def _row_filter(query: Query, days: DayRange, level: str, prefix: str = "") -> Q:
    """The rows in question. The accounts are named, so that their index serves."""
    wanted: dict[str, Any] = {
        "account_id__in": [account.pk for account in query.accounts],
        "level": level,
        "day__gte": days.first,
        "day__lte": days.last,
    }
    if query.campaign is not None:
        wanted["campaign_id"] = query.campaign.pk
    return Q(**{prefix + name: value for name, value in wanted.items()})


def _group_sums(rows: QuerySet[Any], column: str, currency: str) -> tuple[Sums, frozenset[date]]:
    """Sums by column; and by day, those on which rows of longer periods stand."""
    summed: dict[str, Any] = dict(SUMS)
    if column == "day":
        summed["spread"] = Count("pk", filter=Q(period_first__isnull=False))
    found: Iterable[Mapping[str, Any]] = rows.order_by().values(column).annotate(**summed)
    lines = list(found)
    spread = frozenset(line["day"] for line in lines if line.get("spread"))
    return {line[column]: totals_from(line, currency) for line in lines}, spread


def _merge_sums(one: Sums, other: Sums, currency: str) -> Sums:
    return {
        key: total_of((sums[key] for sums in (one, other) if key in sums), currency)
        for key in {**one, **other}
    }
