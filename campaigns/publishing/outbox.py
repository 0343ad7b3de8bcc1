"""The only place that writes a PublishRequest."""

from __future__ import annotations

from typing import Any

from campaigns.models import Ad, AdGroup, Campaign, PublishRequest
from campaigns.publishing.specs import content_hash
from core.common import clock
from core.jobs import enqueue
from core.lanes import work_lane
from core.models import Actor

PUBLISH_JOB = "publish"
_TARGETS: dict[type, PublishRequest.Target] = {
    Campaign: PublishRequest.Target.CAMPAIGN,
    AdGroup: PublishRequest.Target.AD_GROUP,
    Ad: PublishRequest.Target.AD,
}


def request_change(
    *,
    actor: Actor,
    campaign: Campaign,
    operation: str,
    target: Campaign | AdGroup | Ad,
    payload: dict[str, Any],
    reason: str = "",
) -> PublishRequest:
    """Write the intent and start the publisher after the commit.

    Replaces a waiting request of the same kind; one that is being sent is not touched.
    """
    kind = _TARGETS[type(target)]
    PublishRequest.objects.filter(
        operation=operation,
        target_type=kind,
        target_id=target.pk,
        state=PublishRequest.State.WAITING,
    ).update(
        state=PublishRequest.State.CANCELLED,
        settled_at=clock.real_now(),
        error="Replaced by a newer change.",
    )
    request = PublishRequest.objects.create(
        account=campaign.account,
        campaign=campaign,
        operation=operation,
        target_type=kind,
        target_id=target.pk,
        reference=target.reference,
        payload=payload,
        content_hash=content_hash(payload),
        actor_kind=actor.kind,
        actor_name=actor.name[:150],
        reason=reason.replace("\x00", "")[:500],  # PostgreSQL takes no NUL
    )
    start_publisher(campaign)
    return request


def start_publisher(campaign: Campaign) -> None:
    account = campaign.account
    lane = work_lane(account.platform)
    enqueue(PUBLISH_JOB, key=str(campaign.pk), advertiser=account.advertiser, lane=lane)


def request_again(campaign: Campaign) -> int:
    """Requeue creations that our own guardrails refused, with those cancelled after them.
    Returns how many: none of them was sent. What the platform refused stays refused."""
    State = PublishRequest.State
    mine = PublishRequest.objects.filter(campaign=campaign, operation__in=PublishRequest.CREATES)
    if mine.filter(state=State.REFUSED).exclude(refusal__in=PublishRequest.OWN).exists():
        return 0
    again = mine.filter(state__in=(State.REFUSED, State.CANCELLED))
    fresh = {"state": State.WAITING, "refusal": "", "error": "", "error_code": ""}
    return again.update(**fresh, error_field="", settled_at=None, not_before=clock.real_now())
