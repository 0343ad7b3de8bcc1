"""The pictures and videos of an advertiser: their usage and their results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from campaigns.library.fatigue import Fatigue, fatigue_of
from campaigns.models import Ad, Asset, Creative, Level
from campaigns.scope import Scope
from campaigns.selectors import CampaignRow, MetricTotals
from campaigns.tables import GRID, Table, TableQuery, sort_ids, sums_of, total_of
from core.common.paging import page_of


@dataclass(frozen=True)
class Usage:
    """In how many ads and campaigns something is shown."""

    ads: int = 0
    campaigns: int = 0

    def __str__(self) -> str:
        if not self.ads:
            return "not used yet"
        return (
            f"in {self.ads:,} ad{'' if self.ads == 1 else 's'} "
            f"of {self.campaigns:,} campaign{'' if self.campaigns == 1 else 's'}"
        )


@dataclass(frozen=True)
class AssetUse:
    """A picture or a video, and what is made of it."""

    asset: Asset
    usage: Usage
    won: bool


@dataclass(frozen=True)
class AdCard:
    """One ad of the grid."""

    row: CampaignRow
    usage: Usage | None
    fatigue: Fatigue | None
    won: bool


def ad_cards(rows: list[CampaignRow], winners: Set[int]) -> list[AdCard]:
    ads = [row.item for row in rows]
    usage, fatigue = usage_of(ads), fatigue_of(ads)
    return [
        AdCard(row, usage.get(ad.pk), fatigue.get(ad.pk), ad.pk in winners)
        for row, ad in zip(rows, ads, strict=True)
    ]


def asset_table(scope: Scope, query: TableQuery, winners: Set[int]) -> Table:
    """Pictures and videos with the sums of their ads. A filter by platform leaves those that
    it shows."""
    uses = _uses(scope)
    assets = Asset.objects.filter(advertiser=scope.advertiser)
    if scope.platform or scope.account:
        assets = assets.filter(pk__in=list(uses))
    if query.search:
        assets = assets.filter(name__icontains=query.search)
    names = assets.order_by("-pk").values_list("pk", "name")
    keys = {pk: {"name": name.casefold()} for pk, name in names}
    by_ad = sums_of(scope, Level.AD, "ad_id")
    sums = {pk: _total(scope, by_ad, uses.get(pk, ())) for pk in keys}
    ids = sort_ids(keys, sums, query.sort, scope.currency)
    page, shown = page_of(ids, query.page, GRID)
    by_id = Asset.objects.in_bulk(shown)
    rows = [
        CampaignRow(_use(by_id[pk], uses.get(pk, {}), winners), sums[pk])
        for pk in shown
        if pk in by_id
    ]
    total = _total(scope, by_ad, {ad for pk in ids for ad in uses.get(pk, ())})
    return Table(rows, total, len(ids), page, GRID, query.sort)


def _total(scope: Scope, by_ad: dict[int, MetricTotals], ads: Iterable[int]) -> MetricTotals:
    return total_of((by_ad[ad] for ad in ads if ad in by_ad), scope.currency)


def _use(asset: Asset, ads: dict[int, int], winners: Set[int]) -> AssetUse:
    return AssetUse(asset, Usage(len(ads), len(set(ads.values()))), bool(winners & set(ads)))


def _uses(scope: Scope) -> dict[int, dict[int, int]]:
    """Asset id to its ads, each with its campaign."""
    path = "creative__ads__ad_group__campaign"
    rows = _links().filter(asset__advertiser=scope.advertiser, creative__ads__isnull=False)
    if scope.platform:
        rows = rows.filter(**{f"{path}__account__platform": scope.platform})
    if scope.account:
        rows = rows.filter(**{f"{path}__account": scope.account})
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for asset, ad, campaign in rows.values_list("asset_id", "creative__ads", f"{path}_id"):
        found[asset][ad] = campaign
    return dict(found)


def _links() -> QuerySet[Any]:
    return Creative.assets.through._default_manager.all()


def usage_of(ads: Iterable[Ad]) -> dict[int, Usage]:
    """Ad id to the usage of its picture or video, or of its texts where it has neither. Two
    queries."""
    found = [(ad, ad.creative, ad.creative.image) for ad in ads if ad.creative is not None]
    pictures = _count_usage(_links(), "asset_id", "creative__ads", {i.pk for _, _, i in found if i})
    texts = Creative.objects.order_by()
    plain = _count_usage(texts, "pk", "ads", {c.pk for _, c, image in found if image is None})
    return {
        ad.pk: (pictures.get(image.pk) if image else plain.get(creative.pk)) or Usage()
        for ad, creative, image in found
    }


def _count_usage(rows: QuerySet[Any], key: str, ads: str, ids: set[int]) -> dict[int, Usage]:
    counts = (
        rows.filter(**{f"{key}__in": ids})
        .values(key)
        .annotate(
            of_ads=Count(ads, distinct=True),
            of_campaigns=Count(f"{ads}__ad_group__campaign", distinct=True),
        )
    )
    return {row[key]: Usage(row["of_ads"], row["of_campaigns"]) for row in counts}
