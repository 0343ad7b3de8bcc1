"""Analytics keep to their advertiser, refuse what is unknown and say when they are empty."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from core.models import Advertiser
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("noon")


# ---- tenant isolation and refusals ----


@pytest.mark.parametrize("path", ["analytics/", "analytics.csv"])
def test_a_stranger_finds_no_analytics(
    client: Client, people: People, advertiser: Advertiser, path: str
) -> None:
    deliver(make_campaign(make_account(advertiser)))
    client.force_login(people.stranger)
    assert client.get(f"/a/acme/{path}").status_code == 404
    assert client.get("/api/v1/analytics/?advertiser=acme").status_code == 404


def test_another_tenants_account_and_campaign_are_unknown(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser), "Secret")
    client.force_login(people.stranger)
    make_account(Advertiser.objects.get(slug="other"))
    for asked in (f"account={campaign.account_id}", f"campaign={campaign.pk}"):
        page = client.get(f"/a/other/analytics/?{asked}")
        assert page.status_code == 200
        assert "Secret" not in text(page)
        assert "of Other." in page.context["scope"].problem
        assert client.get(f"/a/other/analytics.csv?{asked}").status_code == 400


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("metric", "likes", "is not a metric here"),
        ("second", "spent", "is not a second here"),
        ("grain", "hour", "is not a grain here"),
        ("breakdown", "age", "is not a breakdown here"),
        ("compare", "last", "is not a compare here"),
        ("compare", "2026-03-09..2026-03-01", "ends before it starts"),
        ("range", "week", "is not a range"),
        ("range", "0001-01-01..0001-01-02", "in the years"),
        ("platform", "myspace", "is not a platform here"),
        ("currency", "GBP", "is not a currency here"),
        ("account", "999", "is no account of Acme"),
        ("account", "9" * 40, "is no account of Acme"),
        ("campaign", "x", "is no campaign of Acme"),
        ("as_of", "yesterday", "is not a date"),
        ("as_of", "2026-03-15", "on a day before today"),
        ("sort", "name;drop", "is not a sort here"),
        ("page", "0", "is not the number of a page"),
        ("page", "99999999999", "is not the number of a page"),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    viewer: Client, advertiser: Advertiser, name: str, value: str, said: str
) -> None:
    deliver(make_campaign(make_account(advertiser)))
    page = viewer.get("/a/acme/analytics/", {name: value})
    assert page.status_code == 200
    assert said in page.context["scope"].problem
    file = viewer.get("/a/acme/analytics.csv", {name: value})
    assert (file.status_code, said in file.content.decode()) == (400, True)
    answer = viewer.get("/api/v1/analytics/", {name: value})
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] in ([name], ["range"])


def test_a_campaign_outside_of_the_filter_is_said_and_left_out(
    viewer: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser), "Boots")
    make_account(advertiser, "google", currency="EUR")
    for asked, said in (
        ("currency=EUR", "is in USD; figures are shown in EUR"),
        ("platform=google", "is not on Google"),
    ):
        page = viewer.get(f"/a/acme/analytics/?campaign={campaign.pk}&{asked}")
        assert said in page.context["scope"].problem
        assert page.context["query"].campaign is None


# ---- states ----


def test_each_emptiness_says_what_it_is(viewer: Client, advertiser: Advertiser) -> None:
    assert "Connect an account" in text(viewer.get("/a/acme/analytics/"))
    account = make_account(advertiser)
    assert "no figures are loaded yet" in text(viewer.get("/a/acme/analytics/"))
    deliver(make_campaign(account), date(2025, 7, 1))
    assert "?range=2025-07-01..2025-07-01" in text(viewer.get("/a/acme/analytics/"))
    page = viewer.get("/a/acme/analytics/?platform=meta")
    assert "No figures fit this filter" in text(page)
    assert b"plotly" not in page.content


def test_queries_do_not_grow_with_rows(viewer: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser)

    def count(asked: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert viewer.get(f"/a/acme/analytics/?{asked}").status_code == 200
        return len(queries)

    def more(number: int) -> None:
        for index in range(number):
            campaign: Campaign = make_campaign(account, f"c{index}")
            deliver(campaign)
            deliver(make_ad(campaign, f"a{index}"))

    more(2)
    asked = [f"breakdown={b}&as_of=2026-03-14" for b in ("period", "campaign", "ad", "creative")]
    before = [count(a) for a in asked]
    more(20)
    assert [count(a) for a in asked] == before
    assert max(before) <= 24
