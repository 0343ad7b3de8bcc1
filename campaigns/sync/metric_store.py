"""The one writer of daily metrics, for the reporting sync and for imported reports.

A restated day overwrites the current value and keeps the old one with the time it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.db import transaction

from campaigns.models import DailyMetric, Level, MetricRevision
from core.common.measures import COLUMNS
from platforms.models import AdAccount

BATCH_ROWS = 1000
_CONVERSION_STEP = Decimal("0.000001")
_KEY = ("level", "entity_id", "day")
Key = tuple[str, int, date]


@dataclass(frozen=True, slots=True)
class MetricValues:
    """One campaign (`ad_id` None) or one ad, one day or the period that ends on it."""

    level: str
    campaign_id: int
    ad_id: int | None
    day: date
    period_first: date | None = None
    impressions: int = 0
    clicks: int = 0
    conversions: Decimal = Decimal(0)
    spend_micros: int = 0
    revenue_micros: int = 0

    @property
    def key(self) -> Key:
        return (self.level, self.campaign_id if self.ad_id is None else self.ad_id, self.day)

    @property
    def is_zero(self) -> bool:
        return not any(getattr(self, name) for name in COLUMNS)


@dataclass(frozen=True)
class StoreResult:
    """How many rows were not there before, were there with other values, were there as given."""

    new: int = 0
    restated: int = 0
    unchanged: int = 0

    def __add__(self, other: StoreResult) -> StoreResult:
        return StoreResult(
            self.new + other.new, self.restated + other.restated, self.unchanged + other.unchanged
        )


@dataclass(frozen=True)
class ReadRange:
    """What a report covers whole: these campaigns or ads (`entities`, by `level`), `first` to
    `last`. The platform says nothing there of days without delivery."""

    first: date
    last: date
    level: str
    entities: frozenset[int]
    unread: frozenset[tuple[int | None, date | None]] = frozenset()
    """(entity, day) of rows that could not be read: nothing is known of them. None: any."""

    def covers(self, key: Key) -> bool:
        level, entity, day = key
        within = level == self.level and self.first <= day <= self.last
        return within and entity in self.entities and not self._is_unread(entity, day)

    def _is_unread(self, entity: int, day: date) -> bool:
        places = ((entity, day), (entity, None), (None, day), (None, None))
        return bool(self.unread) and any(place in self.unread for place in places)


class _StoredMetric(NamedTuple):
    pk: int
    seen_at: datetime
    values: MetricValues


def store_metrics(
    account: AdAccount,
    rows: Sequence[MetricValues],
    *,
    seen_at: datetime,
    zero_missing: ReadRange | None = None,
) -> StoreResult:
    """Bring the account's metrics to what `rows` say, in one transaction.

    Within `zero_missing` the rows are all there is: what the store has besides becomes zero, as a
    restatement. Figures of other entities stay: a platform may keep silent about what was deleted.
    A row that says the same as before keeps the time at which it was first seen; conversions are
    kept to the millionth. Raises ValueError if a key is there twice or a level does not fit the ad.
    """
    wanted = _by_key(rows)
    # SQLite would keep every page that a savepoint touches in memory until its end.
    with transaction.atomic(savepoint=False):
        _lock_account(account)
        stored = _stored_metrics(account, wanted, zero_missing)
        for gone in _missing(stored, wanted, zero_missing):
            wanted[gone.key] = gone
        fresh = [row for key, row in wanted.items() if key not in stored]
        changed = [
            row for key, row in wanted.items() if key in stored and stored[key].values != row
        ]
        _save_revisions([stored[row.key] for row in changed], replaced_at=seen_at)
        _upsert(account, fresh + changed, seen_at)
    return StoreResult(len(fresh), len(changed), len(wanted) - len(fresh) - len(changed))


def _by_key(rows: Sequence[MetricValues]) -> dict[Key, MetricValues]:
    wanted = {row.key: _as_stored(row) for row in rows}
    if len(wanted) != len(rows):
        raise ValueError("two metric rows have the same level, entity and day")
    for row in rows:
        if (row.level == Level.AD) != (row.ad_id is not None):
            raise ValueError(f"a metric row of level {row.level} has ad_id {row.ad_id}")
    return wanted


def _as_stored(row: MetricValues) -> MetricValues:
    # A third of a conversion, kept to the millionth, would else be restated by every sync.
    rounded = row.conversions.quantize(_CONVERSION_STEP)
    return row if rounded == row.conversions else replace(row, conversions=rounded)


def _lock_account(account: AdAccount) -> None:
    # Two syncs of one account would both read the old row and keep it as a revision twice.
    list(AdAccount.objects.select_for_update(no_key=True).filter(pk=account.pk).values_list("pk"))


def _stored_metrics(
    account: AdAccount,
    wanted: Mapping[Key, MetricValues],
    zero_missing: ReadRange | None,
) -> dict[Key, _StoredMetric]:
    """What the store has of the account between the first and the last day in question."""
    days = [day for _, _, day in wanted]
    levels = {level for level, _, _ in wanted}
    if zero_missing is not None:
        days += [zero_missing.first, zero_missing.last]
        levels.add(zero_missing.level)
    if not days:
        return {}
    found = DailyMetric.objects.filter(
        account=account, level__in=levels, day__range=(min(days), max(days))
    ).values_list("pk", "seen_at", "level", "campaign_id", "ad_id", "day", "period_first", *COLUMNS)
    entries = (_StoredMetric(pk, seen, MetricValues(*rest)) for pk, seen, *rest in found.iterator())
    return {entry.values.key: entry for entry in entries}


def _missing(
    stored: Mapping[Key, _StoredMetric],
    wanted: Mapping[Key, MetricValues],
    zero_missing: ReadRange | None,
) -> list[MetricValues]:
    if zero_missing is None:
        return []
    return [
        MetricValues(old.level, old.campaign_id, old.ad_id, old.day, old.period_first)
        for key, (_, _, old) in stored.items()
        if key not in wanted and zero_missing.covers(key) and not old.is_zero
    ]


def _save_revisions(entries: list[_StoredMetric], *, replaced_at: datetime) -> None:
    revisions = (
        MetricRevision(
            metric_id=entry.pk,
            seen_at=entry.seen_at,
            replaced_at=replaced_at,
            **{name: getattr(entry.values, name) for name in COLUMNS},
        )
        for entry in entries
    )
    while batch := list(islice(revisions, BATCH_ROWS)):
        MetricRevision.objects.bulk_create(batch)


def _upsert(account: AdAccount, rows: list[MetricValues], seen_at: datetime) -> None:
    objects = _objects(account, rows, seen_at)
    while batch := list(islice(objects, BATCH_ROWS)):
        DailyMetric.objects.bulk_create(
            batch,
            update_conflicts=True,
            unique_fields=_KEY,
            update_fields=("period_first", *COLUMNS, "seen_at"),
        )


def _objects(
    account: AdAccount, rows: list[MetricValues], seen_at: datetime
) -> Iterator[DailyMetric]:
    return (
        DailyMetric(
            account=account,
            campaign_id=row.campaign_id,
            ad_id=row.ad_id,
            level=row.level,
            entity_id=row.key[1],
            day=row.day,
            period_first=row.period_first,
            seen_at=seen_at,
            **{name: getattr(row, name) for name in COLUMNS},
        )
        for row in rows
    )
