"""A marketer decides by the target, pauses all losers, reads a rebalance and takes moves back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Ad, Campaign, CampaignBudgetChange, PublishRequest
from core.common import clock, dates
from core.models import Advertiser
from optimization import services
from optimization.models import ABTest, Rebalance
from platforms.models import AdAccount
from tests.campaigns.page_rows import deliver, make_account, make_ad
from tests.campaigns.page_rows import make_campaign as make_small_campaign
from tests.fixtures.people import People
from tests.journeys.steps import sign_in
from tests.optimization.live import WORKER, fill, make_campaign

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def account(acting: Advertiser) -> AdAccount:
    return make_account(acting, "meta", synced_market_at=clock.market_now())


def test_decide_by_target_pause_all_losers_and_undo_one(
    page: Any, live_server: Any, people: People, account: AdAccount
) -> None:
    Advertiser.objects.update(target_cpa_micros=20_000_000, mode="suggest")
    campaign = make_small_campaign(account)
    yesterday = dates.today(account.time_zone) - timedelta(days=1)
    # The dearest one has the most clicks: by clicks it would have won.
    for name, clicks, conversions in (("Blue", 40, 30), ("Red", 90, 8), ("Green", 60, 12)):
        ad = make_ad(campaign, name)
        for back in range(12):
            day = yesterday - timedelta(days=back)
            deliver(ad, day, clicks=clicks + back % 3, conversions=str(conversions + back % 2))
            deliver(campaign, day) if name == "Blue" else None

    sign_in(page, f"{live_server.url}/a/acme/campaigns/{campaign.pk}/", people.approver.username)
    page.get_by_role("link", name="Start an A/B test").click()
    expect(page.get_by_text("The target is a cost per action, so that decides.")).to_be_visible()
    expect(page.get_by_label("Decided by")).to_have_value("cpa")
    page.get_by_role("button", name="Start the test").click()
    expect(page.locator(".verdict")).to_contain_text("“Blue” has the best CPA as delivered")
    expect(page.locator(".verdict")).to_contain_text("Early sign, click rate: “Red” is")
    page.get_by_role("button", name="Analyse now").click()
    page.get_by_role("button", name="Pause all 2 losers").click()
    expect(page.get_by_text("Being paused: Red, Green.")).to_be_visible()
    expect(page.get_by_text("Paused: lost")).to_have_count(2)
    paused = Ad.objects.filter(wanted="paused").order_by("name")
    assert [ad.name for ad in paused] == ["Green", "Red"]
    assert ABTest.objects.get().status == "winner"

    page.goto(f"{live_server.url}/a/acme/campaigns/{campaign.pk}/")
    line = page.locator(".timeline li", has_text="of Red")
    line.locator("summary", has_text="Undo").click()
    expect(line.get_by_text("Let “Red” run again?")).to_be_visible()
    line.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Red goes back to how it was.")).to_be_visible()
    assert Ad.objects.get(name="Red").wanted == "active"
    page.goto(f"{live_server.url}/a/acme/ab-tests/{ABTest.objects.get().pk}/")
    expect(page.get_by_text("Paused: lost")).to_have_count(1)


def pool_of(account: AdAccount) -> list[Campaign]:
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2, 3)]
    for campaign, revenue in zip(campaigns, (900, 200, 60), strict=True):
        fill(campaign, [300], revenue)
    return campaigns


def test_a_rebalance_is_read_applied_in_part_and_a_workers_move_undone_from_the_overview(
    page: Any, live_server: Any, people: People, account: AdAccount, acting: Advertiser
) -> None:
    pool = pool_of(account)
    home = f"{live_server.url}/a/acme/"
    sign_in(page, f"{home}optimisation/", people.approver.username)
    page.get_by_role("button", name="Propose now").click()
    moves = page.locator(".moves li")
    expect(moves.first).to_contain_text("Take ")
    expect(moves.first).to_contain_text("(its next 1.00 brings ")
    expect(moves.last).to_contain_text("Likely +")
    boxes = page.locator("input[name=change]")
    proposed = boxes.count()
    boxes.first.uncheck()
    page.locator("summary", has_text="Apply").click()
    page.get_by_role("button", name="Apply what is ticked").click()
    PublishRequest.objects.filter(state="waiting").update(state="done")
    services.resume(Rebalance.objects.get())
    made = Rebalance.objects.get().changes
    assert made.filter(state="left_out").count() == 1
    assert made.filter(state="asked").count() == proposed - 1

    CampaignBudgetChange.objects.all().delete()
    Campaign.objects.update(daily_budget_micros=100_000_000, budget_changed_at=None)
    PublishRequest.objects.all().delete()
    second = services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")
    services.apply_rebalance(actor=WORKER, rebalance=second)
    PublishRequest.objects.filter(state="waiting").update(state="done")
    services.resume(second)
    page.goto(home)
    line = page.locator(".activity-list li", has_text=pool[2].name).first
    line.locator("summary", has_text="Undo").click()
    line.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"Undone: {pool[2].name} goes back to how it was.")).to_be_visible()
    pool[2].refresh_from_db()
    assert pool[2].daily_budget_micros == 100_000_000
