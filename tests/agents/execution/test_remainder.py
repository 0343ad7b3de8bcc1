"""A launch that stops half-way lists what is left, and going on or taking back both finish it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agents import services
from agents.execution.remainder import left_to_do
from agents.models import Strategy
from campaigns.guardrails import gate
from campaigns.models import PublishRequest, SpendApproval
from core import jobs
from core.common.errors import GuardrailExceeded, InvalidMove
from core.models import Actor, AuditEntry, Incident
from tests.agents.execution.test_execution import run_again
from tests.fixtures.clients import text
from tests.fixtures.people import People, client_of
from tests.fixtures.plans import ads_of
from tests.fixtures.world import Launch, Sandbox, strategy_of

# Platform, and how many changes are sent before the launch stops.
STOPS = [
    (platform, sent)
    for platform, changes in (("google", 2), ("meta", 6), ("tiktok", 5))
    for sent in range(changes)
]
Stopped = Callable[[str, int], Strategy]


@pytest.fixture
def stopped(plan: Launch, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> Stopped:
    """stopped("meta", 2): a limit refuses what comes after the second change."""

    def launch(platform: str, sent: int) -> Strategy:
        strategy = strategy_of(plan(platform))
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
        with monkeypatch.context() as patch:
            patch.setattr(gate, "check_send", refusing_after(sent))
            jobs.run_due()
        strategy.refresh_from_db()
        assert strategy.state == "failed"
        return strategy

    return launch


def refusing_after(sent: int) -> Callable[..., Any]:
    real, seen = gate.check_send, list[int]()

    def check(request: PublishRequest, *args: Any, **more: Any) -> Any:
        if request.pk not in seen:
            seen.append(request.pk)
        if seen.index(request.pk) >= sent:
            raise GuardrailExceeded("That is over a limit.")
        return real(request, *args, **more)

    return check


def expected(strategy: Strategy, sent: int) -> str:
    ads = len(ads_of(strategy))
    order = ["1 campaign", "1 ad group", *["ad"] * ads]
    left = [] if strategy.account.platform == "google" and sent else order[sent:]
    count = left.count("ad")
    words = [word for word in left if word != "ad"]
    words += [f"{count} ad{'' if count == 1 else 's'}"] if count else []
    listed = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return "; ".join([*([f"create {listed}"] if words else []), "switch the campaign on"])


@pytest.mark.parametrize(("platform", "sent"), STOPS)
def test_what_is_left_is_listed_and_going_on_finishes_it(
    platform: str, sent: int, stopped: Stopped, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = stopped(platform, sent)
    assert left_to_do(strategy) == [expected(strategy, sent)]
    assert {one.status for one in sandbox.campaigns(platform)} <= {"paused"}
    services.retry(actor=actor, strategy=strategy)
    for _ in range(2):
        run_again()
    strategy = Strategy.objects.get(pk=strategy.pk)
    assert (strategy.state, left_to_do(strategy)) == ("live", [])
    [remote] = sandbox.campaigns(platform)
    ads = sandbox.world.list_ads(remote.account_id, remote.id)
    assert (remote.status, len(ads)) == ("active", len(ads_of(strategy)))


@pytest.mark.parametrize(("platform", "sent"), STOPS)
def test_taking_back_archives_what_stands_and_sends_nothing_more(
    platform: str, sent: int, stopped: Stopped, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = stopped(platform, sent)
    services.take_back(actor=actor, strategy=strategy)
    for _ in range(2):
        run_again()
    strategy = Strategy.objects.get(pk=strategy.pk)
    assert (strategy.state, strategy.decline_reason) == ("declined", "The launch was taken back.")
    assert [campaign.wanted for campaign in strategy.launched] == ["archived"]
    assert not {one.status for one in sandbox.campaigns(platform)} & {"active", "paused"}
    assert not PublishRequest.objects.filter(state__in=PublishRequest.OPEN).exists()
    assert not SpendApproval.objects.filter(reserves=True).exists()
    assert not Incident.objects.filter(resolved_at=None).exists()
    assert AuditEntry.objects.filter(action="take back launch").count() == 1
    with pytest.raises(InvalidMove, match="Only a failed launch can be taken back"):
        services.take_back(actor=actor, strategy=strategy)
    with pytest.raises(InvalidMove):
        services.retry(actor=actor, strategy=strategy)


def test_the_page_lists_what_is_left_and_offers_both_ways(
    stopped: Stopped, editor: Client, sandbox: Sandbox
) -> None:
    strategy = stopped("meta", 2)
    url = f"/a/acme/briefs/{strategy.brief_id}/"
    shown = text(editor.get(url))
    assert f"Left to do: {expected(strategy, 2)}." in shown
    assert "What it made on Meta is archived, for good." in shown
    editor.post(f"/a/acme/strategies/{strategy.pk}/take-back/")
    run_again()
    after = text(editor.get(url))
    assert "The launch was taken back. What it had made on Meta is archived." in after
    assert "Left to do" not in after
    assert "Plan again" in after


def test_a_live_launch_cannot_be_taken_back(launch: Launch, actor: Actor, sandbox: Sandbox) -> None:
    strategy = strategy_of(launch("google"))
    with pytest.raises(InvalidMove, match="Only a failed launch"):
        services.take_back(actor=actor, strategy=strategy)
    assert [one.status for one in sandbox.campaigns("google")] == ["active"]


def test_the_api_goes_on_and_takes_back_as_the_page_does(
    stopped: Stopped, people: People, sandbox: Sandbox
) -> None:
    strategy = stopped("meta", 2)
    path = f"/api/v1/strategies/{strategy.pk}"
    watching, editing = client_of(people.viewer), client_of(people.editor)
    for verb in ("retry", "take-back"):
        assert watching.post(f"{path}/{verb}/").status_code == 403
    assert editing.post(f"{path}/take-back/", {"why": "x"}, format="json").status_code == 400
    strategy.refresh_from_db()
    assert strategy.state == "failed"
    answer = editing.post(f"{path}/take-back/")
    assert (answer.status_code, answer.json()["state"]) == (200, "declined")
    run_again()
    assert not {one.status for one in sandbox.campaigns("meta")} & {"active", "paused"}
    refused = editing.post(f"{path}/retry/")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_move")
