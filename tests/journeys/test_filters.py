"""The campaigns list is searched and filtered, and signs are drawn, in every browser."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.models import Advertiser
from tests.campaigns.page_rows import deliver, make_account, make_campaign
from tests.fixtures.browser import every_browser
from tests.fixtures.people import People
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@every_browser
def test_search_and_filter_leave_what_fits_and_stand_in_the_address(
    page: Any, live_server: Any, people: People, advertiser: Advertiser
) -> None:
    for platform, name in (("meta", "Boots"), ("meta", "Hats"), ("tiktok", "Boots again")):
        deliver(make_campaign(make_account(advertiser, platform), name))
    sign_in(page, live_server.url, people.viewer.username)
    page.get_by_role("link", name="Campaigns", exact=True).first.click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)

    page.get_by_role("searchbox").fill("boots")
    expect(rows).to_have_count(2)
    assert "search=boots" in page.evaluate("location.href")
    page.get_by_role("group", name="Platform").get_by_role("link", name="TikTok").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Boots again")
    expect(page.locator("tfoot")).to_contain_text("1 campaign, filtered")

    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_text("No campaign fits this filter")).to_be_visible()
    address = page.evaluate("location.href")
    page.get_by_role("link", name="Show all campaigns").click()
    expect(rows).to_have_count(3)
    page.goto(address)
    expect(page.get_by_text("No campaign fits this filter")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("nothing like it")


@every_browser
def test_signs_are_drawn(
    page: Any, live_server: Any, people: People, advertiser: Advertiser
) -> None:
    sign_in(page, live_server.url, people.viewer.username)
    sign = page.locator(".nav-item .icon").first
    expect(sign).to_be_visible()
    page.wait_for_load_state("networkidle")
    drawn = Image.open(BytesIO(sign.screenshot())).convert("L")
    shades = [shade for shade, count in enumerate(drawn.histogram()) if count]
    assert shades[-1] - shades[0] > 60
