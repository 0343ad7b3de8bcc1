"""The platform is asked about a plan before it can be approved, and creates nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents import services
from agents.execution.platform_check import check_with_platform
from agents.models import Strategy
from core import jobs
from core.common.errors import InvalidInput, InvalidMove
from core.common.money import Money
from core.models import Actor, ActorKind, Job
from platforms.common.calls import reset_governors
from platforms.models import AdAccount
from tests.fixtures.world import Launch, Sandbox, strategy_of


def problems(strategy: Strategy) -> list[tuple[str, str]]:
    strategy.refresh_from_db()
    return [(problem["field"], problem["message"]) for problem in strategy.problems]


def refuses(strategy: Strategy, actor: Actor) -> None:
    """Nobody can approve it, and nothing is created."""
    with pytest.raises((InvalidInput, InvalidMove)):
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    assert not Job.objects.filter(kind="execute").exists()


def fault_on_check(sandbox: Sandbox, platform: str, kind: str) -> None:
    operation = {
        "google": "*.ValidateMutate",
        "meta": "campaigns.validate",
        "tiktok": "tool/region",
    }[platform]
    sandbox.fault(platform, operation, kind, times=20)


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
def test_a_plan_waits_for_the_platforms_check_which_creates_nothing(
    platform: str, plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = strategy_of(plan(platform))
    assert strategy.check_state == "passed"
    Strategy.objects.update(check_state="waiting", checked_at=None)
    strategy.refresh_from_db()
    with pytest.raises(InvalidInput, match="is being asked about this plan") as refused:
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    assert refused.value.field == "check_state"
    jobs.run_due()  # asked for by the attempt, also where nobody had asked before
    strategy.refresh_from_db()
    assert strategy.check_state == "passed"
    assert strategy.checked_at is not None
    assert sandbox.campaigns(platform) == []
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "live"


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
def test_a_platform_that_cannot_be_asked_is_said_and_asked_again(
    platform: str, plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    fault_on_check(sandbox, platform, "timeout_before")
    strategy = strategy_of(plan(platform))
    assert (strategy.state, strategy.check_state) == ("review", "unreachable")
    assert strategy.check_says
    with pytest.raises(InvalidInput, match="could not be asked about this plan") as refused:
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    assert refused.value.field == "unchecked"
    sandbox.world.faults.clear()
    reset_governors()
    assert check_with_platform(strategy) == "passed"


def test_a_plan_without_a_check_is_approved_by_whoever_was_told(
    plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    fault_on_check(sandbox, "meta", "timeout_before")
    strategy = strategy_of(plan("meta"))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash, unchecked=True)
    strategy.refresh_from_db()
    assert strategy.state == "approved"


def test_the_platforms_refusal_becomes_a_problem_in_its_own_words(
    plan: Launch, actor: Actor, accounts: dict[str, AdAccount]
) -> None:
    """The account's own row is out of date: it knows a lower minimum than Meta now has."""
    AdAccount.objects.filter(platform="meta").update(min_daily_budget_micros=10_000)
    accounts["meta"].refresh_from_db()
    strategy = strategy_of(plan("meta", total_budget=Money(Decimal(15), "USD")))
    [(field, message)] = problems(strategy)
    assert field == "daily_budget"
    assert message.startswith("Meta refuses this plan: ")
    assert "1.00 USD" in message
    refuses(strategy, actor)


def test_a_token_that_no_longer_works_is_a_problem_of_the_account(
    plan: Launch, sandbox: Sandbox
) -> None:
    fault_on_check(sandbox, "meta", "expired_token")
    strategy = strategy_of(plan("meta"))
    assert [field for field, _ in problems(strategy)] == ["accounts"]


def test_a_plan_that_was_replaced_meanwhile_is_not_touched_by_a_late_answer(
    plan: Launch, actor: Actor
) -> None:
    brief = plan("google")
    old = strategy_of(brief)
    Strategy.objects.filter(pk=old.pk).update(state="replaced", check_state="waiting")
    old.check_state = "waiting"  # what the worker read before
    check_with_platform(old)
    assert Strategy.objects.get(pk=old.pk).check_state == "waiting"


def test_a_page_asks_no_platform(plan: Launch, sandbox: Sandbox, monkeypatch: Any) -> None:
    """Planning and approving in a request reach no client."""

    def called(*_: Any) -> None:
        raise AssertionError("a page asked a platform")

    brief = plan("google")
    monkeypatch.setattr("agents.execution.platform_check.platform_for", called)
    [strategy] = services.plan_brief(actor=Actor(ActorKind.SYSTEM, "test"), brief=brief)
    assert strategy.check_state == "waiting"
