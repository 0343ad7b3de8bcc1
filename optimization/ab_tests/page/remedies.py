"""What would let a test decide that cannot in its planned days: days, budget, fewer arms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimization.ab_tests.planning import CampaignPlan, campaign_plan
from optimization.models import MIN_ARMS, ABTest, Analysis

NONE_ENOUGH = "Wait for more conversions, or start a test on a metric with more events, as clicks."
LARGEST_FACTOR = 10.0
STEPS = 24


@dataclass(frozen=True)
class Remedies:
    """Each alone is enough; None where it alone cannot be. `days` at the present traffic,
    `budget_factor` times the present budget within the planned days, `arms` fewer arms within the
    planned days, `lift` the smallest lead that the planned days can find."""

    planned_days: int
    smallest_effect: float
    days: int | None
    budget_factor: float | None
    arms: int | None
    lift: float | None

    @property
    def text(self) -> str:
        options = ", or ".join(self._options())
        needed = "no number of days is enough" if self.days is None else f"{self.days} are needed"
        return (
            f"The planned {self.planned_days} days will hardly find a lead of "
            f"{self.smallest_effect:.0%} at the present traffic: {needed}."
            + (f" What would decide: {options}." if options else f" {NONE_ENOUGH}")
        )

    def _options(self) -> Iterator[str]:
        if self.days is not None:
            yield f"{self.days} days"
        if self.budget_factor is not None:
            yield f"{self.budget_factor:.1f} times the budget"
        if self.arms is not None:
            yield f"{self.arms} arms instead of all"
        if self.lift is not None:
            yield f"a lead of {self.lift:.0%}"


def remedies_for(test: ABTest, newest: Analysis | None) -> Remedies | None:
    """None where the planned days are enough, or there are no figures to plan from. The account's
    own noise is that of the newest analysis: to learn it anew reads over a hundred histories."""
    s0 = newest.settings.get("s0") if newest else None
    found = campaign_plan(test.campaign, metric=test.metric, arms=test.arms.count(), s0=s0)
    effect, planned = float(test.smallest_effect), test.planned_days
    if found is None:
        return None
    needed = found.plan(effect).days_needed
    if needed is not None and needed <= planned:
        return None
    return Remedies(
        planned_days=planned,
        smallest_effect=effect,
        days=needed,
        budget_factor=_budget_factor(found, effect, planned),
        arms=_fewer_arms(found, effect, planned),
        lift=found.lift_within(planned),
    )


def _budget_factor(found: CampaignPlan, effect: float, planned: int) -> float | None:
    """The least, to a tenth; None above ten times, as noise from day to day does not fall with
    spend."""
    low, high = 1.0, LARGEST_FACTOR
    if not found.with_exposure(high).finds(effect, planned):
        return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        if found.with_exposure(middle).finds(effect, planned):
            high = middle
        else:
            low = middle
    return -(-high * 10 // 1) / 10


def _fewer_arms(found: CampaignPlan, effect: float, planned: int) -> int | None:
    """The most arms, below those that there are, among which the same traffic decides."""
    for arms in range(found.arms - 1, MIN_ARMS - 1, -1):
        if found.with_arms(arms).finds(effect, planned):
            return arms
    return None
