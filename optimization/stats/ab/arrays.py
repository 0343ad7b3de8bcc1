"""The A/B engine for arrays: many tests of one shape, without parsing rows or writing sentences."""

from dataclasses import dataclass
from typing import Unpack

import numpy as np

from optimization.stats.ab.inference.core import daily_batch, test_statistics
from optimization.stats.ab.input import zero_tiny_values
from optimization.stats.ab.options import OptionFields, Options
from optimization.stats.ab.verdicts.rules import WINNER, Verdicts, decide
from optimization.stats.common.metrics import FIELDS, BoolArray, FloatArray, IntArray

CHUNK_CELLS = 60_000  # arm-days at a time: their arrays stay in a processor's cache
NO_WINNER = -1


@dataclass(frozen=True, slots=True, eq=False)
class ArrayResult:
    """The values of an ABResult as arrays; first axis is the test.

    status indexes `verdict.STATUSES`, winner is the arm's position or -1. rate, low and high are
    numerator over exposure (conversions per money for CPA). z, log_ratio, half_width (of the log
    ratio) and p compare the leader with each arm; the leader's own column is meaningless.
    """

    status: IntArray
    leader: IntArray
    winner: IntArray
    p_winner: FloatArray
    log_e: FloatArray
    losers: BoolArray
    pause: BoolArray
    scale: BoolArray
    days_left: FloatArray
    rate: FloatArray
    low: FloatArray
    high: FloatArray
    prob_best: FloatArray
    expected_loss: FloatArray
    events: FloatArray
    z: FloatArray
    log_ratio: FloatArray
    half_width: FloatArray
    p: FloatArray
    sigma: FloatArray
    df: FloatArray


def analyze_arrays(values: FloatArray, **options: Unpack[OptionFields]) -> ArrayResult:
    """Analyse tests given as values (tests, fields, arms, days), fields in the order of FIELDS.

    A day without a row is all zero. Raises ValueError for an invalid shape, number or setting.
    Equal to `analyze_many` on the same rows.
    """
    settings = Options(**options)
    values = validate_values(values)
    step = max(1, CHUNK_CELLS // max(1, values.shape[2] * values.shape[3]))
    parts = [_analyse(values[i : i + step], settings) for i in range(0, len(values), step)]
    parts = parts or [_analyse(values, settings)]
    names = ArrayResult.__dataclass_fields__
    return ArrayResult(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def validate_values(values: FloatArray) -> FloatArray:
    """The array as float64. Raises ValueError that says what is wrong."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 4 or values.shape[1] != len(FIELDS) or values.shape[2] < 1:
        raise ValueError(
            f"values must have the shape (tests, {len(FIELDS)} fields, arms, days), "
            f"got {values.shape}; order the fields as {', '.join(FIELDS)}"
        )
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("values must be finite and 0 or more; leave a missing day at 0")
    return zero_tiny_values(values)


def _analyse(values: FloatArray, options: Options) -> ArrayResult:
    stats = test_statistics(daily_batch(values, options), options)
    verdicts = decide(stats, options)
    return ArrayResult(
        status=verdicts.status,
        leader=verdicts.leader,
        winner=_winner_positions(verdicts),
        p_winner=verdicts.p_winner,
        log_e=verdicts.log_e,
        losers=verdicts.losers,
        pause=verdicts.pause,
        scale=verdicts.scale,
        days_left=verdicts.days_left,
        rate=stats.rate,
        low=stats.low,
        high=stats.high,
        prob_best=stats.prob_best,
        expected_loss=stats.expected_loss,
        events=stats.events,
        z=stats.comparison.z,
        log_ratio=stats.comparison.log_ratio,
        half_width=stats.comparison.half_width,
        p=stats.comparison.p,
        sigma=np.sqrt(stats.fit.sigma2),
        df=stats.fit.df,
    )


def _winner_positions(verdicts: Verdicts) -> IntArray:
    return np.where(verdicts.status == WINNER, verdicts.leader, NO_WINNER)
