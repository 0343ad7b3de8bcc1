"""The migration that gives rows to the budget changes of before, from their audit entries."""

from __future__ import annotations

import importlib
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from campaigns.models import Campaign, CampaignBudgetChange
from core.models import Actor, ActorKind, Advertiser, AuditAction, AuditEntry, User, record
from tests.campaigns.page_rows import NOW
from tests.campaigns.publishing.launched import launched
from tests.fixtures.people import make_advertiser, make_user

WORKER = Actor(ActorKind.WORKER, "optimiser")
migration = importlib.import_module("campaigns.migrations.0009_fill_campaign_budget_changes")
BEFORE, AFTER = "0008_campaign_budget_changes", "0009_fill_campaign_budget_changes"


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    return launched(advertiser, "Boots")[0]


def entry(
    campaign: Campaign,
    before: Any,
    after: Any,
    evidence: Any = None,
    actor: Actor = WORKER,
) -> AuditEntry:
    """An entry as it was written before budget changes had rows, or an odd one."""
    made = record(
        actor, AuditAction.SET_DAILY_BUDGET, campaign, advertiser=campaign.account.advertiser
    )
    values = {"before": before, "after": after, "evidence": {} if evidence is None else evidence}
    AuditEntry.objects.filter(pk=made.pk).update(**values, market_at=NOW - timedelta(days=3))
    made.refresh_from_db()
    return made


def fill() -> None:
    migration.fill(apps, None)


def pairs() -> list[tuple[int | None, int, str]]:
    rows = CampaignBudgetChange.objects.order_by("pk")
    return list(rows.values_list("old_micros", "new_micros", "origin"))


def test_each_entry_gets_one_row_with_its_actor_and_times(campaign: Campaign) -> None:
    user = make_user("ann")
    made = entry(campaign, {"micros": 5}, {"micros": 7}, actor=Actor.person(user))
    fill()
    row = CampaignBudgetChange.objects.get()
    assert (row.campaign, row.old_micros, row.new_micros) == (campaign, 5, 7)
    assert (row.actor_kind, row.actor_name, row.user) == ("person", "ann", user)
    assert (row.market_at, row.at, row.entry) == (made.market_at, made.at, made)


def test_what_a_rebalance_asked_for_is_told_apart_by_its_evidence(campaign: Campaign) -> None:
    entry(campaign, {"micros": 5}, {"micros": 7}, {"rebalance": 3, "binding": ""})
    entry(campaign, {"micros": None}, {"micros": 8}, {"decision": 3})
    entry(campaign, {}, {"micros": 9}, [1])
    fill()
    assert pairs() == [(5, 7, "rebalance"), (None, 8, "direct"), (None, 9, "direct")]


def test_what_cannot_be_read_is_left_out_and_named(
    campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    odd = [
        entry(campaign, {"micros": 1}, {}),
        entry(campaign, {"micros": 1}, {"daily_budget": "$7.00"}),
        entry(campaign, [], {"micros": 7}),
        entry(campaign, {"micros": 1}, "much"),
        entry(campaign, {"micros": "5"}, {"micros": 7}),
        entry(campaign, {"micros": 1}, {"micros": 7.5}),
        entry(campaign, {"micros": 1}, {"micros": True}),
        entry(campaign, {"micros": 1}, {"micros": 2**63}),
    ]
    entry(campaign, {"micros": 1}, {"micros": 2})
    with caplog.at_level(logging.WARNING):
        fill()
    assert pairs() == [(1, 2, "direct")]
    said = [record.getMessage() for record in caplog.records if record.name == migration.__name__]
    assert said == [
        f"Audit entry {row.pk} has no row as a budget change: {why}."
        for row, why in zip(
            odd,
            (
                "`after` holds no micros",
                "`after` holds no micros",
                "`before` is no object",
                "`after` is no object",
                "the micros of `before` are no whole number of 64 bits",
                "the micros of `after` are no whole number of 64 bits",
                "the micros of `after` are no whole number of 64 bits",
                "the micros of `after` are no whole number of 64 bits",
            ),
            strict=True,
        )
    ]


def test_entries_of_lost_campaigns_and_of_other_things_have_no_row(
    campaign: Campaign, advertiser: Advertiser, caplog: pytest.LogCaptureFixture
) -> None:
    lost = entry(campaign, {"micros": 1}, {"micros": 2})
    AuditEntry.objects.filter(pk=lost.pk).update(target_id=campaign.pk + 999)
    record(WORKER, AuditAction.SET_STATUS, campaign, advertiser=advertiser)
    other = entry(campaign, {"micros": 1}, {"micros": 2})
    AuditEntry.objects.filter(pk=other.pk).update(target_type="ad")
    with caplog.at_level(logging.WARNING):
        fill()
    assert pairs() == []
    assert f"Audit entry {lost.pk} has no row as a budget change: its campaign is gone." in (
        caplog.text
    )


def test_filling_in_twice_adds_nothing_and_order_is_that_of_the_entries(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "BATCH", 2)
    for number in range(5):
        entry(campaign, {"micros": number}, {"micros": number + 1})
    fill()
    fill()
    assert pairs() == [(number, number + 1, "direct") for number in range(5)]


@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_back_and_forth() -> None:
    campaign = launched(make_advertiser("acme"), "Boots")[0]
    entry(campaign, {"micros": 5}, {"micros": 7}, {"rebalance": 3})
    made = AuditEntry.objects.get()
    executor = MigrationExecutor(connection)
    executor.migrate([("campaigns", BEFORE)])
    assert pairs() == []
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert pairs() == [(5, 7, "rebalance")]
    assert CampaignBudgetChange.objects.get().entry == made
    assert not User.objects.exists()
