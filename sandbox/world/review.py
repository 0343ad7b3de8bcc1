"""The vendors' ad review: it takes some hours, and some texts are refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sandbox.world.model import Ad

REVIEW_TIME = timedelta(hours=2)
REFUSED_TEXTS = (
    "miracle cure",
    "guaranteed weight loss",
    "get rich quick",
    "risk-free profit",
    "you are overweight",
)

Verdict = Literal["pending", "approved", "refused"]


def refused_words(ad: Ad) -> str | None:
    """The first wording of this ad that the policy does not allow."""
    shown = " ".join(ad.texts).casefold()
    return next((words for words in REFUSED_TEXTS if words in shown), None)


def approved_at(ad: Ad) -> datetime | None:
    """When it may first deliver; None when it never may."""
    return None if refused_words(ad) else ad.created_at + REVIEW_TIME


def verdict(ad: Ad, now: datetime) -> Verdict:
    if now < ad.created_at + REVIEW_TIME:
        return "pending"
    return "refused" if refused_words(ad) else "approved"
