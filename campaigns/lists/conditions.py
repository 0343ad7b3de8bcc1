"""Filters by a figure of the range: `spend>100,roas<1.5`. Money in whole units of the list's
currency, percents as they are shown. A row without the value fits none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from campaigns.analytics.measures import BY_KEY
from campaigns.selectors import MetricTotals
from core.common.money import Money

MOST = 8
SIGNS = {">": "above", "<": "below"}
_FORM = re.compile(r"([a-z]+)([<>])(\d{1,12}(?:\.\d{1,6})?)", re.ASCII)


@dataclass(frozen=True)
class Condition:
    metric: str
    sign: str
    bound: str

    @property
    def text(self) -> str:
        return f"{self.metric}{self.sign}{self.bound}"

    @property
    def label(self) -> str:
        return BY_KEY[self.metric].label

    @property
    def says(self) -> str:
        unit = {"percent": "%", "times": "x"}.get(BY_KEY[self.metric].kind, "")
        return f"{SIGNS[self.sign]} {self.bound}{unit}"

    def fits(self, figures: MetricTotals) -> bool:
        value = BY_KEY[self.metric].read(figures)
        if value is None:
            return False
        number = value.amount if isinstance(value, Money) else Decimal(value)
        bound = Decimal(self.bound)
        if BY_KEY[self.metric].kind == "percent":
            bound /= 100
        return number > bound if self.sign == ">" else number < bound


def read_conditions(text: str) -> tuple[tuple[Condition, ...], list[str]]:
    """The valid conditions, and a message for each of the others."""
    found, problems = [], []
    for part in filter(None, text.replace(" ", "").split(",")):
        match = _FORM.fullmatch(part)
        if match is None or match[1] not in BY_KEY:
            problems.append(
                f"{part[:60]!r} is no condition, so it is left out. Write one like spend>100."
            )
        else:
            found.append(Condition(*match.groups()))
    return tuple(dict.fromkeys(found))[:MOST], problems


def fitting(
    ids: Iterable[int],
    sums: dict[int, MetricTotals],
    conditions: tuple[Condition, ...],
    currency: str,
) -> list[int]:
    nothing = MetricTotals(currency)
    return [pk for pk in ids if all(c.fits(sums.get(pk, nothing)) for c in conditions)]
