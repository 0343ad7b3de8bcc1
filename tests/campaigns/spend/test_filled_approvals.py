"""The migrations that give approvals to what was in force before they were kept."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps

from campaigns import services
from campaigns.models import Campaign, CampaignBudgetChange, DailyMetric, SpendApproval
from campaigns.spend import approvals
from campaigns.spend.terms import wanted_terms
from core.common import clock
from core.models import Actor, Advertiser
from tests.campaigns.page_rows import make_account, make_campaign
from tests.fixtures.people import People

NOW = datetime(2026, 12, 10, 17, 0, tzinfo=UTC)
migration = importlib.import_module("campaigns.migrations.0013_fill_spend_approvals")


@pytest.fixture
def flight(advertiser: Advertiser) -> Campaign:
    account = make_account(advertiser, "google", synced_market_at=NOW - timedelta(hours=1))
    days: dict[str, Any] = {"start": date(2026, 11, 30), "end": date(2026, 12, 29)}
    return make_campaign(account, daily_budget_micros=50_000_000, **days)


def fill() -> None:
    with clock.freeze(NOW):
        migration.fill(apps, None)


def test_each_of_our_campaigns_gets_what_it_can_spend_at_this_moment(flight: Campaign) -> None:
    for name, more in (("Off", {"wanted": "paused", "remote": "paused"}), ("Gone", {})):
        make_campaign(flight.account, name, end=None, **more)
    Campaign.objects.filter(name="Gone").update(wanted="archived")
    make_campaign(flight.account, "Theirs", managed=False, origin="elsewhere")
    fill()
    found = {row.campaign.name: row for row in SpendApproval.objects.all() if row.campaign}
    assert set(found) == {"Boots", "Off"}
    # 20 days from the 10th at twice 50.00, but 30.4 × 50.00 in December: nothing is known spent.
    assert (found["Boots"].envelope_micros, found["Boots"].basis) == (1_520_000_000, "backfill")
    assert (found["Off"].envelope_micros, found["Off"].per_day_micros) == (None, 20_000_000)


def test_a_budget_that_was_lowered_this_month_counts_as_the_gate_counts_it(
    flight: Campaign,
) -> None:
    """100.00 a day for nine days of December, then 50.00."""
    old = {"old_micros": 100_000_000, "new_micros": 50_000_000}
    at = NOW - timedelta(hours=2)
    CampaignBudgetChange.objects.create(campaign=flight, market_at=at, at=at, **old)
    for day in range(1, 10):
        DailyMetric.objects.create(
            account=flight.account,
            campaign=flight,
            level="campaign",
            entity_id=flight.pk,
            day=date(2026, 12, day),
            spend_micros=100_000_000,
        )
    fill()
    current = approvals.newest(flight)
    assert current is not None
    with clock.freeze(NOW):
        so_far = approvals.spend_for(flight, current)
        now = wanted_terms(flight).figures(so_far)
    assert current.envelope_micros == now.can_spend > 1_000_000_000
    assert approvals.excess(current, now, so_far, ()) == 0


def test_nothing_freezes_on_an_upgrade(flight: Campaign, people: People) -> None:
    """An editor may pause and resume what ran before, and lower it and take that back."""
    fill()
    editor = Actor.person(people.editor)
    with clock.freeze(NOW + timedelta(days=15)):
        services.set_status(actor=editor, campaign=flight, to="paused")
        Campaign.objects.update(remote="paused")
        assert services.set_status(actor=editor, campaign=flight, to="active") is not None
    assert SpendApproval.objects.count() == 1


def test_the_figures_are_those_of_the_gate(flight: Campaign) -> None:
    fill()
    current = approvals.newest(flight)
    assert current is not None
    with clock.freeze(NOW):
        so_far = approvals.spend_for(flight, current)
        now = wanted_terms(flight).figures(so_far)
    assert approvals.excess(current, now, so_far, ()) == 0
    assert now.can_spend == current.envelope_micros
