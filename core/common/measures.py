"""The measures that are kept of every day: what a platform counts, and which of them are money.

Ratios follow from them. It stands without anything else, so that the mathematics may read it too.
"""

from __future__ import annotations

COUNTS = ("impressions", "clicks")
MONEY = ("spend", "revenue")
MEASURES = (*COUNTS, "conversions", *MONEY)
COLUMN_OF = {name: f"{name}_micros" if name in MONEY else name for name in MEASURES}
"""Measure to the column that keeps it: money as integer micros, conversions as a decimal."""
COLUMNS = tuple(COLUMN_OF.values())
"""In the order of MEASURES."""

LEARNING_STEP = 0.20
"""Of a budget: a larger step makes a platform learn a campaign's delivery anew. Source:
practitioners' consensus for Meta; TikTok's help asks for steps within 50 %; Google names none."""


def is_learning_step(old: int, new: int) -> bool:
    """Whether the step from one budget to another, in the same unit, is larger than that."""
    return abs(new - old) > LEARNING_STEP * old
