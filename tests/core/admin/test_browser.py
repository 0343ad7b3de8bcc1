"""The admin in a real browser: its scripts run under our content policy, without an error."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect

from campaigns.models import Campaign
from core.common import dates
from core.models import Advertiser
from tests.campaigns.page_rows import deliver
from tests.fixtures.admin import list_url, make_account, make_ads, make_campaign, signed_in, url
from tests.fixtures.people import People

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    campaign = make_campaign(make_account(advertiser))
    make_ads(campaign)
    return campaign


@pytest.fixture
def staff(page: Any, people: People, live_server: Any) -> Any:
    """The browser, signed in as the approver."""
    cookie = signed_in(people.approver).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    return page


def test_campaign_is_edited_and_paused_in_a_browser(
    staff: Any, campaign: Campaign, live_server: Any
) -> None:
    staff.goto(live_server.url + url(campaign))
    staff.fill("#id_daily_budget", "1000")
    staff.click("input[name=_save]")
    staff.wait_for_selector(".field-daily_budget .errorlist")
    staff.fill("#id_daily_budget", "120")
    staff.click("input[name=_save]")
    staff.wait_for_selector(".messagelist .success")
    campaign.refresh_from_db()
    assert campaign.daily_budget_micros == 120_000_000
    staff.check("input.action-select")
    staff.select_option("select[name=action]", "resume")
    staff.click("button[name=index]")
    staff.wait_for_selector("text=Asked to resume: 1 campaign.")
    campaign.refresh_from_db()
    assert campaign.wanted == "active"


def test_test_is_started_by_searching_for_its_campaign(
    staff: Any, campaign: Campaign, live_server: Any
) -> None:
    from optimization.models import ABTest

    staff.goto(live_server.url + url(ABTest, "add"))
    staff.click(".field-campaign .select2-selection")
    staff.fill(".select2-search__field", "Boo")
    staff.click(".select2-results__option:has-text('Boots')")
    staff.click("input[name=_save]")
    staff.wait_for_selector(".messagelist .success")
    assert ABTest.objects.get().campaign == campaign
    staff.goto(live_server.url + list_url(Campaign))
    align = "el => getComputedStyle(el).textAlign"
    assert staff.eval_on_selector("#result_list .money", align) == "right"


def test_charts_over_a_form_are_drawn(staff: Any, campaign: Campaign, live_server: Any) -> None:
    deliver(campaign, dates.today(campaign.account.time_zone) - timedelta(days=2))
    staff.goto(live_server.url + url(campaign))
    expect(staff.locator(".chart .sketch")).to_have_count(2)
    staff.locator(".chart").first.hover()
    expect(staff.locator(".chart .main-svg").first).to_be_visible(timeout=15_000)
