"""From staged rows to metrics, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from campaigns.importing.conflicts import Known
from campaigns.importing.objects import ensure_ads, ensure_campaigns
from campaigns.importing.staging import Staged
from campaigns.models import DailyMetric, Level
from campaigns.sync.metric_store import MetricValues, StoreResult, store_metrics
from core.common.measures import COLUMN_OF, COLUMNS, MEASURES
from core.common.money import MICROS
from platforms.models import AdAccount

CHUNK_ROWS = 20_000


@dataclass(frozen=True)
class Merged:
    """Rows of the file: not there before, there before, and of those with other values."""

    taken: int
    merged: int
    restated: int


@dataclass(frozen=True)
class _Ids:
    campaigns: dict[int, int]
    ads: dict[int, int]


def merge(
    account: AdAccount,
    staged: Staged,
    known: Known,
    *,
    seen_at: datetime,
    absent: Sequence[str] = (),
) -> Merged:
    """Make what is missing and store the good rows, ads and their campaigns' sums. Of measures
    that are `absent` from the file, what is known stays."""
    campaigns = ensure_campaigns(account, staged, known)
    ids = _Ids(campaigns, ensure_ads(account, staged, campaigns))
    total = StoreResult()
    for rows in _chunks(staged):
        if staged.has_ads:
            total += _store_ads(account, staged, rows, ids, seen_at, absent)
        else:
            total += _store_campaigns(account, staged, rows, ids, seen_at, absent)
    count = len(staged.line) - len(staged.refused)
    before = total.restated + total.unchanged
    if not staged.has_ads:
        before = sum(_was_known(staged, row, known) for row in staged.rows)
    return Merged(count - before, before, total.restated)


def _chunks(staged: Staged) -> Iterator[list[int]]:
    """Whole days, some twenty thousand rows at a time, so that a large file stays small."""
    chunk: list[int] = []
    for row in sorted(staged.rows, key=staged.last.__getitem__):
        if len(chunk) >= CHUNK_ROWS and staged.last[row] != staged.last[chunk[-1]]:
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


def _store_ads(
    account: AdAccount,
    staged: Staged,
    rows: Sequence[int],
    ids: _Ids,
    seen_at: datetime,
    absent: Sequence[str],
) -> StoreResult:
    values = [
        _values(
            staged,
            row,
            [staged.measures[name][row] for name in MEASURES],
            campaign=ids.campaigns[staged.campaign(row)],
            ad=ids.ads[staged.entity[row]],
        )
        for row in rows
    ]
    values = _keep_absent(account, values, absent)
    result = store_metrics(account, values, seen_at=seen_at)
    store_metrics(account, _sums_of_ads(account, values), seen_at=seen_at)
    return result


def _keep_absent(
    account: AdAccount, rows: list[MetricValues], absent: Sequence[str]
) -> list[MetricValues]:
    """A file says nothing of a measure that it has no column for."""
    fields = [COLUMN_OF[name] for name in absent]
    if not fields or not rows:
        return rows
    days = [row.day for row in rows]
    stored = DailyMetric.objects.filter(
        account=account, level=rows[0].level, day__range=(min(days), max(days))
    )
    known: dict[tuple[int, date], dict[str, Any]] = {
        (entity, day): dict(zip(fields, values, strict=True))
        for entity, day, *values in stored.values_list("entity_id", "day", *fields)
    }
    return [replace(row, **known.get(row.key[1:], {})) for row in rows]


def _sums_of_ads(account: AdAccount, rows: Sequence[MetricValues]) -> list[MetricValues]:
    """Summed from the store, which may hold further ads of a campaign from another file."""
    periods = {(row.campaign_id, row.day): row.period_first for row in rows}
    days = [row.day for row in rows]
    sums = (
        DailyMetric.objects.filter(
            account=account, level=Level.AD, day__range=(min(days), max(days))
        )
        .values("campaign_id", "day")
        .annotate(**{f"sum_{name}": Sum(name) for name in COLUMNS})
        .values_list("campaign_id", "day", *(f"sum_{name}" for name in COLUMNS))
    )
    return [
        MetricValues(
            Level.CAMPAIGN,
            campaign,
            None,
            day,
            periods[campaign, day],
            **dict(zip(COLUMNS, measures, strict=True)),
        )
        for campaign, day, *measures in sums.iterator()
        if (campaign, day) in periods
    ]


def _store_campaigns(
    account: AdAccount,
    staged: Staged,
    rows: Sequence[int],
    ids: _Ids,
    seen_at: datetime,
    absent: Sequence[str],
) -> StoreResult:
    """A file by ad group has several rows of a campaign and day: they are summed."""
    sums: dict[tuple[int, int], list[int]] = {}
    first: dict[tuple[int, int], int] = {}
    for row in rows:
        key = (staged.campaign(row), staged.last[row])
        values = [staged.measures[name][row] for name in MEASURES]
        sums[key] = [a + b for a, b in zip(sums.get(key, [0] * len(values)), values, strict=True)]
        first[key] = row
    stored = [
        _values(staged, first[campaign, day], total, campaign=ids.campaigns[campaign], ad=None)
        for (campaign, day), total in sums.items()
    ]
    return store_metrics(account, _keep_absent(account, stored, absent), seen_at=seen_at)


def _values(
    staged: Staged, row: int, measures: Sequence[int], *, campaign: int, ad: int | None
) -> MetricValues:
    """`measures` in the order of MEASURES, conversions in millionths; the days are the row's."""
    first, last = staged.first[row], staged.last[row]
    impressions, clicks, conversions, spend, revenue = measures
    return MetricValues(
        level=Level.CAMPAIGN if ad is None else Level.AD,
        campaign_id=campaign,
        ad_id=ad,
        day=date.fromordinal(last),
        period_first=None if first == last else date.fromordinal(first),
        impressions=impressions,
        clicks=clicks,
        conversions=Decimal(conversions) / MICROS,
        spend_micros=spend,
        revenue_micros=revenue,
    )


def _was_known(staged: Staged, row: int, known: Known) -> bool:
    span = (staged.first[row], staged.last[row])
    return span in known.spans.get(staged.campaign(row), ())
