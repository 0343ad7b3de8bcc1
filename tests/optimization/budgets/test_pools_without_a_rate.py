"""A limit in a currency without a rate: that pool is told why, and everything else goes on."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.models import Campaign
from core.common.errors import GuardrailExceeded
from core.models import Actor, Advertiser
from optimization import services
from optimization.ab_tests.scaling import next_budget
from optimization.models import Rebalance, RunOutcome
from platforms.models import AdAccount
from tests.fixtures.people import People
from tests.optimization.live import fill, make_campaign, passed, rebalanced

NO_RATE = "There is no exchange rate from EUR to USD"


@pytest.fixture(params=["campaign_floor_micros", "campaign_ceiling_micros"])
def limited(acting: Advertiser, pool: list[Campaign], request: pytest.FixtureRequest) -> Advertiser:
    """A pool in dollars, under a limit in euros."""
    value = {"campaign_floor_micros": 6_000_000, "campaign_ceiling_micros": 500_000_000}
    acting.currency = "EUR"
    setattr(acting, request.param, value[request.param])
    acting.save()
    return acting


def test_a_proposal_is_refused_with_the_reason(limited: Advertiser, actor: Actor) -> None:
    with pytest.raises(GuardrailExceeded, match=NO_RATE):
        services.propose_rebalance(actor=actor, advertiser=limited, currency="USD")
    assert not Rebalance.objects.exists()


def test_the_pass_fails_for_that_pool_alone(limited: Advertiser, account: AdAccount) -> None:
    euros = AdAccount.objects.create(
        advertiser=limited,
        platform="google",
        external_id="2",
        name="Shop",
        currency="EUR",
        time_zone=account.time_zone,
        min_daily_budget_micros=5_000_000,
        synced_market_at=account.synced_market_at,
    )
    for number, revenue in ((4, 400), (5, 200), (6, 100)):
        fill(make_campaign(euros, number, ads=1), [300], revenue)
    run = rebalanced(limited)
    states = dict(RunOutcome.objects.values_list("key", "state"))
    assert states == {"EUR": "done", "USD": "failed"}
    assert NO_RATE in run.said["USD"]
    assert run.finished_at is not None


def test_the_view_of_the_budgets_says_why(limited: Advertiser) -> None:
    run = passed(limited)
    views = list(run.outcomes.values_list("view", flat=True))
    assert len(views) == 3
    assert all(view["verb"] == "keep" and NO_RATE in view["reason"] for view in views)


def test_page_and_api_say_why(limited: Advertiser, people: People, admin: Client) -> None:
    answer = admin.post(reverse("rebalance_propose", args=["acme"]), {"currency": "USD"})
    assert answer.status_code == 302
    assert any(NO_RATE in str(message) for message in get_messages(answer.wsgi_request))
    api = APIClient()
    api.force_login(people.admin)
    refused = api.post("/api/v1/rebalances/", {"currency": "USD", "advertiser": "acme"}, "json")
    assert refused.status_code == 422
    assert NO_RATE in str(refused.json())


@pytest.mark.parametrize("name", ["optimisation", "automation", "pacing", "runs", "overview"])
def test_pages_are_shown(limited: Advertiser, admin: Client, name: str) -> None:
    assert admin.get(reverse(name, args=["acme"])).status_code == 200


def test_a_winner_is_not_raised_under_an_unknown_ceiling(
    limited: Advertiser, pool: list[Campaign]
) -> None:
    campaign = Campaign.objects.select_related("account__advertiser").get(pk=pool[0].pk)
    assert (next_budget(campaign) is None) == (limited.campaign_ceiling_micros is not None)
