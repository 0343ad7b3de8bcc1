"""Holds and the allocator's history read the rows of budget changes, never the audit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from campaigns.models import Campaign, CampaignBudgetChange
from campaigns.services import set_daily_budget
from core.common import clock
from core.common.money import Money
from core.models import Actor, Advertiser, AuditEntry
from optimization import services
from optimization.budgets import budget_holds
from optimization.budgets.pool_history import budgets_on, histories
from tests.optimization.live import WORKER, today


def set_budget(campaign: Campaign, dollars: int, actor: Actor, *, days_ago: int = 0) -> None:
    with clock.freeze(clock.market_now() - timedelta(days=days_ago)):
        set_daily_budget(actor=actor, campaign=campaign, budget=Money(Decimal(dollars), "USD"))


def scramble_audit() -> None:
    AuditEntry.objects.update(action="did something", before=[], after="x", evidence=7)


def test_the_history_of_budgets_is_that_of_the_rows(pool: list[Campaign], actor: Actor) -> None:
    changed, still = pool[0], pool[1]
    set_budget(changed, 120, actor, days_ago=6)
    set_budget(changed, 90, actor, days_ago=3)
    scramble_audit()
    columns = histories(pool)
    budget = dict(
        zip(columns[changed.pk]["date"].tolist(), columns[changed.pk]["budget"], strict=True)
    )
    at = today(changed.account)
    by_age = [budget[at - timedelta(days=age)] for age in (8, 7, 6, 5, 4, 3, 2)]
    assert by_age == [100.0, 100.0, 120.0, 120.0, 120.0, 90.0, 90.0]
    assert set(columns[still.pk]["budget"]) == {100.0}


def test_the_budget_of_a_day_is_the_last_one_of_that_day(
    pool: list[Campaign], actor: Actor
) -> None:
    set_budget(pool[0], 120, actor, days_ago=3)
    set_budget(pool[0], 110, actor, days_ago=3)
    scramble_audit()
    day = today(pool[0].account) - timedelta(days=3)
    assert budgets_on(pool[:2], day) == {pool[0].pk: 110_000_000, pool[1].pk: 100_000_000}
    assert budgets_on(pool[:1], date(2020, 1, 1)) == {pool[0].pk: 100_000_000}


def test_a_budget_that_a_worker_changed_today_is_held(
    acting: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    set_budget(pool[0], 110, WORKER)
    set_budget(pool[1], 110, actor)
    set_budget(pool[2], 110, WORKER, days_ago=1)
    scramble_audit()
    assert budget_holds.cooldown_reasons(pool) == {pool[0].pk: "a worker changed it today already"}


def test_what_a_person_asked_for_by_itself_is_told_from_a_rebalance_and_from_workers(
    acting: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    by_hand, by_worker, by_rebalance = pool
    set_budget(by_hand, 110, actor)
    set_budget(by_worker, 110, WORKER)
    set_budget(by_rebalance, 110, actor)
    mine = CampaignBudgetChange.objects.filter(campaign=by_rebalance)
    mine.update(origin=CampaignBudgetChange.Origin.REBALANCE)
    scramble_audit()
    day = today(by_hand.account)
    assert budget_holds.changed_by_people(pool, day) == {by_hand.pk}
    assert budget_holds.changed_by_people(pool, day + timedelta(days=1)) == set()


def test_a_person_who_applies_a_rebalance_has_set_no_budget_by_hand(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    made = services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")
    services.apply_rebalance(actor=actor, rebalance=made)
    rows = CampaignBudgetChange.objects.all()
    assert {row.origin for row in rows} == {"rebalance"}
    assert {row.actor_kind for row in rows} == {"person"}
    assert budget_holds.changed_by_people(pool, today(pool[0].account)) == set()
