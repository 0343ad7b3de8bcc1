"""Taking rebalances back: one on a person's word, or a week's moves that earned too little."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from campaigns.models import Campaign
from core.common import clock, dates
from core.common.errors import InvalidMove
from core.common.money import MICROS
from core.models import Actor, Advertiser, Incident
from optimization.budgets import budget_holds
from optimization.budgets.pool import allocation_inputs, pool_campaigns
from optimization.budgets.rebalance import apply_rebalance
from optimization.budgets.rebalance_proposal import OPEN_FOR, first_state, save_rebalance
from optimization.budgets.steps import steps_towards
from optimization.models import BudgetProposal, Rebalance
from optimization.stats.budget.budget_holds import RollBack, roll_back_test
from optimization.stored_results.budgets import RebalanceSettings

State = Rebalance.State
_REASON = "Back towards the budget of before, because moving it away did not pay."
JUDGED_DAYS = 7
LAG_DAYS = 2


def undo_rebalance(*, actor: Actor, rebalance: Rebalance) -> Rebalance:
    """Bring the budgets of before back, where nobody changed them since: a rebalance of its own,
    applied at once with cuts before raises. Raises InvalidMove, NotAllowed."""
    if rebalance.state != State.APPLIED:
        raise InvalidMove("Only a rebalance that was applied can be undone.", field="state")
    earlier = rebalance.undone_by.exclude(state__in=[State.DISMISSED, State.EXPIRED]).first()
    if earlier is not None and earlier.state == State.PROPOSED:
        return apply_rebalance(actor=actor, rebalance=earlier)  # it died before it was applied
    if earlier is not None:
        raise InvalidMove("This rebalance was undone already.", field="state")
    made = rebalance.changes.filter(state=BudgetProposal.State.ASKED).select_related("campaign")
    changes = [_reverse_change(c) for c in made if c.campaign.daily_budget_micros == c.new_micros]
    if not changes:
        raise InvalidMove("All its budgets were changed since; nothing is left to undo.")
    back = Rebalance(
        advertiser=rebalance.advertiser,
        currency=rebalance.currency,
        total_micros=_remaining_total(rebalance, changes),
        kind=Rebalance.Kind.UNDO,
        undoes=rebalance,
        note=f"Undoes {rebalance.in_words}."[:300],
        expires_at=clock.market_now() + OPEN_FOR,
        asked_by=actor.name[:150],
    )
    return apply_rebalance(actor=actor, rebalance=save_rebalance(actor, back, changes))


def _remaining_total(rebalance: Rebalance, changes: list[BudgetProposal]) -> int:
    """What the rebalance's total leaves for these campaigns beside its others as they are now."""
    ids = {change.campaign_id for change in changes}
    others = [c for c in rebalance.changes.select_related("campaign") if c.campaign_id not in ids]
    total = sum(c.old_micros for c in rebalance.changes.all())
    return max(total - sum(c.campaign.daily_budget_micros or 0 for c in others), 0)


def _reverse_change(change: BudgetProposal) -> BudgetProposal:
    return BudgetProposal(
        campaign=change.campaign,
        old_micros=change.new_micros,
        new_micros=change.old_micros,
        reason=f"Undo: {change.reason}"[:500],
    )


def propose_roll_back(
    *, actor: Actor, advertiser: Advertiser, currency: str, slot: str
) -> Rebalance | None:
    """The way back to the budgets of a week ago, where what was moved since then earned less
    than keeping them would have; None where it did not. Each step is within the step limit, and
    the total is held."""
    campaigns = list(pool_campaigns(advertiser, currency))
    if budget_holds.stale_data_holds(campaigns):
        return None
    today = dates.today(advertiser.time_zone)
    changed_on = today - timedelta(days=JUDGED_DAYS + LAG_DAYS)
    old = _budgets_before(advertiser, currency, changed_on)
    if not old:
        return None
    found = _evaluate_moves(campaigns, old, changed_on, today, currency)
    if not found.roll_back:
        return None
    by_hand = budget_holds.changed_by_people(campaigns, changed_on)
    ours = [campaign for campaign in campaigns if campaign.pk not in by_hand]
    changes = steps_towards(ours, old, _REASON)
    if not any(change.old_micros != change.new_micros for change in changes):
        return None
    back = Rebalance(
        advertiser=advertiser,
        currency=currency,
        slot=slot,
        state=first_state(actor, advertiser),
        total_micros=sum(change.old_micros for change in changes),
        note="The moves of the last week earned less than keeping the budgets.",
        kind=Rebalance.Kind.ROLL_BACK,
        settings=RebalanceSettings(says=found.reason).to_json(),
        expires_at=clock.market_now() + OPEN_FOR,
        asked_by=actor.name[:150],
    )
    _open_incident(advertiser, currency, found)
    return save_rebalance(actor, back, changes)


def _budgets_before(advertiser: Advertiser, currency: str, day: date) -> dict[int, int]:
    """Campaign id to its budget before the first move that was made on `day` or after; empty
    when none was made, or when they were rolled back already."""
    since = clock.market_now() - timedelta(days=JUDGED_DAYS + LAG_DAYS + 1)
    applied = Rebalance.objects.filter(
        advertiser=advertiser, currency=currency, state=State.APPLIED, applied_at__gte=since
    )
    if applied.filter(kind=Rebalance.Kind.ROLL_BACK).exists():
        return {}
    zone = advertiser.time_zone
    first = applied.order_by("applied_at").values_list("applied_at", flat=True).first()
    if first is None or dates.today(zone, first) > day:
        return {}
    asked = BudgetProposal.objects.filter(
        rebalance__in=applied, state=BudgetProposal.State.ASKED
    ).order_by("rebalance_id")
    old: dict[int, int] = {}
    for campaign, micros in asked.values_list("campaign_id", "old_micros"):
        old.setdefault(campaign, micros)
    return old


def _evaluate_moves(
    campaigns: list[Campaign], old: dict[int, int], changed_on: date, today: date, currency: str
) -> RollBack:
    budgets: dict[str | int, Decimal] = {
        c.pk: Decimal(old.get(c.pk, c.daily_budget_micros or 0)) / MICROS for c in campaigns
    }
    return roll_back_test(
        allocation_inputs(campaigns),
        budgets,
        changed_on=changed_on,
        as_of=today,
        currency=currency,
    )


def _open_incident(advertiser: Advertiser, currency: str, found: RollBack) -> None:
    Incident.open(
        advertiser,
        f"roll_back:{currency}",
        title=f"Budget moves in {currency} earned less than keeping the budgets",
        detail=found.reason,
        at_stake="Revenue at the same spend fell below what keeping the budgets promised.",
        next_step="In mode act they are taken back; else apply the proposal. Then check what "
        "changed on the site or in the market.",
        url=f"/a/{advertiser.slug}/optimisation/",
    )
