"""Figures per keyword: an ad group's day, dealt out to the keywords that were on.

The market knows ads, not searches. Every keyword gets a fixed share, and shares of counts are
whole numbers, so that keyword rows add up to the ad group's row exactly.
"""

import hashlib
from collections.abc import Iterator

from sandbox.google import kinds
from sandbox.google.fields import get_enum
from sandbox.google.store import Store
from sandbox.market.market import DayRow


def keyword_keys(store: Store) -> Iterator[str]:
    """Keys of the positive keywords, removed ones too."""
    for key in store.keys(kinds.AD_GROUP_CRITERION):
        message = store.get(kinds.AD_GROUP_CRITERION, key)
        if message is not None and message.HasField("keyword") and not message.negative:
            yield key


def dealt(store: Store, rows: list[DayRow]) -> Iterator[tuple[str, DayRow]]:
    """(keyword key, its part of the row) for every row of an ad group with keywords."""
    keys: dict[str, list[str]] = {}
    for key in keyword_keys(store):
        message = store.get(kinds.AD_GROUP_CRITERION, key)
        if message is not None and get_enum(message, "status") == "ENABLED":
            keys.setdefault(key.partition("~")[0], []).append(key)
    for row in rows:
        owners = keys.get(row.ad_group_id, [])
        yield from zip(owners, _parts(row, [_weight(key) for key in owners]))


def _weight(key: str) -> int:
    return 1 + hashlib.sha256(key.encode()).digest()[0]


def _parts(row: DayRow, weights: list[int]) -> Iterator[DayRow]:
    total, passed = sum(weights), 0
    for weight in weights:
        low, high = passed / total, (passed + weight) / total
        passed += weight
        yield row._replace(
            impressions=_between(row.impressions, low, high),
            clicks=_between(row.clicks, low, high),
            conversions=row.conversions * (high - low),
            spend_micros=_between(row.spend_micros, low, high),
            revenue_micros=_between(row.revenue_micros, low, high),
        )


def _between(amount: int, low: float, high: float) -> int:
    return round(amount * high) - round(amount * low)
