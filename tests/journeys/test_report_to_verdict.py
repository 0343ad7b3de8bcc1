"""From an exported report to a proven verdict, in a real browser."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign
from tests.fixtures.people import People
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAD = "Campaign,Ad,Day,Impressions,Clicks,Cost,Conversions,Conv. value,Currency"
# Clicks of 2,000 impressions a day, of two ads each.
CLICKS = {"Boots": (80, 40), "Tents": (50, 50), "Stoves": (30, 31)}


def write_report(path: Path) -> str:
    lines = [HEAD]
    for name, clicks in CLICKS.items():
        for number, count in enumerate(clicks):
            for day in range(21):
                shown = count + (day * 3 + number) % 4
                on = date(2026, 2, 1) + timedelta(days=day)
                lines.append(
                    f"{name},{name} {'AB'[number]},{on},2000,{shown},{shown * 0.5:.2f},"
                    f"{shown // 10},{shown * 2},USD"
                )
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_an_imported_report_is_tested(
    page: Any, live_server: Any, people: People, tmp_path: Path
) -> None:
    sign_in(page, live_server.url, people.editor.username)
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Report file").set_input_files(write_report(tmp_path / "report.csv"))
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Import 126 rows").click()
    expect(page.get_by_text("The report is imported.")).to_be_visible()
    assert Campaign.objects.count() == 3

    page.get_by_role("link", name="A/B tests").first.click()
    page.get_by_role("link", name="Start a test").click()
    page.get_by_label("Campaign").select_option(label="Boots (Imported report)")
    page.get_by_role("button", name="Start the test").click()
    expect(page.locator(".verdict")).to_contain_text("“Boots A” has the best CTR as delivered")
    expect(page.locator(".verdict .badge")).to_have_text("Winner")
    rows = page.locator(".arms tbody tr")
    expect(rows.nth(0)).to_contain_text("Boots A")
    expect(rows.nth(0)).to_contain_text("Winner")
    expect(rows.nth(1)).to_contain_text("Proven worse")
    expect(rows.nth(0).locator("svg.interval")).to_be_visible()

    page.get_by_role("link", name="A/B tests").first.click()
    expect(page.locator("#tests tbody tr")).to_have_count(1)
    expect(page.locator("#tests tbody tr")).to_contain_text(
        "Keep the winner; the test ends by itself"
    )
