"""A stop switch pressed in the middle of a launch holds it: the advertiser's, or one platform's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents import services
from agents.execution import checks
from agents.models import Strategy
from campaigns.models import Ad, Campaign, PublishRequest
from campaigns.publishing import publish_operations
from campaigns.services import lift_stop, stop
from core import jobs
from core.common.errors import InvalidMove
from core.models import Actor, Advertiser, Incident, Job
from platforms.errors import Rejected
from platforms.meta.client import MetaClient
from tests.agents.execution.test_execution import run_again
from tests.fixtures.clients import text
from tests.fixtures.plans import ads_of, campaign_of
from tests.fixtures.world import Launch, Sandbox, strategy_of

Kind = PublishRequest.Refusal
SCOPES = {"": Kind.ADVERTISER_STOP, "meta": Kind.PLATFORM_STOP}
SWITCH = {"": "The stop switch is on", "meta": "The stop switch of Meta is on"}
HOLDS = {"": "The stop switch holds it;", "meta": "The platform's stop switch holds it;"}
scopes = pytest.mark.parametrize("scope", SCOPES)


def approved(plan: Launch, actor: Actor) -> Strategy:
    strategy = strategy_of(plan("meta"))
    return services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)


def press_after_the_first_request(
    patch: pytest.MonkeyPatch, actor: Actor, advertiser: Advertiser, scope: str
) -> None:
    real = publish_operations.send
    pressed: list[int] = []

    def send(client: Any, request: PublishRequest) -> Any:
        found = real(client, request)
        if not pressed:
            pressed.append(request.pk)
            stop(actor=actor, advertiser=advertiser, platform=scope)
        return found

    patch.setattr(publish_operations, "send", send)


def held(
    plan: Launch, actor: Actor, advertiser: Advertiser, scope: str, patch: pytest.MonkeyPatch
) -> Strategy:
    """A launch whose campaign exists and whose other creations the switch holds."""
    strategy = approved(plan, actor)
    press_after_the_first_request(patch, actor, advertiser, scope)
    jobs.run_due()
    strategy.refresh_from_db()
    return strategy


def states() -> list[tuple[str, str]]:
    return list(PublishRequest.objects.order_by("pk").values_list("state", "refusal"))


@scopes
def test_launch_is_held_however_often_workers_run(
    scope: str,
    plan: Launch,
    actor: Actor,
    advertiser: Advertiser,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strategy = held(plan, actor, advertiser, scope, monkeypatch)
    before = states()
    assert before[:2] == [("done", ""), ("waiting", SCOPES[scope])]
    for _ in range(4):
        run_again()
    strategy.refresh_from_db()
    assert (strategy.state, strategy.execution.error, states()) == ("executing", "", before)
    assert [c.status for c in sandbox.campaigns("meta")] == ["paused"]
    assert Job.objects.get(kind="execute").state == "queued"
    assert not Incident.objects.filter(resolved_at=None).exists()


@scopes
def test_launch_goes_on_when_the_switch_is_lifted(
    scope: str,
    plan: Launch,
    actor: Actor,
    advertiser: Advertiser,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strategy = held(plan, actor, advertiser, scope, monkeypatch)
    run_again()
    lift_stop(actor=actor, advertiser=advertiser, platform=scope)
    for _ in range(3):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live"
    assert set(states()) == {("done", "")}
    [remote] = sandbox.campaigns("meta")
    planned = len(ads_of(strategy))
    assert remote.status == "active"
    assert len(sandbox.world.list_ad_groups(remote.account_id, remote.id)) == 1
    assert len(sandbox.world.list_ads(remote.account_id, remote.id)) == planned
    assert Ad.objects.exclude(remote_id="").count() == planned


@scopes
def test_switch_pressed_before_the_enabling_holds_it_paused(
    scope: str,
    plan: Launch,
    actor: Actor,
    advertiser: Advertiser,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strategy = approved(plan, actor)

    real = checks.problems

    def problems(*args: Any) -> list[str]:
        stop(actor=actor, advertiser=advertiser, platform=scope)
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(checks, "problems", problems)
        jobs.run_due()
    run_again()
    strategy.refresh_from_db()
    assert (strategy.state, strategy.execution.error) == ("executing", "")
    assert [c.status for c in sandbox.campaigns("meta")] == ["paused"]
    lift_stop(actor=actor, advertiser=advertiser, platform=scope)
    run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live"


@scopes
def test_pages_say_that_the_switch_holds_it(
    scope: str,
    plan: Launch,
    actor: Actor,
    advertiser: Advertiser,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    editor: Client,
) -> None:
    strategy = held(plan, actor, advertiser, scope, monkeypatch)
    shown = text(editor.get(f"/a/{advertiser.slug}/briefs/{strategy.brief_id}/"))
    assert f"{SWITCH[scope]} (by " in shown
    assert "Being launched" in shown
    assert "refused" not in shown
    assert "Try again" not in shown
    campaign = editor.get(f"/a/{advertiser.slug}/campaigns/{campaign_of(strategy).pk}/")
    assert HOLDS[scope] in campaign.context["why"]


def test_launch_of_another_platform_goes_on(
    plan: Launch, actor: Actor, advertiser: Advertiser, sandbox: Sandbox
) -> None:
    strategy = approved(plan, actor)
    stop(actor=actor, advertiser=advertiser, platform="tiktok")
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "live"


# ---- a launch that failed ----


def failed(plan: Launch, actor: Actor, kind: str) -> Strategy:
    """A launch whose second creation was refused, as `kind` says, and the rest cancelled."""
    strategy = approved(plan, actor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MetaClient, "create_ad_group", refuse)
        jobs.run_due()
    PublishRequest.objects.filter(state="refused").update(refusal=kind)
    strategy.refresh_from_db()
    assert strategy.state == "failed"
    return strategy


def refuse(*_: Any, **__: Any) -> Any:
    raise Rejected("The audience is too small.", platform="meta")


@pytest.mark.parametrize("kind", PublishRequest.OWN)
def test_launch_that_our_own_gate_refused_can_be_retried(
    kind: str, plan: Launch, actor: Actor, sandbox: Sandbox, advertiser: Advertiser, editor: Client
) -> None:
    strategy = failed(plan, actor, kind)
    page = f"/a/{advertiser.slug}/briefs/{strategy.brief_id}/"
    assert "Try again" in text(editor.get(page))
    services.retry(actor=actor, strategy=strategy)
    for _ in range(2):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live"
    assert len(sandbox.campaigns("meta")) == 1


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Kind.PLATFORM, "The platform refused this content."),
        (Kind.CONTENT, "This content cannot be put together for the platform."),
    ],
)
def test_final_refusal_says_whose_it_was_and_is_not_retried(
    kind: str,
    sentence: str,
    plan: Launch,
    actor: Actor,
    sandbox: Sandbox,
    advertiser: Advertiser,
    editor: Client,
) -> None:
    strategy = failed(plan, actor, kind)
    shown = text(editor.get(f"/a/{advertiser.slug}/briefs/{strategy.brief_id}/"))
    assert f"{sentence} It is not sent again." in shown
    assert "Try again" not in shown
    before = states()
    with pytest.raises(InvalidMove, match=sentence):
        services.retry(actor=actor, strategy=strategy)
    assert states() == before


def test_launch_whose_campaign_was_archived_is_not_retried(
    plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = failed(plan, actor, Kind.LIMIT)
    Campaign.objects.update(wanted="archived")
    with pytest.raises(InvalidMove, match="The campaign was archived meanwhile."):
        services.retry(actor=actor, strategy=Strategy.objects.get(pk=strategy.pk))
    assert not PublishRequest.objects.filter(state="waiting").exists()
