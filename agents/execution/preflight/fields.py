"""The field of the brief that decides a field of a plan's spec."""

from __future__ import annotations

import re

_FIELDS = {
    "budget": "total_budget",
    "start": "start",
    "end": "end",
    "political_ads": "political_ads",
    "objective": "objective",
    "kind": "objective",
    "countries": "countries",
    "locations": "countries",
    "age_min": "age_min",
    "age_max": "age_max",
    "gender": "gender",
    "keywords": "keywords",
    "headlines": "headlines",
    "headline": "headlines",
    "descriptions": "descriptions",
    "body": "descriptions",
    "landing_url": "landing_url",
    "call_to_action": "call_to_action",
    "image": "images",
    "video": "images",
    "name": "name",
}
BRIEF_FIELDS = frozenset({*_FIELDS.values(), "accounts"})
_PLACE = re.compile(r"\[\d+\]")


def brief_field(path: str) -> str:
    """Such as keywords for ad_groups[0].targeting.keywords[3].text; plan where no field of the
    brief decides it."""
    steps = reversed(_PLACE.sub("", path).split("."))
    return next((_FIELDS[step] for step in steps if step in _FIELDS), "plan")
