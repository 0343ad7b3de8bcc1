"""The end of one attempt to send a change: done, refused, replaced, or open again.

Compare-and-swap on state, attempt and token, under the lock of the campaign's row: a worker that
lost its claim settles nothing, and nothing returns to waiting over a newer wish.
"""

from __future__ import annotations

import logging
from functools import reduce
from typing import Any

from django.db import transaction

from campaigns import publish_audit
from campaigns.guardrails import gate
from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import leases, precedence, publish_incidents, publish_operations, wishes
from campaigns.publishing.outbox import REPLACED, request_change
from campaigns.publishing.refusals import refusal_of
from campaigns.specs.content_hashes import content_hash
from core.common import clock
from core.common.errors import AdsEngineError
from core.models import Actor, ActorKind, record

log = logging.getLogger(__name__)
State = PublishRequest.State
PUBLISHER = Actor(ActorKind.SYSTEM, "publisher")
Busy = leases.Busy
_NO_ERROR: dict[str, Any] = {
    "refusal": "",
    "error": "",
    "error_code": "",
    "error_field": "",
    "faults": 0,
}
_SENT_AGAIN = "Sent again: an earlier change could have reached the platform after it."


def settle(
    request: PublishRequest, state: str, err: AdsEngineError | None = None, **more: object
) -> None:
    """Move the request to `state`, with what the error says. Raises Busy if another worker did."""
    values: dict[str, object] = {"state": state, "lease_until": None, "token": ""}
    if err is not None:
        values |= {
            "refusal": refusal_of(err),
            "error": publish_incidents.with_vendor_message(err),
            "error_code": err.code,
            "error_field": err.field or "",
        }
    if not leases.same_row(request).update(**(values | more)):
        raise Busy("Another worker settled this.", seconds=5)
    request.refresh_from_db()


def lock(request: PublishRequest) -> None:
    """Hold the campaign's row until the transaction ends, as every service does that asks for a
    change of it."""
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True)
    rows.filter(pk=request.campaign_id).first()


@transaction.atomic
def mark_done(request: PublishRequest, found: publish_operations.RemoteResult) -> None:
    lock(request)
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
    _send_newest_again(request)
    if not publish_incidents.others_in_trouble(request):
        publish_incidents.resolve_incident(campaign)


@transaction.atomic
def put_back(request: PublishRequest, err: AdsEngineError | None = None, **more: object) -> None:
    """Surely not carried out: it waits again, unless a newer wish has taken its place."""
    lock(request)
    left = wishes.remaining(request)
    if left is None or _hand_over(request, left):
        cancel(request, REPLACED)
        return
    changed = {"payload": left, "content_hash": content_hash(left)}
    settle(request, State.WAITING, err, **({} if left == request.payload else changed), **more)


def _hand_over(request: PublishRequest, left: dict[str, Any]) -> bool:
    """Let a newer request that waits carry what only this one asks for. False where none waits,
    or a worker has just claimed it."""
    newer = wishes.newer(request).filter(state=State.WAITING).first()
    if newer is None:
        return False
    payload = wishes.merge(left, newer.payload)
    merged = {"payload": payload, "content_hash": content_hash(payload)}
    return bool(leases.same_row(newer).update(**merged))


def cancel(request: PublishRequest, why: str, **more: object) -> None:
    """Final, without an incident. The caller holds the campaign's row."""
    values: dict[str, Any] = {**_NO_ERROR, "error": why, "settled_at": clock.real_now(), **more}
    settle(request, State.CANCELLED, **values)
    _send_newest_again(request)


@transaction.atomic
def refuse(request: PublishRequest, err: AdsEngineError) -> None:
    """Final. What waits behind it in the same tree is cancelled, and an incident opens, unless a
    newer wish has taken its place."""
    lock(request)
    settle(request, State.REFUSED, err, settled_at=clock.real_now())
    if request.operation in PublishRequest.CREATES:
        cancel_rest_of_tree(request, "An earlier step was refused.")
    replaced = wishes.remaining(request) is None
    publish_operations.revert(request)
    record(
        PUBLISHER,
        publish_audit.REFUSED[request.operation],
        request.campaign,
        advertiser=request.account.advertiser,
        after={"request": request.pk, "code": err.code},
        reason=err.user_message,
    )
    _send_newest_again(request)
    if not replaced:
        publish_incidents.report_refused(request, err)
    log.warning("%s of campaign %s refused: %s", request.operation, request.campaign_id, err)


def cancel_rest_of_tree(request: PublishRequest, why: str) -> None:
    """What was to follow a creation. What raises nothing of what exists already stays."""
    campaign = Campaign.objects.get(pk=request.campaign_id)
    waiting = PublishRequest.objects.filter(campaign=campaign, state=State.WAITING)
    for row in waiting.select_related("campaign__account__advertiser").exclude(pk=request.pk):
        if campaign.remote_id and not gate.raises_spend(row):
            continue
        try:
            settle(row, State.CANCELLED, settled_at=clock.real_now(), error=why)
        except Busy:  # a worker has just claimed it: that attempt ends by itself
            continue
        publish_operations.revert(row)


def _send_newest_again(request: PublishRequest) -> None:
    """A change that was sent while this one could still arrive: only sent once more, after it, is
    it certainly the last."""
    kind = wishes.of_same_kind(request)
    if kind.filter(state__in=PublishRequest.OPEN).exists():
        return  # each of those ends here too
    over = list(kind.filter(state=State.DONE, sent_over=True).order_by("pk"))
    if not over:
        return
    kind.filter(pk__in=[r.pk for r in over]).update(sent_over=False)
    rows = list(kind.filter(state=State.DONE, pk__gte=over[0].pk).order_by("pk"))
    newest, target = rows[-1], publish_operations.target_of(rows[-1])
    payload = reduce(wishes.merge, [r.payload for r in rows])
    settled_alone = payload == newest.payload and newest not in over
    if settled_alone or target is None:
        return
    again = request_change(
        actor=Actor(ActorKind(newest.actor_kind), newest.actor_name),
        campaign=newest.campaign,
        operation=newest.operation,
        target=target,
        payload={**payload, "before": payload.get("to", payload.get("micros"))},
        reason=_SENT_AGAIN,
    )
    after = max(
        precedence.arrives_until(request), again.not_before
    )  # where staff cancelled it early
    PublishRequest.objects.filter(pk=again.pk).update(not_before=after)
