"""Limits in a currency without a rate: nothing is raised, lowering passes, pages are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import services
from campaigns.guardrails import limits
from campaigns.models import Campaign, PublishRequest
from core.common.errors import GuardrailExceeded
from core.common.money import Money
from core.models import Actor, Advertiser
from tests.campaigns.publishing.launched import launched
from tests.fixtures.people import People

NO_RATE = "no exchange rate from EUR to USD"


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    """100.00 dollars a day, under a floor of 20.00 euros."""
    (campaign,) = launched(advertiser, "Boots")
    advertiser.currency, advertiser.campaign_floor_micros = "EUR", 20_000_000
    advertiser.save()
    return campaign


def ask(actor: Actor, campaign: Campaign, amount: str) -> PublishRequest | None:
    budget = Money(Decimal(amount), "USD")
    return services.set_daily_budget(actor=actor, campaign=campaign, budget=budget)


def test_lowering_passes_down_to_the_platforms_minimum(campaign: Campaign, actor: Actor) -> None:
    with pytest.raises(GuardrailExceeded, match=r"below the minimum of \$5\.00"):
        ask(actor, campaign, "4.99")
    assert not PublishRequest.objects.exists()
    assert ask(actor, campaign, "5") is not None


def test_the_campaigns_own_floor_needs_no_rate(campaign: Campaign, actor: Actor) -> None:
    Campaign.objects.update(floor_micros=60_000_000)
    with pytest.raises(GuardrailExceeded, match=r"below the minimum of \$60\.00"):
        ask(actor, campaign, "59")
    assert ask(actor, campaign, "60") is not None


def test_raising_waits_for_a_rate(campaign: Campaign, actor: Actor) -> None:
    with pytest.raises(GuardrailExceeded, match=NO_RATE) as refused:
        ask(actor, campaign, "110")
    assert refused.value.code == "limit_currency"
    assert not PublishRequest.objects.exists()


def test_words_for_the_minimum_never_fail(campaign: Campaign) -> None:
    said = limits.minimum_text(campaign.account, campaign)
    assert said == "the least is not known: no exchange rate from EUR to USD"
    Advertiser.objects.update(campaign_floor_micros=0)
    campaign.refresh_from_db()
    assert limits.minimum_text(campaign.account, campaign) == "at least $5.00 a day"


def test_pages_are_shown_with_a_note(admin: Client, campaign: Campaign) -> None:
    page = admin.get(reverse("campaign", args=["acme", campaign.pk]))
    assert page.status_code == 200
    text = page.content.decode()
    assert NO_RATE in text
    assert reverse("campaign_status", args=["acme", campaign.pk]) in text
    brief = admin.get(reverse("brief_new", args=["acme"]))
    assert brief.status_code == 200
    assert NO_RATE in brief.content.decode()


def test_the_admins_form_is_shown_and_pauses(
    client: Client, campaign: Campaign, people: People
) -> None:
    people.admin.is_staff = people.admin.is_superuser = True
    people.admin.save()
    client.force_login(people.admin)
    page = client.get(f"/admin/campaigns/campaign/{campaign.pk}/change/")
    assert page.status_code == 200
    assert NO_RATE in page.content.decode()
    listed = reverse("admin:campaigns_campaign_changelist")
    client.post(listed, {"action": "pause", "_selected_action": [campaign.pk]})
    campaign.refresh_from_db()
    assert campaign.wanted == "paused"
