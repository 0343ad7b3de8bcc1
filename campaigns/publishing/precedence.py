"""What a request does to spend, and how long an answer of its kind may be lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from campaigns.guardrails import gate
from campaigns.models import PublishRequest
from core.common import clock

Operation = PublishRequest.Operation
_MOST_DOUBLINGS = 4
# Sent again at will: the vendor itself carries it out once. Google refuses a second campaign of
# the name; TikTok knows the request's id again. Neither protects ads, and Meta protects nothing.
_PROTECTED = {
    ("google", Operation.CREATE_CAMPAIGN),
    ("tiktok", Operation.CREATE_CAMPAIGN),
    ("tiktok", Operation.CREATE_AD_GROUP),
}


def moves_spend(request: PublishRequest) -> bool:
    """A new name alone does not."""
    if request.operation != Operation.UPDATE_CAMPAIGN:
        return True
    return bool(set(request.payload["to"]) - {"name"})


def lowers(request: PublishRequest) -> bool:
    """Whether it can only lower what is spent: it waits for nothing and nobody. A wish for what is
    there already keeps its place: something else may be on its way."""
    return gate.lowers_spend(request)


def goes_first(request: PublishRequest, older: Iterable[PublishRequest]) -> bool:
    """Whether it waits for nothing: it lowers, or is a lower budget than one of `older`, requests
    of its kind that may already be in force."""
    if lowers(request):
        return True
    if request.operation != Operation.SET_BUDGET:
        return False
    return any(request.payload["micros"] < r.payload["micros"] for r in older)


def settles_at(request: PublishRequest) -> datetime:
    """When what was sent with a lost answer has certainly been carried out or not. Counted from
    the loss; each further attempt is given twice the time."""
    if request.lost_at is None:
        return clock.real_now()
    doublings = min(max(request.attempts - 1, 0), _MOST_DOUBLINGS)
    return request.lost_at + timedelta(seconds=_settle_seconds(request) * 2**doublings)


def _settle_seconds(request: PublishRequest) -> int:
    """Lowering twice is harmless, so it is not held up; what comes after it waits instead."""
    protected = (request.account.platform, request.operation) in _PROTECTED
    if protected or lowers(request):
        return settings.PUBLISH_SETTLE_SHORT_SECONDS
    return settings.PUBLISH_SETTLE_SECONDS


def arrives_until(request: PublishRequest) -> datetime:
    """How long the vendor may still carry out what it last gave no answer to."""
    lost = request.lost_at or request.created_at
    return lost + timedelta(seconds=settings.PUBLISH_SETTLE_SECONDS if request.lost_at else 0)
