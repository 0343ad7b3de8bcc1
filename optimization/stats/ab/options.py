"""Settings of one A/B analysis: names, defaults and limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypedDict, cast

from optimization.stats.common.json_form import JsonForm
from optimization.stats.common.metrics import METRICS, RatioMetric, metric_named

DESIGNS = ("delivery", "randomised_split")
BOUNDARIES = ("any_time", "daily")
USUAL_PLANNED_DAYS = range(7, 43)
ASSUMED_SIGMA = 0.10


class FineOptions(TypedDict, total=False):
    """Further keyword arguments of `analyze`; meanings and defaults in `Options`."""

    alpha: float
    guard_metrics: Sequence[str]
    target_roas: float | None
    target_cpa: float | None
    roas_floor: float | None
    design: str
    dispersion_autocorr: bool
    s0: float | None
    v0: float
    lag0: float
    lag_weight: float
    boundary: str
    days: int | None
    min_days: int
    min_events: float | None
    tau: float
    order_value_dispersion: float
    young_days: int


class OptionFields(FineOptions, total=False):
    """Keyword arguments of `analyze_many`."""

    metric: str
    planned_days: int


@dataclass(frozen=True, slots=True)
class Options(JsonForm):
    """Validated settings.

    metric, guard_metrics: ctr, cvr, cpa or roas.
    planned_days: length the boundary is computed for; alpha: two-sided error over all analyses.
    target_roas, target_cpa: absolute targets for pause and scale. roas_floor: the return below
    which an arm is paused where no target_roas is given; it scales nothing.
    design: "randomised_split" switches the sample ratio check on.
    s0, v0: known arm-day noise (coefficient of variation) and its weight in degrees of freedom.
    lag0, lag_weight: known lag-1 correlation of that noise and its weight; only with v0.
    boundary: "daily" for tests that are analysed once for each complete day, "any_time" else.
    days: days behind totals when the arms do not say.
    min_events: None is the metric's own minimum. tau: prior sd of log ratios between arms.
    order_value_dispersion: E[v^2]/E[v]^2 of the order values; 2 is used where it is smaller.
    young_days: newest days whose conversions and revenue are still incomplete: guards and targets
    leave them out.
    """

    metric: str = "ctr"
    planned_days: int = 14
    alpha: float = 0.05
    guard_metrics: Sequence[str] = ()
    target_roas: float | None = None
    target_cpa: float | None = None
    roas_floor: float | None = None
    design: str = "delivery"
    dispersion_autocorr: bool = True
    s0: float | None = None
    v0: float = 0.0
    lag0: float = 0.0
    lag_weight: float = 0.0
    boundary: str = "any_time"
    days: int | None = None
    min_days: int = 3
    min_events: float | None = None
    tau: float = 0.2
    order_value_dispersion: float = 2.0
    young_days: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.guard_metrics, str):
            raise ValueError("guard_metrics must be a list of metrics, not one text")
        for name in (self.metric, *self.guard_metrics):
            metric_named(name)
        _check_length("planned_days", self.planned_days)
        _check_length("min_days", self.min_days)
        if type(self.young_days) is not int or self.young_days < 0:
            raise ValueError(f"young_days must be a whole number, 0 or more: {self.young_days!r}")
        if self.days is not None:
            _check_length("days", self.days)
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must lie between 0 and 1, got {self.alpha!r}")
        if self.design not in DESIGNS:
            raise ValueError(f"design must be one of {', '.join(DESIGNS)}, got {self.design!r}")
        if self.boundary not in BOUNDARIES:
            raise ValueError(
                f"boundary must be one of {', '.join(BOUNDARIES)}, got {self.boundary!r}"
            )
        self._check_magnitudes()

    def _check_magnitudes(self) -> None:
        for name in (
            "target_roas",
            "target_cpa",
            "roas_floor",
            "tau",
            "s0",
            "order_value_dispersion",
        ):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a number above 0, got {value!r}")
        for name in ("v0", "lag_weight", "min_events"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be 0 or more, got {value!r}")
        if not -1 <= self.lag0 <= 1:
            raise ValueError(f"lag0 is a correlation: give -1 to 1, got {self.lag0!r}")
        if self.v0 > 0 and self.s0 is None:
            raise ValueError("v0 weighs a known noise: give s0 with it, or leave v0 at 0")

    @property
    def as_fields(self) -> OptionFields:
        """As keyword arguments of `analyze_many`."""
        return cast(OptionFields, {field.name: getattr(self, field.name) for field in fields(self)})

    @property
    def least_roas(self) -> float | None:
        """The return below which an arm is paused."""
        return self.roas_floor if self.target_roas is None else self.target_roas

    @property
    def target_metrics(self) -> tuple[str, ...]:
        """The metrics of the targets, other than the one that decides."""
        given = {"roas": self.target_roas, "cpa": self.target_cpa}
        return tuple(
            name for name, target in given.items() if target is not None and name != self.metric
        )

    @property
    def primary(self) -> RatioMetric:
        return METRICS[self.metric.lower()]

    @property
    def events_needed(self) -> float:
        return self.primary.min_events if self.min_events is None else self.min_events


def _check_length(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number of days, 1 or more, got {value!r}")
