"""How long a test must run, and what it can find, with the account's own noise."""

import math
from dataclasses import dataclass, replace

from scipy.special import ndtri

from optimization.stats.ab.input import MAX_ARMS
from optimization.stats.ab.options import ASSUMED_SIGMA
from optimization.stats.ab.planning.power import TestDesign, days_for, lift_for, win_chance
from optimization.stats.common.metrics import RatioMetric, metric_named

WEEK = 7
LONGEST_PLAN = 42
DETECTABLE_DAYS = (7, 14, 28, 42)
NOISE_DOMINATES = 0.5
LARGEST_MDE = 10.0


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest lead found with the required power within `days`; None: no lead is enough."""

    days: int
    lift: float | None


@dataclass(frozen=True, slots=True)
class TestPlan:
    """Size and length of one test.

    days_needed is the fewest whole days that reach the power (None: it cannot be reached),
    exposure_per_arm the impressions, clicks or spend of each arm by then. planned_days is the
    recommended length, whole weeks from 7 to 42; power_at_plan the probability to name the best
    arm by then. fixed_sample_exposure is the textbook size per arm for a single analysis without
    arm-day noise. noise_share is the part of the variance that more traffic cannot reduce,
    days_at_any_traffic the fewest days with unlimited traffic.
    """

    metric: str
    arms: int
    mde: float
    alpha: float
    power: float
    noise: float
    events_per_arm_day: float
    days_needed: int | None
    exposure_per_arm: float | None
    planned_days: int
    power_at_plan: float
    reachable: bool
    detectable: tuple[Detectable, ...]
    fixed_sample_exposure: float
    noise_share: float
    days_at_any_traffic: int | None
    notes: tuple[str, ...]


def plan_test(
    *,
    rate: float,
    exposure_per_day: float,
    mde: float,
    metric: str = "ctr",
    arms: int = 2,
    alpha: float = 0.05,
    power: float = 0.8,
    noise: float = ASSUMED_SIGMA,
    order_value: float | None = None,
) -> TestPlan:
    """Plan a test that should find a lead of `mde` (0.2 is 20 %) of the best arm.

    rate: the current level in the metric's own unit (CPA as cost); exposure_per_day: impressions
    (CTR, RPM), clicks (CVR) or spend (CPA, ROAS) of one arm on one day; noise: arm-day coefficient
    of variation, `ab.history.learn_noise` estimates the account's own; order_value: average revenue
    of a conversion, required for ROAS and RPM. Raises ValueError that names the argument.

    Source: two-sample normal approximation on the log ratio with this engine's boundary.
    """
    kind = metric_named(metric)
    _check(kind, rate, exposure_per_day, mde, order_value)
    _check_design(arms, alpha, power, noise)
    per_exposure = 1 / rate if kind.inverted else rate
    event_value = order_value if order_value is not None and kind.is_value else 1.0
    # Revenue varies like half as many orders of twice the value: E[v^2] / E[v] = 2 AOV.
    scale = 2 * event_value if kind.is_value else 1.0
    goal = _DesignGoal(kind, per_exposure, exposure_per_day, event_value, scale, mde, power)
    per_day = per_exposure * exposure_per_day / scale
    return _build_plan(goal, TestDesign(1 / per_day, noise, arms, alpha))


@dataclass(frozen=True, slots=True)
class _DesignGoal:
    kind: RatioMetric
    rate: float  # numerator per exposure
    exposure: float  # of one arm on one day
    event_value: float  # numerator of one event
    scale: float  # variance per unit of the numerator
    mde: float
    power: float

    @property
    def events(self) -> float:
        return self.rate * self.exposure / self.event_value

    @property
    def log_lift(self) -> float:
        return math.log1p(self.mde)


def _build_plan(goal: _DesignGoal, setting: TestDesign) -> TestPlan:
    least = goal.kind.min_events / goal.events
    days = _whole_days(days_for(setting, goal.log_lift, goal.power), least)
    endless = replace(setting, count_variance=setting.count_variance * 1e-9)
    at_any = _whole_days(days_for(endless, goal.log_lift, goal.power), 0.0)
    planned = _whole_weeks(days)
    noise_share = setting.noise**2 / (setting.noise**2 + setting.count_variance)
    detectable = tuple(Detectable(d, lift_for(setting, d, goal.power)) for d in DETECTABLE_DAYS)
    plan = TestPlan(
        metric=goal.kind.name,
        arms=setting.arms,
        mde=goal.mde,
        alpha=setting.alpha,
        power=goal.power,
        noise=setting.noise,
        events_per_arm_day=goal.events,
        days_needed=days,
        exposure_per_arm=None if days is None else days * goal.exposure,
        planned_days=planned,
        power_at_plan=win_chance(setting, goal.log_lift, planned),
        reachable=days is not None and days <= LONGEST_PLAN,
        detectable=detectable,
        fixed_sample_exposure=_fixed_sample_exposure(goal, setting.alpha),
        noise_share=noise_share,
        days_at_any_traffic=at_any,
        notes=(),
    )
    return replace(plan, notes=_notes(plan))


def _whole_days(days: float | None, least: float) -> int | None:
    return None if days is None else math.ceil(max(days, least) - 1e-9)


def _whole_weeks(days: int | None) -> int:
    """Days rounded up to whole weeks, so that every weekday counts equally; 7 to 42."""
    if days is None:
        return LONGEST_PLAN
    return min(LONGEST_PLAN, max(1, math.ceil(days / WEEK)) * WEEK)


def _fixed_sample_exposure(goal: _DesignGoal, alpha: float) -> float:
    """Exposure per arm of the two-sided z-test of two rates, one analysis (Fleiss 1981)."""
    z = float(-ndtri(alpha / 2) + ndtri(goal.power))
    first, second = goal.rate, goal.rate * (1 + goal.mde)
    spread = goal.scale * (first + second)
    if goal.kind.name in ("ctr", "cvr"):
        spread = first * (1 - first) + second * (1 - second)
    return z**2 * spread / (second - first) ** 2


def _notes(plan: TestPlan) -> tuple[str, ...]:
    found = []
    if plan.days_needed is None or not plan.reachable:
        found.append(_too_long_note(plan))
    if plan.noise_share >= NOISE_DOMINATES and plan.days_at_any_traffic is not None:
        found.append(
            f"More traffic a day hardly helps: {plan.noise_share:.0%} of the uncertainty is noise "
            "from day to day, which only more days reduce. However much is spent a day, at "
            f"least {plan.days_at_any_traffic} days are needed."
        )
    return tuple(found)


def _too_long_note(plan: TestPlan) -> str:
    needed = "no number of days" if plan.days_needed is None else f"{plan.days_needed} days"
    best = plan.detectable[-1].lift
    can = "" if best is None else f" In {LONGEST_PLAN} days a lead of {best:.0%} can be found."
    return (
        f"A lead of {plan.mde:.0%} needs {needed} at this traffic, more than {LONGEST_PLAN}.{can} "
        "Compare fewer arms, try bolder differences, or judge a metric with more events."
    )


def _check(
    kind: RatioMetric, rate: float, exposure: float, mde: float, order_value: float | None
) -> None:
    _check_positive("rate", rate)
    _check_positive("exposure_per_day", exposure)
    _check_positive("mde", mde)
    if mde > LARGEST_MDE:
        raise ValueError(f"mde is a fraction (0.2 is 20 %), at most {LARGEST_MDE:g}; got {mde!r}")
    if kind.name in ("ctr", "cvr") and rate * (1 + mde) >= 1:
        raise ValueError(
            f"rate {rate!r} with a lead of {mde:.0%} reaches 1; give the rate as a fraction "
            "(1 % is 0.01)"
        )
    if kind.is_value and order_value is None:
        raise ValueError(
            f"order_value is needed for {kind.label}: give the average revenue a conversion"
        )
    if order_value is not None:
        _check_positive("order_value", order_value)


def _check_positive(name: str, value: float) -> None:
    if isinstance(value, bool) or not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a number above 0, got {value!r}")


def _check_design(arms: int, alpha: float, power: float, noise: float) -> None:
    if isinstance(arms, bool) or not isinstance(arms, int) or not 2 <= arms <= MAX_ARMS:
        raise ValueError(f"arms must be a whole number from 2 to {MAX_ARMS}, got {arms!r}")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha must lie between 0 and 0.5, got {alpha!r}")
    if not 0.5 <= power < 1:
        raise ValueError(f"power must be 0.5 or more and below 1, got {power!r}")
    if not (math.isfinite(noise) and 0 <= noise <= 3):
        raise ValueError(f"noise must be a coefficient of variation from 0 to 3, got {noise!r}")
