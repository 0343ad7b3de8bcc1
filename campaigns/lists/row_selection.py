"""Which rows are ticked: those whose boxes are, or all that fit a filter, on every page of it."""

from __future__ import annotations

from django.http import QueryDict

from campaigns.lists.filter_parsing import read_filters, read_ids
from campaigns.lists.levels import Level
from campaigns.lists.table import ids_of
from campaigns.scope import scope_of
from core.common.errors import InvalidInput
from core.models import Advertiser

MOST_AT_ONCE = 500
"""Rows of one change: each is tried beforehand, and all of them stand on one page."""


def selected_rows(
    given: QueryDict, advertiser: Advertiser, level: Level, most: int = MOST_AT_ONCE
) -> list[int]:
    """`filter` holds the list's query when all its rows are ticked. Rows in `seen` that are not
    ticked are left out.

    Raises InvalidInput on `filter` for too many rows, and for a filter that no longer says what
    it said: leaving a part of it out would tick more.
    """
    ids = list(read_ids(given, level.key, most))
    if "filter" not in given:
        return ids
    left_out = set(read_ids(given, "seen")) - set(ids)
    found = [
        pk for pk in _fitting(given.get("filter", ""), advertiser, level) if pk not in left_out
    ]
    if len(found) > most:
        raise InvalidInput(
            f"{len(found):,} {level.label.lower()} are ticked, and this takes at most {most:,} at "
            "once. Narrow the filter, by account, label or search, and tick again.",
            field="filter",
        )
    return found


def _fitting(text: str, advertiser: Advertiser, level: Level) -> list[int]:
    query = QueryDict(text)
    scope = scope_of(query, advertiser)
    filters = read_filters(query, scope, level)
    problem = f"{scope.problem} {filters.problem}".strip()
    if problem:
        raise InvalidInput(f"{problem} Nothing is ticked: look at the list again.", field="filter")
    return ids_of(scope, filters, level)
