"""The whole life of an ad in one journey, against the sandbox: from a brief to the report."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from agents.models import Strategy
from campaigns.models import Ad, Campaign
from optimization.models import ABTest, Rebalance
from tests.fixtures.people import People
from tests.fixtures.world import Sandbox
from tests.journeys.briefs import write_brief
from tests.journeys.steps import play_market, sign_in, work_alone, work_between_polls

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("accounts", "media"),
]
DAYS = 28


def test_brief_live_watch_test_pause_rebalance_undo_report(
    page: Any, live_server: Any, sandbox: Sandbox, people: People, pictures: list[str]
) -> None:
    home = f"{live_server.url}/a/acme/"
    sign_in(page, live_server.url, people.admin.username)
    launch_by_brief(page, pictures)
    page.goto("about:blank")
    play_market(sandbox, DAYS)
    watch(page, home)
    pause_the_loser(page, home)
    budgets = rebalance(page, home)
    undo(page, home, budgets)
    report(page, home)


def launch_by_brief(page: Any, pictures: list[str]) -> None:
    write_brief(page, pictures)
    page.get_by_label("TikTok").first.uncheck()
    page.get_by_label("Share of Meta").fill("2")  # it earns less there: money is to be moved
    page.get_by_label("Share of Google").fill("1")
    page.get_by_role("button", name="Save and plan").click()
    cards = page.locator("article.plan")
    expect(cards).to_have_count(2)
    work_between_polls(page, re.compile("/progress/"))  # the platforms check the plans
    page.get_by_text("Approve all 2").click()
    page.get_by_role("button", name="Approve all and launch").click()
    expect(cards.first).to_contain_text("A worker takes it up in a moment.")
    assert not Campaign.objects.filter(brief__isnull=False).exists()
    work_between_polls(page, re.compile("/progress/"))
    for number in range(2):
        expect(cards.nth(number)).to_contain_text("The campaign is live.", timeout=15_000)
    assert list(Strategy.objects.values_list("state", flat=True)) == ["live", "live"]


def money(shown: str) -> Decimal:
    """The first amount in a text."""
    found = re.search(r"\$([\d,.]+)", shown)
    assert found is not None
    return Decimal(found[1].replace(",", ""))


def watch(page: Any, home: str) -> None:
    """The overview's figures are those of the list."""
    page.goto(home)
    page.locator(".chart").first.hover()
    expect(page.locator(".chart .main-svg").first).to_be_visible(timeout=15_000)
    shown = page.locator(".kpi", has_text="Spend").first.locator(".kpi-value").inner_text()
    assert money(shown) > 1000
    page.get_by_role("link", name="Campaigns", exact=True).first.click()
    expect(page.locator("tfoot")).to_contain_text(shown)


def pause_the_loser(page: Any, home: str) -> None:
    campaign = Campaign.objects.get(brief__isnull=False, account__platform="google")
    page.goto(f"{home}campaigns/{campaign.pk}/")
    page.get_by_role("link", name="Start an A/B test").click()
    page.get_by_role("button", name="Start the test").click()
    expect(page.locator(".verdict .badge").first).to_have_text("Winner")
    expect(page.locator(".verdict")).to_contain_text("Light boots")
    page.get_by_role("button", name="Analyse now").click()
    expect(page.get_by_role("heading", name="Waits for you")).to_be_visible()
    page.get_by_role("button", name="Pause it").first.click()
    expect(page.get_by_text("is being paused.")).to_be_visible()
    work_alone(page)
    loser = Ad.objects.get(ad_group__campaign=campaign, wanted="paused")
    assert loser.remote == "paused"
    assert "Dry feet" in loser.name
    page.goto(f"{home}ab-tests/{ABTest.objects.get().pk}/")
    row = page.locator(".arms tbody tr", has_text="Dry feet")
    expect(row).to_contain_text("Paused: lost")
    expect(row).to_contain_text("Paused")


def budgets_now() -> dict[str, int]:
    rows = Campaign.objects.filter(brief__isnull=False).select_related("account")
    return {row.account.platform: row.daily_budget_micros or 0 for row in rows}


def rebalance(page: Any, home: str) -> dict[str, int]:
    """Apply a better split; the budgets from before."""
    before = budgets_now()
    page.goto(f"{home}optimisation/")
    page.get_by_role("button", name="Propose now").click()
    expect(page.get_by_text("A better split of the daily budgets")).to_be_visible()
    assert budgets_now() == before
    page.locator("summary", has_text="Apply").click()
    page.get_by_role("button", name="Apply what is ticked").click()
    expect(page.get_by_text("The cuts are being sent; the raises follow.")).to_be_visible()
    settle_rebalance(page)
    after = budgets_now()
    assert after != before
    assert sum(after.values()) == sum(before.values())
    return before


def settle_rebalance(page: Any) -> None:
    for _ in range(6):
        work_alone(page)
        if not Rebalance.objects.filter(state=Rebalance.State.APPLYING).exists():
            return
        page.wait_for_timeout(700)  # the raises look again after two seconds of real time
    raise AssertionError("the rebalance does not end")


def undo(page: Any, home: str, before: dict[str, int]) -> None:
    page.goto(f"{home}optimisation/")
    page.locator(".folds summary").first.click()
    page.locator("summary", has_text="Undo").first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The cuts are being sent; the raises follow.")).to_be_visible()
    settle_rebalance(page)
    assert budgets_now() == before


def report(page: Any, home: str) -> None:
    page.goto(f"{home}analytics/")
    total = money(page.locator("tfoot td").first.inner_text())
    with page.expect_download() as download:
        page.get_by_role("link", name="Export this table as CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig") as file:
        *rows, whole = csv.DictReader(file)
    assert len(rows) >= 2
    column = next(name for name in whole if name.startswith("Spend"))
    assert sum(Decimal(row[column]) for row in rows) == Decimal(whole[column]) == total
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print or save as PDF").click()
    expect(page.locator(".chart .sketch")).to_have_count(0, timeout=15_000)
    assert page.evaluate("window.printed") is True
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator("tfoot")).to_be_visible()
    assert page.pdf().startswith(b"%PDF")
