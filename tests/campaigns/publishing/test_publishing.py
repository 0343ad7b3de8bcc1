"""Changes on their way: done, refused, unknown; on all three platforms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents.models import Strategy
from campaigns import services
from campaigns.models import Ad, Campaign, PublishRequest
from campaigns.publishing import outbox_worker, settlement
from campaigns.tasks import resume_publishing
from core import jobs
from core.common.money import Money
from core.models import Actor, Advertiser, Incident, Job
from platforms.errors import OutcomeUnknown, PlatformUnavailable, Rejected
from platforms.models import AdAccount
from platforms.registry import client_class
from tests.agents.execution.test_execution import run_again
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

PLATFORMS = ["google", "meta", "tiktok"]
pytestmark = pytest.mark.parametrize("platform", PLATFORMS)


@pytest.fixture
def live(launch: Launch, platform: str) -> Campaign:
    campaign = campaign_of(Strategy.objects.get(brief=launch(platform)))
    assert campaign is not None
    return campaign


def remote_of(sandbox: Sandbox, campaign: Campaign) -> Any:
    return sandbox.world.get_campaign(campaign.remote_id)


def test_budget_change_arrives_on_the_platform(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str
) -> None:
    services.set_daily_budget(actor=actor, campaign=live, budget=Money(Decimal("310.50"), "USD"))
    jobs.run_due()
    assert remote_of(sandbox, live).daily_budget_micros == 310_500_000
    live.refresh_from_db()
    assert live.remote_daily_budget_micros == 310_500_000
    assert live.requests.last().state == "done"  # type: ignore[union-attr]


def test_pause_and_resume_arrive(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str
) -> None:
    services.set_status(actor=actor, campaign=live, to="paused")
    jobs.run_due()
    assert remote_of(sandbox, live).status == "paused"
    services.set_status(actor=actor, campaign=live, to="active")
    jobs.run_due()
    assert remote_of(sandbox, live).status == "active"


def test_paused_ad_stops_on_the_platform(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str
) -> None:
    ad = Ad.objects.filter(ad_group__campaign=live).first()
    assert ad is not None
    services.set_ad_status(actor=actor, ad=ad, to="paused")
    jobs.run_due()
    remote = remote_of(sandbox, live)
    ads = {a.id: a.status for a in sandbox.world.list_ads(remote.account_id, remote.id)}
    assert list(ads.values()).count("paused") == 1
    ad.refresh_from_db()
    assert (ad.wanted, ad.remote) == ("paused", "paused")


def test_lost_answer_of_a_budget_change_is_looked_up_and_not_sent_again(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, sent = client_class(platform), []
    real = client.set_daily_budget

    def lose(self: Any, *args: Any) -> None:
        sent.append(args)
        real(self, *args)
        raise OutcomeUnknown("The answer was lost.", platform=platform)

    monkeypatch.setattr(client, "set_daily_budget", lose)
    services.set_daily_budget(actor=actor, campaign=live, budget=Money(Decimal(320), "USD"))
    jobs.run_due()
    request = live.requests.get(operation="set_budget")
    assert (request.state, request.maybe_sent, len(sent)) == ("done", True, 1)
    assert remote_of(sandbox, live).daily_budget_micros == 320_000_000


def test_change_that_was_never_made_is_sent_after_the_look_up(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_class(platform)

    def vanish(self: Any, *args: Any) -> None:
        raise OutcomeUnknown("No answer.", platform=platform)

    with monkeypatch.context() as patch:
        patch.setattr(client, "set_daily_budget", vanish)
        services.set_daily_budget(actor=actor, campaign=live, budget=Money(Decimal(320), "USD"))
        jobs.run_due(limit=4)
    assert remote_of(sandbox, live).daily_budget_micros == 300_000_000
    assert Incident.objects.filter(key=f"publish:{live.pk}", resolved_at=None).exists()
    run_again()
    assert remote_of(sandbox, live).daily_budget_micros == 320_000_000
    assert not Incident.objects.filter(key=f"publish:{live.pk}", resolved_at=None).exists()


def test_platform_that_cannot_answer_delays_and_loses_nothing(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_class(platform)

    def closed(self: Any, *args: Any) -> None:
        raise PlatformUnavailable("Nobody answers.", platform=platform)

    with monkeypatch.context() as patch:
        patch.setattr(client, "set_status", closed)
        services.set_status(actor=actor, campaign=live, to="paused")
        jobs.run_due()
    assert live.requests.last().state == "waiting"  # type: ignore[union-attr]
    assert Job.objects.get(kind="publish_lower", state="queued").error == "Nobody answers."
    run_again()
    assert remote_of(sandbox, live).status == "paused"


def test_refused_change_is_taken_back_and_told(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, *args: Any) -> None:
        raise Rejected("Too low for this bid.", platform=platform, field="daily_budget")

    monkeypatch.setattr(client_class(platform), "set_daily_budget", refuse)
    services.set_daily_budget(actor=actor, campaign=live, budget=Money(Decimal(250), "USD"))
    jobs.run_due()
    live.refresh_from_db()
    request = live.requests.get(operation="set_budget")
    assert (request.state, request.error_field) == ("refused", "daily_budget")
    assert live.daily_budget_micros == 300_000_000
    rows = live.budget_history.order_by("pk").values_list("old_micros", "new_micros", "origin")
    assert list(rows)[-2:] == [
        (300_000_000, 250_000_000, "direct"),
        (250_000_000, 300_000_000, "return"),
    ]
    incident = Incident.objects.get(key=f"publish:{live.pk}")
    assert incident.detail.startswith("Too low for this bid.")
    assert (
        incident.next_step == "Change the daily budget on the campaign's page and request it again."
    )


def test_altered_payload_is_never_sent(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str
) -> None:
    request = services.set_daily_budget(
        actor=actor, campaign=live, budget=Money(Decimal(310), "USD")
    )
    assert request is not None
    PublishRequest.objects.filter(pk=request.pk).update(
        payload={"micros": 9_000_000_000, "before": 300_000_000}
    )
    jobs.run_due()
    request.refresh_from_db()
    assert (request.state, request.error_code) == ("refused", "altered")
    assert remote_of(sandbox, live).daily_budget_micros == 300_000_000


def test_waiting_change_without_a_job_is_found_again(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str
) -> None:
    services.set_status(actor=actor, campaign=live, to="paused")
    Job.objects.filter(kind="publish_lower", state="queued").delete()
    resume_publishing()
    jobs.run_due()
    assert remote_of(sandbox, live).status == "paused"


def test_dead_token_marks_the_account_and_waits_for_a_new_one(
    live: Campaign, sandbox: Sandbox, actor: Actor, advertiser: Advertiser, platform: str
) -> None:
    from platforms.models import Credential

    secrets = Credential.objects.get(account=live.account).secrets
    broken = {**secrets, ("refresh_token" if platform == "google" else "access_token"): "x" * 20}
    Credential.objects.filter(account=live.account).update(secrets=broken)
    services.set_status(actor=actor, campaign=live, to="paused")
    jobs.run_due()
    account = AdAccount.objects.get(pk=live.account_id)
    assert account.state == "needs_token"
    assert Incident.objects.filter(key=f"token:{account.pk}", resolved_at=None).exists()
    assert live.requests.last().state == "waiting"  # type: ignore[union-attr]
    Credential.objects.filter(account=live.account).update(secrets=secrets)
    run_again()
    assert remote_of(sandbox, live).status == "paused"


def test_two_workers_on_one_outbox_send_once(
    live: Campaign, sandbox: Sandbox, actor: Actor, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second worker starts exactly when the first is in the middle of its call."""
    client, sent = client_class(platform), []
    real = client.set_status

    def meanwhile(self: Any, *args: Any) -> None:
        sent.append(args)
        with pytest.raises(settlement.Busy):
            outbox_worker.work(Campaign.objects.get(pk=live.pk))
        real(self, *args)

    monkeypatch.setattr(client, "set_status", meanwhile)
    services.set_status(actor=actor, campaign=live, to="paused")
    jobs.run_due()
    assert len(sent) == 1
    assert live.requests.last().state == "done"  # type: ignore[union-attr]
