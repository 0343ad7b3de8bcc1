"""Only the worker that holds the claim sends, and only what the gate still lets pass; lost answers,
late vendors, frozen workers and clocks that are set leave one object."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from agents import services as plans
from agents.models import Strategy
from campaigns import services
from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import leases, outbox_worker
from campaigns.sync import metrics_sync
from core import jobs
from core.common import clock
from core.models import Actor, Advertiser, Incident, Job
from platforms import registry
from platforms.common.calls import Calls
from tests.agents.execution.test_execution import run_again
from tests.campaigns.publishing import vendor_double as double
from tests.campaigns.publishing.steps import ask, running_campaign
from tests.fixtures.plans import ads_of, campaign_of, planned
from tests.fixtures.world import Launch, Sandbox, strategy_of

PLATFORMS = ["google", "meta", "tiktok"]
# The first write of each kind of object, by the platform's own name of the call.
CREATES = [
    ("google", "Mutate campaign tree"),
    ("meta", "POST act/campaigns"),
    ("meta", "POST act/adsets"),
    ("meta", "POST act/ads"),
    ("tiktok", "POST campaign/create"),
    ("tiktok", "POST adgroup/create"),
    ("tiktok", "POST ad/create"),
]


def approved(plan: Launch, actor: Actor, platform: str) -> Strategy:
    strategy = strategy_of(plan(platform))
    plans.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    return strategy


def objects(sandbox: Sandbox, platform: str) -> tuple[int, int, int]:
    """Campaigns, ad groups and ads of ours on the platform."""
    world, campaigns = sandbox.world, sandbox.campaigns(platform)
    groups = [g for c in campaigns for g in world.list_ad_groups(c.account_id, c.id)]
    ads = [a for c in campaigns for a in world.list_ads(c.account_id, c.id)]
    return len(campaigns), len(groups), len(ads)


def is_live_with_one_of_each(strategy: Strategy, sandbox: Sandbox, platform: str) -> bool:
    strategy.refresh_from_db()
    planned = len(ads_of(strategy))
    return strategy.state == "live" and objects(sandbox, platform) == (1, 1, planned)


def another_worker_finishes(strategy: Strategy) -> None:
    """The lease ends, and what the first worker held is looked up and done by another one."""
    PublishRequest.objects.filter(state="in_flight").update(lease_until=clock.real_now())
    outbox_worker.work(Campaign.objects.get(reference=planned(strategy).reference))


def once_at(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, operation: str, act: Callable[[], None]
) -> list[str]:
    """Do `act` before `owner.name` of the first write of that operation; the calls seen."""
    real, seen = getattr(owner, name), list[str]()

    def watched(self: Any, called: str, *args: Any, **more: Any) -> Any:
        seen.append(called)
        if called == operation and seen.count(operation) == 1:
            act()
        return real(self, called, *args, **more)

    monkeypatch.setattr(owner, name, watched)
    return seen


@pytest.mark.parametrize(("platform", "operation"), CREATES)
def test_worker_frozen_before_its_check_and_woken_after_its_lease_sends_nothing(
    platform: str,
    operation: str,
    plan: Launch,
    actor: Actor,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strategy = approved(plan, actor, platform)
    sent = once_at(
        monkeypatch,
        Calls,
        "_send_once",
        operation,
        lambda: another_worker_finishes(strategy),
    )
    jobs.run_due()
    for _ in range(4):
        run_again()
    assert operation in sent
    assert is_live_with_one_of_each(strategy, sandbox, platform), strategy.execution.waiting_for
    metrics_sync.sync_account(strategy.account)
    assert not Incident.objects.filter(key__startswith="second_copy:").exists()


def test_worker_frozen_between_check_and_send_is_found_by_the_next_sync(
    plan: Launch, actor: Actor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No check can stop it: the second ad is there, and is paused and told of."""
    strategy = approved(plan, actor, "meta")
    once_at(
        monkeypatch,
        Calls,
        "_send_and_record",
        "POST act/ads",
        lambda: another_worker_finishes(strategy),
    )
    jobs.run_due()
    for _ in range(4):
        run_again()
    planned = len(ads_of(strategy))
    assert objects(sandbox, "meta") == (1, 1, planned + 1)
    metrics_sync.sync_account(strategy.account)
    [campaign] = sandbox.campaigns("meta")
    ads = sandbox.world.list_ads(campaign.account_id, campaign.id)
    assert sorted(ad.status for ad in ads) == ["active"] * planned + ["paused"]
    assert Incident.objects.filter(key__startswith="second_copy:").count() == 1


@pytest.mark.parametrize(
    ("platform", "operation"),
    [
        ("google", "GoogleAdsService.Mutate"),
        ("meta", "campaigns.create"),
        ("meta", "adsets.create"),
        ("meta", "ads.create"),
        ("tiktok", "campaign/create"),
        ("tiktok", "ad/create"),
    ],
)
def test_vendor_that_answers_after_our_time_out_leaves_one_object(
    platform: str,
    operation: str,
    plan: Launch,
    actor: Actor,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    """Time-out, late commit and settling are scaled down by one factor: 30 : 50 : 180 s."""
    strategy = approved(plan, actor, platform)
    seconds = 0.6
    settings.PUBLISH_SETTLE_SECONDS = settings.PUBLISH_SETTLE_SHORT_SECONDS = 2
    real = registry.config_for
    monkeypatch.setattr(
        outbox_worker,
        "config_for",
        lambda account, **more: replace(real(account, **more), timeout_seconds=seconds),
    )
    sandbox.world.faults.add(platform, operation, "delay", 1, seconds=seconds * 5 / 3)
    jobs.run_due(limit=2)  # the plan's check, and the launch
    lost = PublishRequest.objects.get(state="unknown")
    assert lost.lost_at is not None
    assert lost.claimed_at is not None
    assert (lost.lost_at - lost.claimed_at).total_seconds() >= seconds
    for _ in range(3):  # neither a second job nor the sweeper looks earlier
        run_again()
        assert PublishRequest.objects.get(pk=lost.pk).state == "unknown"
    PublishRequest.objects.update(lost_at=clock.real_now() - timedelta(seconds=4))
    threading.Event().wait(seconds)  # the vendor is done by now
    for _ in range(6):
        run_again()
    assert is_live_with_one_of_each(strategy, sandbox, platform), strategy.execution.waiting_for


def test_settling_counts_from_the_lost_answer_and_not_from_the_claim(
    noon: None, advertiser: Advertiser, actor: Actor, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PUBLISH_SETTLE_SECONDS = 180
    campaign = running_campaign(advertiser)
    vendor = double.install(monkeypatch, campaign)
    vendor.answers.append(double.LATE)
    vendor.meanwhile = lambda: make_claims_older(minutes=30)  # a slow answer
    request = ask("raise", campaign, actor)
    assert request is not None
    jobs.run_due(limit=3)
    request.refresh_from_db()
    assert request.state == "unknown"
    assert request.lost_at is not None
    assert clock.real_now() - request.lost_at < timedelta(minutes=1)
    assert vendor.writes == ["budget 120"]


def make_claims_older(minutes: int) -> None:
    at = clock.real_now() - timedelta(minutes=minutes)
    PublishRequest.objects.update(claimed_at=at)


# ---- clocks that are set ----


@pytest.mark.parametrize("hours", [-5, 5])
def test_clock_that_is_set_lets_no_second_worker_send(
    hours: int,
    noon: None,
    advertiser: Advertiser,
    actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Set while a worker is about to write: another one may claim early, and the first is fenced;
    or the lease seems to last for hours, and is none."""
    campaign = running_campaign(advertiser)
    vendor = double.install(monkeypatch, campaign)
    request = ask("raise", campaign, actor)
    assert request is not None
    real, fence = clock.real_now, leases.Fence.__call__
    frozen: list[bool] = []

    def set_and_let_another_one_work(self: leases.Fence) -> None:
        if not frozen:
            frozen.append(True)
            monkeypatch.setattr(clock, "real_now", lambda: real() + timedelta(hours=hours))
            outbox_worker.work(Campaign.objects.get(pk=campaign.pk))
            assert vendor.writes == ["budget 120"]
        fence(self)

    monkeypatch.setattr(leases.Fence, "__call__", set_and_let_another_one_work)
    jobs.run_due()
    assert vendor.writes == ["budget 120"]
    request.refresh_from_db()
    assert (request.state, request.attempts) == ("done", 2)


def test_clock_that_is_set_back_does_not_hold_a_lost_answer_for_hours(
    noon: None, advertiser: Advertiser, actor: Actor, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PUBLISH_SETTLE_SECONDS = 180
    campaign = running_campaign(advertiser)
    vendor = double.install(monkeypatch, campaign)
    vendor.answers.append(double.VANISHED)
    request = ask("raise", campaign, actor)
    assert request is not None
    jobs.run_due(limit=1)
    day = timedelta(days=1)
    PublishRequest.objects.update(lost_at=clock.real_now() + day, not_before=clock.real_now() + day)
    Job.objects.update(not_before=clock.real_now())
    jobs.run_due(limit=1)
    request.refresh_from_db()
    assert request.lost_at is not None
    assert request.lost_at <= clock.real_now()  # from now on, once more the whole 180 s
    assert vendor.writes == ["budget 120"]
    double.let_time_pass()
    jobs.run_due()
    assert vendor.writes == ["budget 120", "budget 120"]


# ---- the gate, just before each write ----


@pytest.mark.parametrize("platform", PLATFORMS)
def test_stop_switch_pressed_between_claim_and_write_holds_the_write_back(
    platform: str,
    launch: Launch,
    sandbox: Sandbox,
    actor: Actor,
    advertiser: Advertiser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign = campaign_of(strategy_of(launch(platform)))
    assert campaign is not None
    services.set_status(actor=actor, campaign=campaign, to="paused")
    jobs.run_due()
    services.set_status(actor=actor, campaign=campaign, to="active")
    claim = outbox_worker._claim

    def claim_and_stop(request: PublishRequest) -> bool:
        won = claim(request)
        services.stop(actor=actor, advertiser=advertiser)
        return won

    monkeypatch.setattr(outbox_worker, "_claim", claim_and_stop)
    jobs.run_due()
    assert sandbox.world.get_campaign(campaign.remote_id).status == "paused"
    request = campaign.requests.last()
    assert request is not None
    assert (request.state, request.refusal) == ("refused", "advertiser_stop")
    campaign.refresh_from_db()
    assert campaign.wanted == "paused"


def test_repeated_write_asks_the_gate_again(
    launch: Launch,
    sandbox: Sandbox,
    actor: Actor,
    advertiser: Advertiser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Throttled once, stopped before the second try of the same call."""
    campaign = campaign_of(strategy_of(launch("meta")))
    assert campaign is not None
    services.set_status(actor=actor, campaign=campaign, to="paused")
    jobs.run_due()
    services.set_status(actor=actor, campaign=campaign, to="active")
    sandbox.fault("meta", "campaign.update", "server_error")
    fence = leases.Fence.__call__

    def stop_after_the_first(self: leases.Fence) -> None:
        fence(self)
        services.stop(actor=actor, advertiser=advertiser)

    monkeypatch.setattr(leases.Fence, "__call__", stop_after_the_first)
    jobs.run_due()
    assert sandbox.world.get_campaign(campaign.remote_id).status == "paused"
    request = campaign.requests.last()
    assert request is not None
    assert (request.state, request.refusal) == ("refused", "advertiser_stop")


def test_refusal_of_a_second_write_leaves_nothing_switched_on(
    plan: Launch,
    actor: Actor,
    advertiser: Advertiser,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TikTok may ignore the wish to create paused: the pausing that follows passes the switch."""
    from platforms.tiktok import mapping

    strategy = approved(plan, actor, "tiktok")
    body = mapping.campaign_body
    monkeypatch.setattr(
        mapping, "campaign_body", lambda spec: {**body(spec), "operation_status": "ENABLE"}
    )
    fence = leases.Fence.__call__

    def stop_after_the_first(self: leases.Fence) -> None:
        fence(self)
        if not Advertiser.objects.get(pk=advertiser.pk).is_stopped:
            services.stop(actor=actor, advertiser=advertiser)

    monkeypatch.setattr(leases.Fence, "__call__", stop_after_the_first)
    jobs.run_due()
    [remote] = sandbox.campaigns("tiktok")
    assert remote.status == "paused"
    created = PublishRequest.objects.get(operation="create_campaign")
    assert created.state == "done"
    assert set(PublishRequest.objects.exclude(pk=created.pk).values_list("state", flat=True)) == {
        "waiting"
    }
    services.lift_stop(actor=actor, advertiser=advertiser)
    monkeypatch.undo()
    strategy.refresh_from_db()
    assert strategy.state == "executing"


def test_worker_that_lost_its_claim_settles_nothing(
    noon: None, advertiser: Advertiser, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken over while its call was under way: its answer, though good, is not its to write."""
    campaign = running_campaign(advertiser)
    vendor = double.install(monkeypatch, campaign)
    request = ask("raise", campaign, actor)
    assert request is not None

    def take_over() -> None:
        row = PublishRequest.objects.get(pk=request.pk)
        PublishRequest.objects.filter(pk=row.pk).update(
            state="unknown", maybe_sent=True, lost_at=clock.real_now(), token="another"
        )

    vendor.meanwhile = take_over
    jobs.run_due(limit=1)
    request.refresh_from_db()
    assert (request.state, request.token) == ("unknown", "another")


@pytest.mark.django_db(transaction=True)
def test_one_of_racing_takeovers_wins(advertiser: Advertiser) -> None:
    """Threads with connections of their own find one expired lease: one looks it up."""
    campaign = running_campaign(advertiser)
    request = PublishRequest.objects.create(
        account=campaign.account,
        campaign=campaign,
        operation="set_budget",
        target_type="campaign",
        target_id=campaign.pk,
        payload={"micros": 120_000_000},
        state="unknown",
        token="dead",
        lease_until=clock.real_now() - timedelta(seconds=1),
    )
    together, won = threading.Barrier(5), list[bool]()

    def claim() -> None:
        row = PublishRequest.objects.get(pk=request.pk)
        together.wait()
        try:
            won.append(leases.claim(row))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 4 + [True]
    request.refresh_from_db()
    assert request.token not in {"", "dead"}
