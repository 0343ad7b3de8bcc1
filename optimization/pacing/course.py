"""How spend keeps to its plans: what is spent, where it will land, what each day needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import BigIntegerField, Case, F, Sum, Value, When

from campaigns.models import Campaign, DailyMetric, Level
from core.common import dates
from core.common.money import MICROS, Money
from core.models import Advertiser
from optimization.models import PacingPlan
from optimization.stats.budget.pacing import (
    Pace,
    PaceStatus,
    SpendPlan,
    compute_pace,
    month_plan,
    weekday_factors,
)

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
        band = self.pace.end_forecast
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
        if status == PaceStatus.NOT_STARTED:
            return f"It starts on {self.first:%-d %b}."
        if status == PaceStatus.FINISHED:
            return f"It ended with {self.pace.spent / float(self.plan.total.amount):.0%} spent."
        if status == PaceStatus.ON:
            return f"On course: it should land at {middle} {until}."
        if status == PaceStatus.UNDER:
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
    """Plans of one advertiser as they stand today. Two queries, whatever their number."""
    found = list(plans)
    if not found:
        return []
    zones = _zones(found)
    days = {plan.pk: _earliest(zones[plan.pk], plan) for plan in found}
    reads = [(plan, _read_from(plan, days[plan.pk]), days[plan.pk]) for plan in found]
    spend = _spend(reads)
    return [_paced(plan, days[plan.pk], spend[plan.pk]) for plan in found]


def open_plans(advertiser: Advertiser) -> list[PacingPlan]:
    plans = PacingPlan.objects.filter(advertiser=advertiser, ended_at=None)
    return list(plans.select_related("advertiser", "brief"))


def pace_of(plan: PacingPlan, today: date | None = None) -> Paced:
    """Spend against the plan up to yesterday, by the accounts' own days; or up to another day."""
    today = today or _earliest(_zones([plan])[plan.pk], plan)
    return _paced(plan, today, _spend([(plan, _read_from(plan, today), today)])[plan.pk])


def _paced(plan: PacingPlan, today: date, spend: dict[date, float]) -> Paced:
    period = _period(plan, today)
    found = compute_pace(period, spend, today, weekdays=weekday_factors(spend))
    return Paced(plan, found, period.first, period.last, today)


def _period(plan: PacingPlan, today: date) -> SpendPlan:
    total = float(plan.total.amount)
    if plan.kind == PacingPlan.Kind.MONTH:
        return month_plan(total, today)
    assert plan.first is not None
    assert plan.last is not None
    return SpendPlan(total, plan.first, plan.last)


def _read_from(plan: PacingPlan, today: date) -> date:
    """The first day whose spend is read: weekdays are learned of days before the plan too."""
    return min(_period(plan, today).first, today - timedelta(days=LEARNED_DAYS))


def _earliest(zones: set[str], plan: PacingPlan) -> date:
    """The day that is not over in every account: with accounts in several zones, the earliest."""
    return min(dates.today(zone) for zone in {*zones, plan.advertiser.time_zone})


def _zones(plans: Sequence[PacingPlan]) -> dict[int, set[str]]:
    """Plan id to the time zones of its campaigns."""
    mine = Campaign.objects.filter(account__advertiser=plans[0].advertiser_id)
    columns = ("account__currency", "brief_key", "account__time_zone")
    rows = mine.annotate(brief_key=_brief_key("brief", plans)).order_by().values_list(*columns)
    found: dict[int, set[str]] = {plan.pk: set() for plan in plans}
    for currency, brief, zone in rows.distinct():
        for plan in plans:
            if _covers(plan, currency, brief):
                found[plan.pk].add(zone)
    return found


def _covers(plan: PacingPlan, currency: str, brief: int | None) -> bool:
    return plan.currency == currency and plan.brief_id in {None, brief}


def _brief_key(path: str, plans: Sequence[PacingPlan]) -> Case:
    """A campaign's brief where one of the plans is of it, else nothing: few groups."""
    briefs = [plan.brief_id for plan in plans if plan.brief_id is not None]
    of_a_plan = When(**{f"{path}__in": briefs}, then=F(f"{path}_id"))
    return Case(*[of_a_plan] if briefs else [], default=Value(None), output_field=BigIntegerField())


def _spend(reads: Sequence[tuple[PacingPlan, date, date]]) -> dict[int, dict[date, float]]:
    """Plan id to spend by day. For each plan the first day that is read, and the day after the
    last one."""
    plans = [plan for plan, _, _ in reads]
    rows = DailyMetric.objects.filter(
        account__advertiser=plans[0].advertiser_id,
        account__currency__in={plan.currency for plan in plans},
        level=Level.CAMPAIGN,
        period_first=None,
        day__gte=min(first for _, first, _ in reads),
        day__lt=max(end for _, _, end in reads),
    )
    keys = ("account__currency", "brief_key", "day")
    grouped = rows.annotate(brief_key=_brief_key("campaign__brief", plans)).order_by()
    sums = grouped.values_list(*keys).annotate(n=Sum("spend_micros"))
    found: dict[int, dict[date, float]] = {plan.pk: defaultdict(float) for plan in plans}
    for currency, brief, day, micros in sums:
        for plan, first, end in reads:
            if first <= day < end and _covers(plan, currency, brief):
                found[plan.pk][day] += (micros or 0) / MICROS
    return found
