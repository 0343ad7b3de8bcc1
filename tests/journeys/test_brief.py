"""A marketer's way from a brief to a live campaign, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from agents.models import Strategy
from campaigns.models import Brief, Campaign
from tests.fixtures.browser import every_browser
from tests.fixtures.people import People
from tests.fixtures.world import Sandbox
from tests.journeys.briefs import write_brief
from tests.journeys.steps import give_password, sign_in, work_between_polls

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("accounts", "media"),
]


@every_browser
def test_a_brief_becomes_a_live_campaign(
    page: Any, live_server: Any, people: People, pictures: list[str], sandbox: Sandbox
) -> None:
    page.goto(live_server.url)
    give_password(page, people.admin.username)
    write_brief(page, pictures)
    expect(page.locator("#country-names")).to_have_text("United States")
    expect(page.locator(".counts").first).to_contain_text("16Dry feet all day")
    expect(page.locator("[data-account]").first).to_contain_text("3,000.00 USD")
    expect(page.locator("#pictures input:checked")).to_have_count(2)
    page.get_by_label("TikTok").first.uncheck()
    page.get_by_role("button", name="Save and plan").click()

    expect(page.get_by_role("heading", name="Boots", level=1)).to_be_visible()
    brief = Brief.objects.get()
    cards = page.locator("article.plan")
    expect(cards).to_have_count(2)
    google, meta = cards.nth(0), cards.nth(1)
    expect(google).to_contain_text("$150.00 a day")
    expect(google).to_contain_text("Waits for approval")
    expect(meta.locator(".mockup-feed img")).to_have_count(3)
    assert not Campaign.objects.filter(brief=brief).exists()
    expect(google).to_contain_text("Google Ads is being asked about this plan.")
    work_between_polls(page, re.compile("/progress/"))
    expect(google).to_contain_text("Checked by Google Ads", timeout=15_000)
    expect(meta).to_contain_text("Checked by Meta", timeout=15_000)

    page.get_by_text("Approve all 2").click()
    expect(page.get_by_text("Largest spend together")).to_be_visible()
    page.get_by_role("button", name="Approve all and launch").click()
    expect(google).to_contain_text("A worker takes it up in a moment.")
    work_between_polls(page, re.compile("/progress/"))
    expect(google).to_contain_text("The campaign is live.", timeout=15_000)
    expect(meta).to_contain_text("The campaign is live.", timeout=15_000)
    expect(page.locator("[hx-get]")).to_have_count(0)
    expect(page.locator("#summary")).to_contain_text("2 of 2 campaigns live")
    expect(meta.locator(".launch-steps .done")).to_have_count(5)
    states = Strategy.objects.filter(brief=brief).values_list("state", flat=True)
    assert set(states) == {Strategy.State.LIVE}
    assert len(sandbox.campaigns("meta")) == 1

    meta.get_by_role("link", name="See the campaign").click()
    expect(page.get_by_role("heading", name="Boots · Meta", level=1)).to_be_visible()
    expect(page.locator("#state")).to_contain_text(re.compile("Active|In review"))


def test_a_brief_is_left_and_gone_on_with(
    page: Any, live_server: Any, people: People, pictures: list[str]
) -> None:
    sign_in(page, live_server.url, people.admin.username)
    write_brief(page, pictures[:1])
    expect(page.locator("#pictures input:checked")).to_have_count(1)
    expect(page.locator("#ad-previews")).to_contain_text("Dry feet all day")
    expect(page.locator(".parts .done")).to_have_count(6)
    page.get_by_label("Headlines").fill("Only one\nOnly one more")
    expect(page.locator("#ad-previews")).to_contain_text("Only one more")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")

    page.get_by_role("link", name="Overview").first.click()
    page.get_by_role("link", name="Briefs").first.click()
    page.get_by_role("link", name="Continue with Boots").click()
    expect(page.get_by_label("Headlines")).to_have_value("Only one\nOnly one more")
    expect(page.get_by_label("Total budget")).to_have_value("9,000")
    expect(page.locator("#pictures input:checked")).to_have_count(1)
    page.get_by_role("button", name="Save and plan").click()
    expect(page.get_by_role("heading", name="Boots", level=1)).to_be_visible()
    assert Brief.objects.get().headlines == ["Only one", "Only one more"]

    page.go_back()
    expect(page.get_by_text("This brief was saved already.")).to_be_visible()
    assert Brief.objects.count() == 1


def test_without_scripts_a_draft_is_kept_by_its_button(
    chromium: Any, live_server: Any, people: People, pictures: list[str]
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, people.admin.username)
    write_brief(page, pictures[:1])
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", name="Draft of a brief")).to_be_visible()
    expect(page.locator("#pictures input:checked")).to_have_count(1)
    expect(page.locator("#ad-previews")).to_contain_text("Dry feet all day")
    context.close()
