"""Names that are one: told by the same rule as the constraints that keep them apart."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

M = TypeVar("M", bound=Model)


def of_name(rows: QuerySet[M], name: str) -> QuerySet[M]:
    """The rows of this name, whatever its capitals. `iexact` compares capitals on PostgreSQL, and
    so finds nothing where the constraint, of small letters, sees one name."""
    return rows.filter(Exact(Lower("name"), Lower(Value(name))))
