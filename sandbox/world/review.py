"""The vendors' ad review: it takes some hours and refuses some texts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sandbox.world.model import Ad

REVIEW_TIME = timedelta(hours=2)
DISALLOWED_PHRASES = (
    "miracle cure",
    "guaranteed weight loss",
    "get rich quick",
    "risk-free profit",
    "you are overweight",
)

Verdict = Literal["pending", "approved", "refused"]


def disallowed_phrase(ad: Ad) -> str | None:
    """The first phrase of this ad that the policy does not allow."""
    text = " ".join(ad.texts).casefold()
    return next((phrase for phrase in DISALLOWED_PHRASES if phrase in text), None)


def approval_time(ad: Ad) -> datetime | None:
    """When the ad may first deliver; None when it is refused."""
    return None if disallowed_phrase(ad) else ad.created_at + REVIEW_TIME


def verdict(ad: Ad, now: datetime) -> Verdict:
    if now < ad.created_at + REVIEW_TIME:
        return "pending"
    return "refused" if disallowed_phrase(ad) else "approved"
