"""Reads the filters of the list from a URL; what cannot be used is named and left out."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import QueryDict

from campaigns.lists.columns import SORT_FIELDS, columns_of
from campaigns.lists.conditions import read_conditions
from campaigns.lists.filters import DELIVERIES, MOST, SIZES, STATUSES, Filters
from campaigns.lists.levels import Level
from campaigns.models import Campaign, Label
from campaigns.scope import Scope
from campaigns.tables import DEFAULT_SORT, PAGE, SORTS
from core.common import dates
from core.common.errors import InvalidInput
from core.common.paging import page_number


def read_filters(query: QueryDict, scope: Scope, level: Level, own_columns: str = "") -> Filters:
    """Of a request's GET. What cannot be used is named in `problem` and left out."""
    labels = list(Label.objects.filter(advertiser=scope.advertiser))
    objectives = _objectives(scope)
    columns = query.get("cols", "") or own_columns or "performance"
    problems: list[str] = []
    where, unread = read_conditions(query.get("where", ""))
    problems += unread
    return Filters(
        search=query.get("search", "").strip()[:200].replace("\x00", ""),
        account=scope.account,
        status=_read_choice(query, "status", STATUSES, problems),
        delivery=_read_choice(query, "delivery", DELIVERIES, problems),
        label=_read_object(query, "label", labels, problems),
        objective=_read_choice(query, "objective", objectives, problems),
        campaigns=read_ids(query, "campaigns"),
        ad_groups=read_ids(query, "ad_groups"),
        ads=read_ids(query, "ads"),
        where=where,
        changed=_since(query, problems),
        only_ticked=query.get("ticked") == "1",
        sort=_sort(query.get("sort", "")),
        page=page_number(query.get("page", "")) or 1,
        columns=",".join(c.key for c in columns_of(columns, level.key, imported=scope.is_imported)),
        size=_size(query.get("rows", "")),
        dense=query.get("dense") == "1",
        labels=labels,
        objectives=objectives,
        problem=" ".join(problems),
    )


def _since(query: QueryDict, problems: list[str]) -> date | None:
    given = query.get("changed", "")
    try:
        return dates.parse_day(given, field="changed") if given else None
    except InvalidInput as err:
        problems.append(f"{err.user_message} The filter is left out.")
        return None


def _objectives(scope: Scope) -> list[str]:
    rows = Campaign.objects.filter(account__advertiser=scope.advertiser).exclude(objective="")
    return list(rows.order_by("objective").values_list("objective", flat=True).distinct())


def _read_object(query: QueryDict, name: str, rows: list[Any], problems: list[str]) -> Any:
    given = query.get(name, "")
    found = next((row for row in rows if str(row.pk) == given), None)
    if given and found is None:
        problems.append(f"That {name} is not here, so the filter is left out.")
    return found


def _read_choice(query: QueryDict, name: str, allowed: Any, problems: list[str]) -> str:
    given = query.get(name, "")
    if given and given not in allowed:
        problems.append(f"{given[:60]!r} is not a {name} here, so the filter is left out.")
        return ""
    return given


def read_ids(query: QueryDict, name: str, most: int = MOST) -> tuple[int, ...]:
    """Repeated, or with commas between them."""
    given = ",".join(query.getlist(name)).split(",")
    found = [int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 16]
    return tuple(dict.fromkeys(found))[:most]


def _sort(text: str) -> str:
    return text if text.removeprefix("-") in {*SORTS, *SORT_FIELDS, "name"} else DEFAULT_SORT


def _size(text: str) -> int:
    return int(text) if text in SIZES else PAGE
