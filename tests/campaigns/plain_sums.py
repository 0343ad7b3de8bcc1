"""Three advertisers with random days, and sums over the stored rows in plain Python.

Nothing here comes from the project's reading code: rows are read as tuples, added as fractions
and compared with what is printed, to half of its last digit.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from campaigns.models import Ad, DailyMetric
from campaigns.sync.metric_store import MetricValues, store_metrics
from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_account, make_ad, make_campaign

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 14)
RANGE = f"{FIRST}..{LAST}"
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
# slug: currency, zone, and its accounts with a currency and a zone of their own
WORLD: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "us": (
        "USD",
        "America/New_York",
        [
            ("google", "USD", "America/New_York"),
            ("meta", "USD", "America/Los_Angeles"),
            ("tiktok", "EUR", "Europe/Berlin"),
        ],
    ),
    "jp": ("JPY", "Asia/Tokyo", [("meta", "JPY", "Asia/Tokyo"), ("google", "JPY", "Asia/Tokyo")]),
    "kw": ("KWD", "Asia/Kuwait", [("tiktok", "KWD", "Asia/Kuwait"), ("meta", "KWD", "UTC")]),
}
_MEASURES = ("impressions", "clicks", "conversions", "spend_micros", "revenue_micros")
Sums = dict[str, Any]


def make_world() -> None:
    dice = random.Random(20260315)
    for slug, (currency, zone, accounts) in WORLD.items():
        advertiser = Advertiser.objects.create(
            name=slug.upper(), slug=slug, currency=currency, time_zone=zone
        )
        for platform, money, place in accounts:
            account = make_account(advertiser, platform, currency=money, time_zone=place)
            _fill(account, dice)


def _fill(account: AdAccount, dice: random.Random) -> None:
    """Three campaigns with two ads each; the third delivers before and after the range alone."""
    rows, later = [], []
    for number in range(3):
        campaign = make_campaign(account, f"{account.advertiser.slug}-{account.pk}-{number}")
        ads = [make_ad(campaign, f"{campaign.name}-ad{n}") for n in range(2)]
        outside = (FIRST - timedelta(days=1), LAST + timedelta(days=1))
        days = [FIRST + timedelta(days=n) for n in range(14) if n in {0, 13} or dice.random() < 0.7]
        for day in sorted({*outside, *(days if number < 2 else [])}):
            rows.append(_day(dice, account, campaign.pk, None, day))
            rows += [_day(dice, account, campaign.pk, ad.pk, day, 3) for ad in ads]
            if dice.random() < 0.4:
                later.append(_day(dice, account, campaign.pk, None, day))
                later.append(_day(dice, account, campaign.pk, ads[0].pk, day, 3))
    store_metrics(account, rows, seen_at=datetime(2026, 3, 15, 6, tzinfo=UTC))
    store_metrics(account, later, seen_at=datetime(2026, 3, 15, 9, tzinfo=UTC))


def _day(
    dice: random.Random, account: AdAccount, campaign: int, ad: int | None, day: date, part: int = 1
) -> MetricValues:
    impressions = dice.randrange(40_000) // part
    clicks = dice.randrange(impressions // 10 + 1)
    unit = 10 ** (6 - DIGITS[account.currency])  # platforms charge whole minor units
    price = 90 if account.currency == "JPY" else 1
    return MetricValues(
        level="campaign" if ad is None else "ad",
        campaign_id=campaign,
        ad_id=ad,
        day=day,
        impressions=impressions,
        clicks=clicks,
        conversions=Decimal(dice.randrange(clicks * 1000 + 1)) / 7000,
        spend_micros=dice.randrange(clicks * price * 1_000_000 + 1) // unit * unit,
        revenue_micros=dice.randrange(clicks * price * 3_000_000 + 1) // unit * unit,
    )


def stored(advertiser: str, level: str, currency: str = "") -> list[dict[str, Any]]:
    """Every stored row of a level with the names that it belongs to."""
    fields: tuple[str, ...] = (
        *_MEASURES,
        "day",
        "campaign_id",
        "campaign__name",
        "ad_id",
        "ad__ad_group_id",
    )
    fields += ("account_id", "account__platform", "account__currency", "ad__creative_id")
    rows = DailyMetric.objects.filter(account__advertiser__slug=advertiser, level=level)
    wanted = currency or WORLD[advertiser][0]
    return [row for row in rows.values(*fields) if row["account__currency"] == wanted]


def added(
    rows: Iterable[dict[str, Any]], first: date = FIRST, last: date = LAST, **of: Any
) -> Sums:
    """The sums of the rows of those days with those values, and the ratios of the sums."""
    total = dict.fromkeys(_MEASURES, Fraction(0))
    for row in rows:
        if first <= row["day"] <= last and all(row[key] == value for key, value in of.items()):
            for name in _MEASURES:
                total[name] += Fraction(row[name])
    spend, revenue = total["spend_micros"] / 1_000_000, total["revenue_micros"] / 1_000_000
    shown, clicks, conversions = total["impressions"], total["clicks"], total["conversions"]
    return {
        "spend": spend,
        "revenue": revenue,
        "impressions": shown,
        "clicks": clicks,
        "conversions": conversions,
        "ctr": clicks / shown if shown else None,
        "cvr": conversions / clicks if clicks else None,
        "roas": revenue / spend if spend else None,
        "cpc": spend / clicks if clicks else None,
        "cpa": spend / conversions if conversions else None,
        "cpm": spend / shown * 1000 if shown else None,
    }


def says(text: str, sums: Sums, measure: str, currency: str, *, percent: int = 1) -> bool:
    """Whether a printed number is the measure, to half of the last digit that it should have.

    `percent` is 100 for a file that holds percentages without their sign.
    """
    exact: Fraction | None = sums[measure]
    if exact is None or text in {"–", ""}:
        return exact is None and text in {"–", ""}
    money = measure in {"spend", "revenue", "cpc", "cpa", "cpm"}
    digits = DIGITS[currency] if money else {"impressions": 0, "clicks": 0}.get(measure, 2)
    plain = "".join(c for c in text if c in "0123456789.-") or "no number"
    decimals = len(plain.partition(".")[2])
    if decimals != digits and not (measure == "conversions" and decimals < 2):
        return False
    scale = 100 if text.endswith("%") else percent if measure in {"ctr", "cvr"} else 1
    return abs(Fraction(plain) - exact * scale) <= Fraction(1, 2 * 10**digits)


def ads_of(advertiser: str) -> list[Ad]:
    wanted = WORLD[advertiser][0]
    rows = Ad.objects.filter(ad_group__campaign__account__advertiser__slug=advertiser)
    return list(rows.filter(ad_group__campaign__account__currency=wanted))
