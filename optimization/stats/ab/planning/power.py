"""Probability that the engine names the best arm by the end of the plan.

The leader's comparisons with its rivals share its own error, so the probability to beat all of
them is an integral over that error. The variance of a log ratio is 1/events of both arms plus
twice the arm-day noise, and more because noise is estimated as 0 or more even where there is none.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from optimization.stats.ab.inference.sequential import boundary_constant, wallace_t

# Lag-1 widening when nothing drifts; matches simulated power within 6 points.
VARIANCE_FACTOR = 1.03
SHORTEST_DAYS = 3.0
LONGEST_DAYS = 5000.0
LARGEST_LOG_LIFT = float(np.log(20.0))
BISECTIONS = 60

_points, _weights = np.polynomial.hermite_e.hermegauss(61)
_weights = _weights / _weights.sum()


@dataclass(frozen=True, slots=True)
class TestDesign:
    """What the power depends on besides lift and days.

    count_variance is the variance of one arm-day's log rate from counting alone (1 / events),
    noise the arm-day noise as a coefficient of variation.
    """

    count_variance: float
    noise: float
    arms: int
    alpha: float


def win_chance(setting: TestDesign, log_lift: float, days: float) -> float:
    """P(best arm named by the planned end), when it leads all others by log_lift."""
    df = max((setting.arms - 1) * (days - 1), 1.0)
    needed = float(wallace_t(np.array(boundary_constant(setting.alpha)), np.array(df)))
    drift = log_lift * np.sqrt(days / _variance(setting, log_lift, df))
    beats_all = ndtr(np.sqrt(2) * (drift - needed) + _points) ** (setting.arms - 1)
    return float((_weights * beats_all).sum())


def _variance(setting: TestDesign, log_lift: float, df: float) -> float:
    """Expected estimate of one day's variance of the log ratio of two arms."""
    counting = setting.count_variance * (1 + np.exp(-log_lift))
    phi = 1 + 2 * setting.noise**2 / counting
    spread = phi * np.sqrt(2 / df)
    above = (phi - 1) / spread
    excess = (phi - 1) * ndtr(above) + spread * np.exp(-(above**2) / 2) / np.sqrt(2 * np.pi)
    return float(VARIANCE_FACTOR * counting * (1 + excess))


def days_for(setting: TestDesign, log_lift: float, target: float) -> float | None:
    """Fewest days (a fraction is possible) that reach the target power; None beyond 5000."""
    if win_chance(setting, log_lift, LONGEST_DAYS) < target:
        return None
    low, high = SHORTEST_DAYS, LONGEST_DAYS
    if win_chance(setting, log_lift, low) >= target:
        return low
    for _ in range(BISECTIONS):
        middle = float(np.sqrt(low * high))
        low, high = (
            (low, middle) if win_chance(setting, log_lift, middle) >= target else (middle, high)
        )
    return high


def lift_for(setting: TestDesign, days: float, target: float) -> float | None:
    """Smallest lead (0.1 is 10 %) found with the target power; None beyond twentyfold."""
    if win_chance(setting, LARGEST_LOG_LIFT, days) < target:
        return None
    low, high = 0.0, LARGEST_LOG_LIFT
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if win_chance(setting, middle, days) >= target else (middle, high)
    return float(np.expm1(high))
