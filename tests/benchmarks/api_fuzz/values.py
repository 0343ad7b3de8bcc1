"""Values for fields: plausible ones, so that a request gets far, and odd ones, so that it fails."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from rest_framework import serializers

from core.common import clock


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    10**40,
    -(10**40),
    1.5,
    1e308,
    5e-324,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "x" * 5000,
    "💥" * 300,
    "\u202e\u0000",
    "NaN",
    "Infinity",
    "-Infinity",
    "1_000",
    "1e3",
    "1e400",
    "١٢٣",
    "１２",
    "0x10",
    "1,50",
    "9" * 400,
    "-0",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "20260101",
    "2026-W01-1",
    "2026-01-01T00:00:00Z",
    "true",
    "yes",
    "maybe",
    [],
    [[]],
    [None],
    [1, "a", {}],
    ["\ud800"],
    [10**40],
    {},
    {"a": 1},
    {"$ne": 1},
    {"\ud800": 1},
    _deep(19),
    _deep(25),
    _deep(600),
    "'; DROP TABLE adsengine_user; --",
    "%s%n{0}{name}",
    "../../etc/passwd",
    "<script>",
]
ODD_TEXTS = [value for value in ODD if isinstance(value, str) and "\ud800" not in value]


def plausible(chance: random.Random, name: str, field: Any, ids: dict[str, Any]) -> Any:
    """A value that the field may well take."""
    if name in _KNOWN:
        return chance.choice(_KNOWN[name])
    key = name.removesuffix("_id").removesuffix("s")
    if isinstance(field, serializers.ListField):
        inner = field.child
        return [plausible(chance, name, inner, ids) for _ in range(chance.randint(0, 3))]
    if isinstance(field, serializers.ChoiceField):
        return chance.choice(list(field.choices))
    if isinstance(field, serializers.DateField):
        return _day(chance)
    if isinstance(field, serializers.BooleanField):
        return chance.choice([True, False, "yes", "0"])
    if isinstance(field, serializers.IntegerField):
        return ids.get(_ALIASES.get(key, key), chance.randint(-5, 60))
    if isinstance(field, serializers.DecimalField):
        return chance.choice(["0.2", 0.25, 1, "3"])
    return chance.choice(["acme", "Boots", "USD", "spring", "10", "100.50"])


def _day(chance: random.Random) -> str:
    today: date = clock.market_now().date()
    return (today + timedelta(days=chance.randint(-5, 40))).isoformat()


_ALIASES = {"image": "asset", "arm": "ad"}
_KNOWN: dict[str, list[Any]] = {
    "advertiser": ["acme", "acme", "acme", "rival", "other"],
    "currency": ["USD", "USD", "EUR", "usd", "XXX"],
    "total_budget": ["3000", 3000, "10.5", "0"],
    "total": ["3000", "12"],
    "daily_budget": ["90", "100", "101", "5000", "0.01"],
    "landing_url": ["https://shop.example.com/"],
    "objective": ["traffic", "sales", "leads"],
    "countries": [["US"], ["DE", "FR"], ["XX"]],
    "headlines": [["Light boots", "Dry feet"]],
    "descriptions": [["Boots that stay dry.", "Walk further."]],
    "range": ["7d", "today", "last_month", "2026-03-01..2026-03-31"],
    "compare": ["previous", "year", "none", "2026-01-01..2026-01-31"],
    "breakdown": ["campaign", "ad", "period", "creative"],
    "metric": ["ctr", "spend", "roas", "cpa"],
    "grain": ["day", "week", "month"],
    "sort": ["-spend", "name"],
    "as_of": ["2026-01-01"],
    "page_size": ["1", "50", "500"],
    "cursor": ["cD0x", "cj0xJnA9MQ==", "cD1hYmM="],
    "plan_hash": ["x", ""],
    "ad_group": ["Everyone", "{brief}"],
    "url_tags": ["utm_source={platform}"],
}
