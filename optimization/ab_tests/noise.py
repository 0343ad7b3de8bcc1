"""Noise of an advertiser's ads, used as prior knowledge in its tests.

It is read from finished tests and, to have enough of them, from campaigns without a test whose ads
ran beside each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum

from campaigns.models import Campaign, DailyMetric, Level
from core.common import dates
from core.common.measures import COLUMNS, MEASURES, MONEY
from core.common.money import MICROS
from core.models import Advertiser
from optimization.ab_tests.arm_data import LAG_DAYS, arms_of
from optimization.models import ABTest
from optimization.stats.ab.history import MIN_TESTS, learn_noise
from optimization.stats.ab.rows import ArmDays
from optimization.stats.common.metrics import FIELDS, FloatArray

MOST_TESTS = 60
MOST_CAMPAIGNS = 60
MOST_ADS = 6  # of a campaign, those with most impressions
CAMPAIGN_DAYS = 14  # as long as a test usually runs: what moves more slowly is no daily noise
LEAST_DAYS = 7
ZONE_DAYS = 1  # an account's day can end after the advertiser's


@dataclass(frozen=True)
class KnownNoise:
    """Arm-day noise (a coefficient of variation) and its weight; None and 0 where unknown.

    lag0 is the lag-1 correlation of that noise, lag_weight its weight in degrees of freedom.
    """

    s0: float | None = None
    v0: float = 0.0
    lag0: float = 0.0
    lag_weight: float = 0.0


def known_noise(advertiser: Advertiser, metric: str) -> KnownNoise:
    """From the advertiser's newest finished tests on the metric and its other campaigns; unknown
    below twenty of them together. A handful of queries, at most 60 tests and 60 campaigns."""
    tests = list(
        ABTest.objects.filter(
            campaign__account__advertiser=advertiser, metric=metric, state=ABTest.State.STOPPED
        )
        .order_by("-ended_on", "-pk")
        .select_related("campaign__account")[:MOST_TESTS]
    )
    campaigns = _other_campaigns(advertiser, metric, {test.campaign_id for test in tests})
    if len(tests) + len(campaigns) < MIN_TESTS:
        return KnownNoise()
    found = [history_of(arms) for arms in arms_of(tests).values()]
    found += _campaign_histories(advertiser, metric, campaigns)
    histories = [rows for rows in found if rows.size and rows.min() >= 0]  # else a broken report
    learned = learn_noise(histories, metric)
    if learned.v0 <= 0:
        return KnownNoise()
    return KnownNoise(learned.s0, learned.v0, learned.lag, learned.lag_weight)


def history_of(arms: list[dict[str, Any]]) -> FloatArray:
    """Complete days as (arms, days, fields), zero where an arm has no row; empty for totals."""
    rows: list[ArmDays] = [arm["daily"] for arm in arms if "daily" in arm]
    days = sorted(
        {day for one in rows for day, done in zip(one.days, one.complete, strict=True) if done}
    )
    place = {day: i for i, day in enumerate(days)}
    values = np.zeros((len(arms), len(days), len(FIELDS)))
    for k, one in enumerate(rows):
        kept = [at for at, done in enumerate(one.complete) if done]
        values[k, [place[one.days[at]] for at in kept]] = one.values[kept]
    return values


# ---- campaigns without a test ------------------------------------------------------------


def _other_campaigns(advertiser: Advertiser, metric: str, tested: set[int]) -> list[int]:
    """The newest campaigns with ad rows lately. A test's own days must not be its prior knowledge,
    so campaigns with a running test stay out, as do those whose finished test is read anyway."""
    rows = _ad_rows(advertiser, metric).filter(campaign=OuterRef("pk"))
    running = ABTest.objects.filter(campaign=OuterRef("pk"), state=ABTest.State.RUNNING)
    campaigns = Campaign.objects.filter(
        ~Exists(running), Exists(rows), account__advertiser=advertiser
    )
    newest = campaigns.exclude(pk__in=tested).order_by("-pk")
    return list(newest.values_list("pk", flat=True)[:MOST_CAMPAIGNS])


def _ad_rows(advertiser: Advertiser, metric: str) -> QuerySet[DailyMetric]:
    """Full days of ads whose figures are complete; more clicks than impressions is no rate."""
    end = dates.today(advertiser.time_zone) - timedelta(days=LAG_DAYS[metric] + ZONE_DAYS)
    return DailyMetric.objects.filter(
        level=Level.AD,
        day__gte=end - timedelta(days=CAMPAIGN_DAYS),
        day__lt=end,
        period_first__isnull=True,
        clicks__lte=F("impressions"),
    )


def _campaign_histories(
    advertiser: Advertiser, metric: str, campaigns: list[int]
) -> list[FloatArray]:
    """Each campaign's rows (ads, days, fields), of its largest ads, where it has two or more."""
    rows = _ad_rows(advertiser, metric)
    ads = _largest_ads(rows.filter(campaign__in=campaigns))
    found = rows.filter(entity_id__in=ads).order_by("campaign_id", "entity_id", "day")
    values = found.values_list("campaign_id", "entity_id", "day", *COLUMNS)
    return [
        made
        for _, mine in groupby(values.iterator(), key=itemgetter(0))
        if len(made := _rows_as_array(list(mine))) > 1
    ]


def _largest_ads(rows: QuerySet[DailyMetric]) -> list[int]:
    ads = rows.values("campaign_id", "entity_id").annotate(
        days=Count("pk"), shown=Sum("impressions")
    )
    ads = ads.filter(days__gte=LEAST_DAYS).order_by("campaign_id", "-shown", "entity_id")
    found: list[int] = []
    for _, mine in groupby(ads.iterator(), key=itemgetter("campaign_id")):
        found += [ad["entity_id"] for ad in islice(mine, MOST_ADS)]
    return found


def _rows_as_array(rows: list[tuple[Any, ...]]) -> FloatArray:
    """Rows of campaign, ad, day and measures as (ads, days, fields)."""
    ads = {ad: i for i, ad in enumerate(sorted({row[1] for row in rows}))}
    days = {day: i for i, day in enumerate(sorted({row[2] for row in rows}))}
    values = np.zeros((len(ads), len(days), len(FIELDS)))
    for _, ad, day, *measures in rows:
        values[ads[ad], days[day]] = [float(value) for value in measures]
    values[:, :, [MEASURES.index(name) for name in MONEY]] /= MICROS
    return values
