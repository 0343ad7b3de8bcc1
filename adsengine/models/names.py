"""Names that are one: told by the same rule as the constraints that keep them apart."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower


def of_name(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    """The rows of this name, whatever its capitals. `iexact` compares capitals on PostgreSQL, and
    so finds nothing where the constraint, of small letters, sees one name."""
    return rows.alias(_small=Lower("name")).filter(_small=Lower(Value(name)))
