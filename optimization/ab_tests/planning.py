"""How long a test of a campaign would take, from what its ads did lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Sum

from campaigns.models import Campaign, DailyMetric, Level
from core.common import dates
from core.common.errors import InvalidInput
from core.common.measures import COLUMN_OF, COLUMNS, MONEY
from core.common.money import MICROS
from optimization.ab_tests.lifecycle import testable_ads, testable_groups
from optimization.ab_tests.noise import known_noise
from optimization.models import MAX_ARMS, MIN_ARMS, ABTest
from optimization.stats.ab.options import ASSUMED_SIGMA
from optimization.stats.ab.planning.plan import TestPlan, plan_test
from optimization.stats.common.metrics import metric_named

HISTORY_DAYS = 28
EXPOSURES = {"ctr": "impressions", "cvr": "clicks", "cpa": "spend", "roas": "spend"}


@dataclass(frozen=True)
class PlanAnswer:
    """A plan, or in words why there is none."""

    plan: TestPlan | None
    arms: int
    days_seen: int
    noise_is_own: bool
    why_not: str = ""

    @property
    def exposure(self) -> str:
        return EXPOSURES[self.plan.metric] if self.plan else ""


def plan_for(
    campaign: Campaign, *, metric: str, smallest_effect: Decimal, subject: str = "ad"
) -> PlanAnswer:
    """Plan from the newest 28 full days of the campaign's ads. Raises InvalidInput."""
    if metric not in EXPOSURES:
        raise InvalidInput(f"Choose one of: {', '.join(EXPOSURES)}.", field="metric")
    groups = subject == ABTest.Subject.AD_GROUP
    arms = len(testable_groups(campaign) if groups else testable_ads(campaign))
    noise = known_noise(campaign.account.advertiser, metric)
    seen = _recent_sums(campaign)
    days = int(seen["days"] or 0)
    if not MIN_ARMS <= arms <= MAX_ARMS:
        what = "ad groups" if groups else "ads"
        why = f"A test compares {MIN_ARMS} to {MAX_ARMS} {what}; here are {arms}."
        return PlanAnswer(None, arms, days, noise.s0 is not None, why)
    kind = metric_named(metric)
    counted, shown = _amount(seen, kind.numerator), _amount(seen, kind.exposure)
    if days == 0 or counted <= 0 or shown <= 0:
        why = f"There are no {kind.numerator} yet to plan from; try again after a few days."
        return PlanAnswer(None, arms, days, noise.s0 is not None, why)
    conversions = _amount(seen, "conversions")
    try:
        plan = plan_test(
            rate=shown / counted if kind.inverted else counted / shown,
            exposure_per_day=shown / days / arms,
            mde=float(smallest_effect),
            metric=metric,
            arms=arms,
            noise=ASSUMED_SIGMA if noise.s0 is None else noise.s0,
            order_value=_amount(seen, "revenue") / conversions if conversions else None,
        )
    except ValueError as err:
        raise InvalidInput(str(err), field="smallest_effect") from err
    return PlanAnswer(plan, arms, days, noise.s0 is not None)


def _recent_sums(campaign: Campaign) -> dict[str, int | Decimal | None]:
    """Sums over the ads' full days lately. A period row has no days to plan by."""
    today = dates.today(campaign.account.time_zone)
    rows = DailyMetric.objects.filter(
        campaign=campaign, level=Level.AD, day__lt=today, period_first__isnull=True
    )
    newest = rows.order_by("-day").values_list("day", flat=True).first() or today
    rows = rows.filter(day__gt=newest - timedelta(days=HISTORY_DAYS))
    sums = {column: Sum(column) for column in COLUMNS}
    return rows.aggregate(days=Count("day", distinct=True), **sums)


def _amount(seen: dict[str, int | Decimal | None], name: str) -> float:
    value = float(seen[COLUMN_OF[name]] or 0)
    return value / MICROS if name in MONEY else value
