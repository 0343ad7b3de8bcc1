"""The life of an ad by keyboard only: no mouse, and the focus is always seen."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Ad, Brief, Campaign
from optimization.models import Rebalance
from platforms.models import AdAccount
from tests.fixtures.people import People
from tests.fixtures.world import Launch, Sandbox
from tests.journeys.keyboard import Keyboard
from tests.journeys.steps import (
    PASSWORD,
    play_market,
    sign_in,
    work_alone,
    work_between_polls,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def keys(page: Any, live_server: Any, people: People) -> Keyboard:
    """Signed in as an admin, on the overview."""
    sign_in(page, live_server.url, people.admin.username)
    return Keyboard(page)


def test_after_the_sign_in_the_first_stop_skips_the_navigation(
    page: Any, live_server: Any, people: People
) -> None:
    page.goto(live_server.url)
    keys = Keyboard(page)
    keys.write("Username", people.admin.username)
    keys.write("Password", PASSWORD)
    keys.button("Sign in")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    keys.press(page.get_by_role("link", name="Skip to the content"))
    assert page.evaluate("document.activeElement.id") == "main"


def test_from_a_brief_to_a_live_campaign(
    accounts: dict[str, AdAccount], sandbox: Sandbox, keys: Keyboard
) -> None:
    page = keys.page
    keys.link("Briefs")
    keys.link("Write the first brief")
    keys.write("Name", "Boots")
    keys.write("Landing page", "https://shop.example.com/boots")
    keys.write("Total budget", "9000")
    keys.write("Countries", "US")
    keys.write("Headlines", "Light boots\nDry feet all day\nWalk further")
    keys.write("Descriptions", "Boots that stay dry on wet trails.\nLight boots with a firm grip.")
    keys.write("Keywords", "hiking boots")
    for platform in ("Meta", "TikTok"):
        keys.untick(page.get_by_role("checkbox", name=re.compile(platform)).first)
    keys.button("Save and plan")
    expect(page.get_by_role("heading", name="Boots", level=1)).to_be_visible()
    assert Brief.objects.get().headlines == ["Light boots", "Dry feet all day", "Walk further"]

    card = page.locator("article.plan")
    work_between_polls(page, re.compile("/progress/"))  # the platform checks the plan
    keys.unfold("Approve", card)
    assert not Campaign.objects.filter(brief__isnull=False).exists()
    keys.button("Approve and launch", card)
    expect(card).to_contain_text("A worker takes it up in a moment.")
    work_between_polls(page, re.compile("/progress/"))
    expect(card).to_contain_text("The campaign is live.", timeout=15_000)
    keys.link("See the campaign", card)
    expect(page.get_by_role("heading", name=re.compile("Boots"), level=1)).to_be_visible()
    assert len(sandbox.campaigns("google")) == 1


@pytest.fixture
def played(launch: Launch, sandbox: Sandbox, accounts: dict[str, AdAccount]) -> Brief:
    """Two live campaigns and four weeks of market, most money where it earns less."""
    shares = {accounts["google"].pk: Decimal(1), accounts["meta"].pk: Decimal(2)}
    brief = launch("google", "meta", shares=shares)
    play_market(sandbox, 28)
    return brief


def test_from_figures_to_a_verdict_and_a_pause(played: Brief, keys: Keyboard) -> None:
    page = keys.page
    campaign = Campaign.objects.get(brief=played, account__platform="google")
    keys.link("Campaigns")
    keys.link(campaign.name)
    keys.link("Start an A/B test")
    keys.button("Start the test")
    expect(page.locator(".verdict .badge").first).to_have_text("Winner")
    keys.button("Analyse now")
    keys.button("Pause it")
    expect(page.get_by_text("is being paused.")).to_be_visible()
    paused = Ad.objects.get(ad_group__campaign=campaign, wanted="paused")
    keys.unfold("Undo")
    keys.button("Let it run")
    expect(page.get_by_text("is being switched on again.")).to_be_visible()
    paused.refresh_from_db()
    assert paused.wanted == "active"


def budgets(brief: Brief) -> list[int | None]:
    rows = Campaign.objects.filter(brief=brief).order_by("pk")
    return list(rows.values_list("daily_budget_micros", flat=True))


def settle(page: Any) -> None:
    """Workers send the cuts, then the raises; then back to the page."""
    address = page.url
    for _ in range(6):
        work_alone(page)
        if not Rebalance.objects.filter(state=Rebalance.State.APPLYING).exists():
            break
        page.wait_for_timeout(700)
    page.goto(address)


def test_budgets_are_moved_and_taken_back(played: Brief, keys: Keyboard) -> None:
    page, before = keys.page, budgets(played)
    keys.link("Optimisation")
    keys.button("Propose now")
    expect(page.get_by_text("A better split of the daily budgets")).to_be_visible()
    keys.unfold("Apply")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Apply what is ticked")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Apply"
    page.keyboard.press("Enter")
    keys.button("Apply what is ticked")
    expect(page.get_by_text("The cuts are being sent")).to_be_visible()
    settle(page)
    assert budgets(played) != before
    keys.press(page.locator(".folds summary").first)
    keys.press(page.locator("details[open] > .actions summary", has_text="Undo"))
    keys.button("Undo", page.locator("details.pop[open]"))
    expect(page.get_by_text("The cuts are being sent")).to_be_visible()
    settle(page)
    assert budgets(played) == before


def test_a_report_is_asked_for_read_and_exported(played: Brief, keys: Keyboard) -> None:
    page = keys.page
    keys.link("Analytics")
    keys.choose(page.locator("select[name=metric]"), "Conversions")
    keys.button("Show")
    expect(page.get_by_role("heading", name="Conversions and ROAS by day")).to_be_visible()
    keys.unfold("Last 28 days")
    keys.link("Nothing")
    expect(page.locator(".scope-line")).to_contain_text("not compared")
    keys.link("Platform")
    expect(page.locator("#table-title")).to_have_text("By platform")
    with page.expect_download() as download:
        keys.link("Export this table as CSV")
    body = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "Google Ads" in body
    page.evaluate("window.print = () => { window.printed = true; }")
    keys.button("Print or save as PDF")
    expect(page.locator(".chart .sketch")).to_have_count(0, timeout=15_000)
    assert page.evaluate("window.printed") is True


def test_a_campaign_is_paused_and_its_budget_changed_in_the_list(
    played: Brief, keys: Keyboard
) -> None:
    page = keys.page
    campaign = Campaign.objects.get(brief=played, account__platform="meta")
    keys.link("Campaigns")
    row = page.locator(f"#campaign-{campaign.pk}")
    keys.press(row.get_by_label(f"Change the daily budget of {campaign.name}"))
    amount = page.get_by_label("New daily budget in USD")
    expect(amount).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("140")
    page.keyboard.press("Enter")
    keys.button("Change it")
    expect(row).to_contain_text("$140.00")
    keys.button(re.compile("Pause it"), row)
    expect(row.locator(".switch.on")).to_have_count(0)
    campaign.refresh_from_db()
    assert (campaign.wanted, campaign.daily_budget_micros) == ("paused", 140_000_000)
