"""How spend keeps to its plans: what is spent, where it will land, what each day needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum

from adsengine.common import dates
from adsengine.common.money import MICROS, Money
from adsengine.models import Advertiser
from campaigns.models import Campaign, DailyMetric, Level
from optimization.models import PacingPlan
from optimization.stats.pacing import Pace, Plan, month_plan, pace, weekday_factors

LEARNED_DAYS = 56


@dataclass(frozen=True)
class Paced:
    """A plan as it stands today."""

    plan: PacingPlan
    pace: Pace
    first: date
    last: date
    today: date

    def _money(self, amount: float) -> Money:
        return Money(Decimal(repr(float(amount))), self.plan.currency).rounded()

    @property
    def spent(self) -> Money:
        return self._money(self.pace.spent)

    @property
    def expected(self) -> Money:
        return self._money(self.pace.expected)

    @property
    def landing(self) -> tuple[Money, Money, Money]:
        """Forecast at the end of the plan: low, middle, high (80 %)."""
        band = self.pace.landing
        return self._money(band.low), self._money(band.mean), self._money(band.high)

    @property
    def needed_per_day(self) -> Money | None:
        needed = self.pace.needed_per_day
        return None if needed is None else self._money(needed).rounded_down()

    @property
    def says(self) -> str:
        """What it means, and what to do, in a sentence."""
        status, middle, needed = self.pace.status, self.landing[1], self.needed_per_day
        off = self._money(abs(float((middle - self.plan.total).amount)))
        until = f"by {self.last:%-d %b}"
        if status == "not_started":
            return f"It starts on {self.first:%-d %b}."
        if status == "finished":
            return f"It ended with {self.pace.spent / float(self.plan.total.amount):.0%} spent."
        if status == "on":
            return f"On course: it should land at {middle} {until}."
        if status == "under":
            return f"At this pace {off} stays unspent {until}; {needed} a day would reach the plan."
        if needed is None or not needed.amount:
            return f"The plan is used up; at this pace {off} more than planned is spent {until}."
        return f"At this pace it goes {off} over {until}; {needed} a day would keep to the plan."

    @property
    def part_spent(self) -> float:
        """Of the plan's total, 0 to 1."""
        return min(self.pace.spent / float(self.plan.total.amount), 1.0)

    @property
    def bar(self) -> float:
        """Percent of the bar that is filled."""
        return round(100 * self.part_spent, 2)

    @property
    def mark(self) -> float:
        """Percent of the bar at which the plan stands now."""
        return round(99.4 * self.part_expected, 2)

    @property
    def part_expected(self) -> float:
        return min(self.pace.expected / float(self.plan.total.amount), 1.0)


def paces(plans: Iterable[PacingPlan]) -> list[Paced]:
    return [pace_of(plan) for plan in plans]


def open_plans(advertiser: Advertiser) -> list[PacingPlan]:
    plans = PacingPlan.objects.filter(advertiser=advertiser, ended_at=None)
    return list(plans.select_related("advertiser", "brief"))


def pace_of(plan: PacingPlan, today: date | None = None) -> Paced:
    """Spend against the plan up to yesterday, by the accounts' own days; or up to another day."""
    today = today or _today(plan)
    period = _period(plan, today)
    spend = _spend(plan, min(period.first, today - timedelta(days=LEARNED_DAYS)), today)
    found = pace(period, spend, today, weekdays=weekday_factors(spend))
    return Paced(plan, found, period.first, period.last, today)


def _period(plan: PacingPlan, today: date) -> Plan:
    total = float(plan.total.amount)
    if plan.kind == PacingPlan.Kind.MONTH:
        return month_plan(total, today)
    assert plan.first is not None
    assert plan.last is not None
    return Plan(total, plan.first, plan.last)


def _today(plan: PacingPlan) -> date:
    """The day that is not over in every account: with accounts in several zones, the earliest."""
    zones = set(_campaigns(plan).values_list("account__time_zone", flat=True).distinct())
    return min(dates.today(zone) for zone in {*zones, plan.advertiser.time_zone})


def _campaigns(plan: PacingPlan) -> QuerySet[Campaign]:
    mine = Campaign.objects.filter(
        account__advertiser=plan.advertiser_id, account__currency=plan.currency
    )
    return mine if plan.brief_id is None else mine.filter(brief=plan.brief_id)


def _spend(plan: PacingPlan, first: date, today: date) -> dict[date, float]:
    rows = DailyMetric.objects.filter(
        campaign__in=_campaigns(plan),
        level=Level.CAMPAIGN,
        period_first=None,
        day__gte=first,
        day__lt=today,
    )
    sums = rows.order_by().values_list("day").annotate(n=Sum("spend_micros"))
    return {day: (micros or 0) / MICROS for day, micros in sums}
