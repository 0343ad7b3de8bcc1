"""Runs the engine after every complete day of a test and records the first verdicts.

The engine decides on complete days only, so further analyses on the same day would see the same
rows.
"""

from dataclasses import dataclass
from typing import Unpack

import numpy as np

from optimization.stats.ab.arrays import NO_WINNER, analyze_arrays
from optimization.stats.ab.options import OptionFields, Options
from optimization.stats.ab.verdicts.rules import INSUFFICIENT
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class FirstVerdicts:
    """First verdicts of each test.

    winner (tests,) is the position of the first arm named winner or -1, winner_day the number of
    complete days at that analysis (0: never), confidence the confidence stated then. losers and
    pause (tests, arms) mark arms that any analysis named so, comparable (tests,) the tests that
    had enough data to compare at least two arms in the last analysis.
    """

    winner: IntArray
    winner_day: IntArray
    confidence: FloatArray
    losers: BoolArray
    pause: BoolArray
    comparable: BoolArray


def analyze_every_day(values: FloatArray, **options: Unpack[OptionFields]) -> FirstVerdicts:
    """Analyse tests (tests, fields, arms, days) after every day from min_days to the last.

    Raises ValueError like `analyze_arrays`.
    """
    settings = Options(**options)
    tests, _, arms, days = values.shape
    winner = np.full(tests, NO_WINNER, dtype=np.intp)
    winner_day, confidence = np.zeros(tests, dtype=np.intp), np.full(tests, np.nan)
    losers, pause = (np.zeros((tests, arms), dtype=np.bool_) for _ in range(2))
    comparable = np.zeros(tests, dtype=np.bool_)
    for day in range(min(settings.min_days, days), days + 1):
        result = analyze_arrays(values[..., :day], **options)
        is_new = (winner == NO_WINNER) & (result.winner != NO_WINNER)
        winner[is_new], winner_day[is_new] = result.winner[is_new], day
        confidence[is_new] = 1.0 - result.p_winner[is_new]
        losers |= result.losers
        pause |= result.pause
        comparable = result.status != INSUFFICIENT
    return FirstVerdicts(winner, winner_day, confidence, losers, pause, comparable)
