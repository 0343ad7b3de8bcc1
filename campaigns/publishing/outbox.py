"""The only place that writes a PublishRequest."""

from __future__ import annotations

from typing import Any

from campaigns.models import Ad, AdGroup, Campaign, PublishRequest, Wanted
from campaigns.publishing import precedence, publish_operations, wishes
from campaigns.specs.content_hashes import content_hash
from core.common import clock
from core.jobs import enqueue
from core.lanes import lower_lane, work_lane
from core.models import Actor

PUBLISH_JOB = "publish"
LOWER_JOB = "publish_lower"
REPLACED = "Replaced by a newer change."
_TARGETS: dict[type, PublishRequest.Target] = {
    Campaign: PublishRequest.Target.CAMPAIGN,
    AdGroup: PublishRequest.Target.AD_GROUP,
    Ad: PublishRequest.Target.AD,
}
State, Operation = PublishRequest.State, PublishRequest.Operation


def request_change(
    *,
    actor: Actor,
    campaign: Campaign,
    operation: str,
    target: Campaign | AdGroup | Ad,
    payload: dict[str, Any],
    reason: str = "",
) -> PublishRequest:
    """Write the intent and start the publisher after the commit. The caller holds the campaign's
    row, so that no other request of it changes its state meanwhile.

    Replaces a waiting request of the same kind; one that is being sent is not touched.
    """
    request = PublishRequest(
        account=campaign.account,
        campaign=campaign,
        operation=operation,
        target_type=_TARGETS[type(target)],
        target_id=target.pk,
        reference=target.reference,
        payload=payload,
        actor_kind=actor.kind,
        actor_name=actor.name[:150],
        reason=reason.replace("\x00", "")[:500],  # PostgreSQL takes no NUL
    )
    _replace_waiting(request)
    request.content_hash = content_hash(request.payload)
    request.save()
    may_be_in_force = wishes.of_same_kind(request).filter(
        state__in=(State.IN_FLIGHT, State.UNKNOWN)
    )
    start_publisher(campaign, lowers=precedence.goes_first(request, may_be_in_force))
    return request


def _replace_waiting(request: PublishRequest) -> None:
    """Cancel what waits and is replaced; what only the older one asks for goes on in the newer.
    Once a campaign is to be archived, nothing else of it is to be sent."""
    waiting = PublishRequest.objects.filter(campaign=request.campaign, state=State.WAITING)
    same = [r for r in waiting if wishes.same_kind(r, request)]
    for older in same:
        request.payload = wishes.merge(older.payload, request.payload)
    ends = request.operation == Operation.SET_STATUS and request.payload["to"] == Wanted.ARCHIVED
    whole = request.target_type == PublishRequest.Target.CAMPAIGN
    others = [r for r in waiting if r not in same] if ends and whole else []
    gone = waiting.filter(pk__in=[r.pk for r in (*same, *others)])
    gone.update(state=State.CANCELLED, settled_at=clock.real_now(), error=REPLACED)
    for other in reversed(others):  # those that never left are no longer shown as wanted
        publish_operations.revert(other)


def start_publisher(campaign: Campaign, *, lowers: bool = False) -> None:
    """The only place that starts one. What lowers has a kind of job of its own, so that it never
    waits for a launch of the same campaign."""
    account = campaign.account
    key, advertiser = str(campaign.pk), account.advertiser
    if lowers:
        lane = lower_lane(account.platform)
        enqueue(LOWER_JOB, key=key, advertiser=advertiser, lane=lane, hasten=True)
    else:
        enqueue(PUBLISH_JOB, key=key, advertiser=advertiser, lane=work_lane(account.platform))


def resume_publisher(campaign: Campaign) -> None:
    """Start it for whatever is open."""
    start_publisher(campaign)
    start_publisher(campaign, lowers=True)


def request_again(campaign: Campaign) -> int:
    """Requeue creations that our own guardrails refused, with those cancelled after them.
    Returns how many: none of them was sent. What the platform refused stays refused."""
    mine = PublishRequest.objects.filter(campaign=campaign, operation__in=PublishRequest.CREATES)
    if mine.filter(state=State.REFUSED).exclude(refusal__in=PublishRequest.OWN).exists():
        return 0
    again = mine.filter(state__in=(State.REFUSED, State.CANCELLED))
    fresh = {"state": State.WAITING, "refusal": "", "error": "", "error_code": "", "faults": 0}
    return again.update(**fresh, error_field="", settled_at=None, not_before=clock.real_now())
