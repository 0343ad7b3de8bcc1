"""Live campaigns with the same figures every day, and the workers' passes over them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from campaigns.models import Ad, AdGroup, Campaign
from campaigns.sync.metric_store import MetricValues, store_metrics
from core.common import clock, dates
from core.models import Actor, ActorKind, Advertiser
from optimization.models import BudgetProposal, Rebalance, Run
from optimization.worker_runs import optimize_run, slots
from optimization.worker_runs.rebalance_run import rebalance_advertiser
from platforms.models import AdAccount
from tests.campaigns.publishing.launched import approved

WORKER = Actor(ActorKind.WORKER, "optimiser")
DAYS = 20


def today(account: AdAccount) -> date:
    return dates.today(account.time_zone)


def make_campaign(account: AdAccount, number: int, ads: int = 2) -> Campaign:
    campaign = Campaign.objects.create(
        account=account,
        name=f"Campaign {number}",
        remote_id=str(900 + number),
        wanted="active",
        remote="active",
        daily_budget_micros=100_000_000,
        start=today(account) - timedelta(days=DAYS),
    )
    group = AdGroup.objects.create(
        campaign=campaign, name="All", remote_id=f"g{number}", wanted="active", remote="active"
    )
    for i in range(ads):
        Ad.objects.create(
            ad_group=group,
            name=f"Ad {i}",
            remote_id=f"{number}-{i}",
            wanted="active",
            remote="active",
        )
    approved(campaign)
    return campaign


def fill(campaign: Campaign, clicks: list[int], revenue: int = 200, days: int = DAYS) -> None:
    """The same figures every day: 10,000 impressions and 50.00 spent per ad, `clicks` by ad."""
    ads = list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))
    rows = []
    for back in range(1, days + 1):
        day = today(campaign.account) - timedelta(days=back)
        swing = 1 + (back % 3)
        for ad, count in zip(ads, clicks, strict=True):
            rows.append(values(campaign, ad, day, count + swing, 50, revenue // len(ads)))
        rows.append(values(campaign, None, day, sum(clicks) + 2 * swing, 100, revenue))
    store_metrics(campaign.account, rows, seen_at=clock.market_now())


def values(
    campaign: Campaign, ad: Ad | None, day: date, clicks: int, spend: int, revenue: int
) -> MetricValues:
    return MetricValues(
        level="ad" if ad else "campaign",
        campaign_id=campaign.pk,
        ad_id=ad.pk if ad else None,
        day=day,
        impressions=10_000 if ad else 20_000,
        clicks=clicks,
        conversions=Decimal(clicks) / 20,
        spend_micros=spend * 1_000_000,
        revenue_micros=revenue * 1_000_000,
    )


def passed(advertiser: Advertiser, slot: str = "a") -> Run:
    """The four-hour pass, one batch after the other."""
    run = optimize_run.start_run(advertiser, slot)
    for _, ids in list(optimize_run.batches(run)):
        optimize_run.work_batch(run, ids, lambda: None)
    run.refresh_from_db()
    return run


def rebalanced(advertiser: Advertiser) -> Run:
    """Today's rebalance, as of noon: before three o'clock none is due."""
    with clock.freeze(clock.market_now().replace(hour=17)):
        slot = slots.rebalance_slot(advertiser, clock.market_now())
        assert slot is not None
        return rebalance_advertiser(advertiser, slot)


def moved(advertiser: Advertiser, campaigns: list[Campaign], days_ago: int) -> Rebalance:
    """A rebalance that took 40.00 from the first and gave it to the second, that long ago."""
    at = clock.market_now() - timedelta(days=days_ago)
    rebalance = Rebalance.objects.create(
        advertiser=advertiser,
        currency="USD",
        state="applied",
        total_micros=300_000_000,
        market_at=at,
        applied_at=at,
        asked_by="optimiser",
    )
    for campaign, new in zip(campaigns[:2], (60_000_000, 140_000_000), strict=True):
        BudgetProposal.objects.create(
            rebalance=rebalance,
            campaign=campaign,
            old_micros=100_000_000,
            new_micros=new,
            state="asked",
            details={
                "predicted": {"low": 180.0, "mean": 200.0, "high": 220.0},
                "predicted_days": 1,
            },
        )
        Campaign.objects.filter(pk=campaign.pk).update(daily_budget_micros=new)
        campaign.refresh_from_db()
    return rebalance
