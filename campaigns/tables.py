"""The long tables: filtered, sorted and totalled over everything, then cut into pages.

Three queries whatever the number of rows: the sums, the names to filter and sort by, one page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from campaigns import selectors
from campaigns.models import Ad, Campaign, DailyMetric, Level
from campaigns.scope import Scope
from campaigns.selectors import CampaignRow, MetricTotals, totals_from
from core.common.measures import COLUMNS
from core.common.paging import Paged, page_number, page_of

PAGE = 50
GRID = 24

SORTS: dict[str, Callable[[MetricTotals], Any]] = {
    "spend": lambda f: f.spend_micros,
    "revenue": lambda f: f.revenue_micros,
    "conversions": lambda f: f.conversions,
    "impressions": lambda f: f.impressions,
    "clicks": lambda f: f.clicks,
    "cpa": lambda f: f.cpa and f.cpa.amount,
    "roas": lambda f: f.roas,
    "ctr": lambda f: f.ctr,
    "cpc": lambda f: f.cpc and f.cpc.amount,
    "cpm": lambda f: f.cpm and f.cpm.amount,
    "cvr": lambda f: f.cvr,
}
DEFAULT_SORT = "-spend"


@dataclass(frozen=True)
class Table(Paged):
    """One page of it. `total` is over the whole filter, not over the page."""

    rows: list[Any]
    total: MetricTotals
    count: int
    page: int
    size: int
    sort: str


@dataclass(frozen=True)
class TableQuery:
    """The search, filter, order and page of a table, as given in the URL."""

    search: str = ""
    sort: str = DEFAULT_SORT
    page: int = 1
    picture: int | None = None
    """Only ads that show this Asset."""


def read_table_query(query: Any) -> TableQuery:
    """Of a request's GET; what cannot be used falls back to the default."""
    sort, page, picture = (query.get(name, "") for name in ("sort", "page", "picture"))
    return TableQuery(
        search=query.get("search", "").replace("\0", "").strip()[:200],
        sort=sort if sort.removeprefix("-") in {*SORTS, "name"} else DEFAULT_SORT,
        page=page_number(page) or 1,
        picture=_id(picture),
    )


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def ad_table(scope: Scope, query: TableQuery) -> Table:
    """Ads with their creatives, for the grid."""
    found = Ad.objects.filter(
        ad_group__campaign__account__advertiser=scope.advertiser,
        ad_group__campaign__account__currency=scope.currency,
    )
    if scope.platform:
        found = found.filter(ad_group__campaign__account__platform=scope.platform)
    if scope.account:
        found = found.filter(ad_group__campaign__account=scope.account)
    if query.search:
        found = found.filter(name__icontains=query.search)
    if query.picture is not None:
        found = found.filter(creative__assets=query.picture)
    sums = sums_of(scope, Level.AD, "ad_id")
    names = found.order_by("-pk").values_list("pk", "name")
    keys = {pk: {"name": name.casefold()} for pk, name in names}
    ids = sort_ids(keys, sums, query.sort, scope.currency)
    page, shown = page_of(ids, query.page, GRID)
    items: QuerySet[Ad] = Ad.objects.filter(pk__in=shown)
    items = items.select_related("creative", "ad_group__campaign__account")
    by_id = {ad.pk: ad for ad in items.prefetch_related("creative__assets")}
    return _table(by_id, shown, ids, sums, page, GRID, query.sort, scope.currency)


def sums_of(
    scope: Scope, level: str, key: str, campaign: Campaign | None = None
) -> dict[int, MetricTotals]:
    """Figures by the column `key` of the daily rows, of one campaign where it is named."""
    rows: QuerySet[DailyMetric] = selectors.metrics(
        scope.advertiser,
        scope.days,
        currency=scope.currency,
        level=level,
        platform=scope.platform,
        accounts=scope.looked_at,
    )
    if campaign is not None:
        rows = rows.filter(campaign=campaign)
    grouped = rows.values(key).annotate(**selectors.SUMS).order_by()
    return {row[key]: totals_from(row, scope.currency) for row in grouped}


def sort_ids(
    keys: dict[int, dict[str, Any]], sums: dict[int, MetricTotals], sort: str, currency: str
) -> list[int]:
    """Ids in order; ties by spend, and unknown values last in both directions."""
    name, nothing = sort.removeprefix("-"), MetricTotals(currency)
    read = SORTS.get(name)

    def value(pk: int) -> Any:
        return read(sums.get(pk, nothing)) if read else keys[pk][name]

    by_spend = sorted(keys, key=lambda pk: -sums.get(pk, nothing).spend_micros)
    known = [pk for pk in by_spend if value(pk) is not None]
    unknown = [pk for pk in by_spend if value(pk) is None]
    return [*sorted(known, key=value, reverse=sort.startswith("-")), *unknown]


def _table(
    by_id: dict[int, Any],
    shown: list[int],
    ids: list[int],
    sums: dict[int, MetricTotals],
    page: int,
    size: int,
    sort: str,
    currency: str,
) -> Table:
    rows = [
        CampaignRow(
            by_id[pk],
            sums.get(pk, MetricTotals(currency)),
            getattr(by_id[pk], "publishing", "") or "",
        )
        for pk in shown
        if pk in by_id
    ]
    total = total_of((sums[pk] for pk in ids if pk in sums), currency)
    return Table(rows, total, len(ids), page, size, sort)


def total_of(parts: Iterable[MetricTotals], currency: str) -> MetricTotals:
    """Sums over lines; the ratios follow from the sums."""
    total: dict[str, Any] = dict.fromkeys(COLUMNS, 0)
    total["conversions"] = Decimal(0)
    for part in parts:
        for name in COLUMNS:
            total[name] += getattr(part, name)
    return MetricTotals(currency, **total)
