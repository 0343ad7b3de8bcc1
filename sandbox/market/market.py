"""The simulated ad market: the results of each ad and day, as reported at a given moment."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from sandbox.market import auction, delivery, late_conversions
from sandbox.market.auction import CampaignTree, Cells
from sandbox.market.expected import expected_revenue, expected_spend
from sandbox.market.ground_truth import AdTruth, CampaignTruth, ad_truth, campaign_truth
from sandbox.market.rng import Floats
from sandbox.world.model import Account, Ad, Campaign, Platform
from sandbox.world.world import World


class DayResult(NamedTuple):
    """One ad, one day of the account's zone. Conversions may be fractions (Google)."""

    impressions: int = 0
    clicks: int = 0
    conversions: float = 0.0
    spend_micros: int = 0
    revenue_micros: int = 0


class DayRow(NamedTuple):
    """A result with its campaign, ad group, ad and day."""

    campaign_id: str
    ad_group_id: str
    ad_id: str
    day: date
    impressions: int
    clicks: int
    conversions: float
    spend_micros: int
    revenue_micros: int


class Market:
    """Results depend only on the seed, the campaign, its history and the day, not on earlier
    calls. Finished days are cached, since their inputs can no longer change."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._cache: dict[str, tuple[date, date, Cells]] = {}  # campaign: first, end (exclusive)
        self._lock = threading.Lock()

    def rows(
        self,
        account_id: str,
        since: date,
        until: date,
        as_of: datetime | None = None,
        *,
        campaign_id: str | None = None,
    ) -> list[DayRow]:
        """Every ad-day with at least one impression, `since` to `until` inclusive, by campaign
        and day; as reported at `as_of` (default: now). Raises KeyError for an unknown account."""
        reported_at = as_of or self.world.now()
        account = {item.id: item for item in self.world.accounts.values()}[account_id]
        ads = self.world.list_ads(account_id, campaign_id)
        if not ads or until < since:
            return []
        trees = self._trees(account, ads)  # takes the world's lock, so never while holding our own
        with self._lock:
            parts = [self._campaign_cells(tree, since, until, reported_at) for tree in trees]
        return self._report_rows(account, ads, auction.concatenate(parts), reported_at)

    def day(
        self, platform: Platform, ad_id: str, day: date, as_of: datetime | None = None
    ) -> DayResult:
        """One ad on one day; zeros without delivery. Raises KeyError for an unknown ad."""
        ad = self.world.ads[ad_id]
        if ad.platform != platform:
            raise KeyError(ad_id)
        rows = self.rows(ad.account_id, day, day, as_of, campaign_id=ad.campaign_id)
        return next((DayResult(*row[4:]) for row in rows if row.ad_id == ad_id), DayResult())

    def campaign_truth(self, campaign: Campaign) -> CampaignTruth:
        currency = self.world.account(campaign.platform).currency
        return campaign_truth(self.world.seed, campaign, currency)

    def ad_truth(self, ad: Ad) -> AdTruth:
        """The true rates of an ad, for tests and benchmarks."""
        campaign = self.campaign_truth(self.world.campaigns[ad.campaign_id])
        return ad_truth(self.world.seed, campaign, ad.platform, ad.signature)

    def expected(self, campaign: Campaign, budgets: Floats) -> tuple[Floats, Floats]:
        """(mean spend, mean revenue) of an average day for each daily budget, for oracles."""
        account = self.world.account(campaign.platform)
        [tree] = self._trees(account, self.world.list_ads(account.id, campaign.id))
        seed = self.world.seed
        return expected_spend(seed, tree, budgets), expected_revenue(seed, tree, budgets)

    def _trees(self, account: Account, ads: list[Ad]) -> list[CampaignTree]:
        by_campaign: dict[str, list[Ad]] = {}
        for ad in ads:
            by_campaign.setdefault(ad.campaign_id, []).append(ad)
        return [
            CampaignTree(
                self.world.campaigns[key],
                self.world.list_ad_groups(account.id, key),
                campaign_ads,
                account.time_zone,
                account.currency,
            )
            for key, campaign_ads in by_campaign.items()
        ]

    def _campaign_cells(
        self, tree: CampaignTree, since: date, until: date, as_of: datetime
    ) -> Cells:
        zone = tree.zone
        since = max(since, delivery.local_day(zone, tree.campaign.created_at))
        today = delivery.local_day(zone, min(as_of, self.world.now()))
        parts = []
        if since < today:
            parts.append(self._finished_cells(tree, since, min(until + timedelta(1), today)))
        open_from = max(since, today)
        open_days = (min(until, delivery.local_day(zone, as_of)) - open_from).days + 1
        if open_days > 0:
            seed = self.world.seed
            parts.append(auction.simulate(seed, tree, open_from, open_days, as_of.timestamp()))
        return auction.concatenate(parts) if parts else auction.EMPTY_CELLS

    def _finished_cells(self, tree: CampaignTree, first: date, end: date) -> Cells:
        """Cells of finished days from `first` up to but without `end`, from the cache."""
        key = tree.campaign.id
        low, high, cells = self._cache.get(key, (first, first, auction.EMPTY_CELLS))
        if first < low:
            cells, low = auction.concatenate([self._simulate(tree, first, low), cells]), first
        if end > high:
            cells, high = auction.concatenate([cells, self._simulate(tree, high, end)]), end
        self._cache[key] = (low, high, cells)
        return cells.select((cells.day >= first.toordinal()) & (cells.day < end.toordinal()))

    def _simulate(self, tree: CampaignTree, first: date, end: date) -> Cells:
        until = delivery.day_start(tree.zone, end)
        return auction.simulate(self.world.seed, tree, first, (end - first).days, until)

    def _report_rows(
        self, account: Account, ads: list[Ad], cells: Cells, as_of: datetime
    ) -> list[DayRow]:
        cells = cells.select(np.lexsort((cells.ad, cells.day)))
        today = delivery.local_day(account.time_zone, as_of).toordinal()
        clicks, spend = late_conversions.reported_clicks_and_spend(cells, today)
        shared = account.platform == "google"
        conversions, revenue = late_conversions.reported_conversions_and_revenue(
            cells, today, shared=shared
        )
        columns = zip(
            cells.ad.tolist(),
            cells.day.tolist(),
            cells.impressions.tolist(),
            clicks.tolist(),
            conversions.tolist(),
            spend.tolist(),
            revenue.tolist(),
            strict=True,
        )
        names = {int(ad.id): (ad.campaign_id, ad.ad_group_id, ad.id) for ad in ads}
        days = {number: date.fromordinal(number) for number in set(cells.day.tolist())}
        return [DayRow(*names[ad], days[day], *rest) for ad, day, *rest in columns]
