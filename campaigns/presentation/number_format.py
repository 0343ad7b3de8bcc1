"""Numbers as text: as the pages print them, bare for files, and in the style of a language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from campaigns.presentation.formats import DASH, count, day, money, percent, times, whole
from core.common.money import Money, minor_digits

Kind = Literal["money", "whole", "count", "percent", "times"]
_PRINT: dict[str, Callable[[Any], str]] = {
    "money": money,
    "whole": whole,
    "count": count,
    "percent": percent,
    "times": times,
}
_THIN = "\N{NARROW NO-BREAK SPACE}"
_HARD = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Style:
    """How a language writes numbers and days. `delimiter` is what its spreadsheets expect between
    the cells of a CSV file."""

    code: str
    label: str
    thousands: str
    decimal: str
    delimiter: str
    day_format: str


EN = Style("en", "1,234.56", ",", ".", ",", "")
STYLES = {
    style.code: style
    for style in (
        EN,
        Style("de", "1.234,56", ".", ",", ";", "%d.%m.%Y"),
        Style("fr", "1 234,56", _THIN, ",", ";", "%d/%m/%Y"),
        Style("ch", "1’234.56", "’", ".", ";", "%d.%m.%Y"),
    )
}


def format_value(value: Any, kind: Kind, style: Style = EN) -> str:
    """With separators and unit; a dash for no value. In `EN` exactly as on the pages."""
    if value is None or style is EN:
        return _PRINT[kind](value)
    if kind == "money":
        return f"{_swap_separators(_amount(value), style)}{_HARD}{_sign(value)}"
    text = _swap_separators(_PRINT[kind](value), style)
    return text.replace("%", f"{_HARD}%")


def format_plain(value: Any, kind: Kind, style: Style = EN) -> str:
    """The same digits without separators and unit; nothing for no value."""
    if value is None:
        return ""
    text = _amount(value) if kind == "money" else _PRINT[kind](value).rstrip("%x")
    return text.replace(",", "").replace(".", style.decimal)


def format_change(change: Decimal | None, style: Style = EN) -> str:
    """A share of the value before, signed: +12.5%."""
    if change is None:
        return DASH
    rounded = round(change, 3)
    text = _swap_separators(f"{rounded:+,.1%}" if rounded else f"{0:.1%}", style)
    return text if style is EN else text.replace("%", f"{_HARD}%")


def format_plain_change(change: Decimal | None, style: Style = EN) -> str:
    if change is None:
        return ""
    return f"{round(change, 3) or 0:.1%}".rstrip("%").replace(".", style.decimal)


def format_day(value: date, style: Style = EN) -> str:
    return value.strftime(style.day_format) if style.day_format else day(value)


def _swap_separators(text: str, style: Style) -> str:
    return text.translate({ord(","): style.thousands, ord("."): style.decimal})


def _amount(value: Money) -> str:
    amount = value.rounded().amount
    # An amount that rounds to nothing has no sign.
    return f"{amount or Decimal(0):,.{minor_digits(value.currency)}f}"


def _sign(value: Money) -> str:
    text = str(Money(Decimal(0), value.currency))
    return text.rstrip("0.").strip()
