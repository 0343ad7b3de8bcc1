"""What would fail at a launch is said before the plan can be approved."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from agents import services
from agents.models import Strategy
from agents.plans import hash_of_plan
from campaigns.models import Campaign
from core.common import dates
from core.common.errors import InvalidInput, InvalidMove
from core.common.money import Money
from core.models import Actor, Advertiser, AuditEntry, ExchangeRate, Job
from platforms.models import AdAccount, PlatformLimits
from tests.fixtures.plans import ads_of, plan_of
from tests.fixtures.world import Launch, Sandbox, strategy_of

KEYWORDS = ["shoes!", "running, shoes", "boots (men)"]


def problems(strategy: Strategy) -> list[tuple[str, str]]:
    strategy.refresh_from_db()
    return [(problem["field"], problem["message"]) for problem in strategy.problems]


def refuses(strategy: Strategy, actor: Actor) -> None:
    """Nobody can approve it, and nothing is created."""
    with pytest.raises((InvalidInput, InvalidMove)):
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    assert not Job.objects.filter(kind="execute").exists()


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_keyword_with_a_sign_that_google_refuses(
    keyword: str, plan: Launch, actor: Actor
) -> None:
    strategy = strategy_of(plan("google", keywords=("hiking boots", keyword)))
    [(field, message)] = problems(strategy)
    assert (strategy.state, field) == ("blocked", "keywords")
    assert f"in a keyword: “{keyword}”. Take it out." in message
    refuses(strategy, actor)


def test_double_width_headlines_count_twice_on_google_only(plan: Launch) -> None:
    wide = "登山靴と防水ブーツの専門店です"  # 15 characters, 30 as Google counts
    strategy = strategy_of(plan("google", headlines=(wide, wide + "。", "Light boots", "Walk")))
    assert strategy.state == "review"
    shown = {t for ad in ads_of(strategy) for t in ad.headlines}
    assert wide in shown
    assert wide + "。" not in shown
    assert plan_of(strategy).warnings[0] == (
        f"Left out the headline “{wide}。”: 32 characters, wide ones counted twice, 30 fit."
    )
    meta = strategy_of(plan("meta", headlines=(wide + "。",)))
    shown = {t for ad in ads_of(meta) for t in ad.headlines}
    assert shown == {wide + "。"}


def test_a_plan_whose_headlines_are_all_too_wide_is_blocked(plan: Launch, actor: Actor) -> None:
    strategy = strategy_of(plan("google", headlines=tuple("靴" * n for n in (16, 17, 18))))
    assert strategy.state == "review"  # the planner filled up with short ones
    content = json.loads(strategy.plan)
    ad = content["campaigns"][0]["ad_groups"][0]["ads"][0]
    ad["headlines"][0]["text"] = "靴" * 16
    altered = json.dumps(content)
    Strategy.objects.filter(pk=strategy.pk).update(plan=altered, plan_hash=hash_of_plan(altered))
    strategy.refresh_from_db()
    with pytest.raises(InvalidInput) as refused:
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    assert refused.value.field == "headlines"
    assert "32 characters, where wide characters count twice; Google Ads takes 30." in str(
        refused.value.user_message
    )


@pytest.mark.parametrize("platform", ["google", "tiktok"])
def test_a_country_that_the_platform_does_not_serve(
    platform: str, plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = strategy_of(plan(platform, countries=("US", "CU")))
    name = strategy.account.get_platform_display()
    assert problems(strategy) == [
        ("countries", f"{name} shows no ads in: CU. Choose other countries.")
    ]
    assert (strategy.state, strategy.check_state) == ("blocked", "refused")
    entry = AuditEntry.objects.filter(action="plan").latest("pk")
    assert entry.after["state"] == "blocked"
    refuses(strategy, actor)
    assert sandbox.campaigns(platform) == []


def running(account: AdAccount, daily: int) -> None:
    Campaign.objects.create(
        account=account,
        name="Runs already",
        remote_id="77",
        wanted="active",
        remote="active",
        daily_budget_micros=daily * 1_000_000,
    )


def test_a_cap_that_what_runs_and_the_plan_exceed_together(
    plan: Launch, actor: Actor, advertiser: Advertiser, accounts: dict[str, AdAccount]
) -> None:
    running(accounts["meta"], 250)
    Advertiser.objects.update(max_daily_total_micros=500_000_000)
    advertiser.refresh_from_db()
    for account in accounts.values():
        account.refresh_from_db()
    strategy = strategy_of(plan("google"))  # 300.00 a day
    [(field, message)] = problems(strategy)
    assert field == "daily_budget"
    assert message.startswith(
        "All active budgets would come to $550.00 a day, over the advertiser's cap of $500.00."
    )
    refuses(strategy, actor)


def test_a_cap_in_a_currency_without_a_rate(
    plan: Launch, actor: Actor, advertiser: Advertiser, accounts: dict[str, AdAccount]
) -> None:
    ExchangeRate.objects.all().delete()
    Advertiser.objects.update(currency="EUR", max_daily_total_micros=500_000_000)
    strategy = strategy_of(plan("google"))
    [(field, message)] = problems(strategy)
    assert field == "total_budget"
    assert "There is no exchange rate from USD to EUR" in message
    refuses(strategy, actor)
    ExchangeRate.objects.create(
        day=dates.today(advertiser.time_zone), base="USD", quote="EUR", rate=Decimal("0.9")
    )
    assert strategy_of(plan("google", name="Again")).problems == []


def test_a_cap_that_was_set_after_planning_is_asked_again_at_approval(
    plan: Launch, actor: Actor, advertiser: Advertiser, accounts: dict[str, AdAccount]
) -> None:
    strategy = strategy_of(plan("google"))
    PlatformLimits.objects.create(
        advertiser=advertiser, platform="google", daily_cap_micros=100_000_000
    )
    with pytest.raises(InvalidInput, match="over the cap of all Google Ads accounts"):
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    assert not Job.objects.filter(kind="execute").exists()


def test_the_minimum_of_tiktok_in_another_currency_needs_a_rate(
    plan: Launch, accounts: dict[str, AdAccount], advertiser: Advertiser
) -> None:
    ExchangeRate.objects.all().delete()
    AdAccount.objects.filter(platform="tiktok").update(currency="EUR")
    accounts["tiktok"].refresh_from_db()
    money = Money(Decimal(1350), "EUR")  # 45.00 a day
    strategy = strategy_of(plan("tiktok", total_budget=money))
    assert [field for field, _ in problems(strategy)] == ["total_budget"]
    assert "50 US dollars a day, cannot be compared: There is no exchange rate" in str(
        strategy.problems
    )
    day = dates.today(advertiser.time_zone)
    ExchangeRate.objects.create(day=day, base="USD", quote="EUR", rate=Decimal("0.92"))
    low = strategy_of(plan("tiktok", name="Low", total_budget=money))
    assert problems(low) == [
        (
            "total_budget",
            "€45.00 a day is below the minimum of €46.00. This account needs at least €1,380.00 "
            "of the total, fewer days, or to be left out.",
        )
    ]


def test_a_first_day_that_meta_does_not_take(plan: Launch, advertiser: Advertiser) -> None:
    start = dates.today(advertiser.time_zone) + timedelta(days=1200)
    strategy = strategy_of(plan("meta", start=start, end=start + timedelta(days=9)))
    [(field, message)] = problems(strategy)
    assert field == "start"
    assert message.startswith("Meta takes a first day up to ")


def test_political_ads_on_tiktok(plan: Launch) -> None:
    strategy = strategy_of(plan("tiktok", political_ads=True))
    assert [field for field, _ in problems(strategy)] == ["political_ads"]
