"""Changes that do not get on: what a person is told of them, and what staff may do.

Neither cancelling nor retrying shortens a settling time, and neither takes a change from a worker
that is sending it. A change that may have been made is never said not to have been.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from campaigns.models import Campaign, PublishRequest, Wanted
from campaigns.publishing import leases, publish_incidents, publish_operations, settlement
from campaigns.publishing.outbox import resume_publisher
from campaigns.publishing.sending_order import due_at
from core.access import require_approver
from core.common import clock
from core.common.errors import InvalidMove
from core.jobs import enqueue
from core.lanes import work_lane
from core.models import Actor, AuditAction, record
from platforms.services import SYNC_JOB

State, Operation = PublishRequest.State, PublishRequest.Operation
STUCK_AFTER = timedelta(minutes=2)
_STATUS_WORDS: Mapping[str, str] = {
    Wanted.ACTIVE: "Enabling",
    Wanted.PAUSED: "Pausing",
    Wanted.ARCHIVED: "Archiving",
}


@dataclass(frozen=True)
class StuckChange:
    """What a marketer reads: each a sentence, but for `what`; times are real time."""

    what: str
    since: datetime
    why: str
    next_step: str


def stuck_changes(campaign: Campaign) -> list[StuckChange]:
    """Open changes of the campaign that met an error or are open for longer than usual."""
    rows = PublishRequest.objects.filter(campaign=campaign, state__in=PublishRequest.OPEN)
    rows = rows.select_related("campaign__account__advertiser").order_by("id")
    late = clock.real_now() - STUCK_AFTER
    stuck = [r for r in rows if r.error or r.state == State.UNKNOWN or r.created_at < late]
    return [StuckChange(_what(r), r.created_at, _why(r), _next_step(r)) for r in stuck]


def _what(request: PublishRequest) -> str:
    payload = request.payload
    if request.operation == Operation.SET_STATUS:
        kind = request.get_target_type_display()
        return f"{_STATUS_WORDS[payload['to']]} the {kind}"
    if request.operation == Operation.SET_BUDGET:
        return f"Daily budget of {request.account.money(payload['micros'])}"
    if request.operation == Operation.UPDATE_CAMPAIGN:
        return f"New {' and '.join(payload['to'])}"
    return request.get_operation_display().capitalize()


def _why(request: PublishRequest) -> str:
    platform, error = request.account.get_platform_display(), request.error.strip()
    if request.state == State.UNKNOWN:
        return f"It is not known whether {platform} made it. {error}".strip()
    if request.state == State.IN_FLIGHT:
        return f"It was sent, and {platform} has not answered yet."
    return error or "It waits for an earlier change of this campaign, or for a free worker."


def _next_step(request: PublishRequest) -> str:
    if request.state == State.WAITING and request.refusal in PublishRequest.STOPS:
        return "It goes on when an approver lifts the stop switch."
    if request.faults >= publish_incidents.TELL_AFTER_FAULTS:
        return "Staff can retry or cancel it under Publish requests. Pausing still works."
    due = due_at(request)
    at = f" at {due:%H:%M} UTC" if due > clock.real_now() else " now"
    if request.state == State.UNKNOWN:
        platform = request.account.get_platform_display()
        return f"AdsEngine looks on {platform}{at}, and sends it again if it was not made."
    return f"AdsEngine tries again{at}. Nothing needs to be done; pausing still works."


@transaction.atomic
def cancel_change(*, actor: Actor, request: PublishRequest, reason: str = "") -> PublishRequest:
    """Give an open change up. What was never sent is taken back; what may have been made is read
    by the next sync. Raises InvalidMove, NotAllowed."""
    row = _open_row(request)
    advertiser = row.account.advertiser
    require_approver(actor, advertiser)
    before, maybe_made = row.state, row.maybe_sent or row.state != State.WAITING
    platform = row.account.get_platform_display()
    if maybe_made:
        why = f"Cancelled by {actor.name}. It may have been made: {platform} shows what is there."
        lost_at = row.lost_at or clock.real_now()
    else:
        why, lost_at = f"Cancelled by {actor.name} before it was sent.", None
    settlement.cancel(row, why, lost_at=lost_at)
    if row.operation in PublishRequest.CREATES:
        settlement.cancel_rest_of_tree(row, "An earlier step was cancelled.")
    if maybe_made:
        lane = work_lane(row.account.platform)
        enqueue(SYNC_JOB, key=str(row.account_id), advertiser=advertiser, lane=lane)
    else:
        publish_operations.revert(row)
    after = {"state": row.state, "may_have_been_made": maybe_made}
    _record(actor, AuditAction.CANCEL_CHANGE, row, {"state": before}, after, reason)
    if not publish_incidents.others_in_trouble(row):
        publish_incidents.resolve_incident(row.campaign)
    return row


@transaction.atomic
def retry_change(*, actor: Actor, request: PublishRequest, reason: str = "") -> datetime:
    """Work an open change as soon as it may be. Returns when: a lost answer settles first.
    Raises InvalidMove."""
    row = _open_row(request)
    PublishRequest.objects.filter(pk=row.pk).update(not_before=clock.real_now())
    row.refresh_from_db()
    due = due_at(row)
    after = {"not_before": due.isoformat(timespec="seconds")}
    _record(actor, AuditAction.RETRY_CHANGE, row, {"state": row.state}, after, reason)
    resume_publisher(row.campaign)
    return due


def _open_row(request: PublishRequest) -> PublishRequest:
    """The row as it is now, under the campaign's lock."""
    settlement.lock(request)
    rows = PublishRequest.objects.select_related("campaign__account__advertiser")
    row = rows.get(pk=request.pk)
    if row.state not in PublishRequest.OPEN:
        raise InvalidMove(
            f"It is {row.get_state_display()} already. Request the change again on the "
            "campaign's page, where it is still wanted.",
            field="state",
        )
    if leases.is_held(row) and row.lease_until is not None:
        raise InvalidMove(
            "A worker is at it at this moment. Try again when it is done: at "
            f"{row.lease_until:%H:%M} UTC at the latest.",
            field="state",
        )
    return row


def _record(
    actor: Actor,
    action: AuditAction,
    row: PublishRequest,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
) -> None:
    record(
        actor,
        action,
        row.campaign,
        advertiser=row.account.advertiser,
        before={"change": _what(row), **before},
        after={"request": row.pk, **after},
        reason=reason,
    )
