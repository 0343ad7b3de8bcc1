"""What a pool may spend a day: the total that a rebalance spreads."""

from __future__ import annotations

from campaigns.guardrails import limits
from campaigns.models import Campaign, Wanted
from campaigns.spend.per_day import approved_per_day, largest_figures
from core.common import dates
from core.common.money import Money
from core.models import Advertiser
from optimization.models import PacingPlan
from optimization.pacing.course import pace_of


def steered_total(advertiser: Advertiser, currency: str, pool: list[Campaign]) -> Money:
    """What the pool may spend a day: what persons approved for its campaigns, or, where a plan
    steers, what the plan needs a day less the budgets of running campaigns outside the pool, but
    never less than the least budgets together."""
    plan = PacingPlan.objects.filter(
        advertiser=advertiser, currency=currency, steers=True, ended_at=None
    ).first()
    needed = None if plan is None else _needed(plan)
    if needed is None:
        return Money.from_micros(sum(approved_per_day(pool).values()), currency)
    others = Campaign.objects.filter(
        wanted=Wanted.ACTIVE,
        account__advertiser=advertiser,
        account__currency=currency,
        remote_id__gt="",
    ).exclude(pk__in=[campaign.pk for campaign in pool])
    outside = sum(now.per_day for _, now in largest_figures(others.select_related("account")))
    least = sum(limits.known_minimum(campaign.account, campaign).micros for campaign in pool)
    return Money.from_micros(max(needed.micros - outside, least), currency)


def _needed(plan: PacingPlan) -> Money | None:
    """What the plan needs on the advertiser's own day; None outside its days. One that is used up
    needs nothing: the pool then goes to its least budgets."""
    paced = pace_of(plan, dates.today(plan.advertiser.time_zone))
    return paced.needed_per_day if paced.pace.is_running else None
