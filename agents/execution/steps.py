"""The steps of a launch. Each reads its rows and the platform before it changes anything."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import transaction

from agents.execution import checks
from agents.models import ExecutionStep, Strategy
from agents.plans import parse_plan
from campaigns.models import Campaign, PublishRequest, RemoteState, Wanted
from campaigns.publishing import outbox_worker, settlement
from campaigns.services import create_campaign, set_status
from core.common.errors import AdsEngineError, SpendStopped
from core.jobs import Postponed
from core.models import Actor, ActorKind
from platforms.registry import platform_for
from platforms.services import verify_account
from platforms.spec.campaign import CampaignSpec

Kind = ExecutionStep.Kind
_BUSY_WAIT_SECONDS, _BUSY_TRIES = 0.2, 100


class StepFailed(AdsEngineError):
    code = "step_failed"
    needs_person = True


def run(strategy: Strategy, step: ExecutionStep) -> dict[str, object]:
    """What came of it. Raises Postponed where it has to wait, StepFailed, and what the platform or
    the gate raises."""
    return _STEPS[step.kind](strategy, step)


def actor_of_launch(strategy: Strategy) -> Actor:
    """The agent acts for the approver."""
    return Actor(ActorKind.AGENT, f"launch agent for {strategy.approval.approver_name}"[:150])


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
            actor=actor_of_launch(strategy),
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
    actor, reason = actor_of_launch(strategy), "Approved plan"
    try:
        request = set_status(actor=actor, campaign=campaign, to=Wanted.ACTIVE, reason=reason)
    except AdsEngineError as err:
        if err.is_transient or isinstance(err, SpendStopped):  # all wait for the switch
            raise
        return _named(strategy, campaign, err.user_message)
    if request is not None:
        step.requests.add(request)
    _publish(campaign)
    campaign.refresh_from_db()
    if campaign.wanted == Wanted.ACTIVE:
        return ""
    refused = step.requests.filter(campaign=campaign, state=PublishRequest.State.REFUSED).last()
    why = refused.error if refused else "The campaign was paused meanwhile."
    return _named(strategy, campaign, why)


def _named(strategy: Strategy, campaign: Campaign, why: str) -> str:
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
