"""Brings a pool down to what persons approved for it, whatever holds its other moves.

When a campaign ends, is paused or leaves, the total falls by what was approved for it, and what was
moved from it to others is cut.
"""

from __future__ import annotations

from campaigns.guardrails import limits
from campaigns.models import Campaign
from campaigns.spend.group_budgets import step_micros
from campaigns.spend.per_day import approved_per_day
from core.common import clock
from core.common.money import Money
from core.models import Actor, Advertiser
from optimization.budgets.pool import pool_campaigns
from optimization.budgets.rebalance_proposal import OPEN_FOR, first_state, save_rebalance
from optimization.models import BudgetProposal, PacingPlan, Rebalance
from optimization.stored_results.budgets import RebalanceSettings

_REASON = "Down to what was approved: a campaign that this budget came from no longer runs."


def propose_cut(
    *, actor: Actor, advertiser: Advertiser, currency: str, slot: str
) -> Rebalance | None:
    """Cuts alone, of the campaigns above what was approved for each, in proportion; None where the
    pool is within its total, or where a pacing plan sets it."""
    steered = PacingPlan.objects.filter(
        advertiser=advertiser, currency=currency, steers=True, ended_at=None
    )
    if steered.exists():
        return None
    campaigns = list(pool_campaigns(advertiser, currency))
    approved = approved_per_day(campaigns)
    changes = _cuts(campaigns, approved)
    if not any(change.new_micros < change.old_micros for change in changes):
        return None
    total = Money.from_micros(sum(approved.values()), currency)
    cut = Rebalance(
        advertiser=advertiser,
        currency=currency,
        slot=slot,
        state=first_state(actor, advertiser),
        total_micros=total.micros,
        kind=Rebalance.Kind.CUT,
        note="The budgets come to more than persons approved for these campaigns.",
        settings=RebalanceSettings(total=str(total), says=_REASON).to_json(),
        expires_at=clock.market_now() + OPEN_FOR,
        asked_by=actor.name[:150],
    )
    return save_rebalance(actor, cut, changes)


def _cuts(campaigns: list[Campaign], approved: dict[int, int]) -> list[BudgetProposal]:
    now = {campaign.pk: campaign.daily_budget_micros or 0 for campaign in campaigns}
    above = {pk: max(now[pk] - approved[pk], 0) for pk in now}
    over = max(sum(now.values()) - sum(approved.values()), 0)
    all_above = sum(above.values())
    return [_change(c, now[c.pk], over * above[c.pk], all_above) for c in campaigns]


def _change(campaign: Campaign, now: int, share: int, whole: int) -> BudgetProposal:
    """A cut is rounded up to what the platform counts, and never goes below the least budget."""
    unit = step_micros(campaign.account)
    cut = -(-share // (whole * unit)) * unit if share else 0
    least = limits.known_minimum(campaign.account, campaign).micros
    new = max(now - cut, min(least, now))
    state = BudgetProposal.State.PROPOSED if new < now else BudgetProposal.State.KEPT
    return BudgetProposal(
        campaign=campaign, old_micros=now, new_micros=new, reason=_REASON, state=state
    )
