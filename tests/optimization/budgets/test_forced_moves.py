"""A proposal is expected to gain, or says which limit forces it and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, DailyMetric
from campaigns.sync.metric_store import store_metrics
from core.common import clock
from core.models import Actor, Advertiser
from optimization import services
from optimization.models import Rebalance
from tests.campaigns.publishing.launched import approved
from tests.optimization.live import DAYS, today, values


def propose(advertiser: Advertiser, actor: Actor) -> Rebalance:
    return services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")


def test_a_cut_that_a_ceiling_forces_is_said_to_be_forced_and_promises_no_gain(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    """Each earns the same but the best one, which is above its own ceiling."""
    Campaign.objects.filter(pk__in=[c.pk for c in pool[1:]]).update(ceiling_micros=100_000_000)
    Campaign.objects.filter(pk=pool[0].pk).update(ceiling_micros=60_000_000)
    rebalance = propose(advertiser, actor)
    settings = rebalance.computed_with
    assert settings is not None
    assert settings.forced == ("1 budget is above its ceiling",)
    assert "this is expected to cost" in settings.says
    assert rebalance.expected_gain_micros is None
    assert rebalance.gain_low_micros is None


def refill(campaign: Campaign, spend: int, revenue: int) -> None:
    """The same spend and revenue every day, and a budget that equals the spend."""
    days = [today(campaign.account) - timedelta(days=back) for back in range(1, DAYS + 1)]
    rows = [values(campaign, None, day, 300, spend, revenue) for day in days]
    store_metrics(campaign.account, rows, seen_at=clock.market_now())
    Campaign.objects.filter(pk=campaign.pk).update(daily_budget_micros=spend * 1_000_000)
    campaign.refresh_from_db()
    approved(campaign)


def test_a_split_that_is_expected_to_lose_is_not_proposed(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    """The best one has more than the usual half of the money, and earns most of it."""
    for campaign, (spend, revenue) in zip(pool, ((100, 500), (10, 5), (10, 5)), strict=True):
        refill(campaign, spend, revenue)
    with pytest.raises(services.NothingToMove, match="Nothing to move: no move "):
        propose(advertiser, actor)
    assert Rebalance.objects.count() == 0


def test_a_large_order_that_would_have_decided_is_said_where_nothing_moves(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    for campaign in pool:
        refill(campaign, 100, 200)
    row = DailyMetric.objects.filter(campaign=pool[0], level="campaign").order_by("-day")[8]
    DailyMetric.objects.filter(pk=row.pk).update(revenue_micros=40_000_000_000)
    with pytest.raises(services.NothingToMove) as refused:
        propose(advertiser, actor)
    said = refused.value.user_message
    assert said.startswith("Nothing to move: no move ")
    assert f"{row.day:%-d %B}" in said
    assert "40,000.00" in said
    assert Rebalance.objects.count() == 0
