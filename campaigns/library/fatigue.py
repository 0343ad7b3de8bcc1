"""Ad fatigue: the CTR of an ad's last days against that of its first days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Min, Q, QuerySet

from campaigns.models import Ad, DailyMetric, Level
from core.common import dates
from core.common.dates import DayRange

FIRST_DAYS, LAST_DAYS = 14, 7
LEAST_IMPRESSIONS = 2000
LEAST_FALL = 30  # percent


@dataclass(frozen=True)
class Fatigue:
    """CTR of the first 14 days and of the last 7 complete ones, both out of enough."""

    first: Decimal
    last: Decimal

    @property
    def fall(self) -> Decimal:
        return 1 - self.last / self.first

    @property
    def says(self) -> str:
        return (
            f"CTR {self.last:.2%} in the last {LAST_DAYS} days, {self.first:.2%} in its first "
            f"{FIRST_DAYS}: {self.fall:.0%} less."
        )


def fatigue_of(ads: Iterable[Ad]) -> dict[int, Fatigue]:
    """Ad id to its fatigue, only of ads that have it. Two queries, whatever the number of ads.

    An ad younger than both windows together is not judged. Each ad needs `ad_group.campaign.
    account` at hand: complete days are those of the account's zone.
    """
    by_id = {ad.pk: ad for ad in ads}
    windows = _windows(by_id)
    clicks = _sums(windows)
    found = {pk: _fatigue(*clicks[pk]) for pk in windows}
    return {pk: fatigue for pk, fatigue in found.items() if fatigue is not None}


def _rows(ids: Iterable[int]) -> QuerySet[DailyMetric]:
    return DailyMetric.objects.filter(
        level=Level.AD, entity_id__in=list(ids), period_first=None, impressions__gt=0
    )


def _windows(ads: dict[int, Ad]) -> dict[int, tuple[DayRange, DayRange]]:
    """Its first and its last days, where they do not overlap."""
    firsts = _rows(ads).values_list("entity_id").annotate(first=Min("day")).order_by()
    found: dict[int, tuple[DayRange, DayRange]] = {}
    for pk, first in firsts:
        zone = ads[pk].ad_group.campaign.account.time_zone
        early, late = _first_days(first), dates.last_days(LAST_DAYS, zone)
        if early.last < late.first:
            found[pk] = (early, late)
    return found


def _first_days(day: date) -> DayRange:
    return DayRange(day, date.fromordinal(day.toordinal() + FIRST_DAYS - 1))


Sums = tuple[list[int], list[int]]


def _sums(windows: dict[int, tuple[DayRange, DayRange]]) -> dict[int, Sums]:
    """Clicks and impressions of both windows."""
    wanted = Q(pk__in=[])
    for pk, pair in windows.items():
        for days in pair:
            wanted |= Q(entity_id=pk, day__gte=days.first, day__lte=days.last)
    found: dict[int, Sums] = {pk: ([0, 0], [0, 0]) for pk in windows}
    rows = _rows(windows).filter(wanted).values_list("entity_id", "day", "clicks", "impressions")
    for pk, day, clicks, impressions in rows:
        sums = found[pk][day >= windows[pk][1].first]
        sums[0] += clicks
        sums[1] += impressions
    return found


def _fatigue(first: list[int], last: list[int]) -> Fatigue | None:
    if min(first[1], last[1]) < LEAST_IMPRESSIONS or not first[0]:
        return None
    # In whole numbers, so that exactly 30 % is no matter of rounding.
    if 100 * last[0] * first[1] > (100 - LEAST_FALL) * first[0] * last[1]:
        return None
    return Fatigue(Decimal(first[0]) / first[1], Decimal(last[0]) / last[1])
