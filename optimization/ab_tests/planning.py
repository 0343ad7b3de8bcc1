"""How long a test of a campaign would take, from what its ads did lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from optimization.stats.common.metrics import METRICS, metric_named

HISTORY_DAYS = 28
LARGEST_LIFT, LIFT_STEPS = 5.0, 20
Sums = Mapping[str, int | Decimal | None]
EXPOSURES = {name: kind.exposure for name, kind in METRICS.items()}


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


@dataclass(frozen=True)
class CampaignPlan:
    """What a plan is computed from: a level, the traffic of one arm a day, and the noise."""

    metric: str
    rate: float
    exposure_per_day: float
    arms: int
    noise: float
    order_value: float | None

    def plan(self, effect: float) -> TestPlan:
        """Raises ValueError where the effect is none."""
        return plan_test(
            rate=self.rate,
            exposure_per_day=self.exposure_per_day,
            mde=effect,
            metric=self.metric,
            arms=self.arms,
            noise=self.noise,
            order_value=self.order_value,
        )

    def with_exposure(self, factor: float) -> CampaignPlan:
        return replace(self, exposure_per_day=self.exposure_per_day * factor)

    def with_arms(self, arms: int) -> CampaignPlan:
        """The same traffic among fewer arms."""
        share = self.exposure_per_day * self.arms / arms
        return replace(self, arms=arms, exposure_per_day=share)

    def lift_within(self, days: int) -> float | None:
        """The smallest lead that the days find; None where none is large enough."""
        low, high = 0.01, LARGEST_LIFT
        if not self.finds(high, days):
            return None
        for _ in range(LIFT_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.finds(middle, days) else (middle, high)
        return high

    def finds(self, effect: float, days: int) -> bool:
        """Whether a lead of that size is found within the days."""
        needed = self.plan(effect).days_needed
        return needed is not None and needed <= days


def campaign_plan(
    campaign: Campaign, *, metric: str, arms: int, s0: float | None, seen: Sums | None = None
) -> CampaignPlan | None:
    """From the newest 28 full days of the campaign's ads; None without figures of the metric. `s0`
    is the account's own noise, None where it is not known."""
    seen = recent_sums(campaign) if seen is None else seen
    kind, days = metric_named(metric), int(seen["days"] or 0)
    counted, shown = _amount(seen, kind.numerator), _amount(seen, kind.exposure)
    if days == 0 or counted <= 0 or shown <= 0:
        return None
    conversions = _amount(seen, "conversions")
    return CampaignPlan(
        metric=metric,
        rate=shown / counted if kind.inverted else counted / shown,
        exposure_per_day=shown / days / arms,
        arms=arms,
        noise=ASSUMED_SIGMA if s0 is None else s0,
        order_value=_amount(seen, "revenue") / conversions if conversions else None,
    )


def plan_for(
    campaign: Campaign, *, metric: str, smallest_effect: Decimal, subject: str = "ad"
) -> PlanAnswer:
    """Plan from the newest 28 full days of the campaign's ads. Raises InvalidInput."""
    if metric not in EXPOSURES:
        raise InvalidInput(f"Choose one of: {', '.join(EXPOSURES)}.", field="metric")
    groups = subject == ABTest.Subject.AD_GROUP
    arms = len(testable_groups(campaign) if groups else testable_ads(campaign))
    s0 = known_noise(campaign.account.advertiser, metric).s0
    seen = recent_sums(campaign)
    days = int(seen["days"] or 0)
    if not MIN_ARMS <= arms <= MAX_ARMS:
        what = "ad groups" if groups else "ads"
        why = f"A test compares {MIN_ARMS} to {MAX_ARMS} {what}; here are {arms}."
        return PlanAnswer(None, arms, days, s0 is not None, why)
    found = campaign_plan(campaign, metric=metric, arms=arms, s0=s0, seen=seen)
    if found is None:
        counted = metric_named(metric).numerator
        why = f"There are no {counted} yet to plan from; try again after a few days."
        return PlanAnswer(None, arms, days, s0 is not None, why)
    try:
        plan = found.plan(float(smallest_effect))
    except ValueError as err:
        raise InvalidInput(str(err), field="smallest_effect") from err
    return PlanAnswer(plan, arms, days, s0 is not None)


def recent_sums(campaign: Campaign) -> Sums:
    """Sums over the ads' full days lately. A period row has no days to plan by."""
    today = dates.today(campaign.account.time_zone)
    rows = DailyMetric.objects.filter(
        campaign=campaign, level=Level.AD, day__lt=today, period_first__isnull=True
    )
    newest = rows.order_by("-day").values_list("day", flat=True).first() or today
    rows = rows.filter(day__gt=newest - timedelta(days=HISTORY_DAYS))
    sums = {column: Sum(column) for column in COLUMNS}
    return rows.aggregate(days=Count("day", distinct=True), **sums)


def _amount(seen: Sums, name: str) -> float:
    value = float(seen[COLUMN_OF[name]] or 0)
    return value / MICROS if name in MONEY else value
