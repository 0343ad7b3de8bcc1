"""Undo of one recorded change, a worker's or a person's, through the same services and checks."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from campaigns.models import Ad, AdGroup
from campaigns.publishing.changes import (
    set_ad_group_status,
    set_ad_status,
    set_daily_budget,
    set_status,
)
from campaigns.restoring.offers import BudgetBack, StatusBack, ways_back
from core.common.errors import InvalidMove
from core.models import Actor, AuditEntry

Listener = Callable[[Actor, AuditEntry], None]
_listeners: list[Listener] = []


def register_restored(listener: Listener) -> Listener:
    """Tell an app above this one of what was undone, in the same transaction; call it once, in
    `ready`."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def restore_change(*, actor: Actor, entry: AuditEntry) -> None:
    """Bring back what the entry changed. Raises InvalidMove where it was changed since, and what
    the services raise: NotAllowed, GuardrailExceeded, InvalidInput. Then nothing has changed."""
    with transaction.atomic():
        back = ways_back([entry]).get(entry.pk)
        if back is None:
            raise InvalidMove(
                "This was changed again since, or cannot be undone: change it by hand.",
                field="change",
            )
        _apply(actor, entry, back)
        for listener in _listeners:
            listener(actor, entry)


def _apply(actor: Actor, entry: AuditEntry, back: BudgetBack | StatusBack) -> None:
    reason, evidence = f"Undo: {entry.reason or entry.action}"[:500], {"undoes": entry.pk}
    if isinstance(back, BudgetBack):
        set_daily_budget(
            actor=actor,
            campaign=back.campaign,
            budget=back.back,
            expected=back.now,
            restores=True,
            reason=reason,
            evidence=evidence,
        )
    elif isinstance(back.part, Ad):
        set_ad_status(actor=actor, ad=back.part, to=back.back, reason=reason, evidence=evidence)
    elif isinstance(back.part, AdGroup):
        set_ad_group_status(
            actor=actor, ad_group=back.part, to=back.back, reason=reason, evidence=evidence
        )
    else:
        set_status(actor=actor, campaign=back.part, to=back.back, reason=reason, evidence=evidence)
