"""Every figure of a page equals the API's, the CSV's and a plain sum over the stored rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, MetricRevision
from core.common import clock
from core.models import User
from platforms.models import AdAccount, Platform
from tests.campaigns.html_reading import Node, read, table, under
from tests.campaigns.page_rows import NOW
from tests.campaigns.plain_sums import RANGE, WORLD, Sums, added, ads_of, make_world, says, stored

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("slug", list(WORLD)),
]
HEADS = {
    "Spend": "spend",
    "Amount spent": "spend",
    "Cost": "spend",
    "Revenue": "revenue",
    "ROAS": "roas",
    "Conversions": "conversions",
    "Conv.": "conversions",
    "Results": "conversions",
    "CPA": "cpa",
    "CTR": "ctr",
    "CPC": "cpc",
    "CPM": "cpm",
    "CVR": "cvr",
    "Impressions": "impressions",
    "Clicks": "clicks",
}
COLUMNS = "spend,impressions,clicks,ctr,cpc,cpm,conversions,cvr,cpa,revenue,roas"

BREAKDOWNS = [
    ("period", "campaign", "day"),
    ("platform", "campaign", "account__platform"),
    ("account", "campaign", "account_id"),
    ("campaign", "campaign", "campaign_id"),
    ("ad_group", "ad", "ad__ad_group_id"),
    ("ad", "ad", "ad_id"),
    ("creative", "ad", "ad__creative_id"),
]
LISTS = [
    ("campaigns/", "campaign", "campaign_id"),
    ("campaigns/ad-groups/", "ad", "ad__ad_group_id"),
    ("campaigns/ads/", "ad", "ad_id"),
]


@pytest.fixture(autouse=True)
def _world(db: None) -> Iterator[None]:
    with clock.freeze(NOW):
        make_world()
        yield


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("all", "all@example.com", "x"))
    return client


def page(client: Client, slug: str, path: str, **query: str) -> Node:
    answer = client.get(f"/a/{slug}/{path}", {"range": RANGE, **query})
    assert answer.status_code == 200
    return read(answer.content.decode())


def lines(client: Client, slug: str, path: str, **query: str) -> list[dict[str, str]]:
    answer = client.get(f"/a/{slug}/{path}", {"range": RANGE, **query})
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def api(client: Client, slug: str, path: str, **query: str) -> Any:
    answer = client.get(f"/api/v1/{path}/", {"advertiser": slug, "range": RANGE, **query})
    assert answer.status_code == 200
    return answer.json()


def check(line: dict[str, str], sums: Sums, currency: str) -> int:
    """Every number of a printed line; how many there were."""
    known = {head: HEADS[head] for head in line if head in HEADS}
    wrong = {
        h: (line[h], sums[m]) for h, m in known.items() if not says(line[h], sums, m, currency)
    }
    assert wrong == {}
    return len(known)


def check_file(line: dict[str, str], sums: Sums, currency: str) -> None:
    """A line of a CSV file: all eleven numbers."""
    found = {head.partition(" (")[0]: text for head, text in line.items()}
    wrong = {
        head: (found[head], sums[measure])
        for head, measure in HEADS.items()
        if head in found and not says(found[head], sums, measure, currency, percent=100)
    }
    assert wrong == {}
    assert len(found.keys() & HEADS.keys()) == 11


def check_json(said: dict[str, Any], sums: Sums) -> None:
    for measure, exact in sums.items():
        if exact is None:
            assert said[measure] is None, measure
        else:
            assert abs(Fraction(str(said[measure])) - exact) <= Fraction(1, 2_000_000), measure


def kpis(node: Node) -> dict[str, str]:
    return {
        k.one("a", "kpi-name").text: k.one("span", "kpi-value").text for k in node.all("li", "kpi")
    }


def test_the_rows_are_worth_adding(slug: str) -> None:
    rows = stored(slug, "campaign")
    days = {row["day"] for row in rows}
    assert {date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 14), date(2026, 3, 15)} <= days
    assert MetricRevision.objects.filter(metric__account__advertiser__slug=slug).count() > 10
    assert added(rows)["spend"] > 1000
    assert added(stored(slug, "ad"))["spend"] != added(rows)["spend"]


def test_the_overview(slug: str, reader: Client) -> None:
    currency, rows = WORLD[slug][0], stored(slug, "campaign")
    node = page(reader, slug, "")
    assert check(kpis(node), added(rows), currency) == 6
    platforms = table(under(node, "By platform"))
    for line in platforms:
        code = Platform.names[Platform.labels.index(line["Platform"])].lower()
        assert check(line, added(rows, account__platform=code), currency) == 5
    assert len(platforms) == len({row["account__platform"] for row in rows})
    for line in table(under(node, "Campaigns by spend")):
        name = line[""]
        assert check(line, added(rows, campaign__name=name), currency) == 6
    daily = table(under(node, "Spend against revenue"))
    assert len(daily) == 14
    for number, line in enumerate(daily):
        day = date(2026, 3, 1 + number)
        assert check(line, added(rows, day, day), currency) == 2


def test_the_overview_of_days_that_follow_the_advertisers_clock(slug: str, reader: Client) -> None:
    """At 16:00 UTC on 15 March it is the 16th in Tokyo."""
    last = 15 if slug == "jp" else 14
    sums = added(stored(slug, "campaign"), date(2026, 3, last - 6), date(2026, 3, last))
    assert check(kpis(page(reader, slug, "", range="7d")), sums, WORLD[slug][0]) == 6
    check_json(api(reader, slug, "performance", range="7d")["totals"], sums)


def test_the_performance_api(slug: str, reader: Client) -> None:
    rows = stored(slug, "campaign")
    said = api(reader, slug, "performance")
    check_json(said["totals"], added(rows))
    for platform, part in said["by_platform"].items():
        check_json(part, added(rows, account__platform=platform))
    assert len(said["daily_metrics"]) == 14
    for part in said["daily_metrics"]:
        day = date.fromisoformat(part["date"])
        check_json(part, added(rows, day, day))


def test_the_three_lists_and_their_files(slug: str, reader: Client) -> None:
    for path, level, key in LISTS:
        check_list(path, level, key, slug, reader)


def check_list(path: str, level: str, key: str, slug: str, reader: Client) -> None:
    currency, rows = WORLD[slug][0], stored(slug, level)
    node = page(reader, slug, path, cols=COLUMNS)
    body, *_ = node.all("tbody")
    ids: list[Any] = [int(row.attrs["id"].rpartition("-")[2]) for row in body.all("tr")]
    printed = table(node.one("table", "list"))
    filed = lines(reader, slug, path.rstrip("/") + ".csv", cols=COLUMNS)
    assert set(ids) >= {row[key] for row in rows}
    assert len(printed) == len(filed) == len(ids) + 1
    for pk, line, in_file in zip(ids, printed, filed, strict=False):
        sums = added(rows, **{key: pk})
        assert check(line, sums, currency) == 11
        check_file(in_file, sums, currency)
    assert check(printed[-1], added(rows), currency) == 11
    check_file(filed[-1], added(rows), currency)


def test_a_filtered_list_totals_its_filter(slug: str, reader: Client) -> None:
    account = AdAccount.objects.filter(advertiser__slug=slug).order_by("pk").first()
    assert account is not None
    sums = added(stored(slug, "campaign"), account_id=account.pk)
    node = page(reader, slug, "campaigns/", cols=COLUMNS, account=str(account.pk))
    assert check(table(node.one("table", "list"))[-1], sums, WORLD[slug][0]) == 11


def test_a_second_currency_is_a_page_of_its_own(slug: str, reader: Client) -> None:
    others = {money for _, money, _ in WORLD[slug][2]} - {WORLD[slug][0]}
    for currency in others:
        sums = added(stored(slug, "campaign", currency))
        assert check(kpis(page(reader, slug, "", currency=currency)), sums, currency) == 6
        check_json(api(reader, slug, "performance", currency=currency)["totals"], sums)


def test_a_campaigns_own_page(slug: str, reader: Client) -> None:
    for campaign in Campaign.objects.filter(account__advertiser__slug=slug):
        currency = campaign.account.currency
        rows, ad_rows = stored(slug, "campaign", currency), stored(slug, "ad", currency)
        node = page(reader, slug, f"campaigns/{campaign.pk}/")
        assert check(kpis(node), added(rows, campaign_id=campaign.pk), currency) == 6
        for number, line in enumerate(table(under(node, "Spend against revenue"))):
            day = date(2026, 3, 1 + number)
            assert check(line, added(rows, day, day, campaign_id=campaign.pk), currency) == 2
        section = next(
            p for p in node.all("section") if p.attrs.get("aria-labelledby") == "ads-title"
        )
        ads = table(section.one("table"))
        assert len(ads) == 2
        for line in ads:
            name = next(n for n in ad_names(campaign) if line["Ad"].startswith(n))
            assert check(line, added(ad_rows, ad_id=ad_names(campaign)[name]), currency) == 5


def ad_names(campaign: Campaign) -> dict[str, int]:
    rows = campaign.ad_groups.values_list("ads__name", "ads__pk")
    return {f"{name} headline": pk for name, pk in rows}


def test_the_creatives(slug: str, reader: Client) -> None:
    currency, rows = WORLD[slug][0], stored(slug, "ad")
    by_headline = {f"{ad.name} headline": ad.pk for ad in ads_of(slug)}
    cards = list(page(reader, slug, "creatives/").all("li", "creative"))
    assert len(cards) == len(by_headline)
    for card in cards:
        facts = {d.one("dt").text: d.one("dd").text for d in card.one("dl").all("div")}
        pk = by_headline[card.one("h2").text]
        assert check(facts, added(rows, ad_id=pk), currency) == 5


def test_analytics_its_file_and_its_api(slug: str, reader: Client) -> None:
    for breakdown, level, key in BREAKDOWNS:
        check_breakdown(breakdown, level, key, slug, reader)


def check_breakdown(breakdown: str, level: str, key: str, slug: str, reader: Client) -> None:
    currency, rows = WORLD[slug][0], stored(slug, level)
    query = {"breakdown": breakdown, "compare": "none"}
    said = api(reader, slug, "analytics", **query)
    printed = table(page(reader, slug, "analytics/", **query).one("table", "cross"))
    filed = lines(reader, slug, "analytics.csv", **query)
    keys = [row["first_day" if breakdown == "period" else "id"] for row in said["rows"]]
    assert len(printed) == len(filed) == len(keys) + 1
    assert {str(k) for k in keys} >= {str(r[key]) for r in rows if added([r])["impressions"]}
    for name, part, line, in_file in zip(keys, said["rows"], printed, filed, strict=False):
        wanted = date.fromisoformat(name) if breakdown == "period" else name
        sums = added(rows, **{key: wanted})
        check_json(part, sums)
        assert check(line, sums, currency) == 11
        check_file(in_file, sums, currency)
    check_json(said["total"], added(rows))
    assert check(printed[-1], added(rows), currency) == 11
    check_file(filed[-1], added(rows), currency)


def test_weeks_and_months_add_the_days_of_the_range_alone(slug: str, reader: Client) -> None:
    rows = stored(slug, "campaign")
    for grain in ("week", "month"):
        said = api(reader, slug, "analytics", grain=grain, compare="none")["periods"]
        for part in said:
            first, last = (date.fromisoformat(part[name]) for name in ("first", "last"))
            check_json(part, added(rows, first, last))
        assert sum(Fraction(part["spend"]) for part in said) == added(rows)["spend"]


def test_the_compared_period(slug: str, reader: Client) -> None:
    rows = stored(slug, "campaign")
    said = api(reader, slug, "analytics", breakdown="campaign", compare="previous")
    first, last = (date.fromisoformat(said["compared"][name]) for name in ("first", "last"))
    assert (first, last) == (date(2026, 2, 15), date(2026, 2, 28))
    check_json(said["total"]["before"], added(rows, first, last))
