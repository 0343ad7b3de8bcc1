"""Every read worth naming: totals, trends, tables. Ratios are always ratios of sums.

All take the advertiser and one currency: two currencies are never added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum

from campaigns.models import Ad, Campaign, DailyMetric, Level, PublishRequest
from core.common.dates import DayRange
from core.common.measures import COLUMNS
from core.common.money import Money
from core.models import Advertiser
from platforms.models import AdAccount, Platform

SUMS = {name: Sum(name) for name in COLUMNS}


@dataclass(frozen=True)
class MetricTotals:
    """Sums and their ratios; None is "no value" and shows as a dash."""

    currency: str
    impressions: int = 0
    clicks: int = 0
    conversions: Decimal = Decimal(0)
    spend_micros: int = 0
    revenue_micros: int = 0

    @property
    def spend(self) -> Money:
        return Money.from_micros(self.spend_micros, self.currency)

    @property
    def revenue(self) -> Money:
        return Money.from_micros(self.revenue_micros, self.currency)

    @property
    def ctr(self) -> Decimal | None:
        return _ratio(self.clicks, self.impressions)

    @property
    def cvr(self) -> Decimal | None:
        return _ratio(self.conversions, self.clicks)

    @property
    def roas(self) -> Decimal | None:
        return _ratio(self.revenue_micros, self.spend_micros)

    @property
    def cpc(self) -> Money | None:
        return self._per(self.clicks)

    @property
    def cpa(self) -> Money | None:
        return self._per(self.conversions)

    @property
    def cpm(self) -> Money | None:
        return self._per(Decimal(self.impressions) / 1000)

    def _per(self, count: Decimal | int) -> Money | None:
        return Money(self.spend.amount / count, self.currency) if count else None


def _ratio(top: Decimal | int, bottom: Decimal | int) -> Decimal | None:
    return Decimal(top) / Decimal(bottom) if bottom else None


def totals_from(row: Mapping[str, Any], currency: str) -> MetricTotals:
    """Figures of a row of sums, None meaning zero."""
    sums: dict[str, Any] = {name: row[name] or 0 for name in SUMS}
    sums["conversions"] = Decimal(sums["conversions"])
    return MetricTotals(currency, **sums)


def metrics(
    advertiser: Advertiser,
    days: DayRange,
    *,
    currency: str,
    level: str = Level.CAMPAIGN,
    platform: str = "",
    accounts: Iterable[AdAccount] | None = None,
) -> QuerySet[DailyMetric]:
    """The daily rows in question. The accounts are named, so that their index serves; who has
    those of the advertiser at hand saves a query."""
    known = accounts_of(advertiser) if accounts is None else accounts
    ids = [a.pk for a in known if a.currency == currency and platform in {"", a.platform}]
    return DailyMetric.objects.filter(
        account_id__in=ids, level=level, day__gte=days.first, day__lte=days.last
    )


def totals(
    advertiser: Advertiser, days: DayRange, *, currency: str, platform: str = ""
) -> MetricTotals:
    rows = metrics(advertiser, days, currency=currency, platform=platform)
    return totals_from(rows.aggregate(**SUMS), currency)


def daily(
    advertiser: Advertiser,
    days: DayRange,
    *,
    currency: str,
    platform: str = "",
    accounts: Iterable[AdAccount] | None = None,
) -> list[tuple[date, MetricTotals]]:
    """Each day of the range, days without delivery as zeros."""
    rows = metrics(advertiser, days, currency=currency, platform=platform, accounts=accounts)
    return _by_day(rows, days, currency)


def campaign_daily(campaign: Campaign, days: DayRange) -> list[tuple[date, MetricTotals]]:
    rows = DailyMetric.objects.filter(
        campaign=campaign, level=Level.CAMPAIGN, day__gte=days.first, day__lte=days.last
    )
    return _by_day(rows, days, campaign.account.currency)


def _by_day(
    rows: QuerySet[DailyMetric], days: DayRange, currency: str
) -> list[tuple[date, MetricTotals]]:
    summed = rows.values("day").annotate(**SUMS).order_by("day")
    sums: dict[date, Any] = {row["day"]: row for row in summed}
    empty: Mapping[str, Any] = dict.fromkeys(SUMS, 0)
    return [(day, totals_from(sums.get(day, empty), currency)) for day in days]


def by_platform(
    advertiser: Advertiser,
    days: DayRange,
    *,
    currency: str,
    accounts: Iterable[AdAccount] | None = None,
) -> dict[str, MetricTotals]:
    rows = metrics(advertiser, days, currency=currency, accounts=accounts)
    sums: Iterable[Any] = (
        rows.values("account__platform").annotate(**SUMS).order_by("account__platform")
    )
    return {row["account__platform"]: totals_from(row, currency) for row in sums}


@dataclass(frozen=True)
class CampaignRow:
    """One line of a table: a campaign or ad with its figures."""

    item: Any
    figures: MetricTotals
    publishing: str = ""


def campaign_rows(
    advertiser: Advertiser,
    days: DayRange,
    *,
    currency: str,
    platform: str = "",
    search: str = "",
    limit: int | None = None,
    offset: int = 0,
    accounts: Iterable[AdAccount] | None = None,
) -> tuple[list[CampaignRow], int]:
    """Campaigns by spend then impressions, and how many there are in all."""
    campaigns = Campaign.objects.filter(account__advertiser=advertiser, account__currency=currency)
    if accounts is not None:
        campaigns = campaigns.filter(account__in=[account.pk for account in accounts])
    if platform:
        campaigns = campaigns.filter(account__platform=platform)
    if search:
        campaigns = campaigns.filter(name__icontains=search)
    metric_rows = metrics(advertiser, days, currency=currency, platform=platform, accounts=accounts)
    sums = _sums_by(metric_rows, "campaign_id")
    ids = list(campaigns.order_by("-pk").values_list("pk", flat=True))
    ids.sort(key=lambda pk: _weight(sums.get(pk)), reverse=True)
    page = ids[offset : offset + limit] if limit else ids
    found = with_publishing(Campaign.objects.filter(pk__in=page)).select_related("account")
    by_id = {campaign.pk: campaign for campaign in found}
    rows = [_row(by_id[pk], sums.get(pk), currency) for pk in page if pk in by_id]
    return rows, len(ids)


def _sums_by(rows: QuerySet[DailyMetric], key: str) -> dict[int, dict[str, Any]]:
    return {row[key]: row for row in rows.values(key).annotate(**SUMS).order_by()}


def _weight(row: dict[str, Any] | None) -> tuple[int, int]:
    return (row["spend_micros"] or 0, row["impressions"] or 0) if row else (0, 0)


def _row(item: Any, sums: dict[str, Any] | None, currency: str) -> CampaignRow:
    values = totals_from(sums, currency) if sums else MetricTotals(currency)
    return CampaignRow(item, values, getattr(item, "publishing", "") or "")


def with_publishing(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Adds `publishing`: the state of the newest PublishRequest of the campaign itself."""
    newest = PublishRequest.objects.filter(campaign=OuterRef("pk")).order_by("-pk")
    newest = newest.exclude(state=PublishRequest.State.CANCELLED)
    return campaigns.annotate(publishing=Subquery(newest.values("state")[:1]))


def deciding_request(campaign: Campaign) -> PublishRequest | None:
    """The newest request of the campaign; where that is open, the oldest open one, behind which
    the others wait."""
    requests = PublishRequest.objects.filter(campaign=campaign).order_by("-pk")
    newest = requests.exclude(state=PublishRequest.State.CANCELLED).first()
    if newest is None or newest.state not in PublishRequest.OPEN:
        return newest
    return requests.filter(state__in=PublishRequest.OPEN).last() or newest


def ad_rows(ads: QuerySet[Ad], days: DayRange, *, currency: str) -> list[CampaignRow]:
    """Ads with their figures, most spend first."""
    ads = ads.select_related("creative", "ad_group__campaign__account").prefetch_related(
        "creative__assets"
    )
    rows = DailyMetric.objects.filter(
        level=Level.AD, ad__in=ads.order_by().values("pk"), day__gte=days.first, day__lte=days.last
    )
    sums = _sums_by(rows, "ad_id")
    found = [_row(ad, sums.get(ad.pk), currency) for ad in ads]
    return sorted(found, key=lambda r: _weight_of(r.figures), reverse=True)


def _weight_of(values: MetricTotals) -> tuple[int, int]:
    return values.spend_micros, values.impressions


def currencies_of(advertiser: Advertiser) -> list[str]:
    """The report currency first, then those of the accounts."""
    used = AdAccount.objects.filter(advertiser=advertiser).values_list("currency", flat=True)
    others = sorted(set(used) - {advertiser.currency})
    return [advertiser.currency, *others]


def accounts_of(advertiser: Advertiser) -> list[AdAccount]:
    return list(AdAccount.objects.filter(advertiser=advertiser).order_by("platform", "name"))


def synced_at(accounts: Iterable[AdAccount]) -> datetime | None:
    """The oldest last sync of the connected accounts; None when one was never read."""
    times = [
        a.synced_at
        for a in accounts
        if a.platform != Platform.IMPORT and a.state == AdAccount.State.CONNECTED
    ]
    return min(times, default=None) if all(times) else None  # type: ignore[type-var]


def data_days(advertiser: Advertiser) -> DayRange | None:
    """First and last day with any figures: an imported report may lie years back."""
    accounts = list(AdAccount.objects.filter(advertiser=advertiser).values_list("pk", flat=True))
    rows = DailyMetric.objects.filter(account_id__in=accounts, level=Level.CAMPAIGN)
    last = rows.aggregate(last=Max("day"))["last"]
    if last is None:
        return None
    first = rows.order_by("day").values_list("day", flat=True).first()
    return DayRange(first or last, last)
