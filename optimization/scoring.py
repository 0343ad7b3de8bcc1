"""What came of a rebalance: each change's prediction against its mature days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import date, timedelta

from django.db.models import Sum

from adsengine.common import clock, dates
from adsengine.common.money import MICROS
from adsengine.models import Advertiser
from campaigns.models import DailyMetric, Level
from optimization.models import BudgetChange, Rebalance
from optimization.stats.budget_proof import Score, score_prediction
from optimization.stats.budget_results import Interval

MATURE_AFTER = timedelta(days=15)
"""The predicted day, and then the days over which its conversions arrive."""
MOST_AT_ONCE = 2000


def score_advertiser(advertiser: Advertiser) -> int:
    """Score the predictions whose days are mature; returns how many that were."""
    due = _due(advertiser)
    actual = _revenue(due, advertiser)
    for change in due:
        days = change.details["predicted_days"]
        revenue = actual[change.pk] / days / MICROS
        change.score = {"actual": round(revenue, 4), **_plain(_score(change, revenue))}
    BudgetChange.objects.bulk_update(due, ["score"], batch_size=300)
    return len(due)


def _due(advertiser: Advertiser) -> list[BudgetChange]:
    changes = BudgetChange.objects.filter(
        rebalance__advertiser=advertiser,
        rebalance__state__in=[Rebalance.State.APPLIED, Rebalance.State.SHADOW],
        rebalance__market_at__lte=clock.now() - MATURE_AFTER,
        details__has_key="predicted",
        score={},
    )
    rows = changes.exclude(state=BudgetChange.State.REFUSED)
    return list(rows.select_related("rebalance", "campaign__account")[:MOST_AT_ONCE])


def _revenue(changes: list[BudgetChange], advertiser: Advertiser) -> dict[int, int]:
    """Change id to the micros that its predicted days brought."""
    by_campaign: dict[int, list[tuple[int, date, date]]] = defaultdict(list)
    for change in changes:
        first = dates.today(change.campaign.account.time_zone, change.rebalance.market_at)
        last = first + timedelta(days=change.details["predicted_days"] - 1)
        by_campaign[change.campaign_id].append((change.pk, first, last))
    found: dict[int, int] = defaultdict(int)
    rows = DailyMetric.objects.filter(campaign__in=by_campaign, level=Level.CAMPAIGN)
    sums = rows.order_by().values_list("campaign_id", "day").annotate(n=Sum("revenue_micros"))
    for campaign, day, micros in sums:
        for pk, first, last in by_campaign[campaign]:
            found[pk] += micros if first <= day <= last else 0
    return found


def _score(change: BudgetChange, revenue: float) -> Score:
    said = change.details["predicted"]
    return score_prediction(Interval(said["low"], said["mean"], said["high"]), revenue)


def _plain(score: Score) -> dict[str, object]:
    return {key: value for key, value in asdict(score).items() if key != "actual"}
