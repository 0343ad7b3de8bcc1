"""Campaigns are ticked, followed down, changed and kept as a view, in a browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign, ColumnChoice, PublishRequest, SavedView
from core.common import dates
from core.models import Advertiser
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.browser import every_browser
from tests.fixtures.people import People
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ODD = '<img src=x onerror="document.title=1"> \N{RIGHT-TO-LEFT OVERRIDE}حذاء ' + "x" * 470


def make_rows(advertiser: Advertiser) -> None:
    yesterday = dates.today(advertiser.time_zone) - timedelta(days=1)
    for number, name in enumerate(("Boots", "Hats", ODD)):
        campaign = make_campaign(make_account(advertiser), name)
        deliver(campaign, yesterday, spend=30 - number)
        deliver(make_ad(campaign, f"Ad {number}"), yesterday, spend=30 - number)


@pytest.fixture
def listed(page: Any, live_server: Any, people: People, advertiser: Advertiser) -> Any:
    make_rows(advertiser)
    sign_in(page, f"{live_server.url}/a/acme/campaigns/", people.approver.username)
    expect(page.locator("tbody tr")).to_have_count(3)
    return page


@every_browser
def test_ticks_go_along_to_the_ads_and_into_a_kept_view(listed: Any) -> None:
    page = listed
    expect(page.locator("#ticked")).to_be_hidden()
    page.get_by_label("Tick Boots").check()
    page.get_by_label("Tick Hats").check()
    expect(page.locator("#ticked")).to_contain_text("2 ticked")
    page.locator(".tabs").get_by_role("link", name="Ads", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tfoot")).to_contain_text("$59.00")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save this view as").fill("Two campaigns")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The view “Two campaigns” is saved")).to_be_visible()
    assert "campaigns=" in SavedView.objects.get().query
    page.get_by_role("link", name="In: 2 selected campaigns").click()
    expect(page.locator("tbody tr")).to_have_count(3)


@every_browser
def test_a_budget_is_changed_in_the_dialogue(listed: Any) -> None:
    page = listed
    boots = Campaign.objects.get(name="Boots")
    row = page.locator(f"#campaign-{boots.pk}")
    row.hover()
    row.get_by_label("Change the daily budget of Boots").click()
    page.get_by_label("New daily budget in USD").fill("25")
    page.keyboard.press("Enter")
    expect(page.locator(".change-shown")).to_contain_text("$20.00 → $25.00")
    assert not PublishRequest.objects.exists()
    page.get_by_role("button", name="Change it").click()
    expect(row).to_contain_text("$25.00")
    expect(page.locator("dialog")).to_be_hidden()
    assert PublishRequest.objects.get().payload["micros"] == 25_000_000


def test_the_dialogue_opens_from_a_row_that_is_being_published(listed: Any) -> None:
    page = listed
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    boots = Campaign.objects.get(name="Boots")
    row = page.locator(f"#campaign-{boots.pk}")
    row.get_by_role("button", name="Boots is on. Pause it").click()
    expect(row).to_have_attribute("hx-swap", "outerHTML")
    for what, field in (("name", "New name"), ("daily budget", "New daily budget in USD")):
        row.hover()
        row.get_by_label(f"Change the {what} of Boots").click()
        expect(page.locator("dialog#dialog").get_by_label(field)).to_be_focused()
        page.get_by_role("link", name="Cancel").click()
        expect(page.locator("dialog#dialog")).to_be_hidden()
    assert faults == []


def test_a_double_click_makes_the_change_once(listed: Any) -> None:
    page = listed
    boots = Campaign.objects.get(name="Boots")
    row = page.locator(f"#campaign-{boots.pk}")
    row.hover()
    row.get_by_label("Change the daily budget of Boots").click()
    page.get_by_label("New daily budget in USD").fill("25")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change it").dblclick()
    expect(page.locator("dialog")).to_be_hidden()
    expect(row).to_contain_text("$25.00")
    assert PublishRequest.objects.count() == 1


def test_columns_are_put_in_order_and_kept(listed: Any) -> None:
    page = listed
    page.get_by_text("Columns: Performance").click()
    page.get_by_label("Spend to the left").click()
    page.get_by_role("button", name="Save for me").click()
    expect(page.locator("thead th").nth(4)).to_contain_text("Spend")
    assert ColumnChoice.objects.get().columns.startswith("spend,budget,revenue")


@pytest.mark.parametrize("width", [1280, 390])
def test_odd_names_run_nothing_and_break_no_layout(listed: Any, width: int) -> None:
    page = listed
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("", "?cols=setup", "?cols=delivery"):
        page.goto(page.url.partition("?")[0] + path)
        assert page.title().startswith("Campaigns")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.locator("tbody tr").last.bounding_box()["height"] < 130


def test_all_that_fit_a_filter_are_ticked_over_all_pages(
    page: Any, live_server: Any, people: People, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    for number in range(52):
        make_campaign(account, f"Boots {number:02}")
    sign_in(page, f"{live_server.url}/a/acme/campaigns/", people.approver.username)
    page.get_by_label("Tick Boots 51").check()
    expect(page.get_by_role("link", name="Tick all 52")).to_be_hidden()
    page.get_by_label("Tick all of this page").check()
    expect(page.locator("#ticked")).to_contain_text("50 ticked on this page. Tick all 52")
    page.get_by_role("link", name="Tick all 52").click()
    expect(page.locator("#ticked")).to_contain_text("52 ticked. Tick none", use_inner_text=True)
    page.get_by_label("Tick Boots 51").uncheck()
    expect(page.locator("#ticked")).to_contain_text("51 ticked")
    page.get_by_role("button", name="Pause…").click()
    page.get_by_role("button", name="Pause: 51 campaigns").click()
    expect(page.get_by_text("51 changes requested")).to_be_visible()
    assert Campaign.objects.get(wanted="active").name == "Boots 51"


def test_a_budget_is_seen_before_it_is_made_on_the_campaigns_own_page(listed: Any) -> None:
    page = listed
    page.get_by_role("link", name="Boots", exact=True).click()
    page.wait_for_url("**/campaigns/*/")
    page.get_by_label("Daily budget", exact=True).fill("25")
    page.keyboard.press("Enter")
    expect(page.locator("dialog .change-shown")).to_contain_text("$20.00 → $25.00")
    expect(page.locator("dialog")).to_contain_text("+25.0% a day.")
    assert not PublishRequest.objects.exists()
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_label("Daily budget", exact=True)).to_have_value("25.00")
    expect(page.get_by_text("Change to $25.00 requested")).to_be_visible()
    assert PublishRequest.objects.get().payload["micros"] == 25_000_000
