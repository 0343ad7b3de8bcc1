"""Tests whether an arm is below or above its absolute target (ROAS or CPA).

The day-level t test fails with few conversions; the score variance at the target does not. The
weaker of the two statistics is used, and there is no verdict below ten expected conversions.
"""

from dataclasses import dataclass

import numpy as np

from optimization.stats.ab.inference.sequential import p_sequential, wallace_z
from optimization.stats.common.metrics import BoolArray, FloatArray, field, order_value, ratio

DAY_NOISE = 0.15
EXPECTED_CONVERSIONS = 10.0
MIN_VALUE_DISPERSION = 2.0
ZERO_CONVERSION_SPEND = 6.0  # e^-6 = 0.25 % if the arm were on target


@dataclass(frozen=True, slots=True, eq=False)
class TargetVerdict:
    """Per test and arm, shape (tests, arms): proven below the target, proven above it."""

    below: BoolArray
    above: BoolArray


def roas_guard(
    values: FloatArray,
    target: float,
    fraction: FloatArray,
    *,
    alpha: float,
    tau: float,
    value_dispersion: float,
) -> TargetVerdict:
    """Revenue against target x spend; values (tests, fields, arms, days), fraction (tests,)."""
    expected = target * field(values, "spend")
    aov = order_value(values)
    aov = np.where(aov > 0, aov, np.inf)
    unit_variance = max(MIN_VALUE_DISPERSION, value_dispersion) * aov
    enough = expected.sum(axis=2) / aov[:, None] >= EXPECTED_CONVERSIONS
    observed = field(values, "revenue")
    return _compare_with_target(observed, expected, unit_variance, enough, fraction, alpha, tau)


def cpa_guard(
    values: FloatArray, target: float, fraction: FloatArray, *, alpha: float, tau: float
) -> TargetVerdict:
    """Conversions against spend / target; "above" means cheaper than the target."""
    expected = field(values, "spend") / target
    enough = expected.sum(axis=2) >= EXPECTED_CONVERSIONS
    observed = field(values, "conversions")
    return _compare_with_target(
        observed, expected, np.ones(len(values)), enough, fraction, alpha, tau
    )


def spent_without_conversion(values: FloatArray, target_cpa: float) -> BoolArray:
    """Arms (tests, arms) that spent six times the target CPA and have no conversion."""
    spend = field(values, "spend").sum(axis=2)
    none = field(values, "conversions").sum(axis=2) <= 0
    return np.asarray(none & (spend >= ZERO_CONVERSION_SPEND * target_cpa), dtype=np.bool_)


def _compare_with_target(
    observed: FloatArray,
    expected: FloatArray,
    unit_variance: FloatArray,
    enough: BoolArray,
    fraction: FloatArray,
    alpha: float,
    tau: float,
) -> TargetVerdict:
    z, variance = _weaker_z(observed, expected, unit_variance)
    information = ratio(expected.sum(axis=2) ** 2, variance)
    part = np.broadcast_to(fraction[:, None], z.shape)
    crossed = p_sequential(np.abs(z), information, part, tau) <= alpha
    return TargetVerdict(crossed & enough & (z < 0), crossed & enough & (z > 0))


def _weaker_z(
    observed: FloatArray, expected: FloatArray, unit_variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The smaller of model and day-level z, and the model variance; both (tests, arms)."""
    gap = observed - expected
    total = gap.sum(axis=2)
    unit = np.where(np.isfinite(unit_variance), unit_variance, 0.0)[:, None, None]
    variance = (unit * expected + (DAY_NOISE * expected) ** 2).sum(axis=2)
    model = ratio(total, np.sqrt(variance))
    delivered = (observed > 0) | (expected > 0)
    days = delivered.sum(axis=2).astype(np.float64)
    centre = ratio(total, days)
    scatter = np.where(delivered, (gap - centre[:, :, None]) ** 2, 0.0).sum(axis=2)
    spare = days - 1
    error = np.sqrt(ratio(scatter * days, spare))
    t = ratio(total, error, empty=0.0)
    daily = np.where(error > 0, wallace_z(t, np.maximum(spare, 1.0)), model)
    weaker = np.where(np.abs(daily) < np.abs(model), daily, model)
    return np.where(spare >= 1, weaker, 0.0), variance
