"""Thousands of running campaigns with five ads each, their tests and four weeks of metrics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection

from campaigns.models import Ad, AdGroup, Campaign, DailyMetric, Level
from core.common import clock, dates
from core.common.money import MICROS
from core.models import Advertiser, Mode
from optimization.models import ABTest, Arm
from platforms.models import AdAccount

ADS, TEST_DAYS, DAYS = 5, 14, 28
PER_ACCOUNT = 500
SPREAD, NOISE = 0.03, 0.1  # of the log rates between ads, and between an ad's days
PLATFORMS = ("google", "meta", "tiktok")


def create_data(campaigns: int) -> Advertiser:
    """One advertiser in mode suggest with that many campaigns, each with a CTR test of the two
    weeks before today."""
    advertiser = Advertiser.objects.create(
        name="Bench", slug="bench", currency="USD", time_zone="UTC", mode=Mode.SUGGEST
    )
    accounts = _accounts(advertiser, campaigns)
    made = _campaigns(accounts, campaigns)
    ads = _ads(made)
    _tests(made, ads)
    rng = np.random.default_rng(7)
    DailyMetric.objects.bulk_create(_campaign_days(rng, made), batch_size=5000)
    DailyMetric.objects.bulk_create(_ad_days(rng, made, ads), batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the server would do this itself within a minute
    return advertiser


def _accounts(advertiser: Advertiser, campaigns: int) -> list[AdAccount]:
    return [
        AdAccount.objects.create(
            advertiser=advertiser,
            platform=PLATFORMS[number % len(PLATFORMS)],
            external_id=str(number),
            name=f"Account {number}",
            currency="USD",
            time_zone="UTC",
            synced_market_at=clock.market_now(),
            state=AdAccount.State.CONNECTED,
        )
        for number in range(-(-campaigns // PER_ACCOUNT))
    ]


def _campaigns(accounts: list[AdAccount], campaigns: int) -> list[Campaign]:
    return Campaign.objects.bulk_create(
        [
            Campaign(
                account=accounts[number // PER_ACCOUNT],
                name=f"Campaign {number}",
                remote_id=str(number),
                wanted="active",
                remote="active",
                daily_budget_micros=100_000_000,
                remote_daily_budget_micros=100_000_000,
            )
            for number in range(campaigns)
        ],
        batch_size=2000,
    )


def _ads(campaigns: list[Campaign]) -> list[Ad]:
    groups = AdGroup.objects.bulk_create(
        [AdGroup(campaign=c, name="All", remote_id=f"g{c.pk}", wanted="active") for c in campaigns],
        batch_size=2000,
    )
    return Ad.objects.bulk_create(
        [
            Ad(ad_group=g, name=f"Ad {i}", remote_id=f"{g.pk}-{i}", wanted="active")
            for g in groups
            for i in range(ADS)
        ],
        batch_size=2000,
    )


def _tests(campaigns: list[Campaign], ads: list[Ad]) -> None:
    started = dates.today("UTC") - timedelta(days=TEST_DAYS)
    tests = ABTest.objects.bulk_create(
        [
            ABTest(campaign=c, name=c.name, metric="ctr", planned_days=28, started_on=started)
            for c in campaigns
        ],
        batch_size=2000,
    )
    Arm.objects.bulk_create(
        [Arm(test=tests[i // ADS], ad=ad) for i, ad in enumerate(ads)], batch_size=5000
    )


def _campaign_days(rng: Any, campaigns: list[Campaign]) -> Iterator[DailyMetric]:
    """Daily metrics with a hidden return per campaign."""
    today, level = dates.today("UTC"), np.exp(rng.normal(0, 0.5, len(campaigns)))
    for at, campaign in enumerate(campaigns):
        clicks = rng.poisson(500, DAYS)
        sales = rng.poisson(10 * level[at], DAYS)
        for back in range(DAYS):
            day = today - timedelta(days=back + 1)
            yield _row(campaign, None, day, 50_000, int(clicks[back]), int(sales[back]))


def _ad_days(rng: Any, campaigns: list[Campaign], ads: list[Ad]) -> Iterator[DailyMetric]:
    today = dates.today("UTC")
    rate = 0.01 * np.exp(rng.normal(0, SPREAD, len(ads)))
    for at, ad in enumerate(ads):
        noise = np.exp(rng.normal(0, NOISE, TEST_DAYS))
        clicks = rng.poisson(10_000 * rate[at] * noise)
        for back in range(TEST_DAYS):
            day = today - timedelta(days=back + 1)
            yield _row(campaigns[at // ADS], ad, day, 10_000, int(clicks[back]), 2)


def _row(
    campaign: Campaign, ad: Ad | None, day: date, impressions: int, clicks: int, sales: int
) -> DailyMetric:
    return DailyMetric(
        account_id=campaign.account_id,
        campaign=campaign,
        ad=ad,
        level=Level.CAMPAIGN if ad is None else Level.AD,
        entity_id=campaign.pk if ad is None else ad.pk,
        day=day,
        impressions=impressions,
        clicks=clicks,
        conversions=Decimal(sales),
        spend_micros=(90 if ad is None else 18) * MICROS,
        revenue_micros=sales * 40_000_000,
    )
