"""The engine for arrays: many tests of one shape, without reading rows or writing sentences."""

from dataclasses import dataclass
from typing import Unpack

import numpy as np

from optimization.stats.ab.inference.core import daily_batch, test_statistics
from optimization.stats.ab.input import without_dust
from optimization.stats.ab.options import OptionFields, Options
from optimization.stats.ab.verdict import WINNER, Verdicts, decide
from optimization.stats.common.metrics import FIELDS, BoolArray, FloatArray, IntArray

CHUNK_CELLS = 60_000  # arm-days at a time: their arrays stay in a processor's cache
NOT_NAMED = -1


@dataclass(frozen=True, slots=True, eq=False)
class ArrayResult:
    """The figures of an ABResult as arrays; first axis is the test.

    status indexes `verdict.STATUSES`, winner is the arm's position or -1. rate, low and high are
    numerator over exposure (conversions per money for CPA). z, log_ratio, half_width (of the log
    ratio) and p are the leader against each arm; the leader's own column means nothing.
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

    A day without a row is all zero. Raises ValueError for a shape, a number or a setting that
    cannot be meant. Equal to `analyze_many` on the same rows.
    """
    settings = Options(**options)
    values = checked(values)
    step = max(1, CHUNK_CELLS // max(1, values.shape[2] * values.shape[3]))
    parts = [_analyse(values[i : i + step], settings) for i in range(0, len(values), step)]
    parts = parts or [_analyse(values, settings)]
    names = ArrayResult.__dataclass_fields__
    return ArrayResult(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def checked(values: FloatArray) -> FloatArray:
    """The array as float64. Raises ValueError naming what is wrong with it."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 4 or values.shape[1] != len(FIELDS) or values.shape[2] < 1:
        raise ValueError(
            f"values must have the shape (tests, {len(FIELDS)} fields, arms, days), "
            f"got {values.shape}; order the fields as {', '.join(FIELDS)}"
        )
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("values must be finite and 0 or more; leave a missing day at 0")
    return without_dust(values)


def _analyse(values: FloatArray, options: Options) -> ArrayResult:
    fig = test_statistics(daily_batch(values, options), options)
    found = decide(fig, options)
    return ArrayResult(
        status=found.status,
        leader=found.leader,
        winner=_winner(found),
        p_winner=found.p_winner,
        log_e=found.log_e,
        losers=found.losers,
        pause=found.pause,
        scale=found.scale,
        days_left=found.days_left,
        rate=fig.rate,
        low=fig.low,
        high=fig.high,
        prob_best=fig.chance,
        expected_loss=fig.loss,
        events=fig.events,
        z=fig.versus.z,
        log_ratio=fig.versus.log_ratio,
        half_width=fig.versus.half_width,
        p=fig.versus.p,
        sigma=np.sqrt(fig.fit.sigma2),
        df=fig.fit.df,
    )


def _winner(found: Verdicts) -> IntArray:
    return np.where(found.status == WINNER, found.leader, NOT_NAMED)
