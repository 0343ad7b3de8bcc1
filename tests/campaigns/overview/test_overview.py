"""The overview: targets on the cards, what needs attention, what the engine did."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, PublishRequest
from campaigns.overview import attention
from campaigns.overview.attention import AttentionItem, Group
from campaigns.services import set_ad_status, set_daily_budget, set_status
from core.common import clock
from core.models import Actor, ActorKind, Advertiser, AuditAction, AuditEntry, Incident, record
from tests.campaigns.page_rows import NOW, deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.usefixtures("noon")
WORKER = Actor(ActorKind.WORKER, "optimiser")


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    return make_campaign(make_account(advertiser))


def refused(campaign: Campaign, **more: Any) -> PublishRequest:
    values: dict[str, Any] = {
        "operation": "set_budget",
        "target_type": "campaign",
        "target_id": campaign.pk,
        "state": "refused",
        "error": "The budget is below the minimum.",
        "content_hash": "x",
        "actor_kind": "person",
        "actor_name": "ann",
        "settled_at": clock.real_now(),
        **more,
    }
    return PublishRequest.objects.create(account=campaign.account, campaign=campaign, **values)


def waiting(client: Client) -> dict[str, Group]:
    return {group.name: group for group in client.get("/a/acme/").context["waiting"]}


# ---- targets ----


def test_a_card_says_how_far_its_value_is_from_the_target(
    viewer: Client, advertiser: Advertiser, campaign: Campaign
) -> None:
    Advertiser.objects.update(target_roas=Decimal("1.5"), target_cpa_micros=16_000_000)
    deliver(campaign, spend=100, revenue=300, conversions="5")
    response = viewer.get("/a/acme/")
    cards = {kpi.name: kpi for kpi in response.context["kpis"]}
    roas, cpa, spend = cards["ROAS"], cards["CPA"], cards["Spend"]
    assert (roas.target, roas.off_target, roas.target_tone) == (
        "1.50x",
        "100.0% above target",
        "good",
    )
    assert (cpa.target, cpa.off_target, cpa.target_tone) == ("$16.00", "25.0% above target", "bad")
    assert (spend.target, spend.off_target) == ("", "")
    assert '<span class="delta bad">25.0% above target</span> of $16.00' in text(response)


def test_without_a_value_the_card_shows_the_bare_target(viewer: Client, campaign: Campaign) -> None:
    Advertiser.objects.update(target_cpa_micros=16_000_000)
    deliver(campaign, conversions="0")
    response = viewer.get("/a/acme/")
    card = response.context["kpis"][4]
    assert (card.value, card.target, card.off_target) == ("–", "$16.00", "")
    assert "target $16.00" in text(response)


def test_a_value_on_its_target_is_neither_good_nor_bad(viewer: Client, campaign: Campaign) -> None:
    Advertiser.objects.update(target_roas=Decimal(3))
    deliver(campaign, spend=100, revenue=300)
    card = viewer.get("/a/acme/").context["kpis"][2]
    assert (card.off_target, card.target_tone) == ("at target", "neutral")


# ---- what needs attention ----


def test_nothing_that_waits_is_said_so(viewer: Client, campaign: Campaign) -> None:
    assert "Nothing needs your attention." in text(viewer.get("/a/acme/"))


def test_a_refused_change_is_named_with_the_reason_and_the_campaign(
    viewer: Client, campaign: Campaign
) -> None:
    refused(campaign)
    group = waiting(viewer)["Refused changes"]
    assert (group.count, group.tone, group.more) == (1, "bad", 0)
    assert group.lines == (
        AttentionItem(
            "Boots: set daily budget",
            "The budget is below the minimum.",
            f"/a/acme/campaigns/{campaign.pk}/",
        ),
    )


def test_refusals_asked_again_told_old_or_foreign_are_left_out(
    viewer: Client, campaign: Campaign
) -> None:
    refused(campaign)
    refused(campaign, state="done")
    told = make_campaign(campaign.account, "Told")
    refused(told)
    Incident.open(campaign.account.advertiser, f"publish:{told.pk}", title="x", next_step="y")
    old = make_campaign(campaign.account, "Old")
    refused(old, settled_at=clock.real_now() - timedelta(days=4))
    refused(make_campaign(make_account(make_advertiser("rival")), "Theirs"))
    assert waiting(viewer) == {}


def test_a_cancelled_second_try_leaves_the_refusal_open(viewer: Client, campaign: Campaign) -> None:
    refused(campaign)
    refused(campaign, state="cancelled")
    assert waiting(viewer)["Refused changes"].count == 1


def test_more_than_four_are_counted_and_linked(viewer: Client, campaign: Campaign) -> None:
    for number in range(6):
        refused(make_campaign(campaign.account, f"Hats {number}"))
    response = viewer.get("/a/acme/")
    group = response.context["waiting"][0]
    assert (group.count, len(group.lines), group.more) == (6, 4, 2)
    assert '<a href="/a/acme/campaigns/">2 more</a>' in text(response)


def test_what_failed_stands_above_what_waits(
    advertiser: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(campaign)
    early = Group("Early", "wait", 1, (), "/")
    monkeypatch.setattr(attention, "_sources", [lambda *_: early, lambda *_: None])
    found = [group.name for group in attention.groups(advertiser, frozenset())]
    assert found == ["Refused changes", "Early"]


# ---- what the engine did ----


def test_pauses_and_budget_moves_of_workers_are_counted_and_linked(
    viewer: Client, acting: Advertiser, campaign: Campaign
) -> None:
    ad = make_ad(campaign, "Red")
    set_ad_status(actor=WORKER, ad=ad, to="paused", reason="Proven worse.")
    set_daily_budget(actor=WORKER, campaign=campaign, budget=campaign.account.money(25_000_000))
    response = viewer.get("/a/acme/")
    found = response.context["activity"]
    assert found.counts == ((1, "ad paused"), (1, "budget raised"))
    url = f"/a/acme/campaigns/{campaign.pk}/"
    assert [(d.name, d.says, d.url, d.reason) for d in found.items] == [
        ("Boots", "daily budget $20.00 → $25.00", url, ""),
        ("Red", "ad paused", url, "Proven worse."),
    ]
    page = text(response)
    assert "What the engine did since yesterday" in page
    assert f'<a href="{url}">Red</a> ad paused' in page


def test_what_people_did_or_was_before_yesterday_is_not_the_engines(
    viewer: Client, people: People, campaign: Campaign
) -> None:
    set_status(actor=Actor.person(people.admin), campaign=campaign, to="paused")
    with clock.freeze(NOW - timedelta(days=3)):
        other = make_campaign(campaign.account, "Other")
        set_status(actor=WORKER, campaign=other, to="paused")
    response = viewer.get("/a/acme/")
    assert AuditEntry.objects.count() == 2
    assert not response.context["activity"]
    assert "Nothing since 14 Mar 2026." in text(response)


def test_yesterday_begins_at_midnight_of_the_advertisers_zone(
    viewer: Client, campaign: Campaign
) -> None:
    midnight = NOW.replace(day=14, hour=4, minute=0)  # New York is at UTC-4 since 8 March
    for minutes, name in ((-1, "Before"), (1, "After")):
        with clock.freeze(midnight + timedelta(minutes=minutes)):
            set_status(actor=WORKER, campaign=make_campaign(campaign.account, name), to="paused")
    found = viewer.get("/a/acme/").context["activity"]
    assert (found.since, found.counts) == (midnight, ((1, "campaign paused"),))
    assert [deed.name for deed in found.items] == ["After"]


def test_the_overview_asks_as_many_queries_for_many_matters(
    viewer: Client, campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    def more(count: int) -> None:
        for number in range(count):
            made = make_campaign(campaign.account, f"C {number}")
            refused(made)
            set_ad_status(actor=WORKER, ad=make_ad(made), to="paused")

    more(1)
    viewer.get("/a/acme/")
    with django_assert_max_num_queries(45) as few:
        viewer.get("/a/acme/")
    more(12)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert viewer.get("/a/acme/").context["waiting"][0].count == 13


def test_a_campaign_counts_as_created_once_the_platform_has_it(
    client: Client, people: People, campaign: Campaign
) -> None:
    refused_one = make_campaign(campaign.account, name="Refused", remote_id="")
    for made in (campaign, refused_one):
        entry = record(
            WORKER,
            AuditAction.CREATE_CAMPAIGN,
            made,
            advertiser=campaign.account.advertiser,
            after={"daily_budget": "$20.00"},
        )
        AuditEntry.objects.filter(pk=entry.pk).update(market_at=NOW)
    client.force_login(people.viewer)
    activity = client.get("/a/acme/").context["activity"]
    assert activity.counts == ((1, "campaign created"),)
    assert [deed.name for deed in activity.items] == [campaign.name]
