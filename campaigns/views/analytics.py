"""The analytics page and its CSV export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, Subquery
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.analytics import (
    BREAKDOWNS,
    MEASURES,
    Query,
    Report,
    chart,
    csv_text,
    file_name,
    read_query,
    read_report,
    strict_query,
)
from campaigns.analytics.periods import GRAINS, NOTES
from campaigns.forms.reports import ReportScheduleForm
from campaigns.models import ReportSchedule, SentReport
from campaigns.presentation import charts
from campaigns.reports.slots import Slot, next_slot
from campaigns.scope import to_canonical
from campaigns.views.overview import other_days
from core.access import advertiser_page
from core.common import clock, dates
from core.common.errors import InputErrors, InvalidInput
from core.models import Advertiser

IN_FORM = ("metric", "second", "as_of")


@advertiser_page()
def analytics(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moved = to_canonical(request)
    return moved or page(request, advertiser, request.GET)


@advertiser_page()
@require_safe
def analytics_csv(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """The table of the page with the same query: one page of it where one is named, else all."""
    try:
        query = strict_query(request.GET, advertiser)
    except InputErrors as err:
        return HttpResponse(err.user_message, status=400, content_type="text/plain; charset=utf-8")
    report = read_report(query, everything="page" not in query.given)
    answer = HttpResponse(csv_text(report), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(query)}"'
    return answer


def page(
    request: HttpRequest,
    advertiser: Advertiser,
    given: Mapping[str, str],
    refused: Form | None = None,
) -> HttpResponse:
    """A `refused` form is shown with its input and its errors."""
    query, problems = read_query(given, advertiser)
    report = read_report(query)
    context = {
        **_query_context(query, problems),
        **_report_context(query, report),
        "schedules": _schedules(advertiser),
        "report_form": refused or _report_form(request, query),
    }
    return render(request, "campaigns/analytics.html", context, status=422 if refused else 200)


def _schedules(advertiser: Advertiser) -> list[tuple[ReportSchedule, Slot]]:
    """With their next slot, and the state of the last one."""
    newest = SentReport.objects.filter(schedule=OuterRef("pk")).order_by("-slot")
    rows = ReportSchedule.objects.filter(advertiser=advertiser).select_related("advertiser")
    rows = rows.prefetch_related("recipients").annotate(
        last_slot=Subquery(newest.values("slot")[:1]),
        last_state=Subquery(newest.values("state")[:1]),
    )
    words = dict(SentReport.State.choices)
    found: list[tuple[ReportSchedule, Slot]] = []
    for schedule in rows:
        schedule.last_word = words.get(schedule.last_state, "")  # type: ignore[attr-defined]
        found.append((schedule, next_slot(schedule, clock.market_now())))
    return found


def _report_form(request: HttpRequest, query: Query) -> ReportScheduleForm:
    label = BREAKDOWNS[query.breakdown].lower()
    initial = {"query": query.text, "recipients": [request.user.pk], "name": f"By {label}"}
    return ReportScheduleForm(initial=initial, advertiser=query.advertiser)


def _query_context(query: Query, problems: list[InvalidInput]) -> dict[str, Any]:
    problem = " ".join(p.user_message for p in problems)
    parameters = {name: text for name, text in query.given.items() if name != "page"}
    return {
        "query": query,
        "scope": replace(query.scope, problem=problem),
        "table_query": query,
        "measures": MEASURES,
        "breakdowns": BREAKDOWNS.items(),
        "grains": GRAINS,
        "yesterday": _yesterday(query),
        "kpi_base": f"?{urlencode([(n, t) for n, t in parameters.items() if n != 'metric'])}&",
        "hidden_fields": [(n, t) for n, t in parameters.items() if n != "range"],
        "hidden_in_form": [(n, t) for n, t in parameters.items() if n not in IN_FORM],
        "csv_query": query.text,
    }


def _yesterday(query: Query) -> str:
    return str(dates.today(query.advertiser.time_zone) - timedelta(days=1))


def _report_context(query: Query, report: Report) -> dict[str, Any]:
    seen = {mark for period in report.periods for mark in period.marks}
    return {
        "report": report,
        "kpis": charts.kpis(
            report.whole.figures, report.whole.before, report.days, query.advertiser
        ),
        "charts": [] if report.is_empty else [chart(report)],
        "marks": [(mark, note) for mark, note in NOTES.items() if mark in seen],
        "elsewhere": None
        if query.is_filtered or query.as_of or not report.is_empty
        else other_days(query.advertiser),
    }
