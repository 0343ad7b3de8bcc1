"""How much of Meta's allowance is used, from the headers of an answer.

Source: Meta Marketing API v26.0, rate limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platforms.common.answers import SHAPE_ERRORS, WrongShape, number_in, parse_object
from platforms.common.calls import Governor, Trace

_HEADERS = (
    "x-app-usage",
    "x-ad-account-usage",
    "x-business-use-case-usage",
    "x-fb-ads-insights-throttle",
)
_PERCENTS = ("call_count", "total_cputime", "total_time", "acc_id_util_pct", "app_id_util_pct")
_LONGEST_REGAIN_MINUTES, _LARGEST_PERCENT = 60.0, 10_000.0

Json = dict[str, Any]


def record_usage(governor: Governor, headers: Mapping[str, str], trace: Trace) -> float | None:
    """Report the usage to the governor. Returns the seconds to wait, where Meta states them.

    A header that cannot be read is noted in the call's record and otherwise left alone: the answer
    itself counts, above all that of a write.
    """
    percent, regain = 0.0, 0.0
    for name in _HEADERS:
        try:
            used, minutes = _usage(headers.get(name))
        except SHAPE_ERRORS:
            trace.note = f"The header {name} cannot be read."
            continue
        percent, regain = max(percent, used), max(regain, 60.0 * minutes)
    if percent:
        governor.record_usage(percent, regain)
    return regain or None


def _usage(text: str | None) -> tuple[float, float]:
    """The highest percentage of one header, and the minutes until calls are allowed again."""
    percent = minutes = 0.0
    for usage in _objects(text) if text else []:
        percent = max([percent, *(float(number_in(usage, key)) for key in _PERCENTS)])
        minutes = max(minutes, float(number_in(usage, "estimated_time_to_regain_access")))
    if percent > _LARGEST_PERCENT:
        raise WrongShape("no such percentage")
    return percent, min(minutes, _LONGEST_REGAIN_MINUTES)


def _objects(text: str) -> list[Json]:
    """The usage objects of one header: an object, or lists of objects by account."""
    data = parse_object(text)
    if data is None:
        raise WrongShape("no JSON object")
    nested = [each for value in data.values() if isinstance(value, list) for each in value]
    if not all(isinstance(each, dict) for each in nested):
        raise WrongShape("no list of objects")
    return nested or [data]
