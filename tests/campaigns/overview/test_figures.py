"""The figures of the overview, and what it points at."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from core.models import Advertiser, Incident
from tests.campaigns.page_rows import NOW, YESTERDAY, deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text

pytestmark = pytest.mark.usefixtures("noon")


def test_the_overview_shows_sums_ratios_and_the_change(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, spend=100, revenue=342, impressions=3000, clicks=60)
    deliver(campaign, YESTERDAY - timedelta(days=7), spend=80, revenue=200)
    response = approver.get("/a/acme/?range=7d")
    cards = {kpi.name: kpi for kpi in response.context["kpis"]}
    assert [cards[n].value for n in ("Spend", "Revenue", "ROAS", "Conversions", "CPA", "CTR")] == [
        "$100.00",
        "$342.00",
        "3.42x",
        "5",
        "$20.00",
        "2.00%",
    ]
    assert (cards["Spend"].change_shown, cards["Spend"].tone) == ("25.0%", "neutral")
    assert (cards["ROAS"].arrow, cards["ROAS"].tone) == ("▲", "good")
    assert (cards["CPA"].arrow, cards["CPA"].tone) == ("▲", "bad")
    assert (cards["Conversions"].arrow, cards["Conversions"].change_shown) == ("", "0.0%")
    page = text(response)
    assert "8 Mar 2026 – 14 Mar 2026" in page
    assert 'compared with <span class="nowrap">1 Mar 2026 – 7 Mar 2026<' in page
    assert "America/New_York" in page


def test_no_previous_value_is_a_dash_and_not_a_rise(
    approver: Client, advertiser: Advertiser
) -> None:
    deliver(make_campaign(make_account(advertiser)))
    kpi = approver.get("/a/acme/?range=7d").context["kpis"][2]
    assert (kpi.change, kpi.arrow, kpi.in_words) == (None, "", "no value to compare with")


def test_platform_and_currency_filters_hold(approver: Client, advertiser: Advertiser) -> None:
    deliver(make_campaign(make_account(advertiser, "meta")), spend=10)
    deliver(make_campaign(make_account(advertiser, "tiktok")), spend=5)
    deliver(make_campaign(make_account(advertiser, "google", currency="EUR")), spend=7)
    both = approver.get("/a/acme/")
    assert str(both.context["total"].spend) == "$15.00"
    assert [line.code for line in both.context["platform_lines"]] == ["meta", "tiktok"]
    assert str(approver.get("/a/acme/?platform=tiktok").context["total"].spend) == "$5.00"
    assert str(approver.get("/a/acme/?currency=EUR").context["total"].spend) == "€7.00"
    assert "?currency=EUR" in text(both)


def test_one_currency_offers_no_choice_of_currencies(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser, currency="EUR")
    response = approver.get("/a/acme/")
    assert response.context["scope"].currency == "EUR"
    assert 'aria-label="Currency"' not in text(response)


def test_a_wrong_range_is_named_and_the_default_serves(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    response = approver.get("/a/acme/?range=last-week&platform=myspace")
    scope = response.context["scope"]
    assert (scope.text, scope.platform) == ("28d", "")
    assert "is not a range" in scope.problem
    assert "is not a platform here" in text(response)


def test_two_dates_become_one_range_in_the_url(approver: Client, advertiser: Advertiser) -> None:
    answer = approver.get("/a/acme/?platform=meta&from=2026-03-01&to=2026-03-05")
    assert answer.status_code == 302
    assert answer["Location"] == "/a/acme/?platform=meta&range=2026-03-01..2026-03-05"


def test_figures_of_other_days_are_pointed_at(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser, "import"), origin="import", managed=False)
    deliver(campaign, date(2019, 7, 1))
    deliver(campaign, date(2019, 7, 31))
    assert "?range=2019-07-01..2019-07-31" in text(approver.get("/a/acme/"))


def test_very_long_histories_point_at_their_newest_part(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser, "import"), origin="import", managed=False)
    deliver(campaign, date(2010, 1, 1))
    deliver(campaign, date(2019, 7, 31))
    linked = approver.get("/a/acme/").context["elsewhere"]
    assert (linked.last, linked.days) == (date(2019, 7, 31), 3 * 366)
    answer = approver.get(f"/a/acme/?range={linked.first}..{linked.last}")
    assert str(answer.context["total"].spend) == "$100.00"


def test_without_an_account_there_is_one_next_step(
    approver: Client, advertiser: Advertiser
) -> None:
    page = text(approver.get("/a/acme/"))
    assert "Connect an ad account" in page
    assert "An admin of Acme does this." in page
    assert "kpi-value" not in page
    Advertiser.objects.update(setup_dismissed_at=NOW)
    assert "Connect an account" in text(approver.get("/a/acme/"))


def test_open_incidents_are_listed_with_their_next_step(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    Incident.open(advertiser, "a", title="Meta is down", next_step="Wait an hour.", at_stake="$9")
    Incident.open(advertiser, "b", title="An old matter", next_step="Nothing.")
    Incident.resolve(advertiser, "b")
    page = text(approver.get("/a/acme/"))
    assert "Meta is down" in page
    assert "Wait an hour." in page
    assert "An old matter" not in page
    assert "An old matter" in text(approver.get("/a/acme/incidents/"))


def test_pacing_compares_with_the_plan_so_far(approver: Client, advertiser: Advertiser) -> None:
    advertiser.monthly_budget_micros = 3_100_000_000
    advertiser.save()
    deliver(make_campaign(make_account(advertiser)), spend=1600)
    pacing = approver.get("/a/acme/").context["pacing"]
    assert (str(pacing.spent), str(pacing.expected)) == ("$1,600.00", "$1,400.00")
    assert (pacing.state, pacing.days_left) == (("Over plan", "bad"), 17)
    assert str(pacing.needed) == "$88.24"


def _grow(account: Any, count: int) -> None:
    for number in range(count):
        campaign = make_campaign(account, f"Campaign {number}")
        deliver(campaign)
        deliver(make_ad(campaign))


@pytest.mark.parametrize("path", ["/a/acme/", "/a/acme/campaigns/", "/a/acme/creatives/"])
def test_queries_do_not_grow_with_the_campaigns(
    path: str, approver: Client, advertiser: Advertiser, django_assert_max_num_queries: Any
) -> None:
    account = make_account(advertiser)
    _grow(account, 2)
    approver.get(path)
    with django_assert_max_num_queries(40) as few:
        approver.get(path)
    _grow(account, 20)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert approver.get(path).status_code == 200
