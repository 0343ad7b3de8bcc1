"""What came of a rebalance: each change's prediction against its mature days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from campaigns.models import Campaign, DailyMetric, Level, PublishRequest
from core.common import clock
from core.common.money import MICROS
from core.models import Advertiser
from optimization.budgets.pool_history import budgets_on
from optimization.models import BudgetChange, Rebalance
from optimization.stats.budget.incrementality import Score, score_prediction
from optimization.stats.budget.results import Interval

MATURE_AFTER = timedelta(days=16)
"""Up to a day until the first whole one, that day, and then the days over which its conversions
arrive."""
MOST_AT_ONCE = 2000
STILL_TODAY = 6
"""A budget that changes before this hour holds for the account's day as good as whole."""
MISSING = {"missing": True}


@dataclass(frozen=True)
class ScoredPrediction:
    """A change's predicted days, and what its campaign had then."""

    change: BudgetChange
    first: date

    @property
    def days(self) -> list[date]:
        count = self.change.details["predicted_days"]
        return [self.first + timedelta(days=n) for n in range(count)]

    @property
    def predicted_micros(self) -> int:
        """The budget that the prediction was made for."""
        return int(self.change.details.get("predicted_micros", self.change.new_micros))


def score_advertiser(advertiser: Advertiser) -> int:
    """Score the predictions whose days are mature; returns how many that were. Where a day has no
    figures, or another budget stood than was predicted for, nothing can be compared: that is
    noted, and not looked at again."""
    due = [ScoredPrediction(change, _first_whole_day(change)) for change in _due(advertiser)]
    revenue, stood = _revenue(due), _stood(due)
    for told in due:
        rows = [revenue.get((told.change.campaign_id, day)) for day in told.days]
        budgets = {stood[told.change.campaign_id, day] for day in told.days}
        known = [micros for micros in rows if micros is not None]
        is_whole = len(known) == len(rows) and budgets == {told.predicted_micros}
        told.change.score = _scored(told.change, known) if is_whole else MISSING
    changes = [told.change for told in due]
    BudgetChange.objects.bulk_update(changes, ["score"], batch_size=300)
    return sum(change.score != MISSING for change in changes)


def _due(advertiser: Advertiser) -> list[BudgetChange]:
    """What was asked for and taken, and what was kept on purpose: no other prediction was put to
    the test."""
    answered = Q(request=None) | Q(request__state=PublishRequest.State.DONE)
    asked = Q(state=BudgetChange.State.ASKED) & answered
    changes = BudgetChange.objects.filter(
        asked | Q(state=BudgetChange.State.KEPT),
        rebalance__advertiser=advertiser,
        rebalance__state=Rebalance.State.APPLIED,
        rebalance__applied_at__lte=clock.market_now() - MATURE_AFTER,
        details__has_key="predicted",
        score={},
    )
    return list(changes.select_related("rebalance", "campaign__account")[:MOST_AT_ONCE])


def _first_whole_day(change: BudgetChange) -> date:
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


def _scored(change: BudgetChange, micros: list[int]) -> dict[str, object]:
    revenue = sum(micros) / len(micros) / MICROS
    return {"actual": round(revenue, 4), **_plain(_score(change, revenue))}


def _score(change: BudgetChange, revenue: float) -> Score:
    said = change.details["predicted"]
    return score_prediction(Interval(said["low"], said["mean"], said["high"]), revenue)


def _plain(score: Score) -> dict[str, object]:
    return {key: value for key, value in asdict(score).items() if key != "actual"}
