"""Analytics: page, CSV, API and an independent sum over the rows say the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from campaigns.models import DailyMetric
from core.models import Advertiser, Membership, Role
from tests.campaigns.analytics.pages import cells, rows_of
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_campaign
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("noon")

PLACES = {"USD": 2, "JPY": 0, "KWD": 3}
MONEY = ("spend", "cpc", "cpm", "cpa", "revenue")


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
    for line, row, entry in zip(report.lines, file[:-1], answer["rows"], strict=True):
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
