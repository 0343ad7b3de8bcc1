"""Whether a failed launch can be resumed, from its requests and its plan."""

from __future__ import annotations

from enum import Enum

from agents.models import Strategy
from agents.plans import hash_of_plan
from campaigns.models import PublishRequest, Wanted

Refusal = PublishRequest.Refusal


class RetryBar(Enum):
    """Why a failed launch cannot be resumed and has to be planned again, as a sentence."""

    PLATFORM = "The platform refused this content."
    CONTENT = "This content cannot be put together for the platform."
    ALTERED = "The plan is not the plan that was approved."
    ARCHIVED = "The campaign was archived meanwhile."


def retry_bar(strategy: Strategy) -> RetryBar | None:
    """None where it can be resumed. A creation that the platform refused is final for its content;
    one that a limit or a stop switch refused was never sent, and may succeed now."""
    approval = getattr(strategy, "approval", None)
    if approval is not None and hash_of_plan(strategy.plan) != approval.plan_hash:
        return RetryBar.ALTERED
    if any(campaign.wanted == Wanted.ARCHIVED for campaign in strategy.launched):
        return RetryBar.ARCHIVED
    final = {_bar(request) for request in _refused_creations(strategy)} - {None}
    return next((bar for bar in RetryBar if bar in final), None)


def _refused_creations(strategy: Strategy) -> list[PublishRequest]:
    requests = [r for step in strategy.execution.steps.all() for r in step.requests.all()]
    refused = [r for r in requests if r.state == PublishRequest.State.REFUSED]
    return [r for r in refused if r.operation in PublishRequest.CREATES]


def _bar(request: PublishRequest) -> RetryBar | None:
    if request.refusal in PublishRequest.OWN:
        return None
    return RetryBar.CONTENT if request.refusal == Refusal.CONTENT else RetryBar.PLATFORM
