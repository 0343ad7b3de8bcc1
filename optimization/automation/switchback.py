"""Alternating weeks as proof: quiet weeks run with the budgets of before, the others with ours.

Merely not moving anything in a quiet week would leave the gain of earlier moves in it, and the
comparison would show nothing.
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

_REASON = "Part of the comparison by weeks: back to the budget of its kind of week."


def propose_switchback(
    *, actor: Actor, advertiser: Advertiser, currency: str, slot: str
) -> Rebalance | None:
    """In a quiet week the way back to the budgets at the start of the comparison; on the first
    day of the other weeks the way to those of the last one. None on all other days.

    Raises NothingToMove in a quiet week that has arrived there.
    """
    day, since = date.fromisoformat(slot), advertiser.proof_since
    if since is None or advertiser.proof != IncrementalityDesign.WEEKS:
        return None
    quiet = is_holdout_week(advertiser, slot)
    monday = day - timedelta(days=day.weekday())
    if not quiet and (day != monday or monday - timedelta(days=7) < since):
        return None
    campaigns = list(pool_campaigns(advertiser, currency))
    if stale := budget_holds.stale_figures(campaigns):
        raise NothingToMove(stale[0].sentence)
    by_hand = budget_holds.changed_by_people(campaigns, since)  # what a person decided since stands
    ours = [campaign for campaign in campaigns if campaign.pk not in by_hand]
    target = budgets_on(ours, since if quiet else monday - timedelta(days=8))
    changes = steps_towards(ours, target, _REASON)
    if any(change.old_micros != change.new_micros for change in changes):
        return _kept(actor, advertiser, currency, slot, changes, quiet=quiet)
    if quiet:
        raise NothingToMove("This week is kept as a control week to measure the gain.")
    return None


def _kept(
    actor: Actor,
    advertiser: Advertiser,
    currency: str,
    slot: str,
    changes: list[BudgetProposal],
    *,
    quiet: bool,
) -> Rebalance:
    week = "A quiet week" if quiet else "A week of ours"
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
