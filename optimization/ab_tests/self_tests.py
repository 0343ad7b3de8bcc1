"""The self-test: a thousand A/A tests on the advertiser's own history, run by a worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db import transaction

from campaigns.models import Campaign, DailyMetric, Level
from core.common import clock, dates
from core.common.errors import InvalidInput
from core.common.measures import COLUMNS, MEASURES, MONEY
from core.common.money import MICROS
from core.jobs import enqueue
from core.models import Actor, Advertiser, AuditAction, record
from optimization.models import METRICS, SelfTest
from optimization.stats.ab.planning.selftest import SelfTestResult, run_aa_tests
from optimization.stats.common.metrics import FloatArray

SELF_TEST_JOB = "ab_self_test"
HISTORY_DAYS = 182


@transaction.atomic
def ask_self_test(*, actor: Actor, advertiser: Advertiser, metric: str = "ctr") -> SelfTest:
    """Queue a self-test; a waiting one is reused. Raises InvalidInput on `metric`."""
    if metric not in dict(METRICS):
        raise InvalidInput(f"Choose one of: {', '.join(dict(METRICS))}.", field="metric")
    waiting = SelfTest.objects.filter(
        advertiser=advertiser, metric=metric, state=SelfTest.State.WAITING
    ).first()
    if waiting is not None:
        enqueue(SELF_TEST_JOB, key=str(waiting.pk), advertiser=advertiser)  # its job may have died
        return waiting
    made = SelfTest.objects.create(advertiser=advertiser, metric=metric, asked_by=actor.name[:150])
    record(actor, AuditAction.ASK_FOR_SELF_TEST, made, advertiser=advertiser)
    enqueue(SELF_TEST_JOB, key=str(made.pk), advertiser=advertiser)
    return made


def run_self_test(test: SelfTest) -> SelfTest:
    """Run it and store the result; one that was run before is not run again."""
    if test.state == SelfTest.State.WAITING:
        test.result = measure_error_rate(test.advertiser, test.metric, seed=test.seed).to_json()
        test.state, test.finished_at = SelfTest.State.DONE, clock.real_now()
        test.save(update_fields=["result", "state", "finished_at"])
    return test


def measure_error_rate(advertiser: Advertiser, metric: str, *, seed: int = 1) -> SelfTestResult:
    """From the advertiser's ads of the last half year."""
    return run_aa_tests(histories(advertiser), metric=metric, seed=seed)


def histories(advertiser: Advertiser) -> list[FloatArray]:
    """Each campaign's rows (ads, days, fields), for campaigns with two ads or more and days."""
    campaigns = Campaign.objects.filter(account__advertiser=advertiser)
    first = dates.today(advertiser.time_zone) - timedelta(days=HISTORY_DAYS)
    rows = DailyMetric.objects.filter(
        campaign__in=campaigns.values("pk"),
        level=Level.AD,
        day__gte=first,
        day__lt=dates.today(advertiser.time_zone),
        period_first__isnull=True,
    )
    ordered = rows.order_by("campaign_id", "day")
    found: Iterator[tuple[Any, ...]] = ordered.values_list(
        "campaign_id", "ad_id", "day", *COLUMNS
    ).iterator()
    return [
        made
        for _, mine in groupby(found, key=itemgetter(0))
        if len(made := _history(list(mine))) > 1 and made.min() >= 0  # else a broken report
    ]


def _history(rows: list[tuple[Any, ...]]) -> FloatArray:
    ads = {ad: i for i, ad in enumerate(sorted({row[1] for row in rows}))}
    days = {day: i for i, day in enumerate(sorted({row[2] for row in rows}))}
    values = np.zeros((len(ads), len(days), len(MEASURES)))
    for _, ad, day, *measures in rows:
        values[ads[ad], days[day]] = [float(value) for value in measures]
    values[:, :, [MEASURES.index(name) for name in MONEY]] /= MICROS
    return values
