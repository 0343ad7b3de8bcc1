"""The table of analytics, and the file made of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.analytics.export import harmless
from core.models import Advertiser
from tests.campaigns.analytics.pages import cells, rows_of
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text

pytestmark = pytest.mark.usefixtures("noon")


# ---- table ----


def test_rows_carry_every_metric_and_its_change(viewer: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, spend=100, revenue=342, impressions=3000, clicks=60, conversions="5")
    deliver(campaign, YESTERDAY - timedelta(days=7), spend=80, revenue=200)
    report = viewer.get("/a/acme/analytics/?range=7d").context["report"]
    assert cells(report.lines[0]) == {
        "spend": "$100.00",
        "impressions": "3,000",
        "clicks": "60",
        "ctr": "2.00%",
        "cpc": "$1.67",
        "cpm": "$33.33",
        "conversions": "5",
        "cvr": "8.33%",
        "cpa": "$20.00",
        "revenue": "$342.00",
        "roas": "3.42x",
    }
    changes = {c.measure.key: (c.change_shown, c.tone) for c in report.lines[0].cells}
    assert changes["spend"] == ("+25.0%", "neutral")
    assert changes["revenue"] == ("+71.0%", "good")
    assert changes["cpa"] == ("+25.0%", "bad")
    assert changes["conversions"] == ("0.0%", "neutral")


def test_nothing_to_divide_by_is_a_dash_on_the_page_and_empty_in_the_file(
    viewer: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, spend=0, revenue=0, clicks=0, impressions=40, conversions="0")
    asked = "range=7d&compare=none"
    page = viewer.get(f"/a/acme/analytics/?{asked}")
    shown = cells(page.context["report"].lines[0])
    assert [shown[k] for k in ("cpc", "cvr", "cpa", "roas", "ctr")] == ["–"] * 4 + ["0.00%"]
    row = rows_of(viewer.get(f"/a/acme/analytics.csv?{asked}"))[0]
    assert [row[k] for k in ("CPC (USD)", "CVR (%)", "CPA (USD)", "ROAS")] == [""] * 4
    entry = viewer.get(f"/api/v1/analytics/?{asked}").json()["rows"][0]
    assert [entry[k] for k in ("cpc", "cvr", "cpa", "roas", "before")] == [None] * 5
    assert (row["Spend (USD)"], row["CTR (%)"]) == ("0.00", "0.00")


def test_unknown_values_stand_last_both_ways(viewer: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser)
    for name, spend, conversions in (("dear", 90, "1"), ("cheap", 10, "1"), ("none", 50, "0")):
        deliver(make_campaign(account, name), spend=spend, conversions=conversions)
    for sort, names in (("cpa", ["cheap", "dear", "none"]), ("-cpa", ["dear", "cheap", "none"])):
        report = viewer.get(f"/a/acme/analytics/?sort={sort}").context["report"]
        assert [line.named.label for line in report.lines] == names
    report = viewer.get("/a/acme/analytics/?sort=name").context["report"]
    assert [line.named.label for line in report.lines] == ["cheap", "dear", "none"]


def test_the_total_is_over_all_pages_and_the_file_holds_them_all(
    viewer: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    for number in range(53):
        deliver(make_campaign(account, f"c{number:02}"), spend=number + 1, revenue=100)
    second = viewer.get("/a/acme/analytics/?page=2")
    report = second.context["report"]
    assert ([line.named.label for line in report.lines], report.count) == (
        ["c02", "c01", "c00"],
        53,
    )
    assert cells(report.total)["spend"] == "$1,431.00"
    assert cells(report.total)["roas"] == "3.70x"
    assert "Export all 53 rows as CSV" in text(second)
    assert len(rows_of(viewer.get("/a/acme/analytics.csv"))) == 54
    of_page = rows_of(viewer.get("/a/acme/analytics.csv?page=2"))
    assert [row["Campaign"] for row in of_page] == ["c02", "c01", "c00", "Total"]


def test_ads_add_up_by_ad_group_and_creative_and_tell_what_is_missing(
    viewer: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser), "Boots")
    blue, red = make_ad(campaign, "Blue"), make_ad(campaign, "Red")
    deliver(campaign, spend=100, conversions="9")
    deliver(blue, spend=60, conversions="5")
    deliver(red, spend=30, conversions="3")
    red.creative = None
    red.save()
    by: dict[str, Any] = {}
    for breakdown in ("ad", "ad_group", "creative"):
        page = viewer.get(f"/a/acme/analytics/?breakdown={breakdown}")
        lines = page.context["report"].lines
        by[breakdown] = [(line.named.label, cells(line)["spend"]) for line in lines]
        assert "These rows hold $90.00 of the $100.00" in text(page)
    assert by["ad"] == [("Blue", "$60.00"), ("Red", "$30.00")]
    assert by["ad_group"] == [("Everyone", "$90.00")]
    assert by["creative"] == [("Blue", "$60.00"), ("Creative not known", "$30.00")]


def test_currencies_are_shown_one_at_a_time(viewer: Client, advertiser: Advertiser) -> None:
    deliver(make_campaign(make_account(advertiser)), spend=10)
    euro = make_account(advertiser, "google", currency="EUR")
    deliver(make_campaign(euro), spend=7)
    for asked, spend in (
        ("", "$10.00"),
        ("currency=EUR", "€7.00"),
        (f"account={euro.pk}", "€7.00"),
    ):
        report = viewer.get(f"/a/acme/analytics/?{asked}").context["report"]
        assert cells(report.total)["spend"] == spend


def test_account_and_campaign_narrow_chart_and_table(
    viewer: Client, advertiser: Advertiser
) -> None:
    first, second = make_account(advertiser), make_account(advertiser)
    boots, socks = make_campaign(first, "Boots"), make_campaign(first, "Socks")
    for target, amount in ((boots, 10), (socks, 5), (make_campaign(second), 3)):
        deliver(target, spend=amount)
    for asked, spend in (
        (f"account={first.pk}", "$15.00"),
        (f"campaign={socks.pk}", "$5.00"),
        ("platform=meta", "$18.00"),
    ):
        page = viewer.get(f"/a/acme/analytics/?{asked}&range=7d")
        assert cells(page.context["report"].total)["spend"] == spend
        assert page.context["charts"][0].rows[-1][1] == spend


# ---- the file ----


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("Boots - Spring = ok", "Boots - Spring = ok"),
        ("", ""),
    ],
)
def test_no_name_becomes_a_formula(name: str, kept: str) -> None:
    assert harmless(name) == kept


def test_the_file_names_its_days_zone_and_currency(viewer: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser, name="@cmd")
    deliver(make_campaign(account, '=1+1,"x"'))
    answer = viewer.get("/a/acme/analytics.csv?range=2026-03-10..2026-03-14")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = "acme-campaign-2026-03-10_2026-03-14-USD.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    row = rows_of(answer)[0]
    assert (row["Campaign"], row["Account"], row["Platform"]) == ('\'=1+1,"x"', "'@cmd", "Meta")
    about = [row[k] for k in ("Currency", "From", "To", "Compared from", "Compared to")]
    assert about == ["USD", "2026-03-10", "2026-03-14", "2026-03-05", "2026-03-09"]
    assert (row["Time zone"], row["As reported on"]) == ("America/New_York", "")


def test_a_change_too_small_to_show_has_no_sign(viewer: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, spend=99_999)
    deliver(campaign, YESTERDAY - timedelta(days=7), spend=100_000)
    report = viewer.get("/a/acme/analytics/?range=7d").context["report"]
    assert report.total.cells[0].change_shown == "0.0%"
    row = rows_of(viewer.get("/a/acme/analytics.csv?range=7d"))[0]
    assert row["Spend change (%)"] == "0.0"


def test_a_change_in_the_file_is_a_number(viewer: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, spend=60)
    deliver(campaign, YESTERDAY - timedelta(days=7), spend=80)
    row = rows_of(viewer.get("/a/acme/analytics.csv?range=7d"))[0]
    assert row["Spend change (%)"] == "-25.0"
