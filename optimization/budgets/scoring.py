"""What came of a rebalance: each change's prediction against its mature days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from campaigns.models import Campaign, DailyMetric, Level, PublishRequest
from core.common import clock
from core.common.money import MICROS
from core.models import Advertiser
from optimization.budgets.pool_history import budgets_on
from optimization.models import BudgetProposal, Rebalance
from optimization.stats.budget.incrementality import Score, score_prediction
from optimization.stats.budget.results import Interval
from optimization.stored_results.budgets import MISSING

MATURE_AFTER = timedelta(days=16)
"""Up to a day until the first whole one, that day, and then the days over which its conversions
arrive."""
MOST_AT_ONCE = 2000
STILL_TODAY = 6
"""A budget that changes before this hour holds for the account's day as good as whole."""


@dataclass(frozen=True)
class ScoredPrediction:
    """A change's prediction: revenue a day over the first whole days at a budget of `micros`."""

    change: BudgetProposal
    days: tuple[date, ...]
    predicted: Interval
    micros: int


def score_advertiser(advertiser: Advertiser) -> int:
    """Score the predictions whose days are mature; returns how many that were. Where a day has no
    figures, another budget stood than was predicted for, or the prediction is stored in an older
    form, nothing can be compared: that is noted, and not looked at again."""
    changes = _due(advertiser)
    due = [told for change in changes if (told := _told(change)) is not None]
    revenue, stood = _revenue(due), _stood(due)
    scores = {told.change.pk: _score(told, revenue, stood) for told in due}
    for change in changes:
        score = scores.get(change.pk)
        change.score = MISSING if score is None else score.to_json()
    BudgetProposal.objects.bulk_update(changes, ["score"], batch_size=300)
    return sum(change.score != MISSING for change in changes)


def _told(change: BudgetProposal) -> ScoredPrediction | None:
    details = change.made_with
    count = (details.predicted_days or 0) if details else 0
    if details is None or details.predicted is None or count < 1:
        return None
    first, micros = _first_whole_day(change), details.predicted_micros
    days = tuple(first + timedelta(days=n) for n in range(count))
    return ScoredPrediction(
        change, days, details.predicted, change.new_micros if micros is None else micros
    )


def _due(advertiser: Advertiser) -> list[BudgetProposal]:
    """What was asked for and taken, and what was kept on purpose: no other prediction was put to
    the test."""
    answered = Q(request=None) | Q(request__state=PublishRequest.State.DONE)
    asked = Q(state=BudgetProposal.State.ASKED) & answered
    changes = BudgetProposal.objects.filter(
        asked | Q(state=BudgetProposal.State.KEPT),
        rebalance__advertiser=advertiser,
        rebalance__state=Rebalance.State.APPLIED,
        rebalance__applied_at__lte=clock.market_now() - MATURE_AFTER,
        details__has_key="predicted",
        score={},
    )
    return list(changes.select_related("rebalance", "campaign__account")[:MOST_AT_ONCE])


def _first_whole_day(change: BudgetProposal) -> date:
    """In the account's zone."""
    applied = change.rebalance.applied_at
    assert applied is not None
    local = applied.astimezone(ZoneInfo(change.campaign.account.time_zone))
    return local.date() + timedelta(days=0 if local.hour < STILL_TODAY else 1)


def _revenue(due: list[ScoredPrediction]) -> dict[tuple[int, date], int]:
    """Campaign id and day to the micros that it brought; a day without figures is not there."""
    days = {day for told in due for day in told.days}
    rows = DailyMetric.objects.filter(
        campaign__in={told.change.campaign_id for told in due},
        level=Level.CAMPAIGN,
        day__in=days,
        period_first=None,
    )
    found = rows.values_list("campaign_id", "day", "revenue_micros")
    return {(campaign, day): micros for campaign, day, micros in found}


def _stood(due: list[ScoredPrediction]) -> dict[tuple[int, date], int]:
    """Campaign id and day to the micros that its budget was."""
    by_day: dict[date, dict[int, Campaign]] = defaultdict(dict)
    for told in due:
        for day in told.days:
            by_day[day][told.change.campaign_id] = told.change.campaign
    return {
        (pk, day): micros
        for day, campaigns in by_day.items()
        for pk, micros in budgets_on(list(campaigns.values()), day).items()
    }


def _score(
    told: ScoredPrediction,
    revenue: Mapping[tuple[int, date], int],
    stood: Mapping[tuple[int, date], int],
) -> Score | None:
    """None where a day has no figures, or had another budget."""
    keys = [(told.change.campaign_id, day) for day in told.days]
    if not all(key in revenue and stood[key] == told.micros for key in keys):
        return None
    actual = sum(revenue[key] for key in keys) / len(keys) / MICROS
    return replace(score_prediction(told.predicted, actual), actual=round(actual, 4))
