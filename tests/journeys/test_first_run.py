"""The first person's way from an empty house to a running campaign, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign
from core import jobs
from core.models import Advertiser
from tests.fixtures.people import make_user
from tests.fixtures.world import Sandbox
from tests.journeys.steps import give_password, work_between_polls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def create_advertiser(page: Any, address: str) -> None:
    page.goto(address)
    give_password(page, "root")
    page.get_by_label("Name of the business").fill("Acme")
    page.get_by_label("Report currency").select_option("USD")
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_role("button", name="Create the advertiser").click()


def test_the_first_steps_end_in_a_running_campaign(
    page: Any, live_server: Any, sandbox: Sandbox, media: Path
) -> None:
    root = make_user("root")
    root.is_superuser = True
    root.save()
    create_advertiser(page, live_server.url)
    steps = page.locator("#onboarding")
    expect(steps).to_contain_text("0 of 5 done")
    page.get_by_role("button", name="Use the sandbox's accounts").click()
    expect(steps).to_contain_text("1 of 5 done")
    jobs.run_due()
    page.reload()
    expect(steps).to_contain_text("2 of 5 done")
    page.get_by_label("Daily budgets (USD)").fill("1,000")
    page.get_by_role("button", name="Set the limit").click()
    expect(steps).to_contain_text("3 of 5 done")
    page.get_by_role("button", name="Plan an example").click()

    expect(page.locator("article.plan")).to_have_count(3)
    assert not Campaign.objects.filter(brief__isnull=False).exists()
    work_between_polls(page, re.compile("/progress/"))
    expect(page.locator("article.plan").nth(2)).to_contain_text("Checked by TikTok", timeout=15_000)
    page.get_by_text("Approve all 3").click()
    page.get_by_role("button", name="Approve all and launch").click()
    expect(page.locator("article.plan").first).to_contain_text("A worker takes it up in a moment.")
    work_between_polls(page, re.compile("/progress/"))
    for number in range(3):
        expect(page.locator("article.plan").nth(number)).to_contain_text(
            "The campaign is live.", timeout=15_000
        )
    page.goto(f"{live_server.url}/a/acme/")
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    expect(steps).to_have_count(0)
    assert Advertiser.objects.get().max_daily_total_micros == 1_000_000_000
    assert all(len(sandbox.campaigns(name)) == 1 for name in ("google", "meta", "tiktok"))
