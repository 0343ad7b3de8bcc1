"""A marketer starts a test from a campaign, looks, pauses the loser and takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Ad, PublishRequest
from core.common import clock, dates
from core.models import Advertiser
from optimization.models import ABTest, Analysis
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.people import People
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_start_look_pause_and_undo(
    page: Any, live_server: Any, people: People, advertiser: Advertiser
) -> None:
    account = make_account(advertiser, "meta", synced_market_at=clock.market_now())
    campaign = make_campaign(account)
    yesterday = dates.today(account.time_zone) - timedelta(days=1)
    for name, clicks in (("Blue", 80), ("Red", 40)):
        ad = make_ad(campaign, name)
        for back in range(7):
            deliver(ad, yesterday - timedelta(days=back), clicks=clicks + back % 3)
    red = Ad.objects.get(name="Red")

    sign_in(page, f"{live_server.url}/a/acme/campaigns/{campaign.pk}/", people.approver.username)
    page.get_by_role("link", name="Start an A/B test").click()
    plan = page.locator("#plan")
    expect(plan).to_contain_text("to prove a lead of 20% on CTR")
    page.get_by_label("Smallest difference worth finding").fill("5")
    expect(plan).to_contain_text("A lead of 5% on CTR will not be proven within 42 days")
    page.get_by_label("Smallest difference worth finding").fill("30")
    expect(plan).to_contain_text("to prove a lead of 30% on CTR")
    page.get_by_role("button", name="Start the test").click()

    expect(page.locator(".verdict")).to_contain_text("“Blue” has the best CTR as delivered")
    test = ABTest.objects.get()
    assert str(test.smallest_effect) == "0.300"
    page.get_by_role("button", name="Analyse now").click()
    expect(page.get_by_text("Analysed the newest data. 1 proposal below.")).to_be_visible()
    assert Analysis.objects.filter(test=test).count() == 2

    expect(page.get_by_role("heading", name="Waits for you")).to_be_visible()
    page.get_by_role("button", name="Pause it").click()
    expect(page.get_by_text("Red is being paused.")).to_be_visible()
    red.refresh_from_db()
    assert red.wanted == "paused"

    page.locator("summary", has_text="Undo").click()
    page.get_by_role("button", name="Let it run").click()
    expect(page.get_by_text("Red is being switched on again.")).to_be_visible()
    red.refresh_from_db()
    assert red.wanted == "active"
    states = PublishRequest.objects.order_by("pk").values_list("payload__to", flat=True)
    assert list(states) == ["paused", "active"]
