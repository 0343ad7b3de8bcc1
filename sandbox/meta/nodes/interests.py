"""The interests that the Meta emulator's audiences can have."""

from __future__ import annotations

import hashlib

from sandbox.meta import params as read
from sandbox.meta.params import Params

_INTERESTS = (
    "Running",
    "Fitness and wellness",
    "Online shopping",
    "Fashion",
    "Cooking",
    "Travel",
    "Technology",
    "Gardening",
    "Small business",
    "Coffee",
    "Outdoor recreation",
    "Parenting",
)


def search_interests(params: Params) -> list[Params]:
    """Interests whose name contains `q`."""
    query = (read.text(params, "q") or "").casefold().strip()
    return [_interest(name) for name in _INTERESTS if query in name.casefold()]


def _interest(name: str) -> Params:
    interest_id = int(hashlib.blake2b(name.encode(), digest_size=5).hexdigest(), 16)
    return {
        "id": f"60{interest_id:013d}"[:15],
        "name": name,
        "audience_size_lower_bound": 1_000_000,
        "audience_size_upper_bound": 1_200_000,
        "path": ["Interests", name],
    }


def is_known(interest_id: object) -> bool:
    return any(_interest(name)["id"] == str(interest_id) for name in _INTERESTS)
