"""What all proposals share: who may have decided already, taking one, dismissing, expiring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction

from campaigns.models import Campaign
from core.common.errors import AdsEngineError, InvalidMove
from core.models import ActionType, Actor, AuditAction, AuditEntry, Mode, record
from optimization.models import Decision

State = Decision.State
OPEN = frozenset({State.PROPOSED, State.NOTED})
"""What a person may take up: in mode watch findings are noted, and a person may still act."""
MADE = frozenset({State.DONE})


def proposed_state(campaign: Campaign, action: ActionType) -> str:
    """In mode watch a finding is noted and waits for nobody."""
    watching = campaign.account.advertiser.mode_for(action) == Mode.WATCH
    return State.NOTED if watching else State.PROPOSED


def open_or_done(earlier: Iterable[Decision], *, mode: str) -> bool:
    """Whether somebody decided this already. What only expired, or was only noted before the mode
    changed, is open again."""
    passed = [State.EXPIRED] if mode == Mode.WATCH else [State.EXPIRED, State.NOTED]
    return any(decision.state not in passed for decision in earlier)


def create_unless_exists(**values: Any) -> Decision | None:
    """A new decision; None where somebody made the same one at this moment."""
    try:
        with transaction.atomic():
            return Decision.objects.create(**values)
    except IntegrityError:
        return None


def claim_decision(
    actor: Actor, decision: Decision, before: frozenset[State], after: str
) -> Decision:
    """Move a decision on, held until the transaction ends. Raises InvalidMove."""
    rows = Decision.objects.select_for_update(of=("self",))
    rows = rows.select_related("campaign__account__advertiser", "ad", "ad_group", "test")
    found = rows.get(pk=decision.pk)
    if found.state not in before:
        undoing = before == MADE
        raise InvalidMove(
            "Only a change that was made can be undone."
            if undoing
            else "This proposal was decided already.",
            field="state",
        )
    found.state, found.error = after, ""
    found.decided_by = actor.name[:150]
    found.save(update_fields=["state", "decided_by", "error"])
    return found


def refuse(decision: Decision, err: AdsEngineError) -> None:
    """Keep on an open proposal why it could not be done."""
    Decision.objects.filter(pk=decision.pk, state__in=OPEN).update(error=err.user_message[:300])


def expire(decisions: Iterable[Decision]) -> None:
    """Newer figures no longer support these proposals."""
    ids = [decision.pk for decision in decisions]
    if ids:
        Decision.objects.filter(pk__in=ids, state__in=OPEN).update(state=State.EXPIRED)


def mark_undone(actor: Actor, entry: AuditEntry) -> None:
    """A change that a decision made was undone beside the line that tells of it."""
    evidence = entry.evidence if isinstance(entry.evidence, dict) else {}
    made, rebalance = evidence.get("decision"), evidence.get("rebalance")
    if isinstance(made, int):
        found = Decision.objects.filter(pk=made)
    elif isinstance(rebalance, int):
        found = Decision.objects.filter(rebalance=rebalance, campaign=entry.target_id)
    else:
        return
    found.filter(state__in=MADE).update(state=State.UNDONE, decided_by=actor.name[:150])


@transaction.atomic
def dismiss(*, actor: Actor, decision: Decision, reason: str = "") -> Decision:
    """Decline a proposal; the same test does not make it again."""
    found = claim_decision(actor, decision, OPEN, State.DISMISSED)
    advertiser = found.campaign.account.advertiser
    record(actor, AuditAction.DISMISS_PROPOSAL, found, advertiser=advertiser, reason=reason)
    return found
