"""Undo of one recorded change: by whoever it was made, where nobody changed the same since."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from campaigns import services
from campaigns.models import Ad, Campaign, PublishRequest, SpendApproval
from campaigns.restoring.offers import undo_offers
from core.common.errors import InvalidMove, NotAllowed
from core.common.money import Money
from core.models import Actor, Advertiser, AuditEntry
from optimization.models import Decision
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_account, make_ad, make_campaign
from tests.campaigns.publishing.launched import approved
from tests.fixtures.people import People, client_of

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser, "google")


@pytest.fixture
def campaign(account: AdAccount) -> Campaign:
    made = make_campaign(account, start=None)
    approved(made)
    return made


def set_budget(actor: Actor, campaign: Campaign, dollars: int) -> AuditEntry:
    budget = Money(Decimal(dollars), "USD")
    services.set_daily_budget(actor=actor, campaign=campaign, budget=budget, reason="Too much.")
    campaign.refresh_from_db()
    return AuditEntry.objects.latest("pk")


def budget(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return str(campaign.daily_budget)


def test_a_budget_goes_back_and_the_undo_is_a_change_of_its_own(
    campaign: Campaign, actor: Actor
) -> None:
    entry = set_budget(actor, campaign, 15)
    (offer,) = undo_offers([entry]).values()
    assert (offer.question, offer.spends) == ("Set the budget back to $20.00 a day?", True)
    services.restore_change(actor=actor, entry=entry)
    assert budget(campaign) == "$20.00"
    undone = AuditEntry.objects.latest("pk")
    assert (undone.reason, undone.evidence) == ("Undo: Too much.", {"undoes": entry.pk})
    assert undo_offers([entry]) == {}


def test_what_was_changed_since_is_left_alone(campaign: Campaign, actor: Actor) -> None:
    entry = set_budget(actor, campaign, 15)
    set_budget(actor, campaign, 14)
    requests = PublishRequest.objects.count()
    assert undo_offers([entry]) == {}
    with pytest.raises(InvalidMove, match="changed again since"):
        services.restore_change(actor=actor, entry=entry)
    assert budget(campaign) == "$14.00"
    assert PublishRequest.objects.count() == requests


def test_a_budget_that_came_back_to_the_same_value_is_not_undone_twice(
    campaign: Campaign, actor: Actor
) -> None:
    entry = set_budget(actor, campaign, 15)
    set_budget(actor, campaign, 14)
    set_budget(actor, campaign, 15)
    assert undo_offers([entry]) == {}


def test_an_ad_runs_again_and_its_decision_is_undone(
    campaign: Campaign, actor: Actor, advertiser: Advertiser
) -> None:
    ad, decision = make_ad(campaign), None
    decision = Decision.objects.create(
        campaign=campaign, ad=ad, action="pause_ad", state="done", reason="Loses."
    )
    services.set_ad_status(
        actor=actor, ad=ad, to="paused", reason="Loses.", evidence={"decision": decision.pk}
    )
    entry = AuditEntry.objects.latest("pk")
    (offer,) = undo_offers([entry]).values()
    assert (offer.question, offer.spends) == ("Let “Blue” run again?", True)
    services.restore_change(actor=actor, entry=entry)
    decision.refresh_from_db()
    assert (Ad.objects.get().wanted, decision.state) == ("active", "undone")


def test_a_campaign_that_was_switched_on_is_paused_again(campaign: Campaign, actor: Actor) -> None:
    services.set_status(actor=actor, campaign=campaign, to="paused")
    first = AuditEntry.objects.latest("pk")
    services.set_status(actor=actor, campaign=campaign, to="active")
    second = AuditEntry.objects.latest("pk")
    offers = undo_offers([first, second])
    assert {pk: one.question for pk, one in offers.items()} == {second.pk: "Pause “Boots” again?"}
    services.restore_change(actor=actor, entry=second)
    campaign.refresh_from_db()
    assert campaign.wanted == "paused"


def test_what_is_no_change_of_money_or_status_offers_nothing(
    campaign: Campaign, actor: Actor
) -> None:
    services.update_campaign(actor=actor, campaign=campaign, name="Spring boots")
    assert AuditEntry.objects.filter(action="change details").exists()
    assert undo_offers(AuditEntry.objects.all()) == {}


def test_an_editor_may_undo_up_to_what_was_approved_and_no_further(
    campaign: Campaign, actor: Actor, people: People
) -> None:
    editor = Actor.person(people.editor)
    entry = set_budget(actor, campaign, 15)
    services.restore_change(actor=editor, entry=entry)  # as approved: 20.00 a day
    assert budget(campaign) == "$20.00"
    SpendApproval.objects.all().delete()
    entry = set_budget(actor, campaign, 15)
    with pytest.raises(NotAllowed):
        services.restore_change(actor=editor, entry=entry)
    assert budget(campaign) == "$15.00"


def test_the_offers_cost_as_many_queries_for_many_entries(
    campaign: Campaign, actor: Actor, django_assert_num_queries: object
) -> None:
    for dollars in (19, 18, 17, 16):
        set_budget(actor, campaign, dollars)
    entries = list(AuditEntry.objects.all())
    with django_assert_num_queries(2):  # type: ignore[operator]
        undo_offers(entries)


# ---- pages and API -----------------------------------------------------------------------


def test_the_campaigns_page_has_the_undo_beside_its_line(
    approver: Client, viewer: Client, campaign: Campaign, actor: Actor
) -> None:
    entry = set_budget(actor, campaign, 15)
    page, action = f"/a/acme/campaigns/{campaign.pk}/", f"/a/acme/changes/{entry.pk}/undo/"
    assert action in approver.get(page).content.decode()
    assert action not in viewer.get(page).content.decode()
    answer = approver.post(action, {"next": page})
    assert answer.headers["Location"] == page
    assert budget(campaign) == "$20.00"
    assert action not in approver.get(page).content.decode()


def test_the_change_of_another_advertiser_is_not_found(
    campaign: Campaign, actor: Actor, people: People, client: Client
) -> None:
    entry = set_budget(actor, campaign, 15)
    client.force_login(people.stranger)
    assert client.post(f"/a/other/changes/{entry.pk}/undo/").status_code == 404
    assert budget(campaign) == "$15.00"


def test_the_api_lists_changes_and_undoes_one(
    campaign: Campaign, actor: Actor, people: People
) -> None:
    entry = set_budget(actor, campaign, 15)
    api = client_of(people.approver)
    (row,) = api.get(f"/api/v1/campaigns/{campaign.pk}/changes/").json()["results"]
    assert (row["id"], row["undo"]) == (entry.pk, "Set the budget back to $20.00 a day?")
    answer = api.post(f"/api/v1/campaigns/{campaign.pk}/undo/", {"change": entry.pk}, format="json")
    assert (answer.status_code, answer.json()["daily_budget"]) == (200, "20")
    wrong = api.post(f"/api/v1/campaigns/{campaign.pk}/undo/", {"change": 10**9}, format="json")
    assert (wrong.status_code, budget(campaign)) == (400, "$20.00")
