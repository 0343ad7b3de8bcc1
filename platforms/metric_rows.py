"""Reads the rows of a report one by one: one that cannot be read costs no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from core.common.errors import InvalidInput
from platforms.common.answers import SHAPE_ERRORS, WrongShape
from platforms.types import Level, MetricRow, UnreadableRow

R = TypeVar("R")
Told = Callable[[UnreadableRow], None]
_LONGEST_PROBLEM = 200


def read_rows(
    level: Level,
    rows: Iterable[R],
    *,
    read: Callable[[R], MetricRow],
    id_of: Callable[[R], str],
    day_of: Callable[[R], date],
    unreadable: Told | None,
) -> list[MetricRow]:
    """The rows that can be read; `unreadable` is told of each other, and of all rows of one object
    and day that comes twice. Without it the first such row raises WrongShape, which names object,
    day and field."""
    tell = unreadable or _refuse
    found: dict[tuple[str, date], MetricRow] = {}
    twice: set[tuple[str, date]] = set()
    for row in rows:
        try:
            metric = _possible(read(row))
        except (*SHAPE_ERRORS, InvalidInput) as error:
            tell(UnreadableRow(level, _or(id_of, row, ""), _or(day_of, row, None), _said(error)))
            continue
        key = (metric.remote_id, metric.day)
        if key in found:
            tell(UnreadableRow(level, *key, "the day comes twice"))
            twice.add(key)
        found[key] = metric
    return [metric for key, metric in found.items() if key not in twice]


def _possible(metric: MetricRow) -> MetricRow:
    """Nothing costs less than zero, and no number of things is; revenue may be, where something is
    sent back. A day's cost below zero would make room for spending more than was approved. Raises
    WrongShape."""
    for field, value in (("spend", metric.spend.amount), ("conversions", metric.conversions)):
        if value < 0:
            raise WrongShape(f"{field} is below zero")
    return metric


def _refuse(row: UnreadableRow) -> None:
    raise WrongShape(str(row))


def _or(part: Callable[[R], Any], row: R, otherwise: Any) -> Any:
    """What the row says of itself, as far as it can be read."""
    try:
        return part(row)
    except SHAPE_ERRORS:
        return otherwise


def _said(error: Exception) -> str:
    plain = isinstance(error, WrongShape | InvalidInput)
    return (str(error) if plain else f"{type(error).__name__}: {error}")[:_LONGEST_PROBLEM]
