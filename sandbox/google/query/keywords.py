"""Metrics per keyword: an ad group's row, split over its enabled keywords.

The market simulates ads, not searches. Every keyword gets a fixed share, and shares of counts are
whole numbers, so that keyword rows add up to the ad group's row exactly.
"""

import hashlib
from collections.abc import Iterator

from sandbox.google import kinds
from sandbox.google.fields import get_enum
from sandbox.google.store import GoogleStore
from sandbox.market.market import DayRow


def keyword_keys(store: GoogleStore) -> Iterator[str]:
    """Keys of the positive keywords, including removed ones."""
    for key in store.keys(kinds.AD_GROUP_CRITERION):
        message = store.get(kinds.AD_GROUP_CRITERION, key)
        if message is not None and message.HasField("keyword") and not message.negative:
            yield key


def split_by_keyword(store: GoogleStore, rows: list[DayRow]) -> Iterator[tuple[str, DayRow]]:
    """(keyword key, its share of the row) for every row of an ad group with keywords."""
    keywords: dict[str, list[str]] = {}
    for key in keyword_keys(store):
        message = store.get(kinds.AD_GROUP_CRITERION, key)
        if message is not None and get_enum(message, "status") == "ENABLED":
            keywords.setdefault(key.partition("~")[0], []).append(key)
    for row in rows:
        group_keywords = keywords.get(row.ad_group_id, [])
        yield from zip(
            group_keywords, _split_row(row, [_weight(key) for key in group_keywords]), strict=True
        )


def _weight(key: str) -> int:
    return 1 + hashlib.sha256(key.encode()).digest()[0]


def _split_row(row: DayRow, weights: list[int]) -> Iterator[DayRow]:
    total, used = sum(weights), 0
    for weight in weights:
        low, high = used / total, (used + weight) / total
        used += weight
        yield row._replace(
            impressions=_share_between(row.impressions, low, high),
            clicks=_share_between(row.clicks, low, high),
            conversions=row.conversions * (high - low),
            spend_micros=_share_between(row.spend_micros, low, high),
            revenue_micros=_share_between(row.revenue_micros, low, high),
        )


def _share_between(amount: int, low: float, high: float) -> int:
    return round(amount * high) - round(amount * low)
