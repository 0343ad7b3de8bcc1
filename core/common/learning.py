"""When a change of a budget makes a platform learn a campaign's delivery anew.

It stands without anything else, so that the mathematics may read it too. Source: practitioners'
consensus for Meta; TikTok's help asks for steps within 50 % and days between them; Google names no
figure. The smallest is used for all.
"""

from __future__ import annotations

LEARNING_STEP = 0.20


def is_learning_step(old: int, new: int) -> bool:
    """Whether the step from one budget to another, in the same unit, is larger than that."""
    return abs(new - old) > LEARNING_STEP * old
