"""The same work in simple code: campaign by campaign, object by object."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from campaigns.models import Campaign, DailyMetric
from core.common import clock, dates
from core.common.money import MICROS
from core.models import Advertiser
from optimization.budgets.pool import allocation_inputs
from optimization.models import ABTest, Analysis, Decision, Run, RunOutcome
from optimization.stats.ab.engine import analyze
from optimization.stats.ab.results import ABResult
from optimization.stats.budget.allocator import BudgetAllocator
from optimization.stats.budget.optimizer import BudgetOptimizer


def baseline_loop(advertiser: Advertiser, slot: str, sample: int) -> None:
    """Read, analyse, decide and log `sample` campaigns, one after the other."""
    run = Run.objects.create(advertiser=advertiser, kind=Run.Kind.OPTIMIZE, slot=slot)
    for campaign in Campaign.objects.filter(account__advertiser=advertiser)[:sample]:
        statuses = []
        for test in ABTest.objects.filter(campaign=campaign, state=ABTest.State.RUNNING):
            result = analyze(_arms(test), metric=test.metric, planned_days=test.planned_days)
            _log(test, result)
            _propose(test, result)
            statuses.append(result.status)
        RunOutcome.objects.create(
            run=run,
            campaign=campaign,
            key=str(campaign.pk),
            state=RunOutcome.State.DONE,
            said="; ".join(statuses),
            view=_view(campaign),
        )


def _arms(test: ABTest) -> list[dict[str, Any]]:
    arms = []
    for arm in test.arms.all():
        rows = DailyMetric.objects.filter(ad=arm.ad, level="ad", day__gte=test.started_on)
        arms.append({"id": arm.subject_id, "daily": [_day(row) for row in rows.order_by("day")]})
    return arms


def _day(row: DailyMetric) -> dict[str, Any]:
    return {
        "date": row.day,
        "complete": row.day < dates.today("UTC"),
        "impressions": row.impressions,
        "clicks": row.clicks,
        "conversions": float(row.conversions),
        "spend": row.spend_micros / MICROS,
        "revenue": row.revenue_micros / MICROS,
    }


def _log(test: ABTest, result: ABResult) -> None:
    plain = asdict(result)
    Analysis.objects.create(
        test=test,
        at=clock.market_now(),
        status=result.status,
        result=plain,
        settings={},
        input_hash="",
        method_version=result.method_version,
    )
    test.status = result.status
    test.save(update_fields=["status"])


def _propose(test: ABTest, result: ABResult) -> None:
    for pk in result.pause_ids:
        if not Decision.objects.filter(test=test, ad_id=pk, action="pause_ad").exists():
            Decision.objects.create(
                campaign=test.campaign,
                test=test,
                ad_id=int(pk),
                action="pause_ad",
                state="proposed",
                reason=result.summary[:500],
            )


def _view(campaign: Campaign) -> dict[str, Any]:
    """The optimiser's view from the campaign's own daily rows."""
    since = dates.today("UTC") - timedelta(days=56)
    days = list(DailyMetric.objects.filter(campaign=campaign, level="campaign", day__gte=since))
    (row,) = allocation_inputs([campaign])
    allocation = BudgetAllocator("USD").allocate(row["current_budget"], [row])
    advice = BudgetOptimizer().advise(allocation)[campaign.pk]
    spend = sum(day.spend_micros for day in days)
    return {"verb": advice.verb, "reason": advice.reason, "spend": spend}
