"""Applies a rebalance: cuts first, raises once the cuts are answered, never over the total."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from campaigns.models import CampaignBudgetChange
from campaigns.services import set_daily_budget
from core.access import require_approver
from core.common import clock
from core.common.errors import AdsEngineError, InvalidInput
from core.common.money import Money
from core.common.transitions import move
from core.jobs import enqueue
from core.models import Actor, ActorKind, AuditAction, record
from optimization.budgets.rebalance_answers import (
    fit_cuts,
    fit_raises,
    record_answers,
    room_for_raises,
)
from optimization.holds.proposed_changes import held_raises, refusals
from optimization.models import REBALANCE_MOVES, BudgetProposal, Decision, Rebalance
from optimization.stored_results.budgets import Evidence

State, Change = Rebalance.State, BudgetProposal.State
APPLY_JOB = "apply_rebalance"


def apply_rebalance(
    *, actor: Actor, rebalance: Rebalance, only: Collection[int] | None = None
) -> Rebalance:
    """Request every change, or those whose ids are in `only`: decreases first, and increases once
    these are answered.

    A refused or left-out decrease reduces the increases, so that the total holds. After a kill
    it resumes where it stopped. Raises InvalidInput on `state` or `changes`.
    """
    if rebalance.state != State.PROPOSED:
        raise InvalidInput(f"This rebalance is {rebalance.get_state_display()}.", field="state")
    require_approver(actor, rebalance.advertiser)
    _check_fresh(rebalance)
    with transaction.atomic():
        move(
            rebalance,
            "state",
            State.APPLYING,
            REBALANCE_MOVES,
            decided_by=actor.name[:150],
            decided_kind=actor.kind,
            decided_user=actor.user,
        )
        left_out = _leave_out(rebalance, only)
        after = {"left_out": left_out} if left_out else {}
        record(
            actor,
            AuditAction.APPLY_REBALANCE,
            rebalance,
            advertiser=rebalance.advertiser,
            after=after,
        )
        enqueue(APPLY_JOB, key=str(rebalance.pk), advertiser=rebalance.advertiser)
    resume(rebalance)
    return rebalance


def _check_fresh(rebalance: Rebalance) -> None:
    if rebalance.expires_at is not None and clock.market_now() >= rebalance.expires_at:
        expire_due()
        raise InvalidInput(
            "This proposal has expired: it rests on older data. Request a new one.",
            field="state",
        )


def _leave_out(rebalance: Rebalance, only: Collection[int] | None) -> list[int]:
    """Mark the changes that a person did not tick as left out; returns their ids."""
    if only is None:
        return []
    waiting = rebalance.changes.filter(state=Change.PROPOSED)
    known = set(waiting.values_list("pk", flat=True))
    if unknown := set(only) - known:
        raise InvalidInput(f"Not a change of this rebalance: {min(unknown)}.", field="changes")
    if not only:
        raise InvalidInput("Tick at least one change, or dismiss the proposal.", field="changes")
    waiting.exclude(pk__in=only).update(state=Change.LEFT_OUT)
    return sorted(known - set(only))


def expire_due() -> int:
    """Close the proposals whose time is over; returns how many that were."""
    over = Rebalance.objects.filter(state=State.PROPOSED, expires_at__lte=clock.market_now())
    return over.update(state=State.EXPIRED, note="Nobody decided in time.")


def resume(rebalance: Rebalance) -> bool:
    """Continue applying as far as possible now; True when it is complete.

    Each change is requested in its own transaction with its row locked, so that the page and the
    worker cannot both request it.
    """
    rebalance.refresh_from_db()
    if rebalance.state != State.APPLYING:
        return True
    kind = ActorKind(rebalance.decided_kind)
    actor = Actor(kind, rebalance.decided_by, rebalance.decided_user)
    _lower(actor, rebalance)
    if not record_answers(rebalance, lower=True) and not _is_late(rebalance):
        return False
    _raise(actor, rebalance)
    with transaction.atomic():
        held = Rebalance.objects.select_for_update(of=("self",)).get(pk=rebalance.pk)
        if held.state == State.APPLYING:
            move(held, "state", State.APPLIED, REBALANCE_MOVES, applied_at=clock.market_now())
    rebalance.refresh_from_db()
    return True


def _lower(actor: Actor, rebalance: Rebalance) -> None:
    """Cuts that pay for a raise which a hold refuses are not made."""
    cuts = _without_held(actor, _proposed_changes(rebalance, lower=True))
    if not cuts:
        return
    for change, budget in zip(cuts, fit_cuts(cuts, held_raises(actor, rebalance)), strict=True):
        if budget == change.old:
            _refuse(change, "Not lowered: the budget that it pays for is not raised now.")
        else:
            _request_change(actor, change, budget)


def _raise(actor: Actor, rebalance: Rebalance) -> None:
    raises = _proposed_changes(rebalance, lower=False)
    if _is_late(rebalance):
        late = "The cuts were not answered in time: a raise now would rest on old figures."
        for change in raises:
            _refuse(change, late)
        return
    raises = _without_held(actor, raises)
    for change, budget in zip(raises, fit_raises(raises, room_for_raises(rebalance)), strict=True):
        _request_change(actor, change, budget)


def _without_held(actor: Actor, changes: list[BudgetProposal]) -> list[BudgetProposal]:
    """The changes without those that a hold refuses, which began after the proposal."""
    held = refusals(actor, changes)
    for change in changes:
        if change.pk in held:
            _refuse(change, held[change.pk])
    return [change for change in changes if change.pk not in held]


def _refuse(change: BudgetProposal, why: str) -> None:
    BudgetProposal.objects.filter(pk=change.pk, state=Change.PROPOSED).update(
        state=Change.REFUSED, error=why[:300]
    )


def _is_late(rebalance: Rebalance) -> bool:
    return rebalance.expires_at is not None and clock.market_now() >= rebalance.expires_at


def _proposed_changes(rebalance: Rebalance, *, lower: bool) -> list[BudgetProposal]:
    changes = rebalance.changes.filter(state=Change.PROPOSED).select_related(
        "campaign__account__advertiser", "rebalance__advertiser"
    )
    return [c for c in changes if (c.new_micros < c.old_micros) == lower]


def _request_change(actor: Actor, change: BudgetProposal, budget: Money) -> None:
    """Request one change; a refusal is stored on it and does not stop the others."""
    if budget.micros == change.old_micros:  # refused decreases left no room for this raise
        kept = {"state": Change.KEPT, "new_micros": budget.micros}
        BudgetProposal.objects.filter(pk=change.pk, state=Change.PROPOSED).update(**kept)
        return
    try:
        with transaction.atomic():
            _request_once(actor, change, budget)
    except AdsEngineError as err:
        _refuse(change, err.user_message)


def _request_once(actor: Actor, change: BudgetProposal, budget: Money) -> None:
    held = BudgetProposal.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if held.state != Change.PROPOSED:  # another worker requested it, or a person dismissed it
        return
    campaign = change.campaign
    if campaign.held_out:
        raise InvalidInput("The campaign is kept out as a control group now.")
    request = set_daily_budget(
        actor=actor,
        campaign=campaign,
        budget=budget,
        reason=change.reason,
        evidence={"rebalance": change.rebalance_id, "binding": change.binding},
        expected=change.old,
        restores=change.rebalance.undoes_id is not None,
        origin=CampaignBudgetChange.Origin.REBALANCE,
    )
    if request is None:
        raise InvalidInput("The budget has that value already.")
    _record_decision(actor, change, budget)
    BudgetProposal.objects.filter(pk=change.pk).update(
        state=Change.ASKED, new_micros=budget.micros, request=request
    )


def _record_decision(actor: Actor, change: BudgetProposal, budget: Money) -> None:
    raised = budget.micros > change.old_micros
    Decision.objects.create(
        campaign=change.campaign,
        action=Decision.Action.INCREASE if raised else Decision.Action.DECREASE,
        state=Decision.State.DONE,
        reason=change.reason,
        decided_by=actor.name[:150],
        rebalance=change.rebalance,
        old_micros=change.old_micros,
        new_micros=budget.micros,
        evidence=Evidence(
            rebalance=change.rebalance_id,
            old_micros=change.old_micros,
            new_micros=change.new_micros,
            expected_change_micros=change.expected_change_micros,
        ).to_json(),
        market_at=clock.market_now(),
    )


@transaction.atomic
def dismiss_rebalance(*, actor: Actor, rebalance: Rebalance, reason: str = "") -> Rebalance:
    """Decline a proposal, or stop one that is being applied: changes not requested yet are left
    out; requested cuts can be undone one by one."""
    was_applying = rebalance.state == State.APPLYING
    move(rebalance, "state", State.DISMISSED, REBALANCE_MOVES, decided_by=actor.name[:150])
    if was_applying:
        rebalance.changes.filter(state=Change.PROPOSED).update(state=Change.LEFT_OUT)
    record(
        actor,
        AuditAction.DISMISS_REBALANCE,
        rebalance,
        advertiser=rebalance.advertiser,
        reason=reason,
    )
    return rebalance
