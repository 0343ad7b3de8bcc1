"""The vendors' ad review: it takes some hours and refuses some texts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

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


def resubmitted(ad: Ad, now: datetime) -> dict[str, Any]:
    """The raw fields after a change that is reviewed anew; what was reviewed before it is kept."""
    earlier = [*ad.raw.get("resubmissions", []), [now.isoformat(), disallowed_phrase(ad) is None]]
    return {"resubmissions": earlier}


def approved_times(ad: Ad) -> list[tuple[datetime, datetime | None]]:
    """When the ad may deliver: of each version, from its approval to the next one's submission."""
    times: list[tuple[datetime, datetime | None]] = []
    submitted = ad.created_at
    for moment, was_allowed in ad.raw.get("resubmissions", []):
        next_one = datetime.fromisoformat(moment)
        if was_allowed and submitted + REVIEW_TIME < next_one:
            times.append((submitted + REVIEW_TIME, next_one))
        submitted = next_one
    if disallowed_phrase(ad) is None:
        times.append((submitted + REVIEW_TIME, None))
    return times


def verdict(ad: Ad, now: datetime) -> Verdict:
    last = ad.raw.get("resubmissions", [])[-1:]
    submitted = datetime.fromisoformat(last[0][0]) if last else ad.created_at
    if now < submitted + REVIEW_TIME:
        return "pending"
    return "refused" if disallowed_phrase(ad) else "approved"
