"""The first steps: a limit for everything together, and putting the list of steps away."""

from __future__ import annotations

from django.db import transaction

from core.access import require
from core.common import clock
from core.common.errors import InvalidInput, NotAllowed
from core.common.money import Money
from core.models import Actor, Advertiser, AuditAction, Role, record


@transaction.atomic
def set_daily_total(*, actor: Actor, advertiser: Advertiser, cap: Money) -> None:
    """Cap the sum of all active daily budgets. Raises InvalidInput on `max_daily_total`, and
    NotAllowed below the role admin."""
    if actor.user is None:
        raise NotAllowed("Only a person sets this limit.")
    require(actor.user, advertiser, Role.ADMIN, ceiling=actor.ceiling)
    if cap.currency != advertiser.currency or cap.amount <= 0:
        raise InvalidInput(
            f"Give an amount above zero in {advertiser.currency}.", field="max_daily_total"
        )
    row = Advertiser.objects.select_for_update().get(pk=advertiser.pk)
    old = row.max_daily_total_micros
    before = None if old is None else str(Money.from_micros(old, row.currency))
    Advertiser.objects.filter(pk=row.pk).update(max_daily_total_micros=cap.micros)
    record(
        actor,
        AuditAction.CHANGE_SETTINGS,
        row,
        advertiser=row,
        before={"max_daily_total": before},
        after={"max_daily_total": str(cap)},
    )


@transaction.atomic
def dismiss_onboarding(*, actor: Actor, advertiser: Advertiser) -> None:
    """Show the list of first steps to nobody any more. Doing so twice changes nothing."""
    still = Advertiser.objects.filter(pk=advertiser.pk, setup_dismissed_at=None)
    if still.update(setup_dismissed_at=clock.real_now()):
        record(actor, AuditAction.DISMISS_FIRST_STEPS, advertiser, advertiser=advertiser)
