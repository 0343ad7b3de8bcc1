"""Sequential boundary: a planned Wang-Tsiatis part combined with a normal-mixture e-value.

The error budget alpha is split between the two parts (`SequentialBoundary`). Sources: Wallace
1959 (t to z), Wang and Tsiatis 1987 (Delta = 0.25), Johari et al. 2022 and Howard et al. 2021
(mixture e-value). All functions take arrays that broadcast.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from optimization.stats.common.metrics import BoolArray, FloatArray

SHAPE = 0.25
EARLIEST_FRACTION = 3 / 14
MAX_EXPONENT = 600.0


@dataclass(frozen=True, slots=True)
class SequentialBoundary:
    """Shares of alpha of the planned part and of the e-value, and the calibration of the planned
    part, fitted to simulated paths that start at 3/14 of the plan."""

    planned_share: float
    mixture_share: float
    calibration: float


ANY_TIME = SequentialBoundary(0.8, 0.2, 1.6)
"""Holds however often a test is analysed, also within a day."""

# One analysis for each complete day, from the third day or 3/14 of the plan on, needs less: fitted
# to 400,000 simulated paths. The two parts cross on the same paths, so their shares add up to more
# than 1: of 100,000 paths over six plans either crossed at alpha = 0.05 in 4.6 to 4.95 %.
_PLANNED_DAYS = (7, 14, 21, 28, 42, 84)
_DAILY_CALIBRATION = (0.80, 1.11, 1.19, 1.28, 1.41, 1.60)
_DAILY_PLANNED_SHARE = 0.95


def boundary_of(kind: str, planned_days: int) -> SequentialBoundary:
    """The boundary of an option `boundary`: "any_time", or "daily" for tests that are judged once
    for each complete day."""
    if kind != "daily":
        return ANY_TIME
    calibration = float(np.interp(planned_days, _PLANNED_DAYS, _DAILY_CALIBRATION))
    return SequentialBoundary(_DAILY_PLANNED_SHARE, ANY_TIME.mixture_share, calibration)


def wallace_z(t: FloatArray, df: FloatArray) -> FloatArray:
    """Normal deviate with the same tail probability as Student's t with df degrees of freedom."""
    factor = (8 * df + 1) / (8 * df + 3)
    return np.sign(t) * factor * np.sqrt(df * np.log1p(t**2 / df))


def wallace_t(z: FloatArray, df: FloatArray) -> FloatArray:
    """Inverse of `wallace_z` for z >= 0."""
    stretched = z * (8 * df + 3) / (8 * df + 1)
    return np.sqrt(df * np.expm1(np.minimum(stretched**2 / df, MAX_EXPONENT)))


def boundary_constant(alpha: float, boundary: SequentialBoundary = ANY_TIME) -> float:
    """c of the planned part at error alpha: z must exceed c f^(-1/4)."""
    z = float(-ndtri(boundary.planned_share * alpha / 2))
    return float(np.sqrt(z**2 + boundary.calibration))


def is_planned_part_open(fraction: FloatArray) -> BoolArray:
    """Whether the planned part may decide: from 3/14 of the plan up to its end."""
    is_open = (fraction >= EARLIEST_FRACTION - 1e-9) & (fraction <= 1 + 1e-9)
    return np.asarray(is_open, dtype=np.bool_)


def log_e_value(z: FloatArray, information: FloatArray, tau: float) -> FloatArray:
    """ln E of the normal mixture; `information` is 1 / variance of the log ratio."""
    r = tau**2 * information
    return -0.5 * np.log1p(r) + z**2 * r / (2 * (1 + r))


def p_sequential(
    z: FloatArray,
    information: FloatArray,
    fraction: FloatArray,
    tau: float,
    boundary: SequentialBoundary = ANY_TIME,
) -> FloatArray:
    """Smallest alpha at which the combined boundary is crossed upwards; 1 where z <= 0."""
    scaled = np.maximum(z, 0.0) ** 2 * np.sqrt(np.clip(fraction, 0.0, None))
    beyond = np.sqrt(np.maximum(scaled - boundary.calibration, 0.0))
    planned = 2 * ndtr(-beyond) / boundary.planned_share
    planned = np.where(is_planned_part_open(fraction), planned, 1.0)
    log_e = np.clip(log_e_value(z, information, tau), -MAX_EXPONENT, MAX_EXPONENT)
    mixture = np.exp(-log_e) / boundary.mixture_share
    p = np.minimum(1.0, np.minimum(planned, mixture))
    return np.where(z > 0, p, 1.0)


def z_required(
    alpha: float,
    information: FloatArray,
    fraction: FloatArray,
    tau: float,
    boundary: SequentialBoundary = ANY_TIME,
) -> FloatArray:
    """Smallest z that crosses the combined boundary at alpha; infinite without information."""
    r = np.maximum(tau**2 * information, 1e-300)
    square = (1 + r) / r * (2 * np.log(1 / (boundary.mixture_share * alpha)) + np.log1p(r))
    planned = boundary_constant(alpha, boundary) * np.clip(fraction, 1e-12, None) ** -SHAPE
    planned = np.where(is_planned_part_open(fraction), planned, np.inf)
    crossing = np.minimum(planned, np.sqrt(square))
    return np.where(information > 0, crossing, np.inf)
