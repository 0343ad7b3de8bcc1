"""How a value is printed: numbers, money, days and times as the pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.common import clock
from core.common.dates import DayRange
from core.common.money import Money

DASH = "–"
Number = Decimal | int | float | None
# From where on a number is shortened, by what, and the letter for it.
_SIZES = ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "K"))


def dash(value: Any) -> Any:
    """The value, or a dash for "no value"."""
    return DASH if value is None or value == "" else value


def money(value: Money | None) -> str:
    return DASH if value is None else str(value)


def micros(value: int | None, currency: str) -> str:
    return DASH if value is None else str(Money.from_micros(value, currency))


def whole(value: Number) -> str:
    return DASH if value is None else f"{value:,.0f}"


def count(value: Number) -> str:
    """Platforms give fractions of conversions: up to two decimals, none for a whole number."""
    if value is None:
        return DASH
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def compact(value: Number) -> str:
    """1,234 stays; 12,345 is 12.3K; 1,200,000 is 1.2M."""
    if value is None:
        return DASH
    number = float(value)
    for least, unit, suffix in _SIZES:
        if abs(number) >= least:
            return f"{number / unit:,.1f}{suffix}"
    return count(value)


def percent(value: Number) -> str:
    return DASH if value is None else f"{value:.2%}"


def percent0(value: Number) -> str:
    return DASH if value is None else f"{value:.0%}"


def times(value: Number) -> str:
    """A return: 3.42x."""
    return DASH if value is None else f"{value:,.2f}x"


def day(value: Any) -> str:
    return DASH if value is None else f"{value.day} {value:%b %Y}"


def in_url(days: DayRange) -> str:
    """A range as it stands in the URL: 2026-03-01..2026-03-31."""
    return f"{days.first}..{days.last}"


def ago(value: datetime | None) -> str:
    """How long since an instant of real time: "12 min ago"."""
    if value is None:
        return "never"
    passed = clock.real_now() - value
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed.seconds // 60} min ago"
    if passed < timedelta(days=1):
        return f"{passed.seconds // 3600} h ago"
    return "1 day ago" if passed.days == 1 else f"{passed.days} days ago"


def video_length(milliseconds: int) -> str:
    """As players show it: 0:15."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"


def joined(values: Any, between: str) -> str:
    """A list or tuple as one text; a text stays as it is."""
    return between.join(values) if isinstance(values, list | tuple) else str(values or "")


def joined_words(names: Sequence[str]) -> str:
    """Names of fields as words: "ad_group", "first" become "ad group, first"."""
    return ", ".join(name.replace("_", " ") for name in names)
