"""Executes an approved plan, step by step.

Every step can be started again after a kill at any point: it reads its rows and the platform
before it changes anything. The outbox sends the requests (campaigns.publishing).
"""

from __future__ import annotations

from django.db import transaction

from agents.contracts import ExecutionResult
from agents.execution import steps
from agents.execution.remains import references_of, what_exists
from agents.execution.steps import StepFailed, actor_of_launch
from agents.models import STRATEGY_MOVES, Execution, ExecutionStep, Strategy
from agents.plans import hash_of_plan, parse_plan
from campaigns.guardrails import plan_approvals
from campaigns.publishing.publish_incidents import resolve_incident
from core.common import clock
from core.common.errors import AdsEngineError, SpendStopped
from core.common.transitions import move
from core.jobs import Postponed
from core.models import AuditAction, Incident, record
from platforms.errors import PlatformError

State = Strategy.State


def execute(strategy: Strategy) -> ExecutionResult:
    """Run or resume the execution. Raises Postponed when it has to wait."""
    if strategy.state not in {State.APPROVED, State.EXECUTING}:
        return ExecutionResult(strategy.state, "nothing to do")
    execution = strategy.execution
    try:
        _check_approved(strategy)
        if strategy.state == State.APPROVED:
            _begin(strategy)
        for step in execution.steps.filter(finished_at=None):
            _run_step(strategy, step)
    except Postponed as err:
        Execution.objects.filter(pk=execution.pk).update(waiting_for=err.user_message[:300])
        raise
    except AdsEngineError as err:
        if err.is_transient:
            Execution.objects.filter(pk=execution.pk).update(waiting_for=err.user_message[:300])
            raise
        return _fail(strategy, err)
    return _finish(strategy)


def _check_approved(strategy: Strategy) -> None:
    """The approval is for one hash: a plan with another hash is neither started nor resumed."""
    approved = strategy.approval.plan_hash
    if hash_of_plan(strategy.plan) != approved or strategy.plan_hash != approved:
        raise StepFailed("The plan is not the plan that was approved. Plan again.")


@transaction.atomic
def _begin(strategy: Strategy) -> None:
    plan = parse_plan(strategy.plan)
    move(strategy, "state", State.EXECUTING, STRATEGY_MOVES)
    for position, step in enumerate(plan.steps):
        ExecutionStep.objects.get_or_create(
            execution=strategy.execution, position=position, defaults={"kind": step.kind}
        )


def end_unforeseen(strategy: Strategy, error: str) -> None:
    """The launch's job failed for good; what it was for gets an end that a person can go on
    from."""
    if strategy.state in {State.APPROVED, State.EXECUTING}:
        _fail(strategy, StepFailed(f"The launch stopped for a reason that nobody foresaw: {error}"))


def _run_step(strategy: Strategy, step: ExecutionStep) -> None:
    # Another worker may have ended the launch while this one was frozen.
    if not Strategy.objects.filter(pk=strategy.pk, state=State.EXECUTING).exists():
        raise Postponed("The launch has ended already.", seconds=5)
    if step.started_at is None:
        step.started_at = clock.real_now()
        step.save(update_fields=["started_at"])
    try:
        step.outcome = steps.run(strategy, step)
    except SpendStopped as err:  # the launch resumes when the switch is lifted
        raise Postponed(err.user_message, seconds=60) from err
    except AdsEngineError as err:
        if not err.is_transient:
            ExecutionStep.objects.filter(pk=step.pk).update(error=err.user_message)
        raise
    step.finished_at = clock.real_now()
    step.save(update_fields=["finished_at", "outcome"])


@transaction.atomic
def _finish(strategy: Strategy) -> ExecutionResult:
    move(strategy, "state", State.LIVE, STRATEGY_MOVES)
    Execution.objects.filter(strategy=strategy).update(
        finished_at=clock.real_now(), waiting_for="", error=""
    )
    record(
        actor_of_launch(strategy),
        AuditAction.LAUNCHED,
        strategy,
        advertiser=strategy.brief.advertiser,
    )
    Incident.resolve(strategy.brief.advertiser, f"launch:{strategy.pk}")
    return ExecutionResult(State.LIVE, "The campaign is live.")


@transaction.atomic
def _fail(strategy: Strategy, err: AdsEngineError) -> ExecutionResult:
    """Record the failure, with everything that exists on the platform."""
    move(strategy, "state", State.FAILED, STRATEGY_MOVES)
    for reference in references_of(strategy):
        plan_approvals.reserve(reference, on=False)
    Execution.objects.filter(strategy=strategy).update(
        finished_at=clock.real_now(), waiting_for="", error=err.user_message
    )
    exists = what_exists(strategy.launched)
    advertiser = strategy.brief.advertiser
    record(
        actor_of_launch(strategy),
        AuditAction.LAUNCH_FAILED,
        strategy,
        advertiser=advertiser,
        reason=err.user_message,
    )
    Incident.open(
        advertiser,
        f"launch:{strategy.pk}",
        title=f"{strategy}: the launch failed",
        detail=str(err) if isinstance(err, PlatformError) else err.user_message,
        at_stake=exists[:200],
        next_step="Open the brief: correct it, or try again.",
        url=f"/a/{advertiser.slug}/briefs/{strategy.brief_id}/",
    )
    for campaign in strategy.launched:  # the launch's incident replaces the campaign's own
        resolve_incident(campaign)
    return ExecutionResult(State.FAILED, err.user_message, (exists,))
