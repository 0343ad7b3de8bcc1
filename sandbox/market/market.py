"""The simulated ad market: what each ad got on each day, as reported at a given moment."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from sandbox.market import auction, delivery, expected, late_conversions
from sandbox.market.auction import Cells, Tree
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
    """A result with what it belongs to."""

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
    """Results depend on the seed, the campaign, its history and the day; never on who asked
    before. Days that are over are kept, since their inputs can no longer change."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._kept: dict[str, tuple[date, date, Cells]] = {}  # campaign: first, end (exclusive)
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
        asked = as_of or self.world.now()
        account = {item.id: item for item in self.world.accounts.values()}[account_id]
        ads = self.world.list_ads(account_id, campaign_id)
        if not ads or until < since:
            return []
        trees = self._trees(account, ads)  # takes the world's lock, so never inside our own
        with self._lock:
            parts = [self._campaign_cells(tree, since, until, asked) for tree in trees]
        return self._reported(account, ads, auction.joined(parts), asked)

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

    def truth(self, ad: Ad) -> AdTruth:
        """The hidden rates of an ad, for tests and benchmarks."""
        campaign = self.campaign_truth(self.world.campaigns[ad.campaign_id])
        return ad_truth(self.world.seed, campaign, ad.platform, ad.signature)

    def expected(self, campaign: Campaign, budgets: Floats) -> tuple[Floats, Floats]:
        """Mean spend and mean revenue of an ordinary day by daily budget, for oracles."""
        account = self.world.account(campaign.platform)
        [tree] = self._trees(account, self.world.list_ads(account.id, campaign.id))
        seed = self.world.seed
        return expected.spend_of(seed, tree, budgets), expected.revenue_of(seed, tree, budgets)

    def _trees(self, account: Account, ads: list[Ad]) -> list[Tree]:
        of_campaign: dict[str, list[Ad]] = {}
        for ad in ads:
            of_campaign.setdefault(ad.campaign_id, []).append(ad)
        return [
            Tree(
                self.world.campaigns[key],
                self.world.list_ad_groups(account.id, key),
                own,
                account.time_zone,
                account.currency,
            )
            for key, own in of_campaign.items()
        ]

    def _campaign_cells(self, tree: Tree, since: date, until: date, asked: datetime) -> Cells:
        zone = tree.zone
        since = max(since, delivery.local_day(zone, tree.campaign.created_at))
        today = delivery.local_day(zone, min(asked, self.world.now()))
        parts = []
        if since < today:
            parts.append(self._over(tree, since, min(until + timedelta(1), today)))
        open_from = max(since, today)
        open_days = (min(until, delivery.local_day(zone, asked)) - open_from).days + 1
        if open_days > 0:
            seed = self.world.seed
            parts.append(auction.play(seed, tree, open_from, open_days, asked.timestamp()))
        return auction.joined(parts) if parts else auction.NOTHING

    def _over(self, tree: Tree, first: date, end: date) -> Cells:
        """Finished days from `first` up to but without `end`; kept for the next question."""
        key = tree.campaign.id
        low, high, cells = self._kept.get(key, (first, first, auction.NOTHING))
        if first < low:
            cells, low = auction.joined([self._played(tree, first, low), cells]), first
        if end > high:
            cells, high = auction.joined([cells, self._played(tree, high, end)]), end
        self._kept[key] = (low, high, cells)
        return cells.where((cells.day >= first.toordinal()) & (cells.day < end.toordinal()))

    def _played(self, tree: Tree, first: date, end: date) -> Cells:
        until = delivery.day_start(tree.zone, end)
        return auction.play(self.world.seed, tree, first, (end - first).days, until)

    def _reported(
        self, account: Account, ads: list[Ad], cells: Cells, asked: datetime
    ) -> list[DayRow]:
        cells = cells.where(np.lexsort((cells.ad, cells.day)))
        today = delivery.local_day(account.time_zone, asked).toordinal()
        clicks, spend = late_conversions.clicks_and_spend(cells, today)
        shared = account.platform == "google"
        conversions, revenue = late_conversions.orders_and_revenue(cells, today, shared=shared)
        columns = zip(
            cells.ad.tolist(),
            cells.day.tolist(),
            cells.impressions.tolist(),
            clicks.tolist(),
            conversions.tolist(),
            spend.tolist(),
            revenue.tolist(),
        )
        names = {int(ad.id): (ad.campaign_id, ad.ad_group_id, ad.id) for ad in ads}
        days = {number: date.fromordinal(number) for number in set(cells.day.tolist())}
        return [DayRow(*names[ad], days[day], *rest) for ad, day, *rest in columns]
