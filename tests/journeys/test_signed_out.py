"""A session ends in the middle of a form, in a real browser: nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from campaigns.models import Brief, BriefDraft, Campaign, NamingPatterns, PublishRequest
from core.common import clock
from core.models import Advertiser, AuditEntry
from tests.campaigns.page_rows import make_account, make_campaign
from tests.fixtures.people import People
from tests.journeys.steps import give_password, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = 'Boots "<b>&" حذاء'
WORDS = {
    "Landing page": "https://shop.example.com/boots",
    "Total budget": "9,000",
    "Countries": "US",
    "Headlines": "Light boots\nDry feet all day\nWalk further",
    "Descriptions": "Boots that stay dry on wet trails.\nLight boots with a firm grip.",
}


def serious_findings(page: Any) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [found["id"] for found in violations if found["impact"] in {"serious", "critical"}]


def lose_the_session(page: Any) -> None:
    page.context.clear_cookies(name="sessionid")


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    return make_campaign(make_account(advertiser))


@pytest.fixture
def switch(
    page: Any, live_server: Any, people: People, campaign: Campaign, expected_errors: list[str]
) -> Any:
    """The switch of a campaign, pressed by an editor whose session has ended."""
    expected_errors.extend(["401", "403"])
    sign_in(page, f"{live_server.url}/a/acme/campaigns/", people.editor.username)
    found = page.get_by_title("Pause Boots")
    lose_the_session(page)
    found.click()
    return found


def sign_in_beside(page: Any, name: str) -> None:
    """In the tab that the message leads to."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    other = opened.value
    give_password(other, name)
    expect(other.get_by_role("heading", name="You are signed in")).to_be_visible()
    other.close()


def test_a_brief_survives_the_end_of_the_session(
    page: Any, live_server: Any, people: People, campaign: Campaign, expected_errors: list[str]
) -> None:
    expected_errors.append("401")
    sign_in(page, f"{live_server.url}/a/acme/briefs/new/", people.editor.username)
    page.get_by_label("Name", exact=True).fill(NAME)
    for label, text in WORDS.items():
        page.get_by_label(label).fill(text)
    lose_the_session(page)
    page.get_by_role("button", name="Save and plan").click()
    expect(
        page.get_by_text("You were signed out. Sign in; what you typed is kept.")
    ).to_be_visible()
    assert serious_findings(page) == []
    give_password(page, people.editor.username)
    expect(page.get_by_text("save a new brief and plan it")).to_be_visible()
    assert serious_findings(page) == []
    expect(page.get_by_text("at Acme")).to_be_visible()
    page.get_by_text("Its content").click()
    expect(page.locator("dd", has_text=NAME)).to_be_visible()
    assert not Brief.objects.exists()
    page.get_by_role("button", name="Send the form").click()
    expect(page.get_by_role("heading", name=NAME, level=1)).to_be_visible()
    brief = Brief.objects.get()
    assert (brief.name, brief.headlines) == (NAME, WORDS["Headlines"].split("\n"))


def test_a_switch_works_again_after_a_sign_in_in_another_tab(
    page: Any, people: People, switch: Any
) -> None:
    expect(page.get_by_text("You were signed out. Nothing was sent")).to_be_visible()
    expect(switch).to_be_visible()
    assert not PublishRequest.objects.exists()
    sign_in_beside(page, people.editor.username)
    switch.click()
    expect(page.get_by_text("You were signed out.")).to_have_count(0)
    expect(page.get_by_title("Enable Boots")).to_be_visible()
    assert AuditEntry.objects.get().actor_name == people.editor.username


def test_another_person_is_told_under_whose_name_it_would_be_sent(
    page: Any, people: People, switch: Any
) -> None:
    sign_in_beside(page, people.approver.username)
    switch.click()
    expect(page.get_by_text("You are signed in as approver now. Nothing was sent")).to_be_visible()
    assert not PublishRequest.objects.exists()
    switch.click()
    expect(page.get_by_title("Enable Boots")).to_be_visible()
    assert AuditEntry.objects.get().actor_name == people.approver.username


def test_a_form_that_was_open_before_a_new_sign_in_is_kept(
    page: Any, live_server: Any, people: People, advertiser: Advertiser, expected_errors: list[str]
) -> None:
    expected_errors.append("403")
    sign_in(page, live_server.url, people.editor.username)
    page.locator(".btn-stop").click()
    page.get_by_label("Why").fill("Wrong prices")
    lose_the_session(page)
    other = page.context.new_page()
    other.goto(live_server.url)
    give_password(other, people.editor.username)
    other.get_by_role("heading", name="Overview", level=1).wait_for()
    page.get_by_label("Why").press("Enter")
    expect(page.get_by_text("press the stop switch")).to_be_visible()
    page.get_by_role("button", name="Send the form").click()
    expect(page.get_by_text("Wrong prices")).to_be_visible()
    advertiser.refresh_from_db()
    assert advertiser.is_stopped


def test_typing_on_after_a_sign_in_beside_keeps_the_draft_and_sends_nothing(
    page: Any, live_server: Any, people: People, campaign: Campaign, expected_errors: list[str]
) -> None:
    expected_errors.extend(["401", "403"])
    sign_in(page, f"{live_server.url}/a/acme/briefs/new/", people.editor.username)
    page.get_by_label("Name", exact=True).fill(NAME)
    for label, text in WORDS.items():
        page.get_by_label(label).fill(text)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    lose_the_session(page)
    page.get_by_label("Headlines").press_sequentially("x")
    expect(page.get_by_text("You were signed out. Nothing was sent")).to_be_visible()
    sign_in_beside(page, people.editor.username)
    with page.expect_response(lambda answer: answer.url.endswith("/draft/") and answer.ok):
        page.get_by_label("Headlines").press_sequentially("y")
    assert "/briefs/new/?draft=" in page.url
    assert not Brief.objects.exists()
    assert BriefDraft.objects.get().fields["headlines"][0].endswith("xy")


def test_an_example_of_name_patterns_saves_none_after_a_sign_in_beside(
    page: Any, live_server: Any, people: People, campaign: Campaign, expected_errors: list[str]
) -> None:
    expected_errors.extend(["401", "403"])
    sign_in(page, f"{live_server.url}/a/acme/briefs/names/", people.editor.username)
    box = page.get_by_label("Campaigns", exact=True)
    lose_the_session(page)
    box.press_sequentially("x")
    expect(page.get_by_text("You were signed out. Nothing was sent")).to_be_visible()
    sign_in_beside(page, people.editor.username)
    with page.expect_response(lambda answer: answer.url.endswith("/sample/") and answer.ok):
        box.press_sequentially("y")
    expect(page.locator("#sample")).to_contain_text("yxAutumn boots")
    assert not NamingPatterns.objects.exists()


def test_what_can_spend_is_decided_on_its_page(
    page: Any, live_server: Any, people: People, advertiser: Advertiser, expected_errors: list[str]
) -> None:
    expected_errors.append("401")
    Advertiser.objects.update(stopped_at=clock.real_now(), stop_reason="Wrong prices")
    sign_in(page, live_server.url, people.approver.username)
    lose_the_session(page)
    page.get_by_text("Lift it").click()
    page.get_by_role("button", name="Lift the stop switch").click()
    give_password(page, people.approver.username)
    expect(page.get_by_text("This would lift the stop switch at Acme")).to_be_visible()
    expect(page.get_by_role("button", name="Send the form")).to_have_count(0)
    assert serious_findings(page) == []
    page.get_by_role("link", name="Open the page it was on").click()
    expect(page.get_by_text("Wrong prices").first).to_be_visible()
    advertiser.refresh_from_db()
    assert advertiser.is_stopped
