"""Noise of an advertiser's finished tests, used as prior knowledge in the next ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.models import Advertiser
from optimization.ab_tests.arm_data import arms_of
from optimization.models import ABTest
from optimization.stats.ab.history import MIN_TESTS, learn_noise
from optimization.stats.ab.rows import ArmDays
from optimization.stats.common.metrics import FIELDS, FloatArray

MOST_TESTS = 60


@dataclass(frozen=True)
class KnownNoise:
    """Arm-day noise (a coefficient of variation) and its weight; None and 0 where unknown."""

    s0: float | None = None
    v0: float = 0.0


def known_noise(advertiser: Advertiser, metric: str) -> KnownNoise:
    """From the advertiser's newest finished tests on the metric; unknown below twenty of them."""
    tests = ABTest.objects.filter(
        campaign__account__advertiser=advertiser, metric=metric, state=ABTest.State.STOPPED
    ).order_by("-ended_on", "-pk")
    newest = tests.select_related("campaign__account").prefetch_related("arms")[:MOST_TESTS]
    if tests.count() < MIN_TESTS:
        return KnownNoise()
    found = [history_of(arms) for arms in arms_of(newest).values()]
    histories = [rows for rows in found if rows.size and rows.min() >= 0]  # else a broken report
    learned = learn_noise(histories, metric)
    return KnownNoise(learned.s0, learned.v0) if learned.v0 > 0 else KnownNoise()


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
