"""Whether moving budgets earned more: against what was left alone, or that one cannot tell yet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from campaigns.models import Campaign, DailyMetric, Level
from core.common import dates
from core.common.errors import AdsEngineError
from core.common.money import MICROS
from core.models import Advertiser, IncrementalityDesign
from optimization.budgets.pool import allocation_inputs, pool_campaigns
from optimization.models import BudgetProposal
from optimization.stats.budget.incrementality import (
    Headroom,
    Score,
    Uplift,
    Week,
    estimate_headroom,
    uplift_from_holdout,
    uplift_from_switchback,
)
from optimization.stored_results.budgets import read_or_none

BEFORE = timedelta(days=28)
MATURE = timedelta(days=14)  # younger days still wait for conversions
Day = dict[str, Any]


def is_holdout_week(advertiser: Advertiser, slot: str) -> bool:
    """Every second ISO week, where weeks are the proof. `slot` is a day of the advertiser's."""
    return advertiser.proof == IncrementalityDesign.WEEKS and _is_quiet(date.fromisoformat(slot))


def _is_quiet(day: date) -> bool:
    """Weeks are counted from the epoch, so that no year's end brings two of a kind in a row."""
    return (day.toordinal() - 1) // 7 % 2 == 0


def uplift_of(advertiser: Advertiser, currency: str) -> Uplift | None:
    """The gain at equal spend with its interval; None where nothing is left alone."""
    since = advertiser.proof_since
    if since is None or advertiser.proof == IncrementalityDesign.NONE:
        return None
    if advertiser.proof == IncrementalityDesign.WEEKS:
        return uplift_from_switchback(_weeks(advertiser, currency, since))
    managed = _days(advertiser, currency, since, held_out=False)
    held = _days(advertiser, currency, since, held_out=True)
    return uplift_from_holdout(managed, held, start=since)


def _days(
    advertiser: Advertiser, currency: str, since: date, held_out: bool | None = None
) -> list[Day]:
    rows = DailyMetric.objects.filter(
        campaign__account__advertiser=advertiser,
        campaign__account__currency=currency,
        campaign__managed=True,
        level=Level.CAMPAIGN,
        day__gte=since - BEFORE,
        day__lt=dates.today(advertiser.time_zone) - MATURE,
        period_first=None,
    )
    if held_out is not None:
        rows = rows.filter(campaign__held_out=held_out)
    sums = (
        rows.order_by("day")
        .values_list("day")
        .annotate(spend=Sum("spend_micros"), revenue=Sum("revenue_micros"))
    )
    return [
        {"date": day, "spend": spend / MICROS, "revenue": revenue / MICROS}
        for day, spend, revenue in sums
    ]


def _weeks(advertiser: Advertiser, currency: str, since: date) -> list[Week]:
    """Whole weeks from the start on."""
    sums: dict[int, list[Day]] = defaultdict(list)
    for day in _days(advertiser, currency, since):
        if day["date"] >= since:
            sums[(day["date"].toordinal() - 1) // 7].append(day)
    return [
        Week(
            optimised=number % 2 == 1,
            revenue=sum(day["revenue"] for day in days),
            spend=sum(day["spend"] for day in days),
        )
        for number, days in sorted(sums.items())
        if len(days) == 7
    ]


def headroom_of(advertiser: Advertiser, currency: str) -> Headroom | None:
    """What one free re-split should bring, estimated before any budget is moved."""
    campaigns = list(pool_campaigns(advertiser, currency))
    if len(campaigns) < 2:
        return None
    try:
        return estimate_headroom(
            allocation_inputs(campaigns),
            currency=currency,
            as_of=dates.today(advertiser.time_zone),
        )
    except (AdsEngineError, ValueError):
        return None


# ---- how good the predictions were -------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """Scored predictions: how many came out inside their 80 % band, and the mean error."""

    scored: int
    inside: int
    mean_error: float | None

    @property
    def part_inside(self) -> float | None:
        return self.inside / self.scored if self.scored else None


def record_of(advertiser: Advertiser, currency: str) -> Record:
    rows = BudgetProposal.objects.filter(
        rebalance__advertiser=advertiser,
        rebalance__currency=currency,
        score__has_key="actual",
    )
    read = (read_or_none(Score, stored) for stored in rows.values_list("score", flat=True))
    scores = [score for score in read if score is not None]
    errors = [score.error for score in scores]
    return Record(
        len(scores),
        sum(1 for score in scores if score.inside),
        sum(errors) / len(errors) if errors else None,
    )


def holdout_campaigns(advertiser: Advertiser) -> list[Campaign]:
    found = Campaign.objects.filter(account__advertiser=advertiser, held_out=True)
    return list(found.select_related("account").order_by("name"))
