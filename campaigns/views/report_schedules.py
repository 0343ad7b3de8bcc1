"""Scheduled reports: set up, rest, removed. They are listed on the analytics page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns import services
from campaigns.forms.fields import add_refusal
from campaigns.forms.reports import ReportScheduleForm
from campaigns.models import ReportSchedule
from campaigns.views.analytics import page
from campaigns.web import back
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, Role


@signed_out_form("send a view of analytics by e-mail from now on", can_spend=False)
@advertiser_page(Role.EDITOR)
def report_new(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    address = reverse("analytics", args=[advertiser.slug])
    if request.method != "POST":  # a link of the page that shows a refusal
        return redirect(f"{address}?{request.GET.urlencode(safe='.')}")
    form = ReportScheduleForm(request.POST, advertiser=advertiser)
    if form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        values["recipients"] = list(values["recipients"])
        try:
            made = services.schedule_report(
                actor=actor_of(request), advertiser=advertiser, **values
            )
        except AdsEngineError as err:
            add_refusal(form, err)
        else:
            messages.success(request, f"“{made}” is sent {made.get_cadence_display()}.")
            return redirect(f"{address}?{made.query}#reports")
    request.GET = QueryDict(request.POST.get("query", ""))
    return page(request, advertiser, request.GET, form)


@signed_out_form("switch a report by e-mail on or off", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def report_switch(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    schedule = _schedule_or_404(advertiser, pk)
    active = request.POST.get("active") == "1"
    services.switch_report(actor=actor_of(request), schedule=schedule, active=active)
    messages.success(request, f"“{schedule}” {'goes on' if active else 'rests'}.")
    return back(request, "analytics", advertiser.slug)


@signed_out_form("remove a report by e-mail", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def report_remove(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    schedule = _schedule_or_404(advertiser, pk)
    services.remove_report(actor=actor_of(request), schedule=schedule)
    messages.success(request, f"“{schedule}” is not sent any more.")
    return back(request, "analytics", advertiser.slug)


def _schedule_or_404(advertiser: Advertiser, pk: int) -> ReportSchedule:
    rows = ReportSchedule.objects.filter(pk=pk, advertiser=advertiser)
    found = rows.select_related("advertiser").first()
    if found is None:
        raise Http404
    return found
