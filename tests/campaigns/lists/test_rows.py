"""The rows of the campaigns list: totals, order, search and the switch."""

from __future__ import annotations

import pytest
from django.test import Client

from campaigns.models import PublishRequest
from core.models import Advertiser
from tests.campaigns.page_rows import deliver, make_account, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import make_advertiser

pytestmark = pytest.mark.usefixtures("noon")


def test_totals_stand_over_the_whole_filter_and_not_the_page(
    approver: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    for number in range(53):
        deliver(make_campaign(account, f"Boots {number:02}"), spend=2)
    deliver(make_campaign(account, "Hats"), spend=50)
    table = approver.get("/a/acme/campaigns/?search=boots&page=2").context["table"]
    assert (len(table.rows), table.count, table.first, table.last) == (3, 53, 51, 53)
    assert str(table.total.spend) == "$106.00"


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("-roas", ["High", "Low", "Silent"]),
        ("roas", ["Low", "High", "Silent"]),
        ("name", ["High", "Low", "Silent"]),
        ("-name", ["Silent", "Low", "High"]),
        ("budget", ["High", "Low", "Silent"]),
        ("nonsense", ["Low", "High", "Silent"]),
    ],
)
def test_unknown_values_sort_last_both_ways(
    sort: str, names: list[str], approver: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    make_campaign(account, "Silent", daily_budget_micros=None)
    deliver(make_campaign(account, "High", daily_budget_micros=1), spend=10, revenue=90)
    deliver(make_campaign(account, "Low", daily_budget_micros=2), spend=20, revenue=30)
    rows = approver.get(f"/a/acme/campaigns/?sort={sort}").context["table"].rows
    assert [row.item.name for row in rows] == names


def test_search_finds_names_and_platform_ids(approver: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser)
    make_campaign(account, "Boots", remote_id="777")
    make_campaign(account, "Hats", remote_id="888")
    for wish, name in (("bOO", "Boots"), ("888", "Hats")):
        rows = approver.get(f"/a/acme/campaigns/?search={wish}").context["table"].rows
        assert [row.item.name for row in rows] == [name]
    assert "No campaign fits this filter" in text(approver.get("/a/acme/campaigns/?search=zzz"))


def test_another_advertisers_campaigns_are_not_listed(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    make_campaign(make_account(make_advertiser("rival")), "Theirs")
    assert approver.get("/a/acme/campaigns/").context["table"].count == 0


def test_the_switch_pauses_and_gives_the_row_back(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign)
    url = f"/a/acme/campaigns/{campaign.pk}/status/?range=7d"
    answer = approver.post(url, {"to": "paused"}, headers={"HX-Request": "true"})
    page = text(answer)
    assert page.startswith(f'<tr id="campaign-{campaign.pk}"')
    assert "Being published" in page
    assert "$100.00" in page
    assert "Boots is being paused." in page
    campaign.refresh_from_db()
    assert campaign.wanted == "paused"
    assert PublishRequest.objects.get().payload == {"to": "paused", "before": "active"}


def test_without_htmx_the_switch_leads_back_to_the_list(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    url = f"/a/acme/campaigns/{campaign.pk}/status/"
    back = "/a/acme/campaigns/?page=2"
    assert approver.post(url, {"to": "paused", "next": back})["Location"] == back
    away = approver.post(url, {"to": "paused", "next": "https://evil.example/"})
    assert away["Location"] == f"/a/acme/campaigns/{campaign.pk}/"


def test_a_stopped_advertiser_cannot_enable(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser), wanted="paused")
    approver.post("/a/acme/stop/", {"reason": "Wrong prices"})
    url = f"/a/acme/campaigns/{campaign.pk}/status/"
    answer = approver.post(url, {"to": "active"}, follow=True)
    assert "The stop switch is on" in text(answer)
    campaign.refresh_from_db()
    assert campaign.wanted == "paused"
    assert not PublishRequest.objects.exists()


def test_an_imported_campaign_has_no_switch(approver: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser, "import")
    make_campaign(account, origin="import", managed=False, remote_id="")
    page = text(approver.get("/a/acme/campaigns/"))
    assert "Imported" in page
    assert 'class="switch' not in page


def test_a_viewer_sees_no_switch(viewer: Client, advertiser: Advertiser) -> None:
    make_campaign(make_account(advertiser))
    assert 'class="switch' not in text(viewer.get("/a/acme/campaigns/"))
