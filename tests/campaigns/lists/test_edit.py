"""A budget or a name from within the list: shown before and after, then asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, PublishRequest
from core.models import Advertiser, AuditEntry
from tests.campaigns.lists.pages import LIST
from tests.campaigns.page_rows import deliver, make_account, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.usefixtures("noon")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def boots(advertiser: Advertiser) -> Campaign:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign)
    return campaign


def url(campaign: Campaign, field: str = "daily_budget") -> str:
    return f"{LIST}{campaign.pk}/edit/{field}/"


def nothing_happened() -> bool:
    return not PublishRequest.objects.exists() and not AuditEntry.objects.exists()


def test_the_change_is_shown_before_it_is_made(approver: Client, boots: Campaign) -> None:
    first = text(approver.get(url(boots), headers=HTMX))
    assert 'value="20.00"' in first
    assert "at most $30.00 in one step" in first
    seen = approver.get(url(boots), {"value": "25.50"}, headers=HTMX)
    assert '<del dir="auto">$20.00</del> → <ins dir="auto">$25.50</ins>' in text(seen)
    assert nothing_happened()


def test_what_was_shown_is_made_and_the_row_comes_back(approver: Client, boots: Campaign) -> None:
    sent = {"before": "20000000", "after": "25500000"}
    answer = approver.post(f"{url(boots)}?range=7d&cols=budget,roas", sent, headers=HTMX)
    assert answer["HX-Retarget"] == f"#campaign-{boots.pk}"
    assert "close-dialog" in answer["HX-Trigger"]
    page = text(answer)
    assert page.startswith(f'<tr id="campaign-{boots.pk}"')
    assert "$25.50" in page
    assert "3.00x" in page
    assert "$100.00" not in page
    assert PublishRequest.objects.get().payload == {"micros": 25_500_000, "before": 20_000_000}


def test_a_page_that_shows_more_than_a_line_is_asked_for_again(
    approver: Client, boots: Campaign
) -> None:
    sent = {"before": "20000000", "after": "25500000", "back": f"/a/acme/campaigns/{boots.pk}/"}
    answer = approver.post(url(boots), sent, headers=HTMX)
    assert answer["HX-Redirect"] == f"/a/acme/campaigns/{boots.pk}/"


def test_without_scripts_it_is_a_page_that_leads_back(approver: Client, boots: Campaign) -> None:
    page = text(approver.get(url(boots), {"value": "25", "back": f"{LIST}?page=2"}))
    assert "<html" in page
    assert "hx-post" not in page.partition("<main")[2]
    sent = {"before": "20000000", "after": "25000000", "back": f"{LIST}?page=2"}
    assert approver.post(url(boots), sent)["Location"] == f"{LIST}?page=2"
    away = {"before": "25000000", "after": "26000000", "back": "https://evil.example/"}
    assert approver.post(url(boots), away)["Location"] == LIST


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("31", "at most $30.00 now"),
        ("1", "below the minimum of $5.00"),
        ("10.005", "more decimals than USD allows"),
        ("lots", "is not an amount"),
    ],
)
def test_a_refusal_is_told_beforehand(
    value: str, why: str, approver: Client, boots: Campaign
) -> None:
    page = text(approver.get(url(boots), {"value": value}, headers=HTMX))
    assert why in page
    assert "Change it" not in page
    assert nothing_happened()


def test_an_editor_lowers_and_cannot_raise(editor: Client, boots: Campaign) -> None:
    page = text(editor.get(url(boots), {"value": "25"}, headers=HTMX))
    assert "needs the role approver" in page
    assert "Change it" not in page
    refused = editor.post(url(boots), {"before": "20000000", "after": "25000000"})
    assert refused.status_code == 422
    assert nothing_happened()
    editor.post(url(boots), {"before": "20000000", "after": "15000000"})
    boots.refresh_from_db()
    assert boots.daily_budget_micros == 15_000_000


def test_what_was_changed_meanwhile_stays(approver: Client, boots: Campaign) -> None:
    Campaign.objects.update(daily_budget_micros=18_000_000)
    answer = approver.post(url(boots), {"before": "20000000", "after": "25000000"}, headers=HTMX)
    assert "It was changed meanwhile and is $18.00 now." in text(answer)
    assert nothing_happened()


def test_what_is_sent_twice_is_asked_for_once(approver: Client, boots: Campaign) -> None:
    sent = {"before": "20000000", "after": "25000000"}
    first = approver.post(url(boots), sent, headers=HTMX)
    again = approver.post(url(boots), sent, headers=HTMX)
    assert "close-dialog" in first["HX-Trigger"]
    assert "close-dialog" in again["HX-Trigger"]
    assert "changed meanwhile" not in text(again)
    assert "No change: the daily budget of Boots is $25.00 already." in text(again)
    assert PublishRequest.objects.count() == 1


def test_a_name_may_hold_anything_and_stays_text(approver: Client, boots: Campaign) -> None:
    name = "<script>alert(1)</script> : a:b"
    seen = text(approver.get(url(boots, "name"), {"value": name}, headers=HTMX))
    assert "<script>alert" not in seen
    approver.post(url(boots, "name"), {"before": "Boots", "after": name})
    boots.refresh_from_db()
    assert boots.name == name
    assert "<script>alert" not in text(approver.get(LIST))


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_that_cannot_be_used_is_refused(
    name: str, approver: Client, boots: Campaign
) -> None:
    assert "1 to 200 characters" in text(approver.get(url(boots, "name"), {"value": name}))
    approver.post(url(boots, "name"), {"before": "Boots", "after": name.strip()})
    assert Campaign.objects.get().name == "Boots"
    assert nothing_happened()


@pytest.mark.parametrize("after", ["--5", "-", "5-5", "9" * 19, "٥", "5\n"])
def test_a_budget_that_nobody_was_shown_is_refused(
    after: str, approver: Client, boots: Campaign
) -> None:
    answer = approver.post(url(boots), {"before": "20000000", "after": after})
    assert answer.status_code == 422
    assert "is not a budget." in text(answer)
    assert Campaign.objects.get().daily_budget_micros == 20_000_000
    assert nothing_happened()


def test_a_name_holds_nothing_that_a_database_does_not_take(
    approver: Client, boots: Campaign
) -> None:
    empty = approver.post(url(boots, "name"), {"before": "Boots", "after": "\x00"})
    assert (empty.status_code, "1 to 200 characters" in text(empty)) == (422, True)
    assert nothing_happened()
    approver.post(url(boots, "name"), {"before": "Boots", "after": "Winter\x00 boots "})
    assert Campaign.objects.get().name == "Winter boots"


def test_walls_and_fields_hold(approver: Client, boots: Campaign) -> None:
    theirs = make_campaign(make_account(make_advertiser("rival")), "Theirs")
    for path in (url(theirs), url(theirs, "name"), url(boots, "spec_hash")):
        assert approver.get(path).status_code == 404
        assert approver.post(path, {"before": "Theirs", "after": "x"}).status_code == 404
    assert nothing_happened()


def test_only_what_can_be_changed_offers_it(
    client: Client, people: People, advertiser: Advertiser, boots: Campaign
) -> None:
    elsewhere: Any = make_campaign(boots.account, "Hats", origin="elsewhere", managed=False)
    client.force_login(people.editor)
    page = text(client.get(LIST))
    assert url(boots) in page
    assert url(elsewhere) not in page
    client.force_login(people.viewer)
    assert url(boots) not in text(client.get(LIST))
    assert client.get(url(boots)).status_code == 403
    assert client.post(url(boots), {"before": "20000000", "after": "1"}).status_code == 403
