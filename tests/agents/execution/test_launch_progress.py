"""The progress of a launch, and what is offered when it fails."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Execution, ExecutionStep, Strategy
from campaigns.models import Campaign, PublishRequest
from core.common import clock
from core.models import Advertiser, Job
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import State, make_brief, strategies
from tests.fixtures.clients import said, text
from tests.fixtures.people import People
from tests.fixtures.plans import plan_of

pytestmark = pytest.mark.usefixtures("noon", "media")


def executing(strategy: Strategy) -> Execution:
    Strategy.objects.filter(pk=strategy.pk).update(state=State.EXECUTING)
    execution = Execution.objects.create(strategy=strategy, waiting_for="The campaign is busy.")
    for position, step in enumerate(plan_of(strategy).steps):
        ExecutionStep.objects.create(execution=execution, position=position, kind=step.kind)
    ExecutionStep.objects.filter(position=0).update(
        started_at=clock.real_now(), finished_at=clock.real_now()
    )
    ExecutionStep.objects.filter(position=1).update(started_at=clock.real_now())
    return execution


def request_of(campaign: Campaign, state: str) -> PublishRequest:
    return PublishRequest.objects.create(
        account=campaign.account,
        campaign=campaign,
        operation="create_campaign",
        target_type="campaign",
        target_id=campaign.pk,
        content_hash="x",
        state=state,
        actor_kind="agent",
        actor_name="agent",
    )


def test_progress_asks_again_only_while_the_launch_goes_on(
    viewer: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    strategy = strategies(make_brief(people, advertiser, shops["meta"]))[0]
    execution = executing(strategy)
    campaign = Campaign.objects.create(account=shops["meta"], name="Boots")
    step = execution.steps.get(position=1)
    step.requests.set([request_of(campaign, "done"), request_of(campaign, "waiting")])
    url = f"/a/acme/strategies/{strategy.pk}/progress/"
    going = viewer.get(url)
    assert f'hx-get="{url}" hx-trigger="load delay:2s"' in text(going)
    assert "1 of 2 sent" in text(going)
    assert "The campaign is busy." in text(going)
    assert [line.state for line in going.context["card"].steps] == [
        "done",
        "running",
        "pending",
        "pending",
        "pending",
    ]
    Strategy.objects.filter(pk=strategy.pk).update(state=State.LIVE)
    strategy.campaigns.set([campaign])
    done = viewer.get(url)
    assert done["HX-Retarget"] == f"#strategy-{strategy.pk}"
    assert "hx-get" not in text(done)
    assert f'href="/a/acme/campaigns/{campaign.pk}/"' in text(done)


def test_a_failed_launch_says_what_exists_and_goes_on_when_asked(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["meta"])
    strategy = strategies(brief)[0]
    execution = executing(strategy)
    campaign = Campaign.objects.create(
        account=shops["meta"], name="Boots", remote_id="77", wanted="paused"
    )
    Strategy.objects.filter(pk=strategy.pk).update(state=State.FAILED)
    strategy.campaigns.set([campaign])
    Execution.objects.update(error="The page cannot be read.")
    execution.steps.filter(position=1).update(error="The page cannot be read.")
    shown = text(editor.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "On the platform there is the campaign, paused, with 0 ad groups and 0 ads." in shown
    assert "The page cannot be read." in shown
    editor.post(f"/a/acme/strategies/{strategy.pk}/retry/")
    strategy.refresh_from_db()
    assert strategy.state == State.EXECUTING
    assert Job.objects.filter(kind="execute").count() == 1


def test_refused_content_is_not_offered_a_retry(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["meta"])
    strategy = strategies(brief)[0]
    step = executing(strategy).steps.get(position=1)
    campaign = Campaign.objects.create(account=shops["meta"], name="Boots")
    step.requests.set([request_of(campaign, "refused")])
    ExecutionStep.objects.filter(pk=step.pk).update(error="The text is not allowed.")
    Strategy.objects.filter(pk=strategy.pk).update(state=State.FAILED)
    strategy.campaigns.set([campaign])
    shown = text(editor.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "Try again" not in shown
    assert "Correct the brief" in shown
    answer = editor.post(f"/a/acme/strategies/{strategy.pk}/retry/", follow=True)
    assert "The platform refused this content." in said(answer)[0]
    assert Strategy.objects.get(pk=strategy.pk).state == State.FAILED
