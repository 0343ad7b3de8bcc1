"""What a pool may spend a day: the total that a rebalance spreads."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Sum

from campaigns.guardrails import limits
from campaigns.models import Campaign, PublishRequest, Wanted
from core.common import clock, dates
from core.common.money import Money
from core.models import Advertiser
from optimization.models import BudgetProposal, PacingPlan, Rebalance
from optimization.pacing.course import pace_of

CARRIED_FOR = timedelta(hours=50)


def steered_total(advertiser: Advertiser, currency: str, pool: list[Campaign]) -> Money:
    """What the pool may spend a day: the sum of its budgets and what refused raises left unspent,
    or, where a plan steers, what the plan needs a day less the budgets of running campaigns
    outside the pool, but never less than the least budgets together."""
    present = sum((campaign.daily_budget_micros or 0 for campaign in pool), 0)
    present += _left_by_refused_raises(advertiser, currency)
    plan = PacingPlan.objects.filter(
        advertiser=advertiser, currency=currency, steers=True, ended_at=None
    ).first()
    needed = None if plan is None else _needed(plan)
    if needed is None:
        return Money.from_micros(present, currency)
    others = Campaign.objects.filter(
        wanted=Wanted.ACTIVE,
        account__advertiser=advertiser,
        account__currency=currency,
        remote_id__gt="",
    ).exclude(pk__in=[campaign.pk for campaign in pool])
    outside = others.aggregate(n=Sum("daily_budget_micros"))["n"] or 0
    least = sum(limits.known_minimum(campaign.account, campaign).micros for campaign in pool)
    return Money.from_micros(max(needed.micros - outside, least), currency)


def _needed(plan: PacingPlan) -> Money | None:
    """What the plan needs on the advertiser's own day; None outside its days. One that is used up
    needs nothing: the pool then goes to its least budgets."""
    paced = pace_of(plan, dates.today(plan.advertiser.time_zone))
    return paced.needed_per_day if paced.pace.is_running else None


def _left_by_refused_raises(advertiser: Advertiser, currency: str) -> int:
    """Micros that the newest rebalance freed for raises which were then refused, by the gate or by
    the platform: else each refusal would shrink the pool for good. Nothing once a person has
    changed a budget of the pool since."""
    newest = Rebalance.objects.filter(
        advertiser=advertiser,
        currency=currency,
        state=Rebalance.State.APPLIED,
        applied_at__gte=clock.market_now() - CARRIED_FOR,
    ).first()
    if newest is None:
        return 0
    changes = list(newest.changes.select_related("campaign", "request"))
    if any(
        (c.campaign.daily_budget_micros or 0) not in {c.old_micros, c.new_micros} for c in changes
    ):
        return 0
    refused = sum(c.new_micros - c.old_micros for c in changes if _is_refused_raise(c))
    now = sum(c.campaign.daily_budget_micros or 0 for c in changes)
    return max(min(refused, newest.total_micros - now), 0)


def _is_refused_raise(change: BudgetProposal) -> bool:
    sent = change.request is not None and change.request.state == PublishRequest.State.REFUSED
    return change.new_micros > change.old_micros and (
        sent or change.state == BudgetProposal.State.REFUSED
    )
