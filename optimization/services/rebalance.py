from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from adsengine.common import clock, dates
from adsengine.common.errors import AdsEngineError, InvalidInput
from adsengine.common.money import MICROS, Money, floor_to_minor
from adsengine.common.transitions import move
from adsengine.jobs import enqueue
from adsengine.models import Actor, Advertiser, record
from campaigns.models import Campaign, PublishRequest
from campaigns.services import set_daily_budget
from optimization.models import REBALANCE_MOVES, BudgetChange, Decision, Rebalance
from optimization.pool import allocation_inputs, pool_campaigns
from optimization.stats.budget import allocate
from optimization.stats.budget_results import Allocation, InfeasibleBudget

State = Rebalance.State
APPLY_JOB = "apply_rebalance"


def propose_rebalance(
    *, actor: Actor, advertiser: Advertiser, currency: str, slot: str = ""
) -> Rebalance | None:
    """Compute a split of today's total and keep it as a proposal. None when nothing would move.

    Open proposals of the pool expire: they were made of older figures. Raises InvalidInput when
    the limits leave no split.
    """
    campaigns = list(pool_campaigns(advertiser, currency))
    if len(campaigns) < 2:
        return None
    total = sum((c.daily_budget_micros or 0 for c in campaigns), 0)
    result = _allocate(campaigns, total, currency, advertiser)
    changes = _changes(campaigns, result)
    with transaction.atomic():
        _expire(advertiser, currency)
        if not any(change.old_micros != change.new_micros for change in changes):
            return None
        rebalance = Rebalance.objects.create(
            advertiser=advertiser,
            currency=currency,
            slot=slot,
            total_micros=total,
            unallocated_micros=int(result.unallocated * MICROS),
            expected_gain_micros=_gain(result),
            asked_by=actor.name[:150],
        )
        for change in changes:
            change.rebalance = rebalance
        BudgetChange.objects.bulk_create(changes)
        record(actor, "propose rebalance", rebalance, advertiser=advertiser)
    return rebalance


def _allocate(
    campaigns: list[Campaign], total: int, currency: str, advertiser: Advertiser
) -> Allocation:
    amount = Money.from_micros(total, currency).amount
    try:
        return allocate(
            amount,
            allocation_inputs(campaigns),
            currency=currency,
            as_of=dates.today(advertiser.time_zone),
        )
    except InfeasibleBudget as err:
        raise InvalidInput(str(err), field="total_budget") from err


def _changes(campaigns: list[Campaign], result: Allocation) -> list[BudgetChange]:
    details = {row.id: row for row in result.campaigns}
    changes = []
    for campaign in campaigns:
        row = details[campaign.pk]
        new = int(result.amounts[campaign.pk] * MICROS)
        old = campaign.daily_budget_micros or 0
        changes.append(
            BudgetChange(
                campaign=campaign,
                old_micros=old,
                new_micros=new,
                reason=result.reasons[campaign.pk][:500],
                binding=row.binding,
                expected_change_micros=_micros(row.expected_revenue_change),
                state=BudgetChange.State.PROPOSED if new != old else BudgetChange.State.KEPT,
            )
        )
    return changes


def _micros(value: float | None) -> int | None:
    return None if value is None else round(value * MICROS)


def _gain(result: Allocation) -> int | None:
    known = [
        r.expected_revenue_change for r in result.campaigns if r.expected_revenue_change is not None
    ]
    return _micros(sum(known)) if known else None


def _expire(advertiser: Advertiser, currency: str) -> None:
    Rebalance.objects.filter(advertiser=advertiser, currency=currency, state=State.PROPOSED).update(
        state=State.EXPIRED, note="A newer proposal replaced it."
    )


def apply_rebalance(*, actor: Actor, rebalance: Rebalance) -> Rebalance:
    """Ask for every change: decreases first, and increases once these are settled.

    A refused decrease, whether by the gate or by the platform, shrinks the increases, so that the
    total holds. Started again after a kill it goes on where it stood.
    """
    if rebalance.state != State.PROPOSED:
        raise InvalidInput(f"This rebalance is {rebalance.get_state_display()}.", field="state")
    with transaction.atomic():
        move(
            rebalance,
            "state",
            State.APPLYING,
            REBALANCE_MOVES,
            decided_by=actor.name[:150],
            decided_kind=actor.kind,
        )
        record(actor, "apply rebalance", rebalance, advertiser=rebalance.advertiser)
        enqueue(APPLY_JOB, key=str(rebalance.pk), advertiser=rebalance.advertiser)
    go_on(rebalance)
    return rebalance


@transaction.atomic
def go_on(rebalance: Rebalance) -> bool:
    """Take an application as far as it can go now; True when it is complete. The row is held, so
    that the page and the worker do not both ask for the same change."""
    locked = Rebalance.objects.select_for_update(of=("self",)).get(pk=rebalance.pk)
    rebalance.state = locked.state
    if locked.state != State.APPLYING:
        return True
    actor = Actor(locked.decided_kind, locked.decided_by)  # type: ignore[arg-type]
    for change in _ordered(locked, lower=True):
        _ask(actor, change, change.new)
    if not _decreases_settled(locked):
        return False
    raises = _ordered(locked, lower=False)
    scale = _scale(raises, _room(locked))
    for change in raises:
        _ask(actor, change, _scaled(change, scale))
    move(rebalance, "state", State.APPLIED, REBALANCE_MOVES)
    return True


def _decreases_settled(rebalance: Rebalance) -> bool:
    """Whether the platform answered on each decrease; its refusals are noted on the way."""
    asked = rebalance.changes.filter(state=BudgetChange.State.ASKED, new_micros__lt=F("old_micros"))
    for change in asked.select_related("request"):
        request = change.request
        if request is None or request.state == PublishRequest.State.DONE:
            continue
        if request.state in PublishRequest.OPEN:
            return False
        BudgetChange.objects.filter(pk=change.pk).update(
            state=BudgetChange.State.REFUSED, error=request.error[:300]
        )
    return True


def _ordered(rebalance: Rebalance, *, lower: bool) -> list[BudgetChange]:
    changes = rebalance.changes.filter(state=BudgetChange.State.PROPOSED).select_related(
        "campaign__account__advertiser", "rebalance"
    )
    return [c for c in changes if (c.new_micros < c.old_micros) == lower]


def _room(rebalance: Rebalance) -> int:
    """Micros that the total still leaves for increases: what was freed, less what was raised."""
    changes = list(rebalance.changes.all())
    planned = sum(c.new_micros for c in changes)
    unfreed = sum(
        c.old_micros - c.new_micros
        for c in changes
        if c.state == BudgetChange.State.REFUSED and c.new_micros < c.old_micros
    )
    raised = sum(max(c.new_micros - c.old_micros, 0) for c in changes)
    spare = rebalance.total_micros - planned
    return max(raised + min(spare, 0) - unfreed, 0)


def _scale(raises: list[BudgetChange], room: int) -> Decimal:
    wanted = sum(c.new_micros - c.old_micros for c in raises)
    return min(Decimal(1), Decimal(room) / wanted) if wanted else Decimal(1)


def _scaled(change: BudgetChange, scale: Decimal) -> Money:
    step = int((change.new_micros - change.old_micros) * scale)
    currency = change.rebalance.currency
    return Money.from_micros(floor_to_minor(change.old_micros + step, currency), currency)


def _ask(actor: Actor, change: BudgetChange, budget: Money) -> None:
    """One change through the gate; its refusal is kept and the others go on."""
    campaign = change.campaign
    if budget.micros == change.old_micros:  # refused decreases left no room for this raise
        kept = {"state": BudgetChange.State.KEPT, "new_micros": budget.micros}
        BudgetChange.objects.filter(pk=change.pk).update(**kept)
        return
    try:
        with transaction.atomic():
            if campaign.daily_budget_micros != change.old_micros:
                raise InvalidInput("The budget was changed since this proposal was made.")
            request = set_daily_budget(
                actor=actor,
                campaign=campaign,
                budget=budget,
                reason=change.reason,
                evidence={"rebalance": change.rebalance_id, "binding": change.binding},
            )
            if request is None:
                raise InvalidInput("The budget is that already.")
            _note(actor, change, budget)
            BudgetChange.objects.filter(pk=change.pk).update(
                state=BudgetChange.State.ASKED, new_micros=budget.micros, request=request
            )
    except AdsEngineError as err:
        BudgetChange.objects.filter(pk=change.pk).update(
            state=BudgetChange.State.REFUSED, error=err.user_message[:300]
        )


def _note(actor: Actor, change: BudgetChange, budget: Money) -> None:
    raised = budget.micros > change.old_micros
    Decision.objects.create(
        campaign=change.campaign,
        action=Decision.Action.INCREASE if raised else Decision.Action.DECREASE,
        state=Decision.State.DONE,
        reason=change.reason,
        decided_by=actor.name[:150],
        evidence=_evidence(change),
        market_at=clock.now(),
    )


def _evidence(change: BudgetChange) -> dict[str, Any]:
    return {
        "rebalance": change.rebalance_id,
        "old_micros": change.old_micros,
        "new_micros": change.new_micros,
        "expected_change_micros": change.expected_change_micros,
    }


@transaction.atomic
def dismiss_rebalance(*, actor: Actor, rebalance: Rebalance, reason: str = "") -> Rebalance:
    move(rebalance, "state", State.DISMISSED, REBALANCE_MOVES, decided_by=actor.name[:150])
    record(actor, "dismiss rebalance", rebalance, advertiser=rebalance.advertiser, reason=reason)
    return rebalance
