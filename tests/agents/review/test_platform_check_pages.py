"""What the page of a brief says of each platform's check, and who may approve without it."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Approval, Strategy
from core.models import Advertiser
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import make_brief, strategies
from tests.fixtures.clients import said, text
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("noon", "media")


def test_a_plan_that_is_being_checked_has_no_button_and_asks_again(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    Strategy.objects.update(check_state="waiting")
    [strategy] = strategies(brief)
    shown = text(approver.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "Google Ads is being asked about this plan." in shown
    assert "Approve and launch" not in shown
    assert f'hx-get="/a/acme/strategies/{strategy.pk}/progress/"' in shown
    part = approver.get(f"/a/acme/strategies/{strategy.pk}/progress/")
    assert "is being asked" in text(part)
    assert "HX-Refresh" not in part.headers
    Strategy.objects.update(check_state="passed")
    assert (
        approver.get(f"/a/acme/strategies/{strategy.pk}/progress/").headers["HX-Refresh"] == "true"
    )
    shown = text(approver.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "Google Ads checked the whole campaign with its ad groups" in shown
    assert "hx-get" not in shown.partition("<main")[2]


def test_what_each_platform_can_check_is_said(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    shown = text(
        approver.get(f"/a/acme/briefs/{make_brief(people, advertiser, *shops.values()).pk}/")
    )
    assert "Meta checked the campaign; its ad sets and ads can only be checked once" in shown
    assert "TikTok checked the countries; it offers no check of the rest." in shown
    assert "Checked here: limits and caps with all that runs" in shown


def test_a_plan_shows_places_and_texts_as_people_read_them(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, *shops.values(), countries=("US", "DE"))
    shown = text(approver.get(f"/a/acme/briefs/{brief.pk}/"))
    assert shown.count("DE, US · 18 to") == 3
    assert "Light boots | Dry feet all day | Walk further" in shown
    assert "(&#x27;" not in shown


def test_twenty_thousand_keywords_are_refused_with_their_number_and_the_page_stays_readable(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    words = tuple(f"boots number {number}" for number in range(20_000))
    brief = make_brief(people, advertiser, shops["google"], keywords=words)
    [strategy] = strategies(brief)
    assert strategy.state == "blocked"
    [problem] = strategy.problems
    assert problem["field"] == "keywords"
    assert "has 20,000." in problem["message"]
    shown = text(approver.get(f"/a/acme/briefs/{brief.pk}/"))
    assert shown.count('class="chip chip-plain"') == 50
    assert "19,950 more keywords" in shown


def test_a_plan_without_its_check_is_approved_only_by_the_form_that_says_so(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["meta"])
    Strategy.objects.update(check_state="unreachable", check_says="Meta is down.")
    [strategy] = strategies(brief)
    page = text(approver.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "Meta could not be asked: Meta is down. It is asked again every minute." in page
    assert f'name="unchecked" value="{strategy.pk}"' in page
    path, sent = f"/a/acme/strategies/{strategy.pk}/approve/", {"plan_hash": strategy.plan_hash}
    refused = approver.post(path, sent, follow=True)
    assert "Meta could not be asked about this plan: Meta is down." in said(refused)[0]
    assert not Approval.objects.exists()
    other = {**sent, "unchecked": "0"}
    assert "could not be asked" in said(approver.post(path, other, follow=True))[0]
    done = approver.post(path, {**sent, "unchecked": str(strategy.pk)}, follow=True)
    assert Approval.objects.get().plan_hash == strategy.plan_hash
    assert "could not be asked before the approval: Meta is down." in text(done)


def test_approving_all_without_a_check_says_so_too(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"], shops["meta"])
    google, meta = strategies(brief)
    Strategy.objects.filter(pk=meta.pk).update(check_state="unreachable", check_says="Down.")
    seen = [f"{google.pk}:{google.plan_hash}", f"{meta.pk}:{meta.plan_hash}"]
    approver.post(f"/a/acme/briefs/{brief.pk}/approve/", {"plan": seen})
    assert [Strategy.objects.get(pk=s.pk).state for s in (google, meta)] == ["approved", "review"]
    approver.post(f"/a/acme/briefs/{brief.pk}/approve/", {"plan": seen, "unchecked": [meta.pk]})
    assert Strategy.objects.get(pk=meta.pk).state == "approved"
