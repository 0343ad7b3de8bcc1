"""Leader against each other arm: day-stratified score test, ratio and sequential intervals."""

from dataclasses import dataclass

import numpy as np

from optimization.stats.ab.inference.dispersion import Fit
from optimization.stats.ab.inference.sequential import (
    ANY_TIME,
    SequentialBoundary,
    log_e_value,
    p_sequential,
    wallace_t,
    wallace_z,
    z_required,
)
from optimization.stats.common.metrics import FloatArray, IntArray, ratio

UNBOUNDED_LOG_RATIO = float(np.log(1000.0))


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Leader against every arm, each (tests, arms); the leader's own column is meaningless."""

    z: FloatArray
    information: FloatArray
    log_ratio: FloatArray
    half_width: FloatArray
    log_e: FloatArray
    p: FloatArray


def compare_with_leader(
    x: FloatArray,
    n: FloatArray,
    scale: FloatArray,
    fit: Fit,
    leader: IntArray,
    fraction: FloatArray,
    *,
    alpha: float,
    tau: float,
    boundary: SequentialBoundary = ANY_TIME,
) -> Comparison:
    """Score test of the leader (index per test) against all arms.

    x, n are (tests, arms, days); scale, fraction (tests,). A day where one of the two did not
    deliver carries no weight.
    """
    at = leader[:, None, None]
    x_lead, n_lead = np.take_along_axis(x, at, axis=1), np.take_along_axis(n, at, axis=1)
    both = n_lead + n
    unit = scale[:, None, None]
    h = ratio(n_lead * n * (x_lead + x), both**2)
    weight = 1.0 / (1.0 + 2.0 * fit.sigma2[:, None, None] * h / unit)
    gain = (weight * ratio(x_lead * n, both)).sum(axis=2)
    rival = (weight * ratio(x * n_lead, both)).sum(axis=2)
    v = (weight * h).sum(axis=2)
    inflated = scale[:, None] * (1.0 + 2.0 * fit.autocorrelation[:, None])
    df = np.maximum(fit.df, 1.0)[:, None]
    z = wallace_z(ratio(gain - rival, np.sqrt(inflated * v)), df)
    information = v / inflated
    part = np.broadcast_to(fraction[:, None], z.shape)
    log_ratio, mean_events = _log_ratio(gain, rival, v)
    t_needed = wallace_t(z_required(alpha, information, part, tau, boundary), df)
    half_width = t_needed * ratio(np.sqrt(inflated * v), mean_events, empty=np.inf)
    return Comparison(
        z=z,
        information=information,
        log_ratio=log_ratio,
        half_width=half_width,
        log_e=log_e_value(z, information, tau),
        p=p_sequential(z, information, part, tau, boundary),
    )


def _log_ratio(gain: FloatArray, rival: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log of the Mantel-Haenszel ratio, and the events that its standard error divides by.

    Dividing by the logarithmic mean makes estimate over error equal the score statistic, so the
    interval excludes "no difference" exactly when the test does. With a zero cell the one-step
    estimate S / V is used.
    """
    both = (gain > 0) & (rival > 0)
    log_mh = np.log(np.where(both, gain, 1.0)) - np.log(np.where(both, rival, 1.0))
    level = np.sqrt(gain * rival)
    apart = np.abs(log_mh) > 1e-6
    log_mean = np.where(apart, (gain - rival) / np.where(apart, log_mh, 1.0), level)
    one_step = np.clip(ratio(gain - rival, v), -UNBOUNDED_LOG_RATIO, UNBOUNDED_LOG_RATIO)
    return np.where(both, log_mh, one_step), np.where(both, log_mean, v)


def rate_interval(
    x: FloatArray,
    n: FloatArray,
    scale: FloatArray,
    fit: Fit,
    fraction: FloatArray,
    *,
    alpha: float,
    tau: float,
    boundary: SequentialBoundary = ANY_TIME,
) -> tuple[FloatArray, FloatArray]:
    """Sequential bounds (tests, arms) of each arm's ratio of sums over the observed days.

    Score interval of an overdispersed count, so that zero events still give an upper bound.
    """
    total, exposure = x.sum(axis=2), n.sum(axis=2)
    expected = fit.mean.sum(axis=2)
    spread = fit.sigma2[:, None] * (fit.mean**2).sum(axis=2)
    unit_variance = scale[:, None] + ratio(spread, expected)
    unit_variance = unit_variance * (1.0 + 2.0 * fit.autocorrelation[:, None])
    part = np.broadcast_to(fraction[:, None], total.shape)
    # Without events the information of one event is used, so that a bound exists.
    information = np.maximum(total, unit_variance) / unit_variance
    needed = z_required(alpha, information, part, tau, boundary)
    t = wallace_t(needed, np.maximum(fit.df, 1.0)[:, None])
    centre = total + unit_variance * t**2 / 2
    reach = t * np.sqrt(unit_variance * (total + unit_variance * t**2 / 4))
    upper = centre + reach
    # The product of the two roots is total^2; their difference would cancel when t is large.
    low = ratio(ratio(total**2, upper), exposure)
    return low, ratio(upper, exposure, empty=np.inf)
