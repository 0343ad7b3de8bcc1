"""The end of one attempt to send a change: done, refused, or open again. Compare-and-swap."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from campaigns import publish_audit
from campaigns.models import PublishRequest
from campaigns.publishing import publish_incidents, publish_operations
from campaigns.publishing.refusals import refusal_of
from core.common import clock
from core.common.errors import AdsEngineError
from core.jobs import Postponed
from core.models import Actor, ActorKind, record

log = logging.getLogger(__name__)
State = PublishRequest.State
PUBLISHER = Actor(ActorKind.SYSTEM, "publisher")
_NO_ERROR: dict[str, Any] = {"refusal": "", "error": "", "error_code": "", "error_field": ""}


class Busy(Postponed):
    """Another worker is at this campaign's outbox."""

    code = "busy"


def settle(
    request: PublishRequest, state: str, err: AdsEngineError | None = None, **more: object
) -> None:
    """Move the request to `state`, with what the error says. Raises Busy if another worker did."""
    values: dict[str, object] = {"state": state, "lease_until": None, **more}
    if err is not None:
        values |= {
            "refusal": refusal_of(err),
            "error": publish_incidents.with_vendor_message(err),
            "error_code": err.code,
            "error_field": err.field or "",
        }
    mine = PublishRequest.objects.filter(
        pk=request.pk, state=request.state, attempts=request.attempts
    )
    changed = mine.update(**values)
    request.refresh_from_db()
    if not changed:
        raise Busy("Another worker settled this.", seconds=5)


@transaction.atomic
def mark_done(request: PublishRequest, found: publish_operations.RemoteResult) -> None:
    settle(request, State.DONE, settled_at=clock.real_now(), **_NO_ERROR)
    publish_operations.apply(request, found)
    campaign = request.campaign
    record(
        PUBLISHER,
        publish_audit.PUBLISHED[request.operation],
        campaign,
        advertiser=request.account.advertiser,
        after={"request": request.pk, "attempts": request.attempts, **found.summary},
        reason=f"asked by {request.actor_name}",
    )
    publish_incidents.resolve_incident(campaign)


@transaction.atomic
def refuse(request: PublishRequest, err: AdsEngineError) -> None:
    """Final. What waits behind it in the same tree is cancelled, and an incident opens."""
    settle(request, State.REFUSED, err, settled_at=clock.real_now())
    campaign = request.campaign
    if request.operation in PublishRequest.CREATES:
        PublishRequest.objects.filter(campaign=campaign, state=State.WAITING).update(
            state=State.CANCELLED, settled_at=clock.real_now(), error="An earlier step was refused."
        )
    publish_operations.revert(request)
    record(
        PUBLISHER,
        publish_audit.REFUSED[request.operation],
        campaign,
        advertiser=request.account.advertiser,
        after={"request": request.pk, "code": err.code},
        reason=err.user_message,
    )
    publish_incidents.report_refused(request, err)
    log.warning("%s of campaign %s refused: %s", request.operation, campaign.pk, err)
