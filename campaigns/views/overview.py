"""The overview page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from campaigns import selectors
from campaigns.overview import attention
from campaigns.overview.activity import activity
from campaigns.overview.onboarding import checklist
from campaigns.presentation import charts
from campaigns.scope import Scope, read_scope, to_canonical
from campaigns.selectors import MetricTotals
from campaigns.tables import total_of
from campaigns.web import joined_query
from core.access import advertiser_page
from core.common.dates import MAX_DAYS, DayRange
from core.models import Advertiser, Incident

TOP = 10
INCIDENTS = 5


@dataclass(frozen=True)
class PlatformLine:
    code: str
    figures: MetricTotals
    share: Decimal
    """Of the spend of all platforms, for a bar: 0 to 1."""


@advertiser_page()
def overview(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moved = to_canonical(request)
    if moved is not None:
        return moved
    scope = read_scope(request, advertiser)
    context = {
        "scope": scope,
        "onboarding": checklist(advertiser, scope.accounts),
        "activity": activity(advertiser),
        **_needs(advertiser),
        **_numbers(advertiser, scope),
    }
    return render(request, "campaigns/overview.html", context)


def _needs(advertiser: Advertiser) -> dict[str, object]:
    """Open incidents, the oldest first, and what else waits for a person."""
    open_ones = Incident.objects.filter(advertiser=advertiser, resolved_at=None)
    incident_keys = frozenset(open_ones.values_list("key", flat=True))
    return {
        "incidents": open_ones.order_by("since")[:INCIDENTS],
        "waiting": attention.groups(advertiser, incident_keys),
    }


def _numbers(advertiser: Advertiser, scope: Scope) -> dict[str, object]:
    chosen: dict[str, Any] = {
        "currency": scope.currency,
        "platform": scope.platform,
        "accounts": scope.looked_at,
    }
    now = selectors.daily(advertiser, scope.days, **chosen)
    before = selectors.daily(advertiser, scope.compared, **chosen) if scope.compared else []
    total = total_of((day for _, day in now), scope.currency)
    earlier = total_of((day for _, day in before), scope.currency) if before else None
    rows, count = selectors.campaign_rows(advertiser, scope.days, limit=TOP, **chosen)
    has_figures = bool(total.impressions or total.spend_micros or total.revenue_micros)
    return {
        "total": total,
        "kpi_base": joined_query(reverse("analytics", args=[advertiser.slug]) + scope.query),
        "kpis": charts.kpis(total, earlier, now, advertiser),
        "charts": [
            charts.roas_chart(now, before, scope.compares.get(scope.compare)),
            charts.spend_chart(now),
        ],
        "platform_lines": _platform_lines(advertiser, scope),
        "rows": rows,
        "count": count,
        "pacing": charts.pacing(advertiser, scope.currency),
        "has_figures": has_figures,
        "elsewhere": None
        if has_figures or scope.platform or scope.account
        else other_days(advertiser),
    }


def _platform_lines(advertiser: Advertiser, scope: Scope) -> list[PlatformLine]:
    found = selectors.by_platform(
        advertiser, scope.days, currency=scope.currency, accounts=scope.looked_at
    )
    whole = sum(f.spend_micros for f in found.values())
    lines = [
        PlatformLine(code, f, Decimal(f.spend_micros) / whole if whole else Decimal(0))
        for code, f in found.items()
    ]
    return sorted(lines, key=lambda line: -line.figures.spend_micros)


def other_days(advertiser: Advertiser) -> DayRange | None:
    """The days that have figures, at most as many as one page shows, the newest."""
    known = selectors.data_days(advertiser)
    if known is None or known.days <= MAX_DAYS:
        return known
    return DayRange(known.last.fromordinal(known.last.toordinal() - MAX_DAYS + 1), known.last)
