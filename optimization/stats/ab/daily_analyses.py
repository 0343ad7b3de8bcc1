"""What a test says over its whole life: the engine at every complete day, first verdicts kept.

Looks within a day add nothing, because the engine decides on complete days only: every look of
one day sees the same rows.
"""

from dataclasses import dataclass
from typing import Unpack

import numpy as np

from optimization.stats.ab.arrays import NOT_NAMED, analyze_arrays
from optimization.stats.ab.options import OptionFields, Options
from optimization.stats.ab.verdict import INSUFFICIENT
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """First verdicts of each test.

    winner (tests,) is the first named arm's position or -1, winner_day the number of complete
    days at that look (0: never), confidence what was stated then. losers and pause
    (tests, arms) say which arms were so named at any look, comparable (tests,) which tests had
    enough data to compare at least two arms by the last look.
    """

    winner: IntArray
    winner_day: IntArray
    confidence: FloatArray
    losers: BoolArray
    pause: BoolArray
    comparable: BoolArray


def replay(values: FloatArray, **options: Unpack[OptionFields]) -> Life:
    """Look at tests (tests, fields, arms, days) after every day from min_days to the last.

    Raises ValueError like `analyze_arrays`.
    """
    settings = Options(**options)
    tests, _, arms, days = values.shape
    winner = np.full(tests, NOT_NAMED, dtype=np.intp)
    winner_day, confidence = np.zeros(tests, dtype=np.intp), np.full(tests, np.nan)
    losers, pause = (np.zeros((tests, arms), dtype=np.bool_) for _ in range(2))
    comparable = np.zeros(tests, dtype=np.bool_)
    for day in range(min(settings.min_days, days), days + 1):
        look = analyze_arrays(values[..., :day], **options)
        fresh = (winner == NOT_NAMED) & (look.winner != NOT_NAMED)
        winner[fresh], winner_day[fresh] = look.winner[fresh], day
        confidence[fresh] = 1.0 - look.p_winner[fresh]
        losers |= look.losers
        pause |= look.pause
        comparable = look.status != INSUFFICIENT
    return Life(winner, winner_day, confidence, losers, pause, comparable)
