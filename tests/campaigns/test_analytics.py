"""Analytics: page, CSV, API and an independent sum over the rows say the same."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from adsengine.models import Advertiser, Membership, Role
from campaigns.analytics.export import harmless
from campaigns.models import Campaign, DailyMetric
from tests.campaigns.page_rows import (
    YESTERDAY,
    deliver,
    make_account,
    make_ad,
    make_campaign,
)
from tests.fixtures.clients import text
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("noon")
PLACES = {"USD": 2, "JPY": 0, "KWD": 3}
MONEY = ("spend", "cpc", "cpm", "cpa", "revenue")


def cells(line: Any) -> dict[str, str]:
    return {cell.measure.key: cell.shown for cell in line.cells}


def rows_of(response: Any) -> list[dict[str, str]]:
    body = response.content.decode("utf-8")
    assert body[0] == "\ufeff"
    return list(csv.DictReader(StringIO(body[1:])))


# ---- the same figures everywhere ----


def make_world(slug: str, currency: str, zone: str) -> Advertiser:
    made = Advertiser.objects.create(name=slug, slug=slug, currency=currency, time_zone=zone)
    for number, platform in enumerate(("google", "meta", "tiktok"), 1):
        account = make_account(made, platform)
        for index in range(2):
            campaign = make_campaign(account, f"{platform} {index}")
            for back in range(1, 9):
                row = deliver(campaign, YESTERDAY - timedelta(days=back))
                share = number * 7 + index * 3 + back
                DailyMetric.objects.filter(pk=row.pk).update(
                    spend_micros=1_234_567 * share,
                    revenue_micros=3_333_333 * share,
                    impressions=977 * share,
                    clicks=13 * share + index,
                    conversions=Decimal(share) / 3,
                )
    return made


def independent(rows: list[DailyMetric], currency: str) -> dict[str, str]:
    """By exact fractions, printed as the CSV prints them; nothing of the code under test."""
    total: dict[str, Fraction] = {
        name: sum((Fraction(getattr(row, name)) for row in rows), Fraction(0))
        for name in ("impressions", "clicks", "conversions", "spend_micros", "revenue_micros")
    }
    spend, revenue = total["spend_micros"] / 10**6, total["revenue_micros"] / 10**6
    places = PLACES[currency]
    return {
        "spend": fixed(spend, places),
        "impressions": str(total["impressions"]),
        "clicks": str(total["clicks"]),
        "ctr": fixed(total["clicks"] / total["impressions"] * 100, 2),
        "cpc": fixed(spend / total["clicks"], places),
        "cpm": fixed(spend / total["impressions"] * 1000, places),
        "conversions": fixed(total["conversions"], 2).rstrip("0").rstrip("."),
        "cvr": fixed(total["conversions"] / total["clicks"] * 100, 2),
        "cpa": fixed(spend / total["conversions"], places),
        "revenue": fixed(revenue, places),
        "roas": fixed(revenue / spend, 2),
    }


def fixed(value: Fraction, places: int) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


def bare(shown: str) -> str:
    return shown.strip("$¥%x").removeprefix("KWD ").replace(",", "")


def api_shown(name: str, value: Any, currency: str) -> str:
    if name in MONEY:
        return fixed(Fraction(value), PLACES[currency])
    if name in {"ctr", "cvr"}:
        return fixed(Fraction(str(value)) * 100, 2)
    if name == "roas":
        return fixed(Fraction(str(value)), 2)
    return (
        fixed(Fraction(value), 2).rstrip("0").rstrip(".") if name == "conversions" else str(value)
    )


@pytest.mark.parametrize(
    ("slug", "currency", "zone"),
    [
        ("north", "USD", "America/New_York"),
        ("east", "JPY", "Asia/Tokyo"),
        ("gulf", "KWD", "Asia/Kuwait"),
    ],
)
@pytest.mark.parametrize("breakdown", ["platform", "account", "campaign", "period"])
def test_page_csv_api_and_an_independent_sum_agree_to_the_last_digit(
    viewer: Client, people: People, slug: str, currency: str, zone: str, breakdown: str
) -> None:
    made = make_world(slug, currency, zone)
    make_world("noise", "USD", "UTC")
    Membership.objects.create(user=people.viewer, advertiser=made, role=Role.VIEWER)
    asked = f"range=2026-03-06..2026-03-12&breakdown={breakdown}&grain=week"
    mine = DailyMetric.objects.filter(
        account__advertiser=made, day__gte="2026-03-06", day__lte="2026-03-12"
    )
    report = viewer.get(f"/a/{slug}/analytics/?{asked}").context["report"]
    file = rows_of(viewer.get(f"/a/{slug}/analytics.csv?{asked}"))
    answer = viewer.get(f"/api/v1/analytics/?{asked}&advertiser={slug}").json()

    expected = independent(list(mine), currency)
    assert {k: bare(v) for k, v in cells(report.total).items()} == expected
    headings = {m.key: m.heading(currency) for m in (c.measure for c in report.total.cells)}
    assert {key: file[-1][heading] for key, heading in headings.items()} == expected
    total = answer["total"]
    assert {k: api_shown(k, total[k], currency) for k in expected} == expected

    assert len(report.lines) == len(file) - 1 == len(answer["rows"]) == report.count
    assert report.count == {"platform": 3, "account": 3, "campaign": 6, "period": 2}[breakdown]
    for line, row, entry in zip(report.lines, file, answer["rows"]):
        shown = {key: bare(value) for key, value in cells(line).items()}
        assert {key: row[heading] for key, heading in headings.items()} == shown
        assert {key: api_shown(key, entry[key], currency) for key in shown} == shown
        if breakdown == "campaign":
            own = mine.filter(campaign_id=line.named.key)
            assert shown == independent(list(own), currency)


def test_the_overview_and_analytics_print_the_same_cards(
    viewer: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, spend=100, revenue=342)
    deliver(campaign, YESTERDAY - timedelta(days=7), spend=80)
    pages = [viewer.get(f"/a/acme/{page}?range=7d") for page in ("", "analytics/")]
    cards = [[(k.name, k.value, k.change_shown) for k in p.context["kpis"]] for p in pages]
    assert cards[0] == cards[1]
    assert cards[1][0] == ("Spend", "$100.00", "25.0%")


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


# ---- walls and refusals ----


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
    assert "nothing has been read of them so far" in text(viewer.get("/a/acme/analytics/"))
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
