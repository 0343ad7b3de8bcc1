"""Executes an approved plan, step by step.

Every step can be started again after a kill at any point: it reads its rows and the platform
before it changes anything. The outbox sends the requests (campaigns.publishing).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import transaction

from agents.contracts import ExecutionResult
from agents.execution import checks
from agents.execution.remains import references_of, what_exists
from agents.models import STRATEGY_MOVES, Execution, ExecutionStep, Strategy
from agents.plans import hash_of_plan, parse_plan
from campaigns.guardrails import plan_approvals
from campaigns.models import Campaign, PublishRequest, RemoteState, Wanted
from campaigns.publishing import outbox_worker, settlement
from campaigns.publishing.publish_incidents import resolve_incident
from campaigns.services import create_campaign, set_status
from core.common import clock
from core.common.errors import AdsEngineError, SpendStopped
from core.common.transitions import move
from core.jobs import Postponed
from core.models import Actor, ActorKind, AuditAction, Incident, record
from platforms.errors import PlatformError
from platforms.registry import platform_for
from platforms.services import verify_account
from platforms.spec.campaign import CampaignSpec

State = Strategy.State
Kind = ExecutionStep.Kind
_BUSY_WAIT_SECONDS, _BUSY_TRIES = 0.2, 100


class StepFailed(AdsEngineError):
    code = "step_failed"
    needs_person = True


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
        step.outcome = _STEPS[step.kind](strategy, step)
    except SpendStopped as err:  # the launch resumes when the switch is lifted
        raise Postponed(err.user_message, seconds=60) from err
    except AdsEngineError as err:
        if not err.is_transient:
            ExecutionStep.objects.filter(pk=step.pk).update(error=err.user_message)
        raise
    step.finished_at = clock.real_now()
    step.save(update_fields=["finished_at", "outcome"])


def _actor(strategy: Strategy) -> Actor:
    """The agent acts for the approver."""
    return Actor(ActorKind.AGENT, f"launch agent for {strategy.approval.approver_name}"[:150])


# ---- the steps ---------------------------------------------------------------------------


def _prerequisites(strategy: Strategy, _: ExecutionStep) -> dict[str, object]:
    info = verify_account(strategy.account)
    if not info.can_deliver:
        raise StepFailed(" ".join(info.problems) or "The account cannot deliver ads now.")
    return {"account": info.name, "currency": info.currency}


def _create(strategy: Strategy, step: ExecutionStep) -> dict[str, object]:
    for spec in parse_plan(strategy.plan).campaigns:
        campaign = _create_campaign(strategy, spec)
        step.requests.add(*campaign.requests.filter(operation__in=PublishRequest.CREATES))
        _publish(campaign)
    refused = step.requests.filter(
        state__in=[PublishRequest.State.REFUSED, PublishRequest.State.CANCELLED]
    )
    first = refused.order_by("pk").first()
    if first is not None:
        raise StepFailed(f"{first.get_operation_display().capitalize()}: {first.error}")
    made = [campaign.pk for campaign in strategy.launched]
    return {"campaigns": made, "created": step.requests.count()}


def _create_campaign(strategy: Strategy, spec: CampaignSpec) -> Campaign:
    """Create the rows and their requests in one transaction with the strategy's link to them."""
    with transaction.atomic():
        campaign = create_campaign(
            actor=_actor(strategy),
            account=strategy.account,
            spec=spec,
            brief=strategy.brief,
            reason="Approved plan",
        )
        strategy.campaigns.add(campaign)
    return campaign


def _publish(campaign: Campaign) -> None:
    """Process the outbox here; where another worker does so already, wait for it."""
    for _ in range(_BUSY_TRIES):
        try:
            outbox_worker.work(campaign)
            return
        except settlement.Busy:
            time.sleep(_BUSY_WAIT_SECONDS)
    raise Postponed("The campaign is still being published.", seconds=5)


def _verify(strategy: Strategy, _: ExecutionStep) -> dict[str, object]:
    specs = {spec.reference: spec for spec in parse_plan(strategy.plan).campaigns}
    differences: list[str] = []
    with platform_for(strategy.account) as client:
        for campaign in _made(strategy):
            wanted = checks.before_switched_on(specs[campaign.reference])
            differences += checks.problems(client, campaign, wanted)
    if differences:
        raise StepFailed("What was created differs from the plan: " + " ".join(differences))
    return {"same_as_plan": True}


def _enable(strategy: Strategy, step: ExecutionStep) -> dict[str, object]:
    """One after the other, since platforms switch nothing on together: where one is refused, the
    others are on, and the failure names it."""
    failed = [why for campaign in _made(strategy) if (why := _switch_on(strategy, step, campaign))]
    if failed:
        raise StepFailed(" ".join(failed))
    return {"wanted": Wanted.ACTIVE}


def _switch_on(strategy: Strategy, step: ExecutionStep, campaign: Campaign) -> str:
    """Why it is not on; empty when it is."""
    reason = "Approved plan"
    request = set_status(actor=_actor(strategy), campaign=campaign, to=Wanted.ACTIVE, reason=reason)
    if request is not None:
        step.requests.add(request)
    _publish(campaign)
    campaign.refresh_from_db()
    if campaign.wanted == Wanted.ACTIVE:
        return ""
    refused = step.requests.filter(campaign=campaign, state=PublishRequest.State.REFUSED).last()
    why = refused.error if refused else "The campaign was paused meanwhile."
    return why if len(strategy.launched) == 1 else f"“{campaign.name}”: {why}"


def _confirm(strategy: Strategy, _: ExecutionStep) -> dict[str, object]:
    shown = {}
    with platform_for(strategy.account) as client:
        for campaign in _made(strategy):
            remote = client.read_campaign(campaign.remote_id)
            if remote is None or remote.status == RemoteState.PAUSED.value:
                raise Postponed("The platform does not show the campaign as on yet.", seconds=5)
            Campaign.objects.filter(pk=campaign.pk).update(remote=remote.status)
            shown[campaign.remote_id] = remote.status
    return {"remote": shown}


def _made(strategy: Strategy) -> list[Campaign]:
    """All campaigns of the plan, as they are now."""
    made = list(strategy.campaigns.order_by("pk"))
    missing = set(parse_plan(strategy.plan).references) - {one.reference for one in made}
    if missing:
        raise StepFailed("There is no campaign to go on with. Plan again.")
    return made


_STEPS: dict[str, Callable[[Strategy, ExecutionStep], dict[str, object]]] = {
    Kind.PREREQUISITES: _prerequisites,
    Kind.CREATE: _create,
    Kind.VERIFY: _verify,
    Kind.ENABLE: _enable,
    Kind.CONFIRM: _confirm,
}


# ---- the end -----------------------------------------------------------------------------


@transaction.atomic
def _finish(strategy: Strategy) -> ExecutionResult:
    move(strategy, "state", State.LIVE, STRATEGY_MOVES)
    Execution.objects.filter(strategy=strategy).update(
        finished_at=clock.real_now(), waiting_for="", error=""
    )
    record(_actor(strategy), AuditAction.LAUNCHED, strategy, advertiser=strategy.brief.advertiser)
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
        _actor(strategy),
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
