"""The one writer of a status: checked against a table, written by compare-and-swap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.common.errors import InvalidMove

Moves = Mapping[str, frozenset[str]]


def move(row: Any, field: str, to: str, moves: Moves, **also: Any) -> None:
    """Take `row.field` to `to` if the table allows it and nobody moved it meanwhile.

    `also` are further columns written in the same statement. Raises InvalidMove, and then the
    row and the database are as before.
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
