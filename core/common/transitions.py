"""Changes a status: checks it against a table of allowed moves, writes it by compare-and-swap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.common.errors import InvalidMove

Moves = Mapping[str, frozenset[str]]


def move(row: Any, field: str, to: str, moves: Moves, **also: Any) -> None:
    """Set `row.field` to `to` if the table allows it and nobody changed it in the meantime.

    `also` are further columns written in the same statement. Raises InvalidMove; the row and the
    database are then unchanged.
    """
    current = getattr(row, field)
    if to not in moves.get(current, frozenset()):
        raise InvalidMove(
            f"{row._meta.verbose_name.capitalize()} cannot go from {current} to {to}.", field=field
        )
    changed = type(row)._default_manager.filter(pk=row.pk, **{field: current})
    if changed.update(**{field: to}, **also) != 1:
        raise InvalidMove(
            f"{row._meta.verbose_name.capitalize()} was changed by someone else meanwhile. "
            "Reload and try again.",
            field=field,
        )
    setattr(row, field, to)
    for name, value in also.items():
        setattr(row, name, value)
