"""Day-stratified fit and the arm-day noise. Arrays are (tests, arms, days)."""

from dataclasses import dataclass

import numpy as np

from optimization.stats.ab.inference.noise_prior import NoisePrior, combine_lag, combine_noise
from optimization.stats.common.metrics import BoolArray, FloatArray, ratio

IPF_SWEEPS = 12
IPF_TOLERANCE = 1e-9
NEWTON_STEPS = 40
NEWTON_TOLERANCE = 1e-12
MAX_AUTOCORRELATION = 0.6
AUTOCORRELATION_WEIGHT = 0.5  # the estimate is noisy itself; measured in bench ab_validity


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Rates and noise of each test.

    rate (tests, arms) and mean (tests, arms, days) of the model mean = exposure x arm x day;
    sigma2 the variance of relative arm-day noise, df its degrees of freedom, phi the Pearson
    ratio, autocorrelation the lag-1 correlation, assumed: the noise was not estimable; the
    last five have shape (tests,).
    """

    rate: FloatArray
    mean: FloatArray
    sigma2: FloatArray
    df: FloatArray
    phi: FloatArray
    autocorrelation: FloatArray
    assumed: BoolArray


KNOWN_NOISE_DF = 1e9


def fit_daily(
    x: FloatArray,
    n: FloatArray,
    scale: FloatArray,
    *,
    assumed_sigma2: float,
    prior: NoisePrior | None,
    autocorrelated: bool,
) -> Fit:
    """Fit numerators x over exposures n; `scale` (tests,) is the variance per unit of x.

    With a `prior` noise and lag-1 correlation are posterior estimates from it and the own days.
    Where no degree of freedom is left, `assumed_sigma2` is used and `assumed` is set.
    """
    rate, mean = stratified_fit(x, n)
    own_df = degrees_of_freedom(mean)
    estimable = own_df >= 1
    pearson = ratio((x - mean) ** 2, scale[:, None, None] * mean).sum(axis=(1, 2))
    sigma2, df = moment_sigma2(x, mean, scale, own_df), own_df
    if prior is not None:
        sigma2, df = _with_prior(x, mean, scale, own_df, sigma2, prior)
    sigma2 = np.where(estimable, sigma2, assumed_sigma2)
    rho = np.zeros(len(x))
    if autocorrelated:
        rho = _lag_one(x, mean, scale, sigma2, own_df, prior)
    return Fit(
        rate=rate,
        mean=mean,
        sigma2=sigma2,
        df=np.where(estimable, df, KNOWN_NOISE_DF),
        phi=ratio(pearson, own_df, empty=np.nan),
        autocorrelation=np.where(estimable, rho, 0.0),
        assumed=~estimable,
    )


def _with_prior(
    x: FloatArray,
    mean: FloatArray,
    scale: FloatArray,
    df: FloatArray,
    own: FloatArray,
    prior: NoisePrior,
) -> tuple[FloatArray, FloatArray]:
    """Noise and degrees of freedom (tests,) with the prior; cells weigh by their variance."""
    cell = mean > 0
    safe, df = np.where(cell, mean, 1.0), np.maximum(df, 1.0)
    counting = scale[:, None, None] / safe
    weight = np.where(cell, 1.0 / (counting + prior.sigma2), 0.0)
    misfit = (weight * (x / safe - 1.0) ** 2).sum(axis=(1, 2)) / df
    usual = ratio((weight * counting).sum(axis=(1, 2)), weight.sum(axis=(1, 2)))
    return combine_noise(prior, misfit, own, usual, df)


def _lag_one(
    x: FloatArray,
    mean: FloatArray,
    scale: FloatArray,
    sigma2: FloatArray,
    df: FloatArray,
    prior: NoisePrior | None,
) -> FloatArray:
    if prior is None or prior.lag_df <= 0:
        return lag_one(x, mean, scale, sigma2)
    own = lag_correlation(x, mean, scale, sigma2)
    return combine_lag(prior, own, np.maximum(df, 1.0))


def fit_totals(x: FloatArray, n: FloatArray, sigma2: FloatArray) -> Fit:
    """The same for totals (one "day"), with `sigma2` (tests,) assumed."""
    tests = len(x)
    return Fit(
        rate=ratio(x, n)[:, :, 0],
        mean=x,
        sigma2=sigma2,
        df=np.full(tests, KNOWN_NOISE_DF),
        phi=np.full(tests, np.nan),
        autocorrelation=np.zeros(tests),
        assumed=np.ones(tests, dtype=bool),
    )


def stratified_fit(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Arm rates and fitted means of mean = n a_arm b_day, by iterative proportional fitting.

    Each test stops by itself once it has settled, so that its fit does not depend on the batch.
    """
    day = np.ones((x.shape[0], x.shape[2]))
    arm = _arm_rates(x, n, day)
    x_day, moving = x.sum(axis=1), np.ones(len(x), dtype=np.bool_)
    for _ in range(IPF_SWEEPS):
        new_day = ratio(x_day, np.einsum("tkd,tk->td", n, arm))
        new_arm = _arm_rates(x, n, new_day)
        settled = np.all(np.abs(new_arm - arm) <= IPF_TOLERANCE * new_arm, axis=1)
        day = np.where(moving[:, None], new_day, day)
        arm = np.where(moving[:, None], new_arm, arm)
        moving &= ~settled
        if not moving.any():
            break
    level = ratio(np.einsum("tkd,td->t", n, day), n.sum(axis=(1, 2)), empty=1.0)
    mean = n * arm[:, :, None] * day[:, None, :]
    return arm * level[:, None], mean


def _arm_rates(x: FloatArray, n: FloatArray, day: FloatArray) -> FloatArray:
    return ratio(x.sum(axis=2), np.einsum("tkd,td->tk", n, day))


def degrees_of_freedom(mean: FloatArray) -> FloatArray:
    """(arms - 1)(days - 1), counting only cells, arms and days that carry information."""
    cells = mean > 0
    arms = cells.any(axis=2).sum(axis=1)
    days = cells.any(axis=1).sum(axis=1)
    spare: FloatArray = (cells.sum(axis=(1, 2)) - arms - days + 1).astype(np.float64)
    return np.maximum(spare, 0.0)


def moment_sigma2(x: FloatArray, mean: FloatArray, scale: FloatArray, df: FloatArray) -> FloatArray:
    """Root of sum (x-mean)^2 / (scale mean + sigma2 mean^2) = df, floored at 0 (Breslow 1984).

    With q the squared relative residual and u the counting variance, Q = sum q / (u + sigma2).
    1/Q is concave in sigma2, so Newton's steps on it rise to the root and never pass it.
    """
    cell = mean > 0
    safe = np.where(cell, mean, 1.0)
    q, u = np.where(cell, (x / safe - 1.0) ** 2, 0.0), scale[:, None, None] / safe
    sigma2 = np.zeros(len(x))
    target, moving = np.maximum(df, 1e-9), df > 0
    for _ in range(NEWTON_STEPS):
        share = q / (u + sigma2[:, None, None])
        total = share.sum(axis=(1, 2))
        slope = (share / (u + sigma2[:, None, None])).sum(axis=(1, 2))
        step = np.where(moving, ratio(total * (total / target - 1.0), slope), 0.0)
        sigma2 = np.maximum(sigma2 + step, 0.0)
        moving &= step > NEWTON_TOLERANCE * sigma2
        if not moving.any():
            break
    return sigma2


def lag_one(x: FloatArray, mean: FloatArray, scale: FloatArray, sigma2: FloatArray) -> FloatArray:
    """Lag-1 correlation (tests,) that widens the variances: within [0, 0.6], halved.

    With two weeks of days the estimate is often high by chance, which would widen every variance;
    half of it still controls the error under drift and keeps most of the power.
    """
    rho = np.clip(lag_correlation(x, mean, scale, sigma2), 0.0, MAX_AUTOCORRELATION)
    return np.asarray(AUTOCORRELATION_WEIGHT * rho, dtype=np.float64)


def lag_correlation(
    x: FloatArray, mean: FloatArray, scale: FloatArray, sigma2: FloatArray
) -> FloatArray:
    """Lag-1 correlation (tests,) of the arm-day residuals, corrected for bias by +1/days."""
    variance = scale[:, None, None] * mean + sigma2[:, None, None] * mean**2
    residual = ratio(x - mean, np.sqrt(variance))
    cells = mean > 0
    neighbours = cells[:, :, 1:] & cells[:, :, :-1]
    products = np.where(neighbours, residual[:, :, 1:] * residual[:, :, :-1], 0.0)
    covariance = ratio(products.sum(axis=(1, 2)), neighbours.sum(axis=(1, 2)).astype(float))
    power = ratio((residual**2).sum(axis=(1, 2)), cells.sum(axis=(1, 2)).astype(float))
    days = cells.any(axis=1).sum(axis=1).astype(float)
    bias_corrected = ratio(covariance, power) + ratio(np.ones_like(days), days)
    return np.where(power > 0, bias_corrected, 0.0)
