"""Switchback: control weeks run with the budgets from before the test, the others with optimised
budgets.

Budgets that were only kept in a control week would still contain the earlier moves, and the
comparison would show no difference.
"""

from __future__ import annotations

from datetime import date, timedelta

from core.common import clock
from core.models import Actor, Advertiser, IncrementalityDesign
from optimization.automation.incrementality import is_holdout_week
from optimization.budgets import budget_holds
from optimization.budgets.pool import pool_campaigns
from optimization.budgets.pool_history import budgets_on
from optimization.budgets.rebalance_proposal import (
    OPEN_FOR,
    NothingToMove,
    first_state,
    save_rebalance,
)
from optimization.budgets.steps import steps_towards
from optimization.models import BudgetProposal, Rebalance

_REASON = "Part of the comparison by weeks: this is the budget for this kind of week."


def propose_switchback(
    *, actor: Actor, advertiser: Advertiser, currency: str, slot: str
) -> Rebalance | None:
    """In a control week a step to the budgets at the start of the test; on the first day of an
    optimised week a step to those of the last optimised week. None on all other days.

    Raises NothingToMove in a control week whose budgets are there already.
    """
    day, since = date.fromisoformat(slot), advertiser.proof_since
    if since is None or advertiser.proof != IncrementalityDesign.WEEKS:
        return None
    is_control = is_holdout_week(advertiser, slot)
    monday = day - timedelta(days=day.weekday())
    if not is_control and (day != monday or monday - timedelta(days=7) < since):
        return None
    campaigns = list(pool_campaigns(advertiser, currency))
    if stale := budget_holds.stale_data_holds(campaigns):
        raise NothingToMove(stale[0].sentence)
    by_hand = budget_holds.changed_by_people(campaigns, since)  # what a person decided since stands
    ours = [campaign for campaign in campaigns if campaign.pk not in by_hand]
    target = budgets_on(ours, since if is_control else monday - timedelta(days=8))
    changes = steps_towards(ours, target, _REASON)
    if any(change.old_micros != change.new_micros for change in changes):
        return _save_switchback(actor, advertiser, currency, slot, changes, is_control=is_control)
    if is_control:
        raise NothingToMove("This week is kept as a control week to measure the gain.")
    return None


def _save_switchback(
    actor: Actor,
    advertiser: Advertiser,
    currency: str,
    slot: str,
    changes: list[BudgetProposal],
    *,
    is_control: bool,
) -> Rebalance:
    week = "Control week" if is_control else "Optimised week"
    rebalance = Rebalance(
        advertiser=advertiser,
        currency=currency,
        slot=slot,
        state=first_state(actor, advertiser),
        total_micros=sum(change.old_micros for change in changes),
        note=f"{week} of the comparison.",
        kind=Rebalance.Kind.ALTERNATION,
        expires_at=clock.market_now() + OPEN_FOR,
        asked_by=actor.name[:150],
    )
    return save_rebalance(actor, rebalance, changes)
