"""A campaign's budget changes as rows: written with the change, and what reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from campaigns import services
from campaigns.models import Campaign, CampaignBudgetChange, PublishRequest, SpecVersion
from campaigns.overview.activity import activity
from campaigns.specs import versions
from core.common import clock
from core.common.errors import GuardrailExceeded
from core.models import Actor, ActorKind, Advertiser, AuditEntry
from tests.campaigns.page_rows import NOW
from tests.campaigns.publishing.launched import launched
from tests.fixtures.clients import text
from tests.fixtures.people import People
from tests.fixtures.plans import bare_spec

pytestmark = pytest.mark.usefixtures("noon")
WORKER = Actor(ActorKind.WORKER, "optimiser")


@pytest.fixture
def campaign(acting: Advertiser) -> Campaign:
    """An active campaign at 100.00 a day, as if launched."""
    return launched(acting, "Boots")[0]


def set_budget(campaign: Campaign, dollars: int, actor: Actor = WORKER) -> None:
    budget = campaign.account.money(dollars * 1_000_000)
    services.set_daily_budget(actor=actor, campaign=campaign, budget=budget, reason="It earns.")


def scramble_audit() -> None:
    """Sentences and JSON of the audit that nobody could decide by."""
    AuditEntry.objects.update(action="did something", before=[], after="x", evidence=7)


# ---- written with the change ----


def test_a_change_has_one_row_with_its_actor_times_and_entry(
    campaign: Campaign, people: People
) -> None:
    set_budget(campaign, 120, Actor.person(people.admin))
    row, entry = CampaignBudgetChange.objects.get(), AuditEntry.objects.get()
    assert (row.campaign, row.old_micros, row.new_micros) == (campaign, 100_000_000, 120_000_000)
    assert (row.actor_kind, row.actor_name, row.user) == ("person", "admin", people.admin)
    assert (row.origin, row.entry, row.market_at) == ("direct", entry, NOW)
    assert (row.market_at, row.at) == (entry.market_at, entry.at)
    assert str(row) == "Boots: $100.00 → $120.00"


def test_a_first_budget_has_no_old_one(campaign: Campaign, actor: Actor) -> None:
    blank = {"daily_budget_micros": None, "remote_daily_budget_micros": None}
    Campaign.objects.update(**blank)
    set_budget(campaign, 20, actor)
    row = CampaignBudgetChange.objects.get()
    assert (row.old_micros, row.old, str(row)) == (None, None, "Boots: none → $20.00")


def test_a_change_that_is_taken_back_with_its_transaction_leaves_no_row(campaign: Campaign) -> None:
    with transaction.atomic():
        set_budget(campaign, 120)
        assert CampaignBudgetChange.objects.count() == 1
        transaction.set_rollback(True)
    assert not CampaignBudgetChange.objects.exists()
    assert not PublishRequest.objects.exists()
    assert Campaign.objects.get().daily_budget_micros == 100_000_000


def test_a_request_that_cannot_be_written_takes_the_row_along(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("no room on the disk")

    monkeypatch.setattr("campaigns.publishing.changes.request_change", fail)
    with pytest.raises(RuntimeError):
        set_budget(campaign, 120)
    assert not CampaignBudgetChange.objects.exists()
    assert Campaign.objects.get().daily_budget_micros == 100_000_000


def test_a_refused_or_needless_change_has_no_row(campaign: Campaign) -> None:
    with pytest.raises(GuardrailExceeded):
        set_budget(campaign, 151)
    set_budget(campaign, 100)
    assert not CampaignBudgetChange.objects.exists()


def test_the_row_outlives_its_audit_entry_and_its_user(campaign: Campaign, people: People) -> None:
    set_budget(campaign, 90, Actor.person(people.editor))
    AuditEntry.objects.all().delete()
    people.editor.delete()
    row = CampaignBudgetChange.objects.get()
    assert (row.entry, row.user, row.actor_name) == (None, None, "editor")


# ---- what reads the rows ----


def test_a_worker_changes_a_budget_once_a_day_by_the_rows_not_by_the_audit(
    campaign: Campaign, actor: Actor
) -> None:
    set_budget(campaign, 90)
    scramble_audit()
    with pytest.raises(GuardrailExceeded) as refused:
        set_budget(campaign, 110)
    assert refused.value.code == "once_a_day"
    set_budget(campaign, 85, actor)
    assert CampaignBudgetChange.objects.count() == 2
    with clock.freeze(NOW + timedelta(days=1)):
        set_budget(campaign, 80)
    assert Campaign.objects.get().daily_budget_micros == 80_000_000


def test_an_audit_entry_alone_holds_no_budget(campaign: Campaign) -> None:
    set_budget(campaign, 90)
    CampaignBudgetChange.objects.all().delete()
    set_budget(campaign, 80)
    assert Campaign.objects.get().daily_budget_micros == 80_000_000


def test_the_activity_tells_budgets_by_the_rows(campaign: Campaign, advertiser: Advertiser) -> None:
    set_budget(campaign, 120)
    other = launched(advertiser, "Hats")[0]
    set_budget(other, 90)
    scramble_audit()
    found = activity(advertiser)
    assert found.counts == ((1, "budget raised"), (1, "budget lowered"))
    assert [(deed.name, deed.says, deed.reason) for deed in found.items] == [
        ("Hats", "daily budget $100.00 → $90.00", "It earns."),
        ("Boots", "daily budget $100.00 → $120.00", "It earns."),
    ]


def test_the_activity_tells_a_creation_by_the_approved_budget(
    campaign: Campaign, advertiser: Advertiser
) -> None:
    set_budget(campaign, 120)
    AuditEntry.objects.update(action="create campaign", after={}, before={})
    CampaignBudgetChange.objects.all().delete()
    assert [deed.says for deed in activity(advertiser).items] == ["campaign created"]
    versions.store(campaign, bare_spec("meta", "ae-boots", 100), SpecVersion.Origin.APPROVED)
    says = "campaign created with $100.00 a day"
    assert [deed.says for deed in activity(advertiser).items] == [says]


def test_the_campaigns_history_shows_the_row(viewer: Client, campaign: Campaign) -> None:
    set_budget(campaign, 120)
    AuditEntry.objects.update(before=[], after=[])
    page = text(viewer.get(f"/a/acme/campaigns/{campaign.pk}/"))
    assert "daily budget: <del>$100.00</del> → <ins>$120.00</ins>" in page


def test_the_history_asks_as_many_queries_for_many_changes(
    viewer: Client, campaign: Campaign, django_assert_max_num_queries: Any, actor: Actor
) -> None:
    path = f"/a/acme/campaigns/{campaign.pk}/"
    set_budget(campaign, 99, actor)
    viewer.get(path)
    with django_assert_max_num_queries(60) as few:
        viewer.get(path)
    for dollars in range(90, 98):
        set_budget(campaign, dollars, actor)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert "→ <ins>$97.00</ins>" in text(viewer.get(path))
