"""The campaigns list: three tabs, their export, one line, own columns and saved views."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from campaigns.analytics.measures import MEASURES
from campaigns.lists import (
    COLUMNS,
    LEVELS,
    SETS,
    Filters,
    Level,
    columns_of,
    csv_text,
    file_name,
    line_of,
    read_filters,
    read_table,
)
from campaigns.lists.filters import DELIVERIES, SIZES, STATUSES
from campaigns.lists.table import ListTable
from campaigns.models import ColumnChoice, SavedView
from campaigns.scope import Scope, read_scope, to_canonical
from campaigns.views.overview import other_days
from core.access import advertiser_page
from core.common.dates import DayRange
from core.models import Advertiser

# Parameters that a link to another tab keeps; the others concern the rows of one level.
SHARED_PARAMETERS = (
    "range",
    "platform",
    "currency",
    "account",
    "compare",
    "label",
    "objective",
    "campaigns",
    "ad_groups",
    "cols",
    "rows",
    "dense",
)
IN_FORM = ("status", "delivery", "label", "objective", "changed")


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    current: bool


@advertiser_page()
def campaigns(request: HttpRequest, advertiser: Advertiser, level: str) -> HttpResponse:
    moved = to_canonical(request) or _condition_redirect(request)
    if moved is not None:
        return moved
    here, scope, filters = _read_query(request, advertiser, level)
    table = read_table(scope, filters, here)
    context = {
        "scope": scope,
        "table_query": filters,
        "filters": filters,
        "table": table,
        "level": here,
        "filtered": filters.narrows(here) or bool(scope.platform),
        "elsewhere": None if filters.narrows(here) else _elsewhere(scope, table),
        **_toolbar_context(request, advertiser, here, scope, filters),
    }
    return render(request, "campaigns/campaigns.html", context)


@advertiser_page()
@require_safe
def campaigns_csv(request: HttpRequest, advertiser: Advertiser, level: str) -> HttpResponse:
    """The table of the page with the same query: its columns, all rows of its filter, in order."""
    here, scope, filters = _read_query(request, advertiser, level)
    if scope.problem:
        return HttpResponse(scope.problem, status=400, content_type="text/plain; charset=utf-8")
    table = read_table(scope, filters, here, everything=True)
    answer = HttpResponse(
        csv_text(table, scope, filters, here), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{file_name(scope, here)}"'
    return answer


@advertiser_page()
def list_line(request: HttpRequest, advertiser: Advertiser, pk: int, level: str) -> HttpResponse:
    """One line of the list, polled while a change is being published."""
    return line(request, advertiser, pk, level)


def line(
    request: HttpRequest, advertiser: Advertiser, pk: int, key: str = "campaigns"
) -> HttpResponse:
    level = LEVELS[key]
    scope = read_scope(request, advertiser)
    columns = request.GET.get("cols", "") or own_columns(request, advertiser) or "performance"
    row = line_of(scope, level, pk, columns)
    if row is None:
        raise Http404
    context = {
        "scope": scope,
        "row": row,
        "level": level,
        "row_query": row_query(request, scope),
        "ticked": (),
    }
    return render(request, "campaigns/campaign_line.html", context)


def own_columns(request: HttpRequest, advertiser: Advertiser) -> str:
    choice = ColumnChoice.objects.filter(advertiser=advertiser, user=request.user.pk).first()
    return choice.columns if choice else ""


def row_query(request: HttpRequest, scope: Scope) -> str:
    """The query with which a line is loaded again, with the same columns."""
    columns = request.GET.get("cols", "")
    if not columns:
        return scope.query
    return f"{scope.query or '?'}{'&' if scope.query else ''}{urlencode({'cols': columns})}"


def _condition_redirect(request: HttpRequest) -> HttpResponse | None:
    """Redirect of a filter form, which sends a condition in parts, to the URL with `where`."""
    if "if_metric" not in request.GET:
        return None
    query = request.GET.copy()
    parts = ("if_metric", "if_sign", "if_bound")
    metric, sign, bound = (query.pop(name, [""])[-1] for name in parts)
    if metric:
        bound = bound.replace(",", "").strip()
        query["where"] = ",".join(filter(None, [query.get("where", ""), f"{metric}{sign}{bound}"]))
    return redirect(f"{request.path}?{query.urlencode(safe='.,')}")


def _read_query(
    request: HttpRequest, advertiser: Advertiser, level: str
) -> tuple[Level, Scope, Filters]:
    here, scope = LEVELS[level], read_scope(request, advertiser)
    filters = read_filters(request.GET, scope, here, own_columns(request, advertiser))
    problem = f"{scope.problem} {filters.problem}".strip()
    return here, replace(scope, problem=problem), filters


def _elsewhere(scope: Scope, table: ListTable) -> DayRange | None:
    empty = table.count and not table.total.impressions and not table.total.spend_micros
    return other_days(scope.advertiser) if empty else None


def _toolbar_context(
    request: HttpRequest, advertiser: Advertiser, level: Level, scope: Scope, filters: Filters
) -> dict[str, Any]:
    """Everything around the table: tabs, chips, filters, columns and views."""
    pairs, mark = _pairs(request.GET), filters.mark(scope)
    all_ticked = request.GET.get("tick") == mark
    return {
        "tabs": _tabs(request.GET, advertiser, level, all_ticked=all_ticked),
        "mark": mark,
        "all_ticked": all_ticked,
        "filter_query": _query_text(request.GET, level.key),
        "chips": filters.chips(scope, level),
        "ticked": filters.ticked(level),
        "statuses": STATUSES.items(),
        "measures": MEASURES,
        "deliveries": [(key, one.word) for key, one in DELIVERIES.items()],
        "hidden_fields": [(n, t) for n, t in pairs if n != "range"],
        "hidden_in_filters": [(n, t) for n, t in pairs if n not in IN_FORM],
        "hidden_in_search": [(n, t) for n, t in pairs if n != "search"],
        "row_query": row_query(request, scope),
        "sizes": [(size, int(size) == filters.size) for size in SIZES],
        "csv_url": _csv_url(request.GET, advertiser, level),
        **_columns(filters, level, imported=scope.is_imported),
        **_views(request, advertiser, level, filters),
    }


def _csv_url(query: QueryDict, advertiser: Advertiser, level: Level) -> str:
    return f"{reverse(level.url + '_csv', args=[advertiser.slug])}?{_query_text(query)}"


def _pairs(query: QueryDict) -> list[tuple[str, str]]:
    left_out = {"page", "from", "to", "tick"}
    return [(n, t) for n, texts in query.lists() if n not in left_out for t in texts if t]


def _query_text(query: QueryDict, *left_out: str) -> str:
    values = query.copy()
    for name in ("page", "tick", *left_out):
        values.pop(name, None)
    return values.urlencode(safe=".,")


def _tabs(query: QueryDict, advertiser: Advertiser, here: Level, *, all_ticked: bool) -> list[Tab]:
    values = query.copy()
    for name in set(values) - set(SHARED_PARAMETERS):
        del values[name]
    text, order = values.urlencode(safe=".,"), list(LEVELS)
    if all_ticked:
        within = urlencode({"level": here.key, "filter": _query_text(query, here.key)})
    tabs = []
    for level in LEVELS.values():
        below = all_ticked and order.index(level.key) > order.index(here.key)
        url = reverse(f"{level.url}_of" if below else level.url, args=[advertiser.slug])
        tab_query = within if below else text
        tabs.append(Tab(level.label, f"{url}?{tab_query}" if tab_query else url, level is here))
    return tabs


def _columns(filters: Filters, level: Level, *, imported: bool) -> dict[str, Any]:
    """The sets to switch between, and every column there is with the shown ones first."""
    shown = filters.columns.split(",")
    others = [k for k, c in COLUMNS.items() if k not in shown and level.key in c.levels]
    sets = [
        (key, label, [c.key for c in columns_of(key, level.key, imported=imported)] == shown)
        for key, (label, _) in SETS.items()
    ]
    return {
        "sets": sets,
        "set_label": next((label for _, label, current in sets if current), "Own columns"),
        "choice": [(COLUMNS[key], key in shown) for key in (*shown, *others)],
    }


def _views(
    request: HttpRequest, advertiser: Advertiser, level: Level, filters: Filters
) -> dict[str, Any]:
    mine = Q(owner=request.user.pk) | Q(shared=True)
    rows = SavedView.objects.filter(mine, advertiser=advertiser).select_related("owner")
    views = [(v, f"{reverse(LEVELS[v.level].url, args=[advertiser.slug])}?{v.query}") for v in rows]
    # A view has its own columns, whatever columns its reader chose.
    values = request.GET.copy()
    values["cols"] = filters.columns
    return {
        "views": views,
        "own_views": [pair for pair in views if pair[0].owner_id == request.user.pk],
        "team_views": [pair for pair in views if pair[0].owner_id != request.user.pk],
        "view_query": _query_text(values),
    }
