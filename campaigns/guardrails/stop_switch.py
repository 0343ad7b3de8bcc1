"""Presses and lifts the stop switches of an advertiser and its platforms."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.common import clock
from core.common.errors import InvalidInput
from core.models import Actor, Advertiser, AuditAction, record
from core.retries import retried_on_deadlock
from platforms.models import Platform, PlatformLimits


@retried_on_deadlock
@transaction.atomic
def stop(*, actor: Actor, advertiser: Advertiser, reason: str = "", platform: str = "") -> None:
    """Halt creating, enabling and raising for this advertiser, at once; with a platform, on that
    platform alone. Raises InvalidInput on `platform`."""
    changed = _switch(advertiser, platform).filter(stopped_at=None)
    values = {
        "stopped_at": clock.real_now(),
        "stopped_by": actor.name[:150],
        "stop_reason": reason.replace("\x00", "")[:200],
    }
    if changed.update(**values):
        _note(actor, AuditAction.PRESS_STOP_SWITCH, advertiser, platform, reason)


@retried_on_deadlock
@transaction.atomic
def lift_stop(*, actor: Actor, advertiser: Advertiser, platform: str = "") -> None:
    """Let changes pass again. Only a person may; the callers check for the approver's role."""
    if actor.is_automatic:
        raise InvalidInput("Only a person can lift the stop switch.", field="actor")
    changed = _switch(advertiser, platform).exclude(stopped_at=None)
    if changed.update(stopped_at=None, stopped_by="", stop_reason=""):
        _note(actor, AuditAction.LIFT_STOP_SWITCH, advertiser, platform, "")


def _switch(advertiser: Advertiser, platform: str) -> QuerySet[Any]:
    """The row that carries the switch."""
    if not platform:
        return Advertiser.objects.filter(pk=advertiser.pk)
    if platform not in set(Platform.values) - {Platform.IMPORT}:
        raise InvalidInput(f"{platform!r} has no stop switch of its own.", field="platform")
    row, _ = PlatformLimits.objects.get_or_create(advertiser=advertiser, platform=platform)
    return PlatformLimits.objects.filter(pk=row.pk)


def _note(
    actor: Actor, action: AuditAction, advertiser: Advertiser, platform: str, reason: str
) -> None:
    after = {"platform": platform} if platform else {}
    record(actor, action, advertiser, advertiser=advertiser, after=after, reason=reason)
