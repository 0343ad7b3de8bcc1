"""From an approved plan to a live campaign, on every platform, through kills and lost answers."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from agents import services
from agents.execution import checks, runner, steps
from agents.models import ExecutionStep, Strategy
from campaigns.models import Ad, Campaign, PublishRequest
from campaigns.publishing import outbox_worker, publish_operations, settlement
from campaigns.services import create_campaign, lift_stop, stop
from core import jobs
from core.common import clock
from core.common.errors import InvalidInput, InvalidMove, NotAllowed
from core.models import Actor, Advertiser, AuditEntry, Incident, Job
from platforms.common.calls import reset_governors
from tests.fixtures.people import People
from tests.fixtures.plans import ads_of, campaign_of, plan_of, planned
from tests.fixtures.world import Launch, Sandbox, strategy_of

PLATFORMS = ["google", "meta", "tiktok"]


def run_again() -> None:
    """What the sweeper does once leases have expired and waits are over."""
    reset_governors()
    Job.objects.filter(state="running").update(lease_until=clock.real_now())
    PublishRequest.objects.filter(state="in_flight").update(lease_until=clock.real_now())
    PublishRequest.objects.filter(state__in=PublishRequest.OPEN).update(not_before=clock.real_now())
    jobs.sweep()
    Job.objects.filter(state="queued").update(not_before=clock.real_now())
    jobs.run_due()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_approved_plan_becomes_a_live_campaign(
    platform: str, launch: Launch, sandbox: Sandbox
) -> None:
    strategy = strategy_of(launch(platform))
    campaign = campaign_of(strategy)
    assert campaign is not None
    assert (campaign.wanted, campaign.remote in {"active", "in_review"}) == ("active", True)
    [remote] = sandbox.campaigns(platform)
    assert remote.id == campaign.remote_id
    assert remote.daily_budget_micros == campaign.daily_budget_micros == 300_000_000
    assert remote.status == "active"
    planned = ads_of(strategy)
    ads = Ad.objects.filter(ad_group__campaign=campaign)
    assert len(planned) == ads.exclude(remote_id="").count() >= 2
    assert [s.state for s in strategy.execution.steps.all()] == ["done"] * 5


def test_campaign_is_enabled_last(launch: Launch) -> None:
    launch("meta")
    operations_in_order = list(
        PublishRequest.objects.order_by("id").values_list("operation", flat=True)
    )
    assert operations_in_order[-1] == "set_status"
    assert operations_in_order.count("set_status") == 1


def test_nothing_is_sent_before_approval(plan: Launch, sandbox: Sandbox) -> None:
    plan()
    jobs.run_due()
    assert [sandbox.campaigns(name) for name in PLATFORMS] == [[], [], []]
    assert PublishRequest.objects.count() == 0


def test_approval_of_another_plan_than_the_one_seen_is_refused(
    plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = strategy_of(plan("google"))
    with pytest.raises(InvalidInput) as refused:
        services.approve(actor=actor, strategy=strategy, seen_hash="0" * 64)
    assert refused.value.field == "plan_hash"
    jobs.run_due()
    assert sandbox.campaigns("google") == []


def with_budget(plan: str, micros: int) -> str:
    content = json.loads(plan)
    content["campaigns"][0]["budget"]["amount"]["micros"] = micros
    return json.dumps(content)


def test_plan_altered_after_approval_is_never_carried_out(
    plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = strategy_of(plan("google"))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    altered = with_budget(strategy.plan, 10**12)
    Strategy.objects.filter(pk=strategy.pk).update(plan=altered)
    jobs.run_due()
    assert sandbox.campaigns("google") == []
    strategy.refresh_from_db()
    assert strategy.state == "failed"
    assert Incident.objects.filter(key=f"launch:{strategy.pk}").exists()


def test_plan_altered_in_the_middle_is_not_gone_on_with(
    plan: Launch, actor: Actor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = strategy_of(plan("google"))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at(patch, runner, "_begin", 1, after=True)
        jobs.run_due()
    altered = with_budget(strategy.plan, 10**9)
    Strategy.objects.filter(pk=strategy.pk).update(plan=altered)
    run_again()
    strategy.refresh_from_db()
    assert (strategy.state, sandbox.campaigns("google")) == ("failed", [])


def test_planning_at_the_same_time_leaves_one_strategy_per_account(plan: Launch) -> None:
    brief = plan("google")
    [strategy] = Strategy.objects.filter(brief=brief)
    twin = Strategy(
        brief=brief, account=strategy.account, plan="{}", plan_hash="x", planner="rules"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_launch_halted_between_asking_and_sending_goes_on_when_the_switch_is_lifted(
    plan: Launch, actor: Actor, advertiser: Advertiser, sandbox: Sandbox, monkeypatch: Any
) -> None:
    strategy = strategy_of(plan("google"))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at(patch, steps, "set_status", 1, after=True)
        jobs.run_due()
    stop(actor=actor, advertiser=advertiser)
    run_again()
    assert [c.status for c in sandbox.campaigns("google")] == ["paused"]
    lift_stop(actor=actor, advertiser=advertiser)
    for _ in range(3):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live"


def test_author_cannot_approve_alone_above_the_second_person_limit(
    plan: Launch, advertiser: Advertiser, actor: Actor, people: People
) -> None:
    advertiser.second_person_above_micros = 1_000_000_000
    advertiser.save()
    strategy = strategy_of(plan("google"))
    with pytest.raises(NotAllowed):
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    other = Actor.person(people.approver)
    services.approve(actor=other, strategy=strategy, seen_hash=strategy.plan_hash)
    strategy.refresh_from_db()
    assert strategy.state == "approved"


class Killed(BaseException):
    """The worker is gone: no handler runs, nothing is settled."""


def kill_at(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, call: int, after: bool
) -> None:
    """Die when `name` is entered or left for the `call`-th time, once."""
    real, calls = getattr(module, name), [0]

    def dying(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == call and not after:
            raise Killed
        result = real(*args, **kwargs)
        if calls[0] == call and after:
            raise Killed
        return result

    monkeypatch.setattr(module, name, dying)


POINTS = [
    (runner, "_begin", 1, True),
    (steps, "create_campaign", 1, True),
    (outbox_worker, "_claim", 1, True),
    (settlement, "settle", 1, False),
    (publish_operations, "apply", 1, False),
    (settlement, "mark_done", 1, True),
    (outbox_worker, "_claim", 2, True),
    (settlement, "settle", 2, False),
    (settlement, "mark_done", 2, True),
    (settlement, "mark_done", 3, False),
    (checks, "problems", 1, True),
    (steps, "set_status", 1, True),
    (runner, "_finish", 1, False),
]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("point", range(len(POINTS)))
def test_launch_survives_a_kill_at_any_point(
    platform: str,
    point: int,
    plan: Launch,
    actor: Actor,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module, name, call, after = POINTS[point]
    strategy = strategy_of(plan(platform))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    with monkeypatch.context() as patch:
        kill_at(patch, module, name, call, after)
        with contextlib.suppress(Killed):
            jobs.run_due()
    for _ in range(6):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live", (strategy.execution.error, strategy.execution.waiting_for)
    assert len(sandbox.campaigns(platform)) == 1
    planned = len(ads_of(strategy))
    [remote] = sandbox.campaigns(platform)
    world = sandbox.world
    assert len(world.list_ad_groups(remote.account_id, remote.id)) == 1
    assert len(world.list_ads(remote.account_id, remote.id)) == planned
    assert (
        Ad.objects.exclude(remote_id="").filter(ad_group__campaign=campaign_of(strategy)).count()
        == planned
    )


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("fault", ["lose_answer", "timeout_before", "server_error", "throttle"])
def test_launch_survives_faults_without_a_duplicate(
    platform: str, fault: str, plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = strategy_of(plan(platform))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    sandbox.fault(platform, "*", fault, 2)
    jobs.run_due()
    for _ in range(8):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live", (strategy.execution.error, strategy.execution.waiting_for)
    assert len(sandbox.campaigns(platform)) == 1


def test_stop_switch_holds_a_launch_and_lifting_it_lets_it_go_on(
    plan: Launch, actor: Actor, advertiser: Advertiser, sandbox: Sandbox
) -> None:
    strategy = strategy_of(plan("meta"))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    stop(actor=actor, advertiser=advertiser)
    jobs.run_due()
    assert sandbox.campaigns("meta") == []
    lift_stop(actor=actor, advertiser=advertiser)
    for _ in range(2):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live"


def test_refused_creation_fails_the_launch_and_says_what_exists(
    plan: Launch, actor: Actor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = strategy_of(plan("tiktok"))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    from platforms.errors import Rejected
    from platforms.tiktok.client import TikTokClient

    def refuse(*_: Any, **__: Any) -> Any:
        raise Rejected("The text breaks a rule.", platform="tiktok", field="descriptions")

    monkeypatch.setattr(TikTokClient, "create_ad", refuse)
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "failed"
    assert strategy.execution.error == "Create ad: The text breaks a rule."
    assert [i.key for i in Incident.objects.filter(resolved_at=None)] == [f"launch:{strategy.pk}"]
    incident = Incident.objects.get(key=f"launch:{strategy.pk}")
    assert incident.at_stake.startswith(
        "On the platform there is the campaign, paused, with 1 ad group and 0 ads."
    )
    [remote] = sandbox.campaigns("tiktok")
    assert remote.status == "paused"
    with pytest.raises(InvalidMove):
        services.retry(actor=actor, strategy=strategy)


def test_planning_again_archives_what_a_failed_launch_left(
    plan: Launch, actor: Actor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = plan("tiktok")
    strategy = strategy_of(brief)
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    from platforms.errors import Rejected
    from platforms.tiktok.client import TikTokClient

    def refuse(*_: Any, **__: Any) -> Any:
        raise Rejected("No.", platform="tiktok")

    with monkeypatch.context() as patch:
        patch.setattr(TikTokClient, "create_ad", refuse)
        jobs.run_due()
    services.plan_brief(actor=actor, brief=brief)
    jobs.run_due()
    assert sandbox.campaigns("tiktok") == []
    newest = Strategy.objects.exclude(state="replaced").get(brief=brief)
    services.approve(actor=actor, strategy=newest, seen_hash=newest.plan_hash)
    jobs.run_due()
    newest.refresh_from_db()
    assert newest.state == "live"
    assert len(sandbox.campaigns("tiktok")) == 1


def test_every_change_of_a_launch_has_an_entry(launch: Launch) -> None:
    campaign = launch("google").campaigns.get()
    actions = list(
        AuditEntry.objects.filter(target_type="campaign", target_id=campaign.pk)
        .order_by("id")
        .values_list("action", flat=True)
    )
    assert actions == [
        "create campaign",
        "published: create campaign",
        "set status",
        "published: set status",
    ]


def test_below_minimum_budget_blocks_the_plan_by_field(plan: Launch) -> None:
    from decimal import Decimal

    from core.common.money import Money

    strategy = strategy_of(plan("tiktok", total_budget=Money(Decimal(300), "USD")))
    assert strategy.state == "blocked"
    assert [p["field"] for p in strategy.problems] == ["total_budget"]
    assert "$1,500.00" in strategy.problems[0]["message"]


def test_unsupported_objective_is_refused_by_name(plan: Launch) -> None:
    strategy = strategy_of(plan("meta", objective="app_promotion"))
    assert strategy.state == "blocked"
    assert strategy.problems[0]["field"] == "objective"


def test_equal_shares_are_lifted_to_each_platforms_minimum(plan: Launch) -> None:
    from decimal import Decimal

    from core.common.money import Money

    brief = plan(total_budget=Money(Decimal(2100), "USD"))
    daily = {
        s.account.platform: plan_of(s).budget.daily_micros
        for s in Strategy.objects.filter(brief=brief)
    }
    assert daily == {"google": 10_000_000, "meta": 10_000_000, "tiktok": 50_000_000}


def test_second_execution_of_a_live_strategy_does_nothing(launch: Launch, sandbox: Sandbox) -> None:
    strategy = strategy_of(launch("google"))
    before = PublishRequest.objects.count()
    assert runner.execute(strategy).state == "live"
    assert PublishRequest.objects.count() == before
    assert Campaign.objects.filter(origin="ours").count() == 1
    assert ExecutionStep.objects.count() == 5


def test_launch_whose_job_failed_for_good_has_an_end_and_can_be_tried_again(
    plan: Launch, advertiser: Advertiser, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = strategy_of(plan("meta"))

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("nobody thought of this")

    with monkeypatch.context() as patch:
        patch.setattr(steps, "create_campaign", fail)
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
        jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "failed"
    assert "ZeroDivisionError: nobody thought of this" in strategy.execution.error
    assert Incident.objects.filter(key=f"launch:{strategy.pk}", resolved_at=None).exists()
    services.retry(actor=actor, strategy=strategy)
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "live"


def test_worker_that_was_frozen_goes_on_with_no_launch_that_has_ended(
    plan: Launch, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = strategy_of(plan("meta"))

    def end_meanwhile(**how: Any) -> Any:
        made = create_campaign(**how)
        runner.end_unforeseen(Strategy.objects.get(pk=strategy.pk), "Another worker's error.")
        return made

    monkeypatch.setattr(steps, "create_campaign", end_meanwhile)
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    jobs.run_due()
    campaign = Campaign.objects.get(reference=planned(strategy).reference)
    assert campaign.wanted == "paused"
    assert Strategy.objects.get(pk=strategy.pk).state == "failed"
