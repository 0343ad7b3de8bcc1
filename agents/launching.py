"""Starts, resumes and takes back what an approved plan launches."""

from __future__ import annotations

from django.db import transaction

from agents.execution.remains import references_of
from agents.execution.retries import retry_bar
from agents.models import STRATEGY_MOVES, Execution, Strategy
from campaigns.guardrails import plan_approvals
from campaigns.models import Campaign, Wanted
from campaigns.services import request_again, set_status
from core.common.errors import InvalidMove
from core.common.transitions import move
from core.jobs import enqueue
from core.lanes import work_lane
from core.models import Actor, AuditAction, Incident, Job, record

EXECUTE_JOB = "execute"
TAKEN_BACK = "The launch was taken back."
State = Strategy.State


def start(strategy: Strategy) -> None:
    """Enqueue the execution; a second call changes nothing."""
    Execution.objects.get_or_create(strategy=strategy)
    advertiser, lane = strategy.brief.advertiser, work_lane(strategy.account.platform)
    enqueue(EXECUTE_JOB, key=str(strategy.pk), advertiser=advertiser, lane=lane)


def retry(*, actor: Actor, strategy: Strategy) -> None:
    """Resume a failed execution. Raises InvalidMove where only a new plan helps
    (agents.execution.retries)."""
    with transaction.atomic():
        strategy = locked(strategy)
        if strategy.state == State.EXECUTING and _has_no_open_job(strategy):
            start(strategy)
            return
        if strategy.state != State.FAILED:
            raise InvalidMove("Only a failed launch can be tried again.", field="state")
        bar = retry_bar(strategy)
        if bar is not None:
            raise InvalidMove(f"{bar.value} Correct the brief and plan again.", field="state")
        for campaign in strategy.launched:
            request_again(campaign)
        strategy.execution.steps.exclude(error="").update(error="", started_at=None)
        Execution.objects.filter(pk=strategy.execution.pk).update(error="", finished_at=None)
        move(strategy, "state", State.EXECUTING, STRATEGY_MOVES)
        for reference in references_of(strategy):
            plan_approvals.reserve(reference, on=True)
        record(actor, AuditAction.RETRY_LAUNCH, strategy, advertiser=strategy.brief.advertiser)
        start(strategy)


def take_back(*, actor: Actor, strategy: Strategy) -> None:
    """End a failed launch: what it made is archived on the platform, its approval is withdrawn, and
    nothing more of it is sent. Raises InvalidMove."""
    with transaction.atomic():
        strategy = locked(strategy)
        if strategy.state != State.FAILED:
            raise InvalidMove("Only a failed launch can be taken back.", field="state")
        move(strategy, "state", State.DECLINED, STRATEGY_MOVES, decline_reason=TAKEN_BACK)
        give_up(actor, strategy, TAKEN_BACK)
        record(actor, AuditAction.TAKE_BACK_LAUNCH, strategy, advertiser=strategy.brief.advertiser)


def give_up(actor: Actor, strategy: Strategy, reason: str) -> None:
    """Withdraw the approval of a plan, and archive what a failed launch left on the platform, so
    that nobody can start it by mistake."""
    for reference in references_of(strategy):
        plan_approvals.withdraw(reference)
    for left in strategy.launched:
        _archive(actor, left, reason)
    Incident.resolve(strategy.brief.advertiser, f"launch:{strategy.pk}")


def _archive(actor: Actor, campaign: Campaign, reason: str) -> None:
    if not campaign.remote_id:
        Campaign.objects.filter(pk=campaign.pk).update(wanted=Wanted.ARCHIVED)
    elif campaign.wanted != Wanted.ARCHIVED:
        set_status(actor=actor, campaign=campaign, to=Wanted.ARCHIVED, reason=reason)


def _has_no_open_job(strategy: Strategy) -> bool:
    """Whether no job is open for an executing strategy, after an unexpected failure of the last."""
    jobs = Job.objects.filter(kind=EXECUTE_JOB, key=str(strategy.pk))
    return not jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists()


def locked(strategy: Strategy) -> Strategy:
    rows = Strategy.objects.select_for_update(of=("self",))
    return rows.select_related("brief__advertiser", "account__advertiser").get(pk=strategy.pk)
