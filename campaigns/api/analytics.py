"""REST of analytics: the same query, the same report as the page and its CSV."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.analytics import Query, Report, read_report, strict_query
from campaigns.analytics.lines import ReportLine
from campaigns.analytics.names import HEADINGS
from campaigns.analytics.query import NAMES
from campaigns.api.campaigns import figures_json
from core.api.inputs import AdvertiserInput
from core.api.tenants import pick_advertiser
from core.api.views import StrictView, takes
from core.common.dates import DayRange


class AnalyticsInput(AdvertiserInput):
    """The parameters of the page, which sends empty ones too; strict_query reads them."""

    def get_fields(self) -> dict[str, Any]:
        taken = {name: serializers.CharField(required=False, allow_blank=True) for name in NAMES}
        return {**super().get_fields(), **taken}


class AnalyticsView(StrictView):
    """GET /analytics/?range=28d&compare=&metric=&second=&grain=&breakdown=&platform=&account=
    &campaign=&currency=&as_of=&sort=&page=&advertiser="""

    @takes(query=AnalyticsInput, responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        query = strict_query(request.query_params, pick_advertiser(request))
        return Response(report_json(read_report(query)))


def report_json(report: Report) -> dict[str, Any]:
    query = report.query
    return {
        **_query_json(query),
        "periods": [
            {**_days(period.days), "marks": list(period.marks), **_line(line)}
            for period, line in zip(report.periods, report.parts, strict=True)
        ],
        "rows": [{**_names(query, line), **_line(line)} for line in report.lines],
        "total": _line(report.total),
        "count": report.count,
        "page": report.page,
        "pages": report.pages,
        "has_imported_periods": report.has_spread,
    }


def _query_json(query: Query) -> dict[str, Any]:
    return {
        "advertiser": query.advertiser.slug,
        "currency": query.currency,
        "time_zone": query.advertiser.time_zone,
        "range": _days(query.days),
        "compared": _days(query.compared) if query.compared else None,
        "as_of": query.as_of,
        "grain": query.grain,
        "breakdown": query.breakdown,
        "metric": query.metric,
        "second": None if query.second == "none" else query.second,
    }


def _days(days: DayRange) -> dict[str, Any]:
    return {"first": days.first, "last": days.last}


def _names(query: Query, line: ReportLine) -> dict[str, Any]:
    headings = [name.lower().replace(" ", "_") for name in HEADINGS[query.breakdown]]
    key = None if query.breakdown == "period" else line.named.key
    return {
        "id": key,
        **dict(zip(headings, line.named.parts, strict=True)),
        "marks": list(line.marks),
    }


def _line(line: ReportLine) -> dict[str, Any]:
    """`before` is the compared period, `now` what a look back as of a day says today."""
    return {
        **figures_json(line.figures),
        "before": figures_json(line.before) if line.before else None,
        "now": figures_json(line.now) if line.now else None,
        "restated": [cell.measure.key for cell in line.cells if cell.is_restated],
    }
