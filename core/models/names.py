"""Finds rows by name with the same rule as the unique constraints: case does not matter."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

M = TypeVar("M", bound=Model)


def filter_by_name(rows: QuerySet[M], name: str) -> QuerySet[M]:
    """The rows of this name in any case. Django's `iexact` compares upper case on PostgreSQL, so it
    can miss names that the constraint, in lower case, treats as equal."""
    return rows.filter(Exact(Lower("name"), Lower(Value(name))))
