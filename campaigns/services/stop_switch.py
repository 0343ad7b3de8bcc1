from __future__ import annotations

from django.db import transaction

from adsengine.common import clock
from adsengine.common.errors import InvalidInput
from adsengine.models import Actor, Advertiser, record


@transaction.atomic
def stop(*, actor: Actor, advertiser: Advertiser, reason: str = "") -> None:
    """Halt creating, enabling and raising for this advertiser, at once."""
    changed = Advertiser.objects.filter(pk=advertiser.pk, stopped_at=None).update(
        stopped_at=clock.wall(),
        stopped_by=actor.name[:150],
        stop_reason=reason.replace("\x00", "")[:200],
    )
    if changed:
        record(actor, "press the stop switch", advertiser, advertiser=advertiser, reason=reason)


@transaction.atomic
def lift_stop(*, actor: Actor, advertiser: Advertiser) -> None:
    """Let changes pass again. Only a person may; the callers check for the approver's role."""
    if actor.is_automatic:
        raise InvalidInput("Only a person can lift the stop switch.", field="actor")
    changed = (
        Advertiser.objects.filter(pk=advertiser.pk)
        .exclude(stopped_at=None)
        .update(stopped_at=None, stopped_by="", stop_reason="")
    )
    if changed:
        record(actor, "lift the stop switch", advertiser, advertiser=advertiser)
