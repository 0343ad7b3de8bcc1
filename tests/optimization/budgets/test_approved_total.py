"""The total of a pool is what persons approved for the campaigns that run today."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.models import Campaign
from campaigns.services import set_daily_budget
from campaigns.spend.per_day import approved_per_day
from core.common.money import Money
from core.models import Actor, Advertiser
from optimization.budgets.cut_to_total import propose_cut
from optimization.budgets.pool import pool_campaigns
from optimization.budgets.pool_total import steered_total
from optimization.models import Rebalance
from tests.optimization.live import WORKER, today


def total(advertiser: Advertiser) -> int:
    """In whole units."""
    found = list(pool_campaigns(advertiser, "USD"))
    return steered_total(advertiser, "USD", found).micros // 1_000_000


def moved(campaigns: list[Campaign], *units: int) -> None:
    """As a rebalance left them."""
    for campaign, amount in zip(campaigns, units, strict=True):
        Campaign.objects.filter(pk=campaign.pk).update(daily_budget_micros=amount * 1_000_000)
        campaign.refresh_from_db()


def cut(advertiser: Advertiser) -> Rebalance | None:
    return propose_cut(actor=WORKER, advertiser=advertiser, currency="USD", slot="2026-03-15")


def test_what_workers_moved_does_not_change_it(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    moved(pool, 180, 60, 60)
    assert total(advertiser) == 300
    assert approved_per_day(pool) == {campaign.pk: 100_000_000 for campaign in pool}
    assert cut(advertiser) is None


def test_what_a_person_lowers_by_hand_is_approved_lower(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    set_daily_budget(actor=actor, campaign=pool[0], budget=Money(Decimal(70), "USD"))
    assert total(advertiser) == 270


@pytest.mark.parametrize(
    "left",
    [
        {"wanted": "paused"},
        {"remote": "ended"},
        {"end": "yesterday"},
        {"start": "tomorrow"},
        {"held_out": True},
    ],
)
def test_one_that_ends_pauses_or_leaves_takes_its_part_along_and_the_others_are_cut(
    acting: Advertiser, pool: list[Campaign], left: dict[str, object]
) -> None:
    moved(pool, 20, 130, 150)
    days = {"yesterday": -1, "tomorrow": 1}
    values = {
        key: today(pool[0].account) + timedelta(days=days[str(value)]) if value in days else value
        for key, value in left.items()
    }
    Campaign.objects.filter(pk=pool[0].pk).update(**values)
    assert total(acting) == 200
    made = cut(acting)
    assert made is not None
    # 80.00 are too much; 30.00 and 50.00 of them are above what was approved for each.
    new = dict(made.changes.values_list("campaign_id", "new_micros"))
    assert new == {pool[1].pk: 100_000_000, pool[2].pk: 100_000_000}
    assert made.total_micros == 200_000_000
