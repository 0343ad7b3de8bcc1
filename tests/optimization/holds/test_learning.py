"""Budgets are left alone while a platform learns: in the first days, and after edits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.models import (
    Campaign,
    CampaignBudgetChange,
    DailyMetric,
    LearningEdit,
    PublishRequest,
)
from campaigns.publishing.publish_operations import revert
from campaigns.services import set_daily_budget
from campaigns.sync.metric_store import store_metrics
from core.common import clock
from core.common.money import Money
from core.models import Actor, ActorKind, Advertiser
from optimization import services
from optimization.ab_tests.scaling import held_reason
from optimization.budgets.budget_holds import cooldown_reasons
from optimization.budgets.rebalance_proposal import NothingToMove
from optimization.holds.learning import hold_reasons, learning_holds
from optimization.holds.over_plan import over_plan_reasons
from optimization.models import PacingPlan
from platforms.models import AdAccount
from tests.optimization.live import WORKER, fill, make_campaign, today, values


def set_budget(campaign: Campaign, dollars: int, actor: Actor, *, hours_ago: float = 0) -> None:
    with clock.freeze(clock.market_now() - timedelta(hours=hours_ago)):
        set_daily_budget(actor=actor, campaign=campaign, budget=Money(Decimal(dollars), "USD"))


# ---- steps of the budget -----------------------------------------------------------------


@pytest.mark.parametrize("dollars", [125, 75])
def test_a_large_step_holds_a_budget_for_72_hours_whoever_made_it(
    pool: list[Campaign], actor: Actor, dollars: int
) -> None:
    set_budget(pool[0], dollars, actor, hours_ago=71)
    (pk,) = learning_holds(pool)
    assert pk == pool[0].pk
    hold = learning_holds(pool)[pk]
    assert hold.why == f"its budget was changed from $100.00 to ${dollars}.00 a day"
    left = hold.until - clock.market_now()
    assert timedelta(minutes=55) < left <= timedelta(hours=1)
    with clock.freeze(clock.market_now() + timedelta(hours=2)):
        assert learning_holds(pool) == {}


def test_a_workers_step_within_the_limit_starts_only_todays_cooldown(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    set_budget(pool[0], 119, WORKER)
    assert learning_holds(pool) == {}
    assert cooldown_reasons(pool) == {pool[0].pk: "a worker changed it today already"}


def test_steps_of_which_the_platform_took_none_hold_nothing(
    pool: list[Campaign], actor: Actor
) -> None:
    """The first was replaced before it was sent, the second refused."""
    Campaign.objects.filter(pk=pool[0].pk).update(remote_daily_budget_micros=100_000_000)
    for dollars in (125, 130):
        set_budget(pool[0], dollars, actor)
    refused = PublishRequest.objects.get(campaign=pool[0], state="waiting")
    revert(refused)
    assert refused.campaign.daily_budget_micros == 100_000_000
    assert learning_holds(pool) == {}


def test_small_steps_of_one_day_count_together(pool: list[Campaign], actor: Actor) -> None:
    for dollars, hours in ((110, 20), (119, 12), (130, 1)):
        set_budget(pool[0], dollars, actor, hours_ago=hours)
    (hold,) = learning_holds(pool).values()
    assert hold.why == "its budget was changed from $100.00 to $130.00 a day"


def test_small_steps_of_several_days_are_small(pool: list[Campaign], actor: Actor) -> None:
    for dollars, hours in ((110, 70), (119, 40), (130, 10)):
        set_budget(pool[0], dollars, actor, hours_ago=hours)
    assert learning_holds(pool) == {}


def test_a_step_that_the_platform_refused_restarts_nothing(
    pool: list[Campaign], actor: Actor
) -> None:
    set_budget(pool[0], 140, actor, hours_ago=2)
    now = clock.market_now()
    CampaignBudgetChange.objects.create(
        campaign=pool[0],
        old_micros=140_000_000,
        new_micros=100_000_000,
        origin="return",
        actor_kind="worker",
        actor_name="publisher",
        market_at=now,
        at=now,
    )
    assert learning_holds(pool) == {}


def set_outside(campaign: Campaign, old: int, new: int, *, hours_ago: float) -> None:
    with clock.freeze(clock.market_now() - timedelta(hours=hours_ago)):
        LearningEdit.objects.create(
            campaign=campaign, cause="budget", old_micros=old * 10**6, new_micros=new * 10**6
        )


def test_small_steps_on_the_platform_count_together_with_those_made_here(
    pool: list[Campaign], actor: Actor
) -> None:
    set_outside(pool[0], 84, 92, hours_ago=9)
    set_outside(pool[0], 92, 100, hours_ago=6)
    assert learning_holds(pool) == {}
    set_budget(pool[0], 110, actor, hours_ago=1)
    (hold,) = learning_holds(pool).values()
    assert hold.why == "its budget was changed from $84.00 to $110.00 a day"


def test_a_large_step_on_the_platform_holds_for_72_hours(pool: list[Campaign]) -> None:
    set_outside(pool[0], 60, 100, hours_ago=71)
    assert set(learning_holds(pool)) == {pool[0].pk}
    with clock.freeze(clock.market_now() + timedelta(hours=2)):
        assert learning_holds(pool) == {}


# ---- the first days, and other edits -----------------------------------------------------


def test_the_first_seven_full_days_are_held(account: AdAccount) -> None:
    young, old, unseen = (make_campaign(account, n, ads=1) for n in (1, 2, 3))
    fill(young, [300], days=7)
    fill(old, [300], days=8)
    assert set(learning_holds([young, old, unseen])) == {young.pk, unseen.pk}
    DailyMetric.objects.filter(campaign=old).order_by("day").update(spend_micros=0)
    assert old.pk in learning_holds([old])


def test_an_added_ad_holds_the_budget_and_the_reason_has_its_end(
    pool: list[Campaign],
) -> None:
    LearningEdit.objects.create(campaign=pool[1], cause="creative")
    (text,) = hold_reasons(pool).values()
    assert text.startswith("an ad was added; it is left alone until ")
    assert held_reason(pool[1]) == text
    assert held_reason(pool[0]) == ""


def test_a_worker_keeps_a_held_budget_and_says_until_when(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    LearningEdit.objects.create(campaign=pool[2], cause="creative")
    made = services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")
    held = made.changes.get(campaign=pool[2])
    assert (held.old_micros, held.new_micros, held.state) == (100_000_000, 100_000_000, "kept")
    assert "an ad was added; it is left alone until " in held.reason


# ---- plans that are over -----------------------------------------------------------------


def plan_of(advertiser: Advertiser, total: int, *, steers: bool = False) -> PacingPlan:
    day = today(AdAccount.objects.get())
    return PacingPlan.objects.create(
        advertiser=advertiser,
        name="Month",
        kind="flight",
        currency="USD",
        total_micros=total * 1_000_000,
        first=day - timedelta(days=10),
        last=day + timedelta(days=10),
        steers=steers,
        created_by="ann",
    )


def test_while_a_plan_is_over_nothing_is_raised(acting: Advertiser, pool: list[Campaign]) -> None:
    plan_of(acting, 2_000)
    with pytest.raises(NothingToMove, match="the plan “Month” is over"):
        services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")
    assert "the plan “Month” is over" in held_reason(pool[0])


def test_while_a_steering_plan_is_over_budgets_are_only_cut(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    plan_of(acting, 4_000, steers=True)
    made = services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")
    changes = list(made.changes.all())
    assert made.total_micros < 300_000_000
    assert all(change.new_micros <= change.old_micros for change in changes)
    assert sum(change.new_micros for change in changes) == made.total_micros


@pytest.mark.parametrize("held", [1, 2])
def test_a_steering_plan_that_is_over_cuts_what_no_hold_keeps(
    acting: Advertiser, pool: list[Campaign], held: int
) -> None:
    plan_of(acting, 4_000, steers=True)
    for campaign in pool[:held]:
        LearningEdit.objects.create(campaign=campaign, cause="creative")
    made = services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")
    changes = {change.campaign_id: change for change in made.changes.all()}
    assert all(changes[c.pk].new_micros == changes[c.pk].old_micros for c in pool[:held])
    assert all(changes[c.pk].new_micros < changes[c.pk].old_micros for c in pool[held:])


def test_a_steering_plan_that_is_over_moves_nothing_while_all_is_held(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    plan_of(acting, 4_000, steers=True)
    for campaign in pool:
        LearningEdit.objects.create(campaign=campaign, cause="creative")
    with pytest.raises(NothingToMove, match="the plan “Month” is over"):
        services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")


def test_a_plan_on_course_holds_nothing(acting: Advertiser, pool: list[Campaign]) -> None:
    plan_of(acting, 6_300)
    made = services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")
    assert made.changes.filter(state="proposed").exists()


def test_while_the_monthly_budget_is_over_plan_nothing_is_raised(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    acting.monthly_budget_micros = 300_000_000
    acting.save()
    with clock.freeze(clock.market_now().replace(day=20, hour=17)):
        for campaign in pool:
            fill(campaign, [300], 200, days=10)
        with pytest.raises(NothingToMove, match="the month is over plan: .* of .300.00 was spent"):
            services.propose_rebalance(
                actor=Actor(ActorKind.PERSON, "ann"), advertiser=acting, currency="USD"
            )


@pytest.mark.parametrize("day", [2, 5])
def test_what_today_has_spent_puts_no_month_over_plan(
    acting: Advertiser, pool: list[Campaign], day: int
) -> None:
    """A month of 31 days, 100.00 planned a day, 100.00 spent on each and 80.00 today so far."""
    acting.monthly_budget_micros = 3_100_000_000
    acting.save()
    with clock.freeze(datetime(2026, 3, day, 20, tzinfo=UTC)):
        DailyMetric.objects.all().delete()
        spent = [(0, 80), *((back, 100) for back in range(1, day))]
        rows = [
            values(pool[0], None, today(pool[0].account) - timedelta(days=back), 100, spend, 200)
            for back, spend in spent
        ]
        store_metrics(pool[0].account, rows, seen_at=clock.market_now())
        assert over_plan_reasons(acting, pool) == {}
        DailyMetric.objects.filter(day__lt=date(2026, 3, day)).update(spend_micros=112_000_000)
        (why,) = set(over_plan_reasons(acting, pool).values())
        assert f"${112 * (day - 1)}.00 of $3,100.00 was spent until yesterday" in why
