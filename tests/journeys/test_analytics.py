"""A marketer asks analytics a question, goes deeper, exports it and has it sent, in a browser."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import ReportSchedule
from core.common import dates
from core.models import Advertiser
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.browser import every_browser
from tests.fixtures.people import People
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def make_rows(advertiser: Advertiser) -> None:
    today = dates.today(advertiser.time_zone)
    for platform, spend in (("meta", 40), ("tiktok", 20)):
        campaign = make_campaign(make_account(advertiser, platform), f"Boots on {platform}")
        ad = make_ad(campaign)
        for back in range(1, 57):
            deliver(campaign, today - timedelta(days=back), spend=spend)
            deliver(ad, today - timedelta(days=back), spend=spend)


@every_browser
def test_a_question_is_asked_exported_and_scheduled(
    page: Any, live_server: Any, people: People, advertiser: Advertiser
) -> None:
    make_rows(advertiser)
    sign_in(page, live_server.url, people.editor.username)
    page.get_by_role("link", name="Analytics", exact=True).click()
    page.locator(".chart").first.hover()  # whose library is loaded when somebody turns to it
    expect(page.locator(".chart .main-svg").first).to_be_visible(timeout=15_000)
    expect(page.locator(".chart .y2tick").first).to_be_attached()
    expect(page.locator("tfoot")).to_contain_text("$1,680.00")

    page.locator("select[name=metric]").select_option("conversions")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Conversions and ROAS by day")).to_be_visible()
    page.locator(".range > summary").click()
    page.get_by_role("link", name="Nothing").click()
    expect(page.locator(".scope-line")).to_contain_text("not compared")

    page.get_by_role("link", name="Boots on meta", exact=True).click()
    expect(page.get_by_text("Campaign: Boots on meta")).to_be_visible()
    expect(page.locator("tfoot")).to_contain_text("$1,120.00")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export this table as CSV").click()
    body = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert body[1].startswith("Everyone,Boots on meta,Meta,1120.00,56000,1400,2.50,0.80,20.00,140,")

    page.get_by_text("Send this view by e-mail").click()
    page.get_by_label("Name").fill("Boots each month")
    page.get_by_label("Sent").select_option("monthly")
    page.get_by_role("button", name="Schedule the report").click()
    expect(page.locator("#reports li")).to_contain_text("On the first of the month at 08:00")
    made = ReportSchedule.objects.get()
    assert [user.username for user in made.recipients.all()] == ["editor"]
    assert "breakdown=ad_group" in made.query


def test_what_is_printed_has_its_charts_drawn(
    page: Any, live_server: Any, people: People, advertiser: Advertiser
) -> None:
    make_rows(advertiser)
    sign_in(page, f"{live_server.url}/a/acme/analytics/", people.editor.username)
    expect(page.locator(".chart .sketch")).to_have_count(1)
    page.evaluate(
        "window.print = () => { window.drawn = document.querySelectorAll('.main-svg').length; }"
    )
    # Without a pointer on the page: nothing has asked for the library yet.
    page.evaluate("document.querySelector('[data-print]').click()")
    expect(page.locator(".chart .sketch")).to_have_count(0, timeout=15_000)
    assert page.evaluate("window.drawn") > 0
